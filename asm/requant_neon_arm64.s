//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"

// Requantization: clamp(zero + ((acc*mult + 2^(shift-1)) >> shift), lo, hi), the product in 64 bits. SRSHL with a negative
// count is the rounding shift, whose result fits 32 bits since the shift is 31 at least. Narrowing saturates, to 16 bits and,
// after zero was added, to bytes, which changes nothing that the clamp would not.
//
//	V16 zero in words;  V17, V18  lo, hi in bytes;  V20 .. V23  -shift
//
// 4 sums take 2 multiplications, 2 shifts and 4 to 5 other operations.

#define CLAMPS \
	VDUP R6, V16.H8  \
	VDUP R7, V17.B16 \
	VDUP R8, V18.B16

// SCALE4 turns 4 sums: mult is V(m), -shift V(s) and V(s+1).
#define SCALE4(x, t, m, s) \
	SMULL2_2D(t, x, m)   \
	SMULL_2D(x, x, m)    \
	SRSHL_2D(t, t, s+1)  \
	SRSHL_2D(x, x, s)    \
	UZP1_4S(x, x, t)

// func RequantU8_NEON(dst *uint8, acc, mult *int32, shift *uint8, n int, zero, lo, hi int32)
//
// One row, 8 sums at a time.
//
//	R0 dst;  R1, R4, R5  acc, mult, shift;  R2 sums left
//	V0, V1      acc;  V2, V3  mult;  V4, V5  products
TEXT ·RequantU8_NEON(SB), NOSPLIT, $0-52
	MOVD dst+0(FP), R0
	MOVD acc+8(FP), R1
	MOVD mult+16(FP), R4
	MOVD shift+24(FP), R5
	MOVD n+32(FP), R2
	MOVW zero+40(FP), R6
	MOVW lo+44(FP), R7
	MOVW hi+48(FP), R8
	CLAMPS
eight:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R4), (F2, F3)
	FMOVD.P 8(R5), F20
	UXTL_8H(20, 20)
	UXTL2_4S(22, 20)
	UXTL_4S(20, 20)
	UXTL2_2D(21, 20)
	UXTL_2D(20, 20)
	UXTL2_2D(23, 22)
	UXTL_2D(22, 22)
	NEG_2D(20, 20)
	NEG_2D(21, 21)
	NEG_2D(22, 22)
	NEG_2D(23, 23)
	SCALE4(0, 4, 2, 20)
	SCALE4(1, 5, 3, 22)
	SQXTN_4H(0, 0)
	SQXTN2_8H(0, 1)
	SQADD_8H(0, 0, 16)
	SQXTUN_8B(0, 0)
	UMIN_16B(0, 0, 18)
	UMAX_16B(0, 0, 17)
	FMOVD.P F0, 8(R0)
	SUBS    $8, R2
	BNE     eight
	RET

// func RequantTilesU8_NEON(dst *uint8, ldd int, acc *int32, lda, tiles, quads int, mult *int32, shift *uint8, zero, lo, hi int32)
//
// Tiles of 4 rows one below another, and groups of 4 columns, whose mult and shift are loaded once.
//
//	R0, R9  dst, at the row;  R1, R10  acc, at the row;  R4, R5 mult, shift;  R2, R11  columns left, tiles left
//	R3, R12 ldd, lda in bytes;  R13 tiles
//	V0 .. V3    a row each;  V4 .. V7  products;  V19 mult;  V20, V21 -shift
TEXT ·RequantTilesU8_NEON(SB), NOSPLIT, $0-76
	MOVD dst+0(FP), R0
	MOVD ldd+8(FP), R3
	MOVD acc+16(FP), R1
	MOVD lda+24(FP), R12
	MOVD tiles+32(FP), R13
	MOVD quads+40(FP), R2
	MOVD mult+48(FP), R4
	MOVD shift+56(FP), R5
	MOVW zero+64(FP), R6
	MOVW lo+68(FP), R7
	MOVW hi+72(FP), R8
	LSL  $2, R12
	CLAMPS
four:
	FMOVQ.P 16(R4), F19
	FMOVS.P 4(R5), F20
	UXTL_8H(20, 20)
	UXTL_4S(20, 20)
	UXTL2_2D(21, 20)
	UXTL_2D(20, 20)
	NEG_2D(20, 20)
	NEG_2D(21, 21)
	MOVD  R0, R9
	MOVD  R1, R10
	MOVD  R13, R11
rows:
	FMOVQ (R10), F0
	ADD   R12, R10
	FMOVQ (R10), F1
	ADD   R12, R10
	FMOVQ (R10), F2
	ADD   R12, R10
	FMOVQ (R10), F3
	ADD   R12, R10
	SCALE4(0, 4, 19, 20)
	SCALE4(1, 5, 19, 20)
	SCALE4(2, 6, 19, 20)
	SCALE4(3, 7, 19, 20)
	SQXTN_4H(0, 0)
	SQXTN_4H(2, 2)
	SQXTN2_8H(0, 1)
	SQXTN2_8H(2, 3)
	SQADD_8H(0, 0, 16)
	SQADD_8H(2, 2, 16)
	SQXTUN_8B(0, 0)
	SQXTUN2_16B(0, 2)
	UMIN_16B(0, 0, 18)
	UMAX_16B(0, 0, 17)
	VST1  V0.S[0], (R9)
	ADD   R3, R9
	VST1  V0.S[1], (R9)
	ADD   R3, R9
	VST1  V0.S[2], (R9)
	ADD   R3, R9
	VST1  V0.S[3], (R9)
	ADD   R3, R9
	SUBS  $1, R11
	BNE   rows
	ADD   $4, R0
	ADD   $16, R1
	SUBS  $1, R2
	BNE   four
	RET

// func QuantizeI16_NEON(dst *uint8, src *int16, n int, mult, shift, zero int32)
//
// The same of 8 numbers of 16 bits at a time, with one mult and one shift, clamped to 0 .. 255.
//
//	R0, R1, R2  dst, src, numbers left;  V19 mult;  V20, V21 -shift;  the rest as above
TEXT ·QuantizeI16_NEON(SB), NOSPLIT, $0-36
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD n+16(FP), R2
	MOVW mult+24(FP), R3
	MOVW shift+28(FP), R4
	MOVW zero+32(FP), R6
	VDUP R3, V19.S4
	NEG  R4, R4
	VDUP R4, V20.D2
	VDUP R4, V21.D2
	VDUP R6, V16.H8
eight:
	FMOVQ.P 16(R1), F1
	SXTL_4S(0, 1)
	SXTL2_4S(1, 1)
	SCALE4(0, 4, 19, 20)
	SCALE4(1, 5, 19, 20)
	SQXTN_4H(0, 0)
	SQXTN2_8H(0, 1)
	SQADD_8H(0, 0, 16)
	SQXTUN_8B(0, 0)
	FMOVD.P F0, 8(R0)
	SUBS    $8, R2
	BNE     eight
	RET
