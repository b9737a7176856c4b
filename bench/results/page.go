package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/model"
)

// column is a figure of an item's table.
type column struct {
	name   string  // of the figure
	over   string  // of the figure that it is divided by; empty: none
	head   string  // of the column
	format string  // of a number
	scale  float64 // that it is printed times; 0: 1
	lo, hi float64 // what is aimed at, not scaled; both 0: nothing
}

// cell is a figure as text. One that misses what was aimed at is bold.
func (c *column) cell(fs figures) string {
	v, ok := c.value(fs)
	if !ok {
		return ""
	}
	s := fmt.Sprintf(c.format, v*max(c.scale, 1))
	if c.misses(v) {
		return "**" + s + "**"
	}
	return s
}

// value is the figure, if it is there.
func (c *column) value(fs figures) (v float64, ok bool) {
	v, ok = fs[c.name]
	if ok && c.over != "" {
		var by float64
		by, ok = fs[c.over]
		v /= by
	}
	return v, ok
}

func (c *column) misses(v float64) bool { return (c.lo != 0 || c.hi != 0) && !(v >= c.lo && v <= c.hi) }

// item is one page of docs/results: runs, and what they must show.
type item struct {
	name    string
	title   string
	about   string // a paragraph: what is measured, and what is aimed at
	aim     string // the same in README's table, in few words
	columns []column
	runs    []run
	// curve names the figure that is drawn against the steps; empty: none. unit is what stands on the axis, a step being
	// so many of them.
	curve, unit string
	perStep     float64
	beside      func() ([]data.Curve, error) // what is drawn beside it
	summary     func(runs []record) string   // README's cell; nil: the ranges of the columns
	mean        bool                         // the table ends with the mean of all runs and their spread
}

const (
	pageBegin   = "<!-- figures: written by go run ./bench/results -->\n"
	pageEnd     = "<!-- figures -->\n"
	readmeBegin = "<!-- results: written by go run ./bench/results -->\n"
	readmeEnd   = "<!-- results -->\n"
)

// pages writes the page of an item, its picture, and README's table, from the figures that are there.
func (l *lab) pages(it *item) error {
	f, err := l.read(it)
	if err != nil {
		return err
	}
	if len(f.Runs) > 0 {
		var page bytes.Buffer
		it.table(&page, f.Runs)
		if it.curve != "" {
			drawn, err := l.draw(it, f.Runs)
			if err != nil {
				return err
			}
			if drawn {
				fmt.Fprintf(&page, "\n![%s](%s.png)\n", it.title, it.name)
			}
		}
		path := filepath.Join(l.docs, it.name+".md")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if err := os.WriteFile(path, []byte("# "+it.title+"\n\n"+pageBegin+pageEnd), 0o644); err != nil {
				return err
			}
		}
		if err := between(path, pageBegin, pageEnd, page.String()); err != nil {
			return err
		}
	}
	if l.readme == "" {
		return nil
	}
	var table bytes.Buffer
	fmt.Fprint(&table, "| item | aimed at | reached | runs, hours of training |\n|---|---|---|---|\n")
	for _, it := range l.all {
		f, err := l.read(&it)
		if err != nil {
			return err
		}
		if len(f.Runs) > 0 {
			fmt.Fprintln(&table, it.line(f.Runs))
		}
	}
	return between(l.readme, readmeBegin, readmeEnd, table.String())
}

// table prints all runs, each with every figure.
func (it *item) table(w io.Writer, runs []record) {
	fmt.Fprintf(w, "%s\n\n    make results ITEM=%s\n\n", it.about, it.name)
	fmt.Fprint(w, "| run | seed | steps |")
	for _, c := range it.columns {
		fmt.Fprintf(w, " %s |", c.head)
	}
	fmt.Fprint(w, " training |\n|---|---|---|")
	fmt.Fprint(w, strings.Repeat("---|", len(it.columns)), "---|\n")
	for _, r := range runs {
		name := r.Preset
		if r.Note != "" {
			name += ", " + r.Note
		}
		fmt.Fprintf(w, "| %s | %d | %d |", name, r.Seed, r.Steps)
		for _, c := range it.columns {
			fmt.Fprintf(w, " %s |", c.cell(r.Figures))
		}
		fmt.Fprintf(w, " %s |\n", duration(r.Seconds))
	}
	if it.mean && len(runs) > 1 {
		fmt.Fprint(w, "| mean, standard deviation | | |")
		for _, c := range it.columns {
			fmt.Fprintf(w, " %s |", c.mean(runs))
		}
		fmt.Fprintln(w, " |")
	}
	missed := ""
	for _, r := range runs {
		if r.Alarm != "" {
			missed += fmt.Sprintf("\nSeed %d of %s was stopped: %s.", r.Seed, strings.TrimSuffix(r.Preset+", "+r.Note, ", "), r.Alarm)
		}
	}
	if n := len(it.runs) - len(runs); n > 0 {
		missed += fmt.Sprintf("\nOf this item's %d runs %d are not made yet.", len(it.runs), n)
	}
	if missed != "" {
		fmt.Fprintln(w, missed)
	}
	fmt.Fprintf(w, "\nBold is what misses its aim. Machines: %s; other programs ran beside.\n", strings.Join(machines(runs), "; "))
}

