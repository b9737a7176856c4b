//go:build !purego

package kernels

var gemmU8AVX2, gemmU8AVX512 gemmU8Kernels
