//go:build !purego

#include "textflag.h"

// func GemmU8S8_8x48_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)
//
// C[8x48] = bias + A·B, for one tile after another down A and C: bytes of A unsigned, read where they lie; bytes of B
// signed, packed with 192 bytes a step of 4 values of k, zero beyond k.
//
//	Z0 .. Z23   the tile: row i in Z(3i), Z(3i+1), Z(3i+2)
//	Z24 .. Z26  48 columns of a step of B
//	Z28 .. Z31  broadcast steps of A, in turn;  X27 how far the last ones are shifted
//	SI, R10     rows 0 and 4 of A;  R8, R9 lda and 3 lda;  R11 the next tile's A
//	DI          B;  DX, R13  C and ldc, in bytes
//	CX, AX, BX  tiles left, whole steps before the end, eight times the pairs of steps left;  R12 4 - k%4, or 0
//	R15         bytes of a row in the end: 16, or 0 if k is below 16
//
// Where k is no multiple of 4, the last step reads the 4 bytes that end a row and shifts out those that it has used,
// so that nothing outside of a row is read. k is at least 4, or 0. Sums of integers have no order: this step comes
// before the end, which is four whole steps.
//
// The end goes row by row and stores a row as soon as it is done. Were all 24 stores to follow the last step, the CPU
// would find nothing else to do in its window: 30 cycles a tile.
//
// A step loads 192 + 32 bytes in 11 loads and does 24 VPDPBUSD, 1536 multiply-adds. VPDPBUSD adds four products in
// full width: nothing saturates. Bound: 24 cycles where it issues once a cycle in 512 bits (Zen 4), 12 where twice.
// Reached on a Zen 5, with panels in the caches: 97 % of PeakU8_VNNI with k = 64, 99 % from 128 on (84 % 16 columns wide,
// where the loads are the bound).
//
// GemmU8S8_4x48_VNNI is the same for tiles of 4 rows, GemmU8S8_8x32_VNNI and GemmU8S8_8x16_VNNI for tiles of 32 and
// 16 columns. In 16 columns even and odd steps have their own sums, for there are more cycles in a VPDPBUSD than
// rows.
#define ARGS \
	MOVQ  tiles+0(FP), CX   \
	MOVQ  k+8(FP), AX       \
	MOVQ  a+16(FP), R11     \
	MOVQ  lda+24(FP), R8    \
	MOVQ  c+48(FP), DX      \
	MOVQ  ldc+56(FP), R13   \
	SHLQ  $2, R13           \
	LEAQ  (R8)(R8*2), R9    \
	MOVQ  AX, R12           \
	NEGQ  R12               \
	ANDQ  $3, R12           \
	LEAQ  (R12*8), BX       \
	VMOVD BX, X27           \
	SHRQ  $2, AX

// ENDS leaves the last four steps to the end, if there are so many: R15 is how many bytes of a row they are.
#define ENDS \
	CMPQ AX, $4   \
	SBBQ R15, R15 \
	NOTQ R15      \
	ANDQ $16, R15 \
	MOVQ R15, BX  \
	SHRQ $2, BX   \
	SUBQ BX, AX

// NEXT points at the next tile of h rows, and BX at the bias.
#define NEXT(h) \
	MOVQ R11, SI           \
	LEAQ (R11)(R8*4), R10  \
	LEAQ (R11)(R8*h), R11  \
	MOVQ b+32(FP), DI      \
	MOVQ bias+40(FP), BX

// AHEAD moves n steps of B, w bytes each, forward.
#define AHEAD(n, w) \
	ADDQ $(4*n), SI  \
	ADDQ $(4*n), R10 \
	ADDQ $(n*w), DI

// PAIRS begins the loop over pairs of steps, BX counting them by eights. ASK ends a turn: it asks for a line of the
// next tile's A, from its end to its third line if its rows touch; the end asks for the first two.
#define PAIRS \
	MOVQ AX, BX  \
	SHRQ $1, BX  \
	JZ   odd     \
	SHLQ $3, BX

#define ASK \
	PREFETCHT0 64(R11)(BX*8) \
	SUBQ       $8, BX

// LAST moves to the end of a row, behind the steps that are left for the end, and BACK from there to these.
#define LAST(w) \
	SUBQ   R12, R15         \
	ADDQ   R15, SI          \
	ADDQ   R15, R10         \
	ADDQ   R12, R15         \
	IMUL3Q $(w/4), R15, BX  \
	ADDQ   BX, DI

