//go:build !purego

#include "textflag.h"

// func ConvLineSumsF32_8x16_AVX512(x *float32, xStep int, y *float32, yStep int, segs *int, nseg int,
//	c *float32, cRow, cTap, add, xAhead, yAhead int)
//
// The gradient to the weights of three neighbouring taps, 8 channels and 16 columns, over pieces of lines of pixels. A pixel of x
// meets the pixel of y after it through the first tap, its own through the second and the one before it through the third: so an
// element of it is broadcast once for three chains, and y stays in registers for three pixels.
//
//	Z0 .. Z7     the sums of the first tap, a channel each
//	Z8 .. Z15    of the second;  Z16 .. Z23 of the third
//	Z24 .. Z26   the pixel of y after this one, this one, the one before
//	Z28 .. Z31   elements of x, in turn
//	R8, SI       the pixel of x, and from one to the next, in bytes;  R9, R11 of y
//	R13, AX      from it to where the next lines to be read are asked for, in x and y
//	DX, R12      the next piece, how many are left;  BP, CX  pixels left of a piece, which ends it has neighbours at
//	DI, R10, BX  where sums are stored, those of the next tap, from tap to tap;  SI from channel to channel
//
// A pixel loads 64 + 32 bytes in 9 loads and does 24 FMAs of 16 lanes: 24 cycles where a 512-bit FMA issues once
// a cycle (Zen 4), 12 where twice; the loads need 4.5. The chains are 24 FMAs apart, past any latency.
// Reached on a Zen 5 in whole gradients of 14x14x128 and 28x28x64 in groups of 16: 80 to 82 % of the FMA peak, from L2.

#define MUL0(o, t, c0) \
	VBROADCASTSS o(R8), t \
	VFMADD231PS t, Z24, c0

#define MUL1(o, t, c1) \
	VBROADCASTSS o(R8), t \
	VFMADD231PS t, Z25, c1

#define MUL2(o, t, c2) \
	VBROADCASTSS o(R8), t \
	VFMADD231PS t, Z26, c2

#define MUL01(o, t, c0, c1) \
	VBROADCASTSS o(R8), t \
	VFMADD231PS t, Z24, c0 \
	VFMADD231PS t, Z25, c1

#define MUL12(o, t, c1, c2) \
	VBROADCASTSS o(R8), t \
	VFMADD231PS t, Z25, c1 \
	VFMADD231PS t, Z26, c2

#define MUL012(o, t, c0, c1, c2) \
	VBROADCASTSS o(R8), t \
	VFMADD231PS t, Z24, c0 \
	VFMADD231PS t, Z25, c1 \
	VFMADD231PS t, Z26, c2

#define PIXEL0 \
	MUL0(0, Z28, Z0) \
	MUL0(4, Z29, Z1) \
	MUL0(8, Z30, Z2) \
	MUL0(12, Z31, Z3) \
	MUL0(16, Z28, Z4) \
	MUL0(20, Z29, Z5) \
	MUL0(24, Z30, Z6) \
	MUL0(28, Z31, Z7)

#define PIXEL1 \
	MUL1(0, Z28, Z8) \
	MUL1(4, Z29, Z9) \
	MUL1(8, Z30, Z10) \
	MUL1(12, Z31, Z11) \
	MUL1(16, Z28, Z12) \
	MUL1(20, Z29, Z13) \
	MUL1(24, Z30, Z14) \
	MUL1(28, Z31, Z15)

#define PIXEL2 \
	MUL2(0, Z28, Z16) \
	MUL2(4, Z29, Z17) \
	MUL2(8, Z30, Z18) \
	MUL2(12, Z31, Z19) \
	MUL2(16, Z28, Z20) \
	MUL2(20, Z29, Z21) \
	MUL2(24, Z30, Z22) \
	MUL2(28, Z31, Z23)

#define PIXEL01 \
	MUL01(0, Z28, Z0, Z8) \
	MUL01(4, Z29, Z1, Z9) \
	MUL01(8, Z30, Z2, Z10) \
	MUL01(12, Z31, Z3, Z11) \
	MUL01(16, Z28, Z4, Z12) \
	MUL01(20, Z29, Z5, Z13) \
	MUL01(24, Z30, Z6, Z14) \
	MUL01(28, Z31, Z7, Z15)

#define PIXEL12 \
	MUL12(0, Z28, Z8, Z16) \
	MUL12(4, Z29, Z9, Z17) \
	MUL12(8, Z30, Z10, Z18) \
	MUL12(12, Z31, Z11, Z19) \
	MUL12(16, Z28, Z12, Z20) \
	MUL12(20, Z29, Z13, Z21) \
	MUL12(24, Z30, Z14, Z22) \
	MUL12(28, Z31, Z15, Z23)

#define PIXEL012 \
	MUL012(0, Z28, Z0, Z8, Z16) \
	MUL012(4, Z29, Z1, Z9, Z17) \
	MUL012(8, Z30, Z2, Z10, Z18) \
	MUL012(12, Z31, Z3, Z11, Z19) \
	MUL012(16, Z28, Z4, Z12, Z20) \
	MUL012(20, Z29, Z5, Z13, Z21) \
	MUL012(24, Z30, Z6, Z14, Z22) \
	MUL012(28, Z31, Z7, Z15, Z23)

