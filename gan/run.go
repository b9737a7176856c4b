package gan

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/report"
	"github.com/gannet-ml/gannet/sample"
)

// run is a run folder at work.
type run struct {
	opt   *Options
	game  *game
	pool  *kernels.Pool
	log   *os.File
	talk  *report.Run
	lines []Progress
	sheet string

	began   time.Time
	earlier float64 // seconds of the sessions before this one
	sums    [numMetrics]float64
	summed  int
}

// description is what a checkpoint says beside its tensors.
type description struct {
	Step    uint64  `json:"step"`
	Seconds float64 `json:"seconds"`
	Slowed  float64 `json:"slowed,omitempty"` // what the learning rates are multiplied with since the run diverged; 0: 1
}

func (r *run) path(name string) string { return filepath.Join(r.opt.OutDir, name) }

func (r *run) seconds() float64 { return r.earlier + time.Since(r.began).Seconds() }

// accumulate adds the metrics of a step to the tick's.
func (r *run) accumulate() {
	for i, m := range r.game.metrics {
		if kernels.AllFinite([]float32{m}) { // the variety of a single sample is not
			r.sums[i] += float64(m)
		}
	}
	r.summed++
}

// kimg is the thousands of real samples that D was shown.
func (r *run) kimg() float64 {
	k := r.game.step * r.opt.Preset.shown()
	if !r.opt.Preset.Simultaneous {
		k *= uint64(r.opt.Preset.DSteps)
	}
	return float64(k) / 1000
}

// tick writes a line of the log.
func (r *run) tick() error {
	n := float64(r.summed)
	mean := func(metric int) float64 { return r.sums[metric] / n }
	p := Progress{Step: r.game.step, Kimg: r.kimg(), LossD: mean(metricLossD), LossG: mean(metricLossG),
		DReal: mean(metricReal), DFake: mean(metricFake), DRank: mean(metricRank), GradG: mean(metricGrad), Variety: mean(metricVariety), Seconds: r.seconds(), Steps: r.opt.Steps}
	if t := r.game.st.Get(augmentP); t != nil {
		p.Augment = float64(t.F32()[0])
	}
	r.sums, r.summed = [numMetrics]float64{}, 0
	r.lines = append(r.lines, p)
	js, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := r.log.Write(append(js, '\n')); err != nil {
		return err
	}
	if err := r.talk.Tick(js); err != nil {
		return err
	}
	if r.opt.Progress != nil {
		r.opt.Progress(p)
	}
	return nil
}

