//go:build !purego

package asm

// GemmU8S8_8x48_VNNI computes tiles of 8 rows and 48 columns, one below another: for 0 <= i < 8*tiles and 0 <= j < 48
// it sets c[ldc*i+j] to bias[j] plus the sum over k of a[lda*i+k]*B[k,j]. b holds four signed bytes of each of 48
// columns a step, ceil(k/4) steps, zero beyond k. k is 0 or at least 4. With stream, for which c is aligned to 64 bytes
// and ldc a multiple of 16, c is written past the caches.
//
//go:noescape
func GemmU8S8_8x48_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)

// GemmU8S8_4x48_VNNI is GemmU8S8_8x48_VNNI for tiles of 4 rows, without stream.
//
//go:noescape
func GemmU8S8_4x48_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmU8S8_8x32_VNNI is GemmU8S8_8x48_VNNI for tiles of 32 columns.
//
//go:noescape
func GemmU8S8_8x32_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)

// GemmU8S8_8x16_VNNI is GemmU8S8_8x48_VNNI for tiles of 16 columns.
//
//go:noescape
func GemmU8S8_8x16_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)

// GemmU8S8_6x16_AVXVNNI is GemmU8S8_8x48_VNNI for tiles of 6 rows and 16 columns.
//
//go:noescape
func GemmU8S8_6x16_AVXVNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmU16S16_6x16_AVX2 is GemmU8S8_6x16_AVXVNNI over 4*steps values of k on operands that WidenU8_AVX2 and
// WidenS8_16_AVX2 have widened to 16 bits. lda counts bytes. Of value l of column j b has the number 32*(l/2)+2*j+l%2.
//
//go:noescape
func GemmU16S16_6x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmU16S8_6x16_AVX2 is GemmU16S16_6x16_AVX2 with a b of bytes.
//
//go:noescape
func GemmU16S8_6x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmU16S16_4x16_AVX2 is GemmU16S16_6x16_AVX2 for one tile of 4 rows.
//
//go:noescape
func GemmU16S16_4x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmU16S8_4x16_AVX2 is GemmU16S8_6x16_AVX2 for one tile of 4 rows.
//
//go:noescape
func GemmU16S8_4x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)

// GemmU8S8_1x48_VNNI multiplies one row by panels of 48 columns, packed as for GemmU8S8_8x48_VNNI and one after
// another: c = bias + a·B for 48*panels columns. k is 0 or at least 4.
//
//go:noescape
func GemmU8S8_1x48_VNNI(panels, k int, a, b *byte, bias, c *int32)

// GemmU8S8_1x16_AVXVNNI is GemmU8S8_1x48_VNNI for panels of 16 columns.
//
//go:noescape
func GemmU8S8_1x16_AVXVNNI(panels, k int, a, b *byte, bias, c *int32)

// GemmU16S8_1x16_AVX2 is GemmU8S8_1x16_AVXVNNI over 4*steps values of k, with a widened to 16 bits and b as it is for
// GemmU16S8_6x16_AVX2.
//
//go:noescape
func GemmU16S8_1x16_AVX2(panels, steps int, a, b *byte, bias, c *int32)

// InterleaveS8_AVX2 sets dst[4*width*s+4*j+i] = src[ld*(4*s+i)+j] for s < steps, i < 4 and j < cols, a multiple of
// 16. steps and cols are positive.
//
//go:noescape
func InterleaveS8_AVX2(dst *byte, src *int8, ld, steps, cols, width int)

// InterleaveS8_2_AVX2 sets dst[2*width*s+2*j+i] = src[ld*(2*s+i)+j] for s < pairs, i < 2 and j < cols, a multiple of
// 16. pairs and cols are positive.
//
//go:noescape
func InterleaveS8_2_AVX2(dst *byte, src *int8, ld, pairs, cols, width int)

// WidenS8_16_AVX2 sign-extends n bytes, a positive multiple of 64, to 16 bits.
//
//go:noescape
func WidenS8_16_AVX2(dst, src *byte, n int)

// WidenU8_AVX2 zero-extends n bytes, a positive multiple of 16, to 16 bits.
//
//go:noescape
func WidenU8_AVX2(dst, src *byte, n int)

// RequantU8_AVX2 requantizes rows of n sums, n a positive multiple of 8: dst = clamp(zero + ((acc*mult + 2^(shift-1))
// >> shift), lo, hi), in 64 bits. There is a mult and a shift for each column.
//
//go:noescape
func RequantU8_AVX2(dst *uint8, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, lo, hi int32)

// RequantU8_AVX512 is RequantU8_AVX2 for any positive n. It may read acc up to the next multiple of 16 columns.
//
//go:noescape
func RequantU8_AVX512(dst *uint8, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, lo, hi int32)

// RequantTilesU8_AVX512 is RequantU8_AVX2 for 4*tiles rows of 16*blocks sums, blocks at most 3. scales is its
// scratch.
//
//go:noescape
func RequantTilesU8_AVX512(dst *uint8, ldd int, acc *int32, lda, tiles, blocks int, scales *[288]int32, mult *int32,
	shift *uint8, zero, lo, hi int32)

// QuantizeI16_AVX2 quantizes n numbers, a positive multiple of 8: dst = clamp(zero + ((src*mult + 2^(shift-1)) >>
// shift), 0, 255).
//
//go:noescape
func QuantizeI16_AVX2(dst *uint8, src *int16, n int, mult, shift, zero int32)

// LookupU8_VBMI replaces n > 0 bytes by their entries in a table. It needs AVX-512 VBMI.
//
//go:noescape
func LookupU8_VBMI(dst, src *uint8, n int, table *[256]uint8)

// LookupU8_AVX2 is LookupU8_VBMI for AVX2 and n bytes, a positive multiple of 64.
//
//go:noescape
func LookupU8_AVX2(dst, src *uint8, n int, table *[256]uint8)

// PeakU8_VNNI, PeakU8_AVXVNNI and PeakU8_AVX2 run n rounds of 12 independent multiply-adds on registers, of 64, 32
// and 16 products of bytes each: the limit that an integer GEMM can approach.
//
//go:noescape
func PeakU8_VNNI(n int)

//go:noescape
func PeakU8_AVXVNNI(n int)

//go:noescape
func PeakU8_AVX2(n int)
