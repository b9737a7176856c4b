package kernels

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bigFMA is a*b+c rounded once to float32, by arbitrary precision arithmetic.
func bigFMA(a, b, c float32) float32 {
	x := new(big.Float).SetPrec(2000).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetPrec(2000).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetPrec(2000).SetFloat64(float64(c)))
	f, _ := x.Float32()
	return f
}

func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() float32 {
		for {
			var f float32
			switch r.IntN(4) {
			case 0:
				f = math.Float32frombits(r.Uint32())
			case 1:
				f = float32(r.NormFloat64())
			case 2: // few significant bits: sums that fall on midpoints
				f = float32(math.Ldexp(float64(1+2*r.IntN(8)), r.IntN(60)-30))
			case 3: // small: subnormal products
				f = math.Float32frombits(r.Uint32() & 0x9fffffff)
			}
			if x := float64(f); !math.IsNaN(x) && !math.IsInf(x, 0) {
				return f
			}
		}
	}
	n := 300_000
	if testing.Short() {
		n = 30_000
	}
	for range n {
		a, b, c := draw(), draw(), draw()
		if r.IntN(3) == 0 { // c near half an ulp of a*b, or a*b near half an ulp of c
			c = float32(math.Ldexp(float64(a)*float64(b), -24-r.IntN(2)))
		}
		got, want := fma32(a, b, c), bigFMA(a, b, c)
		if got != want {
			t.Fatalf("fma32(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range [][4]float32{{inf, 1, -inf, nan}, {inf, 0, 1, nan}, {inf, 1, 1, inf}, {nan, 1, 1, nan},
		{math.MaxFloat32, 2, 0, inf}, {math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32}} {
		if got := fma32(c[0], c[1], c[2]); got != c[3] && !(got != got && c[3] != c[3]) {
			t.Errorf("fma32(%v, %v, %v) = %v, want %v", c[0], c[1], c[2], got, c[3])
		}
	}
	if z := fma32(-1, 0, float32(math.Copysign(0, -1))); math.Float32bits(z) != 1<<31 {
		t.Errorf("fma32(-1, 0, -0) = %v, want -0", z)
	}
}
