//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

// vecAVX512 takes any length: the assembly masks the last elements.
var vecAVX512 = vecKernels{
	add: binaryMasked(asm.AddF32_AVX512), sub: binaryMasked(asm.SubF32_AVX512), mul: binaryMasked(asm.MulF32_AVX512),
	div: binaryMasked(asm.DivF32_AVX512), max: binaryMasked(asm.MaxF32_AVX512), min: binaryMasked(asm.MinF32_AVX512),
	addScalar: scalarMasked(asm.AddScalarF32_AVX512), mulScalar: scalarMasked(asm.MulScalarF32_AVX512),
	leakyReLU: scalarMasked(asm.LeakyReLUF32_AVX512), axpy: scalarMasked(asm.AxpyF32_AVX512),
	ema: scalarMasked(asm.EMAF32_AVX512), rmsProp: rmsPropGeneric, clip: clipGeneric,
	exp: unaryMasked(asm.ExpF32_AVX512), log: unaryMasked(asm.LogF32_AVX512), tanh: unaryMasked(asm.TanhF32_AVX512),
	sigmoid: unaryMasked(asm.SigmoidF32_AVX512), softplus: unaryMasked(asm.SoftplusF32_AVX512),
	sqrt: unaryMasked(asm.SqrtF32_AVX512), relu: unaryMasked(asm.ReLUF32_AVX512), neg: unaryMasked(asm.NegF32_AVX512),
	abs: unaryMasked(asm.AbsF32_AVX512), sign: unaryMasked(asm.SignF32_AVX512), choose: chooseAVX512,
	leakyMask: leakyMaskAVX512, sum: sumAVX2, sumRows: sumRowsAVX512, pickMax: pickMaxAVX512, putMax: putMaxAVX512,
	sgdMomentum: sgdMomentumAVX512, adam: adamAVX512, fromU8: fromU8AVX512, fromI16: fromI16AVX512, toU8: toU8AVX512,
	exponent: exponentAVX512, quotient: scalarMasked(asm.QuotientF32_AVX512), rstd: rstdAVX512,
}

func unaryMasked(f func(dst, x *float32, n int)) func(dst, x []float32) {
	return func(dst, x []float32) {
		for len(x) > 0 {
			stopPoint()
			n := min(len(x), chunk)
			f(&dst[0], &x[0], n)
			dst, x = dst[n:], x[n:]
		}
	}
}

func scalarMasked(f func(dst, x *float32, n int, s float32)) func(dst, x []float32, s float32) {
	return func(dst, x []float32, s float32) {
		for len(x) > 0 {
			stopPoint()
			n := min(len(x), chunk)
			f(&dst[0], &x[0], n, s)
			dst, x = dst[n:], x[n:]
		}
	}
}

func binaryMasked(f func(dst, a, b *float32, n int)) func(dst, a, b []float32) {
	return func(dst, a, b []float32) {
		for len(a) > 0 {
			stopPoint()
			n := min(len(a), chunk)
			f(&dst[0], &a[0], &b[0], n)
			dst, a, b = dst[n:], a[n:], b[n:]
		}
	}
}

func leakyMaskAVX512(dst, g, y []float32, slope float32) {
	for len(g) > 0 {
		stopPoint()
		n := min(len(g), chunk)
		asm.LeakyMaskF32_AVX512(&dst[0], &g[0], &y[0], n, slope)
		dst, g, y = dst[n:], g[n:], y[n:]
	}
}

func chooseAVX512(dst, c, a, b []float32) {
	for len(c) > 0 {
		stopPoint()
		n := min(len(c), chunk)
		asm.SelectF32_AVX512(&dst[0], &c[0], &a[0], &b[0], n)
		dst, c, a, b = dst[n:], c[n:], a[n:], b[n:]
	}
}

func sumRowsAVX512(dst, x []float32, rows, cols int) {
	clear(dst)
	sumRowsStrips(dst, x, rows, cols, true)
}

func pickMaxAVX512(dst, v, x []float32, pieces, inner int) {
	step := max(16, chunk/max(1, pieces)&^15)
	for i := 0; i < inner && pieces > 0; i += step {
		stopPoint()
		asm.PickMaxF32_AVX512(&dst[i], &v[i], &x[i], min(step, inner-i), pieces, inner)
	}
}

func putMaxAVX512(dst, g, x []float32, pieces, inner int) {
	step := max(16, chunk/max(1, pieces)&^15)
	for i := 0; i < inner && pieces > 0; i += step {
		stopPoint()
		asm.PutMaxF32_AVX512(&dst[i], &g[i], &x[i], min(step, inner-i), pieces, inner)
	}
}

func sgdMomentumAVX512(p, vel, g []float32, lr, momentum float32) {
	for len(p) > 0 {
		stopPoint()
		n := min(len(p), chunk)
		asm.SGDMomentumF32_AVX512(&p[0], &vel[0], &g[0], n, lr, momentum)
		p, vel, g = p[n:], vel[n:], g[n:]
	}
}

func adamAVX512(p, m, v, g []float32, a *AdamParams) {
	for len(p) > 0 {
		stopPoint()
		n := min(len(p), chunk)
		asm.AdamF32_AVX512(&p[0], &m[0], &v[0], &g[0], n, a.Step, a.Beta1, 1-a.Beta1, a.Beta2, 1-a.Beta2, a.Eps, a.RSqrtBias2)
		p, m, v, g = p[n:], m[n:], v[n:], g[n:]
	}
}

func fromU8AVX512(dst []float32, src []uint8, scale float32) {
	for len(src) > 0 {
		stopPoint()
		n := min(len(src), chunk)
		asm.FromU8F32_AVX512(&dst[0], &src[0], n, scale)
		dst, src = dst[n:], src[n:]
	}
}

func fromI16AVX512(dst []float32, src []int16, scale float32) {
	for len(src) > 0 {
		stopPoint()
		n := min(len(src), chunk)
		asm.FromI16F32_AVX512(&dst[0], &src[0], n, scale)
		dst, src = dst[n:], src[n:]
	}
}

func toU8AVX512(dst []uint8, src []float32, scale, offset float32) {
	for len(src) > 0 {
		stopPoint()
		n := min(len(src), chunk)
		asm.ToU8F32_AVX512(&dst[0], &src[0], n, scale, offset)
		dst, src = dst[n:], src[n:]
	}
}

func exponentAVX512(x []float32) (e uint32) {
	for len(x) > 0 {
		stopPoint()
		n := min(len(x), chunk)
		e = max(e, asm.ExponentF32_AVX512(&x[0], n))
		x = x[n:]
	}
	return e
}

func rstdAVX512(dst, x []float32, count, eps float32) {
	for len(x) > 0 {
		stopPoint()
		n := min(len(x), chunk)
		asm.RstdF32_AVX512(&dst[0], &x[0], n, count, eps)
		dst, x = dst[n:], x[n:]
	}
}
