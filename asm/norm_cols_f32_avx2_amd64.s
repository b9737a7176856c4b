//go:build !purego

#include "textflag.h"

// Normalization down the columns of rows that are ld floats apart: 16 columns at a time, then 8, all rows for each, so that
// what belongs to a column is loaded once. n columns and rows are positive; the last columns go under a mask.
//
//	R8, R9      rows, bytes between rows;  CX columns left, R10 bytes before this one;  BX rows left
//	SI, DX, DI  the streams of the row;  AX a pointer to what belongs to the column
//	Y0 .. Y13   what belongs to the column, and x, g;  Y15 the mask
//
// Bound by loads: one to three of a vector for one to seven operations on it. Reached on Zen 5 with 64 columns, in
// cycles for 16 elements in L1, L2 and memory: mean and variance (two
// passes) 5.5, 6.0, 27; application 3.2, 5.5, 24; gradients (two passes) 9.2, 16, 120. ReLU, for comparison: 2.0, 2.8, 8.
// From memory the strips, narrower than a row, cost it two thirds of the bandwidth.

// Eight and eight ones and zeros, to be read from where a mask begins.
DATA tailmask<>+0(SB)/8, $-1
DATA tailmask<>+8(SB)/8, $-1
DATA tailmask<>+16(SB)/8, $-1
DATA tailmask<>+24(SB)/8, $-1
DATA tailmask<>+32(SB)/8, $-1
DATA tailmask<>+40(SB)/8, $-1
DATA tailmask<>+48(SB)/8, $-1
DATA tailmask<>+56(SB)/8, $-1
GLOBL tailmask<>(SB), RODATA|NOPTR, $128

