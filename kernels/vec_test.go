package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// unaryKernels is the table of kernels from one slice to another.
var unaryKernels = []struct {
	name  string
	get   func(v *vecKernels) func(dst, x []float32)
	exact func(x float64) float64 // nil: exact by nature
	ulp   float64                 // the documented bound
}{
	{"exp", func(v *vecKernels) func(dst, x []float32) { return v.exp }, math.Exp, 1.1},
	{"log", func(v *vecKernels) func(dst, x []float32) { return v.log }, math.Log, 1},
	{"tanh", func(v *vecKernels) func(dst, x []float32) { return v.tanh }, math.Tanh, 1.5},
	{"sigmoid", func(v *vecKernels) func(dst, x []float32) { return v.sigmoid }, func(x float64) float64 {
		if x < 0 {
			return math.Exp(x) / (1 + math.Exp(x))
		}
		return 1 / (1 + math.Exp(-x))
	}, 2.5},
	{"softplus", func(v *vecKernels) func(dst, x []float32) { return v.softplus }, func(x float64) float64 {
		return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}, 3},
	{"sqrt", func(v *vecKernels) func(dst, x []float32) { return v.sqrt }, math.Sqrt, 0.5},
	{"relu", func(v *vecKernels) func(dst, x []float32) { return v.relu }, nil, 0},
	{"neg", func(v *vecKernels) func(dst, x []float32) { return v.neg }, nil, 0},
	{"abs", func(v *vecKernels) func(dst, x []float32) { return v.abs }, nil, 0},
	{"sign", func(v *vecKernels) func(dst, x []float32) { return v.sign }, nil, 0},
	{"leakyReLU", func(v *vecKernels) func(dst, x []float32) {
		return func(dst, x []float32) { v.leakyReLU(dst, x, 0.2) }
	}, nil, 0},
	{"addScalar", func(v *vecKernels) func(dst, x []float32) {
		return func(dst, x []float32) { v.addScalar(dst, x, 0.3) }
	}, nil, 0},
	{"quotient", func(v *vecKernels) func(dst, x []float32) {
		return func(dst, x []float32) { v.quotient(dst, x, 7) }
	}, nil, 0},
	{"rstd", func(v *vecKernels) func(dst, x []float32) {
		return func(dst, x []float32) { v.rstd(dst, x, 300, 1e-5) }
	}, nil, 0},
	{"mulScalar", func(v *vecKernels) func(dst, x []float32) {
		return func(dst, x []float32) { v.mulScalar(dst, x, -1.7) }
	}, nil, 0},
}

// sizes covers every remainder of every vector width, and more than a chunk of any loop.
func sizes() []int {
	var n []int
	for i := range 70 {
		n = append(n, i)
	}
	return append(n, 255, 1000, 1<<14+37)
}

// TestUnary compares every tier with the reference on guarded, unaligned, in-place and special operands.
func TestUnary(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, k := range unaryKernels {
			ref, got := k.get(&vecGeneric), k.get(&active.Load().vec)
			for _, n := range sizes() {
				x := guard.End[float32](t, n)
				for i := range x {
					switch r.IntN(3) {
					case 0:
						x[i] = math.Float32frombits(r.Uint32())
					case 1:
						x[i] = float32(r.NormFloat64() * 10)
					case 2:
						x[i] = specials[r.IntN(len(specials))]
					}
				}
				want := make([]float32, n)
				ref(want, x)
				dst := guard.End[float32](t, n)
				got(dst, x)
				sameF32(t, fmt.Sprintf("%s n=%d", k.name, n), dst, want)
				got(x, x)
				sameF32(t, fmt.Sprintf("%s n=%d in place", k.name, n), x, want)
			}
		}
	})
}

// sweep calls f with the float32 of all bit patterns from lo to hi that are multiples of stride, a piece at a time.
func sweep(lo, hi, stride uint64, f func(x []float32)) {
	x := make([]float32, 0, 1<<16)
	for b := lo; b < hi; b += stride {
		x = append(x, math.Float32frombits(uint32(b)))
		if len(x) == cap(x) || b+stride >= hi {
			f(x)
			x = x[:0]
		}
	}
}

