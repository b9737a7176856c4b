package kernels

import "time"

// gemmRun is a Gemm in progress. Its tasks are blocks of C: a group of rows times a piece of the columns. A task reads A
// and B where they lie, or packs what it needs of them while it works. Beforehand, in rounds of tasks of their own, A is
// packed where a kernel asks for it and tasks have few columns, and B where many groups will use it.
type gemmRun struct {
	g     *Gemm
	t     *tier
	pb    *PackedB
	b     []float32 // where pb is nil: op(B)
	ldb   int
	trans bool

	panels int // of nr columns, see gemmF32Kernels.start
	group  int // rows that share a copy of a panel
	groups int
	slice  int // rows of the smallest task, of one panel
	slices int // of a group

	// C is a line of units, group by group, in a group panel by panel, in a panel slice by slice. Task i is the units from
	// cuts[i] to cuts[i+1], or, of a single row, the columns.
	cuts []int

	gemv func(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32) // for a single row

	round   gemmRound
	packsA  bool // beforehand, since the kernel wants it and many tasks have few columns
	packedA []float32
	packedB []float32 // of B, where it is packed beforehand
	bPanels []float32 // packed B from any source, or nil

	swap *gemmSwap // of a product that is computed transposed

	scratch chan *gemmScratch // one for each thread that may be at work
	made    int
}

// gemmRound says what the tasks in progress do.
type gemmRound int

const (
	roundPackA gemmRound = iota
	roundPackB
	roundBlocks
	roundRow
)

// gemmScratch is what one task needs for itself.
type gemmScratch struct {
	_     [64]byte  // kernels read block all the time: no other thread writes into its cache lines
	a     []float32 // the task's rows of a block of k, where they are packed
	b     []float32 // a block of a B panel
	sum   []float32 // the sums of a task's rows, where C may not be touched before the end
	block gemmBlock
	_     [64]byte
}

const (
	// soloWork is how many multiply-adds a product needs at least before a second thread is asked to help. Fewer take some
	// five microseconds, hardly more than the asking.
	soloWork = 1 << 19

	// fastRate is how many multiply-adds a fast core does in a nanosecond.
	fastRate = 64

	// groupRows bounds the rows of a task: A's take at most a quarter of a 1 MiB L2 cache, a block of k at a time, and a
	// kernel runs for some 30 microseconds without a break.
	groupRows = 256

	// packRowsB is how many rows are worth packing B beforehand.
	packRowsB = 2 * groupRows

	// sameSets is a distance in floats: with multiples of it, 256 lines share an eighth of the sets of an L1 cache or less.
	sameSets = 128

	// samePage is the distance in floats of the same place on two pages.
	samePage = 1024

	// packPanels is how many panels of B are worth packing rows of A.
	packPanels = 8

	// sliceUnits is into how many slices for each thread a product is cut, if it is large enough.
	sliceUnits = 32

	// packRows is how many A panels one packing task packs.
	packRows = 4
)

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
	if g.K == 0 {
		GemmReference(g)
		return
	}
	r := &g.run
	if g.swaps(&active.Load().f32) {
		if r.swap == nil {
			r.swap = new(gemmSwap)
		}
		r.swap.run(g, p)
		return
	}
	r.g, r.t, r.pb = g, active.Load(), g.Packed
	r.b, r.ldb, r.trans = g.B, g.Ldb, g.TransB
	if r.pb != nil && r.pb.tier != r.t {
		// Packed for a tier that is no longer in use: read the operand itself.
		r.b, r.ldb, r.trans, r.pb = r.pb.b, r.pb.ldb, r.pb.trans, nil
	}
	products := float64(g.M) * float64(g.N) * float64(g.K)
	if products < soloWork {
		p = nil
	}
	if r.planRow(p.Threads()) {
		r.round = roundRow
		p.Run(len(r.cuts)-1, r)
		return
	}
	r.plan(p.Threads())
	if r.packsA {
		mr := r.t.f32.mr
		rowPanels := (g.M + mr - 1) / mr
		if n := rowPanels * mr * g.K; len(r.packedA) < n {
			r.packedA = alignedF32(n)
		}
		r.round = roundPackA
		p.Run((rowPanels+packRows-1)/packRows, r)
	}
	r.bPanels = nil
	if r.pb != nil {
		r.bPanels = r.pb.panels
	} else if g.M > packRowsB {
		if n := g.K * r.t.f32.width(g.N); len(r.packedB) < n {
			r.packedB = alignedF32(n)
		}
		r.bPanels = r.packedB
		r.round = roundPackB
		p.Run(r.panels, r)
	}
	r.round = roundBlocks
	last := len(r.cuts) - 1
	p.run(last, r, time.Duration(min(products/fastRate, 1e9)), r.cuts[last]/r.cuts[1], true)
}

