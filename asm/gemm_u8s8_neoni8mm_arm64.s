//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"

// Products of u8 and s8 by USMMLA, which multiplies two rows of eight unsigned bytes with two columns of eight signed
// ones. A step is eight values of k: eight bytes of each row of A, then eight of each column of B.

// A tile of 8 rows and 12 columns.
//
//	V8 .. V31   the tile: rows 2i, 2i+1 and columns 2j, 2j+1 in V(8+6i+j), a row before the other
//	V0 .. V3    a step of A, two rows each;  V4 .. V7  of B, two columns each
//	R0          tiles left;  R1, R2, R9  A, B, B of this tile;  R8, R4, R7  C, bias, bytes of a row of C
//	R5, R6      steps, steps left
//
// A step loads 160 bytes in 5 loads and does 24 products of 2x8x2. Bound: 12 cycles with two pipes for them, 24 with one.
// llvm-mca 19: 12.0 cycles on Neoverse N2, 6.0 on V1, 100 % of the peak of each; 21 on Cortex-A510.
#define PAIR(j, b) \
	USMMLA(8+j, 0, b)  \
	USMMLA(14+j, 1, b) \
	USMMLA(20+j, 2, b) \
	USMMLA(26+j, 3, b)

// ROWS6 stores two rows of 12 sums, of V(r) .. V(r+5).
#define ROWS6(r) \
	ZIP1_2D(0, r, r+1)   \
	ZIP1_2D(1, r+2, r+3) \
	ZIP1_2D(2, r+4, r+5) \
	ZIP2_2D(3, r, r+1)   \
	ZIP2_2D(4, r+2, r+3) \
	ZIP2_2D(5, r+4, r+5) \
	VST1 [V0.S4, V1.S4, V2.S4], (R8) \
	ADD  R7, R8          \
	VST1 [V3.S4, V4.S4, V5.S4], (R8) \
	ADD  R7, R8

// BIAS6 makes the bias of 12 columns, in V0 .. V2, that of two rows.
#define BIAS6(r) \
	ZIP1_2D(r, 0, 0)   \
	ZIP2_2D(r+1, 0, 0) \
	ZIP1_2D(r+2, 1, 1) \
	ZIP2_2D(r+3, 1, 1) \
	ZIP1_2D(r+4, 2, 2) \
	ZIP2_2D(r+5, 2, 2)

// func GemmU8S8_8x12_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
TEXT ·GemmU8S8_8x12_NEONI8MM(SB), NOSPLIT, $0-56
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
	VLD1 (R4), [V0.S4, V1.S4, V2.S4]
	BIAS6(8)
	BIAS6(14)
	BIAS6(20)
	BIAS6(26)
	CBZ  R6, store
	PCALIGN $16
loop:
	FLDPQ   (R1), (F0, F1)
	FLDPQ   (R9), (F4, F5)
	FLDPQ   32(R1), (F2, F3)
	FLDPQ   32(R9), (F6, F7)
	ADD     $64, R1
	PAIR(0, 4)
	PAIR(1, 5)
	FLDPQ   64(R9), (F4, F5)
	ADD     $96, R9
	PAIR(2, 6)
	PAIR(3, 7)
	PAIR(4, 4)
	PAIR(5, 5)
	SUBS $1, R6
	BNE  loop
store:
	ROWS6(8)
	ROWS6(14)
	ROWS6(20)
	ROWS6(26)
	SUBS $1, R0
	BNE  tile
	RET

// func GemmU8S8_4x12_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
//
// The upper half of the tile above. tiles is 1.
TEXT ·GemmU8S8_4x12_NEONI8MM(SB), NOSPLIT, $0-56
	MOVD steps+8(FP), R6
	MOVD a+16(FP), R1
	MOVD b+24(FP), R9
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R8
	MOVD ldc+48(FP), R7
	LSL  $2, R7
	VLD1 (R4), [V0.S4, V1.S4, V2.S4]
	BIAS6(8)
	BIAS6(14)
	CBZ  R6, store
