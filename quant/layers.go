package quant

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/graph"
)

// network is a dense generator as quantization sees it: the scale of the latent and layers, each a product, an affine
// map of every channel folded into weights and bias, and a function of single numbers.
type network struct {
	b      *graph.Builder
	zScale float64 // of one unit of the I16 latent
	layers []*layer
	consts map[graph.Value][]float32
}

// layer is y = x·w + bias, post = f(y). x is z or the post of the layer before.
type layer struct {
	name string
	k, n int
	w    []float64 // [k, n]
	bias []float64

	dot    link
	affine []link // what follows dot and only scales and shifts channels
	f      []link // what follows that, elementwise, without the last layer's ToU8
	pixel  link   // the last layer's ToU8

	pre []float32 // y of the calibration, [samples, n]
}

// link is a node on the way from z to the image and its input there.
type link struct{ v, from graph.Value }

func (l *layer) last() bool { return l.pixel.v != 0 }

// relu reports whether f is ReLU, which a lower clamp computes.
func (net *network) relu(l *layer) bool {
	return !l.last() && len(l.f) == 1 && net.b.Node(l.f[0].v).Op == graph.OpReLU
}

// inputs returns the inputs of a node.
func inputs(n graph.Node) []graph.Value {
	if i := slices.Index(n.In[:], 0); i >= 0 {
		return n.In[:i]
	}
	return n.In[:]
}

// operand returns the constant operand of a node on the way, or 0.
func (net *network) operand(k link) graph.Value {
	for _, in := range inputs(net.b.Node(k.v)) {
		if in != k.from {
			return in
		}
	}
	return 0
}

func (net *network) unsupported(v graph.Value, why string) error {
	return fmt.Errorf("quant: node %d (%s): %s", v, net.b.Node(v).Op, why)
}

// walk returns the way from z to the image. It must be the only one: each node on it depends on z through one input.
func (net *network) walk() ([]link, error) {
	b := net.b
	dynamic := make([]bool, b.Len()+1)
	for i := 1; i <= b.Len(); i++ {
		switch n := b.Node(graph.Value(i)); n.Op {
		case graph.OpInput, graph.OpUniform, graph.OpBernoulli, graph.OpLatent:
			dynamic[i] = true
		default:
			for _, in := range inputs(n) {
				dynamic[i] = dynamic[i] || dynamic[in]
			}
		}
	}
	var way []link
	for v := b.OutputValue("image"); ; {
		k := link{v: v}
		for _, in := range inputs(b.Node(v)) {
			if dynamic[in] && k.from != 0 {
				return nil, net.unsupported(v, "both inputs depend on z; want a chain of dense layers")
			}
			if dynamic[in] {
				k.from = in
			}
		}
		way = append(way, k)
		if k.from == 0 {
			break
		}
		v = k.from
	}
	slices.Reverse(way)
	if z := way[0].v; b.Node(z).Op != graph.OpInput {
		return nil, net.unsupported(z, "the image must depend on z alone")
	}
	return way, nil
}

// parse finds the layers of a generator.
func parse(b *graph.Builder) (*network, error) {
	net := &network{b: b}
	way, err := net.walk()
	if err != nil {
		return nil, err
	}
	var l *layer
	for _, k := range way {
		n := b.Node(k.v)
		switch {
		case n.Op == graph.OpInput || n.Op == graph.OpReshape || n.Op == graph.OpStopGradient:
		case l != nil && l.last():
			return nil, net.unsupported(k.v, "nothing may follow the conversion to bytes")
		case n.Op == graph.OpFromI16:
			net.zScale = float64(n.Attr.F[0])
		case n.Op == graph.OpMulScalar && l == nil:
			net.zScale *= float64(n.Attr.F[0])
		case n.Op == graph.OpDot:
			if n.Attr.TA || n.In[0] != k.from {
				return nil, net.unsupported(k.v, "want a product of activations and constant weights")
			}
			l = &layer{name: fmt.Sprintf("layer %d", len(net.layers)), dot: k, k: b.Shape(n.In[0]).Dim(1), n: n.Type.S.Dim(1)}
			if w := b.Node(n.In[1]); w.Op == graph.OpVar {
				l.name = w.Attr.Name
			}
			net.layers = append(net.layers, l)
		case l == nil:
			return nil, net.unsupported(k.v, "not supported between z and the first dense layer")
		case n.Op == graph.OpToU8:
			l.pixel = k
		case len(l.f) == 0 && affine(n.Op) && (n.Op != graph.OpDiv || n.In[0] == k.from):
			l.affine = append(l.affine, k)
		case elementwise(n.Op):
			l.f = append(l.f, k)
		default:
			return nil, net.unsupported(k.v, "the operation has no integer form")
		}
	}
	if l == nil || !l.last() {
		return nil, fmt.Errorf("quant: the graph has no dense layer that ends in pixels")
	}
	if !(net.zScale > 0) {
		return nil, fmt.Errorf("quant: z is scaled by %g; want a positive number", net.zScale)
	}
	return net, nil
}

