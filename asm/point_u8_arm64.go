//go:build !purego

package asm

// AddU8_NEON sets dst[i] = clamp((x[i]*mx + y[i]*my + bias) >> shift, lo, hi) for n bytes, a positive multiple of 16. mx and
// my have 16 bits.
//
//go:noescape
func AddU8_NEON(dst, x, y *uint8, n int, mx, my, bias, shift int32, lo, hi uint8)

// ScaleU8_NEON sets dst[i] = clamp((x[i]*mult[i] + bias[i]) >> shift, lo, hi) for n bytes, a positive multiple of 16.
//
//go:noescape
func ScaleU8_NEON(dst, x *uint8, n int, mult *int16, bias *int32, shift int32, lo, hi uint8)
