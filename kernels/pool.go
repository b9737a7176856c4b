package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Task is work that can be cut into numbered parts which touch disjoint outputs and may run in any order.
type Task interface {
	Do(part int)
}

// Pool runs the parts of a task on a fixed number of threads. How many threads there are never changes a result.
//
// Workers wait for work by spinning for a short time, since waking a parked thread costs tens of microseconds, and then
// park. A nil *Pool is valid and runs everything on the calling goroutine.
type Pool struct {
	threads int
	mu      sync.Mutex // held for the length of a Run

	task Task // of the Run in progress; read only after a part of it was claimed
	n    int64

	_         [64]byte // the counters that workers poll share no cache line with the fields above
	unclaimed atomic.Int64
	_         [56]byte
	undone    atomic.Int64
	_         [56]byte
	parked    atomic.Int64
	closed    atomic.Bool
	wake      chan struct{}
}

// spins bounds a wait for work: about 50 microseconds, of the order of waking a parked thread.
const spins = 50_000

// NewPool returns a pool of the given number of threads, the caller's included. It is clamped to 1 .. GOMAXPROCS.
func NewPool(threads int) *Pool {
	threads = max(1, min(threads, runtime.GOMAXPROCS(0)))
	p := &Pool{threads: threads, wake: make(chan struct{}, threads)}
	for range threads - 1 {
		go p.work()
	}
	return p
}

// Threads returns the number of threads of the pool: 1 for a nil pool.
func (p *Pool) Threads() int {
	if p == nil {
		return 1
	}
	return p.threads
}

// Close ends the pool's workers. The pool must not be running, and must not be used again.
func (p *Pool) Close() {
	if p == nil {
		return
	}
	p.closed.Store(true)
	close(p.wake)
}

// Run calls t.Do(i) for every i in [0, n) and returns when all have returned. Tasks must not call Run on the same pool.
func (p *Pool) Run(n int, t Task) {
	if p == nil || p.threads == 1 || n <= 1 {
		for i := range n {
			t.Do(i)
		}
		return
	}
	p.mu.Lock()
	p.task, p.n = t, int64(n)
	p.undone.Store(int64(n))
	p.unclaimed.Store(int64(n))
	for range min(int(p.parked.Load()), n-1) {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	for p.runOne() {
	}
	for i := 0; p.undone.Load() > 0; i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
	p.task = nil
	p.mu.Unlock()
}

// runOne claims one part of the task in progress and runs it; it reports false when none is left.
func (p *Pool) runOne() bool {
	for {
		r := p.unclaimed.Load()
		if r <= 0 {
			return false
		}
		// A claim makes the task stable: Run cannot return before the claimed part is done.
		if p.unclaimed.CompareAndSwap(r, r-1) {
			p.task.Do(int(p.n - r))
			p.undone.Add(-1)
			return true
		}
	}
}

func (p *Pool) work() {
	for !p.closed.Load() {
		for i := 0; i < spins; i++ {
			if p.runOne() {
				i = 0
			}
		}
		p.parked.Add(1)
		if p.unclaimed.Load() <= 0 && !p.closed.Load() {
			<-p.wake
		}
		p.parked.Add(-1)
	}
}
