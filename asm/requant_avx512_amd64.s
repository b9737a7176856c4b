//go:build !purego

#include "textflag.h"

// func RequantU8_AVX512(dst *uint8, acc, bias, mult *int32, shift *uint8, n int, zero, least, most int32)
//
// dst = zero + clamp(((acc+bias)*mult + 2^(shift-1)) >> shift, least, most), 16 at a time, the last under a mask.
//
//	DI dst, SI acc, DX bias, R8 mult, R9 shift, CX n; K1 the mask, K2 the odd lanes
//	Z15 the low halves of 64-bit lanes, Z14 1, Z12 least, Z11 most, Z10 zero
//	Z0 sums, Z1 mult, Z2 shift: even lanes; Z3, Z4, Z5: odd lanes
//
// 16 sums load 208 bytes; 2 multiplications, 6 variable shifts and some 14 other operations. Bound: about 12 cycles where
// two of those issue a cycle.
#define SHIFT(x, q, t) \
	VPMULDQ q, x, x     \
	VPSLLVQ t, Z14, q   \
	VPSRLQ  $1, q, q    \
	VPADDQ  q, x, x     \
	VPSRAVQ t, x, x

TEXT ·RequantU8_AVX512(SB), NOSPLIT, $0-60
	MOVQ dst+0(FP), DI
	MOVQ acc+8(FP), SI
	MOVQ bias+16(FP), DX
	MOVQ mult+24(FP), R8
	MOVQ shift+32(FP), R9
	MOVQ n+40(FP), CX
	VBROADCASTSS zero+48(FP), Z10
	VBROADCASTSS least+52(FP), Z12
	VBROADCASTSS most+56(FP), Z11
	VPTERNLOGD $0xff, Z15, Z15, Z15
	VPSRLQ     $63, Z15, Z14
	VPSRLQ     $32, Z15, Z15
	MOVL       $0xaaaa, AX
	KMOVW      AX, K2

loop:
	MOVL  $0xffff, AX
	CMPQ  CX, $16
	JGE   whole
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX

whole:
	KMOVW       AX, K1
	VMOVDQU32.Z (SI), K1, Z0
	VMOVDQU32.Z (DX), K1, Z6
	VMOVDQU32.Z (R8), K1, Z1
	VPMOVZXBD.Z (R9), K1, Z2
	VPADDD      Z6, Z0, Z0
	VPSRLQ      $32, Z0, Z3
	VPSRLQ      $32, Z1, Z4
	VPSRLQ      $32, Z2, Z5
	VPANDQ      Z15, Z2, Z2
	SHIFT(Z0, Z1, Z2)
	SHIFT(Z3, Z4, Z5)
	VPSLLQ      $32, Z3, Z3
	VMOVDQA32   Z3, K2, Z0
	VPMAXSD     Z12, Z0, Z0
	VPMINSD     Z11, Z0, Z0
	VPADDD      Z10, Z0, Z0
	VPMOVDB     Z0, X0
	VMOVDQU8    X0, K1, (DI)
	ADDQ        $64, SI
	ADDQ        $64, DX
	ADDQ        $64, R8
	ADDQ        $16, R9
	ADDQ        $16, DI
	SUBQ        $16, CX
	JGT         loop
	VZEROUPPER
	RET
