package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/digits"
)

// openData opens the pictures that a preset is trained on: those at path if it is given, else its own. What was done to them,
// and which could not be read, is said on out.
func openData(out io.Writer, name, path string, o data.Options) (*data.Dataset, error) {
	if path == "" && name == "pictures" {
		return nil, usagef("train: the preset is for pictures of your own: name their folder, or zip archive, with --data")
	}
	if path == "" || holdsMNIST(path) {
		train, _, _, err := loadData(name, path)
		if err != nil {
			return nil, err
		}
		if name == "stacked-mnist" {
			return &data.Dataset{Source: data.NewStacked(train)}, nil
		}
		return &data.Dataset{Source: train}, nil
	}
	o.Progress = func(done, total int) { fmt.Fprintf(out, "data: %d of %d pictures looked at\n", done, total) }
	d, err := data.Open(path, o)
	if err != nil {
		return nil, err
	}
	for _, n := range d.Notes {
		fmt.Fprintf(out, "data: %s\n", n)
	}
	const most = 20
	for i, b := range d.Skipped {
		if i == most {
			fmt.Fprintf(out, "data: ...\n")
			break
		}
		fmt.Fprintf(out, "data: left out: %v\n", b.Err)
	}
	if n := len(d.Skipped); n > 0 {
		fmt.Fprintf(out, "data: %d of %d pictures could not be read and were left out (--strict ends the run instead)\n", n, n+d.Info().N)
	}
	return d, nil
}

// holdsMNIST reports a folder with the files of MNIST.
func holdsMNIST(path string) bool {
	name := filepath.Join(path, "train-images-idx3-ubyte")
	_, err := os.Stat(name)
	_, zipped := os.Stat(name + ".gz")
	return err == nil || zipped == nil
}

// loadData returns the training, validation and test pictures of a preset's data.
func loadData(name, dir string) (train, valid, test *data.Set, err error) {
	if name == "digits" && dir == "" {
		train, test = digits.Load()
		return train, train.Range(train.N-1000, train.N), test, nil
	}
	all, test, err := data.MNIST(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, s := range []struct {
		what string
		set  *data.Set
		n    int
	}{{"training", all, 60000}, {"test", test, 10000}} {
		if s.set.N != s.n || s.set.H != 28 || s.set.W != 28 {
			return nil, nil, nil, fmt.Errorf("%s: %d %s images of %dx%d; MNIST has %d of 28x28", dir, s.set.N, s.what, s.set.H,
				s.set.W, s.n)
		}
	}
	return all.Range(0, 50000), all.Range(50000, 60000), test, nil
}
