//go:build !purego

#include "textflag.h"

// func ConvThinF32_4x3_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32,
//	c *float32, cOff *int, cStep int, add int, seen *uint16, seenOff *int)
//
// As ConvThinF32_6x3_AVX512, for 4 vectors of 8 pixels at a time.
//
//	Y0 .. Y11   vector i in channel r in Y(3i+r)
//	Y12         a vector of a;  Y13 .. Y15  broadcast elements of b
//	R8 .. R11   the vectors of a;  CX the step, in bytes from their beginnings;  R15 aStep in bytes
//	DI          b at the step
//	DX, BP      the next segment, steps left in this one
//	SI, BX      where the segment's lanes are, seenOff
//
// A step is 12 FMAs and 7 loads: bound by the FMAs, 6 cycles. With 2 channels and 1 the chains are too few.
// Where not all lanes have a segment, the others get back what they had before it.
DATA lanes<>+0(SB)/8, $0x0000000200000001
DATA lanes<>+8(SB)/8, $0x0000000800000004
DATA lanes<>+16(SB)/8, $0x0000002000000010
DATA lanes<>+24(SB)/8, $0x0000008000000040
GLOBL lanes<>(SB), RODATA|NOPTR, $32

// ROWS begins a tile.
#define ROWS \
	MOVQ aOff+16(FP), DX  \
	MOVQ a+8(FP), DI      \
	MOVQ 0(DX), R8 \
	MOVQ 8(DX), R9 \
	MOVQ 16(DX), R10 \
	MOVQ 24(DX), R11 \
	LEAQ (DI)(R8*4), R8 \
	LEAQ (DI)(R9*4), R9 \
	LEAQ (DI)(R10*4), R10 \
	LEAQ (DI)(R11*4), R11 \
	ADDQ $32, DX          \
	MOVQ DX, aOff+16(FP)  \
	MOVQ aStep+24(FP), R15 \
	MOVQ segs+32(FP), DX  \
	MOVQ nseg+40(FP), CX  \
	MOVQ CX, left-8(SP)   \
	SHLQ $2, R15

// UNSEEN sets Y12 to the lanes of a vector that do not have the segment.
#define UNSEEN(o) \
	MOVQ o(BX), AX                 \
	VPBROADCASTW (SI)(AX*2), Y12   \
	VPAND lanes<>(SB), Y12, Y12    \
	VPXOR Y13, Y13, Y13            \
	VPCMPEQD Y13, Y12, Y12

// TILES is the whole of a function: step is a step of a tile, keep and back save it and give back lanes, set and put
// store it.
#define TILES(size, step, zero, keep, back, set, put) \
tile: \
	ROWS                  \
	zero                  \
segment: \
	MOVQ 24(DX), SI       \
	MOVQ seen+88(FP), AX  \
	LEAQ (AX)(SI*2), SI   \
	MOVQ seenOff+96(FP), BX \
	MOVQ 0(BX), AX        \
	MOVWLZX (SI)(AX*2), CX \
	MOVQ 8(BX), AX        \
	ANDW (SI)(AX*2), CX   \
	MOVQ 16(BX), AX        \
	ANDW (SI)(AX*2), CX   \
	MOVQ 24(BX), AX        \
	ANDW (SI)(AX*2), CX   \
	CMPW CX, $0xff        \
	MOVQ 0(DX), CX        \
	LEAQ (CX*4), CX       \
	MOVQ 8(DX), BP        \
	MOVQ 16(DX), DI       \
	LEAQ 32(DX), DX       \
	JEQ  whole            \
	IMULQ $size, DI       \
	ADDQ b+48(FP), DI     \
	keep                  \
some: \
	step                  \
	DECQ BP               \
	JNZ  some             \
	back                  \
	JMP  ended            \
whole: \
	IMULQ $size, DI       \
	ADDQ b+48(FP), DI     \
steps: \
	step                  \
	DECQ BP               \
	JNZ  steps            \
ended: \
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
	ADDQ $32, cOff+64(FP) \
	ADDQ $32, seenOff+96(FP) \
	SUBQ $4, rows+0(FP)  \
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

