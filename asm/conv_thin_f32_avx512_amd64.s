//go:build !purego

#include "textflag.h"

// func ConvThinF32_6x3_AVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32,
//	c *float32, cOff *int, cStep int, add int, seen *uint16, seenOff *int)
//
// Sums for 6 vectors of 16 pixels at a time, in 3 channels. Vector i begins at a[aOff[i]]; segment s of its steps begins
// segs[4s] floats further and has segs[4s+1] steps, aStep floats apart, for the lanes whose bits are set in
// seen[seenOff[i]+segs[4s+3]]. A step of b is 3 floats; a segment's begin with segs[4s+2]. c[cOff[i] + r*cStep:] is set
// for channel r, or added to.
//
//	Z0 .. Z17   vector i in channel r in Z(3i+r)
//	Z24 .. Z27  vectors of a, in turn;  Z28 .. Z31  broadcast elements of b
//	R8 .. R13   the vectors of a;  CX the step, in bytes from their beginnings;  R15 aStep in bytes
//	DI          b at the step
//	DX, BP      the next segment, steps left in this one
//	K1 .. K6    the lanes of each vector that have the segment
//
// A step is 18 FMAs and 9 loads, of which 6 may straddle a cache line and count twice: bound by the FMAs, 9 cycles where two
// issue a cycle. The functions for 4, 2 and 1 channels are the same. The last one is bound by its loads.
// Reached on a Zen 5, operands in L1: 9.5 cycles a step with 3 channels, 95 % of the FMA peak, and 6.5 to 8.1 with 1.
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
	SHLQ $2, R15

// LANES sets the mask of a vector.
#define LANES(o, k) \
	MOVQ o(BX), AX \
	KMOVW (SI)(AX*2), k

// TILES is the whole of a function: step is a step of a tile, set and put store it.
#define TILES(size, step, zero, set, put) \
tile: \
	ROWS                  \
	zero                  \
segment: \
	MOVQ 24(DX), SI       \
	MOVQ seen+88(FP), AX  \
	LEAQ (AX)(SI*2), SI   \
	MOVQ seenOff+96(FP), BX \
	LANES(0, K1)          \
	LANES(8, K2)          \
	LANES(16, K3)         \
	LANES(24, K4)         \
	LANES(32, K5)         \
	LANES(40, K6)         \
	MOVQ 0(DX), CX        \
	MOVQ 8(DX), BP        \
	IMUL3Q $size, 16(DX), DI \
	ADDQ b+48(FP), DI     \
	ADDQ $32, DX          \
	SHLQ $2, CX           \
steps: \
	step                  \
	DECQ BP               \
	JNZ  steps            \
	DECQ left-8(SP)       \
	JNZ  segment          \
	MOVQ rows+0(FP), BX   \
	MOVQ cOff+64(FP), DX  \
	MOVQ c+56(FP), DI     \
	MOVQ cStep+72(FP), SI \
	SHLQ $2, SI           \
	CMPQ add+80(FP), $0   \
	JNE  adding           \
	set                   \
	JMP  next             \
adding: \
	put                   \
next: \
	ADDQ $48, cOff+64(FP) \
	ADDQ $48, seenOff+96(FP) \
	SUBQ $6, rows+0(FP)  \
	JGT  tile             \
	VZEROUPPER            \
	RET

// ROW finds the next vector of c in CX, or ends the tile.
#define ROW \
	DECQ BX              \
	JMI  next            \
	MOVQ (DX), CX        \
	ADDQ $8, DX          \
	LEAQ (DI)(CX*4), CX

#define STEP4 \
	VBROADCASTSS (DI), Z28 \
	VBROADCASTSS 4(DI), Z29 \
	VBROADCASTSS 8(DI), Z30 \
	VBROADCASTSS 12(DI), Z31 \
	VMOVUPS (R8)(CX*1), Z24 \
	VFMADD231PS Z24, Z28, K1, Z0 \
	VFMADD231PS Z24, Z29, K1, Z1 \
	VFMADD231PS Z24, Z30, K1, Z2 \
	VFMADD231PS Z24, Z31, K1, Z3 \
	VMOVUPS (R9)(CX*1), Z25 \
	VFMADD231PS Z25, Z28, K2, Z4 \
	VFMADD231PS Z25, Z29, K2, Z5 \
	VFMADD231PS Z25, Z30, K2, Z6 \
	VFMADD231PS Z25, Z31, K2, Z7 \
	VMOVUPS (R10)(CX*1), Z26 \
	VFMADD231PS Z26, Z28, K3, Z8 \
	VFMADD231PS Z26, Z29, K3, Z9 \
	VFMADD231PS Z26, Z30, K3, Z10 \
	VFMADD231PS Z26, Z31, K3, Z11 \
	VMOVUPS (R11)(CX*1), Z27 \
	VFMADD231PS Z27, Z28, K4, Z12 \
	VFMADD231PS Z27, Z29, K4, Z13 \
	VFMADD231PS Z27, Z30, K4, Z14 \
	VFMADD231PS Z27, Z31, K4, Z15 \
	VMOVUPS (R12)(CX*1), Z24 \
	VFMADD231PS Z24, Z28, K5, Z16 \
	VFMADD231PS Z24, Z29, K5, Z17 \
	VFMADD231PS Z24, Z30, K5, Z18 \
	VFMADD231PS Z24, Z31, K5, Z19 \
	VMOVUPS (R13)(CX*1), Z25 \
	VFMADD231PS Z25, Z28, K6, Z20 \
	VFMADD231PS Z25, Z29, K6, Z21 \
	VFMADD231PS Z25, Z30, K6, Z22 \
	VFMADD231PS Z25, Z31, K6, Z23 \
	ADDQ $16, DI \
	ADDQ R15, CX

