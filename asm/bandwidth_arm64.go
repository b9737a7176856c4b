//go:build !purego

package asm

// Read_NEON loads n bytes, a positive multiple of 512, passes > 0 times over, and does nothing with them.
//
//go:noescape
func Read_NEON(p *byte, n, passes int)

// Copy_NEON copies n bytes, a positive multiple of 512, passes > 0 times over.
//
//go:noescape
func Copy_NEON(dst, src *byte, n, passes int)
