//go:build !purego

#include "textflag.h"

// Transcendental functions of 8 floats at a time, the operations of package kernels' references in the same order. Every
// function takes n, a positive multiple of 8. Constants are read from memory: the loads hide under the FMAs.
//
//	SI, DI, CX  x, dst, n
//	Y0          x, kept;  Y4 the result
//	Y1 .. Y9    temporaries
//
// exp: 9 FMAs, 8 adds, multiplies and shifts a port-0/1 each, about 14 cycles for 8 elements at two FMA ports; the
// divisions of tanh, sigmoid and softplus add 5 to 8.

DATA clog2e<>+0(SB)/8, $0x3fb8aa3b3fb8aa3b
DATA clog2e<>+8(SB)/8, $0x3fb8aa3b3fb8aa3b
DATA clog2e<>+16(SB)/8, $0x3fb8aa3b3fb8aa3b
DATA clog2e<>+24(SB)/8, $0x3fb8aa3b3fb8aa3b
GLOBL clog2e<>(SB), RODATA|NOPTR, $32
DATA cmagic<>+0(SB)/8, $0x4b4000004b400000
DATA cmagic<>+8(SB)/8, $0x4b4000004b400000
DATA cmagic<>+16(SB)/8, $0x4b4000004b400000
DATA cmagic<>+24(SB)/8, $0x4b4000004b400000
GLOBL cmagic<>(SB), RODATA|NOPTR, $32
DATA cnln2hi<>+0(SB)/8, $0xbf318000bf318000
DATA cnln2hi<>+8(SB)/8, $0xbf318000bf318000
DATA cnln2hi<>+16(SB)/8, $0xbf318000bf318000
DATA cnln2hi<>+24(SB)/8, $0xbf318000bf318000
GLOBL cnln2hi<>(SB), RODATA|NOPTR, $32
DATA cnln2lo<>+0(SB)/8, $0x395e8083395e8083
DATA cnln2lo<>+8(SB)/8, $0x395e8083395e8083
DATA cnln2lo<>+16(SB)/8, $0x395e8083395e8083
DATA cnln2lo<>+24(SB)/8, $0x395e8083395e8083
GLOBL cnln2lo<>(SB), RODATA|NOPTR, $32
DATA cln2hi<>+0(SB)/8, $0x3f3180003f318000
DATA cln2hi<>+8(SB)/8, $0x3f3180003f318000
DATA cln2hi<>+16(SB)/8, $0x3f3180003f318000
DATA cln2hi<>+24(SB)/8, $0x3f3180003f318000
GLOBL cln2hi<>(SB), RODATA|NOPTR, $32
DATA cln2lo<>+0(SB)/8, $0xb95e8083b95e8083
DATA cln2lo<>+8(SB)/8, $0xb95e8083b95e8083
DATA cln2lo<>+16(SB)/8, $0xb95e8083b95e8083
DATA cln2lo<>+24(SB)/8, $0xb95e8083b95e8083
GLOBL cln2lo<>(SB), RODATA|NOPTR, $32
DATA cexpmax<>+0(SB)/8, $0x42b1721842b17218
DATA cexpmax<>+8(SB)/8, $0x42b1721842b17218
DATA cexpmax<>+16(SB)/8, $0x42b1721842b17218
DATA cexpmax<>+24(SB)/8, $0x42b1721842b17218
GLOBL cexpmax<>(SB), RODATA|NOPTR, $32
DATA cexpmin<>+0(SB)/8, $0xc2cff1b5c2cff1b5
DATA cexpmin<>+8(SB)/8, $0xc2cff1b5c2cff1b5
DATA cexpmin<>+16(SB)/8, $0xc2cff1b5c2cff1b5
DATA cexpmin<>+24(SB)/8, $0xc2cff1b5c2cff1b5
GLOBL cexpmin<>(SB), RODATA|NOPTR, $32
DATA ce0<>+0(SB)/8, $0x3950696739506967
DATA ce0<>+8(SB)/8, $0x3950696739506967
DATA ce0<>+16(SB)/8, $0x3950696739506967
DATA ce0<>+24(SB)/8, $0x3950696739506967
GLOBL ce0<>(SB), RODATA|NOPTR, $32
DATA ce1<>+0(SB)/8, $0x3ab743ce3ab743ce
DATA ce1<>+8(SB)/8, $0x3ab743ce3ab743ce
DATA ce1<>+16(SB)/8, $0x3ab743ce3ab743ce
DATA ce1<>+24(SB)/8, $0x3ab743ce3ab743ce
GLOBL ce1<>(SB), RODATA|NOPTR, $32
DATA ce2<>+0(SB)/8, $0x3c0889083c088908
DATA ce2<>+8(SB)/8, $0x3c0889083c088908
DATA ce2<>+16(SB)/8, $0x3c0889083c088908
DATA ce2<>+24(SB)/8, $0x3c0889083c088908
GLOBL ce2<>(SB), RODATA|NOPTR, $32
DATA ce3<>+0(SB)/8, $0x3d2aa9c13d2aa9c1
DATA ce3<>+8(SB)/8, $0x3d2aa9c13d2aa9c1
DATA ce3<>+16(SB)/8, $0x3d2aa9c13d2aa9c1
DATA ce3<>+24(SB)/8, $0x3d2aa9c13d2aa9c1
GLOBL ce3<>(SB), RODATA|NOPTR, $32
DATA ce4<>+0(SB)/8, $0x3e2aaaaa3e2aaaaa
DATA ce4<>+8(SB)/8, $0x3e2aaaaa3e2aaaaa
DATA ce4<>+16(SB)/8, $0x3e2aaaaa3e2aaaaa
DATA ce4<>+24(SB)/8, $0x3e2aaaaa3e2aaaaa
GLOBL ce4<>(SB), RODATA|NOPTR, $32
DATA ce5<>+0(SB)/8, $0x3f0000003f000000
DATA ce5<>+8(SB)/8, $0x3f0000003f000000
DATA ce5<>+16(SB)/8, $0x3f0000003f000000
DATA ce5<>+24(SB)/8, $0x3f0000003f000000
GLOBL ce5<>(SB), RODATA|NOPTR, $32
DATA cone<>+0(SB)/8, $0x3f8000003f800000
DATA cone<>+8(SB)/8, $0x3f8000003f800000
DATA cone<>+16(SB)/8, $0x3f8000003f800000
DATA cone<>+24(SB)/8, $0x3f8000003f800000
GLOBL cone<>(SB), RODATA|NOPTR, $32
DATA ctwo<>+0(SB)/8, $0x4000000040000000
DATA ctwo<>+8(SB)/8, $0x4000000040000000
DATA ctwo<>+16(SB)/8, $0x4000000040000000
DATA ctwo<>+24(SB)/8, $0x4000000040000000
GLOBL ctwo<>(SB), RODATA|NOPTR, $32
DATA cmhalf<>+0(SB)/8, $0xbf000000bf000000
DATA cmhalf<>+8(SB)/8, $0xbf000000bf000000
DATA cmhalf<>+16(SB)/8, $0xbf000000bf000000
DATA cmhalf<>+24(SB)/8, $0xbf000000bf000000
GLOBL cmhalf<>(SB), RODATA|NOPTR, $32
DATA ct0<>+0(SB)/8, $0xbbbaf0eabbbaf0ea
DATA ct0<>+8(SB)/8, $0xbbbaf0eabbbaf0ea
DATA ct0<>+16(SB)/8, $0xbbbaf0eabbbaf0ea
DATA ct0<>+24(SB)/8, $0xbbbaf0eabbbaf0ea
GLOBL ct0<>(SB), RODATA|NOPTR, $32
DATA ct1<>+0(SB)/8, $0x3ca9134e3ca9134e
DATA ct1<>+8(SB)/8, $0x3ca9134e3ca9134e
DATA ct1<>+16(SB)/8, $0x3ca9134e3ca9134e
DATA ct1<>+24(SB)/8, $0x3ca9134e3ca9134e
GLOBL ct1<>(SB), RODATA|NOPTR, $32
DATA ct2<>+0(SB)/8, $0xbd5c1e2dbd5c1e2d
DATA ct2<>+8(SB)/8, $0xbd5c1e2dbd5c1e2d
DATA ct2<>+16(SB)/8, $0xbd5c1e2dbd5c1e2d
DATA ct2<>+24(SB)/8, $0xbd5c1e2dbd5c1e2d
GLOBL ct2<>(SB), RODATA|NOPTR, $32
DATA ct3<>+0(SB)/8, $0x3e0883933e088393
DATA ct3<>+8(SB)/8, $0x3e0883933e088393
DATA ct3<>+16(SB)/8, $0x3e0883933e088393
DATA ct3<>+24(SB)/8, $0x3e0883933e088393
GLOBL ct3<>(SB), RODATA|NOPTR, $32
DATA ct4<>+0(SB)/8, $0xbeaaaa99beaaaa99
DATA ct4<>+8(SB)/8, $0xbeaaaa99beaaaa99
DATA ct4<>+16(SB)/8, $0xbeaaaa99beaaaa99
DATA ct4<>+24(SB)/8, $0xbeaaaa99beaaaa99
GLOBL ct4<>(SB), RODATA|NOPTR, $32
DATA ctcut<>+0(SB)/8, $0x3f2000003f200000
DATA ctcut<>+8(SB)/8, $0x3f2000003f200000
DATA ctcut<>+16(SB)/8, $0x3f2000003f200000
DATA ctcut<>+24(SB)/8, $0x3f2000003f200000
GLOBL ctcut<>(SB), RODATA|NOPTR, $32
DATA cl0<>+0(SB)/8, $0x3d9021bb3d9021bb
DATA cl0<>+8(SB)/8, $0x3d9021bb3d9021bb
DATA cl0<>+16(SB)/8, $0x3d9021bb3d9021bb
DATA cl0<>+24(SB)/8, $0x3d9021bb3d9021bb
GLOBL cl0<>(SB), RODATA|NOPTR, $32
DATA cl1<>+0(SB)/8, $0xbdebd1b8bdebd1b8
DATA cl1<>+8(SB)/8, $0xbdebd1b8bdebd1b8
DATA cl1<>+16(SB)/8, $0xbdebd1b8bdebd1b8
DATA cl1<>+24(SB)/8, $0xbdebd1b8bdebd1b8
GLOBL cl1<>(SB), RODATA|NOPTR, $32
DATA cl2<>+0(SB)/8, $0x3def251a3def251a
DATA cl2<>+8(SB)/8, $0x3def251a3def251a
DATA cl2<>+16(SB)/8, $0x3def251a3def251a
DATA cl2<>+24(SB)/8, $0x3def251a3def251a
GLOBL cl2<>(SB), RODATA|NOPTR, $32
DATA cl3<>+0(SB)/8, $0xbdfe5d4fbdfe5d4f
DATA cl3<>+8(SB)/8, $0xbdfe5d4fbdfe5d4f
DATA cl3<>+16(SB)/8, $0xbdfe5d4fbdfe5d4f
DATA cl3<>+24(SB)/8, $0xbdfe5d4fbdfe5d4f
GLOBL cl3<>(SB), RODATA|NOPTR, $32
DATA cl4<>+0(SB)/8, $0x3e11e9bf3e11e9bf
DATA cl4<>+8(SB)/8, $0x3e11e9bf3e11e9bf
DATA cl4<>+16(SB)/8, $0x3e11e9bf3e11e9bf
DATA cl4<>+24(SB)/8, $0x3e11e9bf3e11e9bf
GLOBL cl4<>(SB), RODATA|NOPTR, $32
DATA cl5<>+0(SB)/8, $0xbe2aae50be2aae50
DATA cl5<>+8(SB)/8, $0xbe2aae50be2aae50
DATA cl5<>+16(SB)/8, $0xbe2aae50be2aae50
DATA cl5<>+24(SB)/8, $0xbe2aae50be2aae50
GLOBL cl5<>(SB), RODATA|NOPTR, $32
DATA cl6<>+0(SB)/8, $0x3e4cceac3e4cceac
DATA cl6<>+8(SB)/8, $0x3e4cceac3e4cceac
DATA cl6<>+16(SB)/8, $0x3e4cceac3e4cceac
DATA cl6<>+24(SB)/8, $0x3e4cceac3e4cceac
GLOBL cl6<>(SB), RODATA|NOPTR, $32
DATA cl7<>+0(SB)/8, $0xbe7ffffcbe7ffffc
DATA cl7<>+8(SB)/8, $0xbe7ffffcbe7ffffc
DATA cl7<>+16(SB)/8, $0xbe7ffffcbe7ffffc
DATA cl7<>+24(SB)/8, $0xbe7ffffcbe7ffffc
GLOBL cl7<>(SB), RODATA|NOPTR, $32
DATA cl8<>+0(SB)/8, $0x3eaaaaaa3eaaaaaa
DATA cl8<>+8(SB)/8, $0x3eaaaaaa3eaaaaaa
DATA cl8<>+16(SB)/8, $0x3eaaaaaa3eaaaaaa
DATA cl8<>+24(SB)/8, $0x3eaaaaaa3eaaaaaa
GLOBL cl8<>(SB), RODATA|NOPTR, $32
DATA cs0<>+0(SB)/8, $0x3d8888893d888889
DATA cs0<>+8(SB)/8, $0x3d8888893d888889
DATA cs0<>+16(SB)/8, $0x3d8888893d888889
DATA cs0<>+24(SB)/8, $0x3d8888893d888889
GLOBL cs0<>(SB), RODATA|NOPTR, $32
DATA cs1<>+0(SB)/8, $0x3d9d89d93d9d89d9
DATA cs1<>+8(SB)/8, $0x3d9d89d93d9d89d9
DATA cs1<>+16(SB)/8, $0x3d9d89d93d9d89d9
DATA cs1<>+24(SB)/8, $0x3d9d89d93d9d89d9
GLOBL cs1<>(SB), RODATA|NOPTR, $32
DATA cs2<>+0(SB)/8, $0x3dba2e8c3dba2e8c
DATA cs2<>+8(SB)/8, $0x3dba2e8c3dba2e8c
DATA cs2<>+16(SB)/8, $0x3dba2e8c3dba2e8c
DATA cs2<>+24(SB)/8, $0x3dba2e8c3dba2e8c
GLOBL cs2<>(SB), RODATA|NOPTR, $32
DATA cs3<>+0(SB)/8, $0x3de38e393de38e39
DATA cs3<>+8(SB)/8, $0x3de38e393de38e39
DATA cs3<>+16(SB)/8, $0x3de38e393de38e39
DATA cs3<>+24(SB)/8, $0x3de38e393de38e39
GLOBL cs3<>(SB), RODATA|NOPTR, $32
DATA cs4<>+0(SB)/8, $0x3e1249253e124925
DATA cs4<>+8(SB)/8, $0x3e1249253e124925
DATA cs4<>+16(SB)/8, $0x3e1249253e124925
DATA cs4<>+24(SB)/8, $0x3e1249253e124925
GLOBL cs4<>(SB), RODATA|NOPTR, $32
DATA cs5<>+0(SB)/8, $0x3e4ccccd3e4ccccd
DATA cs5<>+8(SB)/8, $0x3e4ccccd3e4ccccd
DATA cs5<>+16(SB)/8, $0x3e4ccccd3e4ccccd
DATA cs5<>+24(SB)/8, $0x3e4ccccd3e4ccccd
GLOBL cs5<>(SB), RODATA|NOPTR, $32
DATA cs6<>+0(SB)/8, $0x3eaaaaab3eaaaaab
DATA cs6<>+8(SB)/8, $0x3eaaaaab3eaaaaab
DATA cs6<>+16(SB)/8, $0x3eaaaaab3eaaaaab
DATA cs6<>+24(SB)/8, $0x3eaaaaab3eaaaaab
GLOBL cs6<>(SB), RODATA|NOPTR, $32
DATA cminnorm<>+0(SB)/8, $0x0080000000800000
DATA cminnorm<>+8(SB)/8, $0x0080000000800000
DATA cminnorm<>+16(SB)/8, $0x0080000000800000
DATA cminnorm<>+24(SB)/8, $0x0080000000800000
GLOBL cminnorm<>(SB), RODATA|NOPTR, $32
DATA ctwo23<>+0(SB)/8, $0x4b0000004b000000
DATA ctwo23<>+8(SB)/8, $0x4b0000004b000000
DATA ctwo23<>+16(SB)/8, $0x4b0000004b000000
DATA ctwo23<>+24(SB)/8, $0x4b0000004b000000
GLOBL ctwo23<>(SB), RODATA|NOPTR, $32
DATA cbias127<>+0(SB)/8, $0x0000007f0000007f
DATA cbias127<>+8(SB)/8, $0x0000007f0000007f
DATA cbias127<>+16(SB)/8, $0x0000007f0000007f
DATA cbias127<>+24(SB)/8, $0x0000007f0000007f
GLOBL cbias127<>(SB), RODATA|NOPTR, $32
DATA ci23<>+0(SB)/8, $0x0000001700000017
DATA ci23<>+8(SB)/8, $0x0000001700000017
DATA ci23<>+16(SB)/8, $0x0000001700000017
DATA ci23<>+24(SB)/8, $0x0000001700000017
GLOBL ci23<>(SB), RODATA|NOPTR, $32
DATA csqrthalf<>+0(SB)/8, $0x3f3504f33f3504f3
DATA csqrthalf<>+8(SB)/8, $0x3f3504f33f3504f3
DATA csqrthalf<>+16(SB)/8, $0x3f3504f33f3504f3
DATA csqrthalf<>+24(SB)/8, $0x3f3504f33f3504f3
GLOBL csqrthalf<>(SB), RODATA|NOPTR, $32
DATA cmant<>+0(SB)/8, $0x007fffff007fffff
DATA cmant<>+8(SB)/8, $0x007fffff007fffff
DATA cmant<>+16(SB)/8, $0x007fffff007fffff
DATA cmant<>+24(SB)/8, $0x007fffff007fffff
GLOBL cmant<>(SB), RODATA|NOPTR, $32
DATA csign<>+0(SB)/8, $0x8000000080000000
DATA csign<>+8(SB)/8, $0x8000000080000000
DATA csign<>+16(SB)/8, $0x8000000080000000
DATA csign<>+24(SB)/8, $0x8000000080000000
GLOBL csign<>(SB), RODATA|NOPTR, $32
DATA cabsmask<>+0(SB)/8, $0x7fffffff7fffffff
DATA cabsmask<>+8(SB)/8, $0x7fffffff7fffffff
DATA cabsmask<>+16(SB)/8, $0x7fffffff7fffffff
DATA cabsmask<>+24(SB)/8, $0x7fffffff7fffffff
GLOBL cabsmask<>(SB), RODATA|NOPTR, $32
DATA cinf<>+0(SB)/8, $0x7f8000007f800000
DATA cinf<>+8(SB)/8, $0x7f8000007f800000
DATA cinf<>+16(SB)/8, $0x7f8000007f800000
DATA cinf<>+24(SB)/8, $0x7f8000007f800000
GLOBL cinf<>(SB), RODATA|NOPTR, $32
DATA cninf<>+0(SB)/8, $0xff800000ff800000
DATA cninf<>+8(SB)/8, $0xff800000ff800000
DATA cninf<>+16(SB)/8, $0xff800000ff800000
DATA cninf<>+24(SB)/8, $0xff800000ff800000
GLOBL cninf<>(SB), RODATA|NOPTR, $32
DATA cnan<>+0(SB)/8, $0x7fc000007fc00000
DATA cnan<>+8(SB)/8, $0x7fc000007fc00000
DATA cnan<>+16(SB)/8, $0x7fc000007fc00000
DATA cnan<>+24(SB)/8, $0x7fc000007fc00000
GLOBL cnan<>(SB), RODATA|NOPTR, $32

