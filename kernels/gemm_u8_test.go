package kernels

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

func TestGemmU8(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 5))
		for n, s := range [][3]int{{1, 1, 1}, {1, 8, 3}, {2, 16, 4}, {3, 17, 5}, {6, 48, 8}, {8, 49, 31}, {9, 97, 64}, {13, 15, 7},
			{17, 50, 130}, {1, 100, 600}, {3, 3, 0}, {2, 9, 3000},
			{1, 49, 34}, {1, 64, 40}, {11, 64, 19}, {1, 97, 7}, {9, 70, 100}, {17, 5, 96}, {16, 33, 36}} {
			m, cols, k := s[0], s[1], s[2]
			for variant := range 6 {
				a, b := guard.End[uint8](t, m*k), guard.End[int8](t, k*cols)
				for i := range a {
					a[i] = uint8(r.Uint32())
					if variant == 1 {
						a[i] = 255
					}
				}
				for i := range b {
					b[i] = int8(r.Uint32())
					if variant == 1 {
						b[i] = []int8{127, -128}[n&1]
					}
				}
				g := &GemmU8{M: m, N: cols, K: k, A: a, Lda: k, B: PackS8(k, cols, b, cols), Ldc: cols, Zero: int32(r.IntN(256)),
					Lo: uint8(r.IntN(100)), Hi: uint8(150 + r.IntN(106))}
				g.Mult, g.Shift = guard.End[int32](t, cols), guard.End[uint8](t, cols)
				for j := range cols {
					g.Mult[j] = int32(1<<30 + r.IntN(1<<30))
					g.Shift[j] = uint8(MinShift + r.IntN(MaxShift-MinShift+1))
					if variant >= 2 { // scales that leave something between the clamps
						g.Shift[j] = uint8(31 + 8 + r.IntN(8))
					}
				}
				if variant != 3 {
					g.Bias = guard.End[int32](t, cols)
					for j := range g.Bias {
						g.Bias[j] = int32(r.Uint32()) >> 4
					}
				}
				ref := *g
				if variant == 5 {
					g.C32, ref.C32 = guard.End[int32](t, m*cols), make([]int32, m*cols)
				} else {
					g.C, ref.C = guard.End[uint8](t, m*cols), make([]uint8, m*cols)
				}
				GemmU8Reference(&ref, b, cols)
				for _, p := range []*Pool{nil, pool} {
					clear(g.C)
					clear(g.C32)
					g.Run(p)
					if !slices.Equal(g.C, ref.C) || !slices.Equal(g.C32, ref.C32) {
						t.Fatalf("%v variant %d differs from the reference", s, variant)
					}
				}
			}
		}
	})
}

// Strips of a large C32 are written past the caches.
func TestGemmU8Stream(t *testing.T) {
	defer func(n int) { streamU8 = n }(streamU8)
	streamU8 = 0
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		for _, k := range []int{3, 5, 15, 16, 17, 23, 64} {
			for _, n := range []int{64, 80, 96, 112} {
				for _, m := range []int{8, 13, 35} {
					ldc := n + 16*r.IntN(2)
					a, b, c := guard.End[uint8](t, m*k), guard.End[int8](t, k*n), guard.End[int32](t, m*ldc)
					for i := range a {
						a[i] = uint8(r.Uint32())
					}
					for i := range b {
						b[i] = int8(r.Uint32())
					}
					g := &GemmU8{M: m, N: n, K: k, A: a, Lda: k, B: PackS8(k, n, b, n), C32: c, Ldc: ldc}
					g.Run(nil)
					ref := *g
					ref.C32 = make([]int32, m*ldc)
					GemmU8Reference(&ref, b, n)
					if !slices.Equal(c, ref.C32) {
						t.Fatalf("%dx%dx%d differs from the reference", m, k, n)
					}
				}
			}
		}
	})
}

// The longest sum of the largest products must not overflow in any order, in a row or in a tile.
func TestGemmU8Longest(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, w := range []int8{127, -128} {
			for _, m := range []int{1, 9} {
				const k, n = MaxKU8, 2
				a, b, c := slices.Repeat([]uint8{255}, m*k), slices.Repeat([]int8{w}, k*n), make([]int32, m*n)
				g := &GemmU8{M: m, N: n, K: k, A: a, Lda: k, B: PackS8(k, n, b, n), C32: c, Ldc: n}
				g.Run(nil)
				for _, got := range c {
					if want := int64(k) * 255 * int64(w); int64(got) != want {
						t.Fatalf("sum of %d products is %d, want %d", k, got, want)
					}
				}
			}
		}
	})
}

