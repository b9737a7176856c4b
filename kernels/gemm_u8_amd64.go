//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	gemmU8AVX512 = gemmU8Kernels{mr: 8, nr: 48, ks: 4, rows: 256, tile: gemmU8TileVNNI, requant: requantAVX2,
		lookup: lookupGeneric}
	gemmU8AVX2 = gemmU8Kernels{mr: 6, nr: 16, ks: 2, rows: 252, tile: gemmU8TileAVX2, requant: requantAVX2,
		lookup: lookupGeneric}
)

func gemmU8TileVNNI(steps int, a, b *byte, c *int32) { asm.GemmU8S8_8x48_VNNI(steps, a, b, c) }

func gemmU8TileAVX2(steps int, a, b *byte, c *int32) { asm.GemmU16S16_6x16_AVX2(steps, a, b, c) }

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
