package bench

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// blas32 is what package gonum.org/v1/gonum/blas/blas32 calls; only the methods in use are linked.
var blas32 gonum.Implementation

func transpose(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

// plainGemm is the product as one would write it in Go: rows of C += numbers of A times rows of B.
func plainGemm(c, a, b []float32, m, k, n int) {
	clear(c)
	for i := range m {
		row := c[i*n:][:n]
		for l := range k {
			x := a[i*k+l]
			for j, y := range b[l*n:][:n] {
				row[j] += x * y
			}
		}
	}
}

// plainGemmU8 is plainGemm for bytes, with 32-bit sums.
func plainGemmU8(c []int32, a []uint8, b []int8, m, k, n int) {
	clear(c)
	for i := range m {
		row := c[i*n:][:n]
		for l := range k {
			x := int32(a[i*k+l])
			for j, y := range b[l*n:][:n] {
				row[j] += x * int32(y)
			}
		}
	}
}

// sliceRival is somebody else's kernel on slices.
type sliceRival struct {
	name, call string // as of a rival
	run        sliceFunc
}

// rivalsOfSlices are the rivals of a kernel of ours on slices.
func rivalsOfSlices(kernel string) []sliceRival {
	var rs []sliceRival
	if v, ok := vekSlices[kernel]; ok {
		rs = append(rs, v)
	}
	if v, ok := plainSlices[kernel]; ok {
		rs = append(rs, v)
	}
	if kernel == "axpy" {
		rs = append(rs, sliceRival{"gonum", "blas32.Axpy", func(dst, x, _ []float32) { blas32.Saxpy(len(x), 0.5, x, 1, dst, 1) }})
	}
	return rs
}

// plainSlices are loops as one would write them in Go, by the names of our kernels.
var plainSlices = map[string]sliceRival{
	"exp":      plainMap("math.Exp(x)", math.Exp),
	"log":      plainMap("math.Log(x)", math.Log),
	"tanh":     plainMap("math.Tanh(x)", math.Tanh),
	"sigmoid":  plainMap("1/(1+math.Exp(-x))", func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	"softplus": plainMap("math.Log1p(math.Exp(x))", func(x float64) float64 { return math.Log1p(math.Exp(x)) }),
	"sqrt": plainLoop("float32(math.Sqrt(float64(x)))", func(dst, x, _ []float32) {
		for i, v := range x {
			dst[i] = float32(math.Sqrt(float64(v)))
		}
	}),
	"relu": plainLoop("max(x, 0)", func(dst, x, _ []float32) {
		for i, v := range x {
			dst[i] = max(v, 0)
		}
	}),
	"add": plainLoop("x + y", func(dst, x, y []float32) {
		for i, v := range x {
			dst[i] = v + y[i]
		}
	}),
	"mul": plainLoop("x * y", func(dst, x, y []float32) {
		for i, v := range x {
			dst[i] = v * y[i]
		}
	}),
	"div": plainLoop("x / y", func(dst, x, y []float32) {
		for i, v := range x {
			dst[i] = v / y[i]
		}
	}),
	"axpy": plainLoop("dst += a*x", func(dst, x, _ []float32) {
		for i, v := range x {
			dst[i] += 0.5 * v
		}
	}),
	"sum": plainLoop("sum += x", func(dst, x, _ []float32) {
		var s float32
		for _, v := range x {
			s += v
		}
		dst[0] = s
	}),
}

func plainLoop(what string, f sliceFunc) sliceRival { return sliceRival{"Go", "a loop of " + what, f} }

// plainMap is a loop of a function of package math.
func plainMap(what string, f func(float64) float64) sliceRival {
	return plainLoop(what, func(dst, x, _ []float32) {
		for i, v := range x {
			dst[i] = float32(f(float64(v)))
		}
	})
}
