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

// augmentationItem is the generators of a hundred digits, and what classifiers learn from them.
func augmentationItem() item {
	it := item{
		name: "augmentation", title: "augmentation: generated digits where there are ten of each class",
		about: fmt.Sprintf("A classifier of digits learns from a hundred, %d of each class, in four ways: from these alone; from these with classic "+
			"augmentation (each picture moved by up to %d pixels and turned by up to 15 degrees, anew each time it is shown); from these and, as "+
			"often, the 10,000 samples of a conditional generator; from both. It is the network that features come from, of half the width, and makes %d "+
			"steps of 100 pictures each way. The generator has seen the same hundred digits, with the same classic augmentation, and nothing else. The seed chooses the "+
			"digits, and is that of both networks. The share of MNIST's 10,000 test digits that are read, in percent.", perClass, classicShift, armOptions.Steps),
		aim:  "generated above real alone and above classic augmentation",
		mean: true,
	}
	for _, arm := range arms {
		it.columns = append(it.columns, column{name: arm.name, head: arm.head, format: "%.2f", scale: 100})
	}
	it.summary = func(runs []record) string {
		var parts []string
		best := 0.0
		for i, c := range it.columns {
			part := c.head + " " + c.mean(runs)
			if !arms[i].generated {
				best = max(best, c.average(runs))
			} else if c.average(runs) <= best {
				part = "**" + part + "**"
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ", ")
	}
	for seed := range uint64(5) {
		it.runs = append(it.runs, run{preset: "digits", note: "a hundred digits", change: forFew, seed: seed, data: fewDigits,
			measure: augmented})
	}
	return it
}

// forFew makes a recipe for few digits of the preset digits.
func forFew(p *gan.Preset) {
	p.Z, p.Truncation, p.R1 = 32, 0, 0.05
	p.Steps, p.Snap = 3000, 500
}

// perClass is the number of real digits of a class that the item augmentation has.
const perClass = 10

// The classic changes of a digit, at most.
const (
	classicShift = 2           // pixels
	classicTurn  = 0.131652498 // tangent of half of 15 degrees
)

// Streams of random numbers of the item augmentation. Those of package metrics end below.
const (
	streamFew     uint32 = 0x3000 // which digits there are
	streamClassic uint32 = 0x3001 // what is done to them
)

// few returns n digits of each of ten classes, which the seed chooses.
func few(set *data.Set, n int, seed uint64) *data.Set {
	f := &data.Set{H: set.H, W: set.W, C: set.C}
	var have [10]int
	for i := 0; i < set.N && f.N < 10*n; i++ {
		k := int(kernels.Permute(uint64(i), uint64(set.N), seed, streamFew))
		if l := set.Labels[k]; have[l] < n {
			have[l]++
			f.N, f.Images, f.Labels = f.N+1, append(f.Images, set.Image(k)...), append(f.Labels, l)
		}
	}
	return f
}

// classic sets dst to a digit moved by up to classicShift pixels, down and to the right, and turned by up to 15 degrees
// about its middle; what comes in is black. It is a function of seed and index alone.
func classic(dst, src []uint8, h, w int, seed, index uint64) {
	var u [4]uint32
	kernels.Uint32s(u[:], seed, streamClassic, 4*index)
	within := func(u uint32, most float64) float64 { return float64(most * (float64(u)*0x1p-31 - 1)) }
	down, right, t := within(u[0], classicShift), within(u[1], classicShift), within(u[2], classicTurn)
	sq := float64(t * t)
	cos, sin := (1-sq)/(1+sq), 2*t/(1+sq)
	const one = 256 // fractions of a pixel
	at := func(y, x int) int {
		if y < 0 || y >= h || x < 0 || x >= w {
			return 0
		}
		return int(src[y*w+x])
	}
	for i := range h {
		for j := range w {
			y, x := float64(i)-float64(h-1)/2-down, float64(j)-float64(w-1)/2-right
			fy := int(math.Floor(one * (float64(cos*y) - float64(sin*x) + float64(h-1)/2)))
			fx := int(math.Floor(one * (float64(sin*y) + float64(cos*x) + float64(w-1)/2)))
			y0, x0 := fy>>8, fx>>8
			py, px := fy-y0*one, fx-x0*one
			above := at(y0, x0)*(one-px) + at(y0, x0+1)*px
			below := at(y0+1, x0)*(one-px) + at(y0+1, x0+1)*px
			dst[i*w+j] = uint8((above*(one-py) + below*py + one*one/2) / (one * one))
		}
	}
}

// changed is a set of n pictures: those of a set, over and over, each time changed in another way.
func changed(real *data.Set, n int, seed uint64) *data.Set {
	c := &data.Set{N: n, H: real.H, W: real.W, C: real.C, Images: make([]uint8, n*real.Size()), Labels: make([]uint8, n)}
	for i := range n {
		classic(c.Image(i), real.Image(i%real.N), c.H, c.W, seed, uint64(i))
		c.Labels[i] = real.Labels[i%real.N]
	}
	return c
}

// arms are the ways to a classifier that the item augmentation compares. They see the same number of pictures.
var arms = []struct {
	name, head         string
	classic, generated bool
}{
	{"real", "real", false, false},
	{"classic", "and classic", true, false},
	{"generated", "and generated", false, true},
	{"both", "and both", true, true},
}

// armOptions are those of each classifier.
var armOptions = metrics.TrainOptions{Width: 8, Steps: 500, Classes: 10}

// accuracies trains a classifier in each of the ways, on real digits and as many generated ones, and returns the shares of
// test digits that they read.
func accuracies(real *data.Set, made []uint8, madeLabels []uint8, test *data.Set, o metrics.TrainOptions, pool *kernels.Pool) (figures, error) {
	mixed := &data.Set{H: real.H, W: real.W, C: real.C, N: 2 * len(madeLabels)}
	for i := range madeLabels {
		mixed.Images = append(mixed.Images, real.Image(i%real.N)...)
		mixed.Labels = append(mixed.Labels, real.Labels[i%real.N])
	}
	mixed.Images, mixed.Labels = append(mixed.Images, made...), append(mixed.Labels, madeLabels...)
	fs := figures{}
	for _, arm := range arms {
		set, o := real, o
		if arm.generated {
			set = mixed
		}
		if arm.classic {
			before := make([]uint8, real.Size())
			o.Augment = func(pictures []uint8, first uint64) {
				for i := 0; i*len(before) < len(pictures); i++ {
					p := pictures[i*len(before):][:len(before)]
					copy(before, p)
					classic(p, before, real.H, real.W, o.Seed, first+uint64(i))
				}
			}
		}
		c, err := metrics.Train(set, o, pool)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arm.name, err)
		}
		fs[arm.name] = c.Accuracy(test)
	}
	return fs, nil
}