func TestRequantize(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 20000 {
		x, q := int32(r.Uint32()), int32(1<<30+r.IntN(1<<30))
		s := uint8(MinShift + r.IntN(MaxShift-MinShift+1))
		switch r.IntN(6) {
		case 0:
			x = math.MaxInt32
		case 1:
			x = math.MinInt32
		case 2:
			q = math.MaxInt32
		}
		want := new(big.Int).Mul(big.NewInt(int64(x)), big.NewInt(int64(q)))
		want.Add(want, new(big.Int).Lsh(big.NewInt(1), uint(s-1)))
		want.Rsh(want, uint(s))
		if got := Requantize(x, q, s); int64(got) != want.Int64() {
			t.Fatalf("Requantize(%d, %d, %d) = %d, want %v", x, q, s, got, want)
		}
		if testing.Short() && r.IntN(500) == 0 {
			break
		}
	}
}

// TestRequantTiers compares whole blocks of sums: any number of rows and columns, all shifts, sums at the ends of
// int32.
func TestRequantTiers(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 9))
		rows, columns := []int{1, 2, 3, 4, 5, 8, 17}, []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 47, 48}
		for _, m := range rows {
			for _, n := range columns {
				lda, ldd := (n+15)&^15+16*r.IntN(2), n+r.IntN(3)
				acc, mult, shift := make([]int32, m*lda), guard.End[int32](t, n), guard.End[uint8](t, n)
				for i := range acc {
					acc[i] = int32(r.Uint32()) >> r.IntN(24)
					switch r.IntN(8) {
					case 0:
						acc[i] = math.MaxInt32
					case 1:
						acc[i] = math.MinInt32
					}
				}
				for j := range mult {
					mult[j] = int32(1<<30 + r.IntN(1<<30))
					if r.IntN(4) == 0 {
						mult[j] = []int32{1 << 30, math.MaxInt32}[r.IntN(2)]
					}
					shift[j] = uint8(MinShift + r.IntN(MaxShift-MinShift+1))
				}
				q := &requant{mult: mult, shift: shift, zero: int32(r.IntN(256)), lo: uint8(r.IntN(256)), hi: uint8(r.IntN(256))}
				got, want := guard.End[uint8](t, (m-1)*ldd+n), make([]uint8, (m-1)*ldd+n)
				active.Load().u8.requant(got, ldd, acc, lda, m, n, q)
				for i := range m {
					for j := range n {
						y := int64(q.zero) + int64(Requantize(acc[i*lda+j], mult[j], shift[j]))
						want[i*ldd+j] = max(q.lo, uint8(max(0, min(y, int64(q.hi)))))
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d rows of %d: %v, want %v", m, n, got, want)
				}
			}
		}
	})
}

func TestPackS8(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		u := &active.Load().u8
		for _, k := range []int{1, 3, 4, 5, 8, 31} {
			for n := 1; n < 3*u.nr; n++ {
				ldb := n + n%3
				b := guard.End[int8](t, (k-1)*ldb+n)
				for i := range b {
					b[i] = int8(i*37%255 - 127)
				}
				p := PackS8(k, n, b, ldb)
				for j := 0; j < n; j += p.nr {
					got, width := p.panel(j)
					want := make([]byte, len(got))
					cols := min(p.nr, n-j)
					steps := want
					if u.flipped {
						steps = want[4*width:]
						var head []byte
						for c := range width {
							sum := int32(0)
							for i := range k * min(1, max(0, cols-c)) {
								sum += 128 * int32(b[i*ldb+j+c])
							}
							head = binary.LittleEndian.AppendUint32(head, uint32(sum))
						}
						copy(want, head)
						if slices.ContainsFunc(b, func(v int8) bool { return v == -128 }) {
							t.Fatal("the matrix holds a -128")
						}
					}
					step := 4 << u.deep
					if u.few > 0 { // a panel that is opened to words has pairs side by side
						step = 2
					}
					packS8Steps(steps, b[j:], ldb, k, cols, width, step)
					if !slices.Equal(got, want) {
						t.Fatalf("%dx%d: the panel of column %d differs from the reference", k, n, j)
					}
				}
			}
		}
	})
}

