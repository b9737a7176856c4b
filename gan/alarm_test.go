package gan

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data/digits"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/model"
)

func init() {
	// A generator that ignores z.
	networks["constant"] = network{
		check: func(*Net, [3]int) error { return nil },
		size:  func(_ *Net, _, out int) (int64, int64) { return int64(out), int64(out) },
		generator: func(_ *Net, p *params, z graph.Value, shape [3]int) graph.Value {
			n := shape[0] * shape[1] * shape[2]
			return p.b.BroadcastTo(p.bias("G.constant", n), graph.Of(p.b.Shape(z).Dim(0), n))
		},
	}
}

// broken are runs of the digits preset that cannot work, and the alarm that each must raise within 200 steps.
var broken = map[string]struct {
	kinds  []string
	change func(p *Preset)
}{
	"a constant generator": {[]string{CollapseAlarm}, func(p *Preset) { p.G = Net{Kind: "constant", Out: "sigmoid"} }},
	"learning rates a hundred times too high": {[]string{OscillationAlarm}, func(p *Preset) {
		p.OptG.LR *= 100
		p.OptD.LR *= 100
	}},
	"a D that learns alone": {[]string{SaturationAlarm}, func(p *Preset) {
		p.R1, p.PenaltyBatch, p.OptG.LR, p.DSteps = 0, 0, 1e-9, 5
	}},
	"minimax and a D far ahead": {[]string{VanishingAlarm, SaturationAlarm}, func(p *Preset) {
		p.Loss, p.R1, p.PenaltyBatch, p.OptG.LR, p.DSteps = "minimax", 0, 0, 1e-9, 5
	}},
}

// TestAlarms: each broken run is stopped with its alarm, and a good checkpoint; the same preset as it is raises none.
func TestAlarms(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, minutes without assembly, and the bits are the same on every tier")
	}
	train, _ := digits.Load()
	good, err := Lookup("digits")
	if err != nil {
		t.Fatal(err)
	}
	run := func(p Preset) (string, error) {
		opt := Options{Preset: p, Seed: 2, Steps: 200, Data: train.Range(0, 1000), OutDir: t.TempDir()}
		_, err := Train(context.Background(), opt)
		return opt.OutDir, err
	}
	for name, c := range broken {
		p := good
		c.change(&p)
		dir, err := run(p)
		var a *Alarm
		if !errors.As(err, &a) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %v", name, a)
		found := false
		for _, k := range c.kinds {
			found = found || a.Kind == k
		}
		if !found || a.Step > 200 {
			t.Errorf("%s: %v; want %s", name, a, strings.Join(c.kinds, " or "))
		}
		names, _ := filepath.Glob(filepath.Join(dir, "checkpoint-*"))
		if len(names) == 0 {
			t.Errorf("%s: no checkpoint", name)
		} else if _, err := model.ReadDescription(names[len(names)-1]); err != nil {
			t.Error(err)
		}
	}
	if _, err := run(good); err != nil {
		t.Errorf("the preset as it is: %v", err)
	}
}

