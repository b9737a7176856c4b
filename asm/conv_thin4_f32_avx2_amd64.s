//go:build !purego

#include "textflag.h"

// func ConvThinF32_2x4_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32,
//	c *float32, cOff *int, cStep int, add int)
//
// As ConvThinF32_4x3_AVX2, for 2 vectors at a time in 4 channels.
//
//	Y0 .. Y7    vector i in channel r in Y(4i+r)
//	Y8          a vector of a;  Y12 .. Y15  broadcast elements of b
//	R8, R9      the vectors of a;  CX the step, in bytes from their beginnings;  R15 aStep in bytes
//	DI          b at the step
//	DX, BP      the next segment, steps left in this one
//
// A step is 8 FMAs and 6 loads, 8 chains: bound by latency, 4 cycles.
// ROWS begins a tile.
#define ROWS \
	MOVQ aOff+16(FP), DX  \
	MOVQ a+8(FP), DI      \
	MOVQ 0(DX), R8 \
	MOVQ 8(DX), R9 \
	LEAQ (DI)(R8*4), R8 \
	LEAQ (DI)(R9*4), R9 \
	ADDQ $16, DX          \
	MOVQ DX, aOff+16(FP)  \
	MOVQ aStep+24(FP), R15 \
	MOVQ segs+32(FP), DX  \
	MOVQ nseg+40(FP), CX  \
	MOVQ CX, left-8(SP)   \
	MOVQ b+48(FP), DI     \
	SHLQ $2, R15

// TILES is the whole of a function: step is a step of a tile, set and put store it.
#define TILES(step, zero, set, put) \
tile: \
	ROWS                  \
	zero                  \
segment: \
	MOVQ 0(DX), CX        \
	MOVQ 8(DX), BP        \
	ADDQ $16, DX          \
	SHLQ $2, CX           \
steps: \
	step                  \
	DECQ BP               \
	JNZ  steps            \
	DECQ left-8(SP)       \
	JNZ  segment          \
	MOVQ rows+0(FP), BX   \
	MOVQ cOff+64(FP), DX  \
	MOVQ c+56(FP), DI     \
	MOVQ cStep+72(FP), SI \
	SHLQ $2, SI           \
	CMPQ add+80(FP), $0   \
	JNE  adding           \
	set                   \
	JMP  next             \
adding: \
	put                   \
next: \
	ADDQ $16, cOff+64(FP) \
	SUBQ $2, rows+0(FP)  \
	JGT  tile             \
	VZEROUPPER            \
	RET

// ROW finds the next vector of c in CX, or ends the tile.
#define ROW \
	DECQ BX              \
	JMI  next            \
	MOVQ (DX), CX        \
	ADDQ $8, DX          \
	LEAQ (DI)(CX*4), CX

#define STEP4 \
	VBROADCASTSS (DI), Y12 \
	VBROADCASTSS 4(DI), Y13 \
	VBROADCASTSS 8(DI), Y14 \
	VBROADCASTSS 12(DI), Y15 \
	VMOVUPS (R8)(CX*1), Y8 \
	VFMADD231PS Y8, Y12, Y0 \
	VFMADD231PS Y8, Y13, Y1 \
	VFMADD231PS Y8, Y14, Y2 \
	VFMADD231PS Y8, Y15, Y3 \
	VMOVUPS (R9)(CX*1), Y8 \
	VFMADD231PS Y8, Y12, Y4 \
	VFMADD231PS Y8, Y13, Y5 \
	VFMADD231PS Y8, Y14, Y6 \
	VFMADD231PS Y8, Y15, Y7 \
	ADDQ $16, DI \
	ADDQ R15, CX

#define ZERO4 \
	VXORPS Y0, Y0, Y0; VXORPS Y1, Y1, Y1; VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3 \
	VXORPS Y4, Y4, Y4; VXORPS Y5, Y5, Y5; VXORPS Y6, Y6, Y6; VXORPS Y7, Y7, Y7

#define SET4(c0, c1, c2, c3) \
	ROW \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VMOVUPS c1, (CX) \
	ADDQ SI, CX \
	VMOVUPS c2, (CX) \
	ADDQ SI, CX \
	VMOVUPS c3, (CX)

#define ADD4(c0, c1, c2, c3) \
	ROW \
	VADDPS (CX), c0, c0 \
	VMOVUPS c0, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c1, c1 \
	VMOVUPS c1, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c2, c2 \
	VMOVUPS c2, (CX) \
	ADDQ SI, CX \
	VADDPS (CX), c3, c3 \
	VMOVUPS c3, (CX)

#define SETS4 \
	SET4(Y0, Y1, Y2, Y3) \
	SET4(Y4, Y5, Y6, Y7)

#define ADDS4 \
	ADD4(Y0, Y1, Y2, Y3) \
	ADD4(Y4, Y5, Y6, Y7)

TEXT ·ConvThinF32_2x4_AVX2(SB), NOSPLIT, $8-88
	TILES(STEP4, ZERO4, SETS4, ADDS4)

