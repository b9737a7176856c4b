package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// layers are the convolutions of two DCGANs, X to Y as the discriminator has them; the generator's are the same ones
// from Y to X, and its first makes 4x4 pixels of a latent.
var layers = []kernels.ConvShape{
	strided(32, 1, 32), strided(16, 32, 64), strided(8, 64, 128), whole(128, 1), whole(128, 64),
	strided(64, 3, 64), strided(32, 64, 128), strided(16, 128, 256), strided(8, 256, 512), whole(512, 1), whole(512, 100),
}

// strided halves a picture with windows of 4x4 pixels.
func strided(size, cin, cout int) kernels.ConvShape {
	return kernels.ConvShape{H: size, W: size, Cin: cin, OH: size / 2, OW: size / 2, Cout: cout, KH: 4, KW: 4,
		StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}
}

// whole has one window that is all 4x4 pixels.
func whole(cin, cout int) kernels.ConvShape {
	return kernels.ConvShape{H: 4, W: 4, Cin: cin, OH: 1, OW: 1, Cout: cout, KH: 4, KW: 4, StrideH: 1, StrideW: 1}
}

func convJobs() []job {
	var js []job
	for _, batch := range []int{1, 16, 64} {
		for _, s := range layers {
			s.N = batch
			for _, role := range []kernels.ConvRole{kernels.ConvOut, kernels.ConvDX, kernels.ConvDW} {
				js = append(js, convJob(s, role))
			}
		}
	}
	return js
}

// convJob is ours, channels last and with packed weights where these are an operand, against oneDNN's with all tensors
// in the layouts that it chooses.
func convJob(s kernels.ConvShape, role kernels.ConvRole) job {
	name := [...]string{"y", "x", "w"}[role]
	products := s.N * s.Cin * s.Cout * taps(s.H, s.OH, s.KH, s.StrideH, s.PadH) * taps(s.W, s.OW, s.KW, s.StrideW, s.PadW)
	j := job{kind: "conv", tolerance: 1e-5, work: 2 * float64(products), peak: peakF32,
		shape:  fmt.Sprintf("n%d %dx%dx%d-%dx%dx%d %s", s.N, s.H, s.W, s.Cin, s.OH, s.OW, s.Cout, name),
		rivals: []rival{{"onednn-conv", "conv", "oneDNN convolution"}, {"onednn-conv", "deconv", "oneDNN deconvolution"}},
		ask: request{Op: "conv", N: s.N, Conv: &convRequest{name, s.H, s.W, s.Cin, s.OH, s.OW, s.Cout, s.KH, s.KW, s.StrideH,
			s.PadH}}}
	if s.OH == 1 {
		j.kind = "conv-window"
	}
	j.ours = func(p *kernels.Pool) (func(), func() (float64, float64), error) {
		xn, wn, yn := s.Sizes()
		c := &kernels.Conv{ConvShape: s, Role: role, X: floats(xn, 1), Weights: floats(wn, 2), Y: floats(yn, 3)}
		if role != kernels.ConvDW {
			c.Packed = kernels.PackConv(s, role, c.Weights)
		}
		return func() { c.Run(p) }, func() (float64, float64) { return checksum([][]float32{c.Y, c.X, c.Weights}[role]) }, nil
	}
	return j
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
