//go:build !purego

#include "textflag.h"

// Normalization down the columns of rows that are ld floats apart: 16 columns at a time, all rows (eight, as a rule) for
// each, so that what belongs to a column is loaded once. n columns and rows are positive; the last columns go under a mask.
//
//	R8, R9      rows, bytes between rows;  CX columns left, R10 bytes before this one;  BX rows left
//	SI, DX, DI  the streams of the row;  AX a pointer to what belongs to the column
//	Z0 .. Z6    what belongs to the column, and x, g;  K1 the mask
//
// Bound by loads: one to three of a vector for one to seven operations on it. Reached on Zen 5 with 64 columns, in
// cycles for 16 elements in L1, L2 and memory: mean and
// variance (two passes) 7, 9, 13; application 4.0, 5.7, 20; gradients (two passes) 9.4, 16, 60 to 110. Copying: 1.7, 2.9, 9.

// func SumColsF32_AVX512(acc, x *float32, n, rows, ld int)
//
// acc += x, row after row.
TEXT ·SumColsF32_AVX512(SB), NOSPLIT, $0-40
	MOVQ n+16(FP), CX
	MOVQ rows+24(FP), R8
	MOVQ ld+32(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  tail

loop:
	MOVQ acc+0(FP), AX
	VMOVUPS (AX)(R10*1), Z0
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

row:
	VMOVUPS (SI), Z1
	VADDPS Z1, Z0, Z0
	ADDQ R9, SI
	DECQ BX
	JNZ  row
	MOVQ acc+0(FP), AX
	VMOVUPS Z0, (AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ acc+0(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z0
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

last:
	VMOVUPS.Z (SI), K1, Z1
	VADDPS Z1, Z0, Z0
	ADDQ R9, SI
	DECQ BX
	JNZ  last
	MOVQ acc+0(FP), AX
	VMOVUPS Z0, K1, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func SquareColsF32_AVX512(acc, x, mean *float32, n, rows, ld int)
//
// acc = d*d + acc, fused, row after row; d = x - mean.
TEXT ·SquareColsF32_AVX512(SB), NOSPLIT, $0-48
	MOVQ n+24(FP), CX
	MOVQ rows+32(FP), R8
	MOVQ ld+40(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  tail

loop:
	MOVQ acc+0(FP), AX
	VMOVUPS (AX)(R10*1), Z0
	MOVQ mean+16(FP), AX
	VMOVUPS (AX)(R10*1), Z1
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

row:
	VMOVUPS (SI), Z2
	VSUBPS Z1, Z2, Z2
	VFMADD231PS Z2, Z2, Z0
	ADDQ R9, SI
	DECQ BX
	JNZ  row
	MOVQ acc+0(FP), AX
	VMOVUPS Z0, (AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ acc+0(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z0
	MOVQ mean+16(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z1
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

last:
	VMOVUPS.Z (SI), K1, Z2
	VSUBPS Z1, Z2, Z2
	VFMADD231PS Z2, Z2, Z0
	ADDQ R9, SI
	DECQ BX
	JNZ  last
	MOVQ acc+0(FP), AX
	VMOVUPS Z0, K1, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func GradColsF32_AVX512(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)
//
// sum += g; dot = g*h + dot, fused, row after row; h = (x - mean) * rstd.
TEXT ·GradColsF32_AVX512(SB), NOSPLIT, $0-72
	MOVQ n+48(FP), CX
	MOVQ rows+56(FP), R8
	MOVQ ld+64(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  tail

loop:
	MOVQ sum+0(FP), AX
	VMOVUPS (AX)(R10*1), Z0
	MOVQ dot+8(FP), AX
	VMOVUPS (AX)(R10*1), Z1
	MOVQ mean+32(FP), AX
	VMOVUPS (AX)(R10*1), Z2
	MOVQ rstd+40(FP), AX
	VMOVUPS (AX)(R10*1), Z3
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX

row:
	VMOVUPS (DX), Z4
	VSUBPS Z2, Z4, Z4
	VMULPS Z3, Z4, Z4
	VMOVUPS (SI), Z5
	VADDPS Z5, Z0, Z0
	VFMADD231PS Z4, Z5, Z1
	ADDQ R9, SI
	ADDQ R9, DX
	DECQ BX
	JNZ  row
	MOVQ sum+0(FP), AX
	VMOVUPS Z0, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Z1, (AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ sum+0(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z0
	MOVQ dot+8(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z1
	MOVQ mean+32(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z2
	MOVQ rstd+40(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z3
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX

last:
	VMOVUPS.Z (DX), K1, Z4
	VSUBPS Z2, Z4, Z4
	VMULPS Z3, Z4, Z4
	VMOVUPS.Z (SI), K1, Z5
	VADDPS Z5, Z0, Z0
	VFMADD231PS Z4, Z5, Z1
	ADDQ R9, SI
	ADDQ R9, DX
	DECQ BX
	JNZ  last
	MOVQ sum+0(FP), AX
	VMOVUPS Z0, K1, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Z1, K1, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func ParamRowsF32_AVX512(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)
//
// GradCols with a mean and an rstd for each row, R12 and R13.
TEXT ·ParamRowsF32_AVX512(SB), NOSPLIT, $0-72
	MOVQ n+48(FP), CX
	MOVQ rows+56(FP), R8
	MOVQ ld+64(FP), R9
	MOVQ mean+32(FP), R12
	MOVQ rstd+40(FP), R13
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  tail

loop:
	MOVQ sum+0(FP), AX
	VMOVUPS (AX)(R10*1), Z0
	MOVQ dot+8(FP), AX
	VMOVUPS (AX)(R10*1), Z1
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX
	XORL R11, R11

row:
	VMOVUPS (DX), Z4
	VBROADCASTSS (R12)(R11*1), Z2
	VBROADCASTSS (R13)(R11*1), Z3
	VSUBPS Z2, Z4, Z4
	VMULPS Z3, Z4, Z4
	VMOVUPS (SI), Z5
	VADDPS Z5, Z0, Z0
	VFMADD231PS Z4, Z5, Z1
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  row
	MOVQ sum+0(FP), AX
	VMOVUPS Z0, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Z1, (AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ sum+0(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z0
	MOVQ dot+8(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z1
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX
	XORL R11, R11

last:
	VMOVUPS.Z (DX), K1, Z4
	VBROADCASTSS (R12)(R11*1), Z2
	VBROADCASTSS (R13)(R11*1), Z3
	VSUBPS Z2, Z4, Z4
	VMULPS Z3, Z4, Z4
	VMOVUPS.Z (SI), K1, Z5
	VADDPS Z5, Z0, Z0
	VFMADD231PS Z4, Z5, Z1
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  last
	MOVQ sum+0(FP), AX
	VMOVUPS Z0, K1, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Z1, K1, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func ApplyColsF32_AVX512(y, x, mean, rstd, gamma, beta *float32, n, rows, ld int)
//
// y = ((x - mean) * rstd)*gamma + beta, the last addition fused.
TEXT ·ApplyColsF32_AVX512(SB), NOSPLIT, $0-72
	MOVQ n+48(FP), CX
	MOVQ rows+56(FP), R8
	MOVQ ld+64(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  tail

loop:
	MOVQ mean+16(FP), AX
	VMOVUPS (AX)(R10*1), Z0
	MOVQ rstd+24(FP), AX
	VMOVUPS (AX)(R10*1), Z1
	MOVQ gamma+32(FP), AX
	VMOVUPS (AX)(R10*1), Z2
	MOVQ beta+40(FP), AX
	VMOVUPS (AX)(R10*1), Z3
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ y+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

row:
	VMOVUPS (SI), Z4
	VSUBPS Z0, Z4, Z4
	VMULPS Z1, Z4, Z4
	VFMADD213PS Z3, Z2, Z4
	VMOVUPS Z4, (DI)
	ADDQ R9, SI
	ADDQ R9, DI
	DECQ BX
	JNZ  row
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ mean+16(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z0
	MOVQ rstd+24(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z1
	MOVQ gamma+32(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z2
	MOVQ beta+40(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z3
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ y+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

last:
	VMOVUPS.Z (SI), K1, Z4
	VSUBPS Z0, Z4, Z4
	VMULPS Z1, Z4, Z4
	VFMADD213PS Z3, Z2, Z4
	VMOVUPS Z4, K1, (DI)
	ADDQ R9, SI
	ADDQ R9, DI
	DECQ BX
	JNZ  last

done:
	VZEROUPPER
	RET

// func DXColsF32_AVX512(dx, grad, x, mean, rstd, scale, sum, dot *float32, n, rows, ld int)
//
// h = (x - mean) * rstd; dx = scale * ((g - sum) - h*dot), the last product in the bracket fused.
TEXT ·DXColsF32_AVX512(SB), NOSPLIT, $0-88
	MOVQ n+64(FP), CX
	MOVQ rows+72(FP), R8
	MOVQ ld+80(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  tail

loop:
	MOVQ mean+24(FP), AX
	VMOVUPS (AX)(R10*1), Z0
	MOVQ rstd+32(FP), AX
	VMOVUPS (AX)(R10*1), Z1
	MOVQ scale+40(FP), AX
	VMOVUPS (AX)(R10*1), Z2
	MOVQ sum+48(FP), AX
	VMOVUPS (AX)(R10*1), Z3
	MOVQ dot+56(FP), AX
	VMOVUPS (AX)(R10*1), Z4
	MOVQ grad+8(FP), SI
	ADDQ R10, SI
	MOVQ x+16(FP), DX
	ADDQ R10, DX
	MOVQ dx+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

row:
	VMOVUPS (DX), Z5
	VSUBPS Z0, Z5, Z5
	VMULPS Z1, Z5, Z5
	VMOVUPS (SI), Z6
	VSUBPS Z3, Z6, Z6
	VFNMADD231PS Z4, Z5, Z6
	VMULPS Z2, Z6, Z6
	VMOVUPS Z6, (DI)
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ R9, DI
	DECQ BX
	JNZ  row
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K1
	MOVQ mean+24(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z0
	MOVQ rstd+32(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z1
	MOVQ scale+40(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z2
	MOVQ sum+48(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z3
	MOVQ dot+56(FP), AX
	VMOVUPS.Z (AX)(R10*1), K1, Z4
	MOVQ grad+8(FP), SI
	ADDQ R10, SI
	MOVQ x+16(FP), DX
	ADDQ R10, DX
	MOVQ dx+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

last:
	VMOVUPS.Z (DX), K1, Z5
	VSUBPS Z0, Z5, Z5
	VMULPS Z1, Z5, Z5
	VMOVUPS.Z (SI), K1, Z6
	VSUBPS Z3, Z6, Z6
	VFNMADD231PS Z4, Z5, Z6
	VMULPS Z2, Z6, Z6
	VMOVUPS Z6, K1, (DI)
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ R9, DI
	DECQ BX
	JNZ  last

done:
	VZEROUPPER
	RET
