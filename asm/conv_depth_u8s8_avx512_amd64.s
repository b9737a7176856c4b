//go:build !purego

#include "textflag.h"

// func ConvDepthU8S8_8x16_VNNI(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[8x16] = bias + the sums of A*B lane by lane, for one tile after another down C, whose rows follow each other. A and B have 4
// bytes in a lane. Row i of A begins aOff[i] bytes after a; segment s begins segs[3s] bytes further and has segs[3s+1]
// steps, aStep bytes apart, with those of B, of 64 bytes, from segs[3s+2] on.
//
//	Z0 .. Z7           the tile, a row each
//	Z8                 a step of B;  Z16 .. Z19 steps of A, in turn
//	R8 .. R13, AX, BX  the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI             B at the step, steps left in this segment
//	DX, R15            the next segment, segments left
//
// A step loads 9 vectors and does 8 VPDPBUSD, 512 multiply-adds, which add in full width: nothing saturates. Bound: 4.5
// cycles where two loads issue a cycle.
// Reached on a Zen 5 in whole layers of 3x3 in 64 channels: 31 GOP/s, of which the tile is the smaller part; interleaving and
// requantization take as long. f32 takes two to five times as long.
#define ROW(r, t, c) \
	VMOVDQU32 (r)(CX*1), t \
	VPDPBUSD  Z8, t, c

#define SET(o, c) VMOVDQU32 c, (64*o)(SI)

TEXT ·ConvDepthU8S8_8x16_VNNI(SB), NOSPLIT, $0-72

tile:
	MOVQ aOff+16(FP), DX
	MOVQ a+8(FP), DI
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	MOVQ 16(DX), R10
	MOVQ 24(DX), R11
	MOVQ 32(DX), R12
	MOVQ 40(DX), R13
	MOVQ 48(DX), AX
	MOVQ 56(DX), BX
	ADDQ DI, R8
	ADDQ DI, R9
	ADDQ DI, R10
	ADDQ DI, R11
	ADDQ DI, R12
	ADDQ DI, R13
	ADDQ DI, AX
	ADDQ DI, BX
	ADDQ $64, DX
	MOVQ DX, aOff+16(FP)
	MOVQ segs+32(FP), DX
	MOVQ nseg+40(FP), R15
	MOVQ bias+56(FP), SI
	VMOVDQU32 (SI), Z0
	VMOVDQA32 Z0, Z1
	VMOVDQA32 Z0, Z2
	VMOVDQA32 Z0, Z3
	VMOVDQA32 Z0, Z4
	VMOVDQA32 Z0, Z5
	VMOVDQA32 Z0, Z6
	VMOVDQA32 Z0, Z7
	TESTQ R15, R15
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
	VMOVDQU32 (DI), Z8
	ROW(R8, Z16, Z0)
	ROW(R9, Z17, Z1)
	ROW(R10, Z18, Z2)
	ROW(R11, Z19, Z3)
	ROW(R12, Z16, Z4)
	ROW(R13, Z17, Z5)
	ROW(AX, Z18, Z6)
	ROW(BX, Z19, Z7)
	ADDQ $64, DI
	ADDQ aStep+24(FP), CX
	DECQ SI
	JNZ  step

	DECQ R15
	JNZ  segment

store:
	MOVQ c+64(FP), SI
	SET(0, Z0)
	SET(1, Z1)
	SET(2, Z2)
	SET(3, Z3)
	SET(4, Z4)
	SET(5, Z5)
	SET(6, Z6)
	SET(7, Z7)
	ADDQ $(8*64), c+64(FP)
	DECQ tiles+0(FP)
	JNZ  tile
	VZEROUPPER
	RET
