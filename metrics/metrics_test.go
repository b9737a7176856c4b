package metrics

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
)

// draw repeats the generator of testdata/metrics.py.
type draw uint32

func (g *draw) next() int {
	*g = *g*1664525 + 1013904223
	return int(*g >> 16)
}

func (g *draw) rows(n, d int, offset, width float64) *Matrix {
	m := NewMatrix(n, d)
	for i := range n {
		kind := g.next() % 3
		for k := range d {
			m.Row(i)[k] = offset + float64(kind*(k+1)%5) + width*float64(g.next()%2001-1000)/1000
		}
		if i%10 == 9 {
			copy(m.Row(i), m.Row(i-1))
		}
	}
	return m
}

func (g *draw) pictures(n, size, spread int) []uint8 {
	p := make([]uint8, n*size)
	for i := range n {
		kind := g.next() % 5
		for k := range size {
			p[i*size+k] = uint8((kind*37+k*11)%128 + 64 + g.next()%(2*spread+1) - spread)
		}
	}
	return p
}

// TestGolden compares every metric with what numpy and scipy made of its definition.
func TestGolden(t *testing.T) {
	js, err := os.ReadFile("../testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []map[string]float64
	if err := json.Unmarshal(js, &cases); err != nil {
		t.Fatal(err)
	}
	pool := kernels.NewPool(2)
	defer pool.Close()
	for _, c := range cases {
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		near := func(name string, got float64) {
			t.Helper()
			want, ok := c[name]
			if !ok || !(math.Abs(got-want) <= 1e-6*math.Abs(want)) {
				t.Errorf("seed %v: %s is %.9g, scipy says %.9g", c["seed"], name, got, want)
			}
		}
		g := draw(c["seed"])
		d, offset := int(c["d"]), c["offset"]
		x := g.rows(160, d, offset+0.2, c["width"])
		y := g.rows(150, d, offset, 1)
		fid, err := FID(x, y)
		must(err)
		near("fid", fid)
		kid, err := KID(x, y, 50)
		must(err)
		near("kid", kid.KID)
		near("kid_std_err", kid.StdErr)
		pr, err := PrecisionRecall(x, y, 3, pool)
		must(err)
		near("precision", pr.Precision)
		near("recall", pr.Recall)
		dc, err := DensityCoverage(x, y, 5, pool)
		must(err)
		near("density", dc.Density)
		near("coverage", dc.Coverage)
		p := NewMatrix(x.N, d)
		for i := range x.N {
			sum := 0.0
			for k, v := range x.Row(i) {
				p.Row(i)[k] = math.Abs(v-offset) + 0.1
				sum += p.Row(i)[k]
			}
			for k := range d {
				p.Row(i)[k] /= sum
			}
		}
		score, err := Score(p)
		must(err)
		near("score", score)
		two, err := TwoSample(x, y, pool)
		must(err)
		near("accuracy", two.Accuracy)
		near("of_samples", two.Samples)
		near("of_real", two.Real)
		mmd, err := MMD(x, y, pool)
		must(err)
		near("mmd2", mmd.MMD2)
		near("width_mmd", mmd.Width)
		const size = 30
		train, unseen, held := g.pictures(200, size, 20), g.pictures(90, size, 20), g.pictures(80, size, 20)
		samples := g.pictures(70, size, 22)
		copy(samples[:7*size], train[10*size:])
		ours, floor, err := Copies(samples, held, train, unseen, size, pool)
		must(err)
		near("train_nearer", ours.TrainNearer)
		near("copies", ours.Copies)
		near("held_nearer", floor.TrainNearer)
		near("held_copies", floor.Copies)
		digits := make([]uint8, 3*900)
		for i := range digits {
			digits[i] = uint8(g.next() % 10)
		}
		stacked, err := Stacked(digits)
		must(err)
		near("modes", float64(stacked.Modes))
		near("kl", stacked.KL)
	}
}

// TestSame: a set against itself is the best there is, and all its copies are found.
func TestSame(t *testing.T) {
	g := draw(7)
	x := g.rows(120, 9, 0, 1)
	if d, err := FID(x, x); err != nil || d > 1e-9 {
		t.Errorf("the distance from itself is %v, %v", d, err)
	}
	if r, err := PrecisionRecall(x, x, 3, nil); err != nil || r.Precision != 1 || r.Recall != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := DensityCoverage(x, x, 5, nil); err != nil || r.Coverage != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	unlike := &Matrix{N: 108, D: 9} // without the rows that are there twice
	for i := range x.N {
		if i%10 != 9 {
			unlike.X = append(unlike.X, x.Row(i)...)
		}
	}
	if r, err := TwoSample(unlike, unlike, nil); err != nil || r.Accuracy != 0 {
		t.Errorf("copies of all rows: %+v, %v", r, err)
	}
	far := NewMatrix(120, 9)
	for i, v := range x.X {
		far.X[i] = v + 1000
	}
	if r, err := PrecisionRecall(far, x, 3, nil); err != nil || r.Precision != 0 || r.Recall != 0 {
		t.Errorf("far away: %+v, %v", r, err)
	}
	if r, err := TwoSample(far, x, nil); err != nil || r.Accuracy != 1 {
		t.Errorf("far away: %+v, %v", r, err)
	}
}

// TestDistances: what float32 cannot tell apart is decided in float64.
func TestDistances(t *testing.T) {
	const n = 70
	m := NewMatrix(n, 2)
	for i := range n {
		m.Row(i)[0] = 1 + float64(i)*1e-9
		m.Row(i)[1] = float64(i%2) * 1e3 // two far lines of near points
	}
	for i, r := range radii(m, 1, nil) {
		if want := 2e-9; math.Abs(math.Sqrt(r)-want) > 1e-3*want {
			t.Fatalf("row %d: its nearest is at %v, want %v", i, math.Sqrt(r), want)
		}
	}
}

// TestRefuse: what cannot be compared is an error, no panic and no figure.
func TestRefuse(t *testing.T) {
	good, thin, few := NewMatrix(20, 3), NewMatrix(20, 2), NewMatrix(1, 3)
	odd := NewMatrix(20, 3)
	odd.X[7] = math.NaN()
	for what, bad := range map[string]*Matrix{"other columns": thin, "one row": few, "NaN": odd} {
		for metric, f := range map[string]func() error{
			"fid": func() error { _, err := FID(bad, good); return err },
			"kid": func() error { _, err := KID(good, bad, 10); return err },
			"pr":  func() error { _, err := PrecisionRecall(bad, good, 3, nil); return err },
			"dc":  func() error { _, err := DensityCoverage(good, bad, 5, nil); return err },
			"mmd": func() error { _, err := MMD(bad, good, nil); return err },
		} {
			if f() == nil {
				t.Errorf("%s took %s", metric, what)
			}
		}
	}
	if _, _, err := Copies(nil, []uint8{1}, []uint8{1}, []uint8{1}, 1, nil); err == nil {
		t.Error("no pictures were taken")
	}
	if _, err := Stacked([]uint8{1, 2, 10}); err == nil {
		t.Error("a digit 10 was taken")
	}
}
