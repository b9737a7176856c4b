//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"
#include "vec_f32_neon_arm64.h"

// Rows of pictures for resampling and pooling: copies with strides, and little arithmetic. All are bound by loads and stores,
// one to four vectors in and one or two out a round of 8 floats. llvm-mca 19, cycles a round in L1 on Cortex-A57, Neoverse N1
// and V1: copies 5, 3, 1.3; smoothing of one channel 20 to 25, 8 to 9, 4; a place of a window 5, 2, 2, with its maximum 9, 4,
// 4.
//
//	R0 dst;  R1, R3, R4, R5 the operands;  R2 n or count;  R6 .. R15 as each function says
//	V0 .. V15   two streams of 4 floats;  V16, V24 three;  V17, V25 the scale

#define SPLAT(a, b) \
	VDUP a.S[0], a.S4 \
	VMOV a.B16, b.B16

#define THREE \
	FMOVS $3.0, F16 \
	SPLAT(V16, V24) \
	SPLAT(V17, V25)

// NEXTLANES steps R6, in bytes, to the next 8 floats and jumps to loop, or to done when R6 was at last. The last 8 may overlap
// the ones before.
#define NEXTLANES(last, loop, done) \
	CMP  last, R6  \
	BEQ  done      \
	ADD  $32, R6   \
	CMP  last, R6  \
	BLE  loop      \
	MOVD last, R6  \
	B    loop

// func CopyBlocksF32_NEON(dst, src *float32, count, block, dstStride, srcStride int)
//
// Blocks of 8, 4, 2 and 1 floats make up each block, which is the same branches for every one. R6, R7: the block, R8 what is
// left of it, R3 its length, R4, R5 the strides in bytes.
TEXT ·CopyBlocksF32_NEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD count+16(FP), R2
	MOVD block+24(FP), R3
	MOVD dstStride+32(FP), R4
	MOVD srcStride+40(FP), R5
	LSL  $2, R4
	LSL  $2, R5
	CMP  $1, R3
	BEQ  ones
block:
	MOVD R0, R6
	MOVD R1, R7
	SUBS $8, R3, R8
	BLT  rest
eight:
	FLDPQ.P 32(R7), (F0, F1)
	FSTPQ.P (F0, F1), 32(R6)
	SUBS $8, R8
	BGE  eight
rest:
	TBZ  $2, R8, two
	FMOVQ.P 16(R7), F0
	FMOVQ.P F0, 16(R6)
two:
	TBZ  $1, R8, one
	FMOVD.P 8(R7), F0
	FMOVD.P F0, 8(R6)
one:
	TBZ  $0, R8, next
	FMOVS (R7), F0
	FMOVS F0, (R6)
next:
	ADD  R4, R0
	ADD  R5, R1
	SUBS $1, R2
	BNE  block
	RET
ones:
	FMOVS (R1), F0
	FMOVS F0, (R0)
	ADD  R4, R0
	ADD  R5, R1
	SUBS $1, R2
	BNE  ones
	RET

// func Interleave3F32_NEON(dst, a, b *float32, count int)
//
// The fourth float of each store is overwritten by the next one, but for the last of all. R4: dst and three floats.
TEXT ·Interleave3F32_NEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R3
	MOVD count+24(FP), R2
	SUBS $1, R2
	BEQ  last
loop:
	FMOVQ (R1), F0
	FMOVQ (R3), F1
	ADD   $12, R0, R4
	FMOVQ F0, (R0)
	FMOVQ F1, (R4)
	ADD   $12, R1
	ADD   $12, R3
	ADD   $24, R0
	SUBS  $1, R2
	BNE   loop
last:
	ADD   $12, R0, R4
	FMOVD (R1), F0
	FMOVS 8(R1), F1
	FMOVD (R3), F2
	FMOVS 8(R3), F3
	FMOVD F0, (R0)
	FMOVS F1, 8(R0)
	FMOVD F2, (R4)
	FMOVS F3, 8(R4)
	RET

