//go:build !purego

#include "textflag.h"

// Transcendental functions of 16 floats at a time, the operations of package kernels' references in the same order. n is
// a positive multiple of 16.
//
//	SI, DI, CX  x, dst, n
//	Y0, Y1      X: two vectors of x, reduced in place, loaded again where x is needed later
//	Y2, Y3      T: temporaries
//	Y4, Y5      N: the exponent as a float, later temporaries
//	Y6, Y7      P: the polynomial and the result
//	Y8 .. Y15   constants; the others are read from memory, less than one load a multiplication
//
// exp clamps x to where the result is Inf and 0 anyway (VMINPS and VMAXPS pass their second operand, x, if it is NaN), and
// its rounding constant carries the exponent's bias, so that a shift makes a power of two.
//
// Vector operations for 8 elements, the bound in cycles an element if two ports took them all, and what was reached on Zen 5
// in L1, in cycles of the peak loop PeakF32_AVX512; shifts and blends have other ports there.
//
//	          operations      bound   reached
//	exp       20               1.25   0.95
//	log       24               1.50   1.05
//	tanh      31 + division    1.94   1.77
//	sigmoid   22 + division    1.38   1.30
//	softplus  32 + division    2.00   2.41

#define CONST(name, v) \
	DATA name<>+0(SB)/8, v  \
	DATA name<>+8(SB)/8, v  \
	DATA name<>+16(SB)/8, v \
	DATA name<>+24(SB)/8, v \
	GLOBL name<>(SB), RODATA|NOPTR, $32

CONST(clog2e, $0x3fb8aa3b3fb8aa3b)
CONST(cnln2hi, $0xbf318000bf318000)
CONST(cnln2lo, $0x395e8083395e8083)
CONST(cmagic254, $0x4b4000fe4b4000fe) // 1.5*2^23 + 254
CONST(cmagic127, $0x4b40007f4b40007f) // 1.5*2^23 + 127
CONST(cexpmax, $0x42b2000042b20000) // 89: e^89 overflows
CONST(cexpmin, $0xc2d00000c2d00000) // -104: e^-104 rounds to 0
CONST(ce0, $0x3950696739506967)
CONST(ce1, $0x3ab743ce3ab743ce)
CONST(ce2, $0x3c0889083c088908)
CONST(ce3, $0x3d2aa9c13d2aa9c1)
CONST(ce4, $0x3e2aaaaa3e2aaaaa)
CONST(ce5, $0x3f0000003f000000)
CONST(cone, $0x3f8000003f800000)
CONST(ctwo, $0x4000000040000000)
CONST(ctanhmax, $0x41a0000041a00000) // 20: tanh is 1 from 9 on
CONST(csign, $0x8000000080000000)
CONST(cabs, $0x7fffffff7fffffff)
CONST(ct0, $0xbbbaf0eabbbaf0ea)
CONST(ct1, $0x3ca9134e3ca9134e)
CONST(ct2, $0xbd5c1e2dbd5c1e2d)
CONST(ct3, $0x3e0883933e088393)
CONST(ct4, $0xbeaaaa99beaaaa99)
CONST(ctcut2, $0x3ec800003ec80000) // 0.625 squared
CONST(cs0, $0x3d8888893d888889)
CONST(cs1, $0x3d9d89d93d9d89d9)
CONST(cs2, $0x3dba2e8c3dba2e8c)
CONST(cs3, $0x3de38e393de38e39)
CONST(cs4, $0x3e1249253e124925)
CONST(cs5, $0x3e4ccccd3e4ccccd)
CONST(cs6, $0x3eaaaaab3eaaaaab)
CONST(culimit, $0xfefffffffeffffff) // the largest finite float less the smallest normal one, in order from the least int32
CONST(cminnorm, $0x0080000000800000)
CONST(ctwo23, $0x4b0000004b000000)
CONST(ci23, $0x0000001700000017)
CONST(csqrthalf, $0x3f3504f33f3504f3)
CONST(cmant, $0x007fffff007fffff)
CONST(cnhalf, $0xbf000000bf000000)
CONST(cl0, $0x3d9021bb3d9021bb)
CONST(cl1, $0xbdebd1b8bdebd1b8)
CONST(cl2, $0x3def251a3def251a)
CONST(cl3, $0xbdfe5d4fbdfe5d4f)
CONST(cl4, $0x3e11e9bf3e11e9bf)
CONST(cl5, $0xbe2aae50be2aae50)
CONST(cl6, $0x3e4cceac3e4cceac)
CONST(cl7, $0xbe7ffffcbe7ffffc)
CONST(cl8, $0x3eaaaaaa3eaaaaaa)
CONST(cln2lo, $0xb95e8083b95e8083)
CONST(cln2hi, $0x3f3180003f318000)
CONST(cinf, $0x7f8000007f800000)
CONST(cninf, $0xff800000ff800000)
CONST(cnan, $0x7fc000007fc00000)

