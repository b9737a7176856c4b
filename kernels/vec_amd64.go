//go:build !purego

package kernels

var vecAVX2, vecAVX512 = vecGeneric, vecGeneric
