package gan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/report"
	"github.com/gannet-ml/gannet/table"
)

// Options are the facts of a run. training_options.json in the run folder holds them.
type Options struct {
	Preset       Preset        `json:"preset"`
	DataDir      string        `json:"data_dir,omitempty"`     // where the data lie; empty: they are found by the preset's name
	DataOptions  data.Options  `json:"data_options,omitzero"`  // how they are read
	DataSum      string        `json:"data_sum,omitempty"`     // data.Sum of them
	Table        *table.Data   `json:"-"`                      // the table, where the preset's data is one; it changes what is learned, and its sum is kept
	TableOptions table.Options `json:"table_options,omitzero"` // how it was read
	TableSum     string        `json:"table_sum,omitempty"`    // SHA-256 of its file
	Seed         uint64        `json:"seed"`
	Steps        uint64        `json:"steps"`
	Version      string        `json:"version,omitempty"`
	Init         string        `json:"init,omitempty"` // a model, a checkpoint, or a run folder whose weights the run started from

	// The rest changes no result and is not kept.
	OutDir   string         `json:"-"`
	Threads  int            `json:"-"` // 0: all
	Data     data.Source    `json:"-"` // the pictures; nil where the preset's data are points that it names
	Progress func(Progress) `json:"-"` // called after every tick, and once at the end
	Snapped  func(string)   `json:"-"` // called after every snap with the path of the sheet of samples
	Warn     func(string)   `json:"-"` // called with a line about what happens to the run
	// Alarmed, if it is not nil, is called with an alarm and says whether the run goes on in spite of it.
	Alarmed func(*Alarm) bool `json:"-"`

	rows Rows // what the preset's data are, if they are no pictures
}

// Progress is a line of log.jsonl: the state after a tick. Losses and probabilities are means over the tick.
type Progress struct {
	Step    uint64  `json:"step"`
	Kimg    float64 `json:"kimg"` // thousands of real pictures shown to D
	LossD   float64 `json:"loss_D"`
	LossG   float64 `json:"loss_G"`
	DReal   float64 `json:"D_real"`              // mean of sigmoid(D(x))
	DFake   float64 `json:"D_fake"`              // mean of sigmoid(D(G(z)))
	DRank   float64 `json:"D_rank"`              // mean of sigmoid(D(x) - D(G(z))): 1/2 where D cannot tell
	GradG   float64 `json:"grad_G"`              // root mean square norm of the gradient at a generated sample
	Variety float64 `json:"variety"`             // variance of generated samples over that of real ones
	Augment float64 `json:"augment_p,omitempty"` // adaptive probability of augmentation
	Seconds float64 `json:"seconds"`
	Steps   uint64  `json:"-"` // of the whole run
}

// Result says where a run ended.
type Result struct {
	Step      uint64
	Generator string // path of the model
	Sheet     string // path of the last sample sheet
	Stopped   bool   // by the context, before all steps were made
}

// ErrDiverged says that training met a number that is not finite, went back to the last good checkpoint, and met one again
// with smaller steps. That checkpoint is kept.
var ErrDiverged = errors.New("training diverged")

// Names of the files in a run folder.
const (
	OptionsFile   = "training_options.json"
	LogFile       = "log.jsonl"
	GeneratorFile = "generator.safetensors"
	CurvesFile    = "curves.png"
)

// Train plays the game for opt.Steps steps in a new run folder, which must not hold a run yet. When ctx ends it stops
// after the current step, with a checkpoint.
func Train(ctx context.Context, opt Options) (*Result, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opt.OutDir, 0o755); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(opt.OutDir, OptionsFile)); err == nil {
		return nil, fmt.Errorf("%s: holds a run already; continue it with --resume, or choose another folder", opt.OutDir)
	}
	if err := writeOptions(&opt); err != nil {
		return nil, err
	}
	return play(ctx, &opt, false)
}

// Resume continues the run in opt.OutDir from its last checkpoint, as if it had never stopped: the weights become those of
// an undisturbed run, byte for byte, whatever the tier and the number of threads. Only OutDir, Steps (0: as before),
// Threads, Data, Progress, Snapped and Alarmed of opt are used.
func Resume(ctx context.Context, opt Options) (*Result, error) {
	kept, err := ReadOptions(opt.OutDir)
	if err != nil {
		return nil, err
	}
	kept.OutDir, kept.Threads, kept.Data, kept.Table = opt.OutDir, opt.Threads, opt.Data, opt.Table
	kept.Progress, kept.Snapped, kept.Alarmed, kept.Warn = opt.Progress, opt.Snapped, opt.Alarmed, opt.Warn
	if opt.Steps != 0 {
		kept.Steps = opt.Steps
	}
	if err := kept.check(); err != nil {
		return nil, err
	}
	return play(ctx, kept, true)
}

