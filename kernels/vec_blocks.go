//go:build !purego && (amd64 || arm64)

package kernels

// Assembly works on whole groups of 8 elements, at most chunk in one call, which cannot be preempted; the last few elements
// go through a padded copy.

// unaryBlocks makes a kernel for any length from one for positive multiples of 8.
func unaryBlocks(f func(dst, x *float32, n int)) func(dst, x []float32) {
	return func(dst, x []float32) {
		for len(x) >= 8 {
			stopPoint()
			n := min(len(x), chunk) &^ 7
			f(&dst[0], &x[0], n)
			dst, x = dst[n:], x[n:]
		}
		if len(x) > 0 {
			var t [8]float32
			copy(t[:], x)
			f(&t[0], &t[0], 8)
			copy(dst, t[:])
		}
	}
}

// scalarBlocks is unaryBlocks for kernels with a number beside the slice.
func scalarBlocks(f func(dst, x *float32, n int, s float32)) func(dst, x []float32, s float32) {
	return func(dst, x []float32, s float32) {
		for len(x) >= 8 {
			stopPoint()
			n := min(len(x), chunk) &^ 7
			f(&dst[0], &x[0], n, s)
			dst, x = dst[n:], x[n:]
		}
		if len(x) > 0 {
			var t [8]float32
			copy(t[:], x)
			f(&t[0], &t[0], 8, s)
			copy(dst, t[:])
		}
	}
}

// binaryBlocks is unaryBlocks for kernels of two slices.
func binaryBlocks(f func(dst, a, b *float32, n int)) func(dst, a, b []float32) {
	return func(dst, a, b []float32) {
		for len(a) >= 8 {
			stopPoint()
			n := min(len(a), chunk) &^ 7
			f(&dst[0], &a[0], &b[0], n)
			dst, a, b = dst[n:], a[n:], b[n:]
		}
		if len(a) > 0 {
			var t, u [8]float32
			copy(t[:], a)
			copy(u[:], b)
			f(&t[0], &t[0], &u[0], 8)
			copy(dst, t[:])
		}
	}
}
