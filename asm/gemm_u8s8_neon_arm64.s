//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func GemmU8S8_8x8_NEON(steps int, a, b *byte, bias, c *int32)
//
// C[8x8] = bias + A·B over 4*steps values of k. A step is four unsigned bytes of each row and four signed bytes of
// each column. Both are widened to 16 bits; a product of two fits 32 bits exactly.
//
//	V16 .. V31  the tile: row i in V(16+2i), V(17+2i)
//	V0, V1      a step of A;  V4 .. V7 it widened, two rows a register
//	V8 .. V11   columns 0 .. 7 at k = 0 .. 3
//	R0          steps left;  R1, R2  A, B;  R3, R4  C, bias
//
// A step loads 64 bytes in 2 loads, widens 8 times and does 64 multiply-adds of 4 lanes. Bound: 72 cycles with one
// multiplying pipe, so 89 % of that pipe's multiply-adds.
#define ROW(c, k, m, i) \
	SMLAL_EL(c, k, m, i)    \
	SMLAL2_EL(c+1, k, m, i)

#define COLUMNS(v, k) \
	ROW(16, v, 4, k)   \
	ROW(18, v, 4, k+4) \
	ROW(20, v, 5, k)   \
	ROW(22, v, 5, k+4) \
	ROW(24, v, 6, k)   \
	ROW(26, v, 6, k+4) \
	ROW(28, v, 7, k)   \
	ROW(30, v, 7, k+4)

TEXT ·GemmU8S8_8x8_NEON(SB), NOSPLIT, $0-40
	MOVD steps+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R2
	MOVD bias+24(FP), R4
	MOVD c+32(FP), R3
	VLD1 (R4), [V16.S4, V17.S4]
	VLD1 (R4), [V18.S4, V19.S4]
	VLD1 (R4), [V20.S4, V21.S4]
	VLD1 (R4), [V22.S4, V23.S4]
	VLD1 (R4), [V24.S4, V25.S4]
	VLD1 (R4), [V26.S4, V27.S4]
	VLD1 (R4), [V28.S4, V29.S4]
	VLD1 (R4), [V30.S4, V31.S4]
	CBZ  R0, store
	PCALIGN $16
step:
	FLDPQ.P 32(R1), (F0, F1)
	VLD4.P  32(R2), [V8.B8, V9.B8, V10.B8, V11.B8]
	UXTL_8H(4, 0)
	UXTL2_8H(5, 0)
	UXTL_8H(6, 1)
	UXTL2_8H(7, 1)
	SXTL_8H(8, 8)
	SXTL_8H(9, 9)
	SXTL_8H(10, 10)
	SXTL_8H(11, 11)
	COLUMNS(8, 0)
	COLUMNS(9, 1)
	COLUMNS(10, 2)
	COLUMNS(11, 3)
	SUBS $1, R0
	BNE  step
store:
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R3)
	VST1.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R3)
	VST1.P [V24.S4, V25.S4, V26.S4, V27.S4], 64(R3)
	VST1.P [V28.S4, V29.S4, V30.S4, V31.S4], 64(R3)
	RET

// func GemmU8S8_1x8_NEON(steps int, a, b *byte, bias, c *int32)
//
// The first row of the tile above, for products with a vector.
//
//	V16, V17    sums of columns 0 .. 7 over even k;  V18, V19 over odd k
//	V0          a step of the row;  V4 it widened
//	V8 .. V11   columns 0 .. 7 at k = 0 .. 3
//	R0          steps left;  R1, R2  A, B;  R3, R4  C, bias
//
// A step loads 36 bytes in 2 loads, widens 5 times and does 8 multiply-adds of 4 lanes. Bound: 13 cycles with one
// vector pipe, against 72 for the tile.
TEXT ·GemmU8S8_1x8_NEON(SB), NOSPLIT, $0-40
	MOVD steps+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R2
	MOVD bias+24(FP), R4
	MOVD c+32(FP), R3
	VLD1 (R4), [V16.S4, V17.S4]
	VEOR V18.B16, V18.B16, V18.B16
	VEOR V19.B16, V19.B16, V19.B16
	CBZ  R0, store
	PCALIGN $16
step:
	FMOVS.P 32(R1), F0
	VLD4.P  32(R2), [V8.B8, V9.B8, V10.B8, V11.B8]
	UXTL_8H(4, 0)
	SXTL_8H(8, 8)
	SXTL_8H(9, 9)
	SXTL_8H(10, 10)
	SXTL_8H(11, 11)
	ROW(16, 8, 4, 0)
	ROW(18, 9, 4, 1)
	ROW(16, 10, 4, 2)
	ROW(18, 11, 4, 3)
	SUBS $1, R0
	BNE  step
