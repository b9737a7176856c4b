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

// randomConvU8 makes a layer and pictures of the given shape on guarded memory, and a result of sums or bytes.
func randomConvU8(t testing.TB, r *rand.Rand, s ConvShape, role ConvRole) (*ConvU8Layer, *ConvU8) {
	l := &ConvU8Layer{ConvShape: s, Role: role, InZero: []uint8{0, 128, 255, uint8(r.Uint32())}[r.IntN(4)],
		Zero: int32(r.IntN(256)), Lo: uint8(r.IntN(100)), Hi: uint8(150 + r.IntN(106))}
	_, w, _ := s.Sizes()
	channels := l.Channels()
	l.Weights = guard.End[int8](t, w)
	in, out := l.Sizes(s.N)
	c := &ConvU8{N: s.N, In: guard.End[uint8](t, in)}
	extremes := r.IntN(3)
	for i := range l.Weights {
		if l.Weights[i] = int8(r.Uint32()); extremes > 0 {
			l.Weights[i] = []int8{127, -127, -128, 1, 0}[r.IntN(5)]
		}
		if extremes == 2 {
			l.Weights[i] = []int8{127, -128}[w&1]
		}
	}
	for i := range c.In {
		if c.In[i] = uint8(r.Uint32()); extremes > 0 {
			c.In[i] = []uint8{0, 255}[r.IntN(2)]
		}
		if extremes == 2 {
			c.In[i] = uint8(255 * (in & 1))
		}
	}
	if r.IntN(4) > 0 {
		l.Bias = guard.End[int32](t, channels)
		for i := range l.Bias {
			l.Bias[i] = int32(r.Uint32()) >> (4 + r.IntN(16))
		}
	}
	l.Mult, l.Shift = guard.End[int32](t, channels), guard.End[uint8](t, channels)
	for i := range channels {
		l.Mult[i], l.Shift[i] = int32(1<<30+r.IntN(1<<30)), uint8(MinShift+6+r.IntN(10))
	}
	if r.IntN(3) == 0 {
		c.Out32 = guard.End[int32](t, out)
	} else {
		c.Out = guard.End[uint8](t, out)
		if r.IntN(3) == 0 {
			l.Table = new([256]uint8)
			for i := range l.Table {
				l.Table[i] = uint8(r.Uint32())
			}
		}
	}
	return l, c
}

// naiveConvU8 computes the sums by scattering: every pair of pixels that a tap connects adds its product, in 64 bits.
func naiveConvU8(l *ConvU8Layer, c *ConvU8) []int64 {
	s := l.normal()
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	_, n := l.Sizes(c.N)
	sums := make([]int64, n)
	in := func(i int) int64 {
		if l.Wide {
			return int64(c.In16[i])
		}
		return int64(c.In[i]) - int64(l.InZero)
	}
	if l.Bias != nil {
		for i := range sums {
			sums[i] = int64(l.Bias[i%l.Channels()])
		}
	}
	for n := range c.N {
		for oy := range s.OH {
			for ox := range s.OW {
				for ky := range s.KH {
					for kx := range s.KW {
						h, v := oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW
						if h < 0 || h >= s.H || v < 0 || v >= s.W {
							continue
						}
						for co := range s.Cout {
							for ci := range cg {
								x, y := ((n*s.H+h)*s.W+v)*s.Cin+co/og*cg+ci, ((n*s.OH+oy)*s.OW+ox)*s.Cout+co
								w := int64(l.Weights[((ky*s.KW+kx)*cg+ci)*s.Cout+co])
								if l.Role == ConvOut {
									sums[y] += in(x) * w
								} else {
									sums[x] += in(y) * w
								}
							}
						}
					}
				}
			}
		}
	}
	return sums
}

// bigRequant is what becomes of a sum, in big integers.
func bigRequant(l *ConvU8Layer, sum int64, channel int) uint8 {
	y := new(big.Int).Mul(big.NewInt(sum), big.NewInt(int64(l.Mult[channel])))
	y.Add(y, new(big.Int).Lsh(big.NewInt(1), uint(l.Shift[channel]-1)))
	y.Rsh(y, uint(l.Shift[channel])) // towards minus infinity
	v := uint8(max(int64(l.Lo), min(int64(l.Zero)+y.Int64(), int64(l.Hi))))
	if l.Table != nil {
		return l.Table[v]
	}
	return v
}

