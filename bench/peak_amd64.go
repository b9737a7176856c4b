//go:build !purego

package bench

import "github.com/gannet-ml/gannet/asm"

// peakFMA measures what the FMA units of one core do at best on a tier, in GFLOP/s; 0 where there is no such loop.
func peakFMA(tier string, opt Options) float64 {
	const rounds = 4000
	switch tier {
	case "avx512":
		return rounds * 16 * 16 * 2 / median(opt, func() { asm.PeakF32_AVX512(rounds) }) / 1e9
	case "avxvnni", "avx2":
		return rounds * 12 * 8 * 2 / median(opt, func() { asm.PeakF32_AVX2(rounds) }) / 1e9
	}
	return 0
}
