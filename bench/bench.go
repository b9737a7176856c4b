// Package bench measures the kernels of this machine: time, rate, share of the measured peak, speed against others, and a
// hash of the result that must be the same on every tier.
package bench

import (
	"cmp"
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
	Filter   string // substring of "kernel/shape"; empty: all
	Threads  int    // 0: one
	Quick    bool   // fewer and shorter rounds
	Full     bool   // the reference on every row, however long it takes
	Progress func(done, total int, what string)
}

// Format is the version of the JSON of a Report.
const Format = 2

// Report is the outcome of Run.
type Report struct {
	Format  int                `json:"gannet_bench"`
	GOOS    string             `json:"goos"`
	GOARCH  string             `json:"goarch"`
	CPU     string             `json:"cpu"`
	Threads int                `json:"threads"` // of the rows
	Tiers   []kernels.TierInfo `json:"tiers"`
	Levels  []Level            `json:"levels"`
	Peaks   []Peak             `json:"peaks"`
	Model   *ModelInfo         `json:"model,omitempty"` // of RunModel
	Rows    []Row              `json:"rows"`
	Changes []Change           `json:"changes,omitempty"` // against an older report
}

// Row is one measurement.
type Row struct {
	Kernel  string  `json:"kernel"`
	Shape   string  `json:"shape"`
	Tier    string  `json:"tier"`
	Threads int     `json:"threads"`
	Seconds float64 `json:"seconds"` // of one call, median of the rounds
	Spread  float64 `json:"spread"`  // of the rounds: relative standard deviation, robust
	Rounds  int     `json:"rounds"`
	Rate    float64 `json:"rate"`           // in Unit
	Unit    string  `json:"unit"`           // GFLOP/s, GOP/s, GB/s or pictures/s
	Part    float64 `json:"part,omitempty"` // of the time of a model's program, for its steps

	// Roof is the peak that bounds the row: arithmetic or bandwidth, whichever would take longer for the work alone. Share
	// is the part of it that was reached, the median of comparisons made in turns; "" and 0 where no peak is known.
	Roof        string  `json:"roof,omitempty"`
	Share       float64 `json:"share,omitempty"`
	ShareSpread float64 `json:"share_spread,omitempty"`

	Bytes float64 `json:"bytes,omitempty"` // that a call must move at least, if known
	Ops   float64 `json:"ops,omitempty"`   // operations of a call, if known

	Speedup float64 `json:"speedup,omitempty"` // against the reference; 0 where that was not run
	Rivals  []Rival `json:"rivals,omitempty"`
	Hash    string  `json:"sha256,omitempty"` // of the result: equal for all tiers, threads and machines
}

// Rival compares a row with another implementation of the same on the same operands.
type Rival struct {
	Name    string  `json:"name"`    // whose: vek, gonum or Go
	Call    string  `json:"call"`    // what was called
	Speedup float64 `json:"speedup"` // how many times longer the rival takes
}

func (r Row) key() string { return r.Kernel + "/" + r.Shape }

// The reference is slow. It runs on rows of up to so many operations or bytes, and not at all on larger ones, unless all of
// it is asked for.
const referenceLimit, quickReferenceLimit = 2e8, 2e7

// List returns the names "kernel/shape" that contain filter.
func List(filter string) []string {
	var names []string
	for _, b := range selected(filter) {
		names = append(names, b.key())
	}
	return names
}

func selected(filter string) []bencher {
	var bs []bencher
	for _, b := range benchers() {
		if strings.Contains(b.key(), filter) {
			bs = append(bs, b)
		}
	}
	return bs
}

// runner is the state of a Run.
type runner struct {
	effort
	opt   Options
	pool  *kernels.Pool
	rep   *Report
	tiers []string // to measure, best first
	roofs map[string][]roof
}

