//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"
#include "vec_f32_neon_arm64.h"

// Elementwise functions, reductions and optimizers on 8 floats at a time, in two streams of 4. n is a positive
// multiple of 8 (of 16 for Sum).
//
//	R0        dst or the array that is updated;  R1, R3, R4  operands;  R2  floats left
//	V0 .. V7  an operand or a temporary;  V16 .. V22  scalars;  each 8 higher for stream B
//
// All of them read and write more bytes than they compute: the bound is memory, or one load or store of 32 bytes each
// way.

// SPLAT spreads the lowest float of register a over a and b.
#define SPLAT(a, b) \
	VDUP a.S[0], a.S4 \
	VMOV a.B16, b.B16

#define BINARY(op) \
	MOVD dst+0(FP), R0 \
	MOVD a+8(FP), R1   \
	MOVD b+16(FP), R3  \
	MOVD n+24(FP), R2  \
loop:                      \
	FLDPQ.P 32(R1), (F0, F8) \
	FLDPQ.P 32(R3), (F1, F9) \
	op                 \
	FSTPQ.P (F2, F10), 32(R0) \
	SUBS $8, R2        \
	BNE  loop          \
	RET

#define UNARY(op) \
	MOVD dst+0(FP), R0 \
	MOVD x+8(FP), R1   \
	MOVD n+16(FP), R2  \
loop:                      \
	FLDPQ.P 32(R1), (F0, F8) \
	op                 \
	FSTPQ.P (F2, F10), 32(R0) \
	SUBS $8, R2        \
	BNE  loop          \
	RET

#define SCALAR(op) \
	FMOVS s+24(FP), F16 \
	SPLAT(V16, V24)    \
	UNARY(op)

// func AddF32_NEON(dst, a, b *float32, n int)
TEXT ·AddF32_NEON(SB), NOSPLIT, $0-32
	BINARY(FADD2(2, 0, 1))

// func SubF32_NEON(dst, a, b *float32, n int)
TEXT ·SubF32_NEON(SB), NOSPLIT, $0-32
	BINARY(FSUB2(2, 0, 1))

// func MulF32_NEON(dst, a, b *float32, n int)
TEXT ·MulF32_NEON(SB), NOSPLIT, $0-32
	BINARY(FMUL2(2, 0, 1))

// func DivF32_NEON(dst, a, b *float32, n int)
TEXT ·DivF32_NEON(SB), NOSPLIT, $0-32
	BINARY(FDIV2(2, 0, 1))

// func MaxF32_NEON(dst, a, b *float32, n int)
TEXT ·MaxF32_NEON(SB), NOSPLIT, $0-32
#define MAX2 \
	FCMGT2(2, 0, 1) \
	BSL2(2, 0, 1)
	BINARY(MAX2)

// func MinF32_NEON(dst, a, b *float32, n int)
TEXT ·MinF32_NEON(SB), NOSPLIT, $0-32
#define MIN2 \
	FCMGT2(2, 1, 0) \
	BSL2(2, 0, 1)
	BINARY(MIN2)

// func AddScalarF32_NEON(dst, x *float32, n int, s float32)
TEXT ·AddScalarF32_NEON(SB), NOSPLIT, $0-28
	SCALAR(FADD2(2, 0, 16))

// func MulScalarF32_NEON(dst, x *float32, n int, s float32)
TEXT ·MulScalarF32_NEON(SB), NOSPLIT, $0-28
	SCALAR(FMUL2(2, 0, 16))

// func LeakyReLUF32_NEON(dst, x *float32, n int, s float32)
TEXT ·LeakyReLUF32_NEON(SB), NOSPLIT, $0-28
#define LEAKY2 \
	FMUL2(1, 0, 16) \
	FCMGTZ2(2, 0)   \
	BSL2(2, 0, 1)
	SCALAR(LEAKY2)

// func SqrtF32_NEON(dst, x *float32, n int)
TEXT ·SqrtF32_NEON(SB), NOSPLIT, $0-24
	UNARY(FSQRT2(2, 0))

