package bench

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// String renders the report: the machine, its peaks, and a table of the rows.
func (r *Report) String() string {
	var s strings.Builder
	r.writeMachine(&s)
	s.WriteByte('\n')
	r.writePeaks(&s)
	s.WriteByte('\n')
	if r.Model != nil {
		r.writeModel(&s)
	} else {
		r.writeRows(&s)
	}
	return s.String()
}

func (r *Report) writeMachine(s *strings.Builder) {
	fmt.Fprintf(s, "%s, %s/%s", r.CPU, r.GOOS, r.GOARCH)
	for _, l := range r.Levels {
		if l.Bytes > 0 {
			fmt.Fprintf(s, ", %s %s", l.Name, size(l.Bytes))
		}
		if l.Assumed {
			s.WriteString(" (assumed)")
		}
	}
	s.WriteString("\ntiers: ")
	for i, t := range r.Tiers {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(t.Name)
		if !t.Available {
			s.WriteString(" (not on this CPU)")
		}
	}
	s.WriteByte('\n')
}

// writePeaks puts a line for each limit and a column for each tier and number of threads.
func (r *Report) writePeaks(s *strings.Builder) {
	type column struct {
		tier    string
		threads int
	}
	var names []string
	var columns []column
	units := map[string]string{}
	for _, p := range r.Peaks {
		if units[p.Name] == "" {
			names = append(names, p.Name)
			units[p.Name] = p.Unit
		}
		if c := (column{p.Tier, p.Threads}); !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	slices.SortStableFunc(columns, func(a, b column) int { return cmp.Compare(a.threads, b.threads) })
	what := "peak"
	for _, head := range []func(c column) string{func(c column) string { return c.tier },
		func(c column) string { return plural(c.threads, "thread") }} {
		fmt.Fprintf(s, "%-12s", what)
		what = ""
		for _, c := range columns {
			fmt.Fprintf(s, " %10s", head(c))
		}
		s.WriteByte('\n')
	}
	for _, n := range names {
		fmt.Fprintf(s, "%-12s", n)
		for _, c := range columns {
			if p := r.peak(n, c.tier, c.threads); p > 0 {
				fmt.Fprintf(s, " %10.1f", p)
			} else {
				fmt.Fprintf(s, " %10s", "")
			}
		}
		fmt.Fprintf(s, " %s\n", units[n])
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// rivalNames are the columns of rivals, and calls what they stand for.
func (r *Report) rivalNames() (names, calls []string) {
	for _, row := range r.Rows {
		for _, v := range row.Rivals {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
			if c := v.Name + ": " + v.Call; !slices.Contains(calls, c) {
				calls = append(calls, c)
			}
		}
	}
	slices.Sort(names)
	slices.Sort(calls)
	return names, calls
}

func (r *Report) writeRows(s *strings.Builder) {
	names, calls := r.rivalNames()
	wide := len("kernel/shape")
	for _, w := range r.Rows {
		wide = max(wide, len(w.key()))
	}
	fmt.Fprintf(s, "%-*s  %-8s %9s %9s %-8s %-18s %9s", wide, "kernel/shape", "tier", "time", "rate", "", "share of", "reference")
	for _, n := range names {
		fmt.Fprintf(s, " %7s", n)
	}
	fmt.Fprintf(s, "  result, %s\n", plural(r.Threads, "thread"))
	last := ""
	for _, w := range r.Rows {
		name := w.key()
		if name == last {
			name = ""
		}
		last = w.key()
		share := ""
		if w.Roof != "" {
			share = fmt.Sprintf("%3.0f %% %s", 100*w.Share, w.Roof)
		}
		fmt.Fprintf(s, "%-*s  %-8s %9s %9.2f %-8s %-18s %9s", wide, name, w.Tier, seconds(w.Seconds), w.Rate, w.Unit, share,
			times(w.Speedup))
		for _, n := range names {
			i := slices.IndexFunc(w.Rivals, func(v Rival) bool { return v.Name == n })
			t := ""
			if i >= 0 {
				t = times(w.Rivals[i].Speedup)
			}
			fmt.Fprintf(s, " %7s", t)
		}
		fmt.Fprintf(s, "  %.8s\n", w.Hash)
	}
	if len(calls) > 0 {
		s.WriteString("\nThe columns on the right say how many times as long the others take:\n")
		for _, c := range calls {
			fmt.Fprintf(s, "  %s\n", c)
		}
	}
}

// writeModel renders what is known of a model, its steady state and its steps.
func (r *Report) writeModel(s *strings.Builder) {
	m := r.Model
	kind := "f32"
	if m.Quantized {
		kind = "int8"
	}
	memory := func(n int64) string {
		if n == 0 {
			return "unknown on this system"
		}
		return size(int(n))
	}
	fmt.Fprintf(s, "%s: %s, %s, pictures of %dx%dx%d, on %s, %s\n", m.File, kind, size(int(m.Bytes)), m.Image[0], m.Image[1],
		m.Image[2], m.Tier, plural(r.Threads, "thread"))
	fmt.Fprintf(s, "load %s, first picture after %s; peak memory %s then, %s after the batches\n", seconds(m.Load), seconds(m.First),
		memory(m.FirstMemory), memory(m.PeakMemory))
	for _, w := range r.Rows {
		if w.Kernel == pictures {
			fmt.Fprintf(s, "%-9s %9s %12.0f pictures/s  %.8s\n", w.Shape, seconds(w.Seconds), w.Rate, w.Hash)
		}
	}
	wide, wideShape := len("step"), 0
	for _, w := range r.Rows {
		wide, wideShape = max(wide, len(w.Kernel)), max(wideShape, len(w.Shape))
	}
	fmt.Fprintf(s, "\n%-*s  %-*s %9s %6s %9s %9s %-8s %s\n", wide, "step", wideShape, fmt.Sprintf("batch %d", m.Batch), "time", "of all",
		"bytes", "rate", "", "share of")
	sum := 0.0
	for _, w := range r.Rows {
		if w.Kernel == pictures {
			continue
		}
		sum += w.Seconds
		share := ""
		if w.Roof != "" {
			share = fmt.Sprintf("%3.0f %% %s", 100*w.Share, w.Roof)
		}
		fmt.Fprintf(s, "%-*s  %-*s %9s %4.0f %% %9s %9.2f %-8s %s\n", wide, w.Kernel, wideShape, w.Shape, seconds(w.Seconds), 100*w.Part,
			size(int(w.Bytes)), w.Rate, w.Unit, share)
	}
	fmt.Fprintf(s, "%-*s  %-*s %9s\n", wide, "all", wideShape, "", seconds(sum))
}

// times is a ratio for people, "" if unknown.
func times(x float64) string {
	switch {
	case x == 0:
		return ""
	case x < 9.95:
		return fmt.Sprintf("%.2fx", x)
	case x < 99.5:
		return fmt.Sprintf("%.1fx", x)
	}
	return fmt.Sprintf("%.0fx", x)
}

// seconds is a time with three digits.
func seconds(sec float64) string {
	d := time.Duration(math.Round(sec * 1e9))
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}
