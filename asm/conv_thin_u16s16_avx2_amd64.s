//go:build !purego

#include "textflag.h"

// func ConvThinU16S16_2x3_AVX2(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// As ConvThinU8S8_8x3_VNNI, for tiles of 2 vectors of 16 pixels, with two numbers of 16 bits in a lane and in a step of B.
//
//	Y0 .. Y11    the tile: half h of vector i in channel r in Y(6r+2i+h)
//	Y12          a broadcast step of B;  Y13, Y14 halves of a step of A;  Y15 products
//	R8, R9       the vectors of A;  CX the step, in bytes from their beginnings
//	DI, SI       B at the step, steps left in this segment
//	DX, BX       the next segment, segments left;  R15 aStep
//
// A step loads 4 vectors and 6 broadcasts and does 12 VPMADDWD, which are exact on widened bytes, and 12 VPADDD, 192 multiply-adds.
// Bound: 8 cycles where three ports take these, 6 where four do.

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

#define CHANNEL(o, c0, c1) \
	VPBROADCASTD o(DI), Y12 \
	VPMADDWD Y12, Y13, Y15  \
	VPADDD   Y15, c0, c0    \
	VPMADDWD Y12, Y14, Y15  \
	VPADDD   Y15, c1, c1

#define STEP3 \
	VMOVDQU (R8)(CX*1), Y13   \
	VMOVDQU 32(R8)(CX*1), Y14 \
	CHANNEL(0, Y0, Y1)        \
	CHANNEL(4, Y4, Y5)        \
	CHANNEL(8, Y8, Y9)        \
	VMOVDQU (R9)(CX*1), Y13   \
	VMOVDQU 32(R9)(CX*1), Y14 \
	CHANNEL(0, Y2, Y3)        \
	CHANNEL(4, Y6, Y7)        \
	CHANNEL(8, Y10, Y11)

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

TEXT ·ConvThinU16S16_2x3_AVX2(SB), NOSPLIT, $0-80
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

// func ConvThinU16S16_6x1_AVX2(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)
//
// The same in one channel, for tiles of 6 vectors.
//
//	Y0 .. Y11   the tile: half h of vector i in Y(2i+h)
//	Y12         a broadcast step of B;  Y13, Y14 products
//	R8 .. R13   the vectors of A
//
// A step loads 12 vectors and a broadcast and does 12 VPMADDWD and 12 VPADDD, 192 multiply-adds. Bound: 8 cycles where three ports
// take these, 6.5 where two loads issue a cycle, and more where vectors straddle two cache lines, as half of them do.
#define ROW1(r, c0, c1) \
	VPMADDWD (r)(CX*1), Y12, Y13   \
	VPMADDWD 32(r)(CX*1), Y12, Y14 \
	VPADDD   Y13, c0, c0           \
	VPADDD   Y14, c1, c1

#define STEP1 \
	VPBROADCASTD (DI), Y12 \
	ROW1(R8, Y0, Y1)   \
	ROW1(R9, Y2, Y3)   \
	ROW1(R10, Y4, Y5)  \
	ROW1(R11, Y6, Y7)  \
	ROW1(R12, Y8, Y9)  \
	ROW1(R13, Y10, Y11)

TEXT ·ConvThinU16S16_6x1_AVX2(SB), NOSPLIT, $0-80
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