// EXP: Y4 = exp(Y0), by Y1, Y2, Y3, Y5.
#define EXP \
	VMINPS       cexpmax<>(SB), Y0, Y1  \
	VMAXPS       cexpmin<>(SB), Y1, Y1  \
	VMOVUPS      cmagic<>(SB), Y2       \
	VFMADD231PS  clog2e<>(SB), Y1, Y2   \
	VSUBPS       cmagic<>(SB), Y2, Y3   \
	VFMADD231PS  cnln2hi<>(SB), Y3, Y1  \
	VFMADD231PS  cnln2lo<>(SB), Y3, Y1  \
	VMOVUPS      ce0<>(SB), Y4          \
	VFMADD213PS  ce1<>(SB), Y1, Y4      \
	VFMADD213PS  ce2<>(SB), Y1, Y4      \
	VFMADD213PS  ce3<>(SB), Y1, Y4      \
	VFMADD213PS  ce4<>(SB), Y1, Y4      \
	VFMADD213PS  ce5<>(SB), Y1, Y4      \
	VMULPS       Y1, Y1, Y5             \
	VFMADD213PS  Y1, Y5, Y4             \
	VADDPS       cone<>(SB), Y4, Y4     \
	VPSUBD       cmagic<>(SB), Y2, Y2   \
	VPSRAD       $1, Y2, Y5             \
	VPSUBD       Y5, Y2, Y2             \
	VPADDD       cbias127<>(SB), Y5, Y5 \
	VPADDD       cbias127<>(SB), Y2, Y2 \
	VPSLLD       $23, Y5, Y5            \
	VPSLLD       $23, Y2, Y2            \
	VMULPS       Y5, Y4, Y4             \
	VMULPS       Y2, Y4, Y4             \
	VCMPPS       $0x1e, cexpmax<>(SB), Y0, Y1 \
	VMOVUPS      cinf<>(SB), Y2         \
	VBLENDVPS    Y1, Y2, Y4, Y4         \
	VCMPPS       $0x11, cexpmin<>(SB), Y0, Y1 \
	VANDNPS      Y4, Y1, Y4             \
	VCMPPS       $3, Y0, Y0, Y1         \
	VBLENDVPS    Y1, Y0, Y4, Y4

