package table

import (
	"math"
	"testing"
)

// frame makes a frame of a column of numbers and one of categories.
func frame(x []float64, k []int32) *Frame {
	s := &Schema{Columns: []Column{{Name: "x", Modes: []Mode{{0, 1, 1}}, Min: -9, Max: 9, Missing: true},
		{Name: "k", Categories: []Category{{"a", 1}, {"b", 1}, {"c", 1}}}}}
	return &Frame{Schema: s, N: len(x), Numbers: [][]float64{x, nil}, Categories: [][]int32{nil, k}}
}

// TestDistances: the figures of small tables, worked out by hand.
func TestDistances(t *testing.T) {
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	real := frame([]float64{0, 1, 2, 3}, []int32{0, 0, 1, 1})
	same := Compare(real, real)
	near("variation of itself", same.Mean(), 0)
	near("dependence of itself", same.Dependence, 0)
	near("unseen of itself", same.Unseen, 0)
	made := frame([]float64{1, 2, 3, nan}, []int32{0, 0, 1, 2})
	d := Compare(made, real)
	// The steps of 1, 2, 3 and of 0, 1, 2, 3 are apart by 1/4, 1/6 and 1/12; the standard deviation is the root of 5/4.
	near("KS", d.Columns[0].Variation, 0.25)
	near("Wasserstein", d.Columns[0].Wasserstein, (0.25+1./6+1./12)/math.Sqrt(1.25))
	near("missing", d.Columns[0].Missing, 0.25)
	near("TV", d.Columns[1].Variation, 0.25)
	// Means 1/2 and 5/2 of the halves: 4 of 5 of the variance lies between them. Of 1, 2 | 3 it is 1.5 of 2.
	near("dependence", d.Dependence, math.Sqrt(0.8)-math.Sqrt(0.75))
	r, _ := correlation([]float64{1, 2, 3, nan}, []float64{2, 4, 7, 1})
	near("correlation", r, 5/math.Sqrt(2*38./3))
	v, _ := cramer([]int32{0, 0, 1, 1}, []int32{1, 1, 0, 0}, 2, 2)
	near("V of a function", v, 1)
	v, _ = cramer([]int32{0, 0, 1, 1}, []int32{0, 1, 0, 1}, 2, 2)
	near("V of what is independent", v, 0)
}

// TestRealAgainstReal: halves of one table are near each other by every figure, and one whose columns were shuffled is not,
// though each column is the same.
func TestRealAgainstReal(t *testing.T) {
	_, data := example(t, 2000)
	all := NewFrame(data.Schema)
	cells := make([]Cell, len(data.Schema.Columns))
	for i := range data.N {
		data.Cells(cells, i)
		all.Add(cells)
	}
	a, b := all.Halves(3)
	floor := Compare(a, b)
	loose := a.Rows(seq(a.N, 0))
	for i := range loose.Numbers {
		other := a.Rows(seq(a.N, 7*(i+1)))
		loose.Numbers[i], loose.Categories[i] = other.Numbers[i], other.Categories[i]
	}
	far := Compare(loose, b)
	t.Logf("halves: %.3f %.3f %.3f; shuffled: %.3f %.3f %.3f", floor.Mean(), floor.Dependence, floor.Unseen, far.Mean(), far.Dependence, far.Unseen)
	if floor.Mean() > 0.08 || floor.Dependence > 0.06 || floor.Unseen > 0.01 {
		t.Error("halves of a table are far apart")
	}
	if math.Abs(far.Mean()-floor.Mean()) > 0.001 || far.Dependence < 0.15 || far.Unseen < 0.3 {
		t.Error("a table with shuffled columns is not")
	}
	at, err := data.Schema.Target("")
	if err != nil || data.Schema.Columns[at].Name != "owns home" {
		t.Fatal(at, err)
	}
	good, bad, guess := Predict(a, b, at), Predict(loose, b, at), b.Majority(at)
	t.Logf("right about %.3f, from shuffled columns %.3f, guessing %.3f", good, bad, guess)
	if good < 0.84 || bad > 0.65 || guess > 0.6 {
		t.Errorf("predictions: %v, from shuffled columns %v, guessing %v", good, bad, guess)
	}
	if _, err := data.Schema.Target("age"); err == nil {
		t.Error("a target of numbers: accepted")
	}
}

// seq counts n numbers from at on, around.
func seq(n, at int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = (i + at) % n
	}
	return s
}
