//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

// rowsNEON is bound by loads and stores.
var rowsNEON = rowKernels{copyBlocks: copyBlocksNEON, interleave: interleaveNEON, smooth2: smooth2NEON,
	smooth4: smooth4NEON, smoothUp: smoothUpNEON, smoothDown: smoothDownNEON, windowSum: windowSumNEON,
	windowMax: windowMaxNEON, direct: true, takeMax: takeMaxNEON, addPlace: addPlaceNEON}

// copyBlocksNEON leaves blocks for which a call is nothing to the runtime's copy.
func copyBlocksNEON(dst, src []float32, count, block, dstStride, srcStride int) {
	if block > 256 || block == 0 || dstStride == block && srcStride == block {
		copyBlocksGeneric(dst, src, count, block, dstStride, srcStride)
		return
	}
	for count > 0 {
		stopPoint()
		n := min(count, max(1, chunk/block))
		if block == 1 && dstStride == 1 && srcStride == 2 && n > 8 {
			// The last vector would read one float too many.
			n = (n - 1) &^ 7
			asm.EvenF32_NEON(&dst[0], &src[0], n)
		} else {
			asm.CopyBlocksF32_NEON(&dst[0], &src[0], n, block, dstStride, srcStride)
		}
		if count -= n; count > 0 {
			dst, src = dst[n*dstStride:], src[n*srcStride:]
		}
	}
}

// interleaveNEON is called for no more than resampling makes at a time.
func interleaveNEON(dst, a, b []float32, count, block int) {
	if n := count &^ 7; block == 1 && n > 0 {
		asm.InterleaveF32_NEON(&dst[0], &a[0], &b[0], n)
		dst, a, b, count = dst[2*n:], a[n:], b[n:], count-n
	}
	if count == 0 {
		return
	}
	if block == 3 {
		asm.Interleave3F32_NEON(&dst[0], &a[0], &b[0], count)
		return
	}
	copyBlocksNEON(dst, a, count, block, 2*block, block)
	copyBlocksNEON(dst[block:], b, count, block, 2*block, block)
}

func smooth2NEON(dst, near, far []float32, scale float32) {
	for len(dst) >= 8 {
		stopPoint()
		n := min(len(dst), chunk)
		asm.Smooth2F32_NEON(&dst[0], &near[0], &far[0], n, scale)
		dst, near, far = dst[n:], near[n:], far[n:]
	}
	smooth2Generic(dst, near, far, scale)
}

func smooth4NEON(dst, a, b, c, d []float32, scale float32) {
	for len(dst) >= 8 {
		stopPoint()
		n := min(len(dst), chunk)
		asm.Smooth4F32_NEON(&dst[0], &a[0], &b[0], &c[0], &d[0], n, scale)
		dst, a, b, c, d = dst[n:], a[n:], b[n:], c[n:], d[n:]
	}
	smooth4Generic(dst, a, b, c, d, scale)
}

// The callers of the next four see to it that the work of a call is bounded.

func smoothUpNEON(dst, v []float32, count, c int, scale float32) {
	switch n := count &^ 7; {
	case c >= 8 && count > 0:
		asm.SmoothUpF32_NEON(&dst[0], &v[0], count, c, scale)
		return
	case c == 1 && n > 0:
		asm.SmoothUpF32_1_NEON(&dst[0], &v[0], n, scale)
		dst, v, count = dst[2*n:], v[n:], count-n
	}
	smoothUpGeneric(dst, v, count, c, scale)
}

func smoothDownNEON(dst, v []float32, count, c int, scale float32) {
	switch n := count &^ 7; {
	case c >= 8 && count > 0:
		asm.SmoothDownF32_NEON(&dst[0], &v[0], count, c, scale)
		return
	case c == 1 && n > 0:
		asm.SmoothDownF32_1_NEON(&dst[0], &v[0], n, scale)
		dst, v, count = dst[n:], v[2*n:], count-n
	}
	smoothDownGeneric(dst, v, count, c, scale)
}

func windowSumNEON(dst, src []float32, count int, w *windowSpan, scale float32) {
	switch n := count &^ 7; {
	case w.c >= 8 && count > 0:
		asm.WindowSumF32_NEON(&dst[0], &src[0], count, w.c, w.stride, w.taps, w.rows, w.rowStride, scale)
		return
	case w.c == 1 && w.taps == 2 && w.rows == 2 && w.stride == 2 && n > 0:
		asm.WindowSumF32_2x2_NEON(&dst[0], &src[0], n, w.rowStride, scale)
		dst, src, count = dst[n:], src[2*n:], count-n
	}
	windowSumGeneric(dst, src, count, w, scale)
}

func windowMaxNEON(dst []float32, place []int32, src []float32, count int, w *windowSpan, code, skip int32) {
	if w.c >= 8 && count > 0 {
		asm.WindowMaxF32_NEON(&dst[0], &place[0], &src[0], count, w.c, w.stride, w.taps, w.rows, w.rowStride, code, skip)
		return
	}
	windowMaxGeneric(dst, place, src, count, w, code, skip)
}

func takeMaxNEON(best []float32, place []int32, x []float32, code int32) {
	for len(x) >= 8 {
		stopPoint()
		n := min(len(x), chunk) &^ 7
		asm.TakeMaxF32_NEON(&best[0], &place[0], &x[0], n, code)
		best, place, x = best[n:], place[n:], x[n:]
	}
	takeMaxGeneric(best, place, x, code)
}

func addPlaceNEON(sum, g []float32, place []int32, code int32) {
	for len(g) >= 8 {
		stopPoint()
		n := min(len(g), chunk) &^ 7
		asm.AddPlaceF32_NEON(&sum[0], &g[0], &place[0], n, code)
		sum, g, place = sum[n:], g[n:], place[n:]
	}
	addPlaceGeneric(sum, g, place, code)
}
