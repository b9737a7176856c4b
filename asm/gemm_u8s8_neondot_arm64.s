//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"

// Products of u8 and s8 by SDOT, whose operands are both signed: A is packed less 128, and a panel of B of w columns
// begins with w numbers of 32 bits, 128 times the sums of its columns, which are added to the bias. Then come w times
// four bytes for every four values of k, a step.

// A tile of 8 rows and 12 columns.
//
//	V8 .. V31   the tile: row i in V(8+3i) .. V(10+3i)
//	V0, V1      a step of A: rows 0 .. 3 and 4 .. 7
//	V2 .. V4    a step of B;  V5 .. V7 the next
//	R0          tiles left;  R1, R2, R9  A, B, B of this tile;  R3, R4, R7  C, bias, bytes of a row of C
//	R5, R6      steps, steps left
//
// A step loads 80 bytes in 4 loads and does 24 dot products of 4 lanes. Bound: 12 cycles with two pipes for them, 24 with
// one. The loads of the next step stand between the products of this one, for cores that work in order.
// llvm-mca 19: 24.0 cycles for two steps on Neoverse N1 and N2 and 12.0 on V1, 100 % of the peak of each; 34 on Cortex-A510,
// 71 %.
#define DOT3(acc, b0, b1, b2, a, i) \
	SDOT_EL(acc, b0, a, i)     \
	SDOT_EL(acc+1, b1, a, i)   \
	SDOT_EL(acc+2, b2, a, i)

#define FOURROWS3(acc, b0, b1, b2, a) \
	DOT3(acc, b0, b1, b2, a, 0)   \
	DOT3(acc+3, b0, b1, b2, a, 1) \
	DOT3(acc+6, b0, b1, b2, a, 2) \
	DOT3(acc+9, b0, b1, b2, a, 3)

// ROWCOPY copies three registers.
#define ROWCOPY(to, from) \
	MOV_16B(to, from)     \
	MOV_16B(to+1, from+1) \
	MOV_16B(to+2, from+2)

#define STORE3(a, b, c) \
	VST1 [a.S4, b.S4, c.S4], (R8) \
	ADD  R7, R8

// func GemmU8S8_8x12_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
TEXT ·GemmU8S8_8x12_NEONDOT(SB), NOSPLIT, $0-56
	MOVD tiles+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R8
	MOVD ldc+48(FP), R7
	LSL  $2, R7
tile:
	MOVD R2, R9
	VLD1   (R4), [V8.S4, V9.S4, V10.S4]
	VLD1.P 48(R9), [V5.S4, V6.S4, V7.S4]
	ADD_4S(8, 8, 5)
	ADD_4S(9, 9, 6)
	ADD_4S(10, 10, 7)
	ROWCOPY(11, 8)
	ROWCOPY(14, 8)
	ROWCOPY(17, 8)
	ROWCOPY(20, 8)
	ROWCOPY(23, 8)
	ROWCOPY(26, 8)
	ROWCOPY(29, 8)
	CBZ  R5, store
	FLDPQ.P 32(R1), (F0, F1)
	FMOVQ.P 16(R9), F2
	FLDPQ.P 32(R9), (F3, F4)
	SUBS $3, R5, R6
	BLT  rest
	PCALIGN $16
loop:
	FMOVQ (R9), F5
	FOURROWS3(8, 2, 3, 4, 0)
	FMOVQ (R1), F0
	FLDPQ 16(R9), (F6, F7)
	FOURROWS3(20, 2, 3, 4, 1)
	FMOVQ 16(R1), F1
	FMOVQ 48(R9), F2
	FOURROWS3(8, 5, 6, 7, 0)
	FMOVQ 32(R1), F0
	FLDPQ 64(R9), (F3, F4)
	ADD   $96, R9
	FOURROWS3(20, 5, 6, 7, 1)
	FMOVQ 48(R1), F1
	ADD   $64, R1
	SUBS $2, R6
	BGE  loop
