package graph

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// A convolution is linear in its data and in its weights, so one operation in three roles is closed under gradients:
//
//	ConvOut  x, w -> y   the convolution
//	ConvDX   y, w -> x   its gradient to the data, and the transposed convolution
//	ConvDW   x, y -> w   its gradient to the weights
//
// x and y are pictures, channels last, [N H W C]; w is [KH KW Cin/groups Cout], where x has Cin channels and y Cout. The
// attribute S is the shape of the result, the ints are stride, padding before and dilation, each of lines and columns.

// Geometry says how the windows of a convolution lie. The zero value moves by one pixel and pads nothing.
type Geometry struct {
	Stride, Pad, Dilation [2]int // of lines and of columns; a stride or dilation of 0 is 1
}

// Strided is the geometry of square windows.
func Strided(stride, pad int) Geometry {
	return Geometry{Stride: [2]int{stride, stride}, Pad: [2]int{pad, pad}}
}

func (g Geometry) attr(s Shape) Attr {
	a := Attr{S: s}
	for i := range 2 {
		a.I[i], a.I[2+i], a.I[4+i] = int32(max(1, g.Stride[i])), int32(g.Pad[i]), int32(max(1, g.Dilation[i]))
	}
	return a
}

// window is how many pixels of x, along axis i, a window of k taps spans.
func (g Geometry) window(i, k int) int { return (k-1)*max(1, g.Dilation[i]) + 1 }

// Conv is the convolution of pictures x [N H W Cin] with w [KH KW Cin/groups Cout], padded alike on all sides:
// [N OH OW Cout] with OH = (H + 2*pad - window)/stride + 1.
func (b *Builder) Conv(x, w Value, g Geometry) Value {
	xs, ws := b.Shape(x), b.Shape(w)
	if xs.Rank() != 4 || ws.Rank() != 4 {
		panic("graph: Conv: data and weights have four dimensions")
	}
	var out [2]int
	for i := range out {
		room := xs.Dim(1+i) + 2*g.Pad[i] - g.window(i, ws.Dim(i))
		if room < 0 || g.Pad[i] < 0 || g.Stride[i] < 0 || g.Dilation[i] < 0 {
			panic("graph: Conv: the window does not fit the picture")
		}
		out[i] = room/max(1, g.Stride[i]) + 1
	}
	return b.add(OpConvOut, g.attr(Of(xs.Dim(0), out[0], out[1], ws.Dim(3))), x, w)
}

// ConvTransposed is the gradient of Conv to its data, as an operation of its own: it takes pictures y [N OH OW Cout] and w
// [KH KW Cin/groups Cout] to [N H W Cin], with H = (OH-1)*stride - 2*pad + window + outputPad. The weights keep the layout
// of the convolution that it transposes.
func (b *Builder) ConvTransposed(y, w Value, g Geometry, groups int, outputPad [2]int) Value {
	ys, ws := b.Shape(y), b.Shape(w)
	if ys.Rank() != 4 || ws.Rank() != 4 {
		panic("graph: ConvTransposed: data and weights have four dimensions")
	}
	var in [2]int
	for i := range in {
		in[i] = (ys.Dim(1+i)-1)*max(1, g.Stride[i]) - 2*g.Pad[i] + g.window(i, ws.Dim(i)) + outputPad[i]
		if in[i] < 1 || g.Pad[i] < 0 || outputPad[i] < 0 || outputPad[i] > 0 && outputPad[i] >= g.Stride[i] {
			panic("graph: ConvTransposed: there is no such picture")
		}
	}
	return b.add(OpConvDX, g.attr(Of(ys.Dim(0), in[0], in[1], ws.Dim(2)*groups)), y, w)
}

// convOp is the row of a role.
func convOp(name string, role kernels.ConvRole) opSpec {
	return opSpec{name: name, inputs: 2,
		shape: func(in []Type, a *Attr) (Type, error) {
			if err := floats(in); err != nil {
				return Type{}, err
			}
			_, err := convShape(role, in[0].S, in[1].S, a)
			return Type{F32, a.S}, err
		}}
}

// convVJP is the gradient of a role.
func convVJP(role kernels.ConvRole) vjp {
	return func(b *Builder, _ Value, n Node, ct Value) cts {
		// The cotangent stands for the result: x, w and y are known, the gradient to each is made of the two others.
		in, op := n.In[:2], [2]Op{}
		var x, w, y Value
		switch role {
		case kernels.ConvOut:
			x, w, y, op = in[0], in[1], ct, [2]Op{OpConvDX, OpConvDW}
		case kernels.ConvDX:
			x, w, y, op = ct, in[1], in[0], [2]Op{OpConvOut, OpConvDW}
		case kernels.ConvDW:
			x, w, y, op = in[0], ct, in[1], [2]Op{OpConvDX, OpConvOut}
		}
		var d cts
		for i := range op {
			a := n.Attr
			a.S = b.Shape(in[i])
			switch op[i] {
			case OpConvOut:
				d[i] = b.add(op[i], a, x, w)
			case OpConvDX:
				d[i] = b.add(op[i], a, y, w)
			case OpConvDW:
				d[i] = b.add(op[i], a, x, y)
			}
		}
		return d
	}
}

