//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func ConvThinF32_8x3_NEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
//	cOff *int, cStep int, add int, seen *uint16, seenOff *int)
//
// Vectors of 4 pixels, 8 at a time, in 3 channels.
//
//	V8 .. V31   vector i in channel r in V(8+3i+r)
//	V2 .. V7    vectors of a;  V0, V1  a step of b
//	R8 .. R15   the vectors of a;  R1  the step, in bytes from there;  R6  aStep in bytes
//	R2          b at the step
//	R3, R4      the next segment, segments left;  R0  steps left in this one
//	R7          rows left;  R19, R23, R26  aOff, cOff, seenOff of the tile;  R5  cStep in bytes
//	R20         saved sums
//	R21, R22    b, c;  R24  add;  R25  where the lanes are that have the segment, or 0: all have it
//
// A step loads 8 vectors and 3 elements and does 24 FMLAs of 4 lanes: 38 instructions with the loop for 96 multiply-adds.
// Bound: 24 cycles with one FMLA pipe (A72), 12 with two (N1). With 4 channels, 4 vectors: 16 FMLAs and 5 loads. With 2
// channels 16 FMLAs and 9 loads; with one as many loads as FMLAs bound it.
//
// Where not all lanes have a segment, the others get back what they had before it.
DATA laneBits<>+0(SB)/8, $0x0000000200000001
DATA laneBits<>+8(SB)/8, $0x0000000800000004
GLOBL laneBits<>(SB), RODATA|NOPTR, $16

#define ARGS \
	MOVD rows+0(FP), R7     \
	MOVD aOff+16(FP), R19   \
	MOVD aStep+24(FP), R6   \
	MOVD b+48(FP), R21      \
	MOVD c+56(FP), R22      \
	MOVD cOff+64(FP), R23   \
	MOVD cStep+72(FP), R5   \
	MOVD add+80(FP), R24    \
	MOVD seenOff+96(FP), R26 \
	MOVD $frame-384(SP), R20 \
	LSL  $2, R6 \
	LSL  $2, R5

#define SEGMENTS \
	MOVD segs+32(FP), R3 \
	MOVD nseg+40(FP), R4

// ROWS4 and ROWS8 find the vectors of a tile.
#define ROWS4 \
	MOVD a+8(FP), R16        \
	LDP  (R19), (R8, R9)     \
	LDP  16(R19), (R10, R11) \
	ADD  R8<<2, R16, R8      \
	ADD  R9<<2, R16, R9      \
	ADD  R10<<2, R16, R10    \
	ADD  R11<<2, R16, R11

#define ROWS8 \
	ROWS4 \
	LDP  32(R19), (R12, R13) \
	LDP  48(R19), (R14, R15) \
	ADD  R12<<2, R16, R12    \
	ADD  R13<<2, R16, R13    \
	ADD  R14<<2, R16, R14    \
	ADD  R15<<2, R16, R15

// SEGMENT reads a segment of steps of size bytes of b.
#define SEGMENT(size) \
	LDP  (R3), (R1, R0)     \
	LDP  16(R3), (R2, R25)  \
	ADD  $32, R3            \
	LSL  $2, R1             \
	MOVD $size, R16         \
	MADD R16, R21, R2, R2   \
	MOVD seen+88(FP), R16   \
	ADD  R25<<1, R16, R25   \
	MOVD $15, R16

// SEEN leaves in R16 the lanes that all vectors see, SEENBY(o) adds one.
#define SEENBY(o) \
	MOVD  (o)(R26), R17   \
	ADD   R17<<1, R25, R17 \
	MOVHU (R17), R17      \
	AND   R17, R16

#define SEEN4 SEENBY(0); SEENBY(8); SEENBY(16); SEENBY(24)
#define SEEN8 SEEN4; SEENBY(32); SEENBY(40); SEENBY(48); SEENBY(56)

// UNSEEN sets V0 to the lanes of a vector that do not have the segment.
#define UNSEEN(o) \
	MOVD  (o)(R26), R17    \
	ADD   R17<<1, R25, R17 \
	MOVHU (R17), R17       \
	VDUP  R17, V0.S4       \
	VAND  V2.B16, V0.B16, V0.B16 \
	VCMEQ V3.S4, V0.S4, V0.S4

