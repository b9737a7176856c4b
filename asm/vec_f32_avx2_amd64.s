//go:build !purego

#include "textflag.h"

// Elementwise kernels, reductions and optimizer steps on 8 floats at a time; n is a positive multiple of 8, of more where a
// function says so. dst may be an operand. MAP1 .. MAP3 apply a macro to the vectors of a round, 32 elements at a time as
// long as there are so many, then 8.
//
//	DI dst (or the updated operand), SI, DX, R8 the operands, CX n
//	Y0 .. Y3    first operand and result;  Y4 .. Y7 second;  Y8 .. Y11 third, or temporaries;  Y12 .. Y15 constants
//
// All but division and square root are bound by loads and stores: two loads and one store of 32 bytes a cycle in L1,
// which is 2 cycles for 16 elements of a unary and a binary kernel, and memory beyond L2. Reached on Zen 5, in cycles for 16
// elements in L1 and in L2: unary 1.8 to 2.2 and 2.8; binary 2.6 and 3.3; select 3.6 and 4.7; sgd 4.0; Adam 14, of which the
// divider takes 13. From memory all run at its bandwidth.

#define NEXT1 \
	ADDQ $32, DI \
	ADDQ $32, SI \
	SUBQ $8, CX

#define NEXT2 \
	ADDQ $32, DX \
	NEXT1

#define MAP1(F)                                                                  \
	SUBQ $32, CX                                                                 \
	JLT  tail                                                                    \
	PCALIGN $32                                                                  \
loop:                                                                            \
	VMOVUPS (SI), Y0; VMOVUPS 32(SI), Y1; VMOVUPS 64(SI), Y2; VMOVUPS 96(SI), Y3 \
	F(Y0, Y4, Y8)                                                                \
	F(Y1, Y5, Y9)                                                                \
	F(Y2, Y6, Y10)                                                               \
	F(Y3, Y7, Y11)                                                               \
	VMOVUPS Y0, (DI); VMOVUPS Y1, 32(DI); VMOVUPS Y2, 64(DI); VMOVUPS Y3, 96(DI) \
	ADDQ $128, SI; ADDQ $128, DI                                                 \
	SUBQ $32, CX                                                                 \
	JGE  loop                                                                    \
tail:                                                                            \
	ADDQ $32, CX                                                                 \
	JZ   done                                                                    \
rest:                                                                            \
	VMOVUPS (SI), Y0                                                             \
	F(Y0, Y4, Y8)                                                                \
	VMOVUPS Y0, (DI)                                                             \
	ADDQ $32, SI; ADDQ $32, DI                                                   \
	SUBQ $8, CX                                                                  \
	JGT  rest                                                                    \
done:                                                                            \
	VZEROUPPER                                                                   \
	RET

#define MAP2(F)                                                                  \
	SUBQ $32, CX                                                                 \
	JLT  tail                                                                    \
	PCALIGN $32                                                                  \
loop:                                                                            \
	VMOVUPS (SI), Y0; VMOVUPS 32(SI), Y1; VMOVUPS 64(SI), Y2; VMOVUPS 96(SI), Y3 \
	VMOVUPS (DX), Y4; VMOVUPS 32(DX), Y5; VMOVUPS 64(DX), Y6; VMOVUPS 96(DX), Y7 \
	F(Y0, Y4, Y8)                                                                \
	F(Y1, Y5, Y9)                                                                \
	F(Y2, Y6, Y10)                                                               \
	F(Y3, Y7, Y11)                                                               \
	VMOVUPS Y0, (DI); VMOVUPS Y1, 32(DI); VMOVUPS Y2, 64(DI); VMOVUPS Y3, 96(DI) \
	ADDQ $128, SI; ADDQ $128, DX; ADDQ $128, DI                                  \
	SUBQ $32, CX                                                                 \
	JGE  loop                                                                    \
tail:                                                                            \
	ADDQ $32, CX                                                                 \
	JZ   done                                                                    \
