//go:build !purego

package asm

// PhiloxU32_NEON fills dst with n random numbers, a positive multiple of 32: the blocks of Philox 4x32-10 with key seed
// and counters (block, stream, 0), block counting up without a carry out of its low word.
//
//go:noescape
func PhiloxU32_NEON(dst *uint32, n int, seed uint64, stream uint32, block uint64)

// UniformF32_NEON sets dst = float32(u>>8) * 2^-24; n is a positive multiple of 16.
//
//go:noescape
func UniformF32_NEON(dst *float32, u *uint32, n int)

// BernoulliF32_NEON sets dst = u <= last ? scale : 0; n is a positive multiple of 16.
//
//go:noescape
func BernoulliF32_NEON(dst *float32, u *uint32, n int, last uint32, scale float32)

// LatentI16_NEON sets dst to the uniform latent of u; n is a positive multiple of 16.
//
//go:noescape
func LatentI16_NEON(dst *int16, u *uint32, n int)
