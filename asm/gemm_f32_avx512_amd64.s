//go:build !purego

#include "textflag.h"

// func GemmF32_8x48_AVX512(kc int, a, b *float32, ldb int, c *float32, ldc int, add int, ahead *float32, aheadLd int)
//
// C[8x48] = or += A·B over kc steps. A is packed, 8 floats a step; a step of B is 48 floats, ldb floats apart. Every second
// step asks for a line at ahead, aheadLd floats further each time: the part of B that is packed next.
//
//	Z0 .. Z23   the tile: row i in Z(3i), Z(3i+1), Z(3i+2)
//	Z24 .. Z26  48 columns of a step of B
//	Z28 .. Z31  broadcast elements of A, in turn
//	SI, DI      A, B at the current step;  R8 ldb in bytes
//	DX, R9      C, ldc in bytes;  R10 C for prefetching
//	R11, R12    ahead, aheadLd in bytes
//
// A step loads 192 + 32 bytes in 11 loads and does 24 FMAs of 16 lanes. Bound: 24 cycles where a 512-bit FMA issues once
// a cycle (Zen 4), 12 where twice; the loads need 5.5. The chains are 24 FMAs apart, past any latency. Reached on a Zen 4
// with the panels in L2: 111 to 114 of 116 to 125 GFLOP/s.
//
// func GemmF32_4x48_AVX512 is the same for the first four rows of the tile: 12 FMAs and 7 loads a step.
#define ROW(off, t, c0, c1, c2) \
	VBROADCASTSS off(SI), t \
	VFMADD231PS  t, Z24, c0 \
	VFMADD231PS  t, Z25, c1 \
	VFMADD231PS  t, Z26, c2

#define STEP4(ao) \
	VMOVUPS (DI), Z24    \
	VMOVUPS 64(DI), Z25  \
	VMOVUPS 128(DI), Z26 \
	ADDQ    R8, DI \
	ROW(ao+0, Z28, Z0, Z1, Z2) \
	ROW(ao+4, Z29, Z3, Z4, Z5) \
	ROW(ao+8, Z30, Z6, Z7, Z8) \
	ROW(ao+12, Z31, Z9, Z10, Z11)

#define STEP8(ao) \
	STEP4(ao) \
	ROW(ao+16, Z28, Z12, Z13, Z14) \
	ROW(ao+20, Z29, Z15, Z16, Z17) \
	ROW(ao+24, Z30, Z18, Z19, Z20) \
	ROW(ao+28, Z31, Z21, Z22, Z23)

#define SET(c0, c1, c2) \
	VMOVUPS c0, (DX)    \
	VMOVUPS c1, 64(DX)  \
	VMOVUPS c2, 128(DX) \
	ADDQ    R9, DX

#define ADD(c0, c1, c2) \
	VADDPS  (DX), c0, c0    \
	VADDPS  64(DX), c1, c1  \
	VADDPS  128(DX), c2, c2 \
	SET(c0, c1, c2)

#define TOUCH \
	PREFETCHT0 (R10)    \
	PREFETCHT0 64(R10)  \
	PREFETCHT0 128(R10) \
	ADDQ       R9, R10

#define ARGS \
	MOVQ kc+0(FP), CX       \
	MOVQ a+8(FP), SI        \
	MOVQ b+16(FP), DI       \
	MOVQ ldb+24(FP), R8     \
	MOVQ c+32(FP), DX       \
	MOVQ ldc+40(FP), R9     \
	MOVQ ahead+56(FP), R11  \
	MOVQ aheadLd+64(FP), R12 \
	SHLQ $2, R8             \
	SHLQ $2, R9             \
	SHLQ $2, R12            \
	MOVQ DX, R10            \
	MOVQ CX, BX             \
	SHRQ $1, BX

TEXT ·GemmF32_8x48_AVX512(SB), NOSPLIT, $0-72
	ARGS
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14
	VPXORD Z15, Z15, Z15; VPXORD Z16, Z16, Z16; VPXORD Z17, Z17, Z17
	VPXORD Z18, Z18, Z18; VPXORD Z19, Z19, Z19; VPXORD Z20, Z20, Z20
	VPXORD Z21, Z21, Z21; VPXORD Z22, Z22, Z22; VPXORD Z23, Z23, Z23
	TOUCH; TOUCH; TOUCH; TOUCH
	TOUCH; TOUCH; TOUCH; TOUCH
	TESTQ BX, BX
	JZ    odd

	PCALIGN $64

pairs:
	PREFETCHT0 512(SI)
	PREFETCHT1 (R11)
	STEP8(0)
	ADDQ R12, R11
	STEP8(32)
	ADDQ $64, SI
	DECQ BX
	JNZ  pairs

odd:
	TESTQ $1, CX
	JZ    store
	STEP8(0)

store:
	MOVQ  add+48(FP), AX
	TESTQ AX, AX
	JNZ   add
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

add:
	ADD(Z0, Z1, Z2)
	ADD(Z3, Z4, Z5)
	ADD(Z6, Z7, Z8)
	ADD(Z9, Z10, Z11)
	ADD(Z12, Z13, Z14)
	ADD(Z15, Z16, Z17)
	ADD(Z18, Z19, Z20)
	ADD(Z21, Z22, Z23)
	VZEROUPPER
	RET

TEXT ·GemmF32_4x48_AVX512(SB), NOSPLIT, $0-72
	ARGS
	VPXORD Z0, Z0, Z0; VPXORD Z1, Z1, Z1; VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11
	TOUCH; TOUCH; TOUCH; TOUCH
	TESTQ BX, BX
	JZ    odd

	PCALIGN $64

pairs:
	PREFETCHT0 512(SI)
	PREFETCHT1 (R11)
	STEP4(0)
	ADDQ R12, R11
	STEP4(32)
	ADDQ $64, SI
	DECQ BX
	JNZ  pairs

odd:
	TESTQ $1, CX
	JZ    store
	STEP4(0)

store:
	MOVQ  add+48(FP), AX
	TESTQ AX, AX
	JNZ   add
	SET(Z0, Z1, Z2)
	SET(Z3, Z4, Z5)
	SET(Z6, Z7, Z8)
	SET(Z9, Z10, Z11)
	VZEROUPPER
	RET

add:
	ADD(Z0, Z1, Z2)
	ADD(Z3, Z4, Z5)
	ADD(Z6, Z7, Z8)
	ADD(Z9, Z10, Z11)
	VZEROUPPER
	RET

// func PeakF32_AVX512(n int)
TEXT ·PeakF32_AVX512(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX
	VPXORD Z30, Z30, Z30
	VPXORD Z31, Z31, Z31
	PCALIGN $64

loop:
	VFMADD231PS Z30, Z31, Z0
	VFMADD231PS Z30, Z31, Z1
	VFMADD231PS Z30, Z31, Z2
	VFMADD231PS Z30, Z31, Z3
	VFMADD231PS Z30, Z31, Z4
	VFMADD231PS Z30, Z31, Z5
	VFMADD231PS Z30, Z31, Z6
	VFMADD231PS Z30, Z31, Z7
	VFMADD231PS Z30, Z31, Z8
	VFMADD231PS Z30, Z31, Z9
	VFMADD231PS Z30, Z31, Z10
	VFMADD231PS Z30, Z31, Z11
	VFMADD231PS Z30, Z31, Z12
	VFMADD231PS Z30, Z31, Z13
	VFMADD231PS Z30, Z31, Z14
	VFMADD231PS Z30, Z31, Z15
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
