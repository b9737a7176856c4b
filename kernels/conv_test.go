package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// square is a shape with square pictures, kernels, strides and paddings, whose windows reach the end of the padded picture.
func square(n, size, cin, cout, k, stride, pad int) ConvShape {
	out := (size+2*pad-k)/stride + 1
	return ConvShape{N: n, H: size, W: size, Cin: cin, OH: out, OW: out, Cout: cout, KH: k, KW: k, StrideH: stride,
		StrideW: stride, PadH: pad, PadW: pad}
}

func grouped(s ConvShape, groups int) ConvShape {
	s.Groups = groups
	return s
}

func dilated(s ConvShape, d int) ConvShape {
	s.DilationH, s.DilationW = d, d
	s.OH = (s.H+2*s.PadH-(s.KH-1)*d-1)/s.StrideH + 1
	s.OW = (s.W+2*s.PadW-(s.KW-1)*d-1)/s.StrideW + 1
	return s
}

// convShapes is the table of geometries.
var convShapes = []ConvShape{
	square(1, 1, 1, 1, 1, 1, 0),
	square(2, 4, 3, 5, 1, 1, 0),
	square(2, 5, 4, 7, 1, 2, 0),
	square(1, 6, 2, 3, 2, 2, 0),
	square(2, 7, 3, 4, 3, 1, 1),
	square(1, 9, 5, 17, 3, 2, 1),
	square(3, 8, 3, 16, 4, 2, 1), // the layers of a DCGAN
	square(2, 8, 16, 3, 4, 2, 1),
	square(5, 8, 1, 32, 4, 2, 1),
	square(4, 4, 8, 9, 4, 1, 0),
	square(1, 12, 2, 1, 5, 3, 2),
	square(1, 11, 1, 2, 7, 4, 3),
	square(1, 3, 2, 3, 5, 1, 2), // the picture is smaller than the kernel
	square(1, 2, 2, 3, 7, 3, 4),
	square(1, 9, 3, 4, 3, 4, 0), // the stride is larger than the kernel
	square(1, 20, 2, 50, 3, 1, 1),
	square(1, 17, 33, 49, 3, 1, 1),
	square(1, 5, 90, 34, 2, 1, 0),  // past a block of k
	square(2, 6, 300, 3, 2, 2, 1),  // and more
	square(1, 6, 3, 140, 3, 1, 1),  // several panels
	square(1, 24, 1, 4, 3, 1, 1),   // several units of a picture
	square(3, 10, 2, 3, 3, 1, 1),   // and several pictures in a unit
	square(1, 24, 16, 16, 2, 1, 0), // a last unit of fewer lines, read in place
	square(29, 6, 16, 20, 4, 1, 0), // and of fewer pictures
	grouped(square(1, 24, 16, 16, 2, 1, 0), 16),
	square(2, 32, 9, 3, 3, 1, 1), // few channels in the result, and pixels enough to be lanes
	square(1, 19, 2, 1, 5, 1, 2),
	square(1, 40, 70, 4, 2, 1, 0),
	square(2, 34, 3, 20, 4, 2, 1),
	square(1, 50, 1, 9, 4, 2, 0),
	square(1, 37, 2, 70, 4, 2, 1),
	square(1, 60, 4, 5, 3, 3, 1),
	dilated(square(1, 9, 3, 4, 3, 1, 2), 2),
	dilated(square(2, 11, 2, 5, 3, 2, 1), 3),
	dilated(square(1, 5, 2, 2, 2, 3, 1), 3),
	grouped(square(2, 6, 4, 6, 3, 1, 1), 2),
	grouped(square(1, 8, 9, 51, 4, 2, 1), 3),
	grouped(square(1, 4, 6, 4, 4, 1, 0), 2),
	grouped(square(2, 4, 6, 4, 1, 1, 0), 2),
	grouped(square(3, 7, 32, 32, 3, 1, 1), 2), // lines, some of one picture and some of several
	grouped(square(1, 28, 16, 32, 3, 1, 1), 2),
	grouped(square(14, 6, 8, 8, 3, 1, 1), 2),
	grouped(square(1, 2, 34, 48, 3, 1, 1), 2),
	grouped(square(1, 3, 48, 40, 3, 1, 1), 2),
	grouped(square(1, 8, 32, 32, 3, 2, 1), 2),
	grouped(ConvShape{N: 1, H: 9, W: 5, Cin: 32, OH: 5, OW: 5, Cout: 32, KH: 2, KW: 3, StrideH: 2, PadH: 1, PadW: 1, DilationH: 3}, 2),
	grouped(ConvShape{N: 2, H: 3, W: 4, Cin: 6, OH: 7, OW: 4, Cout: 32, KH: 5, KW: 3, PadH: 4, PadW: 1}, 2),
	grouped(square(2, 7, 5, 5, 3, 1, 1), 5), // depthwise
	grouped(square(1, 8, 16, 16, 4, 2, 1), 16),
	grouped(square(1, 6, 48, 48, 3, 1, 0), 48),
	grouped(square(1, 6, 35, 35, 3, 2, 1), 35),
	grouped(square(2, 5, 4, 12, 3, 1, 1), 4), // with a channel multiplier
	grouped(square(1, 7, 16, 32, 3, 2, 1), 16),
	grouped(dilated(square(1, 9, 17, 17, 3, 1, 2), 2), 17),
	grouped(square(1, 18, 3, 3, 17, 1, 8), 3), // past a block of k
	square(3, 56, 2, 5, 4, 2, 1),              // few weights, many blocks of pixels
	grouped(square(1, 46, 3, 3, 3, 1, 1), 3),
	square(2, 3, 300, 5, 3, 1, 1), // border pixels that see nothing in a whole block
	{N: 2, H: 5, W: 9, Cin: 3, OH: 5, OW: 4, Cout: 4, KH: 1, KW: 3, StrideW: 2},
	{N: 1, H: 9, W: 4, Cin: 2, OH: 4, OW: 4, Cout: 3, KH: 4, KW: 2, StrideH: 2, PadH: 1},
	{N: 1, H: 4, W: 6, Cin: 2, OH: 5, OW: 6, Cout: 3, KH: 2, KW: 3, PadH: 1, PadW: 2},                         // padding differs from side to side
	{N: 1, H: 6, W: 6, Cin: 2, OH: 3, OW: 3, Cout: 3, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}, // output padding
	{N: 1, H: 8, W: 9, Cin: 2, OH: 2, OW: 2, Cout: 3, KH: 3, KW: 3, StrideH: 3, StrideW: 3},
	{N: 3, H: 4, W: 4, Cin: 5, OH: 1, OW: 1, Cout: 6, KH: 4, KW: 4},
	{N: 3, H: 5, W: 4, Cin: 5, OH: 1, OW: 2, Cout: 6, KH: 4, KW: 4, PadW: 1, StrideW: 2},
	{N: 1, H: 1, W: 1, Cin: 2, OH: 1, OW: 1, Cout: 2, KH: 2, KW: 2, PadH: 1, PadW: 1, DilationH: 3, DilationW: 3}, // sees nothing
	{N: 0, H: 4, W: 4, Cin: 2, OH: 2, OW: 2, Cout: 3, KH: 2, KW: 2, StrideH: 2, StrideW: 2},
}

