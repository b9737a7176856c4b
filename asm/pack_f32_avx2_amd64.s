//go:build !purego

#include "textflag.h"

// Transposition in blocks of 8 steps, in registers: eight rows in Y0 .. Y7, eight columns out in Y8 .. Y15.
//
//	SI, R10   rows 0 and 4 of src;  R8, R9 ld and 3 ld in bytes
//	DI, DX    dst;  width in bytes
//
// A block moves 256 bytes in and 256 out with 24 shuffles. Bound: the shuffle ports, 12 to 24 cycles for 64 floats.
#define TRANSPOSE \
	VUNPCKLPS Y1, Y0, Y8 \
	VUNPCKHPS Y1, Y0, Y9 \
	VUNPCKLPS Y3, Y2, Y10 \
	VUNPCKHPS Y3, Y2, Y11 \
	VUNPCKLPS Y5, Y4, Y12 \
	VUNPCKHPS Y5, Y4, Y13 \
	VUNPCKLPS Y7, Y6, Y14 \
	VUNPCKHPS Y7, Y6, Y15 \
	VUNPCKLPD Y10, Y8, Y0 \
	VUNPCKHPD Y10, Y8, Y1 \
	VUNPCKLPD Y11, Y9, Y2 \
	VUNPCKHPD Y11, Y9, Y3 \
	VUNPCKLPD Y14, Y12, Y4 \
	VUNPCKHPD Y14, Y12, Y5 \
	VUNPCKLPD Y15, Y13, Y6 \
	VUNPCKHPD Y15, Y13, Y7 \
	VPERM2F128 $0x20, Y4, Y0, Y8 \
	VPERM2F128 $0x20, Y5, Y1, Y9 \
	VPERM2F128 $0x20, Y6, Y2, Y10 \
	VPERM2F128 $0x20, Y7, Y3, Y11 \
	VPERM2F128 $0x31, Y4, Y0, Y12 \
	VPERM2F128 $0x31, Y5, Y1, Y13 \
	VPERM2F128 $0x31, Y6, Y2, Y14 \
	VPERM2F128 $0x31, Y7, Y3, Y15

#define PUT(y) \
	VMOVUPS y, (DI) \
	ADDQ    DX, DI

// func TransposeF32_8_AVX2(dst, src *float32, ld, kc, width int)
TEXT ·TransposeF32_8_AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	MOVQ width+32(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (R8)(R8*2), R9
	LEAQ (SI)(R8*4), R10

loop:
	VMOVUPS (SI), Y0
	VMOVUPS (SI)(R8*1), Y1
	VMOVUPS (SI)(R8*2), Y2
	VMOVUPS (SI)(R9*1), Y3
	VMOVUPS (R10), Y4
	VMOVUPS (R10)(R8*1), Y5
	VMOVUPS (R10)(R8*2), Y6
	VMOVUPS (R10)(R9*1), Y7
	TRANSPOSE
	PUT(Y8); PUT(Y9); PUT(Y10); PUT(Y11)
	PUT(Y12); PUT(Y13); PUT(Y14); PUT(Y15)
	ADDQ $32, SI
	ADDQ $32, R10
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET

// func CopyF32_16_AVX2(dst, src *float32, ld, kc int)
//
// dst[16*k+j] = src[ld*k+j] for j < 16.
TEXT ·CopyF32_16_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	SHLQ $2, R8
	LEAQ (SI)(R8*8), R9

steps:
	PREFETCHT0 (R9)
	PREFETCHT0 60(R9)
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ $64, DI
	DECQ CX
	JNZ  steps
	VZEROUPPER
	RET

// func CopyF32_8_AVX2(dst, src *float32, ld, kc int)
//
// dst[8*k+j] = src[ld*k+j] for j < 8.
TEXT ·CopyF32_8_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	SHLQ $2, R8
	LEAQ (SI)(R8*8), R9

steps:
	PREFETCHT0 (R9)
	VMOVUPS (SI), Y0
	VMOVUPS Y0, (DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ $32, DI
	DECQ CX
	JNZ  steps
	VZEROUPPER
	RET

// func CopyF32_Some_AVX2(dst, src *float32, ld, kc, w, width int)
//
// dst[width*k+j] = src[ld*k+j] for j < w <= 16, in two registers under masks.
TEXT ·CopyF32_Some_AVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	MOVQ w+32(FP), AX
	MOVQ width+40(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (SI)(R8*8), R9
	LEAQ laneMasks16<>+64(SB), BX
	MOVQ AX, R10
	NEGQ R10
	VMOVUPS (BX)(R10*4), Y2
	VMOVUPS 32(BX)(R10*4), Y3
	CMPQ AX, $8
	JLE  one

two:
	PREFETCHT0 (R9)
	PREFETCHT0 32(R9)
	VMOVUPS    (SI), Y0
	VMASKMOVPS 32(SI), Y3, Y1
	VMOVUPS    Y0, (DI)
	VMASKMOVPS Y1, Y3, 32(DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ DX, DI
	DECQ CX
	JNZ  two
	VZEROUPPER
	RET

one:
	PREFETCHT0 (R9)
	VMASKMOVPS (SI), Y2, Y0
	VMASKMOVPS Y0, Y2, (DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ DX, DI
	DECQ CX
	JNZ  one
	VZEROUPPER
	RET

// 16 ones, 16 zeros: the mask of n lanes begins n floats before the zeros.
DATA laneMasks16<>+0(SB)/8, $-1
DATA laneMasks16<>+8(SB)/8, $-1
DATA laneMasks16<>+16(SB)/8, $-1
DATA laneMasks16<>+24(SB)/8, $-1
DATA laneMasks16<>+32(SB)/8, $-1
DATA laneMasks16<>+40(SB)/8, $-1
DATA laneMasks16<>+48(SB)/8, $-1
DATA laneMasks16<>+56(SB)/8, $-1
DATA laneMasks16<>+64(SB)/8, $0
DATA laneMasks16<>+72(SB)/8, $0
DATA laneMasks16<>+80(SB)/8, $0
DATA laneMasks16<>+88(SB)/8, $0
DATA laneMasks16<>+96(SB)/8, $0
DATA laneMasks16<>+104(SB)/8, $0
DATA laneMasks16<>+112(SB)/8, $0
DATA laneMasks16<>+120(SB)/8, $0
GLOBL laneMasks16<>(SB), RODATA|NOPTR, $128
