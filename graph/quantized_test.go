package graph

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/kernels"
)

// byteCases has a row for every operation on bytes: a function of bytes x [2 4 6 8].
var byteCases = []struct {
	op    Op
	build func(c *byteCase) Value
}{
	{OpQuantizeLatent, func(c *byteCase) Value {
		return c.b.QuantizeLatent(c.b.Input("z", I16, Of(2, 40)), 1<<30+12345, 41, 100)
	}},
	{OpQDot, func(c *byteCase) Value { return c.dense(10) }},
	{OpQConvOut, func(c *byteCase) Value {
		return c.conv(OpConvOut, Strided(1, 1), [4]int{3, 3, 8, 5}, 1, Of(2, 4, 6, 5))
	}},
	{OpQConvOut, func(c *byteCase) Value {
		return c.conv(OpConvOut, Strided(2, 0), [4]int{2, 3, 2, 12}, 4, Of(2, 2, 2, 12))
	}},
	{OpQConvOut, func(c *byteCase) Value { return c.conv(OpConvOut, Geometry{}, [4]int{1, 1, 8, 3}, 1, Of(2, 4, 6, 3)) }},
	{OpQConvDX, func(c *byteCase) Value {
		return c.conv(OpConvDX, Strided(2, 1), [4]int{4, 4, 5, 8}, 1, Of(2, 8, 12, 5))
	}},
	{OpQConvDX, func(c *byteCase) Value { return c.conv(OpConvDX, Strided(1, 1), [4]int{3, 3, 1, 8}, 8, Of(2, 4, 6, 8)) }},
	{OpQAdd, func(c *byteCase) Value {
		return c.b.QAdd(c.x, c.b.Lookup(c.x, c.table()), 12345, -30000, 1<<22, kernels.PointU8{Shift: 15, Lo: 9, Hi: 250})
	}},
	{OpQScale, func(c *byteCase) Value {
		return c.b.QScale(c.x, c.variable("m", I16, 8), c.variable("c", I32, 8), kernels.PointU8{Shift: 14, Hi: 255})
	}},
	{OpQScale, func(c *byteCase) Value {
		return c.b.QScale(c.x, c.variable("m", I16, 192), c.variable("c", I32, 192), kernels.PointU8{Shift: 20, Lo: 1, Hi: 255})
	}},
	{OpQResample, func(c *byteCase) Value { return c.b.QResample(c.x, kernels.NearestUp, 3, 0) }},
	{OpQResample, func(c *byteCase) Value { return c.b.QResample(c.x, kernels.SmoothUp, int(kernels.EdgeZero), 77) }},
	{OpQResample, func(c *byteCase) Value { return c.b.QResample(c.x, kernels.SmoothDown, int(kernels.EdgeClamp), 0) }},
	{OpQResample, func(c *byteCase) Value { return c.b.QResample(c.x, kernels.PixelShuffle, 2, 0) }},
	{OpLookup, func(c *byteCase) Value { return c.b.Lookup(c.x, c.table()) }},
	{OpLookup, func(c *byteCase) Value { return c.b.Lookup(c.dense(11), c.table()) }},
	{OpLookup, func(c *byteCase) Value {
		return c.b.Lookup(c.conv(OpConvDX, Strided(2, 1), [4]int{4, 4, 2, 8}, 1, Of(2, 8, 12, 2)), c.table())
	}},
	{OpPickMax, func(c *byteCase) Value { return c.b.PickMax(c.x, c.x, 2) }},
	{OpPermute, func(c *byteCase) Value { return c.b.Permute(c.x, 0, 3, 1, 2) }},
	{OpSlice, func(c *byteCase) Value { return c.b.Slice(c.x, 2, 1, 4) }},
	{OpPad, func(c *byteCase) Value { return c.b.PadU8(c.x, 1, 2, 1, 99) }},
	{OpConcat, func(c *byteCase) Value { return c.b.Concat(3, c.x, c.b.Slice(c.x, 3, 0, 3)) }},
	{OpExpand, func(c *byteCase) Value { return c.b.BroadcastTo(c.b.Slice(c.x, 1, 0, 1), Of(2, 5, 6, 8)) }},
}

