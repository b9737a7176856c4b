//go:build !purego

#include "textflag.h"

// func ConvF32_8x48_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
//	c *float32, cOff *int, add int, ahead *float32, aheadStep int)
//
// Sums of products whose left operand is read where it lies, 8 rows at a time, in 48 columns. Row i begins at
// a[aOff[i]]; segment s of its steps begins segs[4s] floats further and has segs[4s+1] steps, aStep floats apart, for the
// rows whose bits are set in segs[4s+3]. The steps of b are bStep floats apart; a segment's begin with segs[4s+2].
// c[cOff[i]:] is set, or added to.
//
//	Z0 .. Z23          the tile: row i in Z(3i), Z(3i+1), Z(3i+2)
//	Z24 .. Z26         a step of b
//	Z28 .. Z31         broadcast elements of a, in turn
//	R8 .. R13, AX, BX  the rows of a;  CX the step, in bytes from their beginnings
//	DI, SI             b at the step, bStep in bytes
//	DX, BP             the next segment, steps left in this one (two at a time)
//	left, tile, has   on the stack: segments left, the rows that the tile has, those that also have the segment
//	R15                ahead: every step asks for a line there, or for two if not all rows have it; b where there is none
//
// A step asks for the floats that lie one cache line beyond its own in the first row: where steps are far apart, they are
// those of a later tile. It loads 192 + 32 bytes in 11 loads and does 24 FMAs of 16 lanes. Bound: 24 cycles where a 512-bit FMA issues once
// a cycle (Zen 4), 12 where twice; the loads need 5.5. The chains are 24 FMAs apart, past any latency.
//
// The tiles of 32 and 16 columns do 16 and 8 FMAs in 10 and 9 loads a step. The former are bound by the FMAs, 8 cycles,
// the latter by loads, 4.5 cycles for 4 of FMAs. Where not all 8 rows have a segment, each is asked for at every step.
// Reached on a Zen 5, operands in L1, 256 steps in one segment or four: 97, 97 and 79 to 84 % of the FMA peak
// (BenchmarkConvF32Tiles).
#define ROWBYTES 64
#define NROWS 8

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
	MOVQ 48(DX), AX \
	MOVQ 56(DX), BX \
	LEAQ (DI)(R8*4), R8 \
	LEAQ (DI)(R9*4), R9 \
	LEAQ (DI)(R10*4), R10 \
	LEAQ (DI)(R11*4), R11 \
	LEAQ (DI)(R12*4), R12 \
	LEAQ (DI)(R13*4), R13 \
	LEAQ (DI)(AX*4), AX \
	LEAQ (DI)(BX*4), BX \
	ADDQ $64, DX          \
	MOVQ DX, aOff+16(FP)  \
	MOVQ segs+32(FP), DX  \
	MOVQ nseg+40(FP), CX  \
	MOVQ CX, left-8(SP)   \
	MOVQ bStep+56(FP), SI \
	SHLQ $2, SI

// TILES is the whole of a function: step and some are a step of all rows and of some, set and put store a tile. A
// tile that will be added to is asked for at its beginning.
#define TILES(step, some, zero, touch, set, put) \
	SHLQ $2, aStep+24(FP) \
	SHLQ $2, aheadStep+96(FP) \
	MOVQ ahead+88(FP), R15 \
	TESTQ R15, R15 \
	JNZ  tile \
	MOVQ b+48(FP), R15 \
tile: \
	CMPQ add+80(FP), $0   \
	JEQ  begin            \
	MOVQ cOff+72(FP), DX  \
	MOVQ c+64(FP), DI     \
	touch(0)              \
	touch(8)              \
	touch(16)             \
	touch(24)             \
	touch(32)             \
	touch(40)             \
	touch(48)             \
	touch(56)             \
begin: \
	MOVQ rows+0(FP), CX   \
	MOVQ $0xff, DI        \
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
	CMPQ CX, $0xff        \
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
	CMPQ aheadStep+96(FP), $0 \
	JEQ  quiet            \
	PCALIGN $64 \
pairs: \
	PREFETCHT1 (R15)      \
	ADDQ aheadStep+96(FP), R15 \
	step                  \
	PREFETCHT1 (R15)      \
	ADDQ aheadStep+96(FP), R15 \
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
	PREFETCHT1 (R15)      \
	ADDQ aheadStep+96(FP), R15 \
	PREFETCHT1 (R15)      \
	ADDQ aheadStep+96(FP), R15 \
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

