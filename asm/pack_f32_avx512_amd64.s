//go:build !purego

#include "textflag.h"

// Packing for 512-bit tiles.

// QUAD moves 16 rows of 4 steps, o bytes from the current ones: a row goes into a quarter of a register, next to those 4, 8
// and 12 further down, and each quarter is transposed by itself. 16 loads of 16 bytes, 8 shuffles, 4 stores of a line.
#define QUAD(o) \
	VMOVUPS      o(SI), X0 \
	VINSERTF32X4 $1, o(R10), Z0, Z0 \
	VINSERTF32X4 $2, o(R11), Z0, Z0 \
	VINSERTF32X4 $3, o(R12), Z0, Z0 \
	VMOVUPS      o(SI)(R8*1), X1 \
	VINSERTF32X4 $1, o(R10)(R8*1), Z1, Z1 \
	VINSERTF32X4 $2, o(R11)(R8*1), Z1, Z1 \
	VINSERTF32X4 $3, o(R12)(R8*1), Z1, Z1 \
	VMOVUPS      o(SI)(R8*2), X2 \
	VINSERTF32X4 $1, o(R10)(R8*2), Z2, Z2 \
	VINSERTF32X4 $2, o(R11)(R8*2), Z2, Z2 \
	VINSERTF32X4 $3, o(R12)(R8*2), Z2, Z2 \
	VMOVUPS      o(SI)(R9*1), X3 \
	VINSERTF32X4 $1, o(R10)(R9*1), Z3, Z3 \
	VINSERTF32X4 $2, o(R11)(R9*1), Z3, Z3 \
	VINSERTF32X4 $3, o(R12)(R9*1), Z3, Z3 \
	VUNPCKLPS    Z1, Z0, Z4 \
	VUNPCKHPS    Z1, Z0, Z5 \
	VUNPCKLPS    Z3, Z2, Z6 \
	VUNPCKHPS    Z3, Z2, Z7 \
	VUNPCKLPD    Z6, Z4, Z8 \
	VUNPCKHPD    Z6, Z4, Z9 \
	VUNPCKLPD    Z7, Z5, Z10 \
	VUNPCKHPD    Z7, Z5, Z11 \
	VMOVUPS      Z8, (DI) \
	VMOVUPS      Z9, (DI)(DX*1) \
	VMOVUPS      Z10, (DI)(DX*2) \
	VMOVUPS      Z11, (DI)(R13*1) \
	LEAQ         (DI)(DX*4), DI

#define SOON(p) \
	PREFETCHT0 192(p) \
	PREFETCHT0 192(p)(R8*1) \
	PREFETCHT0 192(p)(R8*2) \
	PREFETCHT0 192(p)(R9*1)

// func TransposeF32_16_AVX512(dst, src *float32, ld, kc, width int)
//
//	SI, R10, R11, R12   rows 0, 4, 8, 12 of src;  R8, R9 ld and 3 ld in bytes
//	DI                  dst;  DX, R13 width and 3 width in bytes
//
// 64 floats take 12 inserts and 8 shuffles: 10 cycles where two go in a cycle. The lines of the rows are asked for three
// ahead.
TEXT ·TransposeF32_16_AVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	MOVQ width+32(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (R8)(R8*2), R9
	LEAQ (DX)(DX*2), R13
	LEAQ (SI)(R8*4), R10
	LEAQ (R10)(R8*4), R11
	LEAQ (R11)(R8*4), R12
	SUBQ $16, CX
	JLT  rest

loop:
	SOON(SI)
	SOON(R10)
	SOON(R11)
	SOON(R12)
	QUAD(0)
	QUAD(16)
	QUAD(32)
	QUAD(48)
	ADDQ $64, SI
	ADDQ $64, R10
	ADDQ $64, R11
	ADDQ $64, R12
	SUBQ $16, CX
	JGE  loop

rest:
	ADDQ $16, CX
	JZ   done

fours:
	QUAD(0)
	ADDQ $16, SI
	ADDQ $16, R10
	ADDQ $16, R11
	ADDQ $16, R12
	SUBQ $4, CX
	JNZ  fours

done:
	VZEROUPPER
	RET

// func CopyF32_48_AVX512(dst, src *float32, ld, kc int)
//
// dst[48*k+j] = src[ld*k+j] for j < 48. The steps of src lie far apart, where no hardware prefetcher follows: they are
// asked for eight steps ahead. 192 bytes in and out a step; bound by the cache that src lies in.
TEXT ·CopyF32_48_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	SHLQ $2, R8
	LEAQ (SI)(R8*8), R9

steps:
	PREFETCHT0 (R9)
	PREFETCHT0 64(R9)
	PREFETCHT0 128(R9)
	PREFETCHT0 188(R9)
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VMOVUPS 128(SI), Z2
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ $192, DI
	DECQ CX
	JNZ  steps
	VZEROUPPER
	RET

// func CopyF32_Some_AVX512(dst, src *float32, ld, kc, w, width int)
//
// dst[width*k+j] = src[ld*k+j] for j < w <= 48, in 1, 2 or 3 registers under masks.
TEXT ·CopyF32_Some_AVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	MOVQ w+32(FP), AX
	MOVQ width+40(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (SI)(R8*8), R9
	MOVQ $-1, BX
	BZHIQ AX, BX, BX
	KMOVW BX, K1
	SHRQ  $16, BX
	KMOVW BX, K2
	SHRQ  $16, BX
	KMOVW BX, K3
	CMPQ  AX, $16
	JLE   one
	CMPQ  AX, $32
	JLE   two

three:
	PREFETCHT0 (R9)
	PREFETCHT0 64(R9)
	PREFETCHT0 128(R9)
	VMOVUPS   (SI), Z0
	VMOVUPS   64(SI), Z1
	VMOVUPS.Z 128(SI), K3, Z2
	VMOVUPS   Z0, (DI)
	VMOVUPS   Z1, 64(DI)
	VMOVUPS   Z2, K3, 128(DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ DX, DI
	DECQ CX
	JNZ  three
	VZEROUPPER
	RET

two:
	PREFETCHT0 (R9)
	PREFETCHT0 64(R9)
	VMOVUPS   (SI), Z0
	VMOVUPS.Z 64(SI), K2, Z1
	VMOVUPS   Z0, (DI)
	VMOVUPS   Z1, K2, 64(DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ DX, DI
	DECQ CX
	JNZ  two
	VZEROUPPER
	RET

one:
	PREFETCHT0 (R9)
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS   Z0, K1, (DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ DX, DI
	DECQ CX
	JNZ  one
	VZEROUPPER
	RET