#define ZERO4 \
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2; VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5; VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7 \
	VPXORD Z8, Z8, Z8; VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14; VPXORD Z15, Z15, Z15 \
	VPXORD Z16, Z16, Z16; VPXORD Z17, Z17, Z17; VPXORD Z18, Z18, Z18; VPXORD Z19, Z19, Z19 \
	VPXORD Z20, Z20, Z20; VPXORD Z21, Z21, Z21; VPXORD Z22, Z22, Z22; VPXORD Z23, Z23, Z23

#define SET4(c0, c1, c2, c3) \
	ROW \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VMOVUPS c1, (CX) \
	ADDQ SI, CX \
	VMOVUPS c2, (CX) \
	ADDQ SI, CX \
	VMOVUPS c3, (CX)

#define ADD4(c0, c1, c2, c3) \
	ROW \
	VADDPS (CX), c0, c0 \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c1, c1 \
	VMOVUPS c1, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c2, c2 \
	VMOVUPS c2, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c3, c3 \
	VMOVUPS c3, (CX)

#define SETS4 \
	SET4(Z0, Z1, Z2, Z3) \
	SET4(Z4, Z5, Z6, Z7) \
	SET4(Z8, Z9, Z10, Z11) \
	SET4(Z12, Z13, Z14, Z15) \
	SET4(Z16, Z17, Z18, Z19) \
	SET4(Z20, Z21, Z22, Z23)

#define ADDS4 \
	ADD4(Z0, Z1, Z2, Z3) \
	ADD4(Z4, Z5, Z6, Z7) \
	ADD4(Z8, Z9, Z10, Z11) \
	ADD4(Z12, Z13, Z14, Z15) \
	ADD4(Z16, Z17, Z18, Z19) \
	ADD4(Z20, Z21, Z22, Z23)

TEXT ·ConvThinF32_6x4_AVX512(SB), NOSPLIT, $8-104
	TILES(16, STEP4, ZERO4, SETS4, ADDS4)

#define STEP3 \
	VBROADCASTSS (DI), Z28 \
	VBROADCASTSS 4(DI), Z29 \
	VBROADCASTSS 8(DI), Z30 \
	VMOVUPS (R8)(CX*1), Z24 \
	VFMADD231PS Z24, Z28, K1, Z0 \
	VFMADD231PS Z24, Z29, K1, Z1 \
	VFMADD231PS Z24, Z30, K1, Z2 \
	VMOVUPS (R9)(CX*1), Z25 \
	VFMADD231PS Z25, Z28, K2, Z3 \
	VFMADD231PS Z25, Z29, K2, Z4 \
	VFMADD231PS Z25, Z30, K2, Z5 \
	VMOVUPS (R10)(CX*1), Z26 \
	VFMADD231PS Z26, Z28, K3, Z6 \
	VFMADD231PS Z26, Z29, K3, Z7 \
	VFMADD231PS Z26, Z30, K3, Z8 \
	VMOVUPS (R11)(CX*1), Z27 \
	VFMADD231PS Z27, Z28, K4, Z9 \
	VFMADD231PS Z27, Z29, K4, Z10 \
	VFMADD231PS Z27, Z30, K4, Z11 \
	VMOVUPS (R12)(CX*1), Z24 \
	VFMADD231PS Z24, Z28, K5, Z12 \
	VFMADD231PS Z24, Z29, K5, Z13 \
	VFMADD231PS Z24, Z30, K5, Z14 \
	VMOVUPS (R13)(CX*1), Z25 \
	VFMADD231PS Z25, Z28, K6, Z15 \
	VFMADD231PS Z25, Z29, K6, Z16 \
	VFMADD231PS Z25, Z30, K6, Z17 \
	ADDQ $12, DI \
	ADDQ R15, CX

#define ZERO3 \
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2 \
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8 \
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14 \
	VPXORD Z15, Z15, Z15; VPXORD Z16, Z16, Z16; VPXORD Z17, Z17, Z17

#define SET3(c0, c1, c2) \
	ROW \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VMOVUPS c1, (CX) \
	ADDQ SI, CX \
	VMOVUPS c2, (CX)

#define ADD3(c0, c1, c2) \
	ROW \
	VADDPS (CX), c0, c0 \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c1, c1 \
	VMOVUPS c1, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c2, c2 \
	VMOVUPS c2, (CX)

