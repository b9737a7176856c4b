//go:build !purego && (amd64 || arm64)

package kernels

import "sync"

// Assembly works on whole groups of 8 elements, at most chunk in one call, which cannot be preempted; the last few elements
// go through a padded copy. The copies come from a pool: an array on the stack would escape through the function value.

type padded [2][16]float32

var tails = sync.Pool{New: func() any { return new(padded) }}

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
			t := tails.Get().(*padded)
			copy(t[0][:], x)
			f(&t[0][0], &t[0][0], 8)
			copy(dst, t[0][:])
			tails.Put(t)
		}
	}
}

// unaryBlocks16 is unaryBlocks for groups of 16.
func unaryBlocks16(f func(dst, x *float32, n int)) func(dst, x []float32) {
	return func(dst, x []float32) {
		for len(x) >= 16 {
			stopPoint()
			n := min(len(x), chunk) &^ 15
			f(&dst[0], &x[0], n)
			dst, x = dst[n:], x[n:]
		}
		if len(x) > 0 {
			t := tails.Get().(*padded)
			copy(t[0][:], x)
			f(&t[0][0], &t[0][0], 16)
			copy(dst, t[0][:])
			tails.Put(t)
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
			t := tails.Get().(*padded)
			copy(t[0][:], x)
			f(&t[0][0], &t[0][0], 8, s)
			copy(dst, t[0][:])
			tails.Put(t)
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
			t := tails.Get().(*padded)
			copy(t[0][:], a)
			copy(t[1][:], b)
			f(&t[0][0], &t[0][0], &t[1][0], 8)
			copy(dst, t[0][:])
			tails.Put(t)
		}
	}
}