rest:
	// A step is loaded; R6 is -1 if there is another one, else -2.
	FOURROWS3(8, 2, 3, 4, 0)
	FOURROWS3(20, 2, 3, 4, 1)
	CMN  $2, R6
	BEQ  store
	FLDPQ.P 32(R1), (F0, F1)
	FMOVQ.P 16(R9), F2
	FLDPQ.P 32(R9), (F3, F4)
	FOURROWS3(8, 2, 3, 4, 0)
	FOURROWS3(20, 2, 3, 4, 1)
store:
	STORE3(V8, V9, V10)
	STORE3(V11, V12, V13)
	STORE3(V14, V15, V16)
	STORE3(V17, V18, V19)
	STORE3(V20, V21, V22)
	STORE3(V23, V24, V25)
	STORE3(V26, V27, V28)
	STORE3(V29, V30, V31)
	SUBS $1, R0
	BNE  tile
	RET

// func GemmU8S8_4x12_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
//
// The upper half of the tile above. tiles is 1.
TEXT ·GemmU8S8_4x12_NEONDOT(SB), NOSPLIT, $0-56
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R8
	MOVD ldc+48(FP), R7
	LSL  $2, R7
	VLD1   (R4), [V8.S4, V9.S4, V10.S4]
	VLD1.P 48(R2), [V5.S4, V6.S4, V7.S4]
	ADD_4S(8, 8, 5)
	ADD_4S(9, 9, 6)
	ADD_4S(10, 10, 7)
	ROWCOPY(11, 8)
	ROWCOPY(14, 8)
	ROWCOPY(17, 8)
	CBZ  R5, store
loop:
	FMOVQ.P 32(R1), F0
	FMOVQ.P 16(R2), F2
	FLDPQ.P 32(R2), (F3, F4)
	FOURROWS3(8, 2, 3, 4, 0)
	SUBS $1, R5
	BNE  loop
store:
	STORE3(V8, V9, V10)
	STORE3(V11, V12, V13)
	STORE3(V14, V15, V16)
	STORE3(V17, V18, V19)
	RET

// Tiles of 8 rows and 8 or 4 columns, for the last columns: registers as above, but that row i is in V(8+2i), V(9+2i), or
// in V(8+i), and that a step of B is in V2, V3, or in V2.
#define FOURROWS2(acc, a) \
	SDOT_EL(acc, 2, a, 0)   \
	SDOT_EL(acc+1, 3, a, 0) \
	SDOT_EL(acc+2, 2, a, 1) \
	SDOT_EL(acc+3, 3, a, 1) \
	SDOT_EL(acc+4, 2, a, 2) \
	SDOT_EL(acc+5, 3, a, 2) \
	SDOT_EL(acc+6, 2, a, 3) \
	SDOT_EL(acc+7, 3, a, 3)

#define FOURROWS1(acc, a) \
	SDOT_EL(acc, 2, a, 0)   \
	SDOT_EL(acc+1, 2, a, 1) \
	SDOT_EL(acc+2, 2, a, 2) \
	SDOT_EL(acc+3, 2, a, 3)

#define STORE2(a, b) \
	VST1 [a.S4, b.S4], (R8) \
	ADD  R7, R8

#define STORE1(a) \
	VST1 [a.S4], (R8) \
	ADD  R7, R8

// func GemmU8S8_8x8_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
//
// 16 products for 4 loads.
TEXT ·GemmU8S8_8x8_NEONDOT(SB), NOSPLIT, $0-56
	MOVD tiles+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R8
	MOVD ldc+48(FP), R7
	LSL  $2, R7
tile:
	MOVD R2, R9
	MOVD R5, R6
	VLD1   (R4), [V8.S4, V9.S4]
	VLD1.P 32(R9), [V2.S4, V3.S4]
	ADD_4S(8, 8, 2)
	ADD_4S(9, 9, 3)
	MOV_16B(10, 8)
	MOV_16B(11, 9)
	MOV_16B(12, 8)
	MOV_16B(13, 9)
	MOV_16B(14, 8)
	MOV_16B(15, 9)
	MOV_16B(16, 8)
	MOV_16B(17, 9)
	MOV_16B(18, 8)
	MOV_16B(19, 9)
	MOV_16B(20, 8)
	MOV_16B(21, 9)
	MOV_16B(22, 8)
	MOV_16B(23, 9)
	CBZ  R6, store
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R9), (F2, F3)
	FOURROWS2(8, 0)
	FOURROWS2(16, 1)
	SUBS $1, R6
	BNE  loop
