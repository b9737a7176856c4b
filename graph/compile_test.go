package graph

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
)

// TestOutputOfVariable: outputs are computed before the variables change, also where an output is a variable or a view of
// one.
func TestOutputOfVariable(t *testing.T) {
	b, st := New(), NewStore()
	st.Alloc("n", F32, Of(2)).F32()[0] = 1
	n := b.Var("n", F32, Of(2))
	b.Output("n", n)
	b.Output("view", b.Reshape(n, Of(2, 1)))
	b.Assign(n, b.AddScalar(n, 1))
	p, err := Compile(b, st, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		p.Run(Clock{})
		for _, name := range []string{"n", "view"} {
			if got := p.Out(name).F32()[0]; got != float32(i+1) {
				t.Errorf("run %d: output %q is %v, want %d", i, name, got, i+1)
			}
		}
		if got := st.Get("n").F32()[0]; got != float32(i+2) {
			t.Errorf("run %d leaves %v, want %d", i, got, i+2)
		}
	}
	if got := len(p.Out("n").Bytes); got != 8 {
		t.Errorf("the output has %d bytes, want 8", got)
	}
}

// TestPutReplacesPacked: a program compiled after a tensor was replaced must not use the packed form of the old one.
func TestPutReplacesPacked(t *testing.T) {
	b, st := New(), NewStore()
	b.Output("y", b.Dot(b.Input("x", F32, Of(1, 1)), b.Var("w", F32, Of(1, 1)), false, false))
	for _, w := range []float32{2, 3} {
		st.Alloc("w", F32, Of(1, 1)).F32()[0] = w
		p, err := Compile(b, st, Options{Frozen: true})
		if err != nil {
			t.Fatal(err)
		}
		p.In("x").F32()[0] = 1
		p.Run(Clock{})
		if got := p.Out("y").F32()[0]; got != w {
			t.Errorf("1*%v = %v", w, got)
		}
	}
}

// TestSharedArena: programs that run in turns may have their intermediate results in the same memory.
func TestSharedArena(t *testing.T) {
	st := NewStore()
	build := func(f func(b *Builder, x Value) Value) *Builder {
		b := New()
		b.Output("y", b.Sum(f(b, b.Input("x", F32, Of(30, 40)))))
		return b
	}
	graphs := []*Builder{build(func(b *Builder, x Value) Value { return b.Softmax(b.Permute(x, 1, 0)) }),
		build(func(b *Builder, x Value) Value { return b.PixelNorm(b.Concat(0, x, x), 0.1) })}
	size := 0
	for _, b := range graphs {
		m, err := Measure(b, st, Options{})
		if err != nil {
			t.Fatal(err)
		}
		size = max(size, m.Arena)
	}
	arena := NewArena(size)
	for _, b := range graphs {
		alone, err := Compile(b, st, Options{})
		if err != nil {
			t.Fatal(err)
		}
		shared, err := Compile(b, st, Options{Arena: arena})
		if err != nil {
			t.Fatal(err)
		}
		if &shared.arena[0] != &arena[0] {
			t.Error("the arena is not used")
		}
		kernels.Normal(shared.In("x").F32(), 1, 1, 0, 0)
		copy(alone.In("x").F32(), shared.In("x").F32())
		alone.Run(Clock{})
		shared.Run(Clock{})
		if got, want := shared.Out("y").F32()[0], alone.Out("y").F32()[0]; got != want {
			t.Errorf("%v in shared memory, %v alone", got, want)
		}
	}
	if p, err := Compile(graphs[0], st, Options{Arena: arena[:64]}); err != nil || len(p.arena) <= 64 {
		t.Errorf("an arena that is too small: %v", err)
	}
}

