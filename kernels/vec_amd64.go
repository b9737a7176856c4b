//go:build !purego

package kernels

import (
	"github.com/gannet-ml/gannet/asm"
	"github.com/viterin/vek/vek32"
)

// vecAVX2 does whole vectors in assembly and the last few elements through a padded copy or the reference. Addition,
// subtraction and multiplication of two slices come from vek, whose results are exactly rounded. (Its division is not: it
// multiplies by a refined reciprocal.)
var vecAVX2 = vecKernels{
	add: vekBinary(vek32.Add_Into, binaryBlocks(asm.AddF32_AVX2)),
	sub: vekBinary(vek32.Sub_Into, binaryBlocks(asm.SubF32_AVX2)),
	mul: vekBinary(vek32.Mul_Into, binaryBlocks(asm.MulF32_AVX2)),
	div: binaryBlocks(asm.DivF32_AVX2),
	max: binaryBlocks(asm.MaxF32_AVX2), min: binaryBlocks(asm.MinF32_AVX2),
	addScalar: scalarBlocks(asm.AddScalarF32_AVX2), mulScalar: scalarBlocks(asm.MulScalarF32_AVX2),
	leakyReLU: scalarBlocks(asm.LeakyReLUF32_AVX2),
	exp:       unaryBlocks16(asm.ExpF32_AVX2), log: unaryBlocks16(asm.LogF32_AVX2), tanh: unaryBlocks16(asm.TanhF32_AVX2),
	sigmoid: unaryBlocks16(asm.SigmoidF32_AVX2), softplus: unaryBlocks16(asm.SoftplusF32_AVX2),
	sqrt: unaryBlocks(asm.SqrtF32_AVX2), relu: unaryBlocks(asm.ReLUF32_AVX2),
	leakyMask: leakyMaskAVX2, axpy: axpyAVX2, sum: sumAVX2, sumRows: sumRowsAVX2, pickMax: pickMaxAVX2, putMax: putMaxAVX2,
	sgdMomentum: sgdMomentumAVX2, adam: adamAVX2, ema: emaAVX2, fromU8: fromU8AVX2, toU8: toU8Generic,
}

// vecAVX512 takes any length: the assembly masks the last elements.
var vecAVX512 = func() vecKernels {
	v := vecAVX2
	v.exp, v.log, v.tanh = unaryMasked(asm.ExpF32_AVX512), unaryMasked(asm.LogF32_AVX512), unaryMasked(asm.TanhF32_AVX512)
	v.sigmoid, v.softplus = unaryMasked(asm.SigmoidF32_AVX512), unaryMasked(asm.SoftplusF32_AVX512)
	return v
}()

// unaryBlocks16 is unaryBlocks for multiples of 16.
func unaryBlocks16(f func(dst, x *float32, n int)) func(dst, x []float32) {
	return func(dst, x []float32) {
		for len(x) >= 16 {
			n := min(len(x), chunk) &^ 15
			f(&dst[0], &x[0], n)
			dst, x = dst[n:], x[n:]
		}
		if len(x) > 0 {
			var t [16]float32
			copy(t[:], x)
			f(&t[0], &t[0], 16)
			copy(dst, t[:])
		}
	}
}

// unaryMasked makes a kernel for any length from one for positive n.
func unaryMasked(f func(dst, x *float32, n int)) func(dst, x []float32) {
	return func(dst, x []float32) {
		for len(x) > 0 {
			n := min(len(x), chunk)
			f(&dst[0], &x[0], n)
			dst, x = dst[n:], x[n:]
		}
	}
}

// chunk bounds one call into assembly, which cannot be preempted, to well under 100 microseconds.
const chunk = 1 << 14

// vekBinary uses vek where it can be: it refuses slices that overlap, so in place our own kernel works.
func vekBinary(f func(dst, a, b []float32) []float32, inPlace func(dst, a, b []float32)) func(dst, a, b []float32) {
	return func(dst, a, b []float32) {
		if len(dst) == 0 || &dst[0] == &a[0] || &dst[0] == &b[0] {
			inPlace(dst, a, b)
			return
		}
		for len(dst) > 0 {
			stopPoint()
			n := min(len(dst), chunk)
			f(dst[:n], a[:n], b[:n])
			dst, a, b = dst[n:], a[n:], b[n:]
		}
	}
}

