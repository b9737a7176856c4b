//go:build !amd64

package bench

var (
	vekSlices map[string]sliceRival
	vekMatMul func(c, a, b []float32, k int)
)
