package kernels

import (
	"math"
	"unsafe"
)

// GemmU8 is the integer matrix product of a quantized layer: activations u8, weights s8, sums in int32, exact.
//
//	acc[i,j] = Bias[j] + sum over k of A[i,k] * B[k,j]
//
// With C32 set that is the result. Otherwise C[i,j] = clamp(Zero + requant(acc, Mult[j], Shift[j]), Lo, Hi), where
// requant(x, q, t) = (x*q + 2^(t-1)) >> t in 64 bits: one rounding, half up, the newer form of TFLite. K is at most
// MaxKU8, so that no sum without bias overflows.
type GemmU8 struct {
	M, N, K int
	A       []uint8
	Lda     int
	B       *PackedS8
	Bias    []int32 // of length N, or nil
	C32     []int32 // row major with Ldc, or nil
	C       []uint8
	Ldc     int
	Mult    []int32 // in [2^30, 2^31)
	Shift   []uint8 // in [MinShift, MaxShift]
	Zero    int32   // the output's zero point, 0 .. 255
	Lo, Hi  uint8

	run gemmU8Run
}

// MaxKU8 is the longest sum of products of a u8 and an s8 that fits an int32.
const MaxKU8 = 65793

// MinShift and MaxShift bound a requantization's shift: the real factor q*2^-t is below 1 and at least 2^-32.
const (
	MinShift = 31
	MaxShift = 62
)

// Requantize is the one rounding of the integer path: (x*q + 2^(t-1)) >> t.
func Requantize(x, q int32, t uint8) int32 {
	return int32((int64(x)*int64(q) + 1<<(t-1)) >> t)
}

// QuantScale writes real, in [2^-32, 1), as q*2^-t with q in [2^30, 2^31), to the nearest. It reports false for a
// number that has no such form.
func QuantScale(real float64) (q int32, t uint8, ok bool) {
	if !(real >= 0x1p-32 && real < 1) {
		return 0, 0, false
	}
	frac, exp := math.Frexp(real)
	n := int64(math.RoundToEven(math.Ldexp(frac, 31)))
	if n == 1<<31 {
		n, exp = 1<<30, exp+1
	}
	s := 31 - exp
	if s < MinShift || s > MaxShift {
		return 0, 0, false
	}
	return int32(n), uint8(s), true
}

// GemmU8Reference computes g the plain way. It is the specification of Run; b is the K x N matrix that g.B packs.
func GemmU8Reference(g *GemmU8, b []int8, ldb int) {
	for i := range g.M {
		for j := range g.N {
			var acc int32
			for k := range g.K {
				acc += int32(g.A[i*g.Lda+k]) * int32(b[k*ldb+j])
			}
			if g.Bias != nil {
				acc += g.Bias[j]
			}
			if g.C32 != nil {
				g.C32[i*g.Ldc+j] = acc
			} else {
				y := int64(g.Zero) + int64(Requantize(acc, g.Mult[j], g.Shift[j]))
				g.C[i*g.Ldc+j] = uint8(max(int64(g.Lo), min(y, int64(g.Hi))))
			}
		}
	}
}

// gemmU8Kernels is what a tier brings to the integer GEMM. Operands are packed in steps of 4 bytes a lane, which hold
// ks values of k: four bytes, or two 16-bit numbers, zero beyond K.
type gemmU8Kernels struct {
	mr, nr int
	ks     int
	rows   int // rows of one task

	// tile sets c [mr, nr] to the sums over steps.
	tile func(steps int, a, b *byte, c *int32)

	// row is tile where only the first row is wanted; it leaves the others undefined.
	row func(steps int, a, b *byte, c *int32)

	// pack lays out rows <= mr rows of k bytes for tile; missing rows are left as they are.
	pack func(dst, src []uint8, lda, k, rows, mr int)

	// requant finishes one row of at most nr sums.
	requant func(dst []uint8, acc, bias, mult []int32, shift []uint8, zero int32, lo, hi uint8)

	lookup func(dst, src []uint8, table *[256]uint8)
}