// openLog opens the log at the step of the game: lines that a killed session wrote after its last checkpoint, or in part,
// are dropped.
func (r *run) openLog() error {
	path := r.path(LogFile)
	if old, err := os.Open(path); err == nil {
		s := bufio.NewScanner(old)
		for s.Scan() {
			var p Progress
			if json.Unmarshal(s.Bytes(), &p) != nil || p.Step > r.game.step {
				break
			}
			p.Steps = r.opt.Steps
			r.lines = append(r.lines, p)
		}
		old.Close()
	}
	err := model.Atomically(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, p := range r.lines {
			if err := e.Encode(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.log, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o644); err != nil {
		return err
	}
	r.talk, err = report.Open(r.opt.OutDir, r.game.step)
	return err
}

const (
	checkpointPrefix = "checkpoint-"
	checkpointSuffix = ".safetensors"
)

func checkpointName(step uint64) string {
	return fmt.Sprintf("%s%012d%s", checkpointPrefix, step, checkpointSuffix)
}

// checkpoints returns the names of the checkpoints in the run folder, oldest first.
func (r *run) checkpoints() ([]string, error) {
	entries, err := os.ReadDir(r.opt.OutDir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), checkpointPrefix) && strings.HasSuffix(e.Name(), checkpointSuffix) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// retrySlower is what the learning rates are multiplied with when a run that diverged is tried again.
const retrySlower = 0.25

// retry goes back to the last good checkpoint, once in a run, and takes smaller steps from there.
func (r *run) retry(cause error) error {
	if r.game.slowed != 1 {
		return fmt.Errorf("%w: %w, and again with steps of %g; the last checkpoint in %s is good: resume from it, or begin anew, with "+
			"a lower learning rate", ErrDiverged, cause, r.game.slowed, r.opt.OutDir)
	}
	if err := r.restore(); err != nil {
		return err
	}
	r.game.slowed = retrySlower
	if r.opt.Warn != nil {
		r.opt.Warn(fmt.Sprintf("%v; going on from step %d with %g times the learning rates", cause, r.game.step, retrySlower))
	}
	if err := r.checkpoint(); err != nil {
		return err
	}
	r.close()
	r.lines, r.sums, r.summed = nil, [numMetrics]float64{}, 0
	return r.openLog()
}

// close ends what the run writes to.
func (r *run) close() {
	r.log.Close()
	if r.talk != nil { // it could not be opened again
		r.talk.Close()
	}
}

// checkpoint writes everything that the game is and removes all but the last two checkpoints.
func (r *run) checkpoint() error {
	if err := r.game.finiteState(); err != nil {
		return err
	}
	d := description{Step: r.game.step, Seconds: r.seconds()}
	if r.game.slowed != 1 {
		d.Slowed = r.game.slowed
	}
	js, err := json.Marshal(d)
	if err != nil {
		return err
	}
	name := checkpointName(r.game.step)
	if err := model.SaveCheckpoint(r.path(name), js, r.game.st); err != nil {
		return err
	}
	names, err := r.checkpoints()
	if err != nil {
		return err
	}
	for _, old := range names[:max(0, len(names)-2)] {
		if err := os.Remove(r.path(old)); err != nil {
			return err
		}
	}
	return nil
}

// restore loads the newest checkpoint that can be read; without any, the run begins anew. Files that a killed session was
// writing are removed.
func (r *run) restore() error {
	entries, err := os.ReadDir(r.opt.OutDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if torn, _ := filepath.Match(model.TempPattern, e.Name()); torn {
			if err := os.Remove(r.path(e.Name())); err != nil {
				return err
			}
		}
	}
	names, err := r.checkpoints()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if r.opt.Init != "" {
			if err := r.game.initFrom(r.opt.Init); err != nil {
				return err
			}
		}
		return r.checkpoint()
	}
	var first error
	for _, name := range slices.Backward(names) {
		js, err := model.LoadCheckpoint(r.path(name), r.game.st)
		var d description
		if err == nil {
			err = json.Unmarshal(js, &d)
		}
		if err == nil {
			r.game.step, r.earlier, r.game.slowed = d.Step, d.Seconds, 1
			if d.Slowed != 0 {
				r.game.slowed = d.Slowed
			}
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// snap writes a checkpoint, the generator, a sheet of its samples and the curves.
func (r *run) snap() error {
	if err := r.checkpoint(); err != nil {
		return err
	}
	return r.export()
}

// sheetSeeds is the number of samples on a sheet.
const sheetSeeds = 64

// export writes the generator with the hashes of its first samples, their sheet and the curves.
func (r *run) export() error {
	m, err := r.generator()
	if err != nil {
		return err
	}
	seeds := sample.Seeds(0, sheetSeeds-1)
	s, err := sample.New(m, sheetSeeds, r.pool)
	if err != nil {
		return err
	}
	pix := make([]uint8, len(seeds)*s.Size())
	s.Sample(pix, seeds)
	m.Meta.Hashes = []model.SampleHash{{From: 0, To: sheetSeeds - 1, SHA256: sample.HashPixels(pix)}}
	if err := model.Save(r.path(GeneratorFile), m); err != nil {
		return err
	}
	name := r.path(fmt.Sprintf("fakes-%09d.png", r.game.step))
	err = model.Atomically(name, func(w io.Writer) error {
		if m.Meta.Table != nil {
			return r.histograms(w, s)
		}
		if m.Meta.Row > 0 {
			return r.points(w, s)
		}
		img := m.Meta.Image
		return sample.Sheet(w, pix, img[0], img[1], img[2], 8, 3)
	})
	if err != nil {
		return err
	}
	r.sheet = name
	if err := r.curves(); err != nil {
		return err
	}
	if err := r.talk.Snap(r.game.step, name); err != nil {
		return err
	}
	if r.opt.Snapped != nil {
		r.opt.Snapped(name)
	}
	return nil
}

// points draws generated points over real ones and writes down how they cover the modes.
func (r *run) points(w io.Writer, s *sample.Sampler) error {
	const n = 2500
	made, real := s.Rows(sample.Seeds(0, n-1)), make([]float32, n*r.opt.rows.Dim())
	r.opt.rows.Draw(real, 0, r.opt.Seed)
	if mix, ok := r.opt.rows.(*Mixture); ok && mix.Dim() == 2 {
		m, err := mix.Modes(made)
		if err != nil {
			return err
		}
		if err := report.AppendMetric(r.opt.OutDir, report.Metric{Metric: "modes", Step: r.game.step, Kimg: r.kimg(), Results: map[string]float64{
			"modes": float64(m.Modes), "high_quality": m.HighQuality, "reverse_kl": m.ReverseKL, "spread": m.Spread}}); err != nil {
			return err
		}
	}
	return sample.Scatter(w, real, made, 640)
}

// curves draws losses and probabilities over the run.
func (r *run) curves() error {
	if len(r.lines) < 2 {
		return nil
	}
	line := func(name string, f func(p Progress) float64) data.Curve {
		c := data.Curve{Name: name}
		for _, p := range r.lines {
			c.X, c.Y = append(c.X, p.Kimg), append(c.Y, f(p))
		}
		return c
	}
	return model.Atomically(r.path(CurvesFile), func(w io.Writer) error {
		return data.Curves(w, r.opt.Preset.Name, "kimg",
			line("loss D", func(p Progress) float64 { return p.LossD }),
			line("loss G", func(p Progress) float64 { return p.LossG }),
			line("D(x)", func(p Progress) float64 { return p.DReal }),
			line("D(G(z))", func(p Progress) float64 { return p.DFake }))
	})
}

// generator returns the inference model of the run: the averaged weights where there are, else the current ones.
func (r *run) generator() (*model.Model, error) {
	p, b := &r.opt.Preset, graph.New()
	shape := r.opt.shape()
	h, w, c := shape[0], shape[1], shape[2]
	condition := 0
	if r.game.table != nil {
		condition = r.game.table.Condition()
	}
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, condition+p.Classes+p.Z)), kernels.LatentScale)
	if p.Truncation > 0 && !p.G.mlpKind() {
		drawn := b.MulScalar(b.Slice(z, 1, p.Classes, p.Classes+p.Z), p.Truncation)
		if p.Classes > 0 {
			drawn = b.Concat(1, b.Slice(z, 1, 0, p.Classes), drawn)
		}
		z = drawn
	}
	ps := &params{b: b, netState: netState{infer: true, truncate: p.TruncationW}}
	x := p.generator(ps, z, shape)
	meta := model.Meta{Recipe: p.Name, Version: r.opt.Version, Seed: r.opt.Seed, Step: r.game.step, Latent: p.latent().String(),
		LatentDim: condition + p.Classes + p.Z, Classes: p.Classes}
	if t := r.game.table; t != nil {
		x, meta.Table = t.places(b, x), t.Schema
	}
	if r.opt.rows != nil {
		meta.Row = shape[2]
		b.Output("row", x)
	} else {
		meta.Image = shape
		scale, offset := p.pixelScale()
		b.Output("image", b.Reshape(b.ToU8(x, scale, offset), graph.Of(graph.Batch, h, w, c)))
	}

	m := &model.Model{Graph: b, Weights: graph.NewStore(), Meta: meta}
	standing, err := r.game.standing(r.pool)
	if err != nil {
		return nil, err
	}
	trained := func(name string) []float32 {
		if s, ok := standing[name]; ok {
			return s
		}
		if t := r.game.st.Get(name + emaSuffix); t != nil {
			return t.F32()
		}
		return r.game.st.Get(name).F32()
	}
	for _, v := range ps.list {
		name := b.Node(v).Attr.Name
		to := m.Weights.Alloc(name, graph.F32, b.Shape(v)).F32()
		if derive := ps.derived[name]; derive != nil {
			derive(trained, to)
		} else {
			copy(to, trained(name))
		}
	}
	m.Meta.WeightBits, m.Meta.Ranges = p.QAT, r.game.ranges()
	if p.Truncation > 0 && p.G.mlpKind() {
		// Scaling z is scaling the rows of the first layer that it meets.
		first := m.Weights.Get("G.0.weight")
		rows := first.F32()[p.Classes*first.Shape.Dim(1):]
		kernels.MulScalar(rows, rows, p.Truncation)
		m.Meta.Truncation = p.Truncation
	}
	return m, m.Check()
}
