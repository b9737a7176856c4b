package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/report"
	"github.com/spf13/cobra"
)

// quantization is a run of the command.
type quantization struct {
	in, out, page string
	opt           quant.Options
	gate          quant.Gate
	search        bool // for layers to keep
	noGate        bool

	source  string // of real data, for metrics
	against string // the model whose metrics are those to reach
	samples int    // of metrics
	cas     bool
	float   *evaluation    // of the float model
	figures []quant.Metric // of it
}

// noMetrics is what a report says without data.
const noMetrics = "Judged by PSNR alone: the change of FID needs real data, --data."

func quantizeCommand() *cobra.Command {
	q := &quantization{gate: quant.DefaultGate}
	var rule string
	var change float64
	c := &cobra.Command{
		Use:   "quantize MODEL -o OUT",
		Short: "Make an int8 model, integer from the latent to the pixel",
		Long: `Quantize calibrates the generator on its own latents and rewrites it into integer operations: 8-bit weights and activations,
32-bit sums. What has no integer form (the norm of a single picture, a product of activations) stays in f32, with the same bits
on every machine, and is listed. It prints what that costs, layer by layer: the ratio of signal and noise, the cosine between
both results, and the bits that the largest sum any input can make leaves of 31.

The gate: pictures of the seeds 0 to 255 must have a PSNR of at least 35 dB against those of the float model, and with --data
the FID of gannet eval must not be more than 2 % worse, nor with --cas the mean accuracy of four classifiers trained on samples
.2 points lower. Where it is missed nothing is written (but --no-gate), the exit code is 1, and it is said which layers cost
most. --wide leaves layers in 16 bits by the names of the report: they read activations of 16 bits, and multiply them with 8-bit
weights into 32 bits, which what they read is proved to fit. --keep leaves layers in f32. --search finds the fewest that pass,
the costliest first, in 16 bits as long as that does, and in f32 what cannot have 16. The figures go into the file's metadata, which inspect shows, beside the
hashes that verify checks. --report writes a page with all of that and pictures side by side.

A model that was trained with --qat brings its ranges. Otherwise --range chooses them: cube and mse make the mean cube or
square of the error smallest, minmax cuts off nothing, percentile the outermost 1/10000, kl compares distributions.`,
		Example: `  gannet quantize runs/digits/generator.safetensors -o digits-int8.safetensors
  gannet quantize model.safetensors -o int8.safetensors --search --report report.html`,
		Args: exactly(1, "MODEL"),
	}
	f := c.Flags()
	f.StringVarP(&q.out, "output", "o", "", "the file to write")
	f.IntVar(&q.opt.CalibrationSamples, "samples", 1024, "latents to calibrate on")
	f.StringVar(&rule, "range", string(quant.RangeCube), "how the ranges of activations are chosen: cube, mse, minmax, percentile or kl")
	f.BoolVar(&q.opt.Equalize, "equalize", false, "first make channels equally wide, across layers, which changes no picture of the float model")
	f.IntVar(&q.opt.WeightBits, "weight-bits", 0, "bits of the weights, 2 to 8 (default: 8, or those that the model trained with); the file stays as large")
	f.StringSliceVar(&q.opt.Wide, "wide", nil, "layers to leave in 16 bits")
	f.StringSliceVar(&q.opt.Keep, "keep", nil, "layers to leave in f32")
	f.BoolVar(&q.search, "search", false, "find layers to leave in 16 bits, or else in f32, if the gate is missed otherwise")
	f.Float64Var(&q.gate.PSNR, "psnr", quant.DefaultGate.PSNR, "the gate, in dB (0: none)")
	f.Float64Var(&change, "fid-change", 100*quant.DefaultGate.Change, "the gate, in percent of the float model's FID (0: none)")
	f.StringVar(&q.source, "data", "", "real digits, as gannet eval takes them, for FID and CAS")
	f.IntVar(&q.samples, "metric-samples", 0, "samples of FID (default: as many as there are digits held out)")
	f.BoolVar(&q.cas, "cas", false, "judge the mean accuracy of four classifiers trained on samples, too (minutes)")
	f.StringVar(&q.against, "against", "", "compare metrics with those of this model (default: the float model); for one that was trained on with --qat")
	f.BoolVar(&q.noGate, "no-gate", false, "write the model even if the gate is missed")
	f.StringVar(&q.page, "report", "", "write a page (HTML)")
	c.RunE = func(c *cobra.Command, args []string) error {
		q.in = args[0]
		if q.out == "" {
			return usagef("quantize: -o OUT is needed")
		}
		if n := q.opt.CalibrationSamples; n < 16 || n > 1<<16 {
			return usagef("quantize: --samples %d; want 16 to 65536", n)
		}
		if b := q.opt.WeightBits; f.Changed("weight-bits") && (b < 2 || b > 8) {
			return usagef("quantize: --weight-bits %d; want 2 to 8", b)
		}
		if p := q.gate.PSNR; !(p >= 0 && p <= 99) {
			return usagef("quantize: --psnr %g; want 0 to 99", p)
		}
		if !(change >= 0 && change <= 1e6) || q.samples < 0 || q.samples > 50000 {
			return usagef("quantize: --fid-change %g and --metric-samples %d; want no negative change and at most 50000 samples", change, q.samples)
		}
		if q.source == "" && (q.cas || q.against != "" || f.Changed("fid-change") || q.samples != 0) {
			return usagef("quantize: --fid-change, --metric-samples, --cas and --against need --data")
		}
		q.gate.Change = change / 100
		var err error
		if q.opt.Range, err = quant.ParseRange(rule); err != nil {
			return usagef("quantize: --range: %w", err)
		}
		pool := allThreads(0)
		defer pool.Close()
		q.opt.Pool = pool
		return q.run(c.OutOrStdout())
	}
	return c
}

