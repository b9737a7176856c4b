//go:build !purego

#include "textflag.h"

// func RequantTilesU8_AVX512(dst *uint8, ldd int, acc *int32, lda, tiles, blocks int, scales *[288]int32, mult *int32, shift *uint8, zero, lo, hi int32)
//
// dst = clamp(zero + ((acc*mult + 2^(shift-1)) >> shift), lo, hi), for tiles of 4 rows one below another and up to
// three blocks of 16 columns side by side: all of a row before the next, so that a line of dst is written while it is
// near.
//
//	DI, SI   dst, acc at the current rows;  R8, R9 ldd and lda, in bytes;  R10, R11 3 ldd and 3 lda
//	DX, R12  dst, acc at the current block;  BX its scales
//	CX, R13, AX  tiles left, blocks, blocks left
//	Z10 zero in words;  Z11 hi, Z12 lo in bytes;  Z13 the order of 32-bit lanes that puts rows together;  K2 odd lanes
//	Z16, Z18, Z20  mult, shift and 2^(shift-1) of even lanes;  Z17, Z19, Z21  of odd lanes: 384 bytes a block in scales
//	Z0 .. Z7  even and odd sums of four rows
//
// The saturating packs cannot change a result: what lies outside of 16 bits lies outside of lo .. hi as well.
//
// 64 sums take 8 multiplications, 12 shifts, 8 shuffles and 12 others. Bound: 20 cycles where two of these issue a
// cycle. Reached on a Zen 5: 14 cycles.
#define SHIFT(x, y) \
	VPSRLQ    $32, x, y   \
	VPMULDQ   Z16, x, x   \
	VPMULDQ   Z17, y, y   \
	VPADDQ    Z20, x, x   \
	VPADDQ    Z21, y, y   \
	VPSRAVQ   Z18, x, x   \
	VPSRAVQ   Z19, y, y   \
	VMOVSLDUP y, K2, x

// SCALES makes what the 16 columns at R10 and R11 need of mult and shift, under the mask K1.
#define SCALES \
	VMOVDQU32.Z (R10), K1, Z16 \
	VPMOVZXBD.Z (R11), K1, Z18 \
	VPSRLQ      $32, Z16, Z17  \
	VPSRLQ      $32, Z18, Z19  \
	VPSLLQ      $32, Z18, Z18  \
	VPSRLQ      $32, Z18, Z18  \
	VPSLLVQ     Z18, Z14, Z20  \
	VPSLLVQ     Z19, Z14, Z21  \
	VPSRLQ      $1, Z20, Z20   \
	VPSRLQ      $1, Z21, Z21

// LIMITS broadcasts zero, lo and hi, and makes Z14 1 and K2 the odd lanes.
#define LIMITS \
	VPBROADCASTW AX, Z10 \
	VPBROADCASTB BX, Z12 \
	VPBROADCASTB DX, Z11 \
	VPTERNLOGD $0xff, Z14, Z14, Z14 \
	VPSRLQ     $63, Z14, Z14 \
	MOVL       $0xaaaa, AX \
	KMOVW      AX, K2

DATA byRow<>+0(SB)/8, $0x0000000400000000
DATA byRow<>+8(SB)/8, $0x0000000c00000008
DATA byRow<>+16(SB)/8, $0x0000000500000001
DATA byRow<>+24(SB)/8, $0x0000000d00000009
DATA byRow<>+32(SB)/8, $0x0000000600000002
DATA byRow<>+40(SB)/8, $0x0000000e0000000a
DATA byRow<>+48(SB)/8, $0x0000000700000003
DATA byRow<>+56(SB)/8, $0x0000000f0000000b
GLOBL byRow<>(SB), RODATA|NOPTR, $64

// TABLES fills in the scales of all blocks.
#define TABLES \
	MOVQ blocks+40(FP), R13 \
	MOVQ scales+48(FP), BX \
	MOVQ mult+56(FP), R10 \
	MOVQ shift+64(FP), R11 \
	MOVL $0xffff, AX \
	KMOVW AX, K1 \
	MOVQ R13, AX \
scale: \
	SCALES \
	VMOVDQU32 Z16, (BX) \
	VMOVDQU32 Z17, 64(BX) \
	VMOVDQU32 Z18, 128(BX) \
	VMOVDQU32 Z19, 192(BX) \
	VMOVDQU32 Z20, 256(BX) \
	VMOVDQU32 Z21, 320(BX) \
	ADDQ $384, BX \
	ADDQ $64, R10 \
	ADDQ $16, R11 \
	DECQ AX \
	JNZ  scale

// BLOCK requantizes 16 columns of four rows, at R12 of acc, into 16 bytes of each.
#define BLOCK \
	VMOVDQU32 (BX), Z16 \
	VMOVDQU32 64(BX), Z17 \
	VMOVDQU32 128(BX), Z18 \
	VMOVDQU32 192(BX), Z19 \
	VMOVDQU32 256(BX), Z20 \
	VMOVDQU32 320(BX), Z21 \
	VMOVDQU32 (R12), Z0 \
	VMOVDQU32 (R12)(R9*1), Z2 \
	VMOVDQU32 (R12)(R9*2), Z4 \
	VMOVDQU32 (R12)(R11*1), Z6 \
	SHIFT(Z0, Z1) \
	SHIFT(Z2, Z3) \
	SHIFT(Z4, Z5) \
	SHIFT(Z6, Z7) \
	VPACKSSDW Z2, Z0, Z0 \
	VPACKSSDW Z6, Z4, Z4 \
	VPADDSW   Z10, Z0, Z0 \
	VPADDSW   Z10, Z4, Z4 \
	VPACKUSWB Z4, Z0, Z0 \
	VPMINUB   Z11, Z0, Z0 \
	VPMAXUB   Z12, Z0, Z0 \
	VPERMD    Z0, Z13, Z0

