//go:build !purego

#include "textflag.h"

// func LookupU8_AVX2(dst, src *uint8, n int, table *[256]uint8)
//
// dst[i] = table[src[i]], 64 bytes at a time. The table is 16 pieces of 16 bytes. VPSHUFB looks a byte's low four
// bits up in a piece, or gives 0 where the byte is negative. Of each half of the table the differences (exclusive or)
// of neighbouring pieces are looked up, one after another, while 16 is subtracted: those up to the byte's own piece
// add up to its entry.
//
//	DI dst, SI src, CX bytes left;  differences on the stack
//	Y0, Y1  bytes of the lower half, Y2, Y3 of the upper, less 16 a round;  Y4, Y5  entries
//	Y6, Y7  differences;  Y8 .. Y11 what they give;  Y14 128, Y15 16
//
// 64 bytes take 32 VPSHUFB and 64 others. Bound: 32 cycles where one port shuffles, 24 where four take all of them.
#define DIFFERENCES(i) \
	VMOVDQU (16*i)(DX), X0 \
	VPXOR   (16*i-16)(DX), X0, X0 \
	VMOVDQU X0, (16*i)(SP)

#define ROUND(i) \
	VBROADCASTI128 (16*i)(SP), Y6     \
	VBROADCASTI128 (128+16*i)(SP), Y7 \
	VPSHUFB Y0, Y6, Y8  \
	VPSHUFB Y1, Y6, Y9  \
	VPSHUFB Y2, Y7, Y10 \
	VPSHUFB Y3, Y7, Y11 \
	VPXOR   Y8, Y4, Y4  \
	VPXOR   Y9, Y5, Y5  \
	VPXOR   Y10, Y4, Y4 \
	VPXOR   Y11, Y5, Y5 \
	VPSUBSB Y15, Y0, Y0 \
	VPSUBSB Y15, Y1, Y1 \
	VPSUBSB Y15, Y2, Y2 \
	VPSUBSB Y15, Y3, Y3

TEXT ·LookupU8_AVX2(SB), NOSPLIT, $256-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ table+24(FP), DX
	VMOVDQU (DX), X0
	VMOVDQU X0, (SP)
	VMOVDQU 128(DX), X0
	VMOVDQU X0, 128(SP)
	DIFFERENCES(1)
	DIFFERENCES(2)
	DIFFERENCES(3)
	DIFFERENCES(4)
	DIFFERENCES(5)
	DIFFERENCES(6)
	DIFFERENCES(7)
	DIFFERENCES(9)
	DIFFERENCES(10)
	DIFFERENCES(11)
	DIFFERENCES(12)
	DIFFERENCES(13)
	DIFFERENCES(14)
	DIFFERENCES(15)
	MOVL $16, AX
	MOVL $128, BX
	VMOVD AX, X15
	VMOVD BX, X14
	VPBROADCASTB X15, Y15
	VPBROADCASTB X14, Y14

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VPXOR   Y14, Y0, Y2
	VPXOR   Y14, Y1, Y3
	VPXOR   Y4, Y4, Y4
	VPXOR   Y5, Y5, Y5
	ROUND(0)
	ROUND(1)
	ROUND(2)
	ROUND(3)
	ROUND(4)
	ROUND(5)
	ROUND(6)
	ROUND(7)
	VMOVDQU Y4, (DI)
	VMOVDQU Y5, 32(DI)
	ADDQ    $64, SI
	ADDQ    $64, DI
	SUBQ    $64, CX
	JNZ     loop
	VZEROUPPER
	RET
