package data

import "github.com/gannet-ml/gannet/kernels"

// Stacked are pictures whose red, green and blue are three digits, drawn at random: a thousand modes, which a classifier of
// digits can count (Metz et al. 2017). The digits of MNIST have two black pixels more on each side, 32x32 in all.
type Stacked struct {
	digits *Set
}

// NewStacked stacks the pictures, of one channel, of a labelled set.
func NewStacked(digits *Set) *Stacked {
	if digits.C != 1 || len(digits.Labels) != digits.N || digits.N == 0 {
		panic("data: NewStacked: want labelled pictures of one channel")
	}
	return &Stacked{digits}
}

const (
	stackedN             = 1000000
	stackedMargin        = 2
	streamStacked uint32 = 0x7fffffff // package gan has those far below
)

// Info tells of a million pictures without labels.
func (s *Stacked) Info() Info {
	return Info{N: stackedN, H: s.digits.H + 2*stackedMargin, W: s.digits.W + 2*stackedMargin, C: 3}
}

// which are the digits of picture i.
func (s *Stacked) which(i int) (digits [3]int) {
	var u [3]uint32
	kernels.Uint32s(u[:], 0, streamStacked, 3*uint64(i))
	for c, u := range u {
		digits[c] = int(u % uint32(s.digits.N))
	}
	return digits
}

// Number is what picture i shows, 0 to 999: red is the first digit.
func (s *Stacked) Number(i int) int {
	n := 0
	for _, d := range s.which(i) {
		n = 10*n + int(s.digits.Labels[d])
	}
	return n
}

// Picture draws picture i. Its label is 0: there are more numbers than classes can be.
func (s *Stacked) Picture(dst []uint8, i int) (label uint8, err error) {
	clear(dst)
	h, w := s.digits.H, s.digits.W
	for c, d := range s.which(i) {
		pix := s.digits.Image(d)
		for y := range h {
			at := ((y+stackedMargin)*(w+2*stackedMargin)+stackedMargin)*3 + c
			for x, v := range pix[y*w:][:w] {
				dst[at+3*x] = v
			}
		}
	}
	return 0, nil
}
