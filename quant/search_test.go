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
	const words = 1e-2 // of its noise is left to a layer in 16 bits
	for _, test := range []struct {
		want       float64
		byWide, by []string // what the caller asks for
		wide, keep []string
		ok         bool
	}{
		{20, nil, nil, nil, nil, true},
		{20, []string{"d"}, []string{"e"}, []string{"d"}, []string{"e"}, true},
		{28, nil, nil, []string{"b"}, nil, true},
		{33, nil, []string{"e"}, []string{"a", "b"}, []string{"e"}, true}, // e costs least and is kept all the same
		{43, nil, nil, []string{"a", "b", "d"}, nil, true},
		{44, []string{"a"}, nil, []string{"a", "b", "c", "d"}, nil, true},
		{48, nil, nil, []string{"a", "c", "d", "e"}, []string{"b"}, true},
		{65, nil, nil, []string{"c", "e"}, []string{"a", "b", "d"}, true},
		{81, nil, nil, nil, nil, false}, // e alone
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
		wide, keep, ok, err := Search(costs, test.byWide, test.by, func(wide, keep []string) (bool, error) {
			left := map[string]float64{}
			for name, v := range noise {
				if left[name] = v; slices.Contains(wide, name) {
					left[name] = v * words
				}
			}
			psnr, err := additive(left, &calls)(keep)
			return psnr >= test.want, err
		})
		slices.Sort(wide)
		slices.Sort(keep)
		if err != nil || ok != test.ok || !slices.Equal(keep, test.keep) || !slices.Equal(wide, test.wide) {
			t.Errorf("for %v dB it leaves %v in 16 bits and %v in f32 (%v, %v), want %v and %v", test.want, wide, keep, ok, err,
				test.wide, test.keep)
		}
		if calls > 22 {
			t.Errorf("%d measurements", calls)
		}
	}
}
