//go:build !purego

package asm

// AddU8_AVX2 sets dst[i] = clamp((x[i]*mx + y[i]*my + bias) >> shift, lo, hi) for n bytes, a positive multiple of 32. mults
// is uint16(mx) + uint16(my)<<16.
//
//go:noescape
func AddU8_AVX2(dst, x, y *uint8, n int, mults, bias, shift int, lo, hi uint8)

// ScaleU8_AVX2 sets dst[i] = clamp((x[i]*mult[i] + bias[i]) >> shift, lo, hi) for n bytes, a positive multiple of 32.
//
//go:noescape
func ScaleU8_AVX2(dst, x *uint8, n int, mult *int16, bias *int32, shift int, lo, hi uint8)

// ThreeOneU8_AVX2 sets dst[i] = 3*near[i] + far[i] for n bytes, a positive multiple of 16.
//
//go:noescape
func ThreeOneU8_AVX2(dst *uint16, near, far *uint8, n int)

// SmoothUpU8_AVX2 makes two pixels of c bytes of each of so many: sums of 4 times what a byte holds begin with the pixel before
// the first and end with the one after the last. c is a positive multiple of 16.
//
//go:noescape
func SmoothUpU8_AVX2(dst *uint8, sums *uint16, pixels, c int)
