//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func ConvF32_8x8_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
//	c *float32, cOff *int, add int)
//
// Products whose left operand is read where it lies, 8 rows at a time, in 8 columns.
//
//	V16 .. V31  the tile: row i in V(16+2i), V(17+2i)
//	V8 .. V15   elements of a;  V0 .. V7  steps of b, up to four
//	R8 .. R15   the rows of a;  R1  the step, in bytes from there;  R6  aStep in bytes;  R16, R17  two neighbouring steps
//	R2, R5      b at the step, bStep in bytes
//	R3, R4      the next segment, segments left;  R0  steps left in this one
//	R7          rows left;  R19, R23  aOff, cOff of the tile;  R20  the frame: saved sums, and from 256 on the rows of a
//	R21, R22    b, c;  R24  add
//	R25, R26    whether the tile's rows are neighbours in a, and which of them have the segment (-1: all)
//
// Where the steps of a row are neighbours, four of them take 8 loads of a, 4 pairs of b and 64 FMLAs of 4 lanes: with the loop 79
// instructions for 256 multiply-adds, 0.309 for each. Where the rows are, a step takes two pairs and 16 FMLAs, and else 8 loads of
// single elements, a pair and 16 FMLAs. Bound: 16 cycles a step with one FMLA pipe (A72), 8 with two (N1). No silicon was at
// hand: docs/results/arm.md has what llvm-mca predicts.
//
// A row that does not have a segment reads what another sees, and gets back the sums that it had before.

#define ARGS \
	MOVD rows+0(FP), R7   \
	MOVD aOff+16(FP), R19 \
	MOVD aStep+24(FP), R6 \
	MOVD b+48(FP), R21    \
	MOVD bStep+56(FP), R5 \
	MOVD c+64(FP), R22    \
	MOVD cOff+72(FP), R23 \
	MOVD add+80(FP), R24  \
	MOVD $frame-320(SP), R20 \
	LSL  $2, R6 \
	LSL  $2, R5

// ROWS begins a tile: it finds its rows and whether they are neighbours.
#define NEIGHBOUR(r, s) \
	SUB  r, s, R16  \
	EOR  $4, R16    \
	ORR  R16, R17

#define ROWS \
	MOVD a+8(FP), R16        \
	LDP  (R19), (R8, R9)     \
	LDP  16(R19), (R10, R11) \
	LDP  32(R19), (R12, R13) \
	LDP  48(R19), (R14, R15) \
	ADD  R8<<2, R16, R8      \
	ADD  R9<<2, R16, R9      \
	ADD  R10<<2, R16, R10    \
	ADD  R11<<2, R16, R11    \
	ADD  R12<<2, R16, R12    \
	ADD  R13<<2, R16, R13    \
	ADD  R14<<2, R16, R14    \
	ADD  R15<<2, R16, R15    \
	STP  (R8, R9), 256(R20)  \
	STP  (R10, R11), 272(R20) \
	STP  (R12, R13), 288(R20) \
	STP  (R14, R15), 304(R20) \
	MOVD ZR, R17       \
	NEIGHBOUR(R8, R9)  \
	NEIGHBOUR(R9, R10) \
	NEIGHBOUR(R10, R11) \
	NEIGHBOUR(R11, R12) \
	NEIGHBOUR(R12, R13) \
	NEIGHBOUR(R13, R14) \
	NEIGHBOUR(R14, R15) \
	CMP  ZR, R17       \
	CSET EQ, R25       \
	MOVD segs+32(FP), R3 \
	MOVD nseg+40(FP), R4

#define INSTEAD(bit, r) \
	TBNZ $bit, R26, 2(PC) \
	MOVD R17, r

// SEGMENT goes to a segment, and over it if no row has it.
#define SEGMENT(keep) \
	LDP  (R3), (R1, R0)    \
	LDP  16(R3), (R2, R26) \
	ADD  $32, R3           \
	LSL  $2, R1            \
	MADD R5, R21, R2, R2   \
	CMN  $1, R26           \
	BEQ  all               \
	CMP  $8, R7            \
	BGE  masked            \
	MOVD $-1, R16          \
	LSL  R7, R16           \
	BIC  R16, R26          \
masked: \
	AND  $0xff, R26        \
	CBZ  R26, over         \
	RBIT R26, R16          \
	CLZ  R16, R16          \
	ADD  R16<<3, R20, R17  \
	MOVD 256(R17), R17     \
	INSTEAD(0, R8)         \
	INSTEAD(1, R9)         \
	INSTEAD(2, R10)        \
	INSTEAD(3, R11)        \
	INSTEAD(4, R12)        \
	INSTEAD(5, R13)        \
	INSTEAD(6, R14)        \
	INSTEAD(7, R15)        \
	keep                   \
all:

