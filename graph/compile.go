package graph

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

// Options are the options of Compile. The zero value runs on the calling goroutine and lets variables change.
type Options struct {
	Pool   *kernels.Pool
	Frozen bool // no variable will ever change: weights are packed once, and the packed forms shared through the Store
	NoFuse bool // one step an operation; the results are the same

	// Arena is memory for intermediate results, inputs excepted, which programs may share that never run at the same time:
	// outputs are then valid until any of them runs. A program that needs more, by Measure, has its own.
	Arena []byte
}

// NewArena returns memory for Options.Arena.
func NewArena(bytes int) []byte { return aligned(bytes) }

// Clock is the position of a run: Seed keys all random numbers, Step is where in their streams this run draws.
type Clock struct{ Seed, Step uint64 }

// Program is a compiled graph. Run does not allocate. A Program must not be run concurrently with itself, nor with
// another one that changes the same variables.
type Program struct {
	pool    *kernels.Pool
	clock   Clock
	inputs  map[string]*Tensor
	outputs map[string]*Tensor
	steps   []step
	arena   []byte
	weights int
}

// step is one unit of work.
type step struct {
	kind  string
	out   Value // the main result, or 0
	in    []Value
	outs  []Value // all results
	bind  func(c *compiler) func()
	run   func()
	info  StepInfo
	flops int64

	product Value // the product, convolution or QDot that the step is, or 0
	tiles   int   // of scratch for each thread, at most: of a chain
}

// compiler is the state of Compile.
type compiler struct {
	b     *Builder
	st    *Store
	opt   Options
	p     *Program
	live  []bool
	alias []Value   // the value whose memory a value shares
	users [][]Value // live users, of the value itself

	deferred map[Value]product // outputs of products with a fused epilogue
	absorbed []bool            // computed as part of another step
	chain    []Value           // the open chain
	chainN   int
	inChain  []int32 // number of the chain a value belongs to, 0: none
	chains   int32

	steps  []step
	where  []int // the step that computes a value
	buffer map[Value][]byte
	kept   map[Value][]byte // what outputs show of variables that the program changes: how they were before

	dry   bool // plans without memory, for Measure
	fills int  // bytes of constants
}

// product is a matrix product, a convolution, a normalization or an integer product with its epilogue.
type product struct {
	op, bias Value
	act      kernels.Act
	slope    float32
	table    Value // of an integer product
	old      Value // a product that it is added to, in that one's memory
}

// Compile turns the graph into a program whose variables live in st. It is an error if st lacks one or holds it with
// another type, or if the graph's batch is symbolic.
func Compile(b *Builder, st *Store, opt Options) (*Program, error) {
	c, err := newCompiler(b, st, opt)
	if err != nil {
		return nil, err
	}
	c.order()
	c.place()
	for i := range c.steps {
		s := &c.steps[i]
		s.run = s.bind(c)
		s.describe(b)
	}
	c.p.steps = c.steps
	for _, o := range b.outputs {
		t := c.tensor(o.v)
		if kept := c.kept[c.alias[o.v]]; kept != nil {
			t.Bytes = kept
		}
		t.Name = o.name
		c.p.outputs[o.name] = t
	}
	return c.p, nil
}

func newCompiler(b *Builder, st *Store, opt Options) (*compiler, error) {
	for v, n := range b.nodes {
		if n.Type.S.Symbolic() {
			return nil, fmt.Errorf("graph: node %d: the batch is not bound", v)
		}
	}
	if err := st.check(b); err != nil {
		return nil, err
	}
	n := len(b.nodes)
	return &compiler{b: b, st: st, opt: opt, live: make([]bool, n), alias: make([]Value, n), users: make([][]Value, n),
		deferred: map[Value]product{}, absorbed: make([]bool, n), inChain: make([]int32, n), where: make([]int, n),
		buffer: map[Value][]byte{}, kept: map[Value][]byte{},
		p: &Program{pool: opt.Pool, inputs: map[string]*Tensor{}, outputs: map[string]*Tensor{}}}, nil
}

// order turns the graph into steps.
func (c *compiler) order() {
	c.liveness()
	if !c.opt.NoFuse {
		c.findEpilogues()
	}
	c.schedule()
}

// In returns the tensor of an input of the graph, to be filled before a run; nil if there is none of that name, or if
// nothing depends on it.
func (p *Program) In(name string) *Tensor { return p.inputs[name] }

