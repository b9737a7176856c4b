package data

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// slow is a source that is not in memory: it answers late and in disorder, and fails at one picture.
type slow struct {
	set   *Set
	bad   int
	reads atomic.Int64
}

var errBad = errors.New("bad picture")

func (s *slow) Info() Info { return s.set.Info() }

func (s *slow) Picture(dst []uint8, i int) (uint8, error) {
	s.reads.Add(1)
	time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
	if i == s.bad {
		return 0, errBad
	}
	return s.set.Picture(dst, i)
}

// counted is a set whose picture i holds i in all its pixels, and is of class i mod 3.
func counted(n int) *Set {
	s := &Set{N: n, H: 2, W: 2, C: 1, Images: make([]uint8, 4*n), Labels: make([]uint8, n)}
	for i := range n {
		for j := range 4 {
			s.Images[4*i+j] = uint8(i)
		}
		s.Labels[i] = uint8(i % 3)
	}
	return s
}

// TestLoader: the order is the same whatever the workers, in sequence and after a jump, and an epoch holds every picture once.
func TestLoader(t *testing.T) {
	const n, batch = 21, 7
	set := counted(n)
	draw := func(l *Loader, i uint64) ([]uint8, []uint8) {
		pix, labels := make([]uint8, batch*4), make([]uint8, batch)
		l.Batch(pix, labels, i)
		if l.Err() != nil {
			t.Fatal(l.Err())
		}
		return pix, labels
	}
	ref := NewLoader(set, batch, 5, 0)
	defer ref.Close()
	seen := make([]int, n)
	for i := range uint64(3) {
		pix, labels := draw(ref, i)
		for j := range batch {
			seen[pix[4*j]]++
			if labels[j] != pix[4*j]%3 {
				t.Errorf("picture %d has label %d", pix[4*j], labels[j])
			}
		}
	}
	if slices.Min(seen) != 1 || slices.Max(seen) != 1 {
		t.Errorf("an epoch shows the pictures %v times", seen)
	}
	for _, workers := range []int{1, 2, 5} {
		src := &slow{set: set, bad: -1}
		l := NewLoader(src, batch, 5, workers)
		for _, i := range []uint64{0, 1, 2, 3, 9, 10, 4, 4, 5, 1 << 40} {
			want, wantLabels := draw(ref, i)
			got, labels := draw(l, i)
			if !bytes.Equal(got, want) || !bytes.Equal(labels, wantLabels) {
				t.Errorf("%d workers, batch %d: %v, want %v", workers, i, got, want)
			}
		}
		before := src.reads.Load()
		time.Sleep(5 * time.Millisecond)
		if ahead := src.reads.Load(); ahead > before+3*batch {
			t.Errorf("%d pictures were read ahead into a ring of %d", ahead-before, 3*batch)
		}
		l.Close()
	}
}

func TestLoaderFails(t *testing.T) {
	for _, workers := range []int{1, 3} {
		l := NewLoader(&slow{set: counted(10), bad: 4}, 5, 1, workers)
		pix := make([]uint8, 20)
		l.Batch(pix, nil, 0)
		l.Batch(pix, nil, 1)
		if l.Err() != errBad {
			t.Errorf("%v, want %v", l.Err(), errBad)
		}
		l.Batch(pix, nil, 2)
		if l.Err() != errBad || slices.Max(pix) != 0 {
			t.Errorf("%v after a failure: %v", pix, l.Err())
		}
		l.Close()
	}
}

func TestLoaderAllocs(t *testing.T) {
	l := NewLoader(counted(50), 10, 1, 0)
	pix, labels := make([]uint8, 40), make([]uint8, 10)
	i := uint64(0)
	if n := testing.AllocsPerRun(20, func() { l.Batch(pix, labels, i); i++ }); n != 0 {
		t.Errorf("a batch allocates %v times", n)
	}
}
