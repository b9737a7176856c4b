//go:build !purego

package asm

// GemmU8S8_8x48_VNNI sets c[48*i+j], for 0 <= i < 8 and 0 <= j < 48, to the sum over k < 4*steps of A[i,k]*B[k,j], where a
// holds four unsigned bytes of each of 8 rows a step and b four signed bytes of each of 48 columns.
//
//go:noescape
func GemmU8S8_8x48_VNNI(steps int, a, b *byte, c *int32)

// GemmU16S16_6x16_AVX2 sets c[16*i+j], for 0 <= i < 6 and 0 <= j < 16, to the sum over k < 2*steps of A[i,k]*B[k,j], where
// a and b hold two 16-bit numbers of each row and column a step.
//
//go:noescape
func GemmU16S16_6x16_AVX2(steps int, a, b *byte, c *int32)

// RequantU8_AVX2 requantizes n sums, a multiple of 8: dst = zero + clamp(((acc+bias)*mult + 2^(shift-1)) >> shift, least,
// most), in 64 bits.
//
//go:noescape
func RequantU8_AVX2(dst *uint8, acc, bias, mult *int32, shift *uint8, n int, zero, least, most int32)

// GemmU8S8_1x48_VNNI is the first row of GemmU8S8_8x48_VNNI.
//
//go:noescape
func GemmU8S8_1x48_VNNI(steps int, a, b *byte, c *int32)

// GemmU16S16_1x16_AVX2 is the first row of GemmU16S16_6x16_AVX2.
//
//go:noescape
func GemmU16S16_1x16_AVX2(steps int, a, b *byte, c *int32)

// RequantU8_AVX512 is RequantU8_AVX2 for any positive n.
//
//go:noescape
func RequantU8_AVX512(dst *uint8, acc, bias, mult *int32, shift *uint8, n int, zero, least, most int32)

// LookupU8_VBMI replaces n > 0 bytes by their entries in a table. It needs AVX-512 VBMI.
//
//go:noescape
func LookupU8_VBMI(dst, src *uint8, n int, table *[256]uint8)

// GemmU8S8_6x16_AVXVNNI is GemmU8S8_8x48_VNNI for a tile of 6 rows and 16 columns.
//
//go:noescape
func GemmU8S8_6x16_AVXVNNI(steps int, a, b *byte, c *int32)

// GemmU8S8_1x16_AVXVNNI is the first row of GemmU8S8_6x16_AVXVNNI.
//
//go:noescape
func GemmU8S8_1x16_AVXVNNI(steps int, a, b *byte, c *int32)

// PeakU8_VNNI, PeakU8_AVXVNNI and PeakU8_AVX2 run n rounds of 12 independent multiply-adds on registers, of 64, 32 and 16
// products of bytes each: the limit that an integer GEMM can approach.
//
//go:noescape
func PeakU8_VNNI(n int)

//go:noescape
func PeakU8_AVXVNNI(n int)

//go:noescape
func PeakU8_AVX2(n int)
