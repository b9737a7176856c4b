package quant

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// network is a generator as quantization sees it: units, in an order in which they can be computed.
type network struct {
	b       *graph.Builder
	weights *graph.Store
	units   []*unit
	users   [][]graph.Value           // of what the image needs, the nodes that it needs
	dynamic []bool                    // depends on z
	consts  map[graph.Value][]float32 // what does not and is an operand of what does, for one sample
}

// kind says what a unit is.
type kind uint8

const (
	latentUnit  kind = iota // from 16-bit latents to numbers
	productUnit             // a dense layer or a convolution, with constant weights
	addUnit                 // the sum or the difference of two values
	pointUnit               // a function of single numbers, which may begin with an affine map of each channel or element
	moveUnit                // numbers go elsewhere or are averaged: the grid of the result is that of the operands
	rawUnit                 // moves what is no F32
	floatUnit               // anything else, which has no integer form
)

// unit is a part of the program that becomes one integer operation, perhaps with a table behind it, or stays in floats.
// Of its nodes only the last is used outside.
type unit struct {
	name  string
	kind  kind
	nodes []link        // in the order of computation
	in    []graph.Value // what the first takes from other units
	end   graph.Value   // the last

	// What follows the first node: an affine map of each of n channels, a function of single numbers, and, if it ends in
	// pixels, the conversion to them.
	small  bool // a dense layer that serves floats: bytes would cost its precision and save little
	n      int  // 0 of a pointUnit or addUnit: all channels are alike
	affine []link
	f      []link
	pixel  link
}

// link is a node and its input on the way through a unit.
type link struct{ v, from graph.Value }

// pre is the value before f.
func (u *unit) pre() graph.Value {
	if len(u.affine) > 0 {
		return u.affine[len(u.affine)-1].v
	}
	return u.nodes[0].v
}

func (u *unit) last() bool { return u.pixel.v != 0 }

// relu reports whether f is ReLU, which a lower clamp computes.
func (net *network) relu(u *unit) bool {
	return !u.last() && len(u.f) == 1 && net.b.Node(u.f[0].v).Op == graph.OpReLU
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
		if !net.dynamic[in] {
			return in
		}
	}
	return 0
}

// parse divides a generator into units.
func parse(m *model.Model, pool *kernels.Pool) (*network, error) {
	b := m.Graph
	net := &network{b: b, weights: m.Weights, users: make([][]graph.Value, b.Len()+1), dynamic: make([]bool, b.Len()+1)}
	live := make([]bool, b.Len()+1)
	live[b.OutputValue("image")] = true
	for v := graph.Value(b.Len()); v > 0; v-- {
		if !live[v] {
			continue
		}
		for _, in := range inputs(b.Node(v)) {
			live[in] = true
			if !slices.Contains(net.users[in], v) {
				net.users[in] = append(net.users[in], v)
			}
		}
	}
	for v := graph.Value(1); int(v) <= b.Len(); v++ {
		n := b.Node(v)
		net.dynamic[v] = n.Op == graph.OpInput
		for _, in := range inputs(n) {
			net.dynamic[v] = net.dynamic[v] || net.dynamic[in]
		}
	}
	if err := net.evaluate(live, pool); err != nil {
		return nil, err
	}
	in := map[graph.Value]bool{} // nodes that belong to a unit
	names := map[string]int{}
	products := 0
	for v := graph.Value(1); int(v) <= b.Len(); v++ {
		if !live[v] || !net.dynamic[v] || in[v] {
			continue
		}
		u := net.unit(v)
		for _, k := range u.nodes {
			in[k.v] = true
		}
		if u.kind == productUnit {
			if u.name = fmt.Sprintf("layer %d", products); b.Node(b.Node(v).In[1]).Op == graph.OpVar {
				u.name = b.Node(b.Node(v).In[1]).Attr.Name
			}
			products++
		}
		if names[u.name]++; names[u.name] > 1 {
			u.name += fmt.Sprintf(" (%d)", names[u.name])
		}
		net.units = append(net.units, u)
	}
	net.serveFloats()
	if products == 0 {
		return nil, fmt.Errorf("quant: the graph has no dense layer and no convolution between z and the image")
	}
	return net, nil
}

// smallLayer is how many weights a dense layer has at most that stays in floats because floats need it.
const smallLayer = 1 << 17

// serveFloats finds the dense layers that serve floats, as those that make styles do.
func (net *network) serveFloats() {
	bytes, floats := map[graph.Value]bool{}, map[graph.Value]bool{} // what is wanted so
	bytes[net.b.OutputValue("image")] = true
	for _, u := range slices.Backward(net.units) {
		n := net.b.Node(u.nodes[0].v)
		u.small = u.kind == productUnit && n.Op == graph.OpDot && floats[u.end] && net.b.Shape(n.In[1]).Numel() <= smallLayer
		want := bytes
		if u.kind == floatUnit || u.small || u.kind != productUnit && !bytes[u.end] {
			want = floats
		}
		for _, v := range u.in {
			want[v] = true
		}
	}
}

