package sample

import (
	"fmt"
	"time"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// Speed is how fast a model is on this machine, on the tier in use.
type Speed struct {
	Load  float64 `json:"load_seconds"`  // to open, map and check the file, measured once
	First float64 `json:"first_seconds"` // from opening the file to the first picture, measured once

	// What the process had resident at most, in bytes, when the first picture was there, and when all batches had been
	// drawn; 0 where the system does not say.
	FirstMemory int64 `json:"first_memory,omitempty"`
	PeakMemory  int64 `json:"peak_memory,omitempty"`
}

// Rate is a model's steady state at one batch.
type Rate struct {
	Batch   int
	Seconds []float64 // of one batch, an entry a round
	Hash    string    // of the pictures of seeds 0 to Batch-1
}

// Measure loads a model and measures it: until the first picture, then at batches of 1, 16 and 64 in turns, in so many
// rounds of a slice each or of one batch, a second a batch at most. It returns the model, open, and a sampler that has
// drawn one batch of the given size.
func Measure(path string, batch int, pool *kernels.Pool, rounds int, slice time.Duration) (*model.Model, *Sampler, Speed,
	[]Rate, error) {
	var sp Speed
	began := time.Now()
	m, err := model.LoadToSample(path)
	if err != nil {
		return nil, nil, sp, nil, err
	}
	sp.Load = time.Since(began).Seconds()
	s, rates, err := sp.measure(m, began, batch, pool, rounds, slice)
	if err != nil {
		m.Close()
		return nil, nil, sp, nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, s, sp, rates, nil
}

func (sp *Speed) measure(m *model.Model, began time.Time, batch int, pool *kernels.Pool, rounds int, slice time.Duration) (
	*Sampler, []Rate, error) {
	first, err := New(m, 1, pool)
	if err != nil {
		return nil, nil, err
	}
	first.Sample(make([]uint8, first.Size()), []uint64{0})
	sp.First = time.Since(began).Seconds()
	sp.FirstMemory = Resident()
	rates, err := steadyState(m, pool, rounds, slice)
	if err != nil {
		return nil, nil, err
	}
	s, err := New(m, batch, pool)
	if err != nil {
		return nil, nil, err
	}
	s.Sample(make([]uint8, s.Batch()*s.Size()), Seeds(0, uint64(s.Batch()-1)))
	sp.PeakMemory = max(sp.FirstMemory, Resident()) // Linux counts in batches of pages
	return s, rates, nil
}

// steadyState measures batches in turns, so that what disturbs the machine disturbs all of them.
func steadyState(m *model.Model, pool *kernels.Pool, rounds int, slice time.Duration) ([]Rate, error) {
	const budget = time.Second
	type loop struct {
		s     *Sampler
		pix   []uint8
		seeds []uint64
		calls int
		spent time.Duration
	}
	run := func(l *loop) time.Duration {
		t := time.Now()
		for range l.calls {
			l.s.Sample(l.pix, l.seeds)
		}
		return time.Since(t)
	}
	var rates []Rate
	var loops []*loop
	for _, batch := range []int{1, 16, 64} {
		s, err := New(m, batch, pool)
		if err != nil {
			return nil, err
		}
		if s.Batch() < batch {
			continue // this many pictures at a time need too much memory
		}
		l := &loop{s: s, pix: make([]uint8, batch*s.Size()), seeds: Seeds(0, uint64(batch-1)), calls: 1}
		run(l) // pays for new memory
		one := max(run(l), 1)
		l.calls, l.spent = max(1, int(slice/one)), one
		loops = append(loops, l)
		rates = append(rates, Rate{Batch: batch, Hash: HashPixels(l.pix)})
	}
	for range rounds {
		for i, l := range loops {
			if l.spent > budget && len(rates[i].Seconds) > 0 {
				continue
			}
			if l.calls > 1 {
				l.s.Sample(l.pix, l.seeds) // brings the weights back into the caches
			}
			d := run(l)
			l.spent += d
			rates[i].Seconds = append(rates[i].Seconds, d.Seconds()/float64(l.calls))
		}
	}
	return rates, nil
}
