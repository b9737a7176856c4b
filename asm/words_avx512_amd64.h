// What products of words have in common, with weights that lie as bytes, two values of each column of a panel and then the next
// two, and are widened on the way. A step is 4 values of k.
//
//	Z0 .. Z15   the tile: row i in Z(2i), Z(2i+1); or, of 16 columns, Z0 .. Z7 and Z8 .. Z15, the sums over the first and over the
//	            other two values of a step
//	Z16, Z17    half a step of B, or a step of 16 columns;  Z18 .. Z21 broadcast half steps of A, in turn
//
// Half a step of 32 columns loads 64 + 32 bytes in 10 loads and does 16 VPDPWSSD, 512 multiply-adds, which add in full width: nothing
// saturates. Bound: 16 cycles where it issues once a cycle in 512 bits, 9 where twice and the widening takes one of the same ports.
// A step of 16 columns loads 64 + 64 bytes in 18 loads for as many products: 16 cycles, or 9, by the loads.
// Reached on a Zen 5 in whole layers of 3x3 in 48 and 64 channels, copy and requantization included: 75 % of two VPDPWSSD a cycle.
#define ROW(a, t, c0, c1) \
	VPBROADCASTD a, t \
	VPDPWSSD t, Z16, c0 \
	VPDPWSSD t, Z17, c1

#define BEGIN32 \
	VMOVDQU32 (BX), Z0 \
	VMOVDQU32 64(BX), Z1 \
	VMOVDQA32 Z0, Z2; VMOVDQA32 Z0, Z4; VMOVDQA32 Z0, Z6; VMOVDQA32 Z0, Z8 \
	VMOVDQA32 Z0, Z10; VMOVDQA32 Z0, Z12; VMOVDQA32 Z0, Z14 \
	VMOVDQA32 Z1, Z3; VMOVDQA32 Z1, Z5; VMOVDQA32 Z1, Z7; VMOVDQA32 Z1, Z9 \
	VMOVDQA32 Z1, Z11; VMOVDQA32 Z1, Z13; VMOVDQA32 Z1, Z15

#define BEGIN16 \
	VMOVDQU32 (BX), Z0 \
	VMOVDQA32 Z0, Z1; VMOVDQA32 Z0, Z2; VMOVDQA32 Z0, Z3; VMOVDQA32 Z0, Z4 \
	VMOVDQA32 Z0, Z5; VMOVDQA32 Z0, Z6; VMOVDQA32 Z0, Z7 \
	VPXORD Z8, Z8, Z8; VPXORD Z9, Z9, Z9; VPXORD Z10, Z10, Z10; VPXORD Z11, Z11, Z11 \
	VPXORD Z12, Z12, Z12; VPXORD Z13, Z13, Z13; VPXORD Z14, Z14, Z14; VPXORD Z15, Z15, Z15

// SUM16 adds both halves of 16 columns.
#define SUM16 \
	VPADDD Z8, Z0, Z0; VPADDD Z9, Z1, Z1; VPADDD Z10, Z2, Z2; VPADDD Z11, Z3, Z3 \
	VPADDD Z12, Z4, Z4; VPADDD Z13, Z5, Z5; VPADDD Z14, Z6, Z6; VPADDD Z15, Z7, Z7
