package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/digits"
	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/model"
)

// TestEval: the metrics of digits, of a small model, with real figures that are better. (A Parzen window or a classifier score of
// few samples takes typical pictures for better than real ones.)
func TestEval(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at thousands of digits")
	}
	code, out, msg := command("eval", "../../testdata/small-int8.safetensors", "--data", "digits", "--samples", "300", "--json",
		"--metric", "parzen,fid,kid,pr,dc,score,1nn,copies,gan-test")
	if code != 0 {
		t.Fatal(msg)
	}
	better := map[string]string{"parzen": "", "fid": "-value", "kid": "-kid", "pr": "recall", "dc": "coverage",
		"score": "", "1nn": "-accuracy", "copies": "", "gan-test": "accuracy"}
	for l := range strings.Lines(out) {
		var line struct {
			Metric      string
			Model, Real map[string]any
			Of, Flags   []string
		}
		if err := json.Unmarshal([]byte(l), &line); err != nil || len(line.Of) != 2 {
			t.Fatalf("%v: %s", err, l)
		}
		field := better[line.Metric]
		delete(better, line.Metric)
		if field == "" {
			continue
		}
		ours, _ := line.Model[strings.TrimPrefix(field, "-")].(float64)
		real, _ := line.Real[strings.TrimPrefix(field, "-")].(float64)
		if field[0] == '-' {
			ours, real = -ours, -real
		}
		if !(ours < real) {
			t.Errorf("%s: the model's %v is not worse than real data's %v", line.Metric, ours, real)
		}
	}
	if len(better) != 0 {
		t.Errorf("no figures of %v in\n%s", better, out)
	}
}

// TestNotHonest: a generator that copies is found out.
func TestNotHonest(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at thousands of digits")
	}
	all, test := digits.Load()
	train, held := everyNinth(all)
	few := func(pictures []uint8, n int) []uint8 { return append([]uint8{}, pictures[:n*784]...) }
	for _, c := range []struct {
		metric, want string
		samples      []uint8
	}{
		{"copies", "100.0 % of the samples are copies", few(train.Images, 200)},
		{"copies", "", few(held.Images, 200)},
		{"fid", "nearer to the test digits", few(test.Images, 500)},
		{"1nn", "lie nearer to the test digits", few(test.Images, 500)},
		{"parzen", "above real data", few(test.Images, 500)},
	} {
		rows, err := lookUpMetrics(c.metric)
		if err != nil {
			t.Fatal(err)
		}
		e := &evaluation{source: "digits", m: &model.Model{Meta: model.Meta{Image: [3]int{28, 28, 1}}}, pix: c.samples,
			samples: len(c.samples) / 784}
		f, err := rows[0].measure(e)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.flags, "\n"); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: flagged %q, want %q", c.metric, got, c.want)
		}
	}
}

// TestAccuracies: real digits in the place of samples, with and without a class that was asked for, are read and read by as
// well as real digits are. The classifiers are trained for less than those that figures are of.
func TestAccuracies(t *testing.T) {
	if testing.Short() {
		t.Skip("trains classifiers")
	}
	defer func(o metrics.TrainOptions) { casOptions = o }(casOptions)
	casOptions.Steps = 100
	all, _ := digits.Load()
	train, _ := everyNinth(all)
	e := &evaluation{source: "digits", m: &model.Model{Meta: model.Meta{Image: [3]int{28, 28, 1}}}, pix: train.Images, samples: 1000}
	for _, measure := range []func(*evaluation) (*figures, error){(*evaluation).cas, (*evaluation).ganTest} {
		f, err := measure(e)
		if err != nil {
			t.Fatal(err)
		}
		ours, real := f.model.(agreement), f.real.(agreement)
		if ours.Accuracy < 0.8 || math.Abs(ours.Accuracy-real.Accuracy) > 0.03 || strings.Contains(ours.Labels, "asked") {
			t.Errorf("samples %+v, real %+v", ours, real)
		}
	}
	e.m.Meta.Classes = 3
	if _, err := e.cas(); err == nil {
		t.Error("three classes were compared with ten")
	}
}

// TestChannels: digits that were stacked are read one by one.
func TestChannels(t *testing.T) {
	_, test := digits.Load()
	stacked := data.NewStacked(test)
	side := stacked.Info().H
	pix := make([]uint8, 2*stacked.Info().Size())
	for i := range 2 {
		if _, err := stacked.Picture(pix[i*len(pix)/2:][:len(pix)/2], i); err != nil {
			t.Fatal(err)
		}
	}
	cut := channels(pix, side)
	if len(cut) != 6*784 {
		t.Fatalf("%d bytes of two pictures", len(cut))
	}
	for i := range 6 {
		found := false
		for j := range test.N {
			found = found || bytes.Equal(cut[i*784:][:784], test.Image(j))
		}
		if !found {
			t.Errorf("picture %d, channel %d is none of the digits", i/3, i%3)
		}
	}
}
