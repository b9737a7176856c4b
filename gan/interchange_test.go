package gan

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// smallGame is a game whose every part torch_continue.py knows.
func smallGame(optim Optim) Options {
	return Options{Seed: 3, Steps: 10, Data: toySet(50), Threads: 1, Preset: Preset{
		Name: "small", Data: "digits", Z: 8, Latent: "normal", Loss: "non-saturating", DSteps: 1, R1: 0.5,
		G:    Net{Hidden: []int{24}, Act: "relu", Out: "sigmoid"},
		D:    Net{Hidden: []int{20, 12}, Act: "leaky"},
		OptG: optim, OptD: optim, Batch: 16, Steps: 100, EMA: 0.1, Tick: 1, Snap: 10,
	}}
}

var smallAdam = Optim{Kind: "adam", LR: 2e-3, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8}

// copyRun copies a run folder.
func copyRun(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// checkpointBytes are the tensors of the newest checkpoint, by name.
func checkpointBytes(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	_, f, _, _, err := lastCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := map[string][]byte{}
	for _, x := range f.Tensors {
		m[x.Name] = bytes.Clone(x.Bytes)
	}
	return m
}

// TestInterchangeRoundTrip: what goes out and comes back is the same, whatever the optimizer; rates divide exactly here.
func TestInterchangeRoundTrip(t *testing.T) {
	for _, o := range []Optim{smallAdam, {Kind: "rmsprop", LR: 1e-3, Alpha: 0.9, Eps: 1e-8}, {Kind: "sgd", LR: 1.0 / 64, Momentum: 0.5}} {
		opt := smallGame(o)
		opt.OutDir = filepath.Join(t.TempDir(), "run")
		if _, err := Train(context.Background(), opt); err != nil {
			t.Fatal(err)
		}
		before, file := checkpointBytes(t, opt.OutDir), filepath.Join(t.TempDir(), "torch.safetensors")
		if err := ExportTorch(opt.OutDir, file); err != nil {
			t.Fatal(err)
		}
		if step, err := ImportTorch(opt.OutDir, file); err != nil || step != 10 {
			t.Fatalf("%d, %v", step, err)
		}
		after := checkpointBytes(t, opt.OutDir)
		if len(after) != len(before) {
			t.Errorf("%s: %d tensors, want %d", o.Kind, len(after), len(before))
		}
		for name, b := range before {
			if !bytes.Equal(after[name], b) {
				t.Errorf("%s: %s came back changed", o.Kind, name)
			}
		}
		f, err := model.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]graph.Shape{"G.0.weight": graph.Of(24, 8), "D.1.weight": graph.Of(12, 20), "D.2.bias": graph.Of(1),
			"G_ema.1.weight": graph.Of(64, 24)}
		switch o.Kind {
		case "adam":
			want["optimizer.state.D.0.weight.exp_avg_sq"], want["optimizer.state.G.0.bias.step"] = graph.Of(20, 64), graph.Shape{}
		case "sgd":
			want["optimizer.state.G.1.weight.momentum_buffer"] = graph.Of(64, 24)
		case "rmsprop":
			want["optimizer.state.G.1.weight.square_avg"] = graph.Of(64, 24)
		}
		for name, shape := range want {
			i := slices.IndexFunc(f.Tensors, func(x *graph.Tensor) bool { return x.Name == name })
			if i < 0 || f.Tensors[i].Shape != shape {
				t.Errorf("%s: no tensor %s%v", o.Kind, name, shape)
			}
		}
		f.Close()
		if o.Kind != "adam" {
			continue
		}
		if _, err := ImportTorch(opt.OutDir, filepath.Join(opt.OutDir, GeneratorFile)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("a generator as a checkpoint: %v", err)
		}
	}
}

// TestTorchOrder: the layouts, number by number.
func TestTorchOrder(t *testing.T) {
	for _, c := range []struct {
		name        string
		here, there graph.Shape
		want        []float32
	}{
		{"G.0.weight", graph.Of(2, 3), graph.Of(3, 2), []float32{0, 3, 1, 4, 2, 5}},
		{"G.0.bias", graph.Of(3), graph.Of(3), []float32{0, 1, 2}},
		{"D.0.weight", graph.Of(1, 2, 2, 3), graph.Of(3, 2, 1, 2), []float32{0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11}},
		{"G.constant", graph.Of(1, 1, 2, 3), graph.Of(1, 3, 1, 2), []float32{0, 3, 1, 4, 2, 5}},
		{"G.0.basis", graph.Of(1, 2, 2), graph.Of(2, 1, 2), []float32{0, 2, 1, 3}},
		{"gannet.x", graph.Of(2, 2), graph.Of(2, 2), []float32{0, 1, 2, 3}},
	} {
		here := graph.NewTensor(c.name, graph.F32, c.here)
		for i := range here.F32() {
			here.F32()[i] = float32(i)
		}
		tr := translate(here, map[string]bool{c.name: true}, &Preset{}, 0, 1)
		there := graph.NewTensor(tr.name, graph.F32, tr.shape)
		tr.transpose(here, there, false)
		if tr.shape != c.there || !slices.Equal(there.F32(), c.want) {
			t.Errorf("%s: %v %v, want %v %v", c.name, tr.shape, there.F32(), c.there, c.want)
		}
		back := graph.NewTensor(c.name, graph.F32, c.here)
		tr.transpose(back, there, true)
		if !slices.Equal(back.F32(), here.F32()) {
			t.Errorf("%s came back as %v", c.name, back.F32())
		}
	}
}

