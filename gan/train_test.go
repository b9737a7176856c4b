package gan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// toySet is a set of 8x8 pictures: bright squares at one of four places.
func toySet(n int) *data.Set {
	s := &data.Set{N: n, H: 8, W: 8, C: 1, Images: make([]uint8, n*64)}
	for i := range n {
		x0, y0 := i%2*4, i/2%2*4
		for y := range 4 {
			for x := range 4 {
				s.Images[i*64+(y0+y)*8+x0+x] = uint8(200 + (i*7+x*3+y)%50)
			}
		}
	}
	return s
}

func toyPreset(simultaneous bool) Preset {
	p := Preset{Name: "toy", Data: "digits", Z: 8, Latent: "normal", Loss: "non-saturating", DSteps: 2, R1: 0.5, Batch: 16,
		G:    Net{Hidden: []int{40}, Act: "relu", Out: "sigmoid", BiasFromData: true},
		D:    Net{Hidden: []int{30}, Act: "leaky", KeepIn: 0.9},
		OptG: Optim{Kind: "adam", LR: 2e-3, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8, FinalLR: 0.1, FinalShare: 0.25},
		OptD: Optim{Kind: "adam", LR: 2e-3, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8},
		EMA:  0.2, Tick: 5, Snap: 10, Steps: 30}
	if simultaneous {
		p.Simultaneous, p.DSteps, p.R1, p.R2, p.EMA = true, 1, 0, 0, 0
		p.D = Net{Hidden: []int{12}, Act: "maxout", Pieces: 3, Init: 0.05, KeepIn: 0.8, KeepHidden: 0.5}
		p.OptG = Optim{Kind: "sgd", LR: 0.1, Decay: 1.0001, MinLR: 1e-6, Momentum: 0.5, EndMom: 0.7, MomSteps: 20}
		p.OptD = p.OptG
	}
	return p
}

func weights(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, GeneratorFile))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestResume stops runs at several steps, and resumes them on another tier and thread count: the final model must be the
// same, byte for byte, as that of an undisturbed run.
func TestResume(t *testing.T) {
	tiers := []string{}
	for _, ti := range kernels.Tiers() {
		if ti.Available {
			tiers = append(tiers, ti.Name)
		}
	}
	conv := toyPreset(false) // with state that is neither weight nor optimizer's
	conv.Name, conv.R1, conv.DSteps, conv.Batch = "toy conv", 0, 1, 8
	conv.G = Net{Kind: "dcgan", Out: "sigmoid", ConvNet: ConvNet{Channels: []int{6, 4}, Norm: "batch"}}
	conv.D = Net{Kind: "resnet", ConvNet: ConvNet{Channels: []int{4, 4}, Spectral: true}}
	for _, preset := range []Preset{toyPreset(true), toyPreset(false), conv} {
		opt := Options{Preset: preset, Seed: 3, Steps: 30, Data: toySet(100), OutDir: t.TempDir(), Threads: 1}
		if _, err := Train(context.Background(), opt); err != nil {
			t.Fatal(err)
		}
		want := weights(t, opt.OutDir)
		for i, stop := range []uint64{3, 5, 10, 17, 29} {
			o := opt
			o.OutDir = t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			var stopAt uint64 = stop
			o.Preset.Tick = 1
			o.Progress = func(p Progress) {
				if p.Step == stopAt {
					cancel()
				}
			}
			res, err := Train(ctx, o)
			if err != nil || !res.Stopped || res.Step != stop {
				t.Fatalf("stopped at %d: %+v, %v", stop, res, err)
			}
			restore, err := kernels.Force(tiers[i%len(tiers)])
			if err != nil {
				t.Fatal(err)
			}
			o.Progress, o.Threads, o.Steps = nil, 2, 0
			if i == 3 { // the newest checkpoint is damaged: the one before it serves
				names, _ := filepath.Glob(filepath.Join(o.OutDir, "checkpoint-*"))
				if err := os.Truncate(names[len(names)-1], 1000); err != nil {
					t.Fatal(err)
				}
			}
			if i == 4 { // a torn line of the log
				f, _ := os.OpenFile(filepath.Join(o.OutDir, LogFile), os.O_APPEND|os.O_WRONLY, 0)
				f.WriteString(`{"step": 30, "ki`)
				f.Close()
			}
			if _, err := Resume(context.Background(), o); err != nil {
				t.Fatal(err)
			}
			restore()
			if !bytes.Equal(weights(t, o.OutDir), want) {
				t.Errorf("%s, simultaneous %v: stopped at %d, resumed on %s: another model", preset.Name, preset.Simultaneous, stop, tiers[i%len(tiers)])
			}
			log, _ := os.ReadFile(filepath.Join(o.OutDir, LogFile))
			for n, line := range bytes.Split(bytes.TrimSpace(log), []byte("\n")) {
				var p Progress
				if json.Unmarshal(line, &p) != nil || p.Step != uint64(n+1) {
					t.Fatalf("stopped at %d: line %d of the log is %s", stop, n, line)
				}
			}
		}
	}
}

