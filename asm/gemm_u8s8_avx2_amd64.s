//go:build !purego

#include "textflag.h"

// func GemmU16S16_6x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// C[6x16] = bias + A·B, for one tile after another down A and C, over steps of 4 values of k that were widened to 16
// bits: rows of A lda bytes apart, B with 128 bytes a step, two values of each column and then the other two.
// VPMADDWD is exact on them (VPMADDUBSW on bytes would saturate).
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of half a step of B
//	Y14, Y15    broadcast half step of A, products
//	SI, R10     rows 0 and 4 of A;  R8, R9 lda and 3 lda;  R11 the next tile's A
//	DI          B;  DX, R13  C and ldc, in bytes
//	CX, AX, BX  tiles left, steps, steps left
//
// Half a step loads 64 + 24 bytes in 8 loads and does 12 VPMADDWD and 12 VPADDD, 192 multiply-adds. Bound: 8 cycles
// where three ports take these, 6 where four do.
// Reached on a Zen 5: 97 to 98 % of PeakU8_AVX2.
#define ROW(a, c0, c1) \
	VPBROADCASTD a, Y14 \
	VPMADDWD     Y12, Y14, Y15 \
	VPADDD       Y15, c0, c0   \
	VPMADDWD     Y13, Y14, Y14 \
	VPADDD       Y14, c1, c1

#define HALF6(load, ao, b0, b1) \
	load b0(DI), Y12 \
	load b1(DI), Y13 \
	ROW(ao(SI), Y0, Y1) \
	ROW(ao(SI)(R8*1), Y2, Y3) \
	ROW(ao(SI)(R8*2), Y4, Y5) \
	ROW(ao(SI)(R9*1), Y6, Y7) \
	ROW(ao(R10), Y8, Y9) \
	ROW(ao(R10)(R8*1), Y10, Y11)

#define COPY(c0, c1) \
	VMOVDQA Y0, c0 \
	VMOVDQA Y1, c1

#define SET(c0, c1) \
	VMOVDQU c0, (DX)   \
	VMOVDQU c1, 32(DX) \
	ADDQ    R13, DX

#define BIAS6 \
	COPY(Y2, Y3) \
	COPY(Y4, Y5) \
	COPY(Y6, Y7) \
	COPY(Y8, Y9) \
	COPY(Y10, Y11)

#define SET6 \
	SET(Y0, Y1) \
	SET(Y2, Y3) \
	SET(Y4, Y5) \
	SET(Y6, Y7) \
	SET(Y8, Y9) \
	SET(Y10, Y11)

#define HALF4(load, ao, b0, b1) \
	load b0(DI), Y12 \
	load b1(DI), Y13 \
	ROW(ao(SI), Y0, Y1) \
	ROW(ao(SI)(R8*1), Y2, Y3) \
	ROW(ao(SI)(R8*2), Y4, Y5) \
	ROW(ao(SI)(R9*1), Y6, Y7)

#define BIAS4 \
	COPY(Y2, Y3) \
	COPY(Y4, Y5) \
	COPY(Y6, Y7)

#define SET4 \
	SET(Y0, Y1) \
	SET(Y2, Y3) \
	SET(Y4, Y5) \
	SET(Y6, Y7)

// TILES is the whole of a function: load brings 8 columns of half a step of B, which begin at 0, b1, b2 and b3 of a step's size bytes.
#define TILES(load, b1, b2, b3, size, half, begin, put) \
	MOVQ tiles+0(FP), CX \
	MOVQ steps+8(FP), AX \
	MOVQ a+16(FP), R11   \
	MOVQ lda+24(FP), R8  \
	MOVQ c+48(FP), DX    \
	MOVQ ldc+56(FP), R13 \
	SHLQ $2, R13         \
	LEAQ (R8)(R8*2), R9  \
tile: \
	MOVQ    R11, SI      \
	LEAQ    (R11)(R8*4), R10 \
	LEAQ    (R11)(R9*2), R11 \
	MOVQ    b+32(FP), DI \
	MOVQ    bias+40(FP), BX \
	VMOVDQU (BX), Y0     \
	VMOVDQU 32(BX), Y1   \
	begin                \
	MOVQ    AX, BX       \
	TESTQ   BX, BX       \
	JZ      store        \
	PCALIGN $64          \
step: \
	half(load, 0, 0, b1) \
	half(load, 4, b2, b3) \
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

TEXT ·GemmU16S16_6x16_AVX2(SB), NOSPLIT, $0-64
	TILES(VMOVDQU, 32, 64, 96, 128, HALF6, BIAS6, SET6)

// func GemmU16S8_6x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// The same on a B of bytes, 64 a step, which are widened on the way: two instructions more in half a step, instead of a pass over B.
TEXT ·GemmU16S8_6x16_AVX2(SB), NOSPLIT, $0-64
	TILES(VPMOVSXBW, 16, 32, 48, 64, HALF6, BIAS6, SET6)

