//go:build !purego

package kernels

import (
	"unsafe"

	"github.com/gannet-ml/gannet/asm"
)

var (
	gemmU8NEON = gemmU8Kernels{mr: 4, nr: 4, thin: 4, cut: 4, rows: 256, step: 4, deep: 2, chunk: 1 << 15, batch: 64,
		flipped: true, flat: true, tile: gemmU8TileNEON, row: gemmU8RowNEON, packA: packU8NEON, packB: packS8NEON,
		open: openDirect, requant: requantNEON, quantize: quantizeI16NEON, lookup: lookupNEON}
	gemmU8NEONDot = gemmU8Kernels{mr: 8, nr: 12, thin: 4, cut: 4, rows: 256, step: 4, chunk: 1 << 14, batch: 64,
		flipped: true, flat: true, tile: gemmU8TileNEONDot, row: gemmU8RowNEONDot, packA: packU8NEONDot, packB: packS8NEONDot,
		open: openDirect, requant: requantNEON, quantize: quantizeI16NEON, lookup: lookupNEON}
	gemmU8NEONI8MM = gemmU8Kernels{mr: 8, nr: 12, thin: 4, cut: 4, rows: 256, step: 4, deep: 1, chunk: 1 << 14, batch: 64,
		flat: true, tile: gemmU8TileNEONI8MM, row: gemmU8RowNEONI8MM, packA: packU8NEONI8MM, packB: packS8NEONI8MM,
		open: openDirect, requant: requantNEON, quantize: quantizeI16NEON, lookup: lookupNEON}
)

func gemmU8TileNEON(tiles, _, _, k int, a *byte, _ int, b *byte, bias, c *int32, ldc int, _ bool) {
	asm.GemmU8S8_4x4_NEON(tiles, k/16, a, b, bias, c, ldc)
}

func gemmU8RowNEON(panels, _, k int, a, b *byte, bias, c *int32) {
	asm.GemmU8S8_1x4_NEON(panels, k/16, a, b, bias, c)
}

func gemmU8TileNEONDot(tiles, rows, width, k int, a *byte, _ int, b *byte, bias, c *int32, ldc int, _ bool) {
	switch {
	case width == 4:
		asm.GemmU8S8_8x4_NEONDOT(tiles, k/4, a, b, bias, c, ldc)
	case width == 8:
		asm.GemmU8S8_8x8_NEONDOT(tiles, k/4, a, b, bias, c, ldc)
	case rows == 4:
		asm.GemmU8S8_4x12_NEONDOT(tiles, k/4, a, b, bias, c, ldc)
	default:
		asm.GemmU8S8_8x12_NEONDOT(tiles, k/4, a, b, bias, c, ldc)
	}
}

func gemmU8RowNEONDot(panels, width, k int, a, b *byte, bias, c *int32) {
	switch width {
	case 4:
		asm.GemmU8S8_1x4_NEONDOT(k/4, a, b, bias, c)
	case 8:
		asm.GemmU8S8_1x8_NEONDOT(k/4, a, b, bias, c)
	default:
		asm.GemmU8S8_1x12_NEONDOT(panels, k/4, a, b, bias, c)
	}
}

func gemmU8TileNEONI8MM(tiles, rows, width, k int, a *byte, _ int, b *byte, bias, c *int32, ldc int, _ bool) {
	switch {
	case width == 4:
		asm.GemmU8S8_8x4_NEONI8MM(tiles, k/8, a, b, bias, c, ldc)
	case width == 8:
		asm.GemmU8S8_8x8_NEONI8MM(tiles, k/8, a, b, bias, c, ldc)
	case rows == 4:
		asm.GemmU8S8_4x12_NEONI8MM(tiles, k/8, a, b, bias, c, ldc)
	default:
		asm.GemmU8S8_8x12_NEONI8MM(tiles, k/8, a, b, bias, c, ldc)
	}
}

func gemmU8RowNEONI8MM(panels, width, k int, a, b *byte, bias, c *int32) {
	if width < 12 {
		asm.GemmU8S8_1x4_NEONI8MM(width/4, k/8, width, a, b, bias, c)
		return
	}
	asm.GemmU8S8_1x12_NEONI8MM(panels, k/8, a, b, bias, c)
}

func packU8NEON(dst, src []uint8, lda, k, rows int) {
	if blocks := k / 16; blocks > 0 {
		asm.PackRows4_16_NEON(&dst[0], &src[0], lda, blocks, rows)
	}
	packTail(dst, src, lda, k, rows, 4, 16, 128)
}

func packU8NEONDot(dst, src []uint8, lda, k, rows int) {
	if blocks := k / 16; blocks > 0 {
		asm.PackRows8_4_NEON(&dst[0], &src[0], lda, blocks, rows)
	}
	packTail(dst, src, lda, k, rows, 8, 4, 128)
}