#define STEP3 \
	VBROADCASTSS (DI), Y13 \
	VBROADCASTSS 4(DI), Y14 \
	VBROADCASTSS 8(DI), Y15 \
	VMOVUPS (R8)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y0 \
	VFMADD231PS Y12, Y14, Y1 \
	VFMADD231PS Y12, Y15, Y2 \
	VMOVUPS (R9)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y3 \
	VFMADD231PS Y12, Y14, Y4 \
	VFMADD231PS Y12, Y15, Y5 \
	VMOVUPS (R10)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y6 \
	VFMADD231PS Y12, Y14, Y7 \
	VFMADD231PS Y12, Y15, Y8 \
	VMOVUPS (R11)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y9 \
	VFMADD231PS Y12, Y14, Y10 \
	VFMADD231PS Y12, Y15, Y11 \
	ADDQ $12, DI \
	ADDQ R15, CX

#define ZERO3 \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1; VXORPS Y2, Y2, Y2 \
	VXORPS Y3, Y3, Y3; VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5 \
	VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7; VXORPS Y8, Y8, Y8 \
	VXORPS Y9, Y9, Y9; VXORPS Y10, Y10, Y10; VXORPS Y11, Y11, Y11

#define KEEP3 \
	VMOVUPS Y0, keep0-40(SP) \
	VMOVUPS Y1, keep1-72(SP) \
	VMOVUPS Y2, keep2-104(SP) \
	VMOVUPS Y3, keep3-136(SP) \
	VMOVUPS Y4, keep4-168(SP) \
	VMOVUPS Y5, keep5-200(SP) \
	VMOVUPS Y6, keep6-232(SP) \
	VMOVUPS Y7, keep7-264(SP) \
	VMOVUPS Y8, keep8-296(SP) \
	VMOVUPS Y9, keep9-328(SP) \
	VMOVUPS Y10, keep10-360(SP) \
	VMOVUPS Y11, keep11-392(SP)

#define BACK3 \
	UNSEEN(0) \
	VBLENDVPS Y12, keep0-40(SP), Y0, Y0 \
	VBLENDVPS Y12, keep1-72(SP), Y1, Y1 \
	VBLENDVPS Y12, keep2-104(SP), Y2, Y2 \
	UNSEEN(8) \
	VBLENDVPS Y12, keep3-136(SP), Y3, Y3 \
	VBLENDVPS Y12, keep4-168(SP), Y4, Y4 \
	VBLENDVPS Y12, keep5-200(SP), Y5, Y5 \
	UNSEEN(16) \
	VBLENDVPS Y12, keep6-232(SP), Y6, Y6 \
	VBLENDVPS Y12, keep7-264(SP), Y7, Y7 \
	VBLENDVPS Y12, keep8-296(SP), Y8, Y8 \
	UNSEEN(24) \
	VBLENDVPS Y12, keep9-328(SP), Y9, Y9 \
	VBLENDVPS Y12, keep10-360(SP), Y10, Y10 \
	VBLENDVPS Y12, keep11-392(SP), Y11, Y11

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
	SET3(Y0, Y1, Y2) \
	SET3(Y3, Y4, Y5) \
	SET3(Y6, Y7, Y8) \
	SET3(Y9, Y10, Y11)

#define ADDS3 \
	ADD3(Y0, Y1, Y2) \
	ADD3(Y3, Y4, Y5) \
	ADD3(Y6, Y7, Y8) \
	ADD3(Y9, Y10, Y11)

TEXT ·ConvThinF32_4x3_AVX2(SB), NOSPLIT, $392-104
	TILES(12, STEP3, ZERO3, KEEP3, BACK3, SETS3, ADDS3)

#define STEP2 \
	VBROADCASTSS (DI), Y13 \
	VBROADCASTSS 4(DI), Y14 \
	VMOVUPS (R8)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y0 \
	VFMADD231PS Y12, Y14, Y1 \
	VMOVUPS (R9)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y2 \
	VFMADD231PS Y12, Y14, Y3 \
	VMOVUPS (R10)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y4 \
	VFMADD231PS Y12, Y14, Y5 \
	VMOVUPS (R11)(CX*1), Y12 \
	VFMADD231PS Y12, Y13, Y6 \
	VFMADD231PS Y12, Y14, Y7 \
	ADDQ $8, DI \
	ADDQ R15, CX

