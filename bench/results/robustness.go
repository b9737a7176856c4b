package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/model"
)

// What a run of the item robustness must reach to count as one without collapse: the standard deviation of features within
// classes against that of real digits, and the share of the rarest class. Neither asks how good the digits are.
const (
	leastVariety = 0.5
	leastClass   = 0.02
)

// factor is a multiple of a hyper-parameter.
type factor struct {
	by   float64
	text string
}

var (
	rateFactors  = []factor{{1. / 3, "1/3"}, {1, "1"}, {3, "3"}}
	gammaFactors = []factor{{0.1, "1/10"}, {1, "1"}, {10, "10"}}
)

// robustnessItem is the grid of learning rates and penalties about two recipes, in short runs.
func robustnessItem() item {
	const steps = 1500
	it := item{
		name: "robustness", title: "robustness: learning rates and penalties around the defaults",
		about: fmt.Sprintf("Both learning rates times 1/3, 1 and 3, and gamma times 1/10, 1 and 10, around what the presets r3gan28 and dcgan28 say, "+
			"%d steps of each. The DCGAN has no penalty of its own: it gets r3gan28's R1, so that the "+
			"grid is the same, and three runs without it. A run collapsed if an alarm stopped it, if 2,000 samples vary less than half as much "+
			"as 2,000 test digits (variety: the standard deviation, within classes, of our own network's features, against theirs), or if a class has less "+
			"than %.0f %% of the samples. How far a run has come in so few steps is another matter, of FID and coverage (of 2,000 held-out digits: 94 %%).",
			steps, 100*leastClass),
		aim: "no run collapses",
		columns: []column{
			{name: "variety", head: "variety", format: "%.2f", lo: leastVariety, hi: math.Inf(1)},
			{name: "rarest", head: "rarest class %", format: "%.1f", scale: 100, lo: leastClass, hi: 1},
			{name: "coverage", head: "coverage", format: "%.3f"},
			{name: "fid", head: "FID", format: "%.1f"},
		},
		summary: func(runs []record) string {
			var parts []string
			for _, preset := range []string{"r3gan28", "dcgan28"} {
				held, all := 0, 0
				for _, r := range runs {
					if r.Preset == preset {
						all++
						if !collapsed(&r) {
							held++
						}
					}
				}
				parts = append(parts, fmt.Sprintf("%s %d of %d hold", preset, held, all))
			}
			return strings.Join(parts, ", ")
		},
	}
	penalized, err := gan.Lookup("r3gan28")
	if err != nil {
		panic("results: " + err.Error())
	}
	add := func(preset, note string, change func(p *gan.Preset)) {
		it.runs = append(it.runs, run{preset: preset, note: note, change: change, steps: steps, measure: covers})
	}
	rates := func(p *gan.Preset, by float64) { p.OptG.LR, p.OptD.LR = p.OptG.LR*by, p.OptD.LR*by }
	for _, preset := range []string{"r3gan28", "dcgan28"} {
		for _, rate := range rateFactors {
			for _, gamma := range gammaFactors {
				add(preset, fmt.Sprintf("rate x %s, gamma x %s", rate.text, gamma.text), func(p *gan.Preset) {
					rates(p, rate.by)
					if p.Name == "dcgan28" {
						p.R1, p.PenaltyBatch = penalized.R1, penalized.PenaltyBatch
					}
					p.R1, p.R2 = p.R1*float32(gamma.by), p.R2*float32(gamma.by)
				})
			}
		}
	}
	for _, rate := range rateFactors {
		add("dcgan28", fmt.Sprintf("rate x %s, no penalty", rate.text), func(p *gan.Preset) { rates(p, rate.by) })
	}
	return it
}

// collapsed reports a run of the item robustness that an alarm stopped or whose samples are too few different ones.
func collapsed(r *record) bool {
	return r.Alarm != "" || !(r.Figures["variety"] >= leastVariety && r.Figures["rarest"] >= leastClass)
}

// covers measures how much of the test digits 2,000 samples show.
func covers(m *model.Model, pool *kernels.Pool) (figures, error) {
	if err := loadMNIST(); err != nil {
		return nil, err
	}
	const n = 2000
	pix, err := samples(m, n, pool)
	if err != nil {
		return nil, err
	}
	return shown(pix, mnist.test.Range(0, n), pool)
}

// shown measures how much of the real digits pictures show.
func shown(pix []uint8, real *data.Set, pool *kernels.Pool) (figures, error) {
	net, _, err := metrics.Pinned(pool)
	if err != nil {
		return nil, err
	}
	made, found := net.Features(pix), net.Features(real.Images)
	dc, err := metrics.DensityCoverage(made, found, metrics.DensityNeighbours, pool)
	if err != nil {
		return nil, err
	}
	fid, err := metrics.FID(made, found)
	if err != nil {
		return nil, err
	}
	classes := net.Classify(pix)
	count := make([]int, net.Classes)
	for _, c := range classes {
		count[c]++
	}
	return figures{"coverage": dc.Coverage, "fid": fid, "rarest": float64(slices.Min(count)) / float64(made.N),
		"variety": within(made, classes, net.Classes) / within(found, net.Classify(real.Images), net.Classes)}, nil
}

// within is the standard deviation of features [n, d] within classes: the root of the mean squared distance of a picture's from
// their mean over its class.
func within(m *metrics.Matrix, class []uint8, classes int) float64 {
	count, mean := make([]float64, classes), metrics.NewMatrix(classes, m.D)
	for i, c := range class {
		count[c]++
		for j, v := range m.Row(i) {
			mean.Row(int(c))[j] += v
		}
	}
	sum := 0.0
	for i, c := range class {
		for j, v := range m.Row(i) {
			d := v - mean.Row(int(c))[j]/count[c]
			sum += float64(d * d)
		}
	}
	return math.Sqrt(sum / float64(m.N))
}
