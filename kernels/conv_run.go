package kernels

// convRun is a Conv in progress.
type convRun struct {
	kind    convKind     // which of these is at work
	units   int          // that it has, as independent as tasks
	tasks   int          // that they are divided into
	slide   convSlide    // ConvOut and ConvDX
	thin    convThin     // the same with few channels in the result
	lines   convLines    // the same with few channels in a group
	weights convWeights  // ConvDW
	sums    convLineSums // the same with few channels in a group
	gemm    Gemm         // a convolution that is a plain product
	bias    []float32    // its bias, repeated

	scratch  chan *convScratch // one for each thread that may be at work
	made     int
	reserved convSizes // of each
}

// convKind is a way to compute a convolution.
type convKind uint8

const (
	convSliding convKind = iota
	convThinly
	convByLines
	convDWByLines
	convDW
	convDWSum
)

// convSmall is the number of multiply-adds under which a second thread costs more than it gains. A test lowers it.
var convSmall = 1 << 19

// convTask is the number of multiply-adds that a task should have, where there are many.
const convTask = 1 << 20

// Run computes c. It allocates only where an earlier Run of c has not had the same shape, role, tier and pool.
func (c *Conv) Run(p *Pool) {
	c.check()
	x, w, y := c.Sizes()
	weights, packed := c.Weights, c.Packed
	if packed != nil {
		if c.Role == ConvDW || packed.role != c.Role || packed.shape != c.withoutBatch() {
			panic("kernels: Conv: the packed weights are for another convolution")
		}
		weights = packed.weights
		if packed.tier != active.Load() {
			// Packed for a tier that is no longer in use: read the weights themselves.
			packed = nil
		}
	}
	if len(c.X) < x || len(weights) < w || len(c.Y) < y {
		panic("kernels: Conv: too short for its shape")
	}
	switch channels := c.channels(); {
	case c.Role > ConvDW:
		panic("kernels: Conv: unknown role")
	case c.Role == ConvDW && (c.Bias != nil || c.Act != ActNone):
		panic("kernels: Conv: a gradient to the weights has no bias and no activation")
	case c.Bias != nil && len(c.Bias) < channels:
		panic("kernels: Conv: Bias is shorter than the channels")
	}
	if c.N == 0 && c.Role != ConvDW {
		return
	}
	r := &c.run
	if c.Role != ConvDW && c.isGemm() {
		r.product(c, p, weights, packed)
		return
	}
	work := float64(y) * float64(w/c.Cout)
	if work < float64(convSmall) {
		p = nil
	}
	threads := p.Threads()
	if r.scratch == nil || cap(r.scratch) < threads {
		r.scratch, r.made, r.reserved = make(chan *convScratch, threads), 0, convSizes{}
	}
	for ; r.made < threads; r.made++ {
		r.scratch <- &convScratch{}
		r.reserved = convSizes{}
	}
	var panels []float32
	if packed != nil {
		panels = packed.panels
	}
	t := active.Load()
	var need convSizes
	switch {
	case c.Role == ConvDW && !c.Accumulate && c.hasLineSums(t):
		r.units, r.kind = r.sums.prepare(c, t, threads), convDWByLines
		need = r.sums.sizes()
	case c.Role == ConvDW:
		r.units, r.kind = r.weights.prepare(c, t, threads), convDW
		need = r.weights.sizes()
	case c.isThin(c.Role, t):
		r.units, r.kind = r.thin.prepare(c, t, threads, weights, panels), convThinly
		need = r.thin.sizes()
	case c.lineWidth(c.Role, t) > 0:
		if !c.Accumulate {
			r.units, r.kind = r.lines.prepare(c, t, threads, weights, panels), convByLines
			break
		}
		panels = nil // which are for lines
		fallthrough
	default:
		r.units, r.kind = r.slide.prepare(c, t, threads, weights, panels), convSliding
		need = r.slide.sizes()
	}
	r.reserve(need)
	r.tasks = min(r.units, 1)
	if threads > 1 {
		if r.tasks = max(4*threads, int(min(work/convTask, 1<<20))); r.units < 2*r.tasks {
			r.tasks = r.units
		}
	}
	p.run(r.tasks, r, 0, r.tasks, r.kind == convDW)
	if r.kind == convDW && r.weights.blockTasks > 0 {
		w := &r.weights
		r.kind, r.units = convDWSum, w.rows
		r.tasks = p.Parts(w.rows, 4*(w.blocks-w.firstBlocks)*w.size, 0)
		p.Run(r.tasks, r)
	}
}

// reserve makes room in every scratch.
func (r *convRun) reserve(n convSizes) {
	if n == r.reserved {
		return
	}
	r.reserved = n
	for range r.made {
		s := <-r.scratch
		s.reserve(n)
		r.scratch <- s
	}
}

// Do runs one task. It implements Task.
func (r *convRun) Do(part int) {
	s := <-r.scratch
	for unit := part * r.units / r.tasks; unit < (part+1)*r.units/r.tasks; unit++ {
		switch r.kind {
		case convDW:
			r.weights.task(s, unit)
		case convDWSum:
			r.weights.sumBlocks(unit)
		case convThinly:
			r.thin.task(s, unit)
		case convByLines:
			r.lines.task(unit)
		case convDWByLines:
			r.sums.task(s, unit)
		default:
			r.slide.task(s, unit)
		}
	}
	r.scratch <- s
}

