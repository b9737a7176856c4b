//go:build !purego

#include "textflag.h"

// Rows of pictures for resampling and pooling: copies with strides, and little arithmetic. All are bound by loads and stores,
// one to four vectors in and one or two out a round, for which CPUs with AVX2 have two ports in and one out. Zen 5, operands
// of a megabyte in L2, bytes read and written, where a copy makes 85 to 100 GB/s: from 16 channels on smooth 30 to 47,
// windows of 2 x 2 50 to 64, copies of blocks 60 to 80; three channels and one 15 to 35, since calls and shuffles cost more.
//
//	DI dst, SI, DX, R8, R9 the operands, CX n

DATA three<>+0(SB)/4, $3.0
GLOBL three<>(SB), RODATA|NOPTR, $4

// NEXTLANES steps AX to the next 8 floats and jumps to loop, or to done when AX was at last. The last 8 may overlap the
// ones before.
#define NEXTLANES(last, loop, done) \
	CMPQ AX, last \
	JEQ  done \
	ADDQ $8, AX \
	CMPQ AX, last \
	JLE  loop \
	MOVQ last, AX \
	JMP  loop

// func CopyBlocksF32_AVX2(dst, src *float32, count, block, dstStride, srcStride int)
//
// Blocks of 8, 4, 2 and 1 floats make up each block, which is the same branches for every one. R10, R11: the block, BX what
// is left of it, R8, R9 the strides in bytes.
TEXT ·CopyBlocksF32_AVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ count+16(FP), CX
	MOVQ block+24(FP), DX
	MOVQ dstStride+32(FP), R8
	MOVQ srcStride+40(FP), R9
	SHLQ $2, R8
	SHLQ $2, R9
	CMPQ DX, $1
	JEQ  ones
	CMPQ DX, $3
	JEQ  threes

loop:
	MOVQ DI, R10
	MOVQ SI, R11
	MOVQ DX, BX
	SUBQ $8, BX
	JLT  rest

eight:
	VMOVUPS (R11), Y0
	VMOVUPS Y0, (R10)
	ADDQ    $32, R10
	ADDQ    $32, R11
	SUBQ    $8, BX
	JGE     eight

rest:
	TESTQ   $4, BX
	JEQ     two
	VMOVUPS (R11), X0
	VMOVUPS X0, (R10)
	ADDQ    $16, R10
	ADDQ    $16, R11

two:
	TESTQ $2, BX
	JEQ   one
	MOVQ  (R11), AX
	MOVQ  AX, (R10)
	ADDQ  $8, R10
	ADDQ  $8, R11

one:
	TESTQ $1, BX
	JEQ   next
	MOVL  (R11), AX
	MOVL  AX, (R10)

next:
	ADDQ R8, DI
	ADDQ R9, SI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

ones:
	MOVL (SI), AX
	MOVL AX, (DI)
	ADDQ R8, DI
	ADDQ R9, SI
	DECQ CX
	JNZ  ones
	RET

threes:
	CMPQ R8, $12
	JNE  three
	DECQ CX
	JEQ  three1

	// Blocks that are stored one after another: the fourth float of each is overwritten by the next.
packed:
	VMOVUPS (SI), X0
	VMOVUPS X0, (DI)
	ADDQ    $12, DI
	ADDQ    R9, SI
	DECQ    CX
	JNZ     packed

three1:
	INCQ CX

three:
	MOVQ (SI), AX
	MOVL 8(SI), BX
	MOVQ AX, (DI)
	MOVL BX, 8(DI)
	ADDQ R8, DI
	ADDQ R9, SI
	DECQ CX
	JNZ  three
	RET

// func Interleave3F32_AVX2(dst, a, b *float32, count int)
//
// The fourth float of each store is overwritten by the next one, but for the last of all.
TEXT ·Interleave3F32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ count+24(FP), CX
	DECQ CX
	JEQ  last

loop:
	VMOVUPS (SI), X0
	VMOVUPS (DX), X1
	VMOVUPS X0, (DI)
	VMOVUPS X1, 12(DI)
	ADDQ    $12, SI
	ADDQ    $12, DX
	ADDQ    $24, DI
	DECQ    CX
	JNZ     loop

