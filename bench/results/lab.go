package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/klauspost/cpuid/v2"
)

// figures are numbers by name.
type figures map[string]float64

// run is a training run of an item, and what is measured of it.
type run struct {
	preset string
	change func(p *gan.Preset) // the preset as the run wants it; nil: as it is
	note   string              // what change does, in words
	seed   uint64
	steps  uint64 // 0: the preset's
	// data are the pictures to learn from; nil: those that the preset names. note says what they are.
	data   func(seed uint64) (data.Source, error)
	every  uint64 // steps between the points of its curve, a multiple of the preset's snap; 0: no curve
	within uint64 // steps of a longer run of the item, with a schedule of the same form, that this one is the beginning of; 0: none
	// measure returns the figures of a generator; nil: those of gannet eval --metric metrics.
	measure func(m *model.Model, pool *kernels.Pool) (figures, error)
	metrics string
}

// options are those of the run's training.
func (r *run) options() (gan.Options, error) {
	p, err := gan.Lookup(r.preset)
	if err != nil {
		return gan.Options{}, err
	}
	if r.change != nil {
		r.change(&p)
	}
	o := gan.Options{Preset: p, Seed: r.seed, Steps: r.steps}
	if o.Steps == 0 {
		o.Steps = p.Steps
	}
	return o, p.Check()
}

// recipe is a hash of what decides the result: the preset without its texts.
func (r *run) recipe() (string, error) {
	o, err := r.options()
	if err != nil {
		return "", err
	}
	o.Preset.Name, o.Preset.About, o.Preset.Steps, o.Preset.Tick, o.Preset.Snap = "", "", 0, 0, 0
	js, err := json.Marshal(o.Preset)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(js)
	return hex.EncodeToString(sum[:6]), nil
}

// label names the run among those of its item.
func (r *run) label() string {
	s := r.preset
	if r.note != "" {
		s += ", " + r.note
	}
	if r.steps != 0 {
		s += fmt.Sprintf(", %d steps", r.steps)
	}
	return s + ", seed " + strconv.FormatUint(r.seed, 10)
}

// record is what is known of a finished run.
type record struct {
	Preset  string  `json:"preset"`
	Note    string  `json:"note,omitempty"`
	Seed    uint64  `json:"seed"`
	Steps   uint64  `json:"steps"`
	Recipe  string  `json:"recipe"`          // hash of the preset as it was
	Seconds float64 `json:"seconds"`         // of training
	Machine string  `json:"machine"`         // that it ended on
	Alarm   string  `json:"alarm,omitempty"` // what stopped it early
	Figures figures `json:"figures"`
	Curve   []point `json:"curve,omitempty"`
}

// point is a point of a curve.
type point struct {
	Step    uint64  `json:"step"`
	Figures figures `json:"figures"`
}

// file is docs/results/ITEM.json.
type file struct {
	Item string   `json:"item"`
	Runs []record `json:"runs"`
}

// find returns the record of a run, or nil.
func (f *file) find(r *run, recipe string) *record {
	o, err := r.options()
	if err != nil {
		return nil
	}
	for i := range f.Runs {
		if k := &f.Runs[i]; k.Preset == r.preset && k.Note == r.note && k.Seed == r.seed && k.Steps == o.Steps && k.Recipe == recipe {
			return k
		}
	}
	return nil
}

// part is the record of a run that a longer one begins with.
func (f *file) part(r *run, recipe string) (*record, error) {
	longer := *r
	longer.steps = r.within
	whole := f.find(&longer, recipe)
	if whole == nil {
		return nil, fmt.Errorf("%s: the longer run is not finished", r.label())
	}
	k := *whole
	k.Steps, k.Seconds = r.steps, whole.Seconds*float64(r.steps)/float64(whole.Steps)
	k.Curve = nil
	for _, p := range whole.Curve {
		if p.Step == r.steps {
			k.Figures = p.Figures
			return &k, nil
		}
	}
	return nil, fmt.Errorf("%s: the longer run has no point there", r.label())
}

// lab is where items are run.
type lab struct {
	all                []item
	docs, readme, runs string
	match              string // what the labels of runs to make contain
	threads            int
	pool               *kernels.Pool // for measurements
	gannet             string        // the command, once it is built
}