func TestQuantizeI16(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 3))
		for n := range 70 {
			src, got, want := guard.End[int16](t, n), guard.End[uint8](t, n), make([]uint8, n)
			for i := range src {
				src[i] = int16(r.Uint32()) >> r.IntN(10)
				if r.IntN(4) == 0 {
					src[i] = []int16{math.MinInt16, math.MaxInt16}[r.IntN(2)]
				}
			}
			mult, shift, zero := int32(1<<30+r.IntN(1<<30)), uint8(MinShift+r.IntN(12)), int32(r.IntN(256))
			if n%8 == 0 {
				shift = uint8(MinShift + r.IntN(MaxShift-MinShift+1))
			}
			QuantizeI16(got, src, mult, shift, zero)
			quantizeI16Generic(want, src, mult, shift, zero)
			if !slices.Equal(got, want) {
				t.Fatalf("%v by %d, %d, %d: %v, want %v", src, mult, shift, zero, got, want)
			}
		}
	})
}

func TestLookup(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 2))
		var table [256]uint8
		for i := range table {
			table[i] = uint8(r.Uint32())
		}
		for n := range 300 {
			src, got, want := guard.End[uint8](t, n), guard.End[uint8](t, n), make([]uint8, n)
			for i := range src {
				src[i] = uint8(i - n) // with n = 256 and above, every byte
			}
			Lookup(got, src, &table)
			lookupGeneric(want, src, &table)
			if !slices.Equal(got, want) {
				t.Fatalf("%d bytes: %v, want %v", n, got, want)
			}
		}
	})
}

func TestQuantScale(t *testing.T) {
	for _, real := range []float64{0x1p-32, 0.001, 0.3, 0.5, 0.75, 0.9999} {
		q, s, ok := QuantScale(real)
		if got := float64(q) * math.Ldexp(1, -int(s)); !ok || math.Abs(got-real) > real*0x1p-31 || q < 1<<30 {
			t.Errorf("QuantScale(%g) = %d, %d, %v: %g", real, q, s, ok, got)
		}
	}
	for _, real := range []float64{0, 1, -0.5, 2, math.NaN(), math.Inf(1), 1e-12} {
		if _, _, ok := QuantScale(real); ok {
			t.Errorf("QuantScale(%g) must be refused", real)
		}
	}
}

func TestGemmU8AllocatesOnce(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	g := &GemmU8{M: 9, N: 50, K: 33, A: make([]uint8, 9*33), Lda: 33, B: PackS8(33, 50, make([]int8, 33*50), 50),
		C32: make([]int32, 450), Ldc: 50}
	if n := testing.AllocsPerRun(10, func() { g.Run(pool) }); n != 0 {
		t.Errorf("a repeated Run allocates %v times", n)
	}
}

// TestGemmU8Repack: of two matrices in the same memory that were packed for another tier, each is packed anew.
func TestGemmU8Repack(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 5))
	a, b := make([]uint8, 4*64), make([]int8, 64*16)
	for i := range a {
		a[i] = uint8(r.Uint32())
	}
	for i := range b {
		b[i] = int8(r.Uint32())
	}
	wide, tall := PackS8(16, 64, b, 64), PackS8(64, 16, b, 16)
	want := &GemmU8{M: 4, N: 16, K: 64, A: a, Lda: 64, C32: make([]int32, 4*64), Ldc: 16}
	GemmU8Reference(want, b, 16)
	eachTier(t, func(t *testing.T) {
		g := &GemmU8{M: 4, N: 64, K: 16, A: a, Lda: 64, B: wide, C32: make([]int32, 4*64), Ldc: 64}
		g.Run(nil)
		clear(g.C32)
		g.B, g.N, g.K, g.Ldc = tall, 16, 64, 16
		g.Run(nil)
		if !slices.Equal(g.C32, want.C32) {
			t.Error("the second matrix was not packed")
		}
	})
}

// TestGemmU8Words: a machine runs one of the two forms of the product in Go; both are tested on each.
func TestGemmU8Words(t *testing.T) {
	for name, u := range map[string]gemmU8Kernels{"pairs": gemmU8Pairs, "words": gemmU8Words} {
		form := genericTier
		form.u8 = u
		before := active.Swap(&form)
		r := rand.New(rand.NewPCG(8, 8))
		for _, s := range [][3]int{{1, 1, 1}, {1, 9, 5}, {2, 4, 3}, {3, 5, 17}, {4, 8, 16}, {7, 3, 9}, {9, 13, 33}, {67, 6, 130}, {5, 2, 0}} {
			g, b, ldb := randomGemmU8(t, r, s[0], s[1], s[2])
			ref := *g
			ref.C, ref.C32 = slices.Clone(g.C), slices.Clone(g.C32)
			GemmU8Reference(&ref, b, ldb)
			g.Run(nil)
			if !slices.Equal(g.C, ref.C) || !slices.Equal(g.C32, ref.C32) {
				t.Errorf("%s: %v differs from the reference", name, s)
			}
		}
		active.Store(before)
	}
}
