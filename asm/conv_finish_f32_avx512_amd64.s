//go:build !purego

#include "textflag.h"

// func ConvFinishF32_AVX512(rows, n int, c *float32, cOff *int, bias *float32, act int, slope float32)
//
// Adds bias to n columns of rows of c, row i at c[cOff[i]:], and activates them: nothing (act 0), x > 0 ? x : +0 (1), x > 0 ? x : slope*x (2).
//
//	R8 rows left;  DX cOff;  DI c;  SI bias;  R9 the row;  CX the column, in bytes from its beginning
//	BX bytes of a row in whole vectors;  K1 lanes of the last one, which R10 has too
//	Z0 a vector;  Z30 +0;  Z31 slope
//
// 64 bytes take two loads, a store, an addition and one or two operations of the activation. Bound: 1 cycle where a vector is stored every
// cycle, 2 where every other one is. A row costs 3 cycles beside.

// ROWS is the whole of a function from where the registers are set up; act activates Z0.
#define ROWS(row, vector, rest, next, act) \
row:                             \
	MOVQ (DX), R9                \
	ADDQ $8, DX                  \
	LEAQ (DI)(R9*4), R9          \
	XORL CX, CX                  \
	CMPQ BX, $0                  \
	JEQ  rest                    \
vector:                          \
	VMOVUPS (R9)(CX*1), Z0       \
	VADDPS  (SI)(CX*1), Z0, Z0   \
	act                          \
	VMOVUPS Z0, (R9)(CX*1)       \
	ADDQ $64, CX                 \
	CMPQ CX, BX                  \
	JLT  vector                  \
rest:                            \
	TESTL R10, R10               \
	JEQ  next                    \
	VMOVUPS.Z (R9)(CX*1), K1, Z0 \
	VADDPS.Z (SI)(CX*1), Z0, K1, Z0 \
	act                          \
	VMOVUPS Z0, K1, (R9)(CX*1)   \
next:                            \
	DECQ R8                      \
	JNZ  row                     \
	VZEROUPPER                   \
	RET

#define NOTHING

#define RELU \
	VMAXPS Z30, Z0, Z0

#define LEAKY \
	VCMPPS $0x1a, Z30, Z0, K2 \
	VMULPS Z31, Z0, K2, Z0

TEXT ·ConvFinishF32_AVX512(SB), NOSPLIT, $0-52
	MOVQ rows+0(FP), R8
	MOVQ n+8(FP), BX
	MOVQ c+16(FP), DI
	MOVQ cOff+24(FP), DX
	MOVQ bias+32(FP), SI
	VBROADCASTSS slope+48(FP), Z31
	VPXORD Z30, Z30, Z30
	MOVQ BX, CX
	ANDQ $15, CX
	MOVL $1, R10
	SHLL CX, R10
	DECL R10
	KMOVW R10, K1
	ANDQ $~15, BX
	SHLQ $2, BX
	MOVQ act+40(FP), AX
	CMPQ AX, $1
	JEQ  relu
	JGT  leaky
	ROWS(row0, vector0, rest0, next0, NOTHING)

relu:
	ROWS(row1, vector1, rest1, next1, RELU)

leaky:
	ROWS(row2, vector2, rest2, next2, LEAKY)
