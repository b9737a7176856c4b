// Package data reads datasets and draws pictures: idx files, the MNIST digits, an embedded subset of them, contact sheets
// and curves.
package data

// Set is a set of labelled pictures of one size.
type Set struct {
	N, H, W, C int
	Images     []uint8 // [N, H, W, C]
	Labels     []uint8 // [N], or nil
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