#define ARGS \
	MOVQ dst+0(FP), DI \
	MOVQ x+8(FP), SI   \
	MOVQ n+16(FP), CX

#define LOAD \
	VMOVUPS (SI), Y0; VMOVUPS 32(SI), Y1

#define NEXT \
	VMOVUPS Y6, (DI); VMOVUPS Y7, 32(DI) \
	ADDQ $64, SI \
	ADDQ $64, DI \
	SUBQ $16, CX

// EXP: P = exp(X) for X in [-104, 89] or NaN, in two steps of scaling: T = n + 254, so T>>1 is 127 more than half of n.
#define EXP                                                              \
	VMOVAPS Y9, Y2; VMOVAPS Y9, Y3                                       \
	VFMADD231PS Y8, Y0, Y2; VFMADD231PS Y8, Y1, Y3                       \
	VSUBPS Y9, Y2, Y4; VSUBPS Y9, Y3, Y5                                 \
	VFMADD231PS cnln2hi<>(SB), Y4, Y0; VFMADD231PS cnln2hi<>(SB), Y5, Y1 \
	VFMADD231PS cnln2lo<>(SB), Y4, Y0; VFMADD231PS cnln2lo<>(SB), Y5, Y1 \
	VMOVAPS Y10, Y6; VMOVAPS Y10, Y7                                     \
	VFMADD213PS ce1<>(SB), Y0, Y6; VFMADD213PS ce1<>(SB), Y1, Y7         \
	VFMADD213PS ce2<>(SB), Y0, Y6; VFMADD213PS ce2<>(SB), Y1, Y7         \
	VFMADD213PS ce3<>(SB), Y0, Y6; VFMADD213PS ce3<>(SB), Y1, Y7         \
	VFMADD213PS ce4<>(SB), Y0, Y6; VFMADD213PS ce4<>(SB), Y1, Y7         \
	VFMADD213PS ce5<>(SB), Y0, Y6; VFMADD213PS ce5<>(SB), Y1, Y7         \
	VMULPS Y0, Y0, Y4; VMULPS Y1, Y1, Y5                                 \
	VFMADD213PS Y0, Y4, Y6; VFMADD213PS Y1, Y5, Y7                       \
	VADDPS Y11, Y6, Y6; VADDPS Y11, Y7, Y7                               \
	VPSRLD $1, Y2, Y4; VPSRLD $1, Y3, Y5                                 \
	VPSUBD Y4, Y2, Y2; VPSUBD Y5, Y3, Y3                                 \
	VPSLLD $23, Y4, Y4; VPSLLD $23, Y5, Y5                               \
	VPSLLD $23, Y2, Y2; VPSLLD $23, Y3, Y3                               \
	VMULPS Y4, Y6, Y6; VMULPS Y5, Y7, Y7                                 \
	VMULPS Y2, Y6, Y6; VMULPS Y3, Y7, Y7

// EXPPOS: P = exp(X) for X in [0, 40] or NaN, with T = n + 127.
#define EXPPOS                                                           \
	VMOVAPS Y9, Y2; VMOVAPS Y9, Y3                                       \
	VFMADD231PS Y8, Y0, Y2; VFMADD231PS Y8, Y1, Y3                       \
	VSUBPS Y9, Y2, Y4; VSUBPS Y9, Y3, Y5                                 \
	VFMADD231PS cnln2hi<>(SB), Y4, Y0; VFMADD231PS cnln2hi<>(SB), Y5, Y1 \
	VFMADD231PS cnln2lo<>(SB), Y4, Y0; VFMADD231PS cnln2lo<>(SB), Y5, Y1 \
	VMOVAPS Y10, Y6; VMOVAPS Y10, Y7                                     \
	VFMADD213PS ce1<>(SB), Y0, Y6; VFMADD213PS ce1<>(SB), Y1, Y7         \
	VFMADD213PS ce2<>(SB), Y0, Y6; VFMADD213PS ce2<>(SB), Y1, Y7         \
	VFMADD213PS ce3<>(SB), Y0, Y6; VFMADD213PS ce3<>(SB), Y1, Y7         \
	VFMADD213PS ce4<>(SB), Y0, Y6; VFMADD213PS ce4<>(SB), Y1, Y7         \
	VFMADD213PS ce5<>(SB), Y0, Y6; VFMADD213PS ce5<>(SB), Y1, Y7         \
	VMULPS Y0, Y0, Y4; VMULPS Y1, Y1, Y5                                 \
	VFMADD213PS Y0, Y4, Y6; VFMADD213PS Y1, Y5, Y7                       \
	VADDPS Y11, Y6, Y6; VADDPS Y11, Y7, Y7                               \
	VPSLLD $23, Y2, Y2; VPSLLD $23, Y3, Y3                               \
	VMULPS Y2, Y6, Y6; VMULPS Y3, Y7, Y7