#define LOAD48 \
	VMOVUPS (DI), Z24 \
	VMOVUPS 64(DI), Z25 \
	VMOVUPS 128(DI), Z26 \
	ADDQ SI, DI

#define MUL48(r, t, c0, c1, c2) \
	VBROADCASTSS (r)(CX*1), t \
	VFMADD231PS t, Z24, c0 \
	VFMADD231PS t, Z25, c1 \
	VFMADD231PS t, Z26, c2

#define STEP48 \
	PREFETCHT1 64(R8)(CX*1) \
	LOAD48 \
	MUL48(R8, Z28, Z0, Z1, Z2) \
	MUL48(R9, Z29, Z3, Z4, Z5) \
	MUL48(R10, Z30, Z6, Z7, Z8) \
	MUL48(R11, Z31, Z9, Z10, Z11) \
	MUL48(R12, Z28, Z12, Z13, Z14) \
	MUL48(R13, Z29, Z15, Z16, Z17) \
	MUL48(AX, Z30, Z18, Z19, Z20) \
	MUL48(BX, Z31, Z21, Z22, Z23) \
	ADDQ aStep+24(FP), CX

#define SOME48 \
	LOAD48 \
	ROWHAS(1, 5); MUL48(R8, Z28, Z0, Z1, Z2) \
	ROWHAS(2, 5); MUL48(R9, Z29, Z3, Z4, Z5) \
	ROWHAS(4, 5); MUL48(R10, Z30, Z6, Z7, Z8) \
	ROWHAS(8, 5); MUL48(R11, Z31, Z9, Z10, Z11) \
	ROWHAS(16, 5); MUL48(R12, Z28, Z12, Z13, Z14) \
	ROWHAS(32, 5); MUL48(R13, Z29, Z15, Z16, Z17) \
	ROWHAS(64, 5); MUL48(AX, Z30, Z18, Z19, Z20) \
	ROWHAS(128, 5); MUL48(BX, Z31, Z21, Z22, Z23) \
	ADDQ aStep+24(FP), CX

#define ZERO48 \
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2 \
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8 \
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14 \
	VPXORD Z15, Z15, Z15; VPXORD Z16, Z16, Z16; VPXORD Z17, Z17, Z17 \
	VPXORD Z18, Z18, Z18; VPXORD Z19, Z19, Z19; VPXORD Z20, Z20, Z20 \
	VPXORD Z21, Z21, Z21; VPXORD Z22, Z22, Z22; VPXORD Z23, Z23, Z23

#define SET48(o, c0, c1, c2) \
	ROW(o) \
	VMOVUPS c0, (DI)(CX*4) \
	VMOVUPS c1, 64(DI)(CX*4) \
	VMOVUPS c2, 128(DI)(CX*4)

#define ADD48(o, c0, c1, c2) \
	ROW(o) \
	VADDPS (DI)(CX*4), c0, c0 \
	VADDPS 64(DI)(CX*4), c1, c1 \
	VADDPS 128(DI)(CX*4), c2, c2 \
	VMOVUPS c0, (DI)(CX*4) \
	VMOVUPS c1, 64(DI)(CX*4) \
	VMOVUPS c2, 128(DI)(CX*4)

#define SETS48 \
	SET48(0, Z0, Z1, Z2) \
	SET48(8, Z3, Z4, Z5) \
	SET48(16, Z6, Z7, Z8) \
	SET48(24, Z9, Z10, Z11) \
	SET48(32, Z12, Z13, Z14) \
	SET48(40, Z15, Z16, Z17) \
	SET48(48, Z18, Z19, Z20) \
	SET48(56, Z21, Z22, Z23)

#define ADDS48 \
	ADD48(0, Z0, Z1, Z2) \
	ADD48(8, Z3, Z4, Z5) \
	ADD48(16, Z6, Z7, Z8) \
	ADD48(24, Z9, Z10, Z11) \
	ADD48(32, Z12, Z13, Z14) \
	ADD48(40, Z15, Z16, Z17) \
	ADD48(48, Z18, Z19, Z20) \
	ADD48(56, Z21, Z22, Z23)

#define TOUCH48(o) \
	MOVQ o(DX), CX \
	PREFETCHT0 (DI)(CX*4) \
	PREFETCHT0 64(DI)(CX*4) \
	PREFETCHT0 128(DI)(CX*4)

TEXT ·ConvF32_8x48_AVX512(SB), NOSPLIT, $24-104
	TILES(STEP48, SOME48, ZERO48, TOUCH48, SETS48, ADDS48)

#define LOAD32 \
	VMOVUPS (DI), Z24 \
	VMOVUPS 64(DI), Z25 \
	ADDQ SI, DI

#define MUL32(r, t, c0, c1) \
	VBROADCASTSS (r)(CX*1), t \
	VFMADD231PS t, Z24, c0 \
	VFMADD231PS t, Z25, c1

#define STEP32 \
	PREFETCHT1 64(R8)(CX*1) \
	LOAD32 \
	MUL32(R8, Z28, Z0, Z1) \
	MUL32(R9, Z29, Z2, Z3) \
	MUL32(R10, Z30, Z4, Z5) \
	MUL32(R11, Z31, Z6, Z7) \
	MUL32(R12, Z28, Z8, Z9) \
	MUL32(R13, Z29, Z10, Z11) \
	MUL32(AX, Z30, Z12, Z13) \
	MUL32(BX, Z31, Z14, Z15) \
	ADDQ aStep+24(FP), CX

#define SOME32 \
	LOAD32 \
	ROWHAS(1, 4); MUL32(R8, Z28, Z0, Z1) \
	ROWHAS(2, 4); MUL32(R9, Z29, Z2, Z3) \
	ROWHAS(4, 4); MUL32(R10, Z30, Z4, Z5) \
	ROWHAS(8, 4); MUL32(R11, Z31, Z6, Z7) \
	ROWHAS(16, 4); MUL32(R12, Z28, Z8, Z9) \
	ROWHAS(32, 4); MUL32(R13, Z29, Z10, Z11) \
	ROWHAS(64, 4); MUL32(AX, Z30, Z12, Z13) \
	ROWHAS(128, 4); MUL32(BX, Z31, Z14, Z15) \
	ADDQ aStep+24(FP), CX

#define ZERO32 \
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1 \
	VPXORD Z2, Z2, Z2; VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7 \
	VPXORD Z8, Z8, Z8; VPXORD Z9, Z9, Z9 \
	VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13 \
	VPXORD Z14, Z14, Z14; VPXORD Z15, Z15, Z15

#define SET32(o, c0, c1) \
	ROW(o) \
	VMOVUPS c0, (DI)(CX*4) \
	VMOVUPS c1, 64(DI)(CX*4)

#define ADD32(o, c0, c1) \
	ROW(o) \
	VADDPS (DI)(CX*4), c0, c0 \
	VADDPS 64(DI)(CX*4), c1, c1 \
	VMOVUPS c0, (DI)(CX*4) \
	VMOVUPS c1, 64(DI)(CX*4)

#define SETS32 \
	SET32(0, Z0, Z1) \
	SET32(8, Z2, Z3) \
	SET32(16, Z4, Z5) \
	SET32(24, Z6, Z7) \
	SET32(32, Z8, Z9) \
	SET32(40, Z10, Z11) \
	SET32(48, Z12, Z13) \
	SET32(56, Z14, Z15)

#define ADDS32 \
	ADD32(0, Z0, Z1) \
	ADD32(8, Z2, Z3) \
	ADD32(16, Z4, Z5) \
	ADD32(24, Z6, Z7) \
	ADD32(32, Z8, Z9) \
	ADD32(40, Z10, Z11) \
	ADD32(48, Z12, Z13) \
	ADD32(56, Z14, Z15)

#define TOUCH32(o) \
	MOVQ o(DX), CX \
	PREFETCHT0 (DI)(CX*4) \
	PREFETCHT0 64(DI)(CX*4)

TEXT ·ConvF32_8x32_AVX512(SB), NOSPLIT, $24-104
	TILES(STEP32, SOME32, ZERO32, TOUCH32, SETS32, ADDS32)

#define LOAD16 \
	VMOVUPS (DI), Z24 \
	ADDQ SI, DI

#define MUL16(r, t, c0) \
	VBROADCASTSS (r)(CX*1), t \
	VFMADD231PS t, Z24, c0

#define STEP16 \
	LOAD16 \
	MUL16(R8, Z28, Z0) \
	MUL16(R9, Z29, Z1) \
	MUL16(R10, Z30, Z2) \
	MUL16(R11, Z31, Z3) \
	MUL16(R12, Z28, Z4) \
	MUL16(R13, Z29, Z5) \
	MUL16(AX, Z30, Z6) \
	MUL16(BX, Z31, Z7) \
	ADDQ aStep+24(FP), CX

#define SOME16 \
	LOAD16 \
	ROWHAS(1, 3); MUL16(R8, Z28, Z0) \
	ROWHAS(2, 3); MUL16(R9, Z29, Z1) \
	ROWHAS(4, 3); MUL16(R10, Z30, Z2) \
	ROWHAS(8, 3); MUL16(R11, Z31, Z3) \
	ROWHAS(16, 3); MUL16(R12, Z28, Z4) \
	ROWHAS(32, 3); MUL16(R13, Z29, Z5) \
	ROWHAS(64, 3); MUL16(AX, Z30, Z6) \
	ROWHAS(128, 3); MUL16(BX, Z31, Z7) \
	ADDQ aStep+24(FP), CX

#define ZERO16 \
	VPXORD Z0, Z0, Z0 \
	VPXORD Z1, Z1, Z1 \
	VPXORD Z2, Z2, Z2 \
	VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4 \
	VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6 \
	VPXORD Z7, Z7, Z7

#define SET16(o, c0) \
	ROW(o) \
	VMOVUPS c0, (DI)(CX*4)

#define ADD16(o, c0) \
	ROW(o) \
	VADDPS (DI)(CX*4), c0, c0 \
	VMOVUPS c0, (DI)(CX*4)

#define SETS16 \
	SET16(0, Z0) \
	SET16(8, Z1) \
	SET16(16, Z2) \
	SET16(24, Z3) \
	SET16(32, Z4) \
	SET16(40, Z5) \
	SET16(48, Z6) \
	SET16(56, Z7)

#define ADDS16 \
	ADD16(0, Z0) \
	ADD16(8, Z1) \
	ADD16(16, Z2) \
	ADD16(24, Z3) \
	ADD16(32, Z4) \
	ADD16(40, Z5) \
	ADD16(48, Z6) \
	ADD16(56, Z7)

#define TOUCH16(o) \
	MOVQ o(DX), CX \
	PREFETCHT0 (DI)(CX*4)

TEXT ·ConvF32_8x16_AVX512(SB), NOSPLIT, $24-104
	TILES(STEP16, SOME16, ZERO16, TOUCH16, SETS16, ADDS16)

// func ConvDepthF32_8x16_AVX512(...)
//
// The same with 16 columns of a instead of one element for all: 8 FMAs, 9 loads a step, 4.5 cycles.
#define STEPDEPTH \
	VMOVUPS (DI), Z24 \
	ADDQ SI, DI \
	VFMADD231PS (R8)(CX*1), Z24, Z0 \
	VFMADD231PS (R9)(CX*1), Z24, Z1 \
	VFMADD231PS (R10)(CX*1), Z24, Z2 \
	VFMADD231PS (R11)(CX*1), Z24, Z3 \
	VFMADD231PS (R12)(CX*1), Z24, Z4 \
	VFMADD231PS (R13)(CX*1), Z24, Z5 \
	VFMADD231PS (AX)(CX*1), Z24, Z6 \
	VFMADD231PS (BX)(CX*1), Z24, Z7 \
	ADDQ aStep+24(FP), CX

#define SOMEDEPTH \
	VMOVUPS (DI), Z24 \
	ADDQ SI, DI \
	ROWHAS(1, 2); VFMADD231PS (R8)(CX*1), Z24, Z0 \
	ROWHAS(2, 2); VFMADD231PS (R9)(CX*1), Z24, Z1 \
	ROWHAS(4, 2); VFMADD231PS (R10)(CX*1), Z24, Z2 \
	ROWHAS(8, 2); VFMADD231PS (R11)(CX*1), Z24, Z3 \
	ROWHAS(16, 2); VFMADD231PS (R12)(CX*1), Z24, Z4 \
	ROWHAS(32, 2); VFMADD231PS (R13)(CX*1), Z24, Z5 \
	ROWHAS(64, 2); VFMADD231PS (AX)(CX*1), Z24, Z6 \
	ROWHAS(128, 2); VFMADD231PS (BX)(CX*1), Z24, Z7 \
	ADDQ aStep+24(FP), CX

TEXT ·ConvDepthF32_8x16_AVX512(SB), NOSPLIT, $24-104
	TILES(STEPDEPTH, SOMEDEPTH, ZERO16, TOUCH16, SETS16, ADDS16)