var gemmU8Generic = gemmU8Kernels{mr: 2, nr: 4, ks: 4, rows: 64, tile: gemmU8TileGeneric, row: gemmU8RowGeneric,
	pack: packU8Generic, requant: requantGeneric, lookup: lookupGeneric}

func gemmU8TileGeneric(steps int, a, b *byte, c *int32) {
	as, bs := unsafe.Slice(a, 8*steps), unsafe.Slice((*int8)(unsafe.Pointer(b)), 16*steps)
	var c00, c01, c02, c03, c10, c11, c12, c13 int32
	for len(as) >= 8 && len(bs) >= 16 {
		x0, x1, x2, x3 := int32(as[0]), int32(as[1]), int32(as[2]), int32(as[3])
		y0, y1, y2, y3 := int32(as[4]), int32(as[5]), int32(as[6]), int32(as[7])
		w := bs[:16:16]
		c00 += x0*int32(w[0]) + x1*int32(w[1]) + x2*int32(w[2]) + x3*int32(w[3])
		c10 += y0*int32(w[0]) + y1*int32(w[1]) + y2*int32(w[2]) + y3*int32(w[3])
		c01 += x0*int32(w[4]) + x1*int32(w[5]) + x2*int32(w[6]) + x3*int32(w[7])
		c11 += y0*int32(w[4]) + y1*int32(w[5]) + y2*int32(w[6]) + y3*int32(w[7])
		c02 += x0*int32(w[8]) + x1*int32(w[9]) + x2*int32(w[10]) + x3*int32(w[11])
		c12 += y0*int32(w[8]) + y1*int32(w[9]) + y2*int32(w[10]) + y3*int32(w[11])
		c03 += x0*int32(w[12]) + x1*int32(w[13]) + x2*int32(w[14]) + x3*int32(w[15])
		c13 += y0*int32(w[12]) + y1*int32(w[13]) + y2*int32(w[14]) + y3*int32(w[15])
		as, bs = as[8:], bs[16:]
	}
	*(*[8]int32)(unsafe.Pointer(c)) = [8]int32{c00, c01, c02, c03, c10, c11, c12, c13}
}

func gemmU8RowGeneric(steps int, a, b *byte, c *int32) {
	as, bs := unsafe.Slice(a, 8*steps), unsafe.Slice((*int8)(unsafe.Pointer(b)), 16*steps)
	var c0, c1, c2, c3 int32
	for len(as) >= 8 && len(bs) >= 16 {
		x0, x1, x2, x3 := int32(as[0]), int32(as[1]), int32(as[2]), int32(as[3])
		w := bs[:16:16]
		c0 += x0*int32(w[0]) + x1*int32(w[1]) + x2*int32(w[2]) + x3*int32(w[3])
		c1 += x0*int32(w[4]) + x1*int32(w[5]) + x2*int32(w[6]) + x3*int32(w[7])
		c2 += x0*int32(w[8]) + x1*int32(w[9]) + x2*int32(w[10]) + x3*int32(w[11])
		c3 += x0*int32(w[12]) + x1*int32(w[13]) + x2*int32(w[14]) + x3*int32(w[15])
		as, bs = as[8:], bs[16:]
	}
	*(*[4]int32)(unsafe.Pointer(c)) = [4]int32{c0, c1, c2, c3}
}

func requantGeneric(dst []uint8, acc, bias, mult []int32, shift []uint8, zero int32, lo, hi uint8) {
	least, most := int32(lo)-zero, int32(hi)-zero
	for j := range dst {
		x := acc[j]
		if bias != nil {
			x += bias[j]
		}
		dst[j] = uint8(zero + max(least, min(Requantize(x, mult[j], shift[j]), most)))
	}
}

// PackedS8 is a matrix of weights laid out for the tiles of one tier.
type PackedS8 struct {
	k, n   int
	b      []int8 // the matrix itself, for a tier that is forced later
	ldb    int
	tier   *tier
	panels []byte
}

// PackS8 packs the K x N row-major matrix b for the tier in use. b must stay as it is while the result is used.
func PackS8(k, n int, b []int8, ldb int) *PackedS8 {
	checkMatrix(k, n, ldb, len(b), false, "PackS8: B")
	p := &PackedS8{k: k, n: n, b: b, ldb: ldb}
	p.pack(active.Load())
	return p
}

