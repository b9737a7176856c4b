package metrics

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/digits"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// bars are pictures of 8x8 pixels with a bar: of class 0 it stands, of class 1 it lies, of class 2 there are both.
func bars(n int, g draw) *data.Set {
	s := &data.Set{N: n, H: 8, W: 8, C: 1, Images: make([]uint8, 64*n), Labels: make([]uint8, n)}
	for i := range n {
		kind, at := g.next()%3, 1+g.next()%6
		s.Labels[i] = uint8(kind)
		for k := range 8 {
			if kind != 1 {
				s.Image(i)[8*k+at] = 255
			}
			if kind != 0 {
				s.Image(i)[8*at+k] = 255
			}
		}
		for k := range 64 {
			s.Image(i)[k] ^= uint8(g.next() % 64)
		}
	}
	return s
}

// hashOf is the beginning of the hash of what a classifier makes of pictures.
func hashOf(c *Classifier, pictures []uint8) string {
	t := graph.NewTensor("features", graph.F32, graph.Of(len(pictures)/c.Size(), Features))
	for i, v := range c.Features(pictures).X {
		t.F32()[i] = float32(v)
	}
	var b bytes.Buffer
	for _, v := range t.F32() {
		fmt.Fprintf(&b, "%x ", v)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))[:16]
}

// TestTrain: a classifier learns, to the same bits on every tier, machine and number of threads.
func TestTrain(t *testing.T) {
	train, test := bars(500, 1), bars(150, 2)
	o := TrainOptions{Width: 4, Steps: 60, Seed: 3, Augment: Shifted([3]int{8, 8, 1}, 1, 3)}
	threads := []int{1, 2}
	if testing.Short() {
		threads = threads[1:]
	}
	for _, n := range threads {
		pool := kernels.NewPool(n)
		c, err := Train(train, o, pool)
		if err != nil {
			t.Fatal(err)
		}
		if a := c.Accuracy(test); a < 0.9 {
			t.Errorf("%.3f of bars are seen for what they are", a)
		}
		if got, want := hashOf(c, test.Images[:64*30]), "e2c4d1ad61b9a172"; got != want {
			t.Errorf("%d threads: features %s, want %s", n, got, want)
		}
		p := c.Probabilities(test.Images)
		for i := range p.N {
			sum := 0.0
			for _, v := range p.Row(i) {
				sum += v
			}
			if sum < 1-1e-9 || sum > 1+1e-9 {
				t.Fatalf("probabilities add up to %v", sum)
			}
		}
		pool.Close()
	}
	for _, bad := range []TrainOptions{{}, {Steps: 1, Classes: 2}, {Steps: 1, Width: 1000}} {
		if _, err := Train(train, bad, nil); err == nil {
			t.Errorf("%+v was trained", bad)
		}
	}
}

// TestShifted: pictures move as wholes.
func TestShifted(t *testing.T) {
	const h, w, c, n = 5, 4, 2, 50
	pix := make([]uint8, n*h*w*c)
	for i := range n {
		pix[i*h*w*c+(2*w+1)*c+1] = 9 // row 2, column 1, channel 1
	}
	Shifted([3]int{h, w, c}, 1, 5)(pix, 7)
	seen := map[int]bool{}
	for i := range n {
		p := pix[i*h*w*c:][:h*w*c]
		at := slices.Index(p, 9)
		if at%c != 1 || slices.Max(p[at+1:]) != 0 {
			t.Fatalf("picture %d: %v", i, p)
		}
		seen[at/c-(2*w+1)] = true
	}
	if len(seen) != 9 {
		t.Errorf("moved by %v", seen)
	}
	one := make([]uint8, h*w*c)
	one[(2*w+1)*c+1] = 9
	Shifted([3]int{h, w, c}, 1, 5)(one, 7+20)
	if !bytes.Equal(one, pix[20*h*w*c:][:h*w*c]) {
		t.Error("picture 27 moves otherwise in other company")
	}
}

// TestPinned: the network that the program carries is whole, the same everywhere, and reads digits that it never saw.
func TestPinned(t *testing.T) {
	if testing.Short() && kernels.Tier() == "generic" {
		t.Skip("a network of digits, without assembly")
	}
	c, r, err := Pinned(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, test := digits.Load()
	if testing.Short() {
		test = test.Range(0, 100)
	}
	if a := c.Accuracy(test); a < 0.99 || r.Accuracy < 0.992 {
		t.Errorf("%v of %d digits are read, of MNIST's %v; want 0.992", a, test.N, r.Accuracy)
	}
	if got, want := hashOf(c, test.Images[:784*20]), "edc9ec75000d9e71"; got != want {
		t.Errorf("features %s, want %s", got, want)
	}
}

// TestForeign: a file that is no classifier's is refused.
func TestForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, metadata := range []string{"", "{}", `{"shape":[28,28,1],"classes":10,"width":16}`} {
		if err := model.Write(path, map[string]string{keyFeatures: metadata}, nil); err != nil {
			t.Fatal(err)
		}
		f, err := model.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := fromFile(f, nil); err == nil {
			t.Errorf("%q was taken for a classifier", metadata)
		}
		f.Close()
	}
}
