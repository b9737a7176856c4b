package quant

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// generator is a model under construction.
type generator struct {
	b  *graph.Builder
	st *graph.Store
	r  *rand.Rand
	x  graph.Value
	k  int // width of x
}

func newGenerator(nz int) *generator {
	g := &generator{b: graph.New(), st: graph.NewStore(), r: rand.New(rand.NewPCG(uint64(nz), 1)), k: nz}
	g.x = g.b.FromI16(g.b.Input("z", graph.I16, graph.Of(graph.Batch, nz)), kernels.LatentScale)
	return g
}

// variable adds a variable of normal numbers.
func (g *generator) variable(name string, std float64, dims ...int) graph.Value {
	t := g.st.Alloc(name, graph.F32, graph.Of(dims...))
	for i := range t.F32() {
		t.F32()[i] = float32(g.r.NormFloat64() * std)
	}
	return g.b.Var(name, graph.F32, t.Shape)
}

func (g *generator) dense(name string, n int, gain float64) {
	w := g.variable(name+".w", gain/math.Sqrt(float64(g.k)), g.k, n)
	g.x = g.b.Add(g.b.Dot(g.x, w, false, false), g.variable(name+".b", 0.3, n))
	g.k = n
}

func (g *generator) finish(scale, offset float32, h, w int, latent string) *model.Model {
	v := g.b.ToU8(g.x, scale, offset)
	g.b.Output("image", g.b.Reshape(v, graph.Of(graph.Batch, h, w, 1)))
	nz := g.b.Shape(g.b.Named("z")).Dim(1)
	return &model.Model{Graph: g.b, Weights: g.st, Meta: model.Meta{Latent: latent, LatentDim: nz, Image: [3]int{h, w, 1}}}
}

// generators are small models that between them use all that quantization supports.
var generators = map[string]func() *model.Model{
	"relu sigmoid": func() *model.Model {
		g := newGenerator(20)
		g.dense("a", 96, 1.4)
		g.x = g.b.ReLU(g.x)
		g.dense("b", 80, 1.4)
		g.x = g.b.ReLU(g.x)
		g.dense("c", 63, 2.5)
		g.x = g.b.Sigmoid(g.x)
		return g.finish(255, 0, 9, 7, "uniform")
	},
	"leaky tanh normal": func() *model.Model {
		g := newGenerator(16)
		for _, name := range []string{"a", "b", "c"} {
			g.dense(name, 64, 1.4)
			g.x = g.b.LeakyReLU(g.x, 0.2)
		}
		g.dense("d", 48, 1.5)
		g.x = g.b.Tanh(g.b.Reshape(g.x, graph.Of(graph.Batch, 8, 6, 1)))
		return g.finish(127.5, 127.5, 8, 6, "normal")
	},
	// Transposed weights, a constant of several nodes, folded normalization, a table in the middle, linear pixels.
	"folding": func() *model.Model {
		g := newGenerator(16)
		b := g.b
		w := b.MulScalar(g.variable("w", 1, 64, 16), 0.25)
		g.x, g.k = b.Dot(b.MulScalar(g.x, 0.5), w, false, true), 64
		g.x = b.Mul(b.Sub(g.x, g.variable("mean", 0.2, 64)), b.Exp(g.variable("scale", 0.3, 64)))
		g.x = b.Neg(b.Add(b.Div(g.x, b.Exp(g.variable("scale2", 0.3, 64))), b.Scalar(0.5)))
		g.x = b.MulScalar(b.Tanh(b.Max(g.x, b.Scalar(-1))), 1.5)
		g.dense("b", 40, 1)
		g.dense("c", 30, 0.4)
		return g.finish(100, 127.25, 5, 6, "normal")
	},
	// Pictures: transposed, grouped, strided and dilated convolutions, a residual sum, a scale of every channel and of every
	// pixel, resampling, maxout, a difference.
	"pictures": func() *model.Model {
		g := newGenerator(16)
		b := g.b
		conv := func(x graph.Value, name string, k, out, groups int, geo graph.Geometry) graph.Value {
			in := b.Shape(x).Dim(3) / groups
			w := g.variable(name+".w", 1/math.Sqrt(float64(k*k*in)), k, k, in, out)
			return b.Add(b.Conv(x, w, geo), g.variable(name+".b", 0.3, out))
		}
		g.dense("a", 3*2*8, 1.4)
		x := b.ReLU(b.Reshape(g.x, graph.Of(graph.Batch, 3, 2, 8)))
		up := g.variable("up.w", 0.3, 4, 4, 6, 8)
		x = b.LeakyReLU(b.Add(b.ConvTransposed(x, up, graph.Strided(2, 1), 1, [2]int{}), g.variable("up.b", 0.2, 6)), 0.2) // 6 x 4
		h := b.ReLU(b.Add(b.Mul(x, g.variable("scale", 0.5, 6)), g.variable("shift", 0.3, 6)))
		h = conv(h, "grouped", 3, 12, 3, graph.Strided(1, 1))
		h = b.PickMax(b.Reshape(h, graph.Of(graph.Batch, 24, 2, 6)), b.Reshape(h, graph.Of(graph.Batch, 24, 2, 6)), 2)
		h = conv(b.Reshape(h, graph.Of(graph.Batch, 6, 4, 6)), "dilated", 3, 6, 1, graph.Geometry{Pad: [2]int{2, 2}, Dilation: [2]int{2, 2}})
		x = b.ReLU(b.MulScalar(b.Add(x, h), 0.7))
		x = b.Sub(b.SmoothUp(x, kernels.EdgeZero), b.NearestUp(conv(x, "short", 1, 6, 1, graph.Geometry{}), 2)) // 12 x 8
		x = b.Mul(x, g.variable("pixels", 0.5, 12, 8, 6))
		x = b.SmoothDown(b.NearestUp(x, 2), kernels.EdgeClamp)
		g.x = b.Tanh(conv(x, "last", 2, 1, 1, graph.Strided(2, 0))) // 6 x 4
		return g.finish(127.5, 127.5, 6, 4, "normal")
	},
	// Channels that are constant, and a bias far above its weights.
	"degenerate": func() *model.Model {
		g := newGenerator(8)
		g.dense("a", 32, 1)
		wa, ba := g.st.Get("a.w").F32(), g.st.Get("a.b").F32()
		for i := range 8 {
			wa[i*32], wa[i*32+1], wa[i*32+2] = 0, 0, 1e-30
		}
		ba[0], ba[1], ba[2] = 0, -7, 2
		g.x = g.b.ReLU(g.x)
		g.dense("b", 16, 1.5)
		g.x = g.b.Sigmoid(g.x)
		return g.finish(255, 0, 4, 4, "uniform")
	},
}

