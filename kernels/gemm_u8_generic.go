package kernels

import (
	"math/bits"
	"unsafe"
)

// The integer product in Go: what boards without NEON run. Bytes are widened by the loads themselves or once, where A is
// packed; sums stay in registers, of which 32-bit ARM has twelve; pointers walk, so that no loop checks a bound.

// gemmU8Generic multiplies two rows at a time in one word of 64 bits where the machine has such words.
var gemmU8Generic = map[bool]gemmU8Kernels{true: gemmU8Pairs, false: gemmU8Words}[bits.UintSize == 64]

var (
	gemmU8Pairs = gemmU8Kernels{mr: 4, nr: 4, thin: 2, cut: 4, rows: 64, step: 16, chunk: 1 << 12, batch: 64, flat: true,
		tile: gemmU8TilePairs, row: gemmU8RowGeneric, packA: packU8Pairs, packB: packS8Generic, open: openDirect,
		requant: requantGeneric, quantize: quantizeI16Generic, lookup: lookupGeneric}
	gemmU8Words = gemmU8Kernels{mr: 2, nr: 4, thin: 2, cut: 4, rows: 64, step: 4, chunk: 1 << 12, batch: 64, flat: true,
		tile: gemmU8TileWords, row: gemmU8RowGeneric, packA: packU8Words, packB: packS8Generic, open: openDirect,
		requant: requantGeneric, quantize: quantizeI16Generic, lookup: lookupGeneric}
)

// packU8Pairs lays out a value of each of four rows, two in a word of 64 bits: the first below, the second in the upper
// half.
func packU8Pairs(dst, src []uint8, lda, k, rows int) {
	words := unsafe.Slice((*uint64)(unsafe.Pointer(&dst[0])), len(dst)/8)
	for i := 0; i < rows; i += 2 {
		lower, upper := src[i*lda:][:k], src[min(i+1, rows-1)*lda:][:k]
		to := words[i/2:]
		for j, v := range lower {
			to[2*j] = uint64(v) | uint64(upper[j])<<32
		}
		for j := k; j < (k+3)&^3; j++ {
			to[2*j] = 0
		}
	}
}

// gemmU8TilePairs multiplies a pair of rows with a weight at once: the product of (x + 2^32 y) and w is xw + 2^32 yw, and
// so is the sum of many as long as either fits 32 bits, which MaxKU8 sees to.
func gemmU8TilePairs(tiles, rows, _, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	s := (*[4]int32)(unsafe.Pointer(bias))
	for i := range tiles {
		to := unsafe.Slice((*int32)(unsafe.Add(unsafe.Pointer(c), 16*i*ldc)), (rows-1)*ldc+4)
		for r := 0; r < rows; r += 2 {
			c0, c1, c2, c3 := gemmU8Pair(k/4, unsafe.Pointer(a), 4*(i*lda+r), unsafe.Pointer(b))
			putPair(to[r*ldc:], to[(r+1)*ldc:], s, c0, c1, c2, c3)
		}
	}
}

// gemmU8Pair sums a pair of rows, which begin at byte at of a, and four columns over steps of four values.
func gemmU8Pair(steps int, a unsafe.Pointer, at int, b unsafe.Pointer) (c0, c1, c2, c3 int64) {
	for i := range steps {
		x, w := (*[7]int64)(unsafe.Add(a, at+64*i)), (*[16]int8)(unsafe.Add(b, 16*i))
		v := x[0]
		c0 += v * int64(w[0])
		c1 += v * int64(w[4])
		c2 += v * int64(w[8])
		c3 += v * int64(w[12])
		v = x[2]
		c0 += v * int64(w[1])
		c1 += v * int64(w[5])
		c2 += v * int64(w[9])
		c3 += v * int64(w[13])
		v = x[4]
		c0 += v * int64(w[2])
		c1 += v * int64(w[6])
		c2 += v * int64(w[10])
		c3 += v * int64(w[14])
		v = x[6]
		c0 += v * int64(w[3])
		c1 += v * int64(w[7])
		c2 += v * int64(w[11])
		c3 += v * int64(w[15])
	}
	return c0, c1, c2, c3
}

// putPair takes sums of two rows apart and adds the bias.
func putPair(lower, upper []int32, s *[4]int32, c0, c1, c2, c3 int64) {
	for j, v := range [4]int64{c0, c1, c2, c3} {
		low := int32(v)
		lower[j], upper[j] = low+s[j], int32((v-int64(low))>>32)+s[j]
	}
}

// packU8Words lays out four bytes of each of two rows a step.
func packU8Words(dst, src []uint8, lda, k, rows int) {
	for i := range rows {
		row, to := src[i*lda:][:k], dst[4*i:]
		for ; len(row) >= 4; row = row[4:] {
			*(*[4]uint8)(to) = [4]uint8(row)
			to = to[min(8, len(to)):]
		}
		if len(row) > 0 {
			clear(to[copy(to[:4], row):4])
		}
	}
}

