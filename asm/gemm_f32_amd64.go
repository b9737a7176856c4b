//go:build !purego

package asm

// GemmF32_8x48_AVX512 computes, for 0 <= i < 8 and 0 <= j < 48, the sum over k < kc of a[8*k+i]*b[ldb*k+j], one chain of
// fused multiply-adds over ascending k from +0, and sets c[ldc*i+j] to it (add = 0) or adds it to c[ldc*i+j] (add = 1).
// Meanwhile it prefetches kc/2 lines from ahead on, aheadLd floats apart, which need not be memory of the program.
//
//go:noescape
func GemmF32_8x48_AVX512(kc int, a, b *float32, ldb int, c *float32, ldc int, add int, ahead *float32, aheadLd int)

// GemmF32_4x48_AVX512 is GemmF32_8x48_AVX512 for the first 4 rows of the tile; a is packed for 8.
//
//go:noescape
func GemmF32_4x48_AVX512(kc int, a, b *float32, ldb int, c *float32, ldc int, add int, ahead *float32, aheadLd int)

// GemmF32_6x16_AVX2 is GemmF32_8x48_AVX512 for a tile of 6 rows and 16 columns; it prefetches kc/4 lines.
//
//go:noescape
func GemmF32_6x16_AVX2(kc int, a, b *float32, ldb int, c *float32, ldc int, add int, ahead *float32, aheadLd int)

// TransposeF32_8_AVX2 sets dst[width*k+i] = src[ld*i+k] for 0 <= i < 8 and k < kc, a multiple of 8.
//
//go:noescape
func TransposeF32_8_AVX2(dst, src *float32, ld, kc, width int)

// TransposeF32_6_AVX2 sets dst[6*k+i] = src[ld*i+k] for 0 <= i < 6 and k < kc, a multiple of 8, and overwrites the two
// floats that follow.
//
//go:noescape
func TransposeF32_6_AVX2(dst, src *float32, ld, kc int)

// CopyF32_48_AVX512 sets dst[48*k+j] = src[ld*k+j] for j < 48 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_48_AVX512(dst, src *float32, ld, kc int)

// CopyF32_16_AVX2 sets dst[16*k+j] = src[ld*k+j] for j < 16 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_16_AVX2(dst, src *float32, ld, kc int)

// CopyF32_8_AVX2 sets dst[8*k+j] = src[ld*k+j] for j < 8 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_8_AVX2(dst, src *float32, ld, kc int)

// PeakF32_AVX512 and PeakF32_AVX2 run n rounds of 16 and 12 independent fused multiply-adds on registers, 16 and 8
// floats wide: the limit that a GEMM can approach.
//
//go:noescape
func PeakF32_AVX512(n int)

//go:noescape
func PeakF32_AVX2(n int)
