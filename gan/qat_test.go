package gan

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
)

// TestFakeWeights: the weights of every channel of the result become integers of the given bits times a scale, the largest
// of which they keep, whatever the layout; and the gradient passes.
func TestFakeWeights(t *testing.T) {
	for _, test := range []struct {
		name    string
		w       graph.Shape
		bits    int
		product func(b *graph.Builder, w graph.Value) graph.Value
		channel func(i int) int
	}{
		{"dense", graph.Of(6, 5), 8, func(b *graph.Builder, w graph.Value) graph.Value {
			return b.Dot(b.Fill(1, graph.Of(2, 6)), w, false, false)
		}, func(i int) int { return i % 5 }},
		{"dense transposed", graph.Of(5, 6), 4, func(b *graph.Builder, w graph.Value) graph.Value {
			return b.Dot(b.Fill(1, graph.Of(2, 6)), w, false, true)
		}, func(i int) int { return i / 6 }},
		{"convolution", graph.Of(3, 3, 2, 4), 6, func(b *graph.Builder, w graph.Value) graph.Value {
			return b.Conv(b.Fill(1, graph.Of(1, 4, 4, 4)), w, graph.Strided(1, 1)) // two groups
		}, func(i int) int { return i % 4 }},
		{"transposed convolution", graph.Of(4, 4, 3, 4), 2, func(b *graph.Builder, w graph.Value) graph.Value {
			return b.ConvTransposed(b.Fill(1, graph.Of(1, 4, 4, 4)), w, graph.Strided(2, 1), 2, [2]int{}) // from 4 channels to 6
		}, func(i int) int { return i%4/2*3 + i/4%3 }},
	} {
		b := graph.New()
		w := b.Input("w", graph.F32, test.w)
		f := &faker{b: b, bits: test.bits}
		y := f.weights(b.Node(test.product(b, w)))
		b.Output("y", y)
		b.Output("dw", b.Grad(b.Sum(y), w)[0])
		prog, err := graph.Compile(b, graph.NewStore(), graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := prog.In("w").F32()
		peak := map[int]float64{}
		for i := range x {
			c := test.channel(i)
			x[i] = float32(math.Sin(float64(3*i+1))) * float32(int(1)<<c)
			peak[c] = max(peak[c], math.Abs(float64(x[i])))
		}
		prog.Run(graph.Clock{})
		levels := float64(int(1)<<(test.bits-1) - 1)
		passed := 0
		for i, v := range prog.Out("y").F32() {
			scale := peak[test.channel(i)] / levels
			q := float64(v) / scale
			if math.Abs(q-math.Round(q)) > 1e-4 || math.Abs(q) > levels+1e-4 || math.Abs(float64(v-x[i])) > 0.5001*scale {
				t.Errorf("%s: weight %d, %v, becomes %v in steps of %v", test.name, i, x[i], v, scale)
			}
			if d := prog.Out("dw").F32()[i]; math.Abs(float64(d-1)) < 1e-5 {
				passed++
			}
		}
		if passed < len(x)-len(peak) {
			t.Errorf("%s: the gradient passes %d of %d weights", test.name, passed, len(x))
		}
	}
}

// TestQAT: every kind of network can be trained so, and follows its ranges; batch normalization keeps the statistics of the
// quantized network.
func TestQAT(t *testing.T) {
	for i, c := range convCases {
		g := convGame(t, i, nil)
		p := *g.preset
		p.QAT = 8
		q, err := newGame(&p, c.shape, nil, nil, 1, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for range 2 {
			q.run(10, someBatch)
		}
		if err := q.finite(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		ranges := 0
		for _, name := range q.st.Names() {
			if _, ok := strings.CutSuffix(name, rangeSuffix); !ok {
				continue
			}
			ranges++
			if r := q.st.Get(name).F32(); !(r[0] <= 0 && r[1] >= 0) {
				t.Errorf("%s: %s is %v", c.name, name, r)
			}
		}
		if ranges < 3 {
			t.Errorf("%s: %d ranges", c.name, ranges)
		}
	}
}

// TestQATRun: a run that begins with the weights of another learns to be quantized, goes on where it stopped, byte for byte,
// and its model carries the ranges.
func TestQATRun(t *testing.T) {
	p := toyPreset(false)
	opt := Options{Preset: p, Seed: 3, Steps: 10, Data: toySet(50), OutDir: t.TempDir(), Threads: 1}
	if _, err := Train(context.Background(), opt); err != nil {
		t.Fatal(err)
	}
	opt.Init, opt.Preset.QAT = opt.OutDir, 4
	opt.OutDir = t.TempDir()
	res, err := Train(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, name := range []string{"G.0.weight", "G.1.weight"} {
		if r := m.Meta.Ranges[name]; !(r[0] <= 0 && r[1] > 0) {
			t.Errorf("the range of %s is %v", name, r)
		}
	}
	opt.OutDir, opt.Steps = t.TempDir(), 6
	if _, err = Train(context.Background(), opt); err != nil {
		t.Fatal(err)
	}
	opt.Steps = 10
	if res, err = Resume(context.Background(), opt); err != nil {
		t.Fatal(err)
	}
	again, err := model.Load(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Meta.Ranges["G.0.weight"] != m.Meta.Ranges["G.0.weight"] {
		t.Error("a resumed run has other ranges")
	}
	for _, name := range slices.Sorted(slices.Values(m.Weights.Names())) {
		if !bytes.Equal(m.Weights.Get(name).Bytes, again.Weights.Get(name).Bytes) {
			t.Errorf("a resumed run has other weights: %s", name)
		}
	}
}

// TestQATIsInteger: what G is trained to make with few bits is what its integer form makes, and not what its floats do.
func TestQATIsInteger(t *testing.T) {
	for i, c := range convCases {
		// Of sums of branches the quantizer chooses the ranges anew.
		least, more := map[string]float64{"dcgan": 40, "r3gan": 34}[c.name], map[string]float64{"dcgan": 10, "r3gan": 3}[c.name]
		if least == 0 {
			continue
		}
		p := *convGame(t, i, nil).preset
		p.QAT, p.EMA = 4, 0
		g, err := newGame(&p, c.shape, nil, nil, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			g.run(100, someBatch)
		}
		m, err := (&run{opt: &Options{Preset: p, Data: shape(c.shape)}, game: g}).generator()
		if err != nil {
			t.Fatal(err)
		}
		_, r, err := quant.Quantize(m, quant.Options{CalibrationSamples: 128})
		if err != nil {
			t.Fatal(err)
		}
		if r.Range != quant.RangeLearned || r.WeightBits != 4 {
			t.Errorf("%s: ranges %q, weights of %d bits", c.name, r.Range, r.WeightBits)
		}

		const batch = 64
		b := graph.New()
		ps := &params{b: b, netState: netState{infer: true}}
		z := b.FromI16(b.Input("z", graph.I16, graph.Of(batch, m.Meta.LatentDim)), kernels.LatentScale)
		scale, offset := p.pixelScale()
		b.Output("image", b.ToU8(fakeQuantize(ps, p.generator(ps, z, c.shape), p.QAT), scale, offset))
		st := graph.NewStore()
		for _, x := range append(model.Tensors(m.Weights), model.Tensors(g.st)...) {
			if st.Get(x.Name) == nil {
				st.Put(x)
			}
		}
		prog, err := graph.Compile(b, st, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for s := range batch {
			m.DrawLatent(prog.In("z").I16()[s*m.Meta.LatentDim:][:m.Meta.LatentDim], uint64(s), 0)
		}
		prog.Run(graph.Clock{})
		trained := prog.Out("image").U8()
		psnr := func(x []uint8) float64 {
			noise := 0.
			for i, v := range trained {
				d := float64(v) - float64(x[i])
				noise += d * d
			}
			return 10 * math.Log10(255*255*float64(len(trained))/noise)
		}
		if ours, floats := psnr(r.IntPictures), psnr(r.FloatPictures); ours < least || ours < floats+more {
			t.Errorf("%s: the integers make what was trained up to %.1f dB, the floats up to %.1f dB", c.name, ours, floats)
		}
	}
}

// TestQATClasses: where channels have scales for each class, a range that training followed is that of the layer which is quantized
// by its name.
func TestQATClasses(t *testing.T) {
	for i, c := range convCases {
		if c.g.Norm != "conditional" {
			continue
		}
		p := *convGame(t, i, nil).preset
		p.QAT, p.EMA = 8, 0
		g, err := newGame(&p, c.shape, nil, nil, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range g.st.Names() { // statistics far from 0 and 1
			if w := g.st.Get(name).F32(); strings.HasPrefix(name, "G.") && strings.HasSuffix(name, ".weight") && !strings.Contains(name, "norm") {
				kernels.MulScalar(w, w, 16)
			}
		}
		for range 12 {
			g.run(100, someBatch)
		}
		m, err := (&run{opt: &Options{Preset: p, Data: shape(c.shape)}, game: g}).generator()
		if err != nil {
			t.Fatal(err)
		}
		for name := range m.Meta.Ranges {
			if name != "G.z" && m.Weights.Get(name) == nil {
				t.Errorf("%s: a range of %s, which is no layer", c.name, name)
			}
		}
		_, r, err := quant.Quantize(m, quant.Options{CalibrationSamples: 64})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range r.Layers {
			if l.K > 0 && l.SNR < 15 {
				t.Errorf("%s: layer %+v", c.name, l)
			}
		}
	}
}
