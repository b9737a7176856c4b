//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	rngAVX2   = rngKernels{uint32s: philoxAVX2}
	rngAVX512 = rngAVX2
)

func philoxAVX2(dst []uint32, seed uint64, stream uint32, block uint64) {
	// Eight blocks at a time, as long as the low word of the counter does not wrap.
	if n := len(dst) &^ 31; n > 0 && uint64(uint32(block))+uint64(n/4) <= 1<<32 {
		asm.PhiloxU32_AVX2(&dst[0], n, seed, stream, block)
		dst, block = dst[n:], block+uint64(n/4)
	}
	philoxGeneric(dst, seed, stream, block)
}