last:
	MOVQ (SI), AX
	MOVL 8(SI), BX
	MOVQ AX, (DI)
	MOVL BX, 8(DI)
	MOVQ (DX), AX
	MOVL 8(DX), BX
	MOVQ AX, 12(DI)
	MOVL BX, 20(DI)
	RET

// func EvenF32_AVX2(dst, src *float32, n int)
//
// The even floats of two vectors, whose halves are then put in order.
TEXT ·EvenF32_AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

loop:
	VMOVUPS (SI), Y0
	VSHUFPS $0x88, 32(SI), Y0, Y0
	VPERMPD $0xD8, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $64, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNZ     loop
	VZEROUPPER
	RET

// func InterleaveF32_AVX2(dst, a, b *float32, n int)
TEXT ·InterleaveF32_AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

loop:
	VMOVUPS    (SI), Y0
	VMOVUPS    (DX), Y1
	VUNPCKLPS  Y1, Y0, Y2
	VUNPCKHPS  Y1, Y0, Y3
	VPERM2F128 $0x20, Y3, Y2, Y4
	VPERM2F128 $0x31, Y3, Y2, Y5
	VMOVUPS    Y4, (DI)
	VMOVUPS    Y5, 32(DI)
	ADDQ       $32, SI
	ADDQ       $32, DX
	ADDQ       $64, DI
	SUBQ       $8, CX
	JNZ        loop
	VZEROUPPER
	RET

// func Smooth2F32_AVX2(dst, near, far *float32, n int, scale float32)
//
// AX walks to n-8 and ends there.
TEXT ·Smooth2F32_AVX2(SB), NOSPLIT, $0-36
	MOVQ         dst+0(FP), DI
	MOVQ         near+8(FP), SI
	MOVQ         far+16(FP), DX
	MOVQ         n+24(FP), CX
	VBROADCASTSS scale+32(FP), Y7
	VBROADCASTSS three<>(SB), Y6
	SUBQ         $8, CX
	XORQ         AX, AX

loop:
	VMOVUPS     (SI)(AX*4), Y0
	VFMADD213PS (DX)(AX*4), Y6, Y0
	VMULPS      Y7, Y0, Y0
	VMOVUPS     Y0, (DI)(AX*4)
	NEXTLANES(CX, loop, done)

done:
	VZEROUPPER
	RET

// func Smooth4F32_AVX2(dst, a, b, c, d *float32, n int, scale float32)
//
// AX walks to n-8 and ends there.
TEXT ·Smooth4F32_AVX2(SB), NOSPLIT, $0-52
	MOVQ         dst+0(FP), DI
	MOVQ         a+8(FP), SI
	MOVQ         b+16(FP), DX
	MOVQ         c+24(FP), R8
	MOVQ         d+32(FP), R9
	MOVQ         n+40(FP), CX
	VBROADCASTSS scale+48(FP), Y7
	VBROADCASTSS three<>(SB), Y6
	SUBQ         $8, CX
	XORQ         AX, AX

loop:
	VMOVUPS     (DX)(AX*4), Y0
	VADDPS      (R8)(AX*4), Y0, Y0
	VMOVUPS     (SI)(AX*4), Y1
	VADDPS      (R9)(AX*4), Y1, Y1
	VFMADD213PS Y1, Y6, Y0
	VMULPS      Y7, Y0, Y0
	VMOVUPS     Y0, (DI)(AX*4)
	NEXTLANES(CX, loop, done)

done:
	VZEROUPPER
	RET

// func TakeMaxF32_AVX2(best *float32, place *int32, x *float32, n int, code int32)
TEXT ·TakeMaxF32_AVX2(SB), NOSPLIT, $0-36
	MOVQ         best+0(FP), DI
	MOVQ         place+8(FP), SI
	MOVQ         x+16(FP), DX
	MOVQ         n+24(FP), CX
	MOVL         code+32(FP), AX
	VMOVD        AX, X7
	VPBROADCASTD X7, Y7

