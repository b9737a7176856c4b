//go:build !purego

#include "textflag.h"

// func RequantI16_AVX512(dst *int16, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, lo, hi, slope int32)
//
// dst = clamp((acc*mult + 2^(shift-1)) >> shift, lo, hi), and what is below 0 times slope, 16 columns at a time down pairs of
// rows, the last columns under a mask.
//
//	DI, R8   dst and ldd, in bytes;  SI, R9  acc and lda, in bytes;  CX, BX  columns left, rows left
//	R10, R11 mult, shift;  DX, R12  dst and acc at the current row;  R13 rows
//	K1 the columns;  K2 odd lanes
//	Z10 slope;  Z11 hi, Z12 lo;  Z13 the least word where there is no slope, or 0;  Z14 1;  Z15 the order of 64 bits that
//	puts rows together
//	Z16, Z18, Z20  mult, shift and 2^(shift-1) of even lanes;  Z17, Z19, Z21  of odd lanes
//	Z0, Z1   even and odd sums of a row;  Z2, Z3 of the next
//
// For 0 <= slope < 2^15 the larger of x and x*slope is x where x is not below 0, and x*slope where it is; VPMULHRSW
// rounds half up. 32 sums take 4 multiplications, 6 shifts, 4 shuffles and 9 others. Bound: 11.5 cycles where two of these issue
// a cycle.
#define SHIFT(x, y) \
	VPSRLQ    $32, x, y   \
	VPMULDQ   Z16, x, x   \
	VPMULDQ   Z17, y, y   \
	VPADDQ    Z20, x, x   \
	VPADDQ    Z21, y, y   \
	VPSRAVQ   Z18, x, x   \
	VPSRAVQ   Z19, y, y   \
	VMOVSLDUP y, K2, x

// SCALES makes what the columns at R10 and R11 need of mult and shift.
#define SCALES \
	VMOVDQU32.Z (R10), K1, Z16 \
	VPMOVZXBD.Z (R11), K1, Z18 \
	VPSRLQ      $32, Z16, Z17  \
	VPSRLQ      $32, Z18, Z19  \
	VPSLLQ      $32, Z18, Z18  \
	VPSRLQ      $32, Z18, Z18  \
	VPSLLVQ     Z18, Z14, Z20  \
	VPSLLVQ     Z19, Z14, Z21  \
	VPSRLQ      $1, Z20, Z20   \
	VPSRLQ      $1, Z21, Z21

DATA rowsOfWords<>+0(SB)/8, $0
DATA rowsOfWords<>+8(SB)/8, $2
DATA rowsOfWords<>+16(SB)/8, $4
DATA rowsOfWords<>+24(SB)/8, $6
DATA rowsOfWords<>+32(SB)/8, $1
DATA rowsOfWords<>+40(SB)/8, $3
DATA rowsOfWords<>+48(SB)/8, $5
DATA rowsOfWords<>+56(SB)/8, $7
GLOBL rowsOfWords<>(SB), RODATA|NOPTR, $64

TEXT ·RequantI16_AVX512(SB), NOSPLIT, $0-76
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
	VPBROADCASTW AX, Z12
	MOVL hi+68(FP), AX
	VPBROADCASTW AX, Z11
	MOVL slope+72(FP), AX
	VPBROADCASTW AX, Z10
	DECL AX
	ANDL $0x8000, AX
	VPBROADCASTW AX, Z13
	VPTERNLOGD $0xff, Z14, Z14, Z14
	VPSRLQ $63, Z14, Z14
	VMOVDQU32 rowsOfWords<>(SB), Z15
	MOVL  $0xaaaa, AX
	KMOVW AX, K2

columns:
	MOVL $0xffff, AX
	CMPQ CX, $16
	JGE  whole
	MOVL $1, AX
	SHLL CX, AX
	DECL AX

whole:
	KMOVD AX, K1
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
	VMOVDQU32 (R12), Z0
	VMOVDQU32 (R12)(AX*1), Z2
	SHIFT(Z0, Z1)
	SHIFT(Z2, Z3)
	VPACKSSDW Z2, Z0, Z0
	VPERMQ    Z0, Z15, Z0
	VPMINSW   Z11, Z0, Z0
	VPMAXSW   Z12, Z0, Z0
	VPMULHRSW Z10, Z0, Z1
	VPORD     Z13, Z1, Z1
	VPMAXSW   Z1, Z0, Z0
	VMOVDQU16 Y0, K1, (DX)
	TESTQ     AX, AX
	JZ        next
	VEXTRACTI64X4 $1, Z0, Y0
	VMOVDQU16 Y0, K1, (DX)(R8*1)

next:
	LEAQ  (R12)(R9*2), R12
	LEAQ  (DX)(R8*2), DX
	TESTQ BX, BX
	JGT   pair

	ADDQ $64, SI
	ADDQ $32, DI
	ADDQ $64, R10
	ADDQ $16, R11
	SUBQ $16, CX
	JGT  columns
	VZEROUPPER
	RET
