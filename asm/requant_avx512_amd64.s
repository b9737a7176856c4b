//go:build !purego

#include "textflag.h"

// func RequantU8_AVX512(dst *uint8, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, least, most int32)
//
// dst = zero + clamp((acc*mult + 2^(shift-1)) >> shift, least, most), 16 columns at a time down the rows, the last columns
// under a mask. acc may be read up to the next multiple of 16 columns.
//
//	DI, R8   dst and ldd;  SI, R9  acc and lda, in bytes;  CX, BX  columns left, rows left
//	R10, R11 mult, shift;  DX, R12  dst and acc at the current row;  R13 rows
//	Z10 zero, Z11 most, Z12 least;  Z14 1, Z15 the low halves of 64-bit lanes;  K1 the columns, K2 odd lanes
//	Z16, Z18, Z20  mult, shift and 2^(shift-1) of even lanes;  Z17, Z19, Z21  of odd lanes
//	Z0, Z1   even and odd sums
//
// 16 sums take 2 multiplications, 3 shifts, 2 shuffles and 5 others. Bound: 6 cycles where two of these issue a cycle.
TEXT ·RequantU8_AVX512(SB), NOSPLIT, $0-76
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R8
	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	MOVQ rows+32(FP), R13
	MOVQ n+40(FP), CX
	MOVQ mult+48(FP), R10
	MOVQ shift+56(FP), R11
	VBROADCASTSS zero+64(FP), Z10
	VBROADCASTSS least+68(FP), Z12
	VBROADCASTSS most+72(FP), Z11
	SHLQ $2, R9
	VPTERNLOGD $0xff, Z15, Z15, Z15
	VPSRLQ     $63, Z15, Z14
	VPSRLQ     $32, Z15, Z15
	MOVL       $0xaaaa, AX
	KMOVW      AX, K2

columns:
	MOVL $0xffff, AX
	CMPQ CX, $16
	JGE  whole
	MOVL $1, AX
	SHLL CX, AX
	DECL AX

whole:
	KMOVW       AX, K1
	VMOVDQU32.Z (R10), K1, Z16
	VPMOVZXBD.Z (R11), K1, Z18
	VPSRLQ      $32, Z16, Z17
	VPSRLQ      $32, Z18, Z19
	VPANDQ      Z15, Z18, Z18
	VPSLLVQ     Z18, Z14, Z20
	VPSLLVQ     Z19, Z14, Z21
	VPSRLQ      $1, Z20, Z20
	VPSRLQ      $1, Z21, Z21
	MOVQ        DI, DX
	MOVQ        SI, R12
	MOVQ        R13, BX

row:
	VMOVDQU32 (R12), Z0
	VPSRLQ    $32, Z0, Z1
	VPMULDQ   Z16, Z0, Z0
	VPMULDQ   Z17, Z1, Z1
	VPADDQ    Z20, Z0, Z0
	VPADDQ    Z21, Z1, Z1
	VPSRAVQ   Z18, Z0, Z0
	VPSRAVQ   Z19, Z1, Z1
	VMOVSLDUP Z1, K2, Z0
	VPMINSD   Z11, Z0, Z0
	VPMAXSD   Z12, Z0, Z0
	VPADDD    Z10, Z0, Z0
	VPMOVDB   Z0, X0
	VMOVDQU8  X0, K1, (DX)
	ADDQ      R9, R12
	ADDQ      R8, DX
	DECQ      BX
	JNZ       row

	ADDQ $64, SI
	ADDQ $16, DI
	ADDQ $64, R10
	ADDQ $16, R11
	SUBQ $16, CX
	JGT  columns
	VZEROUPPER
	RET
