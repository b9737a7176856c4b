package gan

import (
	"bytes"
	"context"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
	"github.com/gannet-ml/gannet/table"
)

func exampleTable(t testing.TB, rows int, o table.Options) *table.Data {
	t.Helper()
	var text bytes.Buffer
	if err := table.Example(&text, rows, 1); err != nil {
		t.Fatal(err)
	}
	d, err := table.Read(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// oracle is heads in float64, of one number at a time.
type oracle struct {
	t     *tableRows
	n     int
	noise []float64
}

func newOracle(t *tableRows, n int, clock graph.Clock) *oracle {
	wide := t.Dim() - t.alphas
	u := make([]float32, n*wide)
	kernels.Uniform(u, clock.Seed, streamGumbel, clock.Step*uint64(len(u)))
	o := &oracle{t: t, n: n}
	for _, v := range u {
		o.noise = append(o.noise, -math.Log(-math.Log(float64(v)*(1-0x1p-20)+0x1p-21)))
	}
	return o
}

// values returns what the heads make of raw.
func (o *oracle) values(raw []float64) []float64 {
	dim, wide := o.t.Dim(), o.t.Dim()-o.t.alphas
	y := make([]float64, len(raw))
	for r := range o.n {
		for i := range o.t.alphas {
			y[r*dim+i] = math.Tanh(raw[r*dim+i])
		}
		for _, s := range o.t.spans {
			sum := 0.0
			for i := s.Choice; i < s.Choice+s.N; i++ {
				y[r*dim+i] = math.Exp((raw[r*dim+i] + o.noise[r*wide+i-o.t.alphas]) / gumbelTau)
				sum += y[r*dim+i]
			}
			for i := s.Choice; i < s.Choice+s.N; i++ {
				y[r*dim+i] /= sum
			}
		}
	}
	return y
}

// gradient is that of the sum of w times the heads.
func (o *oracle) gradient(raw, w []float64) []float64 {
	dim, y := o.t.Dim(), o.values(raw)
	g := make([]float64, len(raw))
	for r := range o.n {
		for i := range o.t.alphas {
			v := y[r*dim+i]
			g[r*dim+i] = w[r*dim+i] * (1 - v*v)
		}
		for _, s := range o.t.spans {
			mean := 0.0
			for i := s.Choice; i < s.Choice+s.N; i++ {
				mean += w[r*dim+i] * y[r*dim+i]
			}
			for i := s.Choice; i < s.Choice+s.N; i++ {
				g[r*dim+i] = y[r*dim+i] * (w[r*dim+i] - mean) / gumbelTau
			}
		}
	}
	return g
}

// TestTableHeads compares the heads, their gradient, and the gradient of its squared norm with float64 and finite differences.
func TestTableHeads(t *testing.T) {
	rows := newTableRows(exampleTable(t, 300, table.Options{}))
	const n = 3
	dim := rows.Dim()
	b := graph.New()
	raw := b.Input("raw", graph.F32, graph.Of(n, dim))
	w := b.Input("w", graph.F32, graph.Of(n, dim))
	y := rows.heads(b, raw, streamGumbel)
	g := b.Grad(b.Sum(b.Mul(w, y)), raw)[0]
	b.Output("y", y)
	b.Output("g", g)
	b.Output("h", b.Grad(b.Sum(b.Square(g)), raw)[0])
	prog, err := graph.Compile(b, graph.NewStore(), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kernels.Normal(prog.In("raw").F32(), 1, 3, 0, 0)
	kernels.Normal(prog.In("w").F32(), 1, 3, 1, 0)
	clock := graph.Clock{Seed: 5, Step: 2}
	prog.Run(clock)
	wide := func(x []float32) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = float64(v)
		}
		return out
	}
	o := newOracle(rows, n, clock)
	at, weights := wide(prog.In("raw").F32()), wide(prog.In("w").F32())
	compare := func(what string, got []float32, want []float64, tolerance float64) {
		for i, v := range got {
			if math.Abs(float64(v)-want[i]) > tolerance*(1+math.Abs(want[i])) {
				t.Fatalf("%s, number %d: %v, want %v", what, i, v, want[i])
			}
		}
	}
	compare("heads", prog.Out("y").F32(), o.values(at), 2e-5)
	compare("gradient", prog.Out("g").F32(), o.gradient(at, weights), 2e-5)
	norm := func() (sum float64) {
		for _, v := range o.gradient(at, weights) {
			sum += v * v
		}
		return sum
	}
	second := make([]float64, len(at))
	for i, x := range at {
		const h = 1e-5
		at[i] = x + h
		up := norm()
		at[i] = x - h
		second[i] = (up - norm()) / (2 * h)
		at[i] = x
	}
	compare("gradient of the gradient", prog.Out("h").F32(), second, 2e-4)
}

// TestDisobedience: the loss on conditions is a mean cross entropy, and its gradient, and that gradient's, are those of one.
func TestDisobedience(t *testing.T) {
	rows := newTableRows(exampleTable(t, 300, table.Options{}))
	const n = 4
	dim, c := rows.Dim(), rows.Condition()
	b := graph.New()
	raw := b.Input("raw", graph.F32, graph.Of(n, dim))
	loss := rows.disobedience(b, raw, b.Input("condition", graph.F32, graph.Of(n, c)))
	g := b.Grad(loss, raw)[0]
	b.Output("loss", loss)
	b.Output("g", g)
	b.Output("h", b.Grad(b.Sum(b.Square(g)), raw)[0])
	prog, err := graph.Compile(b, graph.NewStore(), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, asked := prog.In("raw").F32(), prog.In("condition").F32()
	kernels.Normal(x, 1, 3, 0, 0)
	rows.Fill(nil, asked, n, 0, 1, streamAsked)
	prog.Run(graph.Clock{})
	want, grad, second := 0.0, make([]float64, len(x)), make([]float64, len(x))
	for r := range n {
		for _, s := range rows.spans {
			for k := range s.N {
				if s.Condition < 0 || asked[r*c+s.Condition+k] == 0 {
					continue
				}
				sum, p := 0.0, make([]float64, s.N)
				for i := range p {
					p[i] = math.Exp(float64(x[r*dim+s.Choice+i]))
					sum += p[i]
				}
				dot := 0.0
				for i := range p {
					p[i] /= sum
					hit := 0.0
					if i == k {
						hit = 1
					}
					grad[r*dim+s.Choice+i] = (p[i] - hit) / n
					dot += p[i] * grad[r*dim+s.Choice+i]
				}
				want -= math.Log(p[k]) / n
				for i := range p { // the Jacobian of softmax, times the gradient, twice
					second[r*dim+s.Choice+i] = 2 * p[i] * (grad[r*dim+s.Choice+i] - dot) / n
				}
			}
		}
	}
	if got := float64(prog.Out("loss").F32()[0]); math.Abs(got-want) > 1e-5 {
		t.Errorf("%v, want %v", got, want)
	}
	for i := range grad {
		if math.Abs(float64(prog.Out("g").F32()[i])-grad[i]) > 1e-6 || math.Abs(float64(prog.Out("h").F32()[i])-second[i]) > 1e-6 {
			t.Fatalf("number %d: gradients %v and %v, want %v and %v", i, prog.Out("g").F32()[i], prog.Out("h").F32()[i], grad[i], second[i])
		}
	}
}

// toyTable is a small game of the kind of the preset tabular.
func toyTable(t testing.TB) Preset {
	p, err := Lookup("tabular")
	if err != nil {
		t.Fatal(err)
	}
	p.Z, p.Batch, p.Pack, p.Tick, p.Snap = 8, 40, 4, 5, 100
	p.G.Hidden, p.D.Hidden = []int{24, 16}, []int{24}
	p.OptG.FinalShare, p.OptD.FinalShare = 0, 0 // a schedule that ends with the run makes its first half another
	return p
}

// TestTableResume: a run of a table that was stopped ends, on another tier and number of threads, as one that was not, byte for
// byte; on another table it does not go on.
func TestTableResume(t *testing.T) {
	d := exampleTable(t, 300, table.Options{})
	for _, c := range []struct {
		name   string
		table  *table.Data
		change func(p *Preset)
	}{
		{"as it is", d, func(*Preset) {}},
		{"pairs", d, func(p *Preset) { p.Loss, p.GP, p.R1, p.EMA, p.FeatureMatching = "relativistic", 0, 0.1, 0.1, 0.1 }},
		{"simultaneous", d, func(p *Preset) { p.Simultaneous, p.DSteps = true, 1 }},
		{"no categories", exampleTable(t, 300, table.Options{Drop: []string{"schooling", "town", "country", "owns home"}}), func(*Preset) {}},
	} {
		p := toyTable(t)
		c.change(&p)
		opt := Options{Preset: p, Seed: 3, Steps: 12, Table: c.table, OutDir: t.TempDir(), Threads: 1}
		if _, err := Train(context.Background(), opt); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := weights(t, opt.OutDir)
		opt.OutDir, opt.Steps = t.TempDir(), 7
		if _, err := Train(context.Background(), opt); err != nil {
			t.Fatal(err)
		}
		other := opt
		if other.Table = exampleTable(t, 200, table.Options{}); c.name == "as it is" {
			if _, err := Resume(context.Background(), other); err == nil || !strings.Contains(err.Error(), "not the one that this run began with") {
				t.Errorf("on another table: %v", err)
			}
		}
		restore, err := kernels.Force("generic")
		if err != nil {
			t.Fatal(err)
		}
		opt.Steps, opt.Threads = 12, 2
		_, err = Resume(context.Background(), opt)
		restore()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(weights(t, opt.OutDir), want) {
			t.Errorf("%s: another model", c.name)
		}
	}
}

// TestTabular: a short run of the example learns its columns, how they depend on each other, and to do as it is told.
func TestTabular(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, minutes without assembly, and the bits are the same on every tier")
	}
	d := exampleTable(t, 4000, table.Options{})
	p, err := Lookup("tabular")
	if err != nil {
		t.Fatal(err)
	}
	p.G.Hidden, p.D.Hidden, p.Z, p.Batch, p.Pack, p.EMA = []int{64, 64}, []int{64, 64}, 32, 200, 4, 5
	opt := Options{Preset: p, Seed: 1, Steps: 350, Table: d, OutDir: t.TempDir()}
	res, err := Train(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := sample.New(m, 200, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := table.NewFrame(d.Schema)
	cells := make([]table.Cell, len(d.Schema.Columns))
	for i := range d.N {
		d.Cells(cells, i)
		all.Add(cells)
	}
	_, real := all.Halves(0)
	dist := table.Compare(SampleTable(s, d.Schema, 0, real.N), real)
	t.Logf("mean variation %.3f, dependence %.3f, unseen %.3f", dist.Mean(), dist.Dependence, dist.Unseen)
	if dist.Mean() > 0.1 || dist.Dependence > 0.14 {
		t.Errorf("%+v", dist)
	}
	entry, err := d.Schema.Find("town", "Gozo") // 2 % of the rows
	if err != nil {
		t.Fatal(err)
	}
	s.Ask(entry)
	asked, gozo, malta := SampleTable(s, d.Schema, 0, 400), 0, 0
	for i, k := range asked.Categories[2] {
		if d.Schema.Columns[2].Categories[k].Text == "Gozo" {
			gozo++
			if d.Schema.Columns[3].Categories[asked.Categories[3][i]].Text == "MT" {
				malta++
			}
		}
	}
	t.Logf("of 400 rows asked to be from Gozo %d are, %d of them in Malta", gozo, malta)
	if gozo < 120 || malta < gozo/12 {
		t.Errorf("of 400 rows asked to be from Gozo %d are, %d of them in Malta", gozo, malta)
	}
}

// TestTablePresets: what does not go with tables is refused.
func TestTablePresets(t *testing.T) {
	for want, change := range map[string]func(p *Preset){
		"g.out":              func(p *Preset) { p.G.Out = "linear" },
		"classes":            func(p *Preset) { p.Classes, p.Pack = 3, 1 },
		"truncation":         func(p *Preset) { p.Truncation = 0.5 },
		"pack 10":            func(p *Preset) { p.Batch = 64 },
		"norm is \"layer\"":  func(p *Preset) { p.G.Norm = "layer" },
		"of its own":         func(p *Preset) { p.G.Act = "relu" },
		"a layer of 0 units": func(p *Preset) { p.G.Hidden = []int{0} },
	} {
		p := toyTable(t)
		p.Pack = 10
		change(&p)
		opt := Options{Preset: p, Steps: 1, Table: exampleTable(t, 50, table.Options{}), OutDir: t.TempDir()}
		if _, err := Train(context.Background(), opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	opt := Options{Preset: toyTable(t), Steps: 1, OutDir: t.TempDir()}
	if _, err := Train(context.Background(), opt); err == nil || !strings.Contains(err.Error(), "no table") {
		t.Errorf("without a table: %v", err)
	}
}