TEXT ·RequantTilesU8_AVX512(SB), NOSPLIT, $0-84
	MOVL zero+72(FP), AX
	MOVL lo+76(FP), BX
	MOVL hi+80(FP), DX
	LIMITS
	VMOVDQU32 byRow<>(SB), Z13
	TABLES

	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R8
	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	MOVQ tiles+32(FP), CX
	SHLQ $2, R9
	LEAQ (R8)(R8*2), R10
	LEAQ (R9)(R9*2), R11

tile:
	MOVQ DI, DX
	MOVQ SI, R12
	MOVQ scales+48(FP), BX
	MOVQ R13, AX

block:
	BLOCK
	VMOVDQU   X0, (DX)
	VEXTRACTI32X4 $1, Z0, (DX)(R8*1)
	VEXTRACTI32X4 $2, Z0, (DX)(R8*2)
	VEXTRACTI32X4 $3, Z0, (DX)(R10*1)
	ADDQ $384, BX
	ADDQ $64, R12
	ADDQ $16, DX
	DECQ AX
	JNZ  block

	LEAQ (DI)(R8*4), DI
	LEAQ (SI)(R9*4), SI
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func RequantRowsU8_AVX512(dst *uint8, off *int, acc *int32, lda, tiles, blocks int, scales *[288]int32, mult *int32, shift *uint8, zero, lo, hi int32)
//
// The same with a place in dst for each row.
//
//	DI, R8, R10, R15  dst at the rows of the tile;  DX  their current block, in bytes from there
//	SI, R12  acc at the current row and block;  R9, R11 lda and 3 lda, in bytes;  BX the block's scales
//	CX, R13, AX  tiles left, blocks, blocks left
TEXT ·RequantRowsU8_AVX512(SB), NOSPLIT, $0-84
	MOVL zero+72(FP), AX
	MOVL lo+76(FP), BX
	MOVL hi+80(FP), DX
	LIMITS
	VMOVDQU32 byRow<>(SB), Z13
	TABLES

	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	MOVQ tiles+32(FP), CX
	SHLQ $2, R9
	LEAQ (R9)(R9*2), R11

tile:
	MOVQ off+8(FP), AX
	MOVQ dst+0(FP), DX
	MOVQ 0(AX), DI
	MOVQ 8(AX), R8
	MOVQ 16(AX), R10
	MOVQ 24(AX), R15
	ADDQ DX, DI
	ADDQ DX, R8
	ADDQ DX, R10
	ADDQ DX, R15
	ADDQ $32, AX
	MOVQ AX, off+8(FP)
	XORL DX, DX
	MOVQ SI, R12
	MOVQ scales+48(FP), BX
	MOVQ R13, AX

block:
	BLOCK
	VMOVDQU   X0, (DI)(DX*1)
	VEXTRACTI32X4 $1, Z0, (R8)(DX*1)
	VEXTRACTI32X4 $2, Z0, (R10)(DX*1)
	VEXTRACTI32X4 $3, Z0, (R15)(DX*1)
	ADDQ $384, BX
	ADDQ $64, R12
	ADDQ $16, DX
	DECQ AX
	JNZ  block

	LEAQ (SI)(R9*4), SI
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func RequantU8_AVX512(dst *uint8, ldd int, acc *int32, lda, rows, n int, mult *int32, shift *uint8, zero, lo, hi int32)
//
// The same for any number of rows and columns, 16 columns of a row at a time, the last ones under a mask. acc may be
// read up to the next multiple of 16 columns.
//
//	DI, R8   dst and ldd;  SI, R9  acc and lda, in bytes;  CX, BX  columns left, rows left
//	R10, R11 mult, shift;  DX, R12  dst and acc at the current row;  R13 rows;  K1 the columns
//	Z0, Z1   even and odd sums; the other registers as above
TEXT ·RequantU8_AVX512(SB), NOSPLIT, $0-76
	MOVL zero+64(FP), AX
	MOVL lo+68(FP), BX
	MOVL hi+72(FP), DX
	LIMITS
	MOVQ dst+0(FP), DI
	MOVQ ldd+8(FP), R8
	MOVQ acc+16(FP), SI
	MOVQ lda+24(FP), R9
	MOVQ rows+32(FP), R13
	MOVQ n+40(FP), CX
	MOVQ mult+48(FP), R10
	MOVQ shift+56(FP), R11
	SHLQ $2, R9

columns:
	MOVL $0xffff, AX
	CMPQ CX, $16
	JGE  whole
	MOVL $1, AX
	SHLL CX, AX
	DECL AX

whole:
	KMOVW AX, K1
	SCALES
	MOVQ  DI, DX
	MOVQ  SI, R12
	MOVQ  R13, BX

row:
	VMOVDQU32 (R12), Z0
	SHIFT(Z0, Z1)
	VPMOVSDW  Z0, Y0
	VPADDSW   Y10, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSWB X1, X0, X0
	VPMINUB   X11, X0, X0
	VPMAXUB   X12, X0, X0
	VMOVDQU8  X0, K1, (DX)
	ADDQ      R9, R12
	ADDQ      R8, DX
	DECQ      BX
	JNZ       row

	ADDQ $64, SI
	ADDQ $16, DI
	ADDQ $64, R10
	ADDQ $16, R11
	SUBQ $16, CX
	JGT  columns
	VZEROUPPER
	RET