// func SumColsF32_AVX2(acc, x *float32, n, rows, ld int)
//
// acc += x, row after row.
TEXT ·SumColsF32_AVX2(SB), NOSPLIT, $0-40
	MOVQ n+16(FP), CX
	MOVQ rows+24(FP), R8
	MOVQ ld+32(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  narrow

wide:
	MOVQ acc+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0; VMOVUPS 32(AX)(R10*1), Y1
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

wrow:
	VMOVUPS (SI), Y2; VMOVUPS 32(SI), Y3
	VADDPS Y2, Y0, Y0; VADDPS Y3, Y1, Y1
	ADDQ R9, SI
	DECQ BX
	JNZ  wrow
	MOVQ acc+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1); VMOVUPS Y1, 32(AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  wide

narrow:
	ADDQ $8, CX
	JLT  tail

loop:
	MOVQ acc+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

row:
	VMOVUPS (SI), Y1
	VADDPS Y1, Y0, Y0
	ADDQ R9, SI
	DECQ BX
	JNZ  row
	MOVQ acc+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1)
	ADDQ $32, R10
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	MOVQ $16, AX
	SUBQ CX, AX
	LEAQ tailmask<>(SB), CX
	VMOVUPS (CX)(AX*4), Y15
	MOVQ acc+0(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y0
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

last:
	VMASKMOVPS (SI), Y15, Y1
	VADDPS Y1, Y0, Y0
	ADDQ R9, SI
	DECQ BX
	JNZ  last
	MOVQ acc+0(FP), AX
	VMASKMOVPS Y0, Y15, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func SquareColsF32_AVX2(acc, x, mean *float32, n, rows, ld int)
//
// acc = d*d + acc, fused, row after row; d = x - mean.
TEXT ·SquareColsF32_AVX2(SB), NOSPLIT, $0-48
	MOVQ n+24(FP), CX
	MOVQ rows+32(FP), R8
	MOVQ ld+40(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  narrow

wide:
	MOVQ acc+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0; VMOVUPS 32(AX)(R10*1), Y1
	MOVQ mean+16(FP), AX
	VMOVUPS (AX)(R10*1), Y2; VMOVUPS 32(AX)(R10*1), Y3
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

wrow:
	VMOVUPS (SI), Y4; VMOVUPS 32(SI), Y5
	VSUBPS Y2, Y4, Y4; VSUBPS Y3, Y5, Y5
	VFMADD231PS Y4, Y4, Y0; VFMADD231PS Y5, Y5, Y1
	ADDQ R9, SI
	DECQ BX
	JNZ  wrow
	MOVQ acc+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1); VMOVUPS Y1, 32(AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  wide

narrow:
	ADDQ $8, CX
	JLT  tail

loop:
	MOVQ acc+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0
	MOVQ mean+16(FP), AX
	VMOVUPS (AX)(R10*1), Y1
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

row:
	VMOVUPS (SI), Y2
	VSUBPS Y1, Y2, Y2
	VFMADD231PS Y2, Y2, Y0
	ADDQ R9, SI
	DECQ BX
	JNZ  row
	MOVQ acc+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1)
	ADDQ $32, R10
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	MOVQ $16, AX
	SUBQ CX, AX
	LEAQ tailmask<>(SB), CX
	VMOVUPS (CX)(AX*4), Y15
	MOVQ acc+0(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y0
	MOVQ mean+16(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y1
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ R8, BX

last:
	VMASKMOVPS (SI), Y15, Y2
	VSUBPS Y1, Y2, Y2
	VFMADD231PS Y2, Y2, Y0
	ADDQ R9, SI
	DECQ BX
	JNZ  last
	MOVQ acc+0(FP), AX
	VMASKMOVPS Y0, Y15, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func GradColsF32_AVX2(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)
//
// sum += g; dot = g*h + dot, fused, row after row; h = (x - mean) * rstd.
TEXT ·GradColsF32_AVX2(SB), NOSPLIT, $0-72
	MOVQ n+48(FP), CX
	MOVQ rows+56(FP), R8
	MOVQ ld+64(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  narrow

wide:
	MOVQ sum+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0; VMOVUPS 32(AX)(R10*1), Y1
	MOVQ dot+8(FP), AX
	VMOVUPS (AX)(R10*1), Y2; VMOVUPS 32(AX)(R10*1), Y3
	MOVQ mean+32(FP), AX
	VMOVUPS (AX)(R10*1), Y4; VMOVUPS 32(AX)(R10*1), Y5
	MOVQ rstd+40(FP), AX
	VMOVUPS (AX)(R10*1), Y6; VMOVUPS 32(AX)(R10*1), Y7
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX

wrow:
	VMOVUPS (DX), Y8; VMOVUPS 32(DX), Y9
	VSUBPS Y4, Y8, Y8; VSUBPS Y5, Y9, Y9
	VMULPS Y6, Y8, Y8; VMULPS Y7, Y9, Y9
	VMOVUPS (SI), Y10; VMOVUPS 32(SI), Y11
	VADDPS Y10, Y0, Y0; VADDPS Y11, Y1, Y1
	VFMADD231PS Y8, Y10, Y2; VFMADD231PS Y9, Y11, Y3
	ADDQ R9, SI
	ADDQ R9, DX
	DECQ BX
	JNZ  wrow
	MOVQ sum+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1); VMOVUPS Y1, 32(AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Y2, (AX)(R10*1); VMOVUPS Y3, 32(AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  wide

narrow:
	ADDQ $8, CX
	JLT  tail

loop:
	MOVQ sum+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0
	MOVQ dot+8(FP), AX
	VMOVUPS (AX)(R10*1), Y1
	MOVQ mean+32(FP), AX
	VMOVUPS (AX)(R10*1), Y2
	MOVQ rstd+40(FP), AX
	VMOVUPS (AX)(R10*1), Y3
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX

row:
	VMOVUPS (DX), Y4
	VSUBPS Y2, Y4, Y4
	VMULPS Y3, Y4, Y4
	VMOVUPS (SI), Y5
	VADDPS Y5, Y0, Y0
	VFMADD231PS Y4, Y5, Y1
	ADDQ R9, SI
	ADDQ R9, DX
	DECQ BX
	JNZ  row
	MOVQ sum+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Y1, (AX)(R10*1)
	ADDQ $32, R10
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	MOVQ $16, AX
	SUBQ CX, AX
	LEAQ tailmask<>(SB), CX
	VMOVUPS (CX)(AX*4), Y15
	MOVQ sum+0(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y0
	MOVQ dot+8(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y1
	MOVQ mean+32(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y2
	MOVQ rstd+40(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y3
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX

last:
	VMASKMOVPS (DX), Y15, Y4
	VSUBPS Y2, Y4, Y4
	VMULPS Y3, Y4, Y4
	VMASKMOVPS (SI), Y15, Y5
	VADDPS Y5, Y0, Y0
	VFMADD231PS Y4, Y5, Y1
	ADDQ R9, SI
	ADDQ R9, DX
	DECQ BX
	JNZ  last
	MOVQ sum+0(FP), AX
	VMASKMOVPS Y0, Y15, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMASKMOVPS Y1, Y15, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func ParamRowsF32_AVX2(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)
//
// GradCols with a mean and an rstd for each row, R12 and R13.
TEXT ·ParamRowsF32_AVX2(SB), NOSPLIT, $0-72
	MOVQ n+48(FP), CX
	MOVQ rows+56(FP), R8
	MOVQ ld+64(FP), R9
	MOVQ mean+32(FP), R12
	MOVQ rstd+40(FP), R13
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  narrow

wide:
	MOVQ sum+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0; VMOVUPS 32(AX)(R10*1), Y1
	MOVQ dot+8(FP), AX
	VMOVUPS (AX)(R10*1), Y2; VMOVUPS 32(AX)(R10*1), Y3
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX
	XORL R11, R11

wrow:
	VMOVUPS (DX), Y8; VMOVUPS 32(DX), Y9
	VBROADCASTSS (R12)(R11*1), Y4; VBROADCASTSS (R12)(R11*1), Y5
	VBROADCASTSS (R13)(R11*1), Y6; VBROADCASTSS (R13)(R11*1), Y7
	VSUBPS Y4, Y8, Y8; VSUBPS Y5, Y9, Y9
	VMULPS Y6, Y8, Y8; VMULPS Y7, Y9, Y9
	VMOVUPS (SI), Y10; VMOVUPS 32(SI), Y11
	VADDPS Y10, Y0, Y0; VADDPS Y11, Y1, Y1
	VFMADD231PS Y8, Y10, Y2; VFMADD231PS Y9, Y11, Y3
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  wrow
	MOVQ sum+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1); VMOVUPS Y1, 32(AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Y2, (AX)(R10*1); VMOVUPS Y3, 32(AX)(R10*1)
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  wide

narrow:
	ADDQ $8, CX
	JLT  tail

loop:
	MOVQ sum+0(FP), AX
	VMOVUPS (AX)(R10*1), Y0
	MOVQ dot+8(FP), AX
	VMOVUPS (AX)(R10*1), Y1
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX
	XORL R11, R11

row:
	VMOVUPS (DX), Y4
	VBROADCASTSS (R12)(R11*1), Y2
	VBROADCASTSS (R13)(R11*1), Y3
	VSUBPS Y2, Y4, Y4
	VMULPS Y3, Y4, Y4
	VMOVUPS (SI), Y5
	VADDPS Y5, Y0, Y0
	VFMADD231PS Y4, Y5, Y1
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  row
	MOVQ sum+0(FP), AX
	VMOVUPS Y0, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMOVUPS Y1, (AX)(R10*1)
	ADDQ $32, R10
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	MOVQ $16, AX
	SUBQ CX, AX
	LEAQ tailmask<>(SB), CX
	VMOVUPS (CX)(AX*4), Y15
	MOVQ sum+0(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y0
	MOVQ dot+8(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y1
	MOVQ grad+16(FP), SI
	ADDQ R10, SI
	MOVQ x+24(FP), DX
	ADDQ R10, DX
	MOVQ R8, BX
	XORL R11, R11

last:
	VMASKMOVPS (DX), Y15, Y4
	VBROADCASTSS (R12)(R11*1), Y2
	VBROADCASTSS (R13)(R11*1), Y3
	VSUBPS Y2, Y4, Y4
	VMULPS Y3, Y4, Y4
	VMASKMOVPS (SI), Y15, Y5
	VADDPS Y5, Y0, Y0
	VFMADD231PS Y4, Y5, Y1
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  last
	MOVQ sum+0(FP), AX
	VMASKMOVPS Y0, Y15, (AX)(R10*1)
	MOVQ dot+8(FP), AX
	VMASKMOVPS Y1, Y15, (AX)(R10*1)

done:
	VZEROUPPER
	RET

// func ApplyColsF32_AVX2(y, x, mean, rstd, gamma, beta *float32, n, rows, ld int)
//
// y = ((x - mean) * rstd)*gamma + beta, the last addition fused.
TEXT ·ApplyColsF32_AVX2(SB), NOSPLIT, $0-72
	MOVQ n+48(FP), CX
	MOVQ rows+56(FP), R8
	MOVQ ld+64(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  narrow

wide:
	MOVQ mean+16(FP), AX
	VMOVUPS (AX)(R10*1), Y0; VMOVUPS 32(AX)(R10*1), Y1
	MOVQ rstd+24(FP), AX
	VMOVUPS (AX)(R10*1), Y2; VMOVUPS 32(AX)(R10*1), Y3
	MOVQ gamma+32(FP), AX
	VMOVUPS (AX)(R10*1), Y4; VMOVUPS 32(AX)(R10*1), Y5
	MOVQ beta+40(FP), AX
	VMOVUPS (AX)(R10*1), Y6; VMOVUPS 32(AX)(R10*1), Y7
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ y+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

wrow:
	VMOVUPS (SI), Y8; VMOVUPS 32(SI), Y9
	VSUBPS Y0, Y8, Y8; VSUBPS Y1, Y9, Y9
	VMULPS Y2, Y8, Y8; VMULPS Y3, Y9, Y9
	VFMADD213PS Y6, Y4, Y8; VFMADD213PS Y7, Y5, Y9
	VMOVUPS Y8, (DI); VMOVUPS Y9, 32(DI)
	ADDQ R9, SI
	ADDQ R9, DI
	DECQ BX
	JNZ  wrow
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  wide

narrow:
	ADDQ $8, CX
	JLT  tail

loop:
	MOVQ mean+16(FP), AX
	VMOVUPS (AX)(R10*1), Y0
	MOVQ rstd+24(FP), AX
	VMOVUPS (AX)(R10*1), Y1
	MOVQ gamma+32(FP), AX
	VMOVUPS (AX)(R10*1), Y2
	MOVQ beta+40(FP), AX
	VMOVUPS (AX)(R10*1), Y3
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ y+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

row:
	VMOVUPS (SI), Y4
	VSUBPS Y0, Y4, Y4
	VMULPS Y1, Y4, Y4
	VFMADD213PS Y3, Y2, Y4
	VMOVUPS Y4, (DI)
	ADDQ R9, SI
	ADDQ R9, DI
	DECQ BX
	JNZ  row
	ADDQ $32, R10
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	MOVQ $16, AX
	SUBQ CX, AX
	LEAQ tailmask<>(SB), CX
	VMOVUPS (CX)(AX*4), Y15
	MOVQ mean+16(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y0
	MOVQ rstd+24(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y1
	MOVQ gamma+32(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y2
	MOVQ beta+40(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y3
	MOVQ x+8(FP), SI
	ADDQ R10, SI
	MOVQ y+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

last:
	VMASKMOVPS (SI), Y15, Y4
	VSUBPS Y0, Y4, Y4
	VMULPS Y1, Y4, Y4
	VFMADD213PS Y3, Y2, Y4
	VMASKMOVPS Y4, Y15, (DI)
	ADDQ R9, SI
	ADDQ R9, DI
	DECQ BX
	JNZ  last

done:
	VZEROUPPER
	RET

// func DXColsF32_AVX2(dx, grad, x, mean, rstd, scale, sum, dot *float32, n, rows, ld int)
//
// h = (x - mean) * rstd; dx = scale * ((g - sum) - h*dot), the last product in the bracket fused.
TEXT ·DXColsF32_AVX2(SB), NOSPLIT, $0-88
	MOVQ n+64(FP), CX
	MOVQ rows+72(FP), R8
	MOVQ ld+80(FP), R9
	SHLQ $2, R9
	XORL R10, R10
	SUBQ $16, CX
	JLT  narrow

wide:
	MOVQ mean+24(FP), AX
	VMOVUPS (AX)(R10*1), Y0; VMOVUPS 32(AX)(R10*1), Y1
	MOVQ rstd+32(FP), AX
	VMOVUPS (AX)(R10*1), Y2; VMOVUPS 32(AX)(R10*1), Y3
	MOVQ scale+40(FP), AX
	VMOVUPS (AX)(R10*1), Y4; VMOVUPS 32(AX)(R10*1), Y5
	MOVQ sum+48(FP), AX
	VMOVUPS (AX)(R10*1), Y6; VMOVUPS 32(AX)(R10*1), Y7
	MOVQ dot+56(FP), AX
	VMOVUPS (AX)(R10*1), Y8; VMOVUPS 32(AX)(R10*1), Y9
	MOVQ grad+8(FP), SI
	ADDQ R10, SI
	MOVQ x+16(FP), DX
	ADDQ R10, DX
	MOVQ dx+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

wrow:
	VMOVUPS (DX), Y10; VMOVUPS 32(DX), Y11
	VSUBPS Y0, Y10, Y10; VSUBPS Y1, Y11, Y11
	VMULPS Y2, Y10, Y10; VMULPS Y3, Y11, Y11
	VMOVUPS (SI), Y12; VMOVUPS 32(SI), Y13
	VSUBPS Y6, Y12, Y12; VSUBPS Y7, Y13, Y13
	VFNMADD231PS Y8, Y10, Y12; VFNMADD231PS Y9, Y11, Y13
	VMULPS Y4, Y12, Y12; VMULPS Y5, Y13, Y13
	VMOVUPS Y12, (DI); VMOVUPS Y13, 32(DI)
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ R9, DI
	DECQ BX
	JNZ  wrow
	ADDQ $64, R10
	SUBQ $16, CX
	JGE  wide

narrow:
	ADDQ $8, CX
	JLT  tail

loop:
	MOVQ mean+24(FP), AX
	VMOVUPS (AX)(R10*1), Y0
	MOVQ rstd+32(FP), AX
	VMOVUPS (AX)(R10*1), Y1
	MOVQ scale+40(FP), AX
	VMOVUPS (AX)(R10*1), Y2
	MOVQ sum+48(FP), AX
	VMOVUPS (AX)(R10*1), Y3
	MOVQ dot+56(FP), AX
	VMOVUPS (AX)(R10*1), Y4
	MOVQ grad+8(FP), SI
	ADDQ R10, SI
	MOVQ x+16(FP), DX
	ADDQ R10, DX
	MOVQ dx+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

row:
	VMOVUPS (DX), Y5
	VSUBPS Y0, Y5, Y5
	VMULPS Y1, Y5, Y5
	VMOVUPS (SI), Y6
	VSUBPS Y3, Y6, Y6
	VFNMADD231PS Y4, Y5, Y6
	VMULPS Y2, Y6, Y6
	VMOVUPS Y6, (DI)
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ R9, DI
	DECQ BX
	JNZ  row
	ADDQ $32, R10
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	MOVQ $16, AX
	SUBQ CX, AX
	LEAQ tailmask<>(SB), CX
	VMOVUPS (CX)(AX*4), Y15
	MOVQ mean+24(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y0
	MOVQ rstd+32(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y1
	MOVQ scale+40(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y2
	MOVQ sum+48(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y3
	MOVQ dot+56(FP), AX
	VMASKMOVPS (AX)(R10*1), Y15, Y4
	MOVQ grad+8(FP), SI
	ADDQ R10, SI
	MOVQ x+16(FP), DX
	ADDQ R10, DX
	MOVQ dx+0(FP), DI
	ADDQ R10, DI
	MOVQ R8, BX

last:
	VMASKMOVPS (DX), Y15, Y5
	VSUBPS Y0, Y5, Y5
	VMULPS Y1, Y5, Y5
	VMASKMOVPS (SI), Y15, Y6
	VSUBPS Y3, Y6, Y6
	VFNMADD231PS Y4, Y5, Y6
	VMULPS Y2, Y6, Y6
	VMASKMOVPS Y6, Y15, (DI)
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ R9, DI
	DECQ BX
	JNZ  last

done:
	VZEROUPPER
	RET
