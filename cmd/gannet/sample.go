package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
	"github.com/spf13/cobra"
)

// shared is a command that gannet-sample has too.
func shared(s *sampling.Command) *cobra.Command {
	c := &cobra.Command{Use: s.Name + " MODEL", Short: s.Short, Long: s.Long, Example: s.Example, Args: exactly(1, "MODEL")}
	run := s.Declare(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error { return run(args[0], c.OutOrStdout()) }
	return c
}

// allThreads is a pool of n threads, or of all.
func allThreads(n int) *kernels.Pool {
	if n == 0 {
		n = 1 << 10
	}
	return kernels.NewPool(n)
}

func quantizeCommand() *cobra.Command {
	var out string
	var samples int
	c := &cobra.Command{
		Use:   "quantize MODEL -o OUT",
		Short: "Make an int8 model, integer from the latent to the pixel",
		Long: `Quantize calibrates the generator on its own latents and rewrites it into integer operations: 8-bit weights and
activations, 32-bit sums, no floating point. It prints what that costs, layer by layer.`,
		Example: "  gannet quantize runs/digits/generator.safetensors -o digits-int8.safetensors",
		Args:    exactly(1, "MODEL"),
	}
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write")
	c.Flags().IntVar(&samples, "samples", 1024, "latents to calibrate on")
	c.RunE = func(c *cobra.Command, args []string) error {
		if out == "" {
			return usagef("quantize: -o OUT is needed")
		}
		if samples < 16 || samples > 1<<16 {
			return usagef("quantize: --samples %d; want 16 to 65536", samples)
		}
		_, report, err := quantizeFile(args[0], out, samples)
		if err != nil {
			return err
		}
		fmt.Fprint(c.OutOrStdout(), report)
		return nil
	}
	return c
}

// quantizeFile quantizes one file into another, with the hashes of its samples.
func quantizeFile(in, out string, samples int) (*model.Model, *quant.Report, error) {
	m, err := model.Load(in)
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	pool := allThreads(0)
	defer pool.Close()
	q, report, err := quant.Quantize(m, quant.Options{CalibrationSamples: samples, Pool: pool})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", in, err)
	}
	hash, err := sample.Hash(q, sample.Seeds(0, 63), pool)
	if err != nil {
		return nil, nil, err
	}
	q.Meta.Hashes = []model.SampleHash{{From: 0, To: 63, SHA256: hash}}
	return q, report, model.Save(out, q)
}
