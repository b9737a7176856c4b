//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// func GemmF32_8x48_AVX512(t *BlockF32)
//
// A block of C, 48 columns wide, in tiles of 8 rows; the last tile has 1 to 8. A and B are read where they lie, A in any
// orientation, B in rows of whole vectors.
//
//	Z0 .. Z23   the tile: row i in Z(3i), Z(3i+1), Z(3i+2)
//	Z24 .. Z26  48 columns of a step of B
//	Z28 .. Z31  broadcast elements of A, in turn
//	SI, DI      A, B at the current step;  R13, R8 the way to the next step
//	R9 .. R12   1, 3, 5, 7 rows of A: with scales of 1, 2 and 4 they reach all 8
//	BX, AX      the rows that are prefetched for later, and the way from one to the next
//	DX          where the first tile copies B
//	K1 .. K3    the columns of C
//
// A step loads 192 + 32 bytes in 11 loads and does 24 FMAs of 16 lanes. Bound: 12 cycles where two 512-bit FMAs issue in
// a cycle, 24 where one (Zen 4); the loads need 5.5, the copy of B 3 stores. The chains are 24 FMAs apart, past any
// latency. With 32 or 16 columns a step has 16 or 8 FMAs and 10 or 9 loads, with fewer rows fewer of both.
// Reached on a Zen 5 with operands in L1 and L2, 256 steps, packed or in place: 99 % of the peak (BenchmarkGemmF32Tiles).
#define ROW3(at, t, c0, c1, c2) \
	VBROADCASTSS at, t \
	VFMADD231PS  t, Z24, c0 \
	VFMADD231PS  t, Z25, c1 \
	VFMADD231PS  t, Z26, c2

#define ROW2(at, t, c0, c1, c2) \
	VBROADCASTSS at, t \
	VFMADD231PS  t, Z24, c0 \
	VFMADD231PS  t, Z25, c1

#define ROW1(at, t, c0, c1, c2) \
	VBROADCASTSS at, t \
	VFMADD231PS  t, Z24, c0

#define ROWS1(ROW) ROW((SI), Z28, Z0, Z1, Z2)
#define ROWS2(ROW) ROWS1(ROW); ROW((SI)(R9*1), Z29, Z3, Z4, Z5)
#define ROWS3(ROW) ROWS2(ROW); ROW((SI)(R9*2), Z30, Z6, Z7, Z8)
#define ROWS4(ROW) ROWS3(ROW); ROW((SI)(R10*1), Z31, Z9, Z10, Z11)
#define ROWS5(ROW) ROWS4(ROW); ROW((SI)(R9*4), Z28, Z12, Z13, Z14)
#define ROWS6(ROW) ROWS5(ROW); ROW((SI)(R11*1), Z29, Z15, Z16, Z17)
#define ROWS7(ROW) ROWS6(ROW); ROW((SI)(R10*2), Z30, Z18, Z19, Z20)
#define ROWS8(ROW) ROWS7(ROW); ROW((SI)(R12*1), Z31, Z21, Z22, Z23)

#define LOAD1 VMOVUPS (DI), Z24
#define LOAD2 LOAD1; VMOVUPS 64(DI), Z25
#define LOAD3 LOAD2; VMOVUPS 128(DI), Z26

#define STEP(LOAD, ROWS, ROW) \
	LOAD       \
	ADDQ R8, DI \
	ROWS(ROW)  \
	ADDQ R13, SI

#define SOON1 PREFETCHT0 (BX)
#define SOON2 SOON1; PREFETCHT0 64(BX)
#define SOON3 SOON2; PREFETCHT0 128(BX); PREFETCHT0 188(BX)

// Fewer than 8 rows. A row is prefetched at every step: the tile may be all there is.
#define LOOP(label, SOON, LOAD, ROWS, ROW) \
label: \
	SOON           \
	ADDQ AX, BX    \
	STEP(LOAD, ROWS, ROW) \
	DECQ CX    \
	JNZ  label \
	JMP  sums

// NEAR prefetches the columns of a row of C, at CX.
#define NEAR1 PREFETCHT0 (CX)
#define NEAR2 NEAR1; PREFETCHT0 64(CX)
#define NEAR3 NEAR2; PREFETCHT0 128(CX)

// All 8 rows. Eight steps prefetch the same steps of the next tile's A, where they lie in rows, one row for later, and
// towards the end one of C: all of C at once would keep B's loads waiting.
#define WHOLE(hot, eights, early, rest, ones, LOAD, ROW, NEAR) \
hot: \
	MOVQ BlockF32_KC(DX), CX     \
	MOVQ BlockF32_APanel(DX), DX \
	LEAQ (SI)(DX*4), DX \
	SUBQ $8, CX \
	JLT  rest   \
	MOVQ CX, steps-64(SP) \
	MOVQ c-32(SP), CX     \
	PCALIGN $64 \
