//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "norm_f32_neon_arm64.h"

// Normalization along rows of cols elements, densely stored, and the passes of softmax. Sums have 16 lanes: four registers. The
// lanes are folded as everywhere, l with l+8, then l+4, l+2 and l+1. rows and cols are positive. The last cols%16 elements
// meet their lanes in memory, four or one at a time, and touch no other lane.
//
//	R2          rows left;  R3, R4  whole groups of 16 in a row, elements after them
//	R0, R1, R5, R12  operands and results, which go through all rows;  R6, R7, R13  numbers of the rows
//	R8, R9, R10 the row once more, gamma, beta, or the first of two passes;  R11 groups or elements left;  R14 lanes in memory
//	V0 .. V7    sums;  V8 .. V23  operands, temporaries;  V24 .. V30  numbers of the row;  V31 a temporary
//
// Bound in a long row by the latency of the addition, 64 bytes in 2 to 4 cycles, in a short one by the fold, some 20. llvm-mca
// 19, cycles for 16 elements in L1 on Cortex-A57, Neoverse N1 and V1: mean, variance and
// application together 41, 16, 11; gradient 66, 24, 12; the gradient of softmax 29, 12, 8.

// PASS goes along a row: WIDE is 16 elements, OP four or one, with loads and stores of so many bytes.
#define PASS(WIDE, OP, wide, wdone, four, rest, one, done) \
	MOVD R3, R11       \
	CBZ  R11, wdone    \
wide:                  \
	WIDE               \
	SUBS $1, R11       \
	BNE  wide          \
wdone:                 \
	SUBS $4, R4, R11   \
	BLT  rest          \
four:                  \
	OP(FMOVQ, 16)      \
	SUBS $4, R11       \
	BGE  four          \
rest:                  \
	ADDS $4, R11       \
	BEQ  done          \
one:                   \
	OP(FMOVS, 4)       \
	SUBS $1, R11       \
	BNE  one           \
done:

// SUMS goes along a row with 16 lanes in V0 .. V3, SUMS2 with 32 in V0 .. V7, which OP finds at (R14).
#define SUMS(WIDE, OP, lanes) \
	MOVD R3, R11       \
	CBZ  R11, swdone   \
swide:                 \
	WIDE               \
	SUBS $1, R11       \
	BNE  swide         \
swdone:                \
	CBZ  R4, sdone     \
	MOVD lanes, R14    \
	ST4(R14, F0, F1, F2, F3) \
	SUBS $4, R4, R11   \
	BLT  srest         \
sfour:                 \
	OP(FMOVQ, 16)      \
	SUBS $4, R11       \
	BGE  sfour         \
srest:                 \
	ADDS $4, R11       \
	BEQ  sload         \
sone:                  \
	OP(FMOVS, 4)       \
	SUBS $1, R11       \
	BNE  sone          \
sload:                 \
	MOVD lanes, R14    \
	LD4(R14, F0, F1, F2, F3) \
sdone:

#define ZERO4(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16 \
	VEOR b.B16, b.B16, b.B16 \
	VEOR c.B16, c.B16, c.B16 \
	VEOR d.B16, d.B16, d.B16

// FOLD adds the lanes of V(a) .. V(a+3), the first of which is v.
#define FOLD(a, v) \
	FADD_4S(a, a, a+2)     \
	FADD_4S(a+1, a+1, a+3) \
	FADD_4S(a, a, a+1)     \
	VEXT $8, v.B16, v.B16, V31.B16 \
	FADD_4S(a, a, 31)      \
	VDUP v.S[1], V31.S4    \
	FADD_4S(a, a, 31)

// GROUPS takes cols in R3 apart.
#define GROUPS \
	AND $15, R3, R4 \
	LSR $4, R3

// func TotalRowsF32_NEON(sum, x *float32, rows, cols int)
//
// The sum of each row.
#define TOTAL16 \
	LD4P(R1, F8, F9, F10, F11) \
	FADD4(0, 0, 8)

#define TOTAL(MOV, size) \
	MOV.P size(R1), F8  \
	MOV   (R14), F0     \
	FADD_4S(0, 0, 8)    \
	MOV.P F0, size(R14)

TEXT ·TotalRowsF32_NEON(SB), NOSPLIT, $64-32
	MOVD sum+0(FP), R6
	MOVD x+8(FP), R1
	MOVD rows+16(FP), R2
	MOVD cols+24(FP), R3
	GROUPS