func packU8NEONI8MM(dst, src []uint8, lda, k, rows int) {
	if blocks := k / 16; blocks > 0 {
		asm.PackRows8_8_NEON(&dst[0], &src[0], lda, blocks, rows)
	}
	packTail(dst, src, lda, k, rows, 8, 8, 0)
}

// packTail packs the last k%16 bytes of rows into steps of so many bytes for each of mr rows.
func packTail(dst, src []uint8, lda, k, rows, mr, step int, flip uint8) {
	whole := k &^ 15
	if whole == k {
		return
	}
	dst = dst[whole*mr:]
	for i := range rows {
		var last [16]uint8
		for j, v := range src[i*lda:][whole:k] {
			last[j] = v ^ flip
		}
		for at := 0; at < k-whole; at += step {
			copy(dst[at*mr+i*step:][:step], last[at:])
		}
	}
}

// packS8NEON also says, in bit 0 of the sums, whether the panel holds a -128.
func packS8NEON(dst []byte, src []int8, ld, k, cols, width int) {
	packS8Flipped(dst, src, ld, k, cols, width, 16)
	for i := range k {
		for _, v := range src[i*ld:][:cols] {
			if v == -128 {
				for j := range width {
					dst[4*j] |= 1
				}
				return
			}
		}
	}
}

func packS8NEONDot(dst []byte, src []int8, ld, k, cols, width int) {
	packS8Flipped(dst, src, ld, k, cols, width, 4)
}

func packS8NEONI8MM(dst []byte, src []int8, ld, k, cols, width int) {
	packS8Steps(dst, src, ld, k, cols, width, 8)
}

// requantNEON does tiles of 4 rows and 4 columns, the last columns in tiles that are copied out; fewer rows than 4 go by 8
// columns and, what is left of them, through the reference.
func requantNEON(dst []uint8, ldd int, acc []int32, lda, rows, n int, q *requant) {
	tiles, quads := rows/4, n/4
	if tiles > 0 {
		if quads > 0 {
			asm.RequantTilesU8_NEON(&dst[0], ldd, &acc[0], lda, tiles, quads, &q.mult[0], &q.shift[0], q.zero, int32(q.lo),
				int32(q.hi))
		}
		if whole := 4 * quads; whole < n {
			var out [4 * 64]uint8
			var mult [4]int32
			shift := [4]uint8{MinShift, MinShift, MinShift, MinShift}
			copy(mult[:], q.mult[whole:n])
			copy(shift[:], q.shift[whole:n])
			for i := 0; i < 4*tiles; i += 64 {
				h := min(64, 4*tiles-i)
				asm.RequantTilesU8_NEON(&out[0], 4, &acc[i*lda+whole], lda, h/4, 1, &mult[0], &shift[0], q.zero, int32(q.lo),
					int32(q.hi))
				for x := range h {
					copy(dst[(i+x)*ldd+whole:][:n-whole], out[4*x:])
				}
			}
		}
		if dst, acc, rows = dst[min(len(dst), 4*tiles*ldd):], acc[4*tiles*lda:], rows-4*tiles; rows == 0 {
			return
		}
	}
	whole := n &^ 7
	if whole > 0 {
		for i := range rows {
			asm.RequantU8_NEON(&dst[i*ldd], &acc[i*lda], &q.mult[0], &q.shift[0], whole, q.zero, int32(q.lo), int32(q.hi))
		}
	}
	if whole < n {
		rest := requant{mult: q.mult[whole:], shift: q.shift[whole:], zero: q.zero, lo: q.lo, hi: q.hi}
		requantGeneric(dst[whole:], ldd, acc[whole:], lda, rows, n-whole, &rest)
	}
}

// quantizeI16NEON does 8 numbers at a time in assembly.
func quantizeI16NEON(dst []uint8, src []int16, mult int32, shift uint8, zero int32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.QuantizeI16_NEON(&dst[0], &src[0], n, mult, int32(shift), zero)
		dst, src = dst[n:], src[n:]
	}
	quantizeI16Generic(dst, src, mult, shift, zero)
}

// lookupNEON does 16 bytes at a time in assembly and the rest in Go.
func lookupNEON(dst, src []uint8, table *[256]uint8) {
	for len(src) >= 16 {
		stopPoint()
		n := min(len(src), chunk) &^ 15
		asm.LookupU8_NEON(&dst[0], &src[0], n, table)
		dst, src = dst[n:], src[n:]
	}
	lookupGeneric(dst, src, table)
}

// packS8Flipped is packS8Steps after what makes up for A less 128: 128 times the sum of each column.
func packS8Flipped(dst []byte, src []int8, ld, k, cols, width, step int) {
	head := unsafe.Slice((*int32)(unsafe.Pointer(&dst[0])), width)
	for i := range k {
		for j, v := range src[i*ld:][:cols] {
			head[j] += 128 * int32(v)
		}
	}
	packS8Steps(dst[4*width:], src, ld, k, cols, width, step)
}