func (q *quantization) run(w io.Writer) error {
	m, err := model.Load(q.in)
	if err != nil {
		return err
	}
	defer m.Close()
	if q.source != "" {
		of, path := m, q.in
		if q.against != "" {
			path = q.against
			if of, err = model.Load(path); err != nil {
				return err
			}
			defer of.Close()
		}
		q.float = &evaluation{path: path, m: of, source: q.source, samples: q.samples, pool: q.opt.Pool}
		if q.figures, err = q.measure(q.float); err != nil {
			return err
		}
	}
	c, err := quant.Calibrate(m, q.opt)
	if err != nil {
		return fmt.Errorf("%s: %w", q.in, err)
	}
	// Once as it was asked for, then with more and more in 16 bits, and in f32 at last.
	made, rep, missed, err := q.attempt(c, q.opt.Wide, q.opt.Keep)
	if err != nil {
		return fmt.Errorf("%s: %w", q.in, err)
	}
	if len(missed) > 0 || q.page != "" {
		if rep.Costs, err = c.Sensitivities(q.opt.Wide, q.opt.Keep); err != nil {
			return fmt.Errorf("%s: %w", q.in, err)
		}
	}
	if len(missed) > 0 && q.search {
		costs := rep.Costs
		likely := func(wide, keep []string) (bool, error) {
			psnr, err := c.Try(wide, keep)
			return psnr >= q.gate.PSNR, err
		}
		found, err := quant.Search(costs, q.opt.Wide, q.opt.Keep, likely, func(wide, keep []string) (bool, error) {
			next, r, still, err := q.attempt(c, wide, keep)
			if err == nil && len(still) == 0 {
				made, rep, missed = next, r, nil
				rep.Costs = costs
			}
			return err == nil && len(still) == 0, err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", q.in, err)
		}
		if found == nil {
			fmt.Fprintln(w, "no layers, left in 16 bits or in f32, let the others pass the gate")
		} else {
			rep.Refused = found.Refused
		}
	}
	fmt.Fprint(w, rep)
	unjudged := ""
	if q.float == nil && !q.noGate {
		unjudged = noMetrics
		fmt.Fprintln(w, unjudged)
	}
	fmt.Fprint(w, costTable(rep))
	if len(rep.Wide) > 0 {
		fmt.Fprintf(w, "left in 16 bits: %s\n", strings.Join(rep.Wide, ", "))
	}
	if len(rep.Kept) > 0 {
		fmt.Fprintf(w, "left in f32: %s\n", strings.Join(rep.Kept, ", "))
	}
	for _, r := range rep.Refused {
		fmt.Fprintf(w, "not in 16 bits: %s\n", r.Why)
	}
	if q.page != "" {
		name := strings.TrimSuffix(filepath.Base(q.in), ".safetensors")
		if m.Meta.Recipe != "" {
			name += " of " + m.Meta.Recipe
		}
		if err := report.WriteQuantization(q.page, &report.Quantization{Name: name, Image: m.Meta.Image, Report: rep, Missed: missed, Unjudged: unjudged}); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		what := strings.Join(missed, "; ")
		if !q.noGate {
			return fmt.Errorf("%s is not written: %s (--search leaves layers in 16 bits or f32, --no-gate writes it all the same)", q.out, what)
		}
		fmt.Fprintf(w, "the gate is missed: %s; %s is written all the same\n", what, q.out)
	}
	return model.Save(q.out, made)
}

// attempt quantizes the model with some layers in 16 bits and some in f32 and says what the gate misses.
func (q *quantization) attempt(c *quant.Calibration, wide, keep []string) (*model.Model, *quant.Report, []string, error) {
	m, r, err := c.Quantize(wide, keep)
	if err != nil {
		return nil, nil, nil, err
	}
	if q.float == nil {
		return m, r, q.gate.Missed(r), nil
	}
	// The same data and networks.
	e := *q.float
	e.m, e.path, e.pix, e.ofSamples = m, q.out, nil, nil
	if r.Metrics, err = q.measure(&e); err != nil {
		return nil, nil, nil, err
	}
	for i, f := range q.figures {
		r.Metrics[i].Float = f.Int
	}
	m.Meta.Quality = r.Quality()
	return m, r, q.gate.Missed(r), nil
}

// gateClassifiers is the number of classifiers whose mean accuracy the gate compares: one alone, trained anew on samples that
// differ in nothing to be seen, says something else by more than the gate is wide.
const gateClassifiers = 4

// measure computes the metrics of a model.
func (q *quantization) measure(e *evaluation) ([]quant.Metric, error) {
	fid, err := e.fid()
	if err != nil {
		return nil, err
	}
	all := []quant.Metric{{Name: "fid", Int: fid.results["fid"]}}
	if q.cas {
		cas, err := e.casOfSamples(gateClassifiers)
		if err != nil {
			return nil, err
		}
		all = append(all, quant.Metric{Name: "cas", Int: cas.Accuracy, Share: true})
	}
	return all, nil
}

// costTable lists the costliest layers.
func costTable(r *quant.Report) string {
	const most = 5
	var s strings.Builder
	if len(r.Costs) > 0 {
		fmt.Fprintf(&s, "%-26s %14s %18s\n", "what costs most", "only it, dB", "all but it, dB")
	}
	for _, c := range r.Costs[:min(most, len(r.Costs))] {
		fmt.Fprintf(&s, "%-26s %14.1f %18.1f\n", c.Layer, c.Only, c.Except)
	}
	return s.String()
}
