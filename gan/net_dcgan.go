package gan

import "github.com/gannet-ml/gannet/graph"

// DCGAN (Radford et al. 2016): transposed convolutions by 4 x 4 taps up from a small picture, convolutions down again, a
// normalization behind each but G's last layer and D's first. The smallest picture has all of z, or of D's judgement, in one
// layer.
var dcgan = network{
	check: func(n *Net, shape [3]int) error { return n.checkConv(shape, n.halvings()) },
	generator: func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value {
		s, c := n.stack(p, "G"), n.Channels
		b := p.b
		x := b.ReLU(s.first(z, shape[0]>>n.halvings(), shape[1]>>n.halvings(), c[0]))
		for i, in := range c[:len(c)-1] {
			x = b.ReLU(s.folded(s.next(), graph.Of(4, 4, c[i+1], in), func(w int) int { return w / in % c[i+1] },
				func(w graph.Value) graph.Value { return b.ConvTransposed(x, w, graph.Strided(2, 1), 1, [2]int{}) }, 4*in, gain))
		}
		name := s.next()
		if n.Flat {
			return s.samples(s.bias(name, s.conv(name, x, shape[2], 3, 1, 1, gain/8.)))
		}
		return s.samples(s.bias(name, s.up(name, x, shape[2], gain/8.)))
	},
	discriminator: func(n *Net, p *params, x graph.Value, shape [3]int, outputs int, _ *dropout) (logits, features graph.Value) {
		s := n.stack(p, "D")
		x = s.pixels(x, shape)
		for i := len(n.Channels) - 1; i >= 0; i-- {
			name := s.next()
			x = s.conv(name, x, n.Channels[i], 4, 2, 1, gain)
			if i == len(n.Channels)-1 || n.Norm == "" {
				x = s.bias(name, x)
			} else {
				x = s.norm(name, x)
			}
			x = s.leaky(x)
		}
		return s.last(x, outputs)
	},
}
