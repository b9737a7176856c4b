//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "neon_arm64.h"

// func GemmF32_8x12_NEON(t *BlockF32)
//
// A block of C, up to 12 columns wide, in tiles of 8 rows; the last tile has 1 to 8. A is packed, 8 floats a step. A step of B is
// read where it lies, or, from the second tile on, where the first has copied it.
//
//	V8 .. V31   the tile: row i in V(8+3i), V(9+3i), V(10+3i)
//	V0 .. V2    a step of B;  V3, V4 and V5, V6  steps of A, in turn
//	R0          steps left;  R1, R2  A, B at the current step;  R5  from a step of B to the next
//	R6          t;  R7 rows left;  R8 .. R11  A, B, C, Sum of this tile;  R12  where B is copied, or 0
//	R3, R4      a row of C, Sum or the pad, and the way to the next; in thin tiles R3 is the other of two steps of B
//	R13, R14    what is prefetched, and the way from one to the next
//	R25         Cols;  R15, R19 .. R24  rows between the pad and memory (move)
//
// A step loads 48 + 32 bytes in 3 loads and does 24 FMLAs of 4 lanes: with the loop 28 instructions for 96 multiply-adds, 0.292
// for each. Bound: 24 cycles with one FMLA pipe (A72), 12 with two (N1), 6 with four (V1). For cores that execute in order,
// the loads for the next step stand among the FMLAs of this one, 8 or more before their use, and have no pointer to write
// back. No silicon was at hand: docs/results/arm.md has what llvm-mca predicts.
//
// Panels of fewer than 12 columns come from memory and go there through the pad, 8 x 12 floats on the stack.

// COL does a column of 8 vectors: B in V(b), A in V(a) and V(a1).
#define COL(c, b, a, a1) \
	FMLA_EL(c, b, a, 0)     \
	FMLA_EL(c+3, b, a, 1)   \
	FMLA_EL(c+6, b, a, 2)   \
	FMLA_EL(c+9, b, a, 3)   \
	FMLA_EL(c+12, b, a1, 0) \
	FMLA_EL(c+15, b, a1, 1) \
	FMLA_EL(c+18, b, a1, 2) \
	FMLA_EL(c+21, b, a1, 3)

// STEP does a step of 12 columns and loads B for the next.
#define STEP(a, a1, o) \
	COL(8, 0, a, a1)  \
	COL(9, 1, a, a1)  \
	FLDPQ (o)(R2), (F0, F1)  \
	COL(10, 2, a, a1) \
	FMOVQ (o+32)(R2), F2

// ONE is the same for any R5, and loads A too.
#define ONE \
	STEP(3, 4, 0) \
	FLDPQ (R1), (F3, F4) \
	ADD   R5, R2  \
	ADD   $32, R1

// Loads of 1 or 2 steps of A and B.
#define A8   FLDPQ (R1), (F3, F4)
#define A8N  A8; FLDPQ 32(R1), (F29, F30)
#define A4   FMOVQ (R1), F3
#define A4N  A4; FMOVQ 32(R1), F29
#define B12  FLDPQ (R2), (F0, F1); FMOVQ 32(R2), F2
#define B12N B12; FLDPQ (R3), (F5, F6); FMOVQ 32(R3), F7
#define B8   FLDPQ (R2), (F0, F1)
#define B8N  B8; FLDPQ (R3), (F5, F6)
#define B4   FMOVQ (R2), F0
#define B4N  B4; FMOVQ (R3), F5

// Fewer than 8 rows, of 3, 2 or 1 vectors.
#define ROW12(c, b, a, i) \
	FMLA_EL(c, b, a, i)     \
	FMLA_EL(c+1, b+1, a, i) \
	FMLA_EL(c+2, b+2, a, i)

#define ROW8(c, b, a, i) \
	FMLA_EL(c, b, a, i)     \
	FMLA_EL(c+1, b+1, a, i)

#define ROW4(c, b, a, i) FMLA_EL(c, b, a, i)