// THIN is the whole of a function: size are the bytes of a step of b, group those of a tile's offsets, n its vectors.
#define THIN(size, group, n, ROWS, SEEN, ZERO, STEP, KEEP, BACK, SET, PUT) \
	ARGS \
tile: \
	ROWS \
	SEGMENTS \
	ZERO \
segment: \
	SEGMENT(size) \
	SEEN \
	CMP  $15, R16 \
	BNE  some \
	MOVD ZR, R25 \
	PCALIGN $16 \
steps: \
	STEP \
	ADD  R6, R1 \
	SUBS $1, R0 \
	BNE  steps \
	CBNZ R25, back \
ended: \
	SUBS $1, R4 \
	BNE  segment \
	CBNZ R24, adding \
	SET \
	JMP  next \
some: \
	KEEP \
	JMP  steps \
back: \
	MOVD $laneBits<>(SB), R17 \
	FMOVQ (R17), F2 \
	VEOR V3.B16, V3.B16, V3.B16 \
	BACK \
	JMP  ended \
adding: \
	PUT \
next: \
	ADD  $group, R19 \
	ADD  $group, R23 \
	ADD  $group, R26 \
	SUBS $n, R7 \
	BGT  tile \
	RET

// ROW finds vector i of c in R16, or ends the tile.
#define ROW(i) \
	CMP  $i, R7  \
	BLE  next    \
	MOVD (8*i)(R23), R16 \
	ADD  R16<<2, R22, R16

#define SET1(x) \
	VST1.P [x.S4], (R16)(R5)

#define ADD1(v, x) \
	FMOVQ (R16), F0  \
	FADD_4S(v, v, 0) \
	VST1.P [x.S4], (R16)(R5)

#define BACK1(o, v) \
	FMOVQ (o)(R20), F1 \
	BIT_16B(v, 1, 0)

#define ZERO4(x, y, z, w) \
	VEOR x.B16, x.B16, x.B16 \
	VEOR y.B16, y.B16, y.B16 \
	VEOR z.B16, z.B16, z.B16 \
	VEOR w.B16, w.B16, w.B16

#define ZERO8  ZERO4(V8, V9, V10, V11); ZERO4(V12, V13, V14, V15)
#define ZERO16 ZERO8; ZERO4(V16, V17, V18, V19); ZERO4(V20, V21, V22, V23)
#define ZERO24 ZERO16; ZERO4(V24, V25, V26, V27); ZERO4(V28, V29, V30, V31)

#define KEEP8 \
	FSTPQ (F8, F9), (R20) \
	FSTPQ (F10, F11), 32(R20) \
	FSTPQ (F12, F13), 64(R20) \
	FSTPQ (F14, F15), 96(R20)

#define KEEP16 \
	KEEP8 \
	FSTPQ (F16, F17), 128(R20) \
	FSTPQ (F18, F19), 160(R20) \
	FSTPQ (F20, F21), 192(R20) \
	FSTPQ (F22, F23), 224(R20)

#define KEEP24 \
	KEEP16 \
	FSTPQ (F24, F25), 256(R20) \
	FSTPQ (F26, F27), 288(R20) \
	FSTPQ (F28, F29), 320(R20) \
	FSTPQ (F30, F31), 352(R20)

// 3 channels.
#define MUL3(v, a) \
	FMLA_EL(v, a, 0, 0)   \
	FMLA_EL(v+1, a, 0, 1) \
	FMLA_EL(v+2, a, 1, 0)

#define STEP3 \
	FMOVD (R2), F0  \
	FMOVS 8(R2), F1 \
	ADD   $12, R2   \
	LDR_QX(2, 8, 1); LDR_QX(3, 9, 1); LDR_QX(4, 10, 1); LDR_QX(5, 11, 1); LDR_QX(6, 12, 1); LDR_QX(7, 13, 1) \
	MUL3(8, 2); MUL3(11, 3) \
	LDR_QX(2, 14, 1); LDR_QX(3, 15, 1)  \
	MUL3(14, 4); MUL3(17, 5); MUL3(20, 6); MUL3(23, 7); MUL3(26, 2); MUL3(29, 3)