#define ARGS \
	MOVQ dst+0(FP), DI \
	MOVQ x+8(FP), SI   \
	MOVQ n+16(FP), CX

#define NEXT \
	VMOVUPS Y4, (DI) \
	ADDQ    $32, SI  \
	ADDQ    $32, DI  \
	SUBQ    $8, CX

// func ExpF32_AVX2(dst, x *float32, n int)
//
// exp(x).
TEXT ·ExpF32_AVX2(SB), NOSPLIT, $0-24
	ARGS

loop:
	VMOVUPS (SI), Y0
	EXP
	NEXT
	JNZ     loop
	VZEROUPPER
	RET

// func SigmoidF32_AVX2(dst, x *float32, n int)
//
// t = exp(-|x|); (x < 0 ? t : 1) / (1 + t).
TEXT ·SigmoidF32_AVX2(SB), NOSPLIT, $0-24
	ARGS

loop:
	VMOVUPS   (SI), Y6
	VORPS     csign<>(SB), Y6, Y0
	EXP
	VXORPS    Y2, Y2, Y2
	VCMPPS    $0x11, Y2, Y6, Y1
	VMOVUPS   cone<>(SB), Y2
	VBLENDVPS Y1, Y4, Y2, Y3
	VADDPS    Y4, Y2, Y4
	VDIVPS    Y4, Y3, Y4
	NEXT
	JNZ     loop
	VZEROUPPER
	RET