// func EvenF32_NEON(dst, src *float32, n int)
TEXT ·EvenF32_NEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD n+16(FP), R2
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R1), (F2, F3)
	UZP1_4S(0, 0, 1)
	UZP1_4S(2, 2, 3)
	FSTPQ.P (F0, F2), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func InterleaveF32_NEON(dst, a, b *float32, n int)
TEXT ·InterleaveF32_NEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R3
	MOVD n+24(FP), R2
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R3), (F2, F3)
	ZIP1_4S(4, 0, 2)
	ZIP2_4S(5, 0, 2)
	ZIP1_4S(6, 1, 3)
	ZIP2_4S(7, 1, 3)
	FSTPQ.P (F4, F5), 32(R0)
	FSTPQ.P (F6, F7), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func Smooth2F32_NEON(dst, near, far *float32, n int, scale float32)
//
// R6 walks to 4*(n-8), R2, and ends there; R8 .. R10 are pointers at it.
TEXT ·Smooth2F32_NEON(SB), NOSPLIT, $0-36
	MOVD  dst+0(FP), R0
	MOVD  near+8(FP), R1
	MOVD  far+16(FP), R3
	MOVD  n+24(FP), R2
	FMOVS scale+32(FP), F17
	THREE
	SUB   $8, R2
	LSL   $2, R2
	MOVD  ZR, R6
loop:
	ADD   R6, R1, R8
	ADD   R6, R3, R9
	ADD   R6, R0, R10
	FLDPQ (R8), (F0, F8)
	FLDPQ (R9), (F1, F9)
	FMLA2(1, 0, 16)
	FMUL2(1, 1, 17)
	FSTPQ (F1, F9), (R10)
	NEXTLANES(R2, loop, done)
done:
	RET

// func Smooth4F32_NEON(dst, a, b, c, d *float32, n int, scale float32)
//
// R6 walks to 4*(n-8), R2, and ends there; R8 .. R12 are pointers at it.
TEXT ·Smooth4F32_NEON(SB), NOSPLIT, $0-52
	MOVD  dst+0(FP), R0
	MOVD  a+8(FP), R1
	MOVD  b+16(FP), R3
	MOVD  c+24(FP), R4
	MOVD  d+32(FP), R5
	MOVD  n+40(FP), R2
	FMOVS scale+48(FP), F17
	THREE
	SUB   $8, R2
	LSL   $2, R2
	MOVD  ZR, R6
loop:
	ADD   R6, R1, R8
	ADD   R6, R3, R9
	ADD   R6, R4, R10
	ADD   R6, R5, R11
	ADD   R6, R0, R12
	FLDPQ (R8), (F0, F8)
	FLDPQ (R9), (F1, F9)
	FLDPQ (R10), (F2, F10)
	FLDPQ (R11), (F3, F11)
	FADD2(1, 1, 2)
	FADD2(0, 0, 3)
	FMLA2(0, 1, 16)
	FMUL2(0, 0, 17)
	FSTPQ (F0, F8), (R12)
	NEXTLANES(R2, loop, done)
done:
	RET

// func TakeMaxF32_NEON(best *float32, place *int32, x *float32, n int, code int32)
//
// V18 the code.
TEXT ·TakeMaxF32_NEON(SB), NOSPLIT, $0-36
	MOVD best+0(FP), R0
	MOVD place+8(FP), R1
	MOVD x+16(FP), R3
	MOVD n+24(FP), R2
	MOVW code+32(FP), R4
	VDUP R4, V18.S4
	VDUP R4, V26.S4
loop:
	FLDPQ.P 32(R3), (F0, F8)
	FLDPQ   (R0), (F1, F9)
	FLDPQ   (R1), (F2, F10)
	FCMGT2(3, 0, 1)
	BIT2(1, 0, 3)
	BIT2(2, 18, 3)
	FSTPQ.P (F1, F9), 32(R0)
	FSTPQ.P (F2, F10), 32(R1)
	SUBS $8, R2
	BNE  loop
	RET

