package bench

import "github.com/viterin/vek/vek32"

// vekSlices is what vek has of our kernels on slices, by our names. It does not build for every architecture.
var vekSlices = map[string]sliceRival{
	"add":  {"vek", "vek32.Add_Into", func(dst, x, y []float32) { vek32.Add_Into(dst, x, y) }},
	"mul":  {"vek", "vek32.Mul_Into", func(dst, x, y []float32) { vek32.Mul_Into(dst, x, y) }},
	"div":  {"vek", "vek32.Div_Into, not correctly rounded", func(dst, x, y []float32) { vek32.Div_Into(dst, x, y) }},
	"sqrt": {"vek", "vek32.Sqrt_Into", func(dst, x, _ []float32) { vek32.Sqrt_Into(dst, x) }},
	"neg":  {"vek", "vek32.Neg_Into", func(dst, x, _ []float32) { vek32.Neg_Into(dst, x) }},
	"relu": {"vek", "vek32.MaximumNumber_Into", func(dst, x, _ []float32) { vek32.MaximumNumber_Into(dst, x, 0) }},
	"sum":  {"vek", "vek32.Sum, in another order", func(dst, x, _ []float32) { dst[0] = vek32.Sum(x) }},
}

var vekMatMul = func(c, a, b []float32, k int) { vek32.MatMul_Into(c, a, b, k) }
