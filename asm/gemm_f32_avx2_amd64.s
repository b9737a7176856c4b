//go:build !purego

#include "textflag.h"

// func GemmF32_6x16_AVX2(kc int, a, b *float32, ldb int, c *float32, ldc int, add int, ahead *float32, aheadLd int)
//
// C[6x16] = or += A·B over kc steps. A is packed, 6 floats a step; a step of B is 16 floats, ldb floats apart.
// Every fourth step asks for a line at ahead, aheadLd floats further each time: the part of B that is packed next.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of a step of B
//	Y14, Y15    broadcast elements of A, in turn
//	SI, DI      A, B at the current step;  R8 ldb in bytes
//	DX, R9      C, ldc in bytes;  R10 C for prefetching
//	R11, R12    ahead, aheadLd in bytes
//
// A step loads 64 + 24 bytes in 8 loads and does 12 FMAs of 8 lanes. Bound: 6 cycles with two FMA ports; the loads need 4.
#define ROW(off, t, c0, c1) \
	VBROADCASTSS off(SI), t \
	VFMADD231PS  t, Y12, c0 \
	VFMADD231PS  t, Y13, c1

#define STEP(ao) \
	VMOVUPS (DI), Y12   \
	VMOVUPS 32(DI), Y13 \
	ADDQ    R8, DI \
	ROW(ao+0, Y14, Y0, Y1) \
	ROW(ao+4, Y15, Y2, Y3) \
	ROW(ao+8, Y14, Y4, Y5) \
	ROW(ao+12, Y15, Y6, Y7) \
	ROW(ao+16, Y14, Y8, Y9) \
	ROW(ao+20, Y15, Y10, Y11)

#define SET(c0, c1) \
	VMOVUPS c0, (DX)   \
	VMOVUPS c1, 32(DX) \
	ADDQ    R9, DX

#define ADD(c0, c1) \
	VADDPS (DX), c0, c0   \
	VADDPS 32(DX), c1, c1 \
	SET(c0, c1)

#define TOUCH \
	PREFETCHT0 (R10)   \
	PREFETCHT0 60(R10) \
	ADDQ       R9, R10

TEXT ·GemmF32_6x16_AVX2(SB), NOSPLIT, $0-72
	MOVQ kc+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DI
	MOVQ ldb+24(FP), R8
	MOVQ c+32(FP), DX
	MOVQ ldc+40(FP), R9
	MOVQ ahead+56(FP), R11
	MOVQ aheadLd+64(FP), R12
	SHLQ $2, R8
	SHLQ $2, R9
	SHLQ $2, R12
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1; VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3; VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7; VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9; VXORPS Y10, Y10, Y10; VXORPS Y11, Y11, Y11
	MOVQ DX, R10
	TOUCH; TOUCH; TOUCH; TOUCH; TOUCH; TOUCH
	MOVQ CX, BX
	SHRQ $2, BX
	JZ   rest

	PCALIGN $64

fours:
	PREFETCHT0 384(SI)
	PREFETCHT1 (R11)
	ADDQ R12, R11
	STEP(0)
	STEP(24)
	PREFETCHT0 448(SI)
	STEP(48)
	STEP(72)
	ADDQ $96, SI
	DECQ BX
	JNZ  fours

rest:
	ANDQ $3, CX
	JZ   store

ones:
	STEP(0)
	ADDQ $24, SI
	DECQ CX
	JNZ  ones

store:
	MOVQ  add+48(FP), AX
	TESTQ AX, AX
	JNZ   add
	SET(Y0, Y1)
	SET(Y2, Y3)
	SET(Y4, Y5)
	SET(Y6, Y7)
	SET(Y8, Y9)
	SET(Y10, Y11)
	VZEROUPPER
	RET

add:
	ADD(Y0, Y1)
	ADD(Y2, Y3)
	ADD(Y4, Y5)
	ADD(Y6, Y7)
	ADD(Y8, Y9)
	ADD(Y10, Y11)
	VZEROUPPER
	RET

// func PeakF32_AVX2(n int)
TEXT ·PeakF32_AVX2(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX
	VXORPS Y14, Y14, Y14
	VXORPS Y15, Y15, Y15
	PCALIGN $64

loop:
	VFMADD231PS Y14, Y15, Y0
	VFMADD231PS Y14, Y15, Y1
	VFMADD231PS Y14, Y15, Y2
	VFMADD231PS Y14, Y15, Y3
	VFMADD231PS Y14, Y15, Y4
	VFMADD231PS Y14, Y15, Y5
	VFMADD231PS Y14, Y15, Y6
	VFMADD231PS Y14, Y15, Y7
	VFMADD231PS Y14, Y15, Y8
	VFMADD231PS Y14, Y15, Y9
	VFMADD231PS Y14, Y15, Y10
	VFMADD231PS Y14, Y15, Y11
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