rest:                                                                            \
	VMOVUPS (SI), Y0                                                             \
	VMOVUPS (DX), Y4                                                             \
	F(Y0, Y4, Y8)                                                                \
	VMOVUPS Y0, (DI)                                                             \
	ADDQ $32, SI; ADDQ $32, DX; ADDQ $32, DI                                     \
	SUBQ $8, CX                                                                  \
	JGT  rest                                                                    \
done:                                                                            \
	VZEROUPPER                                                                   \
	RET

#define MAP3(F)                                                                    \
	SUBQ $32, CX                                                                   \
	JLT  tail                                                                      \
	PCALIGN $32                                                                    \
loop:                                                                              \
	VMOVUPS (SI), Y0; VMOVUPS 32(SI), Y1; VMOVUPS 64(SI), Y2; VMOVUPS 96(SI), Y3   \
	VMOVUPS (DX), Y4; VMOVUPS 32(DX), Y5; VMOVUPS 64(DX), Y6; VMOVUPS 96(DX), Y7   \
	VMOVUPS (R8), Y8; VMOVUPS 32(R8), Y9; VMOVUPS 64(R8), Y10; VMOVUPS 96(R8), Y11 \
	F(Y0, Y4, Y8)                                                                  \
	F(Y1, Y5, Y9)                                                                  \
	F(Y2, Y6, Y10)                                                                 \
	F(Y3, Y7, Y11)                                                                 \
	VMOVUPS Y0, (DI); VMOVUPS Y1, 32(DI); VMOVUPS Y2, 64(DI); VMOVUPS Y3, 96(DI)   \
	ADDQ $128, SI; ADDQ $128, DX; ADDQ $128, R8; ADDQ $128, DI                     \
	SUBQ $32, CX                                                                   \
	JGE  loop                                                                      \
tail:                                                                              \
	ADDQ $32, CX                                                                   \
	JZ   done                                                                      \
rest:                                                                              \
	VMOVUPS (SI), Y0                                                               \
	VMOVUPS (DX), Y4                                                               \
	VMOVUPS (R8), Y8                                                               \
	F(Y0, Y4, Y8)                                                                  \
	VMOVUPS Y0, (DI)                                                               \
	ADDQ $32, SI; ADDQ $32, DX; ADDQ $32, R8; ADDQ $32, DI                         \
	SUBQ $8, CX                                                                    \
	JGT  rest                                                                      \
done:                                                                              \
	VZEROUPPER                                                                     \
	RET

#define ADD(x, y, z) \
	VADDPS y, x, x

// func AddF32_AVX2(dst, a, b *float32, n int)
//
// a + b.
TEXT ·AddF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(ADD)

#define SUB(x, y, z) \
	VSUBPS y, x, x

// func SubF32_AVX2(dst, a, b *float32, n int)
//
// a - b.
TEXT ·SubF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(SUB)

#define MUL(x, y, z) \
	VMULPS y, x, x

// func MulF32_AVX2(dst, a, b *float32, n int)
//
// a * b.
TEXT ·MulF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(MUL)

#define DIV(x, y, z) \
	VDIVPS y, x, x

// func DivF32_AVX2(dst, a, b *float32, n int)
//
// a / b.
TEXT ·DivF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(DIV)

#define MAX(x, y, z) \
	VMAXPS y, x, x

// func MaxF32_AVX2(dst, a, b *float32, n int)
//
// a > b ? a : b, which is what VMAXPS does.
TEXT ·MaxF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(MAX)

#define MIN(x, y, z) \
	VMINPS y, x, x

// func MinF32_AVX2(dst, a, b *float32, n int)
//
// a < b ? a : b.
TEXT ·MinF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	MAP2(MIN)

#define ADDSCALAR(x, y, z) \
	VADDPS Y15, x, x

