package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// products are the matrix products of MLP and DCGAN generators and discriminators, and two cubes. M is the batch.
var products = []struct {
	m, k, n int
	ta, tb  bool
}{
	{1, 100, 1200, false, false}, {1, 1200, 1200, false, false}, {16, 128, 1024, false, false},
	{64, 100, 1200, false, false}, {64, 1200, 1200, false, false}, {64, 1200, 784, false, false},
	{128, 784, 240, false, false}, {256, 1200, 1200, false, false}, {1200, 64, 1200, true, false},
	{64, 1200, 1200, false, true}, {512, 512, 512, false, false}, {1024, 1024, 1024, false, false},
	{4096, 256, 2048, false, false}, {16384, 128, 1024, false, false}, {65536, 64, 48, false, false},
	{16384, 576, 64, false, false},
}

var (
	onednn     = []rival{{"onednn", "gemm", "oneDNN gemm"}, {"onednn", "matmul", "oneDNN matmul"}}
	onednnPack = []rival{{"onednn", "packed", "oneDNN prepacked"}}
	blas       = []rival{{"openblas", "sgemm", "OpenBLAS"}, {"blis", "sgemm", "BLIS"}}
)

func gemmJobs() []job {
	var js []job
	for _, packed := range []bool{false, true} {
		for _, p := range products {
			if packed && p.ta {
				continue // a gradient to the weights: neither operand comes twice
			}
			js = append(js, gemmJob(p.m, p.k, p.n, p.ta, p.tb, packed))
		}
	}
	for _, p := range products {
		js = append(js, gemmU8Job(p.m, p.k, p.n, p.tb))
	}
	return js
}

func shapeOf(m, k, n int, ta, tb bool) string {
	s := fmt.Sprintf("%dx%dx%d", m, k, n)
	if ta {
		s += " At"
	}
	if tb {
		s += " Bt"
	}
	return s
}

func gemmJob(m, k, n int, ta, tb, packed bool) job {
	j := job{kind: "f32", shape: shapeOf(m, k, n, ta, tb), work: 2 * float64(m) * float64(k) * float64(n),
		tolerance: 1e-5, peak: peakF32,
		rivals: append(append([]rival(nil), blas...), onednn...), ask: request{Op: "f32", M: m, K: k, N: n}}
	lda, ldb := k, n
	if ta {
		j.ask.TA, lda = 1, m
	}
	if tb {
		j.ask.TB, ldb = 1, k
	}
	if packed {
		j.kind = "f32-prepacked"
		j.rivals = append(j.rivals, onednnPack...)
	}
	j.ours = func(p *kernels.Pool) (func(), func() (float64, float64), error) {
		g := &kernels.Gemm{M: m, N: n, K: k, TransA: ta, TransB: tb, A: floats(m*k, 1), Lda: lda, B: floats(k*n, 2),
			Ldb: ldb, C: make([]float32, m*n), Ldc: n}
		if packed {
			g.Packed = kernels.PackB(k, n, g.B, ldb, tb)
		}
		return func() { g.Run(p) }, func() (float64, float64) { return checksum(g.C) }, nil
	}
	return j
}

// gemmU8Job is ours with packed weights, as a model has them, against oneDNN's with packed weights and with plain ones.
func gemmU8Job(m, k, n int, tb bool) job {
	j := job{kind: "u8s8s32", shape: shapeOf(m, k, n, false, tb), work: 2 * float64(m) * float64(k) * float64(n),
		rivals: append(append([]rival(nil), onednn...), onednnPack...),
		peak:   peakU8, ask: request{Op: "u8s8s32", M: m, K: k, N: n}}
	if tb {
		j.ask.TB = 1
	}
	j.ours = func(p *kernels.Pool) (func(), func() (float64, float64), error) {
		b := weights(k*n, 2)
		if tb {
			b = transposed(b, n, k)
		}
		g := &kernels.GemmU8{M: m, N: n, K: k, A: pixels(m*k, 1), Lda: k, B: kernels.PackS8(k, n, b, n),
			C32: make([]int32, m*n), Ldc: n}
		return func() { g.Run(p) }, func() (float64, float64) { return checksum(g.C32) }, nil
	}
	return j
}

// transposed returns the transpose of a rows x cols matrix.
func transposed(x []int8, rows, cols int) []int8 {
	t := make([]int8, len(x))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = x[i*cols+j]
		}
	}
	return t
}
