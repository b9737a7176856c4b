//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "neon_int8_arm64.h"

// Bytes that become others one by one: clamp((products + bias) >> shift, lo, hi), 16 at a time. SSHL with a negative count is
// the shift; narrowing saturates, which changes nothing that the clamp would not.
//
//	V17, V18  lo, hi in bytes;  V19 -shift;  V4 .. V7 sums

#define CLAMPS \
	NEG R5, R5       \
	VDUP R5, V19.S4  \
	VDUP R6, V17.B16 \
	VDUP R7, V18.B16

#define FINISH \
	SSHL_4S(4, 4, 19)  \
	SSHL_4S(5, 5, 19)  \
	SSHL_4S(6, 6, 19)  \
	SSHL_4S(7, 7, 19)  \
	SQXTN_4H(4, 4)     \
	SQXTN_4H(6, 6)     \
	SQXTN2_8H(4, 5)    \
	SQXTN2_8H(6, 7)    \
	SQXTUN_8B(4, 4)    \
	SQXTUN2_16B(4, 6)  \
	UMAX_16B(4, 4, 17) \
	UMIN_16B(4, 4, 18)

// func AddU8_NEON(dst, x, y *uint8, n int, mx, my, bias, shift int32, lo, hi uint8)
//
//	R0 dst, R1 x, R2 y, R3 bytes left
//	V0, V1  x in words, V2, V3  y;  V20, V21  mx, my;  V22 bias
//
// 16 bytes are 32 loaded, 8 multiplications, 4 shifts and 16 other operations.
TEXT ·AddU8_NEON(SB), NOSPLIT, $0-50
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD n+24(FP), R3
	MOVW mx+32(FP), R4
	VDUP R4, V20.H8
	MOVW my+36(FP), R4
	VDUP R4, V21.H8
	MOVW bias+40(FP), R4
	VDUP R4, V22.S4
	MOVW shift+44(FP), R5
	MOVBU lo+48(FP), R6
	MOVBU hi+49(FP), R7
	CLAMPS
sixteen:
	FMOVQ.P 16(R1), F0
	FMOVQ.P 16(R2), F2
	UXTL2_8H(1, 0)
	UXTL_8H(0, 0)
	UXTL2_8H(3, 2)
	UXTL_8H(2, 2)
	VMOV V22.B16, V4.B16
	VMOV V22.B16, V5.B16
	VMOV V22.B16, V6.B16
	VMOV V22.B16, V7.B16
	SMLAL_4S(4, 0, 20)
	SMLAL2_4S(5, 0, 20)
	SMLAL_4S(6, 1, 20)
	SMLAL2_4S(7, 1, 20)
	SMLAL_4S(4, 2, 21)
	SMLAL2_4S(5, 2, 21)
	SMLAL_4S(6, 3, 21)
	SMLAL2_4S(7, 3, 21)
	FINISH
	FMOVQ.P F4, 16(R0)
	SUBS $16, R3
	BNE sixteen
	RET

// func ScaleU8_NEON(dst, x *uint8, n int, mult *int16, bias *int32, shift int32, lo, hi uint8)
//
//	R0 dst, R1 x, R3 bytes left, R2 mult, R4 bias
//	V0, V1  x in words;  V2, V3  multipliers
//
// 16 bytes are 112 loaded, 4 multiplications, 4 shifts and 10 other operations.
TEXT ·ScaleU8_NEON(SB), NOSPLIT, $0-46
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	MOVD mult+24(FP), R2
	MOVD bias+32(FP), R4
	MOVW shift+40(FP), R5
	MOVBU lo+44(FP), R6
	MOVBU hi+45(FP), R7
	CLAMPS
sixteen:
	FMOVQ.P 16(R1), F0
	FLDPQ.P 32(R2), (F2, F3)
	FLDPQ.P 32(R4), (F4, F5)
	FLDPQ.P 32(R4), (F6, F7)
	UXTL2_8H(1, 0)
	UXTL_8H(0, 0)
	SMLAL_4S(4, 0, 2)
	SMLAL2_4S(5, 0, 2)
	SMLAL_4S(6, 1, 3)
	SMLAL2_4S(7, 1, 3)
	FINISH
	FMOVQ.P F4, 16(R0)
	SUBS $16, R3
	BNE sixteen
	RET
