package bench

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// normBenchers are normalizations of the activations of a DCGAN, softmax, and their gradients. Bytes are those of one pass
// over each large operand for each time that it must be read.
func normBenchers() []bencher {
	var bs []bencher
	for _, s := range [][3]int{{1, 1 << 12, 64}, {1, 1 << 16, 64}, {64, 256, 128}} {
		n := s[0] * s[1] * s[2]
		shape := fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2])
		bs = append(bs,
			columnBencher("colnorm", shape, s, 16*n, func(c *kernels.ColumnNorm, p *kernels.Pool) []float32 {
				c.Stats(p)
				c.Apply(p)
				return c.Y
			}),
			columnBencher("colnorm-grad", shape, s, 20*n, func(c *kernels.ColumnNorm, p *kernels.Pool) []float32 {
				c.Gradient(p)
				return c.DX
			}))
	}
	for _, s := range [][2]int{{1 << 12, 64}, {1 << 14, 256}, {64, 1 << 16}} {
		bs = append(bs,
			rowBencher("rownorm", s[0], s[1], 8, func(c *kernels.RowNorm, p *kernels.Pool) []float32 {
				c.Apply(p)
				return c.Y
			}),
			rowBencher("rownorm-grad", s[0], s[1], 12, func(c *kernels.RowNorm, p *kernels.Pool) []float32 {
				c.Gradient(p)
				return c.DX
			}))
	}
	return append(bs, softmaxBencher(1<<12, 64), softmaxBencher(1<<10, 1024))
}

func columnBencher(name, shape string, s [3]int, bytes int, f func(*kernels.ColumnNorm, *kernels.Pool) []float32) bencher {
	prepare := func(p *kernels.Pool) trial {
		n, stats := s[0]*s[1]*s[2], s[0]*s[2]
		c := &kernels.ColumnNorm{Outer: s[0], Rows: s[1], Cols: s[2], Eps: 1e-5, X: values(n, 1), G: values(n, 2),
			Gamma: values(s[2], 3), Beta: values(s[2], 4), Mean: make([]float32, stats), Rstd: make([]float32, stats),
			DGamma: make([]float32, stats), DBeta: make([]float32, stats), Y: make([]float32, n), DX: make([]float32, n)}
		c.Stats(p)
		return trial{run: func() { f(c, p) }, result: func() []byte { return bytesOf(f(c, p)) }}
	}
	return bencher{kernel: name, shape: shape, work: float64(bytes), unit: "GB/s", prepare: prepare}
}

func rowBencher(name string, rows, cols, bytes int, f func(*kernels.RowNorm, *kernels.Pool) []float32) bencher {
	prepare := func(p *kernels.Pool) trial {
		n := rows * cols
		c := &kernels.RowNorm{Rows: rows, Cols: cols, Eps: 1e-5, X: values(n, 1), G: values(n, 2), Gamma: values(cols, 3),
			Beta: values(cols, 4), Mean: make([]float32, rows), Rstd: make([]float32, rows), Y: make([]float32, n),
			DX: make([]float32, n)}
		c.Apply(p)
		return trial{run: func() { f(c, p) }, result: func() []byte { return bytesOf(f(c, p)) }}
	}
	return bencher{kernel: name, shape: fmt.Sprintf("%dx%d", rows, cols), work: float64(rows * cols * bytes), unit: "GB/s",
		prepare: prepare}
}

func softmaxBencher(rows, cols int) bencher {
	prepare := func(p *kernels.Pool) trial {
		s := &kernels.Softmax{Rows: rows, Cols: cols, X: values(rows*cols, 1), Y: make([]float32, rows*cols)}
		return trial{run: func() { s.Apply(p) }, result: func() []byte { return bytesOf(s.Y) }}
	}
	return bencher{kernel: "softmax", shape: fmt.Sprintf("%dx%d", rows, cols), work: float64(8 * rows * cols), unit: "GB/s",
		prepare: prepare}
}
