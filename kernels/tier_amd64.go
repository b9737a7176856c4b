//go:build !purego

package kernels

import "github.com/klauspost/cpuid/v2"

func archTiers() []*tier {
	avx2 := cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3)
	avx512 := avx2 && cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512VNNI,
		cpuid.BMI2)
	rows := []*tier{
		{name: "avx512", needs: "AVX-512 F, BW, DQ, VL, VNNI; FMA, BMI2", has: avx512,
			f32: gemmF32AVX512, u8: gemmU8AVX512, conv: convAVX512, convU8: convU8AVX512, point: pointU8AVX2, words: wordsAVX512, vec: vecAVX512,
			rows: rowsAVX2, norm: normAVX512, rng: rngAVX512},
		{name: "avx2", needs: "AVX2, FMA", has: avx2,
			f32: gemmF32AVX2, u8: gemmU8AVX2, conv: convAVX2, convU8: convU8AVX2, point: pointU8AVX2, words: wordsAVX2, vec: vecAVX2,
			rows: rowsAVX2, norm: normAVX2, rng: rngAVX2},
	}
	// A client CPU without AVX-512: the avx2 row but for the integer dot product.
	vnni := *rows[1]
	vnni.name, vnni.needs, vnni.has = "avxvnni", "AVX2, FMA, AVX-VNNI", avx2 && cpuid.CPU.Supports(cpuid.AVXVNNI)
	vnni.u8, vnni.convU8 = gemmU8AVXVNNI, convU8AVXVNNI
	all := []*tier{rows[0], &vnni, rows[1]}
	for _, t := range all {
		wide := *t
		if wide.u8, wide.convU8 = gemmI16AVX2, convI16AVX2; t == rows[0] {
			wide.u8, wide.convU8 = gemmI16AVX512, convI16AVX512
		}
		t.wide = &wide
	}
	return all
}