// drawn returns the samples of the first n seeds of a conditional generator, and the classes that were asked for.
func drawn(m *model.Model, n int, pool *kernels.Pool) (pix, labels []uint8, err error) {
	if pix, err = samples(m, n, pool); err != nil {
		return nil, nil, err
	}
	labels = make([]uint8, n)
	z := make([]int16, m.Meta.LatentDim)
	for i := range labels {
		m.DrawLatent(z, uint64(i), 0)
		labels[i] = uint8(slices.IndexFunc(z, func(v int16) bool { return v != 0 }))
	}
	return pix, labels, nil
}

// fewDigits is what a generator of the item augmentation learns from: a hundred digits, moved and turned.
func fewDigits(seed uint64) (data.Source, error) {
	if err := loadMNIST(); err != nil {
		return nil, err
	}
	return changed(few(mnist.train, perClass, seed), 50000, seed), nil
}

// augmented compares the classifiers of the hundred digits that a generator has learned from.
func augmented(m *model.Model, pool *kernels.Pool) (figures, error) {
	if err := loadMNIST(); err != nil {
		return nil, err
	}
	pix, labels, err := drawn(m, 10000, pool)
	if err != nil {
		return nil, err
	}
	o := armOptions
	o.Seed = m.Meta.Seed
	return accuracies(few(mnist.train, perClass, o.Seed), pix, labels, mnist.test, o, pool)
}
