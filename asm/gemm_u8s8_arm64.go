//go:build !purego

package asm

// The functions below multiply packed A, tiles of rows one below another, with a panel of B, and set rows of c, ldc numbers
// apart, to bias plus the sums over so many steps of k. Each tier's file says how A and B lie. Those of one row take panels
// one after another, or one panel, and a row that lies as it is, zero up to a multiple of 16 bytes.

//go:noescape
func GemmU8S8_4x4_NEON(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_1x4_NEON(panels, steps int, a, b *byte, bias, c *int32)

//go:noescape
func GemmU8S8_8x12_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

// GemmU8S8_4x12_NEONDOT computes the first 4 rows of a packed panel of 8; tiles is 1.
//
//go:noescape
func GemmU8S8_4x12_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_8x8_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_8x4_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_1x12_NEONDOT(panels, steps int, a, b *byte, bias, c *int32)

//go:noescape
func GemmU8S8_1x8_NEONDOT(steps int, a, b *byte, bias, c *int32)

//go:noescape
func GemmU8S8_1x4_NEONDOT(steps int, a, b *byte, bias, c *int32)

//go:noescape
func GemmU8S8_8x12_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

// GemmU8S8_4x12_NEONI8MM computes the first 4 rows of a packed panel of 8; tiles is 1.
//
//go:noescape
func GemmU8S8_4x12_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_8x8_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_8x4_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)

//go:noescape
func GemmU8S8_1x12_NEONI8MM(panels, steps int, a, b *byte, bias, c *int32)

// GemmU8S8_1x4_NEONI8MM takes quads of 4 columns of one panel.
//
//go:noescape
func GemmU8S8_1x4_NEONI8MM(quads, steps, width int, a, b *byte, bias, c *int32)

// PackRows8_4_NEON lays out blocks > 0 times 16 bytes of each of rows rows, 1 to 8 of them, lda apart: four bytes, less
// 128, of each of 8 rows a step. Rows that are missing are the last one again.
//
//go:noescape
func PackRows8_4_NEON(dst, src *byte, lda, blocks, rows int)

// PackRows8_8_NEON is PackRows8_4_NEON for eight bytes as they are.
//
//go:noescape
func PackRows8_8_NEON(dst, src *byte, lda, blocks, rows int)

// PackRows4_16_NEON is PackRows8_4_NEON for sixteen bytes, less 128, of each of 4 rows.
//
//go:noescape
func PackRows4_16_NEON(dst, src *byte, lda, blocks, rows int)

// RequantU8_NEON requantizes n sums, a positive multiple of 8: dst = clamp(zero + ((acc*mult + 2^(shift-1)) >> shift), lo,
// hi), the product in 64 bits.
//
//go:noescape
func RequantU8_NEON(dst *uint8, acc, mult *int32, shift *uint8, n int, zero, lo, hi int32)

// RequantTilesU8_NEON is RequantU8_NEON for 4*tiles rows of 4*quads sums, both positive.
//
//go:noescape
func RequantTilesU8_NEON(dst *uint8, ldd int, acc *int32, lda, tiles, quads int, mult *int32, shift *uint8, zero, lo, hi int32)

// QuantizeI16_NEON requantizes n numbers of 16 bits, a positive multiple of 8, to 0 .. 255.
//
//go:noescape
func QuantizeI16_NEON(dst *uint8, src *int16, n int, mult, shift, zero int32)

// LookupU8_NEON sets dst[i] = table[src[i]] for n bytes, a positive multiple of 16.
//
//go:noescape
func LookupU8_NEON(dst, src *uint8, n int, table *[256]uint8)
