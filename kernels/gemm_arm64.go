//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var gemmF32NEON = gemmF32Kernels{mr: 8, nr: 12, lanes: 4, shift: 4, packsA: true, block: blockNEON, gemv: gemvNEON,
	transpose: transposeNEON, copyRows: copyRowsNEON}

// A call into assembly, which cannot be preempted, takes at most some 80 microseconds on a slow core: so many rows of a block,
// or columns of a vector times a matrix.
const (
	blockRowsNEON   = 16 * 8
	gemvColumnsNEON = 128
)

func blockNEON(t *gemmBlock) {
	b := t.BlockF32
	for rows := t.Rows; ; rows -= blockRowsNEON {
		b.Rows = min(rows, blockRowsNEON)
		asm.GemmF32_8x12_NEON(&b)
		if rows <= blockRowsNEON {
			return
		}
		stopPoint()
		if b.Copy != nil {
			b.B, b.BStep, b.Copy = b.Copy, 12, nil
		}
		b.A, b.C = floats(b.A, blockRowsNEON/8*b.APanel), floats(b.C, blockRowsNEON*b.CRow)
		if b.Sum != nil {
			b.Sum = floats(b.Sum, blockRowsNEON*b.SumRow)
		}
	}
}

func gemvNEON(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32) {
	for j := 0; j < n; j += gemvColumnsNEON {
		stopPoint()
		asm.GemvF32_NEON(kc, min(gemvColumnsNEON, n-j), a, aStep, floats(b, j), ldb, floats(y, j))
	}
}

// transposeNEON does whole groups of 8, 4 or 2 rows and 4 steps in registers, and the rest in Go.
func transposeNEON(dst, src []float32, ld, kc, w, width int) {
	if w == 1 && width == 1 {
		copy(dst, src[:kc])
		return
	}
	i, whole := 0, kc&^3
	if whole > 0 {
		for ; i+8 <= w; i += 8 {
			asm.TransposeF32_8_NEON(&dst[i], &src[i*ld], ld, whole, width)
		}
		if i+4 <= w {
			asm.TransposeF32_4_NEON(&dst[i], &src[i*ld], ld, whole, width)
			i += 4
		}
		if i+2 <= w {
			asm.TransposeF32_2_NEON(&dst[i], &src[i*ld], ld, whole, width)
			i += 2
		}
		if whole < kc && i > 0 {
			transposeGeneric(dst[whole*width:], src[whole:], ld, kc-whole, i, width)
		}
	}
	if i < w {
		transposeGeneric(dst[i:], src[i*ld:], ld, kc, w-i, width)
	}
}

// The prefetches of the copies reach beyond src, which no processor minds.
func copyRowsNEON(dst, src []float32, ld, kc, w, width int) {
	for j := 0; j < w; j += 12 {
		asm.CopyF32_NEON(&dst[j], &src[j], ld, kc, min(12, w-j), width)
	}
}
