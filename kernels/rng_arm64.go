//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var rngNEON = rngKernels{uint32s: philoxNEON, uniform: uniformGeneric, bernoulli: bernoulliGeneric, latent: latentGeneric}

func philoxNEON(dst []uint32, seed uint64, stream uint32, block uint64) {
	// Eight blocks at a time, as long as the low word of the counter does not wrap.
	if n := len(dst) &^ 31; n > 0 && uint64(uint32(block))+uint64(n/4) <= 1<<32 {
		asm.PhiloxU32_NEON(&dst[0], n, seed, stream, block)
		dst, block = dst[n:], block+uint64(n/4)
	}
	philoxGeneric(dst, seed, stream, block)
}