store:
	STORE2(V8, V9)
	STORE2(V10, V11)
	STORE2(V12, V13)
	STORE2(V14, V15)
	STORE2(V16, V17)
	STORE2(V18, V19)
	STORE2(V20, V21)
	STORE2(V22, V23)
	SUBS $1, R0
	BNE  tile
	RET

// func GemmU8S8_8x4_NEONDOT(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
//
// 8 products for 3 loads.
TEXT ·GemmU8S8_8x4_NEONDOT(SB), NOSPLIT, $0-56
	MOVD tiles+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R8
	MOVD ldc+48(FP), R7
	LSL  $2, R7
tile:
	MOVD R2, R9
	MOVD R5, R6
	VLD1   (R4), [V8.S4]
	VLD1.P 16(R9), [V2.S4]
	ADD_4S(8, 8, 2)
	MOV_16B(9, 8)
	MOV_16B(10, 8)
	MOV_16B(11, 8)
	MOV_16B(12, 8)
	MOV_16B(13, 8)
	MOV_16B(14, 8)
	MOV_16B(15, 8)
	CBZ  R6, store
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FMOVQ.P 16(R9), F2
	FOURROWS1(8, 0)
	FOURROWS1(12, 1)
	SUBS $1, R6
	BNE  loop
store:
	STORE1(V8)
	STORE1(V9)
	STORE1(V10)
	STORE1(V11)
	STORE1(V12)
	STORE1(V13)
	STORE1(V14)
	STORE1(V15)
	SUBS $1, R0
	BNE  tile
	RET

// One row and panels of B one after another. The row lies as it is, zero up to a multiple of 16 bytes, and is lessened
// here.
//
//	V8 .. V19   sums of columns over steps 0, 1, 2 and 3 of four
//	V0          four steps of the row;  V1 128 in each byte
//	V20 .. V31  four steps of B
//	R0          panels left;  R1, R2, R3, R4  A, B, C, bias;  R5, R6  steps, steps left;  R9  A at the step
//
// Four steps of 12 columns are 13 loads of 16 bytes for 12 products: bound by the loads, 6.5 cycles at two a cycle, and
// beyond the caches by memory. llvm-mca 19: 6.5 cycles on Neoverse N1 and N2, 4.3 on V1.

// LESS loads four steps of the row.
#define LESS \
	FMOVQ.P 16(R9), F0  \
	EOR_16B(0, 0, 1)

// ONE loads one step of it.
#define ONE \
	FMOVS.P 4(R9), F0  \
	EOR_16B(0, 0, 1)

#define SUM4(v) \
	ADD_4S(v, v, v+3)   \
	ADD_4S(v+6, v+6, v+9) \
	ADD_4S(v, v, v+6)

// func GemmU8S8_1x12_NEONDOT(panels, steps int, a, b *byte, bias, c *int32)
TEXT ·GemmU8S8_1x12_NEONDOT(SB), NOSPLIT, $0-48
	MOVD panels+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R3
	VMOVI $128, V1.B16
panel:
	MOVD R1, R9
	VLD1.P 48(R4), [V8.S4, V9.S4, V10.S4]
	VLD1.P 48(R2), [V11.S4, V12.S4, V13.S4]
	EOR_16B(14, 14, 14)
	EOR_16B(15, 15, 15)
	EOR_16B(16, 16, 16)
	EOR_16B(17, 17, 17)
	EOR_16B(18, 18, 18)
	EOR_16B(19, 19, 19)
	SUBS $4, R5, R6
	BLT  ones
	PCALIGN $16
loop:
	LESS
	FLDPQ   (R2), (F20, F21)
	FLDPQ   32(R2), (F22, F23)
	FLDPQ   64(R2), (F24, F25)
	FLDPQ   96(R2), (F26, F27)
	FLDPQ   128(R2), (F28, F29)
	FLDPQ   160(R2), (F30, F31)
	ADD     $192, R2
	DOT3(8, 20, 21, 22, 0, 0)
	DOT3(11, 23, 24, 25, 0, 1)
	DOT3(14, 26, 27, 28, 0, 2)
	DOT3(17, 29, 30, 31, 0, 3)
	SUBS $4, R6
	BGE  loop
