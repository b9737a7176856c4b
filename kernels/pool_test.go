package kernels

import (
	"runtime"
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
			c := make(countTask, n)
			p.Run(n, c)
			for i := range c {
				if got := c[i].Load(); got != 1 {
					t.Fatalf("threads %d, n %d: part %d ran %d times", threads, n, i, got)
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