// TestConvU8Reference compares the specification with the definition of a convolution, in big integers, and the bounds with
// the sums.
func TestConvU8Reference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	for i, s := range convU8Shapes() {
		for role := range ConvDW {
			l, c := randomConvU8(t, r, s, role)
			c.Packed = PackConvU8(*l)
			ConvU8Reference(c)
			bounds := l.Bounds()
			for i, sum := range naiveConvU8(l, c) {
				ch := i % l.Channels()
				if max(sum, -sum) > bounds[ch] {
					t.Fatalf("%+v role %d: a sum of %d, and its bound is %d", s, role, sum, bounds[ch])
				}
				if c.Out32 != nil && int64(c.Out32[i]) != sum {
					t.Fatalf("%+v role %d: sum %d is %d, want %d", s, role, i, c.Out32[i], sum)
				}
				if c.Out != nil && c.Out[i] != bigRequant(l, sum, ch) {
					t.Fatalf("%+v role %d: element %d is %d, want %d", s, role, i, c.Out[i], bigRequant(l, sum, ch))
				}
			}
		}
		if testing.Short() && i == 20 {
			break
		}
	}
}

// convU8Shapes are those of convShapes, and every kernel of 1 to 7 with every stride of 1 to 4, in varied paddings, output
// paddings, dilations and groups.
func convU8Shapes() []ConvShape {
	shapes := slices.Clone(convShapes)
	shapes = append(shapes, // lanes that are bytes of lines
		square(2, 20, 8, 3, 3, 1, 1), square(1, 33, 4, 1, 5, 1, 2), square(1, 17, 20, 2, 7, 1, 3), square(2, 9, 12, 4, 2, 1, 0),
		dilated(square(1, 21, 4, 3, 3, 1, 2), 2),
		square(2, 32, 1, 32, 4, 2, 1), square(1, 64, 3, 64, 4, 2, 1), square(3, 23, 3, 8, 3, 2, 1), square(1, 29, 2, 4, 7, 2, 3),
		square(1, 31, 4, 12, 5, 4, 1), square(2, 16, 1, 4, 6, 3, 1), square(1, 9, 2, 16, 1, 1, 0), square(1, 40, 1, 8, 1, 2, 0),
		dilated(square(1, 41, 3, 4, 3, 2, 1), 3), dilated(square(1, 37, 1, 8, 3, 3, 1), 2))
	shapes = append(shapes, // groups that are merged: to fewer, to one, to one of three channels, and some that do not divide
		grouped(square(3, 6, 32, 32, 3, 1, 1), 4), grouped(square(1, 9, 20, 12, 3, 1, 1), 4), grouped(square(1, 20, 6, 12, 4, 2, 1), 2),
		grouped(square(2, 6, 16, 16, 3, 1, 1), 2), grouped(square(2, 7, 10, 16, 3, 1, 1), 2), grouped(square(1, 8, 32, 12, 4, 2, 1), 4),
		grouped(square(1, 20, 12, 3, 3, 1, 1), 3), grouped(square(2, 5, 24, 48, 3, 1, 1), 3))
	for k := 1; k <= 7; k++ {
		for stride := 1; stride <= 4; stride++ {
			n := k*4 + stride
			s := ConvShape{N: 1 + n%3, Cin: 1 + n%9, Cout: 1 + n*5%11, KH: k, KW: k, StrideH: stride, StrideW: stride,
				DilationH: 1 + n%2, DilationW: 1 + n/3%2, OH: 1 + n%5, OW: 2 + n%4}
			s.PadH, s.PadW = n%((k-1)*s.DilationH+1), n/2%((k-1)*s.DilationW+1)
			// The rest is output padding of the transposed convolution.
			s.H = max(1, (s.OH-1)*stride+(k-1)*s.DilationH+1-2*s.PadH+n%stride, (s.OH-1)*stride-s.PadH+1)
			s.W = max(1, (s.OW-1)*stride+(k-1)*s.DilationW+1-2*s.PadW+n%2, (s.OW-1)*stride-s.PadW+1)
			if n%4 == 0 {
				s.Groups, s.Cin, s.Cout = 3, 3*(1+n%4), 3*(1+n%5)
			}
			if n%7 == 0 {
				s.Groups, s.Cin, s.Cout = 5, 5, 5*(1+n%2)
			}
			shapes = append(shapes, s)
		}
	}
	return shapes
}

