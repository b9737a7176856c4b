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

	// takeMax sets best = x and place = code where x > best.
	takeMax func(best []float32, place []int32, x []float32, code int32)

	// addPlace adds g to sum where place is code, and +0 elsewhere.
	addPlace func(sum, g []float32, place []int32, code int32)
}

var rowsGeneric = rowKernels{copyBlocks: copyBlocksGeneric, interleave: interleaveGeneric, smooth2: smooth2Generic,
	smooth4: smooth4Generic, takeMax: takeMaxGeneric, addPlace: addPlaceGeneric}

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
