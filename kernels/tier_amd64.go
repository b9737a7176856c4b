//go:build !purego

package kernels

import "golang.org/x/sys/cpu"

func archTiers() []*tier {
	x := &cpu.X86 // which has the word of the system too, that it saves the registers
	avx2 := x.HasAVX2 && x.HasFMA
	avx512 := avx2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512VNNI && x.HasBMI2
	rows := []*tier{
		{name: "avx512", needs: "AVX-512 F, BW, DQ, VL, VNNI; FMA, BMI2", has: avx512,
			f32: gemmF32AVX512, u8: gemmU8AVX512, conv: convAVX512, vec: vecAVX512,
			rows: rowsAVX2, norm: normAVX512, rng: rngAVX512},
		{name: "avx2", needs: "AVX2, FMA", has: avx2,
			f32: gemmF32AVX2, u8: gemmU8AVX2, conv: convAVX2, vec: vecAVX2,
			rows: rowsAVX2, norm: normAVX2, rng: rngAVX2},
	}
	// A client CPU without AVX-512: the avx2 row but for the integer dot product.
	vnni := *rows[1]
	vnni.name, vnni.needs, vnni.has = "avxvnni", "AVX2, FMA, AVX-VNNI", avx2 && x.HasAVXVNNI
	vnni.u8 = gemmU8AVXVNNI
	return []*tier{rows[0], &vnni, rows[1]}
}