row:
	ZERO4(V0, V1, V2, V3)
	SUMS(TOTAL16, TOTAL, $lanes-64(SP))
	FOLD(0, V0)
	FMOVS.P F0, 4(R6)
	SUBS $1, R2
	BNE  row
	RET

// func SquareRowsF32_NEON(sum, x, mean *float32, rows, cols int)
//
// The sum of the squares of x - mean of each row, the products fused. V24 is the mean.
#define SQUARE16 \
	LD4P(R1, F8, F9, F10, F11) \
	FSUB4TO1(8, 8, 24) \
	FMLA4(0, 8, 8)

#define SQUARE(MOV, size) \
	MOV.P size(R1), F8  \
	MOV   (R14), F0     \
	FSUB_4S(8, 8, 24)   \
	FMLA_4S(0, 8, 8)    \
	MOV.P F0, size(R14)

TEXT ·SquareRowsF32_NEON(SB), NOSPLIT, $64-40
	MOVD sum+0(FP), R6
	MOVD x+8(FP), R1
	MOVD mean+16(FP), R7
	MOVD rows+24(FP), R2
	MOVD cols+32(FP), R3
	GROUPS
row:
	VLD1R.P 4(R7), [V24.S4]
	ZERO4(V0, V1, V2, V3)
	SUMS(SQUARE16, SQUARE, $lanes-64(SP))
	FOLD(0, V0)
	FMOVS.P F0, 4(R6)
	SUBS $1, R2
	BNE  row
	RET

// func ApplyRowsF32_NEON(y, x, mean, rstd, gamma, beta *float32, rows, cols int)
//
// y = ((x - mean) * rstd)*gamma + beta, the last addition fused. V24, V25 are mean and rstd.
#define APPLY16 \
	LD4P(R1, F8, F9, F10, F11)    \
	LD4P(R9, F12, F13, F14, F15)  \
	LD4P(R10, F16, F17, F18, F19) \
	FSUB4TO1(8, 8, 24) \
	FMUL4TO1(8, 8, 25) \
	FMLA4(16, 8, 12)   \
	ST4P(R0, F16, F17, F18, F19)

#define APPLY(MOV, size) \
	MOV.P size(R1), F8   \
	MOV.P size(R9), F12  \
	MOV.P size(R10), F16 \
	FSUB_4S(8, 8, 24)    \
	FMUL_4S(8, 8, 25)    \
	FMLA_4S(16, 8, 12)   \
	MOV.P F16, size(R0)

TEXT ·ApplyRowsF32_NEON(SB), NOSPLIT, $0-64
	MOVD y+0(FP), R0
	MOVD x+8(FP), R1
	MOVD mean+16(FP), R6
	MOVD rstd+24(FP), R7
	MOVD gamma+32(FP), R5
	MOVD beta+40(FP), R12
	MOVD rows+48(FP), R2
	MOVD cols+56(FP), R3
	GROUPS
row:
	VLD1R.P 4(R6), [V24.S4]
	VLD1R.P 4(R7), [V25.S4]
	MOVD R5, R9
	MOVD R12, R10
	PASS(APPLY16, APPLY, wide, wdone, four, rest, one, done)
	SUBS $1, R2
	BNE  row
	RET

// func DXRowsF32_NEON(dx, grad, x, mean, rstd, gamma *float32, rows, cols int, n float32, noMean int)
//
// h = (x - mean) * rstd, e = g*gamma; dx = rstd * ((e - sum(e)/n) - h*(sum(e*h)/n)), with 0 for the first sum if noMean.
//
//	R0, R1, R5  dx, g, x;  R8, R10  g and x in the first pass;  R9 gamma
//	V24 .. V27  mean, rstd, and the two sums over n;  V28 n;  V29 all ones unless noMean
#define DXSUM16 \
	LD4P(R10, F8, F9, F10, F11)   \
	LD4P(R8, F12, F13, F14, F15)  \
	LD4P(R9, F16, F17, F18, F19)  \
	FSUB4TO1(8, 8, 24) \
	FMUL4(12, 12, 16)  \
	FMUL4TO1(8, 8, 25) \
	FADD4(0, 0, 12)    \
	FMLA4(4, 12, 8)

#define DXSUM(MOV, size) \
	MOV.P size(R10), F8  \
	MOV.P size(R8), F12  \
	MOV.P size(R9), F16  \
	MOV   (R14), F0      \
	MOV   64(R14), F4    \
	FSUB_4S(8, 8, 24)    \
	FMUL_4S(12, 12, 16)  \
	FMUL_4S(8, 8, 25)    \
	FADD_4S(0, 0, 12)    \
	FMLA_4S(4, 12, 8)    \
	MOV   F4, 64(R14)    \
	MOV.P F0, size(R14)

