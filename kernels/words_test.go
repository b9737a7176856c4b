package kernels

import (
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

func edgeWord(r *rand.Rand) int16 {
	return []int16{0, -1, math.MaxInt16, math.MinInt16, int16(r.Uint32())}[r.IntN(5)]
}

func randomEnd(r *rand.Rand) WordEnd {
	e := WordEnd{Lo: math.MinInt16, Hi: math.MaxInt16}
	switch r.IntN(3) {
	case 0:
		e.Lo, e.Hi = int16(-r.IntN(20000)), int16(r.IntN(20000))
	case 1:
		e.Slope = []int16{1, 6554, 16384, math.MaxInt16}[r.IntN(4)]
	}
	return e
}

// bigWord is what becomes of a sum, in big integers.
func bigWord(e WordEnd, sum int64, mult int32, shift uint8) int16 {
	y := new(big.Int).Mul(big.NewInt(sum), big.NewInt(int64(mult)))
	y.Add(y, new(big.Int).Lsh(big.NewInt(1), uint(shift-1)))
	y.Rsh(y, uint(shift))
	v := max(int64(e.Lo), min(y.Int64(), int64(e.Hi)))
	if e.Slope > 0 && v < 0 {
		y := new(big.Int).Mul(big.NewInt(v), big.NewInt(int64(e.Slope)))
		v = y.Rsh(y.Add(y, big.NewInt(1<<14)), 15).Int64()
	}
	return int16(v)
}

// wordsOf makes a layer of words of one of bytes: words as the source, as the result or as both, with weights that are small
// enough.
func wordsOf(t testing.TB, r *rand.Rand, l *ConvU8Layer, c *ConvU8) {
	in, out := l.Sizes(c.N)
	if l.Wide = r.IntN(4) > 0; l.Wide {
		c.In, c.In16 = nil, guard.End[int16](t, in)
		for i := range c.In16 {
			c.In16[i] = edgeWord(r)
		}
		if r.IntN(2) == 0 {
			l.Most = 20000
			for i, v := range c.In16 {
				c.In16[i] = max(-20000, min(v, 20000))
			}
		}
	}
	for j := range l.Bias {
		l.Bias[j] >>= 4
	}
	for slices.ContainsFunc(l.Bounds(), func(b int64) bool { return b > math.MaxInt32 }) {
		for i := range l.Weights {
			l.Weights[i] /= 2
		}
	}
	l.Table, l.Words = nil, randomEnd(r)
	if c.Out, c.Out16, c.Out32 = nil, guard.End[int16](t, out), nil; r.IntN(4) == 0 {
		c.Out16, c.Out32 = nil, guard.End[int32](t, out)
	}
}

// TestConvWords checks layers of words on every tier against the reference, and that against big integers.
func TestConvWords(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	defer func(n float64) { smallConvU8 = n }(smallConvU8)
	smallConvU8 = 0
	shapes := append(convU8Shapes(), square(1, 1, 300, 70, 1, 1, 0), square(40, 1, 10, 3100, 1, 1, 0), square(3, 16, 24, 24, 3, 1, 1))
	if testing.Short() {
		shapes = append(shapes[:9:9], shapes[len(shapes)-3:]...)
	}
	r := rand.New(rand.NewPCG(9, 13))
	for _, s := range shapes {
		for role := range ConvDW {
			l, c := randomConvU8(t, r, s, role)
			wordsOf(t, r, l, c)
			c.Packed = PackConvU8(*l)
			bounds := l.Bounds()
			ref := *c
			ConvU8Reference(&ref)
			for i, sum := range naiveConvU8(l, c) {
				ch := i % l.Channels()
				if max(sum, -sum) > bounds[ch] {
					t.Fatalf("%+v role %d: a sum of %d, and its bound is %d", s, role, sum, bounds[ch])
				}
				if c.Out32 != nil && int64(c.Out32[i]) != sum {
					t.Fatalf("%+v role %d: sum %d is %d, want %d", s, role, i, c.Out32[i], sum)
				}
				if c.Out32 == nil && c.Out16[i] != bigWord(l.Words, sum, l.Mult[ch], l.Shift[ch]) {
					t.Fatalf("%+v role %d: element %d is %d, of a sum of %d", s, role, i, c.Out16[i], sum)
				}
			}
			checkConvU8(t, c, nil, pool)
		}
	}
}

// TestConvWordsLongest: the largest sums that a Wide layer may have do not overflow in any form, and a larger one is refused.
func TestConvWordsLongest(t *testing.T) {
	for _, k := range []int{511, 512} { // of weights -128, and the bound is 2^31 - 1
		for _, s := range []ConvShape{square(3, 1, k, 20, 1, 1, 0), square(1, 2, k, 20, 3, 1, 1)} {
			_, weights, _ := s.Sizes()
			l := ConvU8Layer{ConvShape: s, Role: ConvOut, Wide: true, Weights: make([]int8, weights), Bias: make([]int32, 20)}
			for i := range k * 20 { // the first tap
				l.Weights[i] = -128
			}
			if k == 512 {
				mustPanic(t, "sums of 2^31", func() { PackConvU8(l) })
				l.Most = 32767
			}
			for i := range l.Bias {
				l.Bias[i] = math.MaxInt32 - int32(l.Bounds()[i])
			}
			in, out := l.Sizes(s.N)
			c := &ConvU8{N: s.N, Packed: PackConvU8(l), In16: make([]int16, in), Out32: make([]int32, out)}
			for i := range c.In16 {
				c.In16[i] = int16(-max(1, l.Most))
			}
			if l.Most == 0 {
				for i := range c.In16 {
					c.In16[i] = math.MinInt16
				}
			}
			checkConvU8(t, c, nil)
			if got := slices.Max(c.Out32); got != math.MaxInt32 {
				t.Errorf("K %d: the largest sum is %d", k, got)
			}
		}
	}
	l := ConvU8Layer{ConvShape: square(1, 1, 1, 1, 1, 1, 0), Wide: true, Most: 32769, Weights: make([]int8, 1)}
	mustPanic(t, "Most", func() { PackConvU8(l) })
}

func TestConvWordsAllocatesOnce(t *testing.T) {
	if guard.Race {
		t.Skip("allocations cannot be counted under the race detector")
	}
	pool := NewPool(2)
	defer pool.Close()
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range []ConvShape{square(2, 12, 5, 50, 4, 2, 1), square(20, 4, 9, 5, 4, 1, 0), square(2, 9, 4, 8, 1, 1, 0)} {
		l, c := randomConvU8(t, r, s, ConvDX)
		for !l.Wide {
			wordsOf(t, r, l, c)
		}
		c.Packed = PackConvU8(*l)
		eachTier(t, func(t *testing.T) {
			if n := testing.AllocsPerRun(5, func() { c.Run(pool) }); n != 0 {
				t.Errorf("%+v: a repeated Run allocates %v times", s, n)
			}
		})
	}
}

// bigPointI16 is the arithmetic of a PointI16 with big integers.
func bigPointI16(p PointI16, bias int32, products ...int64) int16 {
	sum := big.NewInt(int64(bias))
	for _, v := range products {
		sum.Add(sum, big.NewInt(v))
	}
	sum.Rsh(sum, uint(p.Shift))
	return int16(max(int64(p.Lo), min(sum.Int64(), int64(p.Hi))))
}

// wordCases are multipliers and biases at their limits and between.
func wordCases(r *rand.Rand) (m int16, b int32, p PointI16) {
	m = []int16{0, 1, -1, MaxWordFactor, -MaxWordFactor, int16(r.IntN(2*MaxWordFactor+1) - MaxWordFactor)}[r.IntN(6)]
	b = []int32{0, MaxWordBias, -MaxWordBias, int32(r.Int64N(2*MaxWordBias+1) - MaxWordBias), r.Int32N(1 << 20)}[r.IntN(5)]
	p = PointI16{Shift: uint8(1 + r.IntN(MaxWordShift)), Lo: math.MinInt16, Hi: math.MaxInt16}
	if r.IntN(2) == 0 {
		p.Lo, p.Hi = int16(-r.IntN(30000)), int16(r.IntN(30000))
	}
	return m, b, p
}

// TestWords checks what is done to words one by one on every tier against big integers.
func TestWords(t *testing.T) {
	eachTier(t, testWords)
}

func testWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 100 {
		mx, bias, p := wordCases(r)
		my, _, _ := wordCases(r)
		dst, x, y := guard.End[int16](t, n), guard.End[int16](t, n), guard.End[int16](t, n)
		bytes, floats := guard.End[uint8](t, n), guard.End[float32](t, n)
		for i := range x {
			x[i], y[i], bytes[i] = edgeWord(r), edgeWord(r), edgeByte(r)
			floats[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 32766.5, 0.5, -1.5, 1e-40,
				float32(r.NormFloat64() * 1e4)}[r.IntN(8)]
		}
		AddI16(dst, x, y, mx, my, bias, p)
		for i, v := range dst {
			if want := bigPointI16(p, bias, int64(x[i])*int64(mx), int64(y[i])*int64(my)); v != want {
				t.Fatalf("%d*%d + %d*%d + %d by %+v: %d, want %d", x[i], mx, y[i], my, bias, p, v, want)
			}
		}
		period, at := 1+r.IntN(100), r.IntN(100)
		mult, biases := guard.End[int16](t, period), guard.End[int32](t, period)
		for i := range mult {
			_, biases[i], _ = wordCases(r)
			mult[i] = edgeWord(r)
		}
		ScaleI16(dst, x, at, mult, biases, p)
		for i, v := range dst {
			j := (at + i) % period
			if want := bigPointI16(p, biases[j], int64(x[i])*int64(mult[j])); v != want {
				t.Fatalf("element %d: %d*%d + %d by %+v: %d, want %d", i, x[i], mult[j], biases[j], p, v, want)
			}
		}
		table := new(WordTable)
		for i := range table {
			table[i] = edgeWord(r)
		}
		LookupI16(dst, x, table)
		pixels := guard.End[uint8](t, n)
		PixelsI16(pixels, x, table)
		for i, v := range dst {
			// A straight line between two entries, as a fraction of 256.
			h, f := (int(x[i])+1<<15)/256, int64(int(x[i])+1<<15)%256
			exact := big.NewRat(int64(table[h])*(256-f)+int64(table[h+1])*f, 256)
			if want := halfUp(exact); int64(v) != want {
				t.Fatalf("the table at %d: %d, want %d", x[i], v, want)
			}
			if want := max(0, min(halfUp(exact.Mul(exact, big.NewRat(1, 128))), 255)); int64(pixels[i]) != want {
				t.Fatalf("the pixel at %d: %d, want %d", x[i], pixels[i], want)
			}
		}
		zero := edgeByte(r)
		WidenU8(dst, bytes, zero)
		for i, v := range dst {
			if want := (int(bytes[i]) - int(zero)) * 128; int(v) != want {
				t.Fatalf("byte %d with zero point %d is the word %d, want %d", bytes[i], zero, v, want)
			}
		}
		ToI16(dst, floats, 0.75)
		for i, v := range dst {
			want := math.RoundToEven(max(-32767, min(float64(float32(floats[i]*0.75)), 32767)))
			if floats[i] != floats[i] {
				want = -32767
			}
			if float64(v) != want {
				t.Fatalf("%v * 0.75 is the word %d, want %v", floats[i], v, want)
			}
		}
	}
}

