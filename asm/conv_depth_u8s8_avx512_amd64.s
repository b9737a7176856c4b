//go:build !purego

#include "textflag.h"
#include "conv_depth_avx512_amd64.h"

// func ConvDepthU8S8_8x16_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[8x16] = bias + the sums of A*B lane by lane, for one tile after another down C, whose rows follow each other. A and B have 4
// bytes in a lane. Row i of A begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1]
// steps, aStep bytes apart, with those of B, of 64 bytes, from segs[3s+2] on.
//
// The registers are those of the header.
//
// A step loads 9 vectors and does 8 VPDPBUSD, 512 multiply-adds, which add in full width: nothing saturates. Bound: 4.5
// cycles where two loads issue a cycle.
// Reached on a Zen 5 in whole layers of 3x3 in 64 channels, before these had a kernel of their own: 31 GOP/s, of which the tile is
// the smaller part; interleaving and requantization take as long.
TEXT ·ConvDepthU8S8_8x16_VNNI(SB), NOSPLIT, $0-72
	TILES(VPDPBUSD)