// Out returns the tensor of a named output, valid after a run until the next.
func (p *Program) Out(name string) *Tensor { return p.outputs[name] }

// Run computes all outputs and then updates the variables.
func (p *Program) Run(c Clock) {
	p.clock = c
	for i := range p.steps {
		p.steps[i].run()
	}
}

// liveness finds what the outputs and sinks depend on, who uses what, and which values share memory.
func (c *compiler) liveness() {
	for _, o := range c.b.outputs {
		c.live[o.v] = true
	}
	for v := len(c.b.nodes) - 1; v > 0; v-- {
		n := &c.b.nodes[v]
		spec := &ops[n.Op]
		if spec.sink {
			c.live[v] = true
		}
		if c.live[v] {
			for _, in := range n.In[:spec.inputs] {
				c.live[in] = true
				if u := c.users[in]; len(u) == 0 || u[len(u)-1] != Value(v) {
					c.users[in] = append(u, Value(v))
				}
			}
		}
	}
	for v := 1; v < len(c.b.nodes); v++ {
		n := &c.b.nodes[v]
		c.alias[v] = Value(v)
		switch n.Op {
		case OpReshape, OpStopGradient:
			c.alias[v] = c.alias[n.In[0]]
		case OpExpand:
			if n.Attr.S.Numel() == 1 {
				c.alias[v] = c.alias[n.In[0]]
			}
		}
	}
}

func (c *compiler) isOutput(v Value) bool {
	for _, o := range c.b.outputs {
		if o.v == v {
			return true
		}
	}
	return false
}

// only returns the one live user of v, or 0 if there are more, or if v is an output too.
func (c *compiler) only(v Value) Value {
	if len(c.users[v]) == 1 && !c.isOutput(v) {
		return c.users[v][0]
	}
	return 0
}

// findEpilogues finds products whose only use is the addition of a bias to every row, and perhaps an activation of
// that, normalizations whose only use is an activation, and integer products whose only use is a table.
func (c *compiler) findEpilogues() {
	for v := Value(1); int(v) < len(c.b.nodes); v++ {
		n := &c.b.nodes[v]
		if u := c.only(v); u != 0 && c.live[v] && productU8(n.Op) && c.b.nodes[u].Op == OpLookup &&
			c.b.nodes[u].In[0] == v && c.b.nodes[c.b.nodes[u].In[1]].Op == OpVar {
			c.absorbed[v] = true
			c.deferred[u] = product{op: v, table: c.b.nodes[u].In[1]}
		}
		if old := c.oldSum(v); old != 0 {
			a := c.only(v)
			c.absorbed[v], c.deferred[a], c.alias[a] = true, product{op: v, old: old}, c.alias[old]
			continue
		}
		if !c.live[v] || n.Op != OpDot && n.Op != OpConvOut && n.Op != OpConvDX && n.Op != OpColumnNorm {
			continue
		}
		parts, out := product{op: v}, v
		if a := c.only(v); a != 0 && c.b.nodes[a].Op == OpAdd && n.Op != OpColumnNorm {
			other := c.b.nodes[a].In[0]
			if other == v {
				other = c.b.nodes[a].In[1]
			}
			e := &c.b.nodes[other]
			if other != v && e.Op == OpExpand && e.Attr.I[0] == 0 && e.Attr.S.Rank() == n.Type.S.Rank()-1 &&
				c.b.Shape(e.In[0]).Rank() == 1 {
				parts.bias, out = e.In[0], a
			}
		}
		if out != v || n.Op == OpColumnNorm {
			if u := c.only(out); u != 0 {
				switch un := &c.b.nodes[u]; un.Op {
				case OpReLU:
					parts.act = kernels.ActReLU
				case OpLeakyReLU:
					parts.act, parts.slope = kernels.ActLeakyReLU, un.Attr.F[0]
				case OpTanh:
					parts.act = kernels.ActTanh
				case OpSigmoid:
					parts.act = kernels.ActSigmoid
				}
				if parts.act != kernels.ActNone {
					c.absorbed[out] = true
					out = u
				}
			}
			c.absorbed[v] = true
			c.absorbed[out] = false
			c.deferred[out] = parts
		}
	}
	for v := range c.alias { // of sums that have moved
		c.alias[v] = c.alias[c.alias[v]]
	}
}

