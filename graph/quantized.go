package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// The integer operations, which package quant makes of others. They have no gradients. A byte q of a U8 value stands for a
// number scale*(q - zero) on a grid that the operation does not know: scales are in its multipliers, zero points among its
// ints. See package kernels for the arithmetic; the ints are
//
//	QuantizeLatent  multiplier, shift, zero point of the result
//	QDot            zero point of the result, least and largest byte
//	QConvOut        stride, padding, dilation as of ConvOut; zero points of x and of the result, least and largest byte
//	QConvDX         the same
//	QAdd            multipliers of x and of y, bias, shift, least and largest byte
//	QScale          shift, least and largest byte
//	QResample       kind and factor or edge as of Resample, zero point

// QuantizeLatent turns I16 latents into U8: zero + (x*mult + 2^(shift-1)) >> shift, clamped.
func (b *Builder) QuantizeLatent(x Value, mult int32, shift uint8, zero uint8) Value {
	return b.add(OpQuantizeLatent, Attr{I: [maxInts]int32{mult, int32(shift), int32(zero)}}, x)
}

// QDot is a quantized dense layer; see kernels.GemmU8. x is U8 [M K], w S8 [K N], bias and mult I32 [N], shift U8 [N].
func (b *Builder) QDot(x, w, bias, mult, shift Value, zero, lo, hi uint8) Value {
	return b.add(OpQDot, Attr{I: [maxInts]int32{int32(zero), int32(lo), int32(hi)}}, x, w, bias, mult, shift)
}

// Lookup replaces each byte of x by its entry in a table U8 [256].
func (b *Builder) Lookup(x, table Value) Value { return b.add(OpLookup, Attr{}, x, table) }

// QConv is a quantized convolution or, in the role of ConvDX, transposed convolution like the node of a float one, with
// inputs of its own; see kernels.ConvU8. x is U8, w S8, bias and mult I32 and shift U8 have a number for each channel of the
// result. zeros are those of x and of the result.
func (b *Builder) QConv(like Node, x, w, bias, mult, shift Value, zeros [2]uint8, lo, hi uint8) Value {
	op := OpQConvOut
	if like.Op == OpConvDX {
		op = OpQConvDX
	}
	a := Attr{S: like.Attr.S, I: like.Attr.I}
	a.I[6], a.I[7], a.I[8], a.I[9] = int32(zeros[0]), int32(zeros[1]), int32(lo), int32(hi)
	return b.add(op, a, x, w, bias, mult, shift)
}

// QConvLayer returns what a QConvOut, QConvDX, WConvOut or WConvDX computes, but for its weights and their like; N is that of the graph, 1 where
// it is symbolic.
func (b *Builder) QConvLayer(n Node) kernels.ConvU8Layer {
	role := kernels.ConvOut
	if n.Op == OpQConvDX || n.Op == OpWConvDX {
		role = kernels.ConvDX
	}
	s, err := convShape(role, b.Shape(n.In[0]), b.Shape(n.In[1]), &n.Attr)
	if err != nil {
		panic("graph: " + err.Error())
	}
	i := n.Attr.I[6:]
	if n.Op == OpWConvOut || n.Op == OpWConvDX {
		l := kernels.ConvU8Layer{ConvShape: s, Role: role, InZero: uint8(i[0]),
			Words: kernels.WordEnd{Lo: int16(i[1]), Hi: int16(i[2]), Slope: int16(i[3])}}
		if b.Type(n.In[0]).D == I16 {
			l.Wide, l.Most = true, b.WordBound(n.In[0])
		}
		return l
	}
	return kernels.ConvU8Layer{ConvShape: s, Role: role, InZero: uint8(i[0]), Zero: i[1], Lo: uint8(i[2]), Hi: uint8(i[3])}
}

// QAdd is (x*mx + y*my + bias) >> shift, clamped to lo .. hi, of U8 x and y; see kernels.AddU8.
func (b *Builder) QAdd(x, y Value, mx, my int16, bias int32, p kernels.PointU8) Value {
	return b.add(OpQAdd, Attr{I: [maxInts]int32{int32(mx), int32(my), bias, int32(p.Shift), int32(p.Lo), int32(p.Hi)}}, x, y)
}

// QScale is (x*mult + bias) >> shift, clamped to lo .. hi, of U8 x; mult I16 and bias I32 [n] are repeated over what x holds,
// the last dimensions of which have n elements; see kernels.ScaleU8.
func (b *Builder) QScale(x, mult, bias Value, p kernels.PointU8) Value {
	return b.add(OpQScale, Attr{I: [maxInts]int32{int32(p.Shift), int32(p.Lo), int32(p.Hi)}}, x, mult, bias)
}

