//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

// pointU8AVX2 serves every tier of amd64: wider vectors would gain little where memory is near its bound.
var pointU8AVX2 = pointU8Kernels{add: addU8AVX2, scale: scaleU8AVX2, threeOne: threeOneU8AVX2, smoothUp: smoothUpU8AVX2}

// chunkPoint is how many bytes one call makes: some microseconds of work.
const chunkPoint = 1 << 15

func addU8AVX2(dst, x, y []uint8, mx, my int16, bias int32, p PointU8) {
	for len(x) >= 32 {
		stopPoint()
		n := min(len(x), chunkPoint) &^ 31
		asm.AddU8_AVX2(&dst[0], &x[0], &y[0], n, int(uint32(uint16(mx))|uint32(uint16(my))<<16), int(bias), int(p.Shift), p.Lo,
			p.Hi)
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	addU8Generic(dst, x, y, mx, my, bias, p)
}

func scaleU8AVX2(dst, x []uint8, mult []int16, bias []int32, p PointU8) {
	for len(x) >= 32 {
		stopPoint()
		n := min(len(x), chunkPoint) &^ 31
		asm.ScaleU8_AVX2(&dst[0], &x[0], n, &mult[0], &bias[0], int(p.Shift), p.Lo, p.Hi)
		dst, x, mult, bias = dst[n:], x[n:], mult[n:], bias[n:]
	}
	scaleU8Generic(dst, x, mult, bias, p)
}

func threeOneU8AVX2(dst []uint16, near, far []uint8) {
	for len(dst) >= 16 {
		stopPoint()
		n := min(len(dst), chunkPoint) &^ 15
		asm.ThreeOneU8_AVX2(&dst[0], &near[0], &far[0], n)
		dst, near, far = dst[n:], near[n:], far[n:]
	}
	threeOneU8Generic(dst, near, far)
}

func smoothUpU8AVX2(dst []uint8, sums []uint16, pixels, c int) {
	if c < 16 {
		smoothUpU8Generic(dst, sums, pixels, c)
		return
	}
	for most := max(1, chunkPoint/c); pixels > 0; {
		stopPoint()
		n := min(pixels, most)
		asm.SmoothUpU8_AVX2(&dst[0], &sums[0], n, c)
		dst, sums, pixels = dst[2*n*c:], sums[n*c:], pixels-n
	}
}
