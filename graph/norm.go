package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// Normalizations run on kernels of their own, and so do their gradients. The gradient of the gradient is made of plain
// operations: an expression that says the same, differentiated.
//
// Down columns (batch and instance normalization) the statistics are a value of their own, [outer 3 C]: mean, biased
// variance and 1/sqrt(variance + eps). What has them as an operand is a function of x alone, of which they are a part
// computed before: all of the gradient goes to x. The sums of a gradient are such a part of it, too.

// columns reads x as [outer rows C], where dimensions from lo on but the last are the rows.
func columns(x Shape, lo int) (outer, rows, cols int) {
	outer, rows, _ = x.split(lo, x.Rank()-1)
	return outer, rows, x.Dim(-1)
}

// BatchNorm normalizes the channels, the last dimension of x, over all others, and then multiplies by gamma and adds beta,
// both [C]. It returns the mean and the biased variance too, [C].
func (b *Builder) BatchNorm(x, gamma, beta Value, eps float32) (y, mean, variance Value) {
	y, stats := b.columnNorm(x, gamma, beta, 0, eps)
	c := Of(b.Shape(x).Dim(-1))
	return y, b.Reshape(b.Slice(stats, 1, 0, 1), c), b.Reshape(b.Slice(stats, 1, 1, 2), c)
}

// InstanceNorm normalizes the channels of every picture of x [N H W C] over its pixels, and then multiplies by gamma and
// adds beta, both [C], unless they are 0.
func (b *Builder) InstanceNorm(x, gamma, beta Value, eps float32) Value {
	c := Of(b.Shape(x).Dim(-1))
	if gamma == 0 {
		gamma = b.Fill(1, c)
	}
	if beta == 0 {
		beta = b.Fill(0, c)
	}
	y, _ := b.columnNorm(x, gamma, beta, 1, eps)
	return y
}

func (b *Builder) columnNorm(x, gamma, beta Value, lo int, eps float32) (y, stats Value) {
	stats = b.add(OpColumnStats, Attr{I: [maxInts]int32{int32(lo)}, F: [2]float32{eps}}, x)
	return b.add(OpColumnNorm, Attr{I: [maxInts]int32{int32(lo)}}, x, stats, gamma, beta), stats
}

// LayerNorm normalizes x over its dimensions from lo on.
func (b *Builder) LayerNorm(x Value, lo int, eps float32) Value {
	return b.add(OpRowNorm, Attr{I: [maxInts]int32{int32(lo)}, F: [2]float32{eps}}, x)
}

// PixelNorm divides every pixel, the last dimension of x, by the root of its mean square (Karras et al. 2018).
func (b *Builder) PixelNorm(x Value, eps float32) Value {
	return b.add(OpRowNorm, Attr{I: [maxInts]int32{int32(b.Shape(x).Rank() - 1), 1}, F: [2]float32{eps}}, x)
}

// Softmax is e^x over its sum along the last dimension.
func (b *Builder) Softmax(x Value) Value { return b.add(OpSoftmax, Attr{}, x) }

// LogSumExp is the logarithm of the sum of e^x along the last dimension, which disappears.
func (b *Builder) LogSumExp(x Value) Value { return b.add(OpLogSumExp, Attr{}, x) }

func epsilon(a *Attr) error {
	if !(a.F[0] >= 0) {
		return fmt.Errorf("eps is %v", a.F[0])
	}
	return nil
}

// columnShape checks that x can be read as columns and returns the shape of k numbers for each.
func columnShape(x Type, a *Attr, k int) (Shape, error) {
	lo := int(a.I[0])
	if x.D != F32 || lo < 0 || lo > x.S.Rank()-2 || lo == 0 && x.S.Symbolic() || lo > 1 && x.S.Symbolic() {
		return Shape{}, fmt.Errorf("columns of %v from dimension %d on", x, lo)
	}
	outer, _, cols := columns(x.S, lo)
	return makeShape([]int{outer, k, cols})
}

func columnStatsShape(in []Type, a *Attr) (Type, error) {
	if err := epsilon(a); err != nil {
		return Type{}, err
	}
	s, err := columnShape(in[0], a, 3)
	return Type{F32, s}, err
}

