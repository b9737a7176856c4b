package quant

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// Cross-layer equalization (Nagel et al. 2019). Between two layers joined by a function f with f(sx) = s·f(x) for s > 0,
// such as ReLU, a channel can be made s times smaller where it leaves the first and its weights s times larger where it
// enters the second, and the network computes the same. One grid for all channels suits channels that are equally wide, one
// scale for a row of weights suits weights that are equally large: s is the root of the ratio of both, so that afterwards
// the widest number of a channel and its largest weight are in the same proportion in all. The weights of the first layer
// have a scale for each channel anyway. s is a power of two, so that not a bit of what the floats compute changes.

// pair is two layers whose common channels can be scaled.
type pair struct {
	channels int
	act      graph.Value // the function between them
	down     []string    // tensors of the first: all whose element i belongs to channel channel[name](i)
	up       string      // weights of the second
	channel  map[string]func(i int) int
}

func peakName(i int) string { return fmt.Sprint("quant:peak ", i) }

// equalize returns a model that computes the same with more even channels, and the number of pairs of layers that it found.
// Peaks come from samples latents of the calibration.
func equalize(m *model.Model, samples int, pool *kernels.Pool) (*model.Model, int, error) {
	pairs := findPairs(m)
	if len(pairs) == 0 {
		return m, 0, nil
	}
	peaks, err := channelPeaks(m, pairs, samples, pool)
	if err != nil {
		return nil, 0, err
	}
	out := &model.Model{Graph: m.Graph, Weights: graph.NewStore(), Meta: m.Meta}
	changed := map[string]bool{}
	for _, p := range pairs {
		changed[p.up] = true
		for _, name := range p.down {
			changed[name] = true
		}
	}
	for _, t := range model.Tensors(m.Weights) {
		if !changed[t.Name] {
			out.Weights.Put(t)
			continue
		}
		copy(out.Weights.Alloc(t.Name, t.DType, t.Shape).F32(), t.F32())
	}
	// A layer may be the second of one pair and the first of another: its weights change twice, and with them what the pair
	// before them sees.
	const rounds = 4
	for range rounds {
		for i, p := range pairs {
			largest := make([]float64, p.channels)
			w := out.Weights.Get(p.up).F32()
			for j, v := range w {
				c := p.channel[p.up](j)
				largest[c] = max(largest[c], math.Abs(float64(v)))
			}
			f := factors(peaks[i], largest)
			for c := range f {
				peaks[i][c] /= f[c]
			}
			p.scale(out.Weights, f)
		}
	}
	return out, len(pairs), nil
}

// factors returns what each channel is divided by, so that its peak and its largest weight come into one proportion.
func factors(peak, weight []float64) []float64 {
	f := make([]float64, len(peak))
	for c := range f {
		f[c] = 1
		if peak[c] > 0 && weight[c] > 0 {
			_, e := math.Frexp(peak[c] / weight[c])
			f[c] = math.Ldexp(1, max(-16, min(e>>1, 16)))
		}
	}
	return f
}

// scale divides channels by their factors where they leave the first layer and multiplies them where they enter the second.
func (p *pair) scale(st *graph.Store, factors []float64) {
	for _, name := range p.down {
		x, channel := st.Get(name).F32(), p.channel[name]
		for i := range x {
			x[i] *= float32(1 / factors[channel(i)])
		}
	}
	x, channel := st.Get(p.up).F32(), p.channel[p.up]
	for i := range x {
		x[i] *= float32(factors[channel(i)])
	}
}

// channelPeaks returns the largest magnitude of every channel between the layers of each pair.
func channelPeaks(m *model.Model, pairs []*pair, samples int, pool *kernels.Pool) ([][]float64, error) {
	n, err := batchOf(m.Graph)
	if err != nil {
		return nil, err
	}
	b, err := m.Graph.WithBatch(n)
	if err != nil {
		return nil, err
	}
	for i, p := range pairs {
		b.Output(peakName(i), p.act)
	}
	prog, err := graph.Compile(b, m.Weights, graph.Options{Pool: pool})
	if err != nil {
		return nil, err
	}
	peaks := make([][]float64, len(pairs))
	for i, p := range pairs {
		peaks[i] = make([]float64, p.channels)
	}
	z, dim := prog.In("z").I16(), m.Meta.LatentDim
	for s := 0; s < samples; s += n {
		for i := range n {
			m.DrawLatent(z[i*dim:][:dim], uint64(s+i), calibrationStream)
		}
		prog.Run(graph.Clock{})
		for i, p := range pairs {
			for j, v := range prog.Out(peakName(i)).F32() {
				peaks[i][j%p.channels] = max(peaks[i][j%p.channels], math.Abs(float64(v)))
			}
		}
	}
	return peaks, nil
}

