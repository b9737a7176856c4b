package gan

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/model"
)

// A run goes to PyTorch and comes back as a safetensors file with PyTorch's names and layouts. Its tensors are
//
//	G.N.weight, G.N.bias ...           the state_dict of the generator, under "G."; D's under "D."
//	G_ema.N.weight ...                 the averaged generator
//	optimizer.state.NAME.exp_avg       Adam's state of the parameter NAME, with exp_avg_sq and step; square_avg of RMSprop,
//	                                   momentum_buffer of SGD
//	gannet.NAME                        what PyTorch has no name for, as it is
//
// A matrix is [out, in], a convolution [out, in, height, width] and a transposed one [in, out, height, width]; other
// constants are channels first. A picture that a network flattens, and one that it makes of a vector, is in the order height,
// width, channels: permute(0, 2, 3, 1) before, and the inverse after.

const (
	torchStep  = "gannet.step"
	torchOther = "gannet."
	torchState = "optimizer.state."
	torchEMA   = "_ema"
)

// translation says what a tensor is in PyTorch.
type translation struct {
	name  string
	shape graph.Shape
	perm  []int   // dimension i there is perm[i] here
	scale float32 // what numbers there are, in numbers here
}

// translate returns the translation of a variable of a run. learned are the names of all variables.
func translate(t *graph.Tensor, learned map[string]bool, p *Preset, step, total uint64) translation {
	tr := translation{name: t.Name, scale: 1}
	base, suffix := t.Name, ""
	if at := strings.LastIndexByte(t.Name, '.'); at >= 0 && learned[t.Name[:at]] {
		base, suffix = t.Name[:at], t.Name[at:]
	}
	player, rest, _ := strings.Cut(base, ".")
	o := map[string]*Optim{"G": &p.OptG, "D": &p.OptD}[player]
	known := map[string]string{".m": "exp_avg", ".v": "exp_avg_sq", ".vel": "momentum_buffer"}
	switch {
	case o == nil || t.DType != graph.F32:
		tr.name = torchOther + t.Name
	case suffix == "":
	case suffix == emaSuffix:
		tr.name = player + torchEMA + "." + rest
	case known[suffix] != "":
		tr.name = torchState + base + "." + known[suffix]
		switch o.Kind {
		case "rmsprop":
			tr.name = torchState + base + ".square_avg"
		case "sgd":
			// Here the velocity holds the rate, there the gradient: p += v, p -= lr*buffer.
			h := make([]float32, o.hyperLen())
			o.hyper(h, p.updates(player, step), step, total)
			tr.scale = -1 / h[0]
		}
	default:
		tr.name = torchOther + t.Name
	}
	if !strings.HasPrefix(tr.name, torchOther) {
		tr.perm = torchOrder(base, t.Shape.Rank())
	}
	if tr.perm == nil {
		tr.perm = []int{0, 1, 2, 3}[:t.Shape.Rank()]
	}
	dims := make([]int, len(tr.perm))
	for i, d := range tr.perm {
		dims[i] = t.Shape.Dim(d)
	}
	tr.shape = graph.Of(dims...)
	return tr
}

// torchOrder is the order of PyTorch's dimensions of a variable; nil: the same.
func torchOrder(name string, rank int) []int {
	weight := strings.HasSuffix(name, ".weight")
	switch {
	case rank == 2 && strings.HasSuffix(name, ".norm.weight"): // a row for each class, as in torch.nn.Embedding
	case rank == 2 && weight:
		return []int{1, 0}
	case rank == 4 && weight:
		return []int{3, 2, 0, 1}
	case rank == 4:
		return []int{0, 3, 1, 2}
	case rank == 3:
		return []int{2, 0, 1}
	}
	return nil
}

// updates is the number of updates of a player in so many steps.
func (p *Preset) updates(player string, step uint64) uint64 {
	if player == "D" && !p.Simultaneous {
		return step * uint64(p.DSteps)
	}
	return step
}

// transpose sets dst, in the order of PyTorch, to src times scale, or with back src to dst over scale.
func (tr *translation) transpose(here, there *graph.Tensor, back bool) {
	if here.DType != graph.F32 {
		if back {
			copy(here.Bytes, there.Bytes)
		} else {
			copy(there.Bytes, here.Bytes)
		}
		return
	}
	rank := here.Shape.Rank()
	step := make([]int, rank) // in here, for each dimension there
	stride := 1
	for d := rank - 1; d >= 0; d-- {
		step[slices.Index(tr.perm, d)] = stride
		stride *= here.Shape.Dim(d)
	}
	a, b := here.F32(), there.F32()
	index := make([]int, rank)
	at := 0
	for i := range b {
		if back {
			a[at] = b[i] / tr.scale
		} else {
			b[i] = a[at] * tr.scale
		}
		for d := rank - 1; d >= 0; d-- {
			index[d]++
			at += step[d]
			if index[d] < tr.shape.Dim(d) {
				break
			}
			at -= index[d] * step[d]
			index[d] = 0
		}
	}
}

