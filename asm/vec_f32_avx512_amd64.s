//go:build !purego

#include "textflag.h"

// Elementwise kernels and optimizer steps on 16 floats at a time, unrolled to 64; the last n%64 elements go 16 at a time
// under a mask. n is positive, dst may be an operand. MAP1 .. MAP3 apply a macro to the vectors of a round.
//
//	DI dst, SI, DX, R8 the operands, CX n
//	Z0 .. Z3    first operand and result;  Z4 .. Z7 second;  Z8 .. Z11 third, or temporaries
//	Z28 .. Z31  constants;  K1 the mask of the tail, K2, K3 comparisons
//
// All but division and square root are bound by loads and stores: two loads and one store of 64 bytes a cycle in L1, which
// is 1 cycle for 16 elements of a unary and a binary kernel, and memory beyond L2. Reached on Zen 5, in cycles for 16 elements
// in L1 and in L2 (128 KB an operand; runtime.memmove: 1.7 and 2.7): addScalar, relu, neg 1.2 and 2.8; add, mul, max, axpy 1.5
// and 3.2; leakyMask 1.6 and 3.2; select 2.0 and 4.3; sgd 2.3 and 3.2; conversions 1.4; toU8 2.7. Division takes 2.5, a square
// root 4.5: one a 2.3 and 4.2 cycles is what the divider does. From memory all run at its bandwidth.

// MASK: K1 = the lanes of the next min(CX, 16) elements.
#define MASK \
	MOVL    $0xffff, AX \
	MOVL    $1, BX      \
	SHLQ    CX, BX      \
	DECQ    BX          \
	CMPQ    CX, $16     \
	CMOVQLT BX, AX      \
	KMOVW   AX, K1

#define MAP1(F)                                                                    \
	SUBQ $64, CX                                                                   \
	JLT  tail                                                                      \
	PCALIGN $32                                                                    \
loop:                                                                              \
	VMOVUPS (SI), Z0; VMOVUPS 64(SI), Z1; VMOVUPS 128(SI), Z2; VMOVUPS 192(SI), Z3 \
	F(Z0, Z4, Z8)                                                                  \
	F(Z1, Z5, Z9)                                                                  \
	F(Z2, Z6, Z10)                                                                 \
	F(Z3, Z7, Z11)                                                                 \
	VMOVUPS Z0, (DI); VMOVUPS Z1, 64(DI); VMOVUPS Z2, 128(DI); VMOVUPS Z3, 192(DI) \
	ADDQ $256, SI; ADDQ $256, DI                                                   \
	SUBQ $64, CX                                                                   \
	JGE  loop                                                                      \
tail:                                                                              \
	ADDQ $64, CX                                                                   \
	JZ   done                                                                      \
rest:                                                                              \
	MASK                                                                           \
	VMOVUPS.Z (SI), K1, Z0                                                         \
	F(Z0, Z4, Z8)                                                                  \
	VMOVUPS Z0, K1, (DI)                                                           \
	ADDQ $64, SI; ADDQ $64, DI                                                     \
	SUBQ $16, CX                                                                   \
	JGT  rest                                                                      \
done:                                                                              \
	VZEROUPPER                                                                     \
	RET

#define MAP2(F)                                                                    \
	SUBQ $64, CX                                                                   \
	JLT  tail                                                                      \
	PCALIGN $32                                                                    \
loop:                                                                              \
	VMOVUPS (SI), Z0; VMOVUPS 64(SI), Z1; VMOVUPS 128(SI), Z2; VMOVUPS 192(SI), Z3 \
	VMOVUPS (DX), Z4; VMOVUPS 64(DX), Z5; VMOVUPS 128(DX), Z6; VMOVUPS 192(DX), Z7 \
	F(Z0, Z4, Z8)                                                                  \
	F(Z1, Z5, Z9)                                                                  \
	F(Z2, Z6, Z10)                                                                 \
	F(Z3, Z7, Z11)                                                                 \
	VMOVUPS Z0, (DI); VMOVUPS Z1, 64(DI); VMOVUPS Z2, 128(DI); VMOVUPS Z3, 192(DI) \
	ADDQ $256, SI; ADDQ $256, DX; ADDQ $256, DI                                    \
	SUBQ $64, CX                                                                   \
	JGE  loop                                                                      \
