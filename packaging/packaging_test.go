package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func testRelease(t *testing.T) *release {
	t.Helper()
	t.Chdir("..") // the texts are named from the root
	return &release{version: "v1.2.3-4-gabc", time: time.Unix(1760000000, 0).UTC(), out: t.TempDir()}
}

// TestDeb takes a package apart: the ar archive, the control file, what is installed, with dpkg's own eyes where it is.
func TestDeb(t *testing.T) {
	r := testRelease(t)
	d := deb{name: "gannet-sample", arch: "arm64", short: "short", long: "two\nlines", program: []byte("a program")}
	var b, again bytes.Buffer
	if err := d.write(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := d.write(&again, r); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("a second package differs from the first (%v)", err)
	}
	members := map[string][]byte{}
	for rest := b.Bytes()[8:]; len(rest) > 0; {
		f := strings.Fields(string(rest[:60]))
		size := 0
		for _, c := range f[5] {
			if c != '`' {
				size = 10*size + int(c-'0')
			}
		}
		members[f[0]] = rest[60:][:size]
		rest = rest[60+(size+1)&^1:]
	}
	if string(members["debian-binary"]) != "2.0\n" {
		t.Errorf("version %q", members["debian-binary"])
	}
	control := untar(t, members["control.tar.gz"])["./control"]
	for _, want := range []string{"Package: gannet-sample\n", "Version: 1.2.3+4+gabc\n", "Architecture: arm64\n",
		"\nDescription: short\n two\n lines\n"} {
		if !strings.Contains(string(control), want) {
			t.Errorf("control lacks %q:\n%s", want, control)
		}
	}
	data := untar(t, members["data.tar.gz"])
	for _, want := range []string{"./usr/bin/gannet-sample", "./usr/share/man/man1/gannet-sample.1.gz",
		"./usr/share/doc/gannet-sample/copyright", "./usr/share/doc/gannet-sample/examples/gannet-sample.timer", "./usr/"} {
		if _, ok := data[want]; !ok {
			t.Errorf("nothing is installed at %s", want)
		}
	}
	if string(data["./usr/bin/gannet-sample"]) != "a program" {
		t.Error("another program is installed")
	}
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("no dpkg-deb here")
	}
	path, root := filepath.Join(r.out, d.file(r)), t.TempDir()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("dpkg-deb", "--extract", path, root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if info, err := os.Stat(root + "/usr/bin/gannet-sample"); err != nil || info.Mode().Perm() != 0o755 || !info.ModTime().Equal(r.time) {
		t.Errorf("%v, %v", info, err)
	}
	out, err := exec.Command("dpkg-deb", "--field", path, "Version", "Installed-Size").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1.2.3+4+gabc") {
		t.Errorf("%v: %s", err, out)
	}
}

func untar(t *testing.T, b []byte) map[string][]byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.ModTime.Unix() != 1760000000 {
			t.Errorf("%s: owner %d:%d, time %v", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVersions(t *testing.T) {
	for v, want := range map[string]string{"v1.2.3": "1.2.3", "v1.2-3-gabc": "1.2+3+gabc", "4183b6d": "0~git4183b6d",
		"unknown": "0~gitunknown", "ab-dirty": "0~gitab+dirty"} {
		if got := debVersion(v); got != want {
			t.Errorf("%s: %s, want %s", v, got, want)
		}
	}
}

// TestManPages: every command and every option of the sampler has its line, and roff has no complaint.
func TestManPages(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the commands")
	}
	t.Chdir("..")
	help := func(args ...string) string {
		out, err := exec.Command("go", append([]string{"run"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return string(out)
	}
	for _, name := range []string{"gannet", "gannet-sample"} {
		man, err := os.ReadFile("packaging/" + name + ".1")
		if err != nil {
			t.Fatal(err)
		}
		page := strings.ReplaceAll(string(man), `\-`, "-")
		_, list, _ := strings.Cut(help("./cmd/"+name, "--help"), "ommands:\n")
		list, _, _ = strings.Cut(list, "\n\n")
		for _, line := range strings.Split(list, "\n") {
			c := strings.Fields(line)[0]
			if c != "help" && !strings.Contains(page, ".B "+c+"\n") {
				t.Errorf("%s.1 has no line for the command %s", name, c)
			}
			if name == "gannet-sample" {
				_, flags, _ := strings.Cut(help("./cmd/"+name, c, "--help"), "Flags:\n")
				for line := range strings.Lines(flags) {
					for _, f := range strings.Fields(line) {
						if f = strings.TrimSuffix(f, ","); !strings.HasPrefix(f, "-") {
							break
						}
						if !strings.Contains(page, `\fB`+f+`\fR`) {
							t.Errorf("%s.1 says nothing of %s", name, f)
						}
					}
				}
			}
		}
		if _, err := exec.LookPath("groff"); err == nil {
			if out, err := exec.Command("groff", "-man", "-ww", "-z", "-Tutf8", "packaging/"+name+".1").CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("groff: %v: %s", err, out)
			}
		}
	}
}
