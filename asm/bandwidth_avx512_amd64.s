//go:build !purego

#include "textflag.h"

// Streams of 64-byte loads and stores: what a level of memory gives at best. 512 bytes an iteration.
//
// SI source  DI destination  DX, R8 where they begin  CX bytes left of a pass  R9 bytes of a pass  BX passes left
//
// Bound in L1: two 64-byte loads a cycle where both load ports are that wide (Zen 5, Intel since Skylake-SP), one on Zen 4;
// one 64-byte store a cycle.

// func Read_AVX512(p *byte, n, passes int)
TEXT ·Read_AVX512(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), DX
	MOVQ n+8(FP), R9
	MOVQ passes+16(FP), BX

pass:
	MOVQ DX, SI
	MOVQ R9, CX
	PCALIGN $64

loop:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VMOVDQU64 128(SI), Z2
	VMOVDQU64 192(SI), Z3
	VMOVDQU64 256(SI), Z4
	VMOVDQU64 320(SI), Z5
	VMOVDQU64 384(SI), Z6
	VMOVDQU64 448(SI), Z7
	ADDQ $512, SI
	SUBQ $512, CX
	JNZ  loop
	DECQ BX
	JNZ  pass
	VZEROUPPER
	RET

// func Copy_AVX512(dst, src *byte, n, passes int)
TEXT ·Copy_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), R8
	MOVQ src+8(FP), DX
	MOVQ n+16(FP), R9
	MOVQ passes+24(FP), BX

pass:
	MOVQ R8, DI
	MOVQ DX, SI
	MOVQ R9, CX
	PCALIGN $64

loop:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VMOVDQU64 128(SI), Z2
	VMOVDQU64 192(SI), Z3
	VMOVDQU64 256(SI), Z4
	VMOVDQU64 320(SI), Z5
	VMOVDQU64 384(SI), Z6
	VMOVDQU64 448(SI), Z7
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	VMOVDQU64 Z2, 128(DI)
	VMOVDQU64 Z3, 192(DI)
	VMOVDQU64 Z4, 256(DI)
	VMOVDQU64 Z5, 320(DI)
	VMOVDQU64 Z6, 384(DI)
	VMOVDQU64 Z7, 448(DI)
	ADDQ $512, SI
	ADDQ $512, DI
	SUBQ $512, CX
	JNZ  loop
	DECQ BX
	JNZ  pass
	VZEROUPPER
	RET
