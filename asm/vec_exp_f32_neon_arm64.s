//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"
#include "vec_f32_neon_arm64.h"

// Transcendental functions of 8 floats at a time, in two streams of 4, the operations of package kernels' references in
// the same order. Every function takes n, a positive multiple of 8.
//
//	R0, R1, R2  dst, x, floats left
//	R5          the constants
//	V0          x of stream A;  V1 the result;  V2 .. V7 temporaries;  V16, V17 x and |x| where exp is a part
//
// exp: 28 loads of constants, which hide, and 64 vector operations for 8 elements: bound 64 cycles with one vector
// pipe, 32 with two. llvm-mca models 77 cycles for an A57, 37 for an M1.

// Every constant fills 16 bytes. C(name) loads it into register d of both streams.
#define C(d, o) \
	LDR_Q(d, 5, o)       \
	LDR_Q((d)+8, 5, o)
#define CONSTANT(o, x) \
	DATA consts<>+o(SB)/8, $x \
	DATA consts<>+o+8(SB)/8, $x

#define kLog2e 0
CONSTANT(kLog2e, 0x3fb8aa3b3fb8aa3b)
#define kMagic 16
CONSTANT(kMagic, 0x4b4000004b400000)
#define kLn2Hi 32
CONSTANT(kLn2Hi, 0x3f3180003f318000)
// -ln2Lo: the low part of ln 2 is negative.
#define kNegLn2Lo 48
CONSTANT(kNegLn2Lo, 0x395e8083395e8083)
#define kExpMax 64
CONSTANT(kExpMax, 0x42b1721842b17218)
#define kExpMin 80
CONSTANT(kExpMin, 0xc2cff1b5c2cff1b5)
#define kE0 96
CONSTANT(kE0, 0x3950696739506967)
#define kE1 112
CONSTANT(kE1, 0x3ab743ce3ab743ce)
#define kE2 128
CONSTANT(kE2, 0x3c0889083c088908)
#define kE3 144
CONSTANT(kE3, 0x3d2aa9c13d2aa9c1)
#define kE4 160
CONSTANT(kE4, 0x3e2aaaaa3e2aaaaa)
#define kE5 176
CONSTANT(kE5, 0x3f0000003f000000)
#define kOne 192
CONSTANT(kOne, 0x3f8000003f800000)
#define kTwo 208
CONSTANT(kTwo, 0x4000000040000000)
#define kInf 224
CONSTANT(kInf, 0x7f8000007f800000)
#define kNegInf 240
CONSTANT(kNegInf, 0xff800000ff800000)
#define kNaN 256
CONSTANT(kNaN, 0x7fc000007fc00000)
#define kSign 272
CONSTANT(kSign, 0x8000000080000000)
#define kMinNormal 288
CONSTANT(kMinNormal, 0x0080000000800000)
#define kTwo23 304
CONSTANT(kTwo23, 0x4b0000004b000000)
#define kInt23 320
CONSTANT(kInt23, 0x0000001700000017)
#define kSqrtHalf 336
CONSTANT(kSqrtHalf, 0x3f3504f33f3504f3)
#define kMantissa 352
CONSTANT(kMantissa, 0x007fffff007fffff)
// kE5 rounds to one half.
#define kHalf kE5
#define kL0 368
CONSTANT(kL0, 0x3d9021bb3d9021bb)
#define kL1 384
CONSTANT(kL1, 0xbdebd1b8bdebd1b8)
#define kL2 400
CONSTANT(kL2, 0x3def251a3def251a)
#define kL3 416
CONSTANT(kL3, 0xbdfe5d4fbdfe5d4f)
#define kL4 432
CONSTANT(kL4, 0x3e11e9bf3e11e9bf)
#define kL5 448
CONSTANT(kL5, 0xbe2aae50be2aae50)
#define kL6 464
CONSTANT(kL6, 0x3e4cceac3e4cceac)
#define kL7 480
CONSTANT(kL7, 0xbe7ffffcbe7ffffc)
#define kL8 496
CONSTANT(kL8, 0x3eaaaaaa3eaaaaaa)
#define kTanhMax 512
CONSTANT(kTanhMax, 0x3f2000003f200000)
#define kT0 528
CONSTANT(kT0, 0xbbbaf0eabbbaf0ea)
#define kT1 544
CONSTANT(kT1, 0x3ca9134e3ca9134e)
#define kT2 560
CONSTANT(kT2, 0xbd5c1e2dbd5c1e2d)
#define kT3 576
CONSTANT(kT3, 0x3e0883933e088393)
#define kT4 592
CONSTANT(kT4, 0xbeaaaa99beaaaa99)
#define kS0 608
CONSTANT(kS0, 0x3d8888893d888889)
#define kS1 624
CONSTANT(kS1, 0x3d9d89d93d9d89d9)
#define kS2 640
CONSTANT(kS2, 0x3dba2e8c3dba2e8c)
#define kS3 656
CONSTANT(kS3, 0x3de38e393de38e39)
#define kS4 672
CONSTANT(kS4, 0x3e1249253e124925)
#define kS5 688
CONSTANT(kS5, 0x3e4ccccd3e4ccccd)
#define kS6 704
CONSTANT(kS6, 0x3eaaaaab3eaaaaab)
GLOBL consts<>(SB), RODATA|NOPTR, $720

