package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// gemmU8Benchers are int8 products of the layers of a quantized generator, and of f32 products' larger shapes, each beside the f32
// product.
func gemmU8Benchers() []bencher {
	var bs []bencher
	for _, s := range [][3]int{{1, 100, 1200}, {1, 1200, 1200}, {16, 128, 1024}, {64, 100, 1200}, {64, 1200, 1200}, {64, 1200, 784},
		{128, 784, 240}, {256, 1200, 1200}, {1200, 64, 1200}, {512, 512, 512}, {1024, 1024, 1024}, {4096, 256, 2048},
		{16384, 128, 1024}, {65536, 64, 48}, {16384, 576, 64}} {
		bs = append(bs, gemmU8Bencher(s[0], s[1], s[2]))
	}
	return bs
}

func gemmU8Bencher(m, k, n int) bencher {
	prepare := func(p *kernels.Pool) trial {
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
		f := &kernels.Gemm{M: m, N: n, K: k, A: values(m*k, 1), Lda: k, B: values(k*n, 2), Ldb: n, C: make([]float32, m*n), Ldc: n,
			Bias: values(n, 3), Act: kernels.ActReLU}
		f.Packed = kernels.PackB(k, n, f.B, n, false)
		c := make([]int32, m*n)
		return trial{run: func() { g.Run(p) }, result: func() []byte { return g.C }, rivals: []rival{
			{name: "Go", call: "three loops, the innermost over columns; 32-bit sums only", run: func() { plainGemmU8(c, a, b, m, k, n) }},
			{name: "f32", call: "kernels.Gemm" + sameTier, run: func() { f.Run(p) }, ours: true},
		}}
	}
	return bencher{kernel: "gemm_u8", shape: fmt.Sprintf("%dx%dx%d", m, k, n), work: 2 * float64(m) * float64(k) * float64(n),
		unit: "GOP/s", bytes: float64(m*k + k*n + m*n), readOnly: m < k, prepare: prepare}
}