// evaluate computes the constants that are operands of what depends on z.
func (net *network) evaluate(live []bool, pool *kernels.Pool) error {
	b, err := net.b.WithBatch(1)
	if err != nil {
		return fmt.Errorf("quant: %w", err)
	}
	part := graph.New()
	copies := map[graph.Value]graph.Value{}
	var of []graph.Value
	var ask func(x graph.Value)
	ask = func(x graph.Value) {
		if net.dynamic[x] || b.Type(x).D != graph.F32 || slices.Contains(of, x) {
			return
		}
		of = append(of, x)
		n := net.b.Node(x)
		if n.Op == graph.OpReshape || n.Op == graph.OpExpand || n.Op == graph.OpStopGradient || n.Type.S.Symbolic() {
			for _, in := range inputs(n) { // the writer keeps these operations
				ask(in)
			}
		}
	}
	for v := graph.Value(1); int(v) <= b.Len(); v++ {
		n := b.Node(v)
		if !live[v] {
			continue
		}
		if !net.dynamic[v] {
			var in []graph.Value
			for _, x := range inputs(n) {
				in = append(in, copies[x])
			}
			copies[v] = part.Copy(n, in...)
			continue
		}
		for _, x := range inputs(n) {
			ask(x)
		}
	}
	name := func(v graph.Value) string { return fmt.Sprint("constant ", v) }
	for _, v := range of {
		part.Output(name(v), copies[v])
	}
	p, err := graph.Compile(part, net.weights, graph.Options{Pool: pool})
	if err != nil {
		return fmt.Errorf("quant: %w", err)
	}
	p.Run(graph.Clock{})
	net.consts = map[graph.Value][]float32{}
	for _, v := range of {
		c := slices.Clone(p.Out(name(v)).F32())
		if !kernels.AllFinite(c) {
			return fmt.Errorf("quant: node %d (%s): a constant is NaN or infinite", v, b.Node(v).Op)
		}
		net.consts[v] = c
	}
	return nil
}

// unit returns the unit that begins with a node.
func (net *network) unit(v graph.Value) *unit {
	n := net.b.Node(v)
	u := &unit{name: fmt.Sprintf("%s %d", n.Op, v), kind: floatUnit, end: v}
	constants := 0
	for _, in := range inputs(n) {
		if !net.dynamic[in] {
			constants++
		} else if !slices.Contains(u.in, in) {
			u.in = append(u.in, in)
		}
	}
	k := link{v: v}
	if len(u.in) > 0 {
		k.from = u.in[0]
	}
	u.nodes = []link{k}
	last := n.Type.S.Dim(-1)
	switch n.Op {
	case graph.OpFromI16:
		if n.Attr.F[0] > 0 {
			u.kind = latentUnit
		}
	case graph.OpDot:
		if !n.Attr.TA && net.dynamic[n.In[0]] && constants == 1 {
			u.kind, u.n = productUnit, last
		}
	case graph.OpConvOut, graph.OpConvDX:
		if net.dynamic[n.In[0]] && constants == 1 {
			u.kind, u.n = productUnit, last
		}
	case graph.OpAdd, graph.OpSub:
		if len(u.in) == 2 {
			u.kind = addUnit
			break
		}
		u.kind = pointUnit
	case graph.OpReshape, graph.OpStopGradient, graph.OpPermute, graph.OpSlice, graph.OpPad, graph.OpExpand, graph.OpConcat:
		if constants == 0 {
			u.kind = moveUnit
		}
	case graph.OpPickMax:
		if len(u.in) == 1 && constants == 0 {
			u.kind = moveUnit
		}
	case graph.OpResample:
		if kernels.ResampleKind(n.Attr.I[0]) != kernels.AvgPool {
			u.kind = moveUnit
		}
	case graph.OpToU8, graph.OpFromU8:
		u.kind = pointUnit
	case graph.OpInput:
		u.kind = rawUnit
	default:
		if elementwise(n.Op) && len(u.in) == 1 {
			u.kind = pointUnit
		}
	}
	if u.kind == moveUnit && n.Type.D != graph.F32 {
		u.kind = rawUnit
	}
	if u.kind == pointUnit && n.Op != graph.OpFromU8 {
		if !net.absorb(u, k) {
			u.kind = floatUnit
		}
	}
	if u.kind > pointUnit || n.Op == graph.OpFromU8 {
		return u
	}
	for next := net.only(u.end); next != 0 && !u.last(); next = net.only(u.end) {
		k := link{next, u.end}
		if !net.absorb(u, k) {
			break
		}
		u.nodes, u.end = append(u.nodes, k), next
	}
	return u
}

// only returns the one user of a value, or 0 if there are more, or none.
func (net *network) only(v graph.Value) graph.Value {
	if len(net.users[v]) == 1 && v != net.b.OutputValue("image") {
		return net.users[v][0]
	}
	return 0
}

