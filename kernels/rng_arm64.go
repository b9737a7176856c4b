//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var rngNEON = rngKernels{uint32s: philoxNEON, uniform: uniformNEON, bernoulli: bernoulliNEON, latent: latentNEON}

func philoxNEON(dst []uint32, seed uint64, stream uint32, block uint64) {
	// Eight blocks at a time, as long as the low word of the counter does not wrap.
	if n := len(dst) &^ 31; n > 0 && uint64(uint32(block))+uint64(n/4) <= 1<<32 {
		asm.PhiloxU32_NEON(&dst[0], n, seed, stream, block)
		dst, block = dst[n:], block+uint64(n/4)
	}
	philoxGeneric(dst, seed, stream, block)
}

func uniformNEON(dst []float32, u []uint32) {
	n := len(u) &^ 15
	if n > 0 {
		asm.UniformF32_NEON(&dst[0], &u[0], n)
	}
	uniformGeneric(dst[n:], u[n:])
}

func bernoulliNEON(dst []float32, u []uint32, last uint32, scale float32) {
	n := len(u) &^ 15
	if n > 0 {
		asm.BernoulliF32_NEON(&dst[0], &u[0], n, last, scale)
	}
	bernoulliGeneric(dst[n:], u[n:], last, scale)
}

func latentNEON(dst []int16, u []uint32) {
	n := len(u) &^ 15
	if n > 0 {
		asm.LatentI16_NEON(&dst[0], &u[0], n)
	}
	latentGeneric(dst[n:], u[n:])
}
