// What the thin kernels of AVX-512 have in common: tiles of 8 vectors of 16 pixels in three channels or one, with 4 bytes or two
// words of a pixel in a lane. dot is the instruction that multiplies them and adds.
//
//	Z0 .. Z23          the tile: vector i in channel r in Z(3i+r), or Z0 .. Z7
//	Z24 .. Z26         broadcast steps of B;  Z27, Z28 of A, in turn
//	R8 .. R13, AX, BX  the vectors of A;  CX the step, in bytes from their beginnings
//	DI, SI             B at the step, steps left in this segment
//	DX, R15            the next segment, segments left

// TILES is the whole of a function: size is the bytes of a step of B.
#define TILES(size, begin, step, put) \
tile: \
	MOVQ aOff+16(FP), DX \
	MOVQ a+8(FP), DI     \
	MOVQ 0(DX), R8       \
	MOVQ 8(DX), R9       \
	MOVQ 16(DX), R10     \
	MOVQ 24(DX), R11     \
	MOVQ 32(DX), R12     \
	MOVQ 40(DX), R13     \
	MOVQ 48(DX), AX      \
	MOVQ 56(DX), BX      \
	ADDQ DI, R8          \
	ADDQ DI, R9          \
	ADDQ DI, R10         \
	ADDQ DI, R11         \
	ADDQ DI, R12         \
	ADDQ DI, R13         \
	ADDQ DI, AX          \
	ADDQ DI, BX          \
	ADDQ $64, DX         \
	MOVQ DX, aOff+16(FP) \
	MOVQ segs+32(FP), DX \
	MOVQ nseg+40(FP), R15 \
	MOVQ bias+56(FP), SI \
	begin                \
	TESTQ R15, R15       \
	JZ   store           \
segment: \
	MOVQ (DX), CX        \
	MOVQ 8(DX), SI       \
	IMUL3Q $size, 16(DX), DI \
	ADDQ b+48(FP), DI    \
	ADDQ $24, DX         \
steps: \
	step                 \
	ADDQ $size, DI       \
	ADDQ aStep+24(FP), CX \
	DECQ SI              \
	JNZ  steps           \
	DECQ R15             \
	JNZ  segment         \
store: \
	MOVQ c+64(FP), SI    \
	MOVQ cStep+72(FP), DI \
	put                  \
	ADDQ $(8*64), c+64(FP) \
	DECQ tiles+0(FP)     \
	JNZ  tile            \
	VZEROUPPER           \
	RET

#define BEGIN(c0, c1, c2, c3, c4, c5, c6, c7) \
	VMOVDQA32 c0, c1 \
	VMOVDQA32 c0, c2 \
	VMOVDQA32 c0, c3 \
	VMOVDQA32 c0, c4 \
	VMOVDQA32 c0, c5 \
	VMOVDQA32 c0, c6 \
	VMOVDQA32 c0, c7

#define PUT(c0, c1, c2, c3, c4, c5, c6, c7) \
	VMOVDQU32 c0, (SI)    \
	VMOVDQU32 c1, 64(SI)  \
	VMOVDQU32 c2, 128(SI) \
	VMOVDQU32 c3, 192(SI) \
	VMOVDQU32 c4, 256(SI) \
	VMOVDQU32 c5, 320(SI) \
	VMOVDQU32 c6, 384(SI) \
	VMOVDQU32 c7, 448(SI)

#define BEGIN3 \
	VPBROADCASTD (SI), Z0  \
	VPBROADCASTD 4(SI), Z1 \
	VPBROADCASTD 8(SI), Z2 \
	BEGIN(Z0, Z3, Z6, Z9, Z12, Z15, Z18, Z21)  \
	BEGIN(Z1, Z4, Z7, Z10, Z13, Z16, Z19, Z22) \
	BEGIN(Z2, Z5, Z8, Z11, Z14, Z17, Z20, Z23)

#define ROW3(dot, r, t, c0, c1, c2) \
	VMOVDQU32 (r)(CX*1), t \
	dot       Z24, t, c0   \
	dot       Z25, t, c1   \
	dot       Z26, t, c2

#define STEP3(dot) \
	VPBROADCASTD (DI), Z24  \
	VPBROADCASTD 4(DI), Z25 \
	VPBROADCASTD 8(DI), Z26 \
	ROW3(dot, R8, Z27, Z0, Z1, Z2)    \
	ROW3(dot, R9, Z28, Z3, Z4, Z5)    \
	ROW3(dot, R10, Z27, Z6, Z7, Z8)   \
	ROW3(dot, R11, Z28, Z9, Z10, Z11) \
	ROW3(dot, R12, Z27, Z12, Z13, Z14) \
	ROW3(dot, R13, Z28, Z15, Z16, Z17) \
	ROW3(dot, AX, Z27, Z18, Z19, Z20) \
	ROW3(dot, BX, Z28, Z21, Z22, Z23)

#define PUT3 \
	PUT(Z0, Z3, Z6, Z9, Z12, Z15, Z18, Z21)  \
	LEAQ (SI)(DI*4), SI                      \
	PUT(Z1, Z4, Z7, Z10, Z13, Z16, Z19, Z22) \
	LEAQ (SI)(DI*4), SI                      \
	PUT(Z2, Z5, Z8, Z11, Z14, Z17, Z20, Z23)

#define BEGIN1 \
	VPBROADCASTD (SI), Z0 \
	BEGIN(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)

#define ROW1(dot, r, t, c0) \
	VMOVDQU32 (r)(CX*1), t \
	dot       Z24, t, c0

#define STEP1(dot) \
	VPBROADCASTD (DI), Z24 \
	ROW1(dot, R8, Z27, Z0)  \
	ROW1(dot, R9, Z28, Z1)  \
	ROW1(dot, R10, Z27, Z2) \
	ROW1(dot, R11, Z28, Z3) \
	ROW1(dot, R12, Z27, Z4) \
	ROW1(dot, R13, Z28, Z5) \
	ROW1(dot, AX, Z27, Z6)  \
	ROW1(dot, BX, Z28, Z7)

#define PUT1 PUT(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