// fillConv gives c operands that end at forbidden pages.
func fillConv(t testing.TB, c *Conv, r *rand.Rand, special bool) {
	x, w, y := c.Sizes()
	c.X, c.Weights, c.Y = guard.End[float32](t, x), guard.End[float32](t, w), guard.End[float32](t, y)
	for _, s := range [][]float32{c.X, c.Weights, c.Y} {
		fillF32(r, s, special)
	}
}

// result is the tensor that c computes.
func (c *Conv) result() *[]float32 {
	return []*[]float32{&c.Y, &c.X, &c.Weights}[c.Role]
}

// naiveConv computes all roles at once, in no particular order: the three gradients of the sum of y*conv(x, w).
func naiveConv(c *Conv) (y, x, w []float64) {
	s := c.normal()
	nx, nw, ny := s.Sizes()
	x, w, y = make([]float64, nx), make([]float64, nw), make([]float64, ny)
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	for n := range s.N {
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
								xi := ((n*s.H+h)*s.W+v)*s.Cin + co/og*cg + ci
								wi := ((ky*s.KW+kx)*cg+ci)*s.Cout + co
								yi := ((n*s.OH+oy)*s.OW+ox)*s.Cout + co
								y[yi] += float64(c.X[xi]) * float64(c.Weights[wi])
								x[xi] += float64(c.Y[yi]) * float64(c.Weights[wi])
								w[wi] += float64(c.X[xi]) * float64(c.Y[yi])
							}
						}
					}
				}
			}
		}
	}
	return y, x, w
}

