//go:build !purego

package kernels

var rngNEON rngKernels