// func ReLUF32_NEON(dst, x *float32, n int)
TEXT ·ReLUF32_NEON(SB), NOSPLIT, $0-24
#define RELU2 \
	FCMGTZ2(2, 0) \
	AND2(2, 2, 0)
	UNARY(RELU2)

// func LeakyMaskF32_NEON(dst, a, b *float32, n int, slope float32)
TEXT ·LeakyMaskF32_NEON(SB), NOSPLIT, $0-36
#define LEAKYMASK2 \
	FCMGTZ2(2, 1)   \
	FMUL2(1, 0, 16) \
	BSL2(2, 0, 1)
	FMOVS slope+32(FP), F16
	SPLAT(V16, V24)
	BINARY(LEAKYMASK2)

// func AxpyF32_NEON(y, x *float32, n int, s float32)
TEXT ·AxpyF32_NEON(SB), NOSPLIT, $0-28
	MOVD  y+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS s+24(FP), F16
	SPLAT(V16, V24)
loop:
	FLDPQ.P 32(R1), (F0, F8)
	FLDPQ   (R0), (F2, F10)
	FMLA2(2, 0, 16)
	FSTPQ.P (F2, F10), 32(R0)
	SUBS    $8, R2
	BNE     loop
	RET

// func EMAF32_NEON(avg, p *float32, n int, decay float32)
TEXT ·EMAF32_NEON(SB), NOSPLIT, $0-28
	MOVD  avg+0(FP), R0
	MOVD  p+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS decay+24(FP), F16
	SPLAT(V16, V24)
loop:
	FLDPQ.P 32(R1), (F0, F8)
	FLDPQ   (R0), (F2, F10)
	FSUB2(2, 2, 0)
	FMLA2(0, 2, 16)
	FSTPQ.P (F0, F8), 32(R0)
	SUBS    $8, R2
	BNE     loop
	RET

// func SGDMomentumF32_NEON(p, vel, grad *float32, n int, lr, momentum float32)
TEXT ·SGDMomentumF32_NEON(SB), NOSPLIT, $0-40
	MOVD  p+0(FP), R0
	MOVD  vel+8(FP), R1
	MOVD  grad+16(FP), R3
	MOVD  n+24(FP), R2
	FMOVS lr+32(FP), F16
	FMOVS momentum+36(FP), F17
	SPLAT(V16, V24)
	SPLAT(V17, V25)
loop:
	FLDPQ.P 32(R3), (F0, F8)
	FLDPQ   (R1), (F1, F9)
	FLDPQ   (R0), (F2, F10)
	FMUL2(0, 0, 16)
	FNEG2(0, 0)
	FMLA2(0, 1, 17)
	FADD2(2, 2, 0)
	FSTPQ.P (F0, F8), 32(R1)
	FSTPQ.P (F2, F10), 32(R0)
	SUBS    $8, R2
	BNE     loop
	RET

// func AdamF32_NEON(p, m, v, grad *float32, n int, step, b1, c1, b2, c2, eps, rsqrtBias2 float32)
TEXT ·AdamF32_NEON(SB), NOSPLIT, $0-68
	MOVD  p+0(FP), R0
	MOVD  m+8(FP), R1
	MOVD  v+16(FP), R3
	MOVD  grad+24(FP), R4
	MOVD  n+32(FP), R2
	FMOVS step+40(FP), F16
	FMOVS b1+44(FP), F17
	FMOVS c1+48(FP), F18
	FMOVS b2+52(FP), F19
	FMOVS c2+56(FP), F20
	FMOVS eps+60(FP), F21
	FMOVS rsqrtBias2+64(FP), F22
	SPLAT(V16, V24)
	SPLAT(V17, V25)
	SPLAT(V18, V26)
	SPLAT(V19, V27)
	SPLAT(V20, V28)
	SPLAT(V21, V29)
	SPLAT(V22, V30)
