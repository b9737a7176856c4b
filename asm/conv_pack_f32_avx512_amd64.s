//go:build !purego

#include "textflag.h"

// func TransposeF32_16_AVX512(dst, src *float32, ld, kc, width int)
//
// dst[width*k+i] = src[ld*i+k] for i < 16, in blocks of 16 steps, in registers: sixteen rows in Z0 .. Z15, and back there
// as columns.
//
//	SI, R10, R11, R12   rows 0, 4, 8 and 12 of src;  R8, R9 ld and 3 ld in bytes
//	DI, DX              dst, width in bytes
//
// A block moves 1 KiB in and out with 64 shuffles. Bound: the shuffles, 32 cycles where two issue a cycle, 64 elsewhere,
// for 256 floats. Rows are prefetched 64 steps ahead: there are too many of them for hardware to follow.
#define SOON(p) \
	PREFETCHT0 256(p)       \
	PREFETCHT0 256(p)(R8*1) \
	PREFETCHT0 256(p)(R8*2) \
	PREFETCHT0 256(p)(R9*1)

#define BLOCK \
	VMOVUPS (SI), Z0 \
	VMOVUPS (SI)(R8*1), Z1 \
	VMOVUPS (SI)(R8*2), Z2 \
	VMOVUPS (SI)(R9*1), Z3 \
	VMOVUPS (R10), Z4 \
	VMOVUPS (R10)(R8*1), Z5 \
	VMOVUPS (R10)(R8*2), Z6 \
	VMOVUPS (R10)(R9*1), Z7 \
	VMOVUPS (R11), Z8 \
	VMOVUPS (R11)(R8*1), Z9 \
	VMOVUPS (R11)(R8*2), Z10 \
	VMOVUPS (R11)(R9*1), Z11 \
	VMOVUPS (R12), Z12 \
	VMOVUPS (R12)(R8*1), Z13 \
	VMOVUPS (R12)(R8*2), Z14 \
	VMOVUPS (R12)(R9*1), Z15 \
	VUNPCKLPS Z1, Z0, Z16 \
	VUNPCKHPS Z1, Z0, Z17 \
	VUNPCKLPS Z3, Z2, Z18 \
	VUNPCKHPS Z3, Z2, Z19 \
	VUNPCKLPS Z5, Z4, Z20 \
	VUNPCKHPS Z5, Z4, Z21 \
	VUNPCKLPS Z7, Z6, Z22 \
	VUNPCKHPS Z7, Z6, Z23 \
	VUNPCKLPS Z9, Z8, Z24 \
	VUNPCKHPS Z9, Z8, Z25 \
	VUNPCKLPS Z11, Z10, Z26 \
	VUNPCKHPS Z11, Z10, Z27 \
	VUNPCKLPS Z13, Z12, Z28 \
	VUNPCKHPS Z13, Z12, Z29 \
	VUNPCKLPS Z15, Z14, Z30 \
	VUNPCKHPS Z15, Z14, Z31 \
	VUNPCKLPD Z18, Z16, Z0 \
	VUNPCKHPD Z18, Z16, Z1 \
	VUNPCKLPD Z19, Z17, Z2 \
	VUNPCKHPD Z19, Z17, Z3 \
	VUNPCKLPD Z22, Z20, Z4 \
	VUNPCKHPD Z22, Z20, Z5 \
	VUNPCKLPD Z23, Z21, Z6 \
	VUNPCKHPD Z23, Z21, Z7 \
	VUNPCKLPD Z26, Z24, Z8 \
	VUNPCKHPD Z26, Z24, Z9 \
	VUNPCKLPD Z27, Z25, Z10 \
	VUNPCKHPD Z27, Z25, Z11 \
	VUNPCKLPD Z30, Z28, Z12 \
	VUNPCKHPD Z30, Z28, Z13 \
	VUNPCKLPD Z31, Z29, Z14 \
	VUNPCKHPD Z31, Z29, Z15 \
	VSHUFF32X4 $0x88, Z4, Z0, Z16 \
	VSHUFF32X4 $0xdd, Z4, Z0, Z17 \
	VSHUFF32X4 $0x88, Z12, Z8, Z18 \
	VSHUFF32X4 $0xdd, Z12, Z8, Z19 \
	VSHUFF32X4 $0x88, Z5, Z1, Z20 \
	VSHUFF32X4 $0xdd, Z5, Z1, Z21 \
	VSHUFF32X4 $0x88, Z13, Z9, Z22 \
	VSHUFF32X4 $0xdd, Z13, Z9, Z23 \
	VSHUFF32X4 $0x88, Z6, Z2, Z24 \
	VSHUFF32X4 $0xdd, Z6, Z2, Z25 \
	VSHUFF32X4 $0x88, Z14, Z10, Z26 \
	VSHUFF32X4 $0xdd, Z14, Z10, Z27 \
	VSHUFF32X4 $0x88, Z7, Z3, Z28 \
	VSHUFF32X4 $0xdd, Z7, Z3, Z29 \
	VSHUFF32X4 $0x88, Z15, Z11, Z30 \
	VSHUFF32X4 $0xdd, Z15, Z11, Z31 \
	VSHUFF32X4 $0x88, Z18, Z16, Z0 \
	VSHUFF32X4 $0xdd, Z18, Z16, Z8 \
	VSHUFF32X4 $0x88, Z19, Z17, Z4 \
	VSHUFF32X4 $0xdd, Z19, Z17, Z12 \
	VSHUFF32X4 $0x88, Z22, Z20, Z1 \
	VSHUFF32X4 $0xdd, Z22, Z20, Z9 \
	VSHUFF32X4 $0x88, Z23, Z21, Z5 \
	VSHUFF32X4 $0xdd, Z23, Z21, Z13 \
	VSHUFF32X4 $0x88, Z26, Z24, Z2 \
	VSHUFF32X4 $0xdd, Z26, Z24, Z10 \
	VSHUFF32X4 $0x88, Z27, Z25, Z6 \
	VSHUFF32X4 $0xdd, Z27, Z25, Z14 \
	VSHUFF32X4 $0x88, Z30, Z28, Z3 \
	VSHUFF32X4 $0xdd, Z30, Z28, Z11 \
	VSHUFF32X4 $0x88, Z31, Z29, Z7 \
	VSHUFF32X4 $0xdd, Z31, Z29, Z15

