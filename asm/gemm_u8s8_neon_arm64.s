//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"

// Products of u8 and s8 on ARMv8.0: A is packed less 128, and a panel of 4 columns of B begins with 4 numbers of 32 bits,
// 128 times the sums of its columns, which are added to the bias. Bit 0 of each says that the panel holds a -128. A
// step is 16 values of k: sixteen bytes of each row of A, then of each column of B.
//
// SMULL multiplies bytes to 16 bits, SMLAL2 adds a second product, and SADALP adds pairs of the sums to 32 bits. Two
// products of numbers above -128 fit 16 bits with either sign, and so do two of -128 and numbers above it; two of -128 and
// -128 do not, so a panel with -128 goes without SMLAL2.

// A tile of 4 rows and 4 columns.
//
//	V16 .. V31  four parts of the sum of row i and column j in V(16+4i+j)
//	V0 .. V3    a step of A, a row each;  V4 .. V7  of B, a column each
//	V8 .. V15   sums of two products
//	R0          tiles left;  R1, R2, R9  A, B, B of this tile;  R8, R4, R7  C, bias, bytes of a row of C
//	R5, R6      steps, steps left;  R10  bit 0
//
// A step loads 128 bytes in 4 loads and does 32 multiplications and 16 additions for 256 products. Bound: 32 cycles where
// multiplications have a pipe of their own (Cortex-A57, A72), 48 with one pipe for all.
// llvm-mca 19: 32.0 cycles on Cortex-A57 (A72) and Neoverse N1, 24.0 on N2, 16.0 on V1, 100 % of what each can multiply;
// 67 on Cortex-A53, whose model knows little.
#define MUL4(t, a) \
	SMULL_8H(t, a, 4)   \
	SMULL_8H(t+1, a, 5) \
	SMULL_8H(t+2, a, 6) \
	SMULL_8H(t+3, a, 7)

#define MUL4H(t, a) \
	SMULL2_8H(t, a, 4)   \
	SMULL2_8H(t+1, a, 5) \
	SMULL2_8H(t+2, a, 6) \
	SMULL2_8H(t+3, a, 7)

#define MLA4(t, a) \
	SMLAL2_8H(t, a, 4)   \
	SMLAL2_8H(t+1, a, 5) \
	SMLAL2_8H(t+2, a, 6) \
	SMLAL2_8H(t+3, a, 7)

#define ADD4(acc, t) \
	SADALP_4S(acc, t)     \
	SADALP_4S(acc+1, t+1) \
	SADALP_4S(acc+2, t+2) \
	SADALP_4S(acc+3, t+3)

// MIX4 adds what is in V(t) .. V(t+3) and puts the products of another row in its place.
#define MIX4(acc, t, a) \
	SADALP_4S(acc, t)     \
	SMULL_8H(t, a, 4)     \
	SADALP_4S(acc+1, t+1) \
	SMULL_8H(t+1, a, 5)   \
	SADALP_4S(acc+2, t+2) \
	SMULL_8H(t+2, a, 6)   \
	SADALP_4S(acc+3, t+3) \
	SMULL_8H(t+3, a, 7)

#define ZERO4(r) \
	EOR_16B(r, r, r)       \
	EOR_16B(r+1, r+1, r+1) \
	EOR_16B(r+2, r+2, r+2) \
	EOR_16B(r+3, r+3, r+3)

// SUM4 stores the sums of a row: V0 is the bias.
#define SUM4(r) \
	ADDP_4S(r, r, r+1)     \
	ADDP_4S(r+2, r+2, r+3) \
	ADDP_4S(r, r, r+2)     \
	ADD_4S(r, r, 0)

// func GemmU8S8_4x4_NEON(tiles, steps int, a, b *byte, bias, c *int32, ldc int)
TEXT ·GemmU8S8_4x4_NEON(SB), NOSPLIT, $0-56
	MOVD tiles+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R8
	MOVD ldc+48(FP), R7
	LSL  $2, R7
	MOVWU (R2), R10
	AND   $1, R10
tile:
	ADD  $16, R2, R9
	MOVD R5, R6
	ZERO4(16)
	ZERO4(20)
	ZERO4(24)
	ZERO4(28)
	CBZ  R6, store
	CBNZ R10, least
	PCALIGN $16
loop:
	FLDPQ   (R1), (F0, F1)
	FLDPQ   (R9), (F4, F5)
	FLDPQ   32(R9), (F6, F7)
	FLDPQ   32(R1), (F2, F3)
	ADD     $64, R1
	ADD     $64, R9
	MUL4(8, 0)
	MLA4(8, 0)
	MUL4(12, 1)
	MLA4(12, 1)
	MIX4(16, 8, 2)
	MLA4(8, 2)
	MIX4(20, 12, 3)
	MLA4(12, 3)
	ADD4(24, 8)
	ADD4(28, 12)
	SUBS $1, R6
	BNE  loop