#define ROWS1(ROW, b, a) ROW(8, b, a, 0)
#define ROWS2(ROW, b, a) ROWS1(ROW, b, a); ROW(11, b, a, 1)
#define ROWS3(ROW, b, a) ROWS2(ROW, b, a); ROW(14, b, a, 2)
#define ROWS4(ROW, b, a) ROWS3(ROW, b, a); ROW(17, b, a, 3)
#define ROWS5(ROW, b, a) ROWS4(ROW, b, a); ROW(20, b, a+1, 0)
#define ROWS6(ROW, b, a) ROWS5(ROW, b, a); ROW(23, b, a+1, 1)
#define ROWS7(ROW, b, a) ROWS6(ROW, b, a); ROW(26, b, a+1, 2)

// LOOP does all steps, two at a time. A row is prefetched at every step: the tile may be all there is.
#define LOOP(pair, odd, ROWS, ROW, B, BN, A, AN) \
pair: \
	SUBS $2, R0 \
	BLT  odd    \
	PRFM (R13), PLDL1KEEP \
	ADD  R14, R13 \
	PRFM (R13), PLDL1KEEP \
	ADD  R14, R13 \
	BN   \
	AN   \
	ADD  R5<<1, R2, R2 \
	ADD  R5<<1, R3, R3 \
	ADD  $64, R1  \
	ROWS(ROW, 0, 3)  \
	ROWS(ROW, 5, 29) \
	JMP  pair   \
odd: \
	TBZ  $0, R0, sums \
	B    \
	A    \
	ROWS(ROW, 0, 3) \
	JMP  sums

// PICK goes to the loop for R7 rows.
#define PICK(l1, l2, l3, l4, l5, l6, l7) \
	CMP $2, R7; BLT l1; BEQ l2 \
	CMP $4, R7; BLT l3; BEQ l4 \
	CMP $6, R7; BLT l5; BEQ l6 \
	JMP l7

// PUT applies OP, which knows the row at R3, to rows 0 .. R7-1, R4 bytes apart.
#define PUT(OP, done) \
	OP(8, V8, V9, V10);    CMP $1, R7; BLE done \
	OP(11, V11, V12, V13); CMP $2, R7; BLE done \
	OP(14, V14, V15, V16); CMP $3, R7; BLE done \
	OP(17, V17, V18, V19); CMP $4, R7; BLE done \
	OP(20, V20, V21, V22); CMP $5, R7; BLE done \
	OP(23, V23, V24, V25); CMP $6, R7; BLE done \
	OP(26, V26, V27, V28); CMP $7, R7; BLE done \
	OP(29, V29, V30, V31)

#define ALL(OP) \
	OP(8, V8, V9, V10); OP(11, V11, V12, V13); OP(14, V14, V15, V16); OP(17, V17, V18, V19)     \
	OP(20, V20, V21, V22); OP(23, V23, V24, V25); OP(26, V26, V27, V28); OP(29, V29, V30, V31)

#define ADDROW(c, x, y, z) \
	VLD1.P (R3)(R4), [V0.S4, V1.S4, V2.S4] \
	FADD_4S(c, 0, c)     \
	FADD_4S(c+1, 1, c+1) \
	FADD_4S(c+2, 2, c+2)

#define SETROW(c, x, y, z) \
	VST1.P [x.S4, y.S4, z.S4], (R3)(R4)

#define ZERO(c, x, y, z) \
	VEOR x.B16, x.B16, x.B16 \
	VEOR y.B16, y.B16, y.B16 \
	VEOR z.B16, z.B16, z.B16

#define BIAS(c, x, y, z) \
	FADD_4S(c, c, 0)     \
	FADD_4S(c+1, c+1, 1) \
	FADD_4S(c+2, c+2, 2)

// x > 0 ? x : +0
#define RELU1(c, m) \
	FCMGTZ_4S(m, c) \
	AND_16B(c, c, m)

#define RELU(c, x, y, z) \
	RELU1(c, 0)   \
	RELU1(c+1, 1) \
	RELU1(c+2, 2)

