package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// A chain is a run of elementwise operations on tensors of one size, computed tile by tile: what only the chain itself
// reads stays in scratch memory that fits the L1 cache.

// tileLen is the number of elements of a tile.
const tileLen = 2048

// operand is where a chain finds the tile of a value.
type operand struct {
	mem  []float32 // of the whole tensor, or nil
	slot int       // of the scratch memory otherwise
}

// chainOp is one operation of a chain.
type chainOp struct {
	op         Op
	attr       Attr
	dst        operand
	in         [3]operand
	inputs     int
	src        []float32 // of an Expand
	mid, inner int
}

// chainTask runs a chain. Its parts are ranges of tiles.
type chainTask struct {
	ops     []chainOp
	n       int
	perPart int // tiles
	scratch chan [][tileLen]float32
}

// closeChain emits the open chain as a step.
func (c *compiler) closeChain() {
	if len(c.chain) == 0 {
		return
	}
	members, number := c.chain, c.chains
	c.chain = nil
	s := step{kind: c.chainName(members)}
	seen := map[Value]bool{}
	read := func(v Value) {
		if v = c.alias[v]; c.inChain[v] != number && !seen[v] {
			seen[v] = true
			s.in = append(s.in, v)
		}
	}
	for _, v := range members {
		n := &c.b.nodes[v]
		for _, in := range n.In[:ops[n.Op].inputs] {
			if e := c.alias[in]; c.virtual(e) {
				in = c.b.nodes[e].In[0]
			}
			read(in)
		}
		if c.escapes(v, number) {
			s.outs = append(s.outs, v)
		}
		s.flops += int64(c.chainN)
	}
	if len(s.outs) == 0 {
		return
	}
	s.out = s.outs[len(s.outs)-1]
	s.tiles = len(members) + len(s.in)
	s.bind = func(c *compiler) func() { return c.bindChain(members, number) }
	c.emit(s)
}

func (c *compiler) chainName(members []Value) string {
	first := c.b.nodes[members[0]].Op.String()
	if len(members) == 1 {
		return first
	}
	return fmt.Sprintf("chain of %d: %s..%s", len(members), first, c.b.nodes[members[len(members)-1]].Op)
}

// escapes reports whether anything outside the chain reads v.
func (c *compiler) escapes(v Value, number int32) bool {
	if c.isOutput(v) {
		return true
	}
	for _, u := range c.users[v] {
		if c.alias[u] == c.alias[v] { // a view: its readers count
			if c.escapes(u, number) {
				return true
			}
		} else if c.inChain[u] != number {
			return true
		}
	}
	return false
}

func (c *compiler) bindChain(members []Value, number int32) func() {
	t := &chainTask{n: c.b.Shape(members[0]).Numel()}
	last := map[Value]int{} // the last operation that reads a scratch value
	for i, v := range members {
		n := &c.b.nodes[v]
		for _, in := range n.In[:ops[n.Op].inputs] {
			last[c.alias[in]] = i
		}
	}
	slots := map[Value]int{}
	var free []int
	made := 0
	take := func() int {
		if k := len(free); k > 0 {
			s := free[k-1]
			free = free[:k-1]
			return s
		}
		made++
		return made - 1
	}
	place := func(v Value) operand {
		if mem := c.bytes(v); mem != nil {
			return operand{mem: c.f32(v)}
		}
		s, ok := slots[c.alias[v]]
		if !ok {
			s = take()
			slots[c.alias[v]] = s
		}
		return operand{slot: s}
	}
	expand := func(v Value) chainOp {
		e := &c.b.nodes[v]
		lo := int(e.Attr.I[0])
		_, mid, inner := e.Type.S.split(lo, lo+e.Attr.S.Rank())
		return chainOp{op: OpExpand, src: c.f32(e.In[0]), mid: mid, inner: inner, dst: place(v)}
	}
	for i, v := range members {
		n := &c.b.nodes[v]
		if n.Op == OpExpand {
			t.ops = append(t.ops, expand(v))
			continue
		}
		op := chainOp{op: n.Op, attr: n.Attr, inputs: ops[n.Op].inputs}
		for k, in := range n.In[:op.inputs] {
			r := c.alias[in]
			if _, done := slots[r]; !done && c.virtual(r) {
				t.ops = append(t.ops, expand(r))
			}
			op.in[k] = place(in)
		}
		// A slot that is read here for the last time may take the result: the kernels work in place.
		for _, in := range n.In[:op.inputs] {
			r := c.alias[in]
			if s, ok := slots[r]; ok && last[r] == i {
				delete(slots, r)
				free = append(free, s)
			}
		}
		op.dst = place(v)
		t.ops = append(t.ops, op)
	}
	tiles := (t.n + tileLen - 1) / tileLen
	work := 0 // operations on an element
	for i := range t.ops {
		switch t.ops[i].op {
		case OpExp, OpLog, OpTanh, OpSigmoid, OpSoftplus:
			work += 20
		default:
			work++
		}
	}
	parts := c.opt.Pool.Parts(tiles, 8*t.n, work*t.n)
	t.perPart = (tiles + parts - 1) / parts
	parts = (tiles + t.perPart - 1) / t.perPart
	t.scratch = make(chan [][tileLen]float32, c.opt.Pool.Threads())
	for range c.opt.Pool.Threads() {
		t.scratch <- make([][tileLen]float32, made)
	}
	pool := c.opt.Pool
	return func() { pool.Run(parts, t) }
}