loop:
	VMOVUPS   (DX), Y0
	VMOVUPS   (DI), Y1
	VMOVUPS   (SI), Y2
	VCMPPS    $0x1e, Y1, Y0, Y3
	VBLENDVPS Y3, Y0, Y1, Y1
	VBLENDVPS Y3, Y7, Y2, Y2
	VMOVUPS   Y1, (DI)
	VMOVUPS   Y2, (SI)
	ADDQ      $32, DI
	ADDQ      $32, SI
	ADDQ      $32, DX
	SUBQ      $8, CX
	JNZ       loop
	VZEROUPPER
	RET

// func AddPlaceF32_AVX2(sum, grad *float32, place *int32, n int, code int32)
TEXT ·AddPlaceF32_AVX2(SB), NOSPLIT, $0-36
	MOVQ         sum+0(FP), DI
	MOVQ         grad+8(FP), DX
	MOVQ         place+16(FP), SI
	MOVQ         n+24(FP), CX
	MOVL         code+32(FP), AX
	VMOVD        AX, X7
	VPBROADCASTD X7, Y7

loop:
	VPCMPEQD (SI), Y7, Y0
	VANDPS   (DX), Y0, Y0
	VADDPS   (DI), Y0, Y0
	VMOVUPS  Y0, (DI)
	ADDQ     $32, DI
	ADDQ     $32, SI
	ADDQ     $32, DX
	SUBQ     $8, CX
	JNZ      loop
	VZEROUPPER
	RET

// func SmoothUpF32_AVX2(dst, v *float32, count, c int, scale float32)
//
// Three loads and two stores for 16 results. R8: bytes of a pixel; R10, R11: pixels j+1 and j+2 of v; R12: the odd result.
TEXT ·SmoothUpF32_AVX2(SB), NOSPLIT, $0-36
	MOVQ         dst+0(FP), DI
	MOVQ         v+8(FP), SI
	MOVQ         count+16(FP), CX
	MOVQ         c+24(FP), R8
	VBROADCASTSS scale+32(FP), Y7
	VBROADCASTSS three<>(SB), Y6
	LEAQ         -8(R8), R9
	SHLQ         $2, R8

loop:
	LEAQ (SI)(R8*1), R10
	LEAQ (SI)(R8*2), R11
	LEAQ (DI)(R8*1), R12
	XORQ AX, AX

channels:
	VMOVUPS     (R10)(AX*4), Y0
	VMOVAPS     Y0, Y1
	VFMADD213PS (SI)(AX*4), Y6, Y0
	VFMADD213PS (R11)(AX*4), Y6, Y1
	VMULPS      Y7, Y0, Y0
	VMULPS      Y7, Y1, Y1
	VMOVUPS     Y0, (DI)(AX*4)
	VMOVUPS     Y1, (R12)(AX*4)
	NEXTLANES(R9, channels, next)

next:
	MOVQ R10, SI
	LEAQ (DI)(R8*2), DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func SmoothUpF32_1_AVX2(dst, v *float32, count int, scale float32)
//
// Even and odd results of 8 pixels, interleaved.
TEXT ·SmoothUpF32_1_AVX2(SB), NOSPLIT, $0-28
	MOVQ         dst+0(FP), DI
	MOVQ         v+8(FP), SI
	MOVQ         count+16(FP), CX
	VBROADCASTSS scale+24(FP), Y7
	VBROADCASTSS three<>(SB), Y6

loop:
	VMOVUPS     4(SI), Y0
	VMOVAPS     Y0, Y1
	VFMADD213PS (SI), Y6, Y0
	VFMADD213PS 8(SI), Y6, Y1
	VMULPS      Y7, Y0, Y0
	VMULPS      Y7, Y1, Y1
	VUNPCKLPS   Y1, Y0, Y2
	VUNPCKHPS   Y1, Y0, Y3
	VPERM2F128  $0x20, Y3, Y2, Y4
	VPERM2F128  $0x31, Y3, Y2, Y5
	VMOVUPS     Y4, (DI)
	VMOVUPS     Y5, 32(DI)
	ADDQ        $32, SI
	ADDQ        $64, DI
	SUBQ        $8, CX
	JNZ         loop
	VZEROUPPER
	RET

