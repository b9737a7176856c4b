package kernels

type gemmU8Kernels struct{}

var gemmU8Generic gemmU8Kernels
