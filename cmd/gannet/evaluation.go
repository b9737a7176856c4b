package main

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// evaluation is what the metrics of one call share: each part is made when the first metric asks for it.
type evaluation struct {
	path    string
	m       *model.Model
	source  string // --data
	samples int    // --samples, or 0
	pool    *kernels.Pool

	train, held, test *data.Set
	pix               []uint8 // samples, of seeds 0 onwards
	net               *metrics.Classifier
	byReal            *metrics.Classifier
	ofSamples         *metrics.Matrix // features
	ofHeld, ofTest    *metrics.Matrix
}

// count is the number of samples of a metric that takes so many.
func (e *evaluation) count(usual int) int {
	if e.samples > 0 {
		return e.samples
	}
	return usual
}

// load reads the digits: for training, held out, and for testing.
func (e *evaluation) load() error {
	if e.train != nil {
		return nil
	}
	name, dir := "mnist", e.source
	switch e.source {
	case "mnist", "digits":
		name, dir = e.source, ""
	}
	train, held, test, err := loadData(name, dir)
	if err != nil {
		return err
	}
	if name == "digits" {
		train, held = everyNinth(train)
	}
	e.train, e.held, e.test = train, held, test
	return nil
}

// everyNinth holds out every ninth of the embedded digits, whose last ones are not of all classes alike.
func everyNinth(all *data.Set) (rest, ninth *data.Set) {
	rest, ninth = &data.Set{H: all.H, W: all.W, C: all.C}, &data.Set{H: all.H, W: all.W, C: all.C}
	for i := range all.N {
		to := rest
		if i%9 == 8 {
			to = ninth
		}
		to.N, to.Images, to.Labels = to.N+1, append(to.Images, all.Image(i)...), append(to.Labels, all.Labels[i])
	}
	return rest, ninth
}

// draw returns the samples of seeds 0 to n-1.
func (e *evaluation) draw(n int) ([]uint8, error) {
	size := e.m.SampleBytes()
	if have := len(e.pix) / size; have < n {
		s, err := sample.New(e.m, 100, e.pool)
		if err != nil {
			return nil, err
		}
		e.pix = slices.Grow(e.pix, (n-have)*size)[:n*size]
		s.Sample(e.pix[have*size:], sample.Seeds(uint64(have), uint64(n-1)))
	}
	return e.pix[:n*size], nil
}

// pictures is draw for a model of digits. The digits are loaded.
func (e *evaluation) pictures(n int) ([]uint8, error) {
	if err := e.load(); err != nil {
		return nil, err
	}
	if want := [3]int{e.test.H, e.test.W, e.test.C}; e.m.Meta.Image != want {
		return nil, fmt.Errorf("%s: makes pictures of %v, the test digits are %v", e.path, e.m.Meta.Image, want)
	}
	return e.draw(n)
}

// digits returns the samples of a metric of digits, and how many they are: by default as many as digits were held out.
func (e *evaluation) digits() (n int, pix []uint8, err error) {
	if err := e.load(); err != nil {
		return 0, nil, err
	}
	n = e.count(e.held.N)
	pix, err = e.pictures(n)
	return n, pix, err
}

// classes returns the classes that the samples of seeds 0 to n-1 were asked to be of, or nil where the model takes none.
func (e *evaluation) classes(n int) ([]uint8, error) {
	classes := e.m.Meta.Classes
	if classes == 0 {
		return nil, nil
	}
	if have := e.test.Info().Classes; classes != have {
		return nil, fmt.Errorf("%s: makes pictures of %d classes, the test digits have %d", e.path, classes, have)
	}
	labels, z := make([]uint8, n), make([]int16, e.m.Meta.LatentDim)
	for i := range labels {
		e.m.DrawLatent(z, uint64(i), 0)
		labels[i] = uint8(slices.IndexFunc(z, func(v int16) bool { return v != 0 }))
	}
	return labels, nil
}

// network is that of the features.
func (e *evaluation) network() (*metrics.Classifier, error) {
	if e.net != nil {
		return e.net, nil
	}
	net, _, err := metrics.Pinned(e.pool)
	e.net = net
	return net, err
}

// features returns those of n samples, of as many held-out digits, where there are as many, and of the test digits.
func (e *evaluation) features() (n int, samples, held, test *metrics.Matrix, err error) {
	n, pix, err := e.digits()
	if err != nil {
		return 0, nil, nil, nil, err
	}
	net, err := e.network()
	if err != nil {
		return 0, nil, nil, nil, err
	}
	if e.ofTest == nil {
		e.ofTest, e.ofHeld = net.Features(e.test.Images), net.Features(e.held.Range(0, min(n, e.held.N)).Images)
	}
	if e.ofSamples == nil {
		e.ofSamples = net.Features(pix)
	}
	return n, e.ofSamples, e.ofHeld, e.ofTest, nil
}

// casOptions are those of the classifiers of cas and gan-test: four times through 50,000 pictures.
var casOptions = metrics.TrainOptions{Width: 8, Classes: 10, Steps: 2000, Seed: 2}

// realClassifier is trained on as many training digits as cas trains on samples.
func (e *evaluation) realClassifier() (*metrics.Classifier, error) {
	if e.byReal != nil {
		return e.byReal, nil
	}
	c, err := metrics.Train(e.train, casOptions, e.pool)
	e.byReal = c
	return c, err
}