// func SmoothDownF32_AVX2(dst, v *float32, count, c int, scale float32)
//
// Four loads and a store for 8 results. R8: bytes of a pixel; R10, R11, R12: pixels 2*j+1, 2*j+2 and 2*j+3 of v.
TEXT ·SmoothDownF32_AVX2(SB), NOSPLIT, $0-36
	MOVQ         dst+0(FP), DI
	MOVQ         v+8(FP), SI
	MOVQ         count+16(FP), CX
	MOVQ         c+24(FP), R8
	VBROADCASTSS scale+32(FP), Y7
	VBROADCASTSS three<>(SB), Y6
	LEAQ         -8(R8), R9
	SHLQ         $2, R8

loop:
	LEAQ (SI)(R8*1), R10
	LEAQ (SI)(R8*2), R11
	LEAQ (R10)(R8*2), R12
	XORQ AX, AX

channels:
	VMOVUPS     (R10)(AX*4), Y0
	VADDPS      (R11)(AX*4), Y0, Y0
	VMOVUPS     (SI)(AX*4), Y1
	VADDPS      (R12)(AX*4), Y1, Y1
	VFMADD213PS Y1, Y6, Y0
	VMULPS      Y7, Y0, Y0
	VMOVUPS     Y0, (DI)(AX*4)
	NEXTLANES(R9, channels, next)

next:
	MOVQ R11, SI
	ADDQ R8, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func SmoothDownF32_1_AVX2(dst, v *float32, count int, scale float32)
//
// Y0, Y1, Y2, Y3: floats 2*j+1, 2*j+2, 2*j and 2*j+3 of v, in the order that VSHUFPS leaves, which the last step mends.
TEXT ·SmoothDownF32_1_AVX2(SB), NOSPLIT, $0-28
	MOVQ         dst+0(FP), DI
	MOVQ         v+8(FP), SI
	MOVQ         count+16(FP), CX
	VBROADCASTSS scale+24(FP), Y7
	VBROADCASTSS three<>(SB), Y6

loop:
	VMOVUPS     (SI), Y4
	VMOVUPS     32(SI), Y5
	VSHUFPS     $0xDD, Y5, Y4, Y0
	VSHUFPS     $0x88, Y5, Y4, Y2
	VMOVUPS     8(SI), Y4
	VMOVUPS     40(SI), Y5
	VSHUFPS     $0x88, Y5, Y4, Y1
	VSHUFPS     $0xDD, Y5, Y4, Y3
	VADDPS      Y1, Y0, Y0
	VADDPS      Y3, Y2, Y2
	VFMADD213PS Y2, Y6, Y0
	VMULPS      Y7, Y0, Y0
	VPERMPD     $0xD8, Y0, Y0
	VMOVUPS     Y0, (DI)
	ADDQ        $64, SI
	ADDQ        $32, DI
	SUBQ        $8, CX
	JNZ         loop
	VZEROUPPER
	RET

// func WindowSumF32_AVX2(dst, src *float32, count, c, stride, taps, rows, rowStride int, scale float32)
//
// A load, which is added, for each place of a window; a store. R8: bytes of a pixel, R10: the row of a window, R11: the
// pixel, R12: rows left, BX: pixels left, R13: bytes of a row, DX: bytes from window to window.
TEXT ·WindowSumF32_AVX2(SB), NOSPLIT, $0-68
	MOVQ         dst+0(FP), DI
	MOVQ         src+8(FP), SI
	MOVQ         count+16(FP), CX
	MOVQ         c+24(FP), R8
	MOVQ         stride+32(FP), DX
	MOVQ         rowStride+56(FP), R13
	VBROADCASTSS scale+64(FP), Y7
	LEAQ         -8(R8), R9
	SHLQ         $2, R8
	SHLQ         $2, DX
	SHLQ         $2, R13

loop:
	XORQ AX, AX

channels:
	VXORPS Y0, Y0, Y0
	LEAQ   (SI)(AX*4), R10
	MOVQ   rows+48(FP), R12

row:
	MOVQ R10, R11
	MOVQ taps+40(FP), BX

