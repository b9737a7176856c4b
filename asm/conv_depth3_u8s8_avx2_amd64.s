//go:build !purego

#include "textflag.h"

// func ConvDepth3U8S8_16_AVX2(dst *uint8, a *byte, line, pixels, c int, k *byte, zero, lo, hi int32)
//
// Pixels of a line of a depthwise convolution of 3x3 taps, each taken to bytes as soon as its sums are complete, in 16 channels. The
// three lines that the taps see lie line bytes apart. k is what Go's pack made: weights of 16 bits of 3 columns of taps, of the first
// and the second line side by side for 16 channels, and of the third and 0; the bias; and of each 8 channels mult, shift, 2^63 +
// 2^(shift-1) of even and of odd lanes, and 2^(63-shift) in the order of the sums, as in RequantU8_AVX2.
//
//	Y0, Y1;  Y2, Y3;  Y4, Y5  sums of the pixel that is complete with this column of the source, of the next one and of the one after
//	Y6 .. Y9     the column: the first two lines side by side, and the third
//	Y10, Y11     products, odd sums;  X12 the order of bytes;  X13 zero in words;  X14 hi, X15 lo in bytes
//	DI dst;  SI, R8, R9  the lines;  CX, DX  columns left and those of which no pixel is complete;  R10 c;  BX k
//
// A column of 16 channels does 12 VPMADDWD, which are exact on widened bytes, 12 VPADDD, 6 shuffles and 26 operations of requantization.
// Bound: 19 cycles where three ports take these, 14 where four do.
#define TAPS(o, c0, c1) \
	VPMADDWD o(BX), Y6, Y10       \
	VPMADDWD (o+32)(BX), Y7, Y11  \
	VPADDD   Y10, c0, c0          \
	VPADDD   Y11, c1, c1          \
	VPMADDWD (o+64)(BX), Y8, Y10  \
	VPMADDWD (o+96)(BX), Y9, Y11  \
	VPADDD   Y10, c0, c0          \
	VPADDD   Y11, c1, c1

#define SHIFT(o, x, y) \
	VPSRLQ  $32, x, y           \
	VPMULDQ o(BX), x, x         \
	VPMULDQ (o+32)(BX), y, y    \
	VPADDQ  (o+128)(BX), x, x   \
	VPADDQ  (o+160)(BX), y, y   \
	VPSRLVQ (o+64)(BX), x, x    \
	VPSRLVQ (o+96)(BX), y, y    \
	VSHUFPS $0x88, y, x, x      \
	VPSUBD  (o+192)(BX), x, x

DATA depth3Order<>+0(SB)/8, $0x0b090a0803010200
DATA depth3Order<>+8(SB)/8, $0x0f0d0e0c07050604
GLOBL depth3Order<>(SB), RODATA|NOPTR, $16

TEXT ·ConvDepth3U8S8_16_AVX2(SB), NOSPLIT, $0-60
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ line+16(FP), R9
	MOVQ pixels+24(FP), CX
	MOVQ c+32(FP), R10
	MOVQ k+40(FP), BX
	MOVL zero+48(FP), AX
	VMOVD AX, X13
	VPBROADCASTW X13, X13
	MOVL lo+52(FP), AX
	VMOVD AX, X15
	VPBROADCASTB X15, X15
	MOVL hi+56(FP), AX
	VMOVD AX, X14
	VPBROADCASTB X14, X14
	VMOVDQU depth3Order<>(SB), X12
	LEAQ (SI)(R9*1), R8
	LEAQ (R8)(R9*1), R9
	ADDQ $2, CX
	MOVL $2, DX

	PCALIGN $64

column:
	VMOVDQA Y2, Y0
	VMOVDQA Y3, Y1
	VMOVDQA Y4, Y2
	VMOVDQA Y5, Y3
	VMOVDQU 384(BX), Y4
	VMOVDQU 416(BX), Y5
	VMOVDQU (SI), X8
	VMOVDQU (R8), X9
	VPUNPCKLBW X9, X8, X6
	VPUNPCKHBW X9, X8, X7
	VPMOVZXBW X6, Y6
	VPMOVZXBW X7, Y7
	VPMOVZXBD (R9), Y8
	VPMOVZXBD 8(R9), Y9
	ADDQ R10, SI
	ADDQ R10, R8
	ADDQ R10, R9
	TAPS(256, Y0, Y1)
	TAPS(128, Y2, Y3)
	TAPS(0, Y4, Y5)
	SUBQ $1, DX
	JGE  next
	SHIFT(448, Y0, Y10)
	SHIFT(672, Y1, Y11)
	VPACKSSDW Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDSW   X13, X0, X0
	VPADDSW   X13, X1, X1
	VPACKUSWB X1, X0, X0
	VPMINUB   X14, X0, X0
	VPMAXUB   X15, X0, X0
	VPSHUFB   X12, X0, X0
	VMOVDQU   X0, (DI)
	ADDQ      R10, DI

next:
	DECQ CX
	JNZ  column
	VZEROUPPER
	RET
