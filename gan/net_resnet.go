package gan

import (
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// The residual networks of SNGAN (Miyato et al. 2018): G's blocks normalize, rectify and double the picture before each
// first convolution, D's halve it after the second. D is usually spectral and has no other normalization.
var resnet = network{
	check: func(n *Net, shape [3]int) error { return n.checkConv(shape, n.halvings()) },
	generator: func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value {
		s, c, b := n.stack(p, "G"), n.Channels, p.b
		x := s.first(z, shape[0]>>n.halvings(), shape[1]>>n.halvings(), c[0])
		for _, out := range c[1:] {
			name, second, short := s.next(), s.next(), s.next()
			h := s.conv(name, b.NearestUp(b.ReLU(s.norm(name, x)), 2), out, 3, 1, 1, gain)
			h = s.conv(second, b.ReLU(s.norm(second, s.bias(name, h))), out, 3, 1, 1, gain)
			// A convolution by one tap comes to the same before the picture grows.
			x = b.Add(s.bias(second, h), b.NearestUp(s.conv(short, x, out, 1, 1, 1, gain/2), 2))
		}
		name := s.next()
		return s.samples(s.bias(name, s.conv(name, b.ReLU(s.norm(name, x)), shape[2], 3, 1, 1, gain/8.)))
	},
	discriminator: func(n *Net, p *params, x graph.Value, shape [3]int, outputs int, _ *dropout) (logits, features graph.Value) {
		s, b := n.stack(p, "D"), p.b
		half := kernels.Window{Size: 2, Stride: 2}
		x = s.pixels(x, shape)
		for i := len(n.Channels) - 1; i >= 0; i-- {
			name, second, short := s.next(), s.next(), s.next()
			out, h := n.Channels[i], x
			if i < len(n.Channels)-1 {
				h = b.ReLU(s.norm(name, h))
			}
			h = b.ReLU(s.norm(second, s.bias(name, s.conv(name, h, out, 3, 1, 1, gain))))
			h = s.bias(second, s.conv(second, h, out, 3, 1, 1, gain))
			if i > 0 {
				h, x = b.AvgPool(h, half, half), b.AvgPool(x, half, half)
			}
			x = b.Add(h, s.conv(short, x, out, 1, 1, 1, gain/2))
		}
		return s.last(b.Sum(b.ReLU(x), 1, 2), outputs)
	},
}