#define BACK \
	SUBQ R15, SI  \
	ADDQ R12, SI  \
	SUBQ R15, R10 \
	ADDQ R12, R10 \
	SUBQ BX, DI

#define COPY3(c0, c1, c2) \
	VMOVDQA32 Z0, c0 \
	VMOVDQA32 Z1, c1 \
	VMOVDQA32 Z2, c2

#define ROW3(a, t, c0, c1, c2) \
	VPBROADCASTD a, t \
	VPDPBUSD     Z24, t, c0 \
	VPDPBUSD     Z25, t, c1 \
	VPDPBUSD     Z26, t, c2

#define ROW3LAST(a, t, c0, c1, c2) \
	VPBROADCASTD a, t \
	VPSRLD       X27, t, t \
	VPDPBUSD     Z24, t, c0 \
	VPDPBUSD     Z25, t, c1 \
	VPDPBUSD     Z26, t, c2

#define STEP4x48(ROW, ao, bo) \
	VMOVDQU32 (bo+0)(DI), Z24   \
	VMOVDQU32 (bo+64)(DI), Z25  \
	VMOVDQU32 (bo+128)(DI), Z26 \
	ROW(ao(SI), Z28, Z0, Z1, Z2) \
	ROW(ao(SI)(R8*1), Z29, Z3, Z4, Z5) \
	ROW(ao(SI)(R8*2), Z30, Z6, Z7, Z8) \
	ROW(ao(SI)(R9*1), Z31, Z9, Z10, Z11)

#define STEP8x48(ROW, ao, bo) \
	STEP4x48(ROW, ao, bo) \
	ROW(ao(R10), Z28, Z12, Z13, Z14) \
	ROW(ao(R10)(R8*1), Z29, Z15, Z16, Z17) \
	ROW(ao(R10)(R8*2), Z30, Z18, Z19, Z20) \
	ROW(ao(R10)(R9*1), Z31, Z21, Z22, Z23)

// END3 does the last four steps of one row, whose A begins at a, and stores it: the stores come at the pace at which
// they can be made, and wait for no other row.
#define END3(SET, a, c0, c1, c2) \
	VPBROADCASTD 0 a, Z28        \
	VPDPBUSD     (DI), Z28, c0   \
	VPDPBUSD     64(DI), Z28, c1 \
	VPDPBUSD     128(DI), Z28, c2 \
	VPBROADCASTD 4 a, Z29         \
	VPDPBUSD     192(DI), Z29, c0 \
	VPDPBUSD     256(DI), Z29, c1 \
	VPDPBUSD     320(DI), Z29, c2 \
	VPBROADCASTD 8 a, Z30         \
	VPDPBUSD     384(DI), Z30, c0 \
	VPDPBUSD     448(DI), Z30, c1 \
	VPDPBUSD     512(DI), Z30, c2 \
	VPBROADCASTD 12 a, Z31        \
	VPDPBUSD     576(DI), Z31, c0 \
	VPDPBUSD     640(DI), Z31, c1 \
	VPDPBUSD     704(DI), Z31, c2 \
	SET(c0, c1, c2)

#define STREAM3(c0, c1, c2) \
	VMOVNTDQ c0, (DX)    \
	VMOVNTDQ c1, 64(DX)  \
	VMOVNTDQ c2, 128(DX) \
	ADDQ     R13, DX

#define SET3(c0, c1, c2) \
	VMOVDQU32 c0, (DX)    \
	VMOVDQU32 c1, 64(DX)  \
	VMOVDQU32 c2, 128(DX) \
	ADDQ      R13, DX

TEXT ·GemmU8S8_8x48_VNNI(SB), NOSPLIT, $0-65
	ARGS
	ENDS

tile:
	NEXT(8)
	VMOVDQU32 (BX), Z0
	VMOVDQU32 64(BX), Z1
	VMOVDQU32 128(BX), Z2
	COPY3(Z3, Z4, Z5)
	COPY3(Z6, Z7, Z8)
	COPY3(Z9, Z10, Z11)
	COPY3(Z12, Z13, Z14)
	COPY3(Z15, Z16, Z17)
	COPY3(Z18, Z19, Z20)
	COPY3(Z21, Z22, Z23)
	PAIRS

	PCALIGN $64