func (l *lab) folder(it *item, r *run, recipe string) string {
	name := fmt.Sprintf("%s-%s-seed%d", r.preset, recipe, r.seed)
	if r.steps != 0 {
		name += fmt.Sprintf("-%d", r.steps)
	}
	return filepath.Join(l.runs, it.name, strings.ReplaceAll(name, string(filepath.Separator), "_"))
}

// read returns the records of an item.
func (l *lab) read(it *item) (*file, error) {
	f := &file{Item: it.name}
	js, err := os.ReadFile(filepath.Join(l.docs, it.name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	return f, json.Unmarshal(js, f)
}

// write keeps the records that are still those of a run, in the order of the runs, one line each.
func (l *lab) write(it *item, f *file) error {
	kept := file{Item: it.name}
	for i := range it.runs {
		recipe, err := it.runs[i].recipe()
		if err != nil {
			return err
		}
		if k := f.find(&it.runs[i], recipe); k != nil {
			kept.Runs = append(kept.Runs, *k)
		}
	}
	*f = kept
	return model.Atomically(filepath.Join(l.docs, it.name+".json"), func(w io.Writer) error {
		fmt.Fprintf(w, "{\"item\": %q, \"runs\": [", f.Item)
		for i, k := range f.Runs {
			js, err := json.Marshal(k)
			if err != nil {
				return err
			}
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, "\n%s", js)
		}
		_, err := fmt.Fprint(w, "\n]}\n")
		return err
	})
}

// item makes the runs of an item that are not finished, and writes its page after each.
func (l *lab) item(ctx context.Context, it *item) error {
	f, err := l.read(it)
	if err != nil {
		return err
	}
	for i := range it.runs {
		r := &it.runs[i]
		recipe, err := r.recipe()
		if err != nil {
			return err
		}
		if f.find(r, recipe) != nil || !strings.Contains(r.label(), l.match) {
			continue
		}
		log.Printf("%s: %s", it.name, r.label())
		var k *record
		if r.within != 0 {
			k, err = f.part(r, recipe)
		} else {
			k, err = l.run(ctx, r, recipe, l.folder(it, r, recipe))
		}
		if err != nil {
			return err
		}
		f.Runs = append(f.Runs, *k)
		if err := l.write(it, f); err != nil {
			return err
		}
		if err := l.pages(it); err != nil {
			return err
		}
	}
	return l.pages(it)
}

// run trains, or goes on with a run that was begun, and measures.
func (l *lab) run(ctx context.Context, r *run, recipe, dir string) (*record, error) {
	o, err := r.options()
	if err != nil {
		return nil, err
	}
	o.OutDir, o.Threads = dir, l.threads
	if !o.Preset.Points() {
		if r.data != nil {
			o.Data, err = r.data(r.seed)
		} else {
			o.Data, err = trainingSet(o.Preset.Data)
		}
		if err != nil {
			return nil, err
		}
	}
	k := &record{Preset: r.preset, Note: r.note, Seed: r.seed, Steps: o.Steps, Recipe: recipe, Machine: machine(o.Threads)}
	o.Progress = func(p gan.Progress) { k.Seconds = p.Seconds }
	var late error // of a copy
	o.Snapped = func(string) {
		if err := keepGenerator(dir, r.every); err != nil {
			late = err
		}
	}
	play := gan.Train
	if _, err := os.Stat(filepath.Join(dir, gan.OptionsFile)); err == nil {
		play = gan.Resume
	}
	res, err := play(ctx, o)
	var alarm *gan.Alarm
	switch {
	case errors.As(err, &alarm):
		k.Alarm = alarm.Error()
	case errors.Is(err, gan.ErrDiverged):
		k.Alarm = err.Error()
	case err != nil:
		return nil, err
	case late != nil:
		return nil, late
	case res.Stopped:
		return nil, context.Canceled
	}
	if k.Seconds == 0 { // it had been trained to the end before
		if k.Seconds, err = lastSeconds(dir); err != nil {
			return nil, err
		}
	}
	if k.Curve, err = l.curve(ctx, r, dir); err != nil {
		return nil, err
	}
	_, k.Figures, err = l.measure(r, filepath.Join(dir, gan.GeneratorFile))
	return k, err
}

// keepGenerator copies the generator of a run where a point of its curve is due.
func keepGenerator(dir string, every uint64) error {
	if every == 0 {
		return nil
	}
	m, err := model.Load(filepath.Join(dir, gan.GeneratorFile))
	if err != nil {
		return err
	}
	defer m.Close()
	if m.Meta.Step%every != 0 {
		return nil
	}
	return model.Save(filepath.Join(dir, fmt.Sprintf("curve-%09d.safetensors", m.Meta.Step)), m)
}

// curve measures the generators that were kept, each once: the figures of each stand beside it.
func (l *lab) curve(ctx context.Context, r *run, dir string) ([]point, error) {
	kept, err := filepath.Glob(filepath.Join(dir, "curve-*.safetensors"))
	if err != nil {
		return nil, err
	}
	var curve []point
	for _, path := range kept {
		measured := strings.TrimSuffix(path, ".safetensors") + ".json"
		if _, err := os.Stat(measured); err == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Canceled
		}
		var p point
		if p.Step, p.Figures, err = l.measure(r, path); err != nil {
			return nil, err
		}
		err = model.Atomically(measured, func(w io.Writer) error { return json.NewEncoder(w).Encode(p) })
		if err != nil {
			return nil, err
		}
	}
	done, err := filepath.Glob(filepath.Join(dir, "curve-*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range done { // in the order of their steps, which the names have as many digits of
		js, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var p point
		if err := json.Unmarshal(js, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		curve = append(curve, p)
	}
	return curve, nil
}

// measure returns the figures of a generator, rounded to what anybody reads, and its step.
func (l *lab) measure(r *run, path string) (uint64, figures, error) {
	m, err := model.Load(path)
	if err != nil {
		return 0, nil, err
	}
	defer m.Close()
	var fs figures
	if r.measure != nil {
		fs, err = r.measure(m, l.pool)
	} else {
		fs, err = l.evaluate(path, r.metrics)
	}
	if err != nil {
		return 0, nil, err
	}
	for name, v := range fs {
		if fs[name], err = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64); err != nil {
			return 0, nil, err
		}
	}
	return m.Meta.Step, fs, nil
}

// evaluate runs gannet eval on a model. Its figures are called METRIC.NUMBER, those of real data METRIC.real.NUMBER.
func (l *lab) evaluate(path, metrics string) (figures, error) {
	if l.gannet == "" {
		if err := os.MkdirAll(l.runs, 0o755); err != nil {
			return nil, err
		}
		bin, err := filepath.Abs(filepath.Join(l.runs, "gannet"))
		if err != nil {
			return nil, err
		}
		if out, err := exec.Command("go", "build", "-o", bin, "github.com/gannet-ml/gannet/cmd/gannet").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build: %w: %s", err, out)
		}
		l.gannet = bin
	}
	cmd := exec.Command(l.gannet, "eval", path, "--metric", metrics, "--json")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	fs := figures{}
	for line := range strings.Lines(string(out)) {
		var r struct {
			Metric      string
			Model, Real map[string]any
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, fmt.Errorf("gannet eval: %w", err)
		}
		for prefix, numbers := range map[string]map[string]any{".": r.Model, ".real.": r.Real} {
			for name, v := range numbers {
				if v, ok := v.(float64); ok {
					fs[r.Metric+prefix+name] = v
				}
			}
		}
	}
	return fs, nil
}

// lastSeconds is the time that the log of a run ends with.
func lastSeconds(dir string) (float64, error) {
	log, err := os.ReadFile(filepath.Join(dir, gan.LogFile))
	if err != nil {
		return 0, err
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	var p gan.Progress
	err = json.Unmarshal([]byte(lines[len(lines)-1]), &p)
	return p.Seconds, err
}

// machine says where and how a run was made.
func machine(threads int) string {
	name := strings.Join(strings.Fields(cpuid.CPU.BrandName), " ")
	if name == "" {
		name = runtime.GOARCH
	}
	return fmt.Sprintf("%s, %s, threads: %d", name, kernels.Tier(), threads)
}
