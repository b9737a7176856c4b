package gan

import (
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// Mixture is a mixture of Gaussians, equally likely and of one standard deviation in every direction: the points on which
// mode collapse is measured. It implements Rows.
type Mixture struct {
	Means [][]float64
	Std   float64
}

// mixtures are the data sets of points, by name.
var mixtures = map[string]*Mixture{
	"ring8":  {ring(), 0.01},
	"grid25": {grid(), 0.05},
}

// ring is eight points of the unit circle.
func ring() [][]float64 {
	const d = math.Sqrt2 / 2
	return [][]float64{{1, 0}, {d, d}, {0, 1}, {-d, d}, {-1, 0}, {-d, -d}, {0, -1}, {d, -d}}
}

// grid is {-4, -2, 0, 2, 4} in both directions.
func grid() [][]float64 {
	var means [][]float64
	for x := -4.0; x <= 4; x += 2 {
		for y := -4.0; y <= 4; y += 2 {
			means = append(means, []float64{x, y})
		}
	}
	return means
}

// Dim is the number of coordinates.
func (m *Mixture) Dim() int { return len(m.Means[0]) }

// Draw draws points; each is a function of its number and the seed.
func (m *Mixture) Draw(dst []float32, first, seed uint64) {
	dim := m.Dim()
	kernels.Normal(dst, float32(m.Std), seed, streamPlace, first*uint64(dim))
	var which [256]uint32
	for len(dst) > 0 {
		n := min(len(which), len(dst)/dim)
		kernels.Uint32s(which[:n], seed, streamMode, first)
		for i, u := range which[:n] {
			for j, mean := range m.Means[u%uint32(len(m.Means))] {
				dst[i*dim+j] += float32(mean)
			}
		}
		dst, first = dst[n*dim:], first+uint64(n)
	}
}
