package kernels

import (
	"math"
	"unsafe"
)

// GemmU8 is the integer matrix product of a quantized layer: activations u8, weights s8, sums in int32, exact.
//
//	acc[i,j] = Bias[j] + sum over k of A[i,k] * B[k,j]
//
// With C32 set that is the result, with C16 what Words makes of it. Otherwise C[i,j] = clamp(Zero + requant(acc, Mult[j], Shift[j]), Lo, Hi), where
// requant(x, q, t) = (x*q + 2^(t-1)) >> t in 64 bits: one rounding, half up, the newer form of TFLite. K is at most
// MaxKU8, so that no sum without bias overflows.
type GemmU8 struct {
	M, N, K int
	A       []uint8
	Lda     int
	B       *PackedS8
	Bias    []int32 // of length N, or nil
	C32     []int32 // row major with Ldc, or nil
	C16     []int16 // the same: what Words makes of acc
	Words   WordEnd
	C       []uint8
	Ldc     int
	Mult    []int32 // in [2^30, 2^31)
	Shift   []uint8 // in [MinShift, MaxShift]
	Zero    int32   // the output's zero point, 0 .. 255
	Lo, Hi  uint8
	Table   *[256]uint8 // nil, or C is its entry of that

	a16 []int16 // instead of A, of a convolution of words, with a B that was packed for a row of them
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
			} else if g.C16 != nil {
				g.C16[i*g.Ldc+j] = g.Words.Word(acc, g.Mult[j], g.Shift[j])
			} else {
				y := int64(g.Zero) + int64(Requantize(acc, g.Mult[j], g.Shift[j]))
				g.C[i*g.Ldc+j] = uint8(max(int64(g.Lo), min(y, int64(g.Hi))))
				if g.Table != nil {
					g.C[i*g.Ldc+j] = g.Table[g.C[i*g.Ldc+j]]
				}
			}
		}
	}
}

// gemmU8Kernels is what a tier brings to the integer GEMM. k goes in steps of 4 values, or of 8 or 16 if deep is 1 or 2. A
// panel of B has nr columns, so many bytes of each a step, zero beyond K; the last panel is narrower if it can be, and see
// PackedS8.
type gemmU8Kernels struct {
	mr, nr int // rows and columns of a tile
	thin   int // rows of a smaller tile nr wide, for what is left of M; mr if there is none
	cut    int // a panel is a multiple of this wide
	rows   int // rows of A, a multiple of mr, that are used for all columns while they are near
	step   int // bytes of four values of a row of A where it is packed
	deep   int
	chunk  int // tiles times k of one call: 100 microseconds at most
	batch  int // rows that are requantized at a time, 64 at most: few enough that lines of C stay in L1

	// direct says that A is read where it lies. It is packed all the same where a tile would reach outside: where M is
	// below mr or K below 4.
	direct bool

	// flipped says that A is packed less 128, which makes bytes signed. A panel of B begins with what makes up for that:
	// 128 times the sum of each column, as int32.
	flipped bool

	// flat says that row takes a row as it lies, zero up to a multiple of 16 bytes.
	flat bool

	// tile sets c to bias plus the sums over k, for tiles of rows x width one below another. Where A is packed k is a
	// whole number of steps. With stream, for which c is aligned to 64 bytes and ldc a multiple of 16, it may write c past the
	// caches.
	tile func(tiles, rows, width, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)

	// closed is tile on a panel that was not opened, which is faster for up to few tiles.
	closed func(tiles, rows, width, k int, a *byte, lda int, b *byte, bias, c *int32, ldc int, stream bool)
	few    int

	// row is the product of one row with panels of B one after another.
	row func(panels, width, k int, a, b *byte, bias, c *int32)

	// words says that A is of words: packA and direct do not count. It is read where it lies where K is whole steps.
	words bool

	// packA lays out rows <= mr rows of k bytes for tile and, unless it takes rows flat, row, zero up to a whole step;
	// what is in missing rows does not matter.
	packA func(dst, src []uint8, lda, k, rows int)

	// packB lays out a panel of B of the given width, of which cols columns exist. dst is zero.
	packB func(dst []byte, src []int8, ld, k, cols, width int)

	// open returns a panel of B as tile reads it, in buf if it must be changed.
	open func(panel []byte, buf *[]byte) []byte

	// requant finishes rows of n sums. acc is readable up to the next multiple of 16 columns.
	requant func(dst []uint8, ldd int, acc []int32, lda, rows, n int, q *requant)

	quantize func(dst []uint8, src []int16, mult int32, shift uint8, zero int32)

	lookup func(dst, src []uint8, table *[256]uint8)
}

