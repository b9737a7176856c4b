package kernels

import "unsafe"

// What kernels allocate is known before they run, for programs that must fit a small machine. The functions of this file
// return bytes, at most what is allocated on the tier in use; TestMemory holds them against what is.

// PackedBytes is the size of what PackB returns for a K x N matrix.
func PackedBytes(k, n int) int { return 4 * k * active.Load().f32.width(n) }

// PackedS8Bytes is the size of what PackS8 returns for a K x N matrix.
func PackedS8Bytes(k, n int) int { return packedS8Bytes(active.Load(), k, n) }

func packedS8Bytes(t *tier, k, n int) int {
	u := &t.u8
	return roundUp(n, u.cut) * u.panelDepth(k)
}

// PackedConvBytes is the size of what PackConv returns for convolutions of this shape in this role.
func PackedConvBytes(s ConvShape, role ConvRole) int {
	if k, n, ok := s.product(role); ok {
		return PackedBytes(k, n)
	}
	t := active.Load()
	if s.isThin(role, t) {
		var plan convThin
		plan.planThin(s.withoutBatch(), role, t, 1)
		return 4 * plan.thinLen()
	}
	if s.lineWidth(role, t) > 0 {
		var plan convLines
		plan.plan(s.withoutBatch(), role, t)
		return 4 * plan.packedLen()
	}
	var plan convPlan
	plan.plan(s.withoutBatch(), role, t, 1)
	return 4 * plan.packedLen
}

// RunBytes is what the first Run of g allocates with so many threads. Only the sizes and flags of g count; packed says
// that it will have a packed B.
func (g *Gemm) RunBytes(threads int, packed bool) int {
	f := &active.Load().f32
	rows := min(groupRows+f.mr, roundUp(g.M, f.mr))
	scratch := KBlock * f.nr
	if g.Accumulate && g.K > KBlock {
		scratch += rows * roundUp(g.N, f.nr)
	}
	if g.TransA && g.Lda%sameSets == 0 || !g.TransA && g.Lda%samePage == 0 {
		scratch += rows * KBlock
	}
	shared := 0
	if f.packsA && g.M > 0 {
		if float64(g.M)*float64(g.N)*float64(g.K) < soloWork {
			threads = 1
		}
		groups := (g.M + groupRows - 1) / groupRows
		group := tileRows((g.M+groups-1)/groups, f.mr)
		if threads > 1 && (g.M+group-1)/group < 4*threads {
			shared += roundUp(g.M, f.mr) * g.K
		} else {
			scratch += rows * KBlock
		}
	}
	if f.simple {
		scratch += f.mr * f.nr
		shared += roundUp(g.M, f.mr) * g.K
	}
	if !packed && g.M > packRowsB {
		shared += g.K * f.width(g.N)
	}
	return 4 * (threads*scratch + shared)
}

// PackedConvU8Bytes is the size of what PackConvU8 returns for a layer. Its Weights may be nil.
func PackedConvU8Bytes(l ConvU8Layer) int {
	t := active.Load().of(&l)
	if l.Wide && !t.u8.words { // two planes of the same weights, of which each has its biases
		l.Wide = false
		return 2 * PackedConvU8Bytes(l)
	}
	if l.isProduct() {
		s := l.normal()
		k, n := s.KH*s.KW*s.Cin, s.Cout
		if l.Role == ConvDX {
			k, n = n, k
		}
		return packedS8Bytes(t, k, n) + matBytes(n, 1)
	}
	var p convU8Plan
	p.plan(l.ConvShape, l.Role, t)
	bytes := 0
	if d := t.convU8.depth3; d != nil && !l.Wide {
		bytes = d.bytes(&p)
	}
	for i := range p.products {
		pr := &p.products[i]
		if p.thin != nil {
			bytes += (pr.k + 1) * p.thin.width * 4
			if i == 0 {
				bytes += matBytes(p.out.w*p.cols, 0)
			}
			continue
		}
		if p.lanes {
			bytes += roundUp(pr.n, depthLanes)*pr.k*p.elem + matBytes(pr.n, 1)
			continue
		}
		bytes += p.groups * (packedS8Bytes(t, pr.k, pr.n) + matBytes(pr.n, len(pr.sets)))
	}
	return bytes
}

