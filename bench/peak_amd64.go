//go:build !purego

package bench

import "github.com/gannet-ml/gannet/asm"

// arithmeticRoofs are the limits of a tier's multiply-adds: loops on registers.
func arithmeticRoofs(tier string) []roof {
	avx2 := arithmetic("FMA", tier, "GFLOP/s", 12*8, asm.PeakF32_AVX2)
	switch tier {
	case "avx512":
		return []roof{arithmetic("FMA", tier, "GFLOP/s", 16*16, asm.PeakF32_AVX512),
			arithmetic("int8", tier, "GOP/s", 12*64, asm.PeakU8_VNNI)}
	case "avxvnni":
		return []roof{avx2, arithmetic("int8", tier, "GOP/s", 12*32, asm.PeakU8_AVXVNNI)}
	case "avx2":
		return []roof{avx2, arithmetic("int8", tier, "GOP/s", 12*16, asm.PeakU8_AVX2)}
	}
	return nil
}

func tierStreams(tier string) streams {
	switch tier {
	case "avx512":
		return streams{asm.Read_AVX512, asm.Copy_AVX512}
	case "generic":
		return goStreams
	}
	return streams{asm.Read_AVX2, asm.Copy_AVX2}
}
