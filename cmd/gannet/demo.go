package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
	"github.com/spf13/cobra"
)

func demoCommand() *cobra.Command {
	var outDir string
	var steps uint64
	c := &cobra.Command{
		Use:   "demo",
		Short: "Train on the embedded digits, quantize, sample, verify",
		Long: `Demo is the whole job on one machine with nothing else: it trains the preset "digits" on the embedded handwritten digits for
about a minute on two cores, quantizes the generator, samples both models and verifies their hashes. An existing run of
the demo in the folder is replaced.`,
		Example: "  gannet demo --outdir demo-run",
		Args:    exactly(0, "none"),
	}
	c.Flags().StringVar(&outDir, "outdir", "demo-run", "folder for everything that the demo makes")
	c.Flags().Uint64Var(&steps, "steps", 0, "length of the training (default: the preset's)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		w := c.OutOrStdout()
		p, err := gan.Lookup("digits")
		if err != nil {
			return err
		}
		if steps == 0 {
			steps = p.Steps
		}
		train, _, _, err := loadData("digits", "")
		if err != nil {
			return err
		}
		runDir := filepath.Join(outDir, "run")
		// An earlier demo of the same length may go: training gives the same bits again.
		if o, err := gan.ReadOptions(runDir); err == nil && reflect.DeepEqual(o.Preset, p) && o.Steps == steps && o.Seed == 0 {
			if err := os.RemoveAll(runDir); err != nil {
				return err
			}
		}
		fmt.Fprintf(w, "training on %d handwritten digits, %d steps, tier %s\n", train.N, steps, kernels.Tier())
		line := newProgress(c.ErrOrStderr(), false)
		ctx, stop := untilInterrupt(c.Context())
		defer stop()
		res, err := gan.Train(ctx, gan.Options{Preset: p, Steps: steps, Version: version, OutDir: runDir, Data: train,
			Progress: line.show, Snapped: line.snapped})
		line.end()
		if err != nil {
			return err
		}
		if res.Stopped {
			return fmt.Errorf("demo: interrupted at step %d", res.Step)
		}
		f32 := filepath.Join(outDir, "digits-f32.safetensors")
		m, err := model.Load(res.Generator)
		if err != nil {
			return err
		}
		err = model.Save(f32, m)
		m.Close()
		if err != nil {
			return err
		}
		int8 := filepath.Join(outDir, "digits-int8.safetensors")
		pool := allThreads(0)
		defer pool.Close()
		q := quantization{in: f32, out: int8, opt: quant.Options{Pool: pool}, noGate: true}
		if err := q.run(w); err != nil {
			return err
		}
		for _, path := range []string{f32, int8} {
			if err := showModel(c, path); err != nil {
				return err
			}
		}
		return nil
	}
	return c
}

// showModel verifies a model, writes its sheet and prints its figures.
func showModel(c *cobra.Command, path string) error {
	m, err := model.Load(path)
	if err != nil {
		return err
	}
	defer m.Close()
	pool := allThreads(0)
	defer pool.Close()
	if err := sample.Verify(m, pool); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s, err := sample.New(m, 64, pool)
	if err != nil {
		return err
	}
	seeds := sample.Seeds(0, 63)
	pix := make([]uint8, len(seeds)*s.Size())
	n := 0
	began := time.Now()
	for time.Since(began) < time.Second/2 {
		s.Sample(pix, seeds)
		n += len(seeds)
	}
	rate := float64(n) / time.Since(began).Seconds()
	sheet := path[:len(path)-len(filepath.Ext(path))] + ".png"
	if err := sampling.WriteSheet(sheet, pix, m.Meta.Image, len(seeds)); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "\n%s  %d KiB\n  verified  seeds 0-63  sha256 %s\n  speed     %.0f samples/s (batch 64)\n  sheet     %s\n",
		path, info.Size()/1024, sample.HashPixels(pix), rate, sheet)
	return nil
}
