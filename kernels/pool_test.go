package kernels

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type countTask []atomic.Int32

func (c countTask) Do(i int) { c[i].Add(1) }

func TestPoolRunsEachPartOnce(t *testing.T) {
	old := runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(old)
	for _, threads := range []int{0, 1, 2, 3, 4, 9} {
		p := NewPool(threads)
		for n := range 70 {
			for _, line := range []bool{false, true} {
				c := make(countTask, n)
				p.run(n, c, 0, n, line)
				for i := range c {
					if got := c[i].Load(); got != 1 {
						t.Fatalf("threads %d, n %d, in line %v: part %d ran %d times", threads, n, line, i, got)
					}
				}
			}
			if n%23 == 0 {
				time.Sleep(2 * time.Millisecond) // long enough for the workers to park
			}
		}
		p.Close()
	}
	var p *Pool
	c := make(countTask, 5)
	p.Run(5, c)
	p.Close()
	for i := range c {
		if c[i].Load() != 1 || p.Threads() != 1 {
			t.Fatal("a nil pool must run every part on the caller")
		}
	}
}

// TestPoolShares: however many parts the caller claims, it and the workers run each once, and both begin where they always
// do.
func TestPoolShares(t *testing.T) {
	for _, threads := range []int{2, 3, 8} {
		for n := range int64(40) {
			p := &Pool{threads: threads, n: n}
			if n >= int64(threads) && (p.callers(0) != 0 || p.workers(0) != p.share()) {
				t.Errorf("%d parts on %d threads begin at %d and %d", n, threads, p.callers(0), p.workers(0))
			}
			for claims := range n + 1 {
				ran := make([]int, n)
				for i := range claims {
					ran[p.callers(i)]++
				}
				for i := range n - claims {
					ran[p.workers(i)]++
				}
				if slices.Max(append(ran, 1)) != 1 || slices.Contains(ran, 0) {
					t.Fatalf("%d parts on %d threads, %d claimed by the caller: they run %v times", n, threads, claims, ran)
				}
			}
		}
	}
}

func TestPoolSharedByGoroutines(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for range 200 {
				c := make(countTask, 13)
				p.Run(len(c), c)
				for i := range c {
					ok = ok && c[i].Load() == 1
				}
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Fatal("a part was lost or ran twice")
		}
	}
}

// TestPoolAfterPanic: a panic on the caller's goroutine leaves the pool usable.
func TestPoolAfterPanic(t *testing.T) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	p := NewPool(2)
	defer p.Close()
	for range 50 {
		var ran atomic.Int32
		func() {
			defer func() {
				if r := recover(); r != "part" {
					t.Errorf("recovered %v", r)
				}
			}()
			p.Run(10000, panicTask{goid(), &ran})
		}()
		before := ran.Load()
		c := make(countTask, 20)
		p.Run(len(c), c)
		for i := range c {
			if c[i].Load() != 1 {
				t.Fatalf("part %d ran %d times after a panic", i, c[i].Load())
			}
		}
		if ran.Load() != before {
			t.Fatal("a part of the task that panicked ran after its Run had returned")
		}
	}
}

// panicTask panics on the goroutine that it was made on.
type panicTask struct {
	caller string
	ran    *atomic.Int32
}

func (t panicTask) Do(int) {
	if goid() == t.caller {
		panic("part")
	}
	time.Sleep(10 * time.Microsecond) // the caller must get its turn
	t.ran.Add(1)
}

// goid returns the line of a stack trace that names the goroutine.
func goid() string {
	var b [64]byte
	s, _, _ := strings.Cut(string(b[:runtime.Stack(b[:], false)]), "[")
	return s
}

// TestPoolLateDone: a worker that ended an earlier Run and was held up since does not end this one.
func TestPoolLateDone(t *testing.T) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	p := NewPool(2)
	defer p.Close()
	if p.Threads() < 2 {
		t.Skip("needs two threads")
	}
	hold := holdTask{began: make(chan bool), release: make(chan bool)}
	returned := make(chan bool)
	go func() {
		hold := hold
		hold.caller = goid()
		p.alone = aloneTime // a parked worker is woken at once
		p.Run(2, hold)
		close(returned)
	}()
	<-hold.began
	for !p.waiting.CompareAndSwap(true, false) { // what such a worker does
		time.Sleep(100 * time.Microsecond)
	}
	p.done <- struct{}{}
	select {
	case <-returned:
		t.Error("Run returned before its last part")
	case <-time.After(20 * time.Millisecond):
	}
	close(hold.release)
	<-returned
}

// holdTask holds up its part that a worker runs; the caller waits until there is one.
type holdTask struct {
	caller         string
	began, release chan bool
}

func (t holdTask) Do(int) {
	if goid() == t.caller {
		<-t.began
		return
	}
	close(t.began)
	<-t.release
}

