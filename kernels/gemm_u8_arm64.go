//go:build !purego

package kernels

var gemmU8NEON = gemmU8Generic