// channels is how many channels the result has.
func (c *Conv) channels() int {
	if c.Role == ConvDX {
		return c.Cin
	}
	return c.Cout
}

// isGemm says that s is a plain product: every pixel of Y sees a run of X that no other sees, and nothing outside.
func (s ConvShape) isGemm() bool {
	n := s.normal()
	whole := n.OH == 1 && n.OW == 1 && n.KH == n.H && n.KW == n.W && n.DilationH == 1 && n.DilationW == 1
	single := n.KH == 1 && n.KW == 1 && n.H == n.OH && n.W == n.OW && n.StrideH == 1 && n.StrideW == 1
	return n.Groups == 1 && n.PadH == 0 && n.PadW == 0 && (whole || single)
}

// product computes c where isGemm holds: Y = X·Weights, or X = Y·Weightsᵀ. (The gradient to the weights is better off with
// tiles that read X where it lies.)
func (r *convRun) product(c *Conv, p *Pool, weights []float32, packed *PackedConv) {
	g := &r.gemm
	g.Accumulate, g.Bias, g.Act, g.Slope, g.Packed = c.Accumulate, c.Bias, c.Act, c.Slope, nil
	pixels, seen := c.N*c.OH*c.OW, c.KH*c.KW*c.Cin
	if packed != nil {
		g.Packed = packed.gemm
	}
	switch c.Role {
	case ConvOut:
		g.M, g.N, g.K, g.TransA, g.TransB = pixels, c.Cout, seen, false, false
		g.A, g.Lda, g.B, g.Ldb, g.C, g.Ldc = c.X, seen, weights, c.Cout, c.Y, c.Cout
	case ConvDX:
		g.M, g.N, g.K, g.TransA, g.TransB = pixels, seen, c.Cout, false, true
		g.A, g.Lda, g.B, g.Ldb, g.C, g.Ldc = c.Y, c.Cout, weights, c.Cout, c.X, seen
		if c.Bias != nil && seen > c.Cin {
			r.bias = r.bias[:0]
			for range c.KH * c.KW {
				r.bias = append(r.bias, c.Bias[:c.Cin]...)
			}
			g.Bias = r.bias
		}
	}
	g.Run(p)
}

// withoutBatch is the shape as far as packed weights depend on it.
func (s ConvShape) withoutBatch() ConvShape {
	s = s.normal()
	s.N = 0
	return s
}

// PackedConv is the weights of a convolution laid out for the tiles of one tier, for uses that leave them as they are.
type PackedConv struct {
	shape   ConvShape // without batch
	role    ConvRole
	tier    *tier
	weights []float32 // the weights themselves, for a tier that is forced later
	panels  []float32
	gemm    *PackedB // instead of panels
}

// PackConv packs weights, KH x KW x Cin/Groups x Cout, for convolutions of shape s, of any batch, in a role that is not
// ConvDW. The weights themselves must stay as they are while the result is used.
func PackConv(s ConvShape, role ConvRole, weights []float32) *PackedConv {
	p := newPackedConv(s, role, weights)
	t := p.tier
	if k, n, ok := s.product(role); ok {
		p.gemm = PackB(k, n, weights, s.Cout, role == ConvDX)
		return p
	}
	if s.isThin(role, t) {
		var plan convThin
		plan.planThin(p.shape, role, t, 1)
		p.panels = alignedF32(plan.thinLen())
		plan.packThin(p.panels, weights)
		return p
	}
	if s.lineWidth(role, t) > 0 {
		var plan convLines
		plan.plan(p.shape, role, t)
		p.panels = alignedF32(plan.packedLen())
		plan.pack(p.panels, weights)
		return p
	}
	var plan convPlan
	plan.plan(p.shape, role, t, 1)
	p.panels = alignedF32(plan.packedLen)
	for group := range plan.groups {
		for i := range plan.phases {
			ph := &plan.phases[i]
			for _, pn := range plan.panels {
				if ph.k > 0 {
					at := group*plan.packedPhases + ph.packed + ph.k*pn.from
					plan.pack(p.panels[at:], weights, group, ph, pn, 0, ph.k)
				}
			}
		}
	}
	return p
}

func newPackedConv(s ConvShape, role ConvRole, weights []float32) *PackedConv {
	s.check()
	if role >= ConvDW {
		panic("kernels: PackConv: this role has no packed weights")
	}
	if _, w, _ := s.Sizes(); len(weights) < w {
		panic("kernels: PackConv: too short for its shape")
	}
	return &PackedConv{shape: s.withoutBatch(), role: role, tier: active.Load(), weights: weights}
}

// product is the K x N matrix that the weights are where isGemm holds.
func (s ConvShape) product(role ConvRole) (k, n int, ok bool) {
	k, n = s.KH*s.KW*s.Cin, s.Cout
	if role == ConvDX {
		k, n = n, k
	}
	return k, n, s.isGemm()
}