// byteCase is a graph of bytes with its variables, which are random.
type byteCase struct {
	b  *Builder
	st *Store
	r  *rand.Rand
	x  Value
}

func (c *byteCase) variable(name string, d DType, dims ...int) Value {
	t := c.st.Alloc(name, d, Of(dims...))
	for i := range t.Bytes {
		t.Bytes[i] = []byte{0, 127, 128, 255, byte(c.r.Uint32())}[c.r.IntN(5)]
	}
	if d == I32 { // 24 bits, which are in range
		for i := range t.I32() {
			t.I32()[i] >>= 8
		}
	}
	return c.b.Var(name, d, t.Shape)
}

func (c *byteCase) table() Value { return c.variable("table", U8, 256) }

// product adds the constants of a product: multipliers and shifts that are in range.
func (c *byteCase) product(n int) (bias, mult, shift Value) {
	bias, mult, shift = c.variable("bias", I32, n), c.variable("mult", I32, n), c.variable("shift", U8, n)
	for j := range n {
		c.st.Get("mult").I32()[j] = 1<<30 + c.r.Int32N(1<<30)
		c.st.Get("shift").U8()[j] = uint8(37 + c.r.IntN(8))
	}
	return bias, mult, shift
}

func (c *byteCase) dense(n int) Value {
	w := c.variable("w", S8, 192, n)
	bias, mult, shift := c.product(n)
	return c.b.QDot(c.b.Reshape(c.x, Of(2, 192)), w, bias, mult, shift, 130, 3, 254)
}

func (c *byteCase) conv(op Op, g Geometry, w [4]int, groups int, out Shape) Value {
	kernel := c.variable("w", S8, w[0], w[1], w[2], w[3])
	bias, mult, shift := c.product(out.Dim(3))
	return c.b.QConv(Node{Op: op, Attr: g.attr(out)}, c.x, kernel, bias, mult, shift, [2]uint8{55, 128}, 2, 255)
}

// byteOracle evaluates a graph of bytes with big integers, from the definitions.
func byteOracle(b *Builder, st *Store, z []int16, x []uint8) [][]uint8 {
	val := make([][]uint8, len(b.nodes))
	clamp := func(v *big.Int, add, lo, hi int32) uint8 {
		v.Add(v, big.NewInt(int64(add)))
		switch {
		case v.Cmp(big.NewInt(int64(lo))) < 0:
			return uint8(lo)
		case v.Cmp(big.NewInt(int64(hi))) > 0:
			return uint8(hi)
		}
		return uint8(v.Int64())
	}
	shifted := func(v *big.Int, mult int64, half, shift uint) *big.Int { // floor((v*mult + half) / 2^shift)
		v.Mul(v, big.NewInt(mult))
		v.Add(v, new(big.Int).Lsh(big.NewInt(int64(half)), max(shift, 1)-1))
		return v.Rsh(v, shift)
	}
	for v := 1; v < len(b.nodes); v++ {
		n := &b.nodes[v]
		if n.Op == OpInput || n.Op == OpVar {
			if n.Attr.Name == "x" {
				val[v] = x
			}
			continue
		}
		a := n.Attr.I
		out := make([]uint8, n.Type.S.Numel())
		in, from := val[n.In[0]], b.Shape(n.In[0])
		tensor := func(i int) *Tensor { return st.Get(b.nodes[n.In[i]].Attr.Name) }
		each := func(f func(i int) uint8) {
			for i := range out {
				out[i] = f(i)
			}
		}
		// index and position convert between the two for a shape.
		position := func(s Shape, i int) (p [MaxRank]int) {
			for d := s.Rank() - 1; d >= 0; d-- {
				p[d], i = i%s.Dim(d), i/s.Dim(d)
			}
			return p
		}
		index := func(s Shape, p [MaxRank]int) (i int) {
			for d := range s.Rank() {
				i = i*s.Dim(d) + p[d]
			}
			return i
		}
		moved := func(f func(p [MaxRank]int) (from [MaxRank]int)) {
			each(func(i int) uint8 { return in[index(from, f(position(n.Type.S, i)))] })
		}
		finish := func(sum *big.Int, ch int, zero, lo, hi int32) uint8 {
			return clamp(shifted(sum, int64(tensor(3).I32()[ch]), 1, uint(tensor(4).U8()[ch])), zero, lo, hi)
		}
		switch n.Op {
		case OpReshape:
			copy(out, in)
		case OpQuantizeLatent:
			each(func(i int) uint8 {
				return clamp(shifted(big.NewInt(int64(z[i])), int64(a[0]), 1, uint(a[1])), a[2], 0, 255)
			})
		case OpQDot:
			cols := n.Type.S.Dim(1)
			each(func(i int) uint8 {
				sum := big.NewInt(int64(tensor(2).I32()[i%cols]))
				for k := range from.Dim(1) {
					sum.Add(sum, big.NewInt(int64(in[i/cols*from.Dim(1)+k])*int64(tensor(1).S8()[k*cols+i%cols])))
				}
				return finish(sum, i%cols, a[0], a[1], a[2])
			})
		case OpQConvOut, OpQConvDX:
			x, y, w := from, n.Type.S, b.Shape(n.In[1])
			if n.Op == OpQConvDX {
				x, y = y, x
			}
			cg := w.Dim(2)
			og := w.Dim(3) / (x.Dim(3) / cg)
			sums := make([]*big.Int, len(out))
			for i := range sums {
				sums[i] = big.NewInt(int64(tensor(2).I32()[i%n.Type.S.Dim(3)]))
			}
			// All triples of a pixel of y, a tap and a channel of x.
			for i := range y.Numel() {
				p := position(y, i)
				for j := range w.Dim(0) * w.Dim(1) * cg {
					ky, kx, ci := j/cg/w.Dim(1), j/cg%w.Dim(1), j%cg
					h, u := p[1]*int(a[0])-int(a[2])+ky*int(a[4]), p[2]*int(a[1])-int(a[3])+kx*int(a[5])
					if h < 0 || h >= x.Dim(1) || u < 0 || u >= x.Dim(2) {
						continue
					}
					at := index(x, [MaxRank]int{p[0], h, u, p[3]/og*cg + ci})
					weight := int64(tensor(1).S8()[j*w.Dim(3)+p[3]])
					to, source := i, at
					if n.Op == OpQConvDX {
						to, source = at, i
					}
					sums[to].Add(sums[to], big.NewInt((int64(in[source])-int64(a[6]))*weight))
				}
			}
			each(func(i int) uint8 { return finish(sums[i], i%n.Type.S.Dim(3), a[7], a[8], a[9]) })
		case OpQAdd:
			other := val[n.In[1]]
			each(func(i int) uint8 {
				sum := big.NewInt(int64(in[i])*int64(a[0]) + int64(other[i])*int64(a[1]) + int64(a[2]))
				return clamp(shifted(sum, 1, 0, uint(a[3])), 0, a[4], a[5])
			})
		case OpQScale:
			m, c := tensor(1).I16(), tensor(2).I32()
			each(func(i int) uint8 {
				sum := big.NewInt(int64(in[i])*int64(m[i%len(m)]) + int64(c[i%len(m)]))
				return clamp(shifted(sum, 1, 0, uint(a[0])), 0, a[1], a[2])
			})
		case OpQResample: // kernels compares this with exact sums
			r := kernels.Resample{Kind: kernels.ResampleKind(a[0]), N: from.Dim(0), H: from.Dim(1), W: from.Dim(2), C: from.Dim(3),
				Factor: int(a[1]), Edge: kernels.Edge(a[1])}
			r.ForwardU8Reference(out, in, uint8(a[2]))
		case OpLookup:
			each(func(i int) uint8 { return tensor(1).U8()[in[i]] })
		case OpPickMax:
			each(func(i int) (best uint8) {
				p := position(n.Type.S, i)
				copy(p[a[0]+1:], p[a[0]:])
				for p[a[0]] = 0; p[a[0]] < from.Dim(int(a[0])); p[a[0]]++ {
					best = max(best, in[index(from, p)])
				}
				return best
			})
		case OpPermute:
			moved(func(p [MaxRank]int) (q [MaxRank]int) {
				for d := range n.Type.S.Rank() {
					q[a[d]] = p[d]
				}
				return q
			})
		case OpSlice:
			moved(func(p [MaxRank]int) [MaxRank]int { p[a[0]] += int(a[1]); return p })
		case OpPad:
			each(func(i int) uint8 {
				p := position(n.Type.S, i)
				if p[a[0]] -= int(a[1]); p[a[0]] < 0 || p[a[0]] >= from.Dim(int(a[0])) {
					return uint8(a[3])
				}
				return in[index(from, p)]
			})
		case OpConcat:
			each(func(i int) uint8 {
				p := position(n.Type.S, i)
				if cut := from.Dim(int(a[0])); p[a[0]] >= cut {
					p[a[0]] -= cut
					return val[n.In[1]][index(b.Shape(n.In[1]), p)]
				}
				return in[index(from, p)]
			})
		case OpExpand:
			moved(func(p [MaxRank]int) [MaxRank]int {
				copy(p[a[0]:], p[int(a[0])+n.Attr.S.Rank():])
				return p
			})
		default:
			panic("byteOracle: " + n.Op.String())
		}
		val[v] = out
	}
	return val
}

// TestBytes: every operation on bytes is what its definition says with big integers, on extreme bytes too, whatever is fused,
// packed or divided, and allocates nothing.
func TestBytes(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	covered := map[Op]bool{}
	for i, row := range byteCases {
		covered[row.op] = true
		t.Run(fmt.Sprint(row.op, i), func(t *testing.T) {
			c := &byteCase{b: New(), st: NewStore(), r: rand.New(rand.NewPCG(uint64(i), 1))}
			c.x = c.b.Input("x", U8, Of(2, 4, 6, 8))
			v := row.build(c)
			c.b.Output("y", v)
			if c.b.Node(v).Op != row.op {
				t.Fatalf("the row builds %v", c.b.Node(v).Op)
			}
			x, z := make([]uint8, 2*4*6*8), make([]int16, 80)
			for i := range x {
				x[i] = []uint8{0, 255, uint8(c.r.Uint32())}[c.r.IntN(3)]
			}
			for i := range z {
				z[i] = []int16{0, math.MaxInt16, math.MinInt16, int16(c.r.Uint32())}[c.r.IntN(4)]
			}
			want := byteOracle(c.b, c.st, z, x)[v]
			js, err := Encode(c.b)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Decode(js)
			if err != nil {
				t.Fatal(err)
			}
			for _, opt := range []Options{{}, {NoFuse: true}, {Pool: pool}, {Frozen: true}, {Frozen: true, Pool: pool}} {
				if _, err := Measure(b, c.st, opt); err != nil {
					t.Fatal(err)
				}
				p, err := Compile(b, c.st, opt)
				if err != nil {
					t.Fatal(err)
				}
				if in := p.In("x"); in != nil {
					copy(in.U8(), x)
				}
				if in := p.In("z"); in != nil {
					copy(in.I16(), z)
				}
				p.Run(Clock{})
				if got := p.Out("y").U8(); !bytes.Equal(got, want) {
					t.Errorf("%+v: %v, want %v", opt, got, want)
				}
				if n := testing.AllocsPerRun(2, func() { p.Run(Clock{}) }); opt.Frozen && n != 0 && !guard.Race {
					t.Errorf("%+v: a run allocates %v times", opt, n)
				}
			}
		})
	}
	for op := OpQuantizeLatent; op <= OpLookup; op++ {
		if !covered[op] {
			t.Errorf("no case for %v", op)
		}
	}
}
