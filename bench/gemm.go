package bench

import (
	"fmt"

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
		{1, 100, 1200, false, false, true}, {1, 1200, 1200, false, false, true}, {16, 1200, 1200, false, false, true},
		{100, 100, 1200, false, false, false}, {100, 1200, 1200, false, false, false}, {100, 1200, 784, false, false, false},
		{100, 784, 1200, false, false, false}, {100, 240, 1200, false, false, false},
		{100, 1200, 1200, false, true, false}, {1200, 100, 1200, true, false, false}, {784, 100, 1200, true, false, false},
		{64, 1200, 1200, false, false, true}, {256, 1200, 1200, false, false, true},
		{512, 512, 512, false, false, false}, {1024, 1024, 1024, false, false, true},
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
		return trial{run: func() { g.Run(p) }, result: func() []byte { return bytesOf(g.C) }}
	}
	return bencher{kernel: "gemm", shape: shape, work: 2 * float64(m) * float64(k) * float64(n), unit: "GFLOP/s",
		bytes: 4 * float64(m*k+k*n+m*n), readOnly: m < k, prepare: prepare}
}
