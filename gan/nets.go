package gan

import (
	"fmt"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Streams of random numbers. Each use has its own; indexes within it count elements over the whole run. Those from
// 0x80000000 on order the data (package data).
const (
	streamLatent   uint32 = 0x100 // z of D's and of G's steps
	streamStanding uint32 = 0x102 // z of standing statistics
	streamDrop     uint32 = 0x200 // dropout masks, counted up in the order in which they are built
	streamView     uint32 = 0x400 // what happens to samples on their way to D: four times viewStreams
	streamPenalty  uint32 = 0x500 // where penalties are taken
	streamNoise    uint32 = 0x600 // noise inputs, by layer, of D's and of G's steps
	streamMode     uint32 = 0x700 // rows of data: which mode they belong to,
	streamPlace    uint32 = 0x701 // and where in it they lie
	streamInit     uint32 = 0x1000
	streamClass    uint32 = 0x300 // classes of generated pictures, of D's and of G's steps
)

// params creates the variables of a network in a graph, and their initial values in a store that lacks them.
type params struct {
	b    *graph.Builder
	st   *graph.Store
	seed uint64
	list []graph.Value
	now  map[string]graph.Value // values in the place of variables

	z       graph.Value // what G is fed
	classes int         // its first entries, which say the class
	netState
}

// with returns parameters that have the given values.
func (p *params) with(vars, values []graph.Value) *params {
	now := map[string]graph.Value{}
	for i, v := range vars {
		now[p.b.Node(v).Attr.Name] = values[i]
	}
	return &params{b: p.b, now: now}
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

func (p *params) bias(name string, n int) graph.Value { return p.biasWithin(name, n, 0) }

// biasWithin is a bias from U(-r, r).
func (p *params) biasWithin(name string, n int, r float32) graph.Value {
	return p.add(name, graph.Of(n), func(b []float32, stream uint32) {
		if r > 0 {
			kernels.UniformTo(b, -r, r, p.seed, stream, 0)
		}
	})
}

func (p *params) add(name string, s graph.Shape, init func(w []float32, stream uint32)) graph.Value {
	if v, ok := p.now[name]; ok {
		return v
	}
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

// network is an architecture: a way to build G and D from the description of a Net.
type network struct {
	// check reports a description that makes no sense, for samples of the given shape.
	check func(n *Net, shape [3]int) error
	// generator maps z [batch, k], class entries first, to samples [batch, size] without output function.
	generator func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value
	// discriminator maps samples [batch, size] to logits [batch, outputs]. features [batch, n] are what its last layer
	// sees. drop may be nil.
	discriminator func(n *Net, p *params, x graph.Value, shape [3]int, outputs int, drop *dropout) (logits, features graph.Value)
	// size returns the number of weights and the widest layer, in numbers a sample, for in numbers in and out out. nil: they
	// are counted.
	size func(n *Net, in, out int) (weights, widest int64)
}

// networks is the table of architectures; a Net without a kind is an mlp.
var networks = map[string]network{"mlp": {
	check: (*Net).checkMLP,
	generator: func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value {
		x, _ := n.mlp(p, "G", z, shape[0]*shape[1]*shape[2], nil)
		return x
	},
	discriminator: func(n *Net, p *params, x graph.Value, _ [3]int, outputs int, drop *dropout) (logits, features graph.Value) {
		return n.mlp(p, "D", x, outputs, drop)
	},
	size: (*Net).sizeMLP,
}, "dcgan": dcgan, "resnet": resnet, "r3gan": r3gan, "stylegan": stylegan, "ctgan": ctgan}

// mlpKind reports a multilayer perceptron.
func (n *Net) mlpKind() bool { return n.Kind == "" || n.Kind == "mlp" }

func (n *Net) network() network {
	if n.Kind == "" {
		return networks["mlp"]
	}
	return networks[n.Kind]
}

// mlp is a multilayer perceptron from x [batch, in] to [batch, out], without output activation, and what its last layer
// sees. drop may be nil.
func (n *Net) mlp(p *params, name string, x graph.Value, out int, drop *dropout) (y, features graph.Value) {
	b := p.b
	x = n.waves(p, name, x)
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
		} else {
			features = x
			if n.StdGroup > 0 {
				x = b.Concat(1, x, minibatchStd(b, x, min(n.StdGroup, b.Shape(x).Dim(0))))
				in++
			}
		}
		width := units
		if n.Act == "maxout" && !last {
			width *= n.Pieces
		}
		layer := fmt.Sprintf("%s.%d", name, i)
		x = b.Dot(x, p.weight(layer+".weight", in, width, n.Init, variance), false, false)
		first := n.Bias
		if last {
			first = 0
		}
		x = b.Add(x, p.biasWithin(layer+".bias", width, first))
		in = units
		switch {
		case last:
		case n.Act == "relu":
			x = b.ReLU(x)
		case n.Act == "leaky":
			x = b.LeakyReLU(x, 0.2)
		case n.Act == "tanh":
			x = b.Tanh(x)
		default:
			// Goodfellow et al. 2013: the largest of the pieces of each unit, pieces in the middle dimension.
			x = b.Reshape(x, graph.Of(b.Shape(x).Dim(0), n.Pieces, units))
			x = b.PickMax(x, x, 1)
		}
	}
	return x, features
}

// directions is the number of directions of triangle waves, for each input.
const directions = 8

// waves returns x [batch, in] with triangle waves beside it: of projections on random directions, which lie in [-1, 1] about
// where x does, the first has one tooth and each later one twice as many. Nothing of it is trained.
func (n *Net) waves(p *params, name string, x graph.Value) graph.Value {
	if n.Octaves == 0 {
		return x
	}
	b, in := p.b, p.b.Shape(x).Dim(1)
	at := b.StopGradient(p.weight(name+".waves.weight", in, directions*in, 0, 0.5))
	shift := b.StopGradient(p.biasWithin(name+".waves.bias", directions*in, 0.5))
	w := b.Add(b.Dot(x, at, false, false), shift)
	w = b.Max(b.Min(w, b.Scalar(1)), b.Scalar(-1))
	all := []graph.Value{x}
	for range n.Octaves {
		w = b.AddScalar(b.MulScalar(b.Abs(w), -2), 1)
		all = append(all, w)
	}
	return b.Concat(1, all...)
}

func (n *Net) checkMLP([3]int) error {
	if n.Octaves < 0 || n.Octaves > 12 {
		return fmt.Errorf("octaves %d; want 0 (none) to 12", n.Octaves)
	}
	if len(n.Hidden) > maxHidden {
		return fmt.Errorf("%d hidden layers; want at most %d", len(n.Hidden), maxHidden)
	}
	for _, u := range n.Hidden {
		if u < 1 || u > 1<<16 {
			return fmt.Errorf("a layer of %d units", u)
		}
	}
	if c := &n.ConvNet; len(c.Channels) > 0 || c.Norm != "" || c.Spectral || c.Flat || c.Patch || c.Blocks|c.Expand|c.Group|c.Mapping|c.Style != 0 {
		return fmt.Errorf("channels, norm, spectral, flat, patch, blocks, expand, group, mapping and style are of convolutional networks, not of an mlp")
	}
	if n.Act == "maxout" && (n.Pieces < 1 || n.Pieces > 64) {
		return fmt.Errorf("maxout of %d pieces", n.Pieces)
	}
	return nil
}

func (n *Net) sizeMLP(in, out int) (weights, widest int64) {
	from := int64(in)
	if n.Octaves > 0 {
		weights = from * from * directions
		from += from * directions * int64(n.Octaves)
		widest = from
	}
	for _, units := range n.Hidden {
		width := int64(units)
		if n.Act == "maxout" {
			width *= int64(n.Pieces)
		}
		weights, widest, from = weights+from*width, max(widest, width), int64(units)
	}
	return weights + from*int64(out), max(widest, int64(out))
}

// plainGenerator maps z to samples [batch, size] without output function.
func (p *Preset) plainGenerator(ps *params, z graph.Value, shape [3]int) graph.Value {
	if n := p.G.Bits; n > 0 {
		z = signs(ps.b, z, n)
	}
	ps.z, ps.classes = z, p.Classes
	return p.G.network().generator(&p.G, ps, z, shape)
}

// generator maps z to samples [batch, size]: pixels in [0, 1] (sigmoid) or [-1, 1] (tanh), any numbers (linear), or what the
// heads of a table make of them.
func (p *Preset) generator(ps *params, z graph.Value, shape [3]int) graph.Value {
	x := p.plainGenerator(ps, z, shape)
	switch p.G.Out {
	case "tanh":
		return ps.b.Tanh(x)
	case "linear", tableData:
		if p.Scale > 0 {
			x = ps.b.MulScalar(x, p.Scale)
		}
		return x
	}
	return ps.b.Sigmoid(x)
}

// signs returns z [batch, k] with its last n entries replaced by their signs.
func signs(b *graph.Builder, z graph.Value, n int) graph.Value {
	const half = kernels.LatentScale / 2 // an entry of 0 has a sign too
	k := b.Shape(z).Dim(1)
	bits := b.Sign(b.AddScalar(b.Slice(z, 1, k-n, k), half))
	if n == k {
		return bits
	}
	return b.Concat(1, b.Slice(z, 1, 0, k-n), bits)
}

// discriminator maps samples as D sees them, and their classes as one-hot rows where the game is conditional, to logits
// [n, 1]. features are what its last layer sees.
func (p *Preset) discriminator(ps *params, x, class graph.Value, shape [3]int, drop *dropout) (logits, features graph.Value) {
	b := ps.b
	if p.Scale > 0 {
		x = b.MulScalar(x, 1/p.Scale)
	}
	if p.D.Center {
		x = b.AddScalar(b.MulScalar(x, 2), -1)
	}
	shape[2] *= max(1, p.Pack)
	logits, features = p.D.network().discriminator(&p.D, ps, x, shape, max(1, p.Classes), drop)
	if p.Classes > 0 {
		logits = b.Reshape(b.PickMax(logits, class, 1), graph.Of(b.Shape(x).Dim(0), 1))
	}
	return logits, features
}

// pixelScale and pixelOffset map what the generator puts out to bytes.
func (p *Preset) pixelScale() (scale, offset float32) {
	if p.G.Out == "tanh" {
		return 127.5, 127.5
	}
	return 255, 0
}
