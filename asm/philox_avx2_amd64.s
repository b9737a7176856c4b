//go:build !purego

#include "textflag.h"

// func PhiloxU32_AVX2(dst *uint32, n int, seed uint64, stream uint32, block uint64)
//
// Eight blocks of Philox 4x32-10 at a time, one a 32-bit lane.
//
//	Y0 .. Y3    counter words 0 .. 3
//	Y4, Y5      key words
//	Y6, Y7      the multipliers, in 64-bit lanes
//	Y8 .. Y13   products and temporaries
//	Y14         the low counter words of the eight blocks;  Y15 eight
//	DI, CX      dst, n;  R8, R9, R10 high counter word, stream, key
//
// A round takes 4 VPMULUDQ and 14 other operations for eight blocks; 10 rounds make 32 numbers in about 60 cycles.
DATA lanes<>+0(SB)/8, $0x0000000100000000
DATA lanes<>+8(SB)/8, $0x0000000300000002
DATA lanes<>+16(SB)/8, $0x0000000500000004
DATA lanes<>+24(SB)/8, $0x0000000700000006
GLOBL lanes<>(SB), RODATA|NOPTR, $32

// The weights of the key schedule and the multipliers.
DATA weyl<>+0(SB)/4, $0x9E3779B9
DATA weyl<>+4(SB)/4, $0xBB67AE85
DATA weyl<>+8(SB)/4, $0xD2511F53
DATA weyl<>+12(SB)/4, $0xCD9E8D57
DATA weyl<>+16(SB)/4, $8
GLOBL weyl<>(SB), RODATA|NOPTR, $20

// MULHILO: hi = the upper halves of c*m, lo = the lower; by Y12, Y13.
#define MULHILO(c, m, hi, lo) \
	VPMULUDQ c, m, Y12        \
	VPSRLQ   $32, c, Y13      \
	VPMULUDQ Y13, m, Y13      \
	VPSRLQ   $32, Y12, hi     \
	VPBLENDD $0xaa, Y13, hi, hi \
	VPSLLQ   $32, Y13, Y13    \
	VPBLENDD $0xaa, Y13, Y12, lo

TEXT ·PhiloxU32_AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ seed+16(FP), R10
	MOVL stream+24(FP), R9
	MOVQ block+32(FP), R8
	VMOVD R8, X14
	VPBROADCASTD X14, Y14
	VPADDD lanes<>(SB), Y14, Y14
	SHRQ $32, R8
	VPBROADCASTD weyl<>+8(SB), Y6
	VPBROADCASTD weyl<>+12(SB), Y7
	VPBROADCASTD weyl<>+16(SB), Y15

blocks:
	VMOVDQA Y14, Y0
	VMOVD   R8, X1
	VPBROADCASTD X1, Y1
	VMOVD   R9, X2
	VPBROADCASTD X2, Y2
	VPXOR   Y3, Y3, Y3
	VMOVQ   R10, X4
	VPSRLQ  $32, X4, X5
	VPBROADCASTD X4, Y4
	VPBROADCASTD X5, Y5
	MOVQ    $10, BX

round:
	MULHILO(Y0, Y6, Y8, Y9)
	MULHILO(Y2, Y7, Y10, Y11)
	VPXOR   Y10, Y1, Y0
	VPXOR   Y4, Y0, Y0
	VPXOR   Y8, Y3, Y2
	VPXOR   Y5, Y2, Y2
	VMOVDQA Y11, Y1
	VMOVDQA Y9, Y3
	VPBROADCASTD weyl<>+0(SB), Y12
	VPBROADCASTD weyl<>+4(SB), Y13
	VPADDD  Y12, Y4, Y4
	VPADDD  Y13, Y5, Y5
	DECQ    BX
	JNZ     round

	// Four words of eight lanes become eight blocks of four words.
	VPUNPCKLDQ  Y1, Y0, Y8
	VPUNPCKHDQ  Y1, Y0, Y9
	VPUNPCKLDQ  Y3, Y2, Y10
	VPUNPCKHDQ  Y3, Y2, Y11
	VPUNPCKLQDQ Y10, Y8, Y0
	VPUNPCKHQDQ Y10, Y8, Y1
	VPUNPCKLQDQ Y11, Y9, Y2
	VPUNPCKHQDQ Y11, Y9, Y3
	VPERM2I128  $0x20, Y1, Y0, Y8
	VPERM2I128  $0x20, Y3, Y2, Y9
	VPERM2I128  $0x31, Y1, Y0, Y10
	VPERM2I128  $0x31, Y3, Y2, Y11
	VMOVDQU     Y8, (DI)
	VMOVDQU     Y9, 32(DI)
	VMOVDQU     Y10, 64(DI)
	VMOVDQU     Y11, 96(DI)
	VPADDD      Y15, Y14, Y14
	ADDQ        $128, DI
	SUBQ        $32, CX
	JNZ         blocks
	VZEROUPPER
	RET
