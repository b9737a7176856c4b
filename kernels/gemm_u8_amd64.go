//go:build !purego

package kernels

import (
	"github.com/klauspost/cpuid/v2"

	"github.com/gannet-ml/gannet/asm"
)

var (
	gemmU8AVX512 = gemmU8Kernels{mr: 8, nr: 48, thin: 4, cut: 16, rows: 256, step: 4, chunk: 1 << 16, batch: 64, direct: true,
		tile: gemmU8TileVNNI, row: gemmU8RowVNNI, packA: packU8Generic, packB: packS8AVX2, open: openDirect,
		requant: requantAVX512, quantize: quantizeI16AVX2, lookup: lookupAVX512}
	gemmU8AVXVNNI = gemmU8Kernels{mr: 6, nr: 16, thin: 6, cut: 16, rows: 252, step: 4, chunk: 1 << 16, batch: 24, direct: true,
		tile: gemmU8TileAVXVNNI, row: gemmU8RowAVXVNNI, packA: packU8Generic, packB: packS8AVX2, open: openDirect,
		requant: requantAVX2, quantize: quantizeI16AVX2, lookup: lookupAVX2}
	gemmU8AVX2 = gemmU8Kernels{mr: 6, nr: 16, thin: 4, cut: 16, rows: 252, step: 8, chunk: 1 << 16, batch: 24,
		tile: gemmU8TileAVX2, closed: gemmU8ClosedAVX2, few: fewAVX2, row: gemmU8RowAVX2, packA: packU16AVX2, packB: packPairsAVX2,
		open:    openAVX2,
		requant: requantAVX2, quantize: quantizeI16AVX2, lookup: lookupAVX2}
)

func gemmU8TileVNNI(tiles, rows, width, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool) {
	switch {
	case width == 16:
		asm.GemmU8S8_8x16_VNNI(tiles, k, a, lda, b, bias, c, ldc, stream)
	case width == 32:
		asm.GemmU8S8_8x32_VNNI(tiles, k, a, lda, b, bias, c, ldc, stream)
	case rows == 4:
		asm.GemmU8S8_4x48_VNNI(tiles, k, a, lda, b, bias, c, ldc)
	default:
		asm.GemmU8S8_8x48_VNNI(tiles, k, a, lda, b, bias, c, ldc, stream)
	}
}

// gemmU8RowVNNI computes a narrower panel, the last one, eight times over: tiles whose rows are all the same.
func gemmU8RowVNNI(panels, width, k int, a, b *byte, bias, c *int32) {
	if width < 48 {
		gemmU8TileVNNI(1, 8, width, k, a, 0, b, bias, c, 0, false)
		return
	}
	asm.GemmU8S8_1x48_VNNI(panels, k, a, b, bias, c)
}

func gemmU8TileAVXVNNI(tiles, _, _, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	asm.GemmU8S8_6x16_AVXVNNI(tiles, k, a, lda, b, bias, c, ldc)
}

func gemmU8RowAVXVNNI(panels, _, k int, a, b *byte, bias, c *int32) {
	asm.GemmU8S8_1x16_AVXVNNI(panels, k, a, b, bias, c)
}

func gemmU8TileAVX2(tiles, rows, _, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	if rows == 4 {
		asm.GemmU16S16_4x16_AVX2(tiles, k/4, a, lda, b, bias, c, ldc)
	} else {
		asm.GemmU16S16_6x16_AVX2(tiles, k/4, a, lda, b, bias, c, ldc)
	}
}

func gemmU8ClosedAVX2(tiles, rows, _, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	if rows == 4 {
		asm.GemmU16S8_4x16_AVX2(tiles, k/4, a, lda, b, bias, c, ldc)
	} else {
		asm.GemmU16S8_6x16_AVX2(tiles, k/4, a, lda, b, bias, c, ldc)
	}
}

// fewAVX2 is how many tiles widening a panel takes longer than widening it within each of them.
const fewAVX2 = 4

func gemmU8RowAVX2(panels, _, k int, a, b *byte, bias, c *int32) {
	asm.GemmU16S8_1x16_AVX2(panels, k/4, a, b, bias, c)
}

// packU16AVX2 widens rows to 16 bits, each to a multiple of 8 bytes. The last 16 bytes of a row are done with some
// that came before them.
func packU16AVX2(dst, src []uint8, lda, k, rows int) {
	if lda == k && k%4 == 0 { // one long row
		k, rows = k*rows, 1
	}
	width := 2 * ((k + 3) &^ 3)
	for i := range rows {
		row, to := src[i*lda:][:k], dst[i*width:][:width]
		if n := k &^ 15; n > 0 {
			asm.WidenU8_AVX2(&to[0], &row[0], n)
			if n < k {
				asm.WidenU8_AVX2(&to[2*(k-16)], &row[k-16], 16)
			}
		} else {
			for j, v := range row {
				to[2*j], to[2*j+1] = v, 0
			}
		}
		clear(to[2*k:])
	}
}

// openAVX2 widens a panel to 16 bits.
func openAVX2(panel []byte, buf *[]byte) []byte {
	if len(*buf) < 2*len(panel) {
		*buf = alignedBytes(2 * len(panel))
	}
	for at := 0; at < len(panel); at += chunkOpen {
		asm.WidenS8_16_AVX2(&(*buf)[2*at], &panel[at], min(chunkOpen, len(panel)-at))
	}
	return (*buf)[:2*len(panel)]
}

// chunkOpen is how many bytes of a panel one call widens: some 10 microseconds of work.
const chunkOpen = 1 << 18