pairs:
	STEP8x48(ROW3, 0, 0)
	STEP8x48(ROW3, 4, 192)
	AHEAD(2, 192)
	ASK
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    last
	STEP8x48(ROW3, 0, 0)
	AHEAD(1, 192)

last:
	TESTQ R12, R12
	JZ    end
	LAST(192)
	STEP8x48(ROW3LAST, 0, 0)
	BACK

end:
	TESTQ R15, R15
	JZ    store
	PREFETCHT0 (R11)
	PREFETCHT0 64(R11)
	CMPB stream+64(FP), $0
	JNE  stream
	END3(SET3, (SI), Z0, Z1, Z2)
	END3(SET3, (SI)(R8*1), Z3, Z4, Z5)
	END3(SET3, (SI)(R8*2), Z6, Z7, Z8)
	END3(SET3, (SI)(R9*1), Z9, Z10, Z11)
	END3(SET3, (R10), Z12, Z13, Z14)
	END3(SET3, (R10)(R8*1), Z15, Z16, Z17)
	END3(SET3, (R10)(R8*2), Z18, Z19, Z20)
	END3(SET3, (R10)(R9*1), Z21, Z22, Z23)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

stream:
	END3(STREAM3, (SI), Z0, Z1, Z2)
	END3(STREAM3, (SI)(R8*1), Z3, Z4, Z5)
	END3(STREAM3, (SI)(R8*2), Z6, Z7, Z8)
	END3(STREAM3, (SI)(R9*1), Z9, Z10, Z11)
	END3(STREAM3, (R10), Z12, Z13, Z14)
	END3(STREAM3, (R10)(R8*1), Z15, Z16, Z17)
	END3(STREAM3, (R10)(R8*2), Z18, Z19, Z20)
	END3(STREAM3, (R10)(R9*1), Z21, Z22, Z23)
	DECQ CX
	JNZ  tile
	SFENCE
	VZEROUPPER
	RET

store:
	SET3(Z0, Z1, Z2)
	SET3(Z3, Z4, Z5)
	SET3(Z6, Z7, Z8)
	SET3(Z9, Z10, Z11)
	SET3(Z12, Z13, Z14)
	SET3(Z15, Z16, Z17)
	SET3(Z18, Z19, Z20)
	SET3(Z21, Z22, Z23)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func GemmU8S8_4x48_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int)
TEXT ·GemmU8S8_4x48_VNNI(SB), NOSPLIT, $0-64
	ARGS
	ENDS

tile:
	NEXT(4)
	VMOVDQU32 (BX), Z0
	VMOVDQU32 64(BX), Z1
	VMOVDQU32 128(BX), Z2
	COPY3(Z3, Z4, Z5)
	COPY3(Z6, Z7, Z8)
	COPY3(Z9, Z10, Z11)
	PAIRS

	PCALIGN $64

pairs:
	STEP4x48(ROW3, 0, 0)
	STEP4x48(ROW3, 4, 192)
	AHEAD(2, 192)
	ASK
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    last
	STEP4x48(ROW3, 0, 0)
	AHEAD(1, 192)

last:
	TESTQ R12, R12
	JZ    end
	LAST(192)
	STEP4x48(ROW3LAST, 0, 0)
	BACK

end:
	TESTQ R15, R15
	JZ    store
	PREFETCHT0 (R11)
	PREFETCHT0 64(R11)
	END3(SET3, (SI), Z0, Z1, Z2)
	END3(SET3, (SI)(R8*1), Z3, Z4, Z5)
	END3(SET3, (SI)(R8*2), Z6, Z7, Z8)
	END3(SET3, (SI)(R9*1), Z9, Z10, Z11)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

store:
	SET3(Z0, Z1, Z2)
	SET3(Z3, Z4, Z5)
	SET3(Z6, Z7, Z8)
	SET3(Z9, Z10, Z11)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

#define COPY2(c0, c1) \
	VMOVDQA32 Z0, c0 \
	VMOVDQA32 Z1, c1

#define ROW2(a, t, c0, c1) \
	VPBROADCASTD a, t \
	VPDPBUSD     Z24, t, c0 \
	VPDPBUSD     Z25, t, c1

#define ROW2LAST(a, t, c0, c1) \
	VPBROADCASTD a, t \
	VPSRLD       X27, t, t \
	VPDPBUSD     Z24, t, c0 \
	VPDPBUSD     Z25, t, c1

