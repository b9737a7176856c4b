//go:build !purego

#include "textflag.h"
#include "conv_thin_avx512_amd64.h"

// func ConvThinI16S16_8x3_AVX512(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// As ConvThinU8S8_8x3_VNNI with two words in a lane and in a step of B. A step does 24 VPDPWSSD, 768 multiply-adds, which add in full
// width: nothing saturates. Bound: 12 cycles where it issues twice a cycle, 24 where once.
#define STEP3I16 STEP3(VPDPWSSD)
#define STEP1I16 STEP1(VPDPWSSD)

TEXT ·ConvThinI16S16_8x3_AVX512(SB), NOSPLIT, $0-80
	TILES(12, BEGIN3, STEP3I16, PUT3)

// func ConvThinI16S16_8x1_AVX512(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// The same in one channel. A step loads 8 vectors, every other one in two cache lines, and does 8 VPDPWSSD: 6.5 cycles.
TEXT ·ConvThinI16S16_8x1_AVX512(SB), NOSPLIT, $0-80
	TILES(4, BEGIN1, STEP1I16, PUT1)