// newRunner measures the peaks of the tiers, all if none is named, on one and on all threads, and on as many as opt wants.
func newRunner(opt Options, tiers ...string) *runner {
	opt.Threads = max(1, min(opt.Threads, runtime.GOMAXPROCS(0)))
	if opt.Progress == nil {
		opt.Progress = func(int, int, string) {}
	}
	r := &runner{effort: fullEffort, opt: opt, pool: kernels.NewPool(opt.Threads), roofs: map[string][]roof{},
		rep: &Report{Format: Format, GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, CPU: cpuName(), Threads: opt.Threads,
			Tiers: kernels.Tiers(), Levels: levels()}}
	if opt.Quick {
		r.effort = quickEffort
	}
	for _, t := range r.rep.Tiers {
		if len(tiers) > 0 && slices.Contains(tiers, t.Name) ||
			len(tiers) == 0 && t.Available && (t.Name != "generic" || len(r.tiers) == 0) {
			r.tiers = append(r.tiers, t.Name)
		}
	}
	all := runtime.GOMAXPROCS(0)
	for n := 1; n <= all; n++ {
		if n != 1 && n != opt.Threads && n != all {
			continue
		}
		opt.Progress(0, 0, fmt.Sprintf("peaks, %d threads", n))
		m := newMemory(n)
		var rs []roof
		for _, t := range r.tiers {
			tr := m.roofs(t)
			rs = append(rs, tr...)
			if n == opt.Threads {
				r.roofs[t] = tr
			}
		}
		r.rep.Peaks = append(r.rep.Peaks, measure(r.effort, n, rs)...)
	}
	return r
}

// Run measures what opt selects, tier by tier, and puts the tier in use back. An error says that a result differed
// between tiers; the report is returned all the same.
func Run(opt Options) (*Report, error) {
	bs := selected(opt.Filter)
	if len(bs) == 0 {
		return nil, fmt.Errorf("bench: no kernel/shape contains %q", opt.Filter)
	}
	r := newRunner(opt)
	defer r.pool.Close()
	for i, b := range bs {
		r.opt.Progress(i, len(bs), b.key())
		r.rep.Rows = append(r.rep.Rows, r.rows(b)...)
	}
	r.opt.Progress(len(bs), len(bs), "")
	return r.rep, r.rep.checkHashes()
}

// within calls f with a tier in use.
func within(tier string, f func()) {
	restore, err := kernels.Force(tier)
	if err != nil {
		panic(err) // the table says that it is available
	}
	defer restore()
	f()
}

// lane is one bencher on one tier.
type lane struct {
	row    Row
	kernel *loop
	bound  bound
	roof   *loop // of the bound, if there is one
	rivals []rival
	theirs []*loop // of the rivals
}

// lane prepares the operands, hashes the result of the first call, and leaves the rest to inTurns.
func (r *runner) lane(b bencher, tier string, budget time.Duration) lane {
	l := lane{row: Row{Kernel: b.kernel, Shape: b.shape, Tier: tier, Threads: r.opt.Threads, Unit: b.unit,
		Bytes: b.traffic(), Ops: b.operations()}}
	within(tier, func() {
		t := b.prepare(r.pool)
		l.kernel, l.rivals = newLoop(t.run, budget), t.rivals
		first := l.kernel.time(1)
		sum := sha256.Sum256(t.result())
		l.row.Hash = hex.EncodeToString(sum[:])
		if first = l.kernel.again(first); first > budget.Seconds() {
			l.kernel.sec = []float64{first}
		}
	})
	l.kernel.within(tier)
	return l
}

// within has what is timed run on a tier.
func (l *loop) within(tier string) {
	inner := l.time
	l.time = func(calls int) (sec float64) {
		within(tier, func() { sec = inner(calls) })
		return sec
	}
}

const (
	kernelBudget    = 150 * time.Millisecond
	rivalBudget     = 60 * time.Millisecond
	referenceBudget = 30 * time.Millisecond
)