// PanelsConvU8Bytes is the size of the packed weights among that, as PackedConvU8.Panels returns them.
func PanelsConvU8Bytes(l ConvU8Layer) int {
	t := active.Load().of(&l)
	if l.isProduct() {
		s := l.normal()
		k, n := s.KH*s.KW*s.Cin, s.Cout
		if l.Role == ConvDX {
			k, n = n, k
		}
		return roundUp(packedS8Bytes(t, k, n), 64)
	}
	var p convU8Plan
	p.plan(l.ConvShape, l.Role, t)
	bytes := 0
	for i := range p.products {
		pr := &p.products[i]
		switch {
		case p.thin != nil:
			bytes += roundUp(pr.k*p.thin.width*4, 64)
		case p.lanes:
			bytes += roundUp(roundUp(pr.n, depthLanes)*pr.k*p.elem, 64)
		default:
			bytes += p.groups * roundUp(packedS8Bytes(t, pr.k, pr.n), 64)
		}
	}
	return bytes
}

// matBytes is the size of the constants of n columns and some sets of taps.
func matBytes(n, sets int) int { return (4*sets + 5) * roundUp(n, maxWidthU8) }

// RunBytes is what the first Run of c allocates with so many threads. Only N and the shape and role of l, c's layer, count.
func (c *ConvU8) RunBytes(l ConvU8Layer, threads int) int {
	t := active.Load().of(&l)
	if l.Wide && !t.u8.words {
		l.Wide = false
		in, out := l.Sizes(1)
		some := &ConvU8{N: max(1, min(c.N, planeBytes/8/max(1, out)))}
		return 2*(some.RunBytes(l, threads)+some.N*(in+4*out)) + int(unsafe.Sizeof(wordPlanes{})) + threads*int(unsafe.Sizeof(wordScratch{}))
	}
	if l.isProduct() {
		s := l.normal()
		k, n := s.KH*s.KW*s.Cin, s.Cout
		if l.Role == ConvDX {
			k, n = n, k
		}
		g := &GemmU8{M: c.N * s.OH * s.OW, N: n, K: k}
		return g.runBytes(t, threads)
	}
	r := convU8State{c: c, t: t, packed: &PackedConvU8{layer: l, tier: t}}
	r.packed.plan.plan(l.ConvShape, l.Role, t)
	r.divide(threads)
	bytes := 0
	for _, rows := range r.rows {
		bytes += 2 * 16 * len(rows.aOff) // of which some is left behind as they grow
	}
	return bytes + threads*(int(unsafe.Sizeof(convU8Scratch{}))+r.scratchBytes())
}

// RunBytes is what the first Run of g allocates with so many threads. Only the sizes of g count.
func (g *GemmU8) RunBytes(threads int) int { return g.runBytes(active.Load(), threads) }

func (g *GemmU8) runBytes(t *tier, threads int) int {
	u := &t.u8
	depth := u.depth(g.K)
	scratch := int(unsafe.Sizeof(gemmU8Scratch{})) + 2*u.nr*depth // a panel of bytes, opened to words
	return threads*scratch + max(roundUp(g.M, u.mr)*depth/4*u.step, roundUp(g.K, 16))
}

// RunBytes is what the first Run of c allocates with so many threads, for a role that is not ConvDW. Only the shape, the
// role and the flags of c count; packed says that it will have packed weights.
func (c *Conv) RunBytes(threads int, packed bool) int {
	t := active.Load()
	plain := *c
	if plain.isGemm() {
		pixels, seen := c.N*c.OH*c.OW, c.KH*c.KW*c.Cin
		g := &Gemm{M: pixels, N: c.Cout, K: seen, Lda: seen, Accumulate: c.Accumulate}
		if c.Role == ConvDX {
			g.N, g.K, g.Lda = seen, c.Cout, c.Cout
		}
		return g.RunBytes(threads, packed) + 4*g.N
	}
	var need convSizes
	bytes := 0
	switch {
	case c.isThin(c.Role, t):
		var r convThin
		r.planThin(c.normal(), c.Role, t, threads)
		need, bytes = r.sizes(), 4*r.out.w*r.cols
		if !packed {
			bytes += 4 * r.thinLen()
		}
	case !c.Accumulate && c.lineWidth(c.Role, t) > 0:
		var r convLines
		r.plan(c.normal(), c.Role, t)
		r.planUnits()
		bytes = 2 * r.tableBytes()
		if !packed {
			bytes += 4 * r.packedLen()
		}
	default:
		r := convSlide{c: &plain}
		r.plan(c.normal(), c.Role, t, unitRows)
		r.planUnits()
		need, bytes = r.sizes(), 2*r.tableBytes() // of which some is left behind as they grow
	}
	return bytes + threads*(4*(need.band+need.b+need.sum)+8*(need.segs+need.off))
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }
