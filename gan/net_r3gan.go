package gan

import (
	"math"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// The networks of R3GAN (Huang et al. 2024): residual blocks without normalization, whose last convolution begins at 0, so
// that the network begins as a chain of resamplings; grouped convolutions; bilinear resampling.
var r3gan = network{
	check: func(n *Net, shape [3]int) error { return n.checkConv(shape, n.halvings()) },
	generator: func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value {
		s, c, b := n.stack(p, "G"), n.Channels, p.b
		h, w := shape[0]>>n.halvings(), shape[1]>>n.halvings()
		// A picture of its own for every channel, times what z says of the channel.
		name := s.next()
		basis := p.add(name+".basis", graph.Of(h, w, c[0]), func(w []float32, stream uint32) { kernels.Normal(w, 1, p.seed, stream, 0) })
		x := s.dense(name, z, c[0], gain/2)
		x = b.Mul(b.Reshape(x, graph.Of(b.Shape(x).Dim(0), 1, 1, c[0])), basis)
		for i := range c {
			if i > 0 {
				x = b.SmoothUp(s.change(x, c[i]), kernels.EdgeZero)
			}
			for range max(1, n.Blocks) {
				x = s.block(x)
			}
		}
		name = s.next()
		if n.Patch {
			return s.samples(s.bias(name, s.smoothUp(name, x, shape[2], gain/2)))
		}
		return s.samples(s.bias(name, s.conv(name, x, shape[2], 1, 1, 1, gain/2)))
	},
	discriminator: func(n *Net, p *params, x graph.Value, shape [3]int, outputs int, _ *dropout) (logits, features graph.Value) {
		s, c, b := n.stack(p, "D"), n.Channels, p.b
		last := len(c) - 1
		name, taps, stride := s.next(), 1, 1
		if n.Patch {
			taps, stride = 4, 2
		}
		x = s.bias(name, s.conv(name, s.pixels(x, shape), c[last], taps, stride, 1, gain/2))
		for i := last; i >= 0; i-- {
			for range max(1, n.Blocks) {
				x = s.block(x)
			}
			if i > 0 {
				x = s.change(b.SmoothDown(x, kernels.EdgeZero), c[i-1])
			}
		}
		// Every channel against a picture of its own.
		h, w := b.Shape(x).Dim(1), b.Shape(x).Dim(2)
		x = b.Conv(x, s.weights(s.next(), graph.Of(h, w, 1, c[0]), h*w, gain/2), graph.Geometry{})
		return s.last(x, outputs)
	},
}

// smoothUp doubles a picture by 4 x 4 taps that begin as bilinear ones, so that G need not unlearn a pattern of pixels.
func (s *stack) smoothUp(name string, x graph.Value, out int, variance float32) graph.Value {
	in, line := s.b.Shape(x).Dim(-1), [4]float32{0.25, 0.75, 0.75, 0.25}
	w := s.p.add(name+".weight", graph.Of(4, 4, out, in), func(w []float32, stream uint32) {
		n := out * in
		kernels.Normal(w[:n], float32(math.Sqrt(float64(variance/float32(in)))), s.p.seed, stream, 0)
		for tap := 15; tap >= 0; tap-- { // the first last, for it is what the others are made of
			kernels.MulScalar(w[tap*n:][:n], w[:n], line[tap/4]*line[tap%4])
		}
	})
	return s.b.ConvTransposed(x, w, graph.Strided(2, 1), 1, [2]int{})
}

// change gives x another number of channels.
func (s *stack) change(x graph.Value, out int) graph.Value {
	name := s.next()
	if s.b.Shape(x).Dim(3) == out {
		return x
	}
	return s.conv(name, x, out, 1, 1, 1, gain/2)
}

// block is a residual block: one tap to more channels, 3 x 3 taps within groups, one tap back.
func (s *stack) block(x graph.Value) graph.Value {
	c := s.b.Shape(x).Dim(3)
	wide, group, groups := c*orDefault(s.n.Expand, 2), orDefault(s.n.Group, 16), 1
	if wide%group == 0 {
		groups = wide / group
	}
	name, middle, last := s.next(), s.next(), s.next()
	h := s.leaky(s.bias(name, s.conv(name, x, wide, 1, 1, 1, gain)))
	h = s.leaky(s.bias(middle, s.conv(middle, h, wide, 3, 1, groups, gain)))
	return s.b.Add(x, s.conv(last, h, c, 1, 1, 1, 0)) // from zero weights
}
