package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/sample"
)

// metric is a row of the table of metrics.
type metric struct {
	name, about string
	digits      bool // of pictures of digits
	measure     func(e *evaluation) (*figures, error)
}

// metricRows is the table.
var metricRows = []metric{
	{"parzen", "the Parzen window estimate of the paper, in nats: sigma is chosen on 1,000 held-out digits, the figure is the\n" +
		"  mean log likelihood of the test digits. As many training digits are the ceiling of honest sampling.", true, (*evaluation).parzen},
	{"fid", "Fréchet distance of Gaussians with the moments of features. It depends on the number of samples.", true, (*evaluation).fid},
	{"kid", "kernel distance of features, without bias, over blocks of 1,000.", true, (*evaluation).kid},
	{"pr", "precision and recall: the shares of samples, and of test digits, that lie among the others (k = 3).", true, (*evaluation).precision},
	{"dc", "density and coverage, the same with balls about the test digits only (k = 5).", true, (*evaluation).density},
	{"score", "classifier score, 1 to 10: samples are surely of a class, and classes equally frequent.", true, (*evaluation).score},
	{"1nn", "accuracy of the nearest neighbour at telling samples from test digits; one half is best.", true, (*evaluation).nearest},
	{"copies", "memorisation: the share of samples closer to a training digit, against the nearest test digit, than all but\n" +
		"  0.1 % of held-out digits are, by pixels.", true, (*evaluation).copies},
	{"gan-test", "the share of samples that a classifier trained on real digits takes for their class; of an unconditional\n" +
		"  model the share on which two such classifiers agree.", true, (*evaluation).ganTest},
	{"cas", "classification accuracy score: the share of test digits that a classifier trained on as many samples as there are\n" +
		"  training digits gets right. The samples of an unconditional model have the classes that the features' network gives them.", true, (*evaluation).cas},
	{"stacked", "of 26,000 pictures of three digits, one a channel: how many of the thousand numbers they show, and the\n" +
		"  divergence from showing all equally often.", false, (*evaluation).stacked},
	{"modes", "how 2,500 points cover the modes of the mixture that the model was trained on (ring8, grid25): modes found, points\n" +
		"  within three standard deviations of one, reverse KL of the modes' shares, spread within modes over the data's.", false, (*evaluation).modes},
	{"mmd", "kernel distance, without bias, of 2,500 points from points of the mixture.", false, (*evaluation).mmd},
}

func (e *evaluation) parzen() (*figures, error) {
	n, pix, err := e.digits()
	if err != nil {
		return nil, err
	}
	if n > e.train.N {
		return nil, usagef("eval: --samples %d; there are %d training digits to compare them with", n, e.train.N)
	}
	valid := e.held.Range(0, min(1000, e.held.N))
	ours, err := gan.Parzen(pix, valid, e.test, e.pool)
	if err != nil {
		return nil, err
	}
	real, err := gan.Parzen(e.train.Range(0, n).Images, valid, e.test, e.pool)
	if err != nil {
		return nil, err
	}
	text := func(r gan.ParzenResult) string {
		return fmt.Sprintf("%.2f +- %.2f nats, sigma %.3f", r.LogLikelihood, r.StdErr, r.Sigma)
	}
	f := &figures{model: ours, real: real, modelText: text(ours), realText: text(real),
		modelNote: fmt.Sprintf("%d samples, %d test digits", ours.Samples, ours.Test),
		realNote:  fmt.Sprintf("%d training digits instead of samples", real.Samples),
		results:   map[string]float64{"parzen": ours.LogLikelihood, "parzen_real": real.LogLikelihood}}
	if ours.LogLikelihood > real.LogLikelihood {
		f.flag("above real data; the samples are averages, not better pictures")
	}
	return f, nil
}

// compared measures samples, and held-out digits in their place, against test digits, by their features.
func compared[R any](e *evaluation, measure func(samples, real *metrics.Matrix) (R, error)) (ours, real R, f *figures, err error) {
	n, samples, held, test, err := e.features()
	if err != nil {
		return ours, real, nil, err
	}
	if ours, err = measure(samples, test); err != nil {
		return ours, real, nil, err
	}
	if real, err = measure(held, test); err != nil {
		return ours, real, nil, err
	}
	return ours, real, &figures{model: ours, real: real, modelNote: fmt.Sprintf("%d samples, %d test digits", n, test.N),
		realNote: fmt.Sprintf("%d held-out digits instead of samples", held.N)}, nil
}

type number struct {
	Value float64 `json:"value"`
}