func TestConvU8(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	defer func(n float64) { smallConvU8 = n }(smallConvU8)
	smallConvU8 = 0
	shapes := convU8Shapes()
	if testing.Short() {
		shapes = shapes[:9]
	}
	r := rand.New(rand.NewPCG(7, 11))
	for _, s := range shapes {
		for role := range ConvDW {
			for range 2 {
				l, c := randomConvU8(t, r, s, role)
				c.Packed = PackConvU8(*l)
				checkConvU8(t, c, nil, pool)
			}
		}
	}
}

// TestConvU8ThinCalls: a call into assembly, which cannot be preempted, has no more steps than take 100 microseconds, however many channels
// and taps a thin layer has and however long its lines are.
func TestConvU8ThinCalls(t *testing.T) {
	s := square(1, 5, 64, 3, 5, 1, 2)
	s.W, s.OW = 700, 700
	l, c := randomConvU8(t, rand.New(rand.NewPCG(3, 5)), s, ConvOut)
	eachTier(t, func(t *testing.T) {
		before := active.Load()
		if before.convU8.thin == nil {
			return
		}
		counted, thin, calls := *before, *before.convU8.thin, 0
		thin.tile = func(tiles, width int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int) {
			steps := 0
			for i := range nseg {
				steps += index(segs, 3*i+1)
			}
			if calls++; tiles > 1 && tiles*steps > laneChunk {
				t.Errorf("a call of %d tiles of %d steps", tiles, steps)
			}
			before.convU8.thin.tile(tiles, width, a, aOff, aStep, segs, nseg, b, bias, c, cStep)
		}
		counted.convU8.thin = &thin
		active.Store(&counted)
		defer active.Store(before)
		c.Packed = PackConvU8(*l)
		if c.Run(nil); calls == 0 {
			t.Error("the layer is not thin here")
		}
	})
}

// TestConvU8Depth3 checks depthwise layers of 3x3 taps: any number of channels, paddings and sizes, taps that lie apart in height,
// words as the source or the result.
func TestConvU8Depth3(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	defer func(n float64) { smallConvU8 = n }(smallConvU8)
	smallConvU8 = 0
	r := rand.New(rand.NewPCG(5, 8))
	for i, c := range []int{2, 15, 16, 17, 31, 33, 63, 64, 65, 100, 150} {
		s := ConvShape{N: 1 + i%2, H: 1 + r.IntN(9), W: 1 + r.IntN(9), Cin: c, Cout: c, Groups: c, KH: 3, KW: 3, PadH: r.IntN(3),
			PadW: r.IntN(3), DilationH: 1 + r.IntN(2)}
		for role := range ConvDW {
			s.OH, s.OW = s.H+2*s.PadH-2*s.DilationH, s.W+2*s.PadW-2
			if s.OH <= 0 || s.OW <= 0 {
				s.H, s.W, s.OH, s.OW = s.H+4, s.W+2, s.OH+4, s.OW+2
			}
			l, q := randomConvU8(t, r, s, role)
			if i%3 == 2 {
				wordsOf(t, r, l, q)
			}
			q.Packed = PackConvU8(*l)
			checkConvU8(t, q, nil, pool)
		}
	}
}

// checkConvU8 runs c on every tier and pool against the reference.
func checkConvU8(t *testing.T, c *ConvU8, pools ...*Pool) {
	t.Helper()
	ref := ConvU8{N: c.N, Packed: c.Packed, In: c.In, In16: c.In16}
	switch {
	case c.Out32 != nil:
		ref.Out32 = make([]int32, len(c.Out32))
	case c.Out16 != nil:
		ref.Out16 = make([]int16, len(c.Out16))
	default:
		ref.Out = make([]uint8, len(c.Out))
	}
	ConvU8Reference(&ref)
	for _, ti := range Tiers() {
		if !ti.Available {
			continue
		}
		restore, err := Force(ti.Name)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range pools {
			for j := range c.Out {
				c.Out[j] = ^ref.Out[j]
			}
			for j := range c.Out32 {
				c.Out32[j] = ^ref.Out32[j]
			}
			for j := range c.Out16 {
				c.Out16[j] = ^ref.Out16[j]
			}
			c.Run(p)
			if !slices.Equal(c.Out, ref.Out) || !slices.Equal(c.Out16, ref.Out16) || !slices.Equal(c.Out32, ref.Out32) {
				restore()
				t.Fatalf("%s: %+v role %d, pool %d, differs from the reference", ti.Name, c.Packed.layer.ConvShape,
					c.Packed.layer.Role, i)
			}
		}
		restore()
	}
}

// TestConvU8Longest: the largest sums that a layer may have do not overflow in any form, and a larger one is refused.
func TestConvU8Longest(t *testing.T) {
	const k = MaxKU8
	s := ConvShape{N: 1, H: 2, W: 1, Cin: 1, OH: 1, OW: 1, Cout: k, KH: 3, KW: 1, PadH: 1}
	l := ConvU8Layer{ConvShape: s, Role: ConvDX,
		Weights: slices.Concat(make([]int8, k), slices.Repeat([]int8{127}, k), slices.Repeat([]int8{-128}, k))}
	for _, zero := range []uint8{0, 255} {
		l.InZero = zero
		if b := l.Bounds(); len(b) != 1 || b[0] != 255*128*k {
			t.Fatalf("the bounds are %d", b)
		}
		c := &ConvU8{N: 1, Packed: PackConvU8(l), In: slices.Repeat([]uint8{255 - zero}, k), Out32: make([]int32, 2)}
		checkConvU8(t, c, nil)
		if want := (255 - 2*int32(zero)) * k; c.Out32[0] != 127*want || c.Out32[1] != -128*want {
			t.Fatalf("the sums are %d", c.Out32)
		}
	}
	l.Bias = []int32{math.MaxInt32 - 255*128*k}
	PackConvU8(l)
	l.Bias[0]++
	mustPanic(t, "a sum that overflows", func() { PackConvU8(l) })
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if _, ok := recover().(string); !ok {
			t.Errorf("%s: no panic with a text", what)
		}
	}()
	f()
}

func TestConvU8Misuse(t *testing.T) {
	s := square(2, 6, 4, 6, 3, 1, 1)
	good := func() (*ConvU8Layer, *ConvU8) {
		l, c := randomConvU8(t, rand.New(rand.NewPCG(1, 1)), s, ConvOut)
		l.Bias = make([]int32, 6)
		_, out := l.Sizes(s.N)
		c.Out, c.Out32 = make([]uint8, out), nil
		return l, c
	}
	for name, spoil := range map[string]func(l *ConvU8Layer, c *ConvU8){
		"short Weights": func(l *ConvU8Layer, _ *ConvU8) { l.Weights = l.Weights[1:] },
		"short Bias":    func(l *ConvU8Layer, _ *ConvU8) { l.Bias = l.Bias[1:] },
		"short Mult":    func(l *ConvU8Layer, _ *ConvU8) { l.Mult = l.Mult[1:] },
		"no Mult":       func(l *ConvU8Layer, _ *ConvU8) { l.Mult, l.Shift = nil, nil },
		"role":          func(l *ConvU8Layer, _ *ConvU8) { l.Role = ConvDW },
		"window above":  func(l *ConvU8Layer, _ *ConvU8) { l.PadH = 3 },
		"short In":      func(_ *ConvU8Layer, c *ConvU8) { c.In = c.In[1:] },
		"short Out":     func(_ *ConvU8Layer, c *ConvU8) { c.Out = c.Out[1:] },
		"negative N":    func(_ *ConvU8Layer, c *ConvU8) { c.N = -1 },
	} {
		mustPanic(t, name, func() {
			l, c := good()
			spoil(l, c)
			c.Packed = PackConvU8(*l)
			c.Run(nil)
		})
	}
	mustPanic(t, "no Packed", func() { new(ConvU8).Run(nil) })
}