#define SET3(i, x, y, z) ROW(i); SET1(x); SET1(y); SET1(z)
#define SETS3 \
	SET3(0, V8, V9, V10); SET3(1, V11, V12, V13); SET3(2, V14, V15, V16); SET3(3, V17, V18, V19)     \
	SET3(4, V20, V21, V22); SET3(5, V23, V24, V25); SET3(6, V26, V27, V28); SET3(7, V29, V30, V31)

#define ADD3(i, v, x, y, z) ROW(i); ADD1(v, x); ADD1(v+1, y); ADD1(v+2, z)
#define ADDS3 \
	ADD3(0, 8, V8, V9, V10); ADD3(1, 11, V11, V12, V13); ADD3(2, 14, V14, V15, V16); ADD3(3, 17, V17, V18, V19)     \
	ADD3(4, 20, V20, V21, V22); ADD3(5, 23, V23, V24, V25); ADD3(6, 26, V26, V27, V28); ADD3(7, 29, V29, V30, V31)

#define BACK3(i) UNSEEN(8*i); BACK1(48*i, 8+3*i); BACK1(48*i+16, 9+3*i); BACK1(48*i+32, 10+3*i)
#define BACKS3 BACK3(0); BACK3(1); BACK3(2); BACK3(3); BACK3(4); BACK3(5); BACK3(6); BACK3(7)

TEXT ·ConvThinF32_8x3_NEON(SB), NOSPLIT, $392-104
	THIN(12, 64, 8, ROWS8, SEEN8, ZERO24, STEP3, KEEP24, BACKS3, SETS3, ADDS3)

// func ConvThinF32_8x2_NEON(...)
//
// The same in 2 channels: vector i in channel r in V(8+2i+r).
#define MUL2(v, a) \
	FMLA_EL(v, a, 0, 0) \
	FMLA_EL(v+1, a, 0, 1)

#define STEP2 \
	FMOVD (R2), F0 \
	ADD   $8, R2   \
	LDR_QX(2, 8, 1); LDR_QX(3, 9, 1); LDR_QX(4, 10, 1); LDR_QX(5, 11, 1); LDR_QX(6, 12, 1); LDR_QX(7, 13, 1) \
	LDR_QX(24, 14, 1); LDR_QX(25, 15, 1) \
	MUL2(8, 2); MUL2(10, 3); MUL2(12, 4); MUL2(14, 5); MUL2(16, 6); MUL2(18, 7); MUL2(20, 24); MUL2(22, 25)

#define SET2(i, x, y) ROW(i); SET1(x); SET1(y)
#define SETS2 \
	SET2(0, V8, V9); SET2(1, V10, V11); SET2(2, V12, V13); SET2(3, V14, V15)     \
	SET2(4, V16, V17); SET2(5, V18, V19); SET2(6, V20, V21); SET2(7, V22, V23)

#define ADD2(i, v, x, y) ROW(i); ADD1(v, x); ADD1(v+1, y)
#define ADDS2 \
	ADD2(0, 8, V8, V9); ADD2(1, 10, V10, V11); ADD2(2, 12, V12, V13); ADD2(3, 14, V14, V15)     \
	ADD2(4, 16, V16, V17); ADD2(5, 18, V18, V19); ADD2(6, 20, V20, V21); ADD2(7, 22, V22, V23)

#define BACK2(i) UNSEEN(8*i); BACK1(32*i, 8+2*i); BACK1(32*i+16, 9+2*i)
#define BACKS2 BACK2(0); BACK2(1); BACK2(2); BACK2(3); BACK2(4); BACK2(5); BACK2(6); BACK2(7)

TEXT ·ConvThinF32_8x2_NEON(SB), NOSPLIT, $392-104
	THIN(8, 64, 8, ROWS8, SEEN8, ZERO16, STEP2, KEEP16, BACKS2, SETS2, ADDS2)

