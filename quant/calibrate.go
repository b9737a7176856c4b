package quant

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

const (
	// calibrationStream is where calibration draws its latents: never those of a seed's picture, which are in stream 0.
	calibrationStream = 0x63616c

	batch = 64

	// Limits of what a calibration keeps: the bytes of all results of a batch, before they share memory, and the sums of all
	// layers on all latents.
	maxResults = 1 << 30
	maxSums    = 1 << 29
)

// checkSize reports a model whose calibration would need too much memory.
func (net *network) checkSize(samples int) error {
	results, sums := int64(0), int64(0)
	for v := 1; v <= net.b.Len(); v++ {
		t := net.b.Type(graph.Value(v))
		bytes := int64(t.S.Numel()) * int64(t.D.Size())
		if t.S.Symbolic() {
			bytes *= batch
		}
		results += bytes
	}
	for _, l := range net.layers {
		sums += int64(l.n) * int64(samples)
	}
	if results > maxResults || sums > maxSums {
		return fmt.Errorf("quant: the model is too large to calibrate: %d MiB of results in a batch, %d sums in %d samples; at "+
			"most %d MiB and %d are possible", results>>20, sums, samples, maxResults>>20, maxSums)
	}
	return nil
}

// calibrate runs the float graph on samples latents, a multiple of batch, and keeps what it computes between layers. It
// returns the latents.
func (net *network) calibrate(m *model.Model, samples int, pool *kernels.Pool) ([]int16, error) {
	b, err := m.Graph.WithBatch(batch)
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	var consts []graph.Value
	for _, l := range net.layers {
		consts = append(consts, net.operand(l.dot))
		for _, k := range append(slices.Clone(l.affine), l.f...) {
			if o := net.operand(k); o != 0 {
				consts = append(consts, o)
			}
		}
	}
	name := func(v graph.Value) string { return fmt.Sprint("quant:", v) }
	keep := func(v graph.Value) string { b.Output(name(v), v); return name(v) }
	for _, v := range consts {
		keep(v)
	}
	for _, l := range net.layers {
		keep(l.end())
		l.pre = make([]float32, 0, samples*l.n)
	}
	p, err := graph.Compile(b, m.Weights, graph.Options{Pool: pool})
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	z := make([]int16, samples*m.Meta.LatentDim)
	for s := range samples {
		m.DrawLatent(z[s*m.Meta.LatentDim:][:m.Meta.LatentDim], uint64(s), calibrationStream)
	}
	in := p.In("z").I16()
	for at := 0; at < len(z); at += len(in) {
		copy(in, z[at:])
		p.Run(graph.Clock{})
		for _, l := range net.layers {
			l.pre = append(l.pre, p.Out(name(l.end())).F32()...)
		}
	}
	net.consts = map[graph.Value][]float32{}
	for _, v := range consts {
		c := slices.Clone(p.Out(name(v)).F32())
		if !kernels.AllFinite(c) {
			return nil, fmt.Errorf("quant: node %d (%s): a constant is NaN or infinite", v, net.b.Node(v).Op)
		}
		net.consts[v] = c
	}
	for _, l := range net.layers {
		if !kernels.AllFinite(l.pre) {
			return nil, fmt.Errorf("quant: layer %q computes NaN or infinity", l.name)
		}
		for _, k := range l.f {
			if c := net.consts[net.operand(k)]; len(c) > 0 && slices.Max(c) != slices.Min(c) {
				return nil, net.unsupported(k.v, "after an activation the constant must be the same for all channels")
			}
		}
		if err := net.fold(l); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// end is the value of the layer before f.
func (l *layer) end() graph.Value {
	if n := len(l.affine); n > 0 {
		return l.affine[n-1].v
	}
	return l.dot.v
}

// function returns f of the layer, on numbers in place; that of the last layer ends in pixels before they are rounded.
func (net *network) function(l *layer) (func(x []float64), error) {
	b := graph.New()
	v := b.Input("x", graph.F32, graph.Of(256))
	for _, k := range l.f {
		v = net.rebuild(b, k, v)
	}
	b.Output("y", v)
	p, err := graph.Compile(b, graph.NewStore(), graph.Options{})
	if err != nil {
		return nil, fmt.Errorf("quant: layer %q: %w", l.name, err)
	}
	in, out := p.In("x").F32(), p.Out("y").F32()
	pixel := net.b.Node(l.pixel.v).Attr.F
	return func(x []float64) {
		for len(x) > 0 {
			n := min(len(x), len(in))
			for i, v := range x[:n] {
				in[i] = float32(v)
			}
			p.Run(graph.Clock{})
			for i, v := range out[:n] {
				x[i] = float64(v)
				if l.last() {
					x[i] = max(0, min(float64(v)*float64(pixel[0])+float64(pixel[1]), 255))
				}
			}
			x = x[n:]
		}
	}, nil
}

// grid is an affine set of 256 numbers: scale*(q - zero).
type grid struct {
	scale float64
	zero  int32
}

// makeGrid returns the grid over [lo, hi] and 0.
func makeGrid(lo, hi float64) grid {
	lo, hi = min(lo, 0), max(hi, 0)
	if hi-lo < 1e-30 {
		hi = 1
	}
	s := (hi - lo) / 255
	return grid{s, int32(max(0, min(math.RoundToEven(-lo/s), 255)))}
}

func (g grid) value(q uint8) float64 { return g.scale * float64(int32(q)-g.zero) }

func (g grid) quantize(x float64) uint8 {
	return uint8(max(0, min(math.RoundToEven(x/g.scale)+float64(g.zero), 255)))
}

// histogram counts numbers in bins of equal width.
type histogram struct {
	lo, hi float64
	count  [2048]float64
}

func newHistogram(xs []float32) *histogram {
	h := &histogram{lo: float64(slices.Min(xs)), hi: float64(slices.Max(xs))}
	for _, x := range xs {
		h.count[h.bin(float64(x))]++
	}
	return h
}

func (h *histogram) bin(x float64) int {
	if h.hi == h.lo {
		return 0
	}
	return min(int((x-h.lo)/(h.hi-h.lo)*float64(len(h.count))), len(h.count)-1)
}

// center returns the middle of bin i.
func (h *histogram) center(i int) float64 {
	return h.lo + (h.hi-h.lo)*(float64(i)+0.5)/float64(len(h.count))
}

// bestGrid chooses the grid for numbers x distributed as h that makes the mean cube of |f(x) - levels(rounded x)|
// smallest; both functions map numbers in place. With positive set the lower end is 0. (The mean square clips so much
// that single pictures suffer: the worst of 256 digits was 6 dB worse, their mean no better.)
func bestGrid(h *histogram, positive bool, f, levels func(x []float64)) grid {
	const tries = 24
	want := make([]float64, len(h.count))
	for i := range want {
		want[i] = h.center(i)
	}
	f(want)
	best, least := grid{}, math.Inf(1)
	got := make([]float64, 256)
	try := func(lo, hi float64) {
		g := makeGrid(lo, hi)
		for q := range got {
			got[q] = g.value(uint8(q))
		}
		levels(got)
		loss := 0.0
		for n, c := range h.count {
			if c > 0 {
				d := got[g.quantize(h.center(n))] - want[n]
				loss += float64(c * d * d * math.Abs(d)) // not fused, so that every machine chooses alike
			}
		}
		if loss < least {
			best, least = g, loss
		}
	}
	for i := tries; i > 0; i-- {
		for j := tries; j > 0; j-- {
			lo, hi := h.lo*float64(i)/tries, h.hi*float64(j)/tries
			if positive {
				lo = 0
			}
			try(lo, hi)
			if h.hi <= 0 {
				break
			}
		}
		if positive || h.lo >= 0 {
			break
		}
	}
	return best
}
