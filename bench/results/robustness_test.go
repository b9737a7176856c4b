package main

import (
	"testing"

	"github.com/gannet-ml/gannet/data/digits"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
)

// TestCollapsed: real digits count as a run that holds, and spoiled ones, too; digits of one class, one digit of each class
// many times, and what an alarm stopped do not.
func TestCollapsed(t *testing.T) {
	if testing.Short() && kernels.Tier() == "generic" {
		t.Skip("a network of digits, without assembly")
	}
	train, test := digits.Load()
	var ofOne, ten, spoiled []uint8
	var first [10]int
	for i := train.N - 1; i >= 0; i-- {
		first[train.Labels[i]] = i
	}
	for i := range train.N {
		if train.Labels[i] == 3 && len(ofOne) < 500*train.Size() {
			ofOne, ten = append(ofOne, train.Image(i)...), append(ten, train.Image(first[i%10])...)
		}
	}
	for i, p := range train.Range(0, 500).Images {
		spoiled = append(spoiled, max(p, uint8(i*i%7*30)))
	}
	for _, c := range []struct {
		name      string
		pix       []uint8
		collapsed bool
	}{{"real digits", train.Range(0, 500).Images, false}, {"spoiled digits", spoiled, false}, {"one class", ofOne, true},
		{"ten digits", ten, true}} {
		fs, err := shown(c.pix, test, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v", c.name, fs)
		if got := collapsed(&record{Figures: fs}); got != c.collapsed {
			t.Errorf("%s: %v, collapsed %v", c.name, fs, got)
		}
		if !collapsed(&record{Figures: fs, Alarm: "stopped"}) {
			t.Errorf("%s: a run that an alarm stopped holds", c.name)
		}
	}
}

// TestGrid: the runs of robustness are the defaults in the middle, and nine of each recipe with all rates and penalties.
func TestGrid(t *testing.T) {
	it := robustnessItem()
	seen := map[string]map[[2]float32]bool{}
	for i := range it.runs {
		r := &it.runs[i]
		o, err := r.options()
		if err != nil {
			t.Fatal(err)
		}
		p, err := gan.Lookup(r.preset)
		if err != nil {
			t.Fatal(err)
		}
		at := [2]float32{float32(o.Preset.OptG.LR / p.OptG.LR), o.Preset.R1}
		if float32(o.Preset.OptD.LR/p.OptD.LR) != at[0] || p.R2 > 0 && o.Preset.R2/p.R2 != o.Preset.R1/p.R1 {
			t.Errorf("%s: rates %g and %g, penalties %g and %g", r.label(), o.Preset.OptG.LR, o.Preset.OptD.LR, o.Preset.R1, o.Preset.R2)
		}
		if seen[r.preset] == nil {
			seen[r.preset] = map[[2]float32]bool{}
		}
		seen[r.preset][at] = true
	}
	if len(seen["r3gan28"]) != 9 || len(seen["dcgan28"]) != 12 || len(it.runs) != 21 {
		t.Errorf("%d runs: %v", len(it.runs), seen)
	}
}
