//go:build !purego

#include "textflag.h"
#include "words_avx512_amd64.h"

// TILES is the whole of a function: size is the bytes of a step of B.
#define TILES(size, begin, body, put) \
tile: \
	MOVQ aOff+16(FP), DX \
	MOVQ bias+48(FP), BX \
	begin                \
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
	MOVQ segs+24(FP), DX \
	MOVQ nseg+32(FP), R15 \
	TESTQ R15, R15       \
	JZ    store          \
segment: \
	MOVQ   (DX), CX      \
	MOVQ   8(DX), SI     \
	IMUL3Q $size, 16(DX), DI \
	ADDQ   b+40(FP), DI  \
	ADDQ   $24, DX       \
	PCALIGN $64          \
step: \
	body                 \
	ADDQ $size, DI       \
	ADDQ $8, CX          \
	DECQ SI              \
	JNZ  step            \
	DECQ R15             \
	JNZ  segment         \
store: \
	MOVQ c+56(FP), SI    \
	put                  \
	DECQ tiles+0(FP)     \
	JNZ  tile            \
	VZEROUPPER           \
	RET

#define HALF(ao, bo) \
	VPMOVSXBW bo(DI), Z16 \
	VPMOVSXBW (bo+32)(DI), Z17 \
	ROW(ao(R8)(CX*1), Z18, Z0, Z1) \
	ROW(ao(R9)(CX*1), Z19, Z2, Z3) \
	ROW(ao(R10)(CX*1), Z20, Z4, Z5) \
	ROW(ao(R11)(CX*1), Z21, Z6, Z7) \
	ROW(ao(R12)(CX*1), Z18, Z8, Z9) \
	ROW(ao(R13)(CX*1), Z19, Z10, Z11) \
	ROW(ao(AX)(CX*1), Z20, Z12, Z13) \
	ROW(ao(BX)(CX*1), Z21, Z14, Z15)

#define STEP32 \
	HALF(0, 0) \
	HALF(4, 64)

#define TO32(o, c0, c1) \
	VMOVDQU32 c0, o(SI) \
	VMOVDQU32 c1, (o+64)(SI)

#define PUT32 \
	TO32(0, Z0, Z1); TO32(128, Z2, Z3); TO32(256, Z4, Z5); TO32(384, Z6, Z7) \
	TO32(512, Z8, Z9); TO32(640, Z10, Z11); TO32(768, Z12, Z13); TO32(896, Z14, Z15) \
	ADDQ $1024, c+56(FP)

#define STEP16 \
	VPMOVSXBW (DI), Z16 \
	VPMOVSXBW 32(DI), Z17 \
	VPDPWSSD.BCST (R8)(CX*1), Z16, Z0 \
	VPDPWSSD.BCST (R9)(CX*1), Z16, Z1 \
	VPDPWSSD.BCST (R10)(CX*1), Z16, Z2 \
	VPDPWSSD.BCST (R11)(CX*1), Z16, Z3 \
	VPDPWSSD.BCST (R12)(CX*1), Z16, Z4 \
	VPDPWSSD.BCST (R13)(CX*1), Z16, Z5 \
	VPDPWSSD.BCST (AX)(CX*1), Z16, Z6 \
	VPDPWSSD.BCST (BX)(CX*1), Z16, Z7 \
	VPDPWSSD.BCST 4(R8)(CX*1), Z17, Z8 \
	VPDPWSSD.BCST 4(R9)(CX*1), Z17, Z9 \
	VPDPWSSD.BCST 4(R10)(CX*1), Z17, Z10 \
	VPDPWSSD.BCST 4(R11)(CX*1), Z17, Z11 \
	VPDPWSSD.BCST 4(R12)(CX*1), Z17, Z12 \
	VPDPWSSD.BCST 4(R13)(CX*1), Z17, Z13 \
	VPDPWSSD.BCST 4(AX)(CX*1), Z17, Z14 \
	VPDPWSSD.BCST 4(BX)(CX*1), Z17, Z15

#define PUT16 \
	SUM16 \
	VMOVDQU32 Z0, (SI); VMOVDQU32 Z1, 64(SI); VMOVDQU32 Z2, 128(SI); VMOVDQU32 Z3, 192(SI) \
	VMOVDQU32 Z4, 256(SI); VMOVDQU32 Z5, 320(SI); VMOVDQU32 Z6, 384(SI); VMOVDQU32 Z7, 448(SI) \
	ADDQ $512, c+56(FP)

// func ConvI16S8_8x32_AVX512(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// C[8x32] = bias + A·B, for one tile after another down C, whose rows follow each other. A is read where it lies: row i begins aOff[i] bytes after a; segment s
// begins segs[3s] bytes further and has segs[3s+1] steps, with those of B from segs[3s+2] on.
//
//	R8 .. R13, AX, BX  the rows of A;  CX the step, in bytes from their beginnings
//	DI, SI             B at the step, steps left in this segment
//	DX, R15            the next segment, segments left
TEXT ·ConvI16S8_8x32_AVX512(SB), NOSPLIT, $0-64
	TILES(128, BEGIN32, STEP32, PUT32)

// func ConvI16S8_8x16_AVX512(tiles int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
//
// The same for 16 columns.
TEXT ·ConvI16S8_8x16_AVX512(SB), NOSPLIT, $0-64
	TILES(64, BEGIN16, STEP16, PUT16)
