package main

import (
	"archive/tar"
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"
)

// file is a file of an archive.
type file struct {
	path string
	mode int64
	data []byte
}

// writeTarGz writes files, and before each the folders that it lies in, owned by root.
func writeTarGz(w io.Writer, files []file, at time.Time) error {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	made := map[string]bool{}
	var folder func(name, before string) error
	folder = func(name, before string) error {
		if name == "." || made[name] {
			return nil
		}
		made[name] = true
		if err := folder(path.Dir(name), before); err != nil {
			return err
		}
		return t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: before + name + "/", Mode: 0o755, ModTime: at, Uname: "root",
			Gname: "root", Format: tar.FormatGNU})
	}
	for _, f := range files {
		before := "" // dpkg wants its paths to begin so
		if strings.HasPrefix(f.path, "./") {
			before = "./"
		}
		if err := folder(path.Dir(f.path), before); err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: f.mode, Size: int64(len(f.data)), ModTime: at,
			Uname: "root", Gname: "root", Format: tar.FormatGNU}); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	_, err := w.Write(zipped(b.Bytes()))
	return err
}

// deb is a Debian package of one command.
type deb struct {
	name, arch, short, long string
	program                 []byte
}

// debVersion makes a Debian version, which begins with a digit, of a version of ours.
func debVersion(v string) string {
	if d := strings.TrimPrefix(v, "v"); d != "" && d[0] >= '0' && d[0] <= '9' && strings.Contains(d, ".") {
		return strings.ReplaceAll(d, "-", "+")
	}
	return "0~git" + strings.ReplaceAll(v, "-", "+")
}

func (d *deb) file(r *release) string {
	return fmt.Sprintf("%s_%s_%s.deb", d.name, debVersion(r.version), d.arch)
}

// write writes an ar archive of the format's version, the tar of what dpkg reads, and the tar of what it installs.
func (d *deb) write(w *bytes.Buffer, r *release) error {
	content, err := d.content(r)
	if err != nil {
		return err
	}
	size, sums := 0, ""
	for _, f := range content {
		size += len(f.data)
		sums += fmt.Sprintf("%x  %s\n", md5.Sum(f.data), strings.TrimPrefix(f.path, "./"))
	}
	control := fmt.Sprintf(`Package: %s
Version: %s
Architecture: %s
Maintainer: The gannet authors <gannet-ml@users.noreply.github.com>
Installed-Size: %d
Section: science
Priority: optional
Homepage: https://github.com/gannet-ml/gannet
Description: %s
 %s
`, d.name, debVersion(r.version), d.arch, (size+1023)/1024, d.short, strings.ReplaceAll(d.long, "\n", "\n "))
	var head, body bytes.Buffer
	if err := writeTarGz(&head, []file{{"./control", 0o644, []byte(control)}, {"./md5sums", 0o644, []byte(sums)}}, r.time); err != nil {
		return err
	}
	if err := writeTarGz(&body, content, r.time); err != nil {
		return err
	}
	w.WriteString("!<arch>\n")
	for _, m := range []file{{"debian-binary", 0o100644, []byte("2.0\n")}, {"control.tar.gz", 0o100644, head.Bytes()},
		{"data.tar.gz", 0o100644, body.Bytes()}} {
		fmt.Fprintf(w, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.path, r.time.Unix(), 0, 0, m.mode, len(m.data))
		w.Write(m.data)
		if len(m.data)%2 == 1 {
			w.WriteByte('\n')
		}
	}
	return nil
}

// content is what the package installs.
func (d *deb) content(r *release) ([]file, error) {
	man, err := os.ReadFile("packaging/" + d.name + ".1")
	if err != nil {
		return nil, err
	}
	doc := "./usr/share/doc/" + d.name + "/"
	changelog := fmt.Sprintf("%s (%s) unstable; urgency=medium\n\n  * Built from the sources of %s.\n\n -- The gannet authors <gannet-ml@users.noreply.github.com>  %s\n",
		d.name, debVersion(r.version), r.version, r.time.Format(time.RFC1123Z))
	copyright := `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: gannet
Source: https://github.com/gannet-ml/gannet

Files: *
Copyright: 2026 The gannet authors
License: Apache-2.0
 On Debian systems, the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
`
	files := []file{
		{"./usr/bin/" + d.name, 0o755, d.program},
		{doc + "changelog.gz", 0o644, zipped([]byte(changelog))},
		{doc + "copyright", 0o644, []byte(copyright)},
	}
	files = append(files, file{"./usr/share/lintian/overrides/" + d.name, 0o644,
		[]byte("# A program that runs wherever it is copied.\n" + d.name + ": statically-linked-binary\n")})
	if d.name == "gannet-sample" {
		for _, unit := range []string{"gannet-sample.service", "gannet-sample.timer"} {
			b, err := os.ReadFile("packaging/" + unit)
			if err != nil {
				return nil, err
			}
			files = append(files, file{doc + "examples/" + unit, 0o644, b})
		}
	}
	return append(files, file{"./usr/share/man/man1/" + d.name + ".1.gz", 0o644, zipped(man)}), nil
}
