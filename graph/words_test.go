package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/kernels"
)

// wordEnd is how a WConv of the tests ends.
var wordEnd = kernels.WordEnd{Lo: -20000, Hi: 30000, Slope: 6554}

// wordCases has a row for every operation on words: a function of words x [2 4 6 8], which is Widen of bytes, or of z.
var wordCases = []struct {
	op    Op
	build func(c *byteCase) Value
	want  func(c *byteCase, n *Node, x []int16, i int) int64 // element i of the result, of words x; nil: wantConv
}{
	{OpWConvOut, func(c *byteCase) Value { return c.wconv(OpConvOut, Strided(1, 1), [4]int{3, 3, 8, 5}, Of(2, 4, 6, 5)) }, nil},
	{OpWConvOut, func(c *byteCase) Value {
		x := c.b.Reshape(c.x, Of(8, 1, 1, 48))
		return c.wconvOf(x, 77, OpConvOut, Geometry{}, [4]int{1, 1, 48, 9}, Of(8, 1, 1, 9))
	}, nil},
	{OpWConvDX, func(c *byteCase) Value { return c.wconv(OpConvDX, Strided(2, 1), [4]int{4, 4, 5, 8}, Of(2, 8, 12, 5)) }, nil},
	{OpWAdd, func(c *byteCase) Value {
		x := c.words()
		return c.b.WAdd(x, x, 12345, -16384, 1<<22, kernels.PointI16{Shift: 13, Lo: -9000, Hi: 250})
	}, func(_ *byteCase, n *Node, x []int16, i int) int64 {
		a := n.Attr.I
		sum := int64(x[i])*int64(a[0]) + int64(x[i])*int64(a[1]) + int64(a[2])
		return max(int64(a[4]), min(sum>>a[3], int64(a[5])))
	}},
	{OpWScale, func(c *byteCase) Value {
		return c.b.WScale(c.words(), c.variable("m", I16, 8), c.variable("c", I32, 8), kernels.PointI16{Shift: 14, Lo: -32768, Hi: 999})
	}, func(c *byteCase, n *Node, x []int16, i int) int64 {
		m, b, a := c.st.Get("m").I16(), c.st.Get("c").I32(), n.Attr.I
		return max(int64(a[1]), min((int64(x[i])*int64(m[i%8])+int64(b[i%8]))>>a[0], int64(a[2])))
	}},
	{OpWResample, func(c *byteCase) Value { return c.b.WResample(c.words(), kernels.SmoothUp, int(kernels.EdgeClamp)) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 {
			r := kernels.Resample{Kind: kernels.SmoothUp, N: 2, H: 4, W: 6, C: 8, Edge: kernels.EdgeClamp}
			y := make([]int16, 4*len(x))
			r.ForwardI16Reference(y, x)
			return int64(y[i])
		}},
	{OpWLookup, func(c *byteCase) Value { return c.b.WLookup(c.words(), c.variable("table", I16, 257)) },
		func(c *byteCase, _ *Node, x []int16, i int) int64 { return (c.table257(x[i]) + 128) >> 8 }},
	{OpWPixels, func(c *byteCase) Value { return c.b.WPixels(c.words(), c.variable("table", I16, 257)) },
		func(c *byteCase, _ *Node, x []int16, i int) int64 {
			return max(0, min((c.table257(x[i])+1<<14)>>15, 255))
		}},
	{OpWiden, func(c *byteCase) Value { return c.words() },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 { return int64(x[i]) }},
	{OpToI16, func(c *byteCase) Value { return c.b.ToI16(c.b.FromI16(c.words(), 1), 0.75) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 {
			return int64(math.RoundToEven(max(-32767, min(float64(x[i])*0.75, 32767))))
		}},
	{OpPermute, func(c *byteCase) Value { return c.b.Permute(c.words(), 0, 3, 1, 2) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 { return int64(x[i/192*192+i%24*8+i/24%8]) }},
	{OpSlice, func(c *byteCase) Value { return c.b.Slice(c.words(), 3, 1, 4) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 { return int64(x[i/3*8+1+i%3]) }},
	{OpPad, func(c *byteCase) Value { return c.b.Pad(c.words(), 3, 2, 1) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 {
			if at := i%11 - 2; at >= 0 && at < 8 {
				return int64(x[i/11*8+at])
			}
			return 0
		}},
	{OpConcat, func(c *byteCase) Value { x := c.words(); return c.b.Concat(3, x, x) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 { return int64(x[i/16*8+i%8]) }},
	{OpExpand, func(c *byteCase) Value { return c.b.BroadcastTo(c.b.Slice(c.words(), 1, 0, 1), Of(2, 5, 6, 8)) },
		func(_ *byteCase, _ *Node, x []int16, i int) int64 { return int64(x[i/240*192+i%48]) }},
}

func (c *byteCase) words() Value { return c.b.Widen(c.x, 130) }

// table257 is what the table is at x, times 256.
func (c *byteCase) table257(x int16) int64 {
	t, u := c.st.Get("table").I16(), int(x)+1<<15
	return int64(t[u/256])*int64(256-u%256) + int64(t[u/256+1])*int64(u%256)
}

func (c *byteCase) wconv(op Op, g Geometry, w [4]int, out Shape) Value {
	return c.wconvOf(c.words(), 0, op, g, w, out)
}

func (c *byteCase) wconvOf(x Value, zero uint8, op Op, g Geometry, w [4]int, out Shape) Value {
	kernel := c.variable("w", S8, w[0], w[1], w[2], w[3])
	bias, mult, shift := c.product(out.Dim(3))
	return c.b.WConv(Node{Op: op, Attr: g.attr(out)}, x, kernel, bias, mult, shift, zero, wordEnd)
}

// wantConv is a convolution as its definition says, of words or bytes.
func (c *byteCase) wantConv(n *Node, bytes []uint8, words []int16) []int16 {
	l := c.b.QConvLayer(*n)
	l.Weights, l.Bias, l.Mult, l.Shift = c.st.Get("w").S8(), c.st.Get("bias").I32(), c.st.Get("mult").I32(), c.st.Get("shift").U8()
	ref := &kernels.ConvU8{N: l.N, Packed: kernels.PackConvU8(l), In: bytes, In16: words, Out16: make([]int16, n.Type.S.Numel())}
	kernels.ConvU8Reference(ref)
	return ref.Out16
}

// TestWords: every operation on words is what its definition says, whatever is fused, packed or divided, and allocates nothing.
func TestWords(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	covered := map[Op]bool{}
	for i, row := range wordCases {
		covered[row.op] = true
		t.Run(fmt.Sprint(row.op, i), func(t *testing.T) {
			c := &byteCase{b: New(), st: NewStore(), r: rand.New(rand.NewPCG(uint64(i), 1))}
			c.x = c.b.Input("x", U8, Of(2, 4, 6, 8))
			v := row.build(c)
			c.b.Output("y", v)
			n := c.b.Node(v)
			if n.Op != row.op {
				t.Fatalf("the row builds %v", n.Op)
			}
			x, words := make([]uint8, 2*4*6*8), make([]int16, 2*4*6*8)
			for i := range x {
				x[i] = []uint8{0, 255, uint8(c.r.Uint32())}[c.r.IntN(3)]
				words[i] = int16(128 * (int(x[i]) - 130))
			}
			want := make([]int64, n.Type.S.Numel())
			if row.want == nil {
				for i, y := range c.wantConv(&n, x, words) {
					want[i] = int64(y)
				}
			}
			js, err := Encode(c.b)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Decode(js)
			if err != nil {
				t.Fatal(err)
			}
			most := int64(b.WordBound(v))
			for i := range want {
				if row.want != nil {
					want[i] = row.want(c, &n, words, i)
				}
				if n.Type.D == I16 && max(want[i], -want[i]) > most {
					t.Fatalf("a word %d, and the bound is %d", want[i], most)
				}
			}
			for _, opt := range []Options{{}, {NoFuse: true}, {Pool: pool}, {Frozen: true}, {Frozen: true, Pool: pool}} {
				if _, err := Measure(b, c.st, opt); err != nil {
					t.Fatal(err)
				}
				p, err := Compile(b, c.st, opt)
				if err != nil {
					t.Fatal(err)
				}
				copy(p.In("x").U8(), x)
				p.Run(Clock{})
				got := make([]int64, len(want))
				for i := range got {
					if y := p.Out("y"); y.DType == U8 {
						got[i] = int64(y.U8()[i])
					} else {
						got[i] = int64(y.I16()[i])
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%+v: %v, want %v", opt, got, want)
				}
				if n := testing.AllocsPerRun(2, func() { p.Run(Clock{}) }); opt.Frozen && n != 0 && !guard.Race {
					t.Errorf("%+v: a run allocates %v times", opt, n)
				}
			}
		})
	}
	for op := OpWConvOut; op <= OpToI16; op++ {
		if !covered[op] {
			t.Errorf("no case for %v", op)
		}
	}
}

// TestFewScales: multipliers and biases of a short period are handed to kernels some periods at a time, over all parts, and
// those of the moment.
func TestFewScales(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	p := kernels.PointI16{Shift: 3, Lo: -30000, Hi: 30000}
	for _, n := range []int{1, 3, 900} {
		b, st := New(), NewStore()
		m, c := st.Alloc("m", I16, Of(n)).I16(), st.Alloc("c", I32, Of(n)).I32()
		b.Output("y", b.WScale(b.Input("x", I16, Of(50, 300, 3)), b.Var("m", I16, Of(n)), b.Var("c", I32, Of(n)), p))
		prog, err := Compile(b, st, Options{Pool: pool})
		if err != nil {
			t.Fatal(err)
		}
		x, y := prog.In("x").I16(), prog.Out("y").I16()
		for i := range x {
			x[i] = int16(i)
		}
		for round := range int16(2) {
			for i := range m {
				m[i], c[i] = 7*round+int16(i), int32(i)<<10
			}
			prog.Run(Clock{})
			for i, v := range y {
				want := (int32(x[i])*int32(m[i%n]) + c[i%n]) >> 3
				if int32(v) != max(-30000, min(want, 30000)) {
					t.Fatalf("period %d, round %d: element %d is %d, want %d", n, round, i, v, want)
				}
			}
		}
		if again, _, _ := repeated(m, c); len(again) <= fewScales/2 || len(again)%n != 0 {
			t.Errorf("a period of %d is handed over in %d", n, len(again))
		}
	}
}
