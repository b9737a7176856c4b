package graph

import "testing"

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
