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
	square(1, 5, 90, 34, 2, 1, 0), // past a block of k
	square(2, 6, 300, 3, 2, 2, 1), // and more
	square(1, 6, 3, 140, 3, 1, 1), // several panels
	square(1, 24, 1, 4, 3, 1, 1),  // several units of a picture
	square(3, 10, 2, 3, 3, 1, 1),  // and several pictures in a unit
	square(2, 32, 9, 3, 3, 1, 1),  // few channels in the result, and pixels enough to be lanes
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
	grouped(square(2, 7, 5, 5, 3, 1, 1), 5), // depthwise
	grouped(square(1, 8, 16, 16, 4, 2, 1), 16),
	grouped(square(1, 6, 48, 48, 3, 1, 0), 48),
	grouped(square(1, 6, 35, 35, 3, 2, 1), 35),
	grouped(square(2, 5, 4, 12, 3, 1, 1), 4), // with a channel multiplier
	grouped(square(1, 7, 16, 32, 3, 2, 1), 16),
	grouped(dilated(square(1, 9, 17, 17, 3, 1, 2), 2), 17),
	grouped(square(1, 18, 3, 3, 17, 1, 8), 3), // past a block of k
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
