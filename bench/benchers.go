package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// benchers are what Run measures: the shapes of the generators and discriminators that the presets train, and squares.
var benchers = func() []bencher {
	var bs []bencher
	for _, s := range []struct {
		m, k, n int
		ta, tb  bool
		packed  bool
	}{
		{1, 100, 1200, false, false, true}, {1, 1200, 1200, false, false, true}, {16, 1200, 1200, false, false, true},
		{100, 100, 1200, false, false, false}, {100, 1200, 1200, false, false, false}, {100, 1200, 784, false, false, false},
		{100, 784, 1200, false, false, false}, {100, 240, 1200, false, false, false},
		{100, 1200, 1200, false, true, false}, {1200, 100, 1200, true, false, false}, {784, 100, 1200, true, false, false},
		{64, 1200, 1200, false, false, true}, {256, 1200, 1200, false, false, true},
		{512, 512, 512, false, false, false}, {1024, 1024, 1024, false, false, true},
	} {
		bs = append(bs, gemmBencher(s.m, s.k, s.n, s.ta, s.tb, s.packed))
	}
	for _, s := range [][3]int{{1, 1200, 1200}, {64, 1200, 1200}, {256, 1200, 1200}} {
		bs = append(bs, gemmU8Bencher(s[0], s[1], s[2]))
	}
	const n = 1 << 14 // in L1 and L2
	for _, k := range []struct {
		name string
		f    func(dst, x []float32)
	}{{"exp", kernels.Exp}, {"log", kernels.Log}, {"tanh", kernels.Tanh}, {"sigmoid", kernels.Sigmoid},
		{"softplus", kernels.Softplus}, {"relu", kernels.ReLU}} {
		bs = append(bs, sliceBencher(k.name, n, 8, func(dst, x, _ []float32) { k.f(dst, x) }))
	}
	return append(bs,
		sliceBencher("add", n, 12, kernels.Add), sliceBencher("mul", n, 12, kernels.Mul),
		sliceBencher("sum", n, 4, func(dst, x, _ []float32) { dst[0] = kernels.Sum(x) }),
		sliceBencher("uniform", n, 4, func(dst, _, _ []float32) { kernels.Uniform(dst, 1, 2, 0) }),
		sliceBencher("adam", 1<<18, 44, adamBench()))
}()

// values fills a slice of n with numbers in [-1, 1) that are the same everywhere.
func values(n int, stream uint32) []float32 {
	x := make([]float32, n)
	s := uint32(2654435769) * (stream + 1)
	for i := range x {
		s = s*1664525 + 1013904223
		x[i] = float32(int32(s)>>8) * 0x1p-23
	}
	return x
}

func gemmBencher(m, k, n int, ta, tb, packed bool) bencher {
	shape := fmt.Sprintf("%dx%dx%d", m, k, n)
	if ta {
		shape += " At"
	}
	if tb {
		shape += " Bt"
	}
	if packed {
		shape += " packed"
	}
	return bencher{"gemm", shape, 2 * float64(m) * float64(k) * float64(n), "GFLOP/s",
		func(p *kernels.Pool) (func(), func() []byte) {
			g := &kernels.Gemm{M: m, N: n, K: k, TransA: ta, TransB: tb, A: values(m*k, 1), Lda: k, B: values(k*n, 2), Ldb: n,
				C: make([]float32, m*n), Ldc: n, Bias: values(n, 3), Act: kernels.ActReLU}
			if ta {
				g.Lda = m
			}
			if tb {
				g.Ldb = k
			}
			if packed {
				g.Packed = kernels.PackB(k, n, g.B, g.Ldb, tb)
			}
			return func() { g.Run(p) }, func() []byte { return bytesOf(g.C) }
		}}
}

func gemmU8Bencher(m, k, n int) bencher {
	return bencher{"gemm_u8", fmt.Sprintf("%dx%dx%d", m, k, n), 2 * float64(m) * float64(k) * float64(n), "GOP/s",
		func(p *kernels.Pool) (func(), func() []byte) {
			a, b := make([]uint8, m*k), make([]int8, k*n)
			for i, v := range values(len(a), 4) {
				a[i] = uint8(v*127 + 128)
			}
			for i, v := range values(len(b), 5) {
				b[i] = int8(v * 127)
			}
			g := &kernels.GemmU8{M: m, N: n, K: k, A: a, Lda: k, B: kernels.PackS8(k, n, b, n), C: make([]uint8, m*n), Ldc: n,
				Bias: make([]int32, n), Mult: make([]int32, n), Shift: make([]uint8, n), Zero: 128, Hi: 255}
			for j := range n {
				g.Mult[j], g.Shift[j] = 1<<30+int32(j), 44
			}
			return func() { g.Run(p) }, func() []byte { return g.C }
		}}
}

// sliceBencher measures f on slices of n; bytes are those that it moves for an element.
func sliceBencher(name string, n, bytes int, f func(dst, x, y []float32)) bencher {
	return bencher{name, fmt.Sprint(n), float64(n * bytes), "GB/s", func(*kernels.Pool) (func(), func() []byte) {
		dst, x, y := make([]float32, n), values(n, 6), values(n, 7)
		return func() { f(dst, x, y) }, func() []byte {
			clear(dst)
			f(dst, x, y)
			return bytesOf(dst)
		}
	}}
}

// adamBench makes steps of Adam that all begin with the same moments: 28 bytes an element, and 16 to copy them.
func adamBench() func(dst, x, y []float32) {
	var m, v []float32
	return func(dst, x, _ []float32) {
		m, v = append(m[:0], x...), append(v[:0], x...)
		kernels.Abs(v, v)
		kernels.Adam(dst, m, v, x, &kernels.AdamParams{Step: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, RSqrtBias2: 1})
	}
}
