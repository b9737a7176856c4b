//go:build !purego

package asm

// ConvU8S8_8x48_VNNI computes tiles of 8 rows and 48 columns whose left operand is read where it lies: for 0 <= i < 8*tiles
// and 0 <= j < 48 it sets c[48*i+j] to bias[j] plus the sum over segments 0 <= s < nseg, steps 0 <= t < segs[3s+1] and 0 <= l
// < 4 of the unsigned a[aOff[i]+segs[3s]+4*t+l] times B[4*(segs[3s+2]+t)+l,j]. b holds four signed bytes of each of 48
// columns a step. There is a step in each segment.
//
//go:noescape
func ConvU8S8_8x48_VNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvU8S8_8x32_VNNI is ConvU8S8_8x48_VNNI for tiles of 32 columns.
//
//go:noescape
func ConvU8S8_8x32_VNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvU8S8_8x16_VNNI is ConvU8S8_8x48_VNNI for tiles of 16 columns.
//
//go:noescape
func ConvU8S8_8x16_VNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvU8S8_6x16_AVXVNNI is ConvU8S8_8x48_VNNI for tiles of 6 rows and 16 columns.
//
//go:noescape
func ConvU8S8_6x16_AVXVNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvU16S16_6x16_AVX2 is ConvU8S8_6x16_AVXVNNI on operands that WidenU8_AVX2 and WidenS8_16_AVX2 have widened to 16 bits;
// aOff and the beginnings of segments count bytes.
//
//go:noescape
func ConvU16S16_6x16_AVX2(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvU16S8_6x16_AVX2 is ConvU16S16_6x16_AVX2 with a b of bytes.
//
//go:noescape
func ConvU16S8_6x16_AVX2(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvU16S16_6x8x2_AVX2 is ConvU16S16_6x16_AVX2 with the unsigned a[aOff[i]+segs[3s]+apart+...] for columns from 8 on.
//
//go:noescape
func ConvU16S16_6x8x2_AVX2(tiles int, a *byte, apart int, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

// RequantRowsU8_AVX512 is RequantTilesU8_AVX512 with a place for each row: row i goes to dst[off[i]:].
//
//go:noescape
func RequantRowsU8_AVX512(dst *uint8, off *int, acc *int32, lda, tiles, blocks int, scales *[288]int32, mult *int32,
	shift *uint8, zero, lo, hi int32)

// RequantRowsU8_AVX2 is RequantU8_AVX2 with a place for each row: row i goes to dst[off[i]:].
//
//go:noescape
func RequantRowsU8_AVX2(dst *uint8, off *int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, lo, hi int32)

// ConvDepthU8S8_8x16_VNNI computes tiles of 8 rows and 16 lanes: for 0 <= i < 8*tiles and 0 <= j < 16 it sets c[16*i+j] to
// bias[j] plus the sum over segments 0 <= s < nseg, steps 0 <= t < segs[3s+1] and 0 <= l < 4 of the unsigned
// a[aOff[i]+segs[3s]+t*aStep+4*j+l] times the signed b[64*(segs[3s+2]+t)+4*j+l]. There is a step in each segment.
//
//go:noescape
func ConvDepthU8S8_8x16_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvDepthU8S8_6x16_AVXVNNI is ConvDepthU8S8_8x16_VNNI for tiles of 6 rows.
//
//go:noescape
func ConvDepthU8S8_6x16_AVXVNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvDepthU16S16_6x16_AVX2 is ConvDepthU8S8_6x16_AVXVNNI with two numbers of 16 bits in a lane instead of four bytes.
//
//go:noescape
func ConvDepthU16S16_6x16_AVX2(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)

// ConvDepthI16S16_8x16_AVX512 is ConvDepthU16S16_6x16_AVX2 for tiles of 8 rows.
//
//go:noescape
func ConvDepthI16S16_8x16_AVX512(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)

// InterleaveU8_2_AVX2 sets the numbers of 16 bits dst[2*i] = src[i] and dst[2*i+1] = src[ld+i] for i < n, a positive multiple
// of 16.
//
//go:noescape
func InterleaveU8_2_AVX2(dst, src *byte, ld, n int)

// InterleaveI16_2_AVX2 is the same where src is numbers of 16 bits as well.
//
//go:noescape
func InterleaveI16_2_AVX2(dst, src *byte, ld, n int)

// ConvDepth3U8S8_64_VNNI computes pixels of some lines of a depthwise convolution of 3x3 taps: of pixel i of line l, the channels
// dst[outLine*l+c*i+j], of which bit j is set in channels, from a[line*l+apart*y+c*(i+x)+j] for x, y < 3. k is 2560 bytes of constants.
//
//go:noescape
func ConvDepth3U8S8_64_VNNI(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c int, channels uint64, k *byte,
	zero, lo, hi int32)

// ConvDepth3U8S8_8_AVX2 is ConvDepth3U8S8_64_VNNI for 8 channels and 480 bytes of constants. It may read a pixel and 16 bytes beyond
// the last one of a line.
//
//go:noescape
func ConvDepth3U8S8_8_AVX2(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c int, k *byte, zero, lo, hi int32)

// ConvThinU8S8_8x3_VNNI computes tiles of 8 vectors of 16 pixels in 3 channels: for 0 <= i < 8*tiles, 0 <= j < 16 and 0 <= r < 3 it
// sets c[r*cStep+16*i+j] to bias[r] plus the sum over segments 0 <= s < nseg, steps 0 <= t < segs[3s+1] and 0 <= l < 4 of the unsigned
// a[aOff[i]+segs[3s]+t*aStep+4*j+l] times the signed b[12*(segs[3s+2]+t)+4*r+l]. There is a step in each segment.
//
//go:noescape
func ConvThinU8S8_8x3_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinU8S8_8x1_VNNI is ConvThinU8S8_8x3_VNNI in one channel, so that b has 4 bytes a step.
//
//go:noescape
func ConvThinU8S8_8x1_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinU8S8_2x3_AVXVNNI is ConvThinU8S8_8x3_VNNI for tiles of 2 vectors.
//
//go:noescape
func ConvThinU8S8_2x3_AVXVNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinU8S8_6x1_AVXVNNI is ConvThinU8S8_8x1_VNNI for tiles of 6 vectors.
//
//go:noescape
func ConvThinU8S8_6x1_AVXVNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinU16S16_2x3_AVX2 is ConvThinU8S8_2x3_AVXVNNI with two numbers of 16 bits in a lane instead of four bytes.
//
//go:noescape
func ConvThinU16S16_2x3_AVX2(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinU16S16_6x1_AVX2 is ConvThinU8S8_6x1_AVXVNNI with two numbers of 16 bits in a lane instead of four bytes.
//
//go:noescape
func ConvThinU16S16_6x1_AVX2(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinI16S16_8x3_AVX512 is ConvThinU8S8_8x3_VNNI with two words in a lane instead of four bytes.
//
//go:noescape
func ConvThinI16S16_8x3_AVX512(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

// ConvThinI16S16_8x1_AVX512 is ConvThinU8S8_8x1_VNNI with two words in a lane instead of four bytes.
//
//go:noescape
func ConvThinI16S16_8x1_AVX512(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