// TestWatch: each symptom raises its alarm after as long as it must last, and a game near its equilibrium none.
func TestWatch(t *testing.T) {
	healthy := metrics{metricLossD: 1.3, metricLossG: 0.7, metricRank: 0.55, metricGrad: 0.5, metricVariety: 0.9}
	for _, c := range []struct {
		kind, loss string
		change     func(m *metrics, step uint64)
	}{
		{"", "non-saturating", func(*metrics, uint64) {}},
		{"", "wasserstein", func(m *metrics, _ uint64) { m[metricLossD], m[metricRank] = -300, 1 }},
		{"", "minimax", func(m *metrics, _ uint64) { m[metricGrad] = 1e-9 }},                    // at the equilibrium, where D is no wiser
		{"", "minimax", func(m *metrics, step uint64) { m[metricVariety] = 0.002 }},             // G begins near the mean picture
		{"", "hinge", func(m *metrics, step uint64) { m[metricVariety] = float32(math.NaN()) }}, // a batch of one
		{CollapseAlarm, "hinge", func(m *metrics, step uint64) { m[metricVariety] = 0.9 / (1 + float32(step)/5) }},
		{SaturationAlarm, "non-saturating", func(m *metrics, _ uint64) { m[metricLossD], m[metricRank] = 0.01, 0.999 }},
		{VanishingAlarm, "minimax", func(m *metrics, step uint64) {
			m[metricRank] = 0.99
			if step > 20 {
				m[metricGrad] = 1e-4
			}
		}},
		{OscillationAlarm, "relativistic", func(m *metrics, _ uint64) { m[metricLossD] = 9 }},
		{OscillationAlarm, "least-squares", func(m *metrics, step uint64) { m[metricRank] = []float32{0.9, 0.1}[step/25%2] }},
	} {
		w, kind, at := newWatch(&Preset{Loss: c.loss}), "", uint64(0)
		for step := uint64(1); step <= 1000 && kind == ""; step++ {
			m := healthy
			c.change(&m, step)
			if a := w.step(&m, step); a != nil {
				kind, at = a.Kind, step
			}
		}
		if kind != c.kind || kind != "" && (at < patience || at > 300) {
			t.Errorf("%s, %s: %q at step %d", c.loss, c.kind, kind, at)
		}
	}
}

// TestAlarmGoesOn: the caller may have a run go on, and is asked again only after another while.
func TestAlarmGoesOn(t *testing.T) {
	p := toyPreset(false)
	p.G = Net{Kind: "constant", Out: "sigmoid"}
	asked := []uint64{}
	opt := Options{Preset: p, Seed: 1, Steps: 250, Data: toySet(50), OutDir: t.TempDir(), Threads: 1,
		Alarmed: func(a *Alarm) bool { asked = append(asked, a.Step); return true }}
	if res, err := Train(context.Background(), opt); err != nil || res.Step != 250 {
		t.Fatal(res, err)
	}
	page, err := os.ReadFile(filepath.Join(opt.OutDir, "report.html"))
	if n := strings.Count(string(page), "<b>"+CollapseAlarm+"</b>"); err != nil || n != 2 {
		t.Errorf("the report shows %d alarms, want 2; %v", n, err)
	}
	if len(asked) != 2 || asked[0] != patience || asked[1] != 2*patience {
		t.Errorf("asked at steps %v", asked)
	}
}

// TestRetry: a run that meets NaN goes back to its last checkpoint and goes on with smaller steps; stopped after that and
// resumed, it ends with the same weights.
func TestRetry(t *testing.T) {
	p := toyPreset(false)
	p.Loss, p.R1, p.Snap, p.Tick = "least-squares", 0, 5, 1
	p.OptD = Optim{Kind: "sgd", LR: retryLR}
	p.OptG = p.OptD
	train := func(stop uint64) (weight []byte, warned []string) {
		opt := Options{Preset: p, Seed: 3, Steps: 60, Data: toySet(50), OutDir: t.TempDir(), Threads: 1,
			Warn: func(s string) { warned = append(warned, s) }, Alarmed: func(*Alarm) bool { return true }}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		opt.Progress = func(p Progress) {
			if p.Step == stop && len(warned) == 1 {
				cancel()
			}
		}
		res, err := Train(ctx, opt)
		if err != nil {
			t.Fatal(err)
		}
		if stop > 0 && (!res.Stopped || res.Step != stop) {
			t.Fatalf("stopped at step %d, want %d", res.Step, stop)
		}
		if res.Stopped {
			opt.Progress = nil
			if _, err := Resume(context.Background(), opt); err != nil {
				t.Fatal(err)
			}
		}
		return weights(t, opt.OutDir), warned
	}
	want, warned := train(0)
	if len(warned) != 1 || !strings.Contains(warned[0], "0.25 times the learning rates") {
		t.Errorf("warned %q", warned)
	}
	if got, _ := train(57); !bytes.Equal(got, want) {
		t.Error("resumed after its retry the run ends with other weights")
	}
}

// retryLR is a rate at which the game of TestRetry explodes, while a quarter of it does not.
const retryLR = 0.8
