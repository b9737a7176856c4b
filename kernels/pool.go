package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Task is work that can be cut into numbered parts which touch disjoint outputs and may run in any order.
type Task interface {
	Do(part int)
}

// Pool runs the parts of a task on a fixed number of threads. How many threads there are never changes a result.
//
// Workers wait for work by spinning for a short time, since waking a parked thread costs tens of microseconds, and then
// park. A nil *Pool is valid and runs everything on the calling goroutine. Any number of goroutines may use a pool; it
// runs one task at a time.
type Pool struct {
	threads int
	spin    time.Duration // how long a wait spins before it parks
	mu      sync.Mutex    // held for the length of a Run
	alone   time.Duration // how long callers have worked since they last woke a parked worker

	task Task // of the Run in progress; read only after a part of it was claimed
	n    int64
	own  int64 // parts that the caller has claimed
	line bool  // parts are claimed one after the other, whoever does

	_         [64]byte // the counters that workers poll share no cache line with the fields above
	unclaimed atomic.Int64
	others    atomic.Int64 // parts that the workers have claimed
	_         [48]byte
	undone    atomic.Int64
	_         [56]byte
	parked    atomic.Int64
	waiting   atomic.Bool // the caller is parked until the last part is done
	closed    atomic.Bool
	wake      chan struct{}
	done      chan struct{}
}

const (
	// spinTime is a few times what waking a parked thread takes, so that the serial code between two regions of a
	// program rarely lasts longer.
	spinTime = 200 * time.Microsecond

	// wakeTime is how long the work that is left must take for a thread that is woken now to be of use: the system call
	// costs the caller some 20 microseconds (on a virtual machine), and the thread is there after some 60 more.
	wakeTime = 200 * time.Microsecond

	// aloneTime is how long callers work alone before they wake the workers, whatever is left: it bounds what waking
	// costs a program of short and lonely regions to a twentieth.
	aloneTime = 400 * time.Microsecond
)

// NewPool returns a pool of the given number of threads, the caller's included. It is clamped to 1 .. GOMAXPROCS.
func NewPool(threads int) *Pool {
	threads = max(1, min(threads, runtime.GOMAXPROCS(0)))
	p := &Pool{threads: threads, spin: spinTime, wake: make(chan struct{}, threads), done: make(chan struct{}, 1)}
	if threads > runtime.NumCPU() {
		p.spin = 0 // a spinning worker would keep another from its part
	}
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

// Close ends the pool's workers once a Run in progress is over. Closing again does nothing; Run panics from then on.
func (p *Pool) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed.Swap(true) {
		close(p.wake)
	}
}

// A part that is worth a thread's while takes a few microseconds: it moves partBytes or makes partOps floating-point
// operations.
const (
	partBytes = 32 << 10
	partOps   = 128 << 10
)

// Parts returns into how many of at most limit parts to cut a region that moves so many bytes and makes so many
// floating-point operations (of the kind that vectors do; an exponential is about 20): 1 where a second thread would
// cost more than it does, at most four for each thread, so that the threads end together.
func (p *Pool) Parts(limit, bytes, ops int) int {
	if p.Threads() == 1 {
		return 1
	}
	return max(1, min(limit, 4*p.threads, max(bytes/partBytes, ops/partOps)))
}

// Run calls t.Do(i) for every i in [0, n) and returns when all have returned. Tasks must not call Run on the same pool.
//
// With the workers awake a Run costs about a microsecond, so shorter work should be one part; see Parts. Long work
// should be at least four parts for each thread. A panic in a part ends the program if a worker runs it; on the
// caller's goroutine it can be recovered, and leaves the pool usable and some parts not done.
//
// What a thread wrote in one Run it finds in its caches in the next: as long as all are equally fast, the caller has the
// first share of the parts, and the workers have the others. So parts that are alike should be numbered as they lie in
// memory.
func (p *Pool) Run(n int, t Task) { p.run(n, t, 0, n, false) }