// QResample is a Resample of bytes, of the kinds that are no pools: kind, and its factor or edge.
func (b *Builder) QResample(x Value, kind kernels.ResampleKind, n int, zero uint8) Value {
	return b.add(OpQResample, Attr{I: [maxInts]int32{int32(kind), int32(n), int32(zero)}}, x)
}

func quantizeLatentShape(in []Type, a *Attr) (Type, error) {
	if in[0].D != I16 {
		return Type{}, fmt.Errorf("%v is not I16", in[0])
	}
	if a.I[0] < 1<<30 || a.I[1] < 31 || a.I[1] > 62 || a.I[2] < 0 || a.I[2] > 255 {
		return Type{}, fmt.Errorf("multiplier %d, shift %d, zero point %d", a.I[0], a.I[1], a.I[2])
	}
	return Type{U8, in[0].S}, nil
}

func qdotShape(in []Type, a *Attr) (Type, error) {
	x, w := in[0], in[1]
	if x.D != U8 || w.D != S8 || x.S.Rank() != 2 || w.S.Rank() != 2 || x.S.Dim(1) != w.S.Dim(0) {
		return Type{}, fmt.Errorf("%v and %v do not fit", x, w)
	}
	if k := w.S.Dim(0); k > kernels.MaxKU8 {
		return Type{}, fmt.Errorf("sums of %d products; %d are the most that fit 32 bits", k, kernels.MaxKU8)
	}
	n := w.S.Dim(1)
	if err := channelTypes(in, n); err != nil {
		return Type{}, err
	}
	if err := bytesIn(a.I[:3]...); err != nil {
		return Type{}, err
	}
	if a.I[1] > a.I[2] {
		return Type{}, fmt.Errorf("bounds %d and %d", a.I[1], a.I[2])
	}
	s, err := makeShape([]int{x.S.Dim(0), n})
	return Type{U8, s}, err
}

func lookupShape(in []Type, _ *Attr) (Type, error) {
	if in[0].D != U8 || in[1] != (Type{U8, Of(256)}) {
		return Type{}, fmt.Errorf("%v and table %v", in[0], in[1])
	}
	return in[0], nil
}

// channelTypes checks that bias, multiplier and shift of a product have a number for each channel.
func channelTypes(in []Type, n int) error {
	for i, d := range []DType{I32, I32, U8} {
		if want := (Type{d, Of(n)}); in[2+i] != want {
			return fmt.Errorf("input %d is %v, want %v", 2+i, in[2+i], want)
		}
	}
	return nil
}

func qconvShape(role kernels.ConvRole) func(in []Type, a *Attr) (Type, error) {
	return func(in []Type, a *Attr) (Type, error) {
		if in[0].D != U8 || in[1].D != S8 {
			return Type{}, fmt.Errorf("%v and %v are not U8 and S8", in[0], in[1])
		}
		if err := qconvSizes(role, in, a); err != nil {
			return Type{}, err
		}
		if err := bytesIn(a.I[6:]...); err != nil {
			return Type{}, err
		}
		if a.I[8] > a.I[9] {
			return Type{}, fmt.Errorf("bounds %d and %d", a.I[8], a.I[9])
		}
		return Type{U8, a.S}, channelTypes(in, a.S.Dim(3))
	}
}

// qconvSizes checks the shapes of an integer convolution.
func qconvSizes(role kernels.ConvRole, in []Type, a *Attr) error {
	s, err := convShape(role, in[0].S, in[1].S, a)
	if err != nil {
		return err
	}
	channels := s.Cin
	if role == kernels.ConvDX {
		channels = s.Cout
	}
	if k := int64(s.KH) * int64(s.KW) * int64(channels/s.Groups); k > kernels.MaxKU8 {
		return fmt.Errorf("sums of %d products; %d are the most that fit 32 bits", k, kernels.MaxKU8)
	}
	return nil
}

// bytesIn checks that ints are bytes.
func bytesIn(ints ...int32) error {
	for _, v := range ints {
		if v < 0 || v > 255 {
			return fmt.Errorf("zero point or bound %d is no byte", v)
		}
	}
	return nil
}

