package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// NPY is an array in a file of NumPy: the type of its elements, in NumPy's words, and its shape.
type NPY struct {
	Type   string // "|u1", "<f4", ...
	Shape  []int
	Offset int64 // of the data
	Bytes  int64 // of the data
}

var (
	npyType    = regexp.MustCompile(`'descr'\s*:\s*'([^']*)'`)
	npyFortran = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape'\s*:\s*\(([0-9, ]*)\)`)
)

// ReadNPY reads the header of a NumPy file of the given size and checks that the data fill the rest of it exactly.
func ReadNPY(r io.ReaderAt, fileSize int64) (*NPY, error) {
	const maxHeader = 1 << 16
	head := make([]byte, 12)
	n, err := r.ReadAt(head, 0)
	if n < 10 || string(head[:6]) != "\x93NUMPY" {
		if err != nil && err != io.EOF {
			return nil, err
		}
		return nil, fmt.Errorf("npy: not a NumPy file")
	}
	a, length := &NPY{Offset: 10}, int64(binary.LittleEndian.Uint16(head[8:]))
	switch v := head[6]; {
	case v == 2 || v == 3:
		a.Offset, length = 12, int64(binary.LittleEndian.Uint32(head[8:]))
	case v != 1:
		return nil, fmt.Errorf("npy: format %d; want 1 to 3", v)
	}
	if length > maxHeader || length > fileSize-a.Offset {
		return nil, fmt.Errorf("npy: a header of %d bytes in a file of %d (at most %d are allowed)", length, fileSize, maxHeader)
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, a.Offset); err != nil {
		return nil, fmt.Errorf("npy: header: %w", err)
	}
	a.Offset += length
	typ, order, shape := npyType.FindSubmatch(text), npyFortran.FindSubmatch(text), npyShape.FindSubmatch(text)
	if typ == nil || order == nil || shape == nil {
		return nil, fmt.Errorf("npy: the header %.80q lacks a plain descr, fortran_order or shape", text)
	}
	if string(order[1]) == "True" {
		return nil, fmt.Errorf("npy: in Fortran's order; save it with np.ascontiguousarray")
	}
	a.Type = string(typ[1])
	size, err := strconv.Atoi(strings.TrimLeft(a.Type, "<>|=uifbcSUV"))
	if err != nil || size < 1 || size > 16 {
		return nil, fmt.Errorf("npy: elements of type %.16q", a.Type)
	}
	a.Bytes = int64(size)
	for d := range strings.SplitSeq(strings.TrimSpace(string(shape[1])), ",") {
		if d = strings.TrimSpace(d); d == "" {
			continue
		}
		n, err := strconv.ParseInt(d, 10, 64)
		if err != nil || n < 1 || n > math.MaxInt32 || n > math.MaxInt64/4/a.Bytes {
			return nil, fmt.Errorf("npy: shape (%.80s): want positive dimensions", shape[1])
		}
		a.Shape, a.Bytes = append(a.Shape, int(n)), a.Bytes*n
	}
	if a.Bytes != fileSize-a.Offset {
		return nil, fmt.Errorf("npy: %d bytes of data; %s%v needs %d", fileSize-a.Offset, a.Type, a.Shape, a.Bytes)
	}
	return a, nil
}

// npyPictures is a source of the pictures of a NumPy file, read as they are asked for.
type npyPictures struct {
	f       *os.File
	a       *NPY
	info    Info
	element int  // bytes
	planar  bool // channels first
	scale   func(x float64) float64
	labels  []uint8
}

func (p *npyPictures) Info() Info { return p.info }

func (p *npyPictures) Picture(dst []uint8, i int) (label uint8, err error) {
	if p.labels != nil {
		label = p.labels[i]
	}
	n := p.info.Size()
	raw := dst
	if p.element > 1 || p.planar {
		raw = make([]byte, n*p.element)
	}
	if _, err := p.f.ReadAt(raw[:n*p.element], p.a.Offset+int64(i)*int64(n*p.element)); err != nil {
		return 0, fmt.Errorf("npy: picture %d: %w", i, reason(err))
	}
	if p.element == 1 && !p.planar {
		return label, nil
	}
	area := p.info.H * p.info.W
	for j := range n {
		to := j
		if p.planar {
			to = j%area*p.info.C + j/area
		}
		if p.element == 1 {
			dst[to] = raw[j]
		} else {
			dst[to] = uint8(p.scale(p.number(raw, j)) + 0.5)
		}
	}
	return label, nil
}

// number is element j of raw data of float type.
func (p *npyPictures) number(raw []byte, j int) float64 {
	if p.element == 4 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:])))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(raw[8*j:]))
}