// halfUp rounds to the nearest integer, halves up.
func halfUp(x *big.Rat) int64 {
	y := new(big.Rat).Add(x, big.NewRat(1, 2))
	return new(big.Int).Div(y.Num(), y.Denom()).Int64() // of Euclid, which is the floor here
}

// TestRequantI16 checks every width of the kernel against the reference.
func TestRequantI16(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 1))
		for n := 1; n < 100; n++ {
			rows, lda, ldd := 1+r.IntN(9), roundUp(n, 16), n+r.IntN(3)
			acc, mult, shift := guard.End[int32](t, rows*lda), make([]int32, lda), make([]uint8, lda)
			for i := range acc {
				acc[i] = []int32{0, math.MaxInt32, math.MinInt32, int32(r.Uint32()), int32(r.Uint32()) >> 12}[r.IntN(5)]
			}
			for i := range mult {
				mult[i], shift[i] = int32(1<<30+r.IntN(1<<30)), uint8(MinShift+r.IntN(MaxShift-MinShift+1))
			}
			end := randomEnd(r)
			got, want := guard.End[int16](t, (rows-1)*ldd+n), make([]int16, (rows-1)*ldd+n)
			active.Load().words.requant(got, ldd, acc, lda, rows, n, mult, shift, end)
			requantI16Generic(want, ldd, acc, lda, rows, n, mult, shift, end)
			if !slices.Equal(got, want) {
				t.Fatalf("%d rows of %d, %+v: %v, want %v", rows, n, end, got, want)
			}
		}
	})
}