// Do computes one range of tiles. It implements kernels.Task.
func (t *chainTask) Do(part int) {
	scratch := <-t.scratch
	for i := part * t.perPart; i < (part+1)*t.perPart; i++ {
		lo := i * tileLen
		if lo >= t.n {
			break
		}
		t.tile(scratch, lo, min(lo+tileLen, t.n))
	}
	t.scratch <- scratch
}

func (t *chainTask) tile(scratch [][tileLen]float32, lo, hi int) {
	at := func(o operand) []float32 {
		if o.mem != nil {
			return o.mem[lo:hi]
		}
		return scratch[o.slot][:hi-lo]
	}
	for i := range t.ops {
		op := &t.ops[i]
		dst := at(op.dst)
		if op.op == OpExpand {
			expandTile(dst, op.src, lo, op.mid, op.inner)
			continue
		}
		var in [3][]float32
		for k := range op.inputs {
			in[k] = at(op.in[k])
		}
		apply(op.op, &op.attr, dst, in[0], in[1], in[2])
	}
}

// expandTile sets dst to elements from at on of src [outer, inner] repeated mid times in between.
func expandTile[T float32 | uint8 | int16](dst, src []T, at, mid, inner int) {
	for len(dst) > 0 {
		if inner == 1 {
			v := src[at/mid]
			run := min(len(dst), mid-at%mid)
			for i := range dst[:run] {
				dst[i] = v
			}
			dst, at = dst[run:], at+run
			continue
		}
		i := at % inner
		run := copy(dst, src[at/(mid*inner)*inner+i:][:inner-i])
		dst, at = dst[run:], at+run
	}
}

// apply computes one elementwise operation; dst may be an input.
func apply(op Op, a *Attr, dst, x, y, z []float32) {
	switch op {
	case OpAdd:
		kernels.Add(dst, x, y)
	case OpSub:
		kernels.Sub(dst, x, y)
	case OpMul:
		kernels.Mul(dst, x, y)
	case OpDiv:
		kernels.Div(dst, x, y)
	case OpMax:
		kernels.Max(dst, x, y)
	case OpMin:
		kernels.Min(dst, x, y)
	case OpNeg:
		kernels.Neg(dst, x)
	case OpExp:
		kernels.Exp(dst, x)
	case OpLog:
		kernels.Log(dst, x)
	case OpSqrt:
		kernels.Sqrt(dst, x)
	case OpTanh:
		kernels.Tanh(dst, x)
	case OpSigmoid:
		kernels.Sigmoid(dst, x)
	case OpSoftplus:
		kernels.Softplus(dst, x)
	case OpAbs:
		kernels.Abs(dst, x)
	case OpSign:
		kernels.Sign(dst, x)
	case OpReLU:
		kernels.ReLU(dst, x)
	case OpLeakyReLU:
		kernels.LeakyReLU(dst, x, a.F[0])
	case OpLeakyMask:
		kernels.LeakyMask(dst, x, y, a.F[0])
	case OpSelect:
		kernels.Select(dst, x, y, z)
	case OpMulScalar:
		kernels.MulScalar(dst, x, a.F[0])
	case OpAddScalar:
		kernels.AddScalar(dst, x, a.F[0])
	default:
		panic("graph: " + op.String() + " is not elementwise")
	}
}
