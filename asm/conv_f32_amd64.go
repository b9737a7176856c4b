//go:build !purego

package asm

// ConvF32_8x48_AVX512 computes, for 0 <= i < rows and 0 <= j < 48, the sum over segments 0 <= s < nseg, as far as bit i mod 8
// of segs[4s+3] is set, and steps 0 <= t < segs[4s+1] of a[aOff[i]+segs[4s]+t*aStep] times b[(segs[4s+2]+t)*bStep+j]. A sum
// is one chain of fused multiply-adds from +0 in this order. It sets c[cOff[i]+j] (add = 0) or adds to it (add = 1). There
// is at least one row, and a step in each segment. aOff and cOff are read in whole groups of 8.
// A step of all 8 rows of a tile prefetches a line, and one of some rows two, from ahead on, aheadStep floats apart.
//
//go:noescape
func ConvF32_8x48_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int, ahead *float32, aheadStep int)

// ConvF32_8x32_AVX512 is ConvF32_8x48_AVX512 for 32 columns.
//
//go:noescape
func ConvF32_8x32_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int, ahead *float32, aheadStep int)

// ConvF32_8x16_AVX512 is ConvF32_8x48_AVX512 for 16 columns.
//
//go:noescape
func ConvF32_8x16_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int, ahead *float32, aheadStep int)

// ConvDepthF32_8x16_AVX512 is ConvF32_8x16_AVX512 with an element of a for every column: a[... + j].
//
//go:noescape
func ConvDepthF32_8x16_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int, ahead *float32, aheadStep int)

// ConvF32_6x16_AVX2 is ConvF32_8x48_AVX512 for 16 columns; it reads aOff and cOff in groups of 6, and every
// second step of all 6 rows prefetches.
//
//go:noescape
func ConvF32_6x16_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int, ahead *float32, aheadStep int)

// ConvDepthF32_6x16_AVX2 is ConvF32_6x16_AVX2 with an element of a for every column: a[... + j].
//
//go:noescape
func ConvDepthF32_6x16_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int, ahead *float32, aheadStep int)

// ConvThinF32_6x4_AVX512 computes, for 0 <= i < rows, 0 <= r < 4 and 0 <= j < 16, the sum over segments 0 <= s < nseg, as far
// as bit j of seen[seenOff[i]+segs[4s+3]] is set, and steps 0 <= t < segs[4s+1] of a[aOff[i]+segs[4s]+t*aStep+j] times
// b[4*(segs[4s+2]+t)+r]. A sum is one chain of fused multiply-adds from +0 in this order. It sets c[cOff[i]+r*cStep+j]
// (add = 0) or adds to it (add = 1). There is at least one row, one segment, and a step in each. aOff and seenOff are read
// in whole groups of 6, cOff as far as rows.
//
//go:noescape
func ConvThinF32_6x4_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

// ConvThinF32_6x3_AVX512 is ConvThinF32_6x4_AVX512 for r < 3, and so on.
//
//go:noescape
func ConvThinF32_6x3_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

//go:noescape
func ConvThinF32_6x2_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

//go:noescape
func ConvThinF32_6x1_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

// ConvThinF32_4x3_AVX2 is ConvThinF32_6x3_AVX512 for j < 8, and reads aOff and seenOff in groups of 4.
//
//go:noescape
func ConvThinF32_4x3_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

// ConvThinF32_2x4_AVX2 is ConvThinF32_4x3_AVX2 for r < 4, and reads aOff and seenOff in groups of 2.
//
//go:noescape
func ConvThinF32_2x4_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

//go:noescape
func ConvThinF32_4x2_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

//go:noescape
func ConvThinF32_4x1_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

// TransposeF32_16_AVX512 sets dst[width*k+i] = src[ld*i+k] for 0 <= i < 16 and k < kc, a multiple of 16.
//
//go:noescape
func TransposeF32_16_AVX512(dst, src *float32, ld, kc, width int)

// TransposeF32_2_AVX2 sets dst[2*k+i] = src[ld*i+k] for 0 <= i < 2 and k < kc, a multiple of 8.
//
//go:noescape
func TransposeF32_2_AVX2(dst, src *float32, ld, kc int)