eights: \
	CMPQ steps-64(SP), $nearSteps \
	JGT  early \
	NEAR \
	ADDQ crow-72(SP), CX \
early: \
	PREFETCHT1 (BX)            \
	PREFETCHT0 (DX)            \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT0 (DX)(R9*1)      \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT1 64(BX)          \
	PREFETCHT0 (DX)(R9*2)      \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT0 (DX)(R10*1)     \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT1 128(BX)         \
	PREFETCHT0 (DX)(R9*4)      \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT0 (DX)(R11*1)     \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT1 188(BX)         \
	PREFETCHT0 (DX)(R10*2)     \
	STEP(LOAD, ROWS8, ROW)     \
	PREFETCHT0 (DX)(R12*1)     \
	LEAQ (DX)(R13*8), DX       \
	STEP(LOAD, ROWS8, ROW)     \
	ADDQ AX, BX \
	SUBQ $8, steps-64(SP) \
	JGE  eights \
	MOVQ steps-64(SP), CX \
rest: \
	ADDQ $8, CX \
	JZ   aheads \
ones: \
	STEP(LOAD, ROWS8, ROW) \
	DECQ CX    \
	JNZ  ones  \
	JMP  aheads

// nearSteps is how many steps before the end the first row of C is prefetched, less eight.
#define nearSteps 88

#define TOUCH(n) \
	PREFETCHT0 (SI)     \
	PREFETCHT0 64(SI)   \
	PREFETCHT0 128(SI)  \
	ADDQ       DI, SI   \
	CMPQ       CX, $n   \
	JLE        touched

// PUT applies OP, which knows the row at SI, to rows 0 .. CX-1, DI bytes apart.
#define PUT(OP, done) \
	OP(Z0, Z1, Z2); CMPQ CX, $1; JLE done; ADDQ DI, SI \
	OP(Z3, Z4, Z5); CMPQ CX, $2; JLE done; ADDQ DI, SI \
	OP(Z6, Z7, Z8); CMPQ CX, $3; JLE done; ADDQ DI, SI \
	OP(Z9, Z10, Z11); CMPQ CX, $4; JLE done; ADDQ DI, SI \
	OP(Z12, Z13, Z14); CMPQ CX, $5; JLE done; ADDQ DI, SI \
	OP(Z15, Z16, Z17); CMPQ CX, $6; JLE done; ADDQ DI, SI \
	OP(Z18, Z19, Z20); CMPQ CX, $7; JLE done; ADDQ DI, SI \
	OP(Z21, Z22, Z23)

#define ADD(c0, c1, c2) \
	VADDPS (SI), c0, K1, c0   \
	VADDPS 64(SI), c1, K2, c1 \
	VADDPS 128(SI), c2, K3, c2

#define SET(c0, c1, c2) \
	VMOVUPS c0, (SI)   \
	VMOVUPS c1, 64(SI) \
	VMOVUPS c2, 128(SI)

#define SETSOME(c0, c1, c2) \
	VMOVUPS c0, K1, (SI)   \
	VMOVUPS c1, K2, 64(SI) \
	VMOVUPS c2, K3, 128(SI)

#define ALL(OP) \
	OP(Z0, Z1, Z2); OP(Z3, Z4, Z5); OP(Z6, Z7, Z8); OP(Z9, Z10, Z11) \
	OP(Z12, Z13, Z14); OP(Z15, Z16, Z17); OP(Z18, Z19, Z20); OP(Z21, Z22, Z23)

#define ZERO(c0, c1, c2) \
	VPXORD c0, c0, c0 \
	VPXORD c1, c1, c1 \
	VPXORD c2, c2, c2

#define BIAS(c0, c1, c2) \
	VADDPS Z24, c0, c0 \
	VADDPS Z25, c1, c1 \
	VADDPS Z26, c2, c2

// x > 0 ? x : +0
#define RELU(c0, c1, c2) \
	VMAXPS Z27, c0, c0 \
	VMAXPS Z27, c1, c1 \
	VMAXPS Z27, c2, c2

// x > 0 ? x : slope*x, by the comparison "not greater".
#define LEAKY(c0, c1, c2) \
	VCMPPS $0x1a, Z27, c0, K4 \
	VMULPS Z28, c0, K4, c0 \
	VCMPPS $0x1a, Z27, c1, K5 \
	VMULPS Z28, c1, K5, c1 \
	VCMPPS $0x1a, Z27, c2, K6 \
	VMULPS Z28, c2, K6, c2