// func TanhF32_AVX2(dst, x *float32, n int)
//
// |x| < 0.625: an odd polynomial; else 1 - 2/(exp(2|x|) + 1) with the sign of x.
TEXT ·TanhF32_AVX2(SB), NOSPLIT, $0-24
	ARGS

loop:
	VMOVUPS     (SI), Y6
	VANDPS      cabsmask<>(SB), Y6, Y7
	VADDPS      Y7, Y7, Y0
	EXP
	VADDPS      cone<>(SB), Y4, Y4
	VMOVUPS     ctwo<>(SB), Y2
	VDIVPS      Y4, Y2, Y4
	VMOVUPS     cone<>(SB), Y2
	VSUBPS      Y4, Y2, Y4
	VANDPS      csign<>(SB), Y6, Y2
	VORPS       Y2, Y4, Y4
	VMULPS      Y6, Y6, Y8
	VMOVUPS     ct0<>(SB), Y9
	VFMADD213PS ct1<>(SB), Y8, Y9
	VFMADD213PS ct2<>(SB), Y8, Y9
	VFMADD213PS ct3<>(SB), Y8, Y9
	VFMADD213PS ct4<>(SB), Y8, Y9
	VMULPS      Y8, Y9, Y9
	VFMADD213PS Y6, Y6, Y9
	VCMPPS      $0x11, ctcut<>(SB), Y7, Y1
	VBLENDVPS   Y1, Y9, Y4, Y4
	NEXT
	JNZ     loop
	VZEROUPPER
	RET