func TestQuantize(t *testing.T) {
	for name, build := range generators {
		t.Run(name, func(t *testing.T) {
			m := build()
			var opt Options
			if testing.Short() && kernels.Tier() == "generic" {
				opt.CalibrationSamples = 256 // emulators calibrate thirty times slower
			}
			q, r, err := Quantize(m, opt)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("\n%v", r)
			if r.PSNR < 35 || r.Worst < 30 {
				t.Errorf("PSNR is %.1f dB, of the worst picture %.1f dB", r.PSNR, r.Worst)
			}
			for _, l := range r.Layers {
				if l.SNR < 25 || l.Cosine < 0.998 || l.Bits > 31 {
					t.Errorf("%+v", l)
				}
			}
			for v := 1; v <= q.Graph.Len(); v++ {
				if ty := q.Graph.Type(graph.Value(v)); ty.D == graph.F32 {
					t.Errorf("node %d, %s, is %v", v, q.Graph.Node(graph.Value(v)).Op, ty)
				}
			}

			// The file keeps it, and every tier and thread count draws it.
			path := filepath.Join(t.TempDir(), "q.safetensors")
			if err := model.Save(path, q); err != nil {
				t.Fatal(err)
			}
			q, err = model.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			want := evaluate(t, q, hashSeeds)
			sum := sha256.Sum256(want)
			if h := q.Meta.Hashes; len(h) != 1 || h[0].SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("hashes are %v; the graph evaluated with big integers has %x", h, sum)
			}
			pool := kernels.NewPool(2)
			defer pool.Close()
			for _, ti := range kernels.Tiers() {
				if !ti.Available {
					continue
				}
				restore, err := kernels.Force(ti.Name)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range []*kernels.Pool{nil, pool} {
					if got, err := draw(q, hashSeeds, maxBatch, p); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s draws other pictures than big integers do (%v)", ti.Name, err)
					}
				}
				restore()
			}
		})
	}
}

