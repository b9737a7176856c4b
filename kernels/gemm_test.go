package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// eachTier runs f under every tier that this machine has.
func eachTier(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, ti := range Tiers() {
		if ti.Available {
			t.Run(ti.Name, func(t *testing.T) {
				restore, err := Force(ti.Name)
				if err != nil {
					t.Fatal(err)
				}
				defer restore()
				f(t)
			})
		}
	}
}

// sameF32 fails unless got and want are equal bit for bit, any NaN being equal to any other.
func sameF32(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if math.Float32bits(g) != math.Float32bits(w) && !(g != g && w != w) {
			t.Fatalf("%s: element %d is %x (%g), want %x (%g)", what, i, math.Float32bits(g), g, math.Float32bits(w), w)
		}
	}
}

// fillF32 fills x with ordinary values and, where special is set, a few NaN, infinities, zeros and subnormals.
func fillF32(r *rand.Rand, x []float32, special bool) {
	for i := range x {
		x[i] = float32(r.NormFloat64())
		if special && r.IntN(40) == 0 {
			x[i] = specials[r.IntN(len(specials))]
		}
	}
}

var specials = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0,
	float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, -0x1p-130, 0x1p-126, math.MaxFloat32, -math.MaxFloat32}

func TestGemm(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	sizes := [][3]int{{1, 1, 1}, {1, 48, 3}, {2, 7, 1}, {3, 17, 5}, {5, 16, 9}, {6, 33, 2}, {8, 48, 16}, {9, 49, 17}, {13, 97, 31},
		{16, 15, 8}, {17, 5, 40}, {1, 61, 70}, {20, 80, 13}, {7, 50, 255}, {8, 20, 256}, {9, 31, 257}, {12, 96, 300},
		{4, 4, 600}, {1, 130, 270}, {50, 101, 23}, {3, 3, 0}, {0, 4, 2}, {7, 50, packSteps + 5}, {1, 300, 600},
		{1, 2*rowColumns + 21, 9}, {1, 2*rowColumns + 21, 60}, {1, 500, 400}, {128, 100, 40}, {20, 64, 70},
		{30, 32, 300}, {2, 49, 300}, {15, 144, 33}, {groupRows + 9, 60, 20}, {256, 51, 520}, {16, 70, 300},
		{31, 139, 270}, {17, 300, 500}}
	if testing.Short() {
		sizes = sizes[:14]
	}
	acts := []Act{ActNone, ActReLU, ActLeakyReLU, ActTanh, ActSigmoid}
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 9))
		for n, size := range sizes {
			m, cols, k := size[0], size[1], size[2]
			for variant := range 16 {
				g := &Gemm{M: m, N: cols, K: k, TransA: variant&1 != 0, TransB: variant&2 != 0, Accumulate: variant&4 != 0,
					Act: acts[(n+variant)%len(acts)], Slope: 0.2}
				matrix := func(rows, cols int, trans bool) ([]float32, int) {
					if trans {
						rows, cols = cols, rows
					}
					ld := cols + r.IntN(3)
					x := guard.End[float32](t, max(0, (rows-1)*ld+cols))
					if rows == 0 || cols == 0 {
						x = nil
					}
					fillF32(r, x, variant&8 != 0)
					return x, ld
				}
				g.A, g.Lda = matrix(m, k, g.TransA)
				g.B, g.Ldb = matrix(k, cols, g.TransB)
				g.C, g.Ldc = matrix(m, cols, false)
				if r.IntN(2) == 0 {
					g.Bias = guard.End[float32](t, cols)
					fillF32(r, g.Bias, false)
				}
				start := append([]float32(nil), g.C...)
				ref := *g
				ref.C = append([]float32(nil), start...)
				GemmReference(&ref)
				for pass := range 4 {
					copy(g.C, start)
					if pass >= 2 {
						g.Packed = PackB(k, cols, g.B, g.Ldb, g.TransB)
					}
					p := pool
					if pass&1 == 0 {
						p = nil
					}
					g.Run(p)
					sameF32(t, fmt.Sprintf("%dx%dx%d variant %d pass %d", m, cols, k, variant, pass), g.C, ref.C)
				}
			}
		}
	})
}

func TestGemmMisuse(t *testing.T) {
	const far = math.MaxInt/2 + 2 // twice as much overflows an int, and four times as much is 4 again
	for name, spoil := range map[string]func(g *Gemm){
		"negative size": func(g *Gemm) { g.M = -1 },
		"narrow A":      func(g *Gemm) { g.Lda = 4 },
		"short A":       func(g *Gemm) { g.A = g.A[1:] },
		"short B":       func(g *Gemm) { g.B = g.B[1:] },
		"short C":       func(g *Gemm) { g.C = g.C[1:] },
		"short Bias":    func(g *Gemm) { g.Bias = make([]float32, 3) },
		"A far apart":   func(g *Gemm) { g.Lda = far + 5 },
		"B far apart":   func(g *Gemm) { g.Ldb = far + 4 },
		"C far apart":   func(g *Gemm) { g.Ldc = far + 4 },
		"another shape": func(g *Gemm) { g.Packed = PackB(4, 4, g.B, 4, false) },
		"packed short":  func(g *Gemm) { PackB(5, 4, g.B[1:], 4, false) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%s: no panic with a text", name)
				}
			}()
			g := &Gemm{M: 3, N: 4, K: 5, A: make([]float32, 15), Lda: 5, B: make([]float32, 20), Ldb: 4,
				C: make([]float32, 12), Ldc: 4}
			spoil(g)
			g.Run(nil)
		}()
	}
}