store:
	FMOVQ (R2), F1
	FMOVQ (R4), F0
	VDUP  R10, V2.S4
	ADD_4S(0, 0, 1)
	SUB_4S(0, 0, 2)
	SUM4(16)
	SUM4(20)
	SUM4(24)
	SUM4(28)
	FMOVQ F16, (R8)
	ADD   R7, R8
	FMOVQ F20, (R8)
	ADD   R7, R8
	FMOVQ F24, (R8)
	ADD   R7, R8
	FMOVQ F28, (R8)
	ADD   R7, R8
	SUBS $1, R0
	BNE  tile
	RET
least:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R1), (F2, F3)
	FLDPQ.P 32(R9), (F4, F5)
	FLDPQ.P 32(R9), (F6, F7)
	MUL4(8, 0)
	MUL4H(12, 0)
	ADD4(16, 8)
	MUL4(8, 1)
	ADD4(16, 12)
	MUL4H(12, 1)
	ADD4(20, 8)
	MUL4(8, 2)
	ADD4(20, 12)
	MUL4H(12, 2)
	ADD4(24, 8)
	MUL4(8, 3)
	ADD4(24, 12)
	MUL4H(12, 3)
	ADD4(28, 8)
	ADD4(28, 12)
	SUBS $1, R6
	BNE  least
	B    store

// func GemmU8S8_1x4_NEON(panels, steps int, a, b *byte, bias, c *int32)
//
// One row and panels of B one after another. The row lies as it is, zero up to a multiple of 16 bytes, and is lessened
// here.
//
//	V16 .. V19  four parts of the sum of column j in V(16+j)
//	V0          a step of the row;  V1 128 in each byte;  V4 .. V7  a step of B, a column each
//	V8 .. V11   sums of two products
//	R0          panels left;  R1, R2, R3, R4  A, B, C, bias;  R5, R6  steps, steps left;  R9  A at the step
//	R10         bit 0
//
// A step loads 80 bytes in 3 loads and does 8 multiplications and 5 other operations for 64 products: bound 8 cycles where
// multiplications have a pipe of their own, 13 with one for all. llvm-mca 19:
// 8.0 on Cortex-A57 and Neoverse N1, 6.5 on N2.
TEXT ·GemmU8S8_1x4_NEON(SB), NOSPLIT, $0-48
	MOVD panels+0(FP), R0
	MOVD steps+8(FP), R5
	MOVD a+16(FP), R1
	MOVD b+24(FP), R2
	MOVD bias+32(FP), R4
	MOVD c+40(FP), R3
	VMOVI $128, V1.B16
panel:
	MOVWU   (R2), R10
	FMOVQ.P 16(R2), F20
	AND   $1, R10
	MOVD  R1, R9
	MOVD  R5, R6
	ZERO4(16)
	CBZ   R6, store
	CBNZ  R10, least
	PCALIGN $16
loop:
	FMOVQ.P 16(R9), F0
	FLDPQ   (R2), (F4, F5)
	FLDPQ   32(R2), (F6, F7)
	ADD     $64, R2
	EOR_16B(0, 0, 1)
	MUL4(8, 0)
	MLA4(8, 0)
	ADD4(16, 8)
	SUBS $1, R6
	BNE  loop
store:
	FMOVQ.P 16(R4), F0
	VDUP    R10, V2.S4
	ADD_4S(0, 0, 20)
	SUB_4S(0, 0, 2)
	SUM4(16)
	FMOVQ.P F16, 16(R3)
	SUBS $1, R0
	BNE  panel
	RET
least:
	FMOVQ.P 16(R9), F0
	FLDPQ.P 32(R2), (F4, F5)
	FLDPQ.P 32(R2), (F6, F7)
	EOR_16B(0, 0, 1)
	MUL4(8, 0)
	MUL4H(12, 0)
	ADD4(16, 8)
	ADD4(16, 12)
	SUBS $1, R6
	BNE  least
	B    store

// Rows of A are packed 16 bytes at a time, blocks times, each row of a panel at its pointer: rows that a panel lacks are
// the last one again.
//
//	R0, R2      dst, blocks left;  R1, R4 .. R10  the rows;  R3 bytes from row to row
//	V0 .. V7    16 bytes of each row;  V16 .. V23 in the order of steps;  V24 what is to be turned in each byte
//
// 8 rows take 8 loads, 4 stores and 8 (I8MM) to 24 (DotProd) vector operations for 128 bytes.

// NEXTROW makes to the row after from, or the same one if there are no more.
#define NEXTROW(from, to) \
	SUBS $1, R11        \
	CSEL GT, R3, ZR, R3 \
	ADD  R3, from, to

