//go:build !purego

#include "textflag.h"
#include "conv_depth_avx512_amd64.h"

// func ConvDepthI16S16_8x16_AVX512(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)
//
// As ConvDepthU8S8_8x16_VNNI with two words in a lane. A step loads 9 vectors and does 8 VPDPWSSD, 256 multiply-adds, which add in
// full width: nothing saturates. Bound: 4.5 cycles where two loads issue a cycle, 8 where VPDPWSSD issues once.
TEXT ·ConvDepthI16S16_8x16_AVX512(SB), NOSPLIT, $0-72
	TILES(VPDPWSSD)