// gemmU8TileWords goes by 2x2, as many sums as 32-bit ARM keeps in registers beside what they are made of.
func gemmU8TileWords(tiles, _, _, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, _ bool) {
	s := (*[4]int32)(unsafe.Pointer(bias))
	if k == 0 {
		b = (*byte)(unsafe.Pointer(bias)) // nothing is read, but a pointer must point to something
	}
	for i := range tiles {
		from := unsafe.Add(unsafe.Pointer(a), 2*i*lda)
		to := unsafe.Slice((*int32)(unsafe.Add(unsafe.Pointer(c), 8*i*ldc)), ldc+4)
		for j := 0; j < 4; j += 2 {
			c00, c01, c10, c11 := gemmU8Word(k/4, from, unsafe.Add(unsafe.Pointer(b), 4*j))
			to[j], to[j+1] = c00+s[j], c01+s[j+1]
			to[ldc+j], to[ldc+j+1] = c10+s[j], c11+s[j+1]
		}
	}
}

// gemmU8Word sums two rows and two columns of a panel of four over steps of four values.
func gemmU8Word(steps int, a, b unsafe.Pointer) (c00, c01, c10, c11 int32) {
	for ; steps > 0; steps-- {
		x, w := (*[8]uint8)(a), (*[8]int8)(b)
		v, u := int32(w[0]), int32(w[4])
		y, z := int32(x[0]), int32(x[4])
		c00 += y * v
		c01 += y * u
		c10 += z * v
		c11 += z * u
		v, u = int32(w[1]), int32(w[5])
		y, z = int32(x[1]), int32(x[5])
		c00 += y * v
		c01 += y * u
		c10 += z * v
		c11 += z * u
		v, u = int32(w[2]), int32(w[6])
		y, z = int32(x[2]), int32(x[6])
		c00 += y * v
		c01 += y * u
		c10 += z * v
		c11 += z * u
		v, u = int32(w[3]), int32(w[7])
		y, z = int32(x[3]), int32(x[7])
		c00 += y * v
		c01 += y * u
		c10 += z * v
		c11 += z * u
		a, b = unsafe.Add(a, 8), unsafe.Add(b, 16)
	}
	return c00, c01, c10, c11
}

func gemmU8RowGeneric(panels, _, k int, a, b *byte, bias, c *int32) {
	sums, to := unsafe.Slice(bias, 4*panels), unsafe.Slice(c, 4*panels)
	for p := range panels {
		c0, c1, c2, c3 := gemmU8Row(k/4, unsafe.Pointer(a), unsafe.Add(unsafe.Pointer(b), 4*p*k))
		s, t := sums[4*p:][:4], to[4*p:][:4]
		t[0], t[1], t[2], t[3] = s[0]+c0, s[1]+c1, s[2]+c2, s[3]+c3
	}
}

// gemmU8Row sums one row and four columns over steps of four values.
func gemmU8Row(steps int, a, b unsafe.Pointer) (c0, c1, c2, c3 int32) {
	for i := range steps {
		x, w := (*[4]uint8)(unsafe.Add(a, 4*i)), (*[16]int8)(unsafe.Add(b, 16*i))
		v := int32(x[0])
		c0 += v * int32(w[0])
		c1 += v * int32(w[4])
		c2 += v * int32(w[8])
		c3 += v * int32(w[12])
		v = int32(x[1])
		c0 += v * int32(w[1])
		c1 += v * int32(w[5])
		c2 += v * int32(w[9])
		c3 += v * int32(w[13])
		v = int32(x[2])
		c0 += v * int32(w[2])
		c1 += v * int32(w[6])
		c2 += v * int32(w[10])
		c3 += v * int32(w[14])
		v = int32(x[3])
		c0 += v * int32(w[3])
		c1 += v * int32(w[7])
		c2 += v * int32(w[11])
		c3 += v * int32(w[15])
	}
	return c0, c1, c2, c3
}

// requantGeneric takes shifts from 33 on, which are most, in the upper word of the product, for machines of 32 bits: all
// but the last of the bits that are shifted out does not matter, and that one rounds.
func requantGeneric(dst []uint8, ldd int, acc []int32, lda, rows, n int, q *requant) {
	least, most := int32(q.lo)-q.zero, int32(q.hi)-q.zero
	mult, shift := q.mult[:n], q.shift[:n]
	for i := range rows {
		to := dst[i*ldd:][:n]
		for j, x := range acc[i*lda:][:n] {
			var y int32
			if t := shift[j]; t >= 33 {
				y = (int32(int64(x)*int64(mult[j])>>32)>>(t-33) + 1) >> 1
			} else {
				y = Requantize(x, mult[j], t)
			}
			to[j] = uint8(q.zero + max(least, min(y, most)))
		}
	}
}
