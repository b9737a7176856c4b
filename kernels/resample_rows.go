package kernels

// rowKernels are a tier's kernels on rows of pictures. The functions check nothing. Results overlap operands only where
// one is the other.
type rowKernels struct {
	// copyBlocks copies count blocks of so many floats: dst[i*dstStride+k] = src[i*srcStride+k] for k < block.
	copyBlocks func(dst, src []float32, count, block, dstStride, srcStride int)

	// interleave copies count blocks from a and b in turn: dst[2*i*block+k] = a[i*block+k], dst[(2*i+1)*block+k] =
	// b[i*block+k].
	interleave func(dst, a, b []float32, count, block int)

	// smooth2 sets dst = (3*near + far, fused) * scale.
	smooth2 func(dst, near, far []float32, scale float32)

	// smooth4 sets dst = (3*(b+c) + (a+d), the sums rounded, the rest fused) * scale.
	smooth4 func(dst, a, b, c, d []float32, scale float32)

	// smoothUp doubles a row of count pixels of c channels, which begins at v[c] and has a pixel on either side. In
	// pixels: dst[2*j] = (3*v[j+1] + v[j], fused) * scale, dst[2*j+1] = (3*v[j+1] + v[j+2], fused) * scale.
	smoothUp func(dst, v []float32, count, c int, scale float32)

	// smoothDown halves a row. In pixels: dst[j] = smooth4 of v[2*j] .. v[2*j+3], for j < count.
	smoothDown func(dst, v []float32, count, c int, scale float32)

	// windowSum sets pixel j < count of dst to scale times the sum of a window, from +0, row by row.
	windowSum func(dst, src []float32, count int, w *windowSpan, scale float32)

	// windowMax sets pixel j < count of dst to the first maximum of a window and place to where it is: code, code+1 and
	// so on, and skip more from row to row. The first is the best at first, and another takes its place if it is greater.
	windowMax func(dst []float32, place []int32, src []float32, count int, w *windowSpan, code, skip int32)

	// direct says that the four functions above are faster than passes over rows: from 8 channels on, and the smooth
	// ones also for one channel, windowSum for one channel and disjoint windows of 2 x 2.
	direct bool

	// takeMax sets best = x and place = code where x > best.
	takeMax func(best []float32, place []int32, x []float32, code int32)

	// addPlace adds g to sum where place is code, and +0 elsewhere.
	addPlace func(sum, g []float32, place []int32, code int32)
}

var rowsGeneric = rowKernels{copyBlocks: copyBlocksGeneric, interleave: interleaveGeneric, smooth2: smooth2Generic,
	smooth4: smooth4Generic, smoothUp: smoothUpGeneric, smoothDown: smoothDownGeneric, windowSum: windowSumGeneric,
	windowMax: windowMaxGeneric, takeMax: takeMaxGeneric, addPlace: addPlaceGeneric}

// windowSpan says where windows lie in memory: rows of taps pixels of c channels each, the rows rowStride floats apart;
// the windows themselves are stride floats apart.
type windowSpan struct {
	c, stride, taps, rows, rowStride int
}

func copyBlocksGeneric(dst, src []float32, count, block, dstStride, srcStride int) {
	if dstStride == block && srcStride == block {
		count, block = 1, count*block
	}
	for i := range count {
		stopPoint()
		copy(dst[i*dstStride:][:block], src[i*srcStride:])
	}
}

func interleaveGeneric(dst, a, b []float32, count, block int) {
	copyBlocksGeneric(dst, a, count, block, 2*block, block)
	if count > 0 {
		copyBlocksGeneric(dst[block:], b, count, block, 2*block, block)
	}
}

func smooth2Generic(dst, near, far []float32, scale float32) {
	for i := range dst {
		dst[i] = fma32(3, near[i], far[i]) * scale
	}
}

func smooth4Generic(dst, a, b, c, d []float32, scale float32) {
	for i := range dst {
		dst[i] = fma32(3, b[i]+c[i], a[i]+d[i]) * scale
	}
}

func smoothUpGeneric(dst, v []float32, count, c int, scale float32) {
	for j := range count {
		d, s := dst[2*j*c:], v[j*c:]
		smooth2Generic(d[:c], s[c:], s, scale)
		smooth2Generic(d[c:2*c], s[c:], s[2*c:], scale)
	}
}

func smoothDownGeneric(dst, v []float32, count, c int, scale float32) {
	for j := range count {
		s := v[2*j*c:]
		smooth4Generic(dst[j*c:][:c], s, s[c:], s[2*c:], s[3*c:], scale)
	}
}

func windowSumGeneric(dst, src []float32, count int, w *windowSpan, scale float32) {
	for j := range count {
		d := dst[j*w.c:][:w.c]
		clear(d)
		for i := range w.rows {
			for x := range w.taps {
				for k, v := range src[j*w.stride+i*w.rowStride+x*w.c:][:w.c] {
					d[k] += v
				}
			}
		}
		for k := range d {
			d[k] *= scale
		}
	}
}

func windowMaxGeneric(dst []float32, place []int32, src []float32, count int, w *windowSpan, code, skip int32) {
	for j := range count {
		d, p := dst[j*w.c:][:w.c], place[j*w.c:][:w.c]
		for i := range w.rows {
			for x := range w.taps {
				for k, v := range src[j*w.stride+i*w.rowStride+x*w.c:][:w.c] {
					if i == 0 && x == 0 || v > d[k] {
						d[k], p[k] = v, code+int32(i*w.taps+x)+int32(i)*skip
					}
				}
			}
		}
	}
}

func takeMaxGeneric(best []float32, place []int32, x []float32, code int32) {
	for i, v := range x {
		if v > best[i] {
			best[i], place[i] = v, code
		}
	}
}

func addPlaceGeneric(sum, g []float32, place []int32, code int32) {
	for i, v := range g {
		if place[i] != code {
			v = 0
		}
		sum[i] += v
	}
}
