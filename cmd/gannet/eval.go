package main

import (
	"encoding/json"
	"fmt"

	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
	"github.com/spf13/cobra"
)

func evalCommand() *cobra.Command {
	var (
		metric, dataDir string
		samples         int
		asJSON          bool
	)
	c := &cobra.Command{
		Use:   "eval MODEL --metric parzen",
		Short: "Measure how good a model is",
		Long: `Eval computes a metric of a model, with that of real pictures beside it.

parzen: the Parzen window estimate of the paper, in nats: 10,000 samples, sigma chosen on 1,000 validation digits
(train[50000:51000]), the mean log likelihood of the 10,000 test digits. As many real training digits in the place of the
samples give the ceiling of honest sampling; a figure above it means averaging, not quality.`,
		Example: "  gannet eval runs/paper/generator.safetensors --metric parzen --json",
		Args:    exactly(1, "MODEL"),
	}
	f := c.Flags()
	f.StringVar(&metric, "metric", "", "the metric: parzen")
	f.StringVar(&dataDir, "data", "", "folder with the four MNIST files (default: found through the Go module cache)")
	f.IntVar(&samples, "samples", 10000, "samples to draw")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		if metric != "parzen" {
			return usagef("eval: --metric %q; want parzen", metric)
		}
		if samples < 1 || samples > 50000 {
			return usagef("eval: --samples %d; want 1 to 50000", samples)
		}
		m, err := model.Load(args[0])
		if err != nil {
			return err
		}
		defer m.Close()
		train, valid, test, err := loadData("mnist", dataDir)
		if err != nil {
			return err
		}
		if m.Meta.Image != [3]int{test.H, test.W, test.C} {
			return fmt.Errorf("%s: makes pictures of %v, the test digits are 28x28x1", args[0], m.Meta.Image)
		}
		pool := allThreads(0)
		defer pool.Close()
		s, err := sample.New(m, 100, pool)
		if err != nil {
			return err
		}
		pix := make([]uint8, samples*s.Size())
		s.Sample(pix, sample.Seeds(0, uint64(samples-1)))
		valid = valid.Range(0, 1000)
		ours, err := gan.Parzen(pix, valid, test, pool)
		if err != nil {
			return err
		}
		real, err := gan.Parzen(train.Range(0, samples).Images, valid, test, pool)
		if err != nil {
			return err
		}
		w := c.OutOrStdout()
		if asJSON {
			return json.NewEncoder(w).Encode(map[string]any{"metric": "parzen", "model": ours, "real": real})
		}
		fmt.Fprintf(w, "parzen  model      %7.2f +- %.2f nats  sigma %.3f  (%d samples, %d test digits)\n", ours.LogLikelihood,
			ours.StdErr, ours.Sigma, ours.Samples, ours.Test)
		fmt.Fprintf(w, "        real data  %7.2f +- %.2f nats  sigma %.3f  (%d training digits instead of samples)\n",
			real.LogLikelihood, real.StdErr, real.Sigma, real.Samples)
		if ours.LogLikelihood > real.LogLikelihood {
			fmt.Fprintln(w, "        above real data: the samples are averages, not better pictures")
		}
		return nil
	}
	return c
}