// TestLearns trains on the squares: every sample must end up close to one of the four, and all four must be there. A
// trainer with a wrong sign or a dead gradient cannot pass.
func TestLearns(t *testing.T) {
	p := toyPreset(false)
	p.Steps, p.Snap, p.Tick, p.EMA = 1500, 1500, 500, 1
	opt := Options{Preset: p, Seed: 1, Steps: p.Steps, Data: toySet(200), OutDir: t.TempDir()}
	res, err := Train(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := sample.Verify(m, nil); err != nil {
		t.Error(err)
	}
	s, err := sample.New(m, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	pix := make([]uint8, 100*64)
	s.Sample(pix, sample.Seeds(0, 99))
	near := [4]int{}
	for i := range 100 {
		for c := range 4 {
			d := 0.0
			for j, v := range pix[i*64:][:64] {
				e := float64(v) - float64(opt.Data.(*data.Set).Image(c)[j])
				d += e * e / 64
			}
			if math.Sqrt(d) < 50 {
				near[c]++
			}
		}
	}
	total := near[0] + near[1] + near[2] + near[3]
	if total < 60 || min(near[0], near[1], near[2], near[3]) < 5 {
		t.Errorf("of 100 samples %v lie near the four squares", near)
	}
}

func TestSampleIndependentOfBatch(t *testing.T) {
	opt := Options{Preset: toyPreset(true), Seed: 3, Steps: 5, Data: toySet(50), OutDir: t.TempDir(), Threads: 1}
	res, err := Train(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	pool := kernels.NewPool(2)
	defer pool.Close()
	seeds := append(sample.Seeds(0, 36), 1<<40, 5)
	var want []uint8
	for _, batch := range []int{1, 2, 7, 16, 64} {
		s, err := sample.New(m, batch, pool)
		if err != nil {
			t.Fatal(err)
		}
		pix := make([]uint8, len(seeds)*s.Size())
		s.Sample(pix, seeds)
		if want == nil {
			want = pix
		}
		if !bytes.Equal(pix, want) {
			t.Errorf("pictures depend on the batch (%d)", batch)
		}
		if n := testing.AllocsPerRun(3, func() { s.Sample(pix, seeds) }); n != 0 && !guard.Race {
			t.Errorf("Sample allocates %v times", n)
		}
	}
}

func TestDivergenceKeepsCheckpoint(t *testing.T) {
	p := toyPreset(false)
	p.OptD = Optim{Kind: "sgd", LR: 1e30}
	p.OptG = p.OptD
	opt := Options{Preset: p, Seed: 3, Steps: 200, Data: toySet(50), OutDir: t.TempDir(), Threads: 1}
	_, err := Train(context.Background(), opt)
	if err == nil {
		t.Fatal("a learning rate of 1e30 went unnoticed")
	}
	names, _ := filepath.Glob(filepath.Join(opt.OutDir, "checkpoint-*"))
	if len(names) == 0 {
		t.Fatal("no checkpoint is left")
	}
	if _, err := model.ReadDescription(names[0]); err != nil {
		t.Error(err)
	}
}

// TestGiantPresets: options that were edited by hand are refused where no machine could follow them.
func TestGiantPresets(t *testing.T) {
	for want, change := range map[string]func(p *Preset){
		"weights":  func(p *Preset) { p.G.Hidden = []int{65536, 65536} },
		"a batch":  func(p *Preset) { p.D.Hidden, p.Batch = []int{40000}, 65536 },
		"weights,": func(p *Preset) { p.D = Net{Hidden: []int{60000, 60000}, Act: "maxout", Pieces: 64} },
		"too large": func(p *Preset) {
			p.G = Net{Kind: "r3gan", Out: "sigmoid", ConvNet: ConvNet{Channels: []int{4096}, Expand: 8, Group: 7}}
		},
		"not of an mlp": func(p *Preset) { p.D.Spectral = true },
		"hidden layers": func(p *Preset) { p.D.Hidden = slices.Repeat([]int{1}, 10000) },
	} {
		opt := Options{Preset: toyPreset(false), Steps: 1, Data: toySet(50), OutDir: filepath.Join(t.TempDir(), "run")}
		change(&opt.Preset)
		if _, err := Train(context.Background(), opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
		if _, err := os.Stat(opt.OutDir); err == nil {
			t.Errorf("%s: a folder was made", want)
		}
	}
}

// TestDivergenceAtCheckpoint: the losses of a step are finite, the weights that it leaves are not, and a checkpoint is due.
func TestDivergenceAtCheckpoint(t *testing.T) {
	p := toyPreset(true)
	p.OptD.LR, p.Snap = 1e40, 1 // infinite in float32
	opt := Options{Preset: p, Seed: 3, Steps: 5, Data: toySet(50), OutDir: t.TempDir(), Threads: 1}
	if _, err := Train(context.Background(), opt); !errors.Is(err, ErrDiverged) {
		t.Errorf("%v, want %v", err, ErrDiverged)
	}
	names, _ := filepath.Glob(filepath.Join(opt.OutDir, "checkpoint-*"))
	if len(names) != 1 || !strings.Contains(names[0], "00000000.") {
		t.Errorf("checkpoints %v, want that of step 0", names)
	}
}

func TestSchedules(t *testing.T) {
	h := make([]float32, 5)
	paper, err := Lookup("paper-mnist")
	if err != nil {
		t.Fatal(err)
	}
	o := paper.OptG
	o.hyper(h, 0, 0, 1000)
	if h[0] != 0.1 || h[1] != 0.5 {
		t.Errorf("first step: %v", h[:2])
	}
	o.hyper(h, 125000, 125000, 1<<40)
	if want := 0.1 / math.Pow(1.000004, 125000); math.Abs(float64(h[0])-want) > 1e-6 || math.Abs(float64(h[1])-0.7) > 1e-6 {
		t.Errorf("after 250 epochs: %v, want a learning rate of %g", h[:2], want)
	}
	a := Optim{Kind: "adam", LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	a.hyper(h, 9, 9, 1000)
	if want := 1e-3 / (1 - math.Pow(0.9, 10)); math.Abs(float64(h[0])-want) > 1e-9 {
		t.Errorf("Adam's step is %g, want %g", h[0], want)
	}
	if want := 1 / math.Sqrt(1-math.Pow(0.999, 10)); math.Abs(float64(h[4])-want) > 1e-4 {
		t.Errorf("Adam's second correction is %g, want %g", h[4], want)
	}
}

func TestEMARampup(t *testing.T) {
	p := Preset{Batch: 50, EMA: 2, EMARampup: 0.25}
	for _, c := range []struct {
		step uint64
		want float64 // half-life in steps
	}{{0, 0.25}, {9, 2.5}, {159, 40}, {1000, 40}} {
		if got, want := float64(p.emaDecay(c.step)), math.Pow(0.5, 1/c.want); math.Abs(got-want) > 1e-6 {
			t.Errorf("step %d: %g, want %g", c.step, got, want)
		}
	}
	p.EMARampup = 0
	if got, want := float64(p.emaDecay(0)), math.Pow(0.5, 1.0/40); math.Abs(got-want) > 1e-6 {
		t.Errorf("without: %g, want %g", got, want)
	}
}
