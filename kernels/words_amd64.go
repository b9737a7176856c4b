//go:build !purego

package kernels

var wordsAVX2 = wordsGeneric
