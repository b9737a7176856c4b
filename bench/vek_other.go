//go:build !amd64

package bench

var vekAdd, vekMul, vekDiv func(dst, x, y []float32)
