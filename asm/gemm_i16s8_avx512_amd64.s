//go:build !purego

#include "textflag.h"
#include "words_avx512_amd64.h"

// TILES is the whole of a function: size is the bytes of a step of B.
#define TILES(size, begin, body, put) \
	MOVQ tiles+0(FP), CX \
	MOVQ steps+8(FP), AX \
	MOVQ a+16(FP), R11   \
	MOVQ lda+24(FP), R8  \
	MOVQ c+48(FP), DX    \
	MOVQ ldc+56(FP), R13 \
	SHLQ $2, R13         \
	LEAQ (R8)(R8*2), R9  \
tile: \
	MOVQ R11, SI         \
	LEAQ (R11)(R8*4), R10 \
	LEAQ (R11)(R8*8), R11 \
	MOVQ b+32(FP), DI    \
	MOVQ bias+40(FP), BX \
	begin                \
	MOVQ  AX, BX         \
	TESTQ BX, BX         \
	JZ    store          \
	PCALIGN $64          \
step: \
	body                 \
	ADDQ $8, SI          \
	ADDQ $8, R10         \
	ADDQ $size, DI       \
	DECQ BX              \
	JNZ  step            \
store: \
	put                  \
	DECQ CX              \
	JNZ  tile            \
	VZEROUPPER           \
	RET

#define HALF(ao, bo) \
	VPMOVSXBW bo(DI), Z16 \
	VPMOVSXBW (bo+32)(DI), Z17 \
	ROW(ao(SI), Z18, Z0, Z1) \
	ROW(ao(SI)(R8*1), Z19, Z2, Z3) \
	ROW(ao(SI)(R8*2), Z20, Z4, Z5) \
	ROW(ao(SI)(R9*1), Z21, Z6, Z7) \
	ROW(ao(R10), Z18, Z8, Z9) \
	ROW(ao(R10)(R8*1), Z19, Z10, Z11) \
	ROW(ao(R10)(R8*2), Z20, Z12, Z13) \
	ROW(ao(R10)(R9*1), Z21, Z14, Z15)

#define STEP32 \
	HALF(0, 0) \
	HALF(4, 64)

#define SET32(c0, c1) \
	VMOVDQU32 c0, (DX)   \
	VMOVDQU32 c1, 64(DX) \
	ADDQ      R13, DX

#define PUT32 \
	SET32(Z0, Z1); SET32(Z2, Z3); SET32(Z4, Z5); SET32(Z6, Z7) \
	SET32(Z8, Z9); SET32(Z10, Z11); SET32(Z12, Z13); SET32(Z14, Z15)

#define STEP16 \
	VPMOVSXBW (DI), Z16 \
	VPMOVSXBW 32(DI), Z17 \
	VPDPWSSD.BCST (SI), Z16, Z0 \
	VPDPWSSD.BCST (SI)(R8*1), Z16, Z1 \
	VPDPWSSD.BCST (SI)(R8*2), Z16, Z2 \
	VPDPWSSD.BCST (SI)(R9*1), Z16, Z3 \
	VPDPWSSD.BCST (R10), Z16, Z4 \
	VPDPWSSD.BCST (R10)(R8*1), Z16, Z5 \
	VPDPWSSD.BCST (R10)(R8*2), Z16, Z6 \
	VPDPWSSD.BCST (R10)(R9*1), Z16, Z7 \
	VPDPWSSD.BCST 4(SI), Z17, Z8 \
	VPDPWSSD.BCST 4(SI)(R8*1), Z17, Z9 \
	VPDPWSSD.BCST 4(SI)(R8*2), Z17, Z10 \
	VPDPWSSD.BCST 4(SI)(R9*1), Z17, Z11 \
	VPDPWSSD.BCST 4(R10), Z17, Z12 \
	VPDPWSSD.BCST 4(R10)(R8*1), Z17, Z13 \
	VPDPWSSD.BCST 4(R10)(R8*2), Z17, Z14 \
	VPDPWSSD.BCST 4(R10)(R9*1), Z17, Z15