// findPairs returns the pairs of layers of a generator that can be equalized, from z on.
func findPairs(m *model.Model) []*pair {
	e := &equalizer{b: m.Graph, users: make([][]graph.Value, m.Graph.Len()+1)}
	for v := graph.Value(1); int(v) <= e.b.Len(); v++ {
		for _, in := range inputs(e.b.Node(v)) {
			e.users[in] = append(e.users[in], v)
		}
	}
	var pairs []*pair
	for v := graph.Value(1); int(v) <= e.b.Len(); v++ {
		if op := e.b.Node(v).Op; op != graph.OpReLU && op != graph.OpLeakyReLU {
			continue
		}
		p := &pair{channels: e.b.Shape(v).Dim(-1), act: v, channel: map[string]func(int) int{}}
		if e.before(p, e.b.Node(v).In[0]) && e.after(p, v) {
			pairs = append(pairs, p)
		}
	}
	return pairs
}

type equalizer struct {
	b     *graph.Builder
	users [][]graph.Value
}

// private reports whether v is read by one node alone, so that it can change.
func (e *equalizer) private(v graph.Value) bool {
	if len(e.users[v]) != 1 {
		return false
	}
	for _, name := range e.b.OutputNames() {
		if e.b.OutputValue(name) == v {
			return false
		}
	}
	return true
}

// before goes back from the input of the function to the weights of the layer, and notes what must be scaled on the way.
func (e *equalizer) before(p *pair, v graph.Value) bool {
	for e.private(v) {
		n := e.b.Node(v)
		switch n.Op {
		case graph.OpReshape:
			v = n.In[0]
		case graph.OpAdd, graph.OpSub, graph.OpMul:
			x, c := n.In[0], n.In[1]
			if e.constant(p, x) != "" {
				x, c = c, x
			}
			name := e.constant(p, c)
			if name == "" {
				return false
			}
			p.note(name, func(i int) int { return i % p.channels })
			if n.Op == graph.OpMul {
				return true
			}
			v = x
		case graph.OpDot, graph.OpConvOut, graph.OpConvDX:
			w := e.b.Node(n.In[1])
			if n.Attr.TA || w.Op != graph.OpVar || !e.private(n.In[1]) || n.Type.S.Dim(-1)%p.channels != 0 {
				return false
			}
			out, _ := e.channelsOf(n)
			p.note(w.Attr.Name, func(i int) int { return out(i) % p.channels })
			return true
		default:
			return false
		}
	}
	return false
}

// note adds a tensor of the first layer.
func (p *pair) note(name string, channel func(i int) int) {
	p.down = append(p.down, name)
	p.channel[name] = channel
}

// constant returns the name of the variable that v repeats, if it has a number for each channel and serves nothing else.
func (e *equalizer) constant(p *pair, v graph.Value) string {
	for e.private(v) {
		n := e.b.Node(v)
		switch n.Op {
		case graph.OpVar:
			if n.Type.D == graph.F32 && n.Type.S.Rank() > 0 && n.Type.S.Dim(-1)%p.channels == 0 {
				return n.Attr.Name
			}
			return ""
		case graph.OpReshape:
		case graph.OpExpand:
			if int(n.Attr.I[0]) == e.b.Shape(n.In[0]).Rank() {
				return "" // one number for all channels
			}
		default:
			return ""
		}
		v = n.In[0]
	}
	return ""
}

// after goes on from the function to the weights of the next layer.
func (e *equalizer) after(p *pair, v graph.Value) bool {
	for e.private(v) {
		u := e.users[v][0]
		n := e.b.Node(u)
		switch n.Op {
		case graph.OpReshape:
		case graph.OpResample:
			if e.b.Shape(u).Dim(-1) != e.b.Shape(v).Dim(-1) {
				return false // channels become pixels
			}
		case graph.OpDot, graph.OpConvOut, graph.OpConvDX:
			w := e.b.Node(n.In[1])
			if n.Attr.TA || n.In[0] != v || w.Op != graph.OpVar || !e.private(n.In[1]) || p.channel[w.Attr.Name] != nil ||
				e.b.Shape(v).Dim(-1)%p.channels != 0 {
				return false
			}
			_, in := e.channelsOf(n)
			p.up = w.Attr.Name
			p.channel[p.up] = func(i int) int { return in(i) % p.channels }
			return true
		default:
			return false
		}
		v = u
	}
	return false
}

// channelsOf returns, for the elements of a product's weights, the channel of its result and of its data.
func (e *equalizer) channelsOf(n graph.Node) (out, in func(i int) int) {
	d := e.b.Shape(n.In[1]).Dims()
	last := d[len(d)-1]
	if n.Op == graph.OpDot {
		row, column := func(i int) int { return i / last }, func(i int) int { return i % last }
		if n.Attr.TB {
			return row, column
		}
		return column, row
	}
	// Weights are [KH KW Cin/groups Cout], by the convolution's names: its result is the data of a transposed one.
	wide := n.Type.S.Dim(3)
	if n.Op == graph.OpConvOut {
		wide = e.b.Shape(n.In[0]).Dim(3)
	}
	groups := wide / d[2]
	y := func(i int) int { return i % last }
	x := func(i int) int { return i%last/(last/groups)*d[2] + i/last%d[2] }
	if n.Op == graph.OpConvOut {
		return y, x
	}
	return x, y
}