#define POINTERS \
	NEXTROW(R1, R4)       \
	NEXTROW(R4, R5)       \
	NEXTROW(R5, R6)       \
	NEXTROW(R6, R7)       \
	NEXTROW(R7, R8)       \
	NEXTROW(R8, R9)       \
	NEXTROW(R9, R10)

#define LOADROWS \
	FMOVQ.P 16(R1), F0  \
	FMOVQ.P 16(R4), F1  \
	FMOVQ.P 16(R5), F2  \
	FMOVQ.P 16(R6), F3  \
	FMOVQ.P 16(R7), F4  \
	FMOVQ.P 16(R8), F5  \
	FMOVQ.P 16(R9), F6  \
	FMOVQ.P 16(R10), F7

// func PackRows4_16_NEON(dst, src *byte, lda, blocks, rows int)
//
// Sixteen bytes less 128 of each of 4 rows a step.
TEXT ·PackRows4_16_NEON(SB), NOSPLIT, $0-40
	MOVD  dst+0(FP), R0
	MOVD  blocks+24(FP), R2
	VMOVI $128, V24.B16
	MOVD  rows+32(FP), R11
	MOVD  src+8(FP), R1
	MOVD  lda+16(FP), R3
	NEXTROW(R1, R4)
	NEXTROW(R4, R5)
	NEXTROW(R5, R6)
block:
	FMOVQ.P 16(R1), F0
	FMOVQ.P 16(R4), F1
	FMOVQ.P 16(R5), F2
	FMOVQ.P 16(R6), F3
	EOR_16B(0, 0, 24)
	EOR_16B(1, 1, 24)
	EOR_16B(2, 2, 24)
	EOR_16B(3, 3, 24)
	FSTPQ.P (F0, F1), 32(R0)
	FSTPQ.P (F2, F3), 32(R0)
	SUBS $1, R2
	BNE  block
	RET

// TURN4 transposes 4 rows of 4 steps: steps 0 .. 3 of V(r) .. V(r+3) go to V(d) .. V(d+3).
#define TURN4(d, r) \
	EOR_16B(r, r, 24)       \
	EOR_16B(r+1, r+1, 24)   \
	EOR_16B(r+2, r+2, 24)   \
	EOR_16B(r+3, r+3, 24)   \
	ZIP1_4S(25, r, r+2)     \
	ZIP1_4S(26, r+1, r+3)   \
	ZIP2_4S(27, r, r+2)     \
	ZIP2_4S(28, r+1, r+3)   \
	ZIP1_4S(d, 25, 26)      \
	ZIP2_4S(d+1, 25, 26)    \
	ZIP1_4S(d+2, 27, 28)    \
	ZIP2_4S(d+3, 27, 28)

// func PackRows8_4_NEON(dst, src *byte, lda, blocks, rows int)
//
// Four bytes less 128 of each of 8 rows a step.
TEXT ·PackRows8_4_NEON(SB), NOSPLIT, $0-40
	MOVD  dst+0(FP), R0
	MOVD  blocks+24(FP), R2
	MOVD  src+8(FP), R1
	MOVD  lda+16(FP), R3
	MOVD  rows+32(FP), R11
	VMOVI $128, V24.B16
	POINTERS
block:
	LOADROWS
	TURN4(16, 0)
	TURN4(20, 4)
	FSTPQ.P (F16, F20), 32(R0)
	FSTPQ.P (F17, F21), 32(R0)
	FSTPQ.P (F18, F22), 32(R0)
	FSTPQ.P (F19, F23), 32(R0)
	SUBS $1, R2
	BNE  block
	RET

// func PackRows8_8_NEON(dst, src *byte, lda, blocks, rows int)
//
// Eight bytes of each of 8 rows a step.
TEXT ·PackRows8_8_NEON(SB), NOSPLIT, $0-40
	MOVD  dst+0(FP), R0
	MOVD  src+8(FP), R1
	MOVD  lda+16(FP), R3
	MOVD  blocks+24(FP), R2
	MOVD  rows+32(FP), R11
	POINTERS
block:
	LOADROWS
	ZIP1_2D(16, 0, 1)
	ZIP1_2D(17, 2, 3)
	ZIP1_2D(18, 4, 5)
	ZIP1_2D(19, 6, 7)
	ZIP2_2D(20, 0, 1)
	ZIP2_2D(21, 2, 3)
	ZIP2_2D(22, 4, 5)
	ZIP2_2D(23, 6, 7)
	FSTPQ.P (F16, F17), 32(R0)
	FSTPQ.P (F18, F19), 32(R0)
	FSTPQ.P (F20, F21), 32(R0)
	FSTPQ.P (F22, F23), 32(R0)
	SUBS $1, R2
	BNE  block
	RET