// TestConvReference compares the specification with the definition of a convolution, and so the roles with each other:
// naiveConv finds all three from one form that is linear in each.
func TestConvReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for _, s := range convShapes {
		c := &Conv{ConvShape: s}
		fillConv(t, c, r, false)
		y, x, w := naiveConv(c)
		for role, want := range [][]float64{y, x, w} {
			d := *c
			d.Role = ConvRole(role)
			out := append([]float32(nil), *d.result()...)
			*d.result() = out
			ConvReference(&d)
			for i, v := range out {
				if math.Abs(float64(v)-want[i]) > 1e-4*(1+math.Abs(want[i])) {
					t.Fatalf("%+v role %d: element %d is %g, want %g", s, role, i, v, want[i])
				}
			}
		}
	}
}

func TestConv(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	defer func(n int) { convSmall = n }(convSmall)
	convSmall = 0
	acts := []Act{ActNone, ActReLU, ActLeakyReLU, ActTanh, ActSigmoid}
	shapes := convShapes
	if testing.Short() {
		shapes = shapes[:9]
	}
	r := rand.New(rand.NewPCG(7, 9))
	for n, s := range shapes {
		for role := range ConvDW + 1 {
			for variant := range 4 {
				c := &Conv{ConvShape: s, Role: role, Accumulate: variant&1 != 0}
				fillConv(t, c, r, variant&2 != 0)
				if role != ConvDW {
					c.Act, c.Slope = acts[(n+variant)%len(acts)], 0.2
					if (n+variant)&1 != 0 {
						c.Bias = guard.End[float32](t, c.channels())
						fillF32(r, c.Bias, false)
					}
				}
				out := *c.result()
				start := append([]float32(nil), out...)
				ref := *c
				*ref.result() = append([]float32(nil), start...)
				ConvReference(&ref)
				for _, ti := range Tiers() {
					if !ti.Available {
						continue
					}
					restore, err := Force(ti.Name)
					if err != nil {
						t.Fatal(err)
					}
					for pass := range 4 {
						if pass == 2 {
							if role == ConvDW {
								break
							}
							c.Packed = PackConv(s, role, c.Weights)
						}
						copy(out, start)
						p := pool
						if pass&1 == 0 {
							p = nil
						}
						c.Run(p)
						sameF32(t, fmt.Sprintf("%s %+v role %d variant %d pass %d", ti.Name, s, role, variant, pass), out,
							*ref.result())
					}
					c.Packed = nil
					restore()
				}
			}
		}
	}
}

// TestConvAllocatesOnce: every way to compute a convolution keeps what it needs.
func TestConvAllocatesOnce(t *testing.T) {
	if guard.Race {
		t.Skip("allocations cannot be counted under the race detector")
	}
	pool := NewPool(2)
	defer pool.Close()
	for _, s := range []ConvShape{square(2, 12, 5, 50, 4, 2, 1), square(2, 34, 3, 20, 4, 2, 1), square(20, 4, 9, 5, 4, 1, 0),
		grouped(square(1, 9, 4, 8, 3, 1, 1), 4), grouped(square(1, 9, 32, 32, 3, 1, 1), 2)} {
		for role := range ConvDW + 1 {
			c := &Conv{ConvShape: s, Role: role, Accumulate: s.lineWidth(role, active.Load()) == 0}
			x, w, y := s.Sizes()
			c.X, c.Weights, c.Y = make([]float32, x), make([]float32, w), make([]float32, y)
			if role != ConvDW {
				c.Bias = make([]float32, c.channels())
			}
			if n := testing.AllocsPerRun(10, func() { c.Run(pool) }); n != 0 {
				t.Errorf("%+v role %d: a repeated Run allocates %v times", s, role, n)
			}
		}
	}
}

