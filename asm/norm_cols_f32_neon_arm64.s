//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "norm_f32_neon_arm64.h"

// Normalization down the columns of rows that are ld floats apart: 16 columns at a time, then 4, then one, all rows for each,
// so that what belongs to a column is loaded once. n columns and rows are positive.
//
//	R2          columns left, less 16 while they go by 16;  R3, R4  rows, bytes between rows
//	R0, R1, R5 .. R7, R12 .. R14  the operands, at the column
//	R8 .. R10   streams of the row;  R11 rows left
//	V0 .. V31   what belongs to the columns, and rows of x and g, in fours
//
// Bound by loads: one to three of a vector for one to seven operations on it. llvm-mca 19, cycles for 16 elements in L1 on
// Cortex-A57, Neoverse N1 and V1: mean and variance (two passes) 14, 6, 6; application 17, 10, 4.5; gradients (two
// passes) 46, 20, 9.5.

// COLUMNS goes on from 16 columns to 4 and to 1: NARROW is all rows of a column, or of four, with loads and stores of
// so many bytes; its third argument names its loop.
#define COLUMNS(NARROW) \
narrow:                  \
	ADDS $16, R2         \
	BEQ  done            \
	SUBS $4, R2          \
	BLT  rest            \
four:                    \
	NARROW(FMOVQ, 16, frow) \
	SUBS $4, R2          \
	BGE  four            \
rest:                    \
	ADDS $4, R2          \
	BEQ  done            \
one:                     \
	NARROW(FMOVS, 4, orow) \
	SUBS $1, R2          \
	BNE  one             \
done:                    \
	RET

// func SumColsF32_NEON(acc, x *float32, n, rows, ld int)
//
// acc += x, row after row.
#define SUMCOL(MOV, size, row) \
	MOV  (R0), F0    \
	MOVD R1, R8      \
	MOVD R3, R11     \
row:                 \
	MOV  (R8), F4    \
	ADD  R4, R8      \
	FADD_4S(0, 0, 4) \
	SUBS $1, R11     \
	BNE  row         \
	MOV  F0, (R0)    \
	ADD  $size, R0   \
	ADD  $size, R1

TEXT ·SumColsF32_NEON(SB), NOSPLIT, $0-40
	MOVD acc+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R2
	MOVD rows+24(FP), R3
	MOVD ld+32(FP), R4
	LSL  $2, R4
	SUBS $16, R2
	BLT  narrow
wide:
	LD4(R0, F0, F1, F2, F3)
	MOVD R1, R8
	MOVD R3, R11
wrow:
	LD4(R8, F4, F5, F6, F7)
	ADD  R4, R8
	FADD4(0, 0, 4)
	SUBS $1, R11
	BNE  wrow
	ST4P(R0, F0, F1, F2, F3)
	ADD  $64, R1
	SUBS $16, R2
	BGE  wide
	COLUMNS(SUMCOL)

// func SquareColsF32_NEON(acc, x, mean *float32, n, rows, ld int)
//
// acc = d*d + acc, fused, row after row; d = x - mean.
#define SQUARECOL(MOV, size, row) \
	MOV  (R0), F0    \
	MOV  (R5), F4    \
	MOVD R1, R8      \
	MOVD R3, R11     \
row:                 \
	MOV  (R8), F8    \
	ADD  R4, R8      \
	FSUB_4S(8, 8, 4) \
	FMLA_4S(0, 8, 8) \
	SUBS $1, R11     \
	BNE  row         \
	MOV  F0, (R0)    \
	ADD  $size, R0   \
	ADD  $size, R1   \
	ADD  $size, R5

TEXT ·SquareColsF32_NEON(SB), NOSPLIT, $0-48
	MOVD acc+0(FP), R0
	MOVD x+8(FP), R1
	MOVD mean+16(FP), R5
	MOVD n+24(FP), R2
	MOVD rows+32(FP), R3
	MOVD ld+40(FP), R4
	LSL  $2, R4
	SUBS $16, R2
	BLT  narrow
wide:
	LD4(R0, F0, F1, F2, F3)
	LD4P(R5, F4, F5, F6, F7)
	MOVD R1, R8
	MOVD R3, R11
wrow:
	LD4(R8, F8, F9, F10, F11)
	ADD  R4, R8
	FSUB4(8, 8, 4)
	FMLA4(0, 8, 8)
	SUBS $1, R11
	BNE  wrow
	ST4P(R0, F0, F1, F2, F3)
	ADD  $64, R1
	SUBS $16, R2
	BGE  wide
	COLUMNS(SQUARECOL)

// func GradColsF32_NEON(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)
//
// sum += g; dot = g*h + dot, fused, row after row; h = (x - mean) * rstd.
#define GRADCOL(MOV, size, row) \
	MOV  (R0), F0      \
	MOV  (R1), F4      \
	MOV  (R7), F16     \
	MOV  (R12), F20    \
	MOVD R5, R8        \
	MOVD R6, R9        \
	MOVD R3, R11       \
