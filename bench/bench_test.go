package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/kernels"
)

// A small kernel on every tier of this machine: times, shares and equal hashes, and its JSON read back.
func TestRun(t *testing.T) {
	calls, last := 0, 0
	rep, err := Run(Options{Filter: "gemm/1x100x1200", Quick: true, Progress: func(done, total int, what string) {
		calls++
		if total > 0 && (total != 1 || done < last) {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}})
	if err != nil {
		t.Fatal(err)
	}
	if calls == 0 || last != 1 {
		t.Errorf("progress: %d calls, the last with %d", calls, last)
	}
	tiers := map[string]bool{}
	for _, r := range rep.Rows {
		tiers[r.Tier] = true
		if !(r.Seconds > 0 && r.Rate > 0 && r.Speedup > 0 && r.Rounds > 0) || len(r.Hash) != 64 {
			t.Errorf("%+v: something is missing", r)
		}
		if (r.Share > 0) != (r.Roof != "") {
			t.Errorf("share %v of %q", r.Share, r.Roof)
		}
	}
	for _, ti := range kernels.Tiers() {
		if ti.Available && ti.Name != "avxvnni" && !tiers[ti.Name] {
			t.Errorf("nothing on tier %s", ti.Name)
		}
	}
	for _, p := range rep.Peaks {
		if !(p.Rate > 0) {
			t.Errorf("%+v", p)
		}
	}
	for _, want := range []string{"read L1", "copy memory", "gemm/1x100x1200 packed", rep.Rows[0].Hash[:8], "blas32.Gemv"} {
		if !strings.Contains(rep.String(), want) {
			t.Errorf("the table lacks %q:\n%v", want, rep)
		}
	}
	if _, err := Run(Options{Filter: "no such kernel"}); err == nil {
		t.Error("nothing to measure is no error")
	}
	back := readBack(t, rep)
	if !reflect.DeepEqual(back.Rows, rep.Rows) || !reflect.DeepEqual(back.Peaks, rep.Peaks) {
		t.Error("JSON gives other rows back")
	}
	for _, c := range Compare(back, rep) {
		if c.Ratio != 1 || c.Verdict != Unchanged && c.Verdict != Unknown {
			t.Errorf("a report against itself: %+v", c)
		}
	}
}

func readBack(t *testing.T, rep *Report) *Report {
	t.Helper()
	b, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	back, err := ReadReport(path)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestHashesDiffer(t *testing.T) {
	r := &Report{Rows: []Row{{Kernel: "k", Shape: "1", Tier: "a", Hash: "x"}, {Kernel: "k", Shape: "2", Tier: "a", Hash: "y"},
		{Kernel: "k", Shape: "1", Tier: "b", Hash: "x"}}}
	if err := r.checkHashes(); err != nil {
		t.Error(err)
	}
	r.Rows = append(r.Rows, Row{Kernel: "k", Shape: "2", Tier: "b", Hash: "z"})
	if err := r.checkHashes(); err == nil || !strings.Contains(err.Error(), "k/2 differs between tiers a and b") {
		t.Errorf("other bits on another tier: %v", err)
	}
}

// A first call that waits for new memory is not what is reported, even if it takes longer than all rounds may.
func TestColdFirstCall(t *testing.T) {
	for _, cold := range []bool{true, false} {
		wait := time.Duration(0)
		if cold {
			wait = 20 * time.Millisecond
		}
		l := newLoop(func() { time.Sleep(wait); wait = 0 }, 10*time.Millisecond)
		inTurns(quickEffort, l)
		if len(l.sec) < 2 || median(l.sec) > 0.01 {
			t.Errorf("cold %v: %v", cold, l.sec)
		}
	}
	calls := 0
	l := newLoop(func() { calls++; time.Sleep(2 * time.Millisecond) }, time.Millisecond)
	if inTurns(quickEffort, l); len(l.sec) != 1 || calls != 2 {
		t.Errorf("a loop that one call exhausts: %d calls, times %v", calls, l.sec)
	}
}

// The sign and payload of NaN are free and must not show in a hash.
func TestBytesOf(t *testing.T) {
	a := bytesOf([]float32{1, math.Float32frombits(0x7fc00000), -0.5})
	b := bytesOf([]float32{1, math.Float32frombits(0xffc12345), -0.5})
	if string(a) != string(b) || string(a) == string(bytesOf([]float32{1, 2, -0.5})) {
		t.Errorf("% x, % x", a, b)
	}
}

func TestReadReport(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"text":     {"no report", "not a report"},
		"other":    {`{"rows": []}`, "not a report"},
		"list":     {`[1]`, "not a report"},
		"newer":    {`{"gannet_bench": 99}`, "format 99"},
		"older":    {`{"gannet_bench": 1, "rows": 3}`, "format 1"},
		"broken":   {fmt.Sprintf(`{"gannet_bench": %d, "rows": 3}`, Format), "cannot unmarshal"},
		"timeless": {fmt.Sprintf(`{"gannet_bench": %d, "rows": [{"kernel": "k", "shape": "1"}]}`, Format), "no time"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadReport(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	if _, err := ReadReport(filepath.Join(dir, "none")); err == nil || strings.Count(err.Error(), "none") != 1 {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Verdicts on made-up rows: a change counts beyond the noise of both runs and the least band.
func TestVerdicts(t *testing.T) {
	row := func(sec, spread float64) Row {
		return Row{Kernel: "k", Shape: "1", Tier: "a", Threads: 1, Seconds: sec, Spread: spread, Rounds: 9}
	}
	share := func(r Row, roof string, share, spread float64) Row {
		r.Roof, r.Share, r.ShareSpread = roof, share, spread
		return r
	}
	few := row(1, 0)
	few.Rounds = 1
	for _, c := range []struct {
		name     string
		old, now Row
		by       string
		ratio    float64
		want     Verdict
	}{
		{"equal", row(1, 0), row(1, 0), "time", 1, Unchanged},
		{"inside the least band", row(1, 0), row(1.03, 0), "time", 1 / 1.03, Unchanged},
		{"slower", row(1, 0.01), row(1.10, 0.01), "time", 1 / 1.10, Slower},
		{"faster", row(1.10, 0.01), row(1, 0.01), "time", 1.10, Faster},
		{"noise in the old run", row(1.10, 0.06), row(1, 0), "time", 1.10, Unchanged},
		{"noise in the new run", row(1, 0), row(1.10, 0.06), "time", 1 / 1.10, Unchanged},
		{"both noisy", row(1, 0.04), row(1.10, 0.04), "time", 1 / 1.10, Unchanged},
		{"far beyond the noise", row(1, 0.06), row(2, 0.06), "time", 0.5, Slower},
		{"a slow machine, the same share", share(row(1, 0), "FMA", 0.8, 0), share(row(3, 0), "FMA", 0.8, 0), "share", 1, Unchanged},
		{"a lower share", share(row(1, 0), "FMA", 0.8, 0), share(row(1, 0), "FMA", 0.4, 0), "share", 0.5, Slower},
		{"another roof", share(row(1, 0), "FMA", 0.8, 0), share(row(2, 0), "read L2", 0.8, 0), "time", 0.5, Slower},
		{"timed once", row(1, 0), few, "time", 1, Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			cs := Compare(&Report{Rows: []Row{c.old}}, &Report{Rows: []Row{c.now}})
			if len(cs) != 1 || cs[0].Verdict != c.want || cs[0].By != c.by || math.Abs(cs[0].Ratio-c.ratio) > 1e-12 {
				t.Errorf("%+v; want %s by %s of %v", cs, c.want, c.by, c.ratio)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	row := func(kernel, tier string, threads int, sec float64, hash string) Row {
		return Row{Kernel: kernel, Shape: "1", Tier: tier, Threads: threads, Seconds: sec, Hash: hash, Rounds: 9}
	}
	old := &Report{CPU: "one", Rows: []Row{row("same", "a", 1, 1, "x"), row("slow", "a", 1, 1, "x"), row("slow", "b", 1, 1, "x"),
		row("gone", "a", 1, 1, "x"), row("same", "a", 2, 1, "x")}}
	now := &Report{CPU: "other", Rows: []Row{row("same", "a", 1, 1, "y"), row("slow", "a", 1, 1.25, "x"), row("slow", "b", 1, 1.5, "x"),
		row("fresh", "a", 1, 1, "x")}}
	cs := Compare(old, now)
	var got []string
	for _, c := range cs {
		got = append(got, fmt.Sprintf("%s %s %d %s %v", c.Kernel, c.Tier, c.Threads, c.Verdict, c.OtherResult))
	}
	want := []string{"same a 1 unchanged true", "slow a 1 slower false", "slow b 1 slower false", "fresh a 1 new false",
		"gone a 1 gone false", "same a 2 gone false"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	worst, percent := Worst(cs)
	if worst.Kernel != "slow" || worst.Tier != "b" || math.Abs(percent-50) > 1e-9 {
		t.Errorf("worst %+v by %v %%", worst, percent)
	}
	if _, percent := Worst(cs[:1]); percent != 0 {
		t.Errorf("an unchanged row is slower by %v %%", percent)
	}
	text := WriteChanges(old, now, cs)
	for _, want := range []string{"another machine: one", "0 faster, 2 slower, 1 unchanged; 0 unknown, 1 new, 2 gone",
		"geometric mean 0.811x", "unchanged (by time, not by share), other result"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
}

func TestMedianAndSpread(t *testing.T) {
	for _, c := range []struct {
		x              []float64
		median, spread float64
	}{
		{nil, 0, 0},
		{[]float64{3}, 3, 0},
		{[]float64{4, 2}, 3, 1.4826 / 3},
		{[]float64{1, 100, 1, 1, 1}, 1, 0}, // a wild one counts for nothing
		{[]float64{8, 9, 10, 11, 12}, 10, 0.14826},
	} {
		if m, s := median(c.x), spread(c.x); m != c.median || math.Abs(s-c.spread) > 1e-9 {
			t.Errorf("%v: median %v, spread %v; want %v, %v", c.x, m, s, c.median, c.spread)
		}
	}
}

// Loops take turns; one that a single call exhausts is timed once.
func TestInTurns(t *testing.T) {
	var order []string
	fake := func(name string, sec float64) *loop {
		return &loop{budget: time.Second, time: func(calls int) float64 {
			order = append(order, name)
			return sec * float64(calls)
		}}
	}
	a, b, slow := fake("a", 0.25), fake("b", 0.2), fake("slow", 3)
	inTurns(effort{rounds: 3, slice: time.Millisecond}, a, b, slow)
	if len(a.sec) != 3 || len(b.sec) != 3 || len(slow.sec) != 1 || slow.sec[0] != 3 {
		t.Errorf("rounds: %v, %v, %v", a.sec, b.sec, slow.sec)
	}
	if got := strings.Join(order[len(order)-4:], " "); got != "a b a b" {
		t.Errorf("the last turns are %s", got)
	}
	if q := ratios(a, b); len(q) != 3 || q[0] != 1.25 {
		t.Errorf("ratios %v", q)
	}
}

func TestLevelOf(t *testing.T) {
	ls := []Level{{Name: "L1", Bytes: 100}, {Name: "L2", Bytes: 1000}, {Name: "L3", Bytes: 10000, shared: true}, {Name: "memory", shared: true}}
	for _, c := range []struct {
		bytes   float64
		threads int
		want    string
	}{{100, 1, "L1"}, {101, 1, "L2"}, {150, 2, "L1"}, {1500, 1, "L3"}, {1500, 2, "L2"}, {15000, 2, "memory"}} {
		if got := levelOf(ls, c.bytes, c.threads).Name; got != c.want {
			t.Errorf("%v bytes on %d threads lie in %s, want %s", c.bytes, c.threads, got, c.want)
		}
	}
	if ls := levels(); len(ls) < 3 || ls[len(ls)-1].Name != "memory" {
		t.Errorf("levels %+v", ls)
	}
}

// What bounds a row is what takes longer at the peaks.
func TestBound(t *testing.T) {
	r := &runner{opt: Options{Threads: 1}, rep: &Report{
		Levels: []Level{{Name: "L1", Bytes: 1 << 10}, {Name: "memory"}},
		Peaks:  []Peak{{"FMA", "a", 1, 100, "GFLOP/s"}, {"read memory", "a", 1, 10, "GB/s"}, {"copy L1", "a", 1, 50, "GB/s"}}},
		roofs: map[string][]roof{"a": {{name: "FMA"}, {name: "read memory"}, {name: "copy L1"}}}}
	for _, c := range []struct {
		b    bencher
		want string
		work float64
	}{
		{bencher{work: 1000, unit: "GFLOP/s", bytes: 10}, "FMA", 1000},
		{bencher{work: 1000, unit: "GFLOP/s", bytes: 2000, readOnly: true}, "read memory", 2000},
		{bencher{work: 1000, unit: "GFLOP/s", bytes: 2000, resident: 1000}, "copy L1", 2000},
		{bencher{work: 1000, unit: "GFLOP/s"}, "FMA", 1000},
		{bencher{work: 1000, unit: "GOP/s", bytes: 10}, "", 0}, // nothing is known about int8
		{bencher{work: 100, unit: "GB/s"}, "copy L1", 100},
		{bencher{work: 100, unit: "GB/s", flops: 1000}, "FMA", 1000},
		{bencher{work: 5000, unit: "GB/s"}, "", 0}, // nor about copying in memory
	} {
		got := r.boundOf(c.b, "a")
		name := ""
		if got.roof != nil {
			name = got.roof.name
		}
		if name != c.want || got.work != c.work {
			t.Errorf("%+v: bound by %q of %v, want %q of %v", c.b, name, got.work, c.want, c.work)
		}
	}
}

// The streams of every tier touch what they say and no more: copies are exact, and a walk moves the bytes it was asked for.
func TestStreams(t *testing.T) {
	for _, ti := range kernels.Tiers() {
		if !ti.Available {
			continue
		}
		s := tierStreams(ti.Name)
		for _, n := range []int{streamUnit, 3 * streamUnit} {
			src, dst := make([]byte, n+1), make([]byte, n+1)
			for i := range src {
				src[i] = byte(i*7 + 1)
			}
			s.read(&src[0], n, 2)
			s.copy(&dst[0], &src[0], n, 2)
			if string(dst[:n]) != string(src[:n]) || dst[n] != 0 {
				t.Errorf("%s: %d bytes are not copied", ti.Name, n)
			}
		}
	}
	for _, n := range []int{streamUnit, 24 << 10, 3 * streamChunk, 3*streamChunk + 2*streamUnit} {
		pos, moved := 0, 0
		walk(n, &pos, 5*streamCall, func(at, size, passes int) {
			if at < 0 || at+size > n || size*passes > streamChunk {
				t.Fatalf("a buffer of %d: %d passes over %d bytes at %d", n, passes, size, at)
			}
			moved += size * passes
		})
		if moved < 5*streamCall || moved > 5*streamCall+streamChunk {
			t.Errorf("a buffer of %d: %d bytes, want %d", n, moved, 5*streamCall)
		}
	}
}

func TestSeconds(t *testing.T) {
	for sec, want := range map[float64]string{1.2341e-6: "1.23µs", 999e-9: "999ns", 0.0123456: "12.3ms", 2.5: "2.5s"} {
		if got := seconds(sec); got != want {
			t.Errorf("%v is %s, want %s", sec, got, want)
		}
	}
}
