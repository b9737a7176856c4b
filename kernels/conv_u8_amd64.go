//go:build !purego

package kernels

import (
	"unsafe"

	"github.com/gannet-ml/gannet/asm"
)

var (
	convU8AVX512 = convU8Kernels{direct: &convU8Direct{elem: 1, widen: copyU8, tile: convU8TileVNNI},
		depth: convU8DepthVNNI, depth3: depth3VNNI, thin: &convU8Thin{rows: [2]int{8, 8}, tile: convU8ThinVNNI, interleave: interleavePlanesAVX2},
		finish: convU8FinishAVX512}
	convU8AVXVNNI = convU8Kernels{direct: &convU8Direct{elem: 1, widen: copyU8, tile: convU8TileAVXVNNI},
		depth: convU8DepthAVXVNNI, depth3: depth3AVX2, thin: &convU8Thin{rows: [2]int{6, 2}, tile: convU8ThinAVXVNNI, interleave: interleavePlanesAVX2},
		finish: convU8FinishAVX2}
	convU8AVX2 = convU8Kernels{direct: &convU8Direct{elem: 2, widen: widenU8AVX2, tile: convU8TileAVX2,
		closed: convU8ClosedAVX2, pair: asm.ConvU16S16_6x8x2_AVX2},
		depth: convU8DepthAVX2, depth3: depth3AVX2, thin: &convU8Thin{rows: [2]int{6, 2}, tile: convU8ThinAVX2, interleave: interleavePlanesAVX2},
		finish: convU8FinishAVX2}
)

func convU8TileVNNI(tiles, width int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32) {
	switch width {
	case 16:
		asm.ConvU8S8_8x16_VNNI(tiles, a, aOff, segs, nseg, b, bias, c)
	case 32:
		asm.ConvU8S8_8x32_VNNI(tiles, a, aOff, segs, nseg, b, bias, c)
	default:
		asm.ConvU8S8_8x48_VNNI(tiles, a, aOff, segs, nseg, b, bias, c)
	}
}

func convU8TileAVXVNNI(tiles, _ int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32) {
	asm.ConvU8S8_6x16_AVXVNNI(tiles, a, aOff, segs, nseg, b, bias, c)
}

func convU8TileAVX2(tiles, _ int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32) {
	asm.ConvU16S16_6x16_AVX2(tiles, a, aOff, segs, nseg, b, bias, c)
}

func convU8ClosedAVX2(tiles, _ int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32) {
	asm.ConvU16S8_6x16_AVX2(tiles, a, aOff, segs, nseg, b, bias, c)
}

// widenU8AVX2 does 16 bytes at a time, the last ones with some that came before them.
func widenU8AVX2(dst []byte, src []uint8) {
	n := len(src)
	switch {
	case n >= 16:
		asm.WidenU8_AVX2(&dst[0], &src[0], n&^15)
		if n&15 > 0 {
			asm.WidenU8_AVX2(&dst[2*(n-16)], &src[n-16], 16)
		}
	default:
		for i, v := range src {
			dst[2*i], dst[2*i+1] = v, 0
		}
	}
}

// convU8FinishAVX512 does 4 rows and 16 columns at a time, and what is left of the columns and the rows by itself.
func convU8FinishAVX512(u *gemmU8Kernels, out []uint8, off []int, acc []int32, width, rows, n int, q *requant) {
	tiles, whole := rows/4, n&^15
	if tiles > 0 && whole > 0 {
		asm.RequantRowsU8_AVX512(&out[0], &off[0], &acc[0], width, tiles, whole/16, &q.scales, &q.mult[0], &q.shift[0],
			q.zero, int32(q.lo), int32(q.hi))
	} else {
		tiles, whole = 0, 0
	}
	convU8FinishRest(u, out, off, acc, width, rows, n, whole, q)
	if done := 4 * tiles; whole > 0 && done < rows {
		convU8FinishRuns(u, out, off[done:], acc[done*width:], width, rows-done, whole, q)
	}
}

// convU8FinishAVX2 does 8 columns at a time, and what is left of them by itself.
func convU8FinishAVX2(u *gemmU8Kernels, out []uint8, off []int, acc []int32, width, rows, n int, q *requant) {
	whole := n &^ 7
	if whole > 0 {
		asm.RequantRowsU8_AVX2(&out[0], &off[0], &acc[0], width, rows, whole, &q.mult[0], &q.shift[0], q.zero, int32(q.lo),
			int32(q.hi))
	}
	convU8FinishRest(u, out, off, acc, width, rows, n, whole, q)
}

// convU8FinishRest finishes the columns from whole on.
func convU8FinishRest(u *gemmU8Kernels, out []uint8, off []int, acc []int32, width, rows, n, whole int, q *requant) {
	if whole == n {
		return
	}
	mult, shift := q.mult, q.shift
	q.mult, q.shift = mult[whole:], shift[whole:]
	convU8FinishRuns(u, out[whole:], off, acc[whole:], width, rows, n-whole, q)
	q.mult, q.shift = mult, shift
}

var (
	convU8DepthVNNI = convU8Depth{group: 4, elem: 1, rows: 8, interleave: interleave4AVX2,
		tile: asm.ConvDepthU8S8_8x16_VNNI}
	convU8DepthAVXVNNI = convU8Depth{group: 4, elem: 1, rows: 6, interleave: interleave4AVX2,
		tile: asm.ConvDepthU8S8_6x16_AVXVNNI}
	convU8DepthAVX2 = convU8Depth{group: 2, elem: 2, rows: 6, interleave: interleave2AVX2,
		tile: asm.ConvDepthU16S16_6x16_AVX2}
)

func interleave4AVX2(dst, src []byte, ld, n int) {
	asm.InterleaveS8_AVX2(&dst[0], (*int8)(unsafe.Pointer(&src[0])), ld, 1, roundUp(n, 16), n)
}

func interleave2AVX2(dst, src []byte, ld, n int) {
	asm.InterleaveU8_2_AVX2(&dst[0], &src[0], ld, roundUp(n, 16))
}

func convU8ThinVNNI(tiles, width int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int) {
	if width == 1 {
		asm.ConvThinU8S8_8x1_VNNI(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	} else {
		asm.ConvThinU8S8_8x3_VNNI(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	}
}

func convU8ThinAVXVNNI(tiles, width int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int) {
	if width == 1 {
		asm.ConvThinU8S8_6x1_AVXVNNI(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	} else {
		asm.ConvThinU8S8_2x3_AVXVNNI(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	}
}

func convU8ThinAVX2(tiles, width int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int) {
	if width == 1 {
		asm.ConvThinU16S16_6x1_AVX2(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	} else {
		asm.ConvThinU16S16_2x3_AVX2(tiles, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
	}
}

// interleavePlanesAVX2 does two and six planes by themselves, and others 8 at a time, the first ones last: what the others write beyond
// their place is theirs.
func interleavePlanesAVX2(dst, src []int32, ld, n, planes int) {
	to, from := asF32(dst), asF32(src)
	switch planes {
	case 2:
		asm.TransposeF32_2_AVX2(&to[0], &from[0], ld, n)
	case 6:
		asm.TransposeF32_6_AVX2(&to[0], &from[0], ld, n)
	default:
		for i := (planes - 1) &^ 7; i >= 0; i -= 8 {
			asm.TransposeF32_8_AVX2(&to[i], &from[i*ld], ld, n, planes)
		}
	}
}