row:                   \
	MOV  (R9), F8      \
	MOV  (R8), F12     \
	ADD  R4, R9        \
	ADD  R4, R8        \
	FSUB_4S(8, 8, 16)  \
	FADD_4S(0, 0, 12)  \
	FMUL_4S(8, 8, 20)  \
	FMLA_4S(4, 12, 8)  \
	SUBS $1, R11       \
	BNE  row           \
	MOV  F0, (R0)      \
	MOV  F4, (R1)      \
	ADD  $size, R0     \
	ADD  $size, R1     \
	ADD  $size, R5     \
	ADD  $size, R6     \
	ADD  $size, R7     \
	ADD  $size, R12

TEXT ·GradColsF32_NEON(SB), NOSPLIT, $0-72
	MOVD sum+0(FP), R0
	MOVD dot+8(FP), R1
	MOVD grad+16(FP), R5
	MOVD x+24(FP), R6
	MOVD mean+32(FP), R7
	MOVD rstd+40(FP), R12
	MOVD n+48(FP), R2
	MOVD rows+56(FP), R3
	MOVD ld+64(FP), R4
	LSL  $2, R4
	SUBS $16, R2
	BLT  narrow
wide:
	LD4(R0, F0, F1, F2, F3)
	LD4(R1, F4, F5, F6, F7)
	LD4P(R7, F16, F17, F18, F19)
	LD4P(R12, F20, F21, F22, F23)
	MOVD R5, R8
	MOVD R6, R9
	MOVD R3, R11
wrow:
	LD4(R9, F8, F9, F10, F11)
	LD4(R8, F12, F13, F14, F15)
	ADD  R4, R9
	ADD  R4, R8
	FSUB4(8, 8, 16)
	FADD4(0, 0, 12)
	FMUL4(8, 8, 20)
	FMLA4(4, 12, 8)
	SUBS $1, R11
	BNE  wrow
	ST4P(R0, F0, F1, F2, F3)
	ST4P(R1, F4, F5, F6, F7)
	ADD  $64, R5
	ADD  $64, R6
	SUBS $16, R2
	BGE  wide
	COLUMNS(GRADCOL)

// func ParamRowsF32_NEON(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)
//
// GradCols with a mean and an rstd for each row, at R13 and R14.
#define PARAMCOL(MOV, size, row) \
	MOV  (R0), F0      \
	MOV  (R1), F4      \
	MOVD R7, R13       \
	MOVD R12, R14      \
	MOVD R5, R8        \
	MOVD R6, R9        \
	MOVD R3, R11       \
row:                   \
	MOV  (R9), F8      \
	MOV  (R8), F12     \
	VLD1R.P 4(R13), [V16.S4] \
	VLD1R.P 4(R14), [V20.S4] \
	ADD  R4, R9        \
	ADD  R4, R8        \
	FSUB_4S(8, 8, 16)  \
	FADD_4S(0, 0, 12)  \
	FMUL_4S(8, 8, 20)  \
	FMLA_4S(4, 12, 8)  \
	SUBS $1, R11       \
	BNE  row           \
	MOV  F0, (R0)      \
	MOV  F4, (R1)      \
	ADD  $size, R0     \
	ADD  $size, R1     \
	ADD  $size, R5     \
	ADD  $size, R6

TEXT ·ParamRowsF32_NEON(SB), NOSPLIT, $0-72
	MOVD sum+0(FP), R0
	MOVD dot+8(FP), R1
	MOVD grad+16(FP), R5
	MOVD x+24(FP), R6
	MOVD mean+32(FP), R7
	MOVD rstd+40(FP), R12
	MOVD n+48(FP), R2
	MOVD rows+56(FP), R3
	MOVD ld+64(FP), R4
	LSL  $2, R4
	SUBS $16, R2
	BLT  narrow
wide:
	LD4(R0, F0, F1, F2, F3)
	LD4(R1, F4, F5, F6, F7)
	MOVD R7, R13
	MOVD R12, R14
	MOVD R5, R8
	MOVD R6, R9
	MOVD R3, R11
wrow:
	LD4(R9, F8, F9, F10, F11)
	LD4(R8, F12, F13, F14, F15)
	VLD1R.P 4(R13), [V16.S4]
	VLD1R.P 4(R14), [V20.S4]
	ADD  R4, R9
	ADD  R4, R8
	FSUB4TO1(8, 8, 16)
	FADD4(0, 0, 12)
	FMUL4TO1(8, 8, 20)
	FMLA4(4, 12, 8)
	SUBS $1, R11
	BNE  wrow
	ST4P(R0, F0, F1, F2, F3)
	ST4P(R1, F4, F5, F6, F7)
	ADD  $64, R5
	ADD  $64, R6
	SUBS $16, R2
	BGE  wide
	COLUMNS(PARAMCOL)

// func ApplyColsF32_NEON(y, x, mean, rstd, gamma, beta *float32, n, rows, ld int)
//
// y = ((x - mean) * rstd)*gamma + beta, the last addition fused.
#define APPLYCOL(MOV, size, row) \
	MOV  (R5), F0      \
	MOV  (R6), F4      \
	MOV  (R7), F16     \
	MOV  (R12), F20    \
	MOVD R0, R8        \
	MOVD R1, R9        \
	MOVD R3, R11       \
