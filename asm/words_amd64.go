//go:build !purego

package asm

// RequantI16_AVX2 sets n words, a positive multiple of 8, of each of some rows, ldd words apart, to what
// kernels.WordEnd makes of sums lda apart. mult and shift have n entries. A slope of 0 is none.
//
//go:noescape
func RequantI16_AVX2(dst *int16, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, lo, hi, slope int32)

// RequantI16_AVX512 is RequantI16_AVX2 for any positive n. acc may be read up to the next multiple of 16 columns.
//
//go:noescape
func RequantI16_AVX512(dst *int16, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, lo, hi, slope int32)

// AddI16_AVX2 sets n words, a positive multiple of 16, to (x*mx + y*my + bias) >> shift, clamped; mult is my<<16 + mx.
//
//go:noescape
func AddI16_AVX2(dst, x, y *int16, n int, mult, bias, shift, lo, hi int32)

// ScaleI16_AVX2 sets n words, a positive multiple of 16, to (x*mult + bias) >> shift, clamped.
//
//go:noescape
func ScaleI16_AVX2(dst, x, mult *int16, bias *int32, n int, shift, lo, hi int32)

// LookupI16_AVX2 sets n words, a positive multiple of 8, to a table's function of each; see kernels.LookupI16.
//
//go:noescape
func LookupI16_AVX2(dst, x *int16, n int, table *[257]int16)

// PixelsI16_AVX2 is the same for kernels.PixelsI16.
//
//go:noescape
func PixelsI16_AVX2(dst *uint8, x *int16, n int, table *[257]int16)

// WidenU8_I16_AVX2 sets n words, a positive multiple of 16, to (x - zero) * 128.
//
//go:noescape
func WidenU8_I16_AVX2(dst *int16, x *uint8, n int, zero int32)

// ToI16_AVX2 sets n words, a positive multiple of 16, to x*scale; see kernels.ToI16.
//
//go:noescape
func ToI16_AVX2(dst *int16, x *float32, n int, scale float32)

// SmoothUpI16_AVX2 makes two pixels of each of some, of which 8 channels are computed and c are apart: (9*near + 3*far + 3*before
// of near + before of far + 8) >> 4, and the same with those behind. near and far begin with the pixel before the first.
//
//go:noescape
func SmoothUpI16_AVX2(dst, near, far *int16, pixels, c int)

// GemmI16S8_8x32_AVX512 computes tiles of 8 rows and 32 columns one below another: for 0 <= i < 8*tiles and 0 <= j < 32 it sets
// c[i*ldc+j] to bias[j] plus the sum over 0 <= l < 4*steps of the word l of row i of a, rows being lda bytes apart, times the signed
// byte b[64*(l/2)+2*j+l%2].
//
//go:noescape
func GemmI16S8_8x32_AVX512(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmI16S8_8x16_AVX512 is GemmI16S8_8x32_AVX512 for 16 columns, with b[32*(l/2)+2*j+l%2].
//
//go:noescape
func GemmI16S8_8x16_AVX512(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmI16S8_1x32_AVX512 is the product of one row with panels of 32 columns that lie one after another in b, bias and c.
//
//go:noescape
func GemmI16S8_1x32_AVX512(panels, steps int, a, b *byte, bias, c *int32)

// ConvI16S8_8x32_AVX512 is ConvU8S8_8x32_VNNI for words, with B as GemmI16S8_8x32_AVX512 has it; aOff and the beginnings of segments
// count bytes.
//
//go:noescape
func ConvI16S8_8x32_AVX512(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvI16S8_8x16_AVX512 is ConvI16S8_8x32_AVX512 for 16 columns.
//
//go:noescape
func ConvI16S8_8x16_AVX512(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