func (p *PackedS8) pack(t *tier) {
	u := &t.u8
	steps := (p.k + u.ks - 1) / u.ks
	p.tier = t
	p.panels = alignedBytes((p.n + u.nr - 1) / u.nr * steps * u.nr * 4)
	if steps == 0 {
		return
	}
	for j := range p.n {
		lane := p.panels[(j/u.nr*steps*u.nr+j%u.nr)*4:]
		for k := range p.k {
			v := p.b[k*p.ldb+j]
			at := k / u.ks * u.nr * 4
			if u.ks == 4 {
				lane[at+k%4] = byte(v)
			} else {
				// Sign-extended to 16 bits, little-endian.
				lane[at+k%2*2], lane[at+k%2*2+1] = byte(v), byte(v>>7)
			}
		}
	}
}

func alignedBytes(n int) []byte {
	f := alignedF32((n + 3) / 4)
	if len(f) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&f[0])), n)
}

// gemmU8Run is a GemmU8 in progress.
type gemmU8Run struct {
	g       *GemmU8
	t       *tier
	pb      *PackedS8
	repack  *PackedS8 // of a B that was packed for another tier
	steps   int
	group   int
	groups  int
	packing bool
	packedA []byte
	acc     chan []int32
	made    int
}

// Run computes g. It allocates only where an earlier Run of g on no smaller shape has not.
func (g *GemmU8) Run(p *Pool) {
	if g.M <= 0 || g.N <= 0 {
		return
	}
	checkMatrix(g.M, g.K, g.Lda, len(g.A), false, "GemmU8: A")
	if g.B == nil || g.B.k != g.K || g.B.n != g.N || g.K > MaxKU8 {
		panic("kernels: GemmU8: B has another shape, or K is above MaxKU8")
	}
	if g.Bias != nil && len(g.Bias) < g.N {
		panic("kernels: GemmU8: Bias is shorter than N")
	}
	if g.C32 != nil {
		checkMatrix(g.M, g.N, g.Ldc, len(g.C32), false, "GemmU8: C32")
	} else {
		checkMatrix(g.M, g.N, g.Ldc, len(g.C), false, "GemmU8: C")
		if len(g.Mult) < g.N || len(g.Shift) < g.N {
			panic("kernels: GemmU8: Mult or Shift is shorter than N")
		}
	}
	r := &g.run
	r.g, r.t, r.pb = g, active.Load(), g.B
	if r.pb.tier != r.t {
		if r.repack == nil || r.repack.tier != r.t || unsafe.SliceData(r.repack.b) != unsafe.SliceData(r.pb.b) {
			r.repack = PackS8(g.B.k, g.B.n, g.B.b, g.B.ldb)
		}
		r.pb = r.repack
	}
	u := &r.t.u8
	r.steps = (g.K + u.ks - 1) / u.ks
	rowPanels, colPanels := (g.M+u.mr-1)/u.mr, (g.N+u.nr-1)/u.nr
	r.group = max(1, u.rows/u.mr)
	for p.Threads() > 1 && r.group > 1 && (rowPanels+r.group-1)/r.group*colPanels < 4*p.Threads() {
		r.group = (r.group + 1) / 2
	}
	r.groups = (rowPanels + r.group - 1) / r.group
	if n := rowPanels * r.steps * u.mr * 4; len(r.packedA) < n {
		r.packedA = alignedBytes(n)
	}
	if r.acc == nil || cap(r.acc) < p.Threads() {
		r.acc, r.made = make(chan []int32, p.Threads()), 0
	}
	for ; r.made < p.Threads(); r.made++ {
		r.acc <- make([]int32, maxTileU8)
	}
	r.packing = true
	p.Run((rowPanels+packRows-1)/packRows, r)
	r.packing = false
	p.Run(r.groups*colPanels, r)
}

// maxTileU8 is the largest mr*nr of any tier.
const maxTileU8 = 8 * 48

