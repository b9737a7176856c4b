package quant

import (
	"math"
	"reflect"
	"testing"
)

// spread is a histogram of the mass that a distribution function gives to every bin between lo and hi.
func spread(lo, hi float64, below func(x float64) float64) *histogram {
	h := &histogram{lo: lo, hi: hi}
	for i := range h.count {
		h.count[i] = below(h.edge(float64(i+1))) - below(h.edge(float64(i)))
	}
	return h
}

func laplace(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / 2
	}
	return 1 - math.Exp(-x)/2
}

func exponential(x float64) float64 { return 1 - math.Exp(-x) }

func same([]float64) {}

func TestRangeMinMax(t *testing.T) {
	h := newHistogram([]float32{-1, 0.25, 3})
	if g := RangeMinMax.choose(h, false, same, same); g != (grid{4. / 255, 64}) {
		t.Errorf("the grid of [-1, 3] is %v", g)
	}
	if g := RangeMinMax.choose(h, true, same, same); g != (grid{3. / 255, 0}) {
		t.Errorf("the grid of [0, 3] is %v", g)
	}
	// What is all on one side of 0 has it in its grid all the same; what is all 0 has some grid.
	if g := RangeMinMax.choose(newHistogram([]float32{2, 5.1}), false, same, same); math.Abs(g.scale-0.02) > 1e-9 || g.zero != 0 {
		t.Errorf("the grid of [2, 5.1] is %v", g)
	}
	for _, r := range ranges {
		for _, positive := range []bool{false, true} {
			for _, x := range []float32{0, 2, -2} {
				if g := r.choose(newHistogram([]float32{x, x}), positive, same, same); !(g.scale > 0) {
					t.Errorf("%s: a constant %v has the grid %v", r, x, g)
				}
			}
		}
	}
}

// The quantile of the exponential distribution is -log(1-p).
func TestRangePercentile(t *testing.T) {
	h := spread(0, 20, exponential)
	want := -math.Log(cutShare)
	if g := RangePercentile.choose(h, true, same, same); g.zero != 0 || math.Abs(g.value(255)-want) > 0.01 {
		t.Errorf("the grid ends at %v, want %v", g.value(255), want)
	}
	// Of Laplace's, with its scale 1, each end holds half of that.
	h = spread(-20, 20, laplace)
	want = -math.Log(2 * cutShare)
	if g := RangePercentile.choose(h, false, same, same); math.Abs(g.value(255)-want) > 0.05 || math.Abs(g.value(0)+want) > 0.05 {
		t.Errorf("the grid is from %v to %v, want %v", g.value(0), g.value(255), want)
	}
}

// Numbers of Laplace's distribution, with its scale 1, in 255 steps between -a and a: what is cut off costs 2e^-a, rounding
// the square of a step over 12 (Banner et al. 2019). The rule must find an end whose cost is within a few parts in a hundred
// of the least; those of its neighbours in theory are worse.
func TestRangeMSE(t *testing.T) {
	cost := func(a float64) float64 { return 2*math.Exp(-a) + math.Pow(2*a/255, 2)/12 }
	least := math.Inf(1)
	for a := 1.; a < 20; a += 0.01 {
		least = min(least, cost(a))
	}
	if math.Abs(least/cost(9.89)-1) > 1e-3 {
		t.Fatalf("9.89 is not where the cost is least")
	}
	g := RangeMSE.choose(spread(-20, 20, laplace), false, same, same)
	if a := (g.value(255) - g.value(0)) / 2; cost(a) > 1.04*least {
		t.Errorf("the end %v costs %.3g, %.3g is possible", a, cost(a), least)
	}
	// A half of it: the exponential distribution, with steps half as wide.
	cost = func(a float64) float64 { return 2*math.Exp(-a) + math.Pow(a/255, 2)/12 }
	least = math.Inf(1)
	for a := 1.; a < 20; a += 0.01 {
		least = min(least, cost(a))
	}
	g = RangeMSE.choose(spread(0, 20, exponential), true, same, same)
	if a := g.value(255); g.zero != 0 || cost(a) > 1.04*least {
		t.Errorf("the end %v costs %.3g, %.3g is possible", a, cost(a), least)
	}
	// The mean cube cuts off less, and a function that ends at 1 lets all beyond it be cut off.
	cube := RangeCube.choose(spread(0, 20, exponential), true, same, same)
	if cube.value(255) <= g.value(255) {
		t.Errorf("the mean cube ends at %v, the mean square at %v", cube.value(255), g.value(255))
	}
	clamp := func(x []float64) {
		for i, v := range x {
			x[i] = min(v, 1)
		}
	}
	for _, r := range []Range{RangeMSE, RangeCube} {
		if g := r.choose(spread(0, 20, exponential), true, clamp, clamp); g.value(255) < 0.99 || g.value(255) > 1.2 {
			t.Errorf("%s: before a clamp to 1 the grid ends at %v", r, g.value(255))
		}
	}
}

