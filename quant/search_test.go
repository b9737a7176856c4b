package quant

import (
	"math"
	"slices"
	"testing"
)

// additive measures a model whose layers add their noise up.
func additive(noise map[string]float64, calls *int) func(keep []string) (float64, error) {
	return func(keep []string) (float64, error) {
		*calls++
		sum := 1e-9
		for name, v := range noise {
			if !slices.Contains(keep, name) {
				sum += v
			}
		}
		return -10 * math.Log10(sum), nil
	}
}

func TestSearch(t *testing.T) {
	noise := map[string]float64{"a": 1e-3, "b": 2e-3, "c": 1e-5, "d": 4e-4, "e": 1e-6}
	layers := []string{"a", "b", "c", "d", "e"}
	for _, test := range []struct {
		want float64
		by   []string // what the caller keeps
		keep []string
		ok   bool
	}{
		{20, nil, nil, true},
		{20, []string{"e"}, []string{"e"}, true},
		{28, nil, []string{"b"}, true},
		{33, []string{"e"}, []string{"a", "b", "e"}, true}, // e costs least and is kept all the same
		{49, nil, []string{"a", "b", "d"}, true},
		{59, nil, []string{"a", "b", "c", "d"}, true},
		{61, nil, nil, false}, // e alone
	} {
		calls := 0
		measure := additive(noise, &calls)
		costs, err := sensitivities(layers, measure)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, s := range costs {
			order = append(order, s.Layer)
		}
		if !slices.Equal(order, []string{"b", "a", "d", "c", "e"}) {
			t.Fatalf("the order of cost is %v", order)
		}
		keep, ok, err := Search(costs, test.by, func(keep []string) (bool, error) {
			psnr, err := measure(keep)
			return psnr >= test.want, err
		})
		slices.Sort(keep)
		if err != nil || ok != test.ok || !slices.Equal(keep, test.keep) {
			t.Errorf("for %v dB it keeps %v (%v, %v), want %v", test.want, keep, ok, err, test.keep)
		}
		if calls > 20 {
			t.Errorf("%d measurements", calls)
		}
	}
}
