//go:build !purego

package bench

import "github.com/gannet-ml/gannet/asm"

// arithmeticRoofs are the limits of a tier's multiply-adds: loops on registers.
func arithmeticRoofs(tier string) []roof {
	if tier == "generic" {
		return nil
	}
	return []roof{arithmetic("FMA", tier, "GFLOP/s", 24*4, asm.PeakF32_NEON)}
}

func tierStreams(tier string) streams {
	if tier == "generic" {
		return goStreams
	}
	return streams{asm.Read_NEON, asm.Copy_NEON}
}
