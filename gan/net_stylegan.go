package gan

import (
	"math"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// A generator in the manner of StyleGAN 2 (Karras et al. 2020): z becomes a style, which scales the channels that each
// convolution sees (and so its weights, whose effect on the variance is divided out again); noise is added to every pixel;
// each stage adds its own picture to that of the stage before, made larger. D's blocks are residual and halve the picture
// bilinearly.
var stylegan = network{
	check: func(n *Net, shape [3]int) error { return n.checkConv(shape, n.halvings()) },
	generator: func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value {
		s, c, b := n.stack(p, "G"), n.Channels, p.b
		style := z
		for range orDefault(n.Mapping, 2) {
			name := s.next()
			style = s.leaky(s.bias(name, s.dense(name, style, orDefault(n.Style, 128), gain)))
		}
		style = s.nearMean(style)
		h, w := shape[0]>>n.halvings(), shape[1]>>n.halvings()
		constant := p.add("G.constant", graph.Of(1, h, w, c[0]), func(w []float32, stream uint32) {
			kernels.Normal(w, 1, p.seed, stream, 0)
		})
		x := b.BroadcastTo(constant, graph.Of(b.Shape(z).Dim(0), h, w, c[0]))
		var picture graph.Value
		for i, out := range c {
			if i > 0 {
				x = s.styled(b.SmoothUp(x, kernels.EdgeZero), style, out)
				picture = b.SmoothUp(picture, kernels.EdgeZero)
			}
			x = s.styled(x, style, out)
			name := s.next()
			rgb := s.bias(name, s.conv(name, s.scaled(name, x, style), shape[2], 1, 1, 1, gain/8.))
			if i == 0 {
				picture = rgb
			} else {
				picture = b.Add(picture, rgb)
			}
		}
		return s.samples(picture)
	},
	discriminator: func(n *Net, p *params, x graph.Value, shape [3]int, outputs int, _ *dropout) (logits, features graph.Value) {
		s, c, b := n.stack(p, "D"), n.Channels, p.b
		last := len(c) - 1
		name := s.next()
		x = s.leaky(s.bias(name, s.conv(name, s.pixels(x, shape), c[last], 1, 1, 1, gain)))
		for i := last; i > 0; i-- {
			name, second, short := s.next(), s.next(), s.next()
			h := s.leaky(s.bias(name, s.conv(name, x, c[i], 3, 1, 1, gain)))
			h = s.leaky(s.bias(second, s.conv(second, b.SmoothDown(h, kernels.EdgeZero), c[i-1], 3, 1, 1, gain)))
			x = b.MulScalar(b.Add(h, s.conv(short, b.SmoothDown(x, kernels.EdgeZero), c[i-1], 1, 1, 1, gain/2)), math.Sqrt2/2)
		}
		name = s.next()
		return s.last(s.leaky(s.bias(name, s.conv(name, x, c[0], 3, 1, 1, gain))), outputs)
	},
}

// styleMean names the running mean of all styles.
const styleMean = "G.style_mean"

// nearMean follows the mean of styles in training, and moves them towards it at inference where truncation is asked for
// (Karras et al. 2019).
func (s *stack) nearMean(style graph.Value) graph.Value {
	b, p, shape := s.b, s.p, graph.Of(s.b.Shape(style).Dim(1))
	if !p.infer {
		const momentum = 0.01
		old := p.state(styleMean, shape, func([]float32, uint32) {})
		now := b.StopGradient(b.Mean(style, 0))
		p.setState(styleMean, b.Add(b.MulScalar(old, 1-momentum), b.MulScalar(now, momentum)))
		return style
	}
	if p.truncate == 0 {
		return style
	}
	mean := p.add(styleMean, shape, nil)
	return b.Add(b.MulScalar(b.Sub(style, mean), p.truncate), mean)
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// scales is what a style says of the channels of x, [n, c], around 1.
func (s *stack) scales(name string, x, style graph.Value) graph.Value {
	return s.b.AddScalar(s.bias(name+".style", s.dense(name+".style", style, s.b.Shape(x).Dim(3), gain/2)), 1)
}

// perChannel multiplies the channels of each picture of x by a row of f.
func (s *stack) perChannel(x, f graph.Value) graph.Value {
	d := s.b.Shape(f).Dims()
	return s.b.Mul(x, s.b.Reshape(f, graph.Of(d[0], 1, 1, d[1])))
}

func (s *stack) scaled(name string, x, style graph.Value) graph.Value {
	return s.perChannel(x, s.scales(name, x, style))
}

// styled is a modulated convolution by 3 x 3 taps with noise, a bias and a rectifier.
func (s *stack) styled(x, style graph.Value, out int) graph.Value {
	b, name := s.b, s.next()
	scale := s.scales(name, x, style)
	in := b.Shape(x).Dim(3)
	w := s.weights(name, graph.Of(3, 3, in, out), 9*in, gain)
	x = b.Conv(s.perChannel(x, scale), w, graph.Strided(1, 1))
	// The variance of a sum is that of its terms, added: the scales squared times the weights squared.
	energy := b.Dot(b.Square(scale), b.Sum(b.Square(w), 0, 1), false, false)
	x = s.perChannel(x, b.Div(b.Fill(1, b.Shape(energy)), b.Sqrt(b.AddScalar(energy, 1e-8))))
	d := b.Shape(x).Dims()
	d[3] = 1
	strength := s.p.add(name+".noise_strength", graph.Of(1), func([]float32, uint32) {})
	var noise graph.Value
	if s.p.infer { // the same for every picture, so that a picture is a function of its z
		noise = s.p.add(name+".noise", graph.Of(1, d[1], d[2], 1), nil)
	} else {
		s.p.state(name+".noise", graph.Of(1, d[1], d[2], 1), func(x []float32, stream uint32) {
			kernels.Normal(x, 1, s.p.seed, stream, 0)
		})
		stream := streamNoise + s.p.noise + uint32(s.layers)
		noise = b.FromI16(b.Latent(kernels.LatentNormal, stream, graph.Of(d...)), kernels.LatentScale)
	}
	x = s.bias(name, b.Add(x, b.Mul(noise, b.Reshape(strength, graph.Of(1, 1, 1, 1)))))
	return b.MulScalar(s.leaky(x), math.Sqrt2)
}
