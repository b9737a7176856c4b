package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// convBenchers measure the convolutions of two DCGANs, for pictures of 32x32x1 and 64x64x3, in three roles. A layer is
// named from its large side to its small one: ConvOut is the discriminator forward and the generator's gradient to the
// data, ConvDX the reverse. GFLOP/s count the products with pixels inside the picture and nothing else: no padding, no zero
// that a stride would insert, no filling of tiles.
func convBenchers() []bencher {
	var bs []bencher
	for _, l := range []struct{ size, cin, cout int }{
		{32, 1, 32}, {16, 32, 64}, {8, 64, 128}, {4, 128, 64}, // the last one is a generator's first
		{64, 3, 64}, {32, 64, 128}, {16, 128, 256}, {8, 256, 512}, {4, 512, 100},
	} {
		for _, batch := range []int{1, 16, 64} {
			s := kernels.ConvShape{N: batch, H: l.size, W: l.size, Cin: l.cin, OH: l.size / 2, OW: l.size / 2, Cout: l.cout,
				KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}
			if l.size == 4 {
				s.OH, s.OW, s.PadH, s.PadW = 1, 1, 0, 0
			}
			for role, name := range []string{"out", "dx", "dw"} {
				bs = append(bs, convBencher(s, kernels.ConvRole(role), name, false))
				if batch == 1 && role < 2 {
					bs = append(bs, convBencher(s, kernels.ConvRole(role), name, true))
				}
			}
		}
	}
	// The 3x3 convolutions within groups of an R3GAN.
	for _, l := range []struct{ size, channels, group int }{
		{28, 64, 16}, {14, 128, 16}, {7, 128, 16}, {14, 128, 8}, {14, 128, 32},
	} {
		for _, batch := range []int{16, 64} {
			s := kernels.ConvShape{N: batch, H: l.size, W: l.size, Cin: l.channels, OH: l.size, OW: l.size, Cout: l.channels,
				KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: l.channels / l.group}
			for role, name := range []string{"out", "dx", "dw"} {
				bs = append(bs, convBencher(s, kernels.ConvRole(role), name, false))
			}
		}
	}
	return bs
}

func convBencher(s kernels.ConvShape, role kernels.ConvRole, name string, packed bool) bencher {
	shape := fmt.Sprintf("%dx%dx%dx%d-%d", s.N, s.H, s.W, s.Cin, s.Cout)
	if s.Groups > 1 {
		shape += fmt.Sprintf(" groups %d", s.Groups)
	}
	if packed {
		shape += " packed"
	}
	x, w, y := s.Sizes()
	work := 2 * float64(s.N*s.Cin*s.Cout/max(1, s.Groups)) *
		float64(taps(s.H, s.OH, s.KH, max(1, s.StrideH), s.PadH)) *
		float64(taps(s.W, s.OW, s.KW, max(1, s.StrideW), s.PadW))
	return bencher{kernel: "conv_" + name, shape: shape, work: work, unit: "GFLOP/s",
		bytes: 4 * float64(x+w+y), prepare: func(p *kernels.Pool) trial {
			c := &kernels.Conv{ConvShape: s, Role: role, X: values(x, 1), Weights: values(w, 2), Y: values(y, 3)}
			if packed {
				c.Packed = kernels.PackConv(s, role, c.Weights)
			}
			return trial{run: func() { c.Run(p) },
				result: func() []byte { return bytesOf([][]float32{c.Y, c.X, c.Weights}[role]) }}
		}}
}

// taps counts the pairs of an output and a tap along one axis whose pixel lies inside.
func taps(size, outs, window, stride, pad int) int {
	n := 0
	for o := range outs {
		for t := range window {
			if at := o*stride - pad + t; 0 <= at && at < size {
				n++
			}
		}
	}
	return n
}