// oldSum returns the other term where the only use of v, a product of one block of k, is to be added to an earlier product or
// to a sum of such that nothing else reads: D's weights have gradients from real and from generated pictures. (Longer sums,
// and those of a convolution's weights, would need memory of their own beside the old one, and take longer than the addition.)
func (c *compiler) oldSum(v Value) Value {
	a, n := c.only(v), &c.b.nodes[v]
	if !c.live[v] || n.Op != OpDot || a == 0 || c.b.nodes[a].Op != OpAdd {
		return 0
	}
	if k := c.b.Shape(n.In[0]).Numel() / n.Type.S.Dim(0); k > kernels.KBlock {
		return 0
	}
	for _, old := range c.b.nodes[a].In[:2] {
		if old < v && c.only(old) == a && (c.b.nodes[old].Op == OpDot && !c.absorbed[old] || c.deferred[old].old != 0) {
			return old
		}
	}
	return 0
}

// maxChain bounds the operations of a chain, and so its scratch memory.
const maxChain = 24

// schedule turns the live nodes into steps.
func (c *compiler) schedule() {
	var sinks []Value
	for v := Value(1); int(v) < len(c.b.nodes); v++ {
		n := &c.b.nodes[v]
		switch {
		case !c.live[v] || c.absorbed[v]:
		case ops[n.Op].sink:
			sinks = append(sinks, v)
		case n.Op == OpInput:
			t := NewTensor(n.Attr.Name, n.Type.D, n.Type.S)
			c.p.inputs[n.Attr.Name], c.buffer[v] = t, t.Bytes
		case n.Op == OpVar:
			t := c.st.Get(n.Attr.Name)
			c.buffer[v] = t.Bytes
			c.p.weights += len(t.Bytes)
		case n.Op == OpFill:
			c.fill(v)
		case c.deferred[v].op != 0:
			c.product(v, c.deferred[v])
		case c.alias[v] != v:
		case c.virtual(v):
			c.needs(n.In[0])
		case ops[n.Op].elementwise || n.Op == OpExpand && n.Type.D == F32:
			c.join(v)
		case n.Op == OpDot, n.Op == OpConvOut, n.Op == OpConvDX, n.Op == OpConvDW, n.Op == OpColumnNorm, productU8(n.Op):
			c.product(v, product{op: v})
		default:
			c.plain(v)
		}
	}
	c.closeChain()
	c.keep(sinks)
	for _, v := range sinks {
		c.plain(v)
	}
}

// keep copies the variables that outputs show before the sinks change them.
func (c *compiler) keep(sinks []Value) {
	for _, s := range sinks {
		n := &c.b.nodes[s]
		for _, w := range n.In[:ops[n.Op].writes] {
			shown := func(o output) bool { return c.alias[o.v] == w }
			if c.kept[w] != nil || !slices.ContainsFunc(c.b.outputs, shown) {
				continue
			}
			from := c.buffer[w]
			to := aligned(len(from))
			c.kept[w] = to
			c.emit(step{kind: "Copy", in: []Value{w}, bind: func(*compiler) func() { return func() { copy(to, from) } }})
		}
	}
}

// fill gives a constant its memory, outside the arena, and writes it once.
func (c *compiler) fill(v Value) {
	n := &c.b.nodes[v]
	c.fills += n.Type.S.Numel() * 4
	if c.dry {
		return
	}
	buf := aligned(n.Type.S.Numel() * 4)
	f := (&Tensor{DType: F32, Shape: n.Type.S, Bytes: buf}).F32()
	for i := range f {
		f[i] = n.Attr.F[0]
	}
	c.buffer[v] = buf
}

// virtual reports whether v is an Expand that only chains and biases read: it is repeated where it is used, tile by
// tile.
func (c *compiler) virtual(v Value) bool {
	if c.b.nodes[v].Op != OpExpand || c.b.nodes[v].Type.D != F32 || c.opt.NoFuse || c.isOutput(v) {
		return false
	}
	for _, u := range c.users[v] {
		if n := &c.b.nodes[u]; !ops[n.Op].elementwise {
			return false
		}
	}
	return true
}

// needs closes the open chain if v is computed in it.
func (c *compiler) needs(v Value) {
	if v = c.alias[v]; c.inChain[v] == c.chains && c.chains > 0 && len(c.chain) > 0 {
		c.closeChain()
	}
}