// pointShape checks shift and bounds.
func pointShape(shift, lo, hi int32) error {
	if err := bytesIn(lo, hi); err != nil {
		return err
	}
	if shift < 1 || shift > kernels.MaxPointShift || lo > hi {
		return fmt.Errorf("shift %d, bounds %d and %d", shift, lo, hi)
	}
	return nil
}

func qaddShape(in []Type, a *Attr) (Type, error) {
	if in[0].D != U8 {
		return Type{}, fmt.Errorf("%v is not U8", in[0])
	}
	for _, m := range a.I[:2] {
		if m != int32(int16(m)) {
			return Type{}, fmt.Errorf("multiplier %d has more than 16 bits", m)
		}
	}
	if b := a.I[2]; b < -kernels.MaxPointBias || b > kernels.MaxPointBias {
		return Type{}, fmt.Errorf("bias %d is beyond %d", b, kernels.MaxPointBias)
	}
	if err := pointShape(a.I[3], a.I[4], a.I[5]); err != nil {
		return Type{}, err
	}
	return sameTypes(in, a)
}

func qscaleShape(in []Type, a *Attr) (Type, error) {
	if in[0].D != U8 {
		return Type{}, fmt.Errorf("%v is not U8", in[0])
	}
	if err := scaleSizes(in); err != nil {
		return Type{}, err
	}
	return in[0], pointShape(a.I[0], a.I[1], a.I[2])
}

// scaleSizes checks the multipliers and biases of a QScale or WScale.
func scaleSizes(in []Type) error {
	x, n := in[0], in[1].S
	if in[1].D != I16 || n.Rank() != 1 || n.Symbolic() || in[2] != (Type{I32, n}) {
		return fmt.Errorf("%v scaled by %v and %v", x, in[1], in[2])
	}
	fits := false
	for lo := x.S.Rank(); lo >= 0 && !fits; lo-- {
		if _, size, _ := x.S.split(lo, x.S.Rank()); size == n.Dim(0) {
			fits = true
		}
	}
	if !fits {
		return fmt.Errorf("no last dimensions of %v hold %d elements", x, n.Dim(0))
	}
	return nil
}

func qresampleShape(in []Type, a *Attr) (Type, error) {
	if in[0].D != U8 {
		return Type{}, fmt.Errorf("%v is not U8", in[0])
	}
	if err := bytesIn(a.I[2]); err != nil {
		return Type{}, err
	}
	_, y, err := resampling(in[0].S, &Attr{I: [maxInts]int32{a.I[0], a.I[1]}}) // of pools it wants windows
	return Type{U8, y}, err
}

// bindQuantized binds the operations of this file and what else has a form for bytes.
func (c *compiler) bindQuantized(v Value) func() {
	n := &c.b.nodes[v]
	a := &n.Attr
	dst := c.tensor(v).U8()
	switch n.Op {
	case OpQuantizeLatent:
		x := c.tensor(n.In[0]).I16()
		return c.parallel(len(dst), grain, func(lo, hi int) {
			kernels.QuantizeI16(dst[lo:hi], x[lo:hi], a.I[0], uint8(a.I[1]), a.I[2])
		})
	}
	x := c.tensor(n.In[0]).U8()
	switch n.Op {
	case OpLookup:
		table := (*[256]uint8)(c.tensor(n.In[1]).U8())
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.Lookup(dst[lo:hi], x[lo:hi], table) })
	case OpQAdd:
		y, p := c.tensor(n.In[1]).U8(), kernels.PointU8{Shift: uint8(a.I[3]), Lo: uint8(a.I[4]), Hi: uint8(a.I[5])}
		return c.parallel(len(dst), grain, func(lo, hi int) {
			kernels.AddU8(dst[lo:hi], x[lo:hi], y[lo:hi], int16(a.I[0]), int16(a.I[1]), a.I[2], p)
		})
	case OpQScale:
		mult, bias := c.tensor(n.In[1]).I16(), c.tensor(n.In[2]).I32()
		p := kernels.PointU8{Shift: uint8(a.I[0]), Lo: uint8(a.I[1]), Hi: uint8(a.I[2])}
		mult, bias, fill := repeated(mult, bias)
		run := c.parallel(len(dst), grain, func(lo, hi int) { kernels.ScaleU8(dst[lo:hi], x[lo:hi], lo, mult, bias, p) })
		return func() {
			fill()
			run()
		}
	case OpQResample:
		r, _, err := resampling(c.b.Shape(n.In[0]), &Attr{I: [maxInts]int32{a.I[0], a.I[1]}})
		if err != nil {
			panic("graph: " + err.Error())
		}
		res, pool, zero := &r, c.opt.Pool, uint8(a.I[2])
		res.PrepareU8(pool)
		return func() { res.ForwardU8(pool, dst, x, zero) }
	case OpPickMax:
		val, x := x, c.tensor(n.In[1]).U8()
		outer, mid, inner := c.b.Shape(n.In[1]).split(int(a.I[0]), int(a.I[0])+1)
		return c.parallel(outer, max(1, grain/(mid*inner)), func(lo, hi int) {
			kernels.PickMaxU8(dst[lo*inner:hi*inner], val[lo*mid*inner:hi*mid*inner], x[lo*mid*inner:hi*mid*inner], hi-lo, mid, inner)
		})
	}
	panic("graph: " + n.Op.String() + " is no operation on bytes")
}

