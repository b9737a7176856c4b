//go:build !purego

#include "textflag.h"

// func ConvLinesF32_4x16_AVX512(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int,
//	c *float32, cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)
//
// Three neighbouring taps slide over lines of pixels, 4 lines at a time, in 16 columns. A pixel of the source is what the
// result's pixel after it sees through its first tap, its own through the second and the one before it through the
// third: so an element of it is broadcast once for three chains, and three vectors of weights are loaded once for 4 lines. When
// a pixel is done, the oldest sums are complete and stored, the others move up, and the next begin.
//
//	Z0 .. Z3     the sums of the pixel after this one, a line each, which see it through the first tap
//	Z4 .. Z7     of this pixel
//	Z8 .. Z11    of the one before it
//	Z12 .. Z14   weights of the three taps; bias, 0 and slope where sums are stored
//	Z15          an element of the source
//	R8 .. R11    the lines of x;  CX the step, in bytes from their beginnings
//	R12, R13, AX, BX  the lines of c;  DX the pixel that is stored next, in bytes
//	DI, SI       w at the step, a tap of it in bytes
//	BP, R15      steps left of a pixel; whole pixels left, and what comes after them
//	xSkip, ahead on the stack: from the end of a pixel of x to the next one, two pixels of c, in bytes
//
// A step loads 3 vectors and 4 elements and does 12 FMAs of 16 lanes. Bound: 12 cycles where a 512-bit FMA issues once a cycle (Zen 4), 6
// where twice; the loads need 3.5. The chains are 12 FMAs apart, past the latency of 4 cycles. With 3 lines it is 4.5
// cycles for 6 loads, also past it; 2 lines and one wait for the latency. First and last pixels have two taps of three.
// Reached on a Zen 5 in whole convolutions of 14x14x128 and 28x28x64 in groups of 16: 70 to 76 % of the FMA peak, from L2.

// PIXEL does the steps of a pixel, four at a time.
#define PIXEL(step, quad, some, one, done) \
	MOVQ w+32(FP), DI     \
	MOVQ depth+40(FP), BP \
	SUBQ $4, BP           \
	JLT  some             \
	PCALIGN $32           \
quad: \
	step(0)               \
	step(4)               \
	step(8)               \
	step(12)              \
	ADDQ $256, DI         \
	ADDQ $16, CX          \
	SUBQ $4, BP           \
	JGE  quad             \
some: \
	ADDQ $4, BP           \
	JEQ  done             \
one: \
	step(0)               \
	ADDQ $64, DI          \
	ADDQ $4, CX           \
	DECQ BP               \
	JNZ  one              \
done: \
	ADDQ xSkip-8(SP), CX

// LINES is the whole of a function for n lines at a time. rows sets the registers of the lines, zero and load begin the sums
// of the first two pixels, clear and fetch those of another one; put and what follows is what becomes of sums, in order.
#define LINES(n, rows, zero, load, clear, fetch, first, middle, last, plus, relu, leaky, set, shift, ask) \
	SHLQ $2, cStep+72(FP) \
	SHLQ $2, xAhead+96(FP) \
	SHLQ $2, cAhead+104(FP) \
	MOVQ cStep+72(FP), CX \
	SHLQ $1, CX           \
	MOVQ CX, ahead-16(SP) \
	MOVQ xStep+24(FP), CX \
	SUBQ depth+40(FP), CX \
	SHLQ $2, CX           \
	MOVQ CX, xSkip-8(SP)  \
	MOVQ depth+40(FP), SI \
	SHLQ $6, SI       \
chunk: \
	MOVQ x+8(FP), DI      \
	MOVQ xOff+16(FP), CX  \
	MOVQ c+56(FP), BP     \
	MOVQ cOff+64(FP), DX  \
	rows                  \
	ADDQ $(8*n), CX       \
	MOVQ CX, xOff+16(FP)  \
	ADDQ $(8*n), DX       \
	MOVQ DX, cOff+64(FP)  \
	XORL CX, CX           \
	MOVQ pixels+48(FP), R15 \
	SUBQ $2, R15          \
	TESTQ $1, mode+80(FP) \
	JNE  old              \
	zero                  \
	JMP  start            \
old: \
	MOVQ cStep+72(FP), DX \
	load                  \
start: \
	XORL DX, DX           \
	PIXEL(first, first4, firstSome, first1, firstDone) \
	shift                 \
	TESTQ R15, R15        \
	JEQ  end              \
pixel: \
	TESTQ $1, mode+80(FP) \
	JNE  further          \
	clear                 \
	JMP  begin            \