ones:
	ADDS $4, R6
	BEQ  store
one:
	ONE
	FMOVQ.P 16(R2), F20
	FLDPQ.P 32(R2), (F21, F22)
	DOT3(8, 20, 21, 22, 0, 0)
	SUBS $1, R6
	BNE  one
store:
	SUM4(8)
	SUM4(9)
	SUM4(10)
	VST1.P [V8.S4, V9.S4, V10.S4], 48(R3)
	SUBS $1, R0
	BNE  panel
	RET

// func GemmU8S8_1x8_NEONDOT(steps int, a, b *byte, bias, c *int32)
//
// 9 loads for 8 products.
TEXT ·GemmU8S8_1x8_NEONDOT(SB), NOSPLIT, $0-40
	MOVD steps+0(FP), R6
	MOVD a+8(FP), R9
	MOVD b+16(FP), R2
	MOVD bias+24(FP), R4
	MOVD c+32(FP), R3
	VMOVI $128, V1.B16
	VLD1   (R4), [V8.S4, V9.S4]
	VLD1.P 32(R2), [V10.S4, V11.S4]
	SUBS $4, R6
	BLT  ones
loop:
	LESS
	FLDPQ.P 32(R2), (F20, F21)
	FLDPQ.P 32(R2), (F22, F23)
	FLDPQ.P 32(R2), (F24, F25)
	FLDPQ.P 32(R2), (F26, F27)
	SDOT_EL(8, 20, 0, 0)
	SDOT_EL(9, 21, 0, 0)
	SDOT_EL(10, 22, 0, 1)
	SDOT_EL(11, 23, 0, 1)
	SDOT_EL(8, 24, 0, 2)
	SDOT_EL(9, 25, 0, 2)
	SDOT_EL(10, 26, 0, 3)
	SDOT_EL(11, 27, 0, 3)
	SUBS $4, R6
	BGE  loop
ones:
	ADDS $4, R6
	BEQ  store
one:
	ONE
	FLDPQ.P 32(R2), (F20, F21)
	SDOT_EL(8, 20, 0, 0)
	SDOT_EL(9, 21, 0, 0)
	SUBS $1, R6
	BNE  one
store:
	ADD_4S(8, 8, 10)
	ADD_4S(9, 9, 11)
	VST1 [V8.S4, V9.S4], (R3)
	RET

// func GemmU8S8_1x4_NEONDOT(steps int, a, b *byte, bias, c *int32)
//
// 5 loads for 4 products.
TEXT ·GemmU8S8_1x4_NEONDOT(SB), NOSPLIT, $0-40
	MOVD steps+0(FP), R6
	MOVD a+8(FP), R9
	MOVD b+16(FP), R2
	MOVD bias+24(FP), R4
	MOVD c+32(FP), R3
	VMOVI $128, V1.B16
	VLD1   (R4), [V8.S4]
	VLD1.P 16(R2), [V9.S4]
	EOR_16B(10, 10, 10)
	EOR_16B(11, 11, 11)
	SUBS $4, R6
	BLT  ones
loop:
	LESS
	FLDPQ.P 32(R2), (F20, F21)
	FLDPQ.P 32(R2), (F22, F23)
	SDOT_EL(8, 20, 0, 0)
	SDOT_EL(9, 21, 0, 1)
	SDOT_EL(10, 22, 0, 2)
	SDOT_EL(11, 23, 0, 3)
	SUBS $4, R6
	BGE  loop
ones:
	ADDS $4, R6
	BEQ  store
one:
	ONE
	FMOVQ.P 16(R2), F20
	SDOT_EL(8, 20, 0, 0)
	SUBS $1, R6
	BNE  one
store:
	ADD_4S(8, 8, 9)
	ADD_4S(10, 10, 11)
	ADD_4S(8, 8, 10)
	VST1 [V8.S4], (R3)
	RET