// TransposeF32_6_AVX2 sets dst[6*k+i] = src[ld*i+k] for 0 <= i < 6 and k < kc, a multiple of 8.
//
//go:noescape
func TransposeF32_6_AVX2(dst, src *float32, ld, kc int)

// CopyF32_32_AVX512 sets dst[32*k+j] = src[ld*k+j] for j < 32 and k < kc, kc > 0.
//
//go:noescape
func CopyF32_32_AVX512(dst, src *float32, ld, kc int)

// ConvLinesF32_4x16_AVX512 slides three neighbouring taps over lines of pixels: for 0 <= i < lines, 0 <= p < pixels and
// 0 <= j < 16 it goes on with a chain of fused multiply-adds, from +0 or, if bit 0 of mode is set, from c[cOff[i]+p*cStep+j]. To it come the
// products of x[xOff[i]+(p+k-1)*xStep+d] and w[(k*depth+d)*16+j], for 0 <= k < 3 with 0 <= p+k-1 < pixels and 0 <= d < depth,
// the last fastest. To the sum comes bias[j], if bit 1 is set; if it is not positive, it is replaced by 0, if bit 2 is set,
// or multiplied by slope, if bit 3 is. It is stored in c. There are at least two pixels; lines is a multiple of 4.
// Most pixels prefetch what lies xAhead and cAhead floats further.
//
//go:noescape
func ConvLinesF32_4x16_AVX512(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

// ConvLinesF32_3x16_AVX512 is ConvLinesF32_4x16_AVX512 for a multiple of 3 lines, and so on.
//
//go:noescape
func ConvLinesF32_3x16_AVX512(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

//go:noescape
func ConvLinesF32_2x16_AVX512(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

//go:noescape
func ConvLinesF32_1x16_AVX512(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

// ConvLinesF32_4x8_AVX2 is ConvLinesF32_4x16_AVX512 in 8 columns, also of w, and so on.
//
//go:noescape
func ConvLinesF32_4x8_AVX2(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

//go:noescape
func ConvLinesF32_3x8_AVX2(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

//go:noescape
func ConvLinesF32_2x8_AVX2(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

//go:noescape
func ConvLinesF32_1x8_AVX2(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

// ConvLineSumsF32_8x16_AVX512 computes, for 0 <= k < 3, 0 <= i < 8 and 0 <= j < 16, the sum over segments 0 <= s < nseg and pixels
// 0 <= p < segs[4s+2] of x[segs[4s]+(p+k-1)*xStep+i] times y[segs[4s+1]+p*yStep+j], without p+k-1 = -1 unless bit 0
// of segs[4s+3] is set, and without the pixel after the last unless bit 1 is. A sum is one chain of fused multiply-adds from +0 in this order.
// It sets c[k*cTap+i*cRow+j] (add = 0) or adds to it (add = 1). There is a pixel in each segment. Most pixels
// prefetch what lies xAhead and yAhead floats further.
//
//go:noescape
func ConvLineSumsF32_8x16_AVX512(x *float32, xStep int, y *float32, yStep int, segs *int, nseg int, c *float32,
	cRow, cTap, add, xAhead, yAhead int)

// ConvLineSumsF32_4x8_AVX2 is ConvLineSumsF32_8x16_AVX512 for i < 4 and j < 8.
//
//go:noescape
func ConvLineSumsF32_4x8_AVX2(x *float32, xStep int, y *float32, yStep int, segs *int, nseg int, c *float32,
	cRow, cTap, add, xAhead, yAhead int)

// ConvFinishF32_AVX512 adds bias[j] to c[cOff[i]+j] for 0 <= i < rows and 0 <= j < n, both positive, and sets it to what act makes of the
// sum x: x (0), x > 0 ? x : +0 (1), or x > 0 ? x : slope*x (2).
//
//go:noescape
func ConvFinishF32_AVX512(rows, n int, c *float32, cOff *int, bias *float32, act int, slope float32)

// ConvFinishF32_AVX2 is ConvFinishF32_AVX512 for n a multiple of 8.
//
//go:noescape
func ConvFinishF32_AVX2(rows, n int, c *float32, cOff *int, bias *float32, act int, slope float32)
