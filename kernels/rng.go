package kernels

type rngKernels struct{}

var rngGeneric rngKernels