// func SoftplusF32_AVX2(dst, x *float32, n int)
//
// t = exp(-|x|), s = t/(2+t); max(x, 0) + 2 artanh(s).
TEXT ·SoftplusF32_AVX2(SB), NOSPLIT, $0-24
	ARGS

loop:
	VMOVUPS     (SI), Y6
	VORPS       csign<>(SB), Y6, Y0
	EXP
	VADDPS      ctwo<>(SB), Y4, Y2
	VDIVPS      Y2, Y4, Y7
	VMULPS      Y7, Y7, Y8
	VMOVUPS     cs0<>(SB), Y9
	VFMADD213PS cs1<>(SB), Y8, Y9
	VFMADD213PS cs2<>(SB), Y8, Y9
	VFMADD213PS cs3<>(SB), Y8, Y9
	VFMADD213PS cs4<>(SB), Y8, Y9
	VFMADD213PS cs5<>(SB), Y8, Y9
	VFMADD213PS cs6<>(SB), Y8, Y9
	VMULPS      Y8, Y9, Y9
	VFMADD213PS Y7, Y7, Y9
	VADDPS      Y9, Y9, Y9
	VXORPS      Y2, Y2, Y2
	VMAXPS      Y2, Y6, Y2
	VADDPS      Y9, Y2, Y4
	VCMPPS      $3, Y6, Y6, Y1
	VBLENDVPS   Y1, Y6, Y4, Y4
	NEXT
	JNZ     loop
	VZEROUPPER
	RET

