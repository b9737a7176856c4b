//go:build !purego

package kernels

import "golang.org/x/sys/cpu"

// The rows differ in the integer product alone. The package cpu asks linux (HWCAP), darwin (sysctl) and windows.
func archTiers() []*tier {
	dot, i8mm := cpu.ARM64.HasASIMDDP, cpu.ARM64.HasI8MM || windowsHasI8MM()
	// Advanced SIMD is part of the ARMv8.0 baseline: no check is needed.
	neon := tier{name: "neon", needs: "ARMv8.0 Advanced SIMD", has: true,
		f32: gemmF32NEON, u8: gemmU8NEON, conv: convNEON, convU8: convU8Gather, point: pointU8NEON, words: wordsGeneric, vec: vecNEON,
		rows: rowsNEON, norm: normNEON, rng: rngNEON}
	neondot, neoni8mm := neon, neon
	neondot.name, neondot.needs, neondot.has, neondot.u8 = "neondot", "ARMv8.2 DotProd", dot, gemmU8NEONDot
	neoni8mm.name, neoni8mm.needs, neoni8mm.has, neoni8mm.u8 = "neoni8mm", "ARMv8.6 I8MM", i8mm, gemmU8NEONI8MM
	return []*tier{&neoni8mm, &neondot, &neon}
}
