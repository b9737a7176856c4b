package gan

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/table"
)

// TestPresets reads all of gannet's recipes, and what File makes of them.
func TestPresets(t *testing.T) {
	for _, name := range Presets() {
		p, err := Lookup(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != name || p.About == "" {
			t.Errorf("preset %s is called %q, and about %q", name, p.Name, p.About)
		}
		js, err := p.File()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "mine.json")
		if err := os.WriteFile(path, js, 0o644); err != nil {
			t.Fatal(err)
		}
		if again, err := Lookup(path); err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("%s read back: %v, %+v", name, err, again)
		}
	}
}

// TestBadPresets: a mistake in a file is named, with its line where it is one of form.
func TestBadPresets(t *testing.T) {
	good, err := Lookup("digits")
	if err != nil {
		t.Fatal(err)
	}
	js, err := good.File()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"batch": 64`, `"batch_size": 64`, `unknown field "batch_size"`},
		{`"batch": 64`, `"batch": "many"`, "line 18"},
		{`"batch": 64,`, `"batch": 64,,`, "line 18"},
		{`"z": 16`, `"z": 0`, "z 0"},
		{`"loss": "non-saturating"`, `"loss": "saturating"`, "least-squares"},
		{`"loss": "non-saturating"`, `"loss": "hinge", "label_smoothing": 0.1`, "label_smoothing"},
		{`"loss": "non-saturating"`, `"loss": "hinge", "half_loss_d": true`, "half_loss_d"},
		{`"kind": "adam"`, `"kind": "adamax"`, "rmsprop"},
		{`"r1": 0.5`, `"r1": -1`, "r1 is -1"},
		{`"r1": 0.5`, `"unroll": 3`, "unroll_lr"},
		{`"r1": 0.5`, `"pack": 2`, "classes"},
		{`"r1": 0.5`, `"augment": {"policy": ["colour"]}`, "augment"},
		{`"r1": 0.5`, `"augment": {"policy": ["flip", "flip"], "p": 1}`, "twice"},
		{`"r1": 0.5`, `"augment": {"policy": ["rotate"], "p": 1}`, "rotate"},
		{`"out": "sigmoid"`, `"out": "linear"`, "rows of numbers"},
		{`"out": "sigmoid"`, `"out": "sigmoid", "bits": 17`, "bits 17"},
		{`"out": "sigmoid"`, `"out": "sigmoid", "bits": 2`, "truncation"},
		{`"act": "leaky"`, `"act": "leaky", "bits": 2`, "bits 2"},
		{`"act": "leaky"`, `"act": "leaky", "bias": -1`, "d.bias"},
		{`"out": "sigmoid"`, `"out": "sigmoid", "octaves": 2`, "octaves are for d"},
		{`"act": "leaky"`, `"act": "swish"`, "swish"},
		{`"act": "leaky"`, `"act": "leaky", "kind": "transformer"`, "mlp"},
		{`"act": "leaky"`, `"act": "leaky", "std_group": 7`, "std_group"},
		{`"z": 16`, `"z": 16, "size": 8`, "8 pixels"},
		{`"truncation": 0.6`, `"truncation_w": 0.6`, "stylegan"},
		{`"truncation": 0.6`, `"truncation_w": 1.6`, "1.6"},
		{`"act": "leaky"`, `"act": "leaky", "flat": true`, "flat"},
		{`"act": "leaky"`, `"act": "leaky", "patch": true`, "patch"},
		{`"act": "leaky"`, `"act": "leaky", "norm": "conditional"`, "conditional"},
	} {
		text := strings.Replace(string(js), c.old, c.new, 1)
		if text == string(js) {
			t.Fatalf("%s is not in the preset", c.old)
		}
		if _, err := ParsePreset("mine.json", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "mine.json") {
			t.Errorf("%s: %v; want an error with %q", c.new, err, c.want)
		}
	}
	if _, err := Lookup("none.json"); err == nil || !strings.Contains(err.Error(), "none.json") {
		t.Error(err)
	}
}

// madeUp are n pictures, with labels below 10.
func madeUp(n, h, w, c int) *data.Set {
	s := &data.Set{N: n, H: h, W: w, C: c, Images: make([]uint8, n*h*w*c), Labels: make([]uint8, n)}
	someBatch(s.Images, nil, 1)
	for i := range s.Labels {
		s.Labels[i] = uint8(i % 10)
	}
	return s
}

// TestPresetsTrain: every recipe, with networks a quarter as wide, makes two small steps on data of its own shape without an
// alarm, and draws a sheet of them.
// Stopped between the two it ends with the same model.
func TestPresetsTrain(t *testing.T) {
	if testing.Short() && kernels.Tier() == "generic" {
		t.Skip("minutes without assembly")
	}
	for _, name := range Presets() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() && (p.G.mlpKind() || p.Tabular()) { // which other tests train
			continue
		}
		opt := Options{Preset: p, Seed: 3, Steps: 2, Threads: 1}
		opt.Preset.Batch, opt.Preset.PenaltyBatch, opt.Preset.Tick = 4, min(p.PenaltyBatch, 4), 1
		for _, n := range []*Net{&opt.Preset.G, &opt.Preset.D} {
			for i, c := range n.Channels {
				n.Channels[i] = max(2, c/4)
			}
		}
		switch p.Data {
		case "mnist", "digits":
			opt.Data = madeUp(20, 28, 28, 1)
		case "stacked-mnist":
			opt.Data = data.NewStacked(madeUp(20, 28, 28, 1))
		case "pictures":
			side := p.Size
			if testing.Short() {
				side /= 2
			}
			opt.Data = madeUp(20, side, side, 3)
		case tableData:
			opt.Table, opt.Preset.Batch = exampleTable(t, 100, table.Options{}), 2*p.Pack
		}
		t.Run(name, func(t *testing.T) {
			opt.OutDir = t.TempDir()
			res, err := Train(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(res.Sheet)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			sheet, err := png.DecodeConfig(f)
			if err != nil {
				t.Fatal(err)
			}
			if opt.Data != nil {
				in := opt.Data.Info()
				if w, h := 8*(3*in.W+2)+2, 8*(3*in.H+2)+2; sheet.Width != w || sheet.Height != h {
					t.Errorf("a sheet of %dx%d, want %dx%d", sheet.Width, sheet.Height, w, h)
				}
			}
			want := weights(t, opt.OutDir)
			stopped := opt
			stopped.OutDir = t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stopped.Progress = func(Progress) { cancel() }
			if res, err := Train(ctx, stopped); err != nil || res.Step != 1 {
				t.Fatalf("%+v, %v", res, err)
			}
			stopped.Progress = nil
			if _, err := Resume(context.Background(), stopped); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(weights(t, stopped.OutDir), want) {
				t.Error("stopped and resumed, it ends with another model")
			}
		})
	}
}