// plan divides the work for so many threads.
func (r *gemmRun) plan(threads int) {
	g, f := r.g, &r.t.f32
	r.panels = (g.N + f.nr - 1) / f.nr
	r.groups = (g.M + groupRows - 1) / groupRows
	r.group = tileRows((g.M+r.groups-1)/r.groups, f.mr)
	r.groups = (g.M + r.group - 1) / r.group
	r.slices = 1
	if threads > 1 {
		// Slices end together within a few hundredths of the whole. In one of less than two tiles a copy of B is not worth it.
		panels := r.groups * r.panels
		r.slices = max(1, min((sliceUnits*threads+panels-1)/panels, r.group/(2*f.mr)))
	}
	r.slice = tileRows((r.group+r.slices-1)/r.slices, f.mr)
	r.slices = (r.group + r.slice - 1) / r.slice
	r.cut(threads)
	r.packsA = f.packsA && threads > 1 && r.groups < 4*threads
	r.growScratch(threads)
	r.reserve()
}

// tileRows rounds rows up to a multiple of mr.
func tileRows(rows, mr int) int { return (rows + mr - 1) / mr * mr }

// cut divides the line of units into tasks. A single thread takes a group at a time. Else the tasks become smaller and
// smaller, for the threads to end at about the same time: the first ones are two thirds of what each thread has to do, all
// in one, and in every call the same, whose operands a core may find in its caches then.
func (r *gemmRun) cut(threads int) {
	units := r.groups * r.panels * r.slices
	r.cuts = append(r.cuts[:0], 0)
	for at := 0; at < units; {
		n := r.panels * r.slices
		if threads > 1 {
			n = max(1, (units-at)*2/(3*threads))
			if n > r.slices/2 {
				n = (n + r.slices/2) / r.slices * r.slices // whole panels
			}
		}
		for i := 0; i < threads && at < units; i++ {
			at = min(at+n, units)
			r.cuts = append(r.cuts, at)
		}
	}
}

// reserve gives every scratch the room that the largest task may need: which thread gets which task is not to be known.
func (r *gemmRun) reserve() {
	g, f := r.g, &r.t.f32
	panels := min(r.panels, (r.cuts[1]+r.slices-1)/r.slices) // the first task is the largest
	for range r.made {
		s := <-r.scratch
		s.grow(&s.b, KBlock*f.nr)
		if g.Accumulate && g.K > KBlock {
			s.grow(&s.sum, r.group*panels*f.nr)
		}
		if r.packsRows(panels) {
			s.grow(&s.a, r.group*KBlock)
		}
		if f.simple {
			s.grow(&s.block.pad, f.mr*f.nr)
		}
		r.scratch <- s
	}
}

// packsRows says that the rows of a task of so many panels are packed, a block of k at a time: the kernel wants it and they
// are not packed yet, or the steps of a tile would compete for a few sets of the L1 cache, or all rows for a few of the L2
// cache.
func (r *gemmRun) packsRows(panels int) bool {
	g, f := r.g, &r.t.f32
	switch {
	case f.packsA:
		return !r.packsA
	case g.TransA:
		return g.Lda%sameSets == 0 && g.N > f.nr
	}
	return g.Lda%samePage == 0 && panels >= packPanels
}

func (r *gemmRun) growScratch(threads int) {
	if r.scratch == nil || cap(r.scratch) < threads {
		r.scratch = make(chan *gemmScratch, threads)
		r.made = 0
	}
	for ; r.made < threads; r.made++ {
		r.scratch <- &gemmScratch{}
	}
}