// func AddScalarF32_AVX2(dst, x *float32, n int, s float32)
//
// x + s.
TEXT ·AddScalarF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Y15
	MAP1(ADDSCALAR)

#define MULSCALAR(x, y, z) \
	VMULPS Y15, x, x

// func MulScalarF32_AVX2(dst, x *float32, n int, s float32)
//
// x * s.
TEXT ·MulScalarF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Y15
	MAP1(MULSCALAR)

#define SQRT(x, y, z) \
	VSQRTPS x, x

// func SqrtF32_AVX2(dst, x *float32, n int)
//
// The square root.
TEXT ·SqrtF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MAP1(SQRT)

#define QUOTIENT(x, y, z) \
	VDIVPS Y15, x, x

// func QuotientF32_AVX2(dst, x *float32, n int, s float32)
//
// x / s.
TEXT ·QuotientF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Y15
	MAP1(QUOTIENT)

#define RSTD(x, y, z) \
	VDIVPS  Y15, x, x   \
	VADDPS  Y14, x, x \
	VSQRTPS x, x        \
	VDIVPS  x, Y13, x

// func RstdF32_AVX2(dst, x *float32, n int, count, eps float32)
//
// 1 / sqrt(x/count + eps).
TEXT ·RstdF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS count+24(FP), Y15
	VBROADCASTSS eps+28(FP), Y14
	MOVL $0x3f800000, AX
	VMOVD AX, X13
	VBROADCASTSS X13, Y13
	MAP1(RSTD)

#define RELU(x, y, z) \
	VMAXPS Y15, x, x

// func ReLUF32_AVX2(dst, x *float32, n int)
//
// x > 0 ? x : +0, which is what VMAXPS does with +0 second.
TEXT ·ReLUF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y15, Y15, Y15
	MAP1(RELU)

#define NEG(x, y, z) \
	VXORPS Y15, x, x

// func NegF32_AVX2(dst, x *float32, n int)
//
// -x.
TEXT ·NegF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x80000000, AX
	VMOVD AX, X15
	VBROADCASTSS X15, Y15
	MAP1(NEG)

#define ABS(x, y, z) \
	VANDNPS x, Y15, x

// func AbsF32_AVX2(dst, x *float32, n int)
//
// |x|.
TEXT ·AbsF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL $0x80000000, AX
	VMOVD AX, X15
	VBROADCASTSS X15, Y15
	MAP1(ABS)

#define SIGN(x, y, z)       \
	VCMPPS $0x1e, Y15, x, y \
	VCMPPS $0x11, Y15, x, z \
	VANDPS Y14, y, y        \
	VANDPS Y13, z, z        \
	VORPS z, y, x

// func SignF32_AVX2(dst, x *float32, n int)
//
// x > 0 ? 1 : x < 0 ? -1 : +0.
TEXT ·SignF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y15, Y15, Y15
	MOVL $0x3f800000, AX
	VMOVD AX, X14
	VBROADCASTSS X14, Y14
	MOVL $0xbf800000, AX
	VMOVD AX, X13
	VBROADCASTSS X13, Y13
	MAP1(SIGN)

#define LEAKYRELU(x, y, z)  \
	VMULPS Y15, x, y        \
	VCMPPS $0x1e, Y14, x, z \
	VBLENDVPS z, x, y, x

// func LeakyReLUF32_AVX2(dst, x *float32, n int, slope float32)
//
// x > 0 ? x : slope*x.
TEXT ·LeakyReLUF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS slope+24(FP), Y15
	VXORPS Y14, Y14, Y14
	MAP1(LEAKYRELU)

#define LEAKYMASK(x, y, z)  \
	VMULPS Y15, x, z        \
	VCMPPS $0x1e, Y14, y, y \
	VBLENDVPS y, x, z, x

