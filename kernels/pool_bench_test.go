package kernels

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// burn is a task whose parts do nothing but arithmetic, for so many rounds each.
type burn struct {
	rounds int
	out    [64]uint64
}

func (b *burn) Do(part int) {
	x := uint64(part)
	for range b.rounds {
		x = x*6364136223846793005 + 1442695040888963407
	}
	b.out[part*8%64] = x
}

// BenchmarkPoolRun reports what a Run of two parts costs beyond the time of one, the median, with the threads busy,
// waiting and parked before it.
func BenchmarkPoolRun(b *testing.B) {
	const million = 1_000_000
	cal := &burn{rounds: million}
	best := time.Hour
	for range 9 {
		t := time.Now()
		cal.Do(0)
		best = min(best, time.Since(t))
	}
	wait := func(d time.Duration) {
		for t := time.Now(); time.Since(t) < d; {
		}
	}
	for _, work := range []time.Duration{0, 2 * time.Microsecond, 20 * time.Microsecond, 100 * time.Microsecond} {
		for _, gap := range []time.Duration{0, 30 * time.Microsecond, 300 * time.Microsecond, 2 * time.Millisecond} {
			b.Run(fmt.Sprintf("work=%v/gap=%v", work, gap), func(b *testing.B) {
				p := NewPool(2)
				defer p.Close()
				t := &burn{rounds: int(float64(work) / float64(best) * million)}
				var one, two, extra []float64
				for b.Loop() {
					wait(gap)
					t0 := time.Now()
					t.Do(0)
					t1 := time.Now()
					t.Do(1)
					wait(gap)
					t2 := time.Now()
					p.Run(2, t)
					t3 := time.Now()
					one = append(one, float64(t1.Sub(t0)))
					two = append(two, float64(t3.Sub(t2)))
					extra = append(extra, float64(t3.Sub(t2)-t1.Sub(t0)))
				}
				slices.Sort(one)
				slices.Sort(two)
				slices.Sort(extra)
				b.ReportMetric(one[len(one)/2], "one-ns")
				b.ReportMetric(two[len(two)/2], "two-ns")
				b.ReportMetric(extra[len(extra)/2], "over-ns")
				b.ReportMetric(extra[len(extra)/10], "p10-ns")
			})
		}
	}
}
