//go:build !purego

#include "textflag.h"

// Elementwise kernels, reductions and optimizer steps on 8 floats at a time. n is a positive multiple of 8 (of 16 where
// two vectors a round are loaded). All are bound by memory: one or two loads and a store a vector.
//
//	DI dst (or the updated operand), SI, DX, R8 the operands, CX n

#define NEXT1 \
	ADDQ $32, DI \
	ADDQ $32, SI \
	SUBQ $8, CX

#define NEXT2 \
	ADDQ $32, DX \
	NEXT1

// func AddF32_AVX2(dst, a, b *float32, n int)
//
// a + b.
TEXT ·AddF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), Y0
	VADDPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func SubF32_AVX2(dst, a, b *float32, n int)
//
// a - b.
TEXT ·SubF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), Y0
	VSUBPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func MulF32_AVX2(dst, a, b *float32, n int)
//
// a * b.
TEXT ·MulF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), Y0
	VMULPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func DivF32_AVX2(dst, a, b *float32, n int)
//
// a / b.
TEXT ·DivF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), Y0
	VDIVPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func MaxF32_AVX2(dst, a, b *float32, n int)
//
// a > b ? a : b, which is what VMAXPS does.
TEXT ·MaxF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), Y0
	VMAXPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func MinF32_AVX2(dst, a, b *float32, n int)
//
// a < b ? a : b.
TEXT ·MinF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), Y0
	VMINPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT2
	JNZ     loop
	VZEROUPPER
	RET

// func AddScalarF32_AVX2(dst, x *float32, n int, s float32)
//
// x + s.
TEXT ·AddScalarF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Y7

loop:
	VADDPS  (SI), Y7, Y0
	VMOVUPS Y0, (DI)
	NEXT1
	JNZ     loop
	VZEROUPPER
	RET

// func MulScalarF32_AVX2(dst, x *float32, n int, s float32)
//
// x * s.
TEXT ·MulScalarF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS s+24(FP), Y7

loop:
	VMULPS  (SI), Y7, Y0
	VMOVUPS Y0, (DI)
	NEXT1
	JNZ     loop
	VZEROUPPER
	RET

// func SqrtF32_AVX2(dst, x *float32, n int)
//
// The square root.
TEXT ·SqrtF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX

loop:
	VSQRTPS (SI), Y0
	VMOVUPS Y0, (DI)
	NEXT1
	JNZ     loop
	VZEROUPPER
	RET

// func ReLUF32_AVX2(dst, x *float32, n int)
//
// x > 0 ? x : +0, which is what VMAXPS does with +0 second.
TEXT ·ReLUF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y7, Y7, Y7

loop:
	VMOVUPS (SI), Y0
	VMAXPS  Y7, Y0, Y0
	VMOVUPS Y0, (DI)
	NEXT1
	JNZ     loop
	VZEROUPPER
	RET

// func LeakyReLUF32_AVX2(dst, x *float32, n int, slope float32)
//
// x > 0 ? x : slope*x.
TEXT ·LeakyReLUF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS slope+24(FP), Y7
	VXORPS Y6, Y6, Y6

loop:
	VMOVUPS   (SI), Y0
	VMULPS    Y7, Y0, Y1
	VCMPPS    $0x1e, Y6, Y0, Y2
	VBLENDVPS Y2, Y0, Y1, Y0
	VMOVUPS   Y0, (DI)
	NEXT1
	JNZ     loop
	VZEROUPPER
	RET

// func LeakyMaskF32_AVX2(dst, grad, y *float32, n int, slope float32)
//
// y > 0 ? g : slope*g.
TEXT ·LeakyMaskF32_AVX2(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ y+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS slope+32(FP), Y7
	VXORPS Y6, Y6, Y6

loop:
	VMOVUPS   (SI), Y0
	VMULPS    Y7, Y0, Y1
	VMOVUPS   (DX), Y2
	VCMPPS    $0x1e, Y6, Y2, Y2
	VBLENDVPS Y2, Y0, Y1, Y0
	VMOVUPS   Y0, (DI)
	NEXT2
	JNZ       loop
	VZEROUPPER
	RET

// func AxpyF32_AVX2(y, x *float32, n int, a float32)
//
// y = a*x + y, fused.
TEXT ·AxpyF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS a+24(FP), Y7

loop:
	VMOVUPS     (DI), Y0
	VFMADD231PS (SI), Y7, Y0
	VMOVUPS     Y0, (DI)
	NEXT1
	JNZ         loop
	VZEROUPPER
	RET

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

// func SumRowsF32_32_AVX2(dst, x *float32, rows, ld int)
//
// dst[c] += the sum over rows of x[r*ld+c], from +0, for 32 columns.
TEXT ·SumRowsF32_32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ rows+16(FP), CX
	MOVQ ld+24(FP), DX
	SHLQ $2, DX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3

loop:
	VADDPS (SI), Y0, Y0
	VADDPS 32(SI), Y1, Y1
	VADDPS 64(SI), Y2, Y2
	VADDPS 96(SI), Y3, Y3
	ADDQ   DX, SI
	DECQ   CX
	JNZ    loop
	VADDPS (DI), Y0, Y0
	VADDPS 32(DI), Y1, Y1
	VADDPS 64(DI), Y2, Y2
	VADDPS 96(DI), Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
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

// func EMAF32_AVX2(avg, p *float32, n int, decay float32)
//
// avg = decay*(avg-p) + p, the difference rounded, the rest fused.
TEXT ·EMAF32_AVX2(SB), NOSPLIT, $0-28
	MOVQ avg+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS decay+24(FP), Y7

loop:
	VMOVUPS     (SI), Y1
	VMOVUPS     (DI), Y0
	VSUBPS      Y1, Y0, Y0
	VFMADD213PS Y1, Y7, Y0
	VMOVUPS     Y0, (DI)
	NEXT1
	JNZ         loop
	VZEROUPPER
	RET

// func FromU8F32_AVX2(dst *float32, src *uint8, n int, scale float32)
//
// float32(src) * scale.
TEXT ·FromU8F32_AVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y7

loop:
	VPMOVZXBD (SI), Y0
	VCVTDQ2PS Y0, Y0
	VMULPS    Y7, Y0, Y0
	VMOVUPS   Y0, (DI)
	ADDQ      $8, SI
	ADDQ      $32, DI
	SUBQ      $8, CX
	JNZ       loop
	VZEROUPPER
	RET
