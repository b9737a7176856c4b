//go:build !purego

#include "textflag.h"

// func RequantI16_AVX2(dst *int16, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, lo, hi, slope int32)
//
// dst = clamp((acc*mult + 2^(shift-1)) >> shift, lo, hi), and what is below 0 times slope, 8 columns at a time down pairs of
// rows. As in RequantU8_AVX2 the products are moved up by 2^63 before the shift and down by 2^(63-shift) after.
//
//	DI, R8   dst and ldd, in bytes;  SI, R9  acc and lda, in bytes;  CX, BX  columns left, rows left
//	R10, R11 mult, shift;  DX, R12  dst and acc at the current row;  R13 rows
//	Y10 slope;  Y11 hi, Y12 lo;  Y13 the least word where there is no slope, or 0;  Y14 2^63
//	Y4, Y6, Y8  mult, shift and 2^63 + 2^(shift-1) of even lanes;  Y5, Y7, Y9  of odd lanes
//	Y15      2^(63-shift), in lanes of 32 bits, even ones of a half before odd ones, as the sums come
//	Y0, Y1   even and odd sums of a row;  Y2, Y3 of the next
//
// For 0 <= slope < 2^15 the larger of x and x*slope is x where x is not below 0, and x*slope where it is; VPMULHRSW
// rounds half up. 16 sums take 4 multiplications, 7 shifts, 5 shuffles and 13 others. Bound: 9 cycles where three ports
// take these.
#define SHIFT(x, y) \
	VPSRLQ  $32, x, y   \
	VPMULDQ Y4, x, x    \
	VPMULDQ Y5, y, y    \
	VPADDQ  Y8, x, x    \
	VPADDQ  Y9, y, y    \
	VPSRLVQ Y6, x, x    \
	VPSRLVQ Y7, y, y    \
	VSHUFPS $0x88, y, x, x \
	VPSUBD  Y15, x, x

// SCALES makes what the 8 columns at R10 and R11 need of mult and shift.
#define SCALES \
	VMOVDQU   (R10), Y4 \
	VPMOVZXBD (R11), Y6 \
	VPSRLQ    $32, Y4, Y5 \
	VPSRLQ    $32, Y6, Y7 \
	VPSLLQ    $32, Y6, Y6 \
	VPSRLQ    $32, Y6, Y6 \
	VPSRLQ    $63, Y14, Y0 \
	VPSLLVQ   Y6, Y0, Y8 \
	VPSLLVQ   Y7, Y0, Y9 \
	VPSRLQ    $1, Y8, Y8 \
	VPSRLQ    $1, Y9, Y9 \
	VPADDQ    Y14, Y8, Y8 \
	VPADDQ    Y14, Y9, Y9 \
	VPSRLVQ   Y6, Y14, Y15 \
	VPSRLVQ   Y7, Y14, Y0 \
	VSHUFPS   $0x88, Y0, Y15, Y15

// PAIR requantizes the sums at R12 and AX bytes further into the halves of Y0. (The packs put the 4 first and the 4 last of
// both rows side by side; within 4, two even ones come first.)
#define PAIR \
	VMOVDQU   (R12), Y0 \
	VMOVDQU   (R12)(AX*1), Y2 \
	SHIFT(Y0, Y1) \
	SHIFT(Y2, Y3) \
	VPACKSSDW Y2, Y0, Y0 \
	VPERMQ    $0xd8, Y0, Y0 \
	VPSHUFLW  $0xd8, Y0, Y0 \
	VPSHUFHW  $0xd8, Y0, Y0 \
	VPMINSW   Y11, Y0, Y0 \
	VPMAXSW   Y12, Y0, Y0 \
	VPMULHRSW Y10, Y0, Y1 \
	VPOR      Y13, Y1, Y1 \
	VPMAXSW   Y1, Y0, Y0