// openNPY opens a file of pictures. Labels, if there are any, lie beside it: those of x.npy in x-labels.npy.
func openNPY(name string, o *Options) (d *Dataset, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	stat, err := f.Stat()
	if err != nil {
		return nil, reason(err)
	}
	a, err := ReadNPY(f, stat.Size())
	if err != nil {
		return nil, err
	}
	p := &npyPictures{f: f, a: a}
	d = &Dataset{Source: p, close: f.Close}
	if err := p.layout(); err != nil {
		return nil, err
	}
	layout := "[N, H, W, C]"
	if p.planar {
		layout = "[N, C, H, W]"
	} else if len(a.Shape) == 3 {
		layout = "[N, H, W]"
	}
	d.note("%d pictures of %dx%dx%d, %s, read as %s", p.info.N, p.info.H, p.info.W, p.info.C, a.Type, layout)
	if err := o.fits(p.info); err != nil {
		return nil, err
	}
	if p.element > 1 {
		text, err := p.chooseScale()
		if err != nil {
			return nil, err
		}
		d.note("%s", text)
	}
	if err := p.readLabels(strings.TrimSuffix(name, ".npy") + "-labels.npy"); err != nil {
		return nil, err
	}
	if int64(p.info.N)*int64(p.info.Size()) <= o.Memory {
		d.Source, err = inMemory(p)
	}
	return d, err
}

// layout reads the meaning of the dimensions from the shape.
func (p *npyPictures) layout() error {
	s := p.a.Shape
	switch p.a.Type {
	case "|u1", "u1", "<u1", ">u1":
		p.element = 1
	case "<f4":
		p.element = 4
	case "<f8":
		p.element = 8
	default:
		return fmt.Errorf("npy: elements of type %.16q; want u1, <f4 or <f8", p.a.Type)
	}
	isChannels := func(n int) bool { return n <= 4 }
	switch {
	case len(s) == 3:
		p.info = Info{N: s[0], H: s[1], W: s[2], C: 1}
	case len(s) == 4 && isChannels(s[3]):
		p.info = Info{N: s[0], H: s[1], W: s[2], C: s[3]}
	case len(s) == 4 && isChannels(s[1]):
		p.info, p.planar = Info{N: s[0], H: s[2], W: s[3], C: s[1]}, true
	default:
		return fmt.Errorf("npy: shape %v; want [N, H, W], [N, H, W, C] or [N, C, H, W] with 1 to 4 channels", s)
	}
	if p.info.H > maxSide || p.info.W > maxSide {
		return fmt.Errorf("npy: pictures of %dx%d; want at most %d pixels a side", p.info.H, p.info.W, maxSide)
	}
	return nil
}

// chooseScale looks at all numbers of a float array and chooses how they become bytes.
func (p *npyPictures) chooseScale() (string, error) {
	n := p.info.Size()
	raw := make([]byte, n*p.element)
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range p.info.N {
		if _, err := p.f.ReadAt(raw, p.a.Offset+int64(i)*int64(len(raw))); err != nil {
			return "", fmt.Errorf("npy: picture %d: %w", i, reason(err))
		}
		for j := range n {
			x := p.number(raw, j)
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return "", fmt.Errorf("npy: picture %d holds %v", i, x)
			}
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	switch {
	case lo >= 0 && hi <= 1:
		p.scale = func(x float64) float64 { return float64(x * 255) }
		return "its numbers lie in [0, 1] and are multiplied by 255", nil
	case lo >= -1 && hi <= 1:
		p.scale = func(x float64) float64 { return float64((x + 1) * 127.5) }
		return "its numbers lie in [-1, 1], of which -1 becomes 0 and 1 becomes 255", nil
	case lo >= 0 && hi <= 255:
		p.scale = func(x float64) float64 { return x }
		return "its numbers lie in [0, 255] and are rounded", nil
	}
	return "", fmt.Errorf("npy: numbers from %g to %g; want pixels in [0, 1], [-1, 1] or [0, 255]", lo, hi)
}

// readLabels reads classes, integers below 256, from a file that may be missing.
func (p *npyPictures) readLabels(name string) error {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return err
	}
	a, err := ReadNPY(f, stat.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	n := 1
	for _, d := range a.Shape {
		n *= min(d, 1<<20)
	}
	kind := strings.TrimLeft(a.Type, "<|=")
	if n != p.info.N || !strings.ContainsAny(kind[:1], "ui") || strings.HasPrefix(a.Type, ">") {
		return fmt.Errorf("%s: %s%v; want %d integers, one a picture", name, a.Type, a.Shape, p.info.N)
	}
	raw := make([]byte, a.Bytes)
	if _, err := f.ReadAt(raw, a.Offset); err != nil {
		return fmt.Errorf("%s: %w", name, reason(err))
	}
	p.labels = make([]uint8, n)
	size := len(raw) / n
	for i := range p.labels {
		for _, v := range raw[i*size+1 : (i+1)*size] {
			if v != 0 {
				return fmt.Errorf("%s: label %d is not in 0 to 255", name, i)
			}
		}
		p.labels[i] = raw[i*size]
		p.info.Classes = max(p.info.Classes, int(raw[i*size])+1)
	}
	return nil
}