further: \
	MOVQ DX, DI           \
	ADDQ ahead-16(SP), DI \
	fetch                 \
begin: \
	MOVQ xAhead+96(FP), DI \
	MOVQ cAhead+104(FP), BP \
	ADDQ CX, DI           \
	ADDQ DX, BP           \
	ask                   \
	PIXEL(middle, middle4, middleSome, middle1, middleDone) \
	JMP  put              \
end: \
	PIXEL(last, last4, lastSome, last1, lastDone) \
put: \
	MOVQ mode+80(FP), DI  \
	TESTQ $2, DI          \
	JEQ  curb             \
	MOVQ bias+88(FP), BP  \
	VMOVUPS (BP), Z12      \
	plus                  \
curb: \
	SHRQ $3, DI           \
	JCS  positive         \
	JEQ  store            \
	VBROADCASTSS slope+112(FP), Z14 \
	leaky                 \
	JMP  store            \
positive: \
	relu                  \
store: \
	set                   \
	shift                 \
	ADDQ cStep+72(FP), DX \
	DECQ R15              \
	JGT  pixel            \
	JEQ  end              \
	CMPQ R15, $-1         \
	JEQ  put              \
	SUBQ $n, lines+0(FP)  \
	JGT  chunk            \
	VZEROUPPER            \
	RET

#define WEIGHTS01(o) \
	VMOVUPS (16*o)(DI), Z12 \
	VMOVUPS (16*o)(DI)(SI*1), Z13

#define WEIGHTS12(o) \
	VMOVUPS (16*o)(DI)(SI*1), Z13 \
	VMOVUPS (16*o)(DI)(SI*2), Z14

#define WEIGHTS012(o) \
	VMOVUPS (16*o)(DI), Z12 \
	VMOVUPS (16*o)(DI)(SI*1), Z13 \
	VMOVUPS (16*o)(DI)(SI*2), Z14

#define MUL01(r, o, c0, c1) \
	VBROADCASTSS o(r)(CX*1), Z15 \
	VFMADD231PS Z15, Z12, c0 \
	VFMADD231PS Z15, Z13, c1

#define MUL12(r, o, c1, c2) \
	VBROADCASTSS o(r)(CX*1), Z15 \
	VFMADD231PS Z15, Z13, c1 \
	VFMADD231PS Z15, Z14, c2

#define MUL012(r, o, c0, c1, c2) \
	VBROADCASTSS o(r)(CX*1), Z15 \
	VFMADD231PS Z15, Z12, c0 \
	VFMADD231PS Z15, Z13, c1 \
	VFMADD231PS Z15, Z14, c2

// ROW finds line i: where it begins in x and in c.
#define ROW(i, xr, cr) \
	MOVQ (8*i)(CX), xr \
	LEAQ (DI)(xr*4), xr \
	MOVQ (8*i)(DX), cr \
	LEAQ (BP)(cr*4), cr

// x > 0 ? x : slope*x, by the comparison "not greater".
#define LEAKY(c) \
	VCMPPS $0x1a, Z13, c, K1 \
	VMULPS Z14, c, K1, c

#define ZERO(c) VPXORD c, c, c

#define ROWS4 \
	ROW(0, R8, R12) \
	ROW(1, R9, R13) \
	ROW(2, R10, AX) \
	ROW(3, R11, BX)

#define ZERO4 \
	ZERO(Z0) \
	ZERO(Z1) \
	ZERO(Z2) \
	ZERO(Z3) \
	ZERO(Z4) \
	ZERO(Z5) \
	ZERO(Z6) \
	ZERO(Z7)

#define CLEAR4 \
	ZERO(Z0) \
	ZERO(Z1) \
	ZERO(Z2) \
	ZERO(Z3)

#define LOAD4 \
	VMOVUPS (R12), Z4 \
	VMOVUPS (R13), Z5 \
	VMOVUPS (AX), Z6 \
	VMOVUPS (BX), Z7 \
	VMOVUPS (R12)(DX*1), Z0 \
	VMOVUPS (R13)(DX*1), Z1 \
	VMOVUPS (AX)(DX*1), Z2 \
	VMOVUPS (BX)(DX*1), Z3

#define FETCH4 \
	VMOVUPS (R12)(DI*1), Z0 \
	VMOVUPS (R13)(DI*1), Z1 \
	VMOVUPS (AX)(DI*1), Z2 \
	VMOVUPS (BX)(DI*1), Z3

#define FIRST4(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Z0, Z4) \
	MUL01(R9, o, Z1, Z5) \
	MUL01(R10, o, Z2, Z6) \
	MUL01(R11, o, Z3, Z7)

