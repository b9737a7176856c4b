//go:build !purego

package kernels

import (
	"unsafe"

	"github.com/klauspost/cpuid/v2"

	"github.com/gannet-ml/gannet/asm"
)

var (
	gemmU8AVX512 = gemmU8Kernels{mr: 8, nr: 48, ks: 4, rows: 256, tile: gemmU8TileVNNI, row: gemmU8RowVNNI,
		pack: packU8AVX2, requant: requantAVX512, lookup: lookupAVX512}
	gemmU8AVXVNNI = gemmU8Kernels{mr: 6, nr: 16, ks: 4, rows: 252, tile: gemmU8TileAVXVNNI, row: gemmU8RowAVXVNNI,
		pack: packU8Generic, requant: requantAVX2, lookup: lookupGeneric}
	gemmU8AVX2 = gemmU8Kernels{mr: 6, nr: 16, ks: 2, rows: 252, tile: gemmU8TileAVX2, row: gemmU8RowAVX2,
		pack: packU16Generic, requant: requantAVX2, lookup: lookupGeneric}
)

func gemmU8TileVNNI(steps int, a, b *byte, c *int32) { asm.GemmU8S8_8x48_VNNI(steps, a, b, c) }

func gemmU8RowVNNI(steps int, a, b *byte, c *int32) { asm.GemmU8S8_1x48_VNNI(steps, a, b, c) }

func gemmU8TileAVXVNNI(steps int, a, b *byte, c *int32) { asm.GemmU8S8_6x16_AVXVNNI(steps, a, b, c) }

func gemmU8RowAVXVNNI(steps int, a, b *byte, c *int32) { asm.GemmU8S8_1x16_AVXVNNI(steps, a, b, c) }

func gemmU8TileAVX2(steps int, a, b *byte, c *int32) { asm.GemmU16S16_6x16_AVX2(steps, a, b, c) }

func gemmU8RowAVX2(steps int, a, b *byte, c *int32) { asm.GemmU16S16_1x16_AVX2(steps, a, b, c) }

// packU8AVX2 transposes full panels of 8 rows in assembly, four bytes as one number, where the rows are aligned to that.
// Steps that are left go through the reference.
func packU8AVX2(dst, src []uint8, lda, k, rows, mr int) {
	n := k / 4 &^ 7
	if rows < 8 || mr != 8 || lda%4 != 0 || n == 0 {
		packU8Generic(dst, src, lda, k, rows, mr)
		return
	}
	asm.TransposeF32_8_AVX2((*float32)(unsafe.Pointer(&dst[0])), (*float32)(unsafe.Pointer(&src[0])), lda/4, n, 8)
	if 4*n < k {
		packU8Generic(dst[32*n:], src[4*n:], lda, k-4*n, rows, mr)
	}
}

var hasVBMI = cpuid.CPU.Supports(cpuid.AVX512VBMI)

// lookupAVX512 uses byte permutations where the CPU has them.
func lookupAVX512(dst, src []uint8, table *[256]uint8) {
	if !hasVBMI {
		lookupGeneric(dst, src, table)
		return
	}
	for len(src) > 0 {
		stopPoint()
		n := min(len(src), chunkLookup)
		asm.LookupU8_VBMI(&dst[0], &src[0], n, table)
		dst, src = dst[n:], src[n:]
	}
}

// chunkLookup is how many bytes one call looks up: some microseconds of work.
const chunkLookup = 1 << 15

// requantAVX512 does everything in assembly.
func requantAVX512(dst []uint8, acc, bias, mult []int32, shift []uint8, zero int32, lo, hi uint8) {
	if bias == nil {
		requantGeneric(dst, acc, bias, mult, shift, zero, lo, hi)
		return
	}
	if len(dst) > 0 {
		asm.RequantU8_AVX512(&dst[0], &acc[0], &bias[0], &mult[0], &shift[0], len(dst), zero, int32(lo)-zero, int32(hi)-zero)
	}
}

// requantAVX2 does 8 sums at a time in assembly; what is left goes through the reference.
func requantAVX2(dst []uint8, acc, bias, mult []int32, shift []uint8, zero int32, lo, hi uint8) {
	n := len(dst) &^ 7
	if bias == nil {
		n = 0
	}
	if n > 0 {
		asm.RequantU8_AVX2(&dst[0], &acc[0], &bias[0], &mult[0], &shift[0], n, zero, int32(lo)-zero, int32(hi)-zero)
	}
	if n == len(dst) {
		return
	}
	if bias != nil {
		bias = bias[n:]
	}
	requantGeneric(dst[n:], acc[n:], bias, mult[n:], shift[n:], zero, lo, hi)
}
