//go:build !purego

#include "textflag.h"

// func InterleaveS8_AVX2(dst *byte, src *int8, ld, steps, cols, width int)
//
// Four rows of src side by side, a byte of each in turn: dst[4*width*s+4*j+i] = src[ld*(4*s+i)+j] for i < 4 and j <
// cols.
//
//	SI, BX      src at the current step and columns;  R8, R9 ld and 3 ld
//	DI, DX      dst, the same;  R10 4 width
//	CX, AX, R11 steps left, columns left, cols
//
// 16 columns of a step move 64 bytes with 8 shuffles. Bound: 4 to 8 cycles, and reading src.
TEXT ·InterleaveS8_AVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ steps+24(FP), CX
	MOVQ cols+32(FP), R11
	MOVQ width+40(FP), R10
	SHLQ $2, R10
	LEAQ (R8)(R8*2), R9

step:
	MOVQ SI, BX
	MOVQ DI, DX
	MOVQ R11, AX

columns:
	VMOVDQU    (BX), X0
	VMOVDQU    (BX)(R8*1), X1
	VMOVDQU    (BX)(R8*2), X2
	VMOVDQU    (BX)(R9*1), X3
	VPUNPCKLBW X1, X0, X4
	VPUNPCKHBW X1, X0, X5
	VPUNPCKLBW X3, X2, X6
	VPUNPCKHBW X3, X2, X7
	VPUNPCKLWD X6, X4, X0
	VPUNPCKHWD X6, X4, X1
	VPUNPCKLWD X7, X5, X2
	VPUNPCKHWD X7, X5, X3
	VMOVDQU    X0, (DX)
	VMOVDQU    X1, 16(DX)
	VMOVDQU    X2, 32(DX)
	VMOVDQU    X3, 48(DX)
	ADDQ       $16, BX
	ADDQ       $64, DX
	SUBQ       $16, AX
	JNZ        columns

	LEAQ (SI)(R8*4), SI
	ADDQ R10, DI
	DECQ CX
	JNZ  step
	RET

// func InterleaveS8_2_AVX2(dst *byte, src *int8, ld, pairs, cols, width int)
//
// Two rows of src side by side, a byte of each in turn: dst[2*width*s+2*j+i] = src[ld*(2*s+i)+j] for i < 2 and j < cols. The
// registers are those above. 16 columns of a pair move 32 bytes with 2 shuffles. Bound: 2 cycles, and reading src.
TEXT ·InterleaveS8_2_AVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ pairs+24(FP), CX
	MOVQ cols+32(FP), R11
	MOVQ width+40(FP), R10
	SHLQ $1, R10

pair:
	MOVQ SI, BX
	MOVQ DI, DX
	MOVQ R11, AX

columns:
	VMOVDQU    (BX), X0
	VMOVDQU    (BX)(R8*1), X1
	VPUNPCKLBW X1, X0, X2
	VPUNPCKHBW X1, X0, X3
	VMOVDQU    X2, (DX)
	VMOVDQU    X3, 16(DX)
	ADDQ       $16, BX
	ADDQ       $32, DX
	SUBQ       $16, AX
	JNZ        columns

	LEAQ (SI)(R8*2), SI
	ADDQ R10, DI
	DECQ CX
	JNZ  pair
	RET