// func ExpF32_AVX2(dst, x *float32, n int)
//
// exp(x).
TEXT ·ExpF32_AVX2(SB), NOSPLIT, $0-24
	ARGS
	VMOVUPS clog2e<>(SB), Y8
	VMOVUPS cmagic254<>(SB), Y9
	VMOVUPS ce0<>(SB), Y10
	VMOVUPS cone<>(SB), Y11
	VMOVUPS cexpmax<>(SB), Y12
	VMOVUPS cexpmin<>(SB), Y13

loop:
	LOAD
	VMINPS Y0, Y12, Y0; VMINPS Y1, Y12, Y1
	VMAXPS Y0, Y13, Y0; VMAXPS Y1, Y13, Y1
	EXP
	NEXT
	JNZ loop
	VZEROUPPER
	RET

// func SigmoidF32_AVX2(dst, x *float32, n int)
//
// t = exp(-|x|); (x < 0 ? t : 1) / (1 + t). The sign bit selects, since t is 1 at -0.
TEXT ·SigmoidF32_AVX2(SB), NOSPLIT, $0-24
	ARGS
	VMOVUPS clog2e<>(SB), Y8
	VMOVUPS cmagic254<>(SB), Y9
	VMOVUPS ce0<>(SB), Y10
	VMOVUPS cone<>(SB), Y11
	VMOVUPS csign<>(SB), Y12
	VMOVUPS cexpmin<>(SB), Y13

loop:
	LOAD
	VORPS Y0, Y12, Y0; VORPS Y1, Y12, Y1
	VMAXPS Y0, Y13, Y0; VMAXPS Y1, Y13, Y1
	EXP
	LOAD
	VBLENDVPS Y0, Y6, Y11, Y4; VBLENDVPS Y1, Y7, Y11, Y5
	VADDPS Y11, Y6, Y6; VADDPS Y11, Y7, Y7
	VDIVPS Y6, Y4, Y6; VDIVPS Y7, Y5, Y7
	NEXT
	JNZ loop
	VZEROUPPER
	RET

// func TanhF32_AVX2(dst, x *float32, n int)
//
// |x| < 0.625: an odd polynomial; else 1 - 2/(exp(2|x|) + 1) with the sign of x.
TEXT ·TanhF32_AVX2(SB), NOSPLIT, $0-24
	ARGS
	VMOVUPS clog2e<>(SB), Y8
	VMOVUPS cmagic127<>(SB), Y9
	VMOVUPS ce0<>(SB), Y10
	VMOVUPS cone<>(SB), Y11
	VMOVUPS csign<>(SB), Y12
	VMOVUPS ctanhmax<>(SB), Y13
	VMOVUPS ctwo<>(SB), Y14
	VMOVUPS ctcut2<>(SB), Y15

loop:
	LOAD
	VANDNPS Y0, Y12, Y0; VANDNPS Y1, Y12, Y1
	VMINPS Y0, Y13, Y0; VMINPS Y1, Y13, Y1
	VADDPS Y0, Y0, Y0; VADDPS Y1, Y1, Y1
	EXPPOS
	VADDPS Y11, Y6, Y6; VADDPS Y11, Y7, Y7
	VDIVPS Y6, Y14, Y6; VDIVPS Y7, Y14, Y7
	LOAD
	VSUBPS Y6, Y11, Y6; VSUBPS Y7, Y11, Y7
	VANDPS Y0, Y12, Y2; VANDPS Y1, Y12, Y3
	VORPS Y2, Y6, Y6; VORPS Y3, Y7, Y7
	VMULPS Y0, Y0, Y2; VMULPS Y1, Y1, Y3
	VMOVAPS ct0<>(SB), Y4; VMOVAPS ct0<>(SB), Y5
	VFMADD213PS ct1<>(SB), Y2, Y4; VFMADD213PS ct1<>(SB), Y3, Y5
	VFMADD213PS ct2<>(SB), Y2, Y4; VFMADD213PS ct2<>(SB), Y3, Y5
	VFMADD213PS ct3<>(SB), Y2, Y4; VFMADD213PS ct3<>(SB), Y3, Y5
	VFMADD213PS ct4<>(SB), Y2, Y4; VFMADD213PS ct4<>(SB), Y3, Y5
	VMULPS Y2, Y4, Y4; VMULPS Y3, Y5, Y5
	VFMADD213PS Y0, Y0, Y4; VFMADD213PS Y1, Y1, Y5
	VCMPPS $0x11, Y15, Y2, Y2; VCMPPS $0x11, Y15, Y3, Y3
	VBLENDVPS Y2, Y4, Y6, Y6; VBLENDVPS Y3, Y5, Y7, Y7
	NEXT
	JNZ loop
	VZEROUPPER
	RET

