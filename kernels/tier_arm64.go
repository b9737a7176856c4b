//go:build !purego

package kernels

func archTiers() []*tier {
	return []*tier{
		// Advanced SIMD is part of the ARMv8.0 baseline: no check is needed.
		{name: "neon", needs: "ARMv8.0 Advanced SIMD", has: true,
			f32: gemmF32NEON, u8: gemmU8NEON, conv: convGeneric, vec: vecNEON,
			rows: rowsGeneric, norm: normGeneric, rng: rngNEON},
	}
}
