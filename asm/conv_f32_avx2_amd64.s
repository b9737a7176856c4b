//go:build !purego

#include "textflag.h"

// func ConvF32_6x16_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
//	c *float32, cOff *int, add int, ahead *float32, aheadStep int)
//
// As ConvF32_8x48_AVX512, 6 rows at a time, in 16 columns.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    a step of b
//	Y14, Y15    broadcast elements of a, in turn
//	R8 .. R13   the rows of a;  CX the step, in bytes from their beginnings;  R15 aStep in bytes
//	DI, SI      b at the step, bStep in bytes
//	DX, BP      the next segment, steps left in this one (two at a time)
//	left, tile, has   on the stack: segments left, the rows that the tile has, those that also have the segment
//	AX, BX      ahead, aheadStep in bytes: every second step asks for a line
//
// A step loads 64 + 24 bytes in 8 loads and does 12 FMAs of 8 lanes. Bound: 6 cycles with two FMA ports; the loads need 4.
// Reached on a Zen 5: 99 % of the FMA peak (BenchmarkConvF32Tiles).
#define ROWBYTES 48
#define NROWS 6

// ROWS begins a tile.
#define ROWS \
	MOVQ aOff+16(FP), DX  \
	MOVQ a+8(FP), DI      \
	MOVQ 0(DX), R8 \
	MOVQ 8(DX), R9 \
	MOVQ 16(DX), R10 \
	MOVQ 24(DX), R11 \
	MOVQ 32(DX), R12 \
	MOVQ 40(DX), R13 \
	LEAQ (DI)(R8*4), R8 \
	LEAQ (DI)(R9*4), R9 \
	LEAQ (DI)(R10*4), R10 \
	LEAQ (DI)(R11*4), R11 \
	LEAQ (DI)(R12*4), R12 \
	LEAQ (DI)(R13*4), R13 \
	ADDQ $48, DX          \
	MOVQ DX, aOff+16(FP)  \
	MOVQ aStep+24(FP), R15 \
	MOVQ segs+32(FP), DX  \
	MOVQ nseg+40(FP), CX  \
	MOVQ CX, left-8(SP)   \
	MOVQ bStep+56(FP), SI \
	SHLQ $2, R15          \
	SHLQ $2, SI

// TILES is the whole of a function: step and some are a step of all rows and of some, set and put store a tile.
#define TILES(step, some, zero, set, put) \
	MOVQ ahead+88(FP), AX \
	MOVQ aheadStep+96(FP), BX \
	SHLQ $2, BX           \
tile: \
	MOVQ rows+0(FP), CX   \
	MOVQ $0x3f, DI        \
	CMPQ CX, $NROWS       \
	JGE  whole            \
	MOVQ $-1, DI          \
	SHLQ CX, DI           \
	NOTQ DI               \
whole: \
	MOVQ DI, tile-16(SP)  \
	ROWS                  \
	zero                  \
	TESTQ CX, CX          \
	JEQ  store            \
segment: \
	MOVQ 16(DX), DI       \
	IMULQ SI, DI          \
	ADDQ b+48(FP), DI     \
	MOVQ 8(DX), BP        \
	MOVQ 24(DX), CX       \
	ANDQ tile-16(SP), CX  \
	MOVQ CX, has-24(SP)  \
	CMPQ CX, $0x3f        \
	MOVQ 0(DX), CX        \
	LEAQ (CX*4), CX       \
	LEAQ 32(DX), DX       \
	JNE  each             \
	SHRQ $1, BP           \
	JCC  even             \
	step                  \
	TESTQ BP, BP          \
even: \
	JZ   ended            \
	TESTQ BX, BX          \
	JZ   quiet            \
	PCALIGN $64 \
pairs: \
	PREFETCHT1 (AX)       \
	ADDQ BX, AX           \
	step                  \
	step                  \
	DECQ BP               \
	JNZ  pairs            \
	JMP  ended            \
	PCALIGN $64 \
quiet: \
	step                  \
	step                  \
	DECQ BP               \
	JNZ  quiet            \
ended: \
	DECQ left-8(SP)       \
	JNZ  segment          \
	JMP  store            \
each: \
	some                  \
	DECQ BP               \
	JNZ  each             \
	DECQ left-8(SP)       \
	JNZ  segment          \
store: \
	MOVQ rows+0(FP), SI   \
	MOVQ cOff+72(FP), DX  \
	MOVQ c+64(FP), DI     \
	CMPQ add+80(FP), $0   \
	JNE  adding           \
	set                   \
	JMP  next             \
adding: \
	put                   \
next: \
	ADDQ $ROWBYTES, cOff+72(FP) \
	SUBQ $NROWS, rows+0(FP) \
	JGT  tile             \
	VZEROUPPER            \
	RET

// ROW finds the next row of c, DI + 4 CX, or ends the tile.
#define ROW(o) \
	DECQ SI       \
	JMI  next     \
	MOVQ o(DX), CX

// ROWHAS skips the instructions of a row, one less than n, if the row does not have the segment.
#define ROWHAS(bit, n) \
	TESTB $bit, has-24(SP) \
	JEQ   n(PC)

#define LOAD16 \
	VMOVUPS (DI), Y12 \
	VMOVUPS 32(DI), Y13 \
	ADDQ SI, DI