// lastCheckpoint opens the newest checkpoint of a run. Its description holds the step.
func lastCheckpoint(dir string) (opt *Options, f *model.File, about map[string]any, step uint64, err error) {
	fail := func(err error) (*Options, *model.File, map[string]any, uint64, error) { return nil, nil, nil, 0, err }
	if opt, err = ReadOptions(dir); err != nil {
		return fail(err)
	}
	opt.OutDir = dir
	names, err := (&run{opt: opt}).checkpoints()
	if err != nil {
		return fail(err)
	}
	if len(names) == 0 {
		return fail(fmt.Errorf("%s: holds no checkpoint", dir))
	}
	path := filepath.Join(dir, names[len(names)-1])
	js, err := model.ReadDescription(path)
	if err != nil {
		return fail(err)
	}
	var d description
	if err := errors.Join(json.Unmarshal(js, &d), json.Unmarshal(js, &about)); err != nil {
		return fail(fmt.Errorf("%s: %w", path, err))
	}
	if f, err = model.Open(path); err != nil {
		return fail(err)
	}
	return opt, f, about, d.Step, nil
}

// learnedNames are the variables of a file that are no state of another.
func learnedNames(f *model.File) map[string]bool {
	names := map[string]bool{}
	for _, t := range f.Tensors {
		names[t.Name] = true
	}
	return names
}

// ExportTorch writes the newest checkpoint of a run to path, for PyTorch.
func ExportTorch(dir, path string) error {
	opt, f, _, step, err := lastCheckpoint(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	var out []*graph.Tensor
	learned := learnedNames(f)
	for _, t := range f.Tensors {
		tr := translate(t, learned, &opt.Preset, step, opt.Steps)
		there := graph.NewTensor(tr.name, t.DType, tr.shape)
		tr.transpose(t, there, false)
		out = append(out, there)
		if name, ok := strings.CutSuffix(tr.name, ".exp_avg"); ok {
			count := graph.NewTensor(name+".step", graph.F32, graph.Shape{})
			player, _, _ := strings.Cut(t.Name, ".")
			count.F32()[0] = float32(opt.Preset.updates(player, step))
			out = append(out, count)
		}
	}
	return model.Write(path, map[string]string{"format": "pt", torchStep: strconv.FormatUint(step, 10)}, out)
}

// ImportTorch makes of a file from PyTorch, with the tensors that ExportTorch wrote, a checkpoint of the run in dir, which
// Resume goes on from. It returns the step that the file was made at: that of its metadata, or what Adam's steps of the
// generator say. Checkpoints of later steps must not be there.
func ImportTorch(dir, path string) (step uint64, err error) {
	opt, last, about, had, err := lastCheckpoint(dir)
	if err != nil {
		return 0, err
	}
	defer last.Close()
	f, err := model.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	fail := func(format string, a ...any) (uint64, error) {
		return 0, fmt.Errorf("%s: %w", path, fmt.Errorf(format, a...))
	}
	theirs := map[string]*graph.Tensor{}
	for _, t := range f.Tensors {
		theirs[t.Name] = t
	}
	if step, err = torchSteps(f, theirs); err != nil {
		return fail("%w", err)
	}
	if step < had {
		return fail("made at step %d; the run in %s has a checkpoint of step %d", step, dir, had)
	}
	st, learned := graph.NewStore(), learnedNames(last)
	for _, t := range last.Tensors {
		tr := translate(t, learned, &opt.Preset, step, max(step, opt.Steps))
		there := theirs[tr.name]
		if there == nil {
			return fail("tensor %q is missing", tr.name)
		}
		if there.DType != t.DType || there.Shape != tr.shape {
			return fail("tensor %q is %v%v, the run needs %v%v", tr.name, there.DType, there.Shape, t.DType, tr.shape)
		}
		tr.transpose(st.Alloc(t.Name, t.DType, t.Shape), there, true)
	}
	if err := (&game{st: st, step: step}).finiteState(); err != nil {
		return fail("%w", err)
	}
	about["step"] = step
	js, err := json.Marshal(about)
	if err != nil {
		return 0, err
	}
	return step, model.SaveCheckpoint(filepath.Join(dir, checkpointName(step)), js, st)
}

// torchSteps is the step of a run that a file from PyTorch was made at.
func torchSteps(f *model.File, theirs map[string]*graph.Tensor) (uint64, error) {
	for name, t := range theirs {
		if strings.HasPrefix(name, torchState+"G.") && strings.HasSuffix(name, ".step") && t.DType == graph.F32 && t.Shape.Numel() == 1 {
			if v := t.F32()[0]; v >= 0 && v < 1<<24 {
				return uint64(v), nil
			}
		}
	}
	step, err := strconv.ParseUint(f.Metadata[torchStep], 10, 40)
	if err != nil {
		return 0, fmt.Errorf("metadata: %s is %.20q, and no step of Adam says the step either", torchStep, f.Metadata[torchStep])
	}
	return step, nil
}
