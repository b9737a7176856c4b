package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// convU8Benchers measure the layers of two quantized generators, each beside the f32 layer, and a depthwise one. GOP/s count
// the products that GFLOP/s of a f32 convolution count.
func convU8Benchers() []bencher {
	var bs []bencher
	for _, l := range []struct{ size, cin, cout int }{
		{4, 128, 64}, {8, 64, 128}, {16, 32, 64}, {32, 1, 32},
		{4, 512, 100}, {8, 256, 512}, {16, 128, 256}, {32, 64, 128}, {64, 3, 64},
	} {
		for _, batch := range []int{1, 16, 64} {
			bs = append(bs, convU8Bencher(generatorLayer(batch, l.size, l.cin, l.cout)))
		}
	}
	return append(bs, convU8Bencher(kernels.ConvShape{N: 16, H: 32, W: 32, Cin: 64, OH: 32, OW: 32, Cout: 64, KH: 3, KW: 3,
		StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, Groups: 64}))
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

func convU8Bencher(s kernels.ConvShape) bencher {
	x, w, y := s.Sizes()
	work := 2 * float64(s.N*s.Cin*s.Cout/max(1, s.Groups)) * float64(taps(s.H, s.OH, s.KH, s.StrideH, s.PadH)) *
		float64(taps(s.W, s.OW, s.KW, s.StrideW, s.PadW))
	shape := fmt.Sprintf("%dx%dx%dx%d-%d", s.N, s.H, s.W, s.Cin, s.Cout)
	if s.Groups > 1 {
		shape += " depthwise"
	}
	return bencher{kernel: "conv_u8", shape: shape, work: work,
		unit: "GOP/s", bytes: float64(x + w + y), prepare: func(p *kernels.Pool) trial {
			l := kernels.ConvU8Layer{ConvShape: s, Role: kernels.ConvDX, Weights: make([]int8, w), InZero: 128,
				Bias: make([]int32, s.Cin), Mult: make([]int32, s.Cin), Shift: make([]uint8, s.Cin), Zero: 128, Hi: 255}
			c := &kernels.ConvU8{N: s.N, In: make([]uint8, y), Out: make([]uint8, x)}
			for i, v := range values(w, 6) {
				l.Weights[i] = int8(v * 127)
			}
			for i, v := range values(y, 7) {
				c.In[i] = uint8(v*127 + 128)
			}
			for i := range l.Mult {
				l.Mult[i], l.Shift[i] = 1<<30+int32(i), 44
			}
			c.Packed = kernels.PackConvU8(l)
			f := &kernels.Conv{ConvShape: s, Role: kernels.ConvDX, X: make([]float32, x), Weights: values(w, 2), Y: values(y, 3),
				Bias: make([]float32, s.Cin), Act: kernels.ActReLU}
			f.Packed = kernels.PackConv(s, kernels.ConvDX, f.Weights)
			return trial{run: func() { c.Run(p) }, result: func() []byte { return c.Out },
				rivals: []rival{{"f32", "kernels.Conv of the same shape on the tier in use, the best one but for GANNET_ISA; packed, with bias and ReLU", func() { f.Run(p) }}}}
		}}
}