// packS8AVX2 does whole steps and 16 columns at a time in assembly.
func packS8AVX2(dst []byte, src []int8, ld, k, cols, width int) {
	const chunk = 1 << 11
	steps, whole := k/4, cols&^15
	for s := 0; s < steps && whole > 0; s += chunk {
		asm.InterleaveS8_AVX2(&dst[s*4*width], &src[s*4*ld], ld, min(chunk, steps-s), whole, width)
	}
	if whole < cols {
		packS8Generic(dst[4*whole:], src[whole:], ld, 4*steps, cols-whole, width)
	}
	if 4*steps < k {
		packS8Generic(dst[steps*4*width:], src[4*steps*ld:], ld, k-4*steps, cols, width)
	}
}

// packPairsAVX2 does whole pairs of rows and 16 columns at a time in assembly.
func packPairsAVX2(dst []byte, src []int8, ld, k, cols, width int) {
	const chunk = 1 << 12
	pairs, whole := k/2, cols&^15
	for s := 0; s < pairs && whole > 0; s += chunk {
		asm.InterleaveS8_2_AVX2(&dst[s*2*width], &src[s*2*ld], ld, min(chunk, pairs-s), whole, width)
	}
	if whole < cols {
		packS8Steps(dst[2*whole:], src[whole:], ld, 2*pairs, cols-whole, width, 2)
	}
	if 2*pairs < k {
		packS8Steps(dst[pairs*2*width:], src[2*pairs*ld:], ld, 1, cols, width, 2)
	}
}

var hasVBMI = cpuid.CPU.Supports(cpuid.AVX512VBMI)

// lookupAVX512 uses byte permutations where the CPU has them.
func lookupAVX512(dst, src []uint8, table *[256]uint8) {
	if !hasVBMI {
		lookupAVX2(dst, src, table)
		return
	}
	for len(src) > 0 {
		stopPoint()
		n := min(len(src), chunkLookup)
		asm.LookupU8_VBMI(&dst[0], &src[0], n, table)
		dst, src = dst[n:], src[n:]
	}
}

// lookupAVX2 does 64 bytes at a time in assembly. The rest is copied to as many if there are enough, or done in Go.
func lookupAVX2(dst, src []uint8, table *[256]uint8) {
	for len(src) >= 64 {
		stopPoint()
		n := min(len(src), chunkLookup) &^ 63
		asm.LookupU8_AVX2(&dst[0], &src[0], n, table)
		dst, src = dst[n:], src[n:]
	}
	if len(src) > 24 {
		var some [64]uint8
		copy(some[:], src)
		asm.LookupU8_AVX2(&some[0], &some[0], len(some), table)
		copy(dst[:len(src)], some[:])
		return
	}
	lookupGeneric(dst, src, table)
}

// chunkLookup is how many bytes one call looks up: some microseconds of work.
const chunkLookup = 1 << 15

// requantAVX512 does tiles of 4 rows and 16, 32 or 48 columns at a time, and what is left of the rows and the columns
// by itself.
func requantAVX512(dst []uint8, ldd int, acc []int32, lda, rows, n int, q *requant) {
	tiles, whole := rows/4, 0
	if tiles > 0 {
		for whole = 0; whole+16 <= n; {
			blocks := min(3, (n-whole)/16)
			asm.RequantTilesU8_AVX512(&dst[whole], ldd, &acc[whole], lda, tiles, blocks, &q.scales, &q.mult[whole],
				&q.shift[whole], q.zero, int32(q.lo), int32(q.hi))
			whole += 16 * blocks
		}
	}
	if whole < n {
		asm.RequantU8_AVX512(&dst[whole], ldd, &acc[whole], lda, rows, n-whole, &q.mult[whole], &q.shift[whole], q.zero,
			int32(q.lo), int32(q.hi))
	}
	if whole > 0 && 4*tiles < rows {
		asm.RequantU8_AVX512(&dst[4*tiles*ldd], ldd, &acc[4*tiles*lda], lda, rows-4*tiles, whole, &q.mult[0], &q.shift[0],
			q.zero, int32(q.lo), int32(q.hi))
	}
}

// requantAVX2 does 8 columns at a time, the last ones in blocks of 8 that are copied in and out.
func requantAVX2(dst []uint8, ldd int, acc []int32, lda, rows, n int, q *requant) {
	whole := n &^ 7
	if whole > 0 {
		asm.RequantU8_AVX2(&dst[0], ldd, &acc[0], lda, rows, whole, &q.mult[0], &q.shift[0], q.zero, int32(q.lo), int32(q.hi))
	}
	if whole == n {
		return
	}
	const block = 16
	var out [8 * block]uint8
	var mult [8]int32
	shift := [8]uint8{MinShift, MinShift, MinShift, MinShift, MinShift, MinShift, MinShift, MinShift}
	copy(mult[:], q.mult[whole:n])
	copy(shift[:], q.shift[whole:n])
	for i := 0; i < rows; i += block {
		h := min(block, rows-i)
		asm.RequantU8_AVX2(&out[0], 8, &acc[i*lda+whole], lda, h, 8, &mult[0], &shift[0], q.zero, int32(q.lo), int32(q.hi))
		for x := range h {
			copy(dst[(i+x)*ldd+whole:][:n-whole], out[8*x:])
		}
	}
}

// quantizeI16AVX2 does 8 numbers at a time in assembly.
func quantizeI16AVX2(dst []uint8, src []int16, mult int32, shift uint8, zero int32) {
	for len(src) >= 8 {
		stopPoint()
		n := min(len(src), chunk) &^ 7
		asm.QuantizeI16_AVX2(&dst[0], &src[0], n, mult, int32(shift), zero)
		dst, src = dst[n:], src[n:]
	}
	quantizeI16Generic(dst, src, mult, shift, zero)
}
