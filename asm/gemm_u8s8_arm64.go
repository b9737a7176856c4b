//go:build !purego

package asm

// GemmU8S8_8x8_NEON sets c[8*i+j], for 0 <= i < 8 and 0 <= j < 8, to bias[j] plus the sum over k < 4*steps of
// A[i,k]*B[k,j], where a holds four unsigned bytes of each of 8 rows a step and b four signed bytes of each of 8
// columns.
//
//go:noescape
func GemmU8S8_8x8_NEON(steps int, a, b *byte, bias, c *int32)

// RequantU8_NEON requantizes n sums, a positive multiple of 8: dst = zero + clamp((acc*mult + 2^(shift-1)) >> shift,
// least, most), in 64 bits.
//
//go:noescape
func RequantU8_NEON(dst *uint8, acc, mult *int32, shift *uint8, n int, zero, least, most int32)

// LookupU8_NEON sets dst[i] = table[src[i]] for n bytes, a positive multiple of 16.
//
//go:noescape
func LookupU8_NEON(dst, src *uint8, n int, table *[256]uint8)

// GemmU8S8_1x8_NEON is the first row of GemmU8S8_8x8_NEON.
//
//go:noescape
func GemmU8S8_1x8_NEON(steps int, a, b *byte, bias, c *int32)
