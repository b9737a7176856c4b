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

// opCases has a row for every differentiable operation: a function of variables of the given shapes. away keeps their
// values positive, where the operation wants it.
var opCases = []struct {
	op     Op
	shapes []Shape
	away   bool
	build  func(b *Builder, v []Value) Value
}{
	{OpAdd, []Shape{Of(2, 3), Of(3)}, false, func(b *Builder, v []Value) Value { return b.Add(v[0], v[1]) }},
	{OpSub, []Shape{Of(2, 3), Of(2, 1)}, false, func(b *Builder, v []Value) Value { return b.Sub(v[0], v[1]) }},
	{OpMul, []Shape{Of(2, 3), Of(2, 3)}, false, func(b *Builder, v []Value) Value { return b.Mul(v[0], v[1]) }},
	{OpDiv, []Shape{Of(2, 3), Of(3)}, true, func(b *Builder, v []Value) Value { return b.Div(v[0], v[1]) }},
	{OpMax, []Shape{Of(2, 5), Of(2, 5)}, false, func(b *Builder, v []Value) Value { return b.Max(v[0], v[1]) }},
	{OpMin, []Shape{Of(2, 5), Of(2, 5)}, false, func(b *Builder, v []Value) Value { return b.Min(v[0], v[1]) }},
	{OpNeg, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Neg(v[0]) }},
	{OpExp, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Exp(v[0]) }},
	{OpLog, []Shape{Of(4)}, true, func(b *Builder, v []Value) Value { return b.Log(v[0]) }},
	{OpSqrt, []Shape{Of(4)}, true, func(b *Builder, v []Value) Value { return b.Sqrt(v[0]) }},
	{OpTanh, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Tanh(v[0]) }},
	{OpSigmoid, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Sigmoid(v[0]) }},
	{OpSoftplus, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Softplus(v[0]) }},
	{OpAbs, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Abs(v[0]) }},
	{OpSign, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.Mul(b.Sign(v[0]), v[0]) }},
	{OpReLU, []Shape{Of(6)}, false, func(b *Builder, v []Value) Value { return b.ReLU(v[0]) }},
	{OpLeakyReLU, []Shape{Of(6)}, false, func(b *Builder, v []Value) Value { return b.LeakyReLU(v[0], 0.2) }},
	{OpLeakyMask, []Shape{Of(6), Of(6)}, false, func(b *Builder, v []Value) Value { return b.LeakyMask(v[0], v[1], 0.2) }},
	{OpSelect, []Shape{Of(6), Of(6), Of(6)}, false, func(b *Builder, v []Value) Value { return b.Select(v[0], v[1], v[2]) }},
	{OpMulScalar, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.MulScalar(v[0], -1.5) }},
	{OpAddScalar, []Shape{Of(4)}, false, func(b *Builder, v []Value) Value { return b.AddScalar(v[0], 0.5) }},
	{OpDot, []Shape{Of(2, 3), Of(3, 4)}, false, func(b *Builder, v []Value) Value { return b.Dot(v[0], v[1], false, false) }},
	{OpDot, []Shape{Of(3, 2), Of(3, 4)}, false, func(b *Builder, v []Value) Value { return b.Dot(v[0], v[1], true, false) }},
	{OpDot, []Shape{Of(2, 3), Of(4, 3)}, false, func(b *Builder, v []Value) Value { return b.Dot(v[0], v[1], false, true) }},
	{OpDot, []Shape{Of(3, 2), Of(4, 3)}, false, func(b *Builder, v []Value) Value { return b.Dot(v[0], v[1], true, true) }},
	{OpConvOut, []Shape{Of(2, 4, 5, 2), Of(3, 3, 2, 3)}, false, func(b *Builder, v []Value) Value {
		return b.Conv(v[0], v[1], Geometry{Stride: [2]int{2, 1}, Pad: [2]int{1, 2}})
	}},
	{OpConvOut, []Shape{Of(2, 4, 4, 2), Of(4, 4, 2, 3), Of(3)}, false, func(b *Builder, v []Value) Value {
		return b.LeakyReLU(b.Add(b.Conv(v[0], v[1], Strided(2, 1)), v[2]), 0.2)
	}},
	{OpConvOut, []Shape{Of(1, 4, 4, 4), Of(2, 2, 2, 6)}, false, func(b *Builder, v []Value) Value {
		return b.Conv(v[0], v[1], Geometry{Dilation: [2]int{2, 1}})
	}},
	{OpConvOut, []Shape{Of(2, 2, 2, 2)}, false, func(b *Builder, v []Value) Value { return b.Conv(v[0], v[0], Geometry{}) }},
	{OpConvDX, []Shape{Of(2, 2, 3, 3), Of(3, 3, 2, 3), Of(2)}, false, func(b *Builder, v []Value) Value {
		return b.Tanh(b.Add(b.ConvTransposed(v[0], v[1], Strided(2, 1), 1, [2]int{1, 0}), v[2]))
	}},
	{OpConvDX, []Shape{Of(1, 1, 1, 4), Of(2, 2, 1, 4)}, false, func(b *Builder, v []Value) Value {
		return b.ConvTransposed(v[0], v[1], Geometry{}, 2, [2]int{})
	}},
	{OpConvDW, []Shape{Of(2, 4, 4, 2), Of(2, 2, 2, 3)}, false, func(b *Builder, v []Value) Value {
		return b.add(OpConvDW, Strided(2, 1).attr(Of(3, 4, 2, 3)), v[0], v[1])
	}},
	{OpResample, []Shape{Of(1, 2, 3, 2)}, false, func(b *Builder, v []Value) Value { return b.NearestUp(v[0], 2) }},
	{OpResample, []Shape{Of(1, 2, 4, 2)}, false, func(b *Builder, v []Value) Value { return b.NearestDown(v[0], 2) }},
	{OpResample, []Shape{Of(2, 2, 3, 2)}, false, func(b *Builder, v []Value) Value { return b.SmoothUp(v[0], kernels.EdgeZero) }},
	{OpResample, []Shape{Of(1, 2, 3, 2)}, false, func(b *Builder, v []Value) Value { return b.SmoothUp(v[0], kernels.EdgeClamp) }},
	{OpResample, []Shape{Of(1, 4, 6, 2)}, false, func(b *Builder, v []Value) Value { return b.SmoothDown(v[0], kernels.EdgeZero) }},
	{OpResample, []Shape{Of(1, 4, 4, 2)}, false, func(b *Builder, v []Value) Value { return b.SmoothDown(v[0], kernels.EdgeClamp) }},
	{OpResample, []Shape{Of(1, 2, 3, 8)}, false, func(b *Builder, v []Value) Value { return b.PixelShuffle(v[0], 2) }},
	{OpResampleT, []Shape{Of(1, 4, 6, 2)}, false, func(b *Builder, v []Value) Value { return b.PixelUnshuffle(v[0], 2) }},
	{OpResample, []Shape{Of(1, 4, 5, 2)}, false, func(b *Builder, v []Value) Value {
		return b.AvgPool(v[0], kernels.Window{Size: 3, Stride: 2, Pad: 1}, kernels.Window{Size: 2, Stride: 1})
	}},
	{OpPickPool, []Shape{Of(2, 5, 4, 2)}, false, func(b *Builder, v []Value) Value {
		return b.MaxPool(v[0], kernels.Window{Size: 3, Stride: 2, Pad: 1}, kernels.Window{Size: 2, Stride: 2})
	}},
	{OpPutPool, []Shape{Of(1, 2, 2, 3), Of(1, 4, 4, 3)}, false, func(b *Builder, v []Value) Value {
		two := kernels.Window{Size: 2, Stride: 2}
		return b.add(OpPutPool, Attr{I: windows(kernels.MaxPool, two, two)}, v[0], v[1])
	}},
	{OpGather, []Shape{Of(4, 3)}, false, func(b *Builder, v []Value) Value { return b.Gather(v[0], b.Var("index", I32, Of(2, 3))) }},
	{OpScatter, []Shape{Of(6, 2)}, false, func(b *Builder, v []Value) Value {
		return b.add(OpScatter, Attr{I: [maxInts]int32{5}}, v[0], b.Reshape(b.Var("index", I32, Of(2, 3)), Of(6)))
	}},
	{OpColumnStats, []Shape{Of(3, 2, 2)}, false, func(b *Builder, v []Value) Value {
		_, mean, variance := b.BatchNorm(v[0], b.Fill(1, Of(2)), b.Fill(0, Of(2)), 0.1)
		return b.Concat(0, mean, variance)
	}},
	{OpColumnNorm, []Shape{Of(3, 2, 2, 2), Of(2), Of(2)}, false, func(b *Builder, v []Value) Value {
		y, _, _ := b.BatchNorm(v[0], v[1], v[2], 0.1)
		return y
	}},
	{OpColumnNorm, []Shape{Of(5, 3), Of(3), Of(3)}, false, func(b *Builder, v []Value) Value {
		y, _, _ := b.BatchNorm(v[0], v[1], v[2], 0.1)
		return b.LeakyReLU(y, 0.2)
	}},
	{OpColumnNorm, []Shape{Of(2, 3, 2, 2), Of(2)}, false, func(b *Builder, v []Value) Value {
		return b.Tanh(b.InstanceNorm(v[0], v[1], 0, 0.1))
	}},
	{OpColumnSums, []Shape{Of(4, 2), Of(4, 2)}, false, func(b *Builder, v []Value) Value {
		_, stats := b.columnNorm(v[1], b.Fill(1, Of(2)), b.Fill(0, Of(2)), 0, 0.1)
		return b.add(OpColumnSums, Attr{}, v[0], v[1], stats)
	}},
	{OpColumnSums, []Shape{Of(2, 4, 2)}, false, func(b *Builder, v []Value) Value {
		_, stats := b.columnNorm(v[0], b.Fill(1, Of(2)), b.Fill(0, Of(2)), 1, 0.1)
		return b.add(OpColumnSums, Attr{I: [maxInts]int32{1}}, v[0], v[0], stats)
	}},
	{OpColumnDX, []Shape{Of(4, 2), Of(4, 2), Of(2)}, false, func(b *Builder, v []Value) Value {
		_, stats := b.columnNorm(v[1], v[2], b.Fill(0, Of(2)), 0, 0.1)
		return b.add(OpColumnDX, Attr{}, v[0], v[1], stats, v[2], b.add(OpColumnSums, Attr{}, v[0], v[1], stats))
	}},
	{OpRowNorm, []Shape{Of(2, 3, 2)}, false, func(b *Builder, v []Value) Value { return b.LayerNorm(v[0], 1, 0.1) }},
	{OpRowNorm, []Shape{Of(2, 2, 3)}, false, func(b *Builder, v []Value) Value { return b.PixelNorm(v[0], 0.1) }},
	{OpRowNormDX, []Shape{Of(2, 4), Of(2, 4)}, false, func(b *Builder, v []Value) Value {
		return b.add(OpRowNormDX, Attr{I: [maxInts]int32{1}, F: [2]float32{0.1}}, v[0], v[1])
	}},
	{OpSoftmax, []Shape{Of(2, 4)}, false, func(b *Builder, v []Value) Value { return b.Softmax(v[0]) }},
	{OpSoftmaxDX, []Shape{Of(2, 4), Of(2, 4)}, false, func(b *Builder, v []Value) Value { return b.add(OpSoftmaxDX, Attr{}, v[0], v[1]) }},
	{OpLogSumExp, []Shape{Of(2, 4)}, false, func(b *Builder, v []Value) Value { return b.LogSumExp(v[0]) }},
	{OpSum, []Shape{Of(2, 3, 4)}, false, func(b *Builder, v []Value) Value { return b.Sum(v[0], 1) }},
	{OpSum, []Shape{Of(700, 3)}, false, func(b *Builder, v []Value) Value { return b.Tanh(b.MulScalar(b.Sum(v[0], 0), 0.01)) }},
	{OpSum, []Shape{Of(2, 3, 4)}, false, func(b *Builder, v []Value) Value { return b.Sum(v[0], 0, 2) }},
	{OpExpand, []Shape{Of(2, 4)}, false, func(b *Builder, v []Value) Value { return b.insert(v[0], 1, []int{3}) }},
	{OpReshape, []Shape{Of(2, 6)}, false, func(b *Builder, v []Value) Value { return b.Reshape(v[0], Of(3, 4)) }},
	{OpPermute, []Shape{Of(2, 3, 4)}, false, func(b *Builder, v []Value) Value { return b.Permute(v[0], 2, 0, 1) }},
	{OpSlice, []Shape{Of(2, 5, 2)}, false, func(b *Builder, v []Value) Value { return b.Slice(v[0], 1, 1, 4) }},
	{OpPad, []Shape{Of(2, 3)}, false, func(b *Builder, v []Value) Value { return b.Pad(v[0], 1, 1, 2) }},
	{OpConcat, []Shape{Of(2, 3), Of(2, 1), Of(2, 2)}, false, func(b *Builder, v []Value) Value { return b.Concat(1, v...) }},
	{OpPickMax, []Shape{Of(2, 5, 3), Of(2, 5, 3)}, false, func(b *Builder, v []Value) Value { return b.PickMax(v[0], v[1], 1) }},
	{OpPickMax, []Shape{Of(2, 5, 3)}, false, func(b *Builder, v []Value) Value { return b.PickMax(v[0], v[0], 1) }},
	{OpMove, []Shape{Of(4, 3, 5, 2)}, false, func(b *Builder, v []Value) Value { return b.Move(v[0], moves(b)) }},
	{OpPutMax, []Shape{Of(2, 3), Of(2, 5, 3)}, false, func(b *Builder, v []Value) Value { return b.PutMax(v[0], v[1], 1) }},
}