// TestPoolCrowd: goroutines that share a pool, of more threads than processors too, whose tasks panic on the caller now and
// then, lose no part, also while GOMAXPROCS changes.
func TestPoolCrowd(t *testing.T) {
	old := runtime.GOMAXPROCS(8)
	defer runtime.GOMAXPROCS(old)
	for _, threads := range []int{2, 8} {
		runtime.GOMAXPROCS(8)
		p := NewPool(threads)
		var wg sync.WaitGroup
		for seed := range 4 {
			wg.Go(func() {
				caller := goid()
				for i := range 300 {
					n := 2 + (7*i+seed)%23
					c := make(countTask, n)
					ok := func() (ok bool) {
						defer func() { recover() }()
						p.Run(n, crowdTask{c, caller, i%5 == 0})
						return true
					}()
					for part := range c {
						if got := c[part].Load(); got > 1 || ok && got != 1 {
							t.Errorf("part %d of %d ran %d times", part, n, got)
						}
					}
					if i%50 == seed {
						runtime.GOMAXPROCS(1 + (i/50+seed)%8)
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		wg.Wait()
		p.Close()
	}
}

// crowdTask counts its parts, some of which yield or take long, and may panic in the caller's second.
type crowdTask struct {
	countTask
	caller string
	panics bool
}

func (t crowdTask) Do(i int) {
	if t.panics && i == 1 && goid() == t.caller {
		panic("part")
	}
	if i%3 == 0 {
		runtime.Gosched()
	}
	t.countTask.Do(i)
}

func TestPoolClosed(t *testing.T) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	before := runtime.NumGoroutine()
	p := NewPool(2)
	if p.Threads() < 2 {
		t.Skip("needs two threads")
	}
	p.Run(4, make(countTask, 4))
	p.Close()
	p.Close()
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 1000 {
			t.Fatal("a worker outlives its pool")
		}
		time.Sleep(time.Millisecond)
	}
	defer func() {
		if recover() == nil {
			t.Error("a Run on a closed pool did not panic")
		}
	}()
	p.Run(4, make(countTask, 4))
}

// TestPoolWakes: short regions are done by the caller alone while the workers are parked, but not for ever; a long one
// is not.
func TestPoolWakes(t *testing.T) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	p := NewPool(2)
	defer p.Close()
	if p.Threads() < 2 {
		t.Skip("needs two threads")
	}
	park := func() {
		for p.parked.Load() == 0 {
			time.Sleep(100 * time.Microsecond)
		}
	}
	// A loaded machine makes a region long now and then, or has a worker seem parked that is on its way back.
	woken, due, helped := 0, 0, 0
	for range 5 {
		park()
		p.alone = 0
		c := make(countTask, 8)
		p.Run(len(c), c)
		if p.alone == 0 {
			woken++
		}
		park()
		p.alone = aloneTime
		p.Run(len(c), c)
		if p.alone < aloneTime {
			due++
		}
		park()
		p.alone = 0
		long := sleepTask{goid(), new(atomic.Int32)}
		p.Run(8, long)
		if long.n.Load() > 0 {
			helped++
		}
	}
	if woken == 5 {
		t.Error("tiny regions wake the worker")
	}
	if due == 0 {
		t.Error("after much work alone a tiny region does not wake the worker")
	}
	if helped == 0 {
		t.Error("a long region does not wake the worker")
	}
}

// sleepTask counts the parts that the caller leaves to others.
type sleepTask struct {
	caller string
	n      *atomic.Int32
}

func (t sleepTask) Do(int) {
	time.Sleep(time.Millisecond)
	if goid() != t.caller {
		t.n.Add(1)
	}
}

func TestPoolParts(t *testing.T) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	p := NewPool(2)
	defer p.Close()
	if p.Threads() < 2 {
		t.Skip("needs two threads")
	}
	for _, c := range []struct{ limit, bytes, ops, want int }{
		{100, 0, 0, 1}, {100, partBytes, partOps, 1}, {100, 2 * partBytes, 0, 2}, {100, 0, 3 * partOps, 3}, {2, 1 << 30, 0, 2},
		{1, 1 << 30, 1 << 30, 1}, {0, 1 << 30, 0, 1}, {100, 1 << 30, 0, 8}, {100, 1 << 20, 1 << 30, 8},
	} {
		if got := p.Parts(c.limit, c.bytes, c.ops); got != c.want {
			t.Errorf("Parts(%d, %d, %d) = %d, want %d", c.limit, c.bytes, c.ops, got, c.want)
		}
	}
	var alone *Pool
	if got := alone.Parts(100, 1<<30, 1<<30); got != 1 {
		t.Errorf("%d parts for one thread", got)
	}
}