// EXP sets V1 = exp32(V0) and uses V2 .. V7.
#define EXP \
	C(7, kExpMax) \
	FCMGT2(1, 7, 0)             /* y = x < max ? x : max */ \
	BSL2(1, 0, 7)     \
	C(6, kExpMin) \
	FCMGT2(2, 1, 6)             /* y = y > min ? y : min */ \
	BSL2(2, 1, 6)     \
	C(3, kMagic) \
	C(4, kLog2e) \
	MOV2(5, 3)        \
	FMLA2(5, 2, 4)              /* t = y*log2e + magic */ \
	FSUB2(4, 5, 3)              /* n = t - magic */ \
	C(1, kLn2Hi) \
	FMLS2(2, 4, 1)    \
	C(1, kNegLn2Lo) \
	FMLA2(2, 4, 1)              /* r */ \
	C(1, kE0) \
	C(4, kE1) \
	FMLA2(4, 1, 2)    \
	C(1, kE2) \
	FMLA2(1, 4, 2)    \
	C(4, kE3) \
	FMLA2(4, 1, 2)    \
	C(1, kE4) \
	FMLA2(1, 4, 2)    \
	C(4, kE5) \
	FMLA2(4, 1, 2)              /* p */ \
	FMUL2(1, 2, 2)    \
	FMLA2(2, 4, 1)    \
	C(1, kOne) \
	SUB2(5, 5, 3)               /* i */ \
	SSHR2(4, 5, 1)              /* h */ \
	SUB2(5, 5, 4)     \
	SHL2(4, 4, 23)    \
	SHL2(5, 5, 23)    \
	ADD2(4, 4, 1)               /* 2^h */ \
	ADD2(5, 5, 1)               /* 2^(i-h) */ \
	FADD2(1, 2, 1)              /* q */ \
	FMUL2(1, 1, 4)    \
	FMUL2(1, 1, 5)    \
	FCMGT2(2, 0, 7)   \
	C(3, kInf) \
	BIT2(1, 3, 2)     \
	FCMGT2(2, 6, 0)   \
	BIC2(1, 1, 2)     \
	FCMEQ2(2, 0, 0)   \
	BIF2(1, 0, 2)

#define ARGS \
	MOVD dst+0(FP), R0 \
	MOVD x+8(FP), R1   \
	MOVD n+16(FP), R2  \
	MOVD $consts<>(SB), R5

#define LOAD  FLDPQ.P 32(R1), (F0, F8)
#define STORE FSTPQ.P (F1, F9), 32(R0)

// func ExpF32_NEON(dst, x *float32, n int)
TEXT ·ExpF32_NEON(SB), NOSPLIT, $0-24
	ARGS
loop:
	LOAD
	EXP
	STORE
	SUBS $8, R2
	BNE  loop
	RET

// func LogF32_NEON(dst, x *float32, n int)
TEXT ·LogF32_NEON(SB), NOSPLIT, $0-24
	ARGS
