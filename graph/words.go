package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// The integer operations on words, which are activations of 16 bits: what the layers are made of that bytes would spoil. A word
// stands for scale*word, without a zero point; scales are in the multipliers. What moves F32 and U8 moves I16 as well. The ints
// are
//
//	WConvOut    stride, padding, dilation as of ConvOut; zero point of x, if that is U8; least and largest word, slope
//	WConvDX     the same
//	WAdd        multipliers of x and of y, bias, shift, least and largest word
//	WScale      shift, least and largest word
//	WResample   kind and factor or edge as of Resample
//	Widen       zero point
//
// QuantizeLatent turns words into bytes, FromI16 into F32.

// WConv is a convolution like QConv whose result, I16, is words: clamped to those of end and multiplied by its slope where
// below 0. x is U8 with a zero point, or I16; that its sums fit 32 bits follows from WordBound. A dense layer is a
// convolution of single pixels.
func (b *Builder) WConv(like Node, x, w, bias, mult, shift Value, zero uint8, end kernels.WordEnd) Value {
	op := OpWConvOut
	if like.Op == OpConvDX {
		op = OpWConvDX
	}
	a := Attr{S: like.Attr.S, I: like.Attr.I}
	a.I[6], a.I[7], a.I[8], a.I[9] = int32(zero), int32(end.Lo), int32(end.Hi), int32(end.Slope)
	return b.add(op, a, x, w, bias, mult, shift)
}

// WAdd is (x*mx + y*my + bias) >> shift, clamped to lo .. hi, of I16 x and y; see kernels.AddI16.
func (b *Builder) WAdd(x, y Value, mx, my int16, bias int32, p kernels.PointI16) Value {
	return b.add(OpWAdd, Attr{I: [maxInts]int32{int32(mx), int32(my), bias, int32(p.Shift), int32(p.Lo), int32(p.Hi)}}, x, y)
}

// WScale is (x*mult + bias) >> shift, clamped to lo .. hi, of I16 x; mult I16 and bias I32 [n] are repeated as those of QScale.
func (b *Builder) WScale(x, mult, bias Value, p kernels.PointI16) Value {
	return b.add(OpWScale, Attr{I: [maxInts]int32{int32(p.Shift), int32(p.Lo), int32(p.Hi)}}, x, mult, bias)
}

// WResample is a Resample of words, of the kinds that are no pools and not SmoothDown: kind, and its factor or edge.
func (b *Builder) WResample(x Value, kind kernels.ResampleKind, n int) Value {
	return b.add(OpWResample, Attr{I: [maxInts]int32{int32(kind), int32(n)}}, x)
}

// WLookup is a function of I16 x by the straight pieces of a table I16 [257]; see kernels.LookupI16.
func (b *Builder) WLookup(x, table Value) Value { return b.add(OpWLookup, Attr{}, x, table) }

// WPixels is the same in U8, of a table in steps of 1/128; see kernels.PixelsI16.
func (b *Builder) WPixels(x, table Value) Value { return b.add(OpWPixels, Attr{}, x, table) }

// Widen is (x - zero) * 128 in I16 of U8 x.
func (b *Builder) Widen(x Value, zero uint8) Value {
	return b.add(OpWiden, Attr{I: [maxInts]int32{int32(zero)}}, x)
}

// ToI16 is x*scale, rounded to the nearest of -32767 .. 32767; see kernels.ToI16.
func (b *Builder) ToI16(x Value, scale float32) Value {
	return b.add(OpToI16, Attr{F: [2]float32{scale}}, x)
}

// WordBound returns what the magnitude of no word of an I16 value exceeds, as far as the operations say that make it.
func (b *Builder) WordBound(v Value) int32 {
	for {
		n := b.Node(v)
		lo, hi := int32(-1<<15), int32(0)
		switch n.Op {
		case OpReshape, OpSlice, OpPermute, OpExpand, OpPad, OpWResample: // which make no larger words
			v = n.In[0]
			continue
		case OpWConvOut, OpWConvDX:
			lo, hi = n.Attr.I[7], n.Attr.I[8]
		case OpWAdd:
			lo, hi = n.Attr.I[4], n.Attr.I[5]
		case OpWScale:
			lo, hi = n.Attr.I[1], n.Attr.I[2]
		case OpWiden:
			lo, hi = -128*n.Attr.I[0], 128*(255-n.Attr.I[0])
		case OpToI16:
			lo = -32767
		}
		return max(-lo, lo, -hi, hi)
	}
}

// words checks that inputs are I16.
func words(in ...Type) error {
	for _, t := range in {
		if t.D != I16 {
			return fmt.Errorf("%v is not I16", t)
		}
	}
	return nil
}

// wordRange checks the least and the largest word.
func wordRange(lo, hi int32) error {
	if lo != int32(int16(lo)) || hi != int32(int16(hi)) || lo > hi {
		return fmt.Errorf("bounds %d and %d", lo, hi)
	}
	return nil
}

