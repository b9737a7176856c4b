// Package data reads datasets (idx files, the MNIST digits, an embedded subset of them), hands them out in batches, and draws
// curves.
package data

import "slices"

// Source is a set of labelled pictures of one size, read one at a time, in any order.
type Source interface {
	Info() Info
	// Picture sets dst, of Info().Size() bytes, to picture i and returns its label, 0 where there are no labels.
	// Goroutines may call it at the same time.
	Picture(dst []uint8, i int) (label uint8, err error)
}

// Info says what a source holds: N pictures of H rows, W columns and C interleaved channels.
type Info struct {
	N, H, W, C int
	Classes    int // labels are 0 to Classes-1; 0: there are none
}

// Size returns the number of bytes of a picture.
func (in Info) Size() int { return in.H * in.W * in.C }

// Set is a source in memory.
type Set struct {
	N, H, W, C int
	Images     []uint8 // [N, H, W, C]
	Labels     []uint8 // [N], or nil
}

// Info counts the classes by the largest label.
func (s *Set) Info() Info {
	in := Info{N: s.N, H: s.H, W: s.W, C: s.C}
	if len(s.Labels) > 0 {
		in.Classes = int(slices.Max(s.Labels)) + 1
	}
	return in
}

// Picture copies picture i.
func (s *Set) Picture(dst []uint8, i int) (label uint8, err error) {
	copy(dst, s.Image(i))
	if s.Labels != nil {
		label = s.Labels[i]
	}
	return label, nil
}

// Size returns the number of bytes of a picture.
func (s *Set) Size() int { return s.H * s.W * s.C }

// Image returns picture i.
func (s *Set) Image(i int) []uint8 { return s.Images[i*s.Size():][:s.Size()] }

// Range returns pictures lo to hi-1. It shares memory with s.
func (s *Set) Range(lo, hi int) *Set {
	t := *s
	t.N, t.Images = hi-lo, s.Images[lo*s.Size():hi*s.Size()]
	if s.Labels != nil {
		t.Labels = s.Labels[lo:hi]
	}
	return &t
}

// Mean returns the mean picture of a source, exact until the division.
func Mean(src Source) ([]float64, error) {
	in := src.Info()
	sum, pix := make([]int64, in.Size()), make([]uint8, in.Size())
	for i := range in.N {
		if _, err := src.Picture(pix, i); err != nil {
			return nil, err
		}
		for j, v := range pix {
			sum[j] += int64(v)
		}
	}
	mean := make([]float64, len(sum))
	for j, s := range sum {
		mean[j] = float64(s) / float64(in.N)
	}
	return mean, nil
}