// func ConvThinF32_8x1_NEON(...)
//
// The same in one channel: vector i in V(8+i).
#define STEP1 \
	FMOVS (R2), F0 \
	ADD   $4, R2   \
	LDR_QX(2, 8, 1); LDR_QX(3, 9, 1); LDR_QX(4, 10, 1); LDR_QX(5, 11, 1); LDR_QX(6, 12, 1); LDR_QX(7, 13, 1) \
	LDR_QX(24, 14, 1); LDR_QX(25, 15, 1) \
	FMLA_EL(8, 2, 0, 0); FMLA_EL(9, 3, 0, 0); FMLA_EL(10, 4, 0, 0); FMLA_EL(11, 5, 0, 0)     \
	FMLA_EL(12, 6, 0, 0); FMLA_EL(13, 7, 0, 0); FMLA_EL(14, 24, 0, 0); FMLA_EL(15, 25, 0, 0)

#define SETV(i, x) ROW(i); SET1(x)
#define SETS1 SETV(0, V8); SETV(1, V9); SETV(2, V10); SETV(3, V11); SETV(4, V12); SETV(5, V13); SETV(6, V14); SETV(7, V15)

#define ADDV(i, v, x) ROW(i); ADD1(v, x)
#define ADDS1 \
	ADDV(0, 8, V8); ADDV(1, 9, V9); ADDV(2, 10, V10); ADDV(3, 11, V11)     \
	ADDV(4, 12, V12); ADDV(5, 13, V13); ADDV(6, 14, V14); ADDV(7, 15, V15)

#define BACKV(i) UNSEEN(8*i); BACK1(16*i, 8+i)
#define BACKS1 BACKV(0); BACKV(1); BACKV(2); BACKV(3); BACKV(4); BACKV(5); BACKV(6); BACKV(7)

TEXT ·ConvThinF32_8x1_NEON(SB), NOSPLIT, $392-104
	THIN(4, 64, 8, ROWS8, SEEN8, ZERO8, STEP1, KEEP8, BACKS1, SETS1, ADDS1)

// func ConvThinF32_4x4_NEON(...)
//
// The same for 4 vectors in 4 channels: vector i in channel r in V(8+4i+r).
#define MULS4(v, a) \
	FMLA_EL(v, a, 0, 0)   \
	FMLA_EL(v+1, a, 0, 1) \
	FMLA_EL(v+2, a, 0, 2) \
	FMLA_EL(v+3, a, 0, 3)

#define STEP4 \
	FMOVQ (R2), F0 \
	ADD   $16, R2  \
	LDR_QX(2, 8, 1); LDR_QX(3, 9, 1); LDR_QX(4, 10, 1); LDR_QX(5, 11, 1) \
	MULS4(8, 2); MULS4(12, 3); MULS4(16, 4); MULS4(20, 5)

#define SET4(i, x, y, z, w) ROW(i); SET1(x); SET1(y); SET1(z); SET1(w)
#define SETS4 \
	SET4(0, V8, V9, V10, V11); SET4(1, V12, V13, V14, V15); SET4(2, V16, V17, V18, V19); SET4(3, V20, V21, V22, V23)

#define ADD4(i, v, x, y, z, w) ROW(i); ADD1(v, x); ADD1(v+1, y); ADD1(v+2, z); ADD1(v+3, w)
#define ADDS4 \
	ADD4(0, 8, V8, V9, V10, V11); ADD4(1, 12, V12, V13, V14, V15) \
	ADD4(2, 16, V16, V17, V18, V19); ADD4(3, 20, V20, V21, V22, V23)

#define BACK4(i) UNSEEN(8*i); BACK1(64*i, 8+4*i); BACK1(64*i+16, 9+4*i); BACK1(64*i+32, 10+4*i); BACK1(64*i+48, 11+4*i)
#define BACKS4 BACK4(0); BACK4(1); BACK4(2); BACK4(3)

TEXT ·ConvThinF32_4x4_NEON(SB), NOSPLIT, $392-104
	THIN(16, 32, 4, ROWS4, SEEN4, ZERO16, STEP4, KEEP16, BACKS4, SETS4, ADDS4)