// moves are those of four pictures: none, a mirror, down and left, a mirror and far to the right.
func moves(b *Builder) Value {
	row := func(dy, dx, mirror float32) Value {
		return b.Concat(1, b.Fill(dy, Of(1, 1)), b.Fill(dx, Of(1, 1)), b.Fill(mirror, Of(1, 1)))
	}
	return b.Concat(0, row(0, 0, 0), row(0.3, -0.5, 1), row(1.2, -2, 0), row(-1, 3, 1))
}

// TestOps checks for each row: the program's value against the oracle, the first gradients against finite differences of
// the value, and the second gradients against finite differences of the first.
func TestOps(t *testing.T) {
	covered := map[Op]bool{}
	for i, c := range opCases {
		covered[c.op] = true
		t.Run(fmt.Sprintf("%s%d", c.op, i), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			b := New()
			given := map[string][]float64{}
			var vars []Value
			for k, s := range c.shapes {
				name := fmt.Sprint("v", k)
				vars = append(vars, b.Var(name, F32, s))
				x := make([]float64, s.Numel())
				for j := range x {
					x[j] = float64(float32(r.NormFloat64()))
					if c.away {
						x[j] = 0.5 + math.Abs(x[j])
					}
				}
				given[name] = x
			}
			y := c.build(b, vars)
			b.Output("y", y)
			index := []int32{1, 3, 0, 3, 3, 2}
			given["index"] = nil
			for _, i := range index {
				given["index"] = append(given["index"], float64(i))
			}
			// A scalar that weights all elements differently and bends: sum of w*y*y/2 + w*y.
			w := b.Var("w", F32, b.Shape(y))
			ws := make([]float64, b.Shape(y).Numel())
			for j := range ws {
				ws[j] = float64(float32(r.NormFloat64()))
			}
			given["w"] = ws
			loss := b.Sum(b.Mul(w, b.Add(b.MulScalar(b.Square(y), 0.5), y)))
			grads := b.Grad(loss, vars...)
			var second Value
			for k, g := range grads {
				b.Output(fmt.Sprint("g", k), g)
				term := b.Sum(b.Square(g))
				if second == 0 {
					second = term
				} else {
					second = b.Add(second, term)
				}
			}
			grads2 := b.Grad(second, vars...)
			for k, g := range grads2 {
				b.Output(fmt.Sprint("h", k), g)
			}
			want := oracle(b, given)
			differences(t, "first", b, given, loss, vars, grads)
			differences(t, "second", b, given, second, vars, grads2)

			st := NewStore()
			for _, name := range append([]string{"w"}, names(len(vars))...) {
				ten := st.Alloc(name, F32, b.Shape(b.Named(name)))
				for j, x := range given[name] {
					ten.F32()[j] = float32(x)
				}
			}
			copy(st.Alloc("index", I32, Of(2, 3)).I32(), index)
			var plain [][]float32
			for _, noFuse := range []bool{true, false} {
				p, err := Compile(b, st, Options{NoFuse: noFuse})
				if err != nil {
					t.Fatal(err)
				}
				p.Run(Clock{})
				for k, name := range b.OutputNames() {
					got := p.Out(name).F32()
					if noFuse {
						plain = append(plain, slices.Clone(got))
						for j, g := range got {
							if e := want[b.OutputValue(name)][j]; math.Abs(float64(g)-e) > 2e-4*(1+math.Abs(e)) {
								t.Errorf("%s[%d] is %g, want %g", name, j, g, e)
							}
						}
					} else if !slices.Equal(got, plain[k]) {
						t.Errorf("%s changes with fusion: %v, %v", name, got, plain[k])
					}
				}
			}
		})
	}
	for op := opNone + 1; op < numOps; op++ {
		if gradients()[op] != nil && !covered[op] && op != OpStopGradient {
			t.Errorf("%s has no test case", op)
		}
	}
}

