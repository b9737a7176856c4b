package graph

import (
	"fmt"
	"testing"
)

// TestMeasure: the arena that is announced is the one that is made, for products, convolutions, chains and constants.
func TestMeasure(t *testing.T) {
	b, st := New(), NewStore()
	z := b.FromI16(b.Input("z", I16, Of(4, 16)), 1.0/4096)
	st.Alloc("w", F32, Of(16, 4*4*8))
	st.Alloc("k", F32, Of(4, 4, 3, 8))
	st.Alloc("q", F32, Of(4*4*8))
	x := b.Tanh(b.Dot(z, b.Var("w", F32, Of(16, 4*4*8)), false, false))
	x = b.Mul(b.AddScalar(x, 1), b.Var("q", F32, Of(4*4*8)))
	y := b.ConvTransposed(b.Reshape(x, Of(4, 4, 4, 8)), b.Var("k", F32, Of(4, 4, 3, 8)), Strided(2, 1), 1, [2]int{})
	b.Output("image", b.ToU8(y, 100, 50))
	m, err := Measure(b, st, Options{Frozen: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(b, st, Options{Frozen: true})
	if err != nil {
		t.Fatal(err)
	}
	plan := p.Plan()
	if m.Arena != plan.Arena+4*16*2 || m.Weights != plan.Weights || m.Weights != 4*(16*128+4*4*3*8+128) {
		t.Errorf("%+v, the plan has an arena of %d and weights of %d", m, plan.Arena, plan.Weights)
	}
	if m.Packed < 4*(16*128+4*4*3*8) || m.Packed > 8*(16*128+4*4*3*8) || m.Scratch <= 0 {
		t.Errorf("packed copies %d, scratch %d", m.Packed, m.Scratch)
	}
	z = b.Input("y", I16, Of(Batch, 16))
	b.Output("z", z)
	if _, err := Measure(b, st, Options{}); err == nil {
		t.Error("a symbolic batch was measured")
	}
}

// TestMeasureShared: weights that layers share are counted as often as they are packed.
func TestMeasureShared(t *testing.T) {
	packed := func(layers int, integer bool) int {
		b, st := New(), NewStore()
		v := func(name string, d DType, dims ...int) Value {
			return b.Var(name, d, st.Alloc(name, d, Of(dims...)).Shape)
		}
		x, w := b.Input("x", F32, Of(1, 8, 8, 4)), v("w", F32, 3, 3, 4, 8)
		if integer {
			x, w = b.Input("x8", U8, Of(1, 8, 8, 4)), v("w8", S8, 3, 3, 4, 8)
		}
		for i := range layers {
			g := Geometry{Pad: [2]int{1, 1}, Stride: [2]int{1 + i, 1}, Dilation: [2]int{1, 1}}
			y := Value(0)
			if !integer {
				y = b.Conv(x, w, g)
			} else {
				name := fmt.Sprint("layer", i)
				y = b.QConv(Node{Op: OpConvOut, Attr: g.attr(Of(1, 8/(1+i), 8, 8))}, x, w, v(name+"b", I32, 8), v(name+"m", I32, 8),
					v(name+"s", U8, 8), [2]uint8{3, 4}, 0, 255)
			}
			b.Output(fmt.Sprint(i), y)
		}
		m, err := Measure(b, st, Options{Frozen: true})
		if err != nil {
			t.Fatal(err)
		}
		return m.Packed
	}
	for _, integer := range []bool{false, true} {
		if one, two := packed(1, integer), packed(2, integer); 2*two < 3*one {
			t.Errorf("integers %v: one layer takes %d bytes, two of the same weights %d", integer, one, two)
		}
	}
}
