//go:build !purego

#include "textflag.h"

// func GemmU8S8_8x48_VNNI(steps int, a, b *byte, c *int32)
//
// C[8x48] = A·B over steps of 4 values of k: bytes of A unsigned, of B signed. A is packed with 32 bytes a step, B with 192.
//
//	Z0 .. Z23   the tile: row i in Z(3i), Z(3i+1), Z(3i+2)
//	Z24 .. Z26  48 columns of a step of B
//	Z28 .. Z31  broadcast steps of A, in turn
//	SI, DI, DX  A, B, C
//
// A step loads 192 + 32 bytes in 11 loads and does 24 VPDPBUSD, 1536 multiply-adds. VPDPBUSD adds four products in full
// width: nothing saturates. Bound: 24 cycles where it issues once a cycle in 512 bits (Zen 4), 12 where twice.
#define ROW(off, t, c0, c1, c2) \
	VPBROADCASTD off(SI), t \
	VPDPBUSD     Z24, t, c0 \
	VPDPBUSD     Z25, t, c1 \
	VPDPBUSD     Z26, t, c2

#define STEP(ao, bo) \
	VMOVDQU32 (bo+0)(DI), Z24   \
	VMOVDQU32 (bo+64)(DI), Z25  \
	VMOVDQU32 (bo+128)(DI), Z26 \
	ROW(ao+0, Z28, Z0, Z1, Z2) \
	ROW(ao+4, Z29, Z3, Z4, Z5) \
	ROW(ao+8, Z30, Z6, Z7, Z8) \
	ROW(ao+12, Z31, Z9, Z10, Z11) \
	ROW(ao+16, Z28, Z12, Z13, Z14) \
	ROW(ao+20, Z29, Z15, Z16, Z17) \
	ROW(ao+24, Z30, Z18, Z19, Z20) \
	ROW(ao+28, Z31, Z21, Z22, Z23)

#define SET(c0, c1, c2) \
	VMOVDQU32 c0, (DX)    \
	VMOVDQU32 c1, 64(DX)  \
	VMOVDQU32 c2, 128(DX) \
	ADDQ      $192, DX

TEXT ·GemmU8S8_8x48_VNNI(SB), NOSPLIT, $0-32
	MOVQ steps+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DI
	MOVQ c+24(FP), DX
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14
	VPXORD Z15, Z15, Z15; VPXORD Z16, Z16, Z16; VPXORD Z17, Z17, Z17
	VPXORD Z18, Z18, Z18; VPXORD Z19, Z19, Z19; VPXORD Z20, Z20, Z20
	VPXORD Z21, Z21, Z21; VPXORD Z22, Z22, Z22; VPXORD Z23, Z23, Z23
	MOVQ CX, BX
	SHRQ $1, BX
	JZ   odd

	PCALIGN $64

pairs:
	STEP(0, 0)
	STEP(32, 192)
	ADDQ $64, SI
	ADDQ $384, DI
	DECQ BX
	JNZ  pairs

odd:
	TESTQ $1, CX
	JZ    store
	STEP(0, 0)

store:
	SET(Z0, Z1, Z2)
	SET(Z3, Z4, Z5)
	SET(Z6, Z7, Z8)
	SET(Z9, Z10, Z11)
	SET(Z12, Z13, Z14)
	SET(Z15, Z16, Z17)
	SET(Z18, Z19, Z20)
	SET(Z21, Z22, Z23)
	VZEROUPPER
	RET

// func GemmU8S8_1x48_VNNI(steps int, a, b *byte, c *int32)
//
// The first row of the tile above, for products with a vector.
//
//	Z0 .. Z11   the row, in four partial sums of steps 0, 1, 2, 3 mod 4, three vectors each
//	Z12 .. Z15  broadcast steps of A
//	SI, DI, DX  A, B, C
//
// Four steps load 768 + 16 bytes and do 12 VPDPBUSD. Bound: the loads, 12 cycles out of L1, more out of L2.
#define STEP1(ao, bo, t, c0, c1, c2) \
	VPBROADCASTD ao(SI), t \
	VPDPBUSD     (bo+0)(DI), t, c0 \
	VPDPBUSD     (bo+64)(DI), t, c1 \
	VPDPBUSD     (bo+128)(DI), t, c2

TEXT ·GemmU8S8_1x48_VNNI(SB), NOSPLIT, $0-32
	MOVQ steps+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DI
	MOVQ c+24(FP), DX
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11
	SUBQ $4, CX
	JLT  rest

	PCALIGN $64

fours:
	STEP1(0, 0, Z12, Z0, Z1, Z2)
	STEP1(32, 192, Z13, Z3, Z4, Z5)
	STEP1(64, 384, Z14, Z6, Z7, Z8)
	STEP1(96, 576, Z15, Z9, Z10, Z11)
	ADDQ $128, SI
	ADDQ $768, DI
	SUBQ $4, CX
	JGE  fours

rest:
	ADDQ $4, CX
	JZ   sum

ones:
	STEP1(0, 0, Z12, Z0, Z1, Z2)
	ADDQ $32, SI
	ADDQ $192, DI
	DECQ CX
	JNZ  ones

sum:
	VPADDD Z3, Z0, Z0; VPADDD Z4, Z1, Z1; VPADDD Z5, Z2, Z2
	VPADDD Z9, Z6, Z6; VPADDD Z10, Z7, Z7; VPADDD Z11, Z8, Z8
	VPADDD Z6, Z0, Z0; VPADDD Z7, Z1, Z1; VPADDD Z8, Z2, Z2
	SET(Z0, Z1, Z2)
	VZEROUPPER
	RET