// affine reports whether an operation of x and a constant is affine in x.
func affine(op graph.Op) bool {
	switch op {
	case graph.OpAdd, graph.OpSub, graph.OpMul, graph.OpDiv, graph.OpNeg, graph.OpMulScalar, graph.OpAddScalar:
		return true
	}
	return false
}

// elementwise reports whether rebuild knows the operation.
func elementwise(op graph.Op) bool {
	switch op {
	case graph.OpMax, graph.OpMin, graph.OpExp, graph.OpTanh, graph.OpSigmoid, graph.OpSoftplus, graph.OpAbs, graph.OpReLU,
		graph.OpLeakyReLU:
		return true
	}
	return affine(op)
}

// rebuild appends a node on the way to another graph, where its input there is x.
func (net *network) rebuild(b *graph.Builder, k link, x graph.Value) graph.Value {
	n := net.b.Node(k.v)
	switch n.Op {
	case graph.OpNeg:
		return b.Neg(x)
	case graph.OpExp:
		return b.Exp(x)
	case graph.OpTanh:
		return b.Tanh(x)
	case graph.OpSigmoid:
		return b.Sigmoid(x)
	case graph.OpSoftplus:
		return b.Softplus(x)
	case graph.OpAbs:
		return b.Abs(x)
	case graph.OpReLU:
		return b.ReLU(x)
	case graph.OpLeakyReLU:
		return b.LeakyReLU(x, n.Attr.F[0])
	case graph.OpMulScalar:
		return b.MulScalar(x, n.Attr.F[0])
	case graph.OpAddScalar:
		return b.AddScalar(x, n.Attr.F[0])
	}
	c := b.Scalar(net.consts[net.operand(k)][0])
	in := [2]graph.Value{x, c}
	if n.In[0] != k.from {
		in = [2]graph.Value{c, x}
	}
	switch n.Op {
	case graph.OpAdd:
		return b.Add(in[0], in[1])
	case graph.OpSub:
		return b.Sub(in[0], in[1])
	case graph.OpMul:
		return b.Mul(in[0], in[1])
	case graph.OpDiv:
		return b.Div(in[0], in[1])
	case graph.OpMax:
		return b.Max(in[0], in[1])
	case graph.OpMin:
		return b.Min(in[0], in[1])
	}
	panic("quant: " + n.Op.String() + " is not elementwise")
}

// fold turns a layer's product and affine nodes into weights and a bias, from the values of its constants.
func (net *network) fold(l *layer) error {
	n := net.b.Node(l.dot.v)
	w := net.consts[n.In[1]]
	l.w, l.bias = make([]float64, len(w)), make([]float64, l.n)
	scale := slices.Repeat([]float64{1}, l.n)
	for _, k := range l.affine {
		n := net.b.Node(k.v)
		var row []float32 // of the constant operand
		if o := net.operand(k); o != 0 {
			c := net.consts[o]
			row = c[:l.n]
			for at := l.n; at < len(c); at += l.n {
				if !slices.Equal(c[at:at+l.n], row) {
					return net.unsupported(k.v, "the constant operand differs between samples")
				}
			}
		}
		for j := range l.n {
			a, s := 1.0, 0.0
			switch n.Op {
			case graph.OpAdd:
				s = float64(row[j])
			case graph.OpSub:
				if s = -float64(row[j]); n.In[0] != k.from {
					a, s = -1, -s
				}
			case graph.OpMul:
				a = float64(row[j])
			case graph.OpDiv:
				a = 1 / float64(row[j])
			case graph.OpNeg:
				a = -1
			case graph.OpMulScalar:
				a = float64(n.Attr.F[0])
			case graph.OpAddScalar:
				s = float64(n.Attr.F[0])
			}
			scale[j], l.bias[j] = scale[j]*a, l.bias[j]*a+s
		}
	}
	for i := range l.k {
		for j := range l.n {
			at := i*l.n + j
			if n.Attr.TB {
				at = j*l.k + i
			}
			l.w[i*l.n+j] = float64(w[at]) * scale[j]
		}
	}
	return nil
}
