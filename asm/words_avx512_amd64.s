//go:build !purego

#include "textflag.h"

// Products of words and of weights that WidenS8_16_AVX2 has widened: a step of 4 values of k is 128 bytes of B, two values of
// each of 16 columns and then the other two.
//
//	Z0 .. Z7, Z8 .. Z15  sums of 8 rows, over the first and over the other two values of a step
//	Z16, Z17             a step of B
//
// A step loads 128 + 64 bytes in 18 loads and does 16 VPDPWSSD, 512 multiply-adds, which add in full width: nothing saturates.
// Bound: 16 cycles where it issues once a cycle in 512 bits, 9, by the loads, where twice.
#define CLEAR \
	VMOVDQA32 Z0, Z1; VMOVDQA32 Z0, Z2; VMOVDQA32 Z0, Z3; VMOVDQA32 Z0, Z4 \
	VMOVDQA32 Z0, Z5; VMOVDQA32 Z0, Z6; VMOVDQA32 Z0, Z7 \
	VPXORD Z8, Z8, Z8; VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14; VPXORD Z15, Z15, Z15

#define SET(c0, c1, to) \
	VPADDD    c1, c0, c0 \
	VMOVDQU32 c0, to

// func GemmI16S16_8x16_AVX512(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// C[8x16] = bias + A·B, for one tile after another down A and C, over steps of 4 words of k: rows of A lda bytes apart.
//
//	SI, R10     rows 0 and 4 of A;  R8, R9 lda and 3 lda;  R11 the next tile's A
//	DI          B;  DX, R13  C and ldc, in bytes
//	CX, AX, BX  tiles left, steps, steps left
TEXT ·GemmI16S16_8x16_AVX512(SB), NOSPLIT, $0-64
	MOVQ tiles+0(FP), CX
	MOVQ steps+8(FP), AX
	MOVQ a+16(FP), R11
	MOVQ lda+24(FP), R8
	MOVQ c+48(FP), DX
	MOVQ ldc+56(FP), R13
	SHLQ $2, R13
	LEAQ (R8)(R8*2), R9

tile:
	MOVQ R11, SI
	LEAQ (R11)(R8*4), R10
	LEAQ (R11)(R8*8), R11
	MOVQ b+32(FP), DI
	MOVQ bias+40(FP), BX
	VMOVDQU32 (BX), Z0
	CLEAR
	MOVQ  AX, BX
	TESTQ BX, BX
	JZ    store

	PCALIGN $64

step:
	VMOVDQU32 (DI), Z16
	VMOVDQU32 64(DI), Z17
	VPDPWSSD.BCST (SI), Z16, Z0
	VPDPWSSD.BCST (SI)(R8*1), Z16, Z1
	VPDPWSSD.BCST (SI)(R8*2), Z16, Z2
	VPDPWSSD.BCST (SI)(R9*1), Z16, Z3
	VPDPWSSD.BCST (R10), Z16, Z4
	VPDPWSSD.BCST (R10)(R8*1), Z16, Z5
	VPDPWSSD.BCST (R10)(R8*2), Z16, Z6
	VPDPWSSD.BCST (R10)(R9*1), Z16, Z7
	VPDPWSSD.BCST 4(SI), Z17, Z8
	VPDPWSSD.BCST 4(SI)(R8*1), Z17, Z9
	VPDPWSSD.BCST 4(SI)(R8*2), Z17, Z10
	VPDPWSSD.BCST 4(SI)(R9*1), Z17, Z11
	VPDPWSSD.BCST 4(R10), Z17, Z12
	VPDPWSSD.BCST 4(R10)(R8*1), Z17, Z13
	VPDPWSSD.BCST 4(R10)(R8*2), Z17, Z14
	VPDPWSSD.BCST 4(R10)(R9*1), Z17, Z15
	ADDQ $8, SI
	ADDQ $8, R10
	ADDQ $128, DI
	DECQ BX
	JNZ  step

