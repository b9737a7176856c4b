package gan

import (
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// hyperLen is the number of values that the optimizer's sink takes.
func (o *Optim) hyperLen() int {
	return map[string]int{"sgd": 2, "rmsprop": 3, "adam": 5, "adamw": 6}[o.Kind]
}

// hyper fills in the numbers of the optimizer's update n, counted from 0, in step of total of the run. They are computed
// with operations that are the same everywhere.
func (o *Optim) hyper(h []float32, n, step, total uint64) {
	lr := o.LR
	if o.Decay > 0 {
		lr = math.Max(lr/power(o.Decay, n), o.MinLR)
	}
	if last := uint64(float64(o.FinalShare * float64(total))); last > 0 && step >= total-last {
		done := float64(step-(total-last)) / float64(last)
		if o.Final == "cosine" {
			done = float64(0.5 * (1 - cosine(done)))
		}
		lr *= 1 - float64(done*(1-o.FinalLR))
	}
	if n < o.Warmup {
		lr *= float64(n+1) / float64(o.Warmup)
	}
	switch o.Kind {
	case "rmsprop":
		h[0], h[1], h[2] = float32(lr), float32(o.Alpha), float32(o.Eps)
		return
	case "adamw":
		h[5] = float32(1 - float64(lr*o.WeightDecay))
	case "sgd":
		mom := o.Momentum
		if o.MomSteps > 0 {
			share := math.Min(1, float64(n)/float64(o.MomSteps))
			mom += float64(share * (o.EndMom - o.Momentum))
		}
		h[0], h[1] = float32(lr), float32(mom)
		return
	}
	h[0] = float32(lr / (1 - power(o.Beta1, n+1)))
	h[1], h[2], h[3] = float32(o.Beta1), float32(o.Beta2), float32(o.Eps)
	h[4] = float32(1 / math.Sqrt(1-power(o.Beta2, n+1)))
}

// cosine is cos(pi*x) for x in [0, 1], by its series around 1/2: unlike math.Cos the same on every machine.
func cosine(x float64) float64 {
	t := float64(math.Pi * (0.5 - x)) // the sine of it
	sum, term := t, t
	for k := 2.0; k < 24; k += 2 {
		term = -float64(float64(term*float64(t*t)) / float64(k*(k+1)))
		sum += term
	}
	return sum
}

// power is x^n by repeated squaring: unlike math.Pow the same on every machine.
func power(x float64, n uint64) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			y = float64(y * x)
		}
		x = float64(x * x)
	}
	return y
}

// geometric is end^x, by operations that are the same on every machine.
func geometric(end float32, x float64) float32 {
	v := []float32{end}
	kernels.Log(v, v)
	v[0] = float32(float64(v[0]) * x)
	kernels.Exp(v, v)
	return v[0]
}

// shown is the number of real samples that an update looks at.
func (p *Preset) shown() uint64 { return uint64(p.Batch * max(1, p.Accumulate)) }

// emaDecay is the decay of the average of G in a step, counted from 0, that gives the preset's half-life.
func (p *Preset) emaDecay(step uint64) float32 {
	images := float64(1000 * float64(p.EMA))
	if p.EMARampup > 0 {
		images = min(images, float64(float64(p.EMARampup)*float64(step+1)*float64(p.shown())))
	}
	d := []float32{float32(-math.Ln2 * float64(p.shown()) / images)}
	kernels.Exp(d, d)
	return d[0]
}