// depth is k up to a whole number of steps.
func (u *gemmU8Kernels) depth(k int) int {
	step := 4 << u.deep
	return (k + step - 1) &^ (step - 1)
}

// panelDepth is the number of bytes of a column of a panel of B.
func (u *gemmU8Kernels) panelDepth(k int) int {
	if u.flipped {
		return u.depth(k) + 4
	}
	return u.depth(k)
}

// requant is how sums become bytes; mult and shift have an entry for each column.
type requant struct {
	mult   []int32
	shift  []uint8
	zero   int32
	lo, hi uint8

	scales [288]int32 // scratch of a kernel
}

// packU8Generic copies rows, each to a multiple of 4 bytes.
func packU8Generic(dst, src []uint8, lda, k, rows int) {
	width := (k + 3) &^ 3
	for i := range rows {
		clear(dst[i*width+copy(dst[i*width:], src[i*lda:][:k]):][:width-k])
	}
}

func packS8Generic(dst []byte, src []int8, ld, k, cols, width int) {
	packS8Steps(dst, src, ld, k, cols, width, 4)
}

// packS8Steps is packS8Generic with that many values of k a step.
func packS8Steps(dst []byte, src []int8, ld, k, cols, width, step int) {
	for i := range k {
		row, to := src[i*ld:][:cols], dst[i/step*step*width+i%step:]
		for j, v := range row {
			to[step*j] = byte(v)
		}
	}
}

func openDirect(panel []byte, _ *[]byte) []byte { return panel }

// PackedS8 is a matrix of weights laid out for the tiles of one tier.
type PackedS8 struct {
	k, n   int
	nr     int    // columns of a panel
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

// divide fixes the width of the panels.
func (p *PackedS8) divide(t *tier) {
	u := &t.u8
	p.tier, p.nr = t, u.nr
	if n := (p.n + u.cut - 1) / u.cut * u.cut; n == u.nr+u.cut && n%(2*u.cut) == 0 {
		// Two equal panels: in the narrowest, loads take longer than products.
		p.nr = n / 2
	}
}

func (p *PackedS8) pack(t *tier) {
	u := &t.u8
	p.divide(t)
	p.panels = alignedBytes((p.n + u.cut - 1) / u.cut * u.cut * u.panelDepth(p.k))
	if p.k == 0 {
		return
	}
	for j := 0; j < p.n; j += p.nr {
		panel, width := p.panel(j)
		u.packB(panel, p.b[j:], p.ldb, p.k, min(p.nr, p.n-j), width)
	}
}

// panel returns the panel that begins at column j, and its width.
func (p *PackedS8) panel(j int) (panel []byte, width int) {
	u := &p.tier.u8
	depth := u.panelDepth(p.k)
	width = (min(p.nr, p.n-j) + u.cut - 1) / u.cut * u.cut
	return p.panels[j*depth:][:width*depth], width
}

//go:noinline
func alignedBytes(n int) []byte {
	f := alignedF32((n + 3) / 4)
	if len(f) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&f[0])), n)
}

// gemmU8Run is a GemmU8 in progress: a round that packs A where that is needed, and one of tasks that each own a
// block of row panels and column panels.
type gemmU8Run struct {
	g      *GemmU8
	t      *tier
	pb     *PackedS8
	repack *PackedS8 // of a B that was packed for another tier

	depth                int // k as the kernels see it
	rowPanels, colPanels int
	rowGroup, colGroup   int // panels of a task
	colGroups            int

	stream  bool // C32 is written past the caches
	packed  bool // A is
	packing bool // the round
	packedA []byte
	scratch chan *gemmU8Scratch
	made    int
	opened  *PackedS8 // whose panels a scratch has room for
}