// TestUnarySweep walks the float32 bit patterns with a stride: tiers against the reference, and the reference against
// the exact function.
func TestUnarySweep(t *testing.T) {
	stride := uint64(1021)
	if testing.Short() {
		stride = 1 << 18
	}
	for _, k := range unaryKernels {
		worst, at := 0.0, float32(0)
		got, want := make([]float32, 1<<16), make([]float32, 1<<16)
		sweep(0, 1<<32, stride, func(x []float32) {
			got, want := got[:len(x)], want[:len(x)]
			k.get(&vecGeneric)(want, x)
			for _, tier := range tiers {
				if tier.has {
					k.get(&tier.vec)(got, x)
					sameF32(t, k.name+" on "+tier.name, got, want)
				}
			}
			if k.exact == nil {
				return
			}
			for i, v := range x {
				e := k.exact(float64(v))
				if e != e || want[i] != want[i] {
					if (e != e) != (want[i] != want[i]) {
						t.Errorf("%s(%g) = %g, want %g", k.name, v, want[i], e)
					}
				} else if u := ulps(want[i], e); u > worst {
					worst, at = u, v
				}
			}
		})
		if k.exact != nil {
			t.Logf("%s: at most %.3f ulp (at %g)", k.name, worst, at)
		}
		if worst > k.ulp {
			t.Errorf("%s: %.3f ulp at %g, documented %g", k.name, worst, at, k.ulp)
		}
	}
}

// TestUnaryExhaustive compares the tiers with the reference on every float32: minutes for each function. GANNET_EXHAUSTIVE
// is 1/1, or 3/16 for the third of 16 parts.
func TestUnaryExhaustive(t *testing.T) {
	var part, parts uint64
	if env := os.Getenv("GANNET_EXHAUSTIVE"); env == "" {
		t.Skip("GANNET_EXHAUSTIVE is not set")
	} else if _, err := fmt.Sscanf(env, "%d/%d", &part, &parts); err != nil || part < 1 || part > parts {
		t.Fatalf("GANNET_EXHAUSTIVE=%s: want a part and the number of parts, as in 3/16", env)
	}
	got, want := make([]float32, 1<<16), make([]float32, 1<<16)
	for _, k := range unaryKernels {
		t.Run(k.name, func(t *testing.T) {
			sweep((part-1)<<32/parts, part<<32/parts, 1, func(x []float32) {
				got, want := got[:len(x)], want[:len(x)]
				k.get(&vecGeneric)(want, x)
				for _, tier := range tiers {
					if tier.has && tier != &genericTier {
						k.get(&tier.vec)(got, x)
						sameF32(t, k.name+" on "+tier.name, got, want)
					}
				}
			})
		})
	}
}

// ulps is the error of got against the exact value, in units of the last place of the exact value.
func ulps(got float32, exact float64) float64 {
	if math.IsInf(float64(got), 0) || math.IsInf(exact, 0) || math.Abs(exact) > math.MaxFloat32 {
		if float64(got) == float64(float32(exact)) || math.Abs(exact) > math.MaxFloat32*(1-0x1p-23) {
			return 0
		}
		return math.Inf(1)
	}
	_, e := math.Frexp(exact)
	return math.Abs(float64(got)-exact) / math.Ldexp(1, max(e, -125)-24)
}

func TestBinary(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, k := range []struct {
			name string
			get  func(v *vecKernels) func(dst, a, b []float32)
		}{
			{"add", func(v *vecKernels) func(dst, a, b []float32) { return v.add }},
			{"sub", func(v *vecKernels) func(dst, a, b []float32) { return v.sub }},
			{"mul", func(v *vecKernels) func(dst, a, b []float32) { return v.mul }},
			{"div", func(v *vecKernels) func(dst, a, b []float32) { return v.div }},
			{"max", func(v *vecKernels) func(dst, a, b []float32) { return v.max }},
			{"min", func(v *vecKernels) func(dst, a, b []float32) { return v.min }},
			{"leakyMask", func(v *vecKernels) func(dst, a, b []float32) {
				return func(dst, a, b []float32) { v.leakyMask(dst, a, b, 0.2) }
			}},
			{"choose", func(v *vecKernels) func(dst, a, b []float32) {
				return func(dst, a, b []float32) { v.choose(dst, b, a, b) }
			}},
			{"axpy", func(v *vecKernels) func(dst, a, b []float32) {
				return func(dst, a, b []float32) { copy(dst, a); v.axpy(dst, b, 1.3) }
			}},
			{"ema", func(v *vecKernels) func(dst, a, b []float32) {
				return func(dst, a, b []float32) { copy(dst, a); v.ema(dst, b, 0.99) }
			}},
		} {
			ref, got := k.get(&vecGeneric), k.get(&active.Load().vec)
			for _, n := range sizes() {
				a, b, dst := guard.End[float32](t, n), guard.End[float32](t, n), guard.End[float32](t, n)
				fillF32(r, a, true)
				fillF32(r, b, true)
				want := make([]float32, n)
				ref(want, a, b)
				got(dst, a, b)
				sameF32(t, fmt.Sprintf("%s n=%d", k.name, n), dst, want)
				got(a, a, b)
				sameF32(t, fmt.Sprintf("%s n=%d in place", k.name, n), a, want)
			}
		}
	})
}

