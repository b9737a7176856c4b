//go:build !purego

#include "textflag.h"

// func ConvU8S8_8x48_VNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[8x48] = bias + A·B, for one tile after another down C, whose rows follow each other. A is read where it lies: row i
// begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1] steps of 4 bytes, with
// those of B, of 192 bytes, from segs[3s+2] on.
//
//	Z0 .. Z23          the tile: row i in Z(3i), Z(3i+1), Z(3i+2)
//	Z24 .. Z26         48 columns of a step of B
//	Z28 .. Z31         broadcast steps of A, in turn
//	R8 .. R13, AX, BX  the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI             B at the step, steps left in this segment
//	DX, R15            the next segment, segments left
//
// A step loads 192 + 32 bytes in 11 loads and does 24 VPDPBUSD, 1536 multiply-adds, which add in full width: nothing
// saturates. Bound: 24 cycles where it issues once a cycle in 512 bits (Zen 4), 12 where twice. Tiles of 32 columns do
// 16 in 10 loads. Those of 16 are bound by 9 loads for 8; even and odd steps have their own sums there, for there are more
// cycles in a VPDPBUSD than rows.
// Reached on a Zen 5 in whole layers, copying and requantization included: 83 % of PeakU8_VNNI with 512 values of k and 64
// columns, 66 % with 256 and 32.
#define ROWS \
	MOVQ aOff+16(FP), DX \
	MOVQ a+8(FP), DI     \
	MOVQ 0(DX), R8       \
	MOVQ 8(DX), R9       \
	MOVQ 16(DX), R10     \
	MOVQ 24(DX), R11     \
	MOVQ 32(DX), R12     \
	MOVQ 40(DX), R13     \
	MOVQ 48(DX), AX      \
	MOVQ 56(DX), BX      \
	ADDQ DI, R8          \
	ADDQ DI, R9          \
	ADDQ DI, R10         \
	ADDQ DI, R11         \
	ADDQ DI, R12         \
	ADDQ DI, R13         \
	ADDQ DI, AX          \
	ADDQ DI, BX          \
	ADDQ $64, DX         \
	MOVQ DX, aOff+16(FP) \
	MOVQ segs+24(FP), DX \
	MOVQ nseg+32(FP), R15 \
	MOVQ bias+48(FP), SI

// SEGMENT begins one; a step of B is w bytes.
#define SEGMENT(w) \
	MOVQ   (DX), CX         \
	MOVQ   8(DX), SI        \
	IMUL3Q $w, 16(DX), DI   \
	ADDQ   b+40(FP), DI     \
	ADDQ   $24, DX

// STORED ends a tile of so many bytes.
#define STORED(bytes) \
	ADDQ $bytes, c+56(FP) \
	DECQ tiles+0(FP)

#define COPY3(c0, c1, c2) \
	VMOVDQA32 Z0, c0 \
	VMOVDQA32 Z1, c1 \
	VMOVDQA32 Z2, c2

#define ROW3(r, t, c0, c1, c2) \
	VPBROADCASTD (r)(CX*1), t \
	VPDPBUSD     Z24, t, c0   \
	VPDPBUSD     Z25, t, c1   \
	VPDPBUSD     Z26, t, c2

#define SET3(o, c0, c1, c2) \
	VMOVDQU32 c0, (192*o)(SI)    \
	VMOVDQU32 c1, (192*o+64)(SI) \
	VMOVDQU32 c2, (192*o+128)(SI)

TEXT ·ConvU8S8_8x48_VNNI(SB), NOSPLIT, $0-64

tile:
	ROWS
	VMOVDQU32 (SI), Z0
	VMOVDQU32 64(SI), Z1
	VMOVDQU32 128(SI), Z2
	COPY3(Z3, Z4, Z5)
	COPY3(Z6, Z7, Z8)
	COPY3(Z9, Z10, Z11)
	COPY3(Z12, Z13, Z14)
	COPY3(Z15, Z16, Z17)
	COPY3(Z18, Z19, Z20)
	COPY3(Z21, Z22, Z23)
	TESTQ R15, R15
	JZ    store

segment:
	SEGMENT(192)

	PCALIGN $64

step:
	VMOVDQU32 (DI), Z24
	VMOVDQU32 64(DI), Z25
	VMOVDQU32 128(DI), Z26
	ROW3(R8, Z28, Z0, Z1, Z2)
	ROW3(R9, Z29, Z3, Z4, Z5)
	ROW3(R10, Z30, Z6, Z7, Z8)
	ROW3(R11, Z31, Z9, Z10, Z11)
	ROW3(R12, Z28, Z12, Z13, Z14)
	ROW3(R13, Z29, Z15, Z16, Z17)
	ROW3(AX, Z30, Z18, Z19, Z20)
	ROW3(BX, Z31, Z21, Z22, Z23)
	ADDQ $192, DI
	ADDQ $4, CX
	DECQ SI
	JNZ  step

	DECQ R15
	JNZ  segment

store:
	MOVQ c+56(FP), SI
	SET3(0, Z0, Z1, Z2)
	SET3(1, Z3, Z4, Z5)
	SET3(2, Z6, Z7, Z8)
	SET3(3, Z9, Z10, Z11)
	SET3(4, Z12, Z13, Z14)
	SET3(5, Z15, Z16, Z17)
	SET3(6, Z18, Z19, Z20)
	SET3(7, Z21, Z22, Z23)
	STORED(8*192)
	JNZ  tile
	VZEROUPPER
	RET