func TestRangeKL(t *testing.T) {
	// All levels of an even distribution hold as much: nothing is lost at full width. Cut off at one half, the outermost bin
	// has the other half: n/2-1 bins have half of what rounding gives them, one has 1+n/2 times half of it.
	h := spread(0, 1, func(x float64) float64 { return x })
	if d := h.divergence(makeGrid(0, 1)); math.Abs(d) > 1e-6 {
		t.Errorf("the divergence is %v at full width", d)
	}
	n := float64(len(h.count))
	want := (n/2-1)/n*math.Log(0.5) + (0.5+1/n)*math.Log((0.5+1/n)*n/2)
	// The bin that holds 1/2 is the first above it.
	half := makeGrid(0, 0.5-0.5/n)
	if d := h.divergence(half); math.Abs(d-want) > 1e-4 {
		t.Errorf("cut in half: divergence %v, want %v", d, want)
	}
	if g := RangeKL.choose(h, true, same, same); g != makeGrid(0, 1) {
		t.Errorf("the grid of an even distribution is %v", g)
	}
	// Two bins of one level that hold 1 and 3 become 2 and 2.
	h = &histogram{lo: 0, hi: 1}
	h.count[2000], h.count[2001] = 1, 3
	want = 0.25*math.Log(0.5) + 0.75*math.Log(1.5)
	g := makeGrid(0, 1)
	if g.quantize(h.center(2000)) != g.quantize(h.center(2001)) {
		t.Fatal("two levels")
	}
	if d := h.divergence(g); math.Abs(d-want) > 1e-6 {
		t.Errorf("divergence %v, want %v", d, want)
	}
	// A tail is cut off, but not much of the body.
	g = RangeKL.choose(spread(0, 40, exponential), true, same, same)
	if end := g.value(255); end < 3 || end > 20 {
		t.Errorf("of an exponential distribution the grid ends at %v", end)
	}
}

func TestParseRange(t *testing.T) {
	for _, r := range ranges {
		if got, err := ParseRange(string(r)); err != nil || got != r {
			t.Errorf("%s: %v, %v", r, got, err)
		}
	}
	if got, err := ParseRange(""); err != nil || got != RangeCube {
		t.Errorf("the default is %v, %v", got, err)
	}
	if _, err := ParseRange("entropy"); err == nil {
		t.Error("entropy is no range")
	}
}

// TestMeansCountAll: biases are corrected by the means of all samples that are counted for them, however few make the histograms.
func TestMeansCountAll(t *testing.T) {
	g := newGenerator(2)
	g.dense("a", 3, 1)
	m := g.finish(255, 0, 3, 1, "uniform")
	calibrated := func() *calibration {
		c, err := Calibrate(m, Options{CalibrationSamples: 3 * maxBatch})
		if err != nil {
			t.Fatal(err)
		}
		return c.cal
	}
	want := calibrated()
	defer func(n int) { maxCounted = n }(maxCounted)
	maxCounted = 1
	got := calibrated()
	if want.full.few != 3*maxBatch || len(want.full.sums) != 1 || len(want.brief.sums) != 1 {
		t.Fatalf("%+v, %+v", want.full, want.brief)
	}
	if !reflect.DeepEqual(got.full.sums, want.full.sums) || !reflect.DeepEqual(got.brief.sums, want.brief.sums) {
		t.Errorf("sums %v and %v, want %v and %v", got.full.sums, got.brief.sums, want.full.sums, want.brief.sums)
	}
}
