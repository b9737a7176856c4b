//go:build !purego

#include "textflag.h"

// func AddU8_AVX2(dst, x, y *uint8, n int, mults, bias, shift int, lo, hi uint8)
//
// 32 bytes at a time: x and y are interleaved and widened to pairs of words, so that VPMADDWD makes both products and their
// sum at once. What the packing saturates would be clamped anyway. Packing undoes the order that interleaving within halves
// of a register makes.
//
//	DI dst, SI x, DX y, CX bytes left
//	Y0, Y1  x, y;  Y2, Y3  pairs of bytes;  Y4 .. Y7  sums;  Y10 hi, Y11 lo, X12 shift, Y13 bias, Y14 multipliers, Y15 0
//
// 32 bytes are 64 loaded and 25 operations, 9 of them shuffles. Bound: 9 cycles where one port shuffles, 6.5 where four take
// all.
TEXT ·AddU8_AVX2(SB), NOSPLIT, $0-58
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DX
	MOVQ n+24(FP), CX
	VPBROADCASTD mults+32(FP), Y14
	VPBROADCASTD bias+40(FP), Y13
	VMOVQ shift+48(FP), X12
	VPBROADCASTB lo+56(FP), Y11
	VPBROADCASTB hi+57(FP), Y10
	VPXOR Y15, Y15, Y15
	PCALIGN $32

loop:
	VMOVDQU (SI), Y0
	VMOVDQU (DX), Y1
	VPUNPCKLBW Y1, Y0, Y2
	VPUNPCKHBW Y1, Y0, Y3
	VPUNPCKLBW Y15, Y2, Y4
	VPUNPCKHBW Y15, Y2, Y5
	VPUNPCKLBW Y15, Y3, Y6
	VPUNPCKHBW Y15, Y3, Y7
	VPMADDWD Y14, Y4, Y4
	VPMADDWD Y14, Y5, Y5
	VPMADDWD Y14, Y6, Y6
	VPMADDWD Y14, Y7, Y7
	VPADDD Y13, Y4, Y4
	VPADDD Y13, Y5, Y5
	VPADDD Y13, Y6, Y6
	VPADDD Y13, Y7, Y7
	VPSRAD X12, Y4, Y4
	VPSRAD X12, Y5, Y5
	VPSRAD X12, Y6, Y6
	VPSRAD X12, Y7, Y7
	VPACKSSDW Y5, Y4, Y4
	VPACKSSDW Y7, Y6, Y6
	VPACKUSWB Y6, Y4, Y4
	VPMAXUB Y11, Y4, Y4
	VPMINUB Y10, Y4, Y4
	VMOVDQU Y4, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $32, CX
	JNZ loop
	VZEROUPPER
	RET

// func ScaleU8_AVX2(dst, x *uint8, n int, mult *int16, bias *int32, shift int, lo, hi uint8)
//
// 32 bytes at a time, as four vectors of 8 double words. VPMADDWD multiplies a byte, whose upper word is 0, with its multiplier.
//
//	DI dst, SI x, CX bytes left, DX mult, R8 bias
//	Y0 .. Y3  bytes, then sums;  Y4 .. Y7  multipliers;  Y9 order, Y10 hi, Y11 lo, X12 shift
//
// 32 bytes are 224 loaded and 26 operations. Bound: 8 cycles where one port shuffles (the widening loads are shuffles too),
// 7 where four take all.
TEXT ·ScaleU8_AVX2(SB), NOSPLIT, $0-50
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ mult+24(FP), DX
	MOVQ bias+32(FP), R8
	VMOVQ shift+40(FP), X12
	VPBROADCASTB lo+48(FP), Y11
	VPBROADCASTB hi+49(FP), Y10
	VMOVDQU pointOrder<>(SB), Y9
	PCALIGN $32

