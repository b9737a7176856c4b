//go:build !purego

package asm

// GemmF32_8x48_AVX512 sets Rows x Cols floats of C to the product of A and B, one chain of fused multiply-adds over
// ascending k from +0 for each, and what BlockF32 adds to it. Its tile is 8 x 48.
//
//go:noescape
func GemmF32_8x48_AVX512(t *BlockF32)

// GemmF32_6x16_AVX2 is GemmF32_8x48_AVX512 with a tile of 6 x 16. Its steps of B are always 16 floats.
//
//go:noescape
func GemmF32_6x16_AVX2(t *BlockF32)

// GemvF32_AVX512 continues the chains of fused multiply-adds y[j] = a[aStep*k]*b[ldb*k+j] + y[j], for j < n, over ascending
// k < kc.
//
//go:noescape
func GemvF32_AVX512(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)

// GemvFarF32_AVX512 is GemvF32_AVX512, faster where b comes from beyond the L2 cache and slower where it does not.
//
//go:noescape
func GemvFarF32_AVX512(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)

// GemvF32_AVX2 is GemvF32_AVX512.
//
//go:noescape
func GemvF32_AVX2(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)

// TransposeF32_8_AVX2 sets dst[width*k+i] = src[ld*i+k] for 0 <= i < 8 and k < kc, a multiple of 8.
//
//go:noescape
func TransposeF32_8_AVX2(dst, src *float32, ld, kc, width int)

// CopyF32_48_AVX512 sets dst[48*k+j] = src[ld*k+j] for j < 48 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_48_AVX512(dst, src *float32, ld, kc int)

// CopyF32_Some_AVX512 sets dst[width*k+j] = src[ld*k+j] for j < w <= 48 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_Some_AVX512(dst, src *float32, ld, kc, w, width int)

// CopyF32_Some_AVX2 is CopyF32_Some_AVX512 for w <= 16.
//
//go:noescape
func CopyF32_Some_AVX2(dst, src *float32, ld, kc, w, width int)

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
