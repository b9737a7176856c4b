//go:build !purego

#include "textflag.h"

// func ConvLinesF32_4x8_AVX2(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int,
//	c *float32, cOff *int, cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)
//
// As ConvLinesF32_4x16_AVX512, in 8 columns, with the same registers.
//
// A step loads 3 vectors and 4 elements and does 12 FMAs of 8 lanes. Bound: 6 cycles with two FMA ports; the loads need 3.5.
// Reached on a Zen 5 in whole convolutions of 14x14x128 and 28x28x64 in groups of 16: 78 to 87 % of the FMA peak, from L2.

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
	ADDQ $128, DI         \
	ADDQ $16, CX          \
	SUBQ $4, BP           \
	JGE  quad             \
some: \
	ADDQ $4, BP           \
	JEQ  done             \
one: \
	step(0)               \
	ADDQ $32, DI          \
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
	SHLQ $5, SI       \
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
	VMOVUPS (BP), Y12      \
	plus                  \
curb: \
	SHRQ $3, DI           \
	JCS  positive         \
	JEQ  store            \
	VBROADCASTSS slope+112(FP), Y14 \
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
	VMOVUPS (8*o)(DI), Y12 \
	VMOVUPS (8*o)(DI)(SI*1), Y13

#define WEIGHTS12(o) \
	VMOVUPS (8*o)(DI)(SI*1), Y13 \
	VMOVUPS (8*o)(DI)(SI*2), Y14

#define WEIGHTS012(o) \
	VMOVUPS (8*o)(DI), Y12 \
	VMOVUPS (8*o)(DI)(SI*1), Y13 \
	VMOVUPS (8*o)(DI)(SI*2), Y14

#define MUL01(r, o, c0, c1) \
	VBROADCASTSS o(r)(CX*1), Y15 \
	VFMADD231PS Y15, Y12, c0 \
	VFMADD231PS Y15, Y13, c1

#define MUL12(r, o, c1, c2) \
	VBROADCASTSS o(r)(CX*1), Y15 \
	VFMADD231PS Y15, Y13, c1 \
	VFMADD231PS Y15, Y14, c2

#define MUL012(r, o, c0, c1, c2) \
	VBROADCASTSS o(r)(CX*1), Y15 \
	VFMADD231PS Y15, Y12, c0 \
	VFMADD231PS Y15, Y13, c1 \
	VFMADD231PS Y15, Y14, c2

// ROW finds line i: where it begins in x and in c.
#define ROW(i, xr, cr) \
	MOVQ (8*i)(CX), xr \
	LEAQ (DI)(xr*4), xr \
	MOVQ (8*i)(DX), cr \
	LEAQ (BP)(cr*4), cr

// x > 0 ? x : slope*x
#define LEAKY(c) \
	VMULPS    Y14, c, Y15 \
	VCMPPS    $0x1e, Y13, c, Y12 \
	VBLENDVPS Y12, c, Y15, c

#define ZERO(c) VXORPS c, c, c

#define ROWS4 \
	ROW(0, R8, R12) \
	ROW(1, R9, R13) \
	ROW(2, R10, AX) \
	ROW(3, R11, BX)

#define ZERO4 \
	ZERO(Y0) \
	ZERO(Y1) \
	ZERO(Y2) \
	ZERO(Y3) \
	ZERO(Y4) \
	ZERO(Y5) \
	ZERO(Y6) \
	ZERO(Y7)

#define CLEAR4 \
	ZERO(Y0) \
	ZERO(Y1) \
	ZERO(Y2) \
	ZERO(Y3)

#define LOAD4 \
	VMOVUPS (R12), Y4 \
	VMOVUPS (R13), Y5 \
	VMOVUPS (AX), Y6 \
	VMOVUPS (BX), Y7 \
	VMOVUPS (R12)(DX*1), Y0 \
	VMOVUPS (R13)(DX*1), Y1 \
	VMOVUPS (AX)(DX*1), Y2 \
	VMOVUPS (BX)(DX*1), Y3

#define FETCH4 \
	VMOVUPS (R12)(DI*1), Y0 \
	VMOVUPS (R13)(DI*1), Y1 \
	VMOVUPS (AX)(DI*1), Y2 \
	VMOVUPS (BX)(DI*1), Y3

#define FIRST4(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Y0, Y4) \
	MUL01(R9, o, Y1, Y5) \
	MUL01(R10, o, Y2, Y6) \
	MUL01(R11, o, Y3, Y7)

