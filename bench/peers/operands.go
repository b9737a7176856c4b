package main

import "math"

// The operands are the same numbers in every process: peer.h makes them in the same way.

func random(n int, stream uint32, each func(i int, s uint32)) {
	s := uint32(2654435769) * (stream + 1)
	for i := range n {
		s = s*1664525 + 1013904223
		each(i, s)
	}
}

// floats returns n numbers in [-1, 1).
func floats(n int, stream uint32) []float32 {
	x := make([]float32, n)
	random(n, stream, func(i int, s uint32) { x[i] = float32(int32(s)>>8) * 0x1p-23 })
	return x
}

// pixels returns n numbers in [0, 255].
func pixels(n int, stream uint32) []uint8 {
	x := make([]uint8, n)
	random(n, stream, func(i int, s uint32) { x[i] = uint8(s >> 24) })
	return x
}

// weights returns n numbers in [-64, 63]: oneDNN's AVX2 kernels add two products of a u8 and an s8 in 16 bits, which
// saturate beyond.
func weights(n int, stream uint32) []int8 {
	x := make([]int8, n)
	random(n, stream, func(i int, s uint32) { x[i] = int8(int32(s) >> 25) })
	return x
}

// checksum is the sum of the results, each times a weight that belongs to its place, and the same of their absolute
// values. For integers it is exact.
func checksum[T float32 | int32](c []T) (sum, abs float64) {
	for i, x := range c {
		v := float64(x) * float64(1+i%61)
		sum += v
		abs += math.Abs(v)
	}
	return sum, abs
}