#define MUL16(r, t, c0, c1) \
	VBROADCASTSS (r)(CX*1), t \
	VFMADD231PS t, Y12, c0 \
	VFMADD231PS t, Y13, c1

#define STEP16 \
	LOAD16 \
	MUL16(R8, Y14, Y0, Y1) \
	MUL16(R9, Y15, Y2, Y3) \
	MUL16(R10, Y14, Y4, Y5) \
	MUL16(R11, Y15, Y6, Y7) \
	MUL16(R12, Y14, Y8, Y9) \
	MUL16(R13, Y15, Y10, Y11) \
	ADDQ R15, CX

#define SOME16 \
	LOAD16 \
	ROWHAS(1, 4); MUL16(R8, Y14, Y0, Y1) \
	ROWHAS(2, 4); MUL16(R9, Y15, Y2, Y3) \
	ROWHAS(4, 4); MUL16(R10, Y14, Y4, Y5) \
	ROWHAS(8, 4); MUL16(R11, Y15, Y6, Y7) \
	ROWHAS(16, 4); MUL16(R12, Y14, Y8, Y9) \
	ROWHAS(32, 4); MUL16(R13, Y15, Y10, Y11) \
	ADDQ R15, CX

#define ZERO16 \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1 \
	VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3 \
	VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5 \
	VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7 \
	VXORPS Y8, Y8, Y8; VXORPS Y9, Y9, Y9 \
	VXORPS Y10, Y10, Y10; VXORPS Y11, Y11, Y11

#define SET16(o, c0, c1) \
	ROW(o) \
	VMOVUPS c0, (DI)(CX*4) \
	VMOVUPS c1, 32(DI)(CX*4)

#define ADD16(o, c0, c1) \
	ROW(o) \
	VADDPS (DI)(CX*4), c0, c0 \
	VADDPS 32(DI)(CX*4), c1, c1 \
	VMOVUPS c0, (DI)(CX*4) \
	VMOVUPS c1, 32(DI)(CX*4)

#define SETS16 \
	SET16(0, Y0, Y1) \
	SET16(8, Y2, Y3) \
	SET16(16, Y4, Y5) \
	SET16(24, Y6, Y7) \
	SET16(32, Y8, Y9) \
	SET16(40, Y10, Y11)

#define ADDS16 \
	ADD16(0, Y0, Y1) \
	ADD16(8, Y2, Y3) \
	ADD16(16, Y4, Y5) \
	ADD16(24, Y6, Y7) \
	ADD16(32, Y8, Y9) \
	ADD16(40, Y10, Y11)

TEXT ·ConvF32_6x16_AVX2(SB), NOSPLIT, $24-104
	TILES(STEP16, SOME16, ZERO16, SETS16, ADDS16)

// func ConvDepthF32_6x16_AVX2(...)
//
// The same with 16 columns of a instead of one element for all: 12 FMAs, 14 loads a step, 7 cycles.
#define STEPDEPTH \
	LOAD16 \
	VFMADD231PS (R8)(CX*1), Y12, Y0 \
	VFMADD231PS 32(R8)(CX*1), Y13, Y1 \
	VFMADD231PS (R9)(CX*1), Y12, Y2 \
	VFMADD231PS 32(R9)(CX*1), Y13, Y3 \
	VFMADD231PS (R10)(CX*1), Y12, Y4 \
	VFMADD231PS 32(R10)(CX*1), Y13, Y5 \
	VFMADD231PS (R11)(CX*1), Y12, Y6 \
	VFMADD231PS 32(R11)(CX*1), Y13, Y7 \
	VFMADD231PS (R12)(CX*1), Y12, Y8 \
	VFMADD231PS 32(R12)(CX*1), Y13, Y9 \
	VFMADD231PS (R13)(CX*1), Y12, Y10 \
	VFMADD231PS 32(R13)(CX*1), Y13, Y11 \
	ADDQ R15, CX

#define SOMEDEPTH \
	LOAD16 \
	ROWHAS(1, 3); VFMADD231PS (R8)(CX*1), Y12, Y0; VFMADD231PS 32(R8)(CX*1), Y13, Y1 \
	ROWHAS(2, 3); VFMADD231PS (R9)(CX*1), Y12, Y2; VFMADD231PS 32(R9)(CX*1), Y13, Y3 \
	ROWHAS(4, 3); VFMADD231PS (R10)(CX*1), Y12, Y4; VFMADD231PS 32(R10)(CX*1), Y13, Y5 \
	ROWHAS(8, 3); VFMADD231PS (R11)(CX*1), Y12, Y6; VFMADD231PS 32(R11)(CX*1), Y13, Y7 \
	ROWHAS(16, 3); VFMADD231PS (R12)(CX*1), Y12, Y8; VFMADD231PS 32(R12)(CX*1), Y13, Y9 \
	ROWHAS(32, 3); VFMADD231PS (R13)(CX*1), Y12, Y10; VFMADD231PS 32(R13)(CX*1), Y13, Y11 \
	ADDQ R15, CX

TEXT ·ConvDepthF32_6x16_AVX2(SB), NOSPLIT, $24-104
	TILES(STEPDEPTH, SOMEDEPTH, ZERO16, SETS16, ADDS16)