row:                   \
	MOV  (R9), F8      \
	ADD  R4, R9        \
	FSUB_4S(8, 8, 0)   \
	MOV_16B(12, 20)    \
	FMUL_4S(8, 8, 4)   \
	FMLA_4S(12, 8, 16) \
	MOV  F12, (R8)     \
	ADD  R4, R8        \
	SUBS $1, R11       \
	BNE  row           \
	ADD  $size, R0     \
	ADD  $size, R1     \
	ADD  $size, R5     \
	ADD  $size, R6     \
	ADD  $size, R7     \
	ADD  $size, R12

TEXT ·ApplyColsF32_NEON(SB), NOSPLIT, $0-72
	MOVD y+0(FP), R0
	MOVD x+8(FP), R1
	MOVD mean+16(FP), R5
	MOVD rstd+24(FP), R6
	MOVD gamma+32(FP), R7
	MOVD beta+40(FP), R12
	MOVD n+48(FP), R2
	MOVD rows+56(FP), R3
	MOVD ld+64(FP), R4
	LSL  $2, R4
	SUBS $16, R2
	BLT  narrow
wide:
	LD4P(R5, F0, F1, F2, F3)
	LD4P(R6, F4, F5, F6, F7)
	LD4P(R7, F16, F17, F18, F19)
	LD4P(R12, F20, F21, F22, F23)
	MOVD R0, R8
	MOVD R1, R9
	MOVD R3, R11
wrow:
	LD4(R9, F8, F9, F10, F11)
	ADD  R4, R9
	FSUB4(8, 8, 0)
	MOV_16B(12, 20)
	MOV_16B(13, 21)
	MOV_16B(14, 22)
	MOV_16B(15, 23)
	FMUL4(8, 8, 4)
	FMLA4(12, 8, 16)
	ST4(R8, F12, F13, F14, F15)
	ADD  R4, R8
	SUBS $1, R11
	BNE  wrow
	ADD  $64, R0
	ADD  $64, R1
	SUBS $16, R2
	BGE  wide
	COLUMNS(APPLYCOL)

// func DXColsF32_NEON(dx, grad, x, mean, rstd, scale, sum, dot *float32, n, rows, ld int)
//
// h = (x - mean) * rstd; dx = scale * ((g - sum) - h*dot), the last product in the bracket fused.
#define DXCOL(MOV, size, row) \
	MOV  (R6), F16     \
	MOV  (R7), F20     \
	MOV  (R12), F24    \
	MOV  (R13), F28    \
	MOV  (R14), F0     \
	MOVD R0, R8        \
	MOVD R1, R9        \
	MOVD R5, R10       \
	MOVD R3, R11       \
row:                   \
	MOV  (R10), F4     \
	MOV  (R9), F8      \
	ADD  R4, R10       \
	ADD  R4, R9        \
	FSUB_4S(4, 4, 16)  \
	FSUB_4S(8, 8, 28)  \
	FMUL_4S(4, 4, 20)  \
	FMLS_4S(8, 4, 0)   \
	FMUL_4S(8, 8, 24)  \
	MOV  F8, (R8)      \
	ADD  R4, R8        \
	SUBS $1, R11       \
	BNE  row           \
	ADD  $size, R0     \
	ADD  $size, R1     \
	ADD  $size, R5     \
	ADD  $size, R6     \
	ADD  $size, R7     \
	ADD  $size, R12    \
	ADD  $size, R13    \
	ADD  $size, R14

TEXT ·DXColsF32_NEON(SB), NOSPLIT, $0-88
	MOVD dx+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD x+16(FP), R5
	MOVD mean+24(FP), R6
	MOVD rstd+32(FP), R7
	MOVD scale+40(FP), R12
	MOVD sum+48(FP), R13
	MOVD dot+56(FP), R14
	MOVD n+64(FP), R2
	MOVD rows+72(FP), R3
	MOVD ld+80(FP), R4
	LSL  $2, R4
	SUBS $16, R2
	BLT  narrow
wide:
	LD4P(R6, F16, F17, F18, F19)
	LD4P(R7, F20, F21, F22, F23)
	LD4P(R12, F24, F25, F26, F27)
	LD4P(R13, F28, F29, F30, F31)
	LD4P(R14, F0, F1, F2, F3)
	MOVD R0, R8
	MOVD R1, R9
	MOVD R5, R10
	MOVD R3, R11
wrow:
	LD4(R10, F4, F5, F6, F7)
	LD4(R9, F8, F9, F10, F11)
	ADD  R4, R10
	ADD  R4, R9
	FSUB4(4, 4, 16)
	FSUB4(8, 8, 28)
	FMUL4(4, 4, 20)
	FMLS4(8, 4, 0)
	FMUL4(8, 8, 24)
	ST4(R8, F8, F9, F10, F11)
	ADD  R4, R8
	SUBS $1, R11
	BNE  wrow
	ADD  $64, R0
	ADD  $64, R1
	ADD  $64, R5
	SUBS $16, R2
	BGE  wide
	COLUMNS(DXCOL)