// columnTypes returns the types of the statistics of x, of a number for each channel, and of the sums of a gradient.
func columnTypes(x Type, a *Attr) (stats, channels, sums Type, err error) {
	three, err := columnShape(x, a, 3)
	if err != nil {
		return stats, channels, sums, err
	}
	two, err := columnShape(x, a, 2)
	return Type{F32, three}, Type{F32, Of(x.S.Dim(-1))}, Type{F32, two}, err
}

func expect(in []Type, want ...Type) error {
	for i, t := range in {
		if t != want[i] {
			return fmt.Errorf("input %d is %v, want %v", i, t, want[i])
		}
	}
	return nil
}

func columnNormShape(in []Type, a *Attr) (Type, error) {
	stats, channels, _, err := columnTypes(in[0], a)
	if err == nil {
		err = expect(in, in[0], stats, channels, channels)
	}
	return in[0], err
}

func columnSumsShape(in []Type, a *Attr) (Type, error) {
	stats, _, sums, err := columnTypes(in[1], a)
	if err == nil {
		err = expect(in, in[1], in[1], stats)
	}
	return sums, err
}

func columnDXShape(in []Type, a *Attr) (Type, error) {
	stats, channels, sums, err := columnTypes(in[1], a)
	if err == nil {
		err = expect(in, in[1], in[1], stats, channels, sums)
	}
	return in[1], err
}

func rowNormShape(in []Type, a *Attr) (Type, error) {
	t, err := sameShape(in, a)
	if err == nil {
		err = epsilon(a)
	}
	if lo := int(a.I[0]); err == nil && (lo < 0 || lo >= t.S.Rank() || lo == 0 && t.S.Symbolic() || a.I[1] < 0 || a.I[1] > 1) {
		err = fmt.Errorf("rows of %v from dimension %d on, mean %d", t, lo, a.I[1])
	}
	return t, err
}

func softmaxShape(in []Type, a *Attr) (Type, error) {
	t, err := sameShape(in, a)
	if err == nil && (t.S.Rank() == 0 || t.S.Dim(-1) == Batch) {
		err = fmt.Errorf("%v has no rows", t)
	}
	return t, err
}

func logSumExpShape(in []Type, a *Attr) (Type, error) {
	t, err := softmaxShape(in, a)
	if err != nil {
		return Type{}, err
	}
	d := t.S.Dims()
	s, err := makeShape(d[:len(d)-1])
	return Type{F32, s}, err
}

// plainNorm is the normalization of x [outer mid inner] over mid in plain operations, and what it is made of.
type plainNorm struct{ mean, variance, rstd, h Value }

func (b *Builder) plainNorm(x Value, eps float32, noMean bool) plainNorm {
	n := b.Shape(x).Dim(1)
	over := func(v Value) Value { return b.insert(v, 1, []int{n}) }
	p := plainNorm{mean: b.Mean(x, 1)}
	d := b.Sub(x, over(p.mean))
	if noMean {
		d = x
	}
	p.variance = b.Mean(b.Square(d), 1)
	p.rstd = b.Div(b.Fill(1, b.Shape(p.variance)), b.Sqrt(b.AddScalar(p.variance, eps)))
	p.h = b.Mul(d, over(p.rstd))
	return p
}

// plainDX is the gradient of a normalization with cotangent e of h.
func (b *Builder) plainDX(p plainNorm, e Value, noMean bool) Value {
	n := b.Shape(e).Dim(1)
	over := func(v Value) Value { return b.insert(v, 1, []int{n}) }
	d := b.Sub(e, b.Mul(p.h, over(b.Mean(b.Mul(e, p.h), 1))))
	if !noMean {
		d = b.Sub(d, over(b.Mean(e, 1)))
	}
	return b.Mul(d, over(p.rstd))
}

// flat reads x as [outer rows C], or [rows cols 1] where it is normalized along rows.
func (b *Builder) flat(x Value, n *Node) Value {
	s, lo := b.Shape(x), int(n.Attr.I[0])
	if n.Op == OpRowNorm || n.Op == OpRowNormDX {
		outer, mid, _ := s.split(lo, s.Rank())
		return b.Reshape(x, Of(outer, mid, 1))
	}
	return b.Reshape(x, Of(columns(s, lo)))
}