// gemmU8Scratch is what a thread at work needs.
type gemmU8Scratch struct {
	acc  [maxTileU8]int32
	bias [maxWidthU8]int32 // of a panel that reaches beyond N
	wide []byte            // an opened panel
	q    requant
}

const (
	maxWidthU8 = 48              // the largest nr of any tier
	maxTileU8  = 64 * maxWidthU8 // sums that are requantized at a time
	bytesU8    = 1 << 18         // of B that one call reads for one row
	smallU8    = 8000            // nanoseconds, for a fast core, that are not worth a second thread
)

// streamU8 is the size of C32, in bytes, from which on its strips are written past the caches: it exceeds an L2 cache and
// a core's share of most L3 caches, and every line would be fetched only to be overwritten. A C32 of one strip is written
// straight on; the CPU sees that by itself. A test lowers it.
var streamU8 = 4 << 20

// noBias is the bias where there is none.
var noBias [maxTileU8]int32

// Run computes g. It allocates only where an earlier Run of g on no smaller shape has not.
func (g *GemmU8) Run(p *Pool) {
	if g.M <= 0 || g.N <= 0 {
		return
	}
	if g.a16 != nil {
		checkMatrix(g.M, g.K, g.Lda, len(g.a16), false, "GemmU8: A")
	} else {
		checkMatrix(g.M, g.K, g.Lda, len(g.A), false, "GemmU8: A")
	}
	if g.B == nil || g.B.k != g.K || g.B.n != g.N || g.K > MaxKU8 {
		panic("kernels: GemmU8: B has another shape, or K is above MaxKU8")
	}
	if g.Bias != nil && len(g.Bias) < g.N {
		panic("kernels: GemmU8: Bias is shorter than N")
	}
	if g.C32 != nil {
		checkMatrix(g.M, g.N, g.Ldc, len(g.C32), false, "GemmU8: C32")
	} else {
		if g.C16 != nil {
			checkMatrix(g.M, g.N, g.Ldc, len(g.C16), false, "GemmU8: C16")
		} else {
			checkMatrix(g.M, g.N, g.Ldc, len(g.C), false, "GemmU8: C")
		}
		if len(g.Mult) < g.N || len(g.Shift) < g.N {
			panic("kernels: GemmU8: Mult or Shift is shorter than N")
		}
	}
	p = g.start(p)
	r := &g.run
	if r.packed {
		r.packing = true
		p.Run((r.rowPanels+packRows-1)/packRows, r)
		r.packing = false
	}
	p.Run((r.rowPanels+r.rowGroup-1)/r.rowGroup*r.colGroups, r)
}

// Prepare allocates what Run does on the same shape, B, tier and pool.
func (g *GemmU8) Prepare(p *Pool) {
	if g.M > 0 && g.N > 0 {
		g.start(p)
	}
}

// start lays out the work for a pool, which it returns, or for one thread if that is enough.
func (g *GemmU8) start(p *Pool) *Pool {
	if b := uint64(g.N) * uint64(g.K); uint64(g.M)*b/512+b/160 < smallU8 {
		p = nil
	}
	r, threads := &g.run, p.Threads()
	r.g, r.t, r.pb = g, active.Load(), g.B
	if g.a16 != nil {
		r.t = r.t.wide
	}
	if r.pb.tier != r.t {
		if q := r.repack; q == nil || q.tier != r.t || q.k != g.B.k || q.n != g.B.n || q.ldb != g.B.ldb ||
			unsafe.SliceData(q.b) != unsafe.SliceData(g.B.b) {
			r.repack = PackS8(g.B.k, g.B.n, g.B.b, g.B.ldb)
		}
		r.pb = r.repack
	}
	u := &r.t.u8
	r.rowPanels, r.colPanels = (g.M+u.mr-1)/u.mr, (g.N+r.pb.nr-1)/r.pb.nr
	r.stream = g.C32 != nil && 4*g.M*g.N >= streamU8 && g.N > u.nr && g.Ldc%16 == 0 &&
		uintptr(unsafe.Pointer(&g.C32[0]))%64 == 0
	r.packed = !(u.direct || u.words && g.K%4 == 0) || g.K < 4 || (1 < g.M && g.M < u.mr)
	r.depth = g.K
	if r.packed {
		r.depth = u.depth(g.K)
		longer(&r.packedA, max(r.rowPanels*u.mr*r.depth/4*u.step, roundUp(g.K, 16)))
	}
	r.divide(threads)
	if cap(r.scratch) < threads {
		r.scratch, r.made = make(chan *gemmU8Scratch, threads), 0
	}
	for ; r.made < threads; r.made++ {
		r.scratch <- new(gemmU8Scratch)
		r.opened = nil
	}
	if r.opened != r.pb && g.M > u.few*u.mr {
		panel, _ := r.pb.panel(0) // the widest
		for range r.made {
			s := <-r.scratch
			u.open(panel, &s.wide)
			r.scratch <- s
		}
		r.opened = r.pb
	}
	return p
}