// TestConvReused: one Conv computes different shapes and roles one after the other.
func TestConvReused(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var c Conv
	for range 2 {
		for _, s := range convShapes[:14] {
			for role := range ConvDW + 1 {
				c.ConvShape, c.Role = s, role
				fillConv(t, &c, r, false)
				ref := c
				*ref.result() = append([]float32(nil), *c.result()...)
				ConvReference(&ref)
				c.Run(nil)
				sameF32(t, fmt.Sprintf("%+v role %d", s, role), *c.result(), *ref.result())
			}
		}
	}
}

// TestConvRolesInTurn: the roles of one shape, one after the other, which keep their plans but share a scratch.
func TestConvRolesInTurn(t *testing.T) {
	for _, s := range []ConvShape{square(2, 32, 9, 3, 3, 1, 1), square(1, 40, 3, 5, 4, 2, 1)} {
		eachTier(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			c := Conv{ConvShape: s}
			for range 2 {
				for _, c.Role = range []ConvRole{ConvOut, ConvDW, ConvDX, ConvDW} {
					fillConv(t, &c, r, false)
					ref := c
					*ref.result() = append([]float32(nil), *c.result()...)
					ConvReference(&ref)
					c.Run(nil)
					sameF32(t, fmt.Sprintf("%+v role %d", s, c.Role), *c.result(), *ref.result())
				}
			}
		})
	}
}

func TestPackedConvForAnotherTier(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range []ConvShape{square(1, 8, 5, 20, 3, 2, 1), square(1, 16, 3, 5, 4, 2, 1), square(2, 4, 5, 6, 4, 1, 0),
		grouped(square(1, 5, 32, 32, 3, 1, 1), 2)} {
		for role := range ConvDW {
			c := &Conv{ConvShape: s, Role: role}
			fillConv(t, c, r, false)
			c.Packed = PackConv(s, role, c.Weights)
			ref := *c
			*ref.result() = append([]float32(nil), *c.result()...)
			ConvReference(&ref)
			eachTier(t, func(t *testing.T) {
				c.Run(nil)
				sameF32(t, "the result", *c.result(), *ref.result())
			})
		}
	}
}

func TestConvMisuse(t *testing.T) {
	good := func() *Conv {
		s := square(2, 6, 4, 6, 3, 1, 1)
		x, w, y := s.Sizes()
		return &Conv{ConvShape: s, X: make([]float32, x), Weights: make([]float32, w), Y: make([]float32, y)}
	}
	good().Run(nil)
	for name, spoil := range map[string]func(c *Conv){
		"short X":             func(c *Conv) { c.X = c.X[1:] },
		"short Weights":       func(c *Conv) { c.Weights = c.Weights[1:] },
		"short Y":             func(c *Conv) { c.Y = c.Y[1:] },
		"short Bias":          func(c *Conv) { c.Bias = make([]float32, 5) },
		"no such role":        func(c *Conv) { c.Role = ConvDW + 1 },
		"bias of a gradient":  func(c *Conv) { c.Role, c.Bias = ConvDW, make([]float32, 6) },
		"act of a gradient":   func(c *Conv) { c.Role, c.Act = ConvDW, ActReLU },
		"negative batch":      func(c *Conv) { c.N = -1 },
		"negative padding":    func(c *Conv) { c.PadH = -1 },
		"no channels":         func(c *Conv) { c.Cin = 0 },
		"no kernel":           func(c *Conv) { c.KW = 0 },
		"groups":              func(c *Conv) { c.Groups = 4 },
		"window above":        func(c *Conv) { c.PadH = 3 },
		"window below":        func(c *Conv) { c.OH = 8 },
		"too large":           func(c *Conv) { c.N = 1 << 30 },
		"a product too large": func(c *Conv) { c.N, c.H, c.W, c.Cin, c.Cout = 1<<24, 1<<24, 1<<24, 1<<24, 1<<24 },
		"a dilation so large": func(c *Conv) { c.DilationH, c.H, c.PadH = 1<<24, 1<<24, 1<<24 },
		"weights of another":  func(c *Conv) { c.Packed = PackConv(square(2, 6, 4, 6, 3, 2, 1), ConvOut, c.Weights) },
		"weights for DX":      func(c *Conv) { c.Packed = PackConv(c.ConvShape, ConvDX, c.Weights) },
		"packed gradient":     func(c *Conv) { PackConv(c.ConvShape, ConvDW, c.Weights) },
		"packed too short":    func(c *Conv) { PackConv(c.ConvShape, ConvOut, c.Weights[1:]) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%s: no panic with a text", name)
				}
			}()
			c := good()
			spoil(c)
			c.Run(nil)
		}()
	}
}