// func GemmU16S16_4x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// The first of these for 4 rows, of one tile: what is left of 16 or 64.
TEXT ·GemmU16S16_4x16_AVX2(SB), NOSPLIT, $0-64
	TILES(VMOVDQU, 32, 64, 96, 128, HALF4, BIAS4, SET4)

// func GemmU16S8_4x16_AVX2(tiles, steps int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// And the second.
TEXT ·GemmU16S8_4x16_AVX2(SB), NOSPLIT, $0-64
	TILES(VPMOVSXBW, 16, 32, 48, 64, HALF4, BIAS4, SET4)

// func GemmU16S8_1x16_AVX2(panels, steps int, a, b *byte, bias, c *int32)
//
// The product with a vector: 16 columns at a time, one panel of B after another. The vector is widened to 16 bits, B
// is not: it has 64 bytes a step of 4 values of k, two of each column and then the other two, and is sign-extended on the way.
//
//	Y0, Y1, Y2, Y3  sums of 16 columns over the first and over the other two values of even steps;  Y4 .. Y7  of odd ones
//	Y8, Y9          broadcast half steps of A;  Y10 .. Y13 halves of steps of B, products
//	SI, DI          A, B;  R8, DX  bias, C
//	CX, AX, BX      panels left, steps, steps left
//
// A step loads 64 + 8 bytes and does 4 VPMOVSXBW, 4 VPMADDWD and 4 VPADDD. Bound: 4 cycles where three ports take
// these, 3 where four do, and reading B from where it lies, once and straight on.
// Reached on a Zen 5: 49 to 54 GB/s, 57 % of what a loop that only reads gets out of L3.
#define COLUMNS(bo, a, t, c) \
	VPMOVSXBW bo(DI), t \
	VPMADDWD  t, a, t   \
	VPADDD    t, c, c

#define STEP1(ao, bo, c0, c1, c2, c3) \
	VPBROADCASTD ao(SI), Y8     \
	VPBROADCASTD (ao+4)(SI), Y9 \
	COLUMNS(bo+0, Y8, Y10, c0)  \
	COLUMNS(bo+16, Y8, Y11, c1) \
	COLUMNS(bo+32, Y9, Y12, c2) \
	COLUMNS(bo+48, Y9, Y13, c3)

TEXT ·GemmU16S8_1x16_AVX2(SB), NOSPLIT, $0-48
	MOVQ panels+0(FP), CX
	MOVQ steps+8(FP), AX
	MOVQ b+24(FP), DI
	MOVQ bias+32(FP), R8
	MOVQ c+40(FP), DX

panel:
	MOVQ  a+16(FP), SI
	VMOVDQU (R8), Y0
	VMOVDQU 32(R8), Y1
	VPXOR Y2, Y2, Y2; VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4; VPXOR Y5, Y5, Y5; VPXOR Y6, Y6, Y6; VPXOR Y7, Y7, Y7
	MOVQ  AX, BX
	SHRQ  $1, BX
	JZ    odd

	PCALIGN $64

pairs:
	STEP1(0, 0, Y0, Y1, Y2, Y3)
	STEP1(8, 64, Y4, Y5, Y6, Y7)
	ADDQ $16, SI
	ADDQ $128, DI
	DECQ BX
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    sum
	STEP1(0, 0, Y0, Y1, Y2, Y3)
	ADDQ  $64, DI

sum:
	VPADDD  Y4, Y0, Y0; VPADDD Y5, Y1, Y1; VPADDD Y6, Y2, Y2; VPADDD Y7, Y3, Y3
	VPADDD  Y2, Y0, Y0
	VPADDD  Y3, Y1, Y1
	VMOVDQU Y0, (DX)
	VMOVDQU Y1, 32(DX)
	ADDQ    $64, R8
	ADDQ    $64, DX
	DECQ    CX
	JNZ     panel
	VZEROUPPER
	RET

// func WidenS8_16_AVX2(dst, src *byte, n int)
//
// n bytes, a positive multiple of 64, sign-extended to 16 bits: DI dst, SI src, CX bytes left. Bound: 4 cycles for 64, by the stores.
TEXT ·WidenS8_16_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

widen:
	VPMOVSXBW (SI), Y0
	VPMOVSXBW 16(SI), Y1
	VPMOVSXBW 32(SI), Y2
	VPMOVSXBW 48(SI), Y3
	VMOVDQU   Y0, (DI)
	VMOVDQU   Y1, 32(DI)
	VMOVDQU   Y2, 64(DI)
	VMOVDQU   Y3, 96(DI)
	ADDQ      $64, SI
	ADDQ      $128, DI
	SUBQ      $64, CX
	JNZ       widen
	VZEROUPPER
	RET

// func WidenU8_AVX2(dst, src *byte, n int)
//
// n bytes, a positive multiple of 16, zero-extended to 16 bits: DI dst, SI src, CX bytes left.
TEXT ·WidenU8_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

sixteen:
	VPMOVZXBW (SI), Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNZ       sixteen
	VZEROUPPER
	RET