// TestResampleI16 checks ForwardI16 against its reference, and the reference against exact rationals, which floats of words are.
func TestResampleI16(t *testing.T) {
	eachTier(t, testResampleI16)
}

func testResampleI16(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pool := NewPool(2)
	defer pool.Close()
	for kind, factors := range map[ResampleKind][]int{NearestUp: {1, 2, 3}, NearestDown: {1, 2, 3}, PixelShuffle: {1, 2, 3},
		PixelUnshuffle: {1, 2, 3}, SmoothUp: {0, 1}} {
		for _, f := range factors {
			for range 12 {
				res := Resample{Kind: kind, N: 1 + r.IntN(3), H: 1 + r.IntN(5), W: 1 + r.IntN(5), C: []int{1 + r.IntN(20), 16, 48}[r.IntN(3)],
					Factor: f, Edge: Edge(f)}
				switch kind {
				case NearestDown, PixelUnshuffle:
					res.H, res.W = res.H*f, res.W*f
				case PixelShuffle:
					res.C *= f * f
				}
				h, w, c := res.Out()
				x, y := guard.End[int16](t, res.N*res.H*res.W*res.C), guard.End[int16](t, res.N*h*w*c)
				floats := make([]float32, len(x))
				for i := range x {
					x[i] = edgeWord(r)
					floats[i] = float32(x[i])
				}
				want, sum := make([]int16, len(y)), make([]float32, len(y))
				res.ForwardI16Reference(want, x)
				res.ForwardReference(sum, floats)
				for i, v := range want {
					if exact := math.Floor(float64(sum[i]) + 0.5); float64(v) != exact {
						t.Fatalf("%+v: element %d of the reference is %d, want %v", res, i, v, exact)
					}
				}
				for _, p := range []*Pool{nil, pool} {
					clear(y)
					if res.ForwardI16(p, y, x); !slices.Equal(y, want) {
						t.Fatalf("%+v: not what the reference computes", res)
					}
				}
			}
		}
	}
}