func wconvShape(role kernels.ConvRole) func(in []Type, a *Attr) (Type, error) {
	return func(in []Type, a *Attr) (Type, error) {
		if in[0].D != U8 && in[0].D != I16 || in[1].D != S8 {
			return Type{}, fmt.Errorf("%v and %v are not U8 or I16, and S8", in[0], in[1])
		}
		if err := qconvSizes(role, in, a); err != nil {
			return Type{}, err
		}
		if err := bytesIn(a.I[6]); err != nil {
			return Type{}, err
		}
		if in[0].D == I16 && a.I[6] != 0 {
			return Type{}, fmt.Errorf("zero point %d of words", a.I[6])
		}
		if a.I[9] < 0 || a.I[9] > 1<<15-1 {
			return Type{}, fmt.Errorf("slope %d", a.I[9])
		}
		if err := wordRange(a.I[7], a.I[8]); err != nil {
			return Type{}, err
		}
		return Type{I16, a.S}, channelTypes(in, a.S.Dim(3))
	}
}

// wordPoint checks shift and bounds.
func wordPoint(shift, lo, hi int32) error {
	if shift < 1 || shift > kernels.MaxWordShift {
		return fmt.Errorf("shift %d", shift)
	}
	return wordRange(lo, hi)
}

func waddShape(in []Type, a *Attr) (Type, error) {
	if err := words(in...); err != nil {
		return Type{}, err
	}
	for _, m := range a.I[:2] {
		if m < -kernels.MaxWordFactor || m > kernels.MaxWordFactor {
			return Type{}, fmt.Errorf("multiplier %d is beyond %d", m, kernels.MaxWordFactor)
		}
	}
	if b := a.I[2]; b < -kernels.MaxWordBias || b > kernels.MaxWordBias {
		return Type{}, fmt.Errorf("bias %d is beyond %d", b, kernels.MaxWordBias)
	}
	if err := wordPoint(a.I[3], a.I[4], a.I[5]); err != nil {
		return Type{}, err
	}
	return sameTypes(in, a)
}

func wscaleShape(in []Type, a *Attr) (Type, error) {
	x := in[0]
	if err := words(x); err != nil {
		return Type{}, err
	}
	if err := scaleSizes(in); err != nil {
		return Type{}, err
	}
	return x, wordPoint(a.I[0], a.I[1], a.I[2])
}

func wresampleShape(in []Type, a *Attr) (Type, error) {
	if err := words(in[0]); err != nil {
		return Type{}, err
	}
	if kernels.ResampleKind(a.I[0]) == kernels.SmoothDown {
		return Type{}, fmt.Errorf("words have no SmoothDown")
	}
	_, y, err := resampling(in[0].S, &Attr{I: [maxInts]int32{a.I[0], a.I[1]}})
	return Type{I16, y}, err
}

func wlookupShape(d DType) func(in []Type, a *Attr) (Type, error) {
	return func(in []Type, _ *Attr) (Type, error) {
		if in[0].D != I16 || in[1] != (Type{I16, Of(257)}) {
			return Type{}, fmt.Errorf("%v and table %v", in[0], in[1])
		}
		return Type{d, in[0].S}, nil
	}
}

func widenShape(in []Type, a *Attr) (Type, error) {
	if in[0].D != U8 {
		return Type{}, fmt.Errorf("%v is not U8", in[0])
	}
	return Type{I16, in[0].S}, bytesIn(a.I[0])
}

// bindWords binds the operations of this file that are no products.
func (c *compiler) bindWords(v Value) func() {
	n := &c.b.nodes[v]
	a, x := &n.Attr, c.tensor(n.In[0])
	if n.Op == OpWPixels {
		dst, from, table := c.tensor(v).U8(), x.I16(), (*kernels.WordTable)(c.tensor(n.In[1]).I16())
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.PixelsI16(dst[lo:hi], from[lo:hi], table) })
	}
	dst := c.tensor(v).I16()
	switch n.Op {
	case OpWiden:
		from, zero := x.U8(), uint8(a.I[0])
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.WidenU8(dst[lo:hi], from[lo:hi], zero) })
	case OpToI16:
		from := c.f32(n.In[0])
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.ToI16(dst[lo:hi], from[lo:hi], a.F[0]) })
	case OpWAdd:
		from, y := x.I16(), c.tensor(n.In[1]).I16()
		p := kernels.PointI16{Shift: uint8(a.I[3]), Lo: int16(a.I[4]), Hi: int16(a.I[5])}
		return c.parallel(len(dst), grain, func(lo, hi int) {
			kernels.AddI16(dst[lo:hi], from[lo:hi], y[lo:hi], int16(a.I[0]), int16(a.I[1]), a.I[2], p)
		})
	case OpWScale:
		from, mult, bias := x.I16(), c.tensor(n.In[1]).I16(), c.tensor(n.In[2]).I32()
		p := kernels.PointI16{Shift: uint8(a.I[0]), Lo: int16(a.I[1]), Hi: int16(a.I[2])}
		mult, bias, fill := repeated(mult, bias)
		run := c.parallel(len(dst), grain, func(lo, hi int) { kernels.ScaleI16(dst[lo:hi], from[lo:hi], lo, mult, bias, p) })
		return func() {
			fill()
			run()
		}
	case OpWLookup:
		from, table := x.I16(), (*kernels.WordTable)(c.tensor(n.In[1]).I16())
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.LookupI16(dst[lo:hi], from[lo:hi], table) })
	case OpWResample:
		r, _, err := resampling(c.b.Shape(n.In[0]), &Attr{I: [maxInts]int32{a.I[0], a.I[1]}})
		if err != nil {
			panic("graph: " + err.Error())
		}
		res, pool, from := &r, c.opt.Pool, x.I16()
		res.PrepareI16(pool)
		return func() { res.ForwardI16(pool, dst, from) }
	}
	panic("graph: " + n.Op.String() + " is no operation on words")
}
