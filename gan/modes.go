package gan

import (
	"fmt"
	"math"
)

// ModesResult says how samples cover the modes of a mixture, in the measures of VEEGAN and PacGAN.
type ModesResult struct {
	Modes       int     `json:"modes"`        // nearest to at least one sample of high quality
	Of          int     `json:"of"`           // modes there are
	HighQuality float64 `json:"high_quality"` // share of samples within three standard deviations of the nearest mean; of the data 0.9889 in two dimensions
	ReverseKL   float64 `json:"reverse_kl"`   // of the samples' distribution over modes from the even one, in nats
	// Spread is the standard deviation within modes, of samples of high quality, against what the data's would show: below
	// 1 the modes are shrunken, which makes HighQuality better than it deserves.
	Spread  float64 `json:"spread"`
	Samples int     `json:"samples"`
}

// Modes measures rows of points. The mean that the spread is about is that of the samples of a mode, so that a mode that
// has shrunk to a point does not pass for a wide one by being off.
func (m *Mixture) Modes(points []float32) (ModesResult, error) {
	dim, n := m.Dim(), len(points)/m.Dim()
	if n == 0 || len(points)%dim != 0 || dim != 2 {
		return ModesResult{}, fmt.Errorf("gan: modes: %d numbers; want points of the plane", len(points))
	}
	k := len(m.Means)
	type mode struct{ all, good, x, y, sq float64 }
	modes := make([]mode, k)
	for i := range n {
		x, y := float64(points[2*i]), float64(points[2*i+1])
		best, nearest := math.Inf(1), 0
		for j, mean := range m.Means {
			if d := (x-mean[0])*(x-mean[0]) + (y-mean[1])*(y-mean[1]); d < best {
				best, nearest = d, j
			}
		}
		c := &modes[nearest]
		c.all++
		if best <= 9*m.Std*m.Std {
			x, y := x-m.Means[nearest][0], y-m.Means[nearest][1]
			c.good, c.x, c.y, c.sq = c.good+1, c.x+x, c.y+y, c.sq+x*x+y*y
		}
	}
	r := ModesResult{Of: k, Samples: n}
	good, within, free := 0.0, 0.0, 0.0
	for _, c := range modes {
		if c.good > 0 {
			r.Modes++
			good += c.good
			within += c.sq - (c.x*c.x+c.y*c.y)/c.good
			free += 2 * (c.good - 1)
		}
		if p := c.all / float64(n); p > 0 {
			r.ReverseKL += p * math.Log(p*float64(k))
		}
	}
	r.HighQuality = good / float64(n)
	if free > 0 {
		// The square of a Gaussian's distance from its mean, cut off at three standard deviations, is this much smaller.
		cut := 1 - 4.5*math.Exp(-4.5)/(1-math.Exp(-4.5))
		// Of samples that are all one point rounding may leave less than nothing.
		r.Spread = math.Sqrt(max(0, within)/free/cut) / m.Std
	}
	return r, nil
}

// LookupMixture returns the mixture that a preset's data is, if it is one.
func LookupMixture(name string) (*Mixture, bool) {
	m, ok := mixtures[name]
	return m, ok
}
