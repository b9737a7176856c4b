//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// func GemmF32_6x16_AVX2(t *BlockF32)
//
// A block of C, 16 columns wide, in tiles of 6 rows; the last tile has 1 to 6. A and B are read where they lie, A in any
// orientation, B in rows of 16 floats.
//
//	Y0 .. Y11   the tile: row i in Y(2i), Y(2i+1)
//	Y12, Y13    16 columns of a step of B
//	Y14, Y15    broadcast elements of A, in turn
//	SI, DI      A, B at the current step;  R13, R8 the way to the next step
//	R9 .. R11   1, 3, 5 rows of A: with scales of 1, 2 and 4 they reach all 6
//	BX, AX      the rows that are prefetched for later, and the way from one to the next
//	DX          where the first tile copies B
//
// A step loads 64 + 24 bytes in 8 loads and does 12 FMAs of 8 lanes. Bound: 6 cycles with two FMA ports; the loads need 4,
// the copy of B 2 stores. Reached on a Zen 5 with operands in L1 and L2, 256 steps: 98 to 99 % of the peak
// (BenchmarkGemmF32Tiles).
#define ROW(at, t, c0, c1) \
	VBROADCASTSS at, t \
	VFMADD231PS  t, Y12, c0 \
	VFMADD231PS  t, Y13, c1

#define ROWS1 ROW((SI), Y14, Y0, Y1)
#define ROWS2 ROWS1; ROW((SI)(R9*1), Y15, Y2, Y3)
#define ROWS3 ROWS2; ROW((SI)(R9*2), Y14, Y4, Y5)
#define ROWS4 ROWS3; ROW((SI)(R10*1), Y15, Y6, Y7)
#define ROWS5 ROWS4; ROW((SI)(R9*4), Y14, Y8, Y9)
#define ROWS6 ROWS5; ROW((SI)(R11*1), Y15, Y10, Y11)

#define STEP(ROWS) \
	VMOVUPS (DI), Y12   \
	VMOVUPS 32(DI), Y13 \
	ADDQ    R8, DI \
	ROWS    \
	ADDQ    R13, SI

// Fewer than 6 rows. A row is prefetched at every step: the tile may be all there is.
#define LOOP(label, ROWS) \
label: \
	PREFETCHT0 (BX)    \
	PREFETCHT0 60(BX)  \
	ADDQ       AX, BX  \
	STEP(ROWS) \
	DECQ CX    \
	JNZ  label \
	JMP  sums

// nearSteps is how many steps before the end the first row of C is prefetched, less eight.
#define nearSteps 72

#define TOUCH(n) \
	PREFETCHT0 (SI)    \
	PREFETCHT0 60(SI)  \
	ADDQ       DI, SI  \
	CMPQ       CX, $n  \
	JLE        touched

// PUT applies OP, which knows the row at SI, to rows 0 .. CX-1, DI bytes apart.
#define PUT(OP, done) \
	OP(Y0, Y1); CMPQ CX, $1; JLE done; ADDQ DI, SI \
	OP(Y2, Y3); CMPQ CX, $2; JLE done; ADDQ DI, SI \
	OP(Y4, Y5); CMPQ CX, $3; JLE done; ADDQ DI, SI \
	OP(Y6, Y7); CMPQ CX, $4; JLE done; ADDQ DI, SI \
	OP(Y8, Y9); CMPQ CX, $5; JLE done; ADDQ DI, SI \
	OP(Y10, Y11)

#define ADD(c0, c1) \
	VADDPS (SI), c0, c0   \
	VADDPS 32(SI), c1, c1

#define SET(c0, c1) \
	VMOVUPS c0, (SI)   \
	VMOVUPS c1, 32(SI)

// The same where the tile is narrower than 16: Y12, Y13 are masks.
#define ADDSOME(c0, c1) \
	VMASKMOVPS (SI), Y12, Y14   \
	VMASKMOVPS 32(SI), Y13, Y15 \
	VADDPS     Y14, c0, c0 \
	VADDPS     Y15, c1, c1