tail:                                                                              \
	ADDQ $64, CX                                                                   \
	JZ   done                                                                      \
rest:                                                                              \
	MASK                                                                           \
	VMOVUPS.Z (SI), K1, Z0                                                         \
	VMOVUPS.Z (DX), K1, Z4                                                         \
	F(Z0, Z4, Z8)                                                                  \
	VMOVUPS Z0, K1, (DI)                                                           \
	ADDQ $64, SI; ADDQ $64, DX; ADDQ $64, DI                                       \
	SUBQ $16, CX                                                                   \
	JGT  rest                                                                      \
done:                                                                              \
	VZEROUPPER                                                                     \
	RET

#define MAP3(F)                                                                      \
	SUBQ $64, CX                                                                     \
	JLT  tail                                                                        \
	PCALIGN $32                                                                      \
loop:                                                                                \
	VMOVUPS (SI), Z0; VMOVUPS 64(SI), Z1; VMOVUPS 128(SI), Z2; VMOVUPS 192(SI), Z3   \
	VMOVUPS (DX), Z4; VMOVUPS 64(DX), Z5; VMOVUPS 128(DX), Z6; VMOVUPS 192(DX), Z7   \
	VMOVUPS (R8), Z8; VMOVUPS 64(R8), Z9; VMOVUPS 128(R8), Z10; VMOVUPS 192(R8), Z11 \
	F(Z0, Z4, Z8)                                                                    \
	F(Z1, Z5, Z9)                                                                    \
	F(Z2, Z6, Z10)                                                                   \
	F(Z3, Z7, Z11)                                                                   \
	VMOVUPS Z0, (DI); VMOVUPS Z1, 64(DI); VMOVUPS Z2, 128(DI); VMOVUPS Z3, 192(DI)   \
	ADDQ $256, SI; ADDQ $256, DX; ADDQ $256, R8; ADDQ $256, DI                       \
	SUBQ $64, CX                                                                     \
	JGE  loop                                                                        \
tail:                                                                                \
	ADDQ $64, CX                                                                     \
	JZ   done                                                                        \
rest:                                                                                \
	MASK                                                                             \
	VMOVUPS.Z (SI), K1, Z0                                                           \
	VMOVUPS.Z (DX), K1, Z4                                                           \
	VMOVUPS.Z (R8), K1, Z8                                                           \
	F(Z0, Z4, Z8)                                                                    \
	VMOVUPS Z0, K1, (DI)                                                             \
	ADDQ $64, SI; ADDQ $64, DX; ADDQ $64, R8; ADDQ $64, DI                           \
	SUBQ $16, CX                                                                     \
	JGT  rest                                                                        \
done:                                                                                \
	VZEROUPPER                                                                       \
	RET

#define ADD(x, y, z) \
	VADDPS y, x, x

// func AddF32_AVX512(dst, a, b *float32, n int)
//
// a + b.
TEXT ·AddF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(ADD)

#define SUB(x, y, z) \
	VSUBPS y, x, x

// func SubF32_AVX512(dst, a, b *float32, n int)
//
// a - b.
TEXT ·SubF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(SUB)

#define MUL(x, y, z) \
	VMULPS y, x, x

// func MulF32_AVX512(dst, a, b *float32, n int)
//
// a * b.
TEXT ·MulF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(MUL)

#define DIV(x, y, z) \
	VDIVPS y, x, x

// func DivF32_AVX512(dst, a, b *float32, n int)
//
// a / b.
TEXT ·DivF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(DIV)

#define MAX(x, y, z) \
	VMAXPS y, x, x

// func MaxF32_AVX512(dst, a, b *float32, n int)
//
// a > b ? a : b, which is what VMAXPS does.
TEXT ·MaxF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(MAX)

#define MIN(x, y, z) \
	VMINPS y, x, x

// func MinF32_AVX512(dst, a, b *float32, n int)
//
// a < b ? a : b.
TEXT ·MinF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(MIN)

#define ADDSCALAR(x, y, z) \
	VADDPS Z31, x, x

// func AddScalarF32_AVX512(dst, x *float32, n int, s float32)
//
// x + s.
TEXT ·AddScalarF32_AVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Z31
	MAP1(ADDSCALAR)