#define MIDDLE4(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Y0, Y4, Y8) \
	MUL012(R9, o, Y1, Y5, Y9) \
	MUL012(R10, o, Y2, Y6, Y10) \
	MUL012(R11, o, Y3, Y7, Y11)

#define LAST4(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Y4, Y8) \
	MUL12(R9, o, Y5, Y9) \
	MUL12(R10, o, Y6, Y10) \
	MUL12(R11, o, Y7, Y11)

#define PLUS4 \
	VADDPS Y12, Y8, Y8 \
	VADDPS Y12, Y9, Y9 \
	VADDPS Y12, Y10, Y10 \
	VADDPS Y12, Y11, Y11

#define RELU4 \
	ZERO(Y13) \
	VMAXPS Y13, Y8, Y8 \
	VMAXPS Y13, Y9, Y9 \
	VMAXPS Y13, Y10, Y10 \
	VMAXPS Y13, Y11, Y11

#define LEAKY4 \
	ZERO(Y13) \
	LEAKY(Y8) \
	LEAKY(Y9) \
	LEAKY(Y10) \
	LEAKY(Y11)

#define SET4 \
	VMOVUPS Y8, (R12)(DX*1) \
	VMOVUPS Y9, (R13)(DX*1) \
	VMOVUPS Y10, (AX)(DX*1) \
	VMOVUPS Y11, (BX)(DX*1)

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
	VMOVAPS Y4, Y8 \
	VMOVAPS Y5, Y9 \
	VMOVAPS Y6, Y10 \
	VMOVAPS Y7, Y11 \
	VMOVAPS Y0, Y4 \
	VMOVAPS Y1, Y5 \
	VMOVAPS Y2, Y6 \
	VMOVAPS Y3, Y7

TEXT ·ConvLinesF32_4x8_AVX2(SB), NOSPLIT, $16-116
	LINES(4, ROWS4, ZERO4, LOAD4, CLEAR4, FETCH4, FIRST4, MIDDLE4, LAST4, PLUS4, RELU4, LEAKY4, SET4, SHIFT4, ASK4)

#define ROWS3 \
	ROW(0, R8, R12) \
	ROW(1, R9, R13) \
	ROW(2, R10, AX)

#define ZERO3 \
	ZERO(Y0) \
	ZERO(Y1) \
	ZERO(Y2) \
	ZERO(Y4) \
	ZERO(Y5) \
	ZERO(Y6)

#define CLEAR3 \
	ZERO(Y0) \
	ZERO(Y1) \
	ZERO(Y2)

#define LOAD3 \
	VMOVUPS (R12), Y4 \
	VMOVUPS (R13), Y5 \
	VMOVUPS (AX), Y6 \
	VMOVUPS (R12)(DX*1), Y0 \
	VMOVUPS (R13)(DX*1), Y1 \
	VMOVUPS (AX)(DX*1), Y2

#define FETCH3 \
	VMOVUPS (R12)(DI*1), Y0 \
	VMOVUPS (R13)(DI*1), Y1 \
	VMOVUPS (AX)(DI*1), Y2

#define FIRST3(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Y0, Y4) \
	MUL01(R9, o, Y1, Y5) \
	MUL01(R10, o, Y2, Y6)

#define MIDDLE3(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Y0, Y4, Y8) \
	MUL012(R9, o, Y1, Y5, Y9) \
	MUL012(R10, o, Y2, Y6, Y10)

#define LAST3(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Y4, Y8) \
	MUL12(R9, o, Y5, Y9) \
	MUL12(R10, o, Y6, Y10)

#define PLUS3 \
	VADDPS Y12, Y8, Y8 \
	VADDPS Y12, Y9, Y9 \
	VADDPS Y12, Y10, Y10

#define RELU3 \
	ZERO(Y13) \
	VMAXPS Y13, Y8, Y8 \
	VMAXPS Y13, Y9, Y9 \
	VMAXPS Y13, Y10, Y10

#define LEAKY3 \
	ZERO(Y13) \
	LEAKY(Y8) \
	LEAKY(Y9) \
	LEAKY(Y10)

#define SET3 \
	VMOVUPS Y8, (R12)(DX*1) \
	VMOVUPS Y9, (R13)(DX*1) \
	VMOVUPS Y10, (AX)(DX*1)

#define ASK3 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R9)(DI*1) \
	PREFETCHT1 (R10)(DI*1) \
	PREFETCHT1 (R12)(BP*1) \
	PREFETCHT1 (R13)(BP*1) \
	PREFETCHT1 (AX)(BP*1)

