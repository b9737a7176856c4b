package bench

import "github.com/viterin/vek/vek32"

// What vek has of our elementwise kernels. It does not build for every architecture.
var (
	vekAdd = func(dst, x, y []float32) { vek32.Add_Into(dst, x, y) }
	vekMul = func(dst, x, y []float32) { vek32.Mul_Into(dst, x, y) }
	vekDiv = func(dst, x, y []float32) { vek32.Div_Into(dst, x, y) }
)