// TestTorchGoesOn makes ten steps here, ten in PyTorch and ten here, and compares the losses; and what PyTorch has come to
// comes home.
func TestTorchGoesOn(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import torch").Run() != nil {
		t.Skip("no PyTorch here")
	}
	opt := smallGame(smallAdam)
	opt.OutDir = filepath.Join(t.TempDir(), "run")
	if _, err := Train(context.Background(), opt); err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	file, inputs, theirs := filepath.Join(tmp, "out.safetensors"), filepath.Join(tmp, "in.json"), filepath.Join(tmp, "back.safetensors")
	if err := ExportTorch(opt.OutDir, file); err != nil {
		t.Fatal(err)
	}
	writeTorchInputs(t, &opt, inputs)
	cmd := exec.Command(python, "../testdata/torch_continue.py", file, inputs, theirs)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_CORETYPE=SkylakeX")
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &msg)
	}
	away := copyRun(t, opt.OutDir)
	opt.Steps = 20
	if _, err := Resume(context.Background(), opt); err != nil {
		t.Fatal(err)
	}
	log, err := os.Open(filepath.Join(opt.OutDir, LogFile))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	torch := json.NewDecoder(&out)
	for s := bufio.NewScanner(log); s.Scan(); {
		var p Progress
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if p.Step <= 10 {
			continue
		}
		var want [2]float64
		if err := torch.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.LossD-want[0]) > 1e-5*want[0] || math.Abs(p.LossG-want[1]) > 1e-5*want[1] {
			t.Errorf("step %d: losses %v and %v, PyTorch's are %v", p.Step, p.LossD, p.LossG, want)
		}
	}
	if step, err := ImportTorch(away, theirs); err != nil || step != 20 {
		t.Fatalf("%d, %v", step, err)
	}
	home := opt
	home.OutDir = away
	if _, err := Resume(context.Background(), home); err != nil {
		t.Fatal(err)
	}
	var weights [2]*model.Model
	for i, dir := range []string{opt.OutDir, away} {
		if weights[i], err = model.Load(filepath.Join(dir, GeneratorFile)); err != nil {
			t.Fatal(err)
		}
		defer weights[i].Close()
	}
	for _, name := range weights[0].Weights.Names() {
		a, b := weights[0].Weights.Get(name).F32(), weights[1].Weights.Get(name).F32()
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-4 {
				t.Errorf("%s[%d] is %v, by way of PyTorch %v", name, i, a[i], b[i])
				break
			}
		}
	}
	if weights[1].Meta.Step != 20 {
		t.Errorf("the generator that came home is of step %d", weights[1].Meta.Step)
	}
}

// writeTorchInputs writes what steps 10 to 19 see: real pictures, and the latents of D's and of G's steps.
func writeTorchInputs(t *testing.T, opt *Options, path string) {
	t.Helper()
	p := &opt.Preset
	in := struct {
		Preset *Preset   `json:"preset"`
		Real   [][]int   `json:"real"`
		ZD     [][]int16 `json:"z_d"`
		ZG     [][]int16 `json:"z_g"`
	}{Preset: p}
	l := data.NewLoader(opt.Data, p.Batch, opt.Seed, 0)
	for step := uint64(10); step < 20; step++ {
		pix := make([]uint8, p.Batch*opt.Data.Info().Size())
		l.Batch(pix, nil, step)
		ints := make([]int, len(pix))
		for i, v := range pix {
			ints[i] = int(v)
		}
		in.Real = append(in.Real, ints)
		n := p.Batch * p.Z
		for stream, to := range []*[][]int16{&in.ZD, &in.ZG} {
			z := make([]int16, n)
			kernels.Latents(z, p.latent(), opt.Seed, streamLatent+uint32(stream), step*uint64(n))
			*to = append(*to, z)
		}
	}
	js, err := json.Marshal(in)
	if err == nil {
		err = os.WriteFile(path, js, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