func names(n int) []string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprint("v", i))
	}
	return s
}

// differences compares gradients with central differences of y, in the oracle.
func differences(t *testing.T, what string, b *Builder, given map[string][]float64, y Value, vars, grads []Value) {
	t.Helper()
	val := oracle(b, given)
	const h = 1e-6
	for k, v := range vars {
		x := given[b.nodes[v].Attr.Name]
		for j := range x {
			old := x[j]
			x[j] = old + h
			up := oracle(b, given)[y][0]
			x[j] = old - h
			down := oracle(b, given)[y][0]
			x[j] = old
			got, want := val[grads[k]][j], (up-down)/(2*h)
			if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%s gradient %d[%d] is %g, differences say %g", what, k, j, got, want)
			}
		}
	}
}

// gameStep builds a small training step of everything a GAN uses: dropout, maxout, leaky ReLU, an R1 penalty, Adam, SGD,
// EMA.
func gameStep(b *Builder, st *Store, batch int) {
	param := func(name string, dims ...int) Value {
		t := st.Alloc(name, F32, Of(dims...))
		kernels.UniformTo(t.F32(), -0.3, 0.3, 1, uint32(len(name)), 0)
		return b.Var(name, F32, Of(dims...))
	}
	state := func(name string, like Value) Value {
		st.Alloc(name, F32, b.Shape(like))
		return b.Var(name, F32, b.Shape(like))
	}
	z := b.FromI16(b.Latent(kernels.LatentUniform, 1, Of(batch, 6)), kernels.LatentScale)
	gw, gb, gw2 := param("gw", 6, 70), param("gb", 70), param("gw2", 70, 20)
	dw, db, dw2 := param("dw", 20, 40), param("db", 40), param("dw2.", 8, 1)
	fake := b.Sigmoid(b.Dot(b.ReLU(b.Add(b.Dot(z, gw, false, false), gb)), gw2, false, false))
	real := b.FromU8(b.Input("real", U8, Of(batch, 20)), 1.0/255)
	disc := func(x Value, stream uint32) Value {
		x = b.Mul(x, b.Bernoulli(stream, 0.8, 1.25, b.Shape(x)))
		h := b.LeakyReLU(b.Add(b.Dot(x, dw, false, false), db), 0.2)
		h = b.Reshape(h, Of(batch, 5, 8))
		return b.Dot(b.PickMax(h, h, 1), dw2, false, false)
	}
	dr, df := disc(real, 2), disc(fake, 3)
	r1 := b.Mean(b.Sum(b.Square(b.Grad(b.Sum(dr), real)[0]), 1))
	lossD := b.Add(b.Add(b.Mean(b.Softplus(b.Neg(dr))), b.Mean(b.Softplus(df))), b.MulScalar(r1, 0.5))
	lossG := b.Mean(b.Softplus(b.Neg(df)))
	b.Output("loss_D", lossD)
	b.Output("loss_G", lossG)
	adam, sgd, ema := b.Input("adam", F32, Of(5)), b.Input("sgd", F32, Of(2)), b.Input("ema", F32, Of(1))
	gp, dp := []Value{gw, gb, gw2}, []Value{dw, db, dw2}
	gg, dg := b.Grad(lossG, gp...), b.Grad(lossD, dp...)
	for i, p := range gp {
		n := b.nodes[p].Attr.Name
		b.Adam(p, state(n+".m", p), state(n+".v", p), gg[i], adam)
		b.EMA(state(n+".ema", p), p, ema)
	}
	for i, p := range dp {
		b.SGD(p, state(b.nodes[p].Attr.Name+".vel", p), dg[i], sgd)
	}
}