#define PUT(z) \
	VMOVUPS z, (DI) \
	ADDQ    DX, DI

TEXT ·TransposeF32_16_AVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	MOVQ width+32(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (R8)(R8*2), R9
	LEAQ (SI)(R8*4), R10
	LEAQ (R10)(R8*4), R11
	LEAQ (R11)(R8*4), R12

loop:
	SOON(SI); SOON(R10); SOON(R11); SOON(R12)
	BLOCK
	PUT(Z0); PUT(Z1); PUT(Z2); PUT(Z3)
	PUT(Z4); PUT(Z5); PUT(Z6); PUT(Z7)
	PUT(Z8); PUT(Z9); PUT(Z10); PUT(Z11)
	PUT(Z12); PUT(Z13); PUT(Z14); PUT(Z15)
	ADDQ $64, SI
	ADDQ $64, R10
	ADDQ $64, R11
	ADDQ $64, R12
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET

// func CopyF32_32_AVX512(dst, src *float32, ld, kc int)
//
// dst[32*k+j] = src[ld*k+j] for j < 32. The steps of src are asked for eight steps ahead. 128 bytes in and out a step; bound
// by the cache that src lies in.
TEXT ·CopyF32_32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), R8
	MOVQ kc+24(FP), CX
	SHLQ $2, R8
	LEAQ (SI)(R8*8), R9

steps:
	PREFETCHT0 (R9)
	PREFETCHT0 64(R9)
	PREFETCHT0 124(R9)
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	ADDQ R8, SI
	ADDQ R8, R9
	ADDQ $128, DI
	DECQ CX
	JNZ  steps
	VZEROUPPER
	RET
