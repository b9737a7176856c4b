package gan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/graph"
)

// Quantization-aware training (Jacob et al. 2018) within the game: G computes as its integer twin will, with weights and
// activations rounded to the grids of that, and learns to play well all the same. Gradients pass the rounding as if it were
// not there. The network is not built in another way: its graph is rewritten.

// followRate is the weight of a batch in the running ends of a range.
const followRate = 0.02

// rangeSuffix names the variable [2] that holds the ends of the range of the sums of a layer, behind its weights' name.
const rangeSuffix = ".range"

// faker rewrites a generator.
type faker struct {
	p       *params
	b       *graph.Builder
	bits    int    // of the weights
	dynamic []bool // what depends on z
	to      map[graph.Value]graph.Value
	quant   map[graph.Value]graph.Value
	ranges  map[string]bool
}

// fakeQuantize returns what G makes if it computes with weights of so many bits and activations of eight. What training keeps
// of the generator, running statistics, becomes that of the quantized one.
func fakeQuantize(p *params, made graph.Value, bits int) graph.Value {
	f := &faker{p: p, b: p.b, bits: bits, dynamic: make([]bool, p.b.Len()+1), to: map[graph.Value]graph.Value{},
		quant: map[graph.Value]graph.Value{}, ranges: map[string]bool{}}
	for v := graph.Value(1); int(v) < len(f.dynamic); v++ {
		switch n := f.b.Node(v); n.Op {
		case graph.OpInput, graph.OpUniform, graph.OpBernoulli, graph.OpLatent:
			f.dynamic[v] = true
		default:
			for _, in := range inputsOf(n) {
				f.dynamic[v] = f.dynamic[v] || f.dynamic[in]
			}
		}
	}
	states := slices.Clone(p.changed)
	made = f.rewrite(made)
	for _, name := range states {
		p.current[name] = f.rewrite(p.current[name])
	}
	return made
}

// inputsOf lists the inputs of a node.
func inputsOf(n graph.Node) []graph.Value {
	in := n.In[:]
	for len(in) > 0 && in[len(in)-1] == 0 {
		in = in[:len(in)-1]
	}
	return in
}

// changes reports whether v is part of what is rewritten: it depends on z, and was there before.
func (f *faker) changes(v graph.Value) bool { return int(v) < len(f.dynamic) && f.dynamic[v] }

// rewrite returns v as the quantized generator computes it.
func (f *faker) rewrite(v graph.Value) graph.Value {
	if !f.changes(v) {
		return v
	}
	if w, ok := f.to[v]; ok {
		return w
	}
	n := f.b.Node(v)
	in := slices.Clone(inputsOf(n))
	switch n.Op {
	case graph.OpInput, graph.OpUniform, graph.OpBernoulli, graph.OpLatent, graph.OpFromI16:
		return v
	case graph.OpDot, graph.OpConvOut, graph.OpConvDX:
		if f.changes(in[1]) {
			break
		}
		in[0], in[1] = f.quantized(in[0]), f.weights(n)
		f.to[v] = f.b.Copy(n, in...)
		return f.to[v]
	case graph.OpReLU: // a clamp of the sums
	case graph.OpLeakyReLU, graph.OpTanh, graph.OpSigmoid, graph.OpSoftplus, graph.OpExp, graph.OpAbs, graph.OpResample: // of bytes
		in[0] = f.quantized(in[0])
		f.to[v] = f.b.Copy(n, in...)
		return f.to[v]
	case graph.OpAdd, graph.OpSub, graph.OpMul:
		if f.changes(in[0]) && f.changes(in[1]) {
			in[0], in[1] = f.quantized(in[0]), f.quantized(in[1])
			f.to[v] = f.b.Copy(n, in...)
			return f.to[v]
		}
	}
	for i := range in {
		in[i] = f.rewrite(in[i])
	}
	f.to[v] = f.b.Copy(n, in...)
	return f.to[v]
}

// quantized returns v as bytes have it: 256 numbers, evenly from one end of its range to the other, one of which is 0.
func (f *faker) quantized(v graph.Value) graph.Value {
	if w, ok := f.quant[v]; ok || !f.changes(v) {
		if !ok {
			return v
		}
		return w
	}
	b := f.b
	switch n := b.Node(v); n.Op {
	case graph.OpReshape, graph.OpSlice, graph.OpPermute: // bytes stay bytes
		w := b.Copy(n, f.quantized(n.In[0]))
		f.quant[v] = w
		return w
	}
	x := f.rewrite(v)
	r := f.follow(f.name(v), x)
	scale := b.MulScalar(b.Sub(r[1], r[0]), 1./255)
	scale = b.Max(scale, b.Scalar(1e-30))
	lo := b.Round(b.Max(b.Div(r[0], scale), b.Scalar(-255)))
	w := b.FakeQuantize(x, scale, lo, b.AddScalar(lo, 255))
	f.quant[v] = w
	return w
}

