package graph

import (
	"math"
	"testing"
)

// TestFakeQuantize compares with rounding and clamping in float64, and the gradient with that of a clamp: it is 1 within, 0
// beyond.
func TestFakeQuantize(t *testing.T) {
	const scale, lo, hi = 0.37, -3, 4
	x := []float32{0, 0.1, -0.1, 0.185, -0.185, 0.186, 0.555, 0.9, -1, -1.11, -1.2, 1.48, 1.5, 7, -1e9, 1e30}
	b := New()
	in := b.Input("x", F32, Of(len(x)))
	y := b.FakeQuantize(in, b.Scalar(scale), b.Scalar(lo), b.Scalar(hi))
	b.Output("y", y)
	b.Output("dx", b.Grad(b.Sum(y), in)[0])
	b.Output("round", b.Round(b.MulScalar(in, 0.5)))
	p, err := Compile(b, NewStore(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	copy(p.In("x").F32(), x)
	p.Run(Clock{})
	for i, v := range x {
		q := float64(v / float32(scale))
		want := float32(float32(scale) * float32(math.RoundToEven(max(lo, min(q, hi)))))
		if got := p.Out("y").F32()[i]; got != want {
			t.Errorf("%v becomes %v, want %v", v, got, want)
		}
		inside := float32(0)
		if q > lo && q < hi {
			inside = 1
		}
		if got := p.Out("dx").F32()[i]; math.Abs(float64(got-inside)) > 1e-6 {
			t.Errorf("the gradient at %v is %v, want %v", v, got, inside)
		}
	}
	// Round alone: ties to even, up to 2^22.
	for i, v := range []float32{0.5, 1.5, -0.5, -2.5, 1 << 21, 4194303.5, -4194303.5, 0x1p-140} {
		p.In("x").F32()[i] = 2 * v
	}
	p.Run(Clock{})
	for i, want := range []float32{0, 2, 0, -2, 1 << 21, 4194304, -4194304, 0} {
		if got := p.Out("round").F32()[i]; got != want {
			t.Errorf("%v is rounded to %v, want %v", p.In("x").F32()[i]/2, got, want)
		}
	}
}

func TestLargest(t *testing.T) {
	for _, n := range []int{1, 2, 3, 31, 64, 96, 1024, 1536, 5000, 1 << 15} {
		for _, at := range []int{0, n / 2, n - 1} {
			b := New()
			x := b.Input("x", F32, Of(n))
			b.Output("y", b.Largest(b.Reshape(x, Of(1, n))))
			p, err := Compile(b, NewStore(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range p.In("x").F32() {
				p.In("x").F32()[i] = -float32(2 + i%7)
			}
			p.In("x").F32()[at] = -1
			p.Run(Clock{})
			if got := p.Out("y").F32()[0]; got != -1 {
				t.Errorf("the largest of %d is %v, want -1", n, got)
			}
		}
	}
}
