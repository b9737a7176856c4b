package gan

import (
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/graph"
)

// augmentedBatch runs pictures [n, h, w, c] through a policy, and returns what D sees of them and the gradient of its sum.
func augmentedBatch(t *testing.T, a Augment, shape [3]int, x []float32) (seen, slope []float32) {
	t.Helper()
	size := shape[0] * shape[1] * shape[2]
	p := toyPreset(false)
	p.Augment, p.Batch = a, len(x)/size
	if err := p.checkRecipe(); err != nil {
		t.Fatal(err)
	}
	g := &game{preset: &p, shape: shape, seed: 5, st: graph.NewStore()}
	b := graph.New()
	in := b.Input("x", graph.F32, graph.Of(p.Batch, size))
	y := g.view(b, in, true, streamView)
	b.Output("y", y)
	b.Output("slope", b.Grad(b.Sum(y), in)[0])
	prog, err := graph.Compile(b, g.st, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	copy(prog.In("x").F32(), x)
	prog.Run(graph.Clock{Seed: 5})
	return slices.Clone(prog.Out("y").F32()), slices.Clone(prog.Out("slope").F32())
}

// ramp is n pictures whose pixels are all different and above 1.
func ramp(n, size int) []float32 {
	x := make([]float32, n*size)
	for i := range x {
		x[i] = 1 + float32(i)/float32(len(x))
	}
	return x
}

// TestAugment checks each change for what it must keep: a shift and a mirror move pixels and invent none, a cutout keeps
// the rest, a change of colour keeps the order; and that the probability is that of the policy.
func TestAugment(t *testing.T) {
	const n = 400
	shape := [3]int{16, 16, 1}
	size := 256
	x := ramp(n, size)
	for _, c := range []struct {
		change string
		most   float64 // of pictures that stay as they are, where p is 1
		holes  [2]int  // pixels without one of the picture, at most, and on average at least
	}{{"flip", 0.6, [2]int{0, 0}}, {"translate", 0.1, [2]int{60, 20}}, {"cutout", 0, [2]int{64, 40}}, {"colour", 0, [2]int{0, 0}}} {
		for _, p := range []float32{0.25, 1} {
			seen, slope := augmentedBatch(t, Augment{Policy: []string{c.change}, P: p}, shape, x)
			same, holes := 0, 0
			for i := range n {
				was, is := x[i*size:][:size], seen[i*size:][:size]
				if slices.Equal(was, is) {
					same++
				}
				empty := 0
				for j, v := range is {
					if v == 0 {
						empty++
					} else if c.change == "cutout" && v != was[j] || c.change != "colour" && !slices.Contains(was, v) {
						t.Fatalf("%s: picture %d has %v at %d", c.change, i, v, j)
					} else if c.change == "colour" && j > 0 && is[j] <= is[j-1] {
						t.Fatalf("colour: picture %d loses its order at %d", i, j)
					}
				}
				if empty > c.holes[0] {
					t.Errorf("%s: picture %d has lost %d pixels", c.change, i, empty)
				}
				holes += empty
				kept := float32(0) // a pixel that D sees has a slope of 1, another of 0
				for _, v := range slope[i*size:][:size] {
					kept += v
				}
				if c.change != "colour" && kept != float32(size-empty) {
					t.Errorf("%s: picture %d: slope %v, want %d", c.change, i, kept, size-empty)
				}
			}
			if mean := float64(holes) / n; mean < float64(c.holes[1])*float64(p) {
				t.Errorf("%s: %.1f pixels lost on average", c.change, mean)
			}
			stays := 1 - float64(p)*(1-c.most)
			if c.change == "colour" { // brightness and contrast, each for itself
				stays *= stays
			}
			if off := math.Abs(float64(same)/n - stays); p < 1 && off > 0.15 || p == 1 && float64(same)/n > c.most {
				t.Errorf("%s with p %v: %d of %d pictures stay", c.change, p, same, n)
			}
		}
	}
	// All of them at once, in colour.
	seen, _ := augmentedBatch(t, Augment{Policy: []string{"colour", "flip", "translate", "cutout"}, P: 1}, [3]int{16, 16, 3}, ramp(8, 768))
	if slices.Equal(seen, ramp(8, 768)) {
		t.Error("nothing happened")
	}
}

// TestAdapt: the probability follows the sign of D, a step at a time, and stays within [0, 1].
func TestAdapt(t *testing.T) {
	p := toyPreset(false)
	p.Augment = Augment{Policy: []string{"flip"}, Target: 0.6, Kimg: 0.16} // a tenth each step of 16
	g, err := newGame(&p, [3]int{8, 8, 1}, nil, make([]float64, 64), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := g.st.Get(augmentP).F32()
	for _, c := range []struct {
		sign, want float32
		steps      int
	}{{0.9, 0.3, 3}, {0.5, 0.2, 1}, {1, 1, 20}, {-1, 0, 30}} {
		for range c.steps {
			g.metrics[metricSign] = c.sign
			g.adapt()
		}
		if math.Abs(float64(at[0]-c.want)) > 1e-6 {
			t.Errorf("p is %v, want %v", at[0], c.want)
		}
	}
}

// TestNoise: both players see the noise of the last step of D, however many steps of D there are.
func TestNoise(t *testing.T) {
	p := toyPreset(false)
	p.DSteps, p.InstanceNoise, p.NoiseSteps, p.G.BiasFromData = 4, 1, 100, false
	g, err := newGame(&p, [3]int{8, 8, 1}, nil, nil, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		g.run(30, someBatch)
	}
	if got, want := g.programs[turn{g: true}].In("noise").F32()[0], p.noise(19); got != want {
		t.Errorf("G sees noise of %g after 20 steps of D, D of %g", got, want)
	}
}
