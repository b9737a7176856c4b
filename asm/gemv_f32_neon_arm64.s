//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func GemvF32_NEON(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)
//
// One row times a matrix: y += a·B, a chain over k for each element. The sums of 64 columns stay in registers while all steps
// go by, then those of the next; of the last fewer than 64, 16, 4 and 1 at a time.
//
//	V16 .. V31  sums
//	V0          an element of a;  V1 .. V12  B
//	R0          steps left;  R1, R6  a and the way to the next step;  R2, R5  B and the way
//	R3, R7      y, and the first step of B, of these columns;  R4  columns left
//	R8          what is prefetched, 8 steps ahead
//
// A step of 64 columns reads 260 bytes in 9 loads for 16 FMLAs. Bound: the loads, 16 cycles where a core loads 16 bytes a cycle (A53,
// A72) and 8 where it loads 32 (N1), and in truth the memory that B comes from.
#define FMLA4(c, b) \
	FMLA_EL(c, b, 0, 0)     \
	FMLA_EL(c+1, b+1, 0, 0) \
	FMLA_EL(c+2, b+2, 0, 0) \
	FMLA_EL(c+3, b+3, 0, 0)

#define BEGIN \
	MOVD kc+0(FP), R0 \
	MOVD a+16(FP), R1 \
	MOVD R7, R2

#define NEXT(loop) \
	ADD  R6, R1 \
	ADD  R5, R2 \
	SUBS $1, R0 \
	BNE  loop

TEXT ·GemvF32_NEON(SB), NOSPLIT, $0-56
	MOVD n+8(FP), R4
	MOVD aStep+24(FP), R6
	MOVD b+32(FP), R7
	MOVD ldb+40(FP), R5
	MOVD y+48(FP), R3
	LSL  $2, R6
	LSL  $2, R5

wide:
	SUBS $64, R4
	BLT  rest
	BEGIN
	ADD   R5<<3, R2, R8
	FLDPQ (R3), (F16, F17)
	FLDPQ 32(R3), (F18, F19)
	FLDPQ 64(R3), (F20, F21)
	FLDPQ 96(R3), (F22, F23)
	FLDPQ 128(R3), (F24, F25)
	FLDPQ 160(R3), (F26, F27)
	FLDPQ 192(R3), (F28, F29)
	FLDPQ 224(R3), (F30, F31)
	PCALIGN $16
wide1:
	FMOVS (R1), F0
	FLDPQ (R2), (F1, F2)
	FLDPQ 32(R2), (F3, F4)
	FLDPQ 64(R2), (F5, F6)
	FLDPQ 96(R2), (F7, F8)
	PRFM  (R8), PLDL1KEEP
	PRFM  64(R8), PLDL1KEEP
	FMLA4(16, 1)
	FLDPQ 128(R2), (F9, F10)
	FLDPQ 160(R2), (F11, F12)
	PRFM  128(R8), PLDL1KEEP
	PRFM  192(R8), PLDL1KEEP
	FMLA4(20, 5)
	FLDPQ 192(R2), (F1, F2)
	FLDPQ 224(R2), (F3, F4)
	ADD   R5, R8
	FMLA4(24, 9)
	FMLA4(28, 1)
	NEXT(wide1)
	FSTPQ.P (F16, F17), 32(R3)
	FSTPQ.P (F18, F19), 32(R3)
	FSTPQ.P (F20, F21), 32(R3)
	FSTPQ.P (F22, F23), 32(R3)
	FSTPQ.P (F24, F25), 32(R3)
	FSTPQ.P (F26, F27), 32(R3)
	FSTPQ.P (F28, F29), 32(R3)
	FSTPQ.P (F30, F31), 32(R3)
	ADD $256, R7
	JMP wide

rest:
	ADD $64, R4
middle:
	SUBS $16, R4
	BLT  few
	BEGIN
	FLDPQ (R3), (F16, F17)
	FLDPQ 32(R3), (F18, F19)
middle1:
	FMOVS (R1), F0
	FLDPQ (R2), (F1, F2)
	FLDPQ 32(R2), (F3, F4)
	FMLA4(16, 1)
	NEXT(middle1)
	FSTPQ.P (F16, F17), 32(R3)
	FSTPQ.P (F18, F19), 32(R3)
	ADD $64, R7
	JMP middle

few:
	ADD $16, R4
narrow:
	SUBS $4, R4
	BLT  single
	BEGIN
	FMOVQ (R3), F16
narrow1:
	FMOVS (R1), F0
	FMOVQ (R2), F1
	FMLA_EL(16, 1, 0, 0)
	NEXT(narrow1)
	FMOVQ.P F16, 16(R3)
	ADD $16, R7
	JMP narrow

single:
	ADDS $4, R4
	BEQ  done
ones:
	BEGIN
	FMOVS (R3), F16
ones1:
	FMOVS  (R1), F0
	FMOVS  (R2), F1
	FMADDS F1, F16, F0, F16
	NEXT(ones1)
	FMOVS.P F16, 4(R3)
	ADD  $4, R7
	SUBS $1, R4
	BNE  ones
done:
	RET