#define MULSCALAR(x, y, z) \
	VMULPS Z31, x, x

// func MulScalarF32_AVX512(dst, x *float32, n int, s float32)
//
// x * s.
TEXT ·MulScalarF32_AVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Z31
	MAP1(MULSCALAR)

#define SQRT(x, y, z) \
	VSQRTPS x, x

// func SqrtF32_AVX512(dst, x *float32, n int)
//
// The square root.
TEXT ·SqrtF32_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MAP1(SQRT)

#define QUOTIENT(x, y, z) \
	VDIVPS Z31, x, x

// func QuotientF32_AVX512(dst, x *float32, n int, s float32)
//
// x / s.
TEXT ·QuotientF32_AVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Z31
	MAP1(QUOTIENT)

#define RSTD(x, y, z) \
	VDIVPS  Z31, x, x   \
	VADDPS  Z30, x, x \
	VSQRTPS x, x        \
	VDIVPS  x, Z29, x

// func RstdF32_AVX512(dst, x *float32, n int, count, eps float32)
//
// 1 / sqrt(x/count + eps).
TEXT ·RstdF32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS count+24(FP), Z31
	VBROADCASTSS eps+28(FP), Z30
	MOVL $0x3f800000, AX
	VMOVD AX, X3
	VBROADCASTSS X3, Z29
	MAP1(RSTD)

#define RELU(x, y, z) \
	VMAXPS Z31, x, x

// func ReLUF32_AVX512(dst, x *float32, n int)
//
// x > 0 ? x : +0, which is what VMAXPS does with +0 second.
TEXT ·ReLUF32_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VPXORD Z31, Z31, Z31
	MAP1(RELU)

#define NEG(x, y, z) \
	VXORPS Z31, x, x

// func NegF32_AVX512(dst, x *float32, n int)
//
// -x.
TEXT ·NegF32_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x80000000, AX
	VPBROADCASTD AX, Z31
	MAP1(NEG)

#define ABS(x, y, z) \
	VANDNPS x, Z31, x

// func AbsF32_AVX512(dst, x *float32, n int)
//
// |x|.
TEXT ·AbsF32_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x80000000, AX
	VPBROADCASTD AX, Z31
	MAP1(ABS)

#define SIGN(x, y, z)        \
	VCMPPS $0x1e, Z31, x, K2 \
	VCMPPS $0x11, Z31, x, K3 \
	VMOVAPS.Z Z30, K2, x     \
	VMOVAPS Z29, K3, x

// func SignF32_AVX512(dst, x *float32, n int)
//
// x > 0 ? 1 : x < 0 ? -1 : +0.
TEXT ·SignF32_AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VPXORD Z31, Z31, Z31
	MOVL $0x3f800000, AX
	VPBROADCASTD AX, Z30
	MOVL $0xbf800000, AX
	VPBROADCASTD AX, Z29
	MAP1(SIGN)

#define LEAKYRELU(x, y, z)   \
	VCMPPS $0x1a, Z30, x, K2 \
	VMULPS Z31, x, K2, x

// func LeakyReLUF32_AVX512(dst, x *float32, n int, slope float32)
//
// x > 0 ? x : slope*x.
TEXT ·LeakyReLUF32_AVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS slope+24(FP), Z31
	VPXORD Z30, Z30, Z30
	MAP1(LEAKYRELU)

#define LEAKYMASK(x, y, z)   \
	VCMPPS $0x1a, Z30, y, K2 \
	VMULPS Z31, x, K2, x