func setHyper(p *Program) {
	copy(p.In("adam").F32(), []float32{1e-2, 0.5, 0.99, 1e-8, 1})
	copy(p.In("sgd").F32(), []float32{0.1, 0.5})
	copy(p.In("ema").F32(), []float32{0.9})
	for i := range p.In("real").U8() {
		p.In("real").U8()[i] = uint8(i * 13)
	}
}

// TestStep runs a training step under every tier, thread count and fusion: all weights must stay the same, bit for bit.
func TestStep(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	var want [][]float32
	for _, tier := range kernels.Tiers() {
		if !tier.Available {
			continue
		}
		restore, err := kernels.Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, opt := range []Options{{}, {NoFuse: true}, {Pool: pool}} {
			b, st := New(), NewStore()
			gameStep(b, st, 33)
			p, err := Compile(b, st, opt)
			if err != nil {
				t.Fatal(err)
			}
			setHyper(p)
			for s := range uint64(5) {
				p.Run(Clock{Seed: 7, Step: s})
			}
			var got [][]float32
			for _, n := range st.Names() {
				got = append(got, slices.Clone(st.Get(n).F32()))
				if !kernels.AllFinite(st.Get(n).F32()) {
					t.Fatalf("%s is not finite", n)
				}
			}
			if want == nil {
				want = got
			}
			for i := range got {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("tier %s, %+v: %s differs", tier.Name, opt, st.Names()[i])
				}
			}
		}
		restore()
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	b, st := New(), NewStore()
	gameStep(b, st, 64)
	p, err := Compile(b, st, Options{Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	setHyper(p)
	step := uint64(0)
	if n := testing.AllocsPerRun(20, func() { p.Run(Clock{1, step}); step++ }); n != 0 && !guard.Race {
		t.Errorf("a step allocates %v times", n)
	}
	t.Logf("\n%v", p.Profile(Clock{1, step}, 3))
}

// TestPlacement checks on random lifetimes that no two buffers that live at the same time overlap.
func TestPlacement(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var list []*lifetime
		for i := range r.IntN(40) {
			first := r.IntN(30)
			list = append(list, &lifetime{v: Value(i), size: 64 * (1 + r.IntN(9)), first: first, last: first + r.IntN(10)})
		}
		total := assignOffsets(list)
		for i, a := range list {
			if a.offset < 0 || a.offset+a.size > total {
				t.Fatal("a buffer lies outside the arena")
			}
			for _, b := range list[:i] {
				if a.first <= b.last && b.first <= a.last && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
					t.Fatalf("%+v and %+v overlap", *a, *b)
				}
			}
		}
	}
}