store:
	ADD_4S(16, 16, 18)
	ADD_4S(17, 17, 19)
	VST1 [V16.S4, V17.S4], (R3)
	RET

// func RequantU8_NEON(dst *uint8, acc, mult *int32, shift *uint8, n int, zero, least, most int32)
//
// 8 sums at a time, in 64 bits: SRSHL with a negative count is (x + 2^(t-1)) >> t.
//
//	R0 dst;  R1, R4, R5  acc, mult, shift;  R2 sums left
//	V0, V1      acc;  V2, V3  mult;  V20 .. V23  -shift
//	V4 .. V7    products;  V16, V17, V18  zero, least, most
//
// Bound: 4 multiplications and 20 other vector operations for 8 sums.
TEXT ·RequantU8_NEON(SB), NOSPLIT, $0-52
	MOVD dst+0(FP), R0
	MOVD acc+8(FP), R1
	MOVD mult+16(FP), R4
	MOVD shift+24(FP), R5
	MOVD n+32(FP), R2
	MOVW zero+40(FP), R6
	MOVW least+44(FP), R7
	MOVW most+48(FP), R8
	VDUP R6, V16.S4
	VDUP R7, V17.S4
	VDUP R8, V18.S4
eight:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R4), (F2, F3)
	FMOVD.P 8(R5), F20
	UXTL_8H(20, 20)
	UXTL2_4S(22, 20)
	UXTL_4S(20, 20)
	UXTL2_2D(21, 20)
	UXTL_2D(20, 20)
	UXTL2_2D(23, 22)
	UXTL_2D(22, 22)
	NEG_2D(20, 20)
	NEG_2D(21, 21)
	NEG_2D(22, 22)
	NEG_2D(23, 23)
	SMULL_2D(4, 0, 2)
	SMULL2_2D(5, 0, 2)
	SMULL_2D(6, 1, 3)
	SMULL2_2D(7, 1, 3)
	SRSHL_2D(4, 4, 20)
	SRSHL_2D(5, 5, 21)
	SRSHL_2D(6, 6, 22)
	SRSHL_2D(7, 7, 23)
	XTN_2S(4, 4)
	XTN2_4S(4, 5)
	XTN_2S(6, 6)
	XTN2_4S(6, 7)
	SMIN_4S(4, 4, 18)
	SMIN_4S(6, 6, 18)
	SMAX_4S(4, 4, 17)
	SMAX_4S(6, 6, 17)
	ADD_4S(4, 4, 16)
	ADD_4S(6, 6, 16)
	XTN_4H(4, 4)
	XTN2_8H(4, 6)
	XTN_8B(4, 4)
	FMOVD.P F4, 8(R0)
	SUBS    $8, R2
	BNE     eight
	RET

// func LookupU8_NEON(dst, src *uint8, n int, table *[256]uint8)
//
//	V16 .. V31  the table;  V0 indices, less 64 for each quarter of the table;  V1 results;  V2 64
//	R0, R1      dst, src;  R2 bytes left
//
// TBL gives 0 and TBX changes nothing where an index is outside its quarter. Bound: 4 look-ups in 4 registers for 16
// bytes.
TEXT ·LookupU8_NEON(SB), NOSPLIT, $0-32
	MOVD   dst+0(FP), R0
	MOVD   src+8(FP), R1
	MOVD   n+16(FP), R2
	MOVD   table+24(FP), R3
	VLD1.P 64(R3), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R3), [V20.B16, V21.B16, V22.B16, V23.B16]
	VLD1.P 64(R3), [V24.B16, V25.B16, V26.B16, V27.B16]
	VLD1.P 64(R3), [V28.B16, V29.B16, V30.B16, V31.B16]
	VMOVI  $64, V2.B16
sixteen:
	FMOVQ.P 16(R1), F0
	VTBL    V0.B16, [V16.B16, V17.B16, V18.B16, V19.B16], V1.B16
	VSUB    V2.B16, V0.B16, V0.B16
	VTBX    V0.B16, [V20.B16, V21.B16, V22.B16, V23.B16], V1.B16
	VSUB    V2.B16, V0.B16, V0.B16
	VTBX    V0.B16, [V24.B16, V25.B16, V26.B16, V27.B16], V1.B16
	VSUB    V2.B16, V0.B16, V0.B16
	VTBX    V0.B16, [V28.B16, V29.B16, V30.B16, V31.B16], V1.B16
	FMOVQ.P F1, 16(R0)
	SUBS    $16, R2
	BNE     sixteen
	RET
