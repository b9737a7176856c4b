package kernels

import "unsafe"

// KBlock is the length of the blocks into which k is cut in every GEMM. It is part of the meaning: inside a block an
// output is one chain of fused multiply-adds over ascending k, from +0; the sums of the blocks are added in ascending
// order. 256 keeps a block of a B panel in the L1 or L2 cache of every machine that matters.
const KBlock = 256

// Act is an activation function in the epilogue of a GEMM.
type Act uint8

// The activations.
const (
	ActNone Act = iota
	ActReLU
	ActLeakyReLU // with Gemm.Slope
	ActTanh
	ActSigmoid
)

// Gemm is a matrix product with an epilogue: C = act(op(A)·op(B) + old C + Bias).
//
// Matrices are row major. op(A) is M x K and op(B) K x N; TransA says that A is stored K x M, TransB that B is stored
// N x K. The order of an output's operations: the sum (see KBlock), then + old C where Accumulate is set, then
// + Bias[j] where there is a bias, then the activation. Nothing else about the call (tier, threads, packing, M) changes
// a bit.
type Gemm struct {
	M, N, K        int
	TransA, TransB bool
	A              []float32
	Lda            int
	B              []float32 // unless Packed is set
	Ldb            int
	Packed         *PackedB
	C              []float32
	Ldc            int
	Accumulate     bool
	Bias           []float32 // nil, or of length N
	Act            Act
	Slope          float32

	run gemmRun // kept from call to call, so that a second Run allocates nothing
}

// GemmReference computes g the plain way. It is the specification of Run.
func GemmReference(g *Gemm) {
	for i := range g.M {
		for j := range g.N {
			var sum float32
			for k0 := 0; k0 < g.K; k0 += KBlock {
				var s float32
				for k := k0; k < min(k0+KBlock, g.K); k++ {
					s = fma32(g.a(i, k), g.b(k, j), s)
				}
				if k0 == 0 {
					sum = s
				} else {
					sum += s
				}
			}
			c := &g.C[i*g.Ldc+j]
			if g.Accumulate {
				sum += *c
			}
			if g.Bias != nil {
				sum += g.Bias[j]
			}
			*c = sum
		}
		g.activate(&genericTier.vec, g.C[i*g.Ldc:][:g.N])
	}
}

func (g *Gemm) a(i, k int) float32 {
	if g.TransA {
		return g.A[k*g.Lda+i]
	}
	return g.A[i*g.Lda+k]
}

func (g *Gemm) b(k, j int) float32 {
	if g.TransB {
		return g.B[j*g.Ldb+k]
	}
	return g.B[k*g.Ldb+j]
}

// activate applies the activation to part of a row of C.
func (g *Gemm) activate(v *vecKernels, row []float32) {
	switch g.Act {
	case ActReLU:
		v.relu(row, row)
	case ActLeakyReLU:
		v.leakyReLU(row, row, g.Slope)
	case ActTanh:
		v.tanh(row, row)
	case ActSigmoid:
		v.sigmoid(row, row)
	}
}

// gemmF32Kernels is what a tier brings to the f32 GEMM.
type gemmF32Kernels struct {
	mr, nr int // rows and columns of a tile
	half   int // if not 0: tile is faster for so many rows or fewer, and then touches no others
	rows   int // rows that one task works on at most: their A panels stay in the L2 cache

	// tile computes the mr x nr tile A·B over kc <= KBlock steps, where a is packed (mr floats a step) and the steps
	// of b are ldb floats apart. It sets c, whose rows are ldc floats apart, or adds to it. Only the first rows matter.
	// It may prefetch lines from ahead on, aheadLd floats apart.
	tile func(rows, kc int, a, b *float32, ldb int, c *float32, ldc int, add bool, ahead *float32, aheadLd int)

	// transpose packs w rows of kc floats, ld apart, as kc groups of w <= width floats, width apart: dst[k*width+i] =
	// src[i*ld+k]. It touches no other element.
	transpose func(dst, src []float32, ld, kc, w, width int)

	// copyRows packs kc rows of w <= width floats, ld apart: dst[k*width+i] = src[k*ld+i]. It touches no other element.
	copyRows func(dst, src []float32, ld, kc, w, width int)
}

