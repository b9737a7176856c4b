//go:build !purego

#include "textflag.h"

// func ConvDepth3U8S8_64_VNNI(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c int, channels uint64, k *byte, zero, lo, hi int32)
//
// Pixels of lines of a depthwise convolution of 3x3 taps, each taken to bytes as soon as its sums are complete, in up to 64
// channels. The three lines that the taps see lie apart bytes from each other, what lines see line bytes, and they outLine
// bytes; channels has a bit for each channel. k is what Go's pack made: 4
// weights a lane of 3 columns of taps, the bias, and of each quarter mult, shift and 2^(shift-1) of even and of odd lanes.
//
//	Z0 .. Z3, Z4 .. Z7, Z8 .. Z11  sums of the pixel that is complete with this column of the source, of the next one and of the one
//	                               after that: quarter q of them has channels 4q .. 4q+3 of each 16
//	Z12 .. Z15   the column: bytes of the three lines and one that does not count, in the same quarters; then odd sums
//	Z16 .. Z27   weights: of the first column of taps, of the second, of the third
//	Z28 a line;  Z29 zero in words;  Z30 hi, Z31 lo in bytes;  K1 the channels;  K2 odd lanes
//	DI dst;  SI, R8, R9  the lines;  CX, DX  columns left and those of which no pixel is complete;  R10 c;  BX k
//
// A column of 64 channels loads 3 vectors and 28 constants and does 8 shuffles, 12 VPDPBUSD, which add in full width: nothing
// saturates, and 39 operations of requantization, whose packs put the channels in order again. Bound: 20 cycles where three of
// these issue a cycle.
// Reached on a Zen 5 in a whole layer of 32x32x64: 8.7 microseconds, some 27 cycles a column, copy included; f32 takes 20.
#define QUARTER(q, x, y) \
	VPSRLQ    $32, x, y                    \
	VPMULDQ   (1024+384*q+0)(BX), x, x     \
	VPMULDQ   (1024+384*q+64)(BX), y, y    \
	VPADDQ    (1024+384*q+256)(BX), x, x   \
	VPADDQ    (1024+384*q+320)(BX), y, y   \
	VPSRAVQ   (1024+384*q+128)(BX), x, x   \
	VPSRAVQ   (1024+384*q+192)(BX), y, y   \
	VMOVSLDUP y, K2, x

TEXT ·ConvDepth3U8S8_64_VNNI(SB), NOSPLIT, $0-92
	MOVQ c+56(FP), R10
	MOVQ channels+64(FP), AX
	KMOVQ AX, K1
	MOVL $0xaaaa, AX
	KMOVW AX, K2
	MOVQ k+72(FP), BX
	MOVL zero+80(FP), AX
	VPBROADCASTW AX, Z29
	MOVL lo+84(FP), AX
	VPBROADCASTB AX, Z31
	MOVL hi+88(FP), AX
	VPBROADCASTB AX, Z30
	VMOVDQU32 (BX), Z16
	VMOVDQU32 64(BX), Z17
	VMOVDQU32 128(BX), Z18
	VMOVDQU32 192(BX), Z19
	VMOVDQU32 256(BX), Z20
	VMOVDQU32 320(BX), Z21
	VMOVDQU32 384(BX), Z22
	VMOVDQU32 448(BX), Z23
	VMOVDQU32 512(BX), Z24
	VMOVDQU32 576(BX), Z25
	VMOVDQU32 640(BX), Z26
	VMOVDQU32 704(BX), Z27

line:
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ apart+16(FP), R9
	LEAQ (SI)(R9*1), R8
	LEAQ (R8)(R9*1), R9
	MOVQ pixels+48(FP), CX
	ADDQ $2, CX
	MOVL $2, DX

	PCALIGN $64

column:
	VMOVDQA32 Z4, Z0
	VMOVDQA32 Z5, Z1
	VMOVDQA32 Z6, Z2
	VMOVDQA32 Z7, Z3
	VMOVDQA32 Z8, Z4
	VMOVDQA32 Z9, Z5
	VMOVDQA32 Z10, Z6
	VMOVDQA32 Z11, Z7
	VMOVDQU32 768(BX), Z8
	VMOVDQU32 832(BX), Z9
	VMOVDQU32 896(BX), Z10
	VMOVDQU32 960(BX), Z11
	VMOVDQU8.Z (SI), K1, Z13
	VMOVDQU8.Z (R8), K1, Z15
	VMOVDQU8.Z (R9), K1, Z28
	ADDQ R10, SI
	ADDQ R10, R8
	ADDQ R10, R9
	VPUNPCKLBW Z15, Z13, Z12
	VPUNPCKHBW Z15, Z13, Z14
	VPUNPCKHBW Z28, Z28, Z15
	VPUNPCKLBW Z28, Z28, Z28
	VPUNPCKHWD Z28, Z12, Z13
	VPUNPCKLWD Z28, Z12, Z12
	VPUNPCKLWD Z15, Z14, Z28
	VPUNPCKHWD Z15, Z14, Z15
	VMOVDQA32  Z28, Z14
	VPDPBUSD Z24, Z12, Z0
	VPDPBUSD Z25, Z13, Z1
	VPDPBUSD Z26, Z14, Z2
	VPDPBUSD Z27, Z15, Z3
	VPDPBUSD Z20, Z12, Z4
	VPDPBUSD Z21, Z13, Z5
	VPDPBUSD Z22, Z14, Z6
	VPDPBUSD Z23, Z15, Z7
	VPDPBUSD Z16, Z12, Z8
	VPDPBUSD Z17, Z13, Z9
	VPDPBUSD Z18, Z14, Z10
	VPDPBUSD Z19, Z15, Z11
	SUBQ $1, DX
	JGE  next
	QUARTER(0, Z0, Z12)
	QUARTER(1, Z1, Z13)
	QUARTER(2, Z2, Z14)
	QUARTER(3, Z3, Z15)
	VPACKSSDW Z1, Z0, Z0
	VPACKSSDW Z3, Z2, Z2
	VPADDSW   Z29, Z0, Z0
	VPADDSW   Z29, Z2, Z2
	VPACKUSWB Z2, Z0, Z0
	VPMINUB   Z30, Z0, Z0
	VPMAXUB   Z31, Z0, Z0
	VMOVDQU8  Z0, K1, (DI)
	ADDQ      R10, DI

next:
	DECQ CX
	JNZ  column
	MOVQ outLine+40(FP), AX
	ADDQ AX, dst+0(FP)
	MOVQ line+24(FP), AX
	ADDQ AX, a+8(FP)
	DECQ lines+32(FP)
	JNZ  line
	VZEROUPPER
	RET
