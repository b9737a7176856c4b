//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	gemmF32AVX512 = gemmF32Kernels{mr: 8, nr: 48, lanes: 16, near: 128 << 10, shift: 16, block: blockAVX512,
		gemv: asm.GemvF32_AVX512, gemvFar: asm.GemvFarF32_AVX512, transpose: transposeAVX512, copyRows: copyRowsAVX512}
	gemmF32AVX2 = gemmF32Kernels{mr: 6, nr: 16, lanes: 16, block: blockAVX2,
		gemv: asm.GemvF32_AVX2, transpose: transposeAVX2, copyRows: copyRowsAVX2}
)

func blockAVX512(t *gemmBlock) { asm.GemmF32_8x48_AVX512(&t.BlockF32) }

func blockAVX2(t *gemmBlock) { asm.GemmF32_6x16_AVX2(&t.BlockF32) }

// transposeSteps is how many steps are transposed for all lanes before the next: what is written stays in the L1 cache
// until its lines are complete.
const transposeSteps = 64

func transposeAVX2(dst, src []float32, ld, kc, w, width int) {
	for ; kc > transposeSteps; kc -= transposeSteps {
		transposeStripAVX2(dst, src, ld, transposeSteps, w, width)
		dst, src = dst[transposeSteps*width:], src[transposeSteps:]
	}
	transposeStripAVX2(dst, src, ld, kc, w, width)
}

// transposeStripAVX2 does whole groups of 8 rows and 8 steps in registers, and the rest in Go.
func transposeStripAVX2(dst, src []float32, ld, kc, w, width int) {
	i, whole := 0, kc&^7
	if whole > 0 {
		for ; i+8 <= w; i += 8 {
			asm.TransposeF32_8_AVX2(&dst[i], &src[i*ld], ld, whole, width)
		}
		if whole < kc && i > 0 {
			transposeGeneric(dst[whole*width:], src[whole:], ld, kc-whole, i, width)
		}
	}
	if i < w {
		transposeGeneric(dst[i:], src[i*ld:], ld, kc, w-i, width)
	}
}

func transposeAVX512(dst, src []float32, ld, kc, w, width int) {
	for ; kc > transposeSteps; kc -= transposeSteps {
		transposeStripAVX512(dst, src, ld, transposeSteps, w, width)
		dst, src = dst[transposeSteps*width:], src[transposeSteps:]
	}
	transposeStripAVX512(dst, src, ld, kc, w, width)
}

// transposeStripAVX512 does whole groups of 16 rows and 16 steps in registers, and leaves the rest to AVX2.
func transposeStripAVX512(dst, src []float32, ld, kc, w, width int) {
	i, whole := 0, kc&^15
	if whole > 0 {
		for ; i+16 <= w; i += 16 {
			asm.TransposeF32_16_AVX512(&dst[i], &src[i*ld], ld, whole, width)
		}
		if whole < kc && i > 0 {
			transposeStripAVX2(dst[whole*width:], src[whole:], ld, kc-whole, i, width)
		}
	}
	if i < w {
		transposeStripAVX2(dst[i:], src[i*ld:], ld, kc, w-i, width)
	}
}

// The prefetches of the copies reach beyond src, which no processor minds.

func copyRowsAVX512(dst, src []float32, ld, kc, w, width int) {
	switch {
	case w == 48 && width == 48:
		asm.CopyF32_48_AVX512(&dst[0], &src[0], ld, kc)
	case w == 8 && width == 8:
		asm.CopyF32_8_AVX2(&dst[0], &src[0], ld, kc)
	default:
		for j := 0; j < w; j += 48 {
			asm.CopyF32_Some_AVX512(&dst[j], &src[j], ld, kc, min(48, w-j), width)
		}
	}
}

func copyRowsAVX2(dst, src []float32, ld, kc, w, width int) {
	switch {
	case w == 16 && width == 16:
		asm.CopyF32_16_AVX2(&dst[0], &src[0], ld, kc)
	case w == 8 && width == 8:
		asm.CopyF32_8_AVX2(&dst[0], &src[0], ld, kc)
	default:
		for j := 0; j < w; j += 16 {
			asm.CopyF32_Some_AVX2(&dst[j], &src[j], ld, kc, min(16, w-j), width)
		}
	}
}
