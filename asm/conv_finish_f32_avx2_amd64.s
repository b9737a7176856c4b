//go:build !purego

#include "textflag.h"

// func ConvFinishF32_AVX2(rows, n int, c *float32, cOff *int, bias *float32, act int, slope float32)
//
// As ConvFinishF32_AVX512, for n a positive multiple of 8.
//
//	R8 rows left;  DX cOff;  DI c;  SI bias;  R9 the row;  CX the column, in bytes from its beginning;  BX bytes of a row
//	Y0 a vector;  Y1, Y2 scratch;  Y14 +0;  Y15 slope
//
// 32 bytes take two loads, a store, an addition and up to three operations of the activation. Bound: 1 cycle, 2 with a slope. A row costs 3
// cycles beside.
#define ROWS(row, vector, act) \
row:                           \
	MOVQ (DX), R9              \
	ADDQ $8, DX                \
	LEAQ (DI)(R9*4), R9        \
	XORL CX, CX                \
vector:                        \
	VMOVUPS (R9)(CX*1), Y0     \
	VADDPS  (SI)(CX*1), Y0, Y0 \
	act                        \
	VMOVUPS Y0, (R9)(CX*1)     \
	ADDQ $32, CX               \
	CMPQ CX, BX                \
	JLT  vector                \
	DECQ R8                    \
	JNZ  row                   \
	VZEROUPPER                 \
	RET

#define NOTHING

#define RELU \
	VMAXPS Y14, Y0, Y0

#define LEAKY \
	VMULPS    Y15, Y0, Y1        \
	VCMPPS    $0x1e, Y14, Y0, Y2 \
	VBLENDVPS Y2, Y0, Y1, Y0

TEXT ·ConvFinishF32_AVX2(SB), NOSPLIT, $0-52
	MOVQ rows+0(FP), R8
	MOVQ n+8(FP), BX
	MOVQ c+16(FP), DI
	MOVQ cOff+24(FP), DX
	MOVQ bias+32(FP), SI
	VBROADCASTSS slope+48(FP), Y15
	VXORPS Y14, Y14, Y14
	SHLQ $2, BX
	MOVQ act+40(FP), AX
	CMPQ AX, $1
	JEQ  relu
	JGT  leaky
	ROWS(row0, vector0, NOTHING)

relu:
	ROWS(row1, vector1, RELU)

leaky:
	ROWS(row2, vector2, LEAKY)
