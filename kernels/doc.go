// Package kernels says what the machine does: GEMM, elementwise operations, reductions, optimizer steps, integer
// arithmetic and random numbers, each with one pure-Go reference that is its specification.
//
// Faster tiers (avx2, avx512, neon) equal the reference bit for bit; NaN payloads and signs are the one thing left
// free. The tier is chosen once, at start, and can be forced with the environment variable GANNET_ISA.
package kernels
