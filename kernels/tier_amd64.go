//go:build !purego

package kernels

import "github.com/klauspost/cpuid/v2"

func archTiers() []*tier {
	avx2 := cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3)
	avx512 := avx2 && cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512VNNI)
	return []*tier{
		{name: "avx512", needs: "AVX-512 F, BW, DQ, VL, VNNI; FMA", has: avx512,
			f32: gemmF32AVX512, u8: gemmU8AVX512, vec: vecAVX512, rng: rngAVX512},
		{name: "avx2", needs: "AVX2, FMA", has: avx2,
			f32: gemmF32AVX2, u8: gemmU8AVX2, vec: vecAVX2, rng: rngAVX2},
	}
}
