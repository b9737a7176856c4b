//go:build !purego

package asm

// GemmF32_8x12_NEON computes, for 0 <= i < 8 and 0 <= j < 12, the sum over k < kc of a[8*k+i]*b[ldb*k+j], one chain of
// fused multiply-adds over ascending k from +0, and sets c[ldc*i+j] to it (add = 0) or adds it to c[ldc*i+j] (add = 1).
//
//go:noescape
func GemmF32_8x12_NEON(kc int, a, b *float32, ldb int, c *float32, ldc int, add int)

// TransposeF32_4_NEON sets dst[width*k+i] = src[ld*i+k] for 0 <= i < 4 and k < kc, a positive multiple of 4.
//
//go:noescape
func TransposeF32_4_NEON(dst, src *float32, ld, kc, width int)

// PeakF32_NEON runs n rounds of 24 independent fused multiply-adds on registers, 4 floats wide: the limit that a GEMM
// can approach.
//
//go:noescape
func PeakF32_NEON(n int)
