//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var wordsAVX2 = wordKernels{requantI16AVX2, addI16AVX2, scaleI16AVX2, lookupI16AVX2, pixelsI16AVX2, widenU8WordsAVX2, toI16AVX2,
	smoothUpI16AVX2}

var wordsAVX512 = func() wordKernels {
	k := wordsAVX2
	k.requant = requantI16AVX512
	return k
}()

// requantI16AVX512 does 16 columns at a time; half as many are left to AVX2.
func requantI16AVX512(dst []int16, ldd int, acc []int32, lda, rows, n int, mult []int32, shift []uint8, end WordEnd) {
	whole := n
	if n&15 == 8 {
		whole = n - 8
		requantI16AVX2(dst[whole:], ldd, acc[whole:], lda, rows, 8, mult[whole:], shift[whole:], end)
	}
	if whole > 0 {
		asm.RequantI16_AVX512(&dst[0], ldd, &acc[0], lda, rows, whole, &mult[0], &shift[0], int32(end.Lo), int32(end.Hi),
			int32(end.Slope))
	}
}

// requantI16AVX2 does 8 columns at a time, the last ones in blocks of 8 that are copied in and out.
func requantI16AVX2(dst []int16, ldd int, acc []int32, lda, rows, n int, mult []int32, shift []uint8, end WordEnd) {
	lo, hi, slope := int32(end.Lo), int32(end.Hi), int32(end.Slope)
	whole := n &^ 7
	if whole > 0 {
		asm.RequantI16_AVX2(&dst[0], ldd, &acc[0], lda, rows, whole, &mult[0], &shift[0], lo, hi, slope)
	}
	if whole == n {
		return
	}
	const block = 16
	var out [8 * block]int16
	var m [8]int32
	t := [8]uint8{MinShift, MinShift, MinShift, MinShift, MinShift, MinShift, MinShift, MinShift}
	copy(m[:], mult[whole:n])
	copy(t[:], shift[whole:n])
	for i := 0; i < rows; i += block {
		h := min(block, rows-i)
		asm.RequantI16_AVX2(&out[0], 8, &acc[i*lda+whole], lda, h, 8, &m[0], &t[0], lo, hi, slope)
		for x := range h {
			copy(dst[(i+x)*ldd+whole:][:n-whole], out[8*x:])
		}
	}
}

// addI16AVX2 and those below do 16 or 8 words at a time in assembly, and the rest in Go.
func addI16AVX2(dst, x, y []int16, mx, my int16, bias int32, p PointI16) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.AddI16_AVX2(&dst[0], &x[0], &y[0], n, int32(my)<<16|int32(uint16(mx)), bias, int32(p.Shift), int32(p.Lo), int32(p.Hi))
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	addI16Generic(dst, x, y, mx, my, bias, p)
}

func scaleI16AVX2(dst, x, mult []int16, bias []int32, p PointI16) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.ScaleI16_AVX2(&dst[0], &x[0], &mult[0], &bias[0], n, int32(p.Shift), int32(p.Lo), int32(p.Hi))
		dst, x, mult, bias = dst[n:], x[n:], mult[n:], bias[n:]
	}
	scaleI16Generic(dst, x, mult, bias, p)
}

func lookupI16AVX2(dst, x []int16, table *WordTable) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.LookupI16_AVX2(&dst[0], &x[0], n, (*[257]int16)(table))
		dst, x = dst[n:], x[n:]
	}
	lookupI16Generic(dst, x, table)
}

func pixelsI16AVX2(dst []uint8, x []int16, table *WordTable) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.PixelsI16_AVX2(&dst[0], &x[0], n, (*[257]int16)(table))
		dst, x = dst[n:], x[n:]
	}
	pixelsI16Generic(dst, x, table)
}

func widenU8WordsAVX2(dst []int16, x []uint8, zero uint8) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.WidenU8_I16_AVX2(&dst[0], &x[0], n, int32(zero))
		dst, x = dst[n:], x[n:]
	}
	widenU8Generic(dst, x, zero)
}

