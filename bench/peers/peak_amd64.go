//go:build !purego

package main

import (
	"time"

	"github.com/gannet-ml/gannet/asm"
	"github.com/gannet-ml/gannet/bench/peers/internal/serve"
	"github.com/gannet-ml/gannet/kernels"
)

// loop is a register-only loop and the operations of one of its rounds.
type loop struct {
	run func(rounds int)
	ops int
}

// Do runs the loop for some twenty microseconds. It implements kernels.Task.
func (l loop) Do(int) { l.run(peakRounds) }

const peakRounds = 4000

// peakF32 and peakU8 measure what the multipliers do at best, in operations a second, on the threads of a pool and the
// tier in use.
func peakF32(p *kernels.Pool) float64 {
	return atBest(p, map[string]loop{
		"avx512": {asm.PeakF32_AVX512, 2 * 16 * 16}, "avxvnni": {asm.PeakF32_AVX2, 2 * 12 * 8},
		"avx2": {asm.PeakF32_AVX2, 2 * 12 * 8}})
}

func peakU8(p *kernels.Pool) float64 {
	return atBest(p, map[string]loop{
		"avx512": {asm.PeakU8_VNNI, 2 * 12 * 64}, "avxvnni": {asm.PeakU8_AVXVNNI, 2 * 12 * 32},
		"avx2": {asm.PeakU8_AVX2, 2 * 12 * 16}})
}

func atBest(p *kernels.Pool, tiers map[string]loop) float64 {
	l, ok := tiers[kernels.Tier()]
	if !ok {
		return 0
	}
	const parts = 16
	a := serve.Measure(5*time.Millisecond, func() { p.Run(parts, l) })
	return float64(peakRounds*parts*l.ops) / a.Best
}