// Two calibrations of one model give the same model.
func TestQuantizeRepeats(t *testing.T) {
	m := generators["leaky tanh normal"]()
	pool := kernels.NewPool(2)
	defer pool.Close()
	a, _, err := Quantize(m, Options{CalibrationSamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := Quantize(m, Options{CalibrationSamples: 100, Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range a.Weights.Names() {
		if !bytes.Equal(a.Weights.Get(n).Bytes, b.Weights.Get(n).Bytes) {
			t.Errorf("tensor %q differs", n)
		}
	}
}

// TestQuantizeEverywhere: every platform and tier makes the same weights.
func TestQuantizeEverywhere(t *testing.T) {
	m, err := model.Load("../testdata/small-f32.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	q, _, err := Quantize(m, Options{CalibrationSamples: 64})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "q.safetensors")
	if err := model.Save(path, q); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = "ea14ab90e1e63bbb5463627bcd0869307ff6630820ebb7e1a68d18db49986929"
	weights := b[8+binary.LittleEndian.Uint64(b):]
	if got := fmt.Sprintf("%x", sha256.Sum256(weights)); got != want {
		t.Errorf("the hash of the weights is %s, want %s", got, want)
	}
}

// convolve returns the sums of a convolution of one picture, or of a transposed one, without bias: for each pixel of its y,
// each tap and each channel of its x one product.
func convolve(b *graph.Builder, n graph.Node, source []uint8, w []int8) []*big.Int {
	l := b.QConvLayer(n)
	sums := make([]*big.Int, n.Type.S.Numel())
	for i := range sums {
		sums[i] = new(big.Int)
	}
	cg := l.Cin / l.Groups
	for i := range l.OH * l.OW * l.Cout {
		oy, ox, co := i/l.Cout/l.OW, i/l.Cout%l.OW, i%l.Cout
		for j := range l.KH * l.KW * cg {
			h, u := oy*l.StrideH-l.PadH+j/cg/l.KW*l.DilationH, ox*l.StrideW-l.PadW+j/cg%l.KW*l.DilationW
			if h < 0 || h >= l.H || u < 0 || u >= l.W {
				continue
			}
			at := (h*l.W+u)*l.Cin + co/(l.Cout/l.Groups)*cg + j%cg
			to, from := i, at
			if n.Op == graph.OpQConvDX {
				to, from = at, i
			}
			sums[to].Add(sums[to], big.NewInt((int64(source[from])-int64(l.InZero))*int64(w[j*l.Cout+co])))
		}
	}
	return sums
}

// point is the arithmetic of kernels.PointU8: shift, lo and hi, a bias, and products.
func point(clamp func(x, lo, hi int64) uint8, p []int32, bias int64, products ...int64) uint8 {
	sum := big.NewInt(bias)
	for _, x := range products {
		sum.Add(sum, big.NewInt(x))
	}
	return clamp(sum.Rsh(sum, uint(p[0])).Int64(), int64(p[1]), int64(p[2]))
}

// evaluate draws the pictures of the first n seeds from the definition of the integer operations, with big integers.
func evaluate(t *testing.T, m *model.Model, n int) []byte {
	t.Helper()
	requantize := func(x *big.Int, mult int32, shift uint8) int64 {
		y := new(big.Int).Mul(x, big.NewInt(int64(mult)))
		y.Add(y, new(big.Int).Lsh(big.NewInt(1), uint(shift)-1))
		return y.Rsh(y, uint(shift)).Int64()
	}
	clamp := func(x, lo, hi int64) uint8 { return uint8(max(lo, min(x, hi))) }
	kind, _ := m.LatentKind()
	var pictures []byte
	for seed := range n {
		z := make([]int16, m.Meta.LatentDim)
		kernels.Latents(z, kind, uint64(seed), 0, 0)
		values := make([][]uint8, m.Graph.Len()+1)
		for v := 1; v <= m.Graph.Len(); v++ {
			node := m.Graph.Node(graph.Value(v))
			tensor := func(i int) *graph.Tensor { return m.Weights.Get(m.Graph.Node(node.In[i]).Attr.Name) }
			x, a := values[node.In[0]], node.Attr.I
			var y []uint8
			switch node.Op {
			case graph.OpInput, graph.OpVar:
			case graph.OpQuantizeLatent:
				for _, q := range z {
					y = append(y, clamp(int64(a[2])+requantize(big.NewInt(int64(q)), a[0], uint8(a[1])), 0, 255))
				}
			case graph.OpQDot:
				w, bias, mult, shift := tensor(1).S8(), tensor(2).I32(), tensor(3).I32(), tensor(4).U8()
				for j := range bias {
					acc := big.NewInt(int64(bias[j]))
					for k, q := range x {
						acc.Add(acc, big.NewInt(int64(q)*int64(w[k*len(bias)+j])))
					}
					y = append(y, clamp(int64(a[0])+requantize(acc, mult[j], shift[j]), int64(a[1]), int64(a[2])))
				}
			case graph.OpLookup:
				for _, q := range x {
					y = append(y, tensor(1).U8()[q])
				}
			case graph.OpQAdd:
				other := values[node.In[1]]
				for i, q := range x {
					y = append(y, point(clamp, a[3:6], int64(a[2]), int64(q)*int64(a[0]), int64(other[i])*int64(a[1])))
				}
			case graph.OpQScale:
				mult, bias := tensor(1).I16(), tensor(2).I32()
				for i, q := range x {
					j := i % len(mult)
					y = append(y, point(clamp, a[:3], int64(bias[j]), int64(q)*int64(mult[j])))
				}
			case graph.OpQResample:
				from := m.Graph.Shape(node.In[0])
				r := kernels.Resample{Kind: kernels.ResampleKind(a[0]), N: 1, H: from.Dim(1), W: from.Dim(2), C: from.Dim(3),
					Factor: int(a[1]), Edge: kernels.Edge(a[1])}
				y = make([]uint8, m.Graph.Shape(graph.Value(v)).Numel())
				r.ForwardU8Reference(y, x, uint8(a[2])) // which package kernels compares with exact sums
			case graph.OpQConvOut, graph.OpQConvDX:
				sums := convolve(m.Graph, node, x, tensor(1).S8())
				bias, mult, shift := tensor(2).I32(), tensor(3).I32(), tensor(4).U8()
				for i, acc := range sums {
					j := i % len(bias)
					acc.Add(acc, big.NewInt(int64(bias[j])))
					y = append(y, clamp(int64(a[7])+requantize(acc, mult[j], shift[j]), int64(a[8]), int64(a[9])))
				}
			case graph.OpReshape:
				y = x
			case graph.OpPickMax:
				outer, pieces, inner := 1, m.Graph.Shape(node.In[0]).Dim(int(a[0])), 1
				for i, d := range m.Graph.Shape(node.In[0]).Dims() {
					switch {
					case d == graph.Batch || i == int(a[0]):
					case i < int(a[0]):
						outer *= d
					default:
						inner *= d
					}
				}
				for i := range outer * inner {
					best := x[i/inner*pieces*inner+i%inner]
					for k := range pieces {
						best = max(best, x[(i/inner*pieces+k)*inner+i%inner])
					}
					y = append(y, best)
				}
			default:
				t.Fatalf("%s is no integer operation", node.Op)
			}
			values[v] = y
		}
		pictures = append(pictures, values[m.Graph.OutputValue("image")]...)
	}
	return pictures
}

func TestQuantizeRefuses(t *testing.T) {
	mlp := func(change func(g *generator)) *model.Model {
		g := newGenerator(4)
		g.dense("a", 12, 1)
		change(g)
		return g.finish(255, 0, 4, 3, "uniform")
	}
	quantized, _, err := Quantize(generators["degenerate"](), Options{CalibrationSamples: 1})
	if err != nil {
		t.Fatal(err)
	}
	for want, m := range map[string]*model.Model{
		"quantized already": quantized,
		`"a.w" holds NaN`:   mlp(func(g *generator) { g.st.Get("a.w").F32()[5] = float32(math.NaN()) }),
		`"a.b" holds NaN or infinity`: mlp(func(g *generator) {
			g.st.Get("a.b").F32()[5] = float32(math.Inf(1))
		}),
		`"a.w" computes NaN or infinity`: mlp(func(g *generator) {
			for i := range g.st.Get("a.w").F32() {
				g.st.Get("a.w").F32()[i] = 3e38
			}
		}),
		"no dense layer and no convolution": func() *model.Model {
			g := newGenerator(12)
			return g.finish(255, 0, 4, 3, "uniform")
		}(),
	} {
		_, _, err := Quantize(m, Options{CalibrationSamples: 64})
		if err == nil || !strings.HasPrefix(err.Error(), "quant: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %s", err, want)
		}
	}
	for _, n := range []int{-1, 1 << 20} {
		if _, _, err := Quantize(mlp(func(*generator) {}), Options{CalibrationSamples: n}); err == nil {
			t.Errorf("%d calibration samples must be refused", n)
		}
	}
}

// TestQuantizeRefusesGiants: a file of a few bytes, whose weights are a constant, must not cost all memory.
func TestQuantizeRefusesGiants(t *testing.T) {
	const side = 1 << 14
	g := newGenerator(2)
	g.x = g.b.Sigmoid(g.b.Dot(g.x, g.b.Fill(0.1, graph.Of(2, side*side)), false, false))
	_, _, err := Quantize(g.finish(255, 0, side, side, "uniform"), Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "quant: the model is too large to calibrate") {
		t.Errorf("pictures of %d x %d: %v", side, side, err)
	}
}

// A layer of equal weights, wide enough, could leave 32 bits for some input.
func TestQuantizeRefusesOverflow(t *testing.T) {
	if testing.Short() {
		t.Skip("a layer of 65536 units")
	}
	g := newGenerator(2)
	g.dense("a", 1<<16, 1)
	g.x = g.b.Sigmoid(g.x)
	g.dense("b", 1, 1)
	for i := range g.st.Get("b.w").F32() {
		g.st.Get("b.w").F32()[i] = 1
	}
	g.st.Get("b.b").F32()[0] = 7e3
	_, _, err := Quantize(g.finish(255, 0, 1, 1, "uniform"), Options{CalibrationSamples: 64})
	want := `quant: layer "b.w": the sums of channel 0 can reach`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error is %v, want one that says %s", err, want)
	}
}
