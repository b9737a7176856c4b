package gan

import (
	"math"
	"testing"
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
