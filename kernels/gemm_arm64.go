//go:build !purego

package kernels

var gemmF32NEON = gemmF32Generic