#define STEP8x32(ROW, ao, bo) \
	VMOVDQU32 (bo+0)(DI), Z24  \
	VMOVDQU32 (bo+64)(DI), Z25 \
	ROW(ao(SI), Z28, Z0, Z1) \
	ROW(ao(SI)(R8*1), Z29, Z2, Z3) \
	ROW(ao(SI)(R8*2), Z30, Z4, Z5) \
	ROW(ao(SI)(R9*1), Z31, Z6, Z7) \
	ROW(ao(R10), Z28, Z8, Z9) \
	ROW(ao(R10)(R8*1), Z29, Z10, Z11) \
	ROW(ao(R10)(R8*2), Z30, Z12, Z13) \
	ROW(ao(R10)(R9*1), Z31, Z14, Z15)

#define END2(SET, a, c0, c1) \
	VPBROADCASTD 0 a, Z28         \
	VPDPBUSD     (DI), Z28, c0    \
	VPDPBUSD     64(DI), Z28, c1  \
	VPBROADCASTD 4 a, Z29         \
	VPDPBUSD     128(DI), Z29, c0 \
	VPDPBUSD     192(DI), Z29, c1 \
	VPBROADCASTD 8 a, Z30         \
	VPDPBUSD     256(DI), Z30, c0 \
	VPDPBUSD     320(DI), Z30, c1 \
	VPBROADCASTD 12 a, Z31        \
	VPDPBUSD     384(DI), Z31, c0 \
	VPDPBUSD     448(DI), Z31, c1 \
	SET(c0, c1)

#define STREAM2(c0, c1) \
	VMOVNTDQ c0, (DX)   \
	VMOVNTDQ c1, 64(DX) \
	ADDQ     R13, DX

#define SET2(c0, c1) \
	VMOVDQU32 c0, (DX)   \
	VMOVDQU32 c1, 64(DX) \
	ADDQ      R13, DX

// func GemmU8S8_8x32_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)
TEXT ·GemmU8S8_8x32_VNNI(SB), NOSPLIT, $0-65
	ARGS
	ENDS

tile:
	NEXT(8)
	VMOVDQU32 (BX), Z0
	VMOVDQU32 64(BX), Z1
	COPY2(Z2, Z3)
	COPY2(Z4, Z5)
	COPY2(Z6, Z7)
	COPY2(Z8, Z9)
	COPY2(Z10, Z11)
	COPY2(Z12, Z13)
	COPY2(Z14, Z15)
	PAIRS

	PCALIGN $64

pairs:
	STEP8x32(ROW2, 0, 0)
	STEP8x32(ROW2, 4, 128)
	AHEAD(2, 128)
	ASK
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    last
	STEP8x32(ROW2, 0, 0)
	AHEAD(1, 128)

last:
	TESTQ R12, R12
	JZ    end
	LAST(128)
	STEP8x32(ROW2LAST, 0, 0)
	BACK

end:
	TESTQ R15, R15
	JZ    store
	PREFETCHT0 (R11)
	PREFETCHT0 64(R11)
	CMPB stream+64(FP), $0
	JNE  stream
	END2(SET2, (SI), Z0, Z1)
	END2(SET2, (SI)(R8*1), Z2, Z3)
	END2(SET2, (SI)(R8*2), Z4, Z5)
	END2(SET2, (SI)(R9*1), Z6, Z7)
	END2(SET2, (R10), Z8, Z9)
	END2(SET2, (R10)(R8*1), Z10, Z11)
	END2(SET2, (R10)(R8*2), Z12, Z13)
	END2(SET2, (R10)(R9*1), Z14, Z15)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

stream:
	END2(STREAM2, (SI), Z0, Z1)
	END2(STREAM2, (SI)(R8*1), Z2, Z3)
	END2(STREAM2, (SI)(R8*2), Z4, Z5)
	END2(STREAM2, (SI)(R9*1), Z6, Z7)
	END2(STREAM2, (R10), Z8, Z9)
	END2(STREAM2, (R10)(R8*1), Z10, Z11)
	END2(STREAM2, (R10)(R8*2), Z12, Z13)
	END2(STREAM2, (R10)(R9*1), Z14, Z15)
	DECQ CX
	JNZ  tile
	SFENCE
	VZEROUPPER
	RET

store:
	SET2(Z0, Z1)
	SET2(Z2, Z3)
	SET2(Z4, Z5)
	SET2(Z6, Z7)
	SET2(Z8, Z9)
	SET2(Z10, Z11)
	SET2(Z12, Z13)
	SET2(Z14, Z15)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