loop:
	FLDPQ.P 32(R4), (F0, F8)
	FLDPQ   (R1), (F1, F9)
	FLDPQ   (R3), (F2, F10)
	FMUL2(3, 0, 18)
	FMLA2(3, 1, 17)     // m
	FMUL2(0, 0, 0)
	FMUL2(0, 0, 20)
	FMLA2(0, 2, 19)     // v
	FSTPQ.P (F3, F11), 32(R1)
	FSTPQ.P (F0, F8), 32(R3)
	FSQRT2(1, 0)
	MOV2(2, 21)
	FMLA2(2, 1, 22)     // sqrt(v)*rsqrtBias2 + eps
	FMUL2(3, 3, 16)
	FDIV2(3, 3, 2)
	FLDPQ   (R0), (F0, F8)
	FSUB2(0, 0, 3)
	FSTPQ.P (F0, F8), 32(R0)
	SUBS    $8, R2
	BNE     loop
	RET

// func SumF32_NEON(lanes, x *float32, n int)
//
// V0 .. V3 the 16 lanes.
TEXT ·SumF32_NEON(SB), NOSPLIT, $0-24
	MOVD lanes+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R2
	VLD1 (R0), [V0.S4, V1.S4, V2.S4, V3.S4]
loop:
	FLDPQ.P 32(R1), (F4, F5)
	FLDPQ.P 32(R1), (F6, F7)
	FADD_4S(0, 0, 4)
	FADD_4S(1, 1, 5)
	FADD_4S(2, 2, 6)
	FADD_4S(3, 3, 7)
	SUBS $16, R2
	BNE  loop
	VST1 [V0.S4, V1.S4, V2.S4, V3.S4], (R0)
	RET

// func SumRowsF32_32_NEON(dst, x *float32, rows, cols int)
//
// V0 .. V7 the sums of 32 columns, V16 .. V23 a row of them.
TEXT ·SumRowsF32_32_NEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD rows+16(FP), R2
	MOVD cols+24(FP), R3
	LSL  $2, R3
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
#define ADDROW \
	FADD_4S(0, 0, 16) \
	FADD_4S(1, 1, 17) \
	FADD_4S(2, 2, 18) \
	FADD_4S(3, 3, 19) \
	FADD_4S(4, 4, 20) \
	FADD_4S(5, 5, 21) \
	FADD_4S(6, 6, 22) \
	FADD_4S(7, 7, 23)
row:
	FLDPQ (R1), (F16, F17)
	FLDPQ 32(R1), (F18, F19)
	FLDPQ 64(R1), (F20, F21)
	FLDPQ 96(R1), (F22, F23)
	ADD   R3, R1
	ADDROW
	SUBS  $1, R2
	BNE   row
	FLDPQ (R0), (F16, F17)
	FLDPQ 32(R0), (F18, F19)
	FLDPQ 64(R0), (F20, F21)
	FLDPQ 96(R0), (F22, F23)
	ADDROW
	FSTPQ (F0, F1), (R0)
	FSTPQ (F2, F3), 32(R0)
	FSTPQ (F4, F5), 64(R0)
	FSTPQ (F6, F7), 96(R0)
	RET

// func PickMaxF32_NEON(dst, v, x *float32, n, pieces, inner int)
//
// V0 the largest x so far, V1 its v, V2, V3 the next piece, V4 whether it is larger.
TEXT ·PickMaxF32_NEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD v+8(FP), R3
	MOVD x+16(FP), R1
	MOVD n+24(FP), R2
	MOVD pieces+32(FP), R4
	MOVD inner+40(FP), R5
	LSL  $2, R5
	SUB  $1, R4
eight:
	FLDPQ (R1), (F0, F8)
	FLDPQ (R3), (F1, F9)
	MOVD  R1, R6
	MOVD  R3, R7
	MOVD  R4, R8
	CBZ   R8, picked
piece:
	ADD   R5, R6
	ADD   R5, R7
	FLDPQ (R6), (F2, F10)
	FLDPQ (R7), (F3, F11)
	FCMGT2(4, 2, 0)
	BIT2(0, 2, 4)
	BIT2(1, 3, 4)
	SUBS  $1, R8
	BNE   piece
