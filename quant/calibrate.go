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

	// maxBatch is how many latents a calibration runs at a time, unless their results need more than maxResults bytes.
	maxBatch   = 64
	maxResults = 1 << 30

	// maxCounted is how many numbers of a value are counted at most, in whole batches.
	maxCounted = 1 << 26

	// maxInputs is how many bytes of the layers' inputs are kept to correct biases.
	maxInputs = 1 << 28
)

// calibration is what the float program computes from latents of its own.
type calibration struct {
	batch   int
	samples int     // a multiple of batch
	z       []int16 // the latents

	hist map[graph.Value]*histogram

	// Of the value before the function of each layer, the sum of each channel over the first few samples.
	few  int
	sums map[graph.Value][]float64
}

// batchOf returns how many latents a calibration runs at a time.
func batchOf(b *graph.Builder) (int, error) {
	bytes := int64(0) // of all results, for one sample
	for v := 1; v <= b.Len(); v++ {
		t := b.Type(graph.Value(v))
		bytes += int64(t.S.Numel()) * int64(t.D.Size())
	}
	n := maxBatch
	for n > 1 && bytes*int64(n) > maxResults {
		n /= 2
	}
	if bytes > maxResults {
		return 0, fmt.Errorf("quant: the model is too large to calibrate: %d MiB of results for one picture; at most %d MiB are "+
			"possible", bytes>>20, maxResults>>20)
	}
	return n, nil
}

// watched lists the values whose distribution may be needed, and the unit that each belongs to.
func (net *network) watched() map[graph.Value]*unit {
	values := map[graph.Value]*unit{}
	for _, u := range net.units {
		switch {
		case u.kind == productUnit || u.kind == addUnit || u.kind == pointUnit && u.n > 0:
			values[u.pre()] = u
		case u.kind == latentUnit || (u.kind == pointUnit || u.kind == floatUnit) && net.b.Type(u.end).D == graph.F32:
			values[u.end] = u
		}
	}
	return values
}

// calibrate runs the float graph on so many latents.
func (net *network) calibrate(m *model.Model, samples int, pool *kernels.Pool) (*calibration, error) {
	n, err := batchOf(net.b)
	if err != nil {
		return nil, err
	}
	c := &calibration{batch: n, samples: (samples + n - 1) / n * n, hist: map[graph.Value]*histogram{},
		sums: map[graph.Value][]float64{}}
	inputs := 0
	for _, u := range net.units {
		if u.kind == productUnit {
			inputs += net.b.Shape(u.in[0]).Numel()
		}
	}
	c.few = max(n, min(c.samples, maxInputs/max(1, inputs)/n*n))
	c.z = make([]int16, c.samples*m.Meta.LatentDim)
	for s := range c.samples {
		m.DrawLatent(c.z[s*m.Meta.LatentDim:][:m.Meta.LatentDim], uint64(s), calibrationStream)
	}

	b, err := m.Graph.WithBatch(n)
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	values := net.watched()
	name := func(v graph.Value) string { return fmt.Sprint("quant:", v) }
	for v := range values {
		b.Output(name(v), v)
	}
	p, err := graph.Compile(b, m.Weights, graph.Options{Pool: pool})
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	// Ranges and sums first, then counts.
	for pass := range 2 {
		for s := 0; s < c.samples; s += n {
			copy(p.In("z").I16(), c.z[s*m.Meta.LatentDim:])
			p.Run(graph.Clock{})
			for v, u := range values {
				xs := p.Out(name(v)).F32()
				if most := maxCounted / len(xs) * n; s >= max(n, most) {
					continue
				}
				if pass == 1 {
					c.hist[v].add(xs)
					continue
				}
				if !kernels.AllFinite(xs) {
					return nil, fmt.Errorf("quant: layer %q computes NaN or infinity", u.name)
				}
				h := c.hist[v]
				if h == nil {
					h = &histogram{lo: math.Inf(1), hi: math.Inf(-1)}
					c.hist[v] = h
				}
				h.lo, h.hi = min(h.lo, float64(slices.Min(xs))), max(h.hi, float64(slices.Max(xs)))
				if u.kind == productUnit && s < c.few {
					if c.sums[v] == nil {
						c.sums[v] = make([]float64, u.n)
					}
					for i, x := range xs {
						c.sums[v][i%u.n] += float64(x)
					}
				}
			}
		}
	}
	return c, nil
}