// func AddPlaceF32_NEON(sum, grad *float32, place *int32, n int, code int32)
//
// V18 the code.
TEXT ·AddPlaceF32_NEON(SB), NOSPLIT, $0-36
	MOVD sum+0(FP), R0
	MOVD grad+8(FP), R3
	MOVD place+16(FP), R1
	MOVD n+24(FP), R2
	MOVW code+32(FP), R4
	VDUP R4, V18.S4
loop:
	FLDPQ.P 32(R3), (F0, F8)
	FLDPQ.P 32(R1), (F1, F9)
	FLDPQ   (R0), (F2, F10)
	CMEQ_4S(1, 1, 18)
	CMEQ_4S(9, 9, 18)
	AND2(0, 0, 1)
	FADD2(2, 2, 0)
	FSTPQ.P (F2, F10), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func SmoothUpF32_NEON(dst, v *float32, count, c int, scale float32)
//
// Three loads and two stores for 16 results. R3: bytes of a pixel, R4 those less 8 floats, where R6 ends; R8 .. R12: pixels
// j, j+1 and j+2 of v, the even and the odd result.
TEXT ·SmoothUpF32_NEON(SB), NOSPLIT, $0-36
	MOVD  dst+0(FP), R0
	MOVD  v+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  c+24(FP), R3
	FMOVS scale+32(FP), F17
	THREE
	LSL   $2, R3
	SUB   $32, R3, R4
loop:
	MOVD  ZR, R6
channels:
	ADD   R6, R1, R8
	ADD   R3, R8, R9
	ADD   R3, R9, R10
	ADD   R6, R0, R11
	ADD   R3, R11, R12
	FLDPQ (R8), (F0, F8)
	FLDPQ (R9), (F1, F9)
	FLDPQ (R10), (F2, F10)
	FMLA2(0, 1, 16)
	FMLA2(2, 1, 16)
	FMUL2(0, 0, 17)
	FMUL2(2, 2, 17)
	FSTPQ (F0, F8), (R11)
	FSTPQ (F2, F10), (R12)
	NEXTLANES(R4, channels, next)
next:
	ADD   R3, R1
	ADD   R3<<1, R0
	SUBS  $1, R2
	BNE   loop
	RET

// func SmoothUpF32_1_NEON(dst, v *float32, count int, scale float32)
//
// Even and odd results of 8 pixels, interleaved. R3, R4: one and two floats on.
TEXT ·SmoothUpF32_1_NEON(SB), NOSPLIT, $0-28
	MOVD  dst+0(FP), R0
	MOVD  v+8(FP), R1
	MOVD  count+16(FP), R2
	FMOVS scale+24(FP), F17
	THREE
	ADD   $4, R1, R3
	ADD   $8, R1, R4
loop:
	FLDPQ.P 32(R1), (F0, F8)
	FLDPQ.P 32(R3), (F1, F9)
	FLDPQ.P 32(R4), (F2, F10)
	FMLA2(0, 1, 16)
	FMLA2(2, 1, 16)
	FMUL2(0, 0, 17)
	FMUL2(2, 2, 17)
	ZIP1_4S(4, 0, 2)
	ZIP2_4S(5, 0, 2)
	ZIP1_4S(6, 8, 10)
	ZIP2_4S(7, 8, 10)
	FSTPQ.P (F4, F5), 32(R0)
	FSTPQ.P (F6, F7), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func SmoothDownF32_NEON(dst, v *float32, count, c int, scale float32)
//
// Four loads and a store for 8 results. R3: bytes of a pixel, R4 those less 8 floats, where R6 ends; R8 .. R12: pixels 2*j ..
// 2*j+3 of v, the result.
TEXT ·SmoothDownF32_NEON(SB), NOSPLIT, $0-36
	MOVD  dst+0(FP), R0
	MOVD  v+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  c+24(FP), R3
	FMOVS scale+32(FP), F17
	THREE
	LSL   $2, R3
	SUB   $32, R3, R4
