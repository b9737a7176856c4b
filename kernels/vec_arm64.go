//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

// vecNEON does whole groups of 8 elements in assembly and the last few through a padded copy or the reference.
var vecNEON = vecKernels{
	add: binaryBlocks(asm.AddF32_NEON), sub: binaryBlocks(asm.SubF32_NEON), mul: binaryBlocks(asm.MulF32_NEON),
	div: binaryBlocks(asm.DivF32_NEON), max: binaryBlocks(asm.MaxF32_NEON), min: binaryBlocks(asm.MinF32_NEON),
	addScalar: scalarBlocks(asm.AddScalarF32_NEON), mulScalar: scalarBlocks(asm.MulScalarF32_NEON),
	leakyReLU: scalarBlocks(asm.LeakyReLUF32_NEON),
	exp:       unaryBlocks(asm.ExpF32_NEON), log: unaryBlocks(asm.LogF32_NEON), tanh: unaryBlocks(asm.TanhF32_NEON),
	sigmoid: unaryBlocks(asm.SigmoidF32_NEON), softplus: unaryBlocks(asm.SoftplusF32_NEON),
	sqrt: unaryBlocks(asm.SqrtF32_NEON), relu: unaryBlocks(asm.ReLUF32_NEON),
	leakyMask: leakyMaskNEON, axpy: axpyNEON, sum: sumNEON, sumRows: sumRowsNEON, pickMax: pickMaxNEON, putMax: putMaxNEON,
	sgdMomentum: sgdMomentumNEON, adam: adamNEON, ema: emaNEON, fromU8: fromU8NEON, toU8: toU8NEON,
	neg: unaryBlocks(asm.NegF32_NEON), abs: unaryBlocks(asm.AbsF32_NEON), sign: unaryBlocks(asm.SignF32_NEON),
	choose: chooseNEON, fromI16: fromI16NEON, exponent: exponentNEON, quotient: scalarBlocks(asm.QuotientF32_NEON),
	rstd: rstdNEON, rmsProp: rmsPropGeneric, clip: clipGeneric,
}

// chunk bounds one call into assembly, which cannot be preempted, to about 100 microseconds on a slow core.
const chunk = 1 << 12

func leakyMaskNEON(dst, g, y []float32, slope float32) {
	for len(g) >= 8 {
		stopPoint()
		n := min(len(g), chunk) &^ 7
		asm.LeakyMaskF32_NEON(&dst[0], &g[0], &y[0], n, slope)
		dst, g, y = dst[n:], g[n:], y[n:]
	}
	leakyMaskGeneric(dst, g, y, slope)
}

func axpyNEON(y, x []float32, a float32) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.AxpyF32_NEON(&y[0], &x[0], n, a)
		y, x = y[n:], x[n:]
	}
	axpyGeneric(y, x, a)
}

func sumNEON(x []float32) float32 {
	var s [16]float32
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.SumF32_NEON(&s[0], &x[0], n)
		x = x[n:]
	}
	return sumLanes(&s, x)
}

func sumRowsNEON(dst, x []float32, rows, cols int) {
	clear(dst)
	whole := cols &^ 31
	var block [32]float32
	for r0 := 0; r0 < rows; r0 += RowBlock {
		n := min(RowBlock, rows-r0)
		for c := 0; c < whole; c += 32 {
			stopPoint()
			asm.SumRowsF32_32_NEON(&dst[c], &x[r0*cols+c], n, cols)
		}
		if whole < cols {
			clear(block[:])
			asm.SumColsF32_NEON(&block[0], &x[r0*cols+whole], cols-whole, n, cols)
			for c := range dst[whole:] {
				dst[whole+c] += block[c]
			}
		}
	}
}

func pickMaxNEON(dst, v, x []float32, pieces, inner int) {
	i := 0
	if step := max(8, chunk/max(1, pieces)&^7); pieces > 0 {
		for whole := inner &^ 7; i < whole; i += step {
			stopPoint()
			asm.PickMaxF32_NEON(&dst[i], &v[i], &x[i], min(step, whole-i), pieces, inner)
		}
		i = inner &^ 7
	}
	pickMaxFrom(dst, v, x, pieces, inner, i)
}

func putMaxNEON(dst, g, x []float32, pieces, inner int) {
	i := 0
	if step := max(8, chunk/max(1, pieces)&^7); pieces > 0 {
		for whole := inner &^ 7; i < whole; i += step {
			stopPoint()
			asm.PutMaxF32_NEON(&dst[i], &g[i], &x[i], min(step, whole-i), pieces, inner)
		}
		i = inner &^ 7
	}
	putMaxFrom(dst, g, x, pieces, inner, i)
}

func sgdMomentumNEON(p, vel, g []float32, lr, momentum float32) {
	for len(p) >= 8 {
		stopPoint()
		n := min(len(p), chunk) &^ 7
		asm.SGDMomentumF32_NEON(&p[0], &vel[0], &g[0], n, lr, momentum)
		p, vel, g = p[n:], vel[n:], g[n:]
	}
	sgdMomentumGeneric(p, vel, g, lr, momentum)
}

func adamNEON(p, m, v, g []float32, a *AdamParams) {
	for len(p) >= 8 {
		stopPoint()
		n := min(len(p), chunk) &^ 7
		asm.AdamF32_NEON(&p[0], &m[0], &v[0], &g[0], n, a.Step, a.Beta1, 1-a.Beta1, a.Beta2, 1-a.Beta2, a.Eps, a.RSqrtBias2)
		p, m, v, g = p[n:], m[n:], v[n:], g[n:]
	}
	adamGeneric(p, m, v, g, a)
}

func emaNEON(avg, p []float32, decay float32) {
	for len(p) >= 8 {
		stopPoint()
		n := min(len(p), chunk) &^ 7
		asm.EMAF32_NEON(&avg[0], &p[0], n, decay)
		avg, p = avg[n:], p[n:]
	}
	emaGeneric(avg, p, decay)
}

func fromU8NEON(dst []float32, src []uint8, scale float32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.FromU8F32_NEON(&dst[0], &src[0], n, scale)
		dst, src = dst[n:], src[n:]
	}
	fromU8Generic(dst, src, scale)
}

func toU8NEON(dst []uint8, src []float32, scale, offset float32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.ToU8F32_NEON(&dst[0], &src[0], n, scale, offset)
		dst, src = dst[n:], src[n:]
	}
	toU8Generic(dst, src, scale, offset)
}

func fromI16NEON(dst []float32, src []int16, scale float32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.FromI16F32_NEON(&dst[0], &src[0], n, scale)
		dst, src = dst[n:], src[n:]
	}
	fromI16Generic(dst, src, scale)
}

func exponentNEON(x []float32) (e uint32) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		e = max(e, asm.ExponentF32_NEON(&x[0], n))
		x = x[n:]
	}
	return max(e, exponentGeneric(x))
}

func chooseNEON(dst, c, a, b []float32) {
	for len(c) >= 8 {
		stopPoint()
		n := min(len(c), chunk) &^ 7
		asm.SelectF32_NEON(&dst[0], &c[0], &a[0], &b[0], n)
		dst, c, a, b = dst[n:], c[n:], a[n:], b[n:]
	}
	chooseGeneric(dst, c, a, b)
}

func rstdNEON(dst, x []float32, count, eps float32) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.RstdF32_NEON(&dst[0], &x[0], n, count, eps)
		dst, x = dst[n:], x[n:]
	}
	rstdGeneric(dst, x, count, eps)
}
