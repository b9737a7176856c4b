//go:build !purego

#include "textflag.h"

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
