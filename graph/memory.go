package graph

import "github.com/gannet-ml/gannet/kernels"

// Memory is what a program needs, in bytes, known before it is compiled.
type Memory struct {
	Weights int // variables that it reads
	Packed  int // copies of frozen ones, laid out for the tier in use; programs of one Store share them
	Arena   int // intermediate results, inputs and constants
	Scratch int // of the kernels, of all threads; an upper bound
}

// Measure says what Compile and the first Run would allocate, and allocates nothing of it. Programs that train are measured
// without the scratch of the gradients to weights.
func Measure(b *Builder, st *Store, opt Options) (Memory, error) {
	c, err := newCompiler(b, st, opt)
	if err != nil {
		return Memory{}, err
	}
	c.dry = true
	c.order()
	m := Memory{Weights: c.p.weights, Arena: assignOffsets(c.lifetimes()) + c.fills}
	for _, t := range c.p.inputs {
		m.Arena += len(t.Bytes)
	}
	packed := map[any]bool{}
	for _, s := range c.steps {
		if s.out != 0 {
			m.Scratch += c.normBytes(s.out)
		}
		if s.product == 0 {
			m.Scratch += c.opt.Pool.Threads() * s.tiles * tileLen * 4
			continue
		}
		bytes, scratch := c.productBytes(s.product)
		_, frozen := c.frozen(c.b.nodes[s.product].In[1])
		f, _ := c.b.form(s.product)
		key := f.key
		if _, integer := key.(u8Key); integer { // each has biases and multipliers of its own, and a form of its own with them
			key = s.product
		}
		if frozen && !packed[key] {
			packed[key] = true
			if st.form(f.key) != nil {
				bytes -= f.Bytes
			}
			m.Packed += max(0, bytes)
		}
		m.Scratch += scratch
	}
	return m, nil
}

// productBytes is what a product, a convolution or their integer forms take beside operands and result.
func (c *compiler) productBytes(v Value) (packed, scratch int) {
	n := &c.b.nodes[v]
	threads := c.opt.Pool.Threads()
	_, frozen := c.frozen(n.In[1])
	switch n.Op {
	case OpDot:
		x, w := c.b.Shape(n.In[0]), c.b.Shape(n.In[1])
		m := &kernels.Gemm{M: n.Type.S.Dim(0), N: n.Type.S.Dim(1), K: x.Dim(1), Lda: x.Dim(1), TransA: n.Attr.TA}
		if n.Attr.TA {
			m.K = x.Dim(0)
		}
		return kernels.PackedBytes(w.Numel()/m.N, m.N), m.RunBytes(threads, frozen)
	case OpQDot:
		x := c.b.Shape(n.In[0])
		m := &kernels.GemmU8{M: x.Dim(0), N: n.Type.S.Dim(1), K: x.Dim(1)}
		return kernels.PackedS8Bytes(m.K, m.N), m.RunBytes(threads)
	case OpQConvOut, OpQConvDX, OpWConvOut, OpWConvDX:
		l := c.b.QConvLayer(*n)
		return kernels.PackedConvU8Bytes(l), (&kernels.ConvU8{N: l.N}).RunBytes(l, threads)
	case OpConvOut, OpConvDX:
		s, role := c.b.convNode(v)
		conv := &kernels.Conv{ConvShape: s, Role: role}
		return kernels.PackedConvBytes(s, role), conv.RunBytes(threads, frozen)
	}
	return 0, 0
}

// normBytes is what operations on rows, columns and windows take beside operands and result.
func (c *compiler) normBytes(v Value) int {
	n := &c.b.nodes[v]
	if g := c.deferred[v]; g.op != 0 {
		n = &c.b.nodes[g.op]
	}
	x := n.Type.S
	if ops[n.Op].inputs > 0 {
		x = c.b.Shape(n.In[0])
	}
	switch n.Op {
	case OpSum:
		outer, mid, inner := x.split(int(n.Attr.I[0]), int(n.Attr.I[1]))
		return 4 * outer * ((mid + kernels.RowBlock - 1) / kernels.RowBlock) * inner
	case OpResample, OpResampleT:
		channels := max(x.Dim(3), n.Type.S.Dim(3))
		return c.opt.Pool.Threads() * 4 * 8 * (4096 + 2*channels) // four lines of twice a piece of a row
	case OpQResample:
		return c.opt.Pool.Threads() * 2 * (x.Dim(2) + 2) * x.Dim(3)
	case OpWResample:
		return c.opt.Pool.Threads() * 4 * (x.Dim(2) + 2) * x.Dim(3)
	case OpPickPool:
		return 8 * n.Type.S.Numel()
	case OpPutPool:
		return 8 * x.Numel()
	case OpColumnStats, OpColumnNorm, OpColumnSums, OpColumnDX:
		outer, rows, cols := columns(x, int(n.Attr.I[0]))
		return 4 * cols * (outer*(2*((rows+kernels.RowBlock-1)/kernels.RowBlock)+10) + 3)
	case OpRowNorm, OpRowNormDX:
		rows, cols, _ := x.split(int(n.Attr.I[0]), x.Rank())
		return 8 * (rows + cols)
	case OpSoftmax, OpSoftmaxDX, OpLogSumExp:
		cols := x.Dim(-1)
		scratch := 12*x.Numel()/cols + 8*cols
		if n.Op == OpLogSumExp {
			scratch += 4 * x.Numel()
		}
		return scratch
	}
	return 0
}
