//go:build !purego

package asm

// GemmF32_8x12_NEON sets Rows x Cols floats of C to the product of A and B, one chain of fused multiply-adds over ascending
// k from +0 for each, and what BlockF32 adds to it. Its tile is 8 x 12. A is packed: ARow is 1, AStep is 8, and every tile has
// 8 rows of it. What is ahead it prefetches in tiles of few rows only.
//
//go:noescape
func GemmF32_8x12_NEON(t *BlockF32)

// GemvF32_NEON continues the chains of fused multiply-adds y[j] = a[aStep*k]*b[ldb*k+j] + y[j], for j < n, over ascending
// k < kc, kc > 0.
//
//go:noescape
func GemvF32_NEON(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)

// TransposeF32_8_NEON sets dst[width*k+i] = src[ld*i+k] for 0 <= i < 8 and k < kc, a positive multiple of 4.
//
//go:noescape
func TransposeF32_8_NEON(dst, src *float32, ld, kc, width int)

// TransposeF32_4_NEON is TransposeF32_8_NEON for i < 4.
//
//go:noescape
func TransposeF32_4_NEON(dst, src *float32, ld, kc, width int)

// TransposeF32_2_NEON is TransposeF32_8_NEON for i < 2.
//
//go:noescape
func TransposeF32_2_NEON(dst, src *float32, ld, kc, width int)

// CopyF32_NEON sets dst[width*k+j] = src[ld*k+j] for j < w <= 12 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_NEON(dst, src *float32, ld, kc, w, width int)

// PeakF32_NEON runs n rounds of 24 independent fused multiply-adds on registers, 4 floats wide: the limit that a GEMM
// can approach.
//
//go:noescape
func PeakF32_NEON(n int)
