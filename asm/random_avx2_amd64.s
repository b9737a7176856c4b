//go:build !purego

#include "textflag.h"

// What random numbers are turned into; n is a positive multiple of 16. Each is one load and three to seven operations for
// eight numbers, little beside the 20 cycles that drawing them takes.
//
//	DI dst, SI u, CX n

// Constants of LatentI16_AVX2.
DATA latent<>+0(SB)/4, $0x00018000
DATA latent<>+4(SB)/4, $0x1bb6376c // 7094, 14188
DATA latent<>+8(SB)/4, $0x00008000
GLOBL latent<>(SB), RODATA|NOPTR, $12

// func UniformF32_AVX2(dst *float32, u *uint32, n int)
//
// float32(u>>8) * 2^-24.
TEXT ·UniformF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x33800000, AX
	VMOVD AX, X7
	VPBROADCASTD X7, Y7

loop:
	VMOVDQU   (SI), Y0
	VMOVDQU   32(SI), Y1
	VPSRLD    $8, Y0, Y0
	VPSRLD    $8, Y1, Y1
	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y1, Y1
	VMULPS    Y7, Y0, Y0
	VMULPS    Y7, Y1, Y1
	VMOVUPS   Y0, (DI)
	VMOVUPS   Y1, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET

// func BernoulliF32_AVX2(dst *float32, u *uint32, n int, last uint32, scale float32)
//
// u <= last ? scale : +0. The comparison: u is the smaller of u and last.
TEXT ·BernoulliF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS last+24(FP), Y6
	VBROADCASTSS scale+28(FP), Y7

loop:
	VMOVDQU  (SI), Y0
	VMOVDQU  32(SI), Y1
	VPMINUD  Y0, Y6, Y2
	VPMINUD  Y1, Y6, Y3
	VPCMPEQD Y0, Y2, Y2
	VPCMPEQD Y1, Y3, Y3
	VPAND    Y7, Y2, Y2
	VPAND    Y7, Y3, Y3
	VMOVDQU  Y2, (DI)
	VMOVDQU  Y3, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET

// func LatentI16_AVX2(dst *int16, u *uint32, n int)
//
// ((2h-65535)*7094 + 2^15) >> 16 with h = u>>16. VPMADDWD multiplies h-2^15 by 14188 and adds 7094.
TEXT ·LatentI16_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ n+16(FP), CX
	VPBROADCASTD latent<>+0(SB), Y5
	VPBROADCASTD latent<>+4(SB), Y6
	VPBROADCASTD latent<>+8(SB), Y7

loop:
	VMOVDQU   (SI), Y0
	VMOVDQU   32(SI), Y1
	VPSRLD    $16, Y0, Y0
	VPSRLD    $16, Y1, Y1
	VPXOR     Y5, Y0, Y0
	VPXOR     Y5, Y1, Y1
	VPMADDWD  Y6, Y0, Y0
	VPMADDWD  Y6, Y1, Y1
	VPADDD    Y7, Y0, Y0
	VPADDD    Y7, Y1, Y1
	VPSRAD    $16, Y0, Y0
	VPSRAD    $16, Y1, Y1
	VPACKSSDW Y1, Y0, Y0
	VPERMQ    $0xd8, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ $64, SI
	ADDQ $32, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET
