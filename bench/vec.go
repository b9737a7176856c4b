package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// vecBenchers are the kernels on plain slices.
func vecBenchers() []bencher {
	const (
		n     = 1 << 12 // in L1
		large = 1 << 22 // in memory
	)
	var bs []bencher
	for _, k := range []struct {
		name string
		f    func(dst, x []float32)
	}{{"exp", kernels.Exp}, {"log", kernels.Log}, {"tanh", kernels.Tanh}, {"sigmoid", kernels.Sigmoid},
		{"softplus", kernels.Softplus}, {"sqrt", kernels.Sqrt}, {"relu", kernels.ReLU}, {"neg", kernels.Neg}} {
		bs = append(bs, sliceBencher(k.name, n, 8, func(dst, x, _ []float32) { k.f(dst, x) }))
	}
	for _, n := range []int{n, large} {
		bs = append(bs,
			sliceBencher("add", n, 12, kernels.Add),
			sliceBencher("mul", n, 12, kernels.Mul),
			sliceBencher("div", n, 12, kernels.Div),
			sliceBencher("axpy", n, 12, func(dst, x, _ []float32) { kernels.Axpy(dst, x, 0.5) }),
			sliceBencher("leakymask", n, 12, func(dst, x, y []float32) { kernels.LeakyMask(dst, x, y, 0.2) }),
			sliceBencher("select", n, 12, func(dst, x, y []float32) { kernels.Select(dst, x, y, x) }),
			sliceBencher("sum", n, 4, func(dst, x, _ []float32) { dst[0] = kernels.Sum(x) }),
			sliceBencher("sumrows", n, 4, func(dst, x, _ []float32) { kernels.SumRows(dst[:128], x, len(x)/128, 128) }),
			adamBencher(n))
	}
	return append(bs,
		sliceBencher("pickmax", 5*n, 4, func(dst, x, _ []float32) { kernels.PickMax(dst[:n], x, x, 1, 5, n) }),
		sliceBencher("putmax", 5*n, 4, func(dst, x, y []float32) { kernels.PutMax(dst, y[:n], x, 1, 5, n) }),
		sliceBencher("uniform", n, 4, func(dst, _, _ []float32) { kernels.Uniform(dst, 1, 2, 0) }),
		sliceBencher("bernoulli", n, 4, func(dst, _, _ []float32) { kernels.Bernoulli(dst, 1, 2, 0, 0.5, 2) }),
		sliceBencher("normal", n, 4, func(dst, _, _ []float32) { kernels.Normal(dst, 0.02, 1, 2, 0) }))
}

// sliceOps is how many operations on floats an element takes, a fused one counted twice, comparisons and work on bits not at
// all.
var sliceOps = map[string]int{"exp": 23, "log": 27, "tanh": 39, "sigmoid": 25, "softplus": 43, "sqrt": 1, "add": 1, "mul": 1,
	"div": 1, "axpy": 2, "leakymask": 1, "sum": 1, "sumrows": 1}

// sliceReads are the kernels whose result is small.
var sliceReads = map[string]bool{"sum": true, "sumrows": true, "pickmax": true}

// sliceFunc is what a kernel, or a rival of it, does to slices of the same length. Not all use both operands.
type sliceFunc func(dst, x, y []float32)

// sliceBencher measures f on slices of n; bytes are those that it moves for an element. What rivals there are is found by
// the name.
func sliceBencher(name string, n, bytes int, f sliceFunc) bencher {
	prepare := func(*kernels.Pool) trial {
		dst, x, y := make([]float32, n), values(n, 6), values(n, 7)
		t := trial{run: func() { f(dst, x, y) }, result: func() []byte { return bytesOf(dst) }}
		out := make([]float32, n)
		for _, v := range rivalsOfSlices(name) {
			t.rivals = append(t.rivals, rival{name: v.name, call: v.call, run: func() { v.run(out, x, y) }})
		}
		return t
	}
	return bencher{kernel: name, shape: fmt.Sprint(n), work: float64(n * bytes), unit: "GB/s", readOnly: sliceReads[name],
		flops: float64(n * sliceOps[name]), prepare: prepare}
}

// adamBencher measures steps of Adam: 28 bytes an element; 15 operations, the root and the division among them.
func adamBencher(n int) bencher {
	prepare := func(*kernels.Pool) trial {
		p, m, v, g := values(n, 8), values(n, 9), values(n, 10), values(n, 11)
		a := &kernels.AdamParams{Step: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, RSqrtBias2: 1}
		kernels.Abs(v, v)
		return trial{run: func() { kernels.Adam(p, m, v, g, a) },
			result: func() []byte { return append(append(bytesOf(p), bytesOf(m)...), bytesOf(v)...) }}
	}
	return bencher{kernel: "adam", shape: fmt.Sprint(n), work: float64(n * 28), unit: "GB/s", resident: float64(n * 16),
		flops: float64(n * 15), prepare: prepare}
}