#define MIDDLE4(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Z0, Z4, Z8) \
	MUL012(R9, o, Z1, Z5, Z9) \
	MUL012(R10, o, Z2, Z6, Z10) \
	MUL012(R11, o, Z3, Z7, Z11)

#define LAST4(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Z4, Z8) \
	MUL12(R9, o, Z5, Z9) \
	MUL12(R10, o, Z6, Z10) \
	MUL12(R11, o, Z7, Z11)

#define PLUS4 \
	VADDPS Z12, Z8, Z8 \
	VADDPS Z12, Z9, Z9 \
	VADDPS Z12, Z10, Z10 \
	VADDPS Z12, Z11, Z11

#define RELU4 \
	ZERO(Z13) \
	VMAXPS Z13, Z8, Z8 \
	VMAXPS Z13, Z9, Z9 \
	VMAXPS Z13, Z10, Z10 \
	VMAXPS Z13, Z11, Z11

#define LEAKY4 \
	ZERO(Z13) \
	LEAKY(Z8) \
	LEAKY(Z9) \
	LEAKY(Z10) \
	LEAKY(Z11)

#define SET4 \
	VMOVUPS Z8, (R12)(DX*1) \
	VMOVUPS Z9, (R13)(DX*1) \
	VMOVUPS Z10, (AX)(DX*1) \
	VMOVUPS Z11, (BX)(DX*1)

#define ASK4 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R9)(DI*1) \
	PREFETCHT1 (R10)(DI*1) \
	PREFETCHT1 (R11)(DI*1) \
	PREFETCHT1 (R12)(BP*1) \
	PREFETCHT1 (R13)(BP*1) \
	PREFETCHT1 (AX)(BP*1) \
	PREFETCHT1 (BX)(BP*1)

#define SHIFT4 \
	VMOVAPS Z4, Z8 \
	VMOVAPS Z5, Z9 \
	VMOVAPS Z6, Z10 \
	VMOVAPS Z7, Z11 \
	VMOVAPS Z0, Z4 \
	VMOVAPS Z1, Z5 \
	VMOVAPS Z2, Z6 \
	VMOVAPS Z3, Z7

TEXT ·ConvLinesF32_4x16_AVX512(SB), NOSPLIT, $16-116
	LINES(4, ROWS4, ZERO4, LOAD4, CLEAR4, FETCH4, FIRST4, MIDDLE4, LAST4, PLUS4, RELU4, LEAKY4, SET4, SHIFT4, ASK4)

#define ROWS3 \
	ROW(0, R8, R12) \
	ROW(1, R9, R13) \
	ROW(2, R10, AX)

#define ZERO3 \
	ZERO(Z0) \
	ZERO(Z1) \
	ZERO(Z2) \
	ZERO(Z4) \
	ZERO(Z5) \
	ZERO(Z6)

#define CLEAR3 \
	ZERO(Z0) \
	ZERO(Z1) \
	ZERO(Z2)

#define LOAD3 \
	VMOVUPS (R12), Z4 \
	VMOVUPS (R13), Z5 \
	VMOVUPS (AX), Z6 \
	VMOVUPS (R12)(DX*1), Z0 \
	VMOVUPS (R13)(DX*1), Z1 \
	VMOVUPS (AX)(DX*1), Z2

#define FETCH3 \
	VMOVUPS (R12)(DI*1), Z0 \
	VMOVUPS (R13)(DI*1), Z1 \
	VMOVUPS (AX)(DI*1), Z2

#define FIRST3(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Z0, Z4) \
	MUL01(R9, o, Z1, Z5) \
	MUL01(R10, o, Z2, Z6)

#define MIDDLE3(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Z0, Z4, Z8) \
	MUL012(R9, o, Z1, Z5, Z9) \
	MUL012(R10, o, Z2, Z6, Z10)

#define LAST3(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Z4, Z8) \
	MUL12(R9, o, Z5, Z9) \
	MUL12(R10, o, Z6, Z10)

#define PLUS3 \
	VADDPS Z12, Z8, Z8 \
	VADDPS Z12, Z9, Z9 \
	VADDPS Z12, Z10, Z10

#define RELU3 \
	ZERO(Z13) \
	VMAXPS Z13, Z8, Z8 \
	VMAXPS Z13, Z9, Z9 \
	VMAXPS Z13, Z10, Z10

#define LEAKY3 \
	ZERO(Z13) \
	LEAKY(Z8) \
	LEAKY(Z9) \
	LEAKY(Z10)

#define SET3 \
	VMOVUPS Z8, (R12)(DX*1) \
	VMOVUPS Z9, (R13)(DX*1) \
	VMOVUPS Z10, (AX)(DX*1)

