//go:build !purego

#include "textflag.h"
#include "vnni_amd64.h"

// func ConvThinU8S8_2x3_AVXVNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// As ConvThinU8S8_8x3_VNNI, for tiles of 2 vectors of 16 pixels.
//
//	Y0 .. Y11    the tile: half h of vector i in channel r in Y(6r+2i+h)
//	Y12 .. Y14   broadcast steps of B;  Y15 half a step of A
//	R8, R9       the vectors of A;  CX the step, in bytes from their beginnings
//	DI, SI       B at the step, steps left in this segment
//	DX, BX       the next segment, segments left;  R15 aStep
//
// A step loads 4 vectors and 3 broadcasts and does 12 VPDPBUSD, 384 multiply-adds, which add in full width: nothing saturates.
// Bound: 6 cycles where it issues twice a cycle in 256 bits, 12 on small cores.

// SEGMENTS is what follows the first lines of a function: size is the bytes of a step of B.
#define SEGMENTS(size, step) \
	MOVQ segs+32(FP), DX \
	MOVQ nseg+40(FP), BX \
	TESTQ BX, BX         \
	JZ   store           \
segment: \
	MOVQ (DX), CX        \
	MOVQ 8(DX), SI       \
	IMUL3Q $size, 16(DX), DI \
	ADDQ b+48(FP), DI    \
	ADDQ $24, DX         \
steps: \
	step                 \
	ADDQ $size, DI       \
	ADDQ R15, CX         \
	DECQ SI              \
	JNZ  steps           \
	DECQ BX              \
	JNZ  segment         \
store:

#define HALF(a, c0, c1, c2) \
	VMOVDQU a, Y15         \
	VPDPBUSD_Y(12, 15, c0) \
	VPDPBUSD_Y(13, 15, c1) \
	VPDPBUSD_Y(14, 15, c2)

#define STEP3 \
	VPBROADCASTD (DI), Y12  \
	VPBROADCASTD 4(DI), Y13 \
	VPBROADCASTD 8(DI), Y14 \
	HALF((R8)(CX*1), 0, 4, 8)    \
	HALF(32(R8)(CX*1), 1, 5, 9)  \
	HALF((R9)(CX*1), 2, 6, 10)   \
	HALF(32(R9)(CX*1), 3, 7, 11)

#define BEGIN(o, c0, c1, c2, c3) \
	VPBROADCASTD o(SI), c0 \
	VMOVDQA c0, c1 \
	VMOVDQA c0, c2 \
	VMOVDQA c0, c3

#define PUT(c0, c1, c2, c3) \
	VMOVDQU c0, (SI)   \
	VMOVDQU c1, 32(SI) \
	VMOVDQU c2, 64(SI) \
	VMOVDQU c3, 96(SI)

TEXT ·ConvThinU8S8_2x3_AVXVNNI(SB), NOSPLIT, $0-80
	MOVQ aStep+24(FP), R15

tile:
	MOVQ aOff+16(FP), DX
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	ADDQ a+8(FP), R8
	ADDQ a+8(FP), R9
	ADDQ $16, aOff+16(FP)
	MOVQ bias+56(FP), SI
	BEGIN(0, Y0, Y1, Y2, Y3)
	BEGIN(4, Y4, Y5, Y6, Y7)
	BEGIN(8, Y8, Y9, Y10, Y11)
	SEGMENTS(12, STEP3)
	MOVQ c+64(FP), SI
	MOVQ cStep+72(FP), DI
	PUT(Y0, Y1, Y2, Y3)
	LEAQ (SI)(DI*4), SI
	PUT(Y4, Y5, Y6, Y7)
	LEAQ (SI)(DI*4), SI
	PUT(Y8, Y9, Y10, Y11)
	ADDQ $(2*64), c+64(FP)
	DECQ tiles+0(FP)
	JNZ  tile
	VZEROUPPER
	RET

// func ConvThinU8S8_6x1_AVXVNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// The same in one channel, for tiles of 6 vectors.
//
//	Y0 .. Y11   the tile: half h of vector i in Y(2i+h)
//	Y12         a broadcast step of B;  Y13, Y14 halves of a step of A
//	R8 .. R13   the vectors of A
//
// A step loads 12 vectors and a broadcast and does 12 VPDPBUSD, 384 multiply-adds. Bound: 6.5 cycles where two loads issue a cycle,
// and more where vectors straddle two cache lines, as half of them do.
#define ROW1(r, c0, c1) \
	VMOVDQU (r)(CX*1), Y13   \
	VMOVDQU 32(r)(CX*1), Y14 \
	VPDPBUSD_Y(12, 13, c0)   \
	VPDPBUSD_Y(12, 14, c1)

#define STEP1 \
	VPBROADCASTD (DI), Y12 \
	ROW1(R8, 0, 1)   \
	ROW1(R9, 2, 3)   \
	ROW1(R10, 4, 5)  \
	ROW1(R11, 6, 7)  \
	ROW1(R12, 8, 9)  \
	ROW1(R13, 10, 11)

TEXT ·ConvThinU8S8_6x1_AVXVNNI(SB), NOSPLIT, $0-80
	MOVQ aStep+24(FP), R15

tile:
	MOVQ aOff+16(FP), DX
	MOVQ a+8(FP), DI
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	MOVQ 16(DX), R10
	MOVQ 24(DX), R11
	MOVQ 32(DX), R12
	MOVQ 40(DX), R13
	ADDQ DI, R8
	ADDQ DI, R9
	ADDQ DI, R10
	ADDQ DI, R11
	ADDQ DI, R12
	ADDQ DI, R13
	ADDQ $48, aOff+16(FP)
	MOVQ bias+56(FP), SI
	BEGIN(0, Y0, Y1, Y2, Y3)
	BEGIN(0, Y4, Y5, Y6, Y7)
	BEGIN(0, Y8, Y9, Y10, Y11)
	SEGMENTS(4, STEP1)
	MOVQ c+64(FP), SI
	PUT(Y0, Y1, Y2, Y3)
	ADDQ $128, SI
	PUT(Y4, Y5, Y6, Y7)
	ADDQ $128, SI
	PUT(Y8, Y9, Y10, Y11)
	ADDQ $(6*64), c+64(FP)
	DECQ tiles+0(FP)
	JNZ  tile
	VZEROUPPER
	RET
