//go:build !purego

#include "textflag.h"

// func ConvU16S16_6x16_AVX2(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[6x16] = bias + A·B, for one tile after another down C, whose rows follow each other, on operands that were widened to 16
// bits. A is read where it lies: row i begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has
// segs[3s+1] steps of 4 values, with those of B, of 128 bytes, from segs[3s+2] on: two values of each column and then the
// other two. VPMADDWD is exact on them (VPMADDUBSW on bytes would saturate).
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of half a step of B
//	Y14, Y15    broadcast half step of A, products
//	R8 .. R13   the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI      B at the step, steps left in this segment
//	DX, BX      the next segment, segments left
//
// Half a step loads 64 + 24 bytes in 8 loads and does 12 VPMADDWD and 12 VPADDD, 192 multiply-adds. Bound: 8 cycles
// where three ports take these, 6 where four do.
// Reached on a Zen 5 in whole layers, copying and requantization included: 78 % of PeakU8_AVX2 with 512 values of k and 64
// columns, 73 % with 256 and 32.
#define ROW(o, r, c0, c1) \
	VPBROADCASTD o(r)(CX*1), Y14 \
	VPMADDWD     Y12, Y14, Y15   \
	VPADDD       Y15, c0, c0     \
	VPMADDWD     Y13, Y14, Y14   \
	VPADDD       Y14, c1, c1

#define HALF(load, row, ao, b0, b1) \
	load b0(DI), Y12      \
	load b1(DI), Y13      \
	row(ao, R8, Y0, Y1)   \
	row(ao, R9, Y2, Y3)   \
	row(ao, R10, Y4, Y5)  \
	row(ao, R11, Y6, Y7)  \
	row(ao, R12, Y8, Y9)  \
	row(ao, R13, Y10, Y11)

#define COPY(c0, c1) \
	VMOVDQA Y0, c0 \
	VMOVDQA Y1, c1

#define SET(o, c0, c1) \
	VMOVDQU c0, (64*o)(SI) \
	VMOVDQU c1, (64*o+32)(SI)

// TILES is the whole of a function, whose arguments from aOff on lie rest bytes further than those of the first. load brings 8 columns
// of half a step of B, which begin at 0, b1, b2 and b3 of a step's size bytes.
#define TILES(load, b1, b2, b3, size, row, rest, second, further) \
tile: \
	MOVQ aOff+(16+rest)(FP), DX \
	MOVQ a+8(FP), DI  \
	MOVQ 0(DX), R8    \
	MOVQ 8(DX), R9    \
	MOVQ 16(DX), R10  \
	MOVQ 24(DX), R11  \
	MOVQ 32(DX), R12  \
	MOVQ 40(DX), R13  \
	ADDQ DI, R8       \
	ADDQ DI, R9       \
	ADDQ DI, R10      \
	ADDQ DI, R11      \
	ADDQ DI, R12      \
	ADDQ DI, R13      \
	ADDQ $48, DX      \
	MOVQ DX, aOff+(16+rest)(FP) \
	MOVQ segs+(24+rest)(FP), DX \
	MOVQ nseg+(32+rest)(FP), BX \
	MOVQ bias+(48+rest)(FP), SI \
	VMOVDQU (SI), Y0   \
	VMOVDQU 32(SI), Y1 \
	COPY(Y2, Y3)      \
	COPY(Y4, Y5)      \
	COPY(Y6, Y7)      \
	COPY(Y8, Y9)      \
	COPY(Y10, Y11)    \
	TESTQ BX, BX      \
	JZ    store       \
segment: \
	MOVQ   (DX), CX   \
	MOVQ   8(DX), SI  \
	IMUL3Q $size, 16(DX), DI \
	ADDQ   b+(40+rest)(FP), DI \
	ADDQ   $24, DX    \
	second            \
	PCALIGN $64       \
step: \
	HALF(load, row, 0, 0, b1) \
	HALF(load, row, 4, b2, b3) \
	ADDQ $size, DI    \
	ADDQ $8, CX       \
	further           \
	DECQ SI           \
	JNZ  step         \
	DECQ BX           \
	JNZ  segment      \
store: \
	MOVQ c+(56+rest)(FP), SI \
	SET(0, Y0, Y1)    \
	SET(1, Y2, Y3)    \
	SET(2, Y4, Y5)    \
	SET(3, Y6, Y7)    \
	SET(4, Y8, Y9)    \
	SET(5, Y10, Y11)  \
	ADDQ $(6*64), c+(56+rest)(FP) \
	DECQ tiles+0(FP)  \
	JNZ  tile         \
	VZEROUPPER        \
	RET

#define NOTHING

#define ROWS(o, r, c0, c1) \
	VPBROADCASTD o(r)(CX*1), Y14 \
	VPMADDWD     Y12, Y14, Y15   \
	VPADDD       Y15, c0, c0     \
	VPBROADCASTD o(r)(AX*1), Y14 \
	VPMADDWD     Y13, Y14, Y14   \
	VPADDD       Y14, c1, c1

#define SECOND \
	MOVQ apart+16(FP), AX \
	ADDQ CX, AX

#define FURTHER \
	ADDQ $8, AX

TEXT ·ConvU16S16_6x16_AVX2(SB), NOSPLIT, $0-64
	TILES(VMOVDQU, 32, 64, 96, 128, ROW, 0, NOTHING, NOTHING)

// func ConvU16S8_6x16_AVX2(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// The same on a B of bytes, 64 a step, which are widened on the way: two instructions more in half a step, instead of a pass over B.
TEXT ·ConvU16S8_6x16_AVX2(SB), NOSPLIT, $0-64
	TILES(VPMOVSXBW, 16, 32, 48, 64, ROW, 0, NOTHING, NOTHING)

// func ConvU16S16_6x8x2_AVX2(tiles int, a *byte, apart int, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// The same for two groups of 8 columns, the second of which sees what lies apart bytes further: AX is the step there. Half a step loads 64
// + 48 bytes in 14 loads. Bound: 8 cycles where three ports multiply and add, 7 where four do and two loads issue a cycle.
TEXT ·ConvU16S16_6x8x2_AVX2(SB), NOSPLIT, $0-72
	TILES(VMOVDQU, 32, 64, 96, 128, ROWS, 8, SECOND, FURTHER)
