//go:build !purego

#include "textflag.h"

// func RequantU8_AVX2(dst *uint8, acc, bias, mult *int32, shift *uint8, n int, zero, least, most int32)
//
// dst = zero + clamp(((acc+bias)*mult + 2^(shift-1)) >> shift, least, most), 8 at a time. AVX2 shifts 64-bit numbers right
// only logically, so the sums are moved up by 2^63 before and down by 2^(63-shift) after.
//
//	DI dst, SI acc, DX bias, R8 mult, R9 shift, CX n
//	Y15 the low halves of 64-bit lanes, Y14 1, Y13 2^63, Y12 least, Y11 most, Y10 zero
//	Y0 sums, Y1 mult, Y2 shift: even lanes; Y3, Y4, Y5: odd lanes
#define SHIFT(x, q, t) \
	VPMULDQ q, x, x     \
	VPSLLVQ t, Y14, q   \
	VPSRLQ  $1, q, q    \
	VPADDQ  q, x, x     \
	VPADDQ  Y13, x, x   \
	VPSRLVQ t, x, x     \
	VPSRLVQ t, Y13, q   \
	VPSUBQ  q, x, x

TEXT ·RequantU8_AVX2(SB), NOSPLIT, $0-60
	MOVQ dst+0(FP), DI
	MOVQ acc+8(FP), SI
	MOVQ bias+16(FP), DX
	MOVQ mult+24(FP), R8
	MOVQ shift+32(FP), R9
	MOVQ n+40(FP), CX
	VBROADCASTSS zero+48(FP), Y10
	VBROADCASTSS least+52(FP), Y12
	VBROADCASTSS most+56(FP), Y11
	VPCMPEQD Y15, Y15, Y15
	VPSRLQ   $63, Y15, Y14
	VPSLLQ   $63, Y15, Y13
	VPSRLQ   $32, Y15, Y15

loop:
	VMOVDQU (SI), Y0
	VPADDD  (DX), Y0, Y0
	VMOVDQU (R8), Y1
	VPMOVZXBD (R9), Y2
	VPSRLQ  $32, Y0, Y3
	VPSRLQ  $32, Y1, Y4
	VPSRLQ  $32, Y2, Y5
	VPAND   Y15, Y2, Y2
	SHIFT(Y0, Y1, Y2)
	SHIFT(Y3, Y4, Y5)
	VPSLLQ   $32, Y3, Y3
	VPBLENDD $0xaa, Y3, Y0, Y0
	VPMAXSD  Y12, Y0, Y0
	VPMINSD  Y11, Y0, Y0
	VPADDD   Y10, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSDW X1, X0, X0
	VPACKUSWB X0, X0, X0
	VMOVQ    X0, (DI)
	ADDQ     $32, SI
	ADDQ     $32, DX
	ADDQ     $32, R8
	ADDQ     $8, R9
	ADDQ     $8, DI
	SUBQ     $8, CX
	JNZ      loop
	VZEROUPPER
	RET