#define ASK3 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R9)(DI*1) \
	PREFETCHT1 (R10)(DI*1) \
	PREFETCHT1 (R12)(BP*1) \
	PREFETCHT1 (R13)(BP*1) \
	PREFETCHT1 (AX)(BP*1)

#define SHIFT3 \
	VMOVAPS Z4, Z8 \
	VMOVAPS Z5, Z9 \
	VMOVAPS Z6, Z10 \
	VMOVAPS Z0, Z4 \
	VMOVAPS Z1, Z5 \
	VMOVAPS Z2, Z6

TEXT ·ConvLinesF32_3x16_AVX512(SB), NOSPLIT, $16-116
	LINES(3, ROWS3, ZERO3, LOAD3, CLEAR3, FETCH3, FIRST3, MIDDLE3, LAST3, PLUS3, RELU3, LEAKY3, SET3, SHIFT3, ASK3)

#define ROWS2 \
	ROW(0, R8, R12) \
	ROW(1, R9, R13)

#define ZERO2 \
	ZERO(Z0) \
	ZERO(Z1) \
	ZERO(Z4) \
	ZERO(Z5)

#define CLEAR2 \
	ZERO(Z0) \
	ZERO(Z1)

#define LOAD2 \
	VMOVUPS (R12), Z4 \
	VMOVUPS (R13), Z5 \
	VMOVUPS (R12)(DX*1), Z0 \
	VMOVUPS (R13)(DX*1), Z1

#define FETCH2 \
	VMOVUPS (R12)(DI*1), Z0 \
	VMOVUPS (R13)(DI*1), Z1

#define FIRST2(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Z0, Z4) \
	MUL01(R9, o, Z1, Z5)

#define MIDDLE2(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Z0, Z4, Z8) \
	MUL012(R9, o, Z1, Z5, Z9)

#define LAST2(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Z4, Z8) \
	MUL12(R9, o, Z5, Z9)

#define PLUS2 \
	VADDPS Z12, Z8, Z8 \
	VADDPS Z12, Z9, Z9

#define RELU2 \
	ZERO(Z13) \
	VMAXPS Z13, Z8, Z8 \
	VMAXPS Z13, Z9, Z9

#define LEAKY2 \
	ZERO(Z13) \
	LEAKY(Z8) \
	LEAKY(Z9)

#define SET2 \
	VMOVUPS Z8, (R12)(DX*1) \
	VMOVUPS Z9, (R13)(DX*1)

#define ASK2 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R9)(DI*1) \
	PREFETCHT1 (R12)(BP*1) \
	PREFETCHT1 (R13)(BP*1)

#define SHIFT2 \
	VMOVAPS Z4, Z8 \
	VMOVAPS Z5, Z9 \
	VMOVAPS Z0, Z4 \
	VMOVAPS Z1, Z5

TEXT ·ConvLinesF32_2x16_AVX512(SB), NOSPLIT, $16-116
	LINES(2, ROWS2, ZERO2, LOAD2, CLEAR2, FETCH2, FIRST2, MIDDLE2, LAST2, PLUS2, RELU2, LEAKY2, SET2, SHIFT2, ASK2)

#define ROWS1 \
	ROW(0, R8, R12)

#define ZERO1 \
	ZERO(Z0) \
	ZERO(Z4)

#define CLEAR1 \
	ZERO(Z0)

#define LOAD1 \
	VMOVUPS (R12), Z4 \
	VMOVUPS (R12)(DX*1), Z0

#define FETCH1 \
	VMOVUPS (R12)(DI*1), Z0

#define FIRST1(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Z0, Z4)

#define MIDDLE1(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Z0, Z4, Z8)

#define LAST1(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Z4, Z8)

#define PLUS1 \
	VADDPS Z12, Z8, Z8

#define RELU1 \
	ZERO(Z13) \
	VMAXPS Z13, Z8, Z8

#define LEAKY1 \
	ZERO(Z13) \
	LEAKY(Z8)

#define SET1 \
	VMOVUPS Z8, (R12)(DX*1)

#define ASK1 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R12)(BP*1)

#define SHIFT1 \
	VMOVAPS Z4, Z8 \
	VMOVAPS Z0, Z4

TEXT ·ConvLinesF32_1x16_AVX512(SB), NOSPLIT, $16-116
	LINES(1, ROWS1, ZERO1, LOAD1, CLEAR1, FETCH1, FIRST1, MIDDLE1, LAST1, PLUS1, RELU1, LEAKY1, SET1, SHIFT1, ASK1)
