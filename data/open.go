package data

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Options say how Open reads pictures.
type Options struct {
	Size     int  `json:"size,omitempty"`     // pixels a side, 16 to 128; 0: the shorter side of the first picture, within these bounds
	Channels int  `json:"channels,omitempty"` // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; 0: 1 where the first picture is grey, else 3
	Strict   bool `json:"strict,omitempty"`   // a bad picture is an error; else it is left out

	// The rest changes no byte.
	Memory   int64                 `json:"-"` // bytes of decoded pictures to keep in memory; 0: 1 GiB, a quarter of it on 32-bit machines
	Workers  int                   `json:"-"` // 0: one a CPU
	Progress func(done, total int) `json:"-"` // called every two seconds while pictures are read for the first time
}

// Valid reports a size and a number of channels within their bounds.
func (o *Options) Valid() bool {
	return (o.Size == 0 || o.Size >= minSize && o.Size <= maxSize) && o.Channels >= 0 && o.Channels <= 4
}

// Bounds of the pixels a side: of pictures that are resized, and of those that are not.
const (
	minSize = 16
	maxSize = 128
	maxSide = 1024
)

// Dataset is an open source.
type Dataset struct {
	Source
	Classes []string // the names of the classes, where they have some
	Notes   []string // what was done to the data
	Skipped []Bad    // pictures that could not be read, in the order of their names
	close   func() error
}

func (d *Dataset) note(format string, a ...any) { d.Notes = append(d.Notes, fmt.Sprintf(format, a...)) }

// Close closes the file that the pictures are read from.
func (d *Dataset) Close() error {
	if d.close == nil {
		return nil
	}
	return d.close()
}

// Open opens a data set, by what it is:
//
//   - a folder, or a zip archive, of PNG, JPEG, GIF and WebP files. The largest middle square of each is resized; the
//     subfolders, if there are any, are the classes;
//   - an idx file of pictures (LeCun), compressed or not, with its labels beside it: images and idx3 in its name become
//     labels and idx1;
//   - a .npy file, [N, H, W], [N, H, W, C] or [N, C, H, W], of bytes or floats, with its labels in NAME-labels.npy;
//   - a .csv file of square pictures of bytes, one a line, with its labels in a column called label.
func Open(path string, o Options) (*Dataset, error) {
	d, err := open(path, o)
	if err != nil {
		if !strings.HasPrefix(err.Error(), path+": ") {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return nil, err
	}
	return d, nil
}

func open(path string, o Options) (*Dataset, error) {
	if !o.Valid() {
		return nil, fmt.Errorf("pictures of %d pixels a side and %d channels; want %d to %d, and 1 to 4", o.Size, o.Channels, minSize,
			maxSize)
	}
	if o.Memory <= 0 {
		o.Memory = MaxIDX
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if info.IsDir() {
		return openPictures(os.DirFS(path), &o)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("neither a folder nor a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	head := make([]byte, 6)
	n, _ := io.ReadFull(f, head)
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return openZip(path, &o)
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return openNPY(path, &o)
	case bytes.HasPrefix(head, []byte{0, 0, 8}), bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return openIDX(path, &o)
	case strings.EqualFold(filepath.Ext(path), ".csv"):
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		t, err := ReadTable(f)
		if err != nil {
			return nil, err
		}
		s, err := t.pictures()
		if err != nil {
			return nil, err
		}
		return fromSet(s, &o)
	}
	return nil, fmt.Errorf("none of a folder, zip, idx, npy or csv file")
}

// openIDX opens a file of pictures and, if it is there, that of their labels.
func openIDX(path string, o *Options) (*Dataset, error) {
	dir, base := filepath.Split(path)
	labels := filepath.Join(dir, strings.NewReplacer("images", "labels", "idx3", "idx1").Replace(base))
	if _, err := os.Stat(labels); err == nil && labels != filepath.Clean(path) {
		s, err := LoadIDX(path, labels)
		if err != nil {
			return nil, err
		}
		return fromSet(s, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	dims, pix, err := ReadIDX(f)
	if err != nil {
		return nil, err
	}
	if len(dims) != 3 {
		return nil, fmt.Errorf("idx: %d dimensions, want 3", len(dims))
	}
	return fromSet(&Set{N: dims[0], H: dims[1], W: dims[2], C: 1, Images: pix}, o)
}

// inMemory reads a whole source.
func inMemory(src Source) (*Set, error) {
	in := src.Info()
	s := &Set{N: in.N, H: in.H, W: in.W, C: in.C, Images: make([]uint8, in.N*in.Size())}
	if in.Classes > 0 {
		s.Labels = make([]uint8, in.N)
	}
	for i := range in.N {
		label, err := src.Picture(s.Image(i), i)
		if err != nil {
			return nil, err
		}
		if s.Labels != nil {
			s.Labels[i] = label
		}
	}
	return s, nil
}

// fromSet is a dataset in memory.
func fromSet(s *Set, o *Options) (*Dataset, error) {
	d := &Dataset{Source: s}
	d.note("%d pictures of %dx%dx%d", s.N, s.H, s.W, s.C)
	return d, o.fits(s.Info())
}

// fits reports pictures that are not resized and are of another size, or number of channels, than the options ask for.
func (o *Options) fits(in Info) error {
	if in.H > maxSide || in.W > maxSide {
		return fmt.Errorf("pictures of %dx%d; want at most %d pixels a side", in.H, in.W, maxSide)
	}
	if o.Size != 0 && (o.Size != in.H || o.Size != in.W) || o.Channels != 0 && o.Channels != in.C {
		return fmt.Errorf("pictures of %dx%dx%d, which are taken as they are; a folder or archive of pictures is resized", in.H, in.W,
			in.C)
	}
	return nil
}