#define SETSOME(c0, c1) \
	VMASKMOVPS c0, Y12, (SI)   \
	VMASKMOVPS c1, Y13, 32(SI)

#define ALL(OP) \
	OP(Y0, Y1); OP(Y2, Y3); OP(Y4, Y5); OP(Y6, Y7); OP(Y8, Y9); OP(Y10, Y11)

#define ZERO(c0, c1) \
	VXORPS c0, c0, c0 \
	VXORPS c1, c1, c1

#define BIAS(c0, c1) \
	VADDPS Y14, c0, c0 \
	VADDPS Y15, c1, c1

// x > 0 ? x : +0
#define RELU(c0, c1) \
	VMAXPS Y14, c0, c0 \
	VMAXPS Y14, c1, c1

// x > 0 ? x : slope*x
#define LEAKY(c0, c1) \
	VMULPS    Y13, c0, Y15 \
	VCMPPS    $0x1e, Y14, c0, Y12 \
	VBLENDVPS Y12, c0, Y15, c0 \
	VMULPS    Y13, c1, Y15 \
	VCMPPS    $0x1e, Y14, c1, Y12 \
	VBLENDVPS Y12, c1, Y15, c1

// MASKS makes the masks of the columns of C: 16 ones, 16 zeros, and the mask of n lanes begins n floats before the zeros.
DATA laneMasks<>+0(SB)/8, $-1
DATA laneMasks<>+8(SB)/8, $-1
DATA laneMasks<>+16(SB)/8, $-1
DATA laneMasks<>+24(SB)/8, $-1
DATA laneMasks<>+32(SB)/8, $-1
DATA laneMasks<>+40(SB)/8, $-1
DATA laneMasks<>+48(SB)/8, $-1
DATA laneMasks<>+56(SB)/8, $-1
DATA laneMasks<>+64(SB)/8, $0
DATA laneMasks<>+72(SB)/8, $0
DATA laneMasks<>+80(SB)/8, $0
DATA laneMasks<>+88(SB)/8, $0
DATA laneMasks<>+96(SB)/8, $0
DATA laneMasks<>+104(SB)/8, $0
DATA laneMasks<>+112(SB)/8, $0
DATA laneMasks<>+120(SB)/8, $0
GLOBL laneMasks<>(SB), RODATA|NOPTR, $128

#define MASKS \
	MOVQ    BlockF32_Cols(DX), SI \
	NEGQ    SI \
	LEAQ    laneMasks<>+64(SB), R12 \
	LEAQ    (R12)(SI*4), R12 \
	VMOVUPS (R12), Y12   \
	VMOVUPS 32(R12), Y13

TEXT ·GemmF32_6x16_AVX2(SB), NOSPLIT, $72-8
	MOVQ t+0(FP), DX
	MOVQ BlockF32_ARow(DX), R9
	MOVQ BlockF32_AStep(DX), R13
	MOVQ BlockF32_BStep(DX), R8
	MOVQ BlockF32_Ahead(DX), BX
	MOVQ BlockF32_AheadStep(DX), AX
	SHLQ $2, R9
	SHLQ $2, R13
	SHLQ $2, R8
	SHLQ $2, AX
	LEAQ (R9)(R9*2), R10
	LEAQ (R9)(R9*4), R11
	MOVQ BlockF32_Rows(DX), CX
	MOVQ CX, rows-8(SP)
	MOVQ BlockF32_A(DX), CX
	MOVQ CX, a-16(SP)
	MOVQ BlockF32_B(DX), CX
	MOVQ CX, b-24(SP)
	MOVQ BlockF32_C(DX), CX
	MOVQ CX, c-32(SP)
	MOVQ BlockF32_Sum(DX), CX
	MOVQ CX, sum-40(SP)
	MOVQ $0, tiles-48(SP)
	MOVQ BlockF32_Copy(DX), CX
	MOVQ CX, copy-56(SP)

