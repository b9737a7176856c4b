package gan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// TestModesOfOnePoint: samples that are all one point, as those of a collapsed generator, have no spread; rounding does not
// make it NaN, which no log can hold.
func TestModesOfOnePoint(t *testing.T) {
	for _, m := range []*Mixture{mixtures["ring8"], mixtures["grid25"]} {
		for i := range 200 {
			x := float32(m.Means[0][0]) + float32(i-100)*1e-4
			points := make([]float32, 2*2500)
			for j := range points {
				points[j] = x
				if j%2 != 0 {
					points[j] = float32(m.Means[0][1]) - float32(i)*0.3e-4
				}
			}
			if r, err := m.Modes(points); err != nil || math.IsNaN(r.Spread) || r.Spread > 1e-3 {
				t.Fatalf("%v, %v: spread %v, %v", points[0], points[1], r.Spread, err)
			}
		}
	}
}

// TestSigns: of the last entries of z a generator sees the signs, and 0 has one.
func TestSigns(t *testing.T) {
	b := graph.New()
	z := b.Input("z", graph.I16, graph.Of(2, 3))
	some := signs(b, b.FromI16(z, kernels.LatentScale), 2)
	b.Output("some", some)
	b.Output("all", signs(b, some, 3))
	prog, err := graph.Compile(b, graph.NewStore(), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	copy(prog.In("z").I16(), []int16{-2048, -1, 9000, 4096, 0, -9000})
	prog.Run(graph.Clock{})
	if got, want := prog.Out("some").F32(), []float32{-0.5, -1, 1, 1, 1, -1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := prog.Out("all").F32(), []float32{-1, -1, 1, 1, 1, -1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestBias: a network's first biases lie in the range that it names, and all over it; those of its last layer are 0.
func TestBias(t *testing.T) {
	n, st := Net{Hidden: []int{300, 200}, Act: "leaky", Bias: 0.5}, graph.NewStore()
	p := &params{b: graph.New(), st: st}
	n.mlp(p, "D", p.b.Input("x", graph.F32, graph.Of(1, 2)), 1, nil)
	for i := range 2 {
		v := st.Get(fmt.Sprintf("D.%d.bias", i)).F32()
		if lo, hi := slices.Min(v), slices.Max(v); lo < -0.5 || hi > 0.5 || lo > -0.48 || hi < 0.48 {
			t.Errorf("layer %d: from %v to %v", i, lo, hi)
		}
	}
	if v := st.Get("D.2.bias").F32(); v[0] != 0 {
		t.Errorf("the last layer: %v", v)
	}
}

// TestWaves: each octave has twice the teeth of the one before, and none of it is trained.
func TestWaves(t *testing.T) {
	n, st := Net{Hidden: []int{4}, Act: "leaky", Octaves: 3}, graph.NewStore()
	p := &params{b: graph.New(), st: st}
	b := p.b
	const points = 2001
	x := b.Input("x", graph.F32, graph.Of(points, 1))
	w := n.waves(p, "D", x)
	b.Output("waves", w)
	b.Output("grad", b.Grad(b.Sum(b.Square(w)), p.list[0])[0])
	prog, err := graph.Compile(b, st, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at, shift := st.Get("D.waves.weight").F32(), st.Get("D.waves.bias").F32()
	at[0], shift[0] = 1, 0
	in := prog.In("x").F32()
	for i := range in {
		in[i] = float32(i-points/2) / (points / 2)
	}
	prog.Run(graph.Clock{})
	out, width := prog.Out("waves").F32(), 1+3*directions
	for octave := range 3 {
		tops := 0
		for i := range in {
			if v := out[i*width+1+octave*directions]; v < -1 || v > 1 {
				t.Fatalf("octave %d at %v: %v", octave, in[i], v)
			} else if v > 0.999 {
				tops++
			}
		}
		// Every tooth has one point at its top: of 2,001 points none lies closer than 1/1000 to another.
		if want := 1 << octave; tops != want {
			t.Errorf("octave %d: %d teeth, want %d", octave, tops, want)
		}
	}
	if out[0] != in[0] || slices.ContainsFunc(prog.Out("grad").F32(), func(v float32) bool { return v != 0 }) {
		t.Error("the input is not among the features, or its directions are trained")
	}
}

// TestMixtures plays the games of points, shortened to seconds, with penalties as weak from the beginning on as they are on
// the way: with a wrong sign or a dead gradient no mode is met, and a game that collapses misses most.
func TestMixtures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, minutes without assembly, and the bits are the same on every tier")
	}
	for name, want := range map[string]struct {
		gamma       float32
		modes       int
		highQuality float64
	}{"ring8": {0.015, 7, 0.3}, "grid25": {0.1, 24, 0.4}} {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		p.R1, p.R2, p.PenaltyFinal, p.EMA, p.Steps, p.Batch = want.gamma, want.gamma, 0, 10, 1000, 256
		p.OptG = Optim{Kind: "adam", LR: 0.002, Beta2: 0.99, Eps: 1e-8}
		p.OptD, p.Snap = p.OptG, p.Steps
		res, err := Train(context.Background(), Options{Preset: p, Seed: 0, Steps: p.Steps, OutDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.Load(res.Generator)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sample.New(m, 500, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := mixtures[name].Modes(s.Rows(sample.Seeds(0, 2499)))
		m.Close()
		if err != nil || r.Modes < want.modes || r.HighQuality < want.highQuality {
			t.Errorf("%s: %+v, %v; want %d modes and %g of high quality", name, r, err, want.modes, want.highQuality)
		}
	}
}
