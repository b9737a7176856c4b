//go:build !purego

#include "textflag.h"
#include "conv_thin_avx512_amd64.h"

// func ConvThinU8S8_8x3_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// C[8x3] = bias + A·B for tiles of 8 vectors of 16 pixels, one after another, in 3 channels. A has 4 bytes of a pixel in a lane.
// Vector i begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1] steps, aStep bytes apart,
// with those of B, of 4 bytes a channel, from segs[3s+2] on. The sums of a channel follow each other, channels cStep apart.
//
// The registers are those of the header.
//
// A step loads 8 vectors and 3 broadcasts and does 24 VPDPBUSD, 1536 multiply-adds, which add in full width: nothing saturates.
// Bound: 12 cycles where it issues twice a cycle. Half of the vectors straddle two cache lines, which the loads have room for.
#define STEP3U8 STEP3(VPDPBUSD)
#define STEP1U8 STEP1(VPDPBUSD)

TEXT ·ConvThinU8S8_8x3_VNNI(SB), NOSPLIT, $0-80
	TILES(12, BEGIN3, STEP3U8, PUT3)

// func ConvThinU8S8_8x1_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// The same in one channel: A step loads 8 vectors, every other one in two cache lines, and does
// 8 VPDPBUSD: 6.5 cycles.
TEXT ·ConvThinU8S8_8x1_VNNI(SB), NOSPLIT, $0-80
	TILES(4, BEGIN1, STEP1U8, PUT1)
