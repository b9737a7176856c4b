//go:build !purego

package main

import (
	"time"

	"github.com/gannet-ml/gannet/asm"
	"github.com/gannet-ml/gannet/bench/peers/internal/serve"
	"github.com/gannet-ml/gannet/kernels"
)

// repeat runs f in every part.
type repeat func()

func (f repeat) Do(int) { f() }

// peakF32 measures what the FMA units do at best on the threads of a pool and the tier in use.
func peakF32(p *kernels.Pool) float64 {
	const rounds, parts = 4000, 16
	f, ops := asm.PeakF32_AVX512, 16*16*2
	switch kernels.Tier() {
	case "avx512":
	case "avx2":
		f, ops = asm.PeakF32_AVX2, 12*8*2
	default:
		return 0
	}
	a := serve.Measure(5*time.Millisecond, func() { p.Run(parts, repeat(func() { f(rounds) })) })
	return float64(rounds*parts*ops) / a.Best
}
