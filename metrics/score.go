package metrics

import "math"

// Score is the classifier score, in the form of the inception score (Salimans et al. 2016): the exponential of the mean
// divergence of what a classifier says of a sample, rows of probabilities, from what it says of all. It is 1 to D; it sees
// neither what is missing within a class nor copies.
func Score(probabilities *Matrix) (float64, error) {
	if err := comparable("classifier score", 1, probabilities); err != nil {
		return 0, err
	}
	all, kl := mean(probabilities), 0.0
	for i := range probabilities.N {
		for k, p := range probabilities.Row(i) {
			if p > 0 {
				kl += p * math.Log(p/all[k])
			}
		}
	}
	return math.Exp(kl / float64(probabilities.N)), nil
}