loop:
	MOVD  ZR, R6
channels:
	ADD   R6, R1, R8
	ADD   R3, R8, R9
	ADD   R3, R9, R10
	ADD   R3, R10, R11
	ADD   R6, R0, R12
	FLDPQ (R8), (F0, F8)
	FLDPQ (R9), (F1, F9)
	FLDPQ (R10), (F2, F10)
	FLDPQ (R11), (F3, F11)
	FADD2(1, 1, 2)
	FADD2(0, 0, 3)
	FMLA2(0, 1, 16)
	FMUL2(0, 0, 17)
	FSTPQ (F0, F8), (R12)
	NEXTLANES(R4, channels, next)
next:
	ADD   R3<<1, R1
	ADD   R3, R0
	SUBS  $1, R2
	BNE   loop
	RET

// func SmoothDownF32_1_NEON(dst, v *float32, count int, scale float32)
//
// V0 .. V3 floats 2*j .. 2*j+3 of v; R3: two floats on.
TEXT ·SmoothDownF32_1_NEON(SB), NOSPLIT, $0-28
	MOVD  dst+0(FP), R0
	MOVD  v+8(FP), R1
	MOVD  count+16(FP), R2
	FMOVS scale+24(FP), F17
	THREE
	ADD   $8, R1, R3
loop:
	FLDPQ.P 32(R1), (F4, F5)
	FLDPQ.P 32(R1), (F12, F13)
	FLDPQ.P 32(R3), (F6, F7)
	FLDPQ.P 32(R3), (F14, F15)
	UZP1_4S(0, 4, 5)
	UZP1_4S(8, 12, 13)
	UZP2_4S(1, 4, 5)
	UZP2_4S(9, 12, 13)
	UZP1_4S(2, 6, 7)
	UZP1_4S(10, 14, 15)
	UZP2_4S(3, 6, 7)
	UZP2_4S(11, 14, 15)
	FADD2(1, 1, 2)
	FADD2(0, 0, 3)
	FMLA2(0, 1, 16)
	FMUL2(0, 0, 17)
	FSTPQ.P (F0, F8), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func WindowSumF32_NEON(dst, src *float32, count, c, stride, taps, rows, rowStride int, scale float32)
//
// A load, which is added, for each place of a window; a store. R3: bytes of a pixel, R4 those less 8 floats, where R6 ends;
// R5: bytes from window to window, R7 of a row; R8, R9: taps, rows; R10, R11: the row of a window, the pixel; R12, R13: rows
// and pixels left.
TEXT ·WindowSumF32_NEON(SB), NOSPLIT, $0-68
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  c+24(FP), R3
	MOVD  stride+32(FP), R5
	MOVD  taps+40(FP), R8
	MOVD  rows+48(FP), R9
	MOVD  rowStride+56(FP), R7
	FMOVS scale+64(FP), F17
	SPLAT(V17, V25)
	LSL   $2, R3
	LSL   $2, R5
	LSL   $2, R7
	SUB   $32, R3, R4
loop:
	MOVD  ZR, R6
channels:
	EOR_16B(0, 0, 0)
	EOR_16B(8, 8, 8)
	ADD   R6, R1, R10
	MOVD  R9, R12
row:
	MOVD  R10, R11
	MOVD  R8, R13
tap:
	FLDPQ (R11), (F1, F9)
	ADD   R3, R11
	FADD2(0, 0, 1)
	SUBS  $1, R13
	BNE   tap
	ADD   R7, R10
	SUBS  $1, R12
	BNE   row
	FMUL2(0, 0, 17)
	ADD   R6, R0, R10
	FSTPQ (F0, F8), (R10)
	NEXTLANES(R4, channels, next)
