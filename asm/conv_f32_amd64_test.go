//go:build !purego

package asm

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// BenchmarkConvF32Tiles is BenchmarkGemmF32Tiles for tiles of a convolution that read their rows where they lie.
func BenchmarkConvF32Tiles(b *testing.B) {
	avx512, avx2 := cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ), cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3)
	type tile func(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
		cOff *int, add int, ahead *float32, aheadStep int)
	for _, k := range []struct {
		name   string
		has    bool
		mr, nr int
		lanes  int // floats that a round of peak multiplies and adds
		tile   tile
		peak   func(int)
	}{
		{"avx512", avx512, 8, 48, 16 * 16, ConvF32_8x48_AVX512, PeakF32_AVX512},
		{"avx512", avx512, 8, 32, 16 * 16, ConvF32_8x32_AVX512, PeakF32_AVX512},
		{"avx512", avx512, 8, 16, 16 * 16, ConvF32_8x16_AVX512, PeakF32_AVX512},
		{"avx2", avx2, 6, 16, 12 * 8, ConvF32_6x16_AVX2, PeakF32_AVX2},
	} {
		if !k.has {
			continue
		}
		for _, segments := range []int{1, 4} {
			b.Run(fmt.Sprintf("%s/%dx%dx256/%d", k.name, k.mr, k.nr, segments), func(b *testing.B) {
				const kc, tiles = 256, 2
				m := tiles * k.mr
				x, y, c := make([]float32, m*kc), make([]float32, kc*k.nr), make([]float32, m*k.nr)
				for i := range x {
					x[i] = float32(i%7) - 3
				}
				for i := range y {
					y[i] = float32(i%5) - 2
				}
				var aOff, cOff, segs []int
				for i := range m {
					aOff, cOff = append(aOff, i*kc), append(cOff, i*k.nr)
				}
				for i := range segments {
					segs = append(segs, i*kc/segments, kc/segments, i*kc/segments, -1)
				}
				work := m * k.nr * kc
				calls := 1 + 2_000_000/work
				rounds := calls * work / k.lanes
				var shares []float64
				for b.Loop() {
					start := time.Now()
					for i := range calls {
						k.tile(m, &x[0], &aOff[0], 1, &segs[0], segments, &y[0], k.nr, &c[0], &cOff[0], min(i, 1), nil, 0)
					}
					tile := time.Since(start)
					start = time.Now()
					k.peak(rounds)
					shares = append(shares, 100*float64(time.Since(start))/float64(tile))
				}
				slices.Sort(shares)
				b.ReportMetric(shares[len(shares)/2], "%peak")
			})
		}
	}
}
