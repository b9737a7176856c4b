package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// Builder is a graph under construction. Its methods append nodes and return their values; misuse (shapes that do not
// fit, values of another graph) panics with a text that begins "graph:". Equal nodes are created once.
type Builder struct {
	nodes    []Node // nodes[0] is no node
	seen     map[Node]Value
	declared map[string]Value // inputs and variables
	outputs  []output
}

type output struct {
	name string
	v    Value
}

// New returns an empty graph.
func New() *Builder {
	return &Builder{nodes: make([]Node, 1), seen: map[Node]Value{}, declared: map[string]Value{}}
}

// add appends a node after the op's own rule has checked it and given its type.
func (b *Builder) add(op Op, attr Attr, in ...Value) Value {
	v, err := b.tryAdd(op, attr, in...)
	if err != nil {
		panic("graph: " + err.Error())
	}
	return v
}

func (b *Builder) tryAdd(op Op, attr Attr, in ...Value) (Value, error) {
	spec := &ops[op]
	n := Node{Op: op, Attr: attr}
	if len(in) != spec.inputs {
		return 0, fmt.Errorf("%s takes %d inputs, not %d", spec.name, spec.inputs, len(in))
	}
	var types [maxInputs]Type
	for i, v := range in {
		if v <= 0 || int(v) >= len(b.nodes) {
			return 0, fmt.Errorf("%s: input %d is no value of this graph", spec.name, i)
		}
		if ops[b.nodes[v].Op].sink {
			return 0, fmt.Errorf("%s: input %d has no value", spec.name, i)
		}
		n.In[i], types[i] = v, b.nodes[v].Type
	}
	t, err := spec.shape(types[:len(in)], &n.Attr)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", spec.name, err)
	}
	n.Type = t
	if spec.sink {
		for i := range spec.writes {
			if b.nodes[in[i]].Op != OpVar {
				return 0, fmt.Errorf("%s: input %d must be a variable", spec.name, i)
			}
		}
	} else if v, ok := b.seen[n]; ok {
		return v, nil
	}
	v := Value(len(b.nodes))
	if op == OpInput || op == OpVar {
		if _, taken := b.declared[attr.Name]; taken {
			return 0, fmt.Errorf("%s %q: the name is taken by another type or shape", spec.name, attr.Name)
		}
		b.declared[attr.Name] = v
	}
	b.nodes = append(b.nodes, n)
	if !spec.sink {
		b.seen[n] = v
	}
	return v, nil
}

// Copy appends a node of another graph, with inputs of this one.
func (b *Builder) Copy(n Node, in ...Value) Value { return b.add(n.Op, n.Attr, in...) }

// Type returns the type of a value.
func (b *Builder) Type(v Value) Type { return b.nodes[v].Type }

// Shape returns the shape of a value.
func (b *Builder) Shape(v Value) Shape { return b.nodes[v].Type.S }

// Len returns the number of nodes.
func (b *Builder) Len() int { return len(b.nodes) - 1 }

// Node returns the node of a value.
func (b *Builder) Node(v Value) Node { return b.nodes[v] }

// Input declares a tensor that the caller fills before each run.
func (b *Builder) Input(name string, t DType, s Shape) Value {
	return b.add(OpInput, Attr{Name: name, S: s, I: [maxInts]int32{int32(t)}})
}

// Var declares a tensor that lives in the Store: a parameter, optimizer state, a running statistic.
func (b *Builder) Var(name string, t DType, s Shape) Value {
	return b.add(OpVar, Attr{Name: name, S: s, I: [maxInts]int32{int32(t)}})
}

// Fill is a constant tensor, all of whose elements are v.
func (b *Builder) Fill(v float32, s Shape) Value { return b.add(OpFill, Attr{F: [2]float32{v}, S: s}) }

// Scalar is a constant.
func (b *Builder) Scalar(v float32) Value { return b.Fill(v, Shape{}) }

// Output names a value to be read after each run. A later Output of the same name replaces it.
func (b *Builder) Output(name string, v Value) {
	if v <= 0 || int(v) >= len(b.nodes) || ops[b.nodes[v].Op].sink {
		panic("graph: Output: no such value")
	}
	for i := range b.outputs {
		if b.outputs[i].name == name {
			b.outputs[i].v = v
			return
		}
	}
	b.outputs = append(b.outputs, output{name, v})
}

// OutputValue returns the value of a named output, or 0.
func (b *Builder) OutputValue(name string) Value {
	for _, o := range b.outputs {
		if o.name == name {
			return o.v
		}
	}
	return 0
}

// OutputNames returns the names of the outputs in the order of their creation.
func (b *Builder) OutputNames() []string {
	var names []string
	for _, o := range b.outputs {
		names = append(names, o.name)
	}
	return names
}

