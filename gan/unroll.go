package gan

import "github.com/gannet-ml/gannet/graph"

// unrolled returns the weights that D would have after k steps of gradient descent of the given rate on the samples at hand
// (Metz et al. 2017), as functions of G's output: what G then descends is differentiated through all of them. loss is D's
// loss with given weights.
func unrolled(b *graph.Builder, weights []graph.Value, k int, rate float32,
	loss func(weights []graph.Value) graph.Value) []graph.Value {
	for range k {
		grads := b.Grad(loss(weights), weights...)
		next := make([]graph.Value, len(weights))
		for i, w := range weights {
			next[i] = b.Sub(w, b.MulScalar(grads[i], rate))
		}
		weights = next
	}
	return weights
}