#define DX16 \
	LD4P(R5, F8, F9, F10, F11)    \
	LD4P(R1, F12, F13, F14, F15)  \
	LD4P(R9, F16, F17, F18, F19)  \
	FSUB4TO1(8, 8, 24)   \
	FMUL4(12, 12, 16)    \
	FMUL4TO1(8, 8, 25)   \
	FSUB4TO1(12, 12, 26) \
	FMLS4TO1(12, 8, 27)  \
	FMUL4TO1(12, 12, 25) \
	ST4P(R0, F12, F13, F14, F15)

#define DX(MOV, size) \
	MOV.P size(R5), F8   \
	MOV.P size(R1), F12  \
	MOV.P size(R9), F16  \
	FSUB_4S(8, 8, 24)    \
	FMUL_4S(12, 12, 16)  \
	FMUL_4S(8, 8, 25)    \
	FSUB_4S(12, 12, 26)  \
	FMLS_4S(12, 8, 27)   \
	FMUL_4S(12, 12, 25)  \
	MOV.P F12, size(R0)

TEXT ·DXRowsF32_NEON(SB), NOSPLIT, $128-80
	MOVD  dx+0(FP), R0
	MOVD  grad+8(FP), R1
	MOVD  x+16(FP), R5
	MOVD  mean+24(FP), R6
	MOVD  rstd+32(FP), R7
	MOVD  gamma+40(FP), R12
	MOVD  rows+48(FP), R2
	MOVD  cols+56(FP), R3
	FMOVS n+64(FP), F28
	MOVD  noMean+72(FP), R8
	SUB   $1, R8
	VDUP  R8, V29.D2
	GROUPS
row:
	VLD1R.P 4(R6), [V24.S4]
	VLD1R.P 4(R7), [V25.S4]
	ZERO4(V0, V1, V2, V3)
	ZERO4(V4, V5, V6, V7)
	MOVD R1, R8
	MOVD R5, R10
	MOVD R12, R9
	// The second sums lie 64 bytes after the first, so that all 128 go and come here.
	MOVD R3, R11
	CBZ  R11, swdone
swide:
	DXSUM16
	SUBS $1, R11
	BNE  swide
swdone:
	CBZ  R4, sdone
	MOVD $lanes-128(SP), R14
	ST4(R14, F0, F1, F2, F3)
	ADD  $64, R14, R13
	ST4(R13, F4, F5, F6, F7)
	SUBS $4, R4, R11
	BLT  srest
sfour:
	DXSUM(FMOVQ, 16)
	SUBS $4, R11
	BGE  sfour
srest:
	ADDS $4, R11
	BEQ  sload
sone:
	DXSUM(FMOVS, 4)
	SUBS $1, R11
	BNE  sone
sload:
	MOVD $lanes-128(SP), R14
	LD4(R14, F0, F1, F2, F3)
	LD4(R13, F4, F5, F6, F7)
sdone:
	FOLD(0, V0)
	FOLD(4, V4)
	FDIVS F28, F0, F0
	FDIVS F28, F4, F4
	VDUP  V0.S[0], V26.S4
	VDUP  V4.S[0], V27.S4
	AND_16B(26, 26, 29)
	MOVD  R12, R9
	PASS(DX16, DX, wide, wdone, four, rest, one, done)
	SUBS $1, R2
	BNE  row
	RET

// func LessMaxRowsF32_NEON(y, max, x *float32, rows, cols int)
//
// y = x - max, the largest of the row by x > max ? x : max. R8 the row in the first pass; V24 max, V30 -Inf.
#define LARGER(a, b, t) \
	FCMGT_4S(t, b, a) \
	BIT_16B(a, b, t)

#define MAX16 \
	LD4P(R8, F8, F9, F10, F11) \
	LARGER(0, 8, 16)   \
	LARGER(1, 9, 17)   \
	LARGER(2, 10, 18)  \
	LARGER(3, 11, 19)

#define MAX(MOV, size) \
	MOV.P size(R8), F8  \
	MOV   (R14), F0     \
	LARGER(0, 8, 16)    \
	MOV.P F0, size(R14)

#define LESS16 \
	LD4P(R1, F8, F9, F10, F11) \
	FSUB4TO1(8, 8, 24) \
	ST4P(R0, F8, F9, F10, F11)

