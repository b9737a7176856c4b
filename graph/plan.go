package graph

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// StepInfo describes one step of a program.
type StepInfo struct {
	Kind  string        // the operation, or what was fused into one
	Shape Shape         // of the main result
	DType DType         //
	In    int           // bytes of its operands
	Bytes int           // of its results
	FLOPs int64         // of products two for each multiply-add, of chains one for each operation and element
	Time  time.Duration // of one run, when profiled: a median
}

// Plan describes a program: its steps and its memory.
type Plan struct {
	Steps   []StepInfo
	Arena   int // bytes of all intermediate results
	Weights int // bytes of the variables it reads
}

func (s *step) describe(b *Builder) {
	s.info = StepInfo{Kind: s.kind, FLOPs: s.flops}
	if s.out != 0 {
		t := b.Type(s.out)
		s.info.Shape, s.info.DType = t.S, t.D
	} else if len(s.in) > 0 {
		t := b.Type(s.in[0])
		s.info.Shape, s.info.DType = t.S, t.D
	}
	for _, v := range s.in {
		t := b.Type(v)
		s.info.In += t.S.Numel() * t.D.Size()
	}
	for _, v := range s.outs {
		t := b.Type(v)
		s.info.Bytes += t.S.Numel() * t.D.Size()
	}
}

// Plan describes the program.
func (p *Program) Plan() *Plan {
	plan := &Plan{Arena: len(p.arena), Weights: p.weights}
	for i := range p.steps {
		plan.Steps = append(plan.Steps, p.steps[i].info)
	}
	return plan
}

// Profile runs the program n times and returns its plan with the median time of each step, which other programs on the
// machine disturb least. It changes the variables as n runs do.
func (p *Program) Profile(c Clock, n int) *Plan {
	p.clock = c
	times := make([][]time.Duration, len(p.steps))
	for range n {
		for i := range p.steps {
			t := time.Now()
			p.steps[i].run()
			times[i] = append(times[i], time.Since(t))
		}
		p.clock.Step++
	}
	plan := p.Plan()
	for i := range plan.Steps {
		sort.Sort(durations(times[i]))
		plan.Steps[i].Time = times[i][n/2]
	}
	return plan
}

// durations sorts itself: an instance of slices.Sort is 6 KB more in every program that samples, and sort.Sort is in all.
type durations []time.Duration

func (d durations) Len() int           { return len(d) }
func (d durations) Less(i, j int) bool { return d[i] < d[j] }
func (d durations) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// String renders the plan as a table.
func (p *Plan) String() string {
	var s strings.Builder
	var time time.Duration
	var flops int64
	for _, st := range p.Steps {
		time += st.Time
		flops += st.FLOPs
	}
	fmt.Fprintf(&s, "%4s  %-34s %-18s %10s %12s", "step", "operation", "result", "KiB", "MFLOP")
	if time > 0 {
		fmt.Fprintf(&s, " %10s %6s %9s", "us", "share", "GFLOP/s")
	}
	s.WriteByte('\n')
	for i, st := range p.Steps {
		fmt.Fprintf(&s, "%4d  %-34s %-18s %10.1f %12.3f", i, st.Kind, st.DType.String()+st.Shape.String(),
			float64(st.Bytes)/1024, float64(st.FLOPs)/1e6)
		if time > 0 {
			fmt.Fprintf(&s, " %10.1f %5.1f%% %9.1f", float64(st.Time)/1e3, 100*float64(st.Time)/float64(time),
				float64(st.FLOPs)/float64(max(1, st.Time)))
		}
		s.WriteByte('\n')
	}
	fmt.Fprintf(&s, "%d steps, %.1f MFLOP, weights %.1f KiB, arena %.1f KiB", len(p.Steps), float64(flops)/1e6,
		float64(p.Weights)/1024, float64(p.Arena)/1024)
	if time > 0 {
		fmt.Fprintf(&s, ", %.2f ms, %.1f GFLOP/s", float64(time)/1e6, float64(flops)/float64(time))
	}
	s.WriteByte('\n')
	return s.String()
}
