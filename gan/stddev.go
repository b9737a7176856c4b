package gan

import "github.com/gannet-ml/gannet/graph"

// minibatchStd shows D how much the samples of a group differ (Karras et al. 2018): for x [n, f] the standard deviation of
// each feature over a group, averaged over the features, [n, 1]. A group takes every (n/size)-th row.
func minibatchStd(b *graph.Builder, x graph.Value, size int) graph.Value {
	n, f := b.Shape(x).Dim(0), b.Shape(x).Dim(1)
	x = b.Reshape(x, graph.Of(size, n/size, f))
	variance := b.Mean(b.Square(b.Sub(x, b.Reshape(b.Mean(x, 0), graph.Of(1, n/size, f)))), 0)
	std := b.Mean(b.Sqrt(b.AddScalar(variance, 1e-8)), 1)
	return b.Reshape(b.BroadcastTo(std, graph.Of(size, n/size)), graph.Of(n, 1))
}

// pack joins m samples to one that D judges as a whole (PacGAN, Lin et al. 2018): x [n, size] of the given shape to
// [n/m, m*size], the samples side by side in the channels.
func pack(b *graph.Builder, x graph.Value, m int, shape [3]int) graph.Value {
	if m <= 1 {
		return x
	}
	n, c := b.Shape(x).Dim(0), shape[2]
	places := shape[0] * shape[1]
	x = b.Reshape(x, graph.Of(n/m, m, places, c))
	if places > 1 {
		x = b.Permute(x, 0, 2, 1, 3)
	}
	return b.Reshape(x, graph.Of(n/m, places*m*c))
}