// rows measures one bencher on every tier: the kernels, the roofs that bound them and the rivals in turns.
func (r *runner) rows(b bencher) []Row {
	runtime.GC() // not in the middle of it
	var lanes []lane
	var loops []*loop
	for _, tier := range r.tiers {
		if tier == "avxvnni" && b.unit != "GOP/s" {
			continue // its other kernels are those of avx2
		}
		l := r.lane(b, tier, kernelBudget)
		if l.bound = r.boundOf(b, tier); l.bound.roof != nil {
			l.roof = l.bound.roof.loop(r.opt.Threads, time.Second)
			loops = append(loops, l.roof)
		}
		lanes, loops = append(lanes, l), append(loops, l.kernel)
	}
	limit := referenceLimit
	if r.opt.Quick {
		limit = quickReferenceLimit
	}
	if !slices.Contains(r.tiers, "generic") && (r.opt.Full || b.work <= limit) {
		l := r.lane(b, "generic", referenceBudget)
		lanes, loops = append(lanes, l), append(loops, l.kernel)
	}
	for i := range lanes {
		l := &lanes[i]
		for j, v := range l.rivals {
			if !v.ours && i > 0 {
				l.theirs = append(l.theirs, lanes[0].theirs[j])
				continue
			}
			t := r.rivalLoop(v)
			if v.ours {
				t.within(l.row.Tier)
			}
			l.theirs, loops = append(l.theirs, t), append(loops, t)
		}
	}
	inTurns(r.effort.with(r.opt.Threads), loops...)

	var rows []Row
	for _, l := range lanes {
		row := l.row
		row.Seconds, row.Spread, row.Rounds = median(l.kernel.sec), spread(l.kernel.sec), len(l.kernel.sec)
		row.Rate = b.work / row.Seconds / 1e9
		if l.roof != nil {
			shares := ratios(l.roof, l.kernel)
			for i := range shares {
				shares[i] *= l.bound.work / (l.bound.roof.work * float64(r.opt.Threads))
			}
			row.Roof, row.Share, row.ShareSpread = l.bound.roof.name, median(shares), spread(shares)
		}
		for i, v := range l.rivals {
			row.Rivals = append(row.Rivals, Rival{v.name, v.call, median(ratios(l.theirs[i], l.kernel))})
		}
		rows = append(rows, row)
	}
	if last := rows[len(rows)-1]; last.Tier == "generic" {
		for i := range rows {
			rows[i].Speedup = last.Seconds / rows[i].Seconds
		}
	}
	return rows
}

// rivalLoop times a rival on as many threads as ours has; some start them on their own.
func (r *runner) rivalLoop(v rival) *loop {
	l := newLoop(v.run, rivalBudget)
	inner := l.time
	l.time = func(calls int) float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(r.opt.Threads))
		return inner(calls)
	}
	return l
}

// bound is the roof over a row, and how much of the roof's work the row has to do.
type bound struct {
	roof *roof
	work float64
}

// boundOf finds which of a bencher's two limits takes longer: its arithmetic at the peak of the tier, or its traffic at the
// bandwidth of the level where its operands lie.
func (r *runner) boundOf(b bencher, tier string) bound {
	compute := "FMA"
	if b.unit == "GOP/s" {
		compute = "int8"
	}
	traffic := "copy "
	if b.readOnly {
		traffic = "read "
	}
	traffic += levelOf(r.rep.Levels, cmp.Or(b.resident, b.traffic()), r.opt.Threads).Name
	if b.unit != "GB/s" && r.rep.peak(compute, tier, r.opt.Threads) == 0 {
		return bound{} // unknown
	}
	var best bound
	var longest float64
	for _, c := range []struct {
		name string
		work float64
	}{{compute, b.operations()}, {traffic, b.traffic()}} {
		peak := r.rep.peak(c.name, tier, r.opt.Threads)
		if peak == 0 || c.work == 0 || c.work/peak <= longest {
			continue
		}
		for i := range r.roofs[tier] {
			if f := &r.roofs[tier][i]; f.name == c.name {
				best, longest = bound{f, c.work}, c.work/peak
			}
		}
	}
	return best
}

// peak returns a measured limit, or 0.
func (r *Report) peak(name, tier string, threads int) float64 {
	for _, p := range r.Peaks {
		if p.Name == name && p.Tier == tier && p.Threads == threads {
			return p.Rate
		}
	}
	return 0
}

// checkHashes reports a kernel whose result is not the same on all tiers.
func (r *Report) checkHashes() error {
	first := map[string]Row{}
	for _, row := range r.Rows {
		if f, ok := first[row.key()]; !ok {
			first[row.key()] = row
		} else if f.Hash != row.Hash {
			return fmt.Errorf("bench: the result of %s differs between tiers %s and %s", row.key(), f.Tier, row.Tier)
		}
	}
	return nil
}