func columnStatsVJP(b *Builder, y Value, n Node, ct Value) cts {
	x := n.In[0]
	p := b.plainNorm(b.flat(x, &n), n.Attr.F[0], false)
	outer, cols := n.Type.S.Dim(0), n.Type.S.Dim(2)
	one := func(v Value) Value { return b.Reshape(v, Of(outer, 1, cols)) }
	return cts{b.through(b.Concat(1, one(p.mean), one(p.variance), one(p.rstd)), ct, x)[0]}
}

func columnNormVJP(b *Builder, y Value, n Node, ct Value) cts {
	x, stats, gamma := n.In[0], n.In[1], n.In[2]
	sums := b.add(OpColumnSums, n.Attr, ct, x, stats)
	outer, cols := b.Shape(sums).Dim(0), b.Shape(sums).Dim(2)
	of := func(i int) Value {
		s := b.Slice(sums, 1, i, i+1)
		if outer > 1 {
			return b.Reshape(b.Sum(s, 0), Of(cols))
		}
		return b.Reshape(s, Of(cols))
	}
	return cts{b.add(OpColumnDX, n.Attr, ct, x, stats, gamma, sums), 0, of(1), of(0)}
}

// statsEps is the eps of statistics.
func (b *Builder) statsEps(stats Value) float32 {
	if n := &b.nodes[stats]; n.Op == OpColumnStats {
		return n.Attr.F[0]
	}
	panic("graph: Grad through a normalization whose statistics are not its own")
}

func columnSumsVJP(b *Builder, y Value, n Node, ct Value) cts {
	g, x := n.In[0], n.In[1]
	gf := b.flat(g, &n)
	p := b.plainNorm(b.flat(x, &n), b.statsEps(n.In[2]), false)
	outer, cols := n.Type.S.Dim(0), n.Type.S.Dim(2)
	one := func(v Value) Value { return b.Reshape(b.Sum(v, 1), Of(outer, 1, cols)) }
	d := b.through(b.Concat(1, one(gf), one(b.Mul(gf, p.h))), ct, g, x)
	return cts{d[0], d[1]}
}

func columnDXVJP(b *Builder, y Value, n Node, ct Value) cts {
	g, x, gamma := n.In[0], n.In[1], n.In[3]
	gf := b.flat(g, &n)
	p := b.plainNorm(b.flat(x, &n), b.statsEps(n.In[2]), false)
	dx := b.Reshape(b.plainDX(p, b.Mul(gf, b.BroadcastTo(gamma, b.Shape(gf))), false), n.Type.S)
	d := b.through(dx, ct, g, x, gamma)
	return cts{d[0], d[1], 0, d[2]}
}

func rowNormVJP(b *Builder, y Value, n Node, ct Value) cts {
	return cts{b.add(OpRowNormDX, n.Attr, ct, n.In[0])}
}

func rowNormDXVJP(b *Builder, y Value, n Node, ct Value) cts {
	g, x, noMean := n.In[0], n.In[1], n.Attr.I[1] != 0
	p := b.plainNorm(b.flat(x, &n), n.Attr.F[0], noMean)
	d := b.through(b.Reshape(b.plainDX(p, b.flat(g, &n), noMean), n.Type.S), ct, g, x)
	return cts{d[0], d[1]}
}

func softmaxVJP(b *Builder, y Value, n Node, ct Value) cts {
	return cts{b.add(OpSoftmaxDX, Attr{}, ct, y)}
}

func softmaxDXVJP(b *Builder, y Value, n Node, ct Value) cts {
	g, s := n.In[0], n.In[1]
	rank := n.Type.S.Rank()
	sum := b.insert(b.Sum(b.Mul(g, s), rank-1), rank-1, []int{n.Type.S.Dim(-1)})
	d := b.through(b.Mul(s, b.Sub(g, sum)), ct, g, s)
	return cts{d[0], d[1]}
}

func logSumExpVJP(b *Builder, y Value, n Node, ct Value) cts {
	x := n.In[0]
	rank := b.Shape(x).Rank()
	return cts{b.Mul(b.insert(ct, rank-1, []int{b.Shape(x).Dim(-1)}), b.Softmax(x))}
}

