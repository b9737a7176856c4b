//go:build !purego

package kernels

import (
	"unsafe"

	"github.com/gannet-ml/gannet/asm"
)

var gemmU8NEON = gemmU8Kernels{mr: 8, nr: 8, thin: 8, cut: 8, rows: 256, step: 4, chunk: 1 << 13, batch: 64,
	tile: gemmU8TileNEON, row: gemmU8RowNEON, packA: packU8NEON, packB: packS8Generic, open: openDirect, requant: requantNEON,
	quantize: quantizeI16Generic, lookup: lookupNEON}

func gemmU8TileNEON(tiles, _, _, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	for i := range tiles {
		panel := (*byte)(unsafe.Add(unsafe.Pointer(a), 8*i*lda))
		to := unsafe.Slice((*int32)(unsafe.Add(unsafe.Pointer(c), 32*i*ldc)), 7*ldc+8)
		if ldc == 8 {
			asm.GemmU8S8_8x8_NEON(k/4, panel, b, bias, &to[0])
			continue
		}
		var tile [64]int32
		asm.GemmU8S8_8x8_NEON(k/4, panel, b, bias, &tile[0])
		for x := range 8 {
			copy(to[x*ldc:][:8], tile[8*x:])
		}
	}
}

func gemmU8RowNEON(panels, _, k int, a, b *byte, bias, c *int32) {
	sums, to := unsafe.Slice(bias, 8*panels), unsafe.Slice(c, 8*panels)
	for p := range panels {
		panel := (*byte)(unsafe.Add(unsafe.Pointer(b), 8*p*k))
		asm.GemmU8S8_1x8_NEON(k/4, a, panel, &sums[8*p], &to[8*p])
	}
}

// packU8NEON lays out four bytes of each of 8 rows a step.
func packU8NEON(dst, src []uint8, lda, k, rows int) {
	for x := range rows {
		row := src[x*lda:][:k]
		at := x * 4
		for ; len(row) >= 4; row = row[4:] {
			*(*[4]byte)(dst[at:]) = [4]byte(row)
			at += 32
		}
		if len(row) > 0 {
			var last [4]byte
			copy(last[:], row)
			*(*[4]byte)(dst[at:]) = last
		}
	}
}

// requantNEON does 8 sums at a time in assembly; what is left of a row goes through the reference.
func requantNEON(dst []uint8, ldd int, acc []int32, lda, rows, n int, q *requant) {
	whole := n &^ 7
	if whole > 0 {
		for i := range rows {
			asm.RequantU8_NEON(&dst[i*ldd], &acc[i*lda], &q.mult[0], &q.shift[0], whole, q.zero, int32(q.lo)-q.zero,
				int32(q.hi)-q.zero)
		}
	}
	if whole < n {
		rest := *q
		rest.mult, rest.shift = q.mult[whole:], q.shift[whole:]
		requantGeneric(dst[whole:], ldd, acc[whole:], lda, rows, n-whole, &rest)
	}
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
