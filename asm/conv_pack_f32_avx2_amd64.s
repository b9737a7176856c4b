//go:build !purego

#include "textflag.h"

// func TransposeF32_2_AVX2(dst, src *float32, ld, kc int)
//
// dst[2*k+i] = src[ld*i+k] for i < 2, 8 steps at a time: 64 bytes in and out with 4 shuffles.
TEXT ·TransposeF32_2_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX

loop:
	VMOVUPS    (SI), Y0
	VMOVUPS    (SI)(R8*4), Y1
	VUNPCKLPS  Y1, Y0, Y2
	VUNPCKHPS  Y1, Y0, Y3
	VPERM2F128 $0x20, Y3, Y2, Y0
	VPERM2F128 $0x31, Y3, Y2, Y1
	VMOVUPS    Y0, (DI)
	VMOVUPS    Y1, 32(DI)
	ADDQ $32, SI
	ADDQ $64, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