loop:
	FLDPQ   (R1), (F0, F1)
	FLDPQ   (R9), (F4, F5)
	FLDPQ   32(R9), (F6, F7)
	FLDPQ   64(R9), (F2, F3)
	ADD     $64, R1
	ADD     $96, R9
	USMMLA(8, 0, 4)
	USMMLA(14, 1, 4)
	USMMLA(9, 0, 5)
	USMMLA(15, 1, 5)
	USMMLA(10, 0, 6)
	USMMLA(16, 1, 6)
	USMMLA(11, 0, 7)
	USMMLA(17, 1, 7)
	USMMLA(12, 0, 2)
	USMMLA(18, 1, 2)
	USMMLA(13, 0, 3)
	USMMLA(19, 1, 3)
	SUBS $1, R6
	BNE  loop
store:
	ROWS6(8)
	ROWS6(14)
	RET

// Tiles of 8 rows and 8 or 4 columns, for the last columns: registers as above, but that rows 2i and columns 2j are in
// V(8+4i+j), or in V(8+2i+j).
#define PAIR4(j, b) \
	USMMLA(8+j, 0, b)  \
	USMMLA(12+j, 1, b) \
	USMMLA(16+j, 2, b) \
	USMMLA(20+j, 3, b)

#define PAIR2(j, b) \
	USMMLA(8+j, 0, b)  \
	USMMLA(10+j, 1, b) \
	USMMLA(12+j, 2, b) \
	USMMLA(14+j, 3, b)

#define BIAS4(r) \
	ZIP1_2D(r, 0, 0)   \
	ZIP2_2D(r+1, 0, 0) \
	ZIP1_2D(r+2, 1, 1) \
	ZIP2_2D(r+3, 1, 1)

#define BIAS2(r) \
	ZIP1_2D(r, 0, 0)   \
	ZIP2_2D(r+1, 0, 0)

#define ROWS4(r) \
	ZIP1_2D(0, r, r+1)   \
	ZIP1_2D(1, r+2, r+3) \
	ZIP2_2D(2, r, r+1)   \
	ZIP2_2D(3, r+2, r+3) \
	VST1 [V0.S4, V1.S4], (R8) \
	ADD  R7, R8          \
	VST1 [V2.S4, V3.S4], (R8) \
	ADD  R7, R8

#define ROWS2(r) \
	ZIP1_2D(0, r, r+1) \
	ZIP2_2D(1, r, r+1) \
	VST1 [V0.S4], (R8) \
	ADD  R7, R8        \
	VST1 [V1.S4], (R8) \
	ADD  R7, R8

// func GemmU8S8_8x8_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
//
// 16 products for 8 loads of 16 bytes.
TEXT ·GemmU8S8_8x8_NEONI8MM(SB), NOSPLIT, $0-56
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
	VLD1 (R4), [V0.S4, V1.S4]
	BIAS4(8)
	BIAS4(12)
	BIAS4(16)
	BIAS4(20)
	CBZ  R6, store
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R9), (F4, F5)
	FLDPQ.P 32(R1), (F2, F3)
	FLDPQ.P 32(R9), (F6, F7)
	PAIR4(0, 4)
	PAIR4(1, 5)
	PAIR4(2, 6)
	PAIR4(3, 7)
	SUBS $1, R6
	BNE  loop
store:
	ROWS4(8)
	ROWS4(12)
	ROWS4(16)
	ROWS4(20)
	SUBS $1, R0
	BNE  tile
	RET

// func GemmU8S8_8x4_NEONI8MM(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
//
// 8 products for 6 loads of 16 bytes.
TEXT ·GemmU8S8_8x4_NEONI8MM(SB), NOSPLIT, $0-56
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
	VLD1 (R4), [V0.S4]
	BIAS2(8)
	BIAS2(10)
	BIAS2(12)
	BIAS2(14)
	CBZ  R6, store
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R9), (F4, F5)
	FLDPQ.P 32(R1), (F2, F3)
	PAIR2(0, 4)
	PAIR2(1, 5)
	SUBS $1, R6
	BNE  loop
store:
	ROWS2(8)
	ROWS2(10)
	ROWS2(12)
	ROWS2(14)
	SUBS $1, R0
	BNE  tile
	RET

