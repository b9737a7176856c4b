package gan

import (
	"math"
	"strings"
	"testing"
)

// TestStanding: the averaged generator normalizes with statistics of its own. Those of its first layer have a closed form: the
// rows of z are independent with variance 1, so a product with weights has the sum of their squares.
func TestStanding(t *testing.T) {
	g := convGame(t, 0, nil)
	for range 2 {
		g.run(100, someBatch)
	}
	w := g.st.Get("G.0.weight.ema")
	for i := range w.F32() {
		w.F32()[i] *= 3 // far from the weights of the moment
	}
	stats, err := g.standing(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := g.preset.G.Channels[0]
	want := make([]float64, c)
	width := w.Shape.Dim(1)
	for i, v := range w.F32() {
		want[i%width%c] += float64(v) * float64(v) * float64(c) / float64(width)
	}
	mean, variance := stats["G.0.norm.running_mean"], stats["G.0.norm.running_var"]
	for i, v := range variance {
		// Over 256 z the deviation of the mean is a sixteenth of that of one; that of the variance is like it.
		if math.Abs(float64(mean[i])) > .25*math.Sqrt(want[i]) || math.Abs(float64(v)/want[i]-1) > .25 {
			t.Errorf("channel %d: mean %v, variance %v; want 0 and %v", i, mean[i], v, want[i])
		}
	}
	again, err := g.standing(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range stats {
		for i, v := range x {
			if again[name][i] != v {
				t.Fatalf("%s differs from one call to the next", name)
			}
		}
		if strings.HasSuffix(name, runningVar) && x[0] == g.st.Get(name).F32()[0] {
			t.Errorf("%s is that of training", name)
		}
	}

	g.preset.EMA = 0
	if stats, err := g.standing(nil); stats != nil || err != nil {
		t.Errorf("without an average: %v, %v", stats, err)
	}
}