// fewScales is how many multipliers and biases are repeated: kernels take them a period at a time, and a period should be worth
// the call.
const fewScales = 512

// repeated returns the multipliers and biases of a QScale or WScale, or where they are few, as many repetitions as make
// fewScales, which fill fills.
func repeated(mult []int16, bias []int32) (m []int16, b []int32, fill func()) {
	if len(mult) > fewScales/2 {
		return mult, bias, func() {}
	}
	n := fewScales / len(mult) * len(mult)
	m, b = make([]int16, n), make([]int32, n)
	return m, b, func() {
		for i := 0; i < n; i += len(mult) {
			copy(m[i:], mult)
			copy(b[i:], bias)
		}
	}
}

// bindProductU8 binds a QDot, a QConv or a WConv, whose result, after a table where there is one, is v.
func (c *compiler) bindProductU8(v Value, g product) func() {
	n := &c.b.nodes[g.op]
	var table *[256]uint8
	if g.table != 0 {
		table = (*[256]uint8)(c.tensor(g.table).U8())
	}
	if n.Op != OpQDot {
		return c.bindQConv(v, n, table)
	}
	x, w := c.tensor(n.In[0]), c.tensor(n.In[1])
	rows, k, cols := x.Shape.Dim(0), x.Shape.Dim(1), w.Shape.Dim(1)
	m := &kernels.GemmU8{M: rows, N: cols, K: k, A: x.U8(), Lda: k, C: c.tensor(v).U8(), Ldc: cols,
		Bias: c.tensor(n.In[2]).I32(), Mult: c.tensor(n.In[3]).I32(), Shift: c.tensor(n.In[4]).U8(),
		Zero: n.Attr.I[0], Lo: uint8(n.Attr.I[1]), Hi: uint8(n.Attr.I[2]), Table: table}
	if name, ok := c.frozen(n.In[1]); ok {
		m.B = c.st.packS8(name)
	}
	pool, frozen := c.opt.Pool, c.opt.Frozen
	if frozen {
		m.Prepare(pool)
	}
	return func() {
		if !frozen {
			m.B = kernels.PackS8(k, cols, w.S8(), cols)
		}
		m.Run(pool)
	}
}

func (c *compiler) bindQConv(v Value, n *Node, table *[256]uint8) func() {
	l := c.b.QConvLayer(*n)
	l.Weights, l.Bias, l.Mult, l.Shift = c.tensor(n.In[1]).S8(), c.tensor(n.In[2]).I32(), c.tensor(n.In[3]).I32(), c.tensor(n.In[4]).U8()
	l.Table = table
	conv := &kernels.ConvU8{N: l.N}
	if l.Wide {
		conv.In16 = c.tensor(n.In[0]).I16()
	} else {
		conv.In = c.tensor(n.In[0]).U8()
	}
	if n.Type.D == I16 {
		conv.Out16 = c.tensor(v).I16()
	} else {
		conv.Out = c.tensor(v).U8()
	}
	frozen := c.opt.Frozen
	key := qconvKey{shape: l.ConvShape, role: l.Role, bytes: [4]uint8{l.InZero, uint8(l.Zero), l.Lo, l.Hi},
		wide: l.Wide, most: l.Most, words: l.Words, table: table}
	key.shape.N = 0
	for i, in := range n.In[1:5] {
		name, ok := c.frozen(in)
		key.names[i], frozen = name, frozen && ok
	}
	pool := c.opt.Pool
	if frozen {
		conv.Packed = c.st.packQConv(key, l)
		conv.Prepare(pool)
		return func() { conv.Run(pool) }
	}
	return func() {
		conv.Packed = kernels.PackConvU8(l)
		conv.Run(pool)
	}
}