picked:
	FSTPQ.P (F1, F9), 32(R0)
	ADD   $32, R1
	ADD   $32, R3
	SUBS  $8, R2
	BNE   eight
	RET

// func PutMaxF32_NEON(dst, grad, x *float32, n, pieces, inner int)
//
// V0 the largest x so far, V1 the number of its piece, V2 the next piece, V3 its number, V4 whether it is larger.
TEXT ·PutMaxF32_NEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD grad+8(FP), R3
	MOVD x+16(FP), R1
	MOVD n+24(FP), R2
	MOVD pieces+32(FP), R4
	MOVD inner+40(FP), R5
	LSL  $2, R5
eight:
	FLDPQ (R1), (F0, F8)
	VEOR  V1.B16, V1.B16, V1.B16
	VEOR  V9.B16, V9.B16, V9.B16
	MOVD  R1, R6
	MOVD  $1, R8
	B     check
piece:
	ADD   R5, R6
	FLDPQ (R6), (F2, F10)
	VDUP  R8, V3.S4
	VDUP  R8, V11.S4
	FCMGT2(4, 2, 0)
	BIT2(0, 2, 4)
	BIT2(1, 3, 4)
	ADD   $1, R8
check:
	CMP   R4, R8
	BLT   piece
	FLDPQ.P 32(R3), (F5, F13)
	MOVD  R0, R7
	MOVD  ZR, R8
put:
	VDUP  R8, V3.S4
	CMEQ_4S(4, 1, 3)
	CMEQ_4S(12, 9, 3)
	AND2(4, 4, 5)
	FSTPQ (F4, F12), (R7)
	ADD   R5, R7
	ADD   $1, R8
	CMP   R4, R8
	BLT   put
	ADD   $32, R0
	ADD   $32, R1
	SUBS  $8, R2
	BNE   eight
	RET

// func FromU8F32_NEON(dst *float32, src *uint8, n int, scale float32)
TEXT ·FromU8F32_NEON(SB), NOSPLIT, $0-28
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS scale+24(FP), F16
	SPLAT(V16, V24)
loop:
	FMOVD.P 8(R1), F0
	UXTL_8H(0, 0)
	UXTL2_4S(8, 0)
	UXTL_4S(0, 0)
	SCVTF2(0, 0)
	FMUL2(0, 0, 16)
	FSTPQ.P (F0, F8), 32(R0)
	SUBS    $8, R2
	BNE     loop
	RET

// func ToU8F32_NEON(dst *uint8, src *float32, n int, scale, offset float32)
//
// V18 255, V19 2^23, whose sum with a number below 256 holds the rounded number in its lowest byte.
TEXT ·ToU8F32_NEON(SB), NOSPLIT, $0-32
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS scale+24(FP), F16
	FMOVS offset+28(FP), F17
	SPLAT(V16, V24)
	SPLAT(V17, V25)
	MOVD  $0x437f0000, R3
	VDUP  R3, V18.S4
	VDUP  R3, V26.S4
	MOVD  $0x4b000000, R3
	VDUP  R3, V19.S4
	VDUP  R3, V27.S4
loop:
	FLDPQ.P 32(R1), (F0, F8)
	FMUL2(0, 0, 16)
	FADD2(0, 0, 17)
	FCMGTZ2(1, 0)
	AND2(0, 0, 1)
	FCMGT2(1, 18, 0)
	BSL2(1, 0, 18)
	FADD2(1, 1, 19)
	XTN_4H(1, 1)
	XTN2_8H(1, 9)
	XTN_8B(1, 1)
	FMOVD.P F1, 8(R0)
	SUBS    $8, R2
	BNE     loop
	RET

// func NegF32_NEON(dst, x *float32, n int)
TEXT ·NegF32_NEON(SB), NOSPLIT, $0-24
	UNARY(FNEG2(2, 0))

// func AbsF32_NEON(dst, x *float32, n int)
TEXT ·AbsF32_NEON(SB), NOSPLIT, $0-24
	UNARY(FABS2(2, 0))

