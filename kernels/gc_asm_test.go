//go:build !purego && amd64

package kernels

import (
	"testing"
	"time"

	"github.com/gannet-ml/gannet/asm"
)

// TestGCLatencyFindsOut proves the method: a kernel that is five milliseconds in assembly is over the limit, and so is a
// loop of short ones with no place to stop.
func TestGCLatencyFindsOut(t *testing.T) {
	stoppable(t)
	restore, err := Force("avx2")
	if err != nil {
		t.Skip(err)
	}
	restore()
	rounds := 1000
	for took := time.Duration(0); took < 5*time.Millisecond; rounds *= 2 {
		start := cpuTime()
		asm.PeakF32_AVX2(2 * rounds)
		took = cpuTime() - start
	}
	if took := heldUp(func() { stopPoint(); asm.PeakF32_AVX2(rounds) }, 4, 0); took < holdLimit {
		t.Errorf("a call of 5 ms: held up for %v only", took)
	}
	short := func() {
		for range 1500 {
			asm.PeakF32_AVX2(rounds / 500)
		}
	}
	if took := heldUp(short, 4, 0); took < holdLimit {
		t.Errorf("calls of 10 µs with no place to stop: held up for %v only", took)
	}
}
