package gan

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/model"
)

// TestResumeTidies: what a killed session was writing goes.
func TestResumeTidies(t *testing.T) {
	dir := t.TempDir()
	torn, mine := filepath.Join(dir, ".checkpoint-7.safetensors.123.tmp"), filepath.Join(dir, "notes.tmp")
	for _, path := range []string{torn, mine} {
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := &run{opt: &Options{OutDir: dir}, game: &game{st: graph.NewStore()}}
	if err := r.restore(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(torn); err == nil {
		t.Error("the torn file is still there")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error("another file was removed")
	}
}

// TestInit starts runs from a model, which brings G, and from another run's folder, which brings D, too, and refuses weights
// that do not fit.
func TestInit(t *testing.T) {
	p := toyPreset(false)
	p.Truncation = 0.5
	opt := Options{Preset: p, Seed: 3, Steps: 10, Data: toySet(50), OutDir: t.TempDir(), Threads: 1}
	res, err := Train(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	trained, err := newGame(&p, opt.shape(), nil, make([]float64, 64), 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&run{opt: &opt, game: trained}).restore(); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{res.Generator, opt.OutDir} {
		g, err := newGame(&p, opt.shape(), nil, make([]float64, 64), 9, nil)
		if err != nil {
			t.Fatal(err)
		}
		untrained := slices.Clone(g.st.Get("D.0.weight").F32())
		if err := g.initFrom(from); err != nil {
			t.Fatal(err)
		}
		for _, name := range g.st.Names() {
			got, want := g.st.Get(name).F32(), trained.st.Get(name).F32()
			switch {
			case strings.HasSuffix(name, emaSuffix):
			case !g.learned[name]: // the optimizers' state
				want = make([]float32, len(got))
			case from == res.Generator && name == "D.0.weight":
				want = untrained
			case from == res.Generator && name[0] == 'D':
				continue
			case from == res.Generator:
				want = trained.st.Get(name + emaSuffix).F32()
			}
			if !slices.Equal(got, want) {
				t.Errorf("from %s: %s is %v, want %v", from, name, got[:1], want[:1])
			}
		}
	}
	again := opt
	again.OutDir, again.Init, again.Seed = t.TempDir(), opt.OutDir, 4
	if _, err := Train(context.Background(), again); err != nil {
		t.Fatal(err)
	}
	if kept, err := ReadOptions(again.OutDir); err != nil || kept.Init != opt.OutDir {
		t.Errorf("%+v, %v", kept, err)
	}
	// A session that was killed before the first checkpoint begins where the run began, not at random weights.
	want := weights(t, again.OutDir)
	names, _ := filepath.Glob(filepath.Join(again.OutDir, "checkpoint-*"))
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Resume(context.Background(), Options{OutDir: again.OutDir, Data: opt.Data, Threads: 1}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(weights(t, again.OutDir), want) {
		t.Error("resumed before the first checkpoint: other weights")
	}
	// A file that lies about its classes.
	f, err := model.Open(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for k, v := range f.Metadata {
		f.Metadata[k] = strings.Replace(v, `"truncation":0.5`, `"truncation":0.5,"classes":1099511627776`, 1)
	}
	again.Init = filepath.Join(t.TempDir(), "[a].safetensors")
	if err := model.Write(again.Init, f.Metadata, f.Tensors); err != nil {
		t.Fatal(err)
	}
	again.OutDir = t.TempDir()
	if _, err := Train(context.Background(), again); err == nil || !strings.Contains(err.Error(), "1099511627776 classes") {
		t.Errorf("a lie about classes: %v", err)
	}
	again.Init = opt.OutDir
	again.OutDir, again.Preset.G.Hidden = t.TempDir(), []int{41}
	if _, err := Train(context.Background(), again); err == nil || !strings.Contains(err.Error(), "G.0.weight") {
		t.Errorf("other widths: %v", err)
	}
}

// TestFinishedGoesOn: a run that was finished and is resumed with more steps ends as one that had them from the start, and
// everything that a step keeps for the next is in its checkpoint.
func TestFinishedGoesOn(t *testing.T) {
	for name, change := range map[string]func(p *Preset){
		"adam":                 func(p *Preset) {},
		"adamw, clipped norms": func(p *Preset) { p.OptD.Kind, p.OptD.WeightDecay, p.OptD.ClipNorm = "adamw", 0.1, 0.5 },
		"rmsprop, WGAN": func(p *Preset) {
			p.Loss, p.Clip, p.R1 = "wasserstein", 0.1, 0
			p.OptD = Optim{Kind: "rmsprop", LR: 1e-3, Alpha: 0.9, Eps: 1e-8, Warmup: 15}
		},
		"a lazy penalty, accumulation": func(p *Preset) { p.PenaltyEvery, p.Accumulate = 3, 2 },
		"adaptive augmentation": func(p *Preset) {
			p.Augment = Augment{Policy: []string{"colour", "flip", "translate", "cutout"}, Target: 0.1, Kimg: 0.5}
		},
		"noise and unrolling": func(p *Preset) {
			p.InstanceNoise, p.NoiseSteps, p.Unroll, p.UnrollLR, p.D.KeepIn = 0.5, 30, 2, 0.01, 0
		},
		"packs, pairs": func(p *Preset) { p.Loss, p.Pack, p.R2, p.D.StdGroup = "relativistic", 2, 0.5, 4 },
		"gradient penalties, features": func(p *Preset) {
			p.R1, p.GP, p.DRAGAN, p.FeatureMatching, p.LabelSmoothing, p.Mirror = 0, 1, 1, 0.1, 0.1, true
		},
	} {
		p := toyPreset(false)
		p.OptG.FinalShare, p.OptG.FinalLR = 0, 0 // a schedule that ends with the run makes its first half another
		change(&p)
		opt := Options{Preset: p, Seed: 3, Steps: 20, Data: toySet(100), OutDir: t.TempDir(), Threads: 1}
		if _, err := Train(context.Background(), opt); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := weights(t, opt.OutDir)
		opt.OutDir, opt.Steps = t.TempDir(), 13
		if _, err := Train(context.Background(), opt); err != nil {
			t.Fatal(err)
		}
		opt.Steps, opt.Threads = 20, 2
		other := opt
		other.Data = toySet(99)
		if _, err := Resume(context.Background(), other); err == nil || !strings.Contains(err.Error(), "not those that this run began with") {
			t.Errorf("%s: on other pictures: %v", name, err)
		}
		if _, err := Resume(context.Background(), opt); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(weights(t, opt.OutDir), want) {
			t.Errorf("%s: another model", name)
		}
	}
}
