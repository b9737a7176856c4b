//go:build !purego

#include "textflag.h"

// func ConvDepthU16S16_6x16_AVX2(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[6x16] = bias + the sums of A*B lane by lane, for one tile after another down C, whose rows follow each other. A and B have 2
// numbers of 16 bits in a lane. Row i of A begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1]
// steps, aStep bytes apart, with those of B, of 64 bytes, from segs[3s+2] on.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    a step of B;  Y14, Y15 of A
//	R8 .. R13   the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI      B at the step, steps left in this segment
//	DX, BX      the next segment, segments left
//
// A step loads 14 vectors and does 12 VPMADDWD, which are exact on widened bytes, and 12 VPADDD, 192 multiply-adds. Bound: 8
// cycles where three ports take these, 7 where four do and two loads issue a cycle.
#define ROW(r, c0, c1) \
	VPMADDWD (r)(CX*1), Y12, Y14   \
	VPMADDWD 32(r)(CX*1), Y13, Y15 \
	VPADDD   Y14, c0, c0           \
	VPADDD   Y15, c1, c1

#define SET(o, c0, c1) \
	VMOVDQU c0, (64*o)(SI) \
	VMOVDQU c1, (64*o+32)(SI)

TEXT ·ConvDepthU16S16_6x16_AVX2(SB), NOSPLIT, $0-72

tile:
	MOVQ aOff+16(FP), DX
	MOVQ a+8(FP), DI
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	MOVQ 16(DX), R10
	MOVQ 24(DX), R11
	MOVQ 32(DX), R12
	MOVQ 40(DX), R13
	ADDQ DI, R8
	ADDQ DI, R9
	ADDQ DI, R10
	ADDQ DI, R11
	ADDQ DI, R12
	ADDQ DI, R13
	ADDQ $48, DX
	MOVQ DX, aOff+16(FP)
	MOVQ segs+32(FP), DX
	MOVQ nseg+40(FP), BX
	MOVQ bias+56(FP), SI
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VMOVDQA Y0, Y2
	VMOVDQA Y1, Y3
	VMOVDQA Y0, Y4
	VMOVDQA Y1, Y5
	VMOVDQA Y0, Y6
	VMOVDQA Y1, Y7
	VMOVDQA Y0, Y8
	VMOVDQA Y1, Y9
	VMOVDQA Y0, Y10
	VMOVDQA Y1, Y11
	TESTQ BX, BX
	JZ    store

segment:
	MOVQ (DX), CX
	MOVQ 8(DX), SI
	MOVQ 16(DX), DI
	SHLQ $6, DI
	ADDQ b+48(FP), DI
	ADDQ $24, DX

	PCALIGN $64

step:
	VMOVDQU (DI), Y12
	VMOVDQU 32(DI), Y13
	ROW(R8, Y0, Y1)
	ROW(R9, Y2, Y3)
	ROW(R10, Y4, Y5)
	ROW(R11, Y6, Y7)
	ROW(R12, Y8, Y9)
	ROW(R13, Y10, Y11)
	ADDQ $64, DI
	ADDQ aStep+24(FP), CX
	DECQ SI
	JNZ  step

	DECQ BX
	JNZ  segment

store:
	MOVQ c+64(FP), SI
	SET(0, Y0, Y1)
	SET(1, Y2, Y3)
	SET(2, Y4, Y5)
	SET(3, Y6, Y7)
	SET(4, Y8, Y9)
	SET(5, Y10, Y11)
	ADDQ $(6*64), c+64(FP)
	DECQ tiles+0(FP)
	JNZ  tile
	VZEROUPPER
	RET

// func InterleaveU8_2_AVX2(dst, src *byte, ld, n int)
//
// Bytes i and ld+i of src side by side, widened to 16 bits, for i < n, a positive multiple of 16: DI dst, SI src, BX src + ld, CX
// bytes left.
TEXT ·InterleaveU8_2_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), BX
	MOVQ n+24(FP), CX
	ADDQ SI, BX

sixteen:
	VMOVDQU    (SI), X0
	VMOVDQU    (BX), X1
	VPUNPCKLBW X1, X0, X2
	VPUNPCKHBW X1, X0, X3
	VPMOVZXBW  X2, Y2
	VPMOVZXBW  X3, Y3
	VMOVDQU    Y2, (DI)
	VMOVDQU    Y3, 32(DI)
	ADDQ       $16, SI
	ADDQ       $16, BX
	ADDQ       $64, DI
	SUBQ       $16, CX
	JNZ        sixteen
	VZEROUPPER
	RET

// func InterleaveI16_2_AVX2(dst, src *byte, ld, n int)
//
// Words i and ld+i of src side by side, for i < n, a positive multiple of 16: DI dst, SI src, BX src + ld, CX words left.
TEXT ·InterleaveI16_2_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ ld+16(FP), BX
	MOVQ n+24(FP), CX
	LEAQ (SI)(BX*2), BX

sixteen:
	VMOVDQU    (SI), Y0
	VMOVDQU    (BX), Y1
	VPUNPCKLWD Y1, Y0, Y2
	VPUNPCKHWD Y1, Y0, Y3
	VMOVDQU    X2, (DI)
	VMOVDQU    X3, 16(DI)
	VEXTRACTI128 $1, Y2, 32(DI)
	VEXTRACTI128 $1, Y3, 48(DI)
	ADDQ       $32, SI
	ADDQ       $32, BX
	ADDQ       $64, DI
	SUBQ       $16, CX
	JNZ        sixteen
	VZEROUPPER
	RET