TEXT ·RequantI16_AVX2(SB), NOSPLIT, $0-76
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R8
	SHLQ $1, R8
	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	SHLQ $2, R9
	MOVQ rows+32(FP), R13
	MOVQ n+40(FP), CX
	MOVQ mult+48(FP), R10
	MOVQ shift+56(FP), R11
	MOVL lo+64(FP), AX
	VMOVD AX, X12
	VPBROADCASTW X12, Y12
	MOVL hi+68(FP), AX
	VMOVD AX, X11
	VPBROADCASTW X11, Y11
	MOVL slope+72(FP), AX
	VMOVD AX, X10
	VPBROADCASTW X10, Y10
	VPXOR    Y13, Y13, Y13
	VPCMPEQW Y13, Y10, Y13
	VPSLLW   $15, Y13, Y13
	VPCMPEQD Y14, Y14, Y14
	VPSLLQ   $63, Y14, Y14

columns:
	SCALES
	MOVQ DI, DX
	MOVQ SI, R12
	MOVQ R13, BX

pair:
	MOVQ R9, AX
	SUBQ $2, BX
	JGE  both
	XORL AX, AX // the last row alone stands for both

both:
	PAIR
	VMOVDQU X0, (DX)
	TESTQ   AX, AX
	JZ      next
	VEXTRACTI128 $1, Y0, (DX)(R8*1)

next:
	LEAQ  (R12)(R9*2), R12
	LEAQ  (DX)(R8*2), DX
	TESTQ BX, BX
	JGT   pair

	ADDQ $32, SI
	ADDQ $16, DI
	ADDQ $32, R10
	ADDQ $8, R11
	SUBQ $8, CX
	JNZ  columns
	VZEROUPPER
	RET

