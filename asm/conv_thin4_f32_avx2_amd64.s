//go:build !purego

#include "textflag.h"

// func ConvThinF32_2x4_AVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32,
//	c *float32, cOff *int, cStep int, add int, seen *uint16, seenOff *int)
//
// As ConvThinF32_4x3_AVX2, for 2 vectors at a time in 4 channels.
//
//	Y0 .. Y7    vector i in channel r in Y(4i+r)
//	Y8          a vector of a;  Y12 .. Y15  broadcast elements of b
//	R8, R9      the vectors of a;  CX the step, in bytes from their beginnings;  R15 aStep in bytes
//	DI          b at the step
//	DX, BP      the next segment, steps left in this one
//	SI, BX      where the segment's lanes are, seenOff
//
// A step is 8 FMAs and 6 loads, 8 chains: bound by latency, 4 cycles.
// Where not all lanes have a segment, the others get back what they had before it.
DATA lanes<>+0(SB)/8, $0x0000000200000001
DATA lanes<>+8(SB)/8, $0x0000000800000004
DATA lanes<>+16(SB)/8, $0x0000002000000010
DATA lanes<>+24(SB)/8, $0x0000008000000040
GLOBL lanes<>(SB), RODATA|NOPTR, $32

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
	SHLQ $2, R15

// UNSEEN sets Y9 to the lanes of a vector that do not have the segment.
#define UNSEEN(o) \
	MOVQ o(BX), AX                 \
	VPBROADCASTW (SI)(AX*2), Y9   \
	VPAND lanes<>(SB), Y9, Y9    \
	VPXOR Y10, Y10, Y10            \
	VPCMPEQD Y10, Y9, Y9

// TILES is the whole of a function: step is a step of a tile, keep and back save it and give back lanes, set and put
// store it.
#define TILES(size, step, zero, keep, back, set, put) \
tile: \
	ROWS                  \
	zero                  \
segment: \
	MOVQ 24(DX), SI       \
	MOVQ seen+88(FP), AX  \
	LEAQ (AX)(SI*2), SI   \
	MOVQ seenOff+96(FP), BX \
	MOVQ 0(BX), AX        \
	MOVWLZX (SI)(AX*2), CX \
	MOVQ 8(BX), AX        \
	ANDW (SI)(AX*2), CX   \
	CMPW CX, $0xff        \
	MOVQ 0(DX), CX        \
	LEAQ (CX*4), CX       \
	MOVQ 8(DX), BP        \
	MOVQ 16(DX), DI       \
	LEAQ 32(DX), DX       \
	JEQ  whole            \
	IMULQ $size, DI       \
	ADDQ b+48(FP), DI     \
	keep                  \
some: \
	step                  \
	DECQ BP               \
	JNZ  some             \
	back                  \
	JMP  ended            \
whole: \
	IMULQ $size, DI       \
	ADDQ b+48(FP), DI     \
steps: \
	step                  \
	DECQ BP               \
	JNZ  steps            \
ended: \
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
	ADDQ $16, seenOff+96(FP) \
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

#define KEEP4 \
	VMOVUPS Y0, keep0-40(SP) \
	VMOVUPS Y1, keep1-72(SP) \
	VMOVUPS Y2, keep2-104(SP) \
	VMOVUPS Y3, keep3-136(SP) \
	VMOVUPS Y4, keep4-168(SP) \
	VMOVUPS Y5, keep5-200(SP) \
	VMOVUPS Y6, keep6-232(SP) \
	VMOVUPS Y7, keep7-264(SP)

#define BACK4 \
	UNSEEN(0) \
	VBLENDVPS Y9, keep0-40(SP), Y0, Y0 \
	VBLENDVPS Y9, keep1-72(SP), Y1, Y1 \
	VBLENDVPS Y9, keep2-104(SP), Y2, Y2 \
	VBLENDVPS Y9, keep3-136(SP), Y3, Y3 \
	UNSEEN(8) \
	VBLENDVPS Y9, keep4-168(SP), Y4, Y4 \
	VBLENDVPS Y9, keep5-200(SP), Y5, Y5 \
	VBLENDVPS Y9, keep6-232(SP), Y6, Y6 \
	VBLENDVPS Y9, keep7-264(SP), Y7, Y7

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

TEXT ·ConvThinF32_2x4_AVX2(SB), NOSPLIT, $264-104
	TILES(16, STEP4, ZERO4, KEEP4, BACK4, SETS4, ADDS4)