#define ZERO2 \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1 \
	VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3 \
	VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5 \
	VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7

#define KEEP2 \
	VMOVUPS Y0, keep0-40(SP) \
	VMOVUPS Y1, keep1-72(SP) \
	VMOVUPS Y2, keep2-104(SP) \
	VMOVUPS Y3, keep3-136(SP) \
	VMOVUPS Y4, keep4-168(SP) \
	VMOVUPS Y5, keep5-200(SP) \
	VMOVUPS Y6, keep6-232(SP) \
	VMOVUPS Y7, keep7-264(SP)

#define BACK2 \
	UNSEEN(0) \
	VBLENDVPS Y12, keep0-40(SP), Y0, Y0 \
	VBLENDVPS Y12, keep1-72(SP), Y1, Y1 \
	UNSEEN(8) \
	VBLENDVPS Y12, keep2-104(SP), Y2, Y2 \
	VBLENDVPS Y12, keep3-136(SP), Y3, Y3 \
	UNSEEN(16) \
	VBLENDVPS Y12, keep4-168(SP), Y4, Y4 \
	VBLENDVPS Y12, keep5-200(SP), Y5, Y5 \
	UNSEEN(24) \
	VBLENDVPS Y12, keep6-232(SP), Y6, Y6 \
	VBLENDVPS Y12, keep7-264(SP), Y7, Y7

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
	SET2(Y0, Y1) \
	SET2(Y2, Y3) \
	SET2(Y4, Y5) \
	SET2(Y6, Y7)

#define ADDS2 \
	ADD2(Y0, Y1) \
	ADD2(Y2, Y3) \
	ADD2(Y4, Y5) \
	ADD2(Y6, Y7)

TEXT ·ConvThinF32_4x2_AVX2(SB), NOSPLIT, $264-104
	TILES(8, STEP2, ZERO2, KEEP2, BACK2, SETS2, ADDS2)

#define STEP1 \
	VBROADCASTSS (DI), Y13 \
	VFMADD231PS (R8)(CX*1), Y13, Y0 \
	VFMADD231PS (R9)(CX*1), Y13, Y1 \
	VFMADD231PS (R10)(CX*1), Y13, Y2 \
	VFMADD231PS (R11)(CX*1), Y13, Y3 \
	ADDQ $4, DI \
	ADDQ R15, CX

#define ZERO1 \
	VXORPS Y0, Y0, Y0 \
	VXORPS Y1, Y1, Y1 \
	VXORPS Y2, Y2, Y2 \
	VXORPS Y3, Y3, Y3

#define KEEP1 \
	VMOVUPS Y0, keep0-40(SP) \
	VMOVUPS Y1, keep1-72(SP) \
	VMOVUPS Y2, keep2-104(SP) \
	VMOVUPS Y3, keep3-136(SP)

#define BACK1 \
	UNSEEN(0) \
	VBLENDVPS Y12, keep0-40(SP), Y0, Y0 \
	UNSEEN(8) \
	VBLENDVPS Y12, keep1-72(SP), Y1, Y1 \
	UNSEEN(16) \
	VBLENDVPS Y12, keep2-104(SP), Y2, Y2 \
	UNSEEN(24) \
	VBLENDVPS Y12, keep3-136(SP), Y3, Y3

#define SET1(c0) \
	ROW \
	VMOVUPS c0, (CX)

#define ADD1(c0) \
	ROW \
	VADDPS (CX), c0, c0 \
	VMOVUPS c0, (CX)

#define SETS1 \
	SET1(Y0) \
	SET1(Y1) \
	SET1(Y2) \
	SET1(Y3)

#define ADDS1 \
	ADD1(Y0) \
	ADD1(Y1) \
	ADD1(Y2) \
	ADD1(Y3)

TEXT ·ConvThinF32_4x1_AVX2(SB), NOSPLIT, $136-104
	TILES(4, STEP1, ZERO1, KEEP1, BACK1, SETS1, ADDS1)

