//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func PhiloxU32_NEON(dst *uint32, n int, seed uint64, stream uint32, block uint64)
//
// Philox 4x32-10, eight blocks at a time, word w of four blocks in one register.
//
//	V0 .. V3    words 0 .. 3 of blocks 0 .. 3;   V4 .. V7 products
//	V8 .. V11   words 0 .. 3 of blocks 4 .. 7;   V12 .. V15 products
//	V16, V17    the multipliers;  V18, V19 the key of the round;  V20, V21 its increments
//	V22, V23    the key;  V24, V25 the next counters, low word;  V26 high word;  V27 stream;  V28 eight
//	R0 dst;  R1 words left
//
// 32 words take 10 rounds of 26 vector operations, 8 of them multiplications: bound 26 cycles a round with one pipe for
// each, 13 with two.

DATA lanes<>+0(SB)/8, $0x0000000100000000
DATA lanes<>+8(SB)/8, $0x0000000300000002
DATA lanes<>+16(SB)/8, $0x0000000500000004
DATA lanes<>+24(SB)/8, $0x0000000700000006
GLOBL lanes<>(SB), RODATA|NOPTR, $32

#define MULTIPLY(b) \
	UMULL_2D(b+4, b, 16)    \
	UMULL2_2D(b+5, b, 16)   \
	UMULL_2D(b+6, b+2, 17)  \
	UMULL2_2D(b+7, b+2, 17)

#define MIX(b) \
	EOR_16B(b+1, b+1, 18)   \
	EOR_16B(b+3, b+3, 19)   \
	UZP2_4S(b, b+6, b+7)    \
	UZP2_4S(b+2, b+4, b+5)  \
	EOR_16B(b, b, b+1)      \
	EOR_16B(b+2, b+2, b+3)  \
	UZP1_4S(b+1, b+6, b+7)  \
	UZP1_4S(b+3, b+4, b+5)

#define ROUND \
	MULTIPLY(0) \
	MULTIPLY(8) \
	MIX(0)      \
	MIX(8)      \
	ADD_4S(18, 18, 20) \
	ADD_4S(19, 19, 21)

TEXT ·PhiloxU32_NEON(SB), NOSPLIT, $0-40
	MOVD  dst+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  seed+16(FP), R2
	MOVWU stream+24(FP), R3
	MOVD  block+32(FP), R4
	MOVD  $lanes<>(SB), R5
	VDUP  R2, V22.S4
	LSR   $32, R2
	VDUP  R2, V23.S4
	VDUP  R3, V27.S4
	VDUP  R4, V0.S4
	LSR   $32, R4
	VDUP  R4, V26.S4
	FLDPQ (R5), (F24, F25)
	ADD_4S(24, 24, 0)
	ADD_4S(25, 25, 0)
	MOVD  $0xD2511F53, R2
	VDUP  R2, V16.S4
	MOVD  $0xCD9E8D57, R2
	VDUP  R2, V17.S4
	MOVD  $0x9E3779B9, R2
	VDUP  R2, V20.S4
	MOVD  $0xBB67AE85, R2
	VDUP  R2, V21.S4
	MOVD  $8, R2
	VDUP  R2, V28.S4
eight:
	MOV_16B(0, 24)
	MOV_16B(8, 25)
	MOV_16B(1, 26)
	MOV_16B(9, 26)
	MOV_16B(2, 27)
	MOV_16B(10, 27)
	EOR_16B(3, 3, 3)
	EOR_16B(11, 11, 11)
	MOV_16B(18, 22)
	MOV_16B(19, 23)
	ADD_4S(24, 24, 28)
	ADD_4S(25, 25, 28)
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	VST4.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	VST4.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R0)
	SUBS   $32, R1
	BNE    eight
	RET
