package kernels

import (
	"runtime"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// allocated returns the bytes that f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// TestMemory: what is said beforehand is enough, and not much more than that.
func TestMemory(t *testing.T) {
	if guard.Race {
		t.Skip("allocations are the race detector's too")
	}
	const small = 64 << 10 // headers, tables, a pool's first turn
	check := func(what string, said int, f func()) {
		t.Helper()
		if got := allocated(f); got > said+small || said > 3*got+2*small {
			t.Errorf("%s, %s: %d bytes were said, %d allocated", Tier(), what, said, got)
		}
	}
	pool := NewPool(2)
	defer pool.Close()
	threads := pool.Threads()
	eachTier(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 110, 1200}, {64, 300, 784}, {17, 1200, 99}, {600, 64, 48}} {
			m, k, n := s[0], s[1], s[2]
			a, b, c := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
			var packed *PackedB
			check("PackB", PackedBytes(k, n), func() { packed = PackB(k, n, b, n, false) })
			g := &Gemm{M: m, N: n, K: k, A: a, Lda: k, Packed: packed, C: c, Ldc: n}
			check("Gemm", g.RunBytes(threads, true), func() { g.Run(pool) })
			h := &Gemm{M: m, N: n, K: k, A: a, Lda: k, B: b, Ldb: n, C: c, Ldc: n}
			check("Gemm of an unpacked B", h.RunBytes(threads, false), func() { h.Run(pool) })

			var s8 *PackedS8
			w := make([]int8, k*n)
			check("PackS8", PackedS8Bytes(k, n), func() { s8 = PackS8(k, n, w, n) })
			u := &GemmU8{M: m, N: n, K: k, A: make([]uint8, m*k), Lda: k, B: s8, C32: make([]int32, m*n), Ldc: n}
			said := u.RunBytes(threads)
			if got := allocated(func() { u.Run(pool) }); got > said+small {
				t.Errorf("%s, GemmU8: %d bytes were said, %d allocated", Tier(), said, got)
			}
		}
		for _, s := range []ConvShape{
			{N: 3, H: 8, W: 8, Cin: 32, OH: 4, OW: 4, Cout: 64, KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1},
			{N: 3, H: 32, W: 32, Cin: 3, OH: 16, OW: 16, Cout: 64, KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1},
			{N: 3, H: 4, W: 4, Cin: 64, OH: 1, OW: 1, Cout: 100, KH: 4, KW: 4},
			{N: 3, H: 28, W: 28, Cin: 64, OH: 28, OW: 28, Cout: 64, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 4},
			{N: 3, H: 12, W: 12, Cin: 80, OH: 12, OW: 12, Cout: 80, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 80},
		} {
			x, w, y := s.Sizes()
			for _, role := range []ConvRole{ConvOut, ConvDX} {
				c := &Conv{ConvShape: s, Role: role, X: make([]float32, x), Y: make([]float32, y)}
				weights := make([]float32, w)
				check("PackConv", PackedConvBytes(s, role), func() { c.Packed = PackConv(s, role, weights) })
				check("Conv", c.RunBytes(threads, true), func() { c.Run(pool) })

				l := ConvU8Layer{ConvShape: s, Role: role, Weights: make([]int8, w), Mult: make([]int32, 100), Shift: make([]uint8, 100)}
				in, out := l.Sizes(3)
				q := &ConvU8{N: 3, In: make([]uint8, in), Out32: make([]int32, out), Packed: PackConvU8(l)}
				size := len(q.Packed.depth3)
				for _, m := range q.Packed.mats {
					if size += len(m.lanes) + 4*len(m.bias)*len(m.bias[0]) + 5*len(m.mult); m.b != nil {
						size += len(m.b.panels)
					}
				}
				if said := PackedConvU8Bytes(l); said != size {
					t.Errorf("%s, PackConvU8: %d bytes were said, %d are kept", Tier(), said, size)
				}
				said := q.RunBytes(l, threads)
				if got := allocated(func() { q.Run(pool) }); got > said+small {
					t.Errorf("%s, ConvU8: %d bytes were said, %d allocated", Tier(), said, got)
				}
				l.Wide = true
				q = &ConvU8{N: 3, In16: make([]int16, in), Out32: make([]int32, out), Packed: PackConvU8(l)}
				said = q.RunBytes(l, threads)
				if got := allocated(func() { q.Run(pool) }); got > said+2*small { // two layers of bytes, on some tiers
					t.Errorf("%s, ConvU8 of words: %d bytes were said, %d allocated", Tier(), said, got)
				}
			}
		}
	})
}