// TestGemmPacksBeforehand has so many rows that B is packed beforehand, and rows of A a multiple of a page apart.
func TestGemmPacksBeforehand(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under emulation")
	}
	pool := NewPool(2)
	defer pool.Close()
	r := rand.New(rand.NewPCG(3, 4))
	const m, n, k = packRowsB + 13, packPanels*48 + 7, KBlock + 9
	a, b := make([]float32, (m-1)*samePage+k), make([]float32, n*n)
	fillF32(r, a, true)
	fillF32(r, b, true)
	for _, trans := range []bool{false, true} {
		g := &Gemm{M: m, N: n, K: k, TransB: trans, A: a, Lda: samePage, B: b, Ldb: n, C: make([]float32, m*n), Ldc: n}
		GemmReference(g)
		want := append([]float32(nil), g.C...)
		eachTier(t, func(t *testing.T) {
			for _, p := range []*Pool{nil, pool} {
				clear(g.C)
				g.Run(p)
				sameF32(t, fmt.Sprint("B transposed: ", trans, ", threads: ", p.Threads()), g.C, want)
			}
		})
	}
}

func TestGemmAllocatesOnce(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	g := &Gemm{M: 66, N: 50, K: 300, A: make([]float32, 66*300), Lda: 300, B: make([]float32, 300*50), Ldb: 50,
		C: make([]float32, 66*50), Ldc: 50, Accumulate: true, Act: ActReLU}
	eachTier(t, func(t *testing.T) {
		if n := testing.AllocsPerRun(10, func() { g.Run(pool) }); n != 0 {
			t.Errorf("a repeated Run allocates %v times", n)
		}
		for range g.run.made {
			// Also the thread that had no task so far.
			if s := <-g.run.scratch; len(s.b) == 0 || len(s.sum) == 0 {
				t.Error("a thread has no room yet")
			}
		}
		g.run.scratch = nil
	})
	swapped := &Gemm{M: 32, N: 200, K: 300, TransB: true, A: make([]float32, 32*300), Lda: 300, B: make([]float32, 200*300),
		Ldb: 300, C: make([]float32, 32*200), Ldc: 200, Act: ActReLU}
	eachTier(t, func(t *testing.T) {
		if n := testing.AllocsPerRun(10, func() { swapped.Run(pool) }); n != 0 {
			t.Errorf("a repeated Run of a product that is computed transposed allocates %v times", n)
		}
	})
}

func TestPackedForAnotherTier(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	g := &Gemm{M: 3, N: 50, K: 9, A: make([]float32, 27), Lda: 9, C: make([]float32, 150), Ldc: 50}
	b := make([]float32, 450)
	fillF32(r, g.A, false)
	fillF32(r, b, false)
	g.Packed = PackB(9, 50, b, 50, false)
	var want []float32
	eachTier(t, func(t *testing.T) {
		g.Run(nil)
		if want == nil {
			want = append(want, g.C...)
		}
		sameF32(t, "C", g.C, want)
	})
}

// TestGemmEdges has every number of rows and columns up to past two of the smaller tiles, a few steps each, in turns of
// orientation and epilogue.
func TestGemmEdges(t *testing.T) {
	acts := []Act{ActNone, ActReLU, ActLeakyReLU}
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 8))
		for i := range 18 * 27 {
			m, n, k, bits := 1+i/27, 1+i%27, 1+i%11, r.IntN(32)
			if i%17 == 0 {
				k += KBlock
			}
			g := &Gemm{M: m, N: n, K: k, TransA: bits&1 != 0, TransB: bits&2 != 0, Accumulate: bits&4 != 0, Act: acts[i%3], Slope: 0.1,
				Lda: k, Ldb: n, Ldc: n, A: guard.End[float32](t, m*k), B: guard.End[float32](t, k*n), C: guard.End[float32](t, m*n)}
			if g.TransA {
				g.Lda = m
			}
			if g.TransB {
				g.Ldb = k
			}
			if bits&8 != 0 {
				g.Bias = guard.End[float32](t, n)
				fillF32(r, g.Bias, true)
			}
			fillF32(r, g.A, bits&16 != 0)
			fillF32(r, g.B, bits&16 != 0)
			fillF32(r, g.C, true)
			ref := *g
			ref.C = append([]float32(nil), g.C...)
			GemmReference(&ref)
			g.Run(nil)
			sameF32(t, fmt.Sprintf("%dx%dx%d %05b", m, n, k, bits), g.C, ref.C)
		}
	})
}
