// Package bench measures the kernels of this machine: time, rate, share of the measured peak, and a hash of the result
// that must be the same on every tier.
package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/kernels"
)

// Options says what to measure. The zero value measures every kernel on every tier with one thread.
type Options struct {
	Filter  string        // substring of "kernel/shape"; empty: all
	Threads int           // 0: one
	MinTime time.Duration // of a repetition; 0: 20 ms
	Reps    int           // the median of so many repetitions is reported; 0: 5
}

// Row is one measurement.
type Row struct {
	Kernel  string  `json:"kernel"`
	Shape   string  `json:"shape"`
	Tier    string  `json:"tier"`
	Threads int     `json:"threads"`
	Seconds float64 `json:"seconds"`         // of one call, median
	Rate    float64 `json:"rate"`            // in Unit
	Unit    string  `json:"unit"`            // GFLOP/s, GOP/s or GB/s
	Share   float64 `json:"share,omitempty"` // of the tier's measured FMA peak times threads; f32 GEMM only
	Hash    string  `json:"sha256"`          // of the result: equal for all tiers, threads and machines
}

// Report is the outcome of Run.
type Report struct {
	GOOS   string             `json:"goos"`
	GOARCH string             `json:"goarch"`
	Tiers  []kernels.TierInfo `json:"tiers"`
	Peaks  map[string]float64 `json:"peaks"` // FMA peak of one thread in GFLOP/s, where a register-only loop exists
	Rows   []Row              `json:"rows"`
}

// Run measures what opt selects, tier by tier, and puts the tier in use back. An error says that a result differed
// between tiers; the report is returned all the same.
func Run(opt Options) (*Report, error) {
	opt.Threads = max(1, opt.Threads)
	if opt.MinTime == 0 {
		opt.MinTime = 20 * time.Millisecond
	}
	if opt.Reps == 0 {
		opt.Reps = 5
	}
	pool := kernels.NewPool(opt.Threads)
	defer pool.Close()
	rep := &Report{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Tiers: kernels.Tiers(), Peaks: map[string]float64{}}
	for _, t := range rep.Tiers {
		if !t.Available {
			continue
		}
		restore, err := kernels.Force(t.Name)
		if err != nil {
			return nil, err
		}
		peak := peakFMA(t.Name, opt)
		if peak > 0 {
			rep.Peaks[t.Name] = peak
		}
		for _, b := range benchers() {
			if !strings.Contains(b.kernel+"/"+b.shape, opt.Filter) {
				continue
			}
			t0 := b.prepare(pool)
			sec := median(opt, t0.run)
			row := Row{Kernel: b.kernel, Shape: b.shape, Tier: t.Name, Threads: pool.Threads(), Seconds: sec,
				Rate: b.work / sec / 1e9, Unit: b.unit}
			if b.unit == "GFLOP/s" && peak > 0 {
				row.Share = row.Rate / (peak * float64(pool.Threads()))
			}
			sum := sha256.Sum256(t0.result())
			row.Hash = hex.EncodeToString(sum[:])
			rep.Rows = append(rep.Rows, row)
		}
		restore()
	}
	return rep, rep.checkHashes()
}

// checkHashes reports a kernel whose result is not the same on all tiers.
func (r *Report) checkHashes() error {
	first := map[string]Row{}
	for _, row := range r.Rows {
		key := row.Kernel + "/" + row.Shape
		if f, ok := first[key]; !ok {
			first[key] = row
		} else if f.Hash != row.Hash {
			return fmt.Errorf("bench: %s differs between tiers %s and %s", key, f.Tier, row.Tier)
		}
	}
	return nil
}

// String renders the report as a table.
func (r *Report) String() string {
	var s strings.Builder
	for _, t := range r.Tiers {
		if p, ok := r.Peaks[t.Name]; ok {
			fmt.Fprintf(&s, "%s: FMA peak %.1f GFLOP/s (registers only, one thread)\n", t.Name, p)
		}
	}
	fmt.Fprintf(&s, "%-9s %-18s %-8s %3s %11s %9s %-8s %6s  %s\n",
		"kernel", "shape", "tier", "thr", "time", "rate", "", "peak", "result")
	rows := slices.Clone(r.Rows)
	slices.SortStableFunc(rows, func(a, b Row) int {
		return strings.Compare(a.Kernel+"/"+a.Shape, b.Kernel+"/"+b.Shape)
	})
	for _, w := range rows {
		share := ""
		if w.Share > 0 {
			share = fmt.Sprintf("%4.0f %%", 100*w.Share)
		}
		fmt.Fprintf(&s, "%-9s %-18s %-8s %3d %11s %9.2f %-8s %6s  %.8s\n", w.Kernel, w.Shape, w.Tier, w.Threads,
			time.Duration(w.Seconds*1e9), w.Rate, w.Unit, share, w.Hash)
	}
	return s.String()
}

// median returns the median over repetitions of the seconds of one call of f.
func median(opt Options, f func()) float64 {
	f()
	n := 1
	for {
		t := time.Now()
		for range n {
			f()
		}
		if d := time.Since(t); d >= opt.MinTime/4 || n > 1<<28 {
			n = max(1, int(float64(n)*float64(opt.MinTime)/float64(d+1)))
			break
		}
		n *= 4
	}
	sec := make([]float64, opt.Reps)
	for i := range sec {
		t := time.Now()
		for range n {
			f()
		}
		sec[i] = time.Since(t).Seconds() / float64(n)
	}
	slices.Sort(sec)
	return sec[len(sec)/2]
}