// TestVecAllocatesNothing: the last few elements of a slice cost no memory.
func TestVecAllocatesNothing(t *testing.T) {
	a, b, c := make([]float32, 1029), make([]float32, 1029), make([]float32, 1029)
	params := &AdamParams{}
	eachTier(t, func(t *testing.T) {
		if n := testing.AllocsPerRun(100, func() {
			Exp(a, b)
			Add(a, b, c)
			AddScalar(a, b, 1)
			Axpy(a, b, 2)
			Select(a, b, c, a)
			Uniform(a, 1, 2, 3)
			SumRows(a[:343], b, 3, 343)
			Adam(a, b, c, a, params)
		}); n >= 1 && !guard.Race {
			t.Errorf("%v allocations", n)
		}
	})
}

func TestReduce(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(8, 8))
		v := &active.Load().vec
		for _, n := range sizes() {
			x := guard.End[float32](t, n)
			fillF32(r, x, false)
			sameF32(t, fmt.Sprintf("sum n=%d", n), []float32{v.sum(x)}, []float32{sumGeneric(x)})
		}
		for _, s := range [][2]int{{1, 1}, {3, 7}, {5, 32}, {9, 33}, {255, 40}, {256, 64}, {257, 65}, {600, 97}, {0, 5}, {4, 0}, {520, 1},
			{13, 1030}, {270, 2051}} {
			x := guard.End[float32](t, s[0]*s[1])
			fillF32(r, x, false)
			got, want := guard.End[float32](t, s[1]), make([]float32, s[1])
			v.sumRows(got, x, s[0], s[1])
			sumRowsGeneric(want, x, s[0], s[1])
			sameF32(t, fmt.Sprintf("sumRows %v", s), got, want)
		}
		for _, s := range [][3]int{{1, 5, 240}, {3, 1, 9}, {2, 5, 7}, {2, 2, 8}, {1, 3, 33}} {
			n := s[0] * s[1] * s[2]
			x, val := guard.End[float32](t, n), guard.End[float32](t, n)
			for i := range x {
				x[i] = float32(r.IntN(4)) // ties
			}
			fillF32(r, val, true)
			got, want := guard.End[float32](t, s[0]*s[2]), make([]float32, s[0]*s[2])
			PickMax(got, val, x, s[0], s[1], s[2])
			for o := range s[0] {
				pickMaxGeneric(want[o*s[2]:][:s[2]], val[o*s[1]*s[2]:], x[o*s[1]*s[2]:], s[1], s[2])
			}
			sameF32(t, fmt.Sprintf("pickMax %v", s), got, want)
			put, wantPut := guard.End[float32](t, n), make([]float32, n)
			PutMax(put, got, x, s[0], s[1], s[2])
			for o := range s[0] {
				putMaxGeneric(wantPut[o*s[1]*s[2]:][:s[1]*s[2]], got[o*s[2]:][:s[2]], x[o*s[1]*s[2]:], s[1], s[2])
			}
			sameF32(t, fmt.Sprintf("putMax %v", s), put, wantPut)
		}
	})
}

