package kernels

// vecKernels are a tier's kernels on plain slices. The functions check nothing: the exported wrappers do. A tier that
// has no kernel of its own for an entry holds the reference there.
type vecKernels struct {
	add, sub, mul, div, max, min      func(dst, a, b []float32)
	addScalar, mulScalar              func(dst, x []float32, s float32)
	exp, log, tanh, sigmoid, softplus func(dst, x []float32)
	sqrt, relu, neg, abs, sign        func(dst, x []float32)
	choose                            func(dst, c, a, b []float32)
	quotient                          func(dst, x []float32, s float32)      // x / s
	rstd                              func(dst, x []float32, n, eps float32) // 1 / sqrt(x/n + eps)
	leakyReLU                         func(dst, x []float32, slope float32)
	leakyMask                         func(dst, g, y []float32, slope float32)
	axpy                              func(y, x []float32, a float32)
	sum                               func(x []float32) float32
	sumRows                           func(dst, x []float32, rows, cols int)
	pickMax                           func(dst, v, x []float32, pieces, inner int) // one outer index
	putMax                            func(dst, g, x []float32, pieces, inner int) // one outer index
	sgdMomentum                       func(p, vel, g []float32, lr, momentum float32)
	adam                              func(p, m, v, g []float32, a *AdamParams)
	rmsProp                           func(p, v, g []float32, lr, alpha, eps float32)
	clip                              func(p []float32, bound float32)
	ema                               func(avg, p []float32, decay float32)
	fromU8                            func(dst []float32, src []uint8, scale float32)
	fromI16                           func(dst []float32, src []int16, scale float32)
	toU8                              func(dst []uint8, src []float32, scale, offset float32)
	exponent                          func(x []float32) uint32
}

var vecGeneric = vecKernels{
	add: addGeneric, sub: subGeneric, mul: mulGeneric, div: divGeneric, max: maxGeneric, min: minGeneric,
	addScalar: addScalarGeneric, mulScalar: mulScalarGeneric,
	exp: unary(exp32), log: unary(log32), tanh: unary(tanh32), sigmoid: unary(sigmoid32), softplus: unary(softplus32),
	sqrt: unary(sqrt32), relu: reluGeneric, neg: negGeneric, abs: absGeneric, sign: signGeneric, choose: chooseGeneric,
	leakyReLU: leakyReLUGeneric, leakyMask: leakyMaskGeneric,
	axpy: axpyGeneric, sum: sumGeneric, sumRows: sumRowsGeneric, pickMax: pickMaxGeneric, putMax: putMaxGeneric,
	sgdMomentum: sgdMomentumGeneric, adam: adamGeneric, rmsProp: rmsPropGeneric, clip: clipGeneric, ema: emaGeneric, fromU8: fromU8Generic,
	fromI16: fromI16Generic, toU8: toU8Generic, exponent: exponentGeneric, quotient: quotientGeneric,
	rstd: rstdGeneric,
}

func unary(f func(float32) float32) func(dst, x []float32) {
	return func(dst, x []float32) {
		for i, v := range x {
			dst[i] = f(v)
		}
	}
}

// same panics unless the slices are equally long.
func same(n int, lengths ...int) {
	for _, l := range lengths {
		if l != n {
			panic("kernels: slices of different lengths")
		}
	}
}
