//go:build !purego

#include "textflag.h"

// Normalization along rows of cols elements, densely stored, and the passes of softmax. Sums have 16 lanes: one vector. The
// lanes are folded as everywhere, l with l+8, then l+4, l+2 and l+1. rows and cols are positive; the last cols%16 elements
// go under a mask, and touch no other lane.
//
//	SI, DX, DI  the row of the operands and the result; R8, R12, R13 other operands;  BX rows left
//	R9, R10     bytes of the whole groups of 16 in a row, and of a row;  R11 elements after them;  AX position
//	Z0 .. Z4    sums, operands, temporaries;  Z28 .. Z31 numbers of the row;  K1 the mask
//
// Bound in a long row by the latency of the addition, 64 bytes in 2 (Zen 5) to 4 cycles, which memory does not give; the
// rows of a call overlap. Reached on Zen 5 with 64 columns, in cycles for 16 elements in L1, L2 and memory: mean, variance
// and application together 6.6, 7.8, 17; gradient 7.2, 8.4, 21; softmax (with EXP) 14, 16, 24, its gradient 4.1, 6.7, 15.
// Copying: 1.7, 2.9, 9.

// func TotalRowsF32_AVX512(sum, x *float32, rows, cols int)
//
// The sum of each row.
TEXT ·TotalRowsF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ sum+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ rows+16(FP), BX
	MOVQ cols+24(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	VXORPS Z0, Z0, Z0
	XORL AX, AX
	JMP  scheck

sloop:
	VMOVUPS (SI)(AX*1), Z1
	VADDPS Z1, Z0, Z0
	ADDQ $64, AX

scheck:
	CMPQ AX, R9
	JLT  sloop
	TESTQ R11, R11
	JZ   sdone
	VMOVUPS.Z (SI)(AX*1), K1, Z1
	VADDPS Z1, Z0, K1, Z0

sdone:
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X0, X1, X0
	VPERMILPS $0xee, X0, X1
	VADDPS X0, X1, X0
	VMOVSHDUP X0, X1
	VADDPS X0, X1, X0
	VMOVSS X0, (DI)
	ADDQ $4, DI
	ADDQ R10, SI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET

// func SquareRowsF32_AVX512(sum, x, mean *float32, rows, cols int)
//
// The sum of the squares of x - mean of each row, the products fused.
TEXT ·SquareRowsF32_AVX512(SB), NOSPLIT, $0-40
	MOVQ sum+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ mean+16(FP), R8
	MOVQ rows+24(FP), BX
	MOVQ cols+32(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	VXORPS Z0, Z0, Z0
	VBROADCASTSS (R8), Z31
	XORL AX, AX
	JMP  qcheck

qloop:
	VMOVUPS (SI)(AX*1), Z1
	VSUBPS Z31, Z1, Z1
	VFMADD231PS Z1, Z1, Z0
	ADDQ $64, AX

qcheck:
	CMPQ AX, R9
	JLT  qloop
	TESTQ R11, R11
	JZ   qdone
	VMOVUPS.Z (SI)(AX*1), K1, Z1
	VSUBPS Z31, Z1, Z1
	VFMADD231PS Z1, Z1, K1, Z0

qdone:
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X0, X1, X0
	VPERMILPS $0xee, X0, X1
	VADDPS X0, X1, X0
	VMOVSHDUP X0, X1
	VADDPS X0, X1, X0
	VMOVSS X0, (DI)
	ADDQ $4, DI
	ADDQ $4, R8
	ADDQ R10, SI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET

// func ApplyRowsF32_AVX512(y, x, mean, rstd, gamma, beta *float32, rows, cols int)
//
// y = ((x - mean) * rstd)*gamma + beta, the last addition fused.
TEXT ·ApplyRowsF32_AVX512(SB), NOSPLIT, $0-64
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ mean+16(FP), R12
	MOVQ rstd+24(FP), R13
	MOVQ gamma+32(FP), DX
	MOVQ beta+40(FP), R8
	MOVQ rows+48(FP), BX
	MOVQ cols+56(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	VBROADCASTSS (R12), Z31
	VBROADCASTSS (R13), Z30
	XORL AX, AX
	JMP  ycheck

yloop:
	VMOVUPS (SI)(AX*1), Z0
	VSUBPS Z31, Z0, Z0
	VMULPS Z30, Z0, Z0
	VMOVUPS (DX)(AX*1), Z1
	VMOVUPS (R8)(AX*1), Z2
	VFMADD213PS Z2, Z1, Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX

ycheck:
	CMPQ AX, R9
	JLT  yloop
	TESTQ R11, R11
	JZ   ydone
	VMOVUPS.Z (SI)(AX*1), K1, Z0
	VSUBPS Z31, Z0, Z0
	VMULPS Z30, Z0, Z0
	VMOVUPS.Z (DX)(AX*1), K1, Z1
	VMOVUPS.Z (R8)(AX*1), K1, Z2
	VFMADD213PS Z2, Z1, Z0
	VMOVUPS Z0, K1, (DI)(AX*1)

ydone:
	ADDQ $4, R12
	ADDQ $4, R13
	ADDQ R10, SI
	ADDQ R10, DI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET

// func DXRowsF32_AVX512(dx, grad, x, mean, rstd, gamma *float32, rows, cols int, n float32, noMean int)
//
// h = (x - mean) * rstd, e = g*gamma; dx = rstd * ((e - sum(e)/n) - h*(sum(e*h)/n)), with 0 for the first sum if noMean.
TEXT ·DXRowsF32_AVX512(SB), NOSPLIT, $0-80
	MOVQ dx+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ mean+24(FP), R12
	MOVQ rstd+32(FP), R13
	MOVQ gamma+40(FP), R8
	MOVQ rows+48(FP), BX
	MOVQ cols+56(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	VBROADCASTSS (R12), Z31
	VBROADCASTSS (R13), Z30
	VXORPS Z0, Z0, Z0
	VXORPS Z1, Z1, Z1
	XORL AX, AX
	JMP  scheck

sloop:
	VMOVUPS (DX)(AX*1), Z2
	VSUBPS Z31, Z2, Z2
	VMULPS Z30, Z2, Z2
	VMOVUPS (SI)(AX*1), Z3
	VMOVUPS (R8)(AX*1), Z4
	VMULPS Z4, Z3, Z3
	VADDPS Z3, Z0, Z0
	VFMADD231PS Z2, Z3, Z1
	ADDQ $64, AX

scheck:
	CMPQ AX, R9
	JLT  sloop
	TESTQ R11, R11
	JZ   sdone
	VMOVUPS.Z (DX)(AX*1), K1, Z2
	VSUBPS Z31, Z2, Z2
	VMULPS Z30, Z2, Z2
	VMOVUPS.Z (SI)(AX*1), K1, Z3
	VMOVUPS.Z (R8)(AX*1), K1, Z4
	VMULPS Z4, Z3, Z3
	VADDPS Z3, Z0, K1, Z0
	VFMADD231PS Z2, Z3, K1, Z1

sdone:
	VEXTRACTF64X4 $1, Z0, Y2
	VADDPS Y0, Y2, Y0
	VEXTRACTF128 $1, Y0, X2
	VADDPS X0, X2, X0
	VPERMILPS $0xee, X0, X2
	VADDPS X0, X2, X0
	VMOVSHDUP X0, X2
	VADDPS X0, X2, X0
	VEXTRACTF64X4 $1, Z1, Y3
	VADDPS Y1, Y3, Y1
	VEXTRACTF128 $1, Y1, X3
	VADDPS X1, X3, X1
	VPERMILPS $0xee, X1, X3
	VADDPS X1, X3, X1
	VMOVSHDUP X1, X3
	VADDPS X1, X3, X1
	VDIVSS n+64(FP), X0, X0
	VDIVSS n+64(FP), X1, X1
	MOVQ noMean+72(FP), CX
	TESTQ CX, CX
	JZ   subtract
	VXORPS X0, X0, X0

subtract:
	VBROADCASTSS X0, Z29
	VBROADCASTSS X1, Z28
	XORL AX, AX
	JMP  dcheck

dloop:
	VMOVUPS (DX)(AX*1), Z2
	VSUBPS Z31, Z2, Z2
	VMULPS Z30, Z2, Z2
	VMOVUPS (SI)(AX*1), Z3
	VMOVUPS (R8)(AX*1), Z4
	VMULPS Z4, Z3, Z3
	VSUBPS Z29, Z3, Z3
	VFNMADD231PS Z28, Z2, Z3
	VMULPS Z30, Z3, Z3
	VMOVUPS Z3, (DI)(AX*1)
	ADDQ $64, AX

dcheck:
	CMPQ AX, R9
	JLT  dloop
	TESTQ R11, R11
	JZ   ddone
	VMOVUPS.Z (DX)(AX*1), K1, Z2
	VSUBPS Z31, Z2, Z2
	VMULPS Z30, Z2, Z2
	VMOVUPS.Z (SI)(AX*1), K1, Z3
	VMOVUPS.Z (R8)(AX*1), K1, Z4
	VMULPS Z4, Z3, Z3
	VSUBPS Z29, Z3, Z3
	VFNMADD231PS Z28, Z2, Z3
	VMULPS Z30, Z3, Z3
	VMOVUPS Z3, K1, (DI)(AX*1)

ddone:
	ADDQ $4, R12
	ADDQ $4, R13
	ADDQ R10, SI
	ADDQ R10, DX
	ADDQ R10, DI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET

// func LessMaxRowsF32_AVX512(y, max, x *float32, rows, cols int)
//
// y = x - max, the largest of the row by x > max ? x : max.
TEXT ·LessMaxRowsF32_AVX512(SB), NOSPLIT, $0-40
	MOVQ y+0(FP), DI
	MOVQ max+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ rows+24(FP), BX
	MOVQ cols+32(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	MOVL $0xff800000, AX
	VMOVD AX, X0
	VBROADCASTSS X0, Z0
	XORL AX, AX
	JMP  mcheck

mloop:
	VMOVUPS (SI)(AX*1), Z1
	VMAXPS Z0, Z1, Z0
	ADDQ $64, AX

mcheck:
	CMPQ AX, R9
	JLT  mloop
	TESTQ R11, R11
	JZ   mdone
	VMOVUPS.Z (SI)(AX*1), K1, Z1
	VMAXPS Z0, Z1, K1, Z0

mdone:
	VEXTRACTF64X4 $1, Z0, Y1
	VMAXPS Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X0, X1, X0
	VPERMILPS $0xee, X0, X1
	VMAXPS X0, X1, X0
	VMOVSHDUP X0, X1
	VMAXPS X0, X1, X0
	VMOVSS X0, (R8)
	VBROADCASTSS X0, Z31
	XORL AX, AX
	JMP  ycheck

yloop:
	VMOVUPS (SI)(AX*1), Z1
	VSUBPS Z31, Z1, Z1
	VMOVUPS Z1, (DI)(AX*1)
	ADDQ $64, AX

ycheck:
	CMPQ AX, R9
	JLT  yloop
	TESTQ R11, R11
	JZ   ydone
	VMOVUPS.Z (SI)(AX*1), K1, Z1
	VSUBPS Z31, Z1, Z1
	VMOVUPS Z1, K1, (DI)(AX*1)

ydone:
	ADDQ $4, R8
	ADDQ R10, SI
	ADDQ R10, DI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET

// func ScaleRowsF32_AVX512(y, sum *float32, rows, cols int)
//
// sum of the row; y = y * (1/sum).
TEXT ·ScaleRowsF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), DI
	MOVQ sum+8(FP), R8
	MOVQ rows+16(FP), BX
	MOVQ cols+24(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	VXORPS Z0, Z0, Z0
	XORL AX, AX
	JMP  scheck

sloop:
	VMOVUPS (DI)(AX*1), Z1
	VADDPS Z1, Z0, Z0
	ADDQ $64, AX

scheck:
	CMPQ AX, R9
	JLT  sloop
	TESTQ R11, R11
	JZ   sdone
	VMOVUPS.Z (DI)(AX*1), K1, Z1
	VADDPS Z1, Z0, K1, Z0

sdone:
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X0, X1, X0
	VPERMILPS $0xee, X0, X1
	VADDPS X0, X1, X0
	VMOVSHDUP X0, X1
	VADDPS X0, X1, X0
	VMOVSS X0, (R8)
	MOVL $0x3f800000, AX
	VMOVD AX, X1
	VDIVSS X0, X1, X0
	VBROADCASTSS X0, Z31
	XORL AX, AX
	JMP  ycheck

yloop:
	VMOVUPS (DI)(AX*1), Z1
	VMULPS Z31, Z1, Z1
	VMOVUPS Z1, (DI)(AX*1)
	ADDQ $64, AX

ycheck:
	CMPQ AX, R9
	JLT  yloop
	TESTQ R11, R11
	JZ   ydone
	VMOVUPS.Z (DI)(AX*1), K1, Z1
	VMULPS Z31, Z1, Z1
	VMOVUPS Z1, K1, (DI)(AX*1)

ydone:
	ADDQ $4, R8
	ADDQ R10, DI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET

// func SoftRowsF32_AVX512(dx, grad, y *float32, rows, cols int)
//
// dx = y * (g - sum(g*y)), the products of the sum fused.
TEXT ·SoftRowsF32_AVX512(SB), NOSPLIT, $0-40
	MOVQ dx+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ y+16(FP), DX
	MOVQ rows+24(FP), BX
	MOVQ cols+32(FP), R10
	MOVQ R10, R11
	ANDQ $15, R11
	MOVQ R10, R9
	SUBQ R11, R9
	SHLQ $2, R9
	SHLQ $2, R10
	MOVQ R11, CX
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1

row:
	VXORPS Z0, Z0, Z0
	XORL AX, AX
	JMP  scheck

sloop:
	VMOVUPS (DX)(AX*1), Z1
	VMOVUPS (SI)(AX*1), Z2
	VFMADD231PS Z1, Z2, Z0
	ADDQ $64, AX

scheck:
	CMPQ AX, R9
	JLT  sloop
	TESTQ R11, R11
	JZ   sdone
	VMOVUPS.Z (DX)(AX*1), K1, Z1
	VMOVUPS.Z (SI)(AX*1), K1, Z2
	VFMADD231PS Z1, Z2, K1, Z0

sdone:
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X0, X1, X0
	VPERMILPS $0xee, X0, X1
	VADDPS X0, X1, X0
	VMOVSHDUP X0, X1
	VADDPS X0, X1, X0
	VBROADCASTSS X0, Z31
	XORL AX, AX
	JMP  dcheck

dloop:
	VMOVUPS (DX)(AX*1), Z1
	VMOVUPS (SI)(AX*1), Z2
	VSUBPS Z31, Z2, Z2
	VMULPS Z1, Z2, Z2
	VMOVUPS Z2, (DI)(AX*1)
	ADDQ $64, AX

dcheck:
	CMPQ AX, R9
	JLT  dloop
	TESTQ R11, R11
	JZ   ddone
	VMOVUPS.Z (DX)(AX*1), K1, Z1
	VMOVUPS.Z (SI)(AX*1), K1, Z2
	VSUBPS Z31, Z2, Z2
	VMULPS Z1, Z2, Z2
	VMOVUPS Z2, K1, (DI)(AX*1)

ddone:
	ADDQ R10, SI
	ADDQ R10, DX
	ADDQ R10, DI
	DECQ BX
	JNZ  row
	VZEROUPPER
	RET
