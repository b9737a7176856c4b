//go:build !purego

#include "textflag.h"
#include "vnni_amd64.h"

// func ConvDepthU8S8_6x16_AVXVNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[6x16] = bias + the sums of A*B lane by lane, for one tile after another down C, whose rows follow each other. A and B have 4
// bytes in a lane. Row i of A begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1]
// steps, aStep bytes apart, with those of B, of 64 bytes, from segs[3s+2] on.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    a step of B;  Y14, Y15 of A
//	R8 .. R13   the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI      B at the step, steps left in this segment
//	DX, BX      the next segment, segments left
//
// A step loads 14 vectors and does 12 VPDPBUSD, 384 multiply-adds, which add in full width: nothing saturates. Bound: 7
// cycles where two loads issue a cycle.
#define ROW(r, c0, c1) \
	VMOVDQU (r)(CX*1), Y14   \
	VMOVDQU 32(r)(CX*1), Y15 \
	VPDPBUSD_Y(12, 14, c0)   \
	VPDPBUSD_Y(13, 15, c1)

#define SET(o, c0, c1) \
	VMOVDQU c0, (64*o)(SI) \
	VMOVDQU c1, (64*o+32)(SI)

TEXT ·ConvDepthU8S8_6x16_AVXVNNI(SB), NOSPLIT, $0-72

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
	ROW(R8, 0, 1)
	ROW(R9, 2, 3)
	ROW(R10, 4, 5)
	ROW(R11, 6, 7)
	ROW(R12, 8, 9)
	ROW(R13, 10, 11)
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
