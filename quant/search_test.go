package quant

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
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
		refused    string   // layers that cannot have 16 bits
		wide, keep []string
		ok         bool
	}{
		{28, nil, nil, "", []string{"b"}, nil, true},
		{33, nil, []string{"e"}, "", []string{"a", "b"}, []string{"e"}, true}, // e costs least and is kept all the same
		{43, nil, nil, "", []string{"a", "b", "d"}, nil, true},
		{44, []string{"a"}, nil, "", []string{"a", "b", "c", "d"}, nil, true},
		{48, nil, nil, "", []string{"a", "c", "d", "e"}, []string{"b"}, true},
		{65, nil, nil, "", []string{"c", "e"}, []string{"a", "b", "d"}, true},
		{81, nil, nil, "", nil, nil, false}, // e alone
		{28, nil, nil, "b", nil, []string{"b"}, true},
		{43, nil, nil, "bd", []string{"a"}, []string{"b", "d"}, true},
		{46.1, nil, nil, "ae", []string{"b", "c", "d"}, []string{"a", "e"}, true},
		{65, nil, nil, "e", []string{"c"}, []string{"a", "b", "d", "e"}, true},
	} {
		calls := 0
		costs, err := sensitivities(layers, additive(noise, &calls))
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
		measure := func(calls *int, off float64) func(wide, keep []string) (bool, error) {
			return func(wide, keep []string) (bool, error) {
				left := map[string]float64{}
				for name, v := range noise {
					if slices.Contains(wide, name) && strings.Contains(test.refused, name) {
						return false, fmt.Errorf("the model: %w", &WordsError{name, errors.New(name + " leaves 32 bits")})
					}
					if left[name] = v; slices.Contains(wide, name) {
						left[name] = v * words
					}
				}
				psnr, err := additive(left, calls)(keep)
				return psnr+off >= test.want, err
			}
		}
		// The guess is right, always too high, or always too low.
		for i, off := range []float64{0, 60, -60} {
			guesses, calls := 0, 0
			found, err := Search(costs, test.byWide, test.by, measure(&guesses, off), measure(&calls, 0))
			if err != nil || (found != nil) != test.ok {
				t.Fatalf("for %v dB it finds %v, %v", test.want, found, err)
			}
			if most := []int{2, 7, 7}[i] + len(test.refused); calls > most || guesses > 4+len(test.refused) {
				t.Errorf("for %v dB it guesses %d and measures %d times", test.want, guesses, calls)
			}
			if !test.ok {
				continue
			}
			slices.Sort(found.Wide)
			slices.Sort(found.Keep)
			if !slices.Equal(found.Keep, test.keep) || !slices.Equal(found.Wide, test.wide) {
				t.Errorf("for %v dB (%v) it leaves %v in 16 bits and %v in f32, want %v and %v", test.want, off, found.Wide, found.Keep,
					test.wide, test.keep)
			}
			for _, r := range found.Refused {
				if !strings.Contains(test.refused, r.Layer) || r.Why != r.Layer+" leaves 32 bits" {
					t.Errorf("refused: %+v", r)
				}
			}
			if len(found.Refused) != len(test.refused) {
				t.Errorf("for %v dB it says that %v cannot have 16 bits, want %q", test.want, found.Refused, test.refused)
			}
		}
	}
}

// TestSearchRefused: a layer of whose sums 32 bits hold no words is left in f32 where its bytes do not do, and it is said why.
func TestSearchRefused(t *testing.T) {
	g := newGenerator(2)
	g.dense("a", 17000, 1)
	g.x = g.b.Sigmoid(g.x)
	g.dense("b", 1, 1)
	for i := range g.st.Get("b.w").F32() {
		g.st.Get("b.w").F32()[i] = float32(1-2*(i%2)) / 130
	}
	c, err := Calibrate(g.finish(255, 0, 1, 1, "uniform"), Options{CalibrationSamples: 16})
	if err != nil {
		t.Fatal(err)
	}
	costs, err := c.Sensitivities(nil, nil)
	if err != nil || len(costs) != 2 {
		t.Fatal(costs, err)
	}
	const psnr = 60
	var last *Report
	passes := func(wide, keep []string) (bool, error) {
		_, r, err := c.Quantize(wide, keep)
		last = r
		return err == nil && r.PSNR >= psnr, err
	}
	likely := func(wide, keep []string) (bool, error) {
		guess, err := c.Try(wide, keep)
		return guess >= psnr, err
	}
	found, err := Search(costs, nil, nil, likely, passes)
	if err != nil || found == nil || !slices.Equal(found.Keep, []string{"b.w"}) || len(found.Refused) != 1 ||
		!strings.HasPrefix(found.Refused[0].Why, `layer "b.w": the sums of 17000 products can leave 32 bits`) {
		t.Errorf("found %+v (%v)\n%v\n%v", found, err, costs, last)
	}
	if _, err := Search(costs, []string{"b.w"}, nil, likely, passes); !errors.As(err, new(*WordsError)) {
		t.Errorf("a layer that is refused, by hand: %v", err)
	}
}
