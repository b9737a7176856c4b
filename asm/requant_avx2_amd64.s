//go:build !purego

#include "textflag.h"

// func RequantU8_AVX2(dst *uint8, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, lo, hi int32)
//
// dst = clamp(zero + ((acc*mult + 2^(shift-1)) >> shift), lo, hi), 8 columns at a time down pairs of rows. AVX2
// shifts 64-bit numbers right only logically, so the products are moved up by 2^63 before and down by 2^(63-shift)
// after.
//
//	DI, R8   dst and ldd;  SI, R9  acc and lda, in bytes;  CX, BX  columns left, rows left
//	R10, R11 mult, shift;  DX, R12  dst and acc at the current row;  R13 rows
//	X10 zero in words, X11 hi, X12 lo in bytes;  X13 the order of bytes;  Y14 2^63
//	Y4, Y6, Y8  mult, shift and 2^63 + 2^(shift-1) of even lanes;  Y5, Y7, Y9  of odd lanes
//	Y15      2^(63-shift), in lanes of 32 bits, even ones of a half before odd ones, as the sums come
//	Y0, Y1   even and odd sums of a row;  Y2, Y3 of the next
//
// 8 sums take 2 multiplications, 3 shifts, 2 shuffles and 4 others.
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

DATA inOrder<>+0(SB)/8, $0x0b090a0803010200
DATA inOrder<>+8(SB)/8, $0x0f0d0e0c07050604
GLOBL inOrder<>(SB), RODATA|NOPTR, $16

// LIMITS broadcasts zero, lo and hi, and makes SI's rows count bytes.
#define LIMITS \
	VMOVD AX, X10 \
	VMOVD BX, X12 \
	VMOVD DX, X11 \
	VPBROADCASTW X10, X10 \
	VPBROADCASTB X12, X12 \
	VPBROADCASTB X11, X11 \
	VMOVDQU  inOrder<>(SB), X13 \
	SHLQ     $2, R9 \
	VPCMPEQD Y14, Y14, Y14 \
	VPSLLQ   $63, Y14, Y14

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

// PAIR requantizes the sums at R12 and AX bytes further into the halves of X0.
#define PAIR \
	VMOVDQU   (R12), Y0 \
	VMOVDQU   (R12)(AX*1), Y2 \
	SHIFT(Y0, Y1) \
	SHIFT(Y2, Y3) \
	VPACKSSDW Y2, Y0, Y0 \
	VEXTRACTI128 $1, Y0, X1 \
	VPADDSW   X10, X0, X0 \
	VPADDSW   X10, X1, X1 \
	VPACKUSWB X1, X0, X0 \
	VPMINUB   X11, X0, X0 \
	VPMAXUB   X12, X0, X0 \
	VPSHUFB   X13, X0, X0

TEXT ·RequantU8_AVX2(SB), NOSPLIT, $0-76
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R8
	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	MOVQ rows+32(FP), R13
	MOVQ n+40(FP), CX
	MOVQ mult+48(FP), R10
	MOVQ shift+56(FP), R11
	MOVL zero+64(FP), AX
	MOVL lo+68(FP), BX
	MOVL hi+72(FP), DX
	LIMITS

columns:
	SCALES
	MOVQ      DI, DX
	MOVQ      SI, R12
	MOVQ      R13, BX

pair:
	MOVQ R9, AX
	SUBQ $2, BX
	JGE  both
	XORL AX, AX // the last row alone stands for both

both:
	PAIR
	VMOVQ     X0, (DX)
	TESTQ     AX, AX
	JZ        next
	VPEXTRQ   $1, X0, (DX)(R8*1)

next:
	LEAQ  (R12)(R9*2), R12
	LEAQ  (DX)(R8*2), DX
	TESTQ BX, BX
	JGT   pair

	ADDQ $32, SI
	ADDQ $8, DI
	ADDQ $32, R10
	ADDQ $8, R11
	SUBQ $8, CX
	JNZ  columns
	VZEROUPPER
	RET

// func RequantRowsU8_AVX2(dst *uint8, off *int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, lo, hi int32)
//
// The same with a place in dst for each row: DX is off at the current row, R8 that place.
TEXT ·RequantRowsU8_AVX2(SB), NOSPLIT, $0-76
	MOVQ dst+0(FP), DI
	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	MOVQ rows+32(FP), R13
	MOVQ n+40(FP), CX
	MOVQ mult+48(FP), R10
	MOVQ shift+56(FP), R11
	MOVL zero+64(FP), AX
	MOVL lo+68(FP), BX
	MOVL hi+72(FP), DX
	LIMITS

columns:
	SCALES
	MOVQ off+8(FP), DX
	MOVQ SI, R12
	MOVQ R13, BX

pair:
	MOVQ R9, AX
	SUBQ $2, BX
	JGE  both
	XORL AX, AX // the last row alone stands for both

both:
	PAIR
	MOVQ    (DX), R8
	VMOVQ   X0, (DI)(R8*1)
	TESTQ   AX, AX
	JZ      next
	MOVQ    8(DX), R8
	VPEXTRQ $1, X0, (DI)(R8*1)

next:
	LEAQ  (R12)(R9*2), R12
	ADDQ  $16, DX
	TESTQ BX, BX
	JGT   pair

	ADDQ $32, SI
	ADDQ $8, DI
	ADDQ $32, R10
	ADDQ $8, R11
	SUBQ $8, CX
	JNZ  columns
	VZEROUPPER
	RET

// func QuantizeI16_AVX2(dst *uint8, src *int16, n int, mult, shift, zero int32)
//
// dst = clamp(zero + ((src*mult + 2^(shift-1)) >> shift), 0, 255), 8 at a time, as above but that mult and shift are
// the same everywhere.
//
//	DI dst, SI src, CX numbers left; the other registers as above
TEXT ·QuantizeI16_AVX2(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL mult+24(FP), AX
	MOVL shift+28(FP), BX
	MOVL zero+32(FP), DX
	VMOVD    AX, X4
	VMOVD    BX, X6
	VMOVD    DX, X10
	VPBROADCASTQ X4, Y4
	VPBROADCASTQ X6, Y6
	VPBROADCASTW X10, X10
	VMOVDQU  inOrder<>(SB), X13
	VPCMPEQD Y14, Y14, Y14
	VPSRLQ   $63, Y14, Y0
	VPSLLQ   $63, Y14, Y14
	VPSLLVQ  Y6, Y0, Y8
	VPSRLQ   $1, Y8, Y8
	VPADDQ   Y14, Y8, Y8
	VPSRLVQ  Y6, Y14, Y15
	VSHUFPS  $0x88, Y15, Y15, Y15
	VMOVDQA  Y4, Y5
	VMOVDQA  Y6, Y7
	VMOVDQA  Y8, Y9

eight:
	VPMOVSXWD (SI), Y0
	SHIFT(Y0, Y1)
	VPACKSSDW Y0, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDSW   X10, X0, X0
	VPADDSW   X10, X1, X1
	VPACKUSWB X1, X0, X0
	VPSHUFB   X13, X0, X0
	VMOVQ     X0, (DI)
	ADDQ      $16, SI
	ADDQ      $8, DI
	SUBQ      $8, CX
	JNZ       eight
	VZEROUPPER
	RET