func toI16AVX2(dst []int16, x []float32, scale float32) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.ToI16_AVX2(&dst[0], &x[0], n, scale)
		dst, x = dst[n:], x[n:]
	}
	toI16Generic(dst, x, scale)
}

// smoothUpI16AVX2 does 8 channels of a line at a time; the last ones again with some that came before them.
func smoothUpI16AVX2(dst, near, far []int16, pixels, c int) {
	if c < 8 {
		smoothUpI16Generic(dst, near, far, pixels, c)
		return
	}
	for i := 0; i < c; i += 8 {
		i := min(i, c-8)
		for at := 0; at < pixels; at += chunkLine {
			stopPoint()
			asm.SmoothUpI16_AVX2(&dst[2*at*c+i], &near[at*c+i], &far[at*c+i], min(chunkLine, pixels-at), c)
		}
	}
}

// chunkLine is how many pixels of a line one call takes: some microseconds of work.
const chunkLine = 1 << 10

// Products of words are those of AVX2, whose bytes are words as well: those that bytes were widened to.
var (
	gemmI16AVX2 = asWords(gemmU8AVX2)
	convI16AVX2 = convU8Kernels{direct: &convU8Direct{elem: 2, widen: copyU8, tile: convU8TileAVX2, closed: convU8ClosedAVX2},
		depth: convU8Depth{group: 2, elem: 2, rows: 6, interleave: interleaveI16AVX2, tile: asm.ConvDepthU16S16_6x16_AVX2},
		thin:  convU8AVX2.thin, finish: convU8FinishAVX2}
)

func asWords(u gemmU8Kernels) gemmU8Kernels {
	u.words = true
	return u
}

func interleaveI16AVX2(dst, src []byte, ld, n int) {
	asm.InterleaveI16_2_AVX2(&dst[0], &src[0], ld, roundUp(n, 16))
}

// AVX-512 has tiles of its own, which widen the weights on the way.
var (
	gemmI16AVX512 = func() gemmU8Kernels {
		u := gemmI16AVX2
		u.mr, u.nr, u.thin, u.rows, u.batch, u.few = 8, 32, 8, 256, 64, 0
		u.chunk /= 2 // 32 VPDPWSSD for 4 values of k, of which some CPUs issue one a cycle
		u.tile, u.row, u.open = gemmI16TileAVX512, gemmI16RowAVX512, openDirect
		return u
	}()
	convI16AVX512 = convU8Kernels{direct: &convU8Direct{elem: 2, widen: copyU8, tile: convI16TileAVX512},
		depth: convU8Depth{group: 2, elem: 2, rows: 8, interleave: interleaveI16AVX2, tile: asm.ConvDepthI16S16_8x16_AVX512},
		thin:  &convU8Thin{rows: [2]int{8, 8}, tile: convI16ThinAVX512, interleave: interleavePlanesAVX2}, finish: convU8FinishAVX2}
)

func gemmI16TileAVX512(tiles, _, width, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	if width == 16 {
		asm.GemmI16S8_8x16_AVX512(tiles, k/4, a, lda, b, bias, c, ldc)
	} else {
		asm.GemmI16S8_8x32_AVX512(tiles, k/4, a, lda, b, bias, c, ldc)
	}
}

func gemmI16RowAVX512(panels, width, k int, a, b *byte, bias, c *int32) {
	if width == 16 {
		asm.GemmU16S8_1x16_AVX2(panels, k/4, a, b, bias, c)
	} else {
		asm.GemmI16S8_1x32_AVX512(panels, k/4, a, b, bias, c)
	}
}

func convI16TileAVX512(tiles, width int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32) {
	if width == 16 {
		asm.ConvI16S8_8x16_AVX512(tiles, a, aOff, segs, nseg, b, bias, c)
	} else {
		asm.ConvI16S8_8x32_AVX512(tiles, a, aOff, segs, nseg, b, bias, c)
	}
}

func convI16ThinAVX512(tiles, width int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int) {
	if width == 1 {
		asm.ConvThinI16S16_8x1_AVX512(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	} else {
		asm.ConvThinI16S16_8x3_AVX512(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	}
}
