package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
)

// toyItem is a run of a few steps, and one that is its beginning.
func toyItem(steps uint64) item {
	small := func(p *gan.Preset) {
		p.G.Hidden, p.D.Hidden, p.Batch, p.Tick, p.Snap = []int{8}, []int{8}, 16, 1, 10
		p.PenaltyFinal, p.OptG.FinalShare, p.OptD.FinalShare = 0, 0, 0
	}
	return item{name: "toy", title: "A toy", about: "Nothing.", aim: "one mode", curve: "modes", unit: "step", perStep: 1,
		columns: []column{{name: "modes", head: "modes", format: "%.0f", lo: 8, hi: 8}},
		runs: []run{
			{preset: "ring8", change: small, note: "small", seed: 3, steps: steps, every: 10, measure: covered("ring8")},
			{preset: "ring8", change: small, note: "small", seed: 3, steps: 10, within: steps, measure: covered("ring8")},
		}}
}

func toyLab(t *testing.T, it item) *lab {
	t.Helper()
	dir := t.TempDir()
	l := &lab{all: []item{it}, docs: dir, readme: filepath.Join(dir, "README.md"), runs: filepath.Join(dir, "runs"), threads: 1,
		pool: kernels.NewPool(1)}
	t.Cleanup(l.pool.Close)
	if err := os.WriteFile(l.readme, []byte("before\n"+readmeBegin+"old\n"+readmeEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestItem: an item that is interrupted goes on and ends with the figures of one that is not; what is finished is not run
// again, and a recipe that has changed is.
func TestItem(t *testing.T) {
	it := toyItem(20)
	l := toyLab(t, it)
	if err := l.item(context.Background(), &it); err != nil {
		t.Fatal(err)
	}
	f, err := l.read(&it)
	if err != nil || len(f.Runs) != 2 || len(f.Runs[0].Curve) != 2 || !(f.Runs[0].Seconds > 0) {
		t.Fatalf("%+v, %v", f, err)
	}
	if !reflect.DeepEqual(f.Runs[1].Figures, f.Runs[0].Curve[0].Figures) || f.Runs[1].Steps != 10 {
		t.Errorf("the beginning of a run has figures %+v", f.Runs[1])
	}
	page, _ := os.ReadFile(filepath.Join(l.docs, "toy.md"))
	readme, _ := os.ReadFile(l.readme)
	if !strings.Contains(string(page), "| ring8, small | 3 | 20 |") || !strings.Contains(string(page), "toy.png") {
		t.Errorf("the page is\n%s", page)
	}
	if s := string(readme); !strings.HasPrefix(s, "before\n") || !strings.HasSuffix(s, "after\n") || strings.Contains(s, "old") ||
		!strings.Contains(s, "[toy](docs/results/toy.md)") {
		t.Errorf("README is\n%s", s)
	}

	other := toyLab(t, it)
	other.match = "seed 4"
	if err := other.item(context.Background(), &it); err != nil {
		t.Fatal(err)
	}
	if f, err := other.read(&it); err != nil || len(f.Runs) != 0 {
		t.Errorf("runs that do not match were made: %+v, %v", f, err)
	}
	other.match = ""
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := other.item(ended, &it); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if err := other.item(context.Background(), &it); err != nil {
		t.Fatal(err)
	}
	g, err := other.read(&it)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Runs {
		f.Runs[i].Seconds, g.Runs[i].Seconds = 0, 0
	}
	if !reflect.DeepEqual(f, g) {
		t.Errorf("interrupted: %+v\nundisturbed: %+v", g, f)
	}

	if err := os.RemoveAll(l.runs); err != nil {
		t.Fatal(err)
	}
	if err := l.item(context.Background(), &it); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(l.runs); err == nil {
		t.Error("a finished item was run again")
	}
	change := it.runs[0].change
	for i := range it.runs {
		it.runs[i].change = func(p *gan.Preset) { change(p); p.OptG.LR *= 2 }
	}
	if err := l.item(context.Background(), &it); err != nil {
		t.Fatal(err)
	}
	if h, err := l.read(&it); err != nil || len(h.Runs) != 2 || h.Runs[0].Recipe == f.Runs[0].Recipe {
		t.Errorf("after a change of the recipe: %+v, %v", h, err)
	}
}

// TestItems: each item has runs that differ, recipes that can be trained, and curves whose points fall on snaps.
func TestItems(t *testing.T) {
	names := map[string]bool{}
	for _, it := range items() {
		if names[it.name] || it.about == "" || it.aim == "" || len(it.columns) == 0 || len(it.runs) == 0 {
			t.Errorf("item %q: twice, or something is missing", it.name)
		}
		names[it.name] = true
		labels := map[string]bool{}
		for i := range it.runs {
			r := &it.runs[i]
			if labels[r.label()] {
				t.Errorf("%s: %s: twice", it.name, r.label())
			}
			labels[r.label()] = true
			o, err := r.options()
			if err != nil {
				t.Errorf("%s: %s: %v", it.name, r.label(), err)
			}
			if (r.measure == nil) != (r.metrics != "") {
				t.Errorf("%s: %s: no measure, or two", it.name, r.label())
			}
			if r.every%o.Preset.Snap != 0 || r.within == 0 && r.every > o.Steps {
				t.Errorf("%s: %s: a point every %d steps of %d, and a snap every %d", it.name, r.label(), r.every, o.Steps, o.Preset.Snap)
			}
		}
	}
	if _, err := choose(items(), []string{"no such"}); err == nil {
		t.Error("an unknown item was found")
	}
}

func TestCells(t *testing.T) {
	c := column{name: "x", head: "x", format: "%.1f", scale: 100, lo: 0.97, hi: 0.99}
	if a, b := c.cell(figures{"x": 0.981}), c.cell(figures{"x": 0.961}); a != "98.1" || b != "**96.1**" {
		t.Errorf("%s, %s", a, b)
	}
	share := column{name: "x", over: "y", format: "%.2f", lo: 0.9, hi: 2}
	if a, b := share.cell(figures{"x": 0.6, "y": 0.5}), share.cell(figures{"x": 0.4, "y": 0.5}); a != "1.20" || b != "**0.80**" {
		t.Errorf("%s, %s", a, b)
	}
	if s := share.cell(figures{"x": 0.6}); s != "" {
		t.Errorf("a share of nothing is %q", s)
	}
	runs := []record{{Figures: figures{"x": 0.98}}, {Figures: figures{"x": 0.99}}}
	if s := c.span(runs); s != "98.0 to 99.0" {
		t.Error(s)
	}
	if a, b := c.mean(runs), c.mean(runs[:1]); a != "98.5 +- 0.7" || b != "98.0" {
		t.Errorf("%s, %s", a, b)
	}
}

// TestEvaluate measures a run by the command.
func TestEvaluate(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	it := toyItem(20)
	it.runs = it.runs[:1]
	it.runs[0].measure, it.runs[0].metrics, it.runs[0].every = nil, "modes,mmd", 0
	l := toyLab(t, it)
	if err := l.item(context.Background(), &it); err != nil {
		t.Fatal(err)
	}
	f, err := l.read(&it)
	if err != nil || len(f.Runs) != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	fs := f.Runs[0].Figures
	for _, name := range []string{"modes.high_quality", "modes.spread", "mmd.mmd2", "mmd.real.mmd2"} {
		if _, ok := fs[name]; !ok {
			t.Errorf("%v: no figure %q", fs, name)
		}
	}
}