// Do runs one task of the round. It implements Task.
func (r *gemmRun) Do(part int) {
	switch r.round {
	case roundPackB:
		packPanelB(&r.t.f32, r.packedB, r.b, r.ldb, r.trans, part, r.g.K, r.g.N)
		return
	case roundPackA:
		g, mr := r.g, r.t.f32.mr
		for i := part * packRows * mr; i < min((part+1)*packRows*mr, g.M); i += mr {
			// Within a panel the blocks of k follow each other, so it is one run of K groups of mr floats.
			packPanel(&r.t.f32, r.packedA[i*g.K:], g.A, g.Lda, !g.TransA, i, min(mr, g.M-i), mr, 0, g.K)
		}
		return
	}
	s := <-r.scratch
	if r.round == roundRow {
		r.row(s, r.cuts[part], r.cuts[part+1])
	} else {
		for at, end := r.cuts[part], r.cuts[part+1]; at < end; {
			at += r.units(s, at, end-at)
		}
	}
	r.scratch <- s
}

// units computes, of n units from number at on, those that make a rectangle, whole panels or slices of one, and returns
// how many it did.
func (r *gemmRun) units(s *gemmScratch, at, n int) int {
	slice, panel := at%r.slices, at/r.slices%r.panels
	i0 := at / r.slices / r.panels * r.group
	rows, panels := r.group, 1
	if slice > 0 || n < r.slices {
		n = min(n, r.slices-slice)
		i0, rows = i0+slice*r.slice, min(n*r.slice, r.group-slice*r.slice)
	} else {
		panels = min(n/r.slices, r.panels-panel)
		n = panels * r.slices
	}
	if rows = min(rows, r.g.M-i0); rows > 0 {
		r.outputs(s, i0, rows, panel, panel+panels)
	}
	return n
}

func (s *gemmScratch) grow(b *[]float32, n int) []float32 {
	if len(*b) < n {
		*b = alignedF32(n)
	}
	return *b
}

// outputs computes the columns of panels p0 .. p1-1 in so many rows, at most a group, from row i0 on. A block of k is done
// with for all of them before the next: its part of A stays in the cache, and neighbouring panels lie on the same pages of B.
func (r *gemmRun) outputs(s *gemmScratch, i0, rows, p0, p1 int) {
	g, f := r.g, &r.t.f32
	first := f.start(p0, g.N)
	c := g.C[i0*g.Ldc+first:]

	// The running sums live in C, unless old C is still needed.
	sum, ldsum := c, g.Ldc
	if g.Accumulate && g.K > KBlock {
		ldsum = f.start(p1, g.N) - first
		sum = s.grow(&s.sum, rows*ldsum)
	}
	t := &s.block
	t.Rows, t.Slope = rows, g.Slope
	for k0 := 0; k0 < g.K; k0 += KBlock {
		t.KC = min(KBlock, g.K-k0)
		r.operandA(s, i0, k0, p1-p0)
		last := k0+KBlock >= g.K
		for p := p0; p < p1; p++ {
			from := f.start(p, g.N)
			j := from - first
			t.Cols = f.start(p+1, g.N) - from
			r.operandB(s, p, k0)
			switch {
			case rows < f.mr && (r.bPanels != nil || !r.trans):
				r.ahead(t, p, k0+thinAhead) // a single tile is all that uses B: its own steps
			case p+1 < p1:
				r.ahead(t, p+1, k0)
			default:
				r.ahead(t, p0, k0+KBlock)
			}
			t.C, t.CRow, t.Sum, t.SumRow, t.Old, t.Bias, t.Act = &sum[j], ldsum, nil, ldsum, 0, nil, 0
			if k0 > 0 {
				t.Sum = &sum[j]
			}
			if last {
				t.C, t.CRow = &c[j], g.Ldc
				r.epilogue(t, from)
			}
			f.block(t)
			if last && (f.simple || g.Act > ActLeakyReLU) {
				r.finish(c[j:], rows, from, t.Cols)
			}
		}
	}
}