tile:
	MOVQ t+0(FP), DX
	MOVQ rows-8(SP), CX
	MOVQ c-32(SP), SI
	MOVQ BlockF32_CRow(DX), DI
	SHLQ $2, DI
	MOVQ DI, crow-72(SP)
	CMPQ CX, $6
	JLT  touch
	CMPQ copy-56(SP), $0
	JNE  touch
	CMPQ BlockF32_KC(DX), $48
	JGE  touched

touch:
	TOUCH(1)
	TOUCH(2)
	TOUCH(3)
	TOUCH(4)
	TOUCH(5)
	TOUCH(6)

touched:
	ALL(ZERO)
	MOVQ a-16(SP), SI
	MOVQ b-24(SP), DI
	MOVQ rows-8(SP), CX
	CMPQ CX, $6
	JGE  whole
	MOVQ BlockF32_KC(DX), DX
	XCHGQ CX, DX
	CMPQ DX, $4
	JEQ  r4
	JGT  r5
	CMPQ DX, $2
	JEQ  r2
	JGT  r3
	LOOP(r1, ROWS1)
	LOOP(r2, ROWS2)
	LOOP(r3, ROWS3)
	LOOP(r4, ROWS4)
	LOOP(r5, ROWS5)

whole:
	MOVQ  copy-56(SP), CX
	TESTQ CX, CX
	JZ    hot
	MOVQ  BlockF32_KC(DX), DX
	MOVQ  DX, steps-64(SP)
	MOVQ  CX, DX
	MOVQ  DX, b-24(SP)
	MOVQ  $0, copy-56(SP)
	LEAQ  (DI)(R8*8), CX
	PCALIGN $64

copy:
	PREFETCHT0 (CX)
	PREFETCHT0 60(CX)
	ADDQ R8, CX
	STEP(ROWS6)
	VMOVUPS Y12, (DX)
	VMOVUPS Y13, 32(DX)
	ADDQ $64, DX
	DECQ steps-64(SP)
	JNZ  copy
	MOVQ $64, R8
	JMP  aheads

hot:
	MOVQ BlockF32_KC(DX), CX
	MOVQ BlockF32_APanel(DX), DX
	LEAQ (SI)(DX*4), DX
	SUBQ $8, CX
	JLT  rest
	MOVQ CX, R12
	MOVQ c-32(SP), CX
	PCALIGN $64

	// Eight steps prefetch the same steps of the next tile's A, where they lie in rows, one row for later, and towards the end
	// one of C: all of C at once would keep B's loads waiting.
eights:
	CMPQ R12, $nearSteps
	JGT  early
	PREFETCHT0 (CX)
	PREFETCHT0 60(CX)
	ADDQ crow-72(SP), CX

early:
	PREFETCHT1 (BX)
	PREFETCHT0 (DX)
	STEP(ROWS6)
	PREFETCHT0 (DX)(R9*1)
	STEP(ROWS6)
	PREFETCHT0 (DX)(R9*2)
	STEP(ROWS6)
	PREFETCHT0 (DX)(R10*1)
	STEP(ROWS6)
	PREFETCHT1 60(BX)
	PREFETCHT0 (DX)(R9*4)
	STEP(ROWS6)
	PREFETCHT0 (DX)(R11*1)
	LEAQ (DX)(R13*8), DX
	STEP(ROWS6)
	STEP(ROWS6)
	STEP(ROWS6)
	ADDQ AX, BX
	SUBQ $8, R12
	JGE  eights
	MOVQ R12, CX

rest:
	ADDQ $8, CX
	JZ   aheads

ones:
	STEP(ROWS6)
	DECQ CX
	JNZ  ones

