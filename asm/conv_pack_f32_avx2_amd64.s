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

// func TransposeF32_6_AVX2(dst, src *float32, ld, kc int)
//
// dst[6*k+i] = src[ld*i+k] for i < 6, 8 steps at a time: six rows in Y0 .. Y5, whose columns are stored as 8 floats of
// which the next store overwrites two. 192 bytes in and out with 22 shuffles.
#define COLUMN(y) \
	VMOVUPS y, (DI) \
	ADDQ    $24, DI

TEXT ·TransposeF32_6_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (SI)(R9*1), R10

loop6:
	VMOVUPS    (SI), Y0
	VMOVUPS    (SI)(R8*1), Y1
	VMOVUPS    (SI)(R8*2), Y2
	VMOVUPS    (R10), Y3
	VMOVUPS    (R10)(R8*1), Y4
	VMOVUPS    (R10)(R8*2), Y5
	VUNPCKLPS  Y1, Y0, Y8
	VUNPCKHPS  Y1, Y0, Y9
	VUNPCKLPS  Y3, Y2, Y10
	VUNPCKHPS  Y3, Y2, Y11
	VUNPCKLPS  Y5, Y4, Y12
	VUNPCKHPS  Y5, Y4, Y13
	VUNPCKLPD  Y10, Y8, Y0
	VUNPCKHPD  Y10, Y8, Y1
	VUNPCKLPD  Y11, Y9, Y2
	VUNPCKHPD  Y11, Y9, Y3
	VUNPCKHPD  Y12, Y12, Y5
	VUNPCKHPD  Y13, Y13, Y7
	VPERM2F128 $0x20, Y12, Y0, Y8
	VPERM2F128 $0x20, Y5, Y1, Y9
	VPERM2F128 $0x20, Y13, Y2, Y10
	VPERM2F128 $0x20, Y7, Y3, Y11
	VPERM2F128 $0x31, Y12, Y0, Y0
	VPERM2F128 $0x31, Y5, Y1, Y1
	VPERM2F128 $0x31, Y13, Y2, Y2
	VPERM2F128 $0x31, Y7, Y3, Y3
	COLUMN(Y8)
	COLUMN(Y9)
	COLUMN(Y10)
	COLUMN(Y11)
	COLUMN(Y0)
	COLUMN(Y1)
	COLUMN(Y2)
	VMOVUPS      X3, (DI)
	VEXTRACTF128 $1, Y3, X3
	VMOVLPS      X3, 16(DI)
	ADDQ $24, DI
	ADDQ $32, SI
	ADDQ $32, R10
	SUBQ $8, CX
	JNZ  loop6
	VZEROUPPER
	RET
