//go:build !purego

package kernels

var rngNEON = rngGeneric
