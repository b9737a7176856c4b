package graph

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/kernels"
)

// TestThreads: operations on shapes that threads divide have the same bits on one thread and on two, in every part of a
// batch as alone, and allocate nothing.
func TestThreads(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := kernels.NewPool(2)
	defer pool.Close()
	b, st := New(), NewStore()
	x := b.Input("x", F32, Of(3, 20, 20, 40))
	w := b.Var("w", F32, Of(3, 3, 40, 24))
	c := b.Var("c", F32, Of(40))
	st.Alloc("w", F32, Of(3, 3, 40, 24))
	kernels.Normal(st.Get("w").F32(), 0.1, 1, 0, 0)
	kernels.Normal(st.Alloc("c", F32, Of(40)).F32(), 1, 1, 1, 0)
	index := b.Input("index", U8, Of(3, 20, 20))
	two := kernels.Window{Size: 2, Stride: 2}
	bn, mean, variance := b.BatchNorm(x, c, c, 1e-5)
	for i, v := range []Value{b.Sum(x, 0, 1, 2), b.Sum(x, 1, 2), b.Sum(x, 3), b.Sum(x, 0), b.Sum(x), b.Permute(x, 3, 1, 0, 2),
		b.Permute(x, 2, 0, 1, 3), b.Slice(x, 3, 7, 30), b.Pad(x, 2, 3, 4), b.Concat(3, x, b.Neg(x)), b.Conv(x, w, Strided(2, 1)),
		b.MaxPool(x, two, two), b.add(OpPickPool, Attr{I: windows(kernels.MaxPool, two, two)}, b.Neg(x), x),
		b.SmoothDown(x, kernels.EdgeZero), bn, mean, variance, b.InstanceNorm(x, c, 0, 1e-5), b.LayerNorm(x, 1, 1e-5),
		b.PixelNorm(x, 1e-8), b.Softmax(x), b.LogSumExp(x), b.Gather(b.Reshape(c, Of(8, 5)), index),
		b.add(OpScatter, Attr{I: [maxInts]int32{200}}, x, index)} {
		b.Output(fmt.Sprint(b.Node(v).Op, i), v)
		if i%2 == 0 {
			loss := b.Sum(b.Square(v))
			for k, g := range b.Grad(loss, x, c) {
				b.Output(fmt.Sprintf("gradient %d of %v%d", k, b.Node(v).Op, i), g)
			}
		}
	}
	var want [][]float32
	for _, opt := range []Options{{}, {NoFuse: true}, {Pool: pool}} {
		p, err := Compile(b, st, opt)
		if err != nil {
			t.Fatal(err)
		}
		kernels.Normal(p.In("x").F32(), 1, 3, 0, 0)
		for i := range p.In("index").U8() {
			p.In("index").U8()[i] = uint8(i * i)
		}
		p.Run(Clock{})
		for i, name := range b.OutputNames() {
			got := p.Out(name).F32()
			if len(want) <= i {
				want = append(want, slices.Clone(got))
			} else if !slices.Equal(got, want[i]) {
				t.Errorf("%+v: %s differs", opt, name)
			}
		}
		if n := testing.AllocsPerRun(3, func() { p.Run(Clock{}) }); n != 0 && !guard.Race {
			t.Errorf("%+v: a run allocates %v times", opt, n)
		}
	}
}
