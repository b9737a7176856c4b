package kernels

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// randomGemmU8 makes a product of the given shape on guarded memory. Its values are drawn from r, many of them
// extreme.
func randomGemmU8(t testing.TB, r *rand.Rand, m, n, k int) (g *GemmU8, b []int8, ldb int) {
	lda, ldc := k+r.IntN(2)*r.IntN(9), n+r.IntN(2)*r.IntN(70)
	ldb = n + r.IntN(2)*r.IntN(9)
	size := func(rows, cols, ld int) int {
		if rows == 0 || cols == 0 {
			return 0
		}
		return (rows-1)*ld + cols
	}
	a := guard.End[uint8](t, size(m, k, lda))
	b = guard.End[int8](t, size(k, n, ldb))
	if r.IntN(2) == 0 {
		a, b = guard.Start[uint8](t, len(a)), guard.Start[int8](t, len(b))
	}
	extremes := r.IntN(3)
	for i := range a {
		if a[i] = uint8(r.Uint32()); extremes > 0 {
			a[i] = []uint8{0, 255, 255, 254, 127, 128}[r.IntN(6)]
		}
	}
	for i := range b {
		if b[i] = int8(r.Uint32()); extremes > 0 {
			b[i] = []int8{-128, 127, -127, 1, 0, -1}[r.IntN(6)]
		}
	}
	if extremes == 2 {
		for i := range a {
			a[i] = 255
		}
		for i := range b {
			b[i] = []int8{127, -128}[m&1]
		}
	}
	g = &GemmU8{M: m, N: n, K: k, A: a, Lda: lda, B: PackS8(k, n, b, ldb), Ldc: ldc, Zero: int32(r.IntN(256))}
	g.Lo, g.Hi = uint8(r.IntN(256)), uint8(r.IntN(256))
	if r.IntN(8) > 0 && g.Lo > g.Hi {
		g.Lo, g.Hi = g.Hi, g.Lo
	}
	g.Mult, g.Shift = guard.End[int32](t, n), guard.End[uint8](t, n)
	narrow := r.IntN(3) > 0 // scales that leave something between the clamps
	for j := range n {
		g.Mult[j] = int32(1<<30 + r.IntN(1<<30))
		g.Shift[j] = uint8(MinShift + r.IntN(MaxShift-MinShift+1))
		if narrow {
			g.Shift[j] = uint8(MinShift + 8 + r.IntN(10))
		}
	}
	if r.IntN(3) > 0 {
		g.Bias = guard.End[int32](t, n)
		for j := range g.Bias {
			g.Bias[j] = int32(r.Uint32()) >> r.IntN(20)
		}
	}
	if r.IntN(3) == 0 {
		g.C32 = guard.End[int32](t, size(m, n, ldc))
	} else {
		g.C = guard.End[uint8](t, size(m, n, ldc))
	}
	return g, b, ldb
}

// checkGemmU8 runs g on every tier and pool against the reference. What lies between the rows of C must stay as it
// is.
func checkGemmU8(t *testing.T, g *GemmU8, b []int8, ldb int, pools ...*Pool) {
	t.Helper()
	reset := func(c []uint8, c32 []int32) {
		for i := range c {
			c[i] = uint8(i * 7)
		}
		for i := range c32 {
			c32[i] = int32(i * 7)
		}
	}
	ref := *g
	ref.C, ref.C32 = slices.Clone(g.C), slices.Clone(g.C32)
	reset(ref.C, ref.C32)
	GemmU8Reference(&ref, b, ldb)
	for _, ti := range tiers {
		if !ti.has {
			continue
		}
		restore, err := Force(ti.name)
		if err != nil {
			t.Fatal(err)
		}
		g.B = PackS8(g.K, g.N, b, ldb)
		for _, p := range pools {
			reset(g.C, g.C32)
			g.Run(p)
			if !slices.Equal(g.C, ref.C) || !slices.Equal(g.C32, ref.C32) {
				restore()
				t.Fatalf("%s, %d threads: %dx%dx%d, Lda %d, Ldc %d, bias %v differs from the reference", ti.name, p.Threads(),
					g.M, g.K, g.N, g.Lda, g.Ldc, g.Bias != nil)
			}
		}
		restore()
	}
}

// TestGemmU8Shapes walks the edges of all tiles: rows and columns up to past two tiles, and every remainder of k.
func TestGemmU8Shapes(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	r := rand.New(rand.NewPCG(7, 8))
	columns := []int{1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 96, 97, 112, 113, 145}
	for m := 1; m <= 18; m++ {
		for i, n := range columns {
			if testing.Short() && (i+m)%4 > 0 {
				continue
			}
			g, b, ldb := randomGemmU8(t, r, m, n, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 19, 33}[r.IntN(16)])
			checkGemmU8(t, g, b, ldb, nil, pool)
		}
	}
	// Tasks of several groups of rows, in both orders, and large enough for two threads.
	for _, s := range [][3]int{{530, 50, 70}, {257, 1100, 260}, {1, 3000, 401}, {65, 200, 150}} {
		g, b, ldb := randomGemmU8(t, r, s[0], s[1], s[2])
		checkGemmU8(t, g, b, ldb, nil, pool)
	}
}

func FuzzGemmU8(f *testing.F) {
	f.Add(uint8(1), uint8(1), uint16(1), uint64(1))
	f.Add(uint8(9), uint8(65), uint16(7), uint64(2))
	f.Add(uint8(1), uint8(113), uint16(1203), uint64(3))
	f.Add(uint8(70), uint8(48), uint16(64), uint64(4))
	f.Fuzz(func(t *testing.T, m, n uint8, k uint16, seed uint64) {
		rows, cols, depth := int(m)+1, int(n)+1, int(k)%2049
		if rows*cols*depth > 1<<21 {
			depth = 1<<21/(rows*cols) + depth%4
		}
		r := rand.New(rand.NewPCG(seed, 1))
		g, b, ldb := randomGemmU8(t, r, rows, cols, depth)
		checkGemmU8(t, g, b, ldb, nil)
	})
}
