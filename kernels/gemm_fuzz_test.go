package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// FuzzGemm compares the tiers with the reference on products of any shape, stride, orientation, epilogue and values.
func FuzzGemm(f *testing.F) {
	f.Add(uint64(1), uint16(1), uint16(50), uint16(300), uint16(0), uint8(0))
	f.Add(uint64(2), uint16(17), uint16(97), uint16(31), uint16(0x3ff), uint8(3))
	f.Add(uint64(3), uint16(100), uint16(16), uint16(257), uint16(0x155), uint8(1))
	f.Add(uint64(4), uint16(9), uint16(48), uint16(64), uint16(0x2aa), uint8(2))
	pool := NewPool(2)
	f.Cleanup(pool.Close)
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k, flags uint16, act uint8) {
		bit := func(i int) bool { return flags>>i&1 != 0 }
		g := &Gemm{M: int(m % 140), N: int(n % 200), K: int(k % 600), TransA: bit(0), TransB: bit(1), Accumulate: bit(2),
			Act: Act(act % 5), Slope: 0.25}
		if g.M*g.N*g.K > 1<<20 {
			g.K = 1<<20/(g.M*g.N) + 1
		}
		r := rand.New(rand.NewPCG(seed, 3))
		matrix := func(rows, cols int, trans bool) ([]float32, int) {
			if trans {
				rows, cols = cols, rows
			}
			ld := cols
			if bit(3) {
				ld += r.IntN(20)
			}
			if bit(4) {
				ld = (ld + 127) &^ 127
			}
			x := make([]float32, r.IntN(4)+max(0, (rows-1)*ld+cols))
			fillF32(r, x, bit(5))
			return x[len(x)-max(0, (rows-1)*ld+cols):], ld
		}
		g.A, g.Lda = matrix(g.M, g.K, g.TransA)
		g.B, g.Ldb = matrix(g.K, g.N, g.TransB)
		start, ldc := matrix(g.M, g.N, false)
		g.Ldc = ldc
		if bit(6) {
			g.Bias = make([]float32, g.N)
			fillF32(r, g.Bias, bit(7))
		}
		ref := *g
		ref.C = append([]float32(nil), start...)
		GemmReference(&ref)
		var p *Pool
		if bit(8) {
			p = pool
		}
		for _, ti := range Tiers() {
			if !ti.Available {
				continue
			}
			restore, err := Force(ti.Name)
			if err != nil {
				t.Fatal(err)
			}
			g.Packed = nil
			if bit(9) {
				g.Packed = PackB(g.K, g.N, g.B, g.Ldb, g.TransB)
			}
			g.C = append([]float32(nil), start...)
			g.Run(p)
			restore()
			sameF32(t, fmt.Sprint(ti.Name, " ", g.M, "x", g.K, "x", g.N), g.C, ref.C)
		}
	})
}