func TestOptimizers(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 8))
		v := &active.Load().vec
		for _, n := range sizes() {
			state := make([][]float32, 4)
			for i := range state {
				state[i] = guard.End[float32](t, n)
				fillF32(r, state[i], false)
			}
			for i := range state[2] {
				state[2][i] = float32(math.Abs(float64(state[2][i])))
			}
			ref := make([][]float32, 4)
			for i := range ref {
				ref[i] = slices.Clone(state[i])
			}
			a := &AdamParams{Step: 1e-3, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8, RSqrtBias2: 3}
			v.adam(state[0], state[1], state[2], state[3], a)
			adamGeneric(ref[0], ref[1], ref[2], ref[3], a)
			v.sgdMomentum(state[0], state[1], state[3], 0.1, 0.7)
			sgdMomentumGeneric(ref[0], ref[1], ref[3], 0.1, 0.7)
			AdamW(state[0], state[1], state[2], state[3], a, 0.999)
			for i := range ref[0] {
				ref[0][i] = float32(0.999 * ref[0][i])
			}
			adamGeneric(ref[0], ref[1], ref[2], ref[3], a)
			RMSProp(state[0], state[2], state[3], 1e-3, 0.9, 1e-8)
			rmsPropGeneric(ref[0], ref[2], ref[3], 1e-3, 0.9, 1e-8)
			Clip(state[0], 0.5)
			clipGeneric(ref[0], 0.5)
			for i := range ref {
				sameF32(t, fmt.Sprintf("n=%d operand %d", n, i), state[i], ref[i])
			}
		}
	})
}

// TestRMSProp checks two steps against numbers that PyTorch's RMSprop(lr=0.1, alpha=0.9, eps=0.01) makes of the same
// gradients, and what Clip leaves of the edges.
func TestRMSProp(t *testing.T) {
	p, v := []float32{1, -2}, []float32{0, 0}
	RMSProp(p, v, []float32{0.5, -3}, 0.1, 0.9, 0.01)
	RMSProp(p, v, []float32{-1, 0.25}, 0.1, 0.9, 0.01)
	for i, want := range []float64{0.98036034, -1.71443910} {
		if math.Abs(float64(p[i])-want) > 1e-6 {
			t.Errorf("after two steps %v, want %v", p[i], want)
		}
	}
	x := []float32{-2, -0.5, 0, 0.5, inf32, nan32}
	Clip(x, 0.5)
	sameF32(t, "clip", x, []float32{-0.5, -0.5, 0, 0.5, 0.5, nan32})
}

func TestAllFinite(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, n := range sizes()[1:] {
			x := guard.End[float32](t, n)
			for i := range x {
				x[i] = math.MaxFloat32
			}
			if !AllFinite(x) {
				t.Fatalf("%d finite numbers are said not to be", n)
			}
			for _, v := range []float32{nan32, inf32, -inf32, -nan32} {
				for _, i := range []int{0, n / 2, n - 1} {
					x[i] = v
					if AllFinite(x) {
						t.Fatalf("%g at %d of %d is not found", v, i, n)
					}
					x[i] = -1
				}
			}
		}
		if !AllFinite(nil) {
			t.Error("nothing is not finite")
		}
	})
}

func TestBytes(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(10, 8))
		for _, n := range sizes() {
			src := guard.End[uint8](t, n)
			for i := range src {
				src[i] = uint8(i * 37)
			}
			got, want := guard.End[float32](t, n), make([]float32, n)
			FromU8(got, src, 1.0/255)
			fromU8Generic(want, src, 1.0/255)
			sameF32(t, "fromU8", got, want)
			wide := guard.End[int16](t, n)
			for i := range wide {
				wide[i] = int16(r.Uint32())
			}
			FromI16(got, wide, 1.0/4096)
			fromI16Generic(want, wide, 1.0/4096)
			sameF32(t, "fromI16", got, want)
			FromU8(got, src, 1.0/255)
			back := guard.End[uint8](t, n)
			ToU8(back, got, 255, 0)
			if !slices.Equal(back, src) {
				t.Fatalf("ToU8(FromU8(x)) is not x for n = %d", n)
			}
			fillF32(r, got, true)
			ToU8(back, got, 100, 127.5)
			ref := make([]uint8, n)
			toU8Generic(ref, got, 100, 127.5)
			if !slices.Equal(back, ref) {
				t.Fatalf("ToU8 differs from the reference for n = %d", n)
			}
			table := [256]uint8{}
			for i := range table {
				table[i] = uint8(r.Uint32())
			}
			Lookup(back, src, &table)
			lookupGeneric(ref, src, &table)
			if !slices.Equal(back, ref) {
				t.Fatalf("Lookup differs from the reference for n = %d", n)
			}
		}
	})
	got := make([]uint8, 8)
	ToU8(got, []float32{0.5, 1.5, 2.5, -3, 300, nan32, inf32, -inf32}, 1, 0)
	if want := []uint8{0, 2, 2, 0, 255, 0, 255, 0}; !slices.Equal(got, want) {
		t.Errorf("ToU8 = %v, want %v", got, want)
	}
}
