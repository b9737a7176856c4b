//go:build !purego

package kernels

var vecNEON = vecGeneric
