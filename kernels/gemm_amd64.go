//go:build !purego

package kernels

var gemmF32AVX2, gemmF32AVX512 gemmF32Kernels