// x > 0 ? x : slope*x
#define LEAKY1(c, p, m) \
	FMUL_4S(p, c, 7) \
	FCMGTZ_4S(m, c)  \
	BIF_16B(c, p, m)

#define LEAKY(c, x, y, z) \
	LEAKY1(c, 0, 3)   \
	LEAKY1(c+1, 1, 4) \
	LEAKY1(c+2, 2, 5)

TEXT ·GemmF32_8x12_NEON(SB), NOSPLIT, $392-8
	MOVD t+0(FP), R6
	MOVD BlockF32_Rows(R6), R7
	MOVD BlockF32_A(R6), R8
	MOVD BlockF32_B(R6), R9
	MOVD BlockF32_C(R6), R10
	MOVD BlockF32_Sum(R6), R11
	MOVD BlockF32_Copy(R6), R12
	MOVD BlockF32_BStep(R6), R5
	MOVD BlockF32_Ahead(R6), R13
	MOVD BlockF32_AheadStep(R6), R14
	MOVD BlockF32_Cols(R6), R25
	LSL  $2, R5
	LSL  $2, R14

tile:
	ALL(ZERO)
	MOVD BlockF32_KC(R6), R0
	MOVD R8, R1
	MOVD R9, R2
	CMP  $8, R7
	BLT  thin
	CMP  $8, R25
	BGT  wide
	CMP  $4, R25
	BLE  narrow

	// 8 x 8: the next step goes to V6, V7 and V2, V5.
	B8
	A8
	ADD  R5, R2
	ADD  $32, R1
	SUBS $1, R0
	BEQ  last8
	CMP  $32, R5
	BNE  ones8
	SUBS $4, R0
	BLT  rest8
	PCALIGN $16
fours8:
	FLDPQ (R2), (F6, F7)
	FLDPQ (R1), (F2, F5)
	COL(8, 0, 3, 4)
	COL(9, 1, 3, 4)
	FLDPQ 32(R2), (F0, F1)
	FLDPQ 32(R1), (F3, F4)
	COL(8, 6, 2, 5)
	COL(9, 7, 2, 5)
	FLDPQ 64(R2), (F6, F7)
	FLDPQ 64(R1), (F2, F5)
	COL(8, 0, 3, 4)
	COL(9, 1, 3, 4)
	FLDPQ 96(R2), (F0, F1)
	FLDPQ 96(R1), (F3, F4)
	ADD   $128, R2
	ADD   $128, R1
	COL(8, 6, 2, 5)
	COL(9, 7, 2, 5)
	SUBS  $4, R0
	BGE   fours8
rest8:
	ADDS $4, R0
	BEQ  last8
ones8:
	COL(8, 0, 3, 4)
	COL(9, 1, 3, 4)
	B8
	A8
	ADD  R5, R2
	ADD  $32, R1
	SUBS $1, R0
	BNE  ones8
last8:
	COL(8, 0, 3, 4)
	COL(9, 1, 3, 4)
	JMP sums

	// 8 x 4
narrow:
	B4
	A8
	ADD  R5, R2
	ADD  $32, R1
	SUB  $1, R0
	SUBS $2, R0
	BLT  rest4
	PCALIGN $16
twos4:
	FMOVQ (R2), F6
	FLDPQ (R1), (F2, F5)
	ADD   R5, R2
	COL(8, 0, 3, 4)
	FMOVQ (R2), F0
	FLDPQ 32(R1), (F3, F4)
	ADD   R5, R2
	ADD   $64, R1
	COL(8, 6, 2, 5)
	SUBS  $2, R0
	BGE   twos4
rest4:
	ADDS $2, R0
	BEQ  last4
	COL(8, 0, 3, 4)
	B4
	A8
last4:
	COL(8, 0, 3, 4)
	JMP sums

	// 8 x 12
wide:
	B12
	A8
	ADD  R5, R2
	ADD  $32, R1
	SUBS $1, R0
	CBNZ R12, copies
	BEQ  last12
	CMP  $48, R5
	BNE  ones12
	SUBS $4, R0
	BLT  rest12
	PCALIGN $16