// Named returns the input or variable of that name, or 0.
func (b *Builder) Named(name string) Value { return b.declared[name] }

// broadcast gives two operands the same shape, by NumPy's rule.
func (b *Builder) broadcast(x, y Value) (Value, Value) {
	sx, sy := b.Shape(x), b.Shape(y)
	if sx == sy {
		return x, y
	}
	rank := max(sx.Rank(), sy.Rank())
	dims := make([]int, rank)
	at := func(s Shape, i int) int {
		if i -= rank - s.Rank(); i < 0 {
			return 1
		}
		return s.Dim(i)
	}
	for i := range dims {
		dx, dy := at(sx, i), at(sy, i)
		switch {
		case dx == dy || dy == 1:
			dims[i] = dx
		case dx == 1:
			dims[i] = dy
		default:
			panic(fmt.Sprintf("graph: shapes %v and %v do not broadcast", sx, sy))
		}
	}
	s := Of(dims...)
	return b.BroadcastTo(x, s), b.BroadcastTo(y, s)
}

// BroadcastTo repeats x along dimensions that it lacks, or has with size 1, to get shape s.
func (b *Builder) BroadcastTo(x Value, s Shape) Value {
	from := b.Shape(x)
	if from == s {
		return x
	}
	lead := s.Rank() - from.Rank()
	if lead < 0 {
		panic(fmt.Sprintf("graph: %v does not broadcast to %v", from, s))
	}
	var keep []int
	for i := range from.Rank() {
		if from.Dim(i) == s.Dim(lead+i) {
			keep = append(keep, from.Dim(i))
		} else if from.Dim(i) != 1 {
			panic(fmt.Sprintf("graph: %v does not broadcast to %v", from, s))
		}
	}
	x = b.Reshape(x, Of(keep...))
	// Insert the missing dimensions, run by run, from the left.
	for i := 0; i < s.Rank(); {
		j := i
		for j < s.Rank() && (j < lead || from.Dim(j-lead) != s.Dim(j)) {
			j++
		}
		if j > i {
			x = b.insert(x, i, s.Dims()[i:j])
			i = j
		} else {
			i++
		}
	}
	return x
}

// insert repeats x along new dimensions before dimension lo.
func (b *Builder) insert(x Value, lo int, dims []int) Value {
	if n := &b.nodes[x]; n.Op == OpFill {
		d := n.Type.S.Dims()
		return b.Fill(n.Attr.F[0], Of(append(append(d[:lo:lo], dims...), d[lo:]...)...))
	}
	a := Attr{I: [maxInts]int32{int32(lo)}, S: Of(dims...)}
	return b.add(OpExpand, a, x)
}

func (b *Builder) binary(op Op, x, y Value) Value {
	x, y = b.broadcast(x, y)
	return b.add(op, Attr{}, x, y)
}

// Add is x + y; the shapes broadcast, as for all binary elementwise ops.
func (b *Builder) Add(x, y Value) Value { return b.binary(OpAdd, x, y) }

// Sub is x - y.
func (b *Builder) Sub(x, y Value) Value { return b.binary(OpSub, x, y) }

// Mul is x * y.
func (b *Builder) Mul(x, y Value) Value { return b.binary(OpMul, x, y) }

// Div is x / y.
func (b *Builder) Div(x, y Value) Value { return b.binary(OpDiv, x, y) }

// Max is x > y ? x : y.
func (b *Builder) Max(x, y Value) Value { return b.binary(OpMax, x, y) }

// Min is x < y ? x : y.
func (b *Builder) Min(x, y Value) Value { return b.binary(OpMin, x, y) }

// Neg is -x.
func (b *Builder) Neg(x Value) Value { return b.add(OpNeg, Attr{}, x) }

// Exp is e^x.
func (b *Builder) Exp(x Value) Value { return b.add(OpExp, Attr{}, x) }

// Log is the natural logarithm.
func (b *Builder) Log(x Value) Value { return b.add(OpLog, Attr{}, x) }

// Sqrt is the square root.
func (b *Builder) Sqrt(x Value) Value { return b.add(OpSqrt, Attr{}, x) }

// Tanh is the hyperbolic tangent.
func (b *Builder) Tanh(x Value) Value { return b.add(OpTanh, Attr{}, x) }

// Sigmoid is 1/(1+e^-x).
func (b *Builder) Sigmoid(x Value) Value { return b.add(OpSigmoid, Attr{}, x) }

// Softplus is log(1+e^x).
func (b *Builder) Softplus(x Value) Value { return b.add(OpSoftplus, Attr{}, x) }

// Abs is |x|.
func (b *Builder) Abs(x Value) Value { return b.add(OpAbs, Attr{}, x) }

