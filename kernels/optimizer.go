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

// adamWBlock is what AdamW decays at a time: parameters that stay in the L1 cache for the step that follows.
const adamWBlock = 4096

// AdamW makes one step of Adam with decoupled weight decay (Loshchilov and Hutter 2019): p = decay*p, rounded, and then
// that of Adam. decay is 1 - lr*weightDecay.
func AdamW(p, m, v, g []float32, a *AdamParams, decay float32) {
	same(len(p), len(m), len(v), len(g))
	k := &active.Load().vec
	for lo := 0; lo < len(p); lo += adamWBlock {
		hi := min(lo+adamWBlock, len(p))
		k.mulScalar(p[lo:hi], p[lo:hi], decay)
		k.adam(p[lo:hi], m[lo:hi], v[lo:hi], g[lo:hi], a)
	}
}

// RMSProp makes one step of RMSProp (Tieleman and Hinton 2012, in PyTorch's form):
//
//	v = alpha*v + (1-alpha)*(g*g)
//	p = p - (lr*g) / (sqrt(v) + eps)
//
// The addition of the first line is fused with the product on its left.
func RMSProp(p, v, g []float32, lr, alpha, eps float32) {
	same(len(p), len(v), len(g))
	active.Load().vec.rmsProp(p, v, g, lr, alpha, eps)
}

// Clip moves what lies outside [-bound, bound] to the nearer end: p > bound ? bound : p < -bound ? -bound : p.
func Clip(p []float32, bound float32) { active.Load().vec.clip(p, bound) }

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

func rmsPropGeneric(p, v, g []float32, lr, alpha, eps float32) {
	c := 1 - alpha
	for i, gi := range g {
		vi := fma32(alpha, v[i], float32(c*float32(gi*gi)))
		v[i] = vi
		p[i] -= float32(lr*gi) / (sqrt32(vi) + eps)
	}
}

func clipGeneric(p []float32, bound float32) {
	for i, pi := range p {
		if pi > bound {
			p[i] = bound
		} else if pi < -bound {
			p[i] = -bound
		}
	}
}

func emaGeneric(avg, p []float32, decay float32) {
	for i, pi := range p {
		avg[i] = fma32(decay, avg[i]-pi, pi)
	}
}
