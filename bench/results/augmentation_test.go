package main

import (
	"bytes"
	"context"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/data/digits"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/model"
)

// TestFew: as many digits of each class, others with another seed, and all of them real.
func TestFew(t *testing.T) {
	train, _ := digits.Load()
	a, b := few(train, perClass, 1), few(train, perClass, 2)
	var have [10]int
	for i := range a.N {
		have[a.Labels[i]]++
		found := false
		for k := 0; k < train.N && !found; k++ {
			found = train.Labels[k] == a.Labels[i] && bytes.Equal(train.Image(k), a.Image(i))
		}
		if !found {
			t.Fatalf("digit %d is none of those", i)
		}
	}
	for c, n := range have {
		if n != perClass {
			t.Errorf("%d digits are of class %d", n, c)
		}
	}
	if bytes.Equal(a.Images, b.Images) {
		t.Error("two seeds choose the same digits")
	}
}

// TestClassic: a bar is moved and turned, by all that it may be and no more, about the middle, and in another way each time.
func TestClassic(t *testing.T) {
	const side, high, wide = 28, 3, 8
	src := make([]uint8, side*side)
	for y := side/2 - high; y < side/2+high; y++ {
		for x := side/2 - wide; x < side/2+wide; x++ {
			src[y*side+x] = 200
		}
	}
	dst, last := make([]uint8, len(src)), make([]uint8, len(src))
	down, right, turn := [2]float64{}, [2]float64{}, [2]float64{}
	for i := range uint64(300) {
		classic(dst, src, side, side, 3, i)
		if bytes.Equal(dst, last) {
			t.Fatalf("pictures %d and %d are the same", i-1, i)
		}
		copy(last, dst)
		var n, y, x, yy, xx, xy float64
		for k, v := range dst {
			v, r, c := float64(v), float64(k/side)-(side-1)/2., float64(k%side)-(side-1)/2.
			n, y, x = n+v, y+v*r, x+v*c
			yy, xx, xy = yy+v*r*r, xx+v*c*c, xy+v*r*c
		}
		if real := 200. * 4 * high * wide; n < 0.97*real || n > 1.03*real {
			t.Fatalf("picture %d has a mass of %.0f; want %.0f", i, n, real)
		}
		y, x = y/n, x/n
		angle := math.Atan2(2*(xy/n-x*y), xx/n-x*x-yy/n+y*y) * 90 / math.Pi
		for at, v := range map[*[2]float64]float64{&down: y, &right: x, &turn: angle} {
			at[0], at[1] = min(at[0], v), max(at[1], v)
		}
	}
	for what, at := range map[string][2]float64{"down": down, "right": right, "turn": turn} {
		most := map[string]float64{"down": classicShift, "right": classicShift, "turn": 15}[what]
		if at[0] < -1.03*most || at[0] > -0.95*most || at[1] < 0.95*most || at[1] > 1.03*most {
			t.Errorf("%s: %.2f to %.2f; want up to %.0f", what, at[0], at[1], most)
		}
	}
}

// TestAugmentation is the item in seconds: a generator that learns from a hundred digits must teach a classifier more than
// these alone do. One that does not learn, or not the classes, cannot.
func TestAugmentation(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, minutes without assembly, and the bits are the same on every tier")
	}
	train, test := digits.Load()
	const seed = 1
	p, err := gan.Lookup("digits")
	if err != nil {
		t.Fatal(err)
	}
	p.Truncation, p.Snap, p.Tick = 0, 1000, 1000
	real := few(train, perClass, seed)
	res, err := gan.Train(context.Background(), gan.Options{Preset: p, Seed: seed, Steps: 1000, Data: changed(real, 5000, seed), OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(res.Generator)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	pool := kernels.NewPool(2)
	defer pool.Close()
	pix, labels, err := drawn(m, 2000, pool)
	if err != nil {
		t.Fatal(err)
	}
	fs, err := accuracies(real, pix, labels, test, metrics.TrainOptions{Width: 4, Steps: 150, Classes: 10, Seed: seed}, pool)
	if err != nil {
		t.Fatal(err)
	}
	if fs["generated"] < fs["real"]+0.02 || fs["real"] < 0.5 {
		t.Errorf("accuracies %v", fs)
	}
}
