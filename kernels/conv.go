package kernels

import "math"

// ConvRole says which of the three tensors of a convolution is computed from the two others. A convolution is linear in
// each of its operands, so the three roles are each other's gradients.
type ConvRole uint8

// The roles.
const (
	ConvOut ConvRole = iota // Y from X and Weights: the convolution
	ConvDX                  // X from Y and Weights: its gradient to the data, and the transposed convolution
	ConvDW                  // Weights from X and Y: its gradient to the weights
)

// ConvShape is the geometry of a convolution. Pixel (oy, ox) of Y sees, through tap (ky, kx), pixel
// (oy*StrideH - PadH + ky*DilationH, ox*StrideW - PadW + kx*DilationW) of X, or nothing if that is outside X. X and Y
// have their sizes each, so that padding at the bottom and right, and the output padding of a transposed convolution, need
// no words.
type ConvShape struct {
	N                    int // pictures
	H, W, Cin            int // of X
	OH, OW, Cout         int // of Y
	KH, KW               int
	StrideH, StrideW     int // 0: 1
	PadH, PadW           int // lines above X and columns left of it where windows may begin
	DilationH, DilationW int // 0: 1
	Groups               int // 0: 1; it divides Cin and Cout
}

// Conv is a convolution in one of its roles, with an epilogue. Tensors are channels last and dense:
//
//	X        N x H x W x Cin
//	Weights  KH x KW x Cin/Groups x Cout
//	Y        N x OH x OW x Cout
//
// Every element of the result is a sum of products, in the order of a Gemm: blocks of KBlock, each a chain of fused
// multiply-adds over ascending k from +0, the blocks' sums added in ascending order. Counted by k are
//
//	ConvOut  (ky, kx, ci), the last fastest, ci in the group of the output channel
//	ConvDX   (ky, kx, co), of the taps through which a pixel of Y at a whole position, inside or outside of Y, sees the pixel
//	ConvDW   (n, oy, ox)
//
// where a pixel outside X or Y is counted but adds nothing: its product is left out of the chain. A block of such pixels alone
// is +0. The stride along an axis that has one output has no part in ConvOut; in ConvDX it counts as large as the window, so
// that a pixel is seen through one tap at most.
//
// Then come, for ConvOut and ConvDX, + the old result where Accumulate is set, + Bias[channel], and the activation; for
// ConvDW Accumulate alone. Nothing else about the call (tier, threads, packing, N) changes a bit.
type Conv struct {
	ConvShape
	Role          ConvRole
	X, Weights, Y []float32
	Packed        *PackedConv // the weights in another form, for ConvOut and ConvDX; Weights may then be nil
	Accumulate    bool
	Bias          []float32 // nil, or one for each channel of the result
	Act           Act
	Slope         float32

	run convRun // kept from call to call, so that a second Run allocates nothing
}

// ConvReference computes c the plain way. It is the specification of Run.
func ConvReference(c *Conv) {
	s := c.normal()
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	x := func(n, y, x, ch int) (float32, bool) {
		if y < 0 || y >= s.H || x < 0 || x >= s.W {
			return 0, false
		}
		return c.X[((n*s.H+y)*s.W+x)*s.Cin+ch], true
	}
	y := func(n, y, x, ch int) (float32, bool) {
		if y < 0 || y >= s.OH || x < 0 || x >= s.OW {
			return 0, false
		}
		return c.Y[((n*s.OH+y)*s.OW+x)*s.Cout+ch], true
	}
	weight := func(ky, kx, ci, co int) *float32 { return &c.Weights[((ky*s.KW+kx)*cg+ci)*s.Cout+co] }

	switch c.Role {
	case ConvOut:
		for i := range s.N * s.OH * s.OW * s.Cout {
			n, oy, ox, co := i/s.Cout/s.OW/s.OH, i/s.Cout/s.OW%s.OH, i/s.Cout%s.OW, i%s.Cout
			first := co / og * cg // channel of the group
			var sum blockSum
			for ky := range s.KH {
				for kx := range s.KW {
					for ci := range cg {
						v, seen := x(n, oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW, first+ci)
						sum.add(v, *weight(ky, kx, ci, co), seen)
					}
				}
			}
			c.finish(c.Y[i:i+1], sum.total(), co)
		}
	case ConvDX:
		for i := range s.N * s.H * s.W * s.Cin {
			n, h, w, ci := i/s.Cin/s.W/s.H, i/s.Cin/s.W%s.H, i/s.Cin%s.W, i%s.Cin
			first := ci / cg * og
			var sum blockSum
			for ky := range s.KH {
				for kx := range s.KW {
					oy, ox := h+s.PadH-ky*s.DilationH, w+s.PadW-kx*s.DilationW
					if oy%s.StrideH != 0 || ox%s.StrideW != 0 {
						continue
					}
					for co := range og {
						v, seen := y(n, oy/s.StrideH, ox/s.StrideW, first+co)
						sum.add(v, *weight(ky, kx, ci%cg, first+co), seen)
					}
				}
			}
			c.finish(c.X[i:i+1], sum.total(), ci)
		}
	case ConvDW:
		for i := range s.KH * s.KW * cg * s.Cout {
			ky, kx, ci, co := i/s.Cout/cg/s.KW, i/s.Cout/cg%s.KW, i/s.Cout%cg, i%s.Cout
			var sum blockSum
			for n := range s.N {
				for oy := range s.OH {
					for ox := range s.OW {
						v, seen := x(n, oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW, co/og*cg+ci)
						g, _ := y(n, oy, ox, co)
						sum.add(v, g, seen)
					}
				}
			}
			c.finish(c.Weights[i:i+1], sum.total(), co)
		}
	}
}