// divide cuts the panels into tasks, four for each thread if there are enough: many rows first, then columns, then
// rows.
func (r *gemmU8Run) divide(threads int) {
	const fewRows = 32
	mr, most := r.t.u8.mr, r.t.u8.rows
	r.rowGroup, r.colGroup = r.rowPanels, r.colPanels
	for {
		r.colGroups = (r.colPanels + r.colGroup - 1) / r.colGroup
		tasks := (r.rowPanels + r.rowGroup - 1) / r.rowGroup * r.colGroups
		switch rows := r.rowGroup * mr; {
		case threads == 1 || tasks >= 4*threads:
			return
		case rows >= 2*most || (r.colGroup == 1 && rows > fewRows):
			r.rowGroup = (r.rowGroup + 1) / 2
		case r.colGroup > 1:
			r.colGroup = (r.colGroup + 1) / 2
		default:
			return
		}
	}
}

// Do runs one task of the round. It implements Task.
func (r *gemmU8Run) Do(part int) {
	if r.packing {
		for i := part * packRows; i < min((part+1)*packRows, r.rowPanels); i++ {
			r.packA(i)
		}
		return
	}
	g, u := r.g, &r.t.u8
	i, j := part/r.colGroups*r.rowGroup*u.mr, part%r.colGroups*r.colGroup*r.pb.nr
	rows, cols := min(i+r.rowGroup*u.mr, g.M), min(j+r.colGroup*r.pb.nr, g.N)
	s := <-r.scratch
	if g.M == 1 {
		r.row(s, j, cols)
		r.lookup(0, 1, j, cols)
	} else {
		for ; i < rows; i += u.rows {
			end := min(i+u.rows, rows)
			for jj := j; jj < cols; jj += r.pb.nr {
				r.panel(s, i, end, jj)
			}
			r.lookup(i, end, j, cols)
		}
	}
	r.scratch <- s
}

// packA packs row panel i.
func (r *gemmU8Run) packA(i int) {
	g, u := r.g, &r.t.u8
	if g.a16 != nil {
		if g.K > 0 {
			size := u.mr * r.depth / 4 * u.step
			packWords(r.packedA[i*size:][:size], g.a16[i*u.mr*g.Lda:], g.Lda, g.K, min(u.mr, g.M-i*u.mr))
		}
		return
	}
	if g.M == 1 && u.flat {
		clear(r.packedA[copy(r.packedA, g.A[:g.K]):][:-g.K&15])
		return
	}
	if g.K > 0 {
		size := u.mr * r.depth / 4 * u.step
		u.packA(r.packedA[i*size:][:size], g.A[i*u.mr*g.Lda:], g.Lda, g.K, min(u.mr, g.M-i*u.mr))
	}
}

// rows returns A from row i on, as the kernels read it. Where A is packed, i begins a panel.
func (r *gemmU8Run) rows(i int) (a *byte, lda int) {
	if r.packed {
		lda = r.depth / 4 * r.t.u8.step
		return unsafe.SliceData(r.packedA[i*lda:]), lda
	}
	if r.g.a16 != nil {
		return &asBytes(r.g.a16[i*r.g.Lda:])[0], 2 * r.g.Lda
	}
	return &r.g.A[i*r.g.Lda], r.g.Lda
}

// bias returns the bias of the columns from j on, and zero beyond N.
func (r *gemmU8Run) bias(s *gemmU8Scratch, j, width int) *int32 {
	switch b := r.g.Bias; {
	case b == nil:
		return &noBias[0]
	case j+width <= len(b):
		return &b[j]
	default:
		clear(s.bias[copy(s.bias[:], b[j:]):])
		return &s.bias[0]
	}
}

