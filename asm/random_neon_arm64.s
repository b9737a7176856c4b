//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"

// What random numbers are turned into; n is a positive multiple of 16. Each is a load of 16 bytes and two to four operations
// for four numbers, little beside the 26 cycles or more that drawing four of them takes.
//
//	R0 dst, R1 u, R2 numbers left
//	V0 .. V3    16 numbers;  V16, V17 constants

// func UniformF32_NEON(dst *float32, u *uint32, n int)
//
// float32(u>>8) * 2^-24.
TEXT ·UniformF32_NEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD u+8(FP), R1
	MOVD n+16(FP), R2
	MOVD $0x33800000, R3
	VDUP R3, V16.S4
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R1), (F2, F3)
	VUSHR   $8, V0.S4, V0.S4
	VUSHR   $8, V1.S4, V1.S4
	VUSHR   $8, V2.S4, V2.S4
	VUSHR   $8, V3.S4, V3.S4
	SCVTF_4S(0, 0)
	SCVTF_4S(1, 1)
	SCVTF_4S(2, 2)
	SCVTF_4S(3, 3)
	FMUL_4S(0, 0, 16)
	FMUL_4S(1, 1, 16)
	FMUL_4S(2, 2, 16)
	FMUL_4S(3, 3, 16)
	FSTPQ.P (F0, F1), 32(R0)
	FSTPQ.P (F2, F3), 32(R0)
	SUBS $16, R2
	BNE  loop
	RET

// func BernoulliF32_NEON(dst *float32, u *uint32, n int, last uint32, scale float32)
//
// u <= last ? scale : +0.
TEXT ·BernoulliF32_NEON(SB), NOSPLIT, $0-32
	MOVD  dst+0(FP), R0
	MOVD  u+8(FP), R1
	MOVD  n+16(FP), R2
	MOVWU last+24(FP), R3
	MOVWU scale+28(FP), R4
	VDUP  R3, V16.S4
	VDUP  R4, V17.S4
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R1), (F2, F3)
	CMHS_4S(0, 16, 0)
	CMHS_4S(1, 16, 1)
	CMHS_4S(2, 16, 2)
	CMHS_4S(3, 16, 3)
	AND_16B(0, 0, 17)
	AND_16B(1, 1, 17)
	AND_16B(2, 2, 17)
	AND_16B(3, 3, 17)
	FSTPQ.P (F0, F1), 32(R0)
	FSTPQ.P (F2, F3), 32(R0)
	SUBS $16, R2
	BNE  loop
	RET

// func LatentI16_NEON(dst *int16, u *uint32, n int)
//
// ((2h-65535)*7094 + 2^15) >> 16 with h = u>>16, as (h-2^15)*14188 + (7094+2^15).
TEXT ·LatentI16_NEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD u+8(FP), R1
	MOVD n+16(FP), R2
	MOVD $0x8000, R3
	VDUP R3, V16.H8
	MOVD $14188, R3
	VDUP R3, V17.H8
	MOVD $(7094+32768), R3
	VDUP R3, V18.S4
loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R1), (F2, F3)
	UZP2_8H(0, 0, 1)
	UZP2_8H(2, 2, 3)
	EOR_16B(0, 0, 16)
	EOR_16B(2, 2, 16)
	SMULL2_4S(1, 0, 17)
	SMULL_4S(0, 0, 17)
	SMULL2_4S(3, 2, 17)
	SMULL_4S(2, 2, 17)
	ADD_4S(0, 0, 18)
	ADD_4S(1, 1, 18)
	ADD_4S(2, 2, 18)
	ADD_4S(3, 3, 18)
	SHRN16_4H(0, 0)
	SHRN16_4H(2, 2)
	SHRN16_8H(0, 1)
	SHRN16_8H(2, 3)
	FSTPQ.P (F0, F2), 32(R0)
	SUBS $16, R2
	BNE  loop
	RET
