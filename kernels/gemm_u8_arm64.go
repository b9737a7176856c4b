//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var gemmU8NEON = gemmU8Kernels{mr: 8, nr: 8, ks: 4, rows: 256, tile: gemmU8TileNEON, row: gemmU8RowNEON,
	pack: packU8Generic, requant: requantNEON, lookup: lookupNEON}

func gemmU8TileNEON(steps int, a, b *byte, c *int32) { asm.GemmU8S8_8x8_NEON(steps, a, b, c) }

func gemmU8RowNEON(steps int, a, b *byte, c *int32) { asm.GemmU8S8_1x8_NEON(steps, a, b, c) }

// noBias stands for an absent bias in a row of one tile.
var noBias [8]int32

// requantNEON does 8 sums at a time in assembly; what is left goes through the reference.
func requantNEON(dst []uint8, acc, bias, mult []int32, shift []uint8, zero int32, lo, hi uint8) {
	n, b := len(dst)&^7, bias
	if b == nil {
		n, b = min(n, len(noBias)), noBias[:]
	}
	if n > 0 {
		asm.RequantU8_NEON(&dst[0], &acc[0], &b[0], &mult[0], &shift[0], n, zero, int32(lo)-zero, int32(hi)-zero)
	}
	if n == len(dst) {
		return
	}
	if bias != nil {
		bias = bias[n:]
	}
	requantGeneric(dst[n:], acc[n:], bias, mult[n:], shift[n:], zero, lo, hi)
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