loop:
	VPMOVZXBD (SI), Y0
	VPMOVZXBD 8(SI), Y1
	VPMOVZXBD 16(SI), Y2
	VPMOVZXBD 24(SI), Y3
	VPMOVSXWD (DX), Y4
	VPMOVSXWD 16(DX), Y5
	VPMOVSXWD 32(DX), Y6
	VPMOVSXWD 48(DX), Y7
	VPMADDWD Y4, Y0, Y0
	VPMADDWD Y5, Y1, Y1
	VPMADDWD Y6, Y2, Y2
	VPMADDWD Y7, Y3, Y3
	VPADDD (R8), Y0, Y0
	VPADDD 32(R8), Y1, Y1
	VPADDD 64(R8), Y2, Y2
	VPADDD 96(R8), Y3, Y3
	VPSRAD X12, Y0, Y0
	VPSRAD X12, Y1, Y1
	VPSRAD X12, Y2, Y2
	VPSRAD X12, Y3, Y3
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKUSWB Y2, Y0, Y0
	VPERMD Y0, Y9, Y0
	VPMAXUB Y11, Y0, Y0
	VPMINUB Y10, Y0, Y0
	VMOVDQU Y0, (DI)
	ADDQ $32, SI
	ADDQ $64, DX
	ADDQ $128, R8
	ADDQ $32, DI
	SUBQ $32, CX
	JNZ loop
	VZEROUPPER
	RET

// pointOrder undoes what packing four vectors does to their halves.
DATA pointOrder<>+0(SB)/8, $0x0000000400000000
DATA pointOrder<>+8(SB)/8, $0x0000000500000001
DATA pointOrder<>+16(SB)/8, $0x0000000600000002
DATA pointOrder<>+24(SB)/8, $0x0000000700000003
GLOBL pointOrder<>(SB), RODATA|NOPTR, $32

// func ThreeOneU8_AVX2(dst *uint16, near, far *uint8, n int)
//
// dst[i] = 3*near[i] + far[i], 16 at a time.
//
//	DI dst, SI near, DX far, CX bytes left
//
// 16 bytes are 32 loaded, 32 stored and 5 operations, two of them shuffles: 2 cycles.
TEXT ·ThreeOneU8_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ near+8(FP), SI
	MOVQ far+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VPMOVZXBW (SI), Y0
	VPMOVZXBW (DX), Y1
	VPADDW Y0, Y0, Y2
	VPADDW Y0, Y1, Y1
	VPADDW Y2, Y1, Y1
	VMOVDQU Y1, (DI)
	ADDQ $16, SI
	ADDQ $16, DX
	ADDQ $32, DI
	SUBQ $16, CX
	JNZ loop
	VZEROUPPER
	RET

// func SmoothUpU8_AVX2(dst *uint8, sums *uint16, pixels, c int)
//
// Two pixels for each one of a line of sums, of which c lie before the first and after the last: (3*here + before + 8) >> 4 and
// (3*here + after + 8) >> 4, 16 channels at a time.
//
//	DI dst, SI sums of the pixel before, DX pixels left, CX c, BX channels left;  R9, R10, R11  before, here, after
//	Y0, Y2  left and right;  Y1 here;  Y3 3*here + 8;  Y15 8
//
// 16 channels are 96 bytes loaded, 32 stored and 10 operations: 3 cycles.
TEXT ·SmoothUpU8_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ sums+8(FP), SI
	MOVQ pixels+16(FP), DX
	MOVQ c+24(FP), CX
	MOVL $8, AX
	VMOVD AX, X15
	VPBROADCASTW X15, Y15

pixel:
	MOVQ SI, R9
	LEAQ (R9)(CX*2), R10
	LEAQ (R10)(CX*2), R11
	MOVQ R10, SI
	MOVQ CX, BX

channels:
	VMOVDQU (R9), Y0
	VMOVDQU (R10), Y1
	VMOVDQU (R11), Y2
	VPADDW Y1, Y1, Y3
	VPADDW Y15, Y1, Y1
	VPADDW Y1, Y3, Y3
	VPADDW Y3, Y0, Y0
	VPADDW Y3, Y2, Y2
	VPSRLW $4, Y0, Y0
	VPSRLW $4, Y2, Y2
	VPACKUSWB Y2, Y0, Y0
	VPERMQ $0xd8, Y0, Y0
	VMOVDQU X0, (DI)
	VEXTRACTI128 $1, Y0, (DI)(CX*1)
	ADDQ $32, R9
	ADDQ $32, R10
	ADDQ $32, R11
	ADDQ $16, DI
	SUBQ $16, BX
	JZ   next
	CMPQ BX, $16
	JGE  channels
	LEAQ -16(BX), AX // the last 16 again with some that came before them
	LEAQ (R9)(AX*2), R9
	LEAQ (R10)(AX*2), R10
	LEAQ (R11)(AX*2), R11
	ADDQ AX, DI
	MOVL $16, BX
	JMP  channels

next:
	ADDQ CX, DI
	DECQ DX
	JNZ pixel
	VZEROUPPER
	RET