// TestFrozenConvolution: packed weights change no bit, and are replaced with the variable.
func TestFrozenConvolution(t *testing.T) {
	b, st := New(), NewStore()
	x, w, bias := b.Input("x", F32, Of(2, 8, 8, 3)), b.Var("w", F32, Of(4, 4, 3, 20)), b.Var("b", F32, Of(20))
	y := b.ReLU(b.Add(b.Conv(x, w, Strided(2, 1)), bias))
	b.Output("y", y)
	b.Output("z", b.Tanh(b.ConvTransposed(y, w, Strided(2, 1), 1, [2]int{})))
	st.Alloc("b", F32, Of(20)).F32()[3] = 1
	for stream := range uint32(2) {
		kernels.Normal(st.Alloc("w", F32, Of(4, 4, 3, 20)).F32(), 1, 1, stream, 0)
		var want [2][]float32
		for _, opt := range []Options{{NoFuse: true}, {}, {Frozen: true}} {
			p, err := Compile(b, st, opt)
			if err != nil {
				t.Fatal(err)
			}
			kernels.Normal(p.In("x").F32(), 1, 2, 0, 0)
			p.Run(Clock{})
			for i, name := range []string{"y", "z"} {
				got := p.Out(name).F32()
				if want[i] == nil {
					want[i] = slices.Clone(got)
				} else if !slices.Equal(got, want[i]) {
					t.Errorf("%+v: %s differs", opt, name)
				}
			}
		}
	}
}

// TestPlanCountsProducts: a plan counts two operations for each multiply-add, of integers too.
func TestPlanCountsProducts(t *testing.T) {
	const m, k, n = 3, 5, 7
	b, st := New(), NewStore()
	var in []Value
	for _, v := range []struct {
		name string
		t    Type
	}{{"w", Type{S8, Of(k, n)}}, {"bias", Type{I32, Of(n)}}, {"mult", Type{I32, Of(n)}}, {"shift", Type{U8, Of(n)}}} {
		st.Alloc(v.name, v.t.D, v.t.S)
		in = append(in, b.Var(v.name, v.t.D, v.t.S))
	}
	b.Output("y", b.QDot(b.Input("x", U8, Of(m, k)), in[0], in[1], in[2], in[3], 0, 0, 255))
	b.Output("z", b.Dot(b.Input("a", F32, Of(m, k)), b.Input("b", F32, Of(k, n)), false, false))
	p, err := Compile(b, st, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Plan().Steps {
		if s.FLOPs != 2*m*k*n {
			t.Errorf("%s: %d operations, want %d", s.Kind, s.FLOPs, 2*m*k*n)
		}
	}
}

// TestSumsOfProducts: products that are added up run into one sum, and no bit of it changes.
func TestSumsOfProducts(t *testing.T) {
	b, st := New(), NewStore()
	in := func(name string, dims ...int) Value { return b.Input(name, F32, Of(dims...)) }
	dot := func(i int) Value {
		k := []int{100, 256, 100, 100, 100, 257, 257}[i]
		return b.Dot(in(fmt.Sprint("a", i), k, 9), in(fmt.Sprint("b", i), k, 17), true, false)
	}
	sum := b.Add(b.Add(dot(0), dot(1)), dot(2))
	b.Output("sum", sum)
	b.Output("row", b.Reshape(b.MulScalar(b.Reshape(sum, Of(153)), 2), Of(1, 153)))
	b.Output("long", b.Add(dot(5), dot(6)))
	// What is read elsewhere is not overwritten.
	twice := dot(3)
	b.Output("more", b.Add(dot(4), twice))
	b.Output("twice", twice)
	pool := kernels.NewPool(2)
	defer pool.Close()
	want := map[string][]float32{}
	for _, opt := range []Options{{NoFuse: true}, {}, {Pool: pool}} {
		p, err := Compile(b, st, opt)
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range p.inputs {
			kernels.Normal(x.F32(), 1, uint64(len(name))+uint64(name[0])+100*uint64(name[1]), 0, 0)
		}
		for range 2 { // the sum begins anew in every run
			p.Run(Clock{})
		}
		for _, name := range b.OutputNames() {
			if got := p.Out(name).F32(); want[name] == nil {
				want[name] = slices.Clone(got)
			} else if !slices.Equal(got, want[name]) {
				t.Errorf("%+v: %s differs", opt, name)
			}
		}
		sums := 0
		for _, s := range p.Plan().Steps {
			if strings.HasSuffix(s.Kind, "+old") {
				sums++
			}
		}
		if wantSums := 2; opt.NoFuse && sums != 0 || !opt.NoFuse && sums != wantSums {
			t.Errorf("%+v: %d sums, want %d\n%v", opt, sums, wantSums, p.Plan())
		}
	}
}