#define KEEP8 \
	FSTPQ (F16, F17), (R20)    \
	FSTPQ (F18, F19), 32(R20)  \
	FSTPQ (F20, F21), 64(R20)  \
	FSTPQ (F22, F23), 96(R20)  \
	FSTPQ (F24, F25), 128(R20) \
	FSTPQ (F26, F27), 160(R20) \
	FSTPQ (F28, F29), 192(R20) \
	FSTPQ (F30, F31), 224(R20)

#define BACK(bit, o, x, y) \
	TBNZ  $bit, R26, 2(PC) \
	FLDPQ (o)(R20), (x, y)

// NEXT goes to the next segment, or ends the tile.
#define NEXT \
	CMN  $1, R26 \
	BEQ  over    \
	BACK(0, 0, F16, F17)   \
	BACK(1, 32, F18, F19)  \
	BACK(2, 64, F20, F21)  \
	BACK(3, 96, F22, F23)  \
	BACK(4, 128, F24, F25) \
	BACK(5, 160, F26, F27) \
	BACK(6, 192, F28, F29) \
	BACK(7, 224, F30, F31) \
	LDP  256(R20), (R8, R9)   \
	LDP  272(R20), (R10, R11) \
	LDP  288(R20), (R12, R13) \
	LDP  304(R20), (R14, R15) \
over: \
	SUBS $1, R4  \
	BNE  segment

#define ZERO(x, y) \
	VEOR x.B16, x.B16, x.B16 \
	VEOR y.B16, y.B16, y.B16

#define ZEROS \
	ZERO(V16, V17); ZERO(V18, V19); ZERO(V20, V21); ZERO(V22, V23) \
	ZERO(V24, V25); ZERO(V26, V27); ZERO(V28, V29); ZERO(V30, V31)

// STORE stores the tile, and goes to the next.
#define STORE(SET, PUT) \
	CBNZ R24, adding     \
	SET(0, 16, V16, V17); SET(1, 18, V18, V19); SET(2, 20, V20, V21); SET(3, 22, V22, V23)     \
	SET(4, 24, V24, V25); SET(5, 26, V26, V27); SET(6, 28, V28, V29); SET(7, 30, V30, V31)     \
	JMP  next            \
adding: \
	PUT(0, 16, V16, V17); PUT(1, 18, V18, V19); PUT(2, 20, V20, V21); PUT(3, 22, V22, V23)     \
	PUT(4, 24, V24, V25); PUT(5, 26, V26, V27); PUT(6, 28, V28, V29); PUT(7, 30, V30, V31)     \
next: \
	ADD  $64, R19 \
	ADD  $64, R23 \
	SUBS $8, R7   \
	BGT  tile     \
	RET

// ROW finds row i of c in R16, or ends the tile.
#define ROW(i) \
	CMP  $i, R7  \
	BLE  next    \
	MOVD (8*i)(R23), R16 \
	ADD  R16<<2, R22, R16

#define SET8(i, v, x, y) \
	ROW(i) \
	VST1 [x.S4, y.S4], (R16)

#define ADD8(i, v, x, y) \
	ROW(i) \
	VLD1 (R16), [V0.S4, V1.S4] \
	FADD_4S(v, v, 0)     \
	FADD_4S(v+1, v+1, 1) \
	VST1 [x.S4, y.S4], (R16)

#define SET4(i, v, x, y) \
	ROW(i) \
	VST1 [x.S4], (R16)

#define ADD4(i, v, x, y) \
	ROW(i) \
	VLD1 (R16), [V0.S4] \
	FADD_4S(v, v, 0)    \
	VST1 [x.S4], (R16)

// A step of b, to V0, V2, V4, V6 and the register after it.
#define B8_0 VLD1.P (R2)(R5), [V0.S4, V1.S4]
#define B8_2 VLD1.P (R2)(R5), [V2.S4, V3.S4]
#define B8_4 VLD1.P (R2)(R5), [V4.S4, V5.S4]
#define B8_6 VLD1.P (R2)(R5), [V6.S4, V7.S4]
#define B4_0 VLD1.P (R2)(R5), [V0.S4]
#define B4_2 VLD1.P (R2)(R5), [V2.S4]
#define B4_4 VLD1.P (R2)(R5), [V4.S4]
#define B4_6 VLD1.P (R2)(R5), [V6.S4]

#define MUL8(v, b, a, i) \
	FMLA_EL(v, b, a, i) \
	FMLA_EL(v+1, b+1, a, i)

#define MUL4(v, b, a, i) FMLA_EL(v, b, a, i)

// LANE does a step: the rows' elements are lane i of V8 .. V15.
#define LANE(MUL, b, i) \
	MUL(16, b, 8, i); MUL(18, b, 9, i); MUL(20, b, 10, i); MUL(22, b, 11, i) \
	MUL(24, b, 12, i); MUL(26, b, 13, i); MUL(28, b, 14, i); MUL(30, b, 15, i)

