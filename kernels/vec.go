package kernels

type vecKernels struct{}

var vecGeneric vecKernels
