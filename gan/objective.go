package gan

import (
	"maps"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/graph"
)

// objective is what the players of a game descend.
type objective struct {
	// losses are those of D and of G, from the logits [n, 1] of real and of generated samples.
	losses func(b *graph.Builder, p *Preset, real, fake graph.Value) (lossD, lossG graph.Value)
	guess  float64 // loss of a D that cannot tell
	scores bool    // D's outputs are scores of no scale, not log odds
}

var objectives = map[string]objective{
	"minimax":        {minimax, 2 * math.Ln2, false},
	"non-saturating": {nonSaturating, 2 * math.Ln2, false},
	"least-squares":  {leastSquares, 0.25, true},
	"wasserstein":    {wasserstein, 0, true},
	"hinge":          {hinge, 2, true},
	"relativistic":   {relativistic, math.Ln2, false},
}

// objectiveNames lists them.
func objectiveNames() []string { return slices.Sorted(maps.Keys(objectives)) }

// crossEntropies is D's loss of Goodfellow et al. 2014: -log D(x) = softplus(-logit), -log(1-D(x)) = softplus(logit). With
// one-sided label smoothing (Salimans et al. 2016) the target of real samples is 1-s: s*logit more.
func crossEntropies(b *graph.Builder, p *Preset, real, fake graph.Value) graph.Value {
	onReal := b.Mean(b.Softplus(b.Neg(real)))
	if p.LabelSmoothing > 0 {
		onReal = b.Add(onReal, b.MulScalar(b.Mean(real), p.LabelSmoothing))
	}
	loss := b.Add(onReal, b.Mean(b.Softplus(fake)))
	if p.HalfLossD {
		loss = b.MulScalar(loss, 0.5)
	}
	return loss
}

// minimax is the zero-sum game: G descends log(1-D(G(z))), whose gradient vanishes where D is sure.
func minimax(b *graph.Builder, p *Preset, real, fake graph.Value) (lossD, lossG graph.Value) {
	return crossEntropies(b, p, real, fake), b.Neg(b.Mean(b.Softplus(fake)))
}

// nonSaturating lets G descend -log D(G(z)) instead.
func nonSaturating(b *graph.Builder, p *Preset, real, fake graph.Value) (lossD, lossG graph.Value) {
	return crossEntropies(b, p, real, fake), b.Mean(b.Softplus(b.Neg(fake)))
}

// leastSquares is that of Mao et al. 2017, with the targets 0, 1 and 1; the smoothed target of real samples is 1-s.
func leastSquares(b *graph.Builder, p *Preset, real, fake graph.Value) (lossD, lossG graph.Value) {
	half := func(x graph.Value, target float32) graph.Value {
		return b.MulScalar(b.Mean(b.Square(b.AddScalar(x, -target))), 0.5)
	}
	return b.Add(half(real, 1-p.LabelSmoothing), half(fake, 0)), half(fake, 1)
}

// wasserstein is that of Arjovsky et al. 2017: D estimates a distance, if something bounds its slope.
func wasserstein(b *graph.Builder, _ *Preset, real, fake graph.Value) (lossD, lossG graph.Value) {
	onFake := b.Mean(fake)
	return b.Sub(onFake, b.Mean(real)), b.Neg(onFake)
}

// hinge is that of Lim and Ye 2017: D stops caring about samples beyond the margin.
func hinge(b *graph.Builder, _ *Preset, real, fake graph.Value) (lossD, lossG graph.Value) {
	beyond := func(x graph.Value) graph.Value { return b.Mean(b.ReLU(b.AddScalar(x, 1))) }
	return b.Add(beyond(b.Neg(real)), beyond(fake)), b.Neg(b.Mean(fake))
}

// relativistic is that of Jolicoeur-Martineau 2018 in the pairing form of R3GAN: D says which of two is real.
func relativistic(b *graph.Builder, _ *Preset, real, fake graph.Value) (lossD, lossG graph.Value) {
	diff := b.Sub(real, fake)
	return b.Mean(b.Softplus(b.Neg(diff))), b.Mean(b.Softplus(diff))
}

// featureMatching is the squared distance of the mean features of real and generated samples, [n, f] (Salimans et al. 2016).
func featureMatching(b *graph.Builder, real, fake graph.Value) graph.Value {
	return b.Sum(b.Square(b.Sub(b.Mean(real, 0), b.Mean(fake, 0))))
}