// func LogF32_AVX2(dst, x *float32, n int)
//
// x = 2^e m, m in [sqrt(1/2), sqrt(2)); a polynomial in f = m-1.
TEXT ·LogF32_AVX2(SB), NOSPLIT, $0-24
	ARGS

loop:
	VMOVUPS     (SI), Y0
	VCMPPS      $0x11, cminnorm<>(SB), Y0, Y1
	VMULPS      ctwo23<>(SB), Y0, Y2
	VBLENDVPS   Y1, Y2, Y0, Y2
	VANDPS      ci23<>(SB), Y1, Y3
	VPSUBD      csqrthalf<>(SB), Y2, Y2
	VPSRAD      $23, Y2, Y5
	VPSUBD      Y3, Y5, Y5
	VCVTDQ2PS   Y5, Y5
	VPAND       cmant<>(SB), Y2, Y2
	VPADDD      csqrthalf<>(SB), Y2, Y2
	VSUBPS      cone<>(SB), Y2, Y6
	VMULPS      Y6, Y6, Y7
	VMOVUPS     cl0<>(SB), Y8
	VFMADD213PS cl1<>(SB), Y6, Y8
	VFMADD213PS cl2<>(SB), Y6, Y8
	VFMADD213PS cl3<>(SB), Y6, Y8
	VFMADD213PS cl4<>(SB), Y6, Y8
	VFMADD213PS cl5<>(SB), Y6, Y8
	VFMADD213PS cl6<>(SB), Y6, Y8
	VFMADD213PS cl7<>(SB), Y6, Y8
	VFMADD213PS cl8<>(SB), Y6, Y8
	VMULPS      Y7, Y6, Y9
	VMULPS      Y8, Y9, Y9
	VFMADD231PS cln2lo<>(SB), Y5, Y9
	VFMADD231PS cmhalf<>(SB), Y7, Y9
	VADDPS      Y9, Y6, Y4
	VFMADD231PS cln2hi<>(SB), Y5, Y4
	VMOVUPS     cinf<>(SB), Y2
	VCMPPS      $0, Y2, Y0, Y1
	VBLENDVPS   Y1, Y2, Y4, Y4
	VXORPS      Y3, Y3, Y3
	VCMPPS      $0, Y3, Y0, Y1
	VMOVUPS     cninf<>(SB), Y2
	VBLENDVPS   Y1, Y2, Y4, Y4
	VCMPPS      $0x19, Y3, Y0, Y1
	VMOVUPS     cnan<>(SB), Y2
	VBLENDVPS   Y1, Y2, Y4, Y4
	NEXT
	JNZ     loop
	VZEROUPPER
	RET
