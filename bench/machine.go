package bench

import (
	"cmp"
	"fmt"
	"runtime"

	"github.com/klauspost/cpuid/v2"
)

// Level is a level of the memory hierarchy.
type Level struct {
	Name    string `json:"name"`              // L1, L2, L3 or memory
	Bytes   int    `json:"bytes,omitempty"`   // its size for one thread; 0: without bound
	Assumed bool   `json:"assumed,omitempty"` // the CPU does not say; a usual size was taken
	Set     int    `json:"set"`               // bytes that one thread works on to measure it
	shared  bool   // by all threads
}

// The memory level is measured on a buffer of this many bytes, or four times the last cache, if that lies in between.
const minMemory, maxMemory = 64 << 20, 256 << 20

// levels are the caches of this machine and its memory. The working set of a measurement fills half of a cache, but not
// more than eight of the one before: a virtual machine often owns only a part of L3.
func levels() []Level {
	caches := cpuid.CPU.Cache
	l1 := Level{Name: "L1", Bytes: caches.L1D}
	l2 := Level{Name: "L2", Bytes: caches.L2}
	if l1.Bytes <= 0 || l2.Bytes <= 0 {
		l1 = Level{Name: "L1", Bytes: 32 << 10, Assumed: true}
		l2 = Level{Name: "L2", Bytes: 512 << 10, Assumed: true}
	}
	ls := []Level{l1, l2}
	if caches.L3 > l2.Bytes {
		ls = append(ls, Level{Name: "L3", Bytes: caches.L3, shared: true})
	} else if runtime.GOARCH == "amd64" { // virtual machines often hide it
		ls = append(ls, Level{Name: "L3", Bytes: max(16<<20, 4*l2.Bytes), Assumed: true, shared: true})
	}
	for i := range ls {
		ls[i].Set = ls[i].Bytes / 2
		if i > 0 {
			ls[i].Set = min(ls[i].Set, 8*ls[i-1].Bytes)
		}
		ls[i].Set &^= streamUnit*2 - 1
	}
	last := ls[len(ls)-1]
	return append(ls, Level{Name: "memory", Set: max(minMemory, min(4*last.Bytes, maxMemory)), shared: true})
}

// levelOf is the smallest level that holds so many bytes when threads share the work.
func levelOf(ls []Level, bytes float64, threads int) Level {
	for _, l := range ls {
		room := float64(l.Bytes)
		if !l.shared {
			room *= float64(threads)
		}
		if l.Bytes == 0 || bytes <= room {
			return l
		}
	}
	return ls[len(ls)-1]
}

// cpuName is what the CPU calls itself.
func cpuName() string { return cmp.Or(cpuid.CPU.BrandName, "unnamed "+runtime.GOARCH) }

// size is a number of bytes for people.
func size(n int) string {
	for _, u := range []struct {
		bytes int
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.bytes {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(u.bytes), u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
