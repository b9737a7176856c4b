package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/report"
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
		Use:   "eval MODEL --metric parzen|modes",
		Short: "Measure how good a model is",
		Long: `Eval computes a metric of a model, with that of real pictures beside it. Where the model lies in a run
folder, a line is added to metric-NAME.jsonl there, and report.html shows it.

parzen: the Parzen window estimate of the paper, in nats: 10,000 samples, sigma chosen on 1,000 validation digits
(train[50000:51000]), the mean log likelihood of the 10,000 test digits. As many real training digits in the place of the
samples give the ceiling of honest sampling; a figure above it means averaging, not quality.

modes: how 2,500 points cover the modes of the mixture that the generator was trained on (ring8, grid25): modes found,
the share of points within three standard deviations of one, the reverse KL of their distribution over the modes, and the
spread within modes against the data's.`,
		Example: `  gannet eval runs/paper/generator.safetensors --metric parzen --json
  gannet eval runs/ring8/generator.safetensors --metric modes`,
		Args: exactly(1, "MODEL"),
	}
	f := c.Flags()
	f.StringVar(&metric, "metric", "", "the metric: parzen or modes")
	f.StringVar(&dataDir, "data", "", "folder with the four MNIST files (default: found through the Go module cache), or the name of a mixture")
	f.IntVar(&samples, "samples", 0, "samples to draw (default: 10000, of points 2500)")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		if metric != "parzen" && metric != "modes" {
			return usagef("eval: --metric %q; want parzen or modes", metric)
		}
		if !f.Changed("samples") {
			samples = map[string]int{"parzen": 10000, "modes": 2500}[metric]
		}
		if samples < 1 || samples > 50000 {
			return usagef("eval: --samples %d; want 1 to 50000", samples)
		}
		m, err := model.Load(args[0])
		if err != nil {
			return err
		}
		defer m.Close()
		if metric == "modes" {
			return evalModes(c.OutOrStdout(), args[0], m, dataDir, samples, asJSON)
		}
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
		err = keepMetric(args[0], m, "parzen", map[string]float64{"parzen": ours.LogLikelihood, "parzen_real": real.LogLikelihood})
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

// evalModes says how the points of a model cover the modes of a mixture, and how the mixture's own do.
func evalModes(w io.Writer, path string, m *model.Model, name string, samples int, asJSON bool) error {
	if name == "" {
		name = m.Meta.Recipe
	}
	mix, ok := gan.LookupMixture(name)
	if !ok {
		return usagef("eval: --data %q is no mixture of points; want ring8 or grid25", name)
	}
	if m.Meta.Row != mix.Dim() {
		return fmt.Errorf("%s: makes no points of %d coordinates", path, mix.Dim())
	}
	s, err := sample.New(m, 500, nil)
	if err != nil {
		return err
	}
	ours, err := mix.Modes(s.Rows(sample.Seeds(0, uint64(samples-1))))
	if err != nil {
		return err
	}
	points := make([]float32, samples*mix.Dim())
	mix.Draw(points, 0, 0)
	real, err := mix.Modes(points)
	if err != nil {
		return err
	}
	err = keepMetric(path, m, "modes", map[string]float64{"modes": float64(ours.Modes), "reverse_kl": ours.ReverseKL,
		"high_quality": ours.HighQuality, "spread": ours.Spread})
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(w).Encode(map[string]any{"metric": "modes", "model": ours, "real": real})
	}
	for _, r := range []struct {
		name string
		gan.ModesResult
	}{{"model", ours}, {"real data", real}} {
		fmt.Fprintf(w, "modes  %-9s  %d/%d modes  %.2f %% high quality  reverse KL %.4f  spread %.3f  (%d points)\n", r.name, r.Modes, r.Of,
			100*r.HighQuality, r.ReverseKL, r.Spread, r.Samples)
	}
	return nil
}

// keepMetric adds a line to metric-NAME.jsonl where a model lies in a run folder, and draws it in the report.
func keepMetric(path string, m *model.Model, name string, results map[string]float64) error {
	dir := filepath.Dir(path)
	if _, err := os.Stat(filepath.Join(dir, report.OptionsFile)); err != nil {
		return nil
	}
	err := report.AppendMetric(dir, report.Metric{Metric: name, Results: results, Step: m.Meta.Step, Model: filepath.Base(path)})
	if err != nil {
		return err
	}
	return report.Write(dir)
}