TEXT ·GemmF32_8x48_AVX512(SB), NOSPLIT, $72-8
	MOVQ  t+0(FP), DX
	MOVQ  BlockF32_ARow(DX), R9
	MOVQ  BlockF32_AStep(DX), R13
	MOVQ  BlockF32_BStep(DX), R8
	MOVQ  BlockF32_Ahead(DX), BX
	MOVQ  BlockF32_AheadStep(DX), AX
	SHLQ  $2, R9
	SHLQ  $2, R13
	SHLQ  $2, R8
	SHLQ  $2, AX
	LEAQ  (R9)(R9*2), R10
	LEAQ  (R9)(R9*4), R11
	LEAQ  (R10)(R9*4), R12
	MOVQ  BlockF32_Rows(DX), CX
	MOVQ  CX, rows-8(SP)
	MOVQ  BlockF32_A(DX), CX
	MOVQ  CX, a-16(SP)
	MOVQ  BlockF32_B(DX), CX
	MOVQ  CX, b-24(SP)
	MOVQ  BlockF32_C(DX), CX
	MOVQ  CX, c-32(SP)
	MOVQ  BlockF32_Sum(DX), CX
	MOVQ  CX, sum-40(SP)
	MOVQ  $0, tiles-48(SP)
	MOVQ  BlockF32_Copy(DX), CX
	MOVQ  CX, copy-56(SP)
	MOVQ  BlockF32_Cols(DX), CX
	MOVQ  $-1, SI
	BZHIQ CX, SI, SI
	KMOVW SI, K1
	SHRQ  $16, SI
	KMOVW SI, K2
	SHRQ  $16, SI
	KMOVW SI, K3

tile:
	MOVQ t+0(FP), DX
	MOVQ rows-8(SP), CX
	MOVQ c-32(SP), SI
	MOVQ BlockF32_CRow(DX), DI
	SHLQ $2, DI
	MOVQ DI, crow-72(SP)
	CMPQ CX, $8
	JLT  touch
	CMPQ copy-56(SP), $0
	JNE  touch
	CMPQ BlockF32_KC(DX), $64
	JGE  touched

touch:
	TOUCH(1)
	TOUCH(2)
	TOUCH(3)
	TOUCH(4)
	TOUCH(5)
	TOUCH(6)
	TOUCH(7)
	TOUCH(8)

touched:
	ALL(ZERO)
	MOVQ a-16(SP), SI
	MOVQ b-24(SP), DI
	MOVQ BlockF32_Cols(DX), CX
	CMPQ CX, $16
	JLE  narrow1
	CMPQ CX, $32
	JLE  narrow2
	MOVQ rows-8(SP), CX
	CMPQ CX, $8
	JGE  whole
	MOVQ BlockF32_KC(DX), DX
	XCHGQ CX, DX
	CMPQ DX, $4
	JEQ  w4
	JGT  wide5
	CMPQ DX, $2
	JEQ  w2
	JGT  w3
	LOOP(w1, SOON3, LOAD3, ROWS1, ROW3)
	LOOP(w2, SOON3, LOAD3, ROWS2, ROW3)
	LOOP(w3, SOON3, LOAD3, ROWS3, ROW3)
	LOOP(w4, SOON3, LOAD3, ROWS4, ROW3)
wide5:
	CMPQ DX, $6
	JEQ  w6
	JGT  w7
	LOOP(w5, SOON3, LOAD3, ROWS5, ROW3)
	LOOP(w6, SOON3, LOAD3, ROWS6, ROW3)
	LOOP(w7, SOON3, LOAD3, ROWS7, ROW3)

narrow1:
	MOVQ rows-8(SP), CX
	CMPQ CX, $8
	JGE  hot1
	MOVQ BlockF32_KC(DX), DX
	XCHGQ CX, DX
	CMPQ DX, $4
	JEQ  s4
	JGT  narrow5
	CMPQ DX, $2
	JEQ  s2
	JGT  s3
	LOOP(s1, SOON1, LOAD1, ROWS1, ROW1)
	LOOP(s2, SOON1, LOAD1, ROWS2, ROW1)
	LOOP(s3, SOON1, LOAD1, ROWS3, ROW1)
	LOOP(s4, SOON1, LOAD1, ROWS4, ROW1)
narrow5:
	CMPQ DX, $6
	JEQ  s6
	JGT  s7
	LOOP(s5, SOON1, LOAD1, ROWS5, ROW1)
	LOOP(s6, SOON1, LOAD1, ROWS6, ROW1)
	LOOP(s7, SOON1, LOAD1, ROWS7, ROW1)

narrow2:
	MOVQ rows-8(SP), CX
	CMPQ CX, $8
	JGE  hot2
	MOVQ BlockF32_KC(DX), DX
	XCHGQ CX, DX
	CMPQ DX, $4
	JEQ  m4
	JGT  middle5
	CMPQ DX, $2
	JEQ  m2
	JGT  m3
	LOOP(m1, SOON2, LOAD2, ROWS1, ROW2)
	LOOP(m2, SOON2, LOAD2, ROWS2, ROW2)
	LOOP(m3, SOON2, LOAD2, ROWS3, ROW2)
	LOOP(m4, SOON2, LOAD2, ROWS4, ROW2)