func (e *evaluation) fid() (*figures, error) {
	ours, real, f, err := compared(e, func(samples, real *metrics.Matrix) (number, error) {
		d, err := metrics.FID(samples, real)
		return number{d}, err
	})
	if err != nil {
		return nil, err
	}
	f.modelText, f.realText = fmt.Sprintf("%.4f", ours.Value), fmt.Sprintf("%.4f", real.Value)
	f.results = map[string]float64{"fid": ours.Value, "fid_real": real.Value}
	if ours.Value < real.Value {
		f.flag("nearer to the test digits than real ones are")
	}
	return f, nil
}

func (e *evaluation) kid() (*figures, error) {
	ours, real, f, err := compared(e, func(samples, real *metrics.Matrix) (metrics.KIDResult, error) {
		return metrics.KID(samples, real, metrics.KIDBlock)
	})
	if err != nil {
		return nil, err
	}
	text := func(r metrics.KIDResult) string { return fmt.Sprintf("%.6f +- %.6f", r.KID, r.StdErr) }
	f.modelText, f.realText = text(ours), text(real)
	f.results = map[string]float64{"kid": ours.KID, "kid_real": real.KID}
	return f, nil
}

func (e *evaluation) precision() (*figures, error) {
	ours, real, f, err := compared(e, func(samples, real *metrics.Matrix) (metrics.PrecisionResult, error) {
		return metrics.PrecisionRecall(samples, real, metrics.PrecisionNeighbours, e.pool)
	})
	if err != nil {
		return nil, err
	}
	text := func(r metrics.PrecisionResult) string {
		return fmt.Sprintf("precision %.4f  recall %.4f", r.Precision, r.Recall)
	}
	f.modelText, f.realText = text(ours), text(real)
	f.results = map[string]float64{"precision": ours.Precision, "recall": ours.Recall, "precision_real": real.Precision,
		"recall_real": real.Recall}
	return f, nil
}

func (e *evaluation) density() (*figures, error) {
	ours, real, f, err := compared(e, func(samples, real *metrics.Matrix) (metrics.DensityResult, error) {
		return metrics.DensityCoverage(samples, real, metrics.DensityNeighbours, e.pool)
	})
	if err != nil {
		return nil, err
	}
	text := func(r metrics.DensityResult) string {
		return fmt.Sprintf("density %.4f  coverage %.4f", r.Density, r.Coverage)
	}
	f.modelText, f.realText = text(ours), text(real)
	f.results = map[string]float64{"density": ours.Density, "coverage": ours.Coverage, "density_real": real.Density,
		"coverage_real": real.Coverage}
	return f, nil
}

func (e *evaluation) nearest() (*figures, error) {
	ours, real, f, err := compared(e, func(samples, real *metrics.Matrix) (metrics.TwoSampleResult, error) {
		n := min(samples.N, real.N)
		return metrics.TwoSample(samples.Range(0, n), real.Range(0, n), e.pool)
	})
	if err != nil {
		return nil, err
	}
	text := func(r metrics.TwoSampleResult) string {
		return fmt.Sprintf("%.4f, of samples %.4f, of test digits %.4f", r.Accuracy, r.Samples, r.Real)
	}
	f.modelText, f.realText = text(ours), text(real)
	f.results = map[string]float64{"1nn": ours.Accuracy, "1nn_real": real.Accuracy}
	if ours.Accuracy < min(0.5, real.Accuracy)-0.02 {
		f.flag("samples lie nearer to the test digits than digits do to each other")
	}
	return f, nil
}

func (e *evaluation) score() (*figures, error) {
	n, pix, err := e.digits()
	if err != nil {
		return nil, err
	}
	net, err := e.network()
	if err != nil {
		return nil, err
	}
	ours, err := metrics.Score(net.Probabilities(pix))
	if err != nil {
		return nil, err
	}
	held := e.held.Range(0, min(n, e.held.N))
	real, err := metrics.Score(net.Probabilities(held.Images))
	return &figures{model: number{ours}, real: number{real}, modelText: fmt.Sprintf("%.4f", ours), realText: fmt.Sprintf("%.4f", real),
		modelNote: fmt.Sprintf("%d samples", n), realNote: fmt.Sprintf("%d held-out digits", held.N),
		results: map[string]float64{"score": ours, "score_real": real}}, err
}

func (e *evaluation) copies() (*figures, error) {
	n, pix, err := e.digits()
	if err != nil {
		return nil, err
	}
	ours, real, err := metrics.Copies(pix, e.held.Images, e.train.Images, e.test.Images, e.test.Size(), e.pool)
	if err != nil {
		return nil, err
	}
	text := func(r metrics.CopiesResult) string {
		return fmt.Sprintf("%.2f %% copies, %.2f %% nearest to a training digit", 100*r.Copies, 100*r.TrainNearer)
	}
	f := &figures{model: ours, real: real, modelText: text(ours), realText: text(real),
		modelNote: fmt.Sprintf("%d samples, %d training and %d test digits", n, e.train.N, e.test.N),
		realNote:  fmt.Sprintf("%d held-out digits instead of samples", e.held.N),
		results:   map[string]float64{"copies": ours.Copies, "copies_real": real.Copies}}
	if most := 10 * max(real.Copies, 0.001); ours.Copies > most {
		f.flag("%.1f %% of the samples are copies of training digits", 100*ours.Copies)
	}
	return f, nil
}

