package data

import (
	"sync"

	"github.com/gannet-ml/gannet/kernels"
)

// streamOrder is the first of the streams of random numbers that order the data: one an epoch. Package gan has those below.
const streamOrder uint32 = 0x80000000

// Loader hands out the batches of a training run: every epoch goes through the source in an order of its own, which is a
// function of the seed. Pictures that are not in memory are read ahead by workers into a ring of three batches; what the
// batches hold does not depend on their number.
//
// A Loader belongs to one goroutine. Close it after use.
type Loader struct {
	src   Source
	info  Info
	batch int
	seed  uint64
	err   error

	// The ring. Pictures of the run are counted from 0; number k lies in slot k mod len(slots).
	mu      sync.Mutex
	changed *sync.Cond
	slots   []slot
	base    uint64 // the first number that was not handed out
	claimed uint64 // the first that no worker has taken on
	busy    int    // workers at a picture
	closed  bool
	workers sync.WaitGroup
}

type slot struct {
	pix   []uint8
	label uint8
	err   error
	ready bool
}

// NewLoader makes a loader of batches of the given size. workers read ahead where the source is not in memory.
func NewLoader(src Source, batch int, seed uint64, workers int) *Loader {
	if d, ok := src.(*Dataset); ok {
		src = d.Source
	}
	l := &Loader{src: src, info: src.Info(), batch: batch, seed: seed}
	if _, ok := src.(*Set); ok {
		return l
	}
	l.changed = sync.NewCond(&l.mu)
	l.slots = make([]slot, 3*batch)
	pix := make([]uint8, len(l.slots)*l.info.Size())
	for i := range l.slots {
		l.slots[i].pix = pix[i*l.info.Size():][:l.info.Size()]
	}
	for range max(1, workers) {
		l.workers.Go(l.work)
	}
	return l
}

// Batch sets dst to the pictures of batch i and labels, unless it is nil, to their labels. After a failure, which Err
// reports, it sets them to zeros.
func (l *Loader) Batch(dst, labels []uint8, i uint64) {
	first, size := i*uint64(l.batch), l.info.Size()
	if l.slots != nil && l.err == nil {
		l.seek(first)
	}
	for j := range l.batch {
		pix := dst[j*size:][:size]
		label := l.next(pix, first+uint64(j))
		if labels != nil {
			labels[j] = label
		}
	}
}

// next sets dst to picture k of the run, the next one where there is a ring.
func (l *Loader) next(dst []uint8, k uint64) (label uint8) {
	if l.err != nil {
		clear(dst)
		return 0
	}
	if l.slots == nil {
		label, l.err = l.src.Picture(dst, l.at(k))
		return label
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.slots[k%uint64(len(l.slots))]
	for !s.ready {
		l.changed.Wait()
	}
	copy(dst, s.pix)
	label, l.err = s.label, s.err
	s.ready = false
	l.base++
	l.changed.Broadcast()
	return label
}

// at returns the index in the source of picture k of the run.
func (l *Loader) at(k uint64) int {
	n := uint64(l.info.N)
	return int(kernels.Permute(k%n, n, l.seed, streamOrder+uint32(k/n)))
}

// seek makes k the next picture of the ring. It empties the ring unless it is that already.
func (l *Loader) seek(k uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.base == k {
		return
	}
	l.claimed = l.base + uint64(len(l.slots)) // no worker takes on more
	for l.busy > 0 {
		l.changed.Wait()
	}
	for i := range l.slots {
		l.slots[i].ready = false
	}
	l.base, l.claimed = k, k
	l.changed.Broadcast()
}

// work reads pictures into the ring.
func (l *Loader) work() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for !l.closed && l.claimed >= l.base+uint64(len(l.slots)) {
			l.changed.Wait()
		}
		if l.closed {
			return
		}
		k := l.claimed
		s := &l.slots[k%uint64(len(l.slots))]
		l.claimed++
		l.busy++
		l.mu.Unlock()
		label, err := l.src.Picture(s.pix, l.at(k))
		l.mu.Lock()
		l.busy--
		s.label, s.err, s.ready = label, err, true
		l.changed.Broadcast()
	}
}

// Err returns the first failure.
func (l *Loader) Err() error { return l.err }

// Close ends the workers.
func (l *Loader) Close() {
	if l.slots == nil {
		return
	}
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	l.workers.Wait()
}