middle5:
	CMPQ DX, $6
	JEQ  m6
	JGT  m7
	LOOP(m5, SOON2, LOAD2, ROWS5, ROW2)
	LOOP(m6, SOON2, LOAD2, ROWS6, ROW2)
	LOOP(m7, SOON2, LOAD2, ROWS7, ROW2)

whole:
	MOVQ  copy-56(SP), CX
	TESTQ CX, CX
	JZ    hot3
	MOVQ  BlockF32_KC(DX), DX
	MOVQ  DX, steps-64(SP)
	MOVQ  CX, DX
	MOVQ  DX, b-24(SP)
	MOVQ  $0, copy-56(SP)
	LEAQ  (DI)(R8*8), CX
	PCALIGN $64

copy:
	PREFETCHT0 (CX)
	PREFETCHT0 64(CX)
	PREFETCHT0 128(CX)
	PREFETCHT0 188(CX)
	ADDQ R8, CX
	STEP(LOAD3, ROWS8, ROW3)
	VMOVUPS Z24, (DX)
	VMOVUPS Z25, 64(DX)
	VMOVUPS Z26, 128(DX)
	ADDQ $192, DX
	DECQ steps-64(SP)
	JNZ  copy
	MOVQ $192, R8
	JMP  aheads

	WHOLE(hot3, eights3, early3, rest3, ones3, LOAD3, ROW3, NEAR3)
	WHOLE(hot2, eights2, early2, rest2, ones2, LOAD2, ROW2, NEAR2)
	WHOLE(hot1, eights1, early1, rest1, ones1, LOAD1, ROW1, NEAR1)

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
	PUT(ADD, old)

old:
	MOVQ  BlockF32_CRow(DX), DI
	SHLQ  $2, DI
	CMPQ  BlockF32_Old(DX), $0
	JEQ   bias
	MOVQ  c-32(SP), SI
	PUT(ADD, bias)

bias:
	MOVQ  BlockF32_Bias(DX), SI
	TESTQ SI, SI
	JZ    act
	VMOVUPS.Z (SI), K1, Z24
	VMOVUPS.Z 64(SI), K2, Z25
	VMOVUPS.Z 128(SI), K3, Z26
	ALL(BIAS)

act:
	CMPQ   BlockF32_Act(DX), $0
	JEQ    store
	VPXORD Z27, Z27, Z27
	CMPQ   BlockF32_Act(DX), $1
	JNE    leaky
	ALL(RELU)
	JMP    store

leaky:
	VBROADCASTSS BlockF32_Slope(DX), Z28
	ALL(LEAKY)

store:
	MOVQ c-32(SP), SI
	CMPQ BlockF32_Cols(DX), $48
	JNE  some
	PUT(SET, next)
	JMP  next

some:
	PUT(SETSOME, next)

next:
	SUBQ  $8, CX
	JLE   done
	MOVQ  CX, rows-8(SP)
	MOVQ  BlockF32_APanel(DX), SI
	SHLQ  $2, SI
	ADDQ  SI, a-16(SP)
	SHLQ  $3, DI
	ADDQ  DI, c-32(SP)
	CMPQ  sum-40(SP), $0
	JEQ   tile
	MOVQ  BlockF32_SumRow(DX), DI
	SHLQ  $5, DI
	ADDQ  DI, sum-40(SP)
	JMP   tile

done:
	VZEROUPPER
	RET

// func PeakF32_AVX512(n int)
TEXT ·PeakF32_AVX512(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX
	VPXORD Z30, Z30, Z30
	VPXORD Z31, Z31, Z31
	PCALIGN $64

loop:
	VFMADD231PS Z30, Z31, Z0
	VFMADD231PS Z30, Z31, Z1
	VFMADD231PS Z30, Z31, Z2
	VFMADD231PS Z30, Z31, Z3
	VFMADD231PS Z30, Z31, Z4
	VFMADD231PS Z30, Z31, Z5
	VFMADD231PS Z30, Z31, Z6
	VFMADD231PS Z30, Z31, Z7
	VFMADD231PS Z30, Z31, Z8
	VFMADD231PS Z30, Z31, Z9
	VFMADD231PS Z30, Z31, Z10
	VFMADD231PS Z30, Z31, Z11
	VFMADD231PS Z30, Z31, Z12
	VFMADD231PS Z30, Z31, Z13
	VFMADD231PS Z30, Z31, Z14
	VFMADD231PS Z30, Z31, Z15
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
