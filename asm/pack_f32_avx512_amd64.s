//go:build !purego

#include "textflag.h"

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
