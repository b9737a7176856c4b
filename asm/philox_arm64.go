//go:build !purego

package asm

// PhiloxU32_NEON fills dst with n random numbers, a positive multiple of 32: the blocks of Philox 4x32-10 with key seed
// and counters (block, stream, 0), block counting up without a carry out of its low word.
//
//go:noescape
func PhiloxU32_NEON(dst *uint32, n int, seed uint64, stream uint32, block uint64)