#define SET16(c0) \
	VMOVDQU32 c0, (DX) \
	ADDQ      R13, DX

#define PUT16 \
	SUM16 \
	SET16(Z0); SET16(Z1); SET16(Z2); SET16(Z3); SET16(Z4); SET16(Z5); SET16(Z6); SET16(Z7)

// func GemmI16S8_8x32_AVX512(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// C[8x32] = bias + A·B, for one tile after another down A and C: rows of A lda bytes apart.
//
//	SI, R10     rows 0 and 4 of A;  R8, R9 lda and 3 lda;  R11 the next tile's A
//	DI          B;  DX, R13  C and ldc, in bytes
//	CX, AX, BX  tiles left, steps, steps left
TEXT ·GemmI16S8_8x32_AVX512(SB), NOSPLIT, $0-64
	TILES(128, BEGIN32, STEP32, PUT32)

// func GemmI16S8_8x16_AVX512(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// The same for 16 columns.
TEXT ·GemmI16S8_8x16_AVX512(SB), NOSPLIT, $0-64
	TILES(64, BEGIN16, STEP16, PUT16)

// func GemmI16S8_1x32_AVX512(panels, steps int, a, b *byte, bias, c *int32)
//
// The product with a vector: 32 columns at a time, one panel of B after another.
//
//	Z0, Z1 and Z2, Z3  sums over the first and over the other two values of even steps;  Z4 .. Z7  of odd ones
//	Z16 .. Z19         a step of B
//	SI, DI             A, B;  R8, DX  bias, C
//	CX, AX, BX         panels left, steps, steps left
//
// A step loads 128 + 8 bytes and does 4 VPMOVSXBW and 4 VPDPWSSD. Bound: 4 cycles, and reading B from where it lies.
#define STEP1(ao, bo, c0, c1, c2, c3) \
	VPMOVSXBW bo(DI), Z16 \
	VPMOVSXBW (bo+32)(DI), Z17 \
	VPMOVSXBW (bo+64)(DI), Z18 \
	VPMOVSXBW (bo+96)(DI), Z19 \
	VPDPWSSD.BCST ao(SI), Z16, c0 \
	VPDPWSSD.BCST ao(SI), Z17, c1 \
	VPDPWSSD.BCST (ao+4)(SI), Z18, c2 \
	VPDPWSSD.BCST (ao+4)(SI), Z19, c3

TEXT ·GemmI16S8_1x32_AVX512(SB), NOSPLIT, $0-48
	MOVQ panels+0(FP), CX
	MOVQ steps+8(FP), AX
	MOVQ b+24(FP), DI
	MOVQ bias+32(FP), R8
	MOVQ c+40(FP), DX

panel:
	MOVQ a+16(FP), SI
	VMOVDQU32 (R8), Z0
	VMOVDQU32 64(R8), Z1
	VPXORD Z2, Z2, Z2; VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5; VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7
	MOVQ AX, BX
	SHRQ $1, BX
	JZ   odd

	PCALIGN $64

pairs:
	STEP1(0, 0, Z0, Z1, Z2, Z3)
	STEP1(8, 128, Z4, Z5, Z6, Z7)
	ADDQ $16, SI
	ADDQ $256, DI
	DECQ BX
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    sum
	STEP1(0, 0, Z0, Z1, Z2, Z3)
	ADDQ  $128, DI

sum:
	VPADDD Z4, Z0, Z0; VPADDD Z5, Z1, Z1; VPADDD Z6, Z2, Z2; VPADDD Z7, Z3, Z3
	VPADDD Z2, Z0, Z0
	VPADDD Z3, Z1, Z1
	VMOVDQU32 Z0, (DX)
	VMOVDQU32 Z1, 64(DX)
	ADDQ $128, R8
	ADDQ $128, DX
	DECQ CX
	JNZ  panel
	VZEROUPPER
	RET