// TestConvU8AllocatesOnce: also where the weights were packed for another tier.
func TestConvU8AllocatesOnce(t *testing.T) {
	if guard.Race {
		t.Skip("allocations cannot be counted under the race detector")
	}
	pool := NewPool(2)
	defer pool.Close()
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range []ConvShape{square(2, 12, 5, 50, 4, 2, 1), square(20, 4, 9, 5, 4, 1, 0), square(2, 34, 3, 8, 4, 2, 1),
		grouped(square(1, 9, 4, 8, 3, 1, 1), 4), square(2, 9, 4, 8, 1, 1, 0)} {
		for role := range ConvDW {
			l, c := randomConvU8(t, r, s, role)
			c.Packed = PackConvU8(*l)
			eachTier(t, func(t *testing.T) {
				if n := testing.AllocsPerRun(5, func() { c.Run(pool) }); n != 0 {
					t.Errorf("%+v role %d: a repeated Run allocates %v times", s, role, n)
				}
			})
		}
	}
}

// firstAllocs counts the allocations of the first call of what prepare returns: the fewest of three times, for the runtime allocates
// now and then where goroutines wait.
func firstAllocs(prepare func() func()) float64 {
	least := math.Inf(1)
	for range 3 {
		f, begun := prepare(), false
		least = min(least, testing.AllocsPerRun(1, func() { // which does not count the first call
			if begun {
				f()
			}
			begun = true
		}))
	}
	return least
}

// TestConvU8Prepare: what was prepared allocates nothing, the first time, whichever thread has the work; of bytes and of words, in rounds
// of words that do not divide the pictures, too.
func TestConvU8Prepare(t *testing.T) {
	if guard.Race {
		t.Skip("allocations cannot be counted under the race detector")
	}
	defer func(n float64) { smallConvU8 = n }(smallConvU8)
	smallConvU8 = 0
	pool := NewPool(3)
	defer pool.Close()
	r := rand.New(rand.NewPCG(5, 6))
	shapes := []ConvShape{grouped(square(1, 9, 4, 8, 3, 1, 1), 4), square(2, 9, 4, 8, 1, 1, 0), grouped(square(3, 8, 32, 32, 3, 1, 1), 32),
		square(20, 4, 9, 5, 4, 1, 0), square(2, 12, 5, 50, 4, 2, 1), square(2, 34, 3, 8, 4, 2, 1), square(40, 9, 20, 8, 1, 1, 0),
		square(3, 70, 2, 9, 3, 1, 1)}
	if testing.Short() { // on an emulator the larger ones take minutes
		shapes = shapes[:3]
	}
	for _, s := range shapes {
		for role := range ConvDW {
			for _, wide := range []bool{false, true} {
				l, c := randomConvU8(t, r, s, role)
				for wide && !l.Wide {
					wordsOf(t, r, l, c)
				}
				eachTier(t, func(t *testing.T) {
					packed := PackConvU8(*l)
					if n := firstAllocs(func() func() {
						c := &ConvU8{Packed: packed, N: c.N, In: c.In, In16: c.In16, Out: c.Out, Out16: c.Out16, Out32: c.Out32}
						c.Prepare(pool)
						return func() { c.Run(pool) }
					}); n != 0 {
						t.Errorf("%+v role %d, words %v: the first Run allocates %v times", s, role, wide, n)
					}
				})
			}
		}
	}
}

