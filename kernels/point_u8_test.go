package kernels

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// bigPoint is the arithmetic of a PointU8 with big integers.
func bigPoint(p PointU8, bias int32, products ...int64) uint8 {
	sum := big.NewInt(int64(bias))
	for _, v := range products {
		sum.Add(sum, big.NewInt(v))
	}
	sum.Rsh(sum, uint(p.Shift))
	return uint8(max(int64(p.Lo), min(sum.Int64(), int64(p.Hi))))
}

// pointCases are multipliers and biases at their limits and between.
func pointCases(r *rand.Rand) (m int16, b int32, p PointU8) {
	m = []int16{0, 1, -1, math.MaxInt16, math.MinInt16, int16(r.Uint32())}[r.IntN(6)]
	b = []int32{0, MaxPointBias, -MaxPointBias, int32(r.Int64N(2*MaxPointBias+1) - MaxPointBias), r.Int32N(1 << 20)}[r.IntN(5)]
	p = PointU8{Shift: uint8(1 + r.IntN(MaxPointShift)), Hi: 255}
	if r.IntN(2) == 0 {
		p.Lo, p.Hi = uint8(r.IntN(100)), uint8(100+r.IntN(156))
	}
	return m, b, p
}

func TestAddU8(t *testing.T) {
	eachTier(t, testAddU8)
}

func testAddU8(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 140 {
		mx, bias, p := pointCases(r)
		my, _, _ := pointCases(r)
		dst, x, y := guard.End[uint8](t, n), guard.End[uint8](t, n), guard.End[uint8](t, n)
		for i := range x {
			x[i], y[i] = edgeByte(r), edgeByte(r)
		}
		AddU8(dst, x, y, mx, my, bias, p)
		for i, v := range dst {
			if want := bigPoint(p, bias, int64(x[i])*int64(mx), int64(y[i])*int64(my)); v != want {
				t.Fatalf("%d*%d + %d*%d + %d by %+v: %d, want %d", x[i], mx, y[i], my, bias, p, v, want)
			}
		}
	}
}

func edgeByte(r *rand.Rand) uint8 { return []uint8{0, 255, uint8(r.Uint32())}[r.IntN(3)] }

func TestScaleU8(t *testing.T) {
	eachTier(t, testScaleU8)
}

func testScaleU8(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 140 {
		_, _, p := pointCases(r)
		period, at := 1+r.IntN(100), r.IntN(100)
		mult, bias := guard.End[int16](t, period), guard.End[int32](t, period)
		for i := range mult {
			mult[i], bias[i], _ = pointCases(r)
		}
		dst, x := guard.End[uint8](t, n), guard.End[uint8](t, n)
		for i := range x {
			x[i] = edgeByte(r)
		}
		ScaleU8(dst, x, at, mult, bias, p)
		for i, v := range dst {
			j := (at + i) % period
			if want := bigPoint(p, bias[j], int64(x[i])*int64(mult[j])); v != want {
				t.Fatalf("element %d: %d*%d + %d by %+v: %d, want %d", i, x[i], mult[j], bias[j], p, v, want)
			}
		}
	}
}

func TestPickMaxU8(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		outer, pieces, inner := r.IntN(4), 1+r.IntN(5), 1+r.IntN(9)
		v, x := guard.End[uint8](t, outer*pieces*inner), guard.End[uint8](t, outer*pieces*inner)
		for i := range x {
			v[i], x[i] = uint8(r.Uint32()), uint8(r.IntN(4))
		}
		dst := guard.End[uint8](t, outer*inner)
		PickMaxU8(dst, v, x, outer, pieces, inner)
		f := func(b []uint8) []float32 {
			y := make([]float32, len(b))
			FromU8(y, b, 1)
			return y
		}
		want := make([]float32, outer*inner)
		PickMax(want, f(v), f(x), outer, pieces, inner)
		for i, d := range dst {
			if float32(d) != want[i] {
				t.Fatalf("%d x %d x %d: element %d is %d, want %v", outer, pieces, inner, i, d, want[i])
			}
		}
	}
}

// TestResampleU8 checks ForwardU8 against its reference, and the reference against exact rationals: floats of numbers that
// are whole, by the reference of floats.
func TestResampleU8(t *testing.T) {
	eachTier(t, testResampleU8)
}

func testResampleU8(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pool := NewPool(2)
	defer pool.Close()
	for kind, factors := range map[ResampleKind][]int{NearestUp: {1, 2, 3}, NearestDown: {1, 2, 3}, PixelShuffle: {1, 2, 3},
		PixelUnshuffle: {1, 2, 3}, SmoothUp: {0, 1}, SmoothDown: {0, 1}} {
		for _, f := range factors {
			for range 12 {
				res := Resample{Kind: kind, N: 1 + r.IntN(3), H: 1 + r.IntN(5), W: 1 + r.IntN(5), C: []int{1 + r.IntN(20), 16, 48}[r.IntN(3)], Factor: f,
					Edge: Edge(f)}
				switch kind {
				case NearestDown, PixelUnshuffle:
					res.H, res.W = res.H*f, res.W*f
				case SmoothDown:
					res.H, res.W = 2*res.H, 2*res.W
				case PixelShuffle:
					res.C *= f * f
				}
				h, w, c := res.Out()
				x, y := guard.End[uint8](t, res.N*res.H*res.W*res.C), guard.End[uint8](t, res.N*h*w*c)
				zero := edgeByte(r)
				floats := make([]float32, len(x))
				for i := range x {
					x[i] = edgeByte(r)
					floats[i] = float32(x[i]) - float32(zero)
				}
				want, sum := make([]uint8, len(y)), make([]float32, len(y))
				res.ForwardU8Reference(want, x, zero)
				res.ForwardReference(sum, floats)
				for i, v := range want {
					if exact := math.Floor(float64(sum[i]) + float64(zero) + 0.5); float64(v) != exact {
						t.Fatalf("%+v: element %d of the reference is %d, want %v", res, i, v, exact)
					}
				}
				for _, p := range []*Pool{nil, pool} {
					clear(y)
					if res.ForwardU8(p, y, x, zero); !bytes.Equal(y, want) {
						t.Fatalf("%+v: not what the reference computes", res)
					}
				}
			}
		}
	}
}