// Limits of a convolution's geometry, which a graph from outside cannot pass.
const (
	maxConvSize   = 1 << 24 // of everything that is counted
	maxConvPadded = 1 << 28 // elements of one picture with a window's length around it
	maxConvPhases = 1 << 10 // of a transposed convolution, each of which takes memory
)

// convShape checks the operands of a role against its attributes and returns the geometry, for one picture where the batch
// is symbolic.
func convShape(role kernels.ConvRole, in0, in1 Shape, a *Attr) (s kernels.ConvShape, err error) {
	x, y, w := in0, in1, a.S
	switch role {
	case kernels.ConvOut:
		x, y, w = in0, a.S, in1
	case kernels.ConvDX:
		x, y, w = a.S, in0, in1
	}
	bad := func() (kernels.ConvShape, error) {
		return s, fmt.Errorf("data %v, weights %v and result %v do not fit (attributes %v)", x, w, y, a.I[:6])
	}
	if x.Rank() != 4 || y.Rank() != 4 || w.Rank() != 4 || x.Dim(0) != y.Dim(0) || w.Symbolic() ||
		x.Symbolic() && role == kernels.ConvDW {
		return bad()
	}
	s = kernels.ConvShape{N: x.Dim(0), H: x.Dim(1), W: x.Dim(2), Cin: x.Dim(3), OH: y.Dim(1), OW: y.Dim(2), Cout: y.Dim(3),
		KH: w.Dim(0), KW: w.Dim(1), StrideH: int(a.I[0]), StrideW: int(a.I[1]), PadH: int(a.I[2]), PadW: int(a.I[3]),
		DilationH: int(a.I[4]), DilationW: int(a.I[5])}
	if x.Symbolic() {
		s.N = 1
	}
	s.Groups = s.Cin / w.Dim(2)
	if s.Cin%w.Dim(2) != 0 || s.Cout%s.Groups != 0 || w.Dim(3) != s.Cout || s.StrideH < 1 || s.StrideW < 1 || s.PadH < 0 ||
		s.PadW < 0 || s.DilationH < 1 || s.DilationW < 1 {
		return bad()
	}
	for _, v := range [...]int{s.N, s.H, s.W, s.Cin, s.OH, s.OW, s.Cout, s.KH, s.KW, s.StrideH, s.StrideW, s.DilationH, s.DilationW} {
		if v > maxConvSize {
			return bad()
		}
	}
	windowH := int64(s.KH-1)*int64(s.DilationH) + 1
	windowW := int64(s.KW-1)*int64(s.DilationW) + 1
	// Every window touches the picture.
	if int64(s.PadH) >= windowH || int64(s.PadW) >= windowW || int64(s.OH-1)*int64(s.StrideH)-int64(s.PadH) >= int64(s.H) ||
		int64(s.OW-1)*int64(s.StrideW)-int64(s.PadW) >= int64(s.W) {
		return bad()
	}
	for _, p := range [...][3]int{{s.H, s.W, s.Cin}, {s.OH, s.OW, s.Cout}} {
		padded := (float64(p[0]) + 2*float64(windowH)) * (float64(p[1]) + 2*float64(windowW)) * float64(p[2])
		if padded > maxConvPadded || 4*padded*float64(s.N) > math.MaxInt/4 {
			return s, fmt.Errorf("data %v, weights %v and result %v are too large", x, w, y)
		}
	}
	if n := int64(min(s.StrideH, s.H)) * int64(min(s.StrideW, s.W)); role == kernels.ConvDX && n > maxConvPhases {
		return s, fmt.Errorf("strides %d and %d to pictures %v make %d phases, at most %d are allowed", s.StrideH, s.StrideW, x, n,
			maxConvPhases)
	}
	return s, nil
}

// convNode returns the geometry and role of a node, which has passed its shape rule.
func (b *Builder) convNode(v Value) (kernels.ConvShape, kernels.ConvRole) {
	n := &b.nodes[v]
	role := convRoles[n.Op]
	s, err := convShape(role, b.Shape(n.In[0]), b.Shape(n.In[1]), &n.Attr)
	if err != nil {
		panic("graph: " + err.Error())
	}
	return s, role
}

var convRoles = map[Op]kernels.ConvRole{OpConvOut: kernels.ConvOut, OpConvDX: kernels.ConvDX, OpConvDW: kernels.ConvDW}

// bindConv binds a convolution with its epilogue, whose result is v.
func (c *compiler) bindConv(v Value, g product) func() {
	n := &c.b.nodes[g.op]
	s, role := c.b.convNode(g.op)
	conv := &kernels.Conv{ConvShape: s, Role: role, Act: g.act, Slope: g.slope}
	if g.bias != 0 {
		conv.Bias = c.f32(g.bias)
	}
	switch role {
	case kernels.ConvOut:
		conv.X, conv.Weights, conv.Y = c.f32(n.In[0]), c.f32(n.In[1]), c.f32(v)
	case kernels.ConvDX:
		conv.Y, conv.Weights, conv.X = c.f32(n.In[0]), c.f32(n.In[1]), c.f32(v)
	case kernels.ConvDW:
		conv.X, conv.Y, conv.Weights = c.f32(n.In[0]), c.f32(n.In[1]), c.f32(v)
	}
	if name, ok := c.frozen(n.In[1]); ok && role != kernels.ConvDW {
		conv.Packed = c.st.packConv(name, s, role)
	}
	pool := c.opt.Pool
	return func() { conv.Run(pool) }
}
