//go:build !purego

#include "textflag.h"

// func ConvDepth3U8S8_8_AVX2(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c int, k *byte, zero, lo, hi int32)
//
// Pixels of lines of a depthwise convolution of 3x3 taps, two at a time, taken to bytes as soon as their sums are complete, in 8
// channels. The three lines that the taps see lie apart bytes from each other, what lines see line bytes, and they outLine
// bytes. k is what Go's pack made: weights of 16 bits, side by side of the
// first and the second line, of 3 columns of taps; of the third line 0 and the first, the first and the second, the second and the
// third, the third and 0; the bias; mult, shift and 2^63 + 2^(shift-1) of even and of odd lanes, and 2^(63-shift) in the order of the
// sums, as in RequantU8_AVX2.
//
//	Y0 .. Y3     sums of the two pixels that are complete with these columns of the source, and of the two after them
//	Y4, Y6       two columns of the first two lines side by side;  Y5 those of the third line
//	Y8, Y9       weights;  Y10, Y11  products, odd sums
//	X12 the order of bytes;  X13 zero in words;  X14 hi, X15 lo in bytes
//	DI dst;  SI, R8, R9  the lines;  CX pixels left, and those of columns of which none is complete;  R10 c;  BX k;  DX pixels
//
// Two columns of 8 channels load 21 times and do 10 VPMADDWD, which are exact on widened bytes, 10 VPADDD, 6 shuffles and 25
// operations of requantization. Bound: 17 cycles where three ports take these, 13 where four do. It reads a column beyond the last
// one, and 16 bytes of each.
// Reached on a Zen 5 in a whole layer of 32x32x64: 23 to 25 microseconds, some 19 cycles, copy included; f32 takes 26 to 28.
#define TAPS(o, c0, c1) \
	VMOVDQU  o(BX), Y8      \
	VPMADDWD Y8, Y4, Y10    \
	VPMADDWD Y8, Y6, Y11    \
	VPADDD   Y10, c0, c0    \
	VPADDD   Y11, c1, c1

#define THIRD(o, c) \
	VPMADDWD o(BX), Y5, Y10 \
	VPADDD   Y10, c, c

// SHIFTS requantizes both complete pixels.
#define SHIFTS \
	VPSRLQ  $32, Y0, Y10      \
	VPSRLQ  $32, Y1, Y11      \
	VMOVDQU 256(BX), Y8       \
	VMOVDQU 288(BX), Y9       \
	VPMULDQ Y8, Y0, Y0        \
	VPMULDQ Y8, Y1, Y1        \
	VPMULDQ Y9, Y10, Y10      \
	VPMULDQ Y9, Y11, Y11      \
	VMOVDQU 384(BX), Y8       \
	VMOVDQU 416(BX), Y9       \
	VPADDQ  Y8, Y0, Y0        \
	VPADDQ  Y8, Y1, Y1        \
	VPADDQ  Y9, Y10, Y10      \
	VPADDQ  Y9, Y11, Y11      \
	VMOVDQU 320(BX), Y8       \
	VMOVDQU 352(BX), Y9       \
	VPSRLVQ Y8, Y0, Y0        \
	VPSRLVQ Y8, Y1, Y1        \
	VPSRLVQ Y9, Y10, Y10      \
	VPSRLVQ Y9, Y11, Y11      \
	VMOVDQU 448(BX), Y8       \
	VSHUFPS $0x88, Y10, Y0, Y0 \
	VSHUFPS $0x88, Y11, Y1, Y1 \
	VPSUBD  Y8, Y0, Y0        \
	VPSUBD  Y8, Y1, Y1

DATA depth3Order<>+0(SB)/8, $0x0b090a0803010200
DATA depth3Order<>+8(SB)/8, $0x0f0d0e0c07050604
GLOBL depth3Order<>(SB), RODATA|NOPTR, $16

TEXT ·ConvDepth3U8S8_8_AVX2(SB), NOSPLIT, $0-84
	MOVQ c+56(FP), R10
	MOVQ k+64(FP), BX
	MOVL zero+72(FP), AX
	VMOVD AX, X13
	VPBROADCASTW X13, X13
	MOVL lo+76(FP), AX
	VMOVD AX, X15
	VPBROADCASTB X15, X15
	MOVL hi+80(FP), AX
	VMOVD AX, X14
	VPBROADCASTB X14, X14
	VMOVDQU depth3Order<>(SB), X12
	MOVQ pixels+48(FP), DX

line:
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ apart+16(FP), R9
	LEAQ (SI)(R9*1), R8
	LEAQ (R8)(R9*1), R9
	LEAQ 2(DX), CX

	PCALIGN $64

columns:
	VMOVDQA Y2, Y0
	VMOVDQA Y3, Y1
	VMOVDQU 224(BX), Y2
	VMOVDQA Y2, Y3
	VMOVQ (SI), X4
	VMOVQ (SI)(R10*1), X6
	VPUNPCKLBW (R8), X4, X4
	VPUNPCKLBW (R8)(R10*1), X6, X6
	VPMOVZXBW X4, Y4
	VPMOVZXBW X6, Y6
	VMOVQ (R9), X5
	VPUNPCKLBW (R9)(R10*1), X5, X5
	VPMOVZXBW X5, Y5
	LEAQ (SI)(R10*2), SI
	LEAQ (R8)(R10*2), R8
	LEAQ (R9)(R10*2), R9
	TAPS(64, Y0, Y1)
	TAPS(32, Y1, Y2)
	TAPS(0, Y2, Y3)
	THIRD(96, Y3)
	THIRD(128, Y2)
	THIRD(160, Y1)
	THIRD(192, Y0)
	CMPQ CX, DX
	JGT  next // none is complete yet
	SHIFTS
	VPACKSSDW Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDSW   X13, X0, X0
	VPADDSW   X13, X1, X1
	VPACKUSWB X1, X0, X0
	VPMINUB   X14, X0, X0
	VPMAXUB   X15, X0, X0
	VPSHUFB   X12, X0, X0
	VMOVQ     X0, (DI)
	CMPQ      CX, $1
	JEQ       done
	VPEXTRQ   $1, X0, (DI)(R10*1)
	LEAQ      (DI)(R10*2), DI

next:
	SUBQ $2, CX
	JGT  columns

done:
	MOVQ outLine+40(FP), AX
	ADDQ AX, dst+0(FP)
	MOVQ line+24(FP), AX
	ADDQ AX, a+8(FP)
	DECQ lines+32(FP)
	JNZ  line
	VZEROUPPER
	RET
