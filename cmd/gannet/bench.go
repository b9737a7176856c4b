package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/bench"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// benchFlags are the flags of gannet bench.
type benchFlags struct {
	opt         bench.Options
	tiers, list bool
	asJSON      bool
	compare     string
	failSlower  float64
	mayFail     bool // --fail-slower was given
	roofline    string
	batch       int
	model       string // "": the kernels
}

func benchCommand() *cobra.Command {
	var b benchFlags
	c := &cobra.Command{
		Use:   "bench [MODEL]",
		Short: "Measure the kernels of this machine, or a model on it",
		Long: `Bench measures the limits of this machine (multiply-adds, bandwidth of every level of memory) and every kernel on every tier:
time, rate, share of the limit that bounds it, speed against the reference and against others. The hash of the result must
be the same on all tiers; a difference exits with 1.

With a MODEL it measures that on the tier in use (GANNET_ISA chooses another): how long it takes to load and to draw the
first picture, memory, pictures a second, and each step of its program at --batch. docs/bench.md explains the tables.`,
		Example: `  gannet bench --tiers
  gannet bench --filter gemm --threads 2
  gannet bench --json > before.json
  gannet bench --compare before.json --fail-slower 5
  gannet bench --filter gemm --roofline gemm.png
  gannet bench model.safetensors --threads 2`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("bench: %d arguments, want at most one MODEL; see gannet bench --help", len(args))
			}
			return nil
		},
	}
	f := c.Flags()
	f.BoolVar(&b.tiers, "tiers", false, "print the table of tiers only")
	f.BoolVar(&b.list, "list", false, "print the names of what --filter selects only")
	f.BoolVar(&b.asJSON, "json", false, "print JSON")
	f.StringVar(&b.opt.Filter, "filter", "", "measure what contains this text in kernel/shape")
	f.IntVar(&b.opt.Threads, "threads", 1, "threads")
	f.BoolVar(&b.opt.Quick, "quick", false, "fewer and shorter rounds: rougher numbers")
	f.BoolVar(&b.opt.Full, "full", false, "run the reference on large shapes too, which takes minutes")
	f.StringVar(&b.compare, "compare", "", "compare with this report, made with --json")
	f.Float64Var(&b.failSlower, "fail-slower", 0, "with --compare: exit with 1 if a row is slower by more than this many percent")
	f.StringVar(&b.roofline, "roofline", "", "draw the rows of the best tier under its roofs (PNG)")
	f.IntVar(&b.batch, "batch", 64, "with a MODEL: pictures at a time, for the table of steps")
	c.RunE = func(c *cobra.Command, args []string) error {
		b.model = strings.Join(args, "")
		if err := b.check(c); err != nil {
			return err
		}
		w := c.OutOrStdout()
		switch {
		case b.tiers:
			return b.printTiers(w)
		case b.list:
			return b.printList(w)
		}
		if b.roofline == "" {
			return b.run(w, c.ErrOrStderr(), nil)
		}
		return model.Atomically(b.roofline, func(png io.Writer) error { return b.run(w, c.ErrOrStderr(), png) })
	}
	return c
}

// check reports flags that make no sense.
func (b *benchFlags) check(c *cobra.Command) error {
	if b.opt.Threads < 1 {
		return usagef("bench: --threads %d; want at least 1", b.opt.Threads)
	}
	b.mayFail = c.Flags().Changed("fail-slower")
	if b.mayFail && (b.compare == "" || !(b.failSlower >= 0)) {
		return usagef("bench: --fail-slower %v; want a percentage of 0 or more, and --compare", b.failSlower)
	}
	if b.model != "" {
		for _, name := range []string{"tiers", "list", "filter", "full"} {
			if c.Flags().Changed(name) {
				return usagef("bench: --%s is about kernels and excludes a MODEL", name)
			}
		}
		if b.batch < 1 || b.batch > 1<<12 {
			return usagef("bench: --batch %d; want 1 to 4096", b.batch)
		}
		return nil
	}
	if c.Flags().Changed("batch") {
		return usagef("bench: --batch wants a MODEL")
	}
	if !b.tiers && len(bench.List(b.opt.Filter)) == 0 {
		var names []string
		for _, n := range bench.List("") {
			if k, _, _ := strings.Cut(n, "/"); !slices.Contains(names, k) {
				names = append(names, k)
			}
		}
		return usagef("bench: --filter: nothing contains %q; the kernels are %s (--list shows the shapes)", b.opt.Filter,
			strings.Join(names, ", "))
	}
	return nil
}