// Do runs one task of the round. It implements Task.
func (r *gemmU8Run) Do(part int) {
	g, u := r.g, &r.t.u8
	rowPanels := (g.M + u.mr - 1) / u.mr
	if r.packing {
		for i := part * packRows; i < min((part+1)*packRows, rowPanels); i++ {
			r.packA(i)
		}
		return
	}
	acc := <-r.acc
	j0, group := part/r.groups*u.nr, part%r.groups
	cols := min(u.nr, g.N-j0)
	b := r.pb.panels[min(j0*r.steps*4, len(r.pb.panels)):]
	for i := group * r.group; i < min((group+1)*r.group, rowPanels); i++ {
		rows := min(u.mr, g.M-i*u.mr)
		switch {
		case r.steps == 0:
			clear(acc)
		case rows == 1:
			u.row(r.steps, &r.packedA[i*r.steps*u.mr*4], &b[0], &acc[0])
		default:
			u.tile(r.steps, &r.packedA[i*r.steps*u.mr*4], &b[0], &acc[0])
		}
		for x := range rows {
			r.finish(acc[x*u.nr:][:cols], (i*u.mr+x)*g.Ldc+j0, j0)
		}
	}
	r.acc <- acc
}

// finish stores one row of sums, for the columns from j0 on, at offset at of the result.
func (r *gemmU8Run) finish(acc []int32, at, j0 int) {
	g := r.g
	n := len(acc)
	var bias []int32
	if g.Bias != nil {
		bias = g.Bias[j0 : j0+n]
	}
	if g.C32 == nil {
		r.t.u8.requant(g.C[at:at+n], acc, bias, g.Mult[j0:j0+n], g.Shift[j0:j0+n], g.Zero, g.Lo, g.Hi)
		return
	}
	copy(g.C32[at:], acc)
	for j, v := range bias {
		g.C32[at+j] += v
	}
}

// packA packs row panel i.
func (r *gemmU8Run) packA(i int) {
	g, u := r.g, &r.t.u8
	rows := min(u.mr, g.M-i*u.mr)
	dst := r.packedA[i*r.steps*u.mr*4:][:r.steps*u.mr*4]
	if rows > 1 && rows < u.mr {
		clear(dst)
	}
	if r.steps > 0 {
		u.pack(dst, g.A[i*u.mr*g.Lda:], g.Lda, g.K, rows, u.mr)
	}
}

// packU8Generic packs steps of four bytes.
func packU8Generic(dst, src []uint8, lda, k, rows, mr int) {
	for x := range rows {
		row := src[x*lda:][:k]
		at := x * 4
		for ; len(row) >= 4; row = row[4:] {
			*(*[4]byte)(dst[at:]) = [4]byte(row)
			at += mr * 4
		}
		if len(row) > 0 {
			var last [4]byte
			copy(last[:], row)
			*(*[4]byte)(dst[at:]) = last
		}
	}
}

// packU16Generic packs steps of two bytes, widened to 16 bits.
func packU16Generic(dst, src []uint8, lda, k, rows, mr int) {
	for x := range rows {
		row := src[x*lda:][:k]
		at := x * 4
		for ; len(row) >= 2; row = row[2:] {
			*(*[4]byte)(dst[at:]) = [4]byte{row[0], 0, row[1], 0}
			at += mr * 4
		}
		if len(row) > 0 {
			*(*[4]byte)(dst[at:]) = [4]byte{row[0]}
		}
	}
}

// Lookup sets dst[i] = table[src[i]].
func Lookup(dst, src []uint8, table *[256]uint8) {
	same(len(dst), len(src))
	active.Load().u8.lookup(dst, src, table)
}

func lookupGeneric(dst, src []uint8, table *[256]uint8) {
	for i, v := range src {
		dst[i] = table[v]
	}
}

// QuantizeI16 sets dst = clamp(zero + Requantize(src, mult, shift), 0, 255).
func QuantizeI16(dst []uint8, src []int16, mult int32, shift uint8, zero int32) {
	same(len(dst), len(src))
	for i, v := range src {
		dst[i] = uint8(max(0, min(zero+Requantize(int32(v), mult, shift), 255)))
	}
}