#define ROW1(a, t, c0) \
	VPBROADCASTD a, t \
	VPDPBUSD     Z24, t, c0

#define ROW1LAST(a, t, c0) \
	VPBROADCASTD a, t \
	VPSRLD       X27, t, t \
	VPDPBUSD     Z24, t, c0

#define STEP8x16(ROW, ao, bo, c0, c1, c2, c3, c4, c5, c6, c7) \
	VMOVDQU32 (bo+0)(DI), Z24  \
	ROW(ao(SI), Z28, c0) \
	ROW(ao(SI)(R8*1), Z29, c1) \
	ROW(ao(SI)(R8*2), Z30, c2) \
	ROW(ao(SI)(R9*1), Z31, c3) \
	ROW(ao(R10), Z28, c4) \
	ROW(ao(R10)(R8*1), Z29, c5) \
	ROW(ao(R10)(R8*2), Z30, c6) \
	ROW(ao(R10)(R9*1), Z31, c7)

#define END1(SET, a, c0, d0) \
	VPBROADCASTD 0 a, Z28         \
	VPDPBUSD     (DI), Z28, c0    \
	VPBROADCASTD 4 a, Z29         \
	VPDPBUSD     64(DI), Z29, d0  \
	VPBROADCASTD 8 a, Z30         \
	VPDPBUSD     128(DI), Z30, c0 \
	VPBROADCASTD 12 a, Z31        \
	VPDPBUSD     192(DI), Z31, d0 \
	SET(c0, d0)

#define STREAM1(c0, d0) \
	VPADDD   d0, c0, c0 \
	VMOVNTDQ c0, (DX)   \
	ADDQ     R13, DX

#define SET1(c0, d0) \
	VPADDD    d0, c0, c0 \
	VMOVDQU32 c0, (DX)   \
	ADDQ      R13, DX

// func GemmU8S8_8x16_VNNI(tiles, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)
TEXT ·GemmU8S8_8x16_VNNI(SB), NOSPLIT, $0-65
	ARGS
	ENDS

tile:
	NEXT(8)
	VMOVDQU32 (BX), Z0
	VMOVDQA32 Z0, Z1; VMOVDQA32 Z0, Z2; VMOVDQA32 Z0, Z3; VMOVDQA32 Z0, Z4
	VMOVDQA32 Z0, Z5; VMOVDQA32 Z0, Z6; VMOVDQA32 Z0, Z7
	VPXORD Z8, Z8, Z8; VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14; VPXORD Z15, Z15, Z15
	PAIRS

	PCALIGN $64