var gemmF32Generic = gemmF32Kernels{mr: 4, nr: 4, rows: 64, tile: gemmTileGeneric, transpose: transposeGeneric,
	copyRows: copyRowsGeneric}

func gemmTileGeneric(_, kc int, a, b *float32, ldb int, c *float32, ldc int, add bool, _ *float32, _ int) {
	if kc == 0 {
		return
	}
	as := unsafe.Slice(a, 4*kc)
	bs := unsafe.Slice(b, (kc-1)*ldb+4)
	cs := unsafe.Slice(c, 3*ldc+4)
	var t [16]float32
	for k := range kc {
		ak, bk := as[4*k:][:4], bs[ldb*k:][:4]
		for i := range 4 {
			x, row := ak[i], t[4*i:][:4]
			row[0] = fma32(x, bk[0], row[0])
			row[1] = fma32(x, bk[1], row[1])
			row[2] = fma32(x, bk[2], row[2])
			row[3] = fma32(x, bk[3], row[3])
		}
	}
	for i := range 4 {
		for j := range 4 {
			if add {
				cs[i*ldc+j] += t[4*i+j]
			} else {
				cs[i*ldc+j] = t[4*i+j]
			}
		}
	}
}

func transposeGeneric(dst, src []float32, ld, kc, w, width int) {
	for i := range w {
		for k, v := range src[i*ld:][:kc] {
			dst[k*width+i] = v
		}
	}
}

// PackedB is a right-hand operand laid out for the tiles of one tier, for products that use it many times.
type PackedB struct {
	k, n   int
	b      []float32 // the operand itself, for a tier that is forced later
	ldb    int
	trans  bool
	tier   *tier
	panels []float32 // panel j holds columns j*nr .. j*nr+nr-1, k by k, zero beyond column n
}

// PackB packs op(B), K x N, for the tier in use. B itself must stay as it is while the result is used.
func PackB(k, n int, b []float32, ldb int, transB bool) *PackedB {
	checkMatrix(k, n, ldb, len(b), transB, "PackB: B")
	p := &PackedB{k: k, n: n, b: b, ldb: ldb, trans: transB}
	p.pack(active.Load())
	return p
}

func (p *PackedB) pack(t *tier) {
	nr := t.f32.nr
	panels := (p.n + nr - 1) / nr
	p.tier, p.panels = t, alignedF32(panels*p.k*nr)
	for j := range panels {
		packPanel(&t.f32, p.panels[j*p.k*nr:], p.b, p.ldb, p.trans, j*nr, min(nr, p.n-j*nr), nr, 0, p.k)
	}
}

// packPanel packs w <= width lanes of an operand, from lane j0 on, for the steps k0 <= k < k1. Lane j at step k is
// src[k*ld+j], or src[j*ld+k] where trans is set.
func packPanel(t *gemmF32Kernels, dst, src []float32, ld int, trans bool, j0, w, width, k0, k1 int) {
	if k0 == k1 || w == 0 {
		return
	}
	if w < width {
		clear(dst[:(k1-k0)*width])
	}
	for ; k0 < k1; k0 += packSteps {
		kc := min(packSteps, k1-k0)
		if trans {
			t.transpose(dst, src[j0*ld+k0:], ld, kc, w, width)
		} else {
			t.copyRows(dst, src[k0*ld+j0:], ld, kc, w, width)
		}
		dst = dst[kc*width:]
	}
}

// packSteps bounds one call of a packing kernel to some ten microseconds, since assembly cannot be preempted.
const packSteps = 1024

func copyRowsGeneric(dst, src []float32, ld, kc, w, width int) {
	for k := range kc {
		copy(dst[k*width:k*width+w], src[k*ld:])
	}
}

// alignedF32 returns n floats that begin at a multiple of 64 bytes.
func alignedF32(n int) []float32 {
	s := make([]float32, n+16)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(s)))&63) / 4
	return s[off : off+n : off+n]
}

func checkMatrix(rows, cols, ld, length int, trans bool, what string) {
	if trans {
		rows, cols = cols, rows
	}
	if rows < 0 || cols < 0 || ld < cols || (rows > 0 && cols > 0 && length < (rows-1)*ld+cols) {
		panic("kernels: " + what + ": too short for its shape")
	}
}