// Sign is -1, 0 or 1.
func (b *Builder) Sign(x Value) Value { return b.add(OpSign, Attr{}, x) }

// ReLU is x > 0 ? x : 0.
func (b *Builder) ReLU(x Value) Value { return b.add(OpReLU, Attr{}, x) }

// LeakyReLU is x > 0 ? x : slope*x; slope must be positive, so that the output tells the side.
func (b *Builder) LeakyReLU(x Value, slope float32) Value {
	return b.add(OpLeakyReLU, Attr{F: [2]float32{slope}}, x)
}

// LeakyMask is y > 0 ? x : slope*x, with no gradient to y.
func (b *Builder) LeakyMask(x, y Value, slope float32) Value {
	return b.add(OpLeakyMask, Attr{F: [2]float32{slope}}, x, y)
}

// Select is c > 0 ? x : y, with no gradient to c.
func (b *Builder) Select(c, x, y Value) Value { return b.add(OpSelect, Attr{}, c, x, y) }

// MulScalar is s*x.
func (b *Builder) MulScalar(x Value, s float32) Value {
	return b.add(OpMulScalar, Attr{F: [2]float32{s}}, x)
}

// AddScalar is x + s.
func (b *Builder) AddScalar(x Value, s float32) Value {
	return b.add(OpAddScalar, Attr{F: [2]float32{s}}, x)
}

// Square is x*x.
func (b *Builder) Square(x Value) Value { return b.Mul(x, x) }

// Dot is the matrix product op(x)·op(w), where ta and tb say that x and w are transposed first.
func (b *Builder) Dot(x, w Value, ta, tb bool) Value { return b.add(OpDot, Attr{TA: ta, TB: tb}, x, w) }

// Sum adds x up along the given axes, which disappear; without axes, along all.
func (b *Builder) Sum(x Value, axes ...int) Value {
	rank := b.Shape(x).Rank()
	var drop [MaxRank]bool
	for _, a := range axes {
		if a < 0 {
			a += rank
		}
		if a < 0 || a >= rank {
			panic("graph: Sum: no such axis")
		}
		drop[a] = true
	}
	if len(axes) == 0 {
		drop = [MaxRank]bool{true, true, true, true, true, true}
	}
	for hi := rank; hi > 0; {
		lo := hi
		for lo > 0 && drop[lo-1] {
			lo--
		}
		if lo < hi {
			x = b.add(OpSum, Attr{I: [maxInts]int32{int32(lo), int32(hi)}}, x)
		}
		hi = lo - 1
	}
	return x
}

// Mean is the Sum divided by the number of elements summed.
func (b *Builder) Mean(x Value, axes ...int) Value {
	s := b.Sum(x, axes...)
	if b.Shape(x).Symbolic() {
		panic("graph: Mean of a symbolic batch")
	}
	return b.MulScalar(s, 1/float32(b.Shape(x).Numel()/b.Shape(s).Numel()))
}

// Reshape gives x another shape of as many elements.
func (b *Builder) Reshape(x Value, s Shape) Value {
	if b.Shape(x) == s {
		return x
	}
	return b.add(OpReshape, Attr{S: s}, x)
}

// PadU8 puts bytes of the given value before and after x, which is U8, along an axis.
func (b *Builder) PadU8(x Value, axis, before, after int, value uint8) Value {
	if before == 0 && after == 0 {
		return x
	}
	return b.add(OpPad, Attr{I: [maxInts]int32{int32(axis), int32(before), int32(after), int32(value)}}, x)
}

// Permute reorders dimensions: dimension i of the result is dimension perm[i] of x.
func (b *Builder) Permute(x Value, perm ...int) Value {
	var a Attr
	if len(perm) != b.Shape(x).Rank() {
		panic("graph: Permute: one number for each dimension")
	}
	for i, p := range perm {
		a.I[i] = int32(p)
	}
	return b.add(OpPermute, a, x)
}

// Slice is the part lo <= i < hi of x along an axis.
func (b *Builder) Slice(x Value, axis, lo, hi int) Value {
	if d := b.Shape(x); axis < d.Rank() && lo == 0 && hi == d.Dim(axis) {
		return x
	}
	return b.add(OpSlice, Attr{I: [maxInts]int32{int32(axis), int32(lo), int32(hi)}}, x)
}

// Pad puts zeros before and after x along an axis.
func (b *Builder) Pad(x Value, axis, before, after int) Value {
	if before == 0 && after == 0 {
		return x
	}
	return b.add(OpPad, Attr{I: [maxInts]int32{int32(axis), int32(before), int32(after)}}, x)
}

// Concat joins values along an axis.
func (b *Builder) Concat(axis int, xs ...Value) Value {
	x := xs[0]
	for _, y := range xs[1:] {
		x = b.add(OpConcat, Attr{I: [maxInts]int32{int32(axis)}}, x, y)
	}
	return x
}