func leakyMaskAVX2(dst, g, y []float32, slope float32) {
	for len(g) >= 8 {
		stopPoint()
		n := min(len(g), chunk) &^ 7
		asm.LeakyMaskF32_AVX2(&dst[0], &g[0], &y[0], n, slope)
		dst, g, y = dst[n:], g[n:], y[n:]
	}
	leakyMaskGeneric(dst, g, y, slope)
}

func axpyAVX2(y, x []float32, a float32) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.AxpyF32_AVX2(&y[0], &x[0], n, a)
		y, x = y[n:], x[n:]
	}
	axpyGeneric(y, x, a)
}

func sumAVX2(x []float32) float32 {
	var s [16]float32
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.SumF32_AVX2(&s[0], &x[0], n)
		x = x[n:]
	}
	return sumLanes(&s, x)
}

func sumRowsAVX2(dst, x []float32, rows, cols int) {
	clear(dst)
	whole := cols &^ 31
	for r0 := 0; r0 < rows; r0 += RowBlock {
		n := min(RowBlock, rows-r0)
		for c := 0; c < whole; c += 32 {
			stopPoint()
			asm.SumRowsF32_32_AVX2(&dst[c], &x[r0*cols+c], n, cols)
		}
		sumRowsBlock(dst, x, r0, r0+n, cols, whole)
	}
}

func pickMaxAVX2(dst, v, x []float32, pieces, inner int) {
	i := 0
	if step := max(8, chunk/max(1, pieces)&^7); pieces > 0 {
		for whole := inner &^ 7; i < whole; i += step {
			stopPoint()
			asm.PickMaxF32_AVX2(&dst[i], &v[i], &x[i], min(step, whole-i), pieces, inner)
		}
		i = inner &^ 7
	}
	pickMaxFrom(dst, v, x, pieces, inner, i)
}

func putMaxAVX2(dst, g, x []float32, pieces, inner int) {
	i := 0
	if step := max(8, chunk/max(1, pieces)&^7); pieces > 0 {
		for whole := inner &^ 7; i < whole; i += step {
			stopPoint()
			asm.PutMaxF32_AVX2(&dst[i], &g[i], &x[i], min(step, whole-i), pieces, inner)
		}
		i = inner &^ 7
	}
	putMaxFrom(dst, g, x, pieces, inner, i)
}

func sgdMomentumAVX2(p, vel, g []float32, lr, momentum float32) {
	for len(p) >= 8 {
		stopPoint()
		n := min(len(p), chunk) &^ 7
		asm.SGDMomentumF32_AVX2(&p[0], &vel[0], &g[0], n, lr, momentum)
		p, vel, g = p[n:], vel[n:], g[n:]
	}
	sgdMomentumGeneric(p, vel, g, lr, momentum)
}

func adamAVX2(p, m, v, g []float32, a *AdamParams) {
	for len(p) >= 8 {
		stopPoint()
		n := min(len(p), chunk) &^ 7
		asm.AdamF32_AVX2(&p[0], &m[0], &v[0], &g[0], n, a.Step, a.Beta1, 1-a.Beta1, a.Beta2, 1-a.Beta2, a.Eps, a.RSqrtBias2)
		p, m, v, g = p[n:], m[n:], v[n:], g[n:]
	}
	adamGeneric(p, m, v, g, a)
}

func emaAVX2(avg, p []float32, decay float32) {
	for len(p) >= 8 {
		stopPoint()
		n := min(len(p), chunk) &^ 7
		asm.EMAF32_AVX2(&avg[0], &p[0], n, decay)
		avg, p = avg[n:], p[n:]
	}
	emaGeneric(avg, p, decay)
}

func fromU8AVX2(dst []float32, src []uint8, scale float32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.FromU8F32_AVX2(&dst[0], &src[0], n, scale)
		dst, src = dst[n:], src[n:]
	}
	fromU8Generic(dst, src, scale)
}