// PAIR does a step: the rows' elements are the lanes of V(a) and V(a+1).
#define PAIR(MUL, b, a) \
	MUL(16, b, a, 0); MUL(18, b, a, 1); MUL(20, b, a, 2); MUL(22, b, a, 3) \
	MUL(24, b, a+1, 0); MUL(26, b, a+1, 1); MUL(28, b, a+1, 2); MUL(30, b, a+1, 3)

// CONV is the whole of a function.
#define CONV(B_0, B_2, B_4, B_6, MUL, SET, PUT) \
	ARGS  \
tile: \
	ROWS  \
	ZEROS \
	CBZ  R4, store \
segment: \
	SEGMENT(KEEP8) \
	CMP  $4, R6    \
	BNE  strided   \
	SUBS $4, R0    \
	BLT  rest      \
	PCALIGN $16    \
quads: \
	B_0               \
	LDR_QX(8, 8, 1)\
	LDR_QX(9, 9, 1)\
	LDR_QX(10, 10, 1)\
	LDR_QX(11, 11, 1)\
	LDR_QX(12, 12, 1)\
	LDR_QX(13, 13, 1)\
	LDR_QX(14, 14, 1)\
	LDR_QX(15, 15, 1)\
	ADD  $16, R1      \
	B_2               \
	LANE(MUL, 0, 0)   \
	B_4               \
	LANE(MUL, 2, 1)   \
	B_6               \
	LANE(MUL, 4, 2)   \
	LANE(MUL, 6, 3)   \
	SUBS $4, R0       \
	BGE  quads        \
rest: \
	ADDS $4, R0       \
	BEQ  ended        \
ones: \
	B_0               \
	FMOVS (R8)(R1), F8   \
	FMOVS (R9)(R1), F9   \
	FMOVS (R10)(R1), F10 \
	FMOVS (R11)(R1), F11 \
	FMOVS (R12)(R1), F12 \
	FMOVS (R13)(R1), F13 \
	FMOVS (R14)(R1), F14 \
	FMOVS (R15)(R1), F15 \
	ADD   R6, R1      \
	LANE(MUL, 0, 0)   \
	SUBS $1, R0       \
	BNE  ones         \
ended: \
	NEXT              \
store: \
	STORE(SET, PUT)  \
strided: \
	CBZ  R25, ones    \
	CMN  $1, R26      \
	BNE  ones         \
	ADD  R1, R8, R16  \
	ADD  R6, R16, R17 \
	SUBS $2, R0       \
	BLT  odd          \
	PCALIGN $16       \
pairs: \
	FLDPQ (R16), (F8, F9)   \
	B_0               \
	FLDPQ (R17), (F10, F11) \
	B_2               \
	ADD  R6<<1, R16, R16 \
	ADD  R6<<1, R17, R17 \
	PAIR(MUL, 0, 8)   \
	PAIR(MUL, 2, 10)  \
	SUBS $2, R0       \
	BGE  pairs        \
odd: \
	TBZ  $0, R0, ended \
	FLDPQ (R16), (F8, F9)   \
	B_0               \
	PAIR(MUL, 0, 8)   \
	JMP  ended

TEXT ·ConvF32_8x8_NEON(SB), NOSPLIT, $328-88
	CONV(B8_0, B8_2, B8_4, B8_6, MUL8, SET8, ADD8)

// func ConvF32_8x4_NEON(...)
//
// The same in 4 columns: row i in V(16+2i).
TEXT ·ConvF32_8x4_NEON(SB), NOSPLIT, $328-88
	CONV(B4_0, B4_2, B4_4, B4_6, MUL4, SET4, ADD4)

// func ConvDepthF32_8x8_NEON(...)
//
// The same in 8 columns with 8 columns of a instead of one element for all: 16 FMLAs and 18 vectors a step, bound by the loads,
// 18 cycles with one a cycle (A72), 9 with two (N1). R17 is 16 bytes after R1.
#define DEPTH(v, r, a) \
	LDR_QX(a, r, 1)    \
	LDR_QX(a+1, r, 17) \
	FMLA_4S(v, 0, a)   \
	FMLA_4S(v+1, 1, a+1)

TEXT ·ConvDepthF32_8x8_NEON(SB), NOSPLIT, $328-88
	ARGS
tile:
	ROWS
	ZEROS
	CBZ R4, store
segment:
	SEGMENT(KEEP8)
	ADD $16, R1, R17
steps:
	B8_0
	DEPTH(16, 8, 2)
	DEPTH(18, 9, 4)
	DEPTH(20, 10, 6)
	DEPTH(22, 11, 8)
	DEPTH(24, 12, 10)
	DEPTH(26, 13, 12)
	DEPTH(28, 14, 14)
	DEPTH(30, 15, 2)
	ADD  R6, R1
	ADD  R6, R17
	SUBS $1, R0
	BNE  steps
	NEXT
store:
	STORE(SET8, ADD8)