// operandA says where the kernel of a block of so many panels finds A.
func (r *gemmRun) operandA(s *gemmScratch, i0, k0, panels int) {
	g, f, t := r.g, &r.t.f32, &s.block
	mr := f.mr
	switch {
	case r.packsRows(panels):
		a := s.grow(&s.a, (t.Rows+mr-1)/mr*mr*KBlock)
		for i := 0; i < t.Rows; i += mr {
			packPanel(f, a[i*t.KC:], g.A, g.Lda, !g.TransA, i0+i, min(mr, t.Rows-i), mr, k0, k0+t.KC)
		}
		t.A, t.ARow, t.AStep, t.APanel = &a[0], 1, mr, mr*t.KC
	case f.packsA:
		t.A, t.ARow, t.AStep, t.APanel = &r.packedA[i0*g.K+k0*mr], 1, mr, mr*g.K
	case g.TransA:
		t.A, t.ARow, t.AStep, t.APanel = &g.A[k0*g.Lda+i0], 1, g.Lda, mr
	default:
		t.A, t.ARow, t.AStep, t.APanel = &g.A[i0*g.Lda+k0], g.Lda, 1, mr*g.Lda
	}
}

// epilogue tells the kernel what to do to the columns of C from j on after the last block of k.
func (r *gemmRun) epilogue(t *gemmBlock, j int) {
	g := r.g
	if g.Accumulate {
		t.Old = 1
	}
	if r.t.f32.simple {
		return
	}
	if g.Bias != nil {
		t.Bias = &g.Bias[j]
	}
	switch g.Act {
	case ActReLU:
		t.Act = 1
	case ActLeakyReLU:
		t.Act = 2
	}
}

// finish does the part of the epilogue that the kernel does not.
func (r *gemmRun) finish(c []float32, rows, j, cols int) {
	g, v := r.g, &r.t.vec
	for i := range rows {
		row := c[i*g.Ldc:][:cols]
		if r.t.f32.simple && g.Bias != nil {
			v.add(row, row, g.Bias[j:j+cols])
		}
		activate(g.Act, g.Slope, v, row)
	}
}

// operandB says where the block's kernel finds panel p of B, the steps from k0 on.
func (r *gemmRun) operandB(s *gemmScratch, p, k0 int) {
	g, f, t := r.g, &r.t.f32, &s.block
	j, width := f.start(p, g.N), f.width(t.Cols)
	t.Copy = nil
	switch {
	case r.bPanels != nil:
		t.B, t.BStep = &r.bPanels[j*g.K+k0*width], width
	case !r.trans && (t.Cols == f.nr || t.Cols%f.lanes == 0 && (t.Rows <= 2*f.mr || !f.packsA && r.ldb%sameSets != 0)):
		t.B, t.BStep = &r.b[k0*r.ldb+j], r.ldb
		if t.Cols == f.nr && t.Rows >= f.mr && (g.N > f.near/g.K || r.ldb%sameSets == 0) {
			t.Copy = &s.grow(&s.b, KBlock*f.nr)[0]
		}
	default:
		b := s.grow(&s.b, KBlock*f.nr)
		packPanel(f, b, r.b, r.ldb, r.trans, j, t.Cols, width, k0, k0+t.KC)
		t.B, t.BStep = &b[0], width
	}
}

// thinAhead is how many steps before its use a row of B is prefetched where hardly any work is done with it.
const thinAhead = 32

// ahead has the kernel prefetch panel p of B, the steps from k0 on, if there are any.
func (r *gemmRun) ahead(t *gemmBlock, p, k0 int) {
	g, f := r.g, &r.t.f32
	j := f.start(p, g.N)
	b, at, step, rows := r.b, k0*r.ldb+j, r.ldb, min(KBlock, g.K-k0)
	switch {
	case r.bPanels != nil:
		b, step = r.bPanels[:g.K*f.width(g.N)], f.width(f.start(p+1, g.N)-j)
		at = j*g.K + k0*step
	case r.trans:
		at, rows = j*r.ldb+k0, f.nr // what is transposed first of it
	}
	t.Ahead, t.AheadStep, t.AheadTiles = t.B, 0, 0
	if k0 < g.K {
		t.Ahead, t.AheadStep, t.AheadTiles = &b[at], step, (8*rows+t.KC-1)/t.KC
	}
}
