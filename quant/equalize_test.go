package quant

import (
	"bytes"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// convolutional is a generator with all the ways from one layer to the next that equalization knows: a dense layer read as
// pictures, a normalization before the function, transposed and grouped convolutions, a resampling between layers, a picture
// flattened before a dense layer.
func convolutional() *model.Model {
	g := newGenerator(6)
	b := g.b
	g.dense("a", 2*2*8, 1.5)
	x := b.Reshape(g.x, graph.Of(graph.Batch, 2, 2, 8))
	x = b.ReLU(b.Add(b.Mul(x, g.variable("scale", 1, 8)), g.variable("shift", 0.3, 8)))
	x = b.ConvTransposed(x, g.variable("up", 0.3, 4, 4, 3, 8), graph.Strided(2, 1), 2, [2]int{}) // two groups, to 6 channels
	x = b.LeakyReLU(b.Add(x, g.variable("up.b", 0.3, 6)), 0.25)
	x = b.NearestUp(x, 2)
	x = b.Conv(x, g.variable("conv", 0.3, 3, 3, 3, 4), graph.Strided(2, 1)) // two groups of 3 channels
	x = b.ReLU(b.Add(x, g.variable("conv.b", 0.3, 4)))
	g.x, g.k = b.Reshape(x, graph.Of(graph.Batch, 4*4*4)), 64
	g.dense("b", 30, 1)
	g.x = b.Sigmoid(g.x)
	return g.finish(255, 0, 5, 6, "normal")
}

// TestEqualize: equalization changes weights, and not a bit of any picture; the widths of channels and their weights come
// closer to one proportion.
func TestEqualize(t *testing.T) {
	m := convolutional()
	// Channels of very different sizes.
	for i, v := range m.Weights.Get("up").F32() {
		m.Weights.Get("up").F32()[i] = v * float32(int(1)<<(i%8))
	}
	q, n, err := equalize(m, maxBatch, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n != 3 {
		t.Errorf("%d pairs of layers, want 3", n)
	}
	for _, name := range []string{"up", "up.b", "conv", "conv.b", "b.w", "scale", "shift"} {
		if bytes.Equal(m.Weights.Get(name).Bytes, q.Weights.Get(name).Bytes) {
			t.Errorf("%s is as it was", name)
		}
	}
	for _, name := range []string{"a.w", "a.b", "b.b"} {
		if !bytes.Equal(m.Weights.Get(name).Bytes, q.Weights.Get(name).Bytes) {
			t.Errorf("%s has changed", name)
		}
	}
	want, err := draw(m, maxBatch, maxBatch, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := draw(q, maxBatch, maxBatch, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("an equalized model draws other pictures")
	}
	uneven := func(m *model.Model) float64 {
		pairs := findPairs(m)
		peaks, err := channelPeaks(m, pairs, maxBatch, nil)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi := math.Inf(1), 0.
		largest := make([]float64, pairs[0].channels)
		for i, v := range m.Weights.Get(pairs[0].up).F32() {
			c := pairs[0].channel[pairs[0].up](i)
			largest[c] = max(largest[c], math.Abs(float64(v)))
		}
		for c, v := range peaks[0] {
			if v > 0 {
				lo, hi = min(lo, v/largest[c]), max(hi, v/largest[c])
			}
		}
		return hi / lo
	}
	if before, after := uneven(m), uneven(q); before < 16 || after > 4 {
		t.Errorf("the proportions of channels spread over a factor of %.3g, they did over %.3g", after, before)
	}
}

// TestEqualizeLeaves: what two nodes read, or a function that is not homogeneous joins, stays as it is.
func TestEqualizeLeaves(t *testing.T) {
	for name, build := range map[string]func(g *generator){
		"residual": func(g *generator) {
			g.x = g.b.ReLU(g.x)
			x := g.x
			g.dense("b", 12, 1)
			g.x = g.b.Add(g.x, x)
		},
		"tanh":   func(g *generator) { g.x = g.b.Tanh(g.x); g.dense("b", 12, 1) },
		"shared": func(g *generator) { g.x = g.b.ReLU(g.b.Add(g.x, g.b.Named("a.b"))); g.dense("b", 12, 1) },
	} {
		g := newGenerator(4)
		g.dense("a", 12, 1)
		build(g)
		m := g.finish(255, 0, 4, 3, "uniform")
		q, n, err := equalize(m, maxBatch, kernels.NewPool(1))
		if err != nil || n != 0 || q != m {
			t.Errorf("%s: %d pairs, %v", name, n, err)
		}
	}
}

func TestFactors(t *testing.T) {
	got := factors([]float64{4, 1, 1, 0, 2, 3, 1e30}, []float64{1, 4, 1, 1, 1, 0, 1e-30})
	for i, want := range []float64{2, 0.5, 1, 1, 2, 1, 1 << 16} {
		if got[i] != want {
			t.Errorf("factor %d is %v, want %v", i, got[i], want)
		}
	}
}