pairs:
	STEP8x16(ROW1, 0, 0, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	STEP8x16(ROW1, 4, 64, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	AHEAD(2, 64)
	ASK
	JNZ  pairs

odd:
	TESTQ $1, AX
	JZ    last
	STEP8x16(ROW1, 0, 0, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	AHEAD(1, 64)

last:
	TESTQ R12, R12
	JZ    end
	LAST(64)
	STEP8x16(ROW1LAST, 0, 0, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	BACK

end:
	TESTQ R15, R15
	JZ    store
	PREFETCHT0 (R11)
	PREFETCHT0 64(R11)
	CMPB stream+64(FP), $0
	JNE  stream
	END1(SET1, (SI), Z0, Z8)
	END1(SET1, (SI)(R8*1), Z1, Z9)
	END1(SET1, (SI)(R8*2), Z2, Z10)
	END1(SET1, (SI)(R9*1), Z3, Z11)
	END1(SET1, (R10), Z4, Z12)
	END1(SET1, (R10)(R8*1), Z5, Z13)
	END1(SET1, (R10)(R8*2), Z6, Z14)
	END1(SET1, (R10)(R9*1), Z7, Z15)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

stream:
	END1(STREAM1, (SI), Z0, Z8)
	END1(STREAM1, (SI)(R8*1), Z1, Z9)
	END1(STREAM1, (SI)(R8*2), Z2, Z10)
	END1(STREAM1, (SI)(R9*1), Z3, Z11)
	END1(STREAM1, (R10), Z4, Z12)
	END1(STREAM1, (R10)(R8*1), Z5, Z13)
	END1(STREAM1, (R10)(R8*2), Z6, Z14)
	END1(STREAM1, (R10)(R9*1), Z7, Z15)
	DECQ CX
	JNZ  tile
	SFENCE
	VZEROUPPER
	RET

store:
	SET1(Z0, Z8)
	SET1(Z1, Z9)
	SET1(Z2, Z10)
	SET1(Z3, Z11)
	SET1(Z4, Z12)
	SET1(Z5, Z13)
	SET1(Z6, Z14)
	SET1(Z7, Z15)
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func GemmU8S8_1x48_VNNI(panels, k int, a, b *byte, bias, c *int32)
//
// The product with a vector: 48 columns at a time, one panel of B after another.
//
//	Z0 .. Z11   the row, in four partial sums of steps 0, 1, 2, 3 mod 4, three vectors each
//	Z12 .. Z15  broadcast steps of A;  X27 how far the last is shifted
//	SI, DI      A, B;  R8, DX  bias, C
//	CX, AX, BX  panels left, whole steps, steps left;  R12 4 - k%4, or 0
//
// Four steps load 768 + 16 bytes and do 12 VPDPBUSD. Bound: reading B from where it lies, once and straight on; each
// line is asked for 2 KB ahead, across the end of a panel too. Reached on a Zen 5, against a loop that only reads: 85
// % out of L2, 88 to 100 % out of L3.
#define STEP1x48(ao, bo, t, c0, c1, c2) \
	VPBROADCASTD ao(SI), t \
	PREFETCHT0   (bo+2048)(DI) \
	PREFETCHT0   (bo+2112)(DI) \
	PREFETCHT0   (bo+2176)(DI) \
	VPDPBUSD     (bo+0)(DI), t, c0 \
	VPDPBUSD     (bo+64)(DI), t, c1 \
	VPDPBUSD     (bo+128)(DI), t, c2

TEXT ·GemmU8S8_1x48_VNNI(SB), NOSPLIT, $0-48
	MOVQ  panels+0(FP), CX
	MOVQ  k+8(FP), AX
	MOVQ  b+24(FP), DI
	MOVQ  bias+32(FP), R8
	MOVQ  c+40(FP), DX
	MOVQ  AX, R12
	NEGQ  R12
	ANDQ  $3, R12
	LEAQ  (R12*8), BX
	VMOVD BX, X27
	SHRQ  $2, AX

panel:
	MOVQ      a+16(FP), SI
	VMOVDQU32 (R8), Z0
	VMOVDQU32 64(R8), Z1
	VMOVDQU32 128(R8), Z2
	ADDQ      $192, R8
	VPXORD Z3, Z3, Z3; VPXORD Z4, Z4, Z4; VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6; VPXORD Z7, Z7, Z7; VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11
	MOVQ AX, BX
	SUBQ $4, BX
	JLT  rest

	PCALIGN $64

fours:
	STEP1x48(0, 0, Z12, Z0, Z1, Z2)
	STEP1x48(4, 192, Z13, Z3, Z4, Z5)
	STEP1x48(8, 384, Z14, Z6, Z7, Z8)
	STEP1x48(12, 576, Z15, Z9, Z10, Z11)
	ADDQ $16, SI
	ADDQ $768, DI
	SUBQ $4, BX
	JGE  fours

rest:
	ADDQ $4, BX
	JZ   last

ones:
	STEP1x48(0, 0, Z12, Z0, Z1, Z2)
	ADDQ $4, SI
	ADDQ $192, DI
	DECQ BX
	JNZ  ones

last:
	TESTQ R12, R12
	JZ    sum
	SUBQ  R12, SI
	VPBROADCASTD (SI), Z12
	VPSRLD    X27, Z12, Z12
	VPDPBUSD  (DI), Z12, Z3
	VPDPBUSD  64(DI), Z12, Z4
	VPDPBUSD  128(DI), Z12, Z5
	ADDQ      $192, DI

sum:
	VPADDD Z3, Z0, Z0; VPADDD Z4, Z1, Z1; VPADDD Z5, Z2, Z2
	VPADDD Z9, Z6, Z6; VPADDD Z10, Z7, Z7; VPADDD Z11, Z8, Z8
	VPADDD Z6, Z0, Z0; VPADDD Z7, Z1, Z1; VPADDD Z8, Z2, Z2
	VMOVDQU32 Z0, (DX)
	VMOVDQU32 Z1, 64(DX)
	VMOVDQU32 Z2, 128(DX)
	ADDQ $192, DX
	DECQ CX
	JNZ  panel
	VZEROUPPER
	RET
