//go:build !purego

package asm

// Pause tells the CPU that the caller spins: some 10 to 50 nanoseconds, in which a sibling thread of the core works.
func Pause()