tap:
	VADDPS  (R11), Y0, Y0
	ADDQ    R8, R11
	DECQ    BX
	JNZ     tap
	ADDQ    R13, R10
	DECQ    R12
	JNZ     row
	VMULPS  Y7, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	NEXTLANES(R9, channels, next)

next:
	ADDQ DX, SI
	ADDQ R8, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func WindowSumF32_2x2_AVX2(dst, src *float32, count, rowStride int, scale float32)
//
// The four places of 8 windows, in the order that VSHUFPS leaves, which the last step mends.
TEXT ·WindowSumF32_2x2_AVX2(SB), NOSPLIT, $0-36
	MOVQ         dst+0(FP), DI
	MOVQ         src+8(FP), SI
	MOVQ         count+16(FP), CX
	MOVQ         rowStride+24(FP), DX
	VBROADCASTSS scale+32(FP), Y7
	VXORPS       Y6, Y6, Y6
	LEAQ         (SI)(DX*4), DX

loop:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VSHUFPS $0x88, Y5, Y4, Y0
	VSHUFPS $0xDD, Y5, Y4, Y1
	VADDPS  Y6, Y0, Y0
	VADDPS  Y1, Y0, Y0
	VMOVUPS (DX), Y4
	VMOVUPS 32(DX), Y5
	VSHUFPS $0x88, Y5, Y4, Y2
	VSHUFPS $0xDD, Y5, Y4, Y3
	VADDPS  Y2, Y0, Y0
	VADDPS  Y3, Y0, Y0
	VMULPS  Y7, Y0, Y0
	VPERMPD $0xD8, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $64, SI
	ADDQ    $64, DX
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNZ     loop
	VZEROUPPER
	RET

// func WindowMaxF32_AVX2(dst *float32, place *int32, src *float32, count, c, stride, taps, rows, rowStride int, code, skip int32)
//
// The first place is taken as it is: Y0 is the best, Y1 its place, Y2 the place looked at, Y5 skip, Y6 ones. Registers as in
// WindowSumF32_AVX2, but R14 and R15 are left alone, so the bytes from window to window stay in memory; DX: place.
TEXT ·WindowMaxF32_AVX2(SB), NOSPLIT, $0-80
	MOVQ         dst+0(FP), DI
	MOVQ         place+8(FP), DX
	MOVQ         src+16(FP), SI
	MOVQ         count+24(FP), CX
	MOVQ         c+32(FP), R8
	MOVQ         rowStride+64(FP), R13
	MOVL         code+72(FP), AX
	VMOVD        AX, X7
	VPBROADCASTD X7, Y7
	MOVL         skip+76(FP), AX
	VMOVD        AX, X5
	VPBROADCASTD X5, Y5
	VPCMPEQD     Y6, Y6, Y6
	VPSRLD       $31, Y6, Y6
	LEAQ         -8(R8), R9
	SHLQ         $2, R8
	SHLQ         $2, R13

loop:
	XORQ AX, AX

channels:
	LEAQ    (SI)(AX*4), R10
	MOVQ    rows+56(FP), R12
	VMOVUPS (R10), Y0
	VMOVAPS Y7, Y1
	VMOVAPS Y7, Y2
	MOVQ    R10, R11
	MOVQ    taps+48(FP), BX
	JMP     first

row:
	VPADDD Y5, Y2, Y2
	MOVQ   R10, R11
	MOVQ   taps+48(FP), BX

tap:
	VPADDD    Y6, Y2, Y2
	VMOVUPS   (R11), Y3
	VCMPPS    $0x1e, Y0, Y3, Y4
	VBLENDVPS Y4, Y3, Y0, Y0
	VBLENDVPS Y4, Y2, Y1, Y1

first:
	ADDQ    R8, R11
	DECQ    BX
	JNZ     tap
	ADDQ    R13, R10
	DECQ    R12
	JNZ     row
	VMOVUPS Y0, (DI)(AX*4)
	VMOVUPS Y1, (DX)(AX*4)
	NEXTLANES(R9, channels, next)

next:
	MOVQ stride+40(FP), BX
	LEAQ (SI)(BX*4), SI
	ADDQ R8, DI
	ADDQ R8, DX
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
