//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func GemmF32_8x12_NEON(kc int, a, b *float32, ldb int, c *float32, ldc int, add int)
//
// C[8x12] = or += A·B over kc steps. A is packed, 8 floats a step; a step of B is 12 floats, ldb floats apart.
//
//	V8 .. V31   the tile: row i in V(8+3i), V(9+3i), V(10+3i)
//	V0 .. V2    a step of B;  V3, V4  a step of A
//	R0          steps left;  R1, R2  A, B at the current step;  R5  ldb in bytes
//	R3, R4      C, ldc in bytes
//
// A step loads 32 + 48 bytes in 3 loads and does 24 FMLAs of 4 lanes. Bound: 24 cycles with one FMLA pipe (A72), 12
// with two (N1), 6 with four (V1). llvm-mca models 24.2 for an A57 and 8.1 for an M1 (bound 8).
#define ROW(c, m, i) \
	FMLA_EL(c, 0, m, i)   \
	FMLA_EL(c+1, 1, m, i) \
	FMLA_EL(c+2, 2, m, i)

#define ZERO3(x, y, z) \
	VEOR x.B16, x.B16, x.B16 \
	VEOR y.B16, y.B16, y.B16 \
	VEOR z.B16, z.B16, z.B16

#define SET(x, y, z) \
	VST1 [x.S4, y.S4, z.S4], (R3) \
	ADD  R4, R3

#define ADDTO(c, x, y, z) \
	VLD1 (R3), [V0.S4, V1.S4, V2.S4] \
	FADD_4S(c, 0, c)     \
	FADD_4S(c+1, 1, c+1) \
	FADD_4S(c+2, 2, c+2) \
	SET(x, y, z)

TEXT ·GemmF32_8x12_NEON(SB), NOSPLIT, $0-56
	MOVD kc+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R2
	MOVD ldb+24(FP), R5
	MOVD c+32(FP), R3
	MOVD ldc+40(FP), R4
	MOVD add+48(FP), R6
	LSL  $2, R5
	LSL  $2, R4
	ZERO3(V8, V9, V10)
	ZERO3(V11, V12, V13)
	ZERO3(V14, V15, V16)
	ZERO3(V17, V18, V19)
	ZERO3(V20, V21, V22)
	ZERO3(V23, V24, V25)
	ZERO3(V26, V27, V28)
	ZERO3(V29, V30, V31)
	CBZ  R0, store
	PCALIGN $16
step:
	FLDPQ   (R2), (F0, F1)
	FMOVQ   32(R2), F2
	FLDPQ.P 32(R1), (F3, F4)
	ADD     R5, R2
	ROW(8, 3, 0)
	ROW(11, 3, 1)
	ROW(14, 3, 2)
	ROW(17, 3, 3)
	ROW(20, 4, 0)
	ROW(23, 4, 1)
	ROW(26, 4, 2)
	ROW(29, 4, 3)
	SUBS $1, R0
	BNE  step
store:
	CBNZ R6, accumulate
	SET(V8, V9, V10)
	SET(V11, V12, V13)
	SET(V14, V15, V16)
	SET(V17, V18, V19)
	SET(V20, V21, V22)
	SET(V23, V24, V25)
	SET(V26, V27, V28)
	SET(V29, V30, V31)
	RET
accumulate:
	ADDTO(8, V8, V9, V10)
	ADDTO(11, V11, V12, V13)
	ADDTO(14, V14, V15, V16)
	ADDTO(17, V17, V18, V19)
	ADDTO(20, V20, V21, V22)
	ADDTO(23, V23, V24, V25)
	ADDTO(26, V26, V27, V28)
	ADDTO(29, V29, V30, V31)
	RET

// func TransposeF32_4_NEON(dst, src *float32, ld, kc, width int)
//
// dst[width*k+i] = src[ld*i+k] for 0 <= i < 4, in blocks of 4x4; kc is a positive multiple of 4.
//
//	R0        dst;  R5  width in bytes
//	R1 .. R4  the four rows;  R6  steps left
//	V0 .. V3  a block; V4 .. V7 half transposed; V16 .. V19 transposed
//
// A block is 4 loads, 8 permutations, 4 stores of 16 bytes: bound by the stores.
TEXT ·TransposeF32_4_NEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD ld+16(FP), R2
	MOVD kc+24(FP), R6
	MOVD width+32(FP), R5
	LSL  $2, R2, R4
	LSL  $2, R5
	ADD  R1, R4, R2
	ADD  R2, R4, R3
	ADD  R3, R4, R4
block:
	VLD1.P 16(R1), [V0.S4]
	VLD1.P 16(R2), [V1.S4]
	VLD1.P 16(R3), [V2.S4]
	VLD1.P 16(R4), [V3.S4]
	VTRN1  V1.S4, V0.S4, V4.S4
	VTRN2  V1.S4, V0.S4, V5.S4
	VTRN1  V3.S4, V2.S4, V6.S4
	VTRN2  V3.S4, V2.S4, V7.S4
	VTRN1  V6.D2, V4.D2, V16.D2
	VTRN1  V7.D2, V5.D2, V17.D2
	VTRN2  V6.D2, V4.D2, V18.D2
	VTRN2  V7.D2, V5.D2, V19.D2
	VST1   [V16.S4], (R0)
	ADD    R5, R0
	VST1   [V17.S4], (R0)
	ADD    R5, R0
	VST1   [V18.S4], (R0)
	ADD    R5, R0
	VST1   [V19.S4], (R0)
	ADD    R5, R0
	SUBS   $4, R6
	BNE    block
	RET

// func PeakF32_NEON(n int)
//
// n rounds of 24 independent FMLAs on registers.
TEXT ·PeakF32_NEON(SB), NOSPLIT, $0-8
	MOVD n+0(FP), R0
	ZERO3(V0, V1, V2)
	ZERO3(V3, V4, V8)
	ZERO3(V9, V10, V11)
	ZERO3(V12, V13, V14)
	ZERO3(V15, V16, V17)
	ZERO3(V18, V19, V20)
	ZERO3(V21, V22, V23)
	ZERO3(V24, V25, V26)
	ZERO3(V27, V28, V29)
	VEOR V30.B16, V30.B16, V30.B16
	VEOR V31.B16, V31.B16, V31.B16
	CBZ  R0, done
round:
	ROW(8, 3, 0)
	ROW(11, 3, 1)
	ROW(14, 3, 2)
	ROW(17, 3, 3)
	ROW(20, 4, 0)
	ROW(23, 4, 1)
	ROW(26, 4, 2)
	ROW(29, 4, 3)
	SUBS $1, R0
	BNE  round
done:
	RET