// func AddI16_AVX2(dst, x, y *int16, n int, mult, bias, shift, lo, hi int32)
//
//	DI, SI, DX  dst, x, y;  CX words left
//	Y8 mx and my in turn;  Y9 bias;  X10 shift;  Y11 hi, Y12 lo
//	Y0 .. Y3    16 of x and of y, side by side, their sums
//
// 16 words take 2 loads, 2 multiplications, 3 shuffles and 6 others. Bound: 4 cycles where three ports take these.
TEXT ·AddI16_AVX2(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DX
	MOVQ n+24(FP), CX
	MOVL mult+32(FP), AX
	VMOVD AX, X8
	VPBROADCASTD X8, Y8
	MOVL bias+36(FP), AX
	VMOVD AX, X9
	VPBROADCASTD X9, Y9
	MOVL shift+40(FP), AX
	VMOVD AX, X10
	MOVL lo+44(FP), AX
	VMOVD AX, X12
	VPBROADCASTW X12, Y12
	MOVL hi+48(FP), AX
	VMOVD AX, X11
	VPBROADCASTW X11, Y11

add:
	VMOVDQU    (SI), Y0
	VMOVDQU    (DX), Y1
	VPUNPCKLWD Y1, Y0, Y2
	VPUNPCKHWD Y1, Y0, Y3
	VPMADDWD   Y8, Y2, Y2
	VPMADDWD   Y8, Y3, Y3
	VPADDD     Y9, Y2, Y2
	VPADDD     Y9, Y3, Y3
	VPSRAD     X10, Y2, Y2
	VPSRAD     X10, Y3, Y3
	VPACKSSDW  Y3, Y2, Y2
	VPMINSW    Y11, Y2, Y2
	VPMAXSW    Y12, Y2, Y2
	VMOVDQU    Y2, (DI)
	ADDQ       $32, SI
	ADDQ       $32, DX
	ADDQ       $32, DI
	SUBQ       $16, CX
	JNZ        add
	VZEROUPPER
	RET

// func ScaleI16_AVX2(dst, x, mult *int16, bias *int32, n int, shift, lo, hi int32)
//
//	DI, SI, DX, R8  dst, x, mult, bias;  CX words left
//	X10 shift;  Y11 hi, Y12 lo
//	Y0 .. Y3    16 of x, lower and upper halves of the products, these in order;  Y4, Y5 biases
//
// Unpacking takes 4 words of either half at a time, and so biases are loaded.
TEXT ·ScaleI16_AVX2(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ mult+16(FP), DX
	MOVQ bias+24(FP), R8
	MOVQ n+32(FP), CX
	MOVL shift+40(FP), AX
	VMOVD AX, X10
	MOVL lo+44(FP), AX
	VMOVD AX, X12
	VPBROADCASTW X12, Y12
	MOVL hi+48(FP), AX
	VMOVD AX, X11
	VPBROADCASTW X11, Y11

scale:
	VMOVDQU     (SI), Y0
	VMOVDQU     (DX), Y1
	VMOVDQU     (R8), X4
	VINSERTI128 $1, 32(R8), Y4, Y4
	VMOVDQU     16(R8), X5
	VINSERTI128 $1, 48(R8), Y5, Y5
	VPMULLW     Y1, Y0, Y2
	VPMULHW     Y1, Y0, Y3
	VPUNPCKLWD  Y3, Y2, Y0
	VPUNPCKHWD  Y3, Y2, Y1
	VPADDD      Y4, Y0, Y0
	VPADDD      Y5, Y1, Y1
	VPSRAD      X10, Y0, Y0
	VPSRAD      X10, Y1, Y1
	VPACKSSDW   Y1, Y0, Y0
	VPMINSW     Y11, Y0, Y0
	VPMAXSW     Y12, Y0, Y0
	VMOVDQU     Y0, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DX
	ADDQ        $64, R8
	ADDQ        $32, DI
	SUBQ        $16, CX
	JNZ         scale
	VZEROUPPER
	RET

// PIECE sets Y0 to 256 times the table at R8 of the 8 words at SI, and half of what a shift by bits takes away: the two entries
// around a word are one gathered number of 32 bits, and VPMADDWD multiplies them with 256 - f and f.
//
//	Y8 2^15;  Y9 255;  Y10 256;  Y11 the half
//	Y0 .. Y3  words, f, h and gathered entries, the mask
#define PIECE \
	VPMOVSXWD  (SI), Y0 \
	VPADDD     Y8, Y0, Y0 \
	VPAND      Y9, Y0, Y1 \
	VPSRLD     $8, Y0, Y2 \
	VPCMPEQD   Y3, Y3, Y3 \
	VPXOR      Y4, Y4, Y4 \
	VPGATHERDD Y3, (R8)(Y2*2), Y4 \
	VPSLLD     $16, Y1, Y0 \
	VPSUBD     Y1, Y0, Y0 \
	VPADDD     Y10, Y0, Y0 \
	VPMADDWD   Y4, Y0, Y0 \
	VPADDD     Y11, Y0, Y0

// PIECES broadcasts what PIECE needs; the half is a bit of Y11's ones.
#define PIECES(bit) \
	VPCMPEQD Y9, Y9, Y9 \
	VPSRLD   $31, Y9, Y8 \
	VPSLLD   $8, Y8, Y10 \
	VPSLLD   $bit, Y8, Y11 \
	VPSLLD   $15, Y8, Y8 \
	VPSRLD   $24, Y9, Y9

// func LookupI16_AVX2(dst, x *int16, n int, table *[257]int16)
TEXT ·LookupI16_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ table+24(FP), R8
	PIECES(7)

lookup:
	PIECE
	VPSRAD       $8, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKSSDW    X1, X0, X0
	VMOVDQU      X0, (DI)
	ADDQ         $16, SI
	ADDQ         $16, DI
	SUBQ         $8, CX
	JNZ          lookup
	VZEROUPPER
	RET

// func PixelsI16_AVX2(dst *uint8, x *int16, n int, table *[257]int16)
TEXT ·PixelsI16_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ table+24(FP), R8
	PIECES(14)

pixels:
	PIECE
	VPSRAD       $15, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKSSDW    X1, X0, X0
	VPACKUSWB    X0, X0, X0
	VMOVQ        X0, (DI)
	ADDQ         $16, SI
	ADDQ         $8, DI
	SUBQ         $8, CX
	JNZ          pixels
	VZEROUPPER
	RET

// func WidenU8_I16_AVX2(dst *int16, x *uint8, n int, zero int32)
TEXT ·WidenU8_I16_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL zero+24(FP), AX
	VMOVD AX, X1
	VPBROADCASTW X1, Y1

widen:
	VPMOVZXBW (SI), Y0
	VPSUBW    Y1, Y0, Y0
	VPSLLW    $7, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNZ       widen
	VZEROUPPER
	RET

DATA wordEnds<>+0(SB)/4, $0xc6fffe00 // -32767
DATA wordEnds<>+4(SB)/4, $0x46fffe00 // 32767
GLOBL wordEnds<>(SB), RODATA|NOPTR, $8

// func ToI16_AVX2(dst *int16, x *float32, n int, scale float32)
//
// VMAXPS gives its second operand, the least word, for NaN.
TEXT ·ToI16_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y4
	VBROADCASTSS wordEnds<>+0(SB), Y5
	VBROADCASTSS wordEnds<>+4(SB), Y6

floats:
	VMULPS    (SI), Y4, Y0
	VMULPS    32(SI), Y4, Y1
	VMAXPS    Y5, Y0, Y0
	VMAXPS    Y5, Y1, Y1
	VMINPS    Y6, Y0, Y0
	VMINPS    Y6, Y1, Y1
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VPACKSSDW Y1, Y0, Y0
	VPERMQ    $0xd8, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $64, SI
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNZ       floats
	VZEROUPPER
	RET

// PAIRS sets Y0 to what 8 channels at SI and DX add to their own two pixels, the half included, and Y1 to what they add to the
// neighbours': 9 and 3 times near and far, and 3 times and once.
#define PAIRS \
	VMOVDQU     (SI), X2 \
	VMOVDQU     (DX), X3 \
	VPUNPCKHWD  X3, X2, X1 \
	VPUNPCKLWD  X3, X2, X0 \
	VINSERTI128 $1, X1, Y0, Y0 \
	VPMADDWD    Y9, Y0, Y1 \
	VPMADDWD    Y8, Y0, Y0 \
	VPADDD      Y10, Y0, Y0

// func SmoothUpI16_AVX2(dst, near, far *int16, pixels, c int)
//
//	DI, SI, DX  dst, near, far;  CX pixels left;  R8 bytes of a pixel
//	Y8 9 and 3;  Y9 3 and 1;  Y10 8
//	Y4, Y5  what the pixel adds to itself, and the one before to its neighbours;  Y6 what the pixel adds to its neighbours
//
// Two pixels take 2 loads, 2 multiplications, 5 shuffles and 6 others. Bound: 5 cycles where three ports take these.
TEXT ·SmoothUpI16_AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ near+8(FP), SI
	MOVQ far+16(FP), DX
	MOVQ pixels+24(FP), CX
	MOVQ c+32(FP), R8
	SHLQ $1, R8
	MOVL $0x00030009, AX
	VMOVD AX, X8
	VPBROADCASTD X8, Y8
	MOVL $0x00010003, AX
	VMOVD AX, X9
	VPBROADCASTD X9, Y9
	VPCMPEQD Y10, Y10, Y10
	VPSRLD   $31, Y10, Y10
	VPSLLD   $3, Y10, Y10
	PAIRS
	VMOVDQA Y1, Y5
	ADDQ    R8, SI
	ADDQ    R8, DX
	PAIRS
	VMOVDQA Y0, Y4
	VMOVDQA Y1, Y6

pixel:
	ADDQ         R8, SI
	ADDQ         R8, DX
	PAIRS
	VPADDD       Y5, Y4, Y2
	VPADDD       Y1, Y4, Y3
	VPSRAD       $4, Y2, Y2
	VPSRAD       $4, Y3, Y3
	VPACKSSDW    Y3, Y2, Y2
	VPERMQ       $0xd8, Y2, Y2
	VMOVDQU      X2, (DI)
	VEXTRACTI128 $1, Y2, (DI)(R8*1)
	LEAQ         (DI)(R8*2), DI
	VMOVDQA      Y6, Y5
	VMOVDQA      Y0, Y4
	VMOVDQA      Y1, Y6
	DECQ         CX
	JNZ          pixel
	VZEROUPPER
	RET
