package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// convU8Benchers measure the layers of two quantized generators, whose f32 ones are among convBenchers: conv_u8 beside
// conv_dx, the same shape. GOP/s count the same products.
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
	return bs
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
	work := 2 * float64(s.N*s.Cin*s.Cout) * float64(taps(s.H, s.OH, s.KH, s.StrideH, s.PadH)) *
		float64(taps(s.W, s.OW, s.KW, s.StrideW, s.PadW))
	return bencher{kernel: "conv_u8", shape: fmt.Sprintf("%dx%dx%dx%d-%d", s.N, s.H, s.W, s.Cin, s.Cout), work: work,
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
			return trial{run: func() { c.Run(p) }, result: func() []byte { return c.Out }}
		}}
}
