//go:build !purego

package asm

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// BenchmarkGemmF32Tiles runs blocks whose operands stay in the caches in turn with the loop that does nothing but
// multiply and add, and reports the median of their ratio: what the kernel leaves of the peak.
func BenchmarkGemmF32Tiles(b *testing.B) {
	for _, k := range []struct {
		name   string
		has    bool
		mr, nr int
		lanes  int // floats that a round of peak multiplies and adds
		block  func(*BlockF32)
		peak   func(int)
	}{
		{"avx512", cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ), 8, 48, 16 * 16, GemmF32_8x48_AVX512, PeakF32_AVX512},
		{"avx2", cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3), 6, 16, 12 * 8, GemmF32_6x16_AVX2, PeakF32_AVX2},
	} {
		if !k.has {
			continue
		}
		for _, tiles := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/%dx%dx256", k.name, tiles*k.mr, k.nr), func(b *testing.B) {
				const kc = 256
				m := tiles * k.mr
				x, y, c := make([]float32, m*kc), make([]float32, kc*k.nr), make([]float32, m*k.nr)
				for i := range x {
					x[i] = float32(i%7) - 3
				}
				for i := range y {
					y[i] = float32(i%5) - 2
				}
				t := &BlockF32{KC: kc, Rows: m, Cols: k.nr, A: &x[0], ARow: 1, AStep: k.mr, APanel: kc * k.mr, B: &y[0], BStep: k.nr,
					C: &c[0], CRow: k.nr, Ahead: &y[0], AheadTiles: 8}
				work := m * k.nr * kc
				calls := 1 + 2_000_000/work
				rounds := calls * work / k.lanes
				var shares []float64
				for b.Loop() {
					start := time.Now()
					for range calls {
						k.block(t)
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
