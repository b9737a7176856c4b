//go:build !purego

#include "textflag.h"
#include "vnni_amd64.h"

// func GemmU8S8_6x16_AVXVNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
//
// C[6x16] = bias + A·B, for one tile after another down A and C: bytes of A unsigned, read where they lie; bytes of B
// signed, packed with 64 bytes a step of 4 values of k, zero beyond k.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of a step of B
//	Y14, Y15    broadcast steps of A, in turn; in the last step X15 is how far they are shifted
//	SI, R10     rows 0 and 4 of A;  R8, R9 lda and 3 lda;  R11 the next tile's A
//	DI          B;  DX, R13  C and ldc, in bytes
//	CX, AX, BX  tiles left, whole steps, eight times the pairs of steps left;  R12 4 - k%4, or 0
//
// Where k is no multiple of 4, the last step reads the 4 bytes that end a row and shifts out those that it has used,
// so that nothing outside of a row is read. k is at least 4, or 0.
//
// Every pair of steps asks for a line of the next tile's A, from its end to its beginning if its rows touch.
//
// A step loads 64 + 24 bytes in 8 loads and does 12 VPDPBUSD, 384 multiply-adds. VPDPBUSD adds four products in full
// width: nothing saturates. Bound: 6 cycles where it issues twice a cycle in 256 bits, 12 on small cores.
// Reached on a Zen 5: 99 % of PeakU8_AVXVNNI.
#define ROW(a, t, tn, c0, c1) \
	VPBROADCASTD a, t      \
	VPDPBUSD_Y(12, tn, c0) \
	VPDPBUSD_Y(13, tn, c1)

#define ROWLAST(a, t, tn, c0, c1) \
	VPBROADCASTD a, Y14      \
	VPSRLD       X15, Y14, Y14 \
	VPDPBUSD_Y(12, 14, c0) \
	VPDPBUSD_Y(13, 14, c1)

#define STEP(ROW, ao, bo) \
	VMOVDQU (bo+0)(DI), Y12  \
	VMOVDQU (bo+32)(DI), Y13 \
	ROW(ao(SI), Y14, 14, 0, 1) \
	ROW(ao(SI)(R8*1), Y15, 15, 2, 3) \
	ROW(ao(SI)(R8*2), Y14, 14, 4, 5) \
	ROW(ao(SI)(R9*1), Y15, 15, 6, 7) \
	ROW(ao(R10), Y14, 14, 8, 9) \
	ROW(ao(R10)(R8*1), Y15, 15, 10, 11)

#define AHEAD(n) \
	ADDQ $(4*n), SI  \
	ADDQ $(4*n), R10 \
	ADDQ $(64*n), DI

#define COPY(c0, c1) \
	VMOVDQA Y0, c0 \
	VMOVDQA Y1, c1

#define SET(c0, c1) \
	VMOVDQU c0, (DX)   \
	VMOVDQU c1, 32(DX) \
	ADDQ    R13, DX

TEXT ·GemmU8S8_6x16_AVXVNNI(SB), NOSPLIT, $0-64
	MOVQ tiles+0(FP), CX
	MOVQ k+8(FP), AX
	MOVQ a+16(FP), R11
	MOVQ lda+24(FP), R8
	MOVQ c+48(FP), DX
	MOVQ ldc+56(FP), R13
	SHLQ $2, R13
	LEAQ (R8)(R8*2), R9
	MOVQ AX, R12
	NEGQ R12
	ANDQ $3, R12
	SHRQ $2, AX

tile:
	MOVQ    R11, SI
	LEAQ    (R11)(R8*4), R10
	LEAQ    (R11)(R9*2), R11
	MOVQ    b+32(FP), DI
	MOVQ    bias+40(FP), BX
	VMOVDQU (BX), Y0
	VMOVDQU 32(BX), Y1
	COPY(Y2, Y3)
	COPY(Y4, Y5)
	COPY(Y6, Y7)
	COPY(Y8, Y9)
	COPY(Y10, Y11)
	MOVQ    AX, BX
	SHRQ    $1, BX
	JZ      odd
	SHLQ    $3, BX

	PCALIGN $64

pairs:
	STEP(ROW, 0, 0)
	STEP(ROW, 4, 64)
	AHEAD(2)
	PREFETCHT0 -64(R11)(BX*8)
	SUBQ $8, BX
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    last
	STEP(ROW, 0, 0)
	AHEAD(1)

