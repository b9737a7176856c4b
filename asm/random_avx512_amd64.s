//go:build !purego

#include "textflag.h"

// What random numbers are turned into, 16 at a time, the last under a mask; n is positive. Each is one load, two to five
// operations and one store for 16 numbers, little beside the 17 cycles that drawing them takes.
//
//	DI dst, SI u, CX n; K1 the mask, K2 a comparison

// MASK: K1 = the lanes of the next min(CX, 16) numbers.
#define MASK \
	MOVL    $0xffff, AX \
	MOVL    $1, BX      \
	SHLQ    CX, BX      \
	DECQ    BX          \
	CMPQ    CX, $16     \
	CMOVQLT BX, AX      \
	KMOVW   AX, K1

// func UniformF32_AVX512(dst *float32, u *uint32, n int)
//
// float32(u>>8) * 2^-24.
TEXT ·UniformF32_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x33800000, AX
	VPBROADCASTD AX, Z7

loop:
	MASK
	VMOVDQU32.Z (SI), K1, Z0
	VPSRLD    $8, Z0, Z0
	VCVTDQ2PS Z0, Z0
	VMULPS    Z7, Z0, Z0
	VMOVUPS   Z0, K1, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JGT  loop
	VZEROUPPER
	RET

// func BernoulliF32_AVX512(dst *float32, u *uint32, n int, last uint32, scale float32)
//
// u <= last ? scale : +0.
TEXT ·BernoulliF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS last+24(FP), Z6
	VBROADCASTSS scale+28(FP), Z7

loop:
	MASK
	VMOVDQU32.Z (SI), K1, Z0
	VPCMPUD     $2, Z6, Z0, K2
	VMOVDQA32.Z Z7, K2, Z0
	VMOVDQU32   Z0, K1, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JGT  loop
	VZEROUPPER
	RET

// func LatentI16_AVX512(dst *int16, u *uint32, n int)
//
// ((2h-65535)*7094 + 2^15) >> 16 with h = u>>16. VPMADDWD multiplies h-2^15 by 14188 and adds 7094.
TEXT ·LatentI16_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x00018000, AX
	VPBROADCASTD AX, Z5
	MOVL $0x1bb6376c, AX
	VPBROADCASTD AX, Z6
	MOVL $0x8000, AX
	VPBROADCASTD AX, Z7

loop:
	MASK
	VMOVDQU32.Z (SI), K1, Z0
	VPSRLD   $16, Z0, Z0
	VPXORD   Z5, Z0, Z0
	VPMADDWD Z6, Z0, Z0
	VPADDD   Z7, Z0, Z0
	VPSRAD   $16, Z0, Z0
	VPMOVDW  Z0, K1, (DI)
	ADDQ $64, SI
	ADDQ $32, DI
	SUBQ $16, CX
	JGT  loop
	VZEROUPPER
	RET
