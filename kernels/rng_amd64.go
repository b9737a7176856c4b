//go:build !purego

package kernels

var rngAVX2, rngAVX512 rngKernels