#define COPY2(c0, c1) \
	VMOVDQA32 Z0, c0 \
	VMOVDQA32 Z1, c1

#define ROW2(r, t, c0, c1) \
	VPBROADCASTD (r)(CX*1), t \
	VPDPBUSD     Z24, t, c0   \
	VPDPBUSD     Z25, t, c1

#define SET2(o, c0, c1) \
	VMOVDQU32 c0, (128*o)(SI) \
	VMOVDQU32 c1, (128*o+64)(SI)

// func ConvU8S8_8x32_VNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
TEXT ·ConvU8S8_8x32_VNNI(SB), NOSPLIT, $0-64

tile:
	ROWS
	VMOVDQU32 (SI), Z0
	VMOVDQU32 64(SI), Z1
	COPY2(Z2, Z3)
	COPY2(Z4, Z5)
	COPY2(Z6, Z7)
	COPY2(Z8, Z9)
	COPY2(Z10, Z11)
	COPY2(Z12, Z13)
	COPY2(Z14, Z15)
	TESTQ R15, R15
	JZ    store

segment:
	SEGMENT(128)

	PCALIGN $64

step:
	VMOVDQU32 (DI), Z24
	VMOVDQU32 64(DI), Z25
	ROW2(R8, Z28, Z0, Z1)
	ROW2(R9, Z29, Z2, Z3)
	ROW2(R10, Z30, Z4, Z5)
	ROW2(R11, Z31, Z6, Z7)
	ROW2(R12, Z28, Z8, Z9)
	ROW2(R13, Z29, Z10, Z11)
	ROW2(AX, Z30, Z12, Z13)
	ROW2(BX, Z31, Z14, Z15)
	ADDQ $128, DI
	ADDQ $4, CX
	DECQ SI
	JNZ  step

	DECQ R15
	JNZ  segment

store:
	MOVQ c+56(FP), SI
	SET2(0, Z0, Z1)
	SET2(1, Z2, Z3)
	SET2(2, Z4, Z5)
	SET2(3, Z6, Z7)
	SET2(4, Z8, Z9)
	SET2(5, Z10, Z11)
	SET2(6, Z12, Z13)
	SET2(7, Z14, Z15)
	STORED(8*128)
	JNZ  tile
	VZEROUPPER
	RET

#define STEP1(o, b, c0, c1, c2, c3, c4, c5, c6, c7) \
	VMOVDQU32    (16*o)(DI), b     \
	VPBROADCASTD o(R8)(CX*1), Z28  \
	VPBROADCASTD o(R9)(CX*1), Z29  \
	VPBROADCASTD o(R10)(CX*1), Z30 \
	VPBROADCASTD o(R11)(CX*1), Z31 \
	VPDPBUSD     b, Z28, c0        \
	VPDPBUSD     b, Z29, c1        \
	VPDPBUSD     b, Z30, c2        \
	VPDPBUSD     b, Z31, c3        \
	VPBROADCASTD o(R12)(CX*1), Z28 \
	VPBROADCASTD o(R13)(CX*1), Z29 \
	VPBROADCASTD o(AX)(CX*1), Z30  \
	VPBROADCASTD o(BX)(CX*1), Z31  \
	VPDPBUSD     b, Z28, c4        \
	VPDPBUSD     b, Z29, c5        \
	VPDPBUSD     b, Z30, c6        \
	VPDPBUSD     b, Z31, c7

#define EVEN(o) STEP1(o, Z24, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
#define ODD(o) STEP1(o, Z25, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)

#define SET1(o, c, d) \
	VPADDD    d, c, c      \
	VMOVDQU32 c, (64*o)(SI)

// func ConvU8S8_8x16_VNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
TEXT ·ConvU8S8_8x16_VNNI(SB), NOSPLIT, $0-64

tile:
	ROWS
	VMOVDQU32 (SI), Z0
	VMOVDQA32 Z0, Z1
	COPY2(Z2, Z3)
	COPY2(Z4, Z5)
	COPY2(Z6, Z7)
	VPXORD    Z8, Z8, Z8
	VPXORD    Z9, Z9, Z9
	VPXORD    Z10, Z10, Z10
	VPXORD    Z11, Z11, Z11
	VPXORD    Z12, Z12, Z12
	VPXORD    Z13, Z13, Z13
	VPXORD    Z14, Z14, Z14
	VPXORD    Z15, Z15, Z15
	TESTQ R15, R15
	JZ    store

segment:
	SEGMENT(64)
	SHRQ $1, SI
	JCC  pairs
	EVEN(0)
	LEAQ 64(DI), DI
	LEAQ 4(CX), CX
	TESTQ SI, SI

pairs:
	JZ   ended

	PCALIGN $64

pair:
	EVEN(0)
	ODD(4)
	ADDQ $128, DI
	ADDQ $8, CX
	DECQ SI
	JNZ  pair

ended:
	DECQ R15
	JNZ  segment

store:
	MOVQ c+56(FP), SI
	SET1(0, Z0, Z8)
	SET1(1, Z1, Z9)
	SET1(2, Z2, Z10)
	SET1(3, Z3, Z11)
	SET1(4, Z4, Z12)
	SET1(5, Z5, Z13)
	SET1(6, Z6, Z14)
	SET1(7, Z7, Z15)
	STORED(8*64)
	JNZ  tile
	VZEROUPPER
	RET