// gemmRun is a Gemm in progress: two rounds of tasks, first the packing of A, then the outputs.
type gemmRun struct {
	g  *Gemm
	t  *tier
	pb *PackedB

	rowPanels, colPanels int
	group                int // row panels of one task
	groups               int
	direct               bool // read B where it lies
	packing              bool // the round

	packedA []float32
	scratch chan *gemmScratch // one for each thread that may be at work
	made    int
}

// gemmScratch is what one task needs for itself.
type gemmScratch struct {
	b   []float32 // a block of a B panel
	sum []float32 // the sums of a task's rows, where C may not be touched before the end
	pad []float32 // one tile
}

// Run computes g. It allocates only where an earlier Run of g on no smaller shape has not.
func (g *Gemm) Run(p *Pool) {
	if g.M < 0 || g.N < 0 || g.K < 0 {
		panic("kernels: Gemm: negative size")
	}
	if g.M == 0 || g.N == 0 {
		return
	}
	checkMatrix(g.M, g.K, g.Lda, len(g.A), g.TransA, "Gemm: A")
	checkMatrix(g.M, g.N, g.Ldc, len(g.C), false, "Gemm: C")
	if g.Packed == nil {
		checkMatrix(g.K, g.N, g.Ldb, len(g.B), g.TransB, "Gemm: B")
	} else if g.Packed.k != g.K || g.Packed.n != g.N {
		panic("kernels: Gemm: the packed B has another shape")
	}
	if g.Bias != nil && len(g.Bias) < g.N {
		panic("kernels: Gemm: Bias is shorter than N")
	}
	r := &g.run
	r.g, r.t, r.pb = g, active.Load(), g.Packed
	b, ldb, trans := g.B, g.Ldb, g.TransB
	if r.pb != nil && r.pb.tier != r.t {
		// Packed for a tier that is no longer in use: read the operand itself.
		b, ldb, trans, r.pb = r.pb.b, r.pb.ldb, r.pb.trans, nil
	}
	g.run.start(p, b, ldb, trans)
}

func (r *gemmRun) start(p *Pool, b []float32, ldb int, trans bool) {
	g, f := r.g, &r.t.f32
	keepB, keepLd, keepTrans := g.B, g.Ldb, g.TransB
	g.B, g.Ldb, g.TransB = b, ldb, trans
	defer func() { g.B, g.Ldb, g.TransB = keepB, keepLd, keepTrans }()

	r.rowPanels = (g.M + f.mr - 1) / f.mr
	r.colPanels = (g.N + f.nr - 1) / f.nr
	r.direct = r.pb == nil && !g.TransB && r.rowPanels <= 2
	// Rows are divided so that every thread has several tasks, and no further than the L2 cache asks: a task packs its
	// block of B for itself.
	r.group = max(1, f.rows/f.mr)
	for want := 4 * p.Threads(); p.Threads() > 1 && r.group > 4; r.group = (r.group + 1) / 2 {
		if (r.rowPanels+r.group-1)/r.group*r.colPanels >= want {
			break
		}
	}
	r.groups = (r.rowPanels + r.group - 1) / r.group
	if n := r.rowPanels * f.mr * g.K; len(r.packedA) < n {
		r.packedA = alignedF32(n)
	}
	if r.scratch == nil || cap(r.scratch) < p.Threads() {
		r.scratch = make(chan *gemmScratch, p.Threads())
		r.made = 0
	}
	for ; r.made < p.Threads(); r.made++ {
		r.scratch <- &gemmScratch{}
	}
	r.packing = true
	p.Run((r.rowPanels+packRows-1)/packRows, r)
	r.packing = false
	p.Run(r.groups*r.colPanels, r)
}

// packRows is how many A panels one packing task packs.
const packRows = 4

// Do runs one task of the round. It implements Task.
func (r *gemmRun) Do(part int) {
	f := &r.t.f32
	if r.packing {
		for i := part * packRows; i < min((part+1)*packRows, r.rowPanels); i++ {
			// Within a panel the blocks of k follow each other, so it is one run of K groups of mr floats.
			r.packA(i)
		}
		return
	}
	s := <-r.scratch
	s.grow(&s.pad, f.mr*f.nr)
	r.outputs(s, part/r.groups, part%r.groups)
	r.scratch <- s
}

func (s *gemmScratch) grow(b *[]float32, n int) []float32 {
	if len(*b) < n {
		*b = alignedF32(n)
	}
	return *b
}