// TestConvU8OtherPools: results of another kind on another number of threads leave no scratch too short for what was planned before.
func TestConvU8OtherPools(t *testing.T) {
	old := runtime.GOMAXPROCS(max(3, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	defer func(n float64) { smallConvU8 = n }(smallConvU8)
	smallConvU8 = 0
	pools := []*Pool{nil, NewPool(2), NewPool(3)}
	for _, p := range pools[1:] {
		defer p.Close()
	}
	s := grouped(square(2, 9, 20, 20, 3, 1, 1), 20)
	l := ConvU8Layer{ConvShape: s, Weights: make([]int8, 9*20), InZero: 3, Mult: slices.Repeat([]int32{1 << 30}, 20),
		Shift: slices.Repeat([]uint8{34}, 20), Zero: 9, Hi: 255}
	for i := range l.Weights {
		l.Weights[i] = int8(i*7%19 - 9)
	}
	n, m := l.Sizes(s.N)
	in := make([]uint8, n)
	for i := range in {
		in[i] = uint8(i * 31)
	}
	eachTier(t, func(t *testing.T) {
		packed := PackConvU8(l)
		want := &ConvU8{Packed: packed, N: s.N, In: in, Out: make([]uint8, m)}
		ConvU8Reference(want)
		want32 := &ConvU8{Packed: packed, N: s.N, In: in, Out32: make([]int32, m)}
		ConvU8Reference(want32)
		c := &ConvU8{Packed: packed, N: s.N, In: in, Out: make([]uint8, m)}
		for _, step := range []struct {
			pool int
			sums bool
		}{{0, true}, {1, false}, {0, true}, {2, true}, {1, false}, {0, false}, {0, true}} {
			if c.Out32 = nil; step.sums {
				c.Out32 = make([]int32, m)
			}
			clear(c.Out)
			c.Run(pools[step.pool])
			if step.sums && !slices.Equal(c.Out32, want32.Out32) || !step.sums && !slices.Equal(c.Out, want.Out) {
				t.Fatalf("step %+v differs from the reference", step)
			}
		}
	})
}

// FuzzConvU8 compares every tier with the reference on random geometries, on one thread or two.
func FuzzConvU8(f *testing.F) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	defer func(n float64) { smallConvU8 = n }(smallConvU8)
	smallConvU8 = 0
	f.Add(uint64(1), []byte{1, 8, 8, 3, 5, 4, 4, 2, 2, 1, 1, 1, 1, 1})
	f.Add(uint64(2), []byte{2, 16, 5, 40, 3, 3, 1, 1, 3, 0, 0, 2, 1, 2})
	f.Add(uint64(3), []byte{1, 9, 9, 7, 7, 3, 3, 1, 2, 2, 1, 1, 1, 7})
	f.Add(uint64(4), []byte{1, 40, 40, 2, 9, 4, 4, 2, 2, 1, 1, 1, 1, 1, 9})
	f.Add(uint64(5), []byte{3, 39, 39, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 38, 38})
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		at := func(i, n int) int {
			if i < len(b) {
				return int(b[i]) % n
			}
			return 0
		}
		s := ConvShape{N: at(0, 4), H: 1 + at(1, 40), W: 1 + at(2, 40), Cin: 1 + at(3, 70), Cout: 1 + at(4, 120), KH: 1 + at(5, 7),
			KW: 1 + at(6, 7), StrideH: at(7, 5), StrideW: at(8, 5), DilationH: at(11, 4), DilationW: at(12, 4)}
		if g := 1 + at(13, 60); s.Cin%g == 0 && s.Cout%g == 0 {
			s.Groups = g
		}
		windowH, windowW := (s.KH-1)*max(1, s.DilationH)+1, (s.KW-1)*max(1, s.DilationW)+1
		s.PadH, s.PadW = at(9, windowH), at(10, windowW)
		s.OH = 1 + at(14, (s.H+s.PadH-1)/max(1, s.StrideH)+1)
		s.OW = 1 + at(15, (s.W+s.PadW-1)/max(1, s.StrideW)+1)
		// The reference takes a few nanoseconds for each of these.
		if x, w, y := s.Sizes(); max(y*(w/s.Cout), x*s.KH*s.KW*s.Cout/max(1, s.Groups)) > 1<<21 {
			t.Skip()
		}
		l, c := randomConvU8(t, rand.New(rand.NewPCG(seed, 0)), s, ConvRole(seed%2))
		c.Packed = PackConvU8(*l)
		checkConvU8(t, c, []*Pool{nil, pool}[seed>>1&1])
	})
}