// func SoftplusF32_AVX2(dst, x *float32, n int)
//
// t = exp(-|x|), s = t/(2+t); max(x, 0) + 2 artanh(s).
TEXT ·SoftplusF32_AVX2(SB), NOSPLIT, $0-24
	ARGS
	VMOVUPS clog2e<>(SB), Y8
	VMOVUPS cmagic254<>(SB), Y9
	VMOVUPS ce0<>(SB), Y10
	VMOVUPS cone<>(SB), Y11
	VMOVUPS csign<>(SB), Y12
	VMOVUPS cexpmin<>(SB), Y13
	VMOVUPS ctwo<>(SB), Y14
	VMOVUPS cs0<>(SB), Y15

loop:
	LOAD
	VORPS Y0, Y12, Y0; VORPS Y1, Y12, Y1
	VMAXPS Y0, Y13, Y0; VMAXPS Y1, Y13, Y1
	EXP
	VADDPS Y14, Y6, Y2; VADDPS Y14, Y7, Y3
	VDIVPS Y2, Y6, Y6; VDIVPS Y3, Y7, Y7
	VMULPS Y6, Y6, Y2; VMULPS Y7, Y7, Y3
	VMOVAPS Y15, Y4; VMOVAPS Y15, Y5
	VFMADD213PS cs1<>(SB), Y2, Y4; VFMADD213PS cs1<>(SB), Y3, Y5
	VFMADD213PS cs2<>(SB), Y2, Y4; VFMADD213PS cs2<>(SB), Y3, Y5
	VFMADD213PS cs3<>(SB), Y2, Y4; VFMADD213PS cs3<>(SB), Y3, Y5
	VFMADD213PS cs4<>(SB), Y2, Y4; VFMADD213PS cs4<>(SB), Y3, Y5
	VFMADD213PS cs5<>(SB), Y2, Y4; VFMADD213PS cs5<>(SB), Y3, Y5
	VFMADD213PS cs6<>(SB), Y2, Y4; VFMADD213PS cs6<>(SB), Y3, Y5
	VMULPS Y2, Y4, Y4; VMULPS Y3, Y5, Y5
	VFMADD213PS Y6, Y6, Y4; VFMADD213PS Y7, Y7, Y5
	LOAD
	VADDPS Y4, Y4, Y4; VADDPS Y5, Y5, Y5
	VXORPS Y2, Y2, Y2; VXORPS Y3, Y3, Y3
	VMAXPS Y2, Y0, Y0; VMAXPS Y3, Y1, Y1
	VADDPS Y4, Y0, Y6; VADDPS Y5, Y1, Y7
	NEXT
	JNZ loop
	VZEROUPPER
	RET

