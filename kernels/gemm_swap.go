package kernels

// gemmSwap computes a product whose B is stored transposed and is much larger than A and C as the transpose of
// op(B)'·op(A)'. B lies in rows then, as kernels like the left operand, and what has to be transposed is A and the result.
// Each output is the same chain of the same products.
type gemmSwap struct {
	g       *Gemm
	product Gemm
	c       []float32      // of the product, N x M
	tmp     chan []float32 // where a thread transposes what it goes on with
}

const (
	// swapColumns is how many columns of the result are transposed at a time.
	swapColumns = 64

	// swapRows is how many rows a product has at least; a tile of fewer columns reads B too slowly.
	swapRows = 16
)

// swaps says whether g is computed that way: half of the floats are transposed at most, and hardly any column of the tiles is
// empty.
func (g *Gemm) swaps(f *gemmF32Kernels) bool {
	return g.TransB && g.Packed == nil && !f.packsA && g.M >= swapRows && 20*f.width(g.M) <= 21*g.M &&
		2*g.M*(g.K+g.N) <= g.N*g.K
}

// plain says that nothing comes after the sum.
func (g *Gemm) plain() bool { return !g.Accumulate && g.Bias == nil && g.Act == ActNone }

func (s *gemmSwap) run(g *Gemm, p *Pool) {
	if n := g.M * g.N; len(s.c) < n {
		s.c = alignedF32(n)
	}
	if cap(s.tmp) < p.Threads() {
		s.tmp = make(chan []float32, p.Threads())
		for range p.Threads() {
			s.tmp <- nil
		}
	}
	for n, i := g.M*swapColumns, 0; i < cap(s.tmp) && !g.plain(); i++ {
		tmp := <-s.tmp
		if len(tmp) < n {
			tmp = alignedF32(n)
		}
		s.tmp <- tmp
	}
	s.g = g
	t := &s.product
	t.M, t.N, t.K = g.N, g.M, g.K
	t.A, t.Lda = g.B, g.Ldb
	t.B, t.Ldb, t.TransB = g.A, g.Lda, !g.TransA
	t.C, t.Ldc = s.c, g.M
	t.Run(p)
	if float64(g.M)*float64(g.N)*float64(g.K) < soloWork {
		p = nil
	}
	p.Run((g.N+swapColumns-1)/swapColumns, s)
}

// Do transposes swapColumns columns and does what comes after the sum. It implements Task.
func (s *gemmSwap) Do(part int) {
	g, t := s.g, active.Load()
	j := part * swapColumns
	cols := min(swapColumns, g.N-j)
	c, from := g.C[j:], s.c[j*g.M:]
	if g.plain() {
		t.f32.transpose(c, from, g.M, g.M, cols, g.Ldc)
		return
	}
	tmp := <-s.tmp
	t.f32.transpose(tmp, from, g.M, g.M, cols, swapColumns)
	for i := range g.M {
		row, sum := c[i*g.Ldc:][:cols], tmp[i*swapColumns:][:cols]
		if g.Accumulate {
			t.vec.add(sum, sum, row)
		}
		if g.Bias != nil {
			t.vec.add(sum, sum, g.Bias[j:j+cols])
		}
		activate(g.Act, g.Slope, &t.vec, sum)
		copy(row, sum)
	}
	s.tmp <- tmp
}
