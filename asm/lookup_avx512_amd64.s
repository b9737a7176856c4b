//go:build !purego

#include "textflag.h"

// func LookupU8_VBMI(dst, src *uint8, n int, table *[256]uint8)
//
// dst[i] = table[src[i]], 64 bytes at a time, the last under a mask.
//
//	DI dst, SI src, CX n; K1 the mask, K2 the bytes of 128 and above
//	Z0 .. Z3  the table
//	Z4        source, Z5, Z6 its images in the lower and the upper half of the table
//
// 64 bytes take two VPERM*2B and a blend. Bound: 2 cycles on the one port that permutes bytes.
TEXT ·LookupU8_VBMI(SB), NOSPLIT, $0-32
	MOVQ      dst+0(FP), DI
	MOVQ      src+8(FP), SI
	MOVQ      n+16(FP), CX
	MOVQ      table+24(FP), DX
	VMOVDQU64 (DX), Z0
	VMOVDQU64 64(DX), Z1
	VMOVDQU64 128(DX), Z2
	VMOVDQU64 192(DX), Z3

loop:
	MOVQ $-1, AX
	CMPQ CX, $64
	JGE  whole
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX

whole:
	KMOVQ      AX, K1
	VMOVDQU8.Z (SI), K1, Z4
	VMOVDQA64  Z4, Z5
	VMOVDQA64  Z4, Z6
	VPMOVB2M   Z4, K2
	VPERMI2B   Z1, Z0, Z5
	VPERMI2B   Z3, Z2, Z6
	VMOVDQU8   Z6, K2, Z5
	VMOVDQU8   Z5, K1, (DI)
	ADDQ       $64, SI
	ADDQ       $64, DI
	SUBQ       $64, CX
	JGT        loop
	VZEROUPPER
	RET
