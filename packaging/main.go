// Command packaging builds what `make dist` ships: for every target a tar.gz with gannet, gannet-sample, their man pages,
// the licence and the systemd example, and for Debian's amd64, arm64 and armhf a .deb of each command. The same source,
// version, time and Go give the same bytes.
//
//	go run ./packaging -version v1.2.0 -epoch 1760000000 -out dist linux/arm64 linux/arm/7
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// release is what all packages of a run share.
type release struct {
	version string
	time    time.Time
	out     string
}

// target is what a package is built for.
type target struct{ os, arch, arm string }

// name is how the target appears in file names.
func (t target) name() string {
	if t.arm != "" {
		return t.os + "-" + t.arch + "v" + t.arm
	}
	return t.os + "-" + t.arch
}

// debian is the name that Debian has for the target, or "".
func (t target) debian() string {
	return map[target]string{{"linux", "amd64", ""}: "amd64", {"linux", "arm64", ""}: "arm64", {"linux", "arm", "7"}: "armhf"}[t]
}

// commands are the programs, with what their Debian packages say of them.
var commands = []struct{ name, short, long string }{
	{"gannet", "train generative adversarial networks and sample them",
		"One static program that trains generators on hand-written SIMD kernels,\nquantizes them to int8, and draws the same pictures on every machine."},
	{"gannet-sample", "draw pictures from gannet's models",
		"The small, static sampler for boards: it draws, verifies, inspects and\nmeasures generators that gannet trained, without network or runtime."},
}

func main() {
	log.SetFlags(0)
	var r release
	flag.StringVar(&r.version, "version", "", "version of the release")
	epoch := flag.Int64("epoch", 0, "time of all files, in seconds since 1970")
	flag.StringVar(&r.out, "out", "dist", "folder to write into")
	flag.Parse()
	r.time = time.Unix(*epoch, 0).UTC()
	if r.version == "" || flag.NArg() == 0 {
		log.Fatal("usage: packaging -version V -epoch SECONDS [-out FOLDER] OS/ARCH[/ARM]...")
	}
	for _, arg := range flag.Args() {
		f := append(strings.Split(arg, "/"), "")
		if len(f) < 3 || len(f) > 4 {
			log.Fatalf("%q: want OS/ARCH or linux/arm/6", arg)
		}
		if err := r.build(target{f[0], f[1], f[2]}); err != nil {
			log.Fatalf("%s: %v", arg, err)
		}
	}
}

// build writes the packages of one target.
func (r *release) build(t target) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	folder := "gannet-" + r.version + "-" + t.name()
	files, err := r.texts(folder)
	if err != nil {
		return err
	}
	for _, c := range commands {
		program, err := r.compile(t, c.name)
		if err != nil {
			return err
		}
		name := c.name
		switch t.os {
		case "windows":
			name += ".exe"
		case "wasip1":
			name += ".wasm"
		}
		files = append(files, file{folder + "/" + name, 0o755, program})
		if arch := t.debian(); arch != "" {
			d := deb{name: c.name, arch: arch, short: c.short, long: c.long, program: program}
			if err := r.write(d.file(r), func(w *bytes.Buffer) error { return d.write(w, r) }); err != nil {
				return err
			}
		}
	}
	return r.write(folder+".tar.gz", func(w *bytes.Buffer) error { return writeTarGz(w, files, r.time) })
}

// texts are the files of an archive beside the programs.
func (r *release) texts(folder string) ([]file, error) {
	var files []file
	for _, f := range [][2]string{{"LICENSE", "LICENSE"}, {"README.md", "README.md"}, {"packaging/gannet.1", "gannet.1"},
		{"packaging/gannet-sample.1", "gannet-sample.1"}, {"packaging/gannet-sample.service", "systemd/gannet-sample.service"},
		{"packaging/gannet-sample.timer", "systemd/gannet-sample.timer"}} {
		b, err := os.ReadFile(f[0])
		if err != nil {
			return nil, err
		}
		files = append(files, file{folder + "/" + f[1], 0o644, b})
	}
	return files, nil
}

// compile builds a command, without paths and symbols.
func (r *release) compile(t target, command string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "packaging")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, command)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+r.version, "-o", bin,
		"./cmd/"+command)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOARM="+t.arm)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return os.ReadFile(bin)
}

// write puts what f makes into a file of the output folder.
func (r *release) write(name string, f func(w *bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := f(&b); err != nil {
		return err
	}
	path := filepath.Join(r.out, name)
	fmt.Printf("%s  %.1f MB\n", path, float64(b.Len())/1e6)
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// zipped compresses without name or time.
func zipped(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	w.Write(b) // to memory
	w.Close()
	return out.Bytes()
}
