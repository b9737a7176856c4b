//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	gemmF32AVX512 = gemmF32Kernels{mr: 8, nr: 48, lanes: 16,
		block: blockAVX512, transpose: transposeAVX2, copyRows: copyRowsAVX2}
	gemmF32AVX2 = gemmF32Kernels{mr: 6, nr: 16, lanes: 16,
		block: blockAVX2, transpose: transposeAVX2, copyRows: copyRowsAVX2}
)

func blockAVX512(t *gemmBlock) { asm.GemmF32_8x48_AVX512(&t.BlockF32) }

func blockAVX2(t *gemmBlock) { asm.GemmF32_6x16_AVX2(&t.BlockF32) }

// transposeAVX2 does whole groups of 8 rows (6 for a panel of 6) and 8 steps in registers, and the rest in Go.
func transposeAVX2(dst, src []float32, ld, kc, w, width int) {
	group, whole := 8, kc&^7
	if w == 6 && width == 6 {
		// The two floats written beyond a block must still belong to the panel.
		group, whole = 6, (kc-1)&^7
	}
	if whole == 0 {
		transposeGeneric(dst, src, ld, kc, w, width)
		return
	}
	i := 0
	for ; i+group <= w; i += group {
		if group == 8 {
			asm.TransposeF32_8_AVX2(&dst[i], &src[i*ld], ld, whole, width)
		} else {
			asm.TransposeF32_6_AVX2(&dst[i], &src[i*ld], ld, whole)
		}
		if whole < kc {
			transposeGeneric(dst[whole*width+i:], src[i*ld+whole:], ld, kc-whole, group, width)
		}
	}
	if i < w {
		transposeGeneric(dst[i:], src[i*ld:], ld, kc, w-i, width)
	}
}

// copyRowsAVX2 copies panels of the widths that this architecture has; others in Go. The prefetches reach beyond src,
// which no processor minds.
func copyRowsAVX2(dst, src []float32, ld, kc, w, width int) {
	switch {
	case w == 48 && width == 48:
		asm.CopyF32_48_AVX512(&dst[0], &src[0], ld, kc)
	case w == 16 && width == 16:
		asm.CopyF32_16_AVX2(&dst[0], &src[0], ld, kc)
	case w == 8 && width == 8:
		asm.CopyF32_8_AVX2(&dst[0], &src[0], ld, kc)
	default:
		copyRowsGeneric(dst, src, ld, kc, w, width)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
