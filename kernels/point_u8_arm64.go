//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var pointU8NEON = pointU8Kernels{add: addU8NEON, scale: scaleU8NEON, threeOne: threeOneU8Generic, smoothUp: smoothUpU8Generic}

func addU8NEON(dst, x, y []uint8, mx, my int16, bias int32, p PointU8) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.AddU8_NEON(&dst[0], &x[0], &y[0], n, int32(mx), int32(my), bias, int32(p.Shift), p.Lo, p.Hi)
		dst, x, y = dst[n:], x[n:], y[n:]
	}
	addU8Generic(dst, x, y, mx, my, bias, p)
}

func scaleU8NEON(dst, x []uint8, mult []int16, bias []int32, p PointU8) {
	for len(x) >= 16 {
		stopPoint()
		n := min(len(x), chunk) &^ 15
		asm.ScaleU8_NEON(&dst[0], &x[0], n, &mult[0], &bias[0], int32(p.Shift), p.Lo, p.Hi)
		dst, x, mult, bias = dst[n:], x[n:], mult[n:], bias[n:]
	}
	scaleU8Generic(dst, x, mult, bias, p)
}
