package kernels

type gemmF32Kernels struct{}

var gemmF32Generic gemmF32Kernels