// name is that of the range of v: of the nearest weights behind it.
func (f *faker) name(v graph.Value) string {
	base, suffix := "G.z", rangeSuffix
	for u := v; f.changes(u); {
		n := f.b.Node(u)
		in := inputsOf(n)
		if (n.Op == graph.OpDot || n.Op == graph.OpConvOut || n.Op == graph.OpConvDX) && !f.changes(in[1]) {
			base = f.weightsName(in[1])
			break
		}
		next := graph.Value(0)
		for _, x := range in {
			if f.changes(x) {
				next = x
				break
			}
		}
		u = next
	}
	name := base + suffix
	for i := 2; f.ranges[name]; i++ { // what follows the sums: tables, sums of branches
		name = fmt.Sprint(base, suffix, i)
	}
	f.ranges[name] = true
	return name
}

// weightsName is the variable that weights are made of.
func (f *faker) weightsName(w graph.Value) string {
	for {
		n := f.b.Node(w)
		if n.Op == graph.OpVar {
			return n.Attr.Name
		}
		w = n.In[0]
	}
}

// follow returns the ends of the range of x, which include 0: running means of the least and the largest number of a batch,
// from the first batch on.
func (f *faker) follow(name string, x graph.Value) [2]graph.Value {
	b := f.b
	x = b.StopGradient(x)
	now := [2]graph.Value{b.Min(b.Neg(b.Largest(b.Neg(x))), b.Scalar(0)), b.Max(b.Largest(x), b.Scalar(0))}
	old := f.p.state(name, graph.Of(2), func([]float32, uint32) {})
	known := b.Sum(b.Abs(old))
	var ends, kept [2]graph.Value
	for i := range ends {
		end := b.Reshape(b.Slice(old, 0, i, i+1), graph.Shape{})
		// Before the first update there is nothing to follow.
		ends[i] = b.Select(known, b.Add(b.MulScalar(end, 1-followRate), b.MulScalar(now[i], followRate)), now[i])
		kept[i] = b.Reshape(ends[i], graph.Of(1))
	}
	f.p.setState(name, b.Concat(0, kept[0], kept[1]))
	return ends
}

// weights returns the weights of a product as signed integers of the given bits have them, with a scale for every channel of
// the result.
func (f *faker) weights(n graph.Node) graph.Value {
	b, w := f.b, n.In[1]
	s := b.Shape(w)
	d := s.Dims()
	magnitude := b.Abs(b.StopGradient(w))
	most := func(x graph.Value, axis int) graph.Value { return b.PickMax(x, x, axis) }
	var peak graph.Value
	switch {
	case n.Op == graph.OpDot && n.Attr.TB:
		peak = b.Reshape(most(magnitude, 1), graph.Of(d[0], 1))
	case n.Op == graph.OpDot:
		peak = most(magnitude, 0)
	case n.Op == graph.OpConvOut: // [KH KW Cin/groups Cout]
		peak = most(b.Reshape(magnitude, graph.Of(d[0]*d[1]*d[2], d[3])), 0)
	default:
		// The result of a transposed convolution has the channels that its data's name calls Cin, of each group.
		groups := n.Type.S.Dim(3) / d[2]
		x := most(b.Reshape(magnitude, graph.Of(d[0]*d[1], d[2]*d[3])), 0)
		x = most(b.Reshape(x, graph.Of(d[2]*groups, d[3]/groups)), 1)
		peak = b.BroadcastTo(b.Reshape(x, graph.Of(d[2], groups, 1)), graph.Of(d[2], groups, d[3]/groups))
		peak = b.Reshape(peak, graph.Of(d[2], d[3]))
	}
	levels := float32(int(1)<<(f.bits-1) - 1)
	scale := b.Max(b.MulScalar(peak, 1/levels), b.Scalar(1e-30))
	return b.FakeQuantize(w, scale, b.Scalar(-levels), b.Scalar(levels))
}

// ranges returns the ends of the range of every layer that training followed; nil, if it did not.
func (g *game) ranges() map[string][2]float32 {
	var all map[string][2]float32
	for _, name := range g.st.Names() {
		if layer, ok := strings.CutSuffix(name, rangeSuffix); ok {
			if all == nil {
				all = map[string][2]float32{}
			}
			all[layer] = [2]float32(g.st.Get(name).F32())
		}
	}
	return all
}
