package gan

import (
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Augment changes pictures at random, real and generated ones alike, before D sees them, and G learns through it (Zhao et al.
// 2020). With a Target the probability adapts to how much D overfits (Karras et al. 2020).
type Augment struct {
	// Policy lists the changes: "colour" (brightness, saturation and contrast), "flip" (left to right, half the time),
	// "translate" (by up to an eighth of the picture), "cutout" (a square of half its side).
	Policy []string `json:"policy,omitempty"`
	P      float32  `json:"p,omitempty"`      // probability of each change of a picture; with a Target, at the start
	Target float64  `json:"target,omitempty"` // of the mean sign of D on real pictures, of pairs in the relativistic game, such as 0.6; 0: P stays
	Kimg   float64  `json:"kimg,omitempty"`   // thousands of pictures in which P can go from 0 to 1
}

// viewStreams is the number of random streams between two uses of view.
const viewStreams = 32

// view is what D sees of samples [batch, size]: augmented, noisy, and packed.
func (g *game) view(b *graph.Builder, x graph.Value, real bool, stream uint32) graph.Value {
	p := g.preset
	if p.Mirror && real {
		x = g.moved(b, x, nil, b.Uniform(stream, graph.Of(p.Batch, 1)))
	}
	if len(p.Augment.Policy) > 0 {
		x = g.augmented(b, x, stream)
	}
	if p.InstanceNoise > 0 {
		n := b.FromI16(b.Latent(kernels.LatentNormal, stream+1, b.Shape(x)), kernels.LatentScale)
		x = b.Add(x, b.Mul(n, b.Input("noise", graph.F32, graph.Of(1))))
	}
	shape := g.shape
	if g.table != nil {
		shape[2] += g.table.Condition()
	}
	return pack(b, x, p.Pack, shape)
}

// augmentP names the variable that holds the adaptive probability.
const augmentP = "augment.p"

// augmented applies the policy. Its ranges are those of DiffAugment.
func (g *game) augmented(b *graph.Builder, x graph.Value, stream uint32) graph.Value {
	p, n := g.preset, g.preset.Batch
	h, w, c := g.shape[0], g.shape[1], g.shape[2]
	chance := b.Fill(p.Augment.P, graph.Of(1))
	if p.Augment.Target > 0 {
		if g.st.Get(augmentP) == nil {
			g.st.Alloc(augmentP, graph.F32, graph.Of(1)).F32()[0] = p.Augment.P
		}
		chance = b.Var(augmentP, graph.F32, graph.Of(1))
	}
	stream += 2
	draw := func() graph.Value { stream++; return b.Uniform(stream, graph.Of(n, 1)) }
	one, zero := b.Fill(1, graph.Of(n, 1)), b.Fill(0, graph.Of(n, 1))
	// gate is 1 for the pictures that a change is to meet.
	gate := func() graph.Value { return b.Select(b.Sub(chance, draw()), one, zero) }
	// within is uniform in (lo, hi) where the gate is open and rest where it is not.
	within := func(gate graph.Value, lo, hi, rest float32) graph.Value {
		u := b.AddScalar(b.MulScalar(draw(), hi-lo), lo-rest)
		return b.AddScalar(b.Mul(u, gate), rest)
	}
	// stretch moves x away from a mean by a factor, or towards it.
	stretch := func(x, mean, factor graph.Value) graph.Value { return b.Add(b.Mul(b.Sub(x, mean), factor), mean) }
	var flip graph.Value
	var shift []graph.Value
	for _, change := range p.Augment.Policy {
		switch change {
		case "colour":
			reach := float32(0.25) // of a range of 1
			if p.G.Out == "tanh" {
				reach = 0.5
			}
			x = b.Add(x, within(gate(), -reach, reach, 0))
			if c > 1 {
				y := b.Reshape(x, graph.Of(n, h*w, c))
				grey := b.Reshape(b.Mean(y, 2), graph.Of(n, h*w, 1))
				x = b.Reshape(stretch(y, grey, b.Reshape(within(gate(), 0, 2, 1), graph.Of(n, 1, 1))), b.Shape(x))
			}
			x = stretch(x, b.Reshape(b.Mean(x, 1), graph.Of(n, 1)), within(gate(), 0.5, 1.5, 1))
		case "flip":
			flip = b.Mul(gate(), draw())
		case "translate":
			both := gate()
			for _, side := range []int{h, w} {
				most := float32(side) / 8
				shift = append(shift, within(both, -most, most, 0))
			}
		}
	}
	if flip != 0 || shift != nil {
		x = g.moved(b, x, shift, flip)
	}
	for _, change := range p.Augment.Policy {
		if change == "cutout" {
			top, left := (h-(h+1)/2)/2, (w-(w+1)/2)/2
			hole := b.Fill(1, graph.Of(n, (h+1)/2, (w+1)/2, 1))
			hole = b.Pad(b.Pad(hole, 1, top, h-(h+1)/2-top), 2, left, w-(w+1)/2-left)
			open := gate()
			at := []graph.Value{within(one, -float32(h)/2, float32(h)/2, 0), within(one, -float32(w)/2, float32(w)/2, 0)}
			hole = b.Move(hole, b.Concat(1, at[0], at[1], zero))
			hole = b.Mul(hole, b.Reshape(open, graph.Of(n, 1, 1, 1)))
			rest := b.AddScalar(b.Neg(hole), 1)
			x = b.Reshape(b.Mul(b.Reshape(x, graph.Of(n, h, w, c)), rest), b.Shape(x))
		}
	}
	return x
}

// moved shifts pictures down and to the right by the numbers of shift, if there are any, and mirrors those whose number of
// flip, if there is one, is above 1/2.
func (g *game) moved(b *graph.Builder, x graph.Value, shift []graph.Value, flip graph.Value) graph.Value {
	n := b.Shape(x).Dim(0)
	none := b.Fill(0, graph.Of(n, 1))
	if shift == nil {
		shift = []graph.Value{none, none}
	}
	if flip == 0 {
		flip = none
	}
	y := b.Reshape(x, graph.Of(n, g.shape[0], g.shape[1], g.shape[2]))
	return b.Reshape(b.Move(y, b.Concat(1, shift[0], shift[1], flip)), b.Shape(x))
}

// adapt moves the probability of augmentation one step: up where D is surer of real pictures than the target says, else
// down.
func (g *game) adapt() {
	p := g.st.Get(augmentP).F32()
	a := &g.preset.Augment
	step := float32(float64(g.preset.shown()) / (1000 * a.Kimg))
	if float64(g.metrics[metricSign]) > a.Target {
		p[0] = min(1, p[0]+step)
	} else {
		p[0] = max(0, p[0]-step)
	}
}

// noise is the standard deviation of the instance noise in update n of D: it falls linearly to none.
func (p *Preset) noise(n uint64) float32 {
	if p.NoiseSteps == 0 {
		return p.InstanceNoise
	}
	return p.InstanceNoise * float32(max(0, 1-float64(n)/float64(p.NoiseSteps)))
}
