package metrics

import "github.com/gannet-ml/gannet/kernels"

// PrecisionNeighbours is the k of the paper.
const PrecisionNeighbours = 3

// PrecisionResult says how far two sets overlap.
type PrecisionResult struct {
	Precision float64 `json:"precision"` // the share of samples that lie where real ones do
	Recall    float64 `json:"recall"`    // the share of real ones that lie where samples do
}

// PrecisionRecall is that of Kynkäänniemi et al. 2019: a set lies in the balls about its rows that reach to their k-th
// nearest other row.
func PrecisionRecall(samples, real *Matrix, k int, pool *kernels.Pool) (PrecisionResult, error) {
	if err := comparable("precision and recall", k+1, samples, real); err != nil {
		return PrecisionResult{}, err
	}
	within := func(a, b *Matrix) float64 {
		in := balls(a, b, radii(b, k, pool), pool)
		return share(a.N, func(i int) bool { return in[i] > 0 })
	}
	return PrecisionResult{within(samples, real), within(real, samples)}, nil
}

// DensityNeighbours is the k of the paper.
const DensityNeighbours = 5

// DensityResult says how dense samples lie about real ones, and how many of these they reach.
type DensityResult struct {
	Density  float64 `json:"density"`  // of balls about real rows that a sample lies in, over k; 1 where samples are real
	Coverage float64 `json:"coverage"` // the share of real rows that have a sample in their ball
}

// DensityCoverage is that of Naeem et al. 2020: unlike precision and recall it has no balls about samples, which one
// outlier makes wide.
func DensityCoverage(samples, real *Matrix, k int, pool *kernels.Pool) (DensityResult, error) {
	if err := comparable("density and coverage", k+1, samples, real); err != nil {
		return DensityResult{}, err
	}
	radius := radii(real, k, pool)
	sum, reached := 0, make([]bool, real.N)
	for _, in := range balls(samples, real, radius, pool) {
		sum += in
	}
	sweep(real, samples, pool, func(s *distances, i int, d []float64, slack float64) {
		e, _ := s.nearest(i, d, slack, 1, -1)
		reached[i] = e <= float64(radius[i]*s.scale)
	})
	return DensityResult{float64(sum) / float64(k*samples.N), share(real.N, func(i int) bool { return reached[i] })}, nil
}