// panel computes the rows from i to end, i at a panel, and the columns of the panel that begins at column j.
func (r *gemmU8Run) panel(s *gemmU8Scratch, i, end, j int) {
	g, u := r.g, &r.t.u8
	packed, width := r.pb.panel(j)
	tile := u.closed
	if end-i > u.few*u.mr {
		packed, tile = u.open(packed, &s.wide), u.tile
	}
	b := unsafe.SliceData(packed)
	bias := r.bias(s, j, width)
	cols := min(width, g.N-j)
	straight := g.C32 != nil && cols == width
	most := max(1, u.chunk/max(1, r.depth))
	if !straight {
		most = min(most, u.batch/u.mr)
	}
	for i < end {
		tiles, rows, first := min((end-i)/u.mr, most), u.mr, i
		if tiles == 0 {
			// What is left of M: a tile that ends there, and begins with rows that are done.
			if tiles = 1; end-i <= u.thin && width == u.nr {
				rows = u.thin
			}
			if !r.packed {
				first = end - rows
			}
		}
		a, lda := r.rows(first)
		next := min(first+tiles*rows, end)
		if straight && next-i == tiles*rows {
			tile(tiles, rows, width, r.depth, a, lda, b, bias, &g.C32[i*g.Ldc+j], g.Ldc, r.stream)
		} else {
			tile(tiles, rows, width, r.depth, a, lda, b, bias, &s.acc[0], width, false)
			r.finish(s, s.acc[(i-first)*width:], width, i, next-i, j, cols)
		}
		i = next
	}
}

// row computes the columns from j to end of a product with one row.
func (r *gemmU8Run) row(s *gemmU8Scratch, j, end int) {
	g, u := r.g, &r.t.u8
	a, _ := r.rows(0)
	most := max(1, min(bytesU8/max(1, r.depth*u.nr), maxTileU8/u.nr))
	for j < end {
		packed, width := r.pb.panel(j)
		panels := 1 // narrower ones go one by one
		if width == u.nr {
			panels = max(1, min((end-j)/width, most))
		}
		cols := min(panels*width, end-j)
		bias := r.bias(s, j, panels*width)
		if g.C32 != nil && cols == panels*width {
			u.row(panels, width, r.depth, a, unsafe.SliceData(packed), bias, &g.C32[j])
		} else {
			u.row(panels, width, r.depth, a, unsafe.SliceData(packed), bias, &s.acc[0])
			r.finish(s, s.acc[:], width, 0, 1, j, cols)
		}
		j += cols
	}
}

// finish stores rows x cols sums, for rows from i and columns from j on.
func (r *gemmU8Run) finish(s *gemmU8Scratch, acc []int32, lda, i, rows, j, cols int) {
	g := r.g
	at := i*g.Ldc + j
	if g.C32 != nil {
		for x := range rows {
			copy(g.C32[at+x*g.Ldc:], acc[x*lda:][:cols])
		}
		return
	}
	if g.C16 != nil {
		r.t.words.requant(g.C16[at:], g.Ldc, acc, lda, rows, cols, g.Mult[j:], g.Shift[j:], g.Words)
		return
	}
	s.q.mult, s.q.shift, s.q.zero, s.q.lo, s.q.hi = g.Mult[j:], g.Shift[j:], g.Zero, g.Lo, g.Hi
	r.t.u8.requant(g.C[at:], g.Ldc, acc, lda, rows, cols, &s.q)
}

// lookup replaces the columns from j on of the rows from i on by their entries in the table.
func (r *gemmU8Run) lookup(i, rows, j, cols int) {
	g := r.g
	if g.Table == nil || g.C32 != nil || g.C16 != nil {
		return
	}
	if cols-j == g.Ldc {
		all := g.C[i*g.Ldc:][:(rows-i)*g.Ldc]
		r.t.u8.lookup(all, all, g.Table)
		return
	}
	for ; i < rows; i++ {
		row := g.C[i*g.Ldc+j:][:cols-j]
		r.t.u8.lookup(row, row, g.Table)
	}
}
