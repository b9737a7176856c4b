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
		bs = append(bs, sliceBencher(k.name, n, 8, func(dst, x, _ []float32) { k.f(dst, x) }, nil))
	}
	for _, n := range []int{n, large} {
		bs = append(bs,
			sliceBencher("add", n, 12, kernels.Add, vekAdd),
			sliceBencher("mul", n, 12, kernels.Mul, vekMul),
			sliceBencher("div", n, 12, kernels.Div, vekDiv),
			sliceBencher("leakymask", n, 12, func(dst, x, y []float32) { kernels.LeakyMask(dst, x, y, 0.2) }, nil),
			sliceBencher("select", n, 12, func(dst, x, y []float32) { kernels.Select(dst, x, y, x) }, nil),
			sliceBencher("sum", n, 4, func(dst, x, _ []float32) { dst[0] = kernels.Sum(x) }, nil),
			sliceBencher("sumrows", n, 4, func(dst, x, _ []float32) { kernels.SumRows(dst[:128], x, len(x)/128, 128) }, nil),
			adamBencher(n))
	}
	return append(bs,
		sliceBencher("pickmax", 5*n, 4, func(dst, x, _ []float32) { kernels.PickMax(dst[:n], x, x, 1, 5, n) }, nil),
		sliceBencher("putmax", 5*n, 4, func(dst, x, y []float32) { kernels.PutMax(dst, y[:n], x, 1, 5, n) }, nil),
		sliceBencher("uniform", n, 4, func(dst, _, _ []float32) { kernels.Uniform(dst, 1, 2, 0) }, nil),
		sliceBencher("bernoulli", n, 4, func(dst, _, _ []float32) { kernels.Bernoulli(dst, 1, 2, 0, 0.5, 2) }, nil),
		sliceBencher("normal", n, 4, func(dst, _, _ []float32) { kernels.Normal(dst, 0.02, 1, 2, 0) }, nil))
}

// sliceBencher measures f on slices of n, and theirs beside it if it is not nil; bytes are those that f moves for an element.
func sliceBencher(name string, n, bytes int, f, theirs func(dst, x, y []float32)) bencher {
	prepare := func(*kernels.Pool) trial {
		dst, x, y := make([]float32, n), values(n, 6), values(n, 7)
		t := trial{run: func() { f(dst, x, y) }, result: func() []byte {
			clear(dst)
			f(dst, x, y)
			return bytesOf(dst)
		}}
		if theirs != nil {
			t.rivals = []rival{{name: "vek", run: func() { theirs(dst, x, y) }}}
		}
		return t
	}
	return bencher{kernel: name, shape: fmt.Sprint(n), work: float64(n * bytes), unit: "GB/s", prepare: prepare}
}

// adamBencher measures steps of Adam, 28 bytes an element; the result is that of one step from the beginning.
func adamBencher(n int) bencher {
	prepare := func(*kernels.Pool) trial {
		p, m, v, g := values(n, 8), values(n, 9), values(n, 10), values(n, 11)
		a := &kernels.AdamParams{Step: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, RSqrtBias2: 1}
		kernels.Abs(v, v)
		return trial{run: func() { kernels.Adam(p, m, v, g, a) }, result: func() []byte {
			p, m, v := values(n, 8), values(n, 9), values(n, 10)
			kernels.Abs(v, v)
			kernels.Adam(p, m, v, g, a)
			return append(append(bytesOf(p), bytesOf(m)...), bytesOf(v)...)
		}}
	}
	return bencher{kernel: "adam", shape: fmt.Sprint(n), work: float64(n * 28), unit: "GB/s", prepare: prepare}
}