// line is an item's row in README.
func (it *item) line(runs []record) string {
	reached, seconds := "", 0.0
	for _, r := range runs {
		seconds += r.Seconds
	}
	if it.summary != nil {
		reached = it.summary(runs)
	} else {
		var parts []string
		for _, c := range it.columns {
			if c.lo == 0 && c.hi == 0 {
				continue
			}
			parts = append(parts, c.head+" "+c.span(runs))
		}
		reached = strings.Join(parts, ", ")
	}
	made := fmt.Sprint(len(runs))
	if len(runs) < len(it.runs) {
		made = fmt.Sprintf("%d of %d", len(runs), len(it.runs))
	}
	return fmt.Sprintf("| [%s](docs/results/%s.md) | %s | %s | %s, %.2g |", it.name, it.name, it.aim, reached, made, seconds/3600)
}

// span is the range of a column over all runs, bold if one misses.
func (c *column) span(runs []record) string {
	lo, hi, missed := 0.0, 0.0, false
	for i, r := range runs {
		v, _ := c.value(r.Figures)
		if i == 0 {
			lo, hi = v, v
		}
		lo, hi, missed = min(lo, v), max(hi, v), missed || c.misses(v)
	}
	scale := max(c.scale, 1)
	s := fmt.Sprintf(c.format, lo*scale)
	if t := fmt.Sprintf(c.format, hi*scale); t != s {
		s += " to " + t
	}
	if missed {
		return "**" + s + "**"
	}
	return s
}

// mean is the mean of a column over all runs, with their standard deviation where there is one.
func (c *column) mean(runs []record) string {
	mean := c.average(runs)
	text := fmt.Sprintf(c.format, mean*max(c.scale, 1))
	if len(runs) < 2 {
		return text
	}
	sum := 0.0
	for _, r := range runs {
		v, _ := c.value(r.Figures)
		sum += (v - mean) * (v - mean)
	}
	return text + fmt.Sprintf(" +- "+c.format, math.Sqrt(sum/float64(len(runs)-1))*max(c.scale, 1))
}

// average is the mean of a column over all runs, not scaled.
func (c *column) average(runs []record) float64 {
	sum := 0.0
	for _, r := range runs {
		v, _ := c.value(r.Figures)
		sum += v
	}
	return sum / float64(len(runs))
}

func machines(runs []record) []string {
	var all []string
	seen := map[string]bool{}
	for _, r := range runs {
		if !seen[r.Machine] {
			seen[r.Machine] = true
			all = append(all, r.Machine)
		}
	}
	return all
}

func duration(seconds float64) string {
	if seconds < 600 {
		return fmt.Sprintf("%.0f s", seconds)
	}
	return fmt.Sprintf("%.0f min", seconds/60)
}

// draw draws the curves of an item, if there are any.
func (l *lab) draw(it *item, runs []record) (bool, error) {
	var curves []data.Curve
	for _, r := range runs {
		if len(r.Curve) < 2 {
			continue
		}
		c := data.Curve{Name: fmt.Sprintf("%s, seed %d", strings.TrimSuffix(r.Preset+", "+r.Note, ", "), r.Seed)}
		for _, p := range r.Curve {
			c.X, c.Y = append(c.X, float64(p.Step)*it.perStep), append(c.Y, p.Figures[it.curve])
		}
		curves = append(curves, c)
	}
	if len(curves) == 0 {
		return false, nil
	}
	if it.beside != nil {
		more, err := it.beside()
		if err != nil {
			return false, err
		}
		curves = append(curves, more...)
	}
	return true, model.Atomically(filepath.Join(l.docs, it.name+".png"), func(w io.Writer) error {
		return data.Curves(w, it.title, it.unit, curves...)
	})
}

// between replaces what stands in a file between two markers.
func between(path, begin, end, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the table: want the lines %q and %q", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return model.Atomically(path, func(w io.Writer) error {
		_, err := io.WriteString(w, head+begin+text+end+tail)
		return err
	})
}