// func SignF32_NEON(dst, x *float32, n int)
//
// V16 1, V17 -1.
TEXT ·SignF32_NEON(SB), NOSPLIT, $0-24
#define SIGN2 \
	FCMGTZ2(1, 0)   \
	FCMLTZ2(2, 0)   \
	AND2(1, 1, 16)  \
	AND2(2, 2, 17)  \
	ORR2(2, 2, 1)
	FMOVS $1.0, F16
	FMOVS $-1.0, F17
	SPLAT(V16, V24)
	SPLAT(V17, V25)
	UNARY(SIGN2)

// func QuotientF32_NEON(dst, x *float32, n int, s float32)
TEXT ·QuotientF32_NEON(SB), NOSPLIT, $0-28
	SCALAR(FDIV2(2, 0, 16))

// func RstdF32_NEON(dst, x *float32, n int, count, eps float32)
//
// V16 count, V17 eps, V18 1.
TEXT ·RstdF32_NEON(SB), NOSPLIT, $0-32
#define RSTD2 \
	FDIV2(2, 0, 16) \
	FADD2(2, 2, 17) \
	FSQRT2(2, 2)    \
	FDIV2(2, 18, 2)
	FMOVS count+24(FP), F16
	FMOVS eps+28(FP), F17
	FMOVS $1.0, F18
	SPLAT(V16, V24)
	SPLAT(V17, V25)
	SPLAT(V18, V26)
	UNARY(RSTD2)

// func SelectF32_NEON(dst, c, a, b *float32, n int)
TEXT ·SelectF32_NEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD c+8(FP), R1
	MOVD a+16(FP), R3
	MOVD b+24(FP), R4
	MOVD n+32(FP), R2
loop:
	FLDPQ.P 32(R1), (F2, F10)
	FLDPQ.P 32(R3), (F0, F8)
	FLDPQ.P 32(R4), (F1, F9)
	FCMGTZ2(2, 2)
	BSL2(2, 0, 1)
	FSTPQ.P (F2, F10), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func FromI16F32_NEON(dst *float32, src *int16, n int, scale float32)
TEXT ·FromI16F32_NEON(SB), NOSPLIT, $0-28
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS scale+24(FP), F16
	SPLAT(V16, V24)
loop:
	FMOVQ.P 16(R1), F0
	SXTL2_4S(8, 0)
	SXTL_4S(0, 0)
	SCVTF2(0, 0)
	FMUL2(0, 0, 16)
	FSTPQ.P (F0, F8), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func ExponentF32_NEON(x *float32, n int) uint32
//
// The largest exponent field of x, in place, V0 .. V3 in four parts; V16 the field. n is a positive multiple of 16.
TEXT ·ExponentF32_NEON(SB), NOSPLIT, $0-20
	MOVD x+0(FP), R1
	MOVD n+8(FP), R2
	MOVD $0x7f800000, R3
	VDUP R3, V16.S4
	EOR_16B(0, 0, 0)
	EOR_16B(1, 1, 1)
	EOR_16B(2, 2, 2)
	EOR_16B(3, 3, 3)
loop:
	FLDPQ.P 32(R1), (F4, F5)
	FLDPQ.P 32(R1), (F6, F7)
	AND_16B(4, 4, 16)
	AND_16B(5, 5, 16)
	AND_16B(6, 6, 16)
	AND_16B(7, 7, 16)
	UMAX_4S(0, 0, 4)
	UMAX_4S(1, 1, 5)
	UMAX_4S(2, 2, 6)
	UMAX_4S(3, 3, 7)
	SUBS $16, R2
	BNE  loop
	UMAX_4S(0, 0, 2)
	UMAX_4S(1, 1, 3)
	UMAX_4S(0, 0, 1)
	VEXT $8, V0.B16, V0.B16, V1.B16
	UMAX_4S(0, 0, 1)
	VEXT $4, V0.B16, V0.B16, V1.B16
	UMAX_4S(0, 0, 1)
	VMOV V0.S[0], R0
	MOVW R0, ret+16(FP)
	RET
