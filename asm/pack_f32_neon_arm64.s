//go:build !purego

#include "textflag.h"

// func TransposeF32_8_NEON(dst, src *float32, ld, kc, width int)
//
// dst[width*k+i] = src[ld*i+k] for 0 <= i < 8, in blocks of 8 rows and 4 steps.
//
//	R0        dst;  R5  width in bytes
//	R1 .. R4, R7 .. R10  the eight rows;  R6  steps left
//	V0 .. V7  a block;  V16 .. V23 half transposed;  V24 .. V31 transposed
//
// A block of 32 floats is 8 loads, 16 permutations, 4 stores of pairs: 34 instructions with the loop, 1.1 for a float. Bound by the
// permutations: 16 cycles with one pipe for them, 8 with two.
#define PAIR(x, y, lo, hi) \
	VTRN1 y.S4, x.S4, lo.S4 \
	VTRN2 y.S4, x.S4, hi.S4

#define QUAD(a, b, c, d, o0, o1, o2, o3) \
	VTRN1 c.D2, a.D2, o0.D2 \
	VTRN1 d.D2, b.D2, o1.D2 \
	VTRN2 c.D2, a.D2, o2.D2 \
	VTRN2 d.D2, b.D2, o3.D2

TEXT ·TransposeF32_8_NEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD ld+16(FP), R11
	MOVD kc+24(FP), R6
	MOVD width+32(FP), R5
	LSL  $2, R11
	LSL  $2, R5
	ADD  R11, R1, R2
	ADD  R11, R2, R3
	ADD  R11, R3, R4
	ADD  R11, R4, R7
	ADD  R11, R7, R8
	ADD  R11, R8, R9
	ADD  R11, R9, R10
block8:
	FMOVQ.P 16(R1), F0
	FMOVQ.P 16(R2), F1
	FMOVQ.P 16(R3), F2
	FMOVQ.P 16(R4), F3
	FMOVQ.P 16(R7), F4
	FMOVQ.P 16(R8), F5
	FMOVQ.P 16(R9), F6
	FMOVQ.P 16(R10), F7
	PAIR(V0, V1, V16, V17)
	PAIR(V2, V3, V18, V19)
	PAIR(V4, V5, V20, V21)
	PAIR(V6, V7, V22, V23)
	QUAD(V16, V17, V18, V19, V24, V26, V28, V30)
	QUAD(V20, V21, V22, V23, V25, V27, V29, V31)
	FSTPQ (F24, F25), (R0)
	ADD   R5, R0
	FSTPQ (F26, F27), (R0)
	ADD   R5, R0
	FSTPQ (F28, F29), (R0)
	ADD   R5, R0
	FSTPQ (F30, F31), (R0)
	ADD   R5, R0
	SUBS  $4, R6
	BNE   block8
	RET

// func TransposeF32_4_NEON(dst, src *float32, ld, kc, width int)
//
// The same for 4 rows, R1 .. R4.
TEXT ·TransposeF32_4_NEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD ld+16(FP), R11
	MOVD kc+24(FP), R6
	MOVD width+32(FP), R5
	LSL  $2, R11
	LSL  $2, R5
	ADD  R11, R1, R2
	ADD  R11, R2, R3
	ADD  R11, R3, R4
block4:
	FMOVQ.P 16(R1), F0
	FMOVQ.P 16(R2), F1
	FMOVQ.P 16(R3), F2
	FMOVQ.P 16(R4), F3
	PAIR(V0, V1, V16, V17)
	PAIR(V2, V3, V18, V19)
	QUAD(V16, V17, V18, V19, V24, V26, V28, V30)
	FMOVQ F24, (R0)
	ADD   R5, R0
	FMOVQ F26, (R0)
	ADD   R5, R0
	FMOVQ F28, (R0)
	ADD   R5, R0
	FMOVQ F30, (R0)
	ADD   R5, R0
	SUBS  $4, R6
	BNE   block4
	RET

// func TransposeF32_2_NEON(dst, src *float32, ld, kc, width int)
//
// The same for 2 rows, R1 and R2.
TEXT ·TransposeF32_2_NEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD ld+16(FP), R2
	MOVD kc+24(FP), R6
	MOVD width+32(FP), R5
	ADD  R2<<2, R1, R2
	LSL  $2, R5
block2:
	FMOVQ.P 16(R1), F0
	FMOVQ.P 16(R2), F1
	VZIP1   V1.S4, V0.S4, V2.S4
	VZIP2   V1.S4, V0.S4, V3.S4
	VST1.P  V2.D[0], (R0)(R5)
	VST1.P  V2.D[1], (R0)(R5)
	VST1.P  V3.D[0], (R0)(R5)
	VST1.P  V3.D[1], (R0)(R5)
	SUBS    $4, R6
	BNE     block2
	RET

// func CopyF32_NEON(dst, src *float32, ld, kc, w, width int)
//
// dst[width*k+j] = src[ld*k+j] for j < w <= 12.
//
//	R0, R5  dst, and the way to the next step;  R1, R2  src and the way
//	R3      steps left;  R4  w;  R7, R8  a row;  R9  columns left of it
//	R10     what is prefetched, 16 steps ahead
//
// 12 columns are a load, a store, and 4 more instructions. Bound: 3 stores of 16 bytes, 3 cycles.
TEXT ·CopyF32_NEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD ld+16(FP), R2
	MOVD kc+24(FP), R3
	MOVD w+32(FP), R4
	MOVD width+40(FP), R5
	LSL  $2, R2
	LSL  $2, R5
	ADD  R2<<4, R1, R10
	CMP  $12, R4
	BEQ  twelve
	CMP  $8, R4
	BEQ  eight
some:
	PRFM (R10), PLDL1KEEP
	MOVD R0, R7
	MOVD R1, R8
	MOVD R4, R9
fours:
	SUBS    $4, R9
	BLT     two
	FMOVQ.P 16(R8), F0
	FMOVQ.P F0, 16(R7)
	JMP     fours
two:
	TBZ     $1, R9, one
	FMOVD.P 8(R8), F0
	FMOVD.P F0, 8(R7)
one:
	TBZ     $0, R9, row
	FMOVS   (R8), F0
	FMOVS   F0, (R7)
row:
	ADD  R5, R0
	ADD  R2, R1
	ADD  R2, R10
	SUBS $1, R3
	BNE  some
	RET
twelve:
	PRFM   (R10), PLDL1KEEP
	VLD1.P (R1)(R2), [V0.S4, V1.S4, V2.S4]
	ADD    R2, R10
	VST1.P [V0.S4, V1.S4, V2.S4], (R0)(R5)
	SUBS   $1, R3
	BNE    twelve
	RET
eight:
	PRFM   (R10), PLDL1KEEP
	VLD1.P (R1)(R2), [V0.S4, V1.S4]
	ADD    R2, R10
	VST1.P [V0.S4, V1.S4], (R0)(R5)
	SUBS   $1, R3
	BNE    eight
	RET
