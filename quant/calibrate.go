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

	// maxInputs is how many bytes of the layers' inputs are kept to correct biases.
	maxInputs = 1 << 28

	// trialSamples is how many latents a trial corrects biases by.
	trialSamples = maxBatch
)

// maxCounted is how many numbers of a value are counted at most, in whole batches. A test lowers it.
var maxCounted = 1 << 26

// calibration is what the float program computes from latents of its own.
type calibration struct {
	batch   int
	samples int     // a multiple of batch
	z       []int16 // the latents

	hist map[graph.Value]*histogram

	// What was chosen by them: grids of values as they are, and endings of units.
	grids   map[graph.Value]grid
	endings map[*unit]ending

	full  means // what biases are corrected by
	brief means // where a trial must be quick
}

// means holds, of the value before the function of each layer, the sum of each channel over the first few samples.
type means struct {
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
		grids: map[graph.Value]grid{}, endings: map[*unit]ending{},
		full: means{sums: map[graph.Value][]float64{}}, brief: means{sums: map[graph.Value][]float64{}}}
	inputs := 0
	for _, u := range net.units {
		if u.kind == productUnit {
			inputs += net.b.Shape(u.in[0]).Numel()
		}
	}
	c.full.few = max(n, min(c.samples, maxInputs/max(1, inputs)/n*n))
	c.brief.few = min(c.full.few, trialSamples) // a multiple of n, as n is a power of two
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
				counted := s < max(n, maxCounted/len(xs)*n)
				if pass == 1 {
					if counted {
						c.hist[v].add(xs)
					}
					continue
				}
				summed := u.kind == productUnit && s < c.full.few
				if (counted || summed) && !kernels.AllFinite(xs) {
					return nil, fmt.Errorf("quant: layer %q computes NaN or infinity", u.name)
				}
				if counted {
					h := c.hist[v]
					if h == nil {
						h = &histogram{lo: math.Inf(1), hi: math.Inf(-1)}
						c.hist[v] = h
					}
					lo, hi := ends(xs)
					h.lo, h.hi = min(h.lo, float64(lo)), max(h.hi, float64(hi))
				}
				if summed {
					if c.full.sums[v] == nil {
						c.full.sums[v] = make([]float64, u.n)
					}
					addRows(c.full.sums[v], xs)
					if s+n == c.brief.few {
						c.brief.sums[v] = slices.Clone(c.full.sums[v])
					}
				}
			}
		}
	}
	return c, nil
}

// ends returns the least and the largest of finite numbers.
func ends(xs []float32) (lo, hi float32) {
	lo, hi = xs[0], xs[0]
	for _, x := range xs {
		if x < lo {
			lo = x
		}
		if x > hi {
			hi = x
		}
	}
	return lo, hi
}

// addRows adds rows of numbers to sums, one row after the other.
func addRows[T float32 | int16 | uint8, S float64 | int64](sums []S, rows []T) {
	for ; len(rows) > 0; rows = rows[len(sums):] {
		for i, x := range rows[:len(sums)] {
			sums[i] += S(x)
		}
	}
}
