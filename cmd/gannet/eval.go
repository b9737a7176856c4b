package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/report"
	"github.com/spf13/cobra"
)

func evalCommand() *cobra.Command {
	var (
		names, source, features string
		target                  string
		samples                 int
		asJSON                  bool
	)
	c := &cobra.Command{
		Use:   "eval MODEL --metric NAME[,NAME...]",
		Short: "Measure how good a model is",
		Long: `Eval computes metrics of a model, each with that of real data, by the same call, beside it, and says where a figure is
better than honest samples can make it. Where the model lies in a run folder, a line is added to metric-NAME.jsonl
there, and report.html shows it. Samples are those of seeds 0 onwards.

` + metricTable() + `table: how far the rows of a model of a table are from those of the CSV file --data, and, in parentheses, how far two halves of
  the file are from each other: of each column the total variation, or the distances of Kolmogorov-Smirnov and Wasserstein; of
  pairs of columns how they depend on each other; the kernel distance of all; and how well logistic regression that was
  trained on the model's rows predicts the column --target of real ones.

Features are what the last layer of a small network sees that was trained on 50,000 digits and that this program carries.
Real figures are those of 10,000 held-out digits in the place of the samples. Unless it says otherwise a metric compares
10,000 samples with the 10,000 test digits. With --data digits the embedded digits take MNIST's place, and nothing need be
fetched: 500 for testing, 1,000 held out, which the preset called digits has seen.

--train-features FILE trains that network anew, with the same bits on every machine.`,
		Example: `  gannet eval runs/dcgan28/generator.safetensors --metric fid,kid,pr --json
  gannet eval runs/paper/generator.safetensors --metric all
  gannet eval runs/ring8/generator.safetensors --metric modes
  gannet eval runs/people/generator.safetensors --data people.csv --target "owns home"`,
	}
	f := c.Flags()
	f.StringVar(&names, "metric", "", "metrics, or all of those of digits: "+strings.Join(metricNames(), ", ")+"; of a model of a table: table, the default")
	f.StringVar(&source, "data", "", "mnist, found through the Go module cache; a folder with its four files; digits; for modes a mixture; for table a CSV file (default: mnist, the model's mixture)")
	f.StringVar(&target, "target", "", "of a table: the column of categories to predict (default: the last one)")
	f.IntVar(&samples, "samples", 0, "samples to draw (default: the metric's)")
	f.BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	f.StringVar(&features, "train-features", "", "train the network of the features, write it to this file, and do nothing else")
	c.RunE = func(c *cobra.Command, args []string) error {
		if features != "" {
			if err := exactly(0, "none beside --train-features")(c, args); err != nil {
				return err
			}
			return trainFeatures(c.OutOrStdout(), features, source)
		}
		if err := exactly(1, "MODEL")(c, args); err != nil {
			return err
		}
		var todo []*metric
		if ofTable := names == "table" || names == "" && !f.Changed("metric"); !ofTable {
			var err error
			if todo, err = lookUpMetrics(names); err != nil {
				return err
			}
		}
		if f.Changed("samples") && (samples < 2 || samples > 50000) {
			return usagef("eval: --samples %d; want 2 to 50000", samples)
		}
		m, err := model.Load(args[0])
		if err != nil {
			return err
		}
		defer m.Close()
		if todo == nil {
			if m.Meta.Table == nil {
				return usagef("eval: --metric %q for a model that makes no table; want some of %s", names, strings.Join(metricNames(), ", "))
			}
			return evalTable(c.OutOrStdout(), args[0], m, source, target, samples, asJSON)
		}
		e := &evaluation{path: args[0], m: m, source: source, samples: samples, pool: allThreads(0)}
		defer e.pool.Close()
		for _, metric := range todo {
			r, err := metric.measure(e)
			if err != nil {
				return err
			}
			if err := keepMetric(e.path, m, metric.name, r.results); err != nil {
				return err
			}
			if err := r.print(c.OutOrStdout(), metric.name, asJSON); err != nil {
				return err
			}
		}
		return nil
	}
	return c
}

// lookUpMetrics finds metrics by their names.
func lookUpMetrics(names string) ([]*metric, error) {
	var found []*metric
	for name := range strings.SplitSeq(names, ",") {
		n := len(found)
		for i := range metricRows {
			if m := &metricRows[i]; m.name == name || name == "all" && m.digits {
				found = append(found, m)
			}
		}
		if len(found) == n {
			return nil, usagef("eval: --metric %q; want some of %s", name, strings.Join(metricNames(), ", "))
		}
	}
	return found, nil
}

func metricNames() []string {
	var names []string
	for _, m := range metricRows {
		names = append(names, m.name)
	}
	return names
}

// metricTable describes the metrics.
func metricTable() string {
	var b strings.Builder
	for _, m := range metricRows {
		fmt.Fprintf(&b, "%s: %s\n", m.name, m.about)
	}
	return b.String()
}

// figures are the results of a metric: of the model, and of real data by the same call.
type figures struct {
	model, real         any    // as JSON has them
	modelText, realText string // as people read them
	modelNote, realNote string // what they are of
	flags               []string
	results             map[string]float64 // what the run folder keeps
}

func (f *figures) flag(format string, a ...any) { f.flags = append(f.flags, fmt.Sprintf(format, a...)) }

// print writes figures as a line of JSON, or as a few for people.
func (f *figures) print(w io.Writer, name string, asJSON bool) error {
	if asJSON {
		line := struct {
			Metric string   `json:"metric"`
			Model  any      `json:"model"`
			Real   any      `json:"real"`
			Of     []string `json:"of"`
			Flags  []string `json:"flags,omitempty"`
		}{name, f.model, f.real, []string{f.modelNote, f.realNote}, f.flags}
		return json.NewEncoder(w).Encode(line)
	}
	fmt.Fprintf(w, "%-8s  model      %s  (%s)\n", name, f.modelText, f.modelNote)
	fmt.Fprintf(w, "%-8s  real data  %s  (%s)\n", "", f.realText, f.realNote)
	for _, flag := range f.flags {
		fmt.Fprintf(w, "%-8s  not honest: %s\n", "", flag)
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

// trainFeatures trains the pinned network anew.
func trainFeatures(w io.Writer, path, source string) error {
	e := &evaluation{source: source, pool: allThreads(0)}
	defer e.pool.Close()
	if err := e.load(); err != nil {
		return err
	}
	r, err := metrics.TrainPinned(path, e.train, e.test, func(step int, loss float64) {
		fmt.Fprintf(w, "step %d  loss %.5f\n", step, loss)
	}, e.pool)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d steps, seed %d, %.2f %% of %d test digits right, %d bytes, SHA-256 %x\n", path, r.Steps, r.Seed,
		100*r.Accuracy, e.test.N, len(b), sha256.Sum256(b))
	return nil
}