// LOGM: from N, the exponent as an integer, and X = m, P = log m + N log 2.
#define LOGM                                                     \
	VCVTDQ2PS Y4, Y4; VCVTDQ2PS Y5, Y5                           \
	VSUBPS Y11, Y0, Y0; VSUBPS Y11, Y1, Y1                       \
	VMULPS Y0, Y0, Y2; VMULPS Y1, Y1, Y3                         \
	VMOVAPS Y10, Y6; VMOVAPS Y10, Y7                             \
	VFMADD213PS cl1<>(SB), Y0, Y6; VFMADD213PS cl1<>(SB), Y1, Y7 \
	VFMADD213PS cl2<>(SB), Y0, Y6; VFMADD213PS cl2<>(SB), Y1, Y7 \
	VFMADD213PS cl3<>(SB), Y0, Y6; VFMADD213PS cl3<>(SB), Y1, Y7 \
	VFMADD213PS cl4<>(SB), Y0, Y6; VFMADD213PS cl4<>(SB), Y1, Y7 \
	VFMADD213PS cl5<>(SB), Y0, Y6; VFMADD213PS cl5<>(SB), Y1, Y7 \
	VFMADD213PS cl6<>(SB), Y0, Y6; VFMADD213PS cl6<>(SB), Y1, Y7 \
	VFMADD213PS cl7<>(SB), Y0, Y6; VFMADD213PS cl7<>(SB), Y1, Y7 \
	VFMADD213PS cl8<>(SB), Y0, Y6; VFMADD213PS cl8<>(SB), Y1, Y7 \
	VMULPS Y2, Y0, Y8; VMULPS Y3, Y1, Y9                         \
	VMULPS Y6, Y8, Y6; VMULPS Y7, Y9, Y7                         \
	VFMADD231PS Y13, Y4, Y6; VFMADD231PS Y13, Y5, Y7             \
	VFMADD231PS Y14, Y2, Y6; VFMADD231PS Y14, Y3, Y7             \
	VADDPS Y6, Y0, Y6; VADDPS Y7, Y1, Y7                         \
	VFMADD231PS Y15, Y4, Y6; VFMADD231PS Y15, Y5, Y7

// SPLIT: X = 2^N m.
#define SPLIT                                            \
	VPSUBD Y12, Y0, Y0; VPSUBD Y12, Y1, Y1               \
	VPSRAD $23, Y0, Y4; VPSRAD $23, Y1, Y5               \
	VPAND cmant<>(SB), Y0, Y0; VPAND cmant<>(SB), Y1, Y1 \
	VPADDD Y12, Y0, Y0; VPADDD Y12, Y1, Y1

// func LogF32_AVX2(dst, x *float32, n int)
//
// x = 2^e m, m in [sqrt(1/2), sqrt(2)); a polynomial in f = m-1. Where all 16 are positive, normal and finite, nothing
// else is to be done.
TEXT ·LogF32_AVX2(SB), NOSPLIT, $0-24
	ARGS
	VMOVUPS cl0<>(SB), Y10
	VMOVUPS cone<>(SB), Y11
	VMOVUPS csqrthalf<>(SB), Y12
	VMOVUPS cln2lo<>(SB), Y13
	VMOVUPS cnhalf<>(SB), Y14
	VMOVUPS cln2hi<>(SB), Y15

loop:
	LOAD
	VPADDD cinf<>(SB), Y0, Y2; VPADDD cinf<>(SB), Y1, Y3
	VPCMPGTD culimit<>(SB), Y2, Y2; VPCMPGTD culimit<>(SB), Y3, Y3
	VPOR Y3, Y2, Y2
	VMOVMSKPS Y2, AX
	TESTL AX, AX
	JNZ special
	SPLIT
	LOGM

next:
	NEXT
	JNZ loop
	VZEROUPPER
	RET

special:
	// A subnormal number is scaled by 2^23 first.
	VCMPPS $0x11, cminnorm<>(SB), Y0, Y2; VCMPPS $0x11, cminnorm<>(SB), Y1, Y3
	VMULPS ctwo23<>(SB), Y0, Y6; VMULPS ctwo23<>(SB), Y1, Y7
	VBLENDVPS Y2, Y6, Y0, Y0; VBLENDVPS Y3, Y7, Y1, Y1
	VANDPS ci23<>(SB), Y2, Y2; VANDPS ci23<>(SB), Y3, Y3
	SPLIT
	VPSUBD Y2, Y4, Y4; VPSUBD Y3, Y5, Y5
	LOGM
	// Inf gives itself, 0 gives -Inf, what is below 0 and NaN gives NaN.
	LOAD
	VMOVUPS cinf<>(SB), Y8
	VCMPPS $0, Y8, Y0, Y2; VCMPPS $0, Y8, Y1, Y3
	VBLENDVPS Y2, Y8, Y6, Y6; VBLENDVPS Y3, Y8, Y7, Y7
	VXORPS Y8, Y8, Y8
	VMOVUPS cninf<>(SB), Y9
	VCMPPS $0, Y8, Y0, Y2; VCMPPS $0, Y8, Y1, Y3
	VBLENDVPS Y2, Y9, Y6, Y6; VBLENDVPS Y3, Y9, Y7, Y7
	VMOVUPS cnan<>(SB), Y9
	VCMPPS $0x19, Y8, Y0, Y2; VCMPPS $0x19, Y8, Y1, Y3
	VBLENDVPS Y2, Y9, Y6, Y6; VBLENDVPS Y3, Y9, Y7, Y7
	JMP next