#define LESS(MOV, size) \
	MOV.P size(R1), F8  \
	FSUB_4S(8, 8, 24)   \
	MOV.P F8, size(R0)

TEXT ·LessMaxRowsF32_NEON(SB), NOSPLIT, $64-40
	MOVD y+0(FP), R0
	MOVD max+8(FP), R6
	MOVD x+16(FP), R1
	MOVD rows+24(FP), R2
	MOVD cols+32(FP), R3
	GROUPS
	MOVD $0xff800000, R8
	VDUP R8, V30.S4
row:
	MOV_16B(0, 30)
	MOV_16B(1, 30)
	MOV_16B(2, 30)
	MOV_16B(3, 30)
	MOVD R1, R8
	SUMS(MAX16, MAX, $lanes-64(SP))
	LARGER(0, 2, 16)
	LARGER(1, 3, 17)
	LARGER(0, 1, 16)
	VEXT $8, V0.B16, V0.B16, V31.B16
	LARGER(0, 31, 16)
	VDUP V0.S[1], V31.S4
	LARGER(0, 31, 16)
	FMOVS.P F0, 4(R6)
	VDUP V0.S[0], V24.S4
	PASS(LESS16, LESS, wide, wdone, four, rest, one, done)
	SUBS $1, R2
	BNE  row
	RET

// func ScaleRowsF32_NEON(y, sum *float32, rows, cols int)
//
// sum of the row; y = y * (1/sum). R1, R8 the row in the first and the second pass; V24 1/sum.
#define SCALE16 \
	LD4P(R8, F8, F9, F10, F11) \
	FMUL4TO1(8, 8, 24) \
	ST4P(R0, F8, F9, F10, F11)

#define SCALE(MOV, size) \
	MOV.P size(R8), F8  \
	FMUL_4S(8, 8, 24)   \
	MOV.P F8, size(R0)

TEXT ·ScaleRowsF32_NEON(SB), NOSPLIT, $64-32
	MOVD y+0(FP), R0
	MOVD sum+8(FP), R6
	MOVD rows+16(FP), R2
	MOVD cols+24(FP), R3
	GROUPS
	FMOVS $1.0, F29
row:
	ZERO4(V0, V1, V2, V3)
	MOVD R0, R1
	SUMS(TOTAL16, TOTAL, $lanes-64(SP))
	FOLD(0, V0)
	FMOVS.P F0, 4(R6)
	FDIVS F0, F29, F0
	VDUP V0.S[0], V24.S4
	MOVD R0, R8
	PASS(SCALE16, SCALE, wide, wdone, four, rest, one, done)
	SUBS $1, R2
	BNE  row
	RET

// func SoftRowsF32_NEON(dx, grad, y *float32, rows, cols int)
//
// dx = y * (g - sum(g*y)), the products of the sum fused. R8, R10 g and y in the first pass; V24 the sum.
#define SOFTSUM16 \
	LD4P(R8, F8, F9, F10, F11)    \
	LD4P(R10, F12, F13, F14, F15) \
	FMLA4(0, 8, 12)

#define SOFTSUM(MOV, size) \
	MOV.P size(R8), F8   \
	MOV.P size(R10), F12 \
	MOV   (R14), F0      \
	FMLA_4S(0, 8, 12)    \
	MOV.P F0, size(R14)

#define SOFT16 \
	LD4P(R1, F8, F9, F10, F11)   \
	LD4P(R5, F12, F13, F14, F15) \
	FSUB4TO1(8, 8, 24) \
	FMUL4(8, 12, 8)    \
	ST4P(R0, F8, F9, F10, F11)

#define SOFT(MOV, size) \
	MOV.P size(R1), F8  \
	MOV.P size(R5), F12 \
	FSUB_4S(8, 8, 24)   \
	FMUL_4S(8, 12, 8)   \
	MOV.P F8, size(R0)

TEXT ·SoftRowsF32_NEON(SB), NOSPLIT, $64-40
	MOVD dx+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD y+16(FP), R5
	MOVD rows+24(FP), R2
	MOVD cols+32(FP), R3
	GROUPS
row:
	ZERO4(V0, V1, V2, V3)
	MOVD R1, R8
	MOVD R5, R10
	SUMS(SOFTSUM16, SOFTSUM, $lanes-64(SP))
	FOLD(0, V0)
	VDUP V0.S[0], V24.S4
	PASS(SOFT16, SOFT, wide, wdone, four, rest, one, done)
	SUBS $1, R2
	BNE  row
	RET