// bindNorm binds the operations of this file, one with an activation where there is a product.
func (c *compiler) bindNorm(v Value, g product) func() {
	op := v
	if g.op != 0 {
		op = g.op
	}
	n := &c.b.nodes[op]
	pool := c.opt.Pool
	in := func(i int) []float32 { return c.f32(n.In[i]) }
	out := c.f32(v)
	switch n.Op {
	case OpRowNorm, OpRowNormDX:
		rows, cols, _ := n.Type.S.split(int(n.Attr.I[0]), n.Type.S.Rank())
		r := &kernels.RowNorm{Rows: rows, Cols: cols, Eps: n.Attr.F[0], NoMean: n.Attr.I[1] != 0, Mean: make([]float32, rows),
			Rstd: make([]float32, rows), Y: out}
		if n.Op == OpRowNorm {
			r.X = in(0)
			return func() { r.Apply(pool) }
		}
		r.G, r.X, r.DX = in(0), in(1), out
		return func() {
			r.Apply(pool)
			r.Gradient(pool)
		}
	case OpSoftmax, OpSoftmaxDX, OpLogSumExp:
		x := c.b.Shape(n.In[0])
		s := &kernels.Softmax{Cols: x.Dim(-1), Rows: x.Numel() / x.Dim(-1)}
		switch n.Op {
		case OpSoftmax:
			s.X, s.Y = in(0), out
		case OpSoftmaxDX:
			s.G, s.Y, s.DX = in(0), in(1), out
			return func() { s.Gradient(pool) }
		case OpLogSumExp:
			s.X, s.Y, s.LSE = in(0), make([]float32, x.Numel()), out
		}
		return func() { s.Apply(pool) }
	}

	x := n.In[0]
	if n.Op == OpColumnSums || n.Op == OpColumnDX {
		x = n.In[1]
	}
	outer, rows, cols := columns(c.b.Shape(x), int(n.Attr.I[0]))
	k := &kernels.ColumnNorm{Outer: outer, Rows: rows, Cols: cols, X: c.f32(x), Act: g.act, Slope: g.slope}
	// The kernel wants its numbers one kind after the other, the graph has them one outer index after the other.
	parts := func(of []float32, into ...*[]float32) (spread, collect func()) {
		if outer == 1 {
			for i, p := range into {
				*p = of[i*cols:][:cols]
			}
			return func() {}, func() {}
		}
		for _, p := range into {
			*p = make([]float32, outer*cols)
		}
		move := func(f func(there, here []float32)) {
			for o := range outer {
				for i, p := range into {
					f(of[(o*len(into)+i)*cols:][:cols], (*p)[o*cols:][:cols])
				}
			}
		}
		return func() { move(func(there, here []float32) { copy(here, there) }) },
			func() { move(func(there, here []float32) { copy(there, here) }) }
	}
	switch n.Op {
	case OpColumnStats:
		k.Eps = n.Attr.F[0]
		_, collect := parts(out, &k.Mean, &k.Var, &k.Rstd)
		return func() {
			k.Stats(pool)
			collect()
		}
	case OpColumnNorm:
		spread, _ := parts(in(1), &k.Mean, &k.Var, &k.Rstd)
		k.Gamma, k.Beta, k.Y = in(2), in(3), out
		return func() {
			spread()
			k.Apply(pool)
		}
	case OpColumnSums:
		spread, _ := parts(in(2), &k.Mean, &k.Var, &k.Rstd)
		k.G = in(0)
		_, collect := parts(out, &k.DBeta, &k.DGamma)
		return func() {
			spread()
			k.GradientSums(pool)
			collect()
		}
	case OpColumnDX:
		spread, _ := parts(in(2), &k.Mean, &k.Var, &k.Rstd)
		sums, _ := parts(in(4), &k.DBeta, &k.DGamma)
		k.G, k.DX, k.Gamma = in(0), out, in(3)
		k.Beta = make([]float32, cols)
		return func() {
			spread()
			sums()
			k.GradientX(pool)
		}
	}
	panic("graph: " + n.Op.String() + " is no normalization")
}
