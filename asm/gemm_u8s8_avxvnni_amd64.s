//go:build !purego

#include "textflag.h"
#include "vnni_amd64.h"

// func GemmU8S8_6x16_AVXVNNI(steps int, a, b *byte, c *int32)
//
// C[6x16] = A·B over steps of 4 values of k: bytes of A unsigned, of B signed. A is packed with 24 bytes a step, B with 64.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of a step of B
//	Y14, Y15    broadcast steps of A, in turn
//	SI, DI, DX  A, B, C
//
// A step loads 64 + 24 bytes in 8 loads and does 12 VPDPBUSD, 384 multiply-adds. VPDPBUSD adds four products in full
// width: nothing saturates. Bound: 6 cycles where it issues twice a cycle in 256 bits (all CPUs known to have it, in VEX
// form, but for the small cores: 12).
#define ROW(off, t, tn, c0, c1) \
	VPBROADCASTD off(SI), t \
	VPDPBUSD_Y(12, tn, c0)  \
	VPDPBUSD_Y(13, tn, c1)

#define STEP(ao, bo) \
	VMOVDQU (bo+0)(DI), Y12  \
	VMOVDQU (bo+32)(DI), Y13 \
	ROW(ao+0, Y14, 14, 0, 1) \
	ROW(ao+4, Y15, 15, 2, 3) \
	ROW(ao+8, Y14, 14, 4, 5) \
	ROW(ao+12, Y15, 15, 6, 7) \
	ROW(ao+16, Y14, 14, 8, 9) \
	ROW(ao+20, Y15, 15, 10, 11)

#define SET(c0, c1) \
	VMOVDQU c0, (DX)   \
	VMOVDQU c1, 32(DX) \
	ADDQ    $64, DX

TEXT ·GemmU8S8_6x16_AVXVNNI(SB), NOSPLIT, $0-32
	MOVQ steps+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DI
	MOVQ c+24(FP), DX
	VPXOR Y0, Y0, Y0; VPXOR Y1, Y1, Y1; VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3; VPXOR Y4, Y4, Y4; VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6; VPXOR Y7, Y7, Y7; VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9; VPXOR Y10, Y10, Y10; VPXOR Y11, Y11, Y11
	MOVQ CX, BX
	SHRQ $1, BX
	JZ   odd

	PCALIGN $64

pairs:
	STEP(0, 0)
	STEP(24, 64)
	ADDQ $48, SI
	ADDQ $128, DI
	DECQ BX
	JNZ  pairs

odd:
	TESTQ $1, CX
	JZ    store
	STEP(0, 0)

store:
	SET(Y0, Y1)
	SET(Y2, Y3)
	SET(Y4, Y5)
	SET(Y6, Y7)
	SET(Y8, Y9)
	SET(Y10, Y11)
	VZEROUPPER
	RET

// func GemmU8S8_1x16_AVXVNNI(steps int, a, b *byte, c *int32)
//
// The first row of the tile above, for products with a vector.
//
//	Y0 .. Y7    the row, in four partial sums of steps 0, 1, 2, 3 mod 4, two vectors each
//	Y8 .. Y15   broadcast steps of A, steps of B
//	SI, DI, DX  A, B, C
//
// Four steps load 256 + 16 bytes in 12 loads and do 8 VPDPBUSD. Bound: the loads, 6 cycles out of L1, more out of L2.
#define STEP1(ao, bo, t, tn, u, un, c0, c1) \
	VPBROADCASTD ao(SI), t     \
	VMOVDQU      (bo+0)(DI), u \
	VPDPBUSD_Y(un, tn, c0)     \
	VMOVDQU      (bo+32)(DI), u \
	VPDPBUSD_Y(un, tn, c1)

TEXT ·GemmU8S8_1x16_AVXVNNI(SB), NOSPLIT, $0-32
	MOVQ steps+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DI
	MOVQ c+24(FP), DX
	VPXOR Y0, Y0, Y0; VPXOR Y1, Y1, Y1; VPXOR Y2, Y2, Y2; VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4; VPXOR Y5, Y5, Y5; VPXOR Y6, Y6, Y6; VPXOR Y7, Y7, Y7
	SUBQ $4, CX
	JLT  rest

	PCALIGN $64

fours:
	STEP1(0, 0, Y8, 8, Y9, 9, 0, 1)
	STEP1(24, 64, Y10, 10, Y11, 11, 2, 3)
	STEP1(48, 128, Y12, 12, Y13, 13, 4, 5)
	STEP1(72, 192, Y14, 14, Y15, 15, 6, 7)
	ADDQ $96, SI
	ADDQ $256, DI
	SUBQ $4, CX
	JGE  fours

rest:
	ADDQ $4, CX
	JZ   sum

ones:
	STEP1(0, 0, Y8, 8, Y9, 9, 0, 1)
	ADDQ $24, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  ones

sum:
	VPADDD Y2, Y0, Y0; VPADDD Y3, Y1, Y1
	VPADDD Y6, Y4, Y4; VPADDD Y7, Y5, Y5
	VPADDD Y4, Y0, Y0; VPADDD Y5, Y1, Y1
	SET(Y0, Y1)
	VZEROUPPER
	RET