// PickMax takes from v, along an axis that disappears, the element at which x is largest (the first of equals). PickMax
// of x and x is the maximum, and maxout.
func (b *Builder) PickMax(v, x Value, axis int) Value {
	return b.add(OpPickMax, Attr{I: [maxInts]int32{int32(axis)}}, v, x)
}

// PutMax is the transpose of PickMax: v goes to where x is largest along the axis, zero elsewhere.
func (b *Builder) PutMax(v, x Value, axis int) Value {
	return b.add(OpPutMax, Attr{I: [maxInts]int32{int32(axis)}}, v, x)
}

// StopGradient is x, taken for a constant by Grad.
func (b *Builder) StopGradient(x Value) Value { return b.add(OpStopGradient, Attr{}, x) }

// Uniform draws from [0, 1): element i at step n is random number n*numel+i of the stream.
func (b *Builder) Uniform(stream uint32, s Shape) Value {
	return b.add(OpUniform, Attr{Stream: stream, S: s})
}

// Bernoulli draws scale with probability p and 0 otherwise.
func (b *Builder) Bernoulli(stream uint32, p, scale float32, s Shape) Value {
	return b.add(OpBernoulli, Attr{Stream: stream, F: [2]float32{p, scale}, S: s})
}

// Latent draws latents, I16 in units of 2^-12.
func (b *Builder) Latent(d kernels.Latent, stream uint32, s Shape) Value {
	return b.add(OpLatent, Attr{Stream: stream, I: [maxInts]int32{int32(d)}, S: s})
}

// FromI16 is x*scale in F32.
func (b *Builder) FromI16(x Value, scale float32) Value {
	return b.add(OpFromI16, Attr{F: [2]float32{scale}}, x)
}

// FromU8 is x*scale in F32.
func (b *Builder) FromU8(x Value, scale float32) Value {
	return b.add(OpFromU8, Attr{F: [2]float32{scale}}, x)
}

// ToU8 is x*scale + offset, clamped and rounded to a byte.
func (b *Builder) ToU8(x Value, scale, offset float32) Value {
	return b.add(OpToU8, Attr{F: [2]float32{scale, offset}}, x)
}

// Sinks change variables. They run after all else in a program, in the order of their creation.

// SGD makes a step with momentum; hyper is F32 [2]: learning rate, momentum. See kernels.SGDMomentum.
func (b *Builder) SGD(p, vel, grad, hyper Value) { b.add(OpSGD, Attr{}, p, vel, grad, hyper) }

// Adam makes a step of Adam; hyper is F32 [5]: the fields of kernels.AdamParams in order.
func (b *Builder) Adam(p, m, v, grad, hyper Value) { b.add(OpAdam, Attr{}, p, m, v, grad, hyper) }

// AdamW makes a step of Adam after a decay of p; hyper is F32 [6]: those of Adam and the decay, 1 - lr*weightDecay.
func (b *Builder) AdamW(p, m, v, grad, hyper Value) { b.add(OpAdamW, Attr{}, p, m, v, grad, hyper) }

// RMSProp makes a step of RMSProp; hyper is F32 [3]: learning rate, alpha, eps. See kernels.RMSProp.
func (b *Builder) RMSProp(p, v, grad, hyper Value) { b.add(OpRMSProp, Attr{}, p, v, grad, hyper) }

// Clip moves the elements of a variable into [-bound, bound].
func (b *Builder) Clip(v Value, bound float32) { b.add(OpClip, Attr{F: [2]float32{bound}}, v) }

// EMA moves avg towards p; hyper is F32 [1]: the decay. It sees p as the sinks before it left it.
func (b *Builder) EMA(avg, p, hyper Value) { b.add(OpEMA, Attr{}, avg, p, hyper) }

// Assign sets a variable.
func (b *Builder) Assign(v, x Value) { b.add(OpAssign, Attr{}, v, x) }

// WithBatch returns the graph with Batch replaced by n. Values keep their numbers.
func (b *Builder) WithBatch(n int) (*Builder, error) {
	out := New()
	for v, node := range b.nodes[1:] {
		attr := node.Attr
		var err error
		if attr.S, err = attr.S.bind(n); err != nil {
			return nil, fmt.Errorf("node %d: %w", v+1, err)
		}
		w, err := out.tryAdd(node.Op, attr, node.In[:ops[node.Op].inputs]...)
		if err != nil {
			return nil, fmt.Errorf("node %d: %w", v+1, err)
		}
		if w != Value(v+1) {
			// Two nodes that differed only in their batch became one; keep the numbering.
			out.nodes = append(out.nodes, out.nodes[w])
		}
	}
	out.outputs = append(out.outputs, b.outputs...)
	return out, nil
}