// agreement is what accuracies of classifiers are printed as.
type agreement struct {
	Accuracy float64 `json:"accuracy"`
	Labels   string  `json:"labels"` // where the labels come from
}

func (e *evaluation) ganTest() (*figures, error) {
	n, pix, err := e.digits()
	if err != nil {
		return nil, err
	}
	net, err := e.network()
	if err != nil {
		return nil, err
	}
	held := e.held.Range(0, min(n, e.held.N))
	ours, real := agreement{Labels: "the class that was asked for"}, agreement{Labels: "the digits' own"}
	labels, err := e.classes(n)
	if err != nil {
		return nil, err
	}
	if labels != nil {
		ours.Accuracy, real.Accuracy = metrics.Agreement(net.Classify(pix), labels), net.Accuracy(held)
	} else {
		other, err := e.realClassifier()
		if err != nil {
			return nil, err
		}
		ours.Labels = "what a second classifier says"
		real.Labels = ours.Labels
		ours.Accuracy = metrics.Agreement(net.Classify(pix), other.Classify(pix))
		real.Accuracy = metrics.Agreement(net.Classify(held.Images), other.Classify(held.Images))
	}
	return accuracies("gan-test", ours, real, fmt.Sprintf("%d samples", n), fmt.Sprintf("%d held-out digits", held.N)), nil
}

// accuracies prints two accuracies.
func accuracies(name string, ours, real agreement, modelNote, realNote string) *figures {
	text := func(a agreement) string { return fmt.Sprintf("%.2f %%", 100*a.Accuracy) }
	return &figures{model: ours, real: real, modelText: text(ours), realText: text(real), modelNote: modelNote + ", labels: " + ours.Labels,
		realNote: realNote + ", labels: " + real.Labels, results: map[string]float64{name: ours.Accuracy, name + "_real": real.Accuracy}}
}

// casOfSamples trains n classifiers on as many samples as there are training digits, and returns their mean accuracy.
func (e *evaluation) casOfSamples(classifiers int) (agreement, error) {
	ours := agreement{Labels: "the class that was asked for"}
	if err := e.load(); err != nil {
		return ours, err
	}
	n := e.train.N
	pix, err := e.pictures(n)
	if err != nil {
		return ours, err
	}
	labels, err := e.classes(n)
	if err != nil {
		return ours, err
	}
	if labels == nil {
		net, err := e.network()
		if err != nil {
			return ours, err
		}
		labels, ours.Labels = net.Classify(pix), "what the features' network says"
	}
	set := *e.test
	set.N, set.Images, set.Labels = n, pix, labels
	opt := casOptions
	for range classifiers {
		of, err := metrics.Train(&set, opt, e.pool)
		if err != nil {
			return ours, err
		}
		ours.Accuracy += of.Accuracy(e.test) / float64(classifiers)
		opt.Seed++
	}
	return ours, nil
}

func (e *evaluation) cas() (*figures, error) {
	ours, err := e.casOfSamples(1)
	if err != nil {
		return nil, err
	}
	byReal, err := e.realClassifier()
	if err != nil {
		return nil, err
	}
	real := agreement{Accuracy: byReal.Accuracy(e.test), Labels: "the digits' own"}
	return accuracies("cas", ours, real, fmt.Sprintf("trained on %d samples, %d test digits", e.train.N, e.test.N),
		fmt.Sprintf("trained on %d training digits", e.train.N)), nil
}