// func LeakyMaskF32_AVX512(dst, grad, y *float32, n int, slope float32)
//
// y > 0 ? grad : slope*grad.
TEXT ·LeakyMaskF32_AVX512(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ y+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS slope+32(FP), Z31
	VPXORD Z30, Z30, Z30
	MAP2(LEAKYMASK)

#define SELECT(x, y, z)      \
	VCMPPS $0x1e, Z31, x, K2 \
	VBLENDMPS y, z, K2, x

// func SelectF32_AVX512(dst, c, a, b *float32, n int)
//
// c > 0 ? a : b.
TEXT ·SelectF32_AVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ c+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ b+24(FP), R8
	MOVQ n+32(FP), CX
	VPXORD Z31, Z31, Z31
	MAP3(SELECT)

#define AXPY(x, y, z) \
	VFMADD231PS Z31, y, x

// func AxpyF32_AVX512(y, x *float32, n int, a float32)
//
// y = a*x + y, fused.
TEXT ·AxpyF32_AVX512(SB), NOSPLIT, $0-28
	MOVQ y+0(FP), DI
	MOVQ y+0(FP), SI
	MOVQ x+8(FP), DX
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Z31
	MAP2(AXPY)

#define EMA(x, y, z) \
	VSUBPS y, x, x   \
	VFMADD213PS y, Z31, x

// func EMAF32_AVX512(avg, p *float32, n int, decay float32)
//
// avg = decay*(avg-p) + p, the difference rounded, the rest fused.
TEXT ·EMAF32_AVX512(SB), NOSPLIT, $0-28
	MOVQ avg+0(FP), DI
	MOVQ avg+0(FP), SI
	MOVQ p+8(FP), DX
	MOVQ n+16(FP), CX
	VBROADCASTSS decay+24(FP), Z31
	MAP2(EMA)

// SGD: from g, vel and p the new vel and p.
#define SGD(g, vel, p) \
	VMULPS      g, Z31, g     \
	VFMSUB213PS g, Z30, vel   \
	VADDPS      vel, p, p

// func SGDMomentumF32_AVX512(p, vel, grad *float32, n int, lr, momentum float32)
//
// vel = momentum*vel - (lr*grad), fused but for the product in brackets; p = p + vel. 20 bytes an element.
TEXT ·SGDMomentumF32_AVX512(SB), NOSPLIT, $0-40
	MOVQ p+0(FP), DI
	MOVQ vel+8(FP), DX
	MOVQ grad+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSS lr+32(FP), Z31
	VBROADCASTSS momentum+36(FP), Z30
	SUBQ $32, CX
	JLT  tail

loop:
	VMOVUPS (SI), Z0; VMOVUPS 64(SI), Z1
	VMOVUPS (DX), Z2; VMOVUPS 64(DX), Z3
	VMOVUPS (DI), Z4; VMOVUPS 64(DI), Z5
	SGD(Z0, Z2, Z4)
	SGD(Z1, Z3, Z5)
	VMOVUPS Z2, (DX); VMOVUPS Z3, 64(DX)
	VMOVUPS Z4, (DI); VMOVUPS Z5, 64(DI)
	ADDQ $128, SI; ADDQ $128, DX; ADDQ $128, DI
	SUBQ $32, CX
	JGE  loop

tail:
	ADDQ $32, CX
	JZ   done

rest:
	MASK
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z (DX), K1, Z2
	VMOVUPS.Z (DI), K1, Z4
	SGD(Z0, Z2, Z4)
	VMOVUPS Z2, K1, (DX)
	VMOVUPS Z4, K1, (DI)
	ADDQ $64, SI; ADDQ $64, DX; ADDQ $64, DI
	SUBQ $16, CX
	JGT  rest

done:
	VZEROUPPER
	RET

// ADAM: from g, m, v and p the new m, v and p, by t.
#define ADAM(g, m, v, p, t) \
	VMULPS      g, g, t     \
	VMULPS      g, Z29, g   \
	VMULPS      t, Z27, t   \
	VFMADD213PS g, Z30, m   \
	VFMADD213PS t, Z28, v   \
	VSQRTPS     v, t        \
	VFMADD213PS Z26, Z25, t \
	VMULPS      m, Z31, g   \
	VDIVPS      t, g, g     \
	VSUBPS      g, p, p

// func AdamF32_AVX512(p, m, v, grad *float32, n int, step, b1, c1, b2, c2, eps, rs float32)
//
// m = b1*m + (c1*g); v = b2*v + (c2*(g*g)); p = p - (step*m)/(sqrt(v)*rs + eps). 28 bytes an element, a square root and a
// division for 16: 6.5 cycles on Zen 5, 7.5 reached in L1 and L2; memory gives 16 elements in 25.
TEXT ·AdamF32_AVX512(SB), NOSPLIT, $0-68
	MOVQ p+0(FP), DI
	MOVQ m+8(FP), DX
	MOVQ v+16(FP), R8
	MOVQ grad+24(FP), SI
	MOVQ n+32(FP), CX
	VBROADCASTSS step+40(FP), Z31
	VBROADCASTSS b1+44(FP), Z30
	VBROADCASTSS c1+48(FP), Z29
	VBROADCASTSS b2+52(FP), Z28
	VBROADCASTSS c2+56(FP), Z27
	VBROADCASTSS eps+60(FP), Z26
	VBROADCASTSS rs+64(FP), Z25
	SUBQ $32, CX
	JLT  tail

loop:
	VMOVUPS (SI), Z0; VMOVUPS 64(SI), Z1
	VMOVUPS (DX), Z2; VMOVUPS 64(DX), Z3
	VMOVUPS (R8), Z4; VMOVUPS 64(R8), Z5
	VMOVUPS (DI), Z6; VMOVUPS 64(DI), Z7
	ADAM(Z0, Z2, Z4, Z6, Z8)
	ADAM(Z1, Z3, Z5, Z7, Z9)
	VMOVUPS Z2, (DX); VMOVUPS Z3, 64(DX)
	VMOVUPS Z4, (R8); VMOVUPS Z5, 64(R8)
	VMOVUPS Z6, (DI); VMOVUPS Z7, 64(DI)
	ADDQ $128, SI; ADDQ $128, DX; ADDQ $128, R8; ADDQ $128, DI
	SUBQ $32, CX
	JGE  loop

tail:
	ADDQ $32, CX
	JZ   done

rest:
	MASK
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z (DX), K1, Z2
	VMOVUPS.Z (R8), K1, Z4
	VMOVUPS.Z (DI), K1, Z6
	ADAM(Z0, Z2, Z4, Z6, Z8)
	VMOVUPS Z2, K1, (DX)
	VMOVUPS Z4, K1, (R8)
	VMOVUPS Z6, K1, (DI)
	ADDQ $64, SI; ADDQ $64, DX; ADDQ $64, R8; ADDQ $64, DI
	SUBQ $16, CX
	JGT  rest

done:
	VZEROUPPER
	RET

// CONVERT: dst = float(src) * Z31, where WIDEN loads 16 elements of size bytes as int32.
#define CONVERT(WIDEN, size) \
	SUBQ $64, CX                  \
	JLT  tail                     \
loop:                             \
	WIDEN (SI), Z0                \
	WIDEN (16*size)(SI), Z1       \
	WIDEN (32*size)(SI), Z2       \
	WIDEN (48*size)(SI), Z3       \
	VCVTDQ2PS Z0, Z0; VCVTDQ2PS Z1, Z1; VCVTDQ2PS Z2, Z2; VCVTDQ2PS Z3, Z3 \
	VMULPS Z31, Z0, Z0; VMULPS Z31, Z1, Z1; VMULPS Z31, Z2, Z2; VMULPS Z31, Z3, Z3 \
	VMOVUPS Z0, (DI); VMOVUPS Z1, 64(DI); VMOVUPS Z2, 128(DI); VMOVUPS Z3, 192(DI) \
	ADDQ $(64*size), SI           \
	ADDQ $256, DI                 \
	SUBQ $64, CX                  \
	JGE  loop                     \
tail:                             \
	ADDQ $64, CX                  \
	JZ   done                     \
rest:                             \
	MASK                          \
	WIDEN.Z (SI), K1, Z0          \
	VCVTDQ2PS Z0, Z0              \
	VMULPS Z31, Z0, Z0            \
	VMOVUPS Z0, K1, (DI)          \
	ADDQ $(16*size), SI           \
	ADDQ $64, DI                  \
	SUBQ $16, CX                  \
	JGT  rest                     \
done:                             \
	VZEROUPPER                    \
	RET

// func FromU8F32_AVX512(dst *float32, src *uint8, n int, scale float32)
//
// float32(src) * scale.
TEXT ·FromU8F32_AVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Z31
	CONVERT(VPMOVZXBD, 1)

// func FromI16F32_AVX512(dst *float32, src *int16, n int, scale float32)
//
// float32(src) * scale.
TEXT ·FromI16F32_AVX512(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Z31
	CONVERT(VPMOVSXWD, 2)

// TOU8: the integers of 16 numbers.
#define TOU8(x) \
	VMULPS Z31, x, x \
	VADDPS Z30, x, x \
	VMAXPS Z29, x, x \
	VMINPS Z28, x, x \
	VADDPS Z27, x, x \
	VPSUBD Z27, x, x

DATA quads512<>+0(SB)/8, $0x0000000400000000
DATA quads512<>+8(SB)/8, $0x0000000c00000008
DATA quads512<>+16(SB)/8, $0x0000000500000001
DATA quads512<>+24(SB)/8, $0x0000000d00000009
DATA quads512<>+32(SB)/8, $0x0000000600000002
DATA quads512<>+40(SB)/8, $0x0000000e0000000a
DATA quads512<>+48(SB)/8, $0x0000000700000003
DATA quads512<>+56(SB)/8, $0x0000000f0000000b
GLOBL quads512<>(SB), RODATA|NOPTR, $64

// func ToU8F32_AVX512(dst *uint8, x *float32, n int, scale, offset float32)
//
// x*scale + offset in two roundings, clamped to 0 .. 255, NaN to 0, and rounded by adding 2^23, which leaves the integer in
// the low bits.
TEXT ·ToU8F32_AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Z31
	VBROADCASTSS offset+28(FP), Z30
	VPXORD Z29, Z29, Z29
	MOVL $0x437f0000, AX
	VPBROADCASTD AX, Z28
	MOVL $0x4b000000, AX
	VPBROADCASTD AX, Z27

	VMOVDQU32 quads512<>(SB), Z26
	SUBQ $64, CX
	JLT  tail

loop:
	VMOVUPS (SI), Z0; VMOVUPS 64(SI), Z1; VMOVUPS 128(SI), Z2; VMOVUPS 192(SI), Z3
	TOU8(Z0)
	TOU8(Z1)
	TOU8(Z2)
	TOU8(Z3)
	VPACKUSDW Z1, Z0, Z0
	VPACKUSDW Z3, Z2, Z2
	VPACKUSWB Z2, Z0, Z0
	VPERMD    Z0, Z26, Z0
	VMOVDQU32 Z0, (DI)
	ADDQ $256, SI
	ADDQ $64, DI
	SUBQ $64, CX
	JGE  loop

tail:
	ADDQ $64, CX
	JZ   done

rest:
	MASK
	VMOVUPS.Z (SI), K1, Z0
	TOU8(Z0)
	VPMOVDB Z0, K1, (DI)
	ADDQ $64, SI
	ADDQ $16, DI
	SUBQ $16, CX
	JGT  rest

done:
	VZEROUPPER
	RET

// func AddRows8F32_AVX512(acc, x *float32, n, ld int)
//
// acc[c] += x[c], x[ld+c], ... x[7*ld+c] in this order, c < n. 9 loads and a store for 128 elements.
TEXT ·AddRows8F32_AVX512(SB), NOSPLIT, $0-32
	MOVQ acc+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ ld+24(FP), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	LEAQ (R9)(R8*4), R11
	SUBQ $16, CX
	JLT  tail

loop:
	VMOVUPS (DI), Z0
	VADDPS  (SI), Z0, Z0
	VADDPS  (SI)(R8*1), Z0, Z0
	VADDPS  (SI)(R8*2), Z0, Z0
	VADDPS  (SI)(R9*1), Z0, Z0
	VADDPS  (SI)(R8*4), Z0, Z0
	VADDPS  (SI)(R10*1), Z0, Z0
	VADDPS  (SI)(R9*2), Z0, Z0
	VADDPS  (SI)(R11*1), Z0, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, DI
	ADDQ $64, SI
	SUBQ $16, CX
	JGE  loop

tail:
	ADDQ $16, CX
	JZ   done
	MASK
	VMOVUPS.Z (DI), K1, Z0
	VADDPS (SI), Z0, K1, Z0
	VADDPS (SI)(R8*1), Z0, K1, Z0
	VADDPS (SI)(R8*2), Z0, K1, Z0
	VADDPS (SI)(R9*1), Z0, K1, Z0
	VADDPS (SI)(R8*4), Z0, K1, Z0
	VADDPS (SI)(R10*1), Z0, K1, Z0
	VADDPS (SI)(R9*2), Z0, K1, Z0
	VADDPS (SI)(R11*1), Z0, K1, Z0
	VMOVUPS Z0, K1, (DI)

done:
	VZEROUPPER
	RET

// func PickMaxF32_AVX512(dst, v, x *float32, n, pieces, inner int)
//
// dst[i] = v[p*inner+i] for the first p at which x[p*inner+i] is largest, i < n.
TEXT ·PickMaxF32_AVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ v+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ pieces+32(FP), R8
	MOVQ inner+40(FP), R9
	SHLQ $2, R9

loop:
	MASK
	MOVQ R8, BX
	MOVQ SI, R10
	MOVQ DX, R11
	VMOVUPS.Z (R10), K1, Z0
	VMOVUPS.Z (R11), K1, Z1
	JMP check

piece:
	ADDQ R9, R10
	ADDQ R9, R11
	VMOVUPS.Z (R11), K1, Z2
	VCMPPS  $0x1e, Z1, Z2, K1, K2
	VMOVAPS Z2, K2, Z1
	VMOVUPS (R10), K2, Z0

check:
	DECQ BX
	JNZ  piece
	VMOVUPS Z0, K1, (DI)
	ADDQ $64, DI; ADDQ $64, SI; ADDQ $64, DX
	SUBQ $16, CX
	JGT  loop
	VZEROUPPER
	RET

// func PutMaxF32_AVX512(dst, grad, x *float32, n, pieces, inner int)
//
// dst[p*inner+i] = grad[i] for the p of PickMaxF32_AVX512, else +0, i < n. Z4 holds the best p, as an integer.
TEXT ·PutMaxF32_AVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ pieces+32(FP), R8
	MOVQ inner+40(FP), R9
	SHLQ $2, R9
	VPTERNLOGD $0xff, Z7, Z7, Z7

loop:
	MASK
	MOVQ R8, BX
	MOVQ DX, R11
	VMOVUPS.Z (R11), K1, Z1
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	JMP check

piece:
	ADDQ R9, R11
	VPSUBD Z7, Z5, Z5
	VMOVUPS.Z (R11), K1, Z2
	VCMPPS    $0x1e, Z1, Z2, K2
	VMOVAPS   Z2, K2, Z1
	VMOVDQA32 Z5, K2, Z4

check:
	DECQ BX
	JNZ  piece
	MOVQ R8, BX
	MOVQ DI, R10
	VMOVUPS.Z (SI), K1, Z0
	VPXORD Z5, Z5, Z5

put:
	VPCMPEQD  Z4, Z5, K2
	VMOVAPS.Z Z0, K2, Z3
	VMOVUPS   Z3, K1, (R10)
	ADDQ   R9, R10
	VPSUBD Z7, Z5, Z5
	DECQ   BX
	JNZ    put
	ADDQ $64, DI; ADDQ $64, SI; ADDQ $64, DX
	SUBQ $16, CX
	JGT  loop
	VZEROUPPER
	RET

// func ExponentF32_AVX512(x *float32, n int) uint32
//
// The largest exponent field of x, in place.
TEXT ·ExponentF32_AVX512(SB), NOSPLIT, $0-20
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX
	MOVL $0x7f800000, AX
	VPBROADCASTD AX, Z31
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	SUBQ $32, CX
	JLT  tail

loop:
	VPANDD  (SI), Z31, Z0
	VPANDD  64(SI), Z31, Z1
	VPMAXUD Z0, Z4, Z4
	VPMAXUD Z1, Z5, Z5
	ADDQ $128, SI
	SUBQ $32, CX
	JGE  loop

tail:
	ADDQ $32, CX
	JZ   done

rest:
	MASK
	VMOVDQU32.Z (SI), K1, Z0
	VPANDD  Z31, Z0, Z0
	VPMAXUD Z0, Z4, Z4
	ADDQ $64, SI
	SUBQ $16, CX
	JGT  rest

done:
	VPMAXUD Z5, Z4, Z4
	VEXTRACTI64X4 $1, Z4, Y5
	VPMAXUD Y5, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPMAXUD X5, X4, X4
	VPSHUFD $0x4e, X4, X5
	VPMAXUD X5, X4, X4
	VPSHUFD $0xb1, X4, X5
	VPMAXUD X5, X4, X4
	VMOVD   X4, AX
	MOVL    AX, ret+16(FP)
	VZEROUPPER
	RET
