// What the depthwise kernels of AVX-512 have in common: tiles of 8 rows of 16 lanes, with 4 bytes or two words in a lane. dot is the
// instruction that multiplies them and adds.
//
//	Z0 .. Z7           the tile, a row each
//	Z8                 a step of B;  Z16 .. Z19 steps of A, in turn
//	R8 .. R13, AX, BX  the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI             B at the step, steps left in this segment
//	DX, R15            the next segment, segments left

#define ROW(dot, r, t, c) \
	VMOVDQU32 (r)(CX*1), t \
	dot       Z8, t, c

#define SET(o, c) VMOVDQU32 c, (64*o)(SI)

// TILES is the whole of a function.
#define TILES(dot) \
tile: \
	MOVQ aOff+16(FP), DX \
	MOVQ a+8(FP), DI \
	MOVQ 0(DX), R8 \
	MOVQ 8(DX), R9 \
	MOVQ 16(DX), R10 \
	MOVQ 24(DX), R11 \
	MOVQ 32(DX), R12 \
	MOVQ 40(DX), R13 \
	MOVQ 48(DX), AX \
	MOVQ 56(DX), BX \
	ADDQ DI, R8 \
	ADDQ DI, R9 \
	ADDQ DI, R10 \
	ADDQ DI, R11 \
	ADDQ DI, R12 \
	ADDQ DI, R13 \
	ADDQ DI, AX \
	ADDQ DI, BX \
	ADDQ $64, DX \
	MOVQ DX, aOff+16(FP) \
	MOVQ segs+32(FP), DX \
	MOVQ nseg+40(FP), R15 \
	MOVQ bias+56(FP), SI \
	VMOVDQU32 (SI), Z0 \
	VMOVDQA32 Z0, Z1 \
	VMOVDQA32 Z0, Z2 \
	VMOVDQA32 Z0, Z3 \
	VMOVDQA32 Z0, Z4 \
	VMOVDQA32 Z0, Z5 \
	VMOVDQA32 Z0, Z6 \
	VMOVDQA32 Z0, Z7 \
	TESTQ R15, R15 \
	JZ    store \
segment: \
	MOVQ (DX), CX \
	MOVQ 8(DX), SI \
	MOVQ 16(DX), DI \
	SHLQ $6, DI \
	ADDQ b+48(FP), DI \
	ADDQ $24, DX \
	PCALIGN $64 \
step: \
	VMOVDQU32 (DI), Z8 \
	ROW(dot, R8, Z16, Z0) \
	ROW(dot, R9, Z17, Z1) \
	ROW(dot, R10, Z18, Z2) \
	ROW(dot, R11, Z19, Z3) \
	ROW(dot, R12, Z16, Z4) \
	ROW(dot, R13, Z17, Z5) \
	ROW(dot, AX, Z18, Z6) \
	ROW(dot, BX, Z19, Z7) \
	ADDQ $64, DI \
	ADDQ aStep+24(FP), CX \
	DECQ SI \
	JNZ  step \
	DECQ R15 \
	JNZ  segment \
store: \
	MOVQ c+64(FP), SI \
	SET(0, Z0) \
	SET(1, Z1) \
	SET(2, Z2) \
	SET(3, Z3) \
	SET(4, Z4) \
	SET(5, Z5) \
	SET(6, Z6) \
	SET(7, Z7) \
	ADDQ $(8*64), c+64(FP) \
	DECQ tiles+0(FP) \
	JNZ  tile \
	VZEROUPPER \
	RET