#define SHIFT3 \
	VMOVAPS Y4, Y8 \
	VMOVAPS Y5, Y9 \
	VMOVAPS Y6, Y10 \
	VMOVAPS Y0, Y4 \
	VMOVAPS Y1, Y5 \
	VMOVAPS Y2, Y6

TEXT ·ConvLinesF32_3x8_AVX2(SB), NOSPLIT, $16-116
	LINES(3, ROWS3, ZERO3, LOAD3, CLEAR3, FETCH3, FIRST3, MIDDLE3, LAST3, PLUS3, RELU3, LEAKY3, SET3, SHIFT3, ASK3)

#define ROWS2 \
	ROW(0, R8, R12) \
	ROW(1, R9, R13)

#define ZERO2 \
	ZERO(Y0) \
	ZERO(Y1) \
	ZERO(Y4) \
	ZERO(Y5)

#define CLEAR2 \
	ZERO(Y0) \
	ZERO(Y1)

#define LOAD2 \
	VMOVUPS (R12), Y4 \
	VMOVUPS (R13), Y5 \
	VMOVUPS (R12)(DX*1), Y0 \
	VMOVUPS (R13)(DX*1), Y1

#define FETCH2 \
	VMOVUPS (R12)(DI*1), Y0 \
	VMOVUPS (R13)(DI*1), Y1

#define FIRST2(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Y0, Y4) \
	MUL01(R9, o, Y1, Y5)

#define MIDDLE2(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Y0, Y4, Y8) \
	MUL012(R9, o, Y1, Y5, Y9)

#define LAST2(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Y4, Y8) \
	MUL12(R9, o, Y5, Y9)

#define PLUS2 \
	VADDPS Y12, Y8, Y8 \
	VADDPS Y12, Y9, Y9

#define RELU2 \
	ZERO(Y13) \
	VMAXPS Y13, Y8, Y8 \
	VMAXPS Y13, Y9, Y9

#define LEAKY2 \
	ZERO(Y13) \
	LEAKY(Y8) \
	LEAKY(Y9)

#define SET2 \
	VMOVUPS Y8, (R12)(DX*1) \
	VMOVUPS Y9, (R13)(DX*1)

#define ASK2 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R9)(DI*1) \
	PREFETCHT1 (R12)(BP*1) \
	PREFETCHT1 (R13)(BP*1)

#define SHIFT2 \
	VMOVAPS Y4, Y8 \
	VMOVAPS Y5, Y9 \
	VMOVAPS Y0, Y4 \
	VMOVAPS Y1, Y5

TEXT ·ConvLinesF32_2x8_AVX2(SB), NOSPLIT, $16-116
	LINES(2, ROWS2, ZERO2, LOAD2, CLEAR2, FETCH2, FIRST2, MIDDLE2, LAST2, PLUS2, RELU2, LEAKY2, SET2, SHIFT2, ASK2)

#define ROWS1 \
	ROW(0, R8, R12)

#define ZERO1 \
	ZERO(Y0) \
	ZERO(Y4)

#define CLEAR1 \
	ZERO(Y0)

#define LOAD1 \
	VMOVUPS (R12), Y4 \
	VMOVUPS (R12)(DX*1), Y0

#define FETCH1 \
	VMOVUPS (R12)(DI*1), Y0

#define FIRST1(o) \
	WEIGHTS01(o) \
	MUL01(R8, o, Y0, Y4)

#define MIDDLE1(o) \
	WEIGHTS012(o) \
	MUL012(R8, o, Y0, Y4, Y8)

#define LAST1(o) \
	WEIGHTS12(o) \
	MUL12(R8, o, Y4, Y8)

#define PLUS1 \
	VADDPS Y12, Y8, Y8

#define RELU1 \
	ZERO(Y13) \
	VMAXPS Y13, Y8, Y8

#define LEAKY1 \
	ZERO(Y13) \
	LEAKY(Y8)

#define SET1 \
	VMOVUPS Y8, (R12)(DX*1)

#define ASK1 \
	PREFETCHT1 (R8)(DI*1) \
	PREFETCHT1 (R12)(BP*1)

#define SHIFT1 \
	VMOVAPS Y4, Y8 \
	VMOVAPS Y0, Y4

TEXT ·ConvLinesF32_1x8_AVX2(SB), NOSPLIT, $16-116
	LINES(1, ROWS1, ZERO1, LOAD1, CLEAR1, FETCH1, FIRST1, MIDDLE1, LAST1, PLUS1, RELU1, LEAKY1, SET1, SHIFT1, ASK1)