// TestResampleIntegerPrepare: bytes and words that were prepared for allocate nothing, the first time.
func TestResampleIntegerPrepare(t *testing.T) {
	if guard.Race {
		t.Skip("allocations cannot be counted under the race detector")
	}
	pool := NewPool(2)
	defer pool.Close()
	for _, kind := range []ResampleKind{SmoothUp, NearestUp, SmoothDown} {
		s := Resample{Kind: kind, N: 1, H: 2, W: 4, C: 8, Factor: 2}
		h, w, c := s.Out()
		x, y := make([]uint8, 2*4*8), make([]uint8, h*w*c)
		if n := firstAllocs(func() func() {
			res := s
			res.PrepareU8(pool)
			return func() { res.ForwardU8(pool, y, x, 3) }
		}); n != 0 {
			t.Errorf("%v: the first ForwardU8 allocates %v times", kind, n)
		}
		if kind == SmoothDown {
			continue
		}
		x16, y16 := make([]int16, 2*4*8), make([]int16, h*w*c)
		if n := firstAllocs(func() func() {
			res := s
			res.PrepareI16(pool)
			return func() { res.ForwardI16(pool, y16, x16) }
		}); n != 0 {
			t.Errorf("%v: the first ForwardI16 allocates %v times", kind, n)
		}
	}
}