// join appends an elementwise operation to the open chain, or opens one.
func (c *compiler) join(v Value) {
	n := &c.b.nodes[v]
	numel := n.Type.S.Numel()
	if len(c.chain) > 0 && (c.chainN != numel || len(c.chain) >= maxChain || c.opt.NoFuse) {
		c.closeChain()
	}
	for _, in := range n.In[:ops[n.Op].inputs] {
		if n.Op == OpExpand {
			c.needs(in)
		} else if e := &c.b.nodes[c.alias[in]]; e.Op == OpExpand && c.virtual(c.alias[in]) {
			c.needs(e.In[0])
		}
	}
	if len(c.chain) == 0 {
		c.chains++
		c.chainN = numel
	}
	c.chain = append(c.chain, v)
	c.inChain[v] = c.chains
}

// emit appends a step that reads in and computes outs.
func (c *compiler) emit(s step) {
	for _, v := range s.outs {
		c.where[v] = len(c.steps)
	}
	c.steps = append(c.steps, s)
}

// plain emits a node as a step of its own.
func (c *compiler) plain(v Value) {
	n := &c.b.nodes[v]
	in := n.In[:ops[n.Op].inputs]
	for _, x := range in {
		c.needs(x)
	}
	s := step{kind: ops[n.Op].name, in: in, bind: func(c *compiler) func() { return c.bindPlain(v) }}
	if !ops[n.Op].sink {
		s.out, s.outs = v, []Value{v}
	}
	c.emit(s)
}

// product emits a product with its epilogue, whose result is v.
func (c *compiler) product(v Value, g product) {
	n := &c.b.nodes[g.op]
	in := slices.Clone(n.In[:ops[n.Op].inputs])
	kind := n.Op.String()
	if g.bias != 0 {
		in = append(in, g.bias)
		kind += "+bias"
	}
	if g.old != 0 {
		in = append(in, g.old)
		kind += "+old"
	}
	if g.act != kernels.ActNone || g.table != 0 {
		kind += "+" + c.b.nodes[v].Op.String()
	}
	for _, x := range in {
		c.needs(x)
	}
	if g.table != 0 {
		in = append(in, g.table)
	}
	s := step{kind: kind, out: v, outs: []Value{v}, in: in, product: g.op}
	switch n.Op {
	case OpDot:
		s.flops = 2 * int64(c.b.Shape(n.In[0]).Numel()) * int64(n.Type.S.Dim(1))
		s.bind = func(c *compiler) func() { return c.bindGemm(v, g) }
	case OpQDot:
		s.flops = 2 * int64(c.b.Shape(n.In[0]).Numel()) * int64(n.Type.S.Dim(1))
		s.bind = func(c *compiler) func() { return c.bindProductU8(v, g) }
	case OpQConvOut, OpQConvDX, OpWConvOut, OpWConvDX:
		shape := c.b.QConvLayer(*n).ConvShape
		_, w, y := shape.Sizes()
		s.flops = 2 * int64(y) * int64(w/shape.Cout)
		s.bind = func(c *compiler) func() { return c.bindProductU8(v, g) }
	case OpColumnNorm:
		s.bind = func(c *compiler) func() { return c.bindNorm(v, g) }
	default:
		shape, _ := c.b.convNode(g.op)
		_, w, y := shape.Sizes()
		s.flops = 2 * int64(y) * int64(w/shape.Cout)
		s.bind = func(c *compiler) func() { return c.bindConv(v, g) }
	}
	c.emit(s)
}

// productU8 reports whether an operation is an integer product.
func productU8(op Op) bool {
	return op == OpQDot || op == OpQConvOut || op == OpQConvDX || op == OpWConvOut || op == OpWConvDX
}

// frozen returns the name of the variable that v is, if it will never change.
func (c *compiler) frozen(v Value) (string, bool) {
	n := &c.b.nodes[v]
	return n.Attr.Name, c.opt.Frozen && n.Op == OpVar
}

// bytes returns the memory of a value, padded to a multiple of 64 bytes if it is computed, or nil if it has none.
func (c *compiler) bytes(v Value) []byte { return c.buffer[c.alias[v]] }

func (c *compiler) f32(v Value) []float32 {
	return (&Tensor{Name: "value", DType: F32, Shape: c.b.Shape(c.alias[v]), Bytes: c.bytes(v)}).F32()
}

func (c *compiler) tensor(v Value) *Tensor {
	t := c.b.Type(v)
	size := t.S.Numel() * t.D.Size()
	return &Tensor{"value", t.D, t.S, c.bytes(v)[:size:size]}
}
