package quant

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// products lists the layers of a generator.
func products(t *testing.T, m *model.Model) (names []string) {
	t.Helper()
	net, err := parse(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range net.units {
		if u.kind == productUnit {
			names = append(names, u.name)
		}
	}
	return names
}

// TestQuantizeWords: with all layers in 16 bits the noise is that of the weights, no float is left, and every tier draws the same.
func TestQuantizeWords(t *testing.T) {
	least := map[string]float64{"relu sigmoid": 44, "leaky tanh normal": 44, "folding": 48, "pictures": 38, "degenerate": 44}
	for name, build := range generators {
		if testing.Short() && kernels.Tier() == "generic" && name != "leaky tanh normal" && name != "folding" {
			continue // minutes on an emulator
		}
		t.Run(name, func(t *testing.T) {
			m := build()
			c, err := Calibrate(m, Options{CalibrationSamples: 256})
			if err != nil {
				t.Fatal(err)
			}
			_, plain, err := c.Quantize(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			wide := products(t, m)
			q, r, err := c.Quantize(wide, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("\n%v", r)
			if r.PSNR < max(plain.PSNR, least[name]) {
				t.Errorf("PSNR is %.1f dB, and %.1f dB with bytes", r.PSNR, plain.PSNR)
			}
			for _, l := range r.Layers {
				if l.Bits > 31 || l.K > 0 && l.Width() != 16 {
					t.Errorf("%+v", l)
				}
			}
			for v := 1; v <= q.Graph.Len(); v++ {
				if ty := q.Graph.Type(graph.Value(v)); ty.D == graph.F32 {
					t.Errorf("node %d, %s, is %v", v, q.Graph.Node(graph.Value(v)).Op, ty)
				}
			}
			samePictures(t, q)
			if testing.Short() {
				return
			}
			// Any layer alone, too, and any two in three widths.
			for i, one := range wide {
				if _, r, err := c.Quantize([]string{one}, wide[:i]); err != nil || !(r.PSNR > 30) {
					t.Errorf("%s in 16 bits, those before it in f32: %v, %v", one, r, err)
				}
				if q, r, err := c.Quantize(wide[:i], []string{one}); err != nil || !(r.PSNR > 30) {
					t.Errorf("%s in f32, those before it in 16 bits: %v, %v", one, r, err)
				} else if i == 1 {
					samePictures(t, q)
				}
			}
		})
	}
}

// samePictures checks that every tier and thread count draws what the reference does.
func samePictures(t *testing.T, q *model.Model) {
	t.Helper()
	pool := kernels.NewPool(2)
	defer pool.Close()
	var want []byte
	tiers := kernels.Tiers()
	for i := len(tiers) - 1; i >= 0; i-- { // the reference first
		if !tiers[i].Available {
			continue
		}
		restore, err := kernels.Force(tiers[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*kernels.Pool{nil, pool} {
			got, err := draw(q, hashSeeds, maxBatch, p)
			if want == nil {
				want = got
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s draws other pictures than the reference does (%v)", tiers[i].Name, err)
			}
		}
		restore()
	}
}

// TestQuantizeFewerLevels: where words of 16 bits could leave 32 bits, a layer reads smaller ones; where even small ones could,
// it is refused by name.
func TestQuantizeFewerLevels(t *testing.T) {
	for _, n := range []int{1 << 10, 1 << 15} {
		if n > 1<<10 && testing.Short() {
			continue
		}
		g := newGenerator(2)
		g.dense("a", n, 1)
		g.x = g.b.Sigmoid(g.x)
		g.dense("b", 1, 1)
		for i := range g.st.Get("b.w").F32() {
			g.st.Get("b.w").F32()[i] = float32(1-2*(i%2)) / float32(math.Sqrt(float64(n)))
		}
		m := g.finish(255, 0, 1, 1, "uniform")
		q, r, err := Quantize(m, Options{CalibrationSamples: 64, Wide: []string{"a.w", "b.w"}})
		if n > 1<<10 {
			if err == nil || !strings.HasPrefix(err.Error(), `quant: layer "b.w": the sums of 32768 products can leave 32 bits`) {
				t.Errorf("%d products: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if b := r.Layers[len(r.Layers)-1]; r.PSNR < 50 || b.Bits > 31 || b.Bits < 30.5 {
			t.Errorf("PSNR is %.1f dB, layer %+v", r.PSNR, b)
		}
		samePictures(t, q)
	}
}

func TestQuantizeNoSuchWords(t *testing.T) {
	for _, name := range []string{"nothing", "FromI16 2"} {
		_, _, err := Quantize(generators["degenerate"](), Options{CalibrationSamples: 16, Wide: []string{name}})
		if want := fmt.Sprintf("there is no layer %q to leave in 16 bits", name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %s", err, want)
		}
	}
}

// TestFixedWords: a bias that words hold is kept, however small the factors are.
func TestFixedWords(t *testing.T) {
	for _, f := range []float64{0, 1e-9, 0.01, 0.09, 0.3, 0.9} {
		for _, want := range []float64{0, 1, -20000.25, 32767, -40000} {
			shift, mult, bias, err := fixedWords(&unit{}, []float64{f, -f / 3}, []float64{want, -want}, kernels.MaxWordFactor)
			if err != nil {
				t.Fatal(err)
			}
			unit := float64(int64(1) << shift)
			for i, sign := range []float64{1, -1} {
				if got := float64(bias[i])/unit - 0.5; math.Abs(got-sign*want) > 1e-4 {
					t.Errorf("factor %v: a bias of %v became %v", f, sign*want, got)
				}
			}
			if worst := math.Abs(float64(mult[0])/unit-f) * mostWord; worst > 1.01 {
				t.Errorf("factor %v became %v", f, float64(mult[0])/unit)
			}
		}
	}
}

// TestQuantizeWordsOffset: a map of single numbers in words whose results lie far from zero and close together.
func TestQuantizeWordsOffset(t *testing.T) {
	g := newGenerator(16)
	g.dense("a", 32, 1.4)
	g.x = g.b.ReLU(g.x)
	g.x = g.b.ReLU(g.b.Add(g.b.Mul(g.x, g.variable("scale", 0.01, 32)), g.variable("shift", 1, 32)))
	g.dense("b", 16, 1.4)
	g.x = g.b.Sigmoid(g.x)
	q, r, err := Quantize(g.finish(255, 0, 4, 4, "uniform"), Options{CalibrationSamples: 128, Wide: []string{"a.w", "b.w"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.PSNR < 45 {
		t.Errorf("PSNR is %.1f dB\n%v", r.PSNR, r)
	}
	samePictures(t, q)
}

// TestQuantizedAllocatesNothing: no run of a compiled integer program allocates, the first one included.
func TestQuantizedAllocatesNothing(t *testing.T) {
	if guard.Race {
		t.Skip("allocations cannot be counted under the race detector")
	}
	pool := kernels.NewPool(2)
	defer pool.Close()
	for _, name := range []string{"pictures", "folding"} {
		m := generators[name]()
		for _, wide := range [][]string{nil, products(t, m)} {
			q, _, err := Quantize(m, Options{CalibrationSamples: 64, Wide: wide})
			if err != nil {
				t.Fatal(err)
			}
			b, err := q.Graph.WithBatch(7)
			if err != nil {
				t.Fatal(err)
			}
			least := math.Inf(1)
			for range 3 { // the runtime allocates now and then where goroutines wait
				p, err := graph.Compile(b, q.Weights, graph.Options{Pool: pool, Frozen: true})
				if err != nil {
					t.Fatal(err)
				}
				compiled := false
				least = min(least, testing.AllocsPerRun(1, func() { // which does not count the first call
					if compiled {
						p.Run(graph.Clock{})
					}
					compiled = true
				}))
			}
			if least != 0 {
				t.Errorf("%s, %d layers in 16 bits: the first run allocates %v times", name, len(wide), least)
			}
		}
	}
}
