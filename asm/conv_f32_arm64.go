//go:build !purego

package asm

// ConvF32_8x8_NEON computes, for 0 <= i < rows and 0 <= j < 8, the sum over segments 0 <= s < nseg, as far as bit i mod 8 of
// segs[4s+3] is set, and steps 0 <= t < segs[4s+1] of a[aOff[i]+segs[4s]+t*aStep] times b[(segs[4s+2]+t)*bStep+j]. A sum is
// one chain of fused multiply-adds from +0 in this order. It sets c[cOff[i]+j] (add = 0) or adds to it (add = 1). There is
// at least one row, and a step in each segment. aOff and cOff are read in whole groups of 8.
//
//go:noescape
func ConvF32_8x8_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add int)

// ConvF32_8x4_NEON is ConvF32_8x8_NEON for 4 columns.
//
//go:noescape
func ConvF32_8x4_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add int)

// ConvDepthF32_8x8_NEON is ConvF32_8x8_NEON with an element of a for every column: a[... + j].
//
//go:noescape
func ConvDepthF32_8x8_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add int)

// ConvThinF32_8x3_NEON computes, for 0 <= i < rows, 0 <= r < 3 and 0 <= j < 4, the sum over segments 0 <= s < nseg, as far as
// bit j of seen[seenOff[i]+segs[4s+3]] is set, and steps 0 <= t < segs[4s+1] of a[aOff[i]+segs[4s]+t*aStep+j] times
// b[3*(segs[4s+2]+t)+r]. A sum is one chain of fused multiply-adds from +0 in this order. It sets c[cOff[i]+r*cStep+j]
// (add = 0) or adds to it (add = 1). There is at least one row, one segment, and a step in each. aOff and seenOff are read
// in whole groups of 8, cOff as far as rows.
//
//go:noescape
func ConvThinF32_8x3_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

// ConvThinF32_8x2_NEON is ConvThinF32_8x3_NEON for r < 2, and so on; ConvThinF32_4x4_NEON reads in groups of 4.
//
//go:noescape
func ConvThinF32_8x2_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

//go:noescape
func ConvThinF32_8x1_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)

//go:noescape
func ConvThinF32_4x4_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add int, seen *uint16, seenOff *int)
