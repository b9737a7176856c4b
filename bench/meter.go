package bench

import (
	"math"
	"slices"
	"time"
)

// effort says how long to measure. Many short rounds: one that another process cuts into is one of many, and the median
// does not see it.
type effort struct {
	rounds int           // of all loops of a row in turns
	slice  time.Duration // of a loop in a round
}

var (
	fullEffort  = effort{rounds: 41, slice: 500 * time.Microsecond}
	quickEffort = effort{rounds: 7, slice: 200 * time.Microsecond}
)

// with returns the effort for a number of threads: longer rounds, since a system takes its time to spread threads over cores.
func (e effort) with(threads int) effort {
	if threads > 1 {
		return effort{rounds: (e.rounds + 1) / 2, slice: 4 * e.slice}
	}
	return e
}

// loop is something that is timed in turns with others, so that what disturbs the machine disturbs all of them.
type loop struct {
	time    func(calls int) float64 // seconds that so many calls take
	budget  time.Duration           // bounds all rounds together; a loop that one call exhausts is timed once
	warm    int                     // calls before a round that bring the operands back into the caches; 0: one
	calls   int                     // in a round
	counted func()                  // called after a round, if it is not nil
	rounds  int
	sec     []float64 // of one call, an entry a round
}

// newLoop times f.
func newLoop(f func(), budget time.Duration) *loop {
	return &loop{budget: budget, time: func(calls int) float64 {
		t := time.Now()
		for range calls {
			f()
		}
		return time.Since(t).Seconds()
	}}
}

// coldOnly is the time in seconds from which on one call is enough for its caches to be its own.
const coldOnly = 0.01

// calibrate warms the loop up and chooses how many calls make a slice, and how many rounds the budget allows.
func (l *loop) calibrate(e effort) {
	if len(l.sec) > 0 {
		return // timed already
	}
	first := l.again(l.time(1))
	if first > l.budget.Seconds() {
		l.count(first)
		return
	}
	l.calls = 1
	for {
		sec := l.time(l.calls)
		if sec >= e.slice.Seconds()/4 || l.calls >= 1<<28 {
			one := max(sec/float64(l.calls), 1e-9)
			l.calls = max(1, int(e.slice.Seconds()/one))
			l.rounds = max(1, min(e.rounds, int(l.budget.Seconds()/(one*float64(l.calls)))))
			return
		}
		l.calls *= 4
	}
}

// again returns how long a call takes whose predecessor, the first of all, took that long. One that seems too long for more
// rounds may have paid for memory that nobody had touched before: some virtual machines take 40 microseconds for a page.
func (l *loop) again(first float64) float64 {
	if first > l.budget.Seconds() && first < pageTime.Seconds() {
		return l.time(1)
	}
	return first
}

// pageTime is longer than new pages for the operands of any row take.
const pageTime = 2 * time.Second

func (l *loop) count(sec float64) {
	l.sec = append(l.sec, sec)
	if l.counted != nil {
		l.counted()
	}
}

// inTurns times the loops round after round.
func inTurns(e effort, loops ...*loop) {
	for _, l := range loops {
		l.calibrate(e)
	}
	for r := range e.rounds {
		for _, l := range loops {
			if r >= l.rounds {
				continue
			}
			if l.calls > 1 || l.sec == nil || l.sec[0] < coldOnly {
				l.time(max(1, l.warm))
			}
			l.count(l.time(l.calls) / float64(l.calls))
		}
	}
}

// ratios divides what two loops took in the same rounds.
func ratios(a, b *loop) []float64 {
	n := min(len(a.sec), len(b.sec))
	q := make([]float64, n)
	for i := range q {
		q[i] = a.sec[i] / b.sec[i]
	}
	return q
}

// median of numbers, which stay in order; 0 of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// spread is the standard deviation of numbers relative to their median, judged by the median of the distances from it,
// which a few wild ones do not move.
func spread(x []float64) float64 {
	m := median(x)
	if m == 0 {
		return 0
	}
	d := make([]float64, len(x))
	for i, v := range x {
		d[i] = math.Abs(v - m)
	}
	return 1.4826 * median(d) / m
}
