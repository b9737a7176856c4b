//go:build !purego

#include "textflag.h"

// Streams of 32-byte loads and stores: what a level of memory gives at best. 256 bytes an iteration.
//
// SI source  DI destination  DX, R8 where they begin  CX bytes left of a pass  R9 bytes of a pass  BX passes left
//
// Bound in L1: two 32-byte loads a cycle;
// one 32-byte store a cycle (two on Zen 5 and Golden Cove, to one line).

// func Read_AVX2(p *byte, n, passes int)
TEXT ·Read_AVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), DX
	MOVQ n+8(FP), R9
	MOVQ passes+16(FP), BX

pass:
	MOVQ DX, SI
	MOVQ R9, CX
	PCALIGN $64

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VMOVDQU 64(SI), Y2
	VMOVDQU 96(SI), Y3
	VMOVDQU 128(SI), Y4
	VMOVDQU 160(SI), Y5
	VMOVDQU 192(SI), Y6
	VMOVDQU 224(SI), Y7
	ADDQ $256, SI
	SUBQ $256, CX
	JNZ  loop
	DECQ BX
	JNZ  pass
	VZEROUPPER
	RET

// func Copy_AVX2(dst, src *byte, n, passes int)
TEXT ·Copy_AVX2(SB), NOSPLIT, $0-32
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
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VMOVDQU 64(SI), Y2
	VMOVDQU 96(SI), Y3
	VMOVDQU 128(SI), Y4
	VMOVDQU 160(SI), Y5
	VMOVDQU 192(SI), Y6
	VMOVDQU 224(SI), Y7
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VMOVDQU Y4, 128(DI)
	VMOVDQU Y5, 160(DI)
	VMOVDQU Y6, 192(DI)
	VMOVDQU Y7, 224(DI)
	ADDQ $256, SI
	ADDQ $256, DI
	SUBQ $256, CX
	JNZ  loop
	DECQ BX
	JNZ  pass
	VZEROUPPER
	RET
