//go:build !purego

package kernels

import (
	"sync"

	"github.com/gannet-ml/gannet/asm"
)

// vecAVX2 does whole vectors in assembly and the last few elements through a padded copy or the reference.
var vecAVX2 = vecKernels{
	add: binaryBlocks(asm.AddF32_AVX2), sub: binaryBlocks(asm.SubF32_AVX2), mul: binaryBlocks(asm.MulF32_AVX2),
	div: binaryBlocks(asm.DivF32_AVX2),
	max: binaryBlocks(asm.MaxF32_AVX2), min: binaryBlocks(asm.MinF32_AVX2),
	addScalar: scalarBlocks(asm.AddScalarF32_AVX2), mulScalar: scalarBlocks(asm.MulScalarF32_AVX2),
	leakyReLU: scalarBlocks(asm.LeakyReLUF32_AVX2),
	exp:       unaryBlocks16(asm.ExpF32_AVX2), log: unaryBlocks16(asm.LogF32_AVX2), tanh: unaryBlocks16(asm.TanhF32_AVX2),
	sigmoid: unaryBlocks16(asm.SigmoidF32_AVX2), softplus: unaryBlocks16(asm.SoftplusF32_AVX2),
	sqrt: unaryBlocks(asm.SqrtF32_AVX2), relu: unaryBlocks(asm.ReLUF32_AVX2), neg: unaryBlocks(asm.NegF32_AVX2),
	abs: unaryBlocks(asm.AbsF32_AVX2), sign: unaryBlocks(asm.SignF32_AVX2), choose: chooseAVX2,
	leakyMask: leakyMaskAVX2, axpy: axpyAVX2, sum: sumAVX2, sumRows: sumRowsAVX2, pickMax: pickMaxAVX2, putMax: putMaxAVX2,
	sgdMomentum: sgdMomentumAVX2, adam: adamAVX2, ema: emaAVX2, fromU8: fromU8AVX2, fromI16: fromI16AVX2, toU8: toU8AVX2,
	exponent: exponentAVX2, quotient: scalarBlocks(asm.QuotientF32_AVX2), rstd: rstdAVX2,
	rmsProp: rmsPropGeneric, clip: clipGeneric,
}

// chunk bounds one call into assembly, which cannot be preempted, to well under 100 microseconds.
const chunk = 1 << 14

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
	whole := cols &^ 7
	clear(dst)
	sumRowsStrips(dst[:whole], x, rows, cols, false)
	for r0 := 0; r0 < rows && whole < cols; r0 += RowBlock {
		sumRowsBlock(dst, x, r0, min(r0+RowBlock, rows), cols, whole)
	}
}

// sumRowsStrips adds the sums of the columns to dst, in strips whose sums stay in L1, eight rows at a time: with AVX-512
// or with AVX2, which takes a multiple of 8 columns.
func sumRowsStrips(dst, x []float32, rows, cols int, avx512 bool) {
	add8, add := asm.AddRows8F32_AVX2, asm.AddF32_AVX2
	if avx512 {
		add8, add = asm.AddRows8F32_AVX512, asm.AddF32_AVX512
	}
	block := strips.Get().(*[1024]float32)
	defer strips.Put(block)
	for c := 0; c < len(dst); c += len(block) {
		n := min(len(block), len(dst)-c)
		for r0 := 0; r0 < rows; r0 += RowBlock {
			stopPoint()
			clear(block[:n])
			r, r1 := r0, min(r0+RowBlock, rows)
			for ; r+8 <= r1; r += 8 {
				stopPoint()
				add8(&block[0], &x[r*cols+c], n, cols)
			}
			for ; r < r1; r++ {
				add(&block[0], &block[0], &x[r*cols+c], n)
			}
			add(&dst[c], &dst[c], &block[0], n)
		}
	}
}

var strips = sync.Pool{New: func() any { return new([1024]float32) }}

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

func fromI16AVX2(dst []float32, src []int16, scale float32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.FromI16F32_AVX2(&dst[0], &src[0], n, scale)
		dst, src = dst[n:], src[n:]
	}
	fromI16Generic(dst, src, scale)
}

func toU8AVX2(dst []uint8, src []float32, scale, offset float32) {
	for len(src) >= 32 {
		stopPoint()
		n := min(len(src), chunk) &^ 31
		asm.ToU8F32_AVX2(&dst[0], &src[0], n, scale, offset)
		dst, src = dst[n:], src[n:]
	}
	toU8Generic(dst, src, scale, offset)
}

func exponentAVX2(x []float32) (e uint32) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		e = max(e, asm.ExponentF32_AVX2(&x[0], n))
		x = x[n:]
	}
	return max(e, exponentGeneric(x))
}

func chooseAVX2(dst, c, a, b []float32) {
	for len(c) >= 8 {
		stopPoint()
		n := min(len(c), chunk) &^ 7
		asm.SelectF32_AVX2(&dst[0], &c[0], &a[0], &b[0], n)
		dst, c, a, b = dst[n:], c[n:], a[n:], b[n:]
	}
	chooseGeneric(dst, c, a, b)
}

func rstdAVX2(dst, x []float32, count, eps float32) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.RstdF32_AVX2(&dst[0], &x[0], n, count, eps)
		dst, x = dst[n:], x[n:]
	}
	rstdGeneric(dst, x, count, eps)
}