// run is Run where more is known: all parts take a fast thread so long, and so many times as long as the first. In line,
// they are begun in the order of their numbers: the large ones should come first.
func (p *Pool) run(n int, t Task, least time.Duration, firsts int, line bool) {
	if p == nil || p.threads == 1 || n <= 1 {
		for i := range n {
			t.Do(i)
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		panic("kernels: Run on a closed Pool")
	}
	p.task, p.n, p.own, p.line = t, int64(n), 0, line
	p.others.Store(0)
	p.undone.Store(int64(n))
	p.unclaimed.Store(int64(n))
	all := false
	defer func() {
		if !all {
			// The caller's part panicked: the rest is dropped, and others' parts are waited for.
			p.undone.Add(-1 - max(0, p.unclaimed.Swap(0)))
		}
		p.await()
		p.task = nil
	}()
	if p.parked.Load() > 0 {
		p.runWaking(least, firsts)
	}
	for p.runOne(true) {
	}
	all = true
}

// runWaking is a run that finds workers parked. It wakes them at once if enough was done without them or the task is known
// to take long, else when the first part has shown that the rest does.
func (p *Pool) runWaking(least time.Duration, firsts int) {
	start := time.Now()
	wake := p.alone >= aloneTime || least >= wakeTime
	if !wake {
		p.runOne(true)
		wake = time.Since(start)*time.Duration(firsts-1) >= wakeTime
	}
	if left := p.unclaimed.Load(); wake && left > 0 {
		p.alone = 0
		for range min(p.parked.Load(), left) {
			select {
			case p.wake <- struct{}{}:
			default:
			}
		}
	}
	for p.runOne(true) {
	}
	p.alone += time.Since(start)
}

// runOne claims one part of the task in progress, for the caller or a worker, and runs it; it reports false when none
// is left.
func (p *Pool) runOne(caller bool) bool {
	if p.unclaimed.Load() <= 0 {
		return false
	}
	left := p.unclaimed.Add(-1)
	if left < 0 {
		return false
	}
	// A claim makes the task stable: Run cannot return before the claimed part is done.
	part := p.n - 1 - left
	switch {
	case p.line:
	case caller:
		part = p.callers(p.own)
		p.own++
	default:
		part = p.workers(p.others.Add(1) - 1)
	}
	p.task.Do(int(part))
	if p.undone.Add(-1) == 0 && p.waiting.CompareAndSwap(true, false) {
		p.done <- struct{}{}
	}
	return true
}

// callers and workers say which part is the i-th that the caller, or the workers together, claim. Both ascend from the
// beginning of a share of their own, the same part of every Run, so that what they wrote in the last one is in their
// caches; when it is done they go on at the far end of the other's. As many claims as there are parts never meet.
func (p *Pool) callers(i int64) int64 {
	if share := p.share(); i >= share {
		return p.n - 1 - (i - share)
	}
	return i
}

func (p *Pool) workers(i int64) int64 {
	share := p.share()
	if i >= p.n-share {
		return p.n - 1 - i
	}
	return share + i
}

// share is how many parts are the caller's if all are equally fast.
func (p *Pool) share() int64 { return (p.n + int64(p.threads) - 1) / int64(p.threads) }

// await returns when every claimed part is done.
func (p *Pool) await() {
	if p.allDone() || p.spinUntil(p.allDone) {
		return
	}
	// A worker that was held up after the last part of an earlier Run can still send a done that is not this one's.
	for !p.allDone() {
		p.waiting.Store(true)
		if p.allDone() && p.waiting.CompareAndSwap(true, false) {
			return
		}
		<-p.done
	}
}

func (p *Pool) allDone() bool { return p.undone.Load() <= 0 }

func (p *Pool) hasWork() bool { return p.unclaimed.Load() > 0 }

// spinUntil spins until ok, or for as long as the pool allows; it reports whether ok. Now and then it lets other
// goroutines have the processor.
func (p *Pool) spinUntil(ok func() bool) bool {
	for range 4 {
		for start := time.Now(); time.Since(start) < p.spin/4; {
			for range 16 {
				if ok() {
					return true
				}
				pause()
			}
		}
		runtime.Gosched()
	}
	return ok()
}

func (p *Pool) work() {
	for !p.closed.Load() {
		if p.spinUntil(p.hasWork) {
			for p.runOne(false) {
			}
			continue
		}
		p.parked.Add(1)
		if !p.hasWork() && !p.closed.Load() {
			<-p.wake
		}
		p.parked.Add(-1)
	}
}