// func LeakyMaskF32_AVX2(dst, grad, y *float32, n int, slope float32)
//
// y > 0 ? grad : slope*grad.
TEXT ·LeakyMaskF32_AVX2(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ y+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS slope+32(FP), Y15
	VXORPS Y14, Y14, Y14
	MAP2(LEAKYMASK)

#define SELECT(x, y, z)     \
	VCMPPS $0x1e, Y15, x, x \
	VBLENDVPS x, y, z, x

// func SelectF32_AVX2(dst, c, a, b *float32, n int)
//
// c > 0 ? a : b.
TEXT ·SelectF32_AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ c+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ b+24(FP), R8
	MOVQ n+32(FP), CX
	VXORPS Y15, Y15, Y15
	MAP3(SELECT)

#define AXPY(x, y, z) \
	VFMADD231PS Y15, y, x

// func AxpyF32_AVX2(y, x *float32, n int, a float32)
//
// y = a*x + y, fused.
TEXT ·AxpyF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ y+0(FP), DI
	MOVQ y+0(FP), SI
	MOVQ x+8(FP), DX
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Y15
	MAP2(AXPY)

#define EMA(x, y, z) \
	VSUBPS y, x, x   \
	VFMADD213PS y, Y15, x

// func EMAF32_AVX2(avg, p *float32, n int, decay float32)
//
// avg = decay*(avg-p) + p, the difference rounded, the rest fused.
TEXT ·EMAF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ avg+0(FP), DI
	MOVQ avg+0(FP), SI
	MOVQ p+8(FP), DX
	MOVQ n+16(FP), CX
	VBROADCASTSS decay+24(FP), Y15
	MAP2(EMA)

// func SumF32_AVX2(lanes, x *float32, n int)
//
// lanes[l] += x[l] + x[l+16] + ..., l < 16; n is a multiple of 16.
TEXT ·SumF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ lanes+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1

loop:
	VADDPS (SI), Y0, Y0
	VADDPS 32(SI), Y1, Y1
	ADDQ   $64, SI
	SUBQ   $16, CX
	JNZ    loop
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VZEROUPPER
	RET

// func AddRows8F32_AVX2(acc, x *float32, n, ld int)
//
// acc[c] += x[c], x[ld+c], ... x[7*ld+c] in this order, c < n. 9 loads and a store for 64 elements.
TEXT ·AddRows8F32_AVX2(SB), NOSPLIT, $0-32
	MOVQ acc+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ ld+24(FP), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	LEAQ (R9)(R8*4), R11

loop:
	VMOVUPS (DI), Y0
	VADDPS  (SI), Y0, Y0
	VADDPS  (SI)(R8*1), Y0, Y0
	VADDPS  (SI)(R8*2), Y0, Y0
	VADDPS  (SI)(R9*1), Y0, Y0
	VADDPS  (SI)(R8*4), Y0, Y0
	VADDPS  (SI)(R10*1), Y0, Y0
	VADDPS  (SI)(R9*2), Y0, Y0
	VADDPS  (SI)(R11*1), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $32, SI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET

// func PickMaxF32_AVX2(dst, v, x *float32, n, pieces, inner int)
//
// dst[i] = v[p*inner+i] for the first p at which x[p*inner+i] is largest, i < n.
TEXT ·PickMaxF32_AVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ v+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ inner+40(FP), R9
	SHLQ $2, R9

loop:
	MOVQ    pieces+32(FP), BX
	MOVQ    SI, R10
	MOVQ    DX, R11
	VMOVUPS (R10), Y0
	VMOVUPS (R11), Y1
	JMP     check

piece:
	ADDQ      R9, R10
	ADDQ      R9, R11
	VMOVUPS   (R11), Y2
	VCMPPS    $0x1e, Y1, Y2, Y3
	VBLENDVPS Y3, Y2, Y1, Y1
	VMOVUPS   (R10), Y2
	VBLENDVPS Y3, Y2, Y0, Y0

check:
	DECQ    BX
	JNZ     piece
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func PutMaxF32_AVX2(dst, grad, x *float32, n, pieces, inner int)
//
// dst[p*inner+i] = g[i] for the p of PickMaxF32_AVX2, else +0, i < n. Y4 holds the best p, as an integer.
TEXT ·PutMaxF32_AVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ inner+40(FP), R9
	SHLQ $2, R9
	VPCMPEQD Y7, Y7, Y7

loop:
	MOVQ    pieces+32(FP), BX
	MOVQ    DX, R11
	VMOVUPS (R11), Y1
	VPXOR   Y4, Y4, Y4
	VPXOR   Y5, Y5, Y5
	JMP     check

piece:
	ADDQ      R9, R11
	VPSUBD    Y7, Y5, Y5
	VMOVUPS   (R11), Y2
	VCMPPS    $0x1e, Y1, Y2, Y3
	VBLENDVPS Y3, Y2, Y1, Y1
	VBLENDVPS Y3, Y5, Y4, Y4

check:
	DECQ    BX
	JNZ     piece
	MOVQ    pieces+32(FP), BX
	MOVQ    DI, R10
	VMOVUPS (SI), Y0
	VPXOR   Y5, Y5, Y5

put:
	VPCMPEQD Y4, Y5, Y3
	VANDPS   Y0, Y3, Y3
	VMOVUPS  Y3, (R10)
	ADDQ     R9, R10
	VPSUBD   Y7, Y5, Y5
	DECQ     BX
	JNZ      put
	NEXT2
	JNZ      loop
	VZEROUPPER
	RET

// func SGDMomentumF32_AVX2(p, vel, grad *float32, n int, lr, momentum float32)
//
// vel = momentum*vel - (lr*g), fused but for the product in brackets; p = p + vel.
TEXT ·SGDMomentumF32_AVX2(SB), NOSPLIT, $0-40
	MOVQ p+0(FP), DI
	MOVQ vel+8(FP), DX
	MOVQ grad+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSS lr+32(FP), Y6
	VBROADCASTSS momentum+36(FP), Y7

loop:
	VMULPS      (SI), Y6, Y0
	VMOVUPS     (DX), Y1
	VFMSUB213PS Y0, Y7, Y1
	VMOVUPS     Y1, (DX)
	VADDPS      (DI), Y1, Y1
	VMOVUPS     Y1, (DI)
	NEXT2
	JNZ         loop
	VZEROUPPER
	RET

// func AdamF32_AVX2(p, m, v, grad *float32, n int, step, b1, c1, b2, c2, eps, rs float32)
//
// m = b1*m + (c1*g); v = b2*v + (c2*(g*g)); p = p - (step*m)/(sqrt(v)*rs + eps).
TEXT ·AdamF32_AVX2(SB), NOSPLIT, $0-68
	MOVQ p+0(FP), DI
	MOVQ m+8(FP), DX
	MOVQ v+16(FP), R8
	MOVQ grad+24(FP), SI
	MOVQ n+32(FP), CX
	VBROADCASTSS step+40(FP), Y9
	VBROADCASTSS b1+44(FP), Y10
	VBROADCASTSS c1+48(FP), Y11
	VBROADCASTSS b2+52(FP), Y12
	VBROADCASTSS c2+56(FP), Y13
	VBROADCASTSS eps+60(FP), Y14
	VBROADCASTSS rs+64(FP), Y15

loop:
	VMOVUPS     (SI), Y0
	VMULPS      Y0, Y0, Y1
	VMULPS      Y0, Y11, Y0
	VMULPS      Y1, Y13, Y1
	VMOVUPS     (DX), Y2
	VFMADD213PS Y0, Y10, Y2
	VMOVUPS     (R8), Y3
	VFMADD213PS Y1, Y12, Y3
	VMOVUPS     Y2, (DX)
	VMOVUPS     Y3, (R8)
	VSQRTPS     Y3, Y3
	VFMADD213PS Y14, Y15, Y3
	VMULPS      Y2, Y9, Y2
	VDIVPS      Y3, Y2, Y2
	VMOVUPS     (DI), Y0
	VSUBPS      Y2, Y0, Y0
	VMOVUPS     Y0, (DI)
	ADDQ        $32, R8
	NEXT2
	JNZ         loop
	VZEROUPPER
	RET

// CONVERT: dst = float(src) * Y15, where WIDEN loads 8 elements of size bytes as int32.
#define CONVERT(WIDEN, size) \
loop:                       \
	WIDEN     (SI), Y0      \
	VCVTDQ2PS Y0, Y0        \
	VMULPS    Y15, Y0, Y0   \
	VMOVUPS   Y0, (DI)      \
	ADDQ      $(8*size), SI \
	ADDQ      $32, DI       \
	SUBQ      $8, CX        \
	JNZ       loop          \
	VZEROUPPER              \
	RET

// func FromU8F32_AVX2(dst *float32, src *uint8, n int, scale float32)
//
// float32(src) * scale.
TEXT ·FromU8F32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y15
	CONVERT(VPMOVZXBD, 1)

// func FromI16F32_AVX2(dst *float32, src *int16, n int, scale float32)
//
// float32(src) * scale.
TEXT ·FromI16F32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y15
	CONVERT(VPMOVSXWD, 2)

// TOU8: the integers of 8 numbers.
#define TOU8(x) \
	VMULPS Y15, x, x \
	VADDPS Y14, x, x \
	VMAXPS Y13, x, x \
	VMINPS Y12, x, x \
	VADDPS Y11, x, x \
	VPSUBD Y11, x, x

DATA quads<>+0(SB)/8, $0x0000000400000000
DATA quads<>+8(SB)/8, $0x0000000500000001
DATA quads<>+16(SB)/8, $0x0000000600000002
DATA quads<>+24(SB)/8, $0x0000000700000003
GLOBL quads<>(SB), RODATA|NOPTR, $32

// func ToU8F32_AVX2(dst *uint8, x *float32, n int, scale, offset float32)
//
// x*scale + offset in two roundings, clamped to 0 .. 255, NaN to 0, and rounded by adding 2^23, which leaves the integer in
// the low bits. n is a multiple of 32.
TEXT ·ToU8F32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y15
	VBROADCASTSS offset+28(FP), Y14
	VXORPS Y13, Y13, Y13
	MOVL   $0x437f0000, AX
	VMOVD  AX, X12
	VBROADCASTSS X12, Y12
	MOVL   $0x4b000000, AX
	VMOVD  AX, X11
	VBROADCASTSS X11, Y11
	VMOVDQU quads<>(SB), Y10

loop:
	VMOVUPS (SI), Y0; VMOVUPS 32(SI), Y1; VMOVUPS 64(SI), Y2; VMOVUPS 96(SI), Y3
	TOU8(Y0)
	TOU8(Y1)
	TOU8(Y2)
	TOU8(Y3)
	VPACKUSDW Y1, Y0, Y0
	VPACKUSDW Y3, Y2, Y2
	VPACKUSWB Y2, Y0, Y0
	VPERMD    Y0, Y10, Y0
	VMOVDQU   Y0, (DI)
	ADDQ $128, SI
	ADDQ $32, DI
	SUBQ $32, CX
	JNZ  loop
	VZEROUPPER
	RET

// func ExponentF32_AVX2(x *float32, n int) uint32
//
// The largest exponent field of x, in place. n is a multiple of 16.
TEXT ·ExponentF32_AVX2(SB), NOSPLIT, $0-20
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX
	MOVL $0x7f800000, AX
	VMOVD AX, X7
	VPBROADCASTD X7, Y7
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5

loop:
	VPAND   (SI), Y7, Y0
	VPAND   32(SI), Y7, Y1
	VPMAXUD Y0, Y4, Y4
	VPMAXUD Y1, Y5, Y5
	ADDQ $64, SI
	SUBQ $16, CX
	JNZ  loop
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