store:
	SET(Z0, Z8, (DX))
	ADDQ R13, DX
	SET(Z1, Z9, (DX))
	ADDQ R13, DX
	SET(Z2, Z10, (DX))
	ADDQ R13, DX
	SET(Z3, Z11, (DX))
	ADDQ R13, DX
	SET(Z4, Z12, (DX))
	ADDQ R13, DX
	SET(Z5, Z13, (DX))
	ADDQ R13, DX
	SET(Z6, Z14, (DX))
	ADDQ R13, DX
	SET(Z7, Z15, (DX))
	ADDQ R13, DX
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func ConvI16S16_8x16_AVX512(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// The same, for tiles whose rows follow each other in C. A is read where it lies: row i begins aOff[i] bytes after a; segment s
// begins segs[3s] bytes further and has segs[3s+1] steps, with those of B from segs[3s+2] on.
//
//	R8 .. R13, AX, BX  the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI             B at the step, steps left in this segment
//	DX, R15            the next segment, segments left
TEXT ·ConvI16S16_8x16_AVX512(SB), NOSPLIT, $0-64

tile:
	MOVQ aOff+16(FP), DX
	MOVQ a+8(FP), DI
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	MOVQ 16(DX), R10
	MOVQ 24(DX), R11
	MOVQ 32(DX), R12
	MOVQ 40(DX), R13
	MOVQ 48(DX), AX
	MOVQ 56(DX), BX
	ADDQ DI, R8
	ADDQ DI, R9
	ADDQ DI, R10
	ADDQ DI, R11
	ADDQ DI, R12
	ADDQ DI, R13
	ADDQ DI, AX
	ADDQ DI, BX
	ADDQ $64, DX
	MOVQ DX, aOff+16(FP)
	MOVQ segs+24(FP), DX
	MOVQ nseg+32(FP), R15
	MOVQ bias+48(FP), SI
	VMOVDQU32 (SI), Z0
	CLEAR
	TESTQ R15, R15
	JZ    store

segment:
	MOVQ   (DX), CX
	MOVQ   8(DX), SI
	IMUL3Q $128, 16(DX), DI
	ADDQ   b+40(FP), DI
	ADDQ   $24, DX

	PCALIGN $64

step:
	VMOVDQU32 (DI), Z16
	VMOVDQU32 64(DI), Z17
	VPDPWSSD.BCST (R8)(CX*1), Z16, Z0
	VPDPWSSD.BCST (R9)(CX*1), Z16, Z1
	VPDPWSSD.BCST (R10)(CX*1), Z16, Z2
	VPDPWSSD.BCST (R11)(CX*1), Z16, Z3
	VPDPWSSD.BCST (R12)(CX*1), Z16, Z4
	VPDPWSSD.BCST (R13)(CX*1), Z16, Z5
	VPDPWSSD.BCST (AX)(CX*1), Z16, Z6
	VPDPWSSD.BCST (BX)(CX*1), Z16, Z7
	VPDPWSSD.BCST 4(R8)(CX*1), Z17, Z8
	VPDPWSSD.BCST 4(R9)(CX*1), Z17, Z9
	VPDPWSSD.BCST 4(R10)(CX*1), Z17, Z10
	VPDPWSSD.BCST 4(R11)(CX*1), Z17, Z11
	VPDPWSSD.BCST 4(R12)(CX*1), Z17, Z12
	VPDPWSSD.BCST 4(R13)(CX*1), Z17, Z13
	VPDPWSSD.BCST 4(AX)(CX*1), Z17, Z14
	VPDPWSSD.BCST 4(BX)(CX*1), Z17, Z15
	ADDQ $128, DI
	ADDQ $8, CX
	DECQ SI
	JNZ  step

	DECQ R15
	JNZ  segment

store:
	MOVQ c+56(FP), SI
	SET(Z0, Z8, 0(SI))
	SET(Z1, Z9, 64(SI))
	SET(Z2, Z10, 128(SI))
	SET(Z3, Z11, 192(SI))
	SET(Z4, Z12, 256(SI))
	SET(Z5, Z13, 320(SI))
	SET(Z6, Z14, 384(SI))
	SET(Z7, Z15, 448(SI))
	ADDQ $512, c+56(FP)
	DECQ tiles+0(FP)
	JNZ  tile
	VZEROUPPER
	RET