func (e *evaluation) stacked() (*figures, error) {
	n := e.count(metrics.StackedSamples)
	side := e.m.Meta.Image[0]
	if side < 28 || e.m.Meta.Image != [3]int{side, side, 3} {
		return nil, fmt.Errorf("%s: makes pictures of %v; three digits, one a channel, are [28 28 3] or larger by a margin", e.path,
			e.m.Meta.Image)
	}
	if err := e.load(); err != nil {
		return nil, err
	}
	net, err := e.network()
	if err != nil {
		return nil, err
	}
	pix, err := e.draw(n)
	if err != nil {
		return nil, err
	}
	ours, err := metrics.Stacked(net.Classify(channels(pix, side)))
	if err != nil {
		return nil, err
	}
	// Real pictures are stacked held-out digits: each of their channels is read as the digit that it is.
	read := *e.held
	read.Labels = net.Classify(e.held.Images)
	stack := data.NewStacked(&read)
	digits := make([]uint8, 0, 3*n)
	for i := range n {
		number := stack.Number(i)
		digits = append(digits, uint8(number/100), uint8(number/10%10), uint8(number%10))
	}
	real, err := metrics.Stacked(digits)
	text := func(r metrics.StackedResult) string { return fmt.Sprintf("%d/1000 modes  KL %.4f", r.Modes, r.KL) }
	return &figures{model: ours, real: real, modelText: text(ours), realText: text(real), modelNote: fmt.Sprintf("%d samples", n),
		realNote: fmt.Sprintf("%d times three held-out digits", n),
		results:  map[string]float64{"modes": float64(ours.Modes), "kl": ours.KL, "kl_real": real.KL}}, err
}

// channels cuts the middle 28x28 pixels out of square pictures of three channels, and makes a picture of each channel.
func channels(pix []uint8, side int) []uint8 {
	const digit = 28
	margin := (side - digit) / 2
	out := make([]uint8, 0, len(pix)/(side*side)*digit*digit)
	for ; len(pix) > 0; pix = pix[3*side*side:] {
		for c := range 3 {
			for y := range digit {
				row := pix[3*((y+margin)*side+margin):][:3*digit]
				for x := range digit {
					out = append(out, row[3*x+c])
				}
			}
		}
	}
	return out
}

// mixture is the one that a model of points was trained on, or that --data names.
func (e *evaluation) mixture() (*gan.Mixture, error) {
	name := e.source
	if name == "" {
		name = e.m.Meta.Recipe
	}
	mix, ok := gan.LookupMixture(name)
	if !ok {
		return nil, usagef("eval: --data %q is no mixture of points; want ring8 or grid25", name)
	}
	if e.m.Meta.Row != mix.Dim() {
		return nil, fmt.Errorf("%s: makes no points of %d coordinates", e.path, mix.Dim())
	}
	return mix, nil
}

// points returns n samples of a model of points, and twice as many points of the mixture.
func (e *evaluation) points(n int) (mix *gan.Mixture, ours, real []float32, err error) {
	if mix, err = e.mixture(); err != nil {
		return nil, nil, nil, err
	}
	s, err := sample.New(e.m, 500, e.pool)
	if err != nil {
		return nil, nil, nil, err
	}
	real = make([]float32, 2*n*mix.Dim())
	mix.Draw(real, 0, 0)
	return mix, s.Rows(sample.Seeds(0, uint64(n-1))), real, nil
}

func (e *evaluation) modes() (*figures, error) {
	n := e.count(2500)
	mix, points, drawn, err := e.points(n)
	if err != nil {
		return nil, err
	}
	ours, err := mix.Modes(points)
	if err != nil {
		return nil, err
	}
	real, err := mix.Modes(drawn[:len(points)])
	text := func(r gan.ModesResult) string {
		return fmt.Sprintf("%d/%d modes  %.2f %% high quality  reverse KL %.4f  spread %.3f", r.Modes, r.Of, 100*r.HighQuality, r.ReverseKL,
			r.Spread)
	}
	f := &figures{model: ours, real: real, modelText: text(ours), realText: text(real), modelNote: fmt.Sprintf("%d points", n),
		realNote: fmt.Sprintf("%d points of the mixture", n), results: map[string]float64{"modes": float64(ours.Modes),
			"reverse_kl": ours.ReverseKL, "high_quality": ours.HighQuality, "spread": ours.Spread}}
	if ours.HighQuality > 0.989 {
		f.flag("more than the 98.9 %% of the data's own points are of high quality; the modes are shrunken (spread %.3f)", ours.Spread)
	}
	return f, err
}

func (e *evaluation) mmd() (*figures, error) {
	n := e.count(2500)
	mix, points, drawn, err := e.points(n)
	if err != nil {
		return nil, err
	}
	all, dim := metrics.FromF32(drawn, mix.Dim()), mix.Dim()
	ours, err := metrics.MMD(metrics.FromF32(points, dim), all.Range(0, n), e.pool)
	if err != nil {
		return nil, err
	}
	real, err := metrics.MMD(all.Range(n, 2*n), all.Range(0, n), e.pool)
	text := func(r metrics.MMDResult) string { return fmt.Sprintf("%.6f", r.MMD2) }
	return &figures{model: ours, real: real, modelText: text(ours), realText: text(real), modelNote: fmt.Sprintf("%d points", n),
		realNote: fmt.Sprintf("%d points of the mixture", n), results: map[string]float64{"mmd2": ours.MMD2, "mmd2_real": real.MMD2}}, err
}
