//go:build !purego

#include "textflag.h"

// Streams of 64-byte loads and stores: what a level of memory gives at best. 128 bytes an iteration.
//
// R0 source  R1 destination  R2, R3 where they begin  R4 bytes left of a pass  R5 bytes of a pass  R6 passes left
//
// Bound in L1: two or three 16-byte loads a cycle (Cortex-A76, Neoverse), one 8-byte load on Cortex-A53. No ARM hardware
// was at hand: it was run under emulation only.

// func Read_NEON(p *byte, n, passes int)
TEXT ·Read_NEON(SB), NOSPLIT, $0-24
	MOVD p+0(FP), R2
	MOVD n+8(FP), R5
	MOVD passes+16(FP), R6

pass:
	MOVD R2, R0
	MOVD R5, R4

loop:
	VLD1.P 64(R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R0), [V4.B16, V5.B16, V6.B16, V7.B16]
	SUBS   $128, R4
	BNE    loop
	SUBS   $1, R6
	BNE    pass
	RET

// func Copy_NEON(dst, src *byte, n, passes int)
TEXT ·Copy_NEON(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R3
	MOVD src+8(FP), R2
	MOVD n+16(FP), R5
	MOVD passes+24(FP), R6

pass:
	MOVD R3, R1
	MOVD R2, R0
	MOVD R5, R4

loop:
	VLD1.P 64(R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R0), [V4.B16, V5.B16, V6.B16, V7.B16]
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R1)
	VST1.P [V4.B16, V5.B16, V6.B16, V7.B16], 64(R1)
	SUBS   $128, R4
	BNE    loop
	SUBS   $1, R6
	BNE    pass
	RET