#define ZEROS \
	VPXORD Z0, Z0, Z0 \
	VPXORD Z1, Z1, Z1 \
	VPXORD Z2, Z2, Z2 \
	VPXORD Z3, Z3, Z3 \
	VPXORD Z4, Z4, Z4 \
	VPXORD Z5, Z5, Z5 \
	VPXORD Z6, Z6, Z6 \
	VPXORD Z7, Z7, Z7 \
	VPXORD Z8, Z8, Z8 \
	VPXORD Z9, Z9, Z9 \
	VPXORD Z10, Z10, Z10 \
	VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12 \
	VPXORD Z13, Z13, Z13 \
	VPXORD Z14, Z14, Z14 \
	VPXORD Z15, Z15, Z15 \
	VPXORD Z16, Z16, Z16 \
	VPXORD Z17, Z17, Z17 \
	VPXORD Z18, Z18, Z18 \
	VPXORD Z19, Z19, Z19 \
	VPXORD Z20, Z20, Z20 \
	VPXORD Z21, Z21, Z21 \
	VPXORD Z22, Z22, Z22 \
	VPXORD Z23, Z23, Z23

#define SET(c) \
	VMOVUPS c, (DI) \
	ADDQ SI, DI

#define ADD(c) \
	VADDPS (DI), c, c \
	VMOVUPS c, (DI) \
	ADDQ SI, DI

#define SETS \
	SET(Z0) \
	SET(Z1) \
	SET(Z2) \
	SET(Z3) \
	SET(Z4) \
	SET(Z5) \
	SET(Z6) \
	SET(Z7) \
	MOVQ R10, DI \
	ADDQ BX, R10 \
	SET(Z8) \
	SET(Z9) \
	SET(Z10) \
	SET(Z11) \
	SET(Z12) \
	SET(Z13) \
	SET(Z14) \
	SET(Z15) \
	MOVQ R10, DI \
	ADDQ BX, R10 \
	SET(Z16) \
	SET(Z17) \
	SET(Z18) \
	SET(Z19) \
	SET(Z20) \
	SET(Z21) \
	SET(Z22) \
	SET(Z23)

#define ADDS \
	ADD(Z0) \
	ADD(Z1) \
	ADD(Z2) \
	ADD(Z3) \
	ADD(Z4) \
	ADD(Z5) \
	ADD(Z6) \
	ADD(Z7) \
	MOVQ R10, DI \
	ADDQ BX, R10 \
	ADD(Z8) \
	ADD(Z9) \
	ADD(Z10) \
	ADD(Z11) \
	ADD(Z12) \
	ADD(Z13) \
	ADD(Z14) \
	ADD(Z15) \
	MOVQ R10, DI \
	ADDQ BX, R10 \
	ADD(Z16) \
	ADD(Z17) \
	ADD(Z18) \
	ADD(Z19) \
	ADD(Z20) \
	ADD(Z21) \
	ADD(Z22) \
	ADD(Z23)

TEXT ·ConvLineSumsF32_8x16_AVX512(SB), NOSPLIT, $8-96
	MOVQ xStep+8(FP), SI
	MOVQ yStep+24(FP), R11
	MOVQ segs+32(FP), DX
	MOVQ nseg+40(FP), R12
	MOVQ xAhead+80(FP), R13
	MOVQ yAhead+88(FP), AX
	SHLQ $2, SI
	SHLQ $2, R11
	SHLQ $2, R13
	SHLQ $2, AX
	ZEROS
	TESTQ R12, R12
	JEQ  store

segment:
	MOVQ x+0(FP), R8
	MOVQ y+16(FP), R9
	MOVQ 0(DX), DI
	MOVQ 8(DX), BX
	MOVQ 16(DX), BP
	MOVQ 24(DX), CX
	ADDQ $32, DX
	LEAQ (R8)(DI*4), R8
	LEAQ (R9)(BX*4), R9
	VMOVUPS (R9), Z24
	TESTQ $1, CX
	JEQ  begin
	SUBQ SI, R8
	PIXEL0
	ADDQ SI, R8

begin:
	VMOVAPS Z24, Z25
	SUBQ $2, BP
	JLT  single
	ADDQ R11, R9
	VMOVUPS (R9), Z24
	PIXEL01
	ADDQ SI, R8
	TESTQ BP, BP
	JEQ  last
	PCALIGN $64

pixel:
	ADDQ R11, R9
	VMOVAPS Z25, Z26
	VMOVAPS Z24, Z25
	VMOVUPS (R9), Z24
	PREFETCHT1 (R8)(R13*1)
	PREFETCHT1 (R9)(AX*1)
	PIXEL012
	ADDQ SI, R8
	DECQ BP
	JNZ  pixel

last:
	VMOVAPS Z25, Z26
	VMOVAPS Z24, Z25
	PIXEL12
	JMP  end

single:
	PIXEL1

end:
	TESTQ $2, CX
	JEQ  next
	ADDQ SI, R8
	VMOVAPS Z25, Z26
	PIXEL2

next:
	DECQ R12
	JNZ  segment

store:
	MOVQ c+48(FP), DI
	MOVQ cRow+56(FP), SI
	MOVQ cTap+64(FP), BX
	SHLQ $2, SI
	SHLQ $2, BX
	LEAQ (DI)(BX*1), R10
	CMPQ add+72(FP), $0
	JNE  adding
	SETS
	VZEROUPPER
	RET

adding:
	ADDS
	VZEROUPPER
	RET
