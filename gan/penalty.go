package gan

import "github.com/gannet-ml/gannet/graph"

// judge is D without dropout: samples [n, size], and their classes where there are any, to logits [n, 1].
type judge func(x, class graph.Value) graph.Value

// slope is the gradient of D at each row of x.
func (d judge) slope(b *graph.Builder, x, class graph.Value) graph.Value {
	return b.Grad(b.Sum(d(x, class)), x)[0]
}

// zeroCentered is R1 on real and R2 on generated samples (Mescheder et al. 2018): gamma/2 times the mean squared norm of D's
// gradient.
func (d judge) zeroCentered(b *graph.Builder, x, class graph.Value, gamma float32) graph.Value {
	return b.MulScalar(b.Mean(b.Sum(b.Square(d.slope(b, x, class)), 1)), gamma/2)
}

// oneCentered is lambda times the mean of (norm of D's gradient - 1)^2.
func (d judge) oneCentered(b *graph.Builder, x, class graph.Value, lambda float32) graph.Value {
	const least = 1e-12 // under the root, whose slope at 0 is infinite
	norm := b.Sqrt(b.AddScalar(b.Sum(b.Square(d.slope(b, x, class)), 1), least))
	return b.MulScalar(b.Mean(b.Square(b.AddScalar(norm, -1))), lambda)
}

// between draws a point of the line from x to y for each row (Gulrajani et al. 2017).
func between(b *graph.Builder, x, y graph.Value, stream uint32) graph.Value {
	u := b.Uniform(stream, graph.Of(b.Shape(x).Dim(0), 1))
	return b.Add(x, b.Mul(b.Sub(y, x), u))
}

// around draws a point near each real sample: up to half the data's standard deviation away in every number (DRAGAN, Kodali
// et al. 2017).
func around(b *graph.Builder, x graph.Value, stream uint32) graph.Value {
	std := b.Sqrt(b.Mean(b.Square(b.Sub(x, b.Mean(x)))))
	far := b.Add(x, b.Mul(b.Uniform(stream, b.Shape(x)), b.MulScalar(std, 0.5)))
	return between(b, x, far, stream+1)
}

// consensus is gamma/2 times the squared norm of the players' gradients (Mescheder et al. 2017): both descend it, and so
// are drawn to where neither moves.
func consensus(b *graph.Builder, grads []graph.Value, gamma float32) graph.Value {
	return b.MulScalar(squaredNorm(b, grads), gamma/2)
}

// squaredNorm is the sum of the squares of all numbers.
func squaredNorm(b *graph.Builder, xs []graph.Value) graph.Value {
	total := b.Scalar(0)
	for _, x := range xs {
		total = b.Add(total, b.Sum(b.Square(x)))
	}
	return total
}
