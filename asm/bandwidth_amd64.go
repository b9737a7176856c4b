//go:build !purego

package asm

// Read_AVX512 loads n bytes, a positive multiple of 512, passes > 0 times over, and does nothing with them.
//
//go:noescape
func Read_AVX512(p *byte, n, passes int)

// Copy_AVX512 copies n bytes, a positive multiple of 512, passes > 0 times over.
//
//go:noescape
func Copy_AVX512(dst, src *byte, n, passes int)

// Read_AVX2 is Read_AVX512 with loads of 32 bytes.
//
//go:noescape
func Read_AVX2(p *byte, n, passes int)

// Copy_AVX2 is Copy_AVX512 with loads and stores of 32 bytes.
//
//go:noescape
func Copy_AVX2(dst, src *byte, n, passes int)
