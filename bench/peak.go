package bench

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"
)

// Peak is a measured limit of the machine.
type Peak struct {
	Name    string  `json:"name"` // "FMA", "int8", "read L2", "copy memory", ...
	Tier    string  `json:"tier"` // whose instructions reach it
	Threads int     `json:"threads"`
	Rate    float64 `json:"rate"` // the best of several runs
	Unit    string  `json:"unit"` // GFLOP/s, GOP/s or GB/s; what is copied counts twice, read and written
}

// roof is a loop that does nothing but reach a limit.
type roof struct {
	name, tier, unit string
	work             float64                 // operations or bytes of one call of one thread
	warm             int                     // calls that bring its memory back into the cache
	run              func(thread, calls int) // each thread has memory of its own
}

// streams are the loops of a tier that move bytes: n, a multiple of streamUnit, passes times over.
type streams struct {
	read func(p *byte, n, passes int)
	copy func(dst, src *byte, n, passes int)
}

const (
	streamUnit  = 512
	streamChunk = 64 << 10 // bytes of a call of a stream, which cannot be preempted
	streamCall  = 1 << 20  // bytes that one call of a roof moves
)

// goStreams are streams for machines without assembly.
var goStreams = streams{read: readGo, copy: func(dst, src *byte, n, passes int) {
	for range passes {
		copy(unsafe.Slice(dst, n), unsafe.Slice(src, n))
	}
}}

// sink keeps the compiler from dropping a loop.
var sink atomic.Uint64

func readGo(p *byte, n, passes int) {
	var s0, s1, s2, s3 uint64
	for range passes {
		for w := unsafe.Slice((*uint64)(unsafe.Pointer(p)), n/8); len(w) >= 4; w = w[4:] {
			s0 |= w[0]
			s1 |= w[1]
			s2 |= w[2]
			s3 |= w[3]
		}
	}
	sink.Store(s0 | s1 | s2 | s3)
}

// memory is what the streams of a number of threads run over, level by level. Threads share what is shared.
type memory struct {
	levels []Level
	bufs   [][][]byte // of a level and a thread
}

func newMemory(threads int) *memory {
	m := &memory{levels: levels()}
	for _, l := range m.levels {
		n := l.Set
		if l.shared {
			n = max(2*streamUnit, n/threads&^(2*streamUnit-1))
		}
		var bufs [][]byte
		for range threads {
			b := make([]byte, n+64)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1 // a page of its own, not the one of zeros
			}
			off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & 63)
			bufs = append(bufs, b[off:off+n])
		}
		m.bufs = append(m.bufs, bufs)
	}
	return m
}

// roofs are the limits that a tier can reach: those of its arithmetic, then reading and copying in each level.
func (m *memory) roofs(tier string) []roof {
	rs := arithmeticRoofs(tier)
	s := tierStreams(tier)
	for i, l := range m.levels {
		bufs := m.bufs[i]
		warm := 1
		if l.Bytes > 0 {
			warm = 1 + len(bufs[0])/streamCall
		}
		pos := make([]int, len(bufs)*64) // a cache line and more apart
		rs = append(rs,
			roof{"read " + l.Name, tier, "GB/s", streamCall, warm, func(thread, calls int) {
				walk(len(bufs[thread]), &pos[thread*64], calls*streamCall, func(at, n, passes int) {
					s.read(&bufs[thread][at], n, passes)
				})
			}},
			roof{"copy " + l.Name, tier, "GB/s", streamCall, warm, func(thread, calls int) {
				half := len(bufs[thread]) / 2
				walk(half, &pos[thread*64], calls*streamCall/2, func(at, n, passes int) {
					s.copy(&bufs[thread][half+at], &bufs[thread][at], n, passes)
				})
			}})
	}
	return rs
}

// walk goes around and around a buffer of n bytes, from *pos on, in pieces that are so many bytes together.
func walk(n int, pos *int, bytes int, piece func(at, n, passes int)) {
	for left := bytes; left > 0; {
		if n <= streamChunk {
			passes := max(1, streamChunk/n)
			piece(0, n, passes)
			left -= n * passes
			continue
		}
		if *pos+streamChunk > n {
			*pos = 0
		}
		piece(*pos, streamChunk, 1)
		*pos += streamChunk
		left -= streamChunk
	}
}

// loop times a roof on all of so many threads at once.
func (r roof) loop(threads int, budget time.Duration) *loop {
	l := &loop{budget: budget, warm: r.warm}
	if threads == 1 {
		l.time = func(calls int) float64 {
			t := time.Now()
			r.run(0, calls)
			return time.Since(t).Seconds()
		}
		return l
	}
	l.time = func(calls int) float64 {
		var ready atomic.Int64
		began, ended := make([]time.Time, threads), make([]time.Time, threads)
		done := make(chan struct{}, threads)
		for i := range threads {
			go func() {
				ready.Add(1)
				for i := 0; ready.Load() < int64(threads); i++ { // holding on to a thread until every other one is awake
					if i > 1<<20 {
						runtime.Gosched()
					}
				}
				began[i] = time.Now()
				r.run(i, calls)
				ended[i] = time.Now()
				done <- struct{}{}
			}()
		}
		for range threads {
			<-done
		}
		return slices.MaxFunc(ended, time.Time.Compare).Sub(slices.MinFunc(began, time.Time.Compare)).Seconds()
	}
	return l
}

// measure runs the roofs in turns and returns the best that each reached.
func measure(e effort, threads int, rs []roof) []Peak {
	loops := make([]*loop, len(rs))
	for i, r := range rs {
		loops[i] = r.loop(threads, time.Second)
	}
	inTurns(e.with(threads), loops...)
	var ps []Peak
	for i, r := range rs {
		best := slices.Min(loops[i].sec)
		ps = append(ps, Peak{r.name, r.tier, threads, r.work * float64(threads) / best / 1e9, r.unit})
	}
	return ps
}

// arithmetic is a roof of rounds of multiply-adds on registers, in asm calls of some microseconds.
func arithmetic(name, tier, unit string, perRound int, f func(rounds int)) roof {
	const rounds = 4000
	return roof{name, tier, unit, 2 * rounds * float64(perRound), 1, func(_, calls int) {
		for range calls {
			f(rounds)
		}
	}}
}
