package kernels

// A product of a single row reads B once, from end to end of its rows: nothing else costs time.

const (
	// rowColumns bounds the columns of a piece, and so the memory that one call of a kernel reads, to 2 MiB in a block of k.
	rowColumns = 2048

	// rowMin is how many columns are worth a task of their own.
	rowMin = 128

	// rowFar is how many floats of B for each thread surely come from beyond an L2 cache.
	rowFar = 192 << 10

	// rowLine is how many floats a cache line has.
	rowLine = 16
)

// planRow divides a product of one row, if that is what it is and the tier has a kernel for it.
func (r *gemmRun) planRow(threads int) bool {
	g := r.g
	b, ldb, trans := r.b, r.ldb, r.trans
	if r.pb != nil {
		b, ldb, trans = r.pb.b, r.pb.ldb, r.pb.trans
	}
	if g.M != 1 || trans || r.t.f32.gemv == nil {
		return false
	}
	r.b, r.ldb = b, ldb
	pieces := (g.N + rowColumns - 1) / rowColumns
	if threads > 1 {
		pieces = max(pieces, min(2*threads, g.N/rowMin))
	}
	lines := (g.N + rowLine - 1) / rowLine
	r.cuts = r.cuts[:0]
	for i := range pieces {
		r.cuts = append(r.cuts, i*lines/pieces*rowLine)
	}
	r.cuts = append(r.cuts, g.N)
	r.gemv = r.t.f32.gemv
	if far := r.t.f32.gemvFar; far != nil && g.K > rowFar*threads/g.N {
		r.gemv = far
	}
	r.growScratch(threads)
	return true
}

// row computes the columns from j0 to j1 of a row of C.
func (r *gemmRun) row(s *gemmScratch, j0, j1 int) {
	g := r.g
	n := j1 - j0
	aStep := 1
	if g.TransA {
		aStep = g.Lda
	}
	v := &r.t.vec
	c := g.C[j0:j1]
	sum := c
	if g.Accumulate {
		sum = s.grow(&s.sum, rowColumns+rowLine)[:n]
	}
	y := sum
	for k0 := 0; k0 < g.K; k0 += KBlock {
		clear(y)
		r.gemv(min(KBlock, g.K-k0), n, &g.A[k0*aStep], aStep, &r.b[k0*r.ldb+j0], r.ldb, &y[0])
		if k0 > 0 {
			v.add(sum, sum, y)
		} else if g.K > KBlock {
			y = s.grow(&s.b, rowColumns+rowLine)[:n]
		}
	}
	if g.Accumulate {
		v.add(c, sum, c)
	}
	if g.Bias != nil {
		v.add(c, c, g.Bias[j0:j1])
	}
	activate(g.Act, g.Slope, v, c)
}