// One row and panels of B one after another, by USDOT: eight bytes of the row against two columns give two sums of either.
// The row lies as it is, zero up to a multiple of 16 bytes.
//
//	V8 .. V13   sums of columns 0 and 1, 2 and 3 and so on, over even steps;  V14 .. V19  over odd steps
//	V0, V1      two steps of the row, each twice
//	V20 .. V31  two steps of B
//	R0          panels left;  R1, R2, R3, R4  A, B, C, bias;  R5, R6  steps, steps left;  R9  A at the step
//
// Two steps of 12 columns are 14 loads for 12 products: bound by the loads, 7 cycles at two a cycle, and beyond the caches
// by memory. llvm-mca 19: 8.0 cycles on Neoverse N2, 4.8 on V1.
#define ZERO6(r) \
	EOR_16B(r, r, r)       \
	EOR_16B(r+1, r+1, r+1) \
	EOR_16B(r+2, r+2, r+2) \
	EOR_16B(r+3, r+3, r+3) \
	EOR_16B(r+4, r+4, r+4) \
	EOR_16B(r+5, r+5, r+5)

#define USDOT6(acc, a, b) \
	USDOT(acc, a, b)     \
	USDOT(acc+1, a, b+1) \
	USDOT(acc+2, a, b+2) \
	USDOT(acc+3, a, b+3) \
	USDOT(acc+4, a, b+4) \
	USDOT(acc+5, a, b+5)

// func GemmU8S8_1x12_NEONI8MM(panels, steps int, a, b *byte, bias, c *int32)
TEXT ·GemmU8S8_1x12_NEONI8MM(SB), NOSPLIT, $0-48
	MOVD panels+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R3
panel:
	MOVD R1, R9
	ZERO6(8)
	ZERO6(14)
	SUBS $2, R5, R6
	BLT  odd
	PCALIGN $16
loop:
	VLD1R.P 8(R9), [V0.D2]
	VLD1R.P 8(R9), [V1.D2]
	FLDPQ   (R2), (F20, F21)
	FLDPQ   32(R2), (F22, F23)
	FLDPQ   64(R2), (F24, F25)
	FLDPQ   96(R2), (F26, F27)
	FLDPQ   128(R2), (F28, F29)
	FLDPQ   160(R2), (F30, F31)
	ADD     $192, R2
	USDOT6(8, 0, 20)
	USDOT6(14, 1, 26)
	SUBS $2, R6
	BGE  loop
odd:
	ADDS $2, R6
	BEQ  store
	VLD1R   (R9), [V0.D2]
	FLDPQ.P 32(R2), (F20, F21)
	FLDPQ.P 32(R2), (F22, F23)
	FLDPQ.P 32(R2), (F24, F25)
	USDOT6(8, 0, 20)
store:
	VLD1.P 48(R4), [V20.S4, V21.S4, V22.S4]
	ADD_4S(8, 8, 14)
	ADD_4S(9, 9, 15)
	ADD_4S(10, 10, 16)
	ADD_4S(11, 11, 17)
	ADD_4S(12, 12, 18)
	ADD_4S(13, 13, 19)
	ADDP_4S(0, 8, 9)
	ADDP_4S(1, 10, 11)
	ADDP_4S(2, 12, 13)
	ADD_4S(0, 0, 20)
	ADD_4S(1, 1, 21)
	ADD_4S(2, 2, 22)
	VST1.P [V0.S4, V1.S4, V2.S4], 48(R3)
	SUBS $1, R0
	BNE  panel
	RET

// func GemmU8S8_1x4_NEONI8MM(quads, steps, width int, a, b *byte, bias, c *int32)
//
// Groups of 4 columns of one panel of the given width, 3 loads for 2 products.
TEXT ·GemmU8S8_1x4_NEONI8MM(SB), NOSPLIT, $0-56
	MOVD quads+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD width+16(FP), R7
	MOVD a+24(FP), R1
	MOVD b+32(FP), R2
	MOVD bias+40(FP), R4
	MOVD c+48(FP), R3
	LSL  $3, R7
quad:
	MOVD R1, R9
	MOVD R2, R8
	MOVD R5, R6
	EOR_16B(8, 8, 8)
	EOR_16B(9, 9, 9)
	CBZ  R6, store
loop:
	VLD1R.P 8(R9), [V0.D2]
	FLDPQ   (R8), (F20, F21)
	ADD     R7, R8
	USDOT(8, 0, 20)
	USDOT(9, 0, 21)
	SUBS $1, R6
	BNE  loop
store:
	FMOVQ.P 16(R4), F1
	ADDP_4S(0, 8, 9)
	ADD_4S(0, 0, 1)
	FMOVQ.P F0, 16(R3)
	ADD  $32, R2
	SUBS $1, R0
	BNE  quad
	RET
