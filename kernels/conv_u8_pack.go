package kernels

// PackedConvU8 is a ConvU8Layer laid out for the tiles of one tier. Any number of ConvU8 share it.
type PackedConvU8 struct {
	layer ConvU8Layer // itself, for a tier that is forced later
	tier  *tier
	plan  convU8Plan
	gemm  bool // the layer is a plain product, and mats has it alone
	mats  []convU8Mat
	items []convU8Item

	depth3 []byte           // constants of a convU8Depth3
	planes [2]*PackedConvU8 // of a Wide layer, on a tier that has no product of words, and the only ones

	stored []byte // what is left of a stored form, while the layer is packed; nil: there is none
}

// convU8Mat is the right operand of a product of a group, with the constants of its columns, which go on as zeros to the end
// of the last panel.
type convU8Mat struct {
	product *convU8Product
	first   int       // channel of the group in the result
	from    int       // and in the source
	b       *PackedS8 // or, of a depthwise layer,
	lanes   []byte
	bias    [][]int32 // for each set of taps
	mult    []int32
	shift   []uint8
}

// convU8Item is a panel of a product: what is computed for some rows at a time.
type convU8Item struct {
	mat int
	col int // where the panel begins
}

// PackConvU8 packs a layer for the tier in use. What the layer's slices hold must stay as it is while the result is used.
func PackConvU8(l ConvU8Layer) *PackedConvU8 {
	l.check()
	l.N = 0
	return packConvU8(l, active.Load().of(&l), nil)
}

func packConvU8(l ConvU8Layer, t *tier, stored []byte) *PackedConvU8 {
	if l.Wide {
		l.InZero = 0
	}
	p := &PackedConvU8{layer: l, tier: t, stored: stored}
	if l.Wide && !t.u8.words {
		p.planes = packPlanes(l, t, stored)
		return p
	}
	if p.gemm = l.isProduct(); p.gemm {
		s := l.normal()
		// Y = X·Weights, or X = Y·Weightsᵀ.
		k, n := s.KH*s.KW*s.Cin, s.Cout
		b := l.Weights
		if l.Role == ConvDX {
			k, n = n, k
			b = make([]int8, k*n)
			for i := range k {
				for j := range n {
					b[i*n+j] = l.Weights[j*k+i]
				}
			}
		}
		p.mats = []convU8Mat{p.mat(nil, b, k, n, 0, 0)}
		return p
	}
	p.plan.plan(l.ConvShape, l.Role, t)
	weights := p.plan.mergeWeights(l.Weights)
	if p.plan.thin != nil {
		p.thinMats(weights)
		return p
	}
	if p.plan.lanes {
		for i := range p.plan.products {
			pr := &p.plan.products[i]
			p.mats = append(p.mats, p.depthMat(pr))
			for j := 0; j < pr.n; j += depthLanes {
				p.items = append(p.items, convU8Item{i, j})
			}
		}
		if d := t.convU8.depth3; d != nil {
			p.depth3 = d.pack(p)
		}
		return p
	}
	for group := range p.plan.groups {
		for i := range p.plan.products {
			pr := &p.plan.products[i]
			b := p.plan.weights(pr, weights, group)
			p.mats = append(p.mats, p.mat(pr, b, pr.k, pr.n, group*p.plan.cols, group*(p.plan.in.c/p.plan.groups)))
			for j := 0; j < pr.n; j += p.mats[len(p.mats)-1].b.nr {
				p.items = append(p.items, convU8Item{len(p.mats) - 1, j})
			}
		}
	}
	return p
}

// isProduct says that a layer is a plain product, of a GemmU8.
func (l *ConvU8Layer) isProduct() bool {
	s := l.normal()
	return l.isGemm() && s.KH*s.KW*s.Cin <= MaxKU8 && s.Cout <= MaxKU8
}

// mat packs a k x n right operand of a product of the group whose channels begin with first, and from in the source.
func (p *PackedConvU8) mat(pr *convU8Product, b []int8, k, n, first, from int) convU8Mat {
	packed := &PackedS8{k: k, n: n, b: b, ldb: n}
	if p.stored == nil {
		packed.pack(p.tier)
	} else {
		packed.divide(p.tier)
		packed.panels = p.take(packedS8Bytes(p.tier, k, n))
	}
	packed.b = nil // never asked for: another tier packs the layer anew
	l := &p.layer
	m := convU8Mat{product: pr, first: first, from: from, b: packed}
	channels := l.Channels()
	cols := channels
	sets := 1
	if pr != nil {
		cols, sets = p.plan.cols, len(pr.sets)
	}
	for set := range sets {
		bias := make([]int32, roundUp(n, maxWidthU8))
		if l.Bias != nil {
			for j := range n {
				bias[j] = l.Bias[first+j%cols]
			}
		}
		subtract := func(rows []int8) {
			for len(rows) > 0 {
				for j, w := range rows[:n] {
					bias[j] -= int32(l.InZero) * int32(w)
				}
				rows = rows[n:]
			}
		}
		if set == 0 {
			subtract(b)
		} else {
			for _, tap := range pr.sets[set].taps {
				subtract(b[pr.taps[tap].k*n:][:p.plan.depth*n])
			}
		}
		m.bias = append(m.bias, bias)
	}
	p.scales(&m, n, cols)
	return m
}

// depthMat packs a product of a depthwise layer.
func (p *PackedConvU8) depthMat(pr *convU8Product) convU8Mat {
	l, plan := &p.layer, &p.plan
	m := convU8Mat{product: pr, lanes: plan.depthMat(pr, l.Weights, &p.tier.convU8.depth)}
	if p.stored != nil {
		m.lanes = p.take(len(m.lanes))
	}
	bias := make([]int32, roundUp(pr.n, maxWidthU8))
	if l.Bias != nil {
		copy(bias, l.Bias[:pr.n])
	}
	for _, tap := range pr.taps {
		for i, w := range l.Weights[tap.weight[0]*plan.shape.Cout:][:plan.shape.Cout] {
			bias[i/plan.depth] -= int32(l.InZero) * int32(w)
		}
	}
	m.bias = [][]int32{bias}
	p.scales(&m, pr.n, pr.n)
	return m
}

// scales gives m the constants that finish sums of n columns, of which so many are different channels.
func (p *PackedConvU8) scales(m *convU8Mat, n, cols int) {
	l := &p.layer
	if l.Mult == nil {
		return
	}
	m.mult, m.shift = make([]int32, roundUp(n, maxWidthU8)), make([]uint8, roundUp(n, maxWidthU8))
	for j := range m.shift {
		m.shift[j] = MinShift
	}
	for j := range n {
		m.mult[j], m.shift[j] = l.Mult[m.first+j%cols], l.Shift[m.first+j%cols]
	}
}

// take returns the next n bytes of the stored form, whose parts begin at multiples of 64.
func (p *PackedConvU8) take(n int) []byte {
	b := p.stored[:n:n]
	p.stored = p.stored[roundUp(n, 64):]
	return b
}