#define SETS3 \
	SET3(Z0, Z1, Z2) \
	SET3(Z3, Z4, Z5) \
	SET3(Z6, Z7, Z8) \
	SET3(Z9, Z10, Z11) \
	SET3(Z12, Z13, Z14) \
	SET3(Z15, Z16, Z17)

#define ADDS3 \
	ADD3(Z0, Z1, Z2) \
	ADD3(Z3, Z4, Z5) \
	ADD3(Z6, Z7, Z8) \
	ADD3(Z9, Z10, Z11) \
	ADD3(Z12, Z13, Z14) \
	ADD3(Z15, Z16, Z17)

TEXT ·ConvThinF32_6x3_AVX512(SB), NOSPLIT, $8-104
	TILES(12, STEP3, ZERO3, SETS3, ADDS3)

#define STEP2 \
	VBROADCASTSS (DI), Z28 \
	VBROADCASTSS 4(DI), Z29 \
	VMOVUPS (R8)(CX*1), Z24 \
	VFMADD231PS Z24, Z28, K1, Z0 \
	VFMADD231PS Z24, Z29, K1, Z1 \
	VMOVUPS (R9)(CX*1), Z25 \
	VFMADD231PS Z25, Z28, K2, Z2 \
	VFMADD231PS Z25, Z29, K2, Z3 \
	VMOVUPS (R10)(CX*1), Z26 \
	VFMADD231PS Z26, Z28, K3, Z4 \
	VFMADD231PS Z26, Z29, K3, Z5 \
	VMOVUPS (R11)(CX*1), Z27 \
	VFMADD231PS Z27, Z28, K4, Z6 \
	VFMADD231PS Z27, Z29, K4, Z7 \
	VMOVUPS (R12)(CX*1), Z24 \
	VFMADD231PS Z24, Z28, K5, Z8 \
	VFMADD231PS Z24, Z29, K5, Z9 \
	VMOVUPS (R13)(CX*1), Z25 \
	VFMADD231PS Z25, Z28, K6, Z10 \
	VFMADD231PS Z25, Z29, K6, Z11 \
	ADDQ $8, DI \
	ADDQ R15, CX

#define ZERO2 \
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1 \
	VPXORD Z2, Z2, Z2; VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7 \
	VPXORD Z8, Z8, Z8; VPXORD Z9, Z9, Z9 \
	VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11

#define SET2(c0, c1) \
	ROW \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VMOVUPS c1, (CX)

#define ADD2(c0, c1) \
	ROW \
	VADDPS (CX), c0, c0 \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c1, c1 \
	VMOVUPS c1, (CX)

#define SETS2 \
	SET2(Z0, Z1) \
	SET2(Z2, Z3) \
	SET2(Z4, Z5) \
	SET2(Z6, Z7) \
	SET2(Z8, Z9) \
	SET2(Z10, Z11)

#define ADDS2 \
	ADD2(Z0, Z1) \
	ADD2(Z2, Z3) \
	ADD2(Z4, Z5) \
	ADD2(Z6, Z7) \
	ADD2(Z8, Z9) \
	ADD2(Z10, Z11)

TEXT ·ConvThinF32_6x2_AVX512(SB), NOSPLIT, $8-104
	TILES(8, STEP2, ZERO2, SETS2, ADDS2)

#define STEP1 \
	VBROADCASTSS (DI), Z28 \
	VFMADD231PS (R8)(CX*1), Z28, K1, Z0 \
	VFMADD231PS (R9)(CX*1), Z28, K2, Z1 \
	VFMADD231PS (R10)(CX*1), Z28, K3, Z2 \
	VFMADD231PS (R11)(CX*1), Z28, K4, Z3 \
	VFMADD231PS (R12)(CX*1), Z28, K5, Z4 \
	VFMADD231PS (R13)(CX*1), Z28, K6, Z5 \
	ADDQ $4, DI \
	ADDQ R15, CX

#define ZERO1 \
	VPXORD Z0, Z0, Z0 \
	VPXORD Z1, Z1, Z1 \
	VPXORD Z2, Z2, Z2 \
	VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4 \
	VPXORD Z5, Z5, Z5

#define SET1(c0) \
	ROW \
	VMOVUPS c0, (CX)

#define ADD1(c0) \
	ROW \
	VADDPS (CX), c0, c0 \
	VMOVUPS c0, (CX)

#define SETS1 \
	SET1(Z0) \
	SET1(Z1) \
	SET1(Z2) \
	SET1(Z3) \
	SET1(Z4) \
	SET1(Z5)

#define ADDS1 \
	ADD1(Z0) \
	ADD1(Z1) \
	ADD1(Z2) \
	ADD1(Z3) \
	ADD1(Z4) \
	ADD1(Z5)

TEXT ·ConvThinF32_6x1_AVX512(SB), NOSPLIT, $8-104
	TILES(4, STEP1, ZERO1, SETS1, ADDS1)

