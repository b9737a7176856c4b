package kernels

// SGDMomentum makes one step of stochastic gradient descent with momentum: vel = momentum*vel - lr*g (the product lr*g
// rounded, the rest fused), p = p + vel.
func SGDMomentum(p, vel, g []float32, lr, momentum float32) {
	same(len(p), len(vel), len(g))
	active.Load().vec.sgdMomentum(p, vel, g, lr, momentum)
}

// AdamParams are the numbers of one Adam step, bias corrections included.
type AdamParams struct {
	Step       float32 // lr / (1 - Beta1^t)
	Beta1      float32
	Beta2      float32
	Eps        float32
	RSqrtBias2 float32 // 1 / sqrt(1 - Beta2^t)
}

// Adam makes one step of Adam (Kingma and Ba 2015, in PyTorch's form):
//
//	m = Beta1*m + (1-Beta1)*g
//	v = Beta2*v + (1-Beta2)*(g*g)
//	p = p - (Step*m) / (sqrt(v)*RSqrtBias2 + Eps)
//
// The last addition of each line is fused with the product on its left, but for the subtraction of the quotient.
func Adam(p, m, v, g []float32, a *AdamParams) {
	same(len(p), len(m), len(v), len(g))
	active.Load().vec.adam(p, m, v, g, a)
}

// EMA moves an exponential moving average towards p: avg = decay*(avg-p) + p, the difference rounded, the rest fused.
func EMA(avg, p []float32, decay float32) {
	same(len(avg), len(p))
	active.Load().vec.ema(avg, p, decay)
}

func sgdMomentumGeneric(p, vel, g []float32, lr, momentum float32) {
	for i, gi := range g {
		v := fma32(momentum, vel[i], -float32(lr*gi))
		vel[i] = v
		p[i] += v
	}
}

func adamGeneric(p, m, v, g []float32, a *AdamParams) {
	c1, c2 := 1-a.Beta1, 1-a.Beta2
	for i, gi := range g {
		mi := fma32(a.Beta1, m[i], float32(c1*gi))
		vi := fma32(a.Beta2, v[i], float32(c2*float32(gi*gi)))
		m[i], v[i] = mi, vi
		p[i] -= float32(a.Step*mi) / fma32(sqrt32(vi), a.RSqrtBias2, a.Eps)
	}
}

func emaGeneric(avg, p []float32, decay float32) {
	for i, pi := range p {
		avg[i] = fma32(decay, avg[i]-pi, pi)
	}
}
