package metrics

import "github.com/gannet-ml/gannet/kernels"

// TwoSampleResult says how well the nearest neighbour tells samples from real data.
type TwoSampleResult struct {
	Accuracy float64 `json:"accuracy"` // 0.5 where samples are real; towards 0 where they are copies of the real rows, towards 1 where they differ
	Samples  float64 `json:"samples"`  // among samples: the share whose nearest is a sample
	Real     float64 `json:"real"`     // among real rows: the share whose nearest is real
}

// TwoSample is the accuracy, leaving one out, of the classifier that asks the nearest other row of both sets which it
// belongs to (Lopez-Paz and Oquab 2017; Xu et al. 2018). Give it as many samples as real rows.
func TwoSample(samples, real *Matrix, pool *kernels.Pool) (TwoSampleResult, error) {
	if err := comparable("two-sample test", 1, samples, real); err != nil {
		return TwoSampleResult{}, err
	}
	all := &Matrix{samples.N + real.N, samples.D, append(append([]float64{}, samples.X...), real.X...)}
	own := make([]bool, all.N)
	sweep(all, all, pool, func(s *distances, i int, d []float64, slack float64) {
		_, at := s.nearest(i, d, slack, 1, i)
		own[i] = (at < samples.N) == (i < samples.N)
	})
	n := samples.N
	return TwoSampleResult{share(all.N, func(i int) bool { return own[i] }), share(n, func(i int) bool { return own[i] }),
		share(real.N, func(i int) bool { return own[n+i] })}, nil
}
