package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func idx(dims []byte, data []byte) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = append(b, 0, 0, 0, d)
	}
	return append(b, data...)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestReadIDX(t *testing.T) {
	want := []byte{1, 2, 3, 4, 5, 6}
	for _, b := range [][]byte{idx([]byte{2, 3}, want), zipped(idx([]byte{2, 3}, want))} {
		dims, data, err := ReadIDX(bytes.NewReader(b))
		if err != nil || !slices.Equal(dims, []int{2, 3}) || !bytes.Equal(data, want) {
			t.Errorf("%v %v %v", dims, data, err)
		}
	}
	for what, b := range map[string][]byte{
		"empty": {}, "short header": {0, 0, 8}, "floats": {0, 0, 13, 1, 0, 0, 0, 1, 0}, "rank 4": {0, 0, 8, 4},
		"rank 0": {0, 0, 8, 0}, "no dimension": {0, 0, 8, 1, 0, 0}, "truncated": idx([]byte{2, 3}, want[:5]),
		"trailing": idx([]byte{2, 3}, append(want, 7)), "zero": idx([]byte{0}, nil),
		"giant": {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "bad gzip": {0x1f, 0x8b, 0, 0},
		"torn gzip": zipped(idx([]byte{2, 3}, want))[:25], "lying": {0, 0, 8, 1, 0x3f, 0, 0, 0, 1},
	} {
		if _, _, err := ReadIDX(bytes.NewReader(b)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want one line", what, err)
		}
	}
}

// TestChecksum: a damaged checksum is called by its name.
func TestChecksum(t *testing.T) {
	b := zipped(idx([]byte{2, 3}, []byte{1, 2, 3, 4, 5, 6}))
	b[len(b)-8] ^= 1
	if _, _, err := ReadIDX(bytes.NewReader(b)); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("%v, want %v", err, gzip.ErrChecksum)
	}
}

func TestLoadIDX(t *testing.T) {
	dir := t.TempDir()
	images, labels := filepath.Join(dir, "i"), filepath.Join(dir, "l")
	os.WriteFile(images, idx([]byte{2, 1, 3}, []byte{1, 2, 3, 4, 5, 6}), 0o644)
	os.WriteFile(labels, idx([]byte{2}, []byte{7, 8}), 0o644)
	s, err := LoadIDX(images, labels)
	if err != nil || s.N != 2 || !bytes.Equal(s.Image(1), []byte{4, 5, 6}) || s.Range(1, 2).Labels[0] != 8 {
		t.Errorf("%+v, %v", s, err)
	}
	os.WriteFile(labels, idx([]byte{3}, []byte{7, 8, 9}), 0o644)
	if _, err := LoadIDX(images, labels); err == nil || !strings.Contains(err.Error(), "3 labels for 2 images") {
		t.Errorf("%v", err)
	}
	if _, _, err := MNIST(dir); !errors.Is(err, ErrNoMNIST) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
}

func TestCurves(t *testing.T) {
	var b bytes.Buffer
	if err := Curves(&b, "title", "x", Curve{"a", []float64{0, 1}, []float64{2, 3}}); err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(&b); err != nil {
		t.Error(err)
	}
}

func FuzzIDX(f *testing.F) {
	f.Add(idx([]byte{2, 3}, []byte{1, 2, 3, 4, 5, 6}))
	f.Add(zipped(idx([]byte{1, 2, 2}, []byte{1, 2, 3, 4})))
	f.Add([]byte{0, 0, 8, 1, 0x3f, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		dims, data, err := ReadIDX(bytes.NewReader(b))
		if err != nil {
			return
		}
		n := 1
		for _, d := range dims {
			n *= d
		}
		if n != len(data) || len(dims) < 1 || len(dims) > 3 {
			t.Fatalf("dims %v, %d bytes", dims, len(data))
		}
	})
}
