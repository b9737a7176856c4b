package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// sameTier is what the f32 rival of an integer kernel has in common with it.
const sameTier = " of the same shape on the tier of the row; weights packed, with bias and ReLU"

// convU8Benchers measure the layers of two quantized generators, which are transposed convolutions, depthwise ones, and plain ones of
// residual generators (within groups, and without; to three channels), each beside the f32 layer. GOP/s count the products that
// GFLOP/s of a f32 convolution count.
func convU8Benchers() []bencher {
	var bs []bencher
	for _, l := range []struct{ size, cin, cout int }{
		{4, 128, 64}, {8, 64, 128}, {16, 32, 64}, {32, 1, 32},
		{4, 512, 100}, {8, 256, 512}, {16, 128, 256}, {32, 64, 128}, {64, 3, 64},
	} {
		for _, batch := range []int{1, 16, 64} {
			bs = append(bs, convU8Bencher(generatorLayer(batch, l.size, l.cin, l.cout), kernels.ConvDX))
		}
	}
	bs = append(bs, convU8Bencher(sameSize(16, 32, 64, 64, 64), kernels.ConvDX))
	for _, l := range []struct{ size, cin, cout, groups int }{
		{28, 64, 64, 4}, {14, 128, 128, 8}, {7, 128, 128, 8}, {14, 128, 128, 16}, {14, 128, 128, 4}, {32, 64, 64, 64},
		{28, 32, 1, 1}, {64, 32, 3, 1}, {16, 128, 128, 1}, {64, 24, 24, 1},
	} {
		for _, batch := range []int{1, 16} {
			bs = append(bs, convU8Bencher(sameSize(batch, l.size, l.cin, l.cout, l.groups), kernels.ConvOut))
		}
	}
	return bs
}

// sameSize is a convolution of 3x3 taps that leaves a picture its size.
func sameSize(batch, size, cin, cout, groups int) kernels.ConvShape {
	return kernels.ConvShape{N: batch, H: size, W: size, Cin: cin, OH: size, OW: size, Cout: cout, KH: 3, KW: 3,
		StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, Groups: groups}
}

// generatorLayer is a transposed convolution of a DCGAN's generator from cout channels to pictures of cin channels, twice as
// large; the first layer makes 4x4 pixels of one.
func generatorLayer(batch, size, cin, cout int) kernels.ConvShape {
	s := kernels.ConvShape{N: batch, H: size, W: size, Cin: cin, OH: size / 2, OW: size / 2, Cout: cout, KH: 4, KW: 4,
		StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}
	if size == 4 {
		s.OH, s.OW, s.PadH, s.PadW = 1, 1, 0, 0
	}
	return s
}

// convU8Bencher measures a layer, whose shape names X and the channels of Y: conv_u8 makes X, the transposed convolution, conv_u8_out Y.
func convU8Bencher(s kernels.ConvShape, role kernels.ConvRole) bencher {
	x, w, y := s.Sizes()
	work := 2 * float64(s.N*s.Cin*s.Cout/max(1, s.Groups)) * float64(taps(s.H, s.OH, s.KH, s.StrideH, s.PadH)) *
		float64(taps(s.W, s.OW, s.KW, s.StrideW, s.PadW))
	shape := fmt.Sprintf("%dx%dx%dx%d-%d", s.N, s.H, s.W, s.Cin, s.Cout)
	switch s.Groups {
	case 0, 1:
	case s.Cin:
		shape += " depthwise"
	default:
		shape += fmt.Sprintf(" groups %d", s.Groups)
	}
	kernel, in, out, channels := "conv_u8", y, x, s.Cin
	if role == kernels.ConvOut {
		kernel, in, out, channels = "conv_u8_out", x, y, s.Cout
	}
	return bencher{kernel: kernel, shape: shape, work: work,
		unit: "GOP/s", bytes: float64(x + w + y), prepare: func(p *kernels.Pool) trial {
			l := kernels.ConvU8Layer{ConvShape: s, Role: role, Weights: make([]int8, w), InZero: 128,
				Bias: make([]int32, channels), Mult: make([]int32, channels), Shift: make([]uint8, channels), Zero: 128, Hi: 255}
			c := &kernels.ConvU8{N: s.N, In: make([]uint8, in), Out: make([]uint8, out)}
			for i, v := range values(w, 6) {
				l.Weights[i] = int8(v * 127)
			}
			for i, v := range values(in, 7) {
				c.In[i] = uint8(v*127 + 128)
			}
			for i := range l.Mult {
				l.Mult[i], l.Shift[i] = 1<<30+int32(i), 44
			}
			c.Packed = kernels.PackConvU8(l)
			f := &kernels.Conv{ConvShape: s, Role: role, X: values(x, 1), Weights: values(w, 2), Y: values(y, 3),
				Bias: make([]float32, channels), Act: kernels.ActReLU}
			f.Packed = kernels.PackConv(s, role, f.Weights)
			return trial{run: func() { c.Run(p) }, result: func() []byte { return c.Out },
				rivals: []rival{{name: "f32", call: "kernels.Conv" + sameTier, run: func() { f.Run(p) }, ours: true}}}
		}}
}
