package gan

import (
	"fmt"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Streams of random numbers. Each use has its own; indexes within it count elements over the whole run. Those from
// 0x80000000 on order the data (package data).
const (
	streamLatent uint32 = 0x100 // z of D's and of G's steps
	streamDrop   uint32 = 0x200 // dropout masks, counted up in the order in which they are built
	streamInit   uint32 = 0x1000
	streamClass  uint32 = 0x300 // classes of generated pictures, of D's and of G's steps
)

// params creates the variables of a network in a graph, and their initial values in a store that lacks them.
type params struct {
	b    *graph.Builder
	st   *graph.Store
	seed uint64
	list []graph.Value
}

// weight is a matrix [in, out] from U(-r, r) or, if r is 0, from N(0, variance/in).
func (p *params) weight(name string, in, out int, r, variance float32) graph.Value {
	return p.add(name, graph.Of(in, out), func(w []float32, stream uint32) {
		if r > 0 {
			kernels.UniformTo(w, -r, r, p.seed, stream, 0)
			return
		}
		scale := []float32{variance / float32(in)}
		kernels.Sqrt(scale, scale)
		kernels.Normal(w, scale[0], p.seed, stream, 0)
	})
}

func (p *params) bias(name string, n int) graph.Value {
	return p.add(name, graph.Of(n), func([]float32, uint32) {})
}

func (p *params) add(name string, s graph.Shape, init func(w []float32, stream uint32)) graph.Value {
	if p.st != nil && p.st.Get(name) == nil {
		stream := streamInit + uint32(len(p.st.Names()))
		init(p.st.Alloc(name, graph.F32, s).F32(), stream)
	}
	v := p.b.Var(name, graph.F32, s)
	p.list = append(p.list, v)
	return v
}

// dropout keeps each element of x with probability keep and divides what it keeps by it.
type dropout struct{ next uint32 }

func (d *dropout) apply(b *graph.Builder, x graph.Value, keep float32) graph.Value {
	if keep == 0 || keep == 1 {
		return x
	}
	d.next++
	return b.Mul(x, b.Bernoulli(streamDrop+d.next, keep, 1/keep, b.Shape(x)))
}

// mlp is a multilayer perceptron from x [batch, in] to [batch, out], without output activation. drop may be nil.
func (n *Net) mlp(p *params, name string, x graph.Value, out int, drop *dropout) graph.Value {
	b := p.b
	in := b.Shape(x).Dim(1)
	for i := 0; i <= len(n.Hidden); i++ {
		if drop != nil {
			keep := n.KeepHidden
			if i == 0 {
				keep = n.KeepIn
			}
			x = drop.apply(b, x, keep)
		}
		// He's initialization for rectifiers; the last layer starts small.
		units, variance, last := out, float32(0.25), i == len(n.Hidden)
		if !last {
			units, variance = n.Hidden[i], 2
		}
		width := units
		if n.Act == "maxout" && !last {
			width *= n.Pieces
		}
		layer := fmt.Sprintf("%s.%d", name, i)
		x = b.Dot(x, p.weight(layer+".weight", in, width, n.Init, variance), false, false)
		x = b.Add(x, p.bias(layer+".bias", width))
		in = units
		switch {
		case last:
		case n.Act == "relu":
			x = b.ReLU(x)
		case n.Act == "leaky":
			x = b.LeakyReLU(x, 0.2)
		default:
			// Goodfellow et al. 2013: the largest of the pieces of each unit, pieces in the middle dimension.
			x = b.Reshape(x, graph.Of(b.Shape(x).Dim(0), n.Pieces, units))
			x = b.PickMax(x, x, 1)
		}
	}
	return x
}

// generator maps z to pictures with pixels in [0, 1] (sigmoid) or [-1, 1] (tanh).
func (p *Preset) generator(ps *params, z graph.Value, pixels int) graph.Value {
	x := p.G.mlp(ps, "G", z, pixels, nil)
	if p.G.Out == "tanh" {
		return ps.b.Tanh(x)
	}
	return ps.b.Sigmoid(x)
}

// discriminator maps pictures, and their classes as one-hot rows where the game is conditional, to logits [batch, 1].
func (p *Preset) discriminator(ps *params, x, class graph.Value, drop *dropout) graph.Value {
	b := ps.b
	if p.D.Center {
		x = b.AddScalar(b.MulScalar(x, 2), -1)
	}
	if p.Classes == 0 {
		return p.D.mlp(ps, "D", x, 1, drop)
	}
	logits := p.D.mlp(ps, "D", x, p.Classes, drop)
	return b.Reshape(b.PickMax(logits, class, 1), graph.Of(b.Shape(x).Dim(0), 1))
}

// pixelScale and pixelOffset map what the generator puts out to bytes.
func (p *Preset) pixelScale() (scale, offset float32) {
	if p.G.Out == "tanh" {
		return 127.5, 127.5
	}
	return 255, 0
}
