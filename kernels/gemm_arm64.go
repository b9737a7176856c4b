//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var gemmF32NEON = gemmF32Kernels{mr: 8, nr: 12, lanes: 12, simple: true, block: blockNEON, transpose: transposeNEON,
	copyRows: copyRowsGeneric}

func blockNEON(t *gemmBlock) { blockOfTiles(t, gemmTileNEON, 8, 12) }

func gemmTileNEON(kc int, a, b *float32, ldb int, c *float32, ldc int, add bool) {
	sum := 0
	if add {
		sum = 1
	}
	asm.GemmF32_8x12_NEON(kc, a, b, ldb, c, ldc, sum)
}

// transposeNEON does whole groups of 4 rows and 4 steps in registers, and the rest in Go.
func transposeNEON(dst, src []float32, ld, kc, w, width int) {
	whole := kc &^ 3
	if whole == 0 {
		transposeGeneric(dst, src, ld, kc, w, width)
		return
	}
	i := 0
	for ; i+4 <= w; i += 4 {
		asm.TransposeF32_4_NEON(&dst[i], &src[i*ld], ld, whole, width)
		if whole < kc {
			transposeGeneric(dst[whole*width+i:], src[i*ld+whole:], ld, kc-whole, 4, width)
		}
	}
	if i < w {
		transposeGeneric(dst[i:], src[i*ld:], ld, kc, w-i, width)
	}
}