aheads:
	INCQ tiles-48(SP)
	MOVQ t+0(FP), DX
	MOVQ tiles-48(SP), CX
	CMPQ CX, BlockF32_AheadTiles(DX)
	JLT  sums
	XORQ AX, AX

sums:
	MOVQ  t+0(FP), DX
	MOVQ  rows-8(SP), CX
	MOVQ  sum-40(SP), SI
	TESTQ SI, SI
	JZ    old
	MOVQ  BlockF32_SumRow(DX), DI
	SHLQ  $2, DI
	CMPQ  BlockF32_Cols(DX), $16
	JNE   sumsome
	PUT(ADD, old)
	JMP   old

sumsome:
	MASKS
	MOVQ sum-40(SP), SI
	PUT(ADDSOME, old)

old:
	MOVQ BlockF32_CRow(DX), DI
	SHLQ $2, DI
	CMPQ BlockF32_Old(DX), $0
	JEQ  bias
	CMPQ BlockF32_Cols(DX), $16
	JNE  oldsome
	MOVQ c-32(SP), SI
	PUT(ADD, bias)
	JMP  bias

oldsome:
	MASKS
	MOVQ c-32(SP), SI
	PUT(ADDSOME, bias)

bias:
	MOVQ    BlockF32_Bias(DX), SI
	TESTQ   SI, SI
	JZ      act
	CMPQ    BlockF32_Cols(DX), $16
	JNE     biassome
	VMOVUPS (SI), Y14
	VMOVUPS 32(SI), Y15
	ALL(BIAS)
	JMP     act

biassome:
	MASKS
	MOVQ       BlockF32_Bias(DX), SI
	VMASKMOVPS (SI), Y12, Y14
	VMASKMOVPS 32(SI), Y13, Y15
	ALL(BIAS)

act:
	CMPQ   BlockF32_Act(DX), $0
	JEQ    store
	VXORPS Y14, Y14, Y14
	CMPQ   BlockF32_Act(DX), $1
	JNE    leaky
	ALL(RELU)
	JMP    store

leaky:
	VBROADCASTSS BlockF32_Slope(DX), Y13
	ALL(LEAKY)

store:
	CMPQ BlockF32_Cols(DX), $16
	JNE  some
	MOVQ c-32(SP), SI
	PUT(SET, next)
	JMP  next

some:
	MASKS
	MOVQ c-32(SP), SI
	PUT(SETSOME, next)

next:
	SUBQ $6, CX
	JLE  done
	MOVQ CX, rows-8(SP)
	MOVQ BlockF32_APanel(DX), SI
	SHLQ $2, SI
	ADDQ SI, a-16(SP)
	LEAQ (DI)(DI*2), DI
	SHLQ $1, DI
	ADDQ DI, c-32(SP)
	CMPQ sum-40(SP), $0
	JEQ  tile
	MOVQ BlockF32_SumRow(DX), DI
	LEAQ (DI)(DI*2), DI
	SHLQ $3, DI
	ADDQ DI, sum-40(SP)
	JMP  tile

done:
	VZEROUPPER
	RET

// func PeakF32_AVX2(n int)
TEXT ·PeakF32_AVX2(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX
	VXORPS Y14, Y14, Y14
	VXORPS Y15, Y15, Y15
	PCALIGN $64

loop:
	VFMADD231PS Y14, Y15, Y0
	VFMADD231PS Y14, Y15, Y1
	VFMADD231PS Y14, Y15, Y2
	VFMADD231PS Y14, Y15, Y3
	VFMADD231PS Y14, Y15, Y4
	VFMADD231PS Y14, Y15, Y5
	VFMADD231PS Y14, Y15, Y6
	VFMADD231PS Y14, Y15, Y7
	VFMADD231PS Y14, Y15, Y8
	VFMADD231PS Y14, Y15, Y9
	VFMADD231PS Y14, Y15, Y10
	VFMADD231PS Y14, Y15, Y11
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