// FuzzConv compares every tier with the reference on random geometries, on one thread or two.
func FuzzConv(f *testing.F) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	defer func(n int) { convSmall = n }(convSmall)
	convSmall = 0
	f.Add(uint64(1), []byte{1, 8, 8, 3, 5, 4, 4, 2, 2, 1, 1, 1, 1, 1})
	f.Add(uint64(2), []byte{2, 16, 5, 40, 3, 3, 1, 1, 3, 0, 0, 2, 1, 2})
	f.Add(uint64(3), []byte{1, 9, 9, 7, 7, 3, 3, 1, 2, 2, 1, 1, 1, 7})
	f.Add(uint64(4), []byte{1, 40, 40, 2, 9, 4, 4, 2, 2, 1, 1, 1, 1, 1, 9})
	for _, seed := range []uint64{6, 7, 5} { // by lines, in each role
		f.Add(seed, []byte{1, 8, 8, 31, 31, 2, 2, 1, 1, 1, 1, 1, 1, 1, 8, 8})
	}
	f.Add(uint64(1024+5), []byte{3, 39, 39, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 38, 38})
	f.Fuzz(func(t *testing.T, seed uint64, b []byte) {
		at := func(i, n int) int {
			if i < len(b) {
				return int(b[i]) % n
			}
			return 0
		}
		s := ConvShape{N: at(0, 4), H: 1 + at(1, 40), W: 1 + at(2, 40), Cin: 1 + at(3, 40), Cout: 1 + at(4, 60), KH: 1 + at(5, 7),
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
		r := rand.New(rand.NewPCG(seed, 0))
		c := &Conv{ConvShape: s, Role: ConvRole(seed % 3), Accumulate: seed&8 != 0}
		fillConv(t, c, r, seed&16 != 0)
		if c.Role != ConvDW {
			c.Act, c.Slope = Act(seed>>5%5), 0.1
			if seed&256 != 0 {
				c.Bias = make([]float32, c.channels())
				fillF32(r, c.Bias, false)
			}
		}
		out := *c.result()
		start := append([]float32(nil), out...)
		ref := *c
		*ref.result() = append([]float32(nil), start...)
		ConvReference(&ref)
		for _, ti := range Tiers() {
			if !ti.Available {
				continue
			}
			restore, err := Force(ti.Name)
			if err != nil {
				t.Fatal(err)
			}
			if c.Packed = nil; seed&512 != 0 && c.Role != ConvDW {
				c.Packed = PackConv(s, c.Role, c.Weights)
			}
			copy(out, start)
			if seed&1024 != 0 {
				c.Run(pool)
			} else {
				c.Run(nil)
			}
			restore()
			sameF32(t, fmt.Sprintf("%s %+v role %d", ti.Name, s, c.Role), out, *ref.result())
		}
	})
}