func (r *gemmRun) packA(i int) {
	g, mr := r.g, r.t.f32.mr
	packPanel(&r.t.f32, r.packedA[i*mr*g.K:], g.A, g.Lda, !g.TransA, i*mr, min(mr, g.M-i*mr), mr, 0, g.K)
}

// ahead says what tile number i of a block should prefetch, so that packing finds it in the L2 cache: a column of
// lines of the next block of B, of this panel or else of the following one, or, where B is transposed and a panel is
// one piece of memory, the next part of the following panel.
func (r *gemmRun) ahead(i, rowPanels, k0, kc, j0 int) (*float32, int) {
	g, nr := r.g, r.t.f32.nr
	const line = 16 // floats
	if g.B == nil || r.pb != nil || r.direct {
		return nil, 0
	}
	if g.TransB {
		at := (j0+nr)*g.Ldb + (k0/KBlock*rowPanels+i)*(KBlock/2)*line
		if at >= min(len(g.B), (j0+2*nr)*g.Ldb) {
			return nil, 0
		}
		return &g.B[at], line
	}
	const lines = 4 // a row of a panel of 48 floats touches at most so many
	k, j := k0+kc, j0
	if k >= g.K {
		k, j = 0, j0+nr
	}
	at := (k+i/lines*KBlock/2)*g.Ldb + j + i%lines*line
	if i >= 2*lines || at >= len(g.B) {
		return nil, 0
	}
	return &g.B[at], g.Ldb
}

// outputs computes the columns of panel j in the rows of a group of row panels.
func (r *gemmRun) outputs(s *gemmScratch, j, group int) {
	g, f := r.g, &r.t.f32
	mr, nr := f.mr, f.nr
	i0, i1 := group*r.group, min((group+1)*r.group, r.rowPanels)
	j0, cols := j*nr, min(nr, g.N-j*nr)
	row0, row1 := i0*mr, min(i1*mr, g.M)

	// The running sums live in C, unless old C is still needed or a tile would reach beyond the row.
	out, ld := g.C[row0*g.Ldc+j0:], g.Ldc
	// A sum of one block may be added to old C at once: the order of two summands does not matter.
	aside := g.Accumulate && g.K > KBlock
	if aside {
		out, ld = s.grow(&s.sum, (i1-i0)*mr*nr), nr
	}
	if g.K == 0 && !g.Accumulate {
		for i := range row1 - row0 {
			clear(out[i*ld:][:cols])
		}
	}
	for k0 := 0; k0 < g.K; k0 += KBlock {
		kc := min(KBlock, g.K-k0)
		var b []float32
		ldb := nr
		switch {
		case r.pb != nil:
			b = r.pb.panels[(j*g.K+k0)*nr:]
		case r.direct && cols == nr:
			b, ldb = g.B[k0*g.Ldb+j0:], g.Ldb
		default:
			b = s.grow(&s.b, KBlock*nr)
			packPanel(f, b, g.B, g.Ldb, g.TransB, j0, cols, nr, k0, k0+kc)
		}
		add := k0 > 0 || g.Accumulate && !aside
		for i := i0; i < i1; i++ {
			a := r.packedA[(i*g.K+k0)*mr:]
			rows := min(mr, g.M-i*mr)
			c := out[(i-i0)*mr*ld:]
			ahead, aheadLd := r.ahead(i-i0, i1-i0, k0, kc, j0)
			if aside || (rows == mr || rows == f.half) && cols == nr {
				f.tile(rows, kc, &a[0], &b[0], ldb, &c[0], ld, add, ahead, aheadLd)
				continue
			}
			f.tile(rows, kc, &a[0], &b[0], ldb, &s.pad[0], nr, false, ahead, aheadLd)
			for x := range rows {
				from, to := s.pad[x*nr:][:cols], c[x*ld:][:cols]
				if !add {
					copy(to, from)
				} else {
					for y, v := range from {
						to[y] += v
					}
				}
			}
		}
	}
	v := &r.t.vec
	for i := row0; i < row1; i++ {
		c := g.C[i*g.Ldc+j0:][:cols]
		if aside {
			v.add(c, out[(i-row0)*ld:][:cols], c)
		}
		if g.Bias != nil {
			v.add(c, c, g.Bias[j0:j0+cols])
		}
		g.activate(v, c)
	}
}