// ReadOptions reads the options of the run in a folder.
func ReadOptions(dir string) (*Options, error) {
	path := filepath.Join(dir, OptionsFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: holds no run: %w", dir, err)
	}
	var o Options
	if err := strictJSON(b, &o); err != nil { // what is not understood cannot be continued exactly
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &o, nil
}

func writeOptions(o *Options) error {
	b, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return model.Atomically(filepath.Join(o.OutDir, OptionsFile), func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}

func (o *Options) check() error {
	if err := o.Preset.Check(); err != nil {
		return err
	}
	o.rows = nil
	var info data.Info
	if o.Preset.Points() {
		o.rows = mixtures[o.Preset.Data]
	} else if o.Preset.Tabular() {
		if o.Table == nil {
			return fmt.Errorf("gan: no table to train on")
		}
		if o.TableSum != "" && o.TableSum != o.Table.Sum {
			return fmt.Errorf("gan: the table is not the one that this run began with (its SHA-256 is %.12s..., not %.12s...)", o.Table.Sum, o.TableSum)
		}
		o.TableSum = o.Table.Sum
		o.rows = newTableRows(o.Table)
	} else if o.Data == nil || o.Data.Info().N < 1 {
		return fmt.Errorf("gan: no data to train on")
	} else {
		sum := data.Sum(o.Data)
		if o.DataSum != "" && o.DataSum != sum {
			return fmt.Errorf("gan: the pictures are not those that this run began with (the SHA-256 of all is %.12s..., not %.12s...); "+
				"a new run takes the weights over with --init", sum, o.DataSum)
		}
		o.DataSum, info = sum, o.Data.Info()
	}
	condition := 0
	if o.Table != nil {
		condition = o.Table.Condition()
	}
	if err := o.Preset.checkSize(o.shape(), condition); err != nil {
		return err
	}
	if c := o.Preset.Classes; c > 0 {
		if info.Classes == 0 {
			return fmt.Errorf("gan: preset %q needs labels, the data has none", o.Preset.Name)
		}
		if info.Classes > c {
			return fmt.Errorf("gan: label %d in data for a preset of %d classes", info.Classes-1, c)
		}
	}
	if o.Steps < 1 || o.Steps > 1<<40 {
		return fmt.Errorf("gan: %d steps; want 1 to 2^40", o.Steps)
	}
	if o.OutDir == "" {
		return fmt.Errorf("gan: no run folder")
	}
	return nil
}

// shape is that of a sample.
func (o *Options) shape() [3]int {
	if o.rows != nil {
		return [3]int{1, 1, o.rows.Dim()}
	}
	in := o.Data.Info()
	return [3]int{in.H, in.W, in.C}
}

// play is the training loop.
func play(ctx context.Context, opt *Options, resume bool) (*Result, error) {
	// Initialize.
	preset := &opt.Preset
	threads := opt.Threads
	if threads == 0 {
		threads = math.MaxInt
	}
	pool := kernels.NewPool(threads)
	defer pool.Close()
	var mean []float64
	if preset.G.BiasFromData {
		var err error
		if mean, err = data.Mean(opt.Data); err != nil {
			return nil, err
		}
	}
	g, err := newGame(preset, opt.shape(), opt.rows, mean, opt.Seed, pool)
	if err != nil {
		return nil, err
	}
	run := &run{opt: opt, game: g, pool: pool, began: time.Now()}
	if resume {
		if err := run.restore(); err != nil {
			return nil, err
		}
		if opt.Steps < g.step {
			return nil, fmt.Errorf("%s: this run has made %d steps already; it cannot end at step %d", opt.OutDir, g.step, opt.Steps)
		}
		if err := writeOptions(opt); err != nil {
			return nil, err
		}
	} else {
		if opt.Init != "" {
			if err := g.initFrom(opt.Init); err != nil {
				return nil, err
			}
		}
		if err := run.checkpoint(); err != nil {
			return nil, err
		}
	}
	if err := run.openLog(); err != nil {
		return nil, err
	}
	defer run.close()

	// Train.
	var pictures *data.Loader
	batch := func(dst, labels []uint8, i uint64) { pictures.Batch(dst, labels, i) }
	if opt.rows == nil {
		pictures = data.NewLoader(opt.Data, preset.Batch, opt.Seed, runtime.GOMAXPROCS(0))
		defer pictures.Close()
	}
	stopped := false
	var alarm *Alarm
	seen := newWatch(preset)
	for g.step < opt.Steps && !stopped {
		g.run(opt.Steps, batch)
		if pictures != nil && pictures.Err() != nil {
			return nil, pictures.Err()
		}
		if err := g.finite(); err != nil {
			if err := run.retry(err); err != nil {
				return nil, err
			}
			seen = newWatch(preset)
			continue
		}
		run.accumulate()
		if alarm = seen.step(&g.metrics, g.step); alarm != nil {
			if err := report.AppendAlarm(opt.OutDir, alarm.Step, alarm.Kind, alarm.Reason); err != nil {
				return nil, err
			}
			if opt.Alarmed != nil && opt.Alarmed(alarm) {
				alarm = nil
			}
		}
		end := g.step == opt.Steps
		if end || g.step%preset.Tick == 0 {
			if err := run.tick(); err != nil {
				return nil, err
			}
		}
		select {
		case <-ctx.Done():
			stopped = !end
		default:
		}
		if alarm != nil {
			stopped = false
			if err := run.snap(); err != nil {
				return nil, err
			}
			return nil, alarm
		}
		if stopped {
			err = run.checkpoint()
		} else if end || g.step%preset.Snap == 0 {
			err = run.snap()
		}
		if errors.Is(err, errNotFinite) {
			err = run.retry(err)
			stopped, seen = false, newWatch(preset)
		}
		if err != nil {
			return nil, err
		}
	}

	// Done.
	if stopped || run.sheet == "" {
		if err := run.export(); err != nil {
			return nil, err
		}
	}
	return &Result{Step: g.step, Generator: filepath.Join(opt.OutDir, GeneratorFile), Sheet: run.sheet, Stopped: stopped}, nil
}