// absorb reports whether a node becomes part of a unit that ends in its input.
func (net *network) absorb(u *unit, k link) bool {
	n := net.b.Node(k.v)
	if u.kind == latentUnit {
		return n.Op == graph.OpMulScalar && n.Attr.F[0] > 0
	}
	switch n.Op {
	case graph.OpReshape, graph.OpStopGradient:
		return true
	case graph.OpToU8:
		u.pixel = k
		return true
	}
	for _, in := range inputs(n) {
		if in != k.from && net.dynamic[in] {
			return false
		}
	}
	c := net.consts[net.operand(k)]
	alike := len(c) == 0 || slices.Max(c) == slices.Min(c)
	// Additions begin with one node that is no link of the affine map; nor are two equal inputs.
	if len(u.f) == 0 && affine(n.Op) && !(n.Op == graph.OpDiv && n.In[1] == k.from) && n.In[0] != n.In[1] {
		if alike || periodic(c, u.n) {
			u.affine = append(u.affine, k)
			return true
		}
		if channels := n.Type.S.Dim(-1); u.kind == pointUnit && u.n == 0 {
			if u.n = len(c); periodic(c, channels) {
				u.n = channels
			}
			u.affine = append(u.affine, k)
			return true
		}
		return false
	}
	if alike && elementwise(n.Op) {
		u.f = append(u.f, k)
		return true
	}
	return false
}

// periodic reports whether c repeats its first n numbers.
func periodic(c []float32, n int) bool {
	if n == 0 || len(c)%n != 0 {
		return false
	}
	for at := n; at < len(c); at += n {
		if !slices.Equal(c[at:at+n], c[:n]) {
			return false
		}
	}
	return true
}

// affine reports whether an operation of x and a constant is affine in x.
func affine(op graph.Op) bool {
	switch op {
	case graph.OpAdd, graph.OpSub, graph.OpMul, graph.OpDiv, graph.OpNeg, graph.OpMulScalar, graph.OpAddScalar:
		return true
	}
	return false
}

// elementwise reports whether an operation makes a function of single numbers, its constants being the same for all.
func elementwise(op graph.Op) bool {
	switch op {
	case graph.OpMax, graph.OpMin, graph.OpExp, graph.OpLog, graph.OpSqrt, graph.OpTanh, graph.OpSigmoid, graph.OpSoftplus,
		graph.OpAbs, graph.OpSign, graph.OpReLU, graph.OpLeakyReLU:
		return true
	}
	return affine(op)
}

// function returns f of a unit, after the given links, on numbers in place; that of the last unit ends in pixels before
// they are rounded.
func (net *network) function(u *unit, links []link) (func(x []float64), error) {
	b := graph.New()
	v := b.Input("x", graph.F32, graph.Of(256))
	for _, k := range links {
		n := net.b.Node(k.v)
		var in []graph.Value
		for _, x := range inputs(n) {
			if net.dynamic[x] {
				in = append(in, v)
			} else {
				in = append(in, b.Fill(net.consts[x][0], graph.Of(256)))
			}
		}
		v = b.Copy(n, in...)
	}
	b.Output("y", v)
	p, err := graph.Compile(b, graph.NewStore(), graph.Options{})
	if err != nil {
		return nil, fmt.Errorf("quant: layer %q: %w", u.name, err)
	}
	in, out := p.In("x").F32(), p.Out("y").F32()
	var pixel [2]float32
	if u.last() {
		pixel = net.b.Node(u.pixel.v).Attr.F
	}
	return func(x []float64) {
		for len(x) > 0 {
			n := min(len(x), len(in))
			for i, v := range x[:n] {
				in[i] = float32(v)
			}
			p.Run(graph.Clock{})
			for i, v := range out[:n] {
				x[i] = float64(v)
				if u.last() {
					x[i] = max(0, min(float64(float64(v)*float64(pixel[0]))+float64(pixel[1]), 255))
				}
			}
			x = x[n:]
		}
	}, nil
}

// channels returns the affine map of a unit: scale and shift of each of n channels.
func (net *network) channels(u *unit, n int) (scale, shift []float64) {
	scale, shift = slices.Repeat([]float64{1}, n), make([]float64, n)
	for _, k := range u.affine {
		node := net.b.Node(k.v)
		row := net.consts[net.operand(k)]
		for j := range n {
			a, s, c := 1.0, 0.0, 0.0
			if len(row) > 0 {
				c = float64(row[j%len(row)])
			}
			switch node.Op {
			case graph.OpAdd:
				s = c
			case graph.OpSub:
				if s = -c; node.In[0] != k.from {
					a, s = -1, -s
				}
			case graph.OpMul:
				a = c
			case graph.OpDiv:
				a = 1 / c
			case graph.OpNeg:
				a = -1
			case graph.OpMulScalar:
				a = float64(node.Attr.F[0])
			case graph.OpAddScalar:
				s = float64(node.Attr.F[0])
			}
			scale[j], shift[j] = scale[j]*a, float64(shift[j]*a)+s
		}
	}
	return scale, shift
}
