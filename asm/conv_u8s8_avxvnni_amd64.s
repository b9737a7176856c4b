//go:build !purego

#include "textflag.h"
#include "vnni_amd64.h"

// func ConvU8S8_6x16_AVXVNNI(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[6x16] = bias + A·B, for one tile after another down C, whose rows follow each other. A is read where it lies: row i
// begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1] steps of 4 bytes, with
// those of B, of 64 bytes, from segs[3s+2] on.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of a step of B
//	Y14, Y15    broadcast steps of A, in turn
//	R8 .. R13   the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI      B at the step, steps left in this segment
//	DX, BX      the next segment, segments left
//
// A step loads 64 + 24 bytes in 8 loads and does 12 VPDPBUSD, 384 multiply-adds, which add in full width: nothing
// saturates. Bound: 6 cycles where it issues twice a cycle in 256 bits, 12 on small cores.
// Reached on a Zen 5 in whole layers, copying and requantization included: 74 % of PeakU8_AVXVNNI with 512 values of k and 64
// columns, 68 % with 256 and 32.
#define ROW(r, t, tn, c0, c1) \
	VPBROADCASTD (r)(CX*1), t \
	VPDPBUSD_Y(12, tn, c0)    \
	VPDPBUSD_Y(13, tn, c1)

#define COPY(c0, c1) \
	VMOVDQA Y0, c0 \
	VMOVDQA Y1, c1

#define SET(o, c0, c1) \
	VMOVDQU c0, (64*o)(SI) \
	VMOVDQU c1, (64*o+32)(SI)

TEXT ·ConvU8S8_6x16_AVXVNNI(SB), NOSPLIT, $0-64

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
	MOVQ segs+24(FP), DX
	MOVQ nseg+32(FP), BX
	MOVQ bias+48(FP), SI
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	COPY(Y2, Y3)
	COPY(Y4, Y5)
	COPY(Y6, Y7)
	COPY(Y8, Y9)
	COPY(Y10, Y11)
	TESTQ BX, BX
	JZ    store

segment:
	MOVQ   (DX), CX
	MOVQ   8(DX), SI
	IMUL3Q $64, 16(DX), DI
	ADDQ   b+40(FP), DI
	ADDQ   $24, DX

	PCALIGN $64

step:
	VMOVDQU (DI), Y12
	VMOVDQU 32(DI), Y13
	ROW(R8, Y14, 14, 0, 1)
	ROW(R9, Y15, 15, 2, 3)
	ROW(R10, Y14, 14, 4, 5)
	ROW(R11, Y15, 15, 6, 7)
	ROW(R12, Y14, 14, 8, 9)
	ROW(R13, Y15, 15, 10, 11)
	ADDQ $64, DI
	ADDQ $4, CX
	DECQ SI
	JNZ  step

	DECQ BX
	JNZ  segment

store:
	MOVQ c+56(FP), SI
	SET(0, Y0, Y1)
	SET(1, Y2, Y3)
	SET(2, Y4, Y5)
	SET(3, Y6, Y7)
	SET(4, Y8, Y9)
	SET(5, Y10, Y11)
	ADDQ $(6*64), c+56(FP)
	DECQ tiles+0(FP)
	JNZ  tile
	VZEROUPPER
	RET
