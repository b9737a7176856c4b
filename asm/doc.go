// Package asm holds the raw assembly kernels: one instruction set a file, nothing else.
//
// A function here is named operation, type, tile, tier (GemmF32_8x48_AVX512) and lives in a file named
// operation_type_tier_arch.s. It checks nothing: package kernels owns the meaning, the shapes and the choice of tier.
// Every function declared here computes, for each output element, the same IEEE operations in the same order as the
// pure-Go reference in package kernels.
package asm