func (b *benchFlags) printTiers(w io.Writer) error {
	if b.asJSON {
		return json.NewEncoder(w).Encode(kernels.Tiers())
	}
	for _, t := range kernels.Tiers() {
		state := "not on this CPU"
		if t.Active {
			state = "in use"
		} else if t.Available {
			state = "available"
		}
		fmt.Fprintf(w, "%-8s  %-15s  needs %s\n", t.Name, state, t.Needs)
	}
	return nil
}

func (b *benchFlags) printList(w io.Writer) error {
	if b.asJSON {
		return json.NewEncoder(w).Encode(bench.List(b.opt.Filter))
	}
	for _, n := range bench.List(b.opt.Filter) {
		fmt.Fprintln(w, n)
	}
	return nil
}

// run measures, prints and draws; png is nil where no picture is wanted.
func (b *benchFlags) run(w, stderr, png io.Writer) error {
	var old *bench.Report
	if b.compare != "" {
		var err error
		if old, err = bench.ReadReport(b.compare); err != nil {
			return err
		}
		old.Rows = slices.DeleteFunc(old.Rows, func(w bench.Row) bool {
			return !strings.Contains(w.Kernel+"/"+w.Shape, b.opt.Filter)
		})
	}
	line := newBenchLine(stderr)
	b.opt.Progress = line.show
	var rep *bench.Report
	var err error
	if b.model != "" {
		rep, err = bench.RunModel(b.model, b.batch, b.opt)
	} else {
		rep, err = bench.Run(b.opt)
	}
	line.clear()
	if rep == nil {
		return err
	}
	if old != nil {
		rep.Changes = bench.Compare(old, rep)
	}
	if b.asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		if err := e.Encode(rep); err != nil {
			return err
		}
	} else {
		fmt.Fprint(w, rep)
		if old != nil {
			fmt.Fprintf(w, "\nAgainst %s:\n%s", b.compare, bench.WriteChanges(old, rep, rep.Changes))
		}
	}
	if err != nil {
		return err
	}
	if png != nil {
		if err := rep.Roofline(png); err != nil {
			return err
		}
	}
	if old != nil && !slices.ContainsFunc(rep.Changes, func(c bench.Change) bool { return c.Ratio > 0 }) {
		return fmt.Errorf("%s: has no row in common with this run (other kernels, tiers or threads)", b.compare)
	}
	if worst, percent := bench.Worst(rep.Changes); b.mayFail && percent > b.failSlower {
		return fmt.Errorf("bench: %s/%s on %s is %.1f %% slower than in %s; --fail-slower allows %v %%", worst.Kernel, worst.Shape,
			worst.Tier, percent, b.compare, b.failSlower)
	}
	return nil
}

// benchLine shows what is measured: a line that is redrawn on a terminal, now and then one elsewhere.
type benchLine struct {
	out   io.Writer
	isTTY bool
	next  time.Time
}

func newBenchLine(out io.Writer) *benchLine {
	l := &benchLine{out: out, next: time.Now().Add(10 * time.Second)}
	if f, ok := out.(*os.File); ok {
		l.isTTY = term.IsTerminal(int(f.Fd()))
	}
	return l
}

func (l *benchLine) show(done, total int, what string) {
	if total > 0 {
		what = fmt.Sprintf("%d/%d %s", done, total, what)
	}
	switch {
	case l.isTTY:
		fmt.Fprintf(l.out, "\r\x1b[K%s", what)
	case time.Now().After(l.next):
		fmt.Fprintln(l.out, what)
		l.next = time.Now().Add(10 * time.Second)
	}
}

func (l *benchLine) clear() {
	if l.isTTY {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
}