fours12:
	FLDPQ (R1), (F5, F6)
	STEP(3, 4, 0)
	FLDPQ 32(R1), (F3, F4)
	STEP(5, 6, 48)
	FLDPQ 64(R1), (F5, F6)
	STEP(3, 4, 96)
	FLDPQ 96(R1), (F3, F4)
	STEP(5, 6, 144)
	ADD   $192, R2
	ADD   $128, R1
	SUBS  $4, R0
	BGE   fours12
rest12:
	ADDS $4, R0
	BEQ  last12
ones12:
	ONE
	SUBS $1, R0
	BNE  ones12
last12:
	COL(8, 0, 3, 4)
	COL(9, 1, 3, 4)
	COL(10, 2, 3, 4)
	JMP  sums

	// The first tile copies B, which may come from memory: it prefetches 16 steps ahead.
copies:
	MOVD R12, R9
	ADD  R5<<4, R2, R15
	CBZ  R0, copied
copy:
	PRFM   (R15), PLDL1KEEP
	PRFM   16(R15), PLDL1KEEP
	ADD    R5, R15
	VST1.P [V0.S4, V1.S4, V2.S4], 48(R12)
	ONE
	SUBS   $1, R0
	BNE    copy
copied:
	VST1 [V0.S4, V1.S4, V2.S4], (R12)
	MOVD $48, R5
	MOVD ZR, R12
	JMP  last12

thin:
	ADD R5, R2, R3
	CMP $8, R25
	BGT thin12
	CMP $4, R25
	BLE thin4
	PICK(pair18, pair28, pair38, pair48, pair58, pair68, pair78)
thin4:
	PICK(pair14, pair24, pair34, pair44, pair54, pair64, pair74)
thin12:
	PICK(pair112, pair212, pair312, pair412, pair512, pair612, pair712)
	LOOP(pair112, odd112, ROWS1, ROW12, B12, B12N, A4, A4N)
	LOOP(pair212, odd212, ROWS2, ROW12, B12, B12N, A4, A4N)
	LOOP(pair312, odd312, ROWS3, ROW12, B12, B12N, A4, A4N)
	LOOP(pair412, odd412, ROWS4, ROW12, B12, B12N, A4, A4N)
	LOOP(pair512, odd512, ROWS5, ROW12, B12, B12N, A8, A8N)
	LOOP(pair612, odd612, ROWS6, ROW12, B12, B12N, A8, A8N)
	LOOP(pair712, odd712, ROWS7, ROW12, B12, B12N, A8, A8N)
	LOOP(pair18, odd18, ROWS1, ROW8, B8, B8N, A4, A4N)
	LOOP(pair28, odd28, ROWS2, ROW8, B8, B8N, A4, A4N)
	LOOP(pair38, odd38, ROWS3, ROW8, B8, B8N, A4, A4N)
	LOOP(pair48, odd48, ROWS4, ROW8, B8, B8N, A4, A4N)
	LOOP(pair58, odd58, ROWS5, ROW8, B8, B8N, A8, A8N)
	LOOP(pair68, odd68, ROWS6, ROW8, B8, B8N, A8, A8N)
	LOOP(pair78, odd78, ROWS7, ROW8, B8, B8N, A8, A8N)
	LOOP(pair14, odd14, ROWS1, ROW4, B4, B4N, A4, A4N)
	LOOP(pair24, odd24, ROWS2, ROW4, B4, B4N, A4, A4N)
	LOOP(pair34, odd34, ROWS3, ROW4, B4, B4N, A4, A4N)
	LOOP(pair44, odd44, ROWS4, ROW4, B4, B4N, A4, A4N)
	LOOP(pair54, odd54, ROWS5, ROW4, B4, B4N, A8, A8N)
	LOOP(pair64, odd64, ROWS6, ROW4, B4, B4N, A8, A8N)
	LOOP(pair74, odd74, ROWS7, ROW4, B4, B4N, A8, A8N)