loop:
	LOAD
	C(7, kMinNormal)
	FCMGT2(6, 7, 0)
	C(1, kTwo23)
	FMUL2(1, 0, 1)
	MOV2(2, 6)
	BSL2(2, 1, 0)   // y
	C(1, kInt23)
	AND2(6, 6, 1)   // bias
	C(3, kSqrtHalf)
	SUB2(2, 2, 3)   // b
	SSHR2(1, 2, 23)
	SUB2(1, 1, 6)
	SCVTF2(1, 1)    // e
	C(4, kMantissa)
	AND2(2, 2, 4)
	ADD2(2, 2, 3)   // m
	C(3, kOne)
	FSUB2(2, 2, 3)  // f
	FMUL2(3, 2, 2)  // z
	C(4, kL0)
	C(5, kL1)
	FMLA2(5, 4, 2)
	C(4, kL2)
	FMLA2(4, 5, 2)
	C(5, kL3)
	FMLA2(5, 4, 2)
	C(4, kL4)
	FMLA2(4, 5, 2)
	C(5, kL5)
	FMLA2(5, 4, 2)
	C(4, kL6)
	FMLA2(4, 5, 2)
	C(5, kL7)
	FMLA2(5, 4, 2)
	C(4, kL8)
	FMLA2(4, 5, 2)  // p
	FMUL2(5, 2, 3)
	FMUL2(4, 5, 4)  // w = f*z*p
	C(5, kNegLn2Lo)
	FMLS2(4, 1, 5)
	C(5, kHalf)
	FMLS2(4, 3, 5)
	FADD2(2, 2, 4)
	C(5, kLn2Hi)
	FMLA2(2, 1, 5)
	C(5, kInf)
	FCMEQ2(6, 0, 5)
	BIT2(2, 0, 6)
	FCMEQZ2(6, 0)
	C(5, kNegInf)
	BIT2(2, 5, 6)
	FCMGEZ2(6, 0)
	C(1, kNaN)
	BSL2(6, 2, 1)
	MOV2(1, 6)
	STORE
	SUBS $8, R2
	BNE  loop
	RET

// func TanhF32_NEON(dst, x *float32, n int)
TEXT ·TanhF32_NEON(SB), NOSPLIT, $0-24
	ARGS
loop:
	LOAD
	MOV2(16, 0)
	FABS2(17, 0)     // a
	FADD2(0, 17, 17)
	EXP
	C(2, kOne)
	FADD2(1, 1, 2)
	C(3, kTwo)
	FDIV2(1, 3, 1)
	FSUB2(1, 2, 1)   // 1 - 2/(e^2a + 1)
	C(3, kSign)
	AND2(4, 16, 3)
	ORR2(1, 1, 4)
	FMUL2(2, 16, 16) // z
	C(3, kT0)
	C(4, kT1)
	FMLA2(4, 3, 2)
	C(3, kT2)
	FMLA2(3, 4, 2)
	C(4, kT3)
	FMLA2(4, 3, 2)
	C(3, kT4)
	FMLA2(3, 4, 2)
	FMUL2(3, 3, 2)
	MOV2(4, 16)
	FMLA2(4, 3, 16)  // s
	C(5, kTanhMax)
	FCMGT2(6, 5, 17)
	BIT2(1, 4, 6)
	STORE
	SUBS $8, R2
	BNE  loop
	RET

// func SigmoidF32_NEON(dst, x *float32, n int)
TEXT ·SigmoidF32_NEON(SB), NOSPLIT, $0-24
	ARGS
loop:
	LOAD
	MOV2(16, 0)
	C(1, kSign)
	ORR2(0, 0, 1)
	EXP              // t = e^-|x|
	FCMLTZ2(2, 16)
	C(3, kOne)
	BSL2(2, 1, 3)    // x < 0 ? t : 1
	FADD2(1, 3, 1)
	FDIV2(1, 2, 1)
	STORE
	SUBS $8, R2
	BNE  loop
	RET

// func SoftplusF32_NEON(dst, x *float32, n int)
TEXT ·SoftplusF32_NEON(SB), NOSPLIT, $0-24
	ARGS
loop:
	LOAD
	MOV2(16, 0)
	C(1, kSign)
	ORR2(0, 0, 1)
	EXP              // t = e^-|x|
	C(2, kTwo)
	FADD2(2, 2, 1)
	FDIV2(1, 1, 2)   // s
	FMUL2(2, 1, 1)   // z
	C(3, kS0)
	C(4, kS1)
	FMLA2(4, 3, 2)
	C(3, kS2)
	FMLA2(3, 4, 2)
	C(4, kS3)
	FMLA2(4, 3, 2)
	C(3, kS4)
	FMLA2(3, 4, 2)
	C(4, kS5)
	FMLA2(4, 3, 2)
	C(3, kS6)
	FMLA2(3, 4, 2)
	FMUL2(3, 3, 2)
	MOV2(4, 1)
	FMLA2(4, 3, 1)   // l
	FADD2(4, 4, 4)
	FCMGTZ2(5, 16)
	AND2(5, 16, 5)   // x > 0 ? x : +0
	FADD2(1, 5, 4)
	FCMEQ2(2, 16, 16)
	BIF2(1, 16, 2)
	STORE
	SUBS $8, R2
	BNE  loop
	RET
