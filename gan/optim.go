package gan

import (
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// hyperLen is the number of values that the optimizer's sink takes.
func (o *Optim) hyperLen() int {
	if o.Kind == "adam" {
		return 5
	}
	return 2
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
		lr *= 1 - float64(done*(1-o.FinalLR))
	}
	if o.Kind == "sgd" {
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

// emaDecay is the decay per step that gives the preset's half-life.
func (p *Preset) emaDecay() float32 {
	d := []float32{float32(-math.Ln2 * float64(p.Batch) / (1000 * float64(p.EMA)))}
	kernels.Exp(d, d)
	return d[0]
}