sums:
	CBZ  R11, old
	MOVD R11, R3
	MOVD BlockF32_SumRow(R6), R4
	LSL  $2, R4
	CMP  $12, R25
	BEQ  addsum
	MOVD ZR, R24
	JMP  gather
addsum:
	PUT(ADDROW, old)

old:
	MOVD BlockF32_Old(R6), R15
	CBZ  R15, bias
	MOVD R10, R3
	MOVD BlockF32_CRow(R6), R4
	LSL  $2, R4
	CMP  $12, R25
	BEQ  addold
	MOVD $1, R24
	JMP  gather
addold:
	PUT(ADDROW, bias)

bias:
	MOVD BlockF32_Bias(R6), R3
	CBZ  R3, act
	CMP  $12, R25
	BEQ  addbias
	MOVD $2, R24
	JMP  gather
addbias:
	VLD1 (R3), [V0.S4, V1.S4, V2.S4]
	ALL(BIAS)

act:
	MOVD BlockF32_Act(R6), R15
	CBZ  R15, store
	CMP  $1, R15
	BNE  leaky
	ALL(RELU)
	JMP  store
leaky:
	FMOVS BlockF32_Slope(R6), F7
	VDUP  V7.S[0], V7.S4
	ALL(LEAKY)

store:
	MOVD BlockF32_CRow(R6), R4
	LSL  $2, R4
	CMP  $12, R25
	BNE  scatter
	MOVD R10, R3
	PUT(SETROW, next)

next:
	SUBS $8, R7
	BLE  done
	MOVD BlockF32_APanel(R6), R15
	ADD  R15<<2, R8
	MOVD BlockF32_CRow(R6), R15
	ADD  R15<<5, R10
	CBZ  R11, tile
	MOVD BlockF32_SumRow(R6), R15
	ADD  R15<<5, R11
	JMP  tile
done:
	RET

	// Rows of R25 floats from R3 on, R4 bytes apart, are moved to the pad, where their values are then used: R24 says how.
gather:
	MOVD $pad-384(SP), R19
	MOVD $48, R15
	JMP  move

	// The tile goes to the pad, and its columns to C.
scatter:
	MOVD R4, R15
	MOVD R10, R19
	MOVD $pad-384(SP), R3
	MOVD $48, R4
	MOVD $3, R24
	PUT(SETROW, stored)
stored:
	MOVD $pad-384(SP), R3

move:
	MOVD $8, R20
	CMP  R20, R7
	CSEL LT, R7, R20, R20
	CMP  $2, R24
	BNE  moves
	MOVD $1, R20
moves:
	MOVD R3, R21
	MOVD R19, R22
	MOVD R25, R23
four:
	SUBS    $4, R23
	BLT     two
	FMOVQ.P 16(R21), F0
	FMOVQ.P F0, 16(R22)
	JMP     four
two:
	TBZ     $1, R23, one
	FMOVD.P 8(R21), F0
	FMOVD.P F0, 8(R22)
one:
	TBZ     $0, R23, moved
	FMOVS   (R21), F0
	FMOVS   F0, (R22)
moved:
	ADD  R4, R3
	ADD  R15, R19
	SUBS $1, R20
	BNE  moves
	CMP  $3, R24
	BEQ  next
	MOVD $pad-384(SP), R3
	MOVD $48, R4
	CMP  $1, R24
	BLT  addsum
	BEQ  addold
	JMP  addbias

// func PeakF32_NEON(n int)
//
// n rounds of 24 independent FMLAs on registers.
TEXT ·PeakF32_NEON(SB), NOSPLIT, $0-8
	MOVD n+0(FP), R0
	ALL(ZERO)
	ZERO(0, V0, V1, V2)
	ZERO(3, V3, V4, V5)
	CBZ  R0, done
round:
	COL(8, 0, 3, 4)
	COL(9, 1, 3, 4)
	COL(10, 2, 3, 4)
	SUBS $1, R0
	BNE  round
done:
	RET
