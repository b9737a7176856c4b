package bench

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"github.com/gannet-ml/gannet/kernels"
)

// gemmBenchers are f32 products of the shapes of the generators and discriminators that the presets train, and squares.
func gemmBenchers() []bencher {
	var bs []bencher
	for _, s := range []struct {
		m, k, n int
		ta, tb  bool
		packed  bool
	}{
		{1, 100, 1200, false, false, true}, {1, 1200, 1200, false, false, true}, {16, 128, 1024, false, false, true},
		{16, 1200, 1200, false, false, true}, {64, 100, 1200, false, false, true}, {64, 1200, 1200, false, false, true},
		{64, 1200, 784, false, false, true}, {256, 1200, 1200, false, false, true}, {1024, 1024, 1024, false, false, true},
		{100, 100, 1200, false, false, false}, {100, 1200, 1200, false, false, false}, {100, 1200, 784, false, false, false},
		{100, 784, 1200, false, false, false}, {100, 240, 1200, false, false, false}, {128, 784, 240, false, false, false},
		{100, 1200, 1200, false, true, false}, {1200, 100, 1200, true, false, false}, {784, 100, 1200, true, false, false},
		{512, 512, 512, false, false, false}, {4096, 256, 2048, false, false, false}, {16384, 128, 1024, false, false, false},
		{65536, 64, 48, false, false, false}, {16384, 576, 64, false, false, false},
	} {
		bs = append(bs, gemmBencher(s.m, s.k, s.n, s.ta, s.tb, s.packed))
	}
	return bs
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
	prepare := func(p *kernels.Pool) trial {
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
		return trial{run: func() { g.Run(p) }, result: func() []byte { return bytesOf(g.C) }, rivals: gemmRivals(g)}
	}
	return bencher{kernel: "gemm", shape: shape, work: 2 * float64(m) * float64(k) * float64(n), unit: "GFLOP/s",
		bytes: 4 * float64(m*k+k*n+m*n), readOnly: m < k, prepare: prepare}
}

// gemmRivals are others' products of the operands of g.
func gemmRivals(g *kernels.Gemm) []rival {
	const less = "; no bias, no activation"
	c := make([]float32, len(g.C))
	gonum := rival{name: "gonum", call: "blas32.Gemm" + less, run: func() {
		blas32.Sgemm(transpose(g.TransA), transpose(g.TransB), g.M, g.N, g.K, 1, g.A, g.Lda, g.B, g.Ldb, 0, c, g.Ldc)
	}}
	if g.M == 1 && !g.TransB {
		gonum = rival{name: "gonum", call: "blas32.Gemv" + less, run: func() {
			blas32.Sgemv(blas.Trans, g.K, g.N, 1, g.B, g.Ldb, g.A, 1, 0, c, 1)
		}}
	}
	rivals := []rival{gonum}
	if g.TransA || g.TransB {
		return rivals
	}
	if vekMatMul != nil {
		rivals = append(rivals, rival{name: "vek", call: "vek32.MatMul_Into" + less, run: func() { vekMatMul(c, g.A, g.B, g.K) }})
	}
	return append(rivals, rival{name: "Go", call: "three loops, the innermost over columns" + less, run: func() {
		plainGemm(c, g.A, g.B, g.M, g.K, g.N)
	}})
}
