package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/table"
	"github.com/spf13/cobra"
)

func trainCommand() *cobra.Command {
	var (
		preset, dataDir, outDir, resume string
		steps, seed, tick, snap         uint64
		kimg                            float64
		batch, threads                  int
		pictures                        data.Options
		cache                           int
		plain                           bool
		printPreset, keepGoing          bool
		init                            string
		qat                             int
		columns                         table.Options
	)
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a generator",
		Long: `Train plays the game of a preset and fills a run folder: training_options.json, log.jsonl (one line a tick), sample sheets
fakes-STEP.png, curves.png, report.html (one page that needs no network), an event file for TensorBoard, checkpoints, and
the model generator.safetensors. Ctrl-C or SIGTERM stops after the current step, with a checkpoint; --resume continues a
run exactly, whatever stopped it, on any tier and number of threads.

A run that no longer learns is stopped with exit code 3 and the reason: mode collapse, a saturated discriminator, a vanishing
gradient, oscillation. One that meets NaN or infinity goes back to its last checkpoint and on with smaller steps, once.

With --qat the generator plays as its integer twin, whose weights have 8 bits (or those of --qat=BITS), in 256 numbers between
layers: for models that lose too much when they are quantized after training. It is a fine-tuning, of a run that --init names;
gannet quantize then uses the ranges that the run found.

Presets: ` + strings.Join(gan.Presets(), ", ") + `. Those whose names end in 64 are for
colour pictures of your own, which --data names; all others bring their data. A preset is a small JSON file: --print-preset shows one, to be copied,
changed, and passed by its path, which ends in .json.

In a terminal the sheets are shown as they are made, by the graphics protocol of kitty, by sixel, or as half blocks, whatever
TERM and its companions promise; NO_COLOR or --plain turns that off, GANNET_GRAPHICS=kitty|sixel|blocks|blocks256|none decides.

Data: --data takes a folder, or a zip archive, of PNG, JPEG, GIF and WebP files: the largest middle square of each is resized
to --size (bicubic), and the subfolders are the classes. Transparent pixels are drawn on white unless --channels 2 or 4 keeps
them. A picture that cannot be read is named and left out, or ends the run under --strict. A .npy file holds [N, H, W],
[N, H, W, C] or [N, C, H, W], bytes or floats, its labels are in NAME-labels.npy; the labels of an idx file x-images-idx3-ubyte
are in x-labels-idx1-ubyte; a line of a .csv file is a square picture of bytes, with its class in a column called label.

The preset tabular takes any .csv file with a header. A column is one of numbers where nine tenths of its cells are, and they
have more than ten values (--numeric, --categorical decide otherwise); else its cells are categories, at most 1,000. A bad row is
named with its line and left out, or ends the run under --strict. Empty cells, NA, NaN, null, None and ? among numbers are
missing ones, which are learned and written as empty cells. Without --data it learns a table of 20,000 invented people.`,
		Example: `  gannet train --preset digits --outdir runs/digits
  gannet train --preset digits --print-preset > mine.json
  gannet train --preset mine.json --outdir runs/mine
  gannet train --preset paper-mnist --outdir runs/paper --steps 25000
  gannet train --preset r3gan64 --data pictures.zip --outdir runs/pictures
  gannet train --preset digits --data pictures/ --size 32 --channels 3 --outdir runs/small
  gannet train --preset digits --init runs/digits --outdir runs/finer
  gannet train --preset digits --init runs/digits --qat --steps 2000 --outdir runs/digits-int8
  gannet train --preset tabular --data people.csv --drop id --outdir runs/people
  gannet train --resume runs/paper --steps 125000`,
		Args: exactly(0, "none"),
	}
	f := c.Flags()
	f.StringVar(&preset, "preset", "", "the recipe: "+strings.Join(gan.Presets(), ", ")+", or a file of your own")
	f.BoolVar(&printPreset, "print-preset", false, "print the recipe, as a file, and train nothing")
	f.StringVar(&dataDir, "data", "", "the data: a folder or zip of pictures, an idx, npy or csv file, or a folder with the four MNIST files "+
		"(default: the preset's)")
	f.IntVar(&pictures.Size, "size", 0, "pixels a side that pictures of a folder or zip are resized to, 16 to 128 (default: the preset's, or the first one's)")
	f.IntVar(&pictures.Channels, "channels", 0, "channels that they are read with: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA (default: 1 where the first is grey, else 3)")
	f.BoolVar(&pictures.Strict, "strict", false, "end at a bad picture instead of leaving it out")
	f.VarP(&columnNames{list: &columns.Categorical}, "categorical", "", "of a table: columns that are categories though they hold numbers, as in a line of CSV")
	f.VarP(&columnNames{list: &columns.Numeric}, "numeric", "", "of a table: columns that are numbers though they have few values")
	f.VarP(&columnNames{list: &columns.Drop}, "drop", "", "of a table: columns to leave out")
	f.IntVar(&cache, "data-cache", 1024, "MiB of decoded pictures to keep in memory; the others are read again in every epoch")
	f.StringVar(&outDir, "outdir", "", "run folder to make")
	f.StringVar(&resume, "resume", "", "run folder to continue; with --steps, also one that is finished")
	f.StringVar(&init, "init", "", "start from the weights of a model (G's), or of a checkpoint or the newest one in a run folder (G's and D's)")
	f.IntVar(&qat, "qat", 0, "train the generator as its integer twin, with weights of so many bits (default: those of the preset)")
	f.Lookup("qat").NoOptDefVal = "8"
	f.BoolVar(&keepGoing, "keep-going", false, "go on in spite of alarms, which are printed")
	f.Uint64Var(&steps, "steps", 0, "length of the run (default: the preset's)")
	f.Float64Var(&kimg, "kimg", 0, "length of the run in thousands of real images, instead of --steps")
	f.IntVar(&batch, "batch", 0, "batch size (default: the preset's)")
	f.Uint64Var(&tick, "tick", 0, "steps between lines of the log (default: the preset's)")
	f.Uint64Var(&snap, "snap", 0, "steps between checkpoints and sample sheets (default: the preset's)")
	f.Uint64Var(&seed, "seed", 0, "seed of all randomness")
	f.IntVar(&threads, "threads", 0, "threads (default: all; the result is the same)")
	f.BoolVar(&plain, "plain", false, "lines of text instead of a moving one, curves and pictures in a terminal")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if threads < 0 || batch < 0 || batch > 1<<16 {
			return usagef("train: --batch %d and --threads %d; want a batch of 1 to 65536 and no negative threads", batch, threads)
		}
		if f.Changed("kimg") && (!(kimg > 0) || kimg > 1e12) {
			return usagef("train: --kimg %g; want a positive number", kimg)
		}
		if steps != 0 && kimg != 0 {
			return usagef("train: --steps and --kimg exclude each other")
		}
		if f.Changed("steps") && (steps == 0 || steps > 1<<40) {
			return usagef("train: --steps %d; want 1 to 2^40", steps)
		}
		if cache < 0 || cache > 1<<20 {
			return usagef("train: --data-cache %d; want 0 to 2^20", cache)
		}
		if !pictures.Valid() {
			return usagef("train: --size %d and --channels %d; want 16 to 128 and 1 to 4", pictures.Size, pictures.Channels)
		}
		columns.Strict = pictures.Strict
		opt := gan.Options{DataDir: dataDir, DataOptions: pictures, TableOptions: columns, Seed: seed, Steps: steps, Version: version, OutDir: outDir, Threads: threads,
			Init: init}
		if resume != "" {
			for _, name := range []string{"preset", "outdir", "seed", "batch", "tick", "snap", "print-preset", "size", "channels", "strict", "init", "qat", "categorical",
				"numeric", "drop"} {
				if f.Changed(name) {
					return usagef("train: --%s has no place beside --resume: the run has its own", name)
				}
			}
			kept, err := gan.ReadOptions(resume)
			if err != nil {
				return err
			}
			opt.OutDir, opt.Preset, opt.DataOptions, opt.TableOptions = resume, kept.Preset, kept.DataOptions, kept.TableOptions
			if dataDir == "" {
				opt.DataDir = kept.DataDir
			}
		} else {
			if preset == "" || outDir == "" && !printPreset {
				return usagef("train: --preset and --outdir are needed (or --resume); see gannet train --help")
			}
			p, err := gan.Lookup(preset)
			if err != nil {
				return usagef("%w", err)
			}
			if batch > 0 {
				p.Batch, p.PenaltyBatch = batch, min(p.PenaltyBatch, batch)
			}
			if tick > 0 {
				p.Tick = tick
			}
			if f.Changed("qat") {
				if qat < 2 || qat > 8 {
					return usagef("train: --qat=%d; want 2 to 8 bits", qat)
				}
				p.QAT = qat
			}
			if snap > 0 {
				p.Snap = snap
			}
			if printPreset {
				js, err := p.File()
				if err != nil {
					return err
				}
				_, err = c.OutOrStdout().Write(js)
				return err
			}
			opt.Preset = p
			if steps == 0 && kimg == 0 {
				opt.Steps = p.Steps
			}
		}
		if opt.DataOptions.Size == 0 {
			opt.DataOptions.Size = opt.Preset.Size
		}
		if !opt.Preset.Tabular() {
			for _, name := range []string{"categorical", "numeric", "drop"} {
				if f.Changed(name) {
					return usagef("train: --%s is for tables, not for preset %s", name, opt.Preset.Name)
				}
			}
		} else if f.Changed("size") || f.Changed("channels") {
			return usagef("train: --size and --channels are for pictures, not for preset %s", opt.Preset.Name)
		}
		opt.DataOptions.Memory = max(1, int64(cache)<<20)
		if kimg > 0 {
			k := float64(opt.Preset.Batch * max(1, opt.Preset.Accumulate))
			if !opt.Preset.Simultaneous {
				k *= float64(opt.Preset.DSteps)
			}
			n := math.Ceil(kimg * 1000 / k)
			if n > 1<<40 {
				return usagef("train: --kimg %g is %g steps; want at most 2^40", kimg, n)
			}
			opt.Steps = uint64(n)
		}
		if opt.Preset.Points() {
			if dataDir != "" {
				return usagef("train: --data has no place beside preset %s, whose points are drawn", opt.Preset.Name)
			}
		} else if opt.Preset.Tabular() {
			var err error
			if opt.Table, err = openTable(c.ErrOrStderr(), opt.DataDir, opt.TableOptions); err != nil {
				return err
			}
		} else {
			src, err := openData(c.ErrOrStderr(), opt.Preset.Data, opt.DataDir, opt.DataOptions)
			if err != nil {
				return err
			}
			defer src.Close()
			opt.Data = src
		}
		line := newProgress(c.ErrOrStderr(), plain)
		line.points = opt.Preset.Points() || opt.Preset.Tabular()
		opt.Progress, opt.Snapped = line.show, line.snapped
		say := func(text string) {
			line.end()
			fmt.Fprintf(c.ErrOrStderr(), "gannet: %s\n", text)
		}
		opt.Warn = say
		if keepGoing {
			opt.Alarmed = func(a *gan.Alarm) bool { say(a.Error()); return true }
		}
		play := gan.Train
		if resume != "" {
			play = gan.Resume
		}
		ctx, stop := untilInterrupt(c.Context())
		defer stop()
		res, err := play(ctx, opt)
		line.end()
		if err != nil {
			return err
		}
		if res.Stopped {
			fmt.Fprintf(c.OutOrStdout(), "stopped at step %d; continue with: gannet train --resume %s\n", res.Step, opt.OutDir)
			return nil
		}
		fmt.Fprintf(c.OutOrStdout(), "model:  %s\nsheet:  %s\n", res.Generator, res.Sheet)
		return nil
	}
	return c
}
