package metrics

import (
	"math"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

// MMDResult is a kernel distance of rows of numbers.
type MMDResult struct {
	MMD2  float64 `json:"mmd2"`  // squared, without bias: about 0, and then also below it, where samples are real
	Width float64 `json:"width"` // the middle one of the kernels'
}

// mmdWidths is the number of kernels, each twice as wide as the one before.
const mmdWidths = 5

// medianRows bounds the real rows that the width is the median distance of.
const medianRows = 1000

// MMD is the squared maximum mean discrepancy, estimated without bias, with the mean of five Gaussian kernels
// exp(-d²/2w²) (Gretton et al. 2012): w is a quarter, half, one, two and four times the median distance of the first
// thousand real rows. It needs no network. Bring columns to one scale before.
func MMD(samples, real *Matrix, pool *kernels.Pool) (MMDResult, error) {
	if err := comparable("mmd", 2, samples, real); err != nil {
		return MMDResult{}, err
	}
	width := medianDistance(real.Range(0, min(medianRows, real.N)))
	// Of the widest kernel; the others are its fourth powers, one after the other.
	f := -1 / (2 * 16 * width * width)
	mean := func(x, y *Matrix, self bool) float64 {
		sums := make([]float64, x.N)
		pool.Run(x.N, task(func(i int) {
			for j := range y.N {
				if self && i == j {
					continue
				}
				k := math.Exp(f * squared(x.Row(i), y.Row(j)))
				for range mmdWidths {
					sums[i] += k
					k *= k
					k *= k
				}
			}
		}))
		total, pairs := 0.0, float64(x.N)*float64(y.N)
		for _, s := range sums {
			total += s
		}
		if self {
			pairs -= float64(x.N)
		}
		return total / (mmdWidths * pairs)
	}
	return MMDResult{mean(samples, samples, true) + mean(real, real, true) - 2*mean(samples, real, false), width}, nil
}

// medianDistance is the median distance of two different rows, the upper one of two; of rows that are mostly equal, 1.
func medianDistance(m *Matrix) float64 {
	var d []float64
	for i := range m.N {
		for j := range i {
			d = append(d, squared(m.Row(i), m.Row(j)))
		}
	}
	slices.Sort(d)
	if w := math.Sqrt(d[len(d)/2]); w > 0 {
		return w
	}
	return 1
}

// task is a kernels.Task that calls a function.
type task func(part int)

func (t task) Do(part int) { t(part) }
