package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// vecBenchers are the kernels on plain slices.
func vecBenchers() []bencher {
	const n = 1 << 14 // in L1 and L2
	var bs []bencher
	for _, k := range []struct {
		name string
		f    func(dst, x []float32)
	}{{"exp", kernels.Exp}, {"log", kernels.Log}, {"tanh", kernels.Tanh}, {"sigmoid", kernels.Sigmoid},
		{"softplus", kernels.Softplus}, {"relu", kernels.ReLU}} {
		bs = append(bs, sliceBencher(k.name, n, 8, func(dst, x, _ []float32) { k.f(dst, x) }))
	}
	return append(bs,
		sliceBencher("add", n, 12, kernels.Add),
		sliceBencher("mul", n, 12, kernels.Mul),
		sliceBencher("sum", n, 4, func(dst, x, _ []float32) { dst[0] = kernels.Sum(x) }),
		sliceBencher("uniform", n, 4, func(dst, _, _ []float32) { kernels.Uniform(dst, 1, 2, 0) }),
		sliceBencher("adam", 1<<18, 44, adamBench()))
}

// sliceBencher measures f on slices of n; bytes are those that it moves for an element.
func sliceBencher(name string, n, bytes int, f func(dst, x, y []float32)) bencher {
	prepare := func(*kernels.Pool) trial {
		dst, x, y := make([]float32, n), values(n, 6), values(n, 7)
		return trial{run: func() { f(dst, x, y) }, result: func() []byte {
			clear(dst)
			f(dst, x, y)
			return bytesOf(dst)
		}}
	}
	return bencher{kernel: name, shape: fmt.Sprint(n), work: float64(n * bytes), unit: "GB/s", prepare: prepare}
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
