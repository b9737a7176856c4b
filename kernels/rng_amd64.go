//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	rngAVX2 = rngKernels{uint32s: philoxAVX2, uniform: uniformAVX2, bernoulli: bernoulliAVX2, latent: latentAVX2}

	rngAVX512 = rngKernels{uint32s: philoxAVX512, uniform: uniformAVX512, bernoulli: bernoulliAVX512, latent: latentAVX512}
)

func philoxAVX2(dst []uint32, seed uint64, stream uint32, block uint64) {
	// Eight blocks at a time, as long as the low word of the counter does not wrap.
	if n := len(dst) &^ 31; n > 0 && uint64(uint32(block))+uint64(n/4) <= 1<<32 {
		asm.PhiloxU32_AVX2(&dst[0], n, seed, stream, block)
		dst, block = dst[n:], block+uint64(n/4)
	}
	philoxGeneric(dst, seed, stream, block)
}

func philoxAVX512(dst []uint32, seed uint64, stream uint32, block uint64) {
	if n := len(dst) &^ 127; n > 0 && uint64(uint32(block))+uint64(n/4) <= 1<<32 {
		asm.PhiloxU32_AVX512(&dst[0], n, seed, stream, block)
		dst, block = dst[n:], block+uint64(n/4)
	}
	philoxAVX2(dst, seed, stream, block)
}

func uniformAVX2(dst []float32, u []uint32) {
	n := len(u) &^ 15
	if n > 0 {
		asm.UniformF32_AVX2(&dst[0], &u[0], n)
	}
	uniformGeneric(dst[n:], u[n:])
}

func bernoulliAVX2(dst []float32, u []uint32, last uint32, scale float32) {
	n := len(u) &^ 15
	if n > 0 {
		asm.BernoulliF32_AVX2(&dst[0], &u[0], n, last, scale)
	}
	bernoulliGeneric(dst[n:], u[n:], last, scale)
}

func latentAVX2(dst []int16, u []uint32) {
	n := len(u) &^ 15
	if n > 0 {
		asm.LatentI16_AVX2(&dst[0], &u[0], n)
	}
	latentGeneric(dst[n:], u[n:])
}

func uniformAVX512(dst []float32, u []uint32) {
	if len(u) > 0 {
		asm.UniformF32_AVX512(&dst[0], &u[0], len(u))
	}
}

func bernoulliAVX512(dst []float32, u []uint32, last uint32, scale float32) {
	if len(u) > 0 {
		asm.BernoulliF32_AVX512(&dst[0], &u[0], len(u), last, scale)
	}
}

func latentAVX512(dst []int16, u []uint32) {
	if len(u) > 0 {
		asm.LatentI16_AVX512(&dst[0], &u[0], len(u))
	}
}