// blockSum is a sum of products in the order of a Gemm.
type blockSum struct {
	k        int
	sum, now float32 // of the blocks before this one; of this block
}

// add counts a product, and adds it if its pixel was seen.
func (s *blockSum) add(a, b float32, seen bool) {
	if s.k > 0 && s.k%KBlock == 0 {
		s.sum, s.now = s.total(), 0
	}
	if seen {
		s.now = fma32(a, b, s.now)
	}
	s.k++
}

func (s *blockSum) total() float32 {
	if s.k <= KBlock {
		return s.now
	}
	return s.sum + s.now
}

// finish applies the epilogue to a sum in the given channel and stores it.
func (c *Conv) finish(dst []float32, sum float32, channel int) {
	if c.Accumulate {
		sum += dst[0]
	}
	if c.Bias != nil {
		sum += c.Bias[channel]
	}
	dst[0] = sum
	activate(c.Act, c.Slope, &genericTier.vec, dst)
}

// normal returns the shape with its defaults filled in, and the strides that do not matter made as large as the window.
func (s ConvShape) normal() ConvShape {
	for _, p := range []*int{&s.StrideH, &s.StrideW, &s.DilationH, &s.DilationW, &s.Groups} {
		if *p == 0 {
			*p = 1
		}
	}
	if s.OH == 1 {
		s.StrideH = (s.KH-1)*s.DilationH + 1
	}
	if s.OW == 1 {
		s.StrideW = (s.KW-1)*s.DilationW + 1
	}
	return s
}

// check panics unless s is a shape whose windows all begin before the end of X and end after its beginning, and whose
// sizes fit an int with room to spare.
func (s ConvShape) check() {
	for _, v := range [...]int{s.N, s.StrideH, s.StrideW, s.PadH, s.PadW, s.DilationH, s.DilationW, s.Groups} {
		if v < 0 {
			panic("kernels: Conv: negative size")
		}
	}
	for _, v := range [...]int{s.H, s.W, s.Cin, s.OH, s.OW, s.Cout, s.KH, s.KW} {
		if v <= 0 {
			panic("kernels: Conv: a size is not positive")
		}
	}
	for _, v := range [...]int{s.N, s.H, s.W, s.Cin, s.OH, s.OW, s.Cout, s.KH, s.KW, s.StrideH, s.StrideW, s.PadH, s.PadW,
		s.DilationH, s.DilationW} {
		if v > 1<<24 {
			panic("kernels: Conv: too large")
		}
	}
	if g := max(1, s.Groups); s.Cin%g != 0 || s.Cout%g != 0 {
		panic("kernels: Conv: Groups does not divide the channels")
	}
	// Also with its padding, which is narrower than a window, a tensor must be countable in bytes.
	padded := func(pictures, h, windowH, w, windowW, channels int) {
		bytes := 4 * float64(max(1, pictures)) * (float64(h) + 2*float64(windowH)) * (float64(w) + 2*float64(windowW)) *
			float64(channels)
		if bytes > math.MaxInt/4 {
			panic("kernels: Conv: too large")
		}
	}
	windowH := axis(s.H, s.OH, s.KH, s.StrideH, s.PadH, s.DilationH)
	windowW := axis(s.W, s.OW, s.KW, s.StrideW, s.PadW, s.DilationW)
	padded(s.N, s.H, windowH, s.W, windowW, s.Cin)
	padded(s.N, s.OH, windowH, s.OW, windowW, s.Cout)
	padded(s.Cin, s.KH, 0, s.KW, 0, s.Cout)
}

// axis checks one axis of a shape and returns the length of a window.
func axis(in, out, k, stride, pad, dilation int) int {
	window := int64(k-1)*int64(max(1, dilation)) + 1
	last := int64(out-1)*int64(max(1, stride)) - int64(pad)
	if int64(pad) >= window || last >= int64(in) {
		panic("kernels: Conv: a window lies outside the picture")
	}
	if window > 1<<24 {
		panic("kernels: Conv: too large")
	}
	return int(window)
}

// Sizes returns the lengths of X, Weights and Y.
func (s ConvShape) Sizes() (x, weights, y int) {
	return s.N * s.H * s.W * s.Cin, s.KH * s.KW * (s.Cin / max(1, s.Groups)) * s.Cout, s.N * s.OH * s.OW * s.Cout
}