last:
	TESTQ R12, R12
	JZ    store
	SUBQ  R12, SI
	SUBQ  R12, R10
	LEAQ  (R12*8), BX
	VMOVQ BX, X15
	STEP(ROWLAST, 0, 0)

store:
	SET(Y0, Y1)
	SET(Y2, Y3)
	SET(Y4, Y5)
	SET(Y6, Y7)
	SET(Y8, Y9)
	SET(Y10, Y11)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func GemmU8S8_1x16_AVXVNNI(panels, k int, a, b *byte, bias, c *int32)
//
// The product with a vector: 16 columns at a time, one panel of B after another.
//
//	Y0 .. Y7    the row, in four partial sums of steps 0, 1, 2, 3 mod 4, two vectors each
//	Y8 .. Y15   broadcast steps of A, steps of B
//	SI, DI      A, B;  R8, DX  bias, C
//	CX, AX, BX  panels left, whole steps, steps left;  R12 4 - k%4, or 0
//
// Four steps load 256 + 16 bytes in 12 loads and do 8 VPDPBUSD. Bound: the loads, 6 cycles at best, and reading B
// from where it lies, once and straight on.
#define STEP1(ao, bo, t, tn, u, un, c0, c1) \
	VPBROADCASTD ao(SI), t     \
	VMOVDQU      (bo+0)(DI), u \
	VPDPBUSD_Y(un, tn, c0)     \
	VMOVDQU      (bo+32)(DI), u \
	VPDPBUSD_Y(un, tn, c1)

TEXT ·GemmU8S8_1x16_AVXVNNI(SB), NOSPLIT, $0-48
	MOVQ  panels+0(FP), CX
	MOVQ  k+8(FP), AX
	MOVQ  b+24(FP), DI
	MOVQ  bias+32(FP), R8
	MOVQ  c+40(FP), DX
	MOVQ  AX, R12
	NEGQ  R12
	ANDQ  $3, R12
	SHRQ  $2, AX

panel:
	MOVQ    a+16(FP), SI
	VMOVDQU (R8), Y0
	VMOVDQU 32(R8), Y1
	ADDQ    $64, R8
	VPXOR   Y2, Y2, Y2; VPXOR Y3, Y3, Y3; VPXOR Y4, Y4, Y4
	VPXOR   Y5, Y5, Y5; VPXOR Y6, Y6, Y6; VPXOR Y7, Y7, Y7
	MOVQ    AX, BX
	SUBQ    $4, BX
	JLT     rest

	PCALIGN $64

fours:
	STEP1(0, 0, Y8, 8, Y9, 9, 0, 1)
	STEP1(4, 64, Y10, 10, Y11, 11, 2, 3)
	STEP1(8, 128, Y12, 12, Y13, 13, 4, 5)
	STEP1(12, 192, Y14, 14, Y15, 15, 6, 7)
	ADDQ $16, SI
	ADDQ $256, DI
	SUBQ $4, BX
	JGE  fours

rest:
	ADDQ $4, BX
	JZ   last

ones:
	STEP1(0, 0, Y8, 8, Y9, 9, 0, 1)
	ADDQ $4, SI
	ADDQ $64, DI
	DECQ BX
	JNZ  ones

last:
	TESTQ R12, R12
	JZ    sum
	SUBQ  R12, SI
	LEAQ  (R12*8), BX
	VMOVQ BX, X15
	VPBROADCASTD (SI), Y8
	VPSRLD  X15, Y8, Y8
	VMOVDQU (DI), Y9
	VPDPBUSD_Y(9, 8, 2)
	VMOVDQU 32(DI), Y9
	VPDPBUSD_Y(9, 8, 3)
	ADDQ    $64, DI

sum:
	VPADDD  Y2, Y0, Y0; VPADDD Y3, Y1, Y1
	VPADDD  Y6, Y4, Y4; VPADDD Y7, Y5, Y5
	VPADDD  Y4, Y0, Y0; VPADDD Y5, Y1, Y1
	VMOVDQU Y0, (DX)
	VMOVDQU Y1, 32(DX)
	ADDQ    $64, DX
	DECQ    CX
	JNZ     panel
	VZEROUPPER
	RET