next:
	ADD   R5, R1
	ADD   R3, R0
	SUBS  $1, R2
	BNE   loop
	RET

// func WindowSumF32_2x2_NEON(dst, src *float32, count, rowStride int, scale float32)
//
// The four places of 8 windows. R3: the second row.
TEXT ·WindowSumF32_2x2_NEON(SB), NOSPLIT, $0-36
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  count+16(FP), R2
	MOVD  rowStride+24(FP), R3
	FMOVS scale+32(FP), F17
	SPLAT(V17, V25)
	ADD   R3<<2, R1, R3
	EOR_16B(18, 18, 18)
	EOR_16B(26, 26, 26)
loop:
	FLDPQ.P 32(R1), (F4, F5)
	FLDPQ.P 32(R1), (F12, F13)
	FLDPQ.P 32(R3), (F6, F7)
	FLDPQ.P 32(R3), (F14, F15)
	UZP1_4S(0, 4, 5)
	UZP1_4S(8, 12, 13)
	UZP2_4S(1, 4, 5)
	UZP2_4S(9, 12, 13)
	UZP1_4S(2, 6, 7)
	UZP1_4S(10, 14, 15)
	UZP2_4S(3, 6, 7)
	UZP2_4S(11, 14, 15)
	FADD2(0, 0, 18)
	FADD2(0, 0, 1)
	FADD2(0, 0, 2)
	FADD2(0, 0, 3)
	FMUL2(0, 0, 17)
	FSTPQ.P (F0, F8), 32(R0)
	SUBS $8, R2
	BNE  loop
	RET

// func WindowMaxF32_NEON(dst *float32, place *int32, src *float32, count, c, stride, taps, rows, rowStride int, code, skip int32)
//
// The first place is taken as it is. Registers as in WindowSumF32_NEON, and R14: place.
//
//	V0 the best;  V1 its place;  V2 the place looked at, of both streams;  V18 the first place;  V19 skip;  V20 one
TEXT ·WindowMaxF32_NEON(SB), NOSPLIT, $0-80
	MOVD dst+0(FP), R0
	MOVD place+8(FP), R14
	MOVD src+16(FP), R1
	MOVD count+24(FP), R2
	MOVD c+32(FP), R3
	MOVD stride+40(FP), R5
	MOVD taps+48(FP), R8
	MOVD rows+56(FP), R9
	MOVD rowStride+64(FP), R7
	MOVW code+72(FP), R10
	MOVW skip+76(FP), R11
	MOVD $1, R12
	VDUP R10, V18.S4
	VDUP R11, V19.S4
	VDUP R12, V20.S4
	LSL  $2, R3
	LSL  $2, R5
	LSL  $2, R7
	SUB  $32, R3, R4
loop:
	MOVD ZR, R6
channels:
	ADD   R6, R1, R10
	MOVD  R9, R12
	FLDPQ (R10), (F0, F8)
	MOV_16B(1, 18)
	MOV_16B(9, 18)
	MOV_16B(2, 18)
	MOVD  R10, R11
	MOVD  R8, R13
	B     first
row:
	ADD_4S(2, 2, 19)
	MOVD  R10, R11
	MOVD  R8, R13
tap:
	ADD_4S(2, 2, 20)
	FLDPQ (R11), (F3, F11)
	FCMGT2(4, 3, 0)
	BIT2(0, 3, 4)
	BIT_16B(1, 2, 4)
	BIT_16B(9, 2, 12)
first:
	ADD   R3, R11
	SUBS  $1, R13
	BNE   tap
	ADD   R7, R10
	SUBS  $1, R12
	BNE   row
	ADD   R6, R0, R10
	ADD   R6, R14, R11
	FSTPQ (F0, F8), (R10)
	FSTPQ (F1, F9), (R11)
	NEXTLANES(R4, channels, next)
next:
	ADD  R5, R1
	ADD  R3, R0
	ADD  R3, R14
	SUBS $1, R2
	BNE  loop
	RET
