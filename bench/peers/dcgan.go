package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// dcgan is the generator of a DCGAN (Radford et al. 2016): transposed convolutions of 4x4 taps, from a latent to 4x4 pixels, then
// twice as many a side each, ReLU between them and tanh behind the last. Batch normalization is folded into weights and biases, on
// both sides. The weights are random here.
type dcgan struct {
	name     string
	latent   int
	channels []int // of the results of the layers

	calibrate sync.Once
	lo, hi    []float32 // of the latent and of the layers' results, behind ReLU and before tanh
}

var dcgans = []*dcgan{
	{name: "1x32x32", latent: 64, channels: []int{128, 64, 32, 1}},
	{name: "3x64x64", latent: 100, channels: []int{512, 256, 128, 64, 3}},
}

// forms are the network in ONNX.
func (d *dcgan) forms() map[string]func() []byte {
	return map[string]func() []byte{
		"f32":     func() []byte { return d.float(false) },
		"f32gemm": func() []byte { return d.float(true) },
		"qdq":     d.dequantized,
		"static3": func() []byte { return d.convolved(windows["static3"]) },
		"static2": func() []byte { return d.convolved(windows["static2"]) },
	}
}

// side is how many lines the pictures have.
func (d *dcgan) side() int { return 2 << len(d.channels) }

// layer returns the shape of a layer as a discriminator's convolution, whose gradient to the data it is, its weights [4, 4, out,
// in] and its biases. The variance is kept, as He et al. do it, but for the last layer, which leaves tanh its middle.
func (d *dcgan) layer(i int) (s kernels.ConvShape, w, b []float32) {
	out, variance := d.channels[i], 2.0
	if i == 0 {
		s = whole(out, d.latent)
		variance /= float64(d.latent)
	} else {
		s = strided(4<<i, out, d.channels[i-1])
		variance /= float64(4 * d.channels[i-1])
	}
	if i == len(d.channels)-1 {
		variance /= 8
	}
	s.N = 1
	_, n, _ := s.Sizes()
	w, b = floats(n, uint32(2*i)), floats(out, uint32(2*i+1))
	kernels.MulScalar(w, w, float32(math.Sqrt(3*variance)))
	kernels.MulScalar(b, b, 0.3)
	return s, w, b
}

func (d *dcgan) model() *model.Model {
	b, st := graph.New(), graph.NewStore()
	variable := func(name string, x []float32, dims ...int) graph.Value {
		copy(st.Alloc(name, graph.F32, graph.Of(dims...)).F32(), x)
		return b.Var(name, graph.F32, graph.Of(dims...))
	}
	x := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, d.latent)), kernels.LatentScale)
	x = b.Reshape(x, graph.Of(graph.Batch, 1, 1, d.latent))
	for i, out := range d.channels {
		s, w, bias := d.layer(i)
		wide := variable(fmt.Sprint("w", i), w, 4, 4, out, s.Cout)
		x = b.ConvTransposed(x, wide, graph.Strided(s.StrideH, s.PadH), 1, [2]int{})
		x = b.Add(x, variable(fmt.Sprint("b", i), bias, out))
		if i < len(d.channels)-1 {
			x = b.ReLU(x)
		}
	}
	b.Output("image", b.ToU8(b.Tanh(x), 127.5, 127.5))
	return &model.Model{Graph: b, Weights: st, Meta: model.Meta{Latent: "uniform", LatentDim: d.latent,
		Image: [3]int{d.side(), d.side(), d.channels[len(d.channels)-1]}}}
}

// ranges fills in lo and hi, from 64 latents.
func (d *dcgan) ranges() {
	d.calibrate.Do(func() {
		const samples = 64
		x := latents(d.model(), samples)
		add := func() { d.lo, d.hi = append(d.lo, min(0, slices.Min(x))), append(d.hi, max(0, slices.Max(x))) }
		add()
		for i := range d.channels {
			s, w, b := d.layer(i)
			s.N = samples
			n, _, _ := s.Sizes()
			c := &kernels.Conv{ConvShape: s, Role: kernels.ConvDX, X: make([]float32, n), Weights: w, Y: x, Bias: b}
			if i < len(d.channels)-1 {
				c.Act = kernels.ActReLU
			}
			c.Run(nil)
			x = c.X
			add()
		}
	})
}

// tap is the weight of a layer from a channel of its source to one of its result.
func tap(s *kernels.ConvShape, w []float32, y, x, from, to int) float32 {
	return w[((y*4+x)*s.Cin+to)*s.Cout+from]
}

// transposedWeights returns weights as ONNX's ConvTranspose has them, [from, to, 4, 4]. Those of the first layer are a product's too,
// [latent, 16*to].
func transposedWeights(s *kernels.ConvShape, w []float32) []float32 {
	out := make([]float32, 0, len(w))
	for from := range s.Cout {
		for to := range s.Cin {
			for t := range 16 {
				out = append(out, tap(s, w, t/4, t%4, from, to))
			}
		}
	}
	return out
}

// window is a convolution that stands for a transposed one of 4x4 taps and stride 2: it has the pixels of blocks of 2x2, some or all,
// as channels, and DepthToSpace puts them side by side.
type window struct {
	taps   int // 3 for all pixels of a block, 20 of 36 of whose weights are 0; 2 for one
	blocks []int
}

// weights returns those of a window, [blocks*to, from, taps, taps]: a tap further on is one 2 before it of the four.
func (v window) weights(s *kernels.ConvShape, w []float32) []float32 {
	var out []float32
	for _, block := range v.blocks {
		for to := range s.Cin {
			for from := range s.Cout {
				for t := range v.taps * v.taps {
					y, x := 3-block/2-2*(t/v.taps), 3-block%2-2*(t%v.taps)
					if v.taps == 3 { // begins a pixel before the block, whatever the pixel in it
						y, x = y+2*(block/2), x+2*(block%2)
					}
					weight := float32(0)
					if 0 <= y && y < 4 && 0 <= x && x < 4 {
						weight = tap(s, w, y, x, from, to)
					}
					out = append(out, weight)
				}
			}
		}
	}
	return out
}

// geometry is the attributes of a window.
func (v window) geometry() []attribute {
	y, x := 0, 0
	if v.taps == 2 {
		y, x = v.blocks[0]/2, v.blocks[0]%2
	}
	pads := ints("pads", 1-y, 1-x, y, x)
	if v.taps == 3 {
		pads = ints("pads", 1, 1, 1, 1)
	}
	return []attribute{ints("kernel_shape", v.taps, v.taps), pads}
}

// windows are the ways to make convolutions of a transposed one.
var windows = map[string][]window{
	"static3": {{3, []int{0, 1, 2, 3}}},
	"static2": {{2, []int{0}}, {2, []int{1}}, {2, []int{2}}, {2, []int{3}}},
}

func ints(name string, v ...int) attribute { return attribute{name: name, numbers: v, list: true} }

func number(name string, v int) attribute { return attribute{name: name, numbers: []int{v}} }

func transposedGeometry(s *kernels.ConvShape) []attribute {
	return []attribute{ints("kernel_shape", 4, 4), ints("strides", s.StrideH, s.StrideW),
		ints("pads", s.PadH, s.PadH, s.PadH, s.PadH)}
}

// float writes the network in f32, with a transposed convolution for its first layer, as it is trained, or a product.
func (d *dcgan) float(product bool) []byte {
	var m onnxModel
	m.value(11, "z", onnxF32, d.latent)
	x := "z"
	if !product {
		x = m.node("", "Reshape", "pixel", x, m.integers("shape", 0, d.latent, 1, 1))
	}
	for i, out := range d.channels {
		s, w, b := d.layer(i)
		name := fmt.Sprint("h", i)
		w = transposedWeights(&s, w)
		if i == 0 && product {
			x = m.node("", "Gemm", name, x, m.floats(name+".w", w, d.latent, 16*out), m.floats(name+".b", sixteen(b), 16*out))
			x = m.node("", "Reshape", "pixels", x, m.integers("shape", 0, out, 4, 4))
		} else {
			x = m.nodeWith(transposedGeometry(&s), "", "ConvTranspose", name, x, m.floats(name+".w", w, s.Cout, out, 4, 4),
				m.floats(name+".b", b, out))
		}
		if i < len(d.channels)-1 {
			x = m.node("", "Relu", name+"r", x)
		}
	}
	m.node("", "Tanh", "signed", x)
	m.value(12, "signed", onnxF32, d.picture()...)
	return m.encode()
}

// picture is the shape of a picture, channels first.
func (d *dcgan) picture() []int { return []int{d.channels[len(d.channels)-1], d.side(), d.side()} }

// sixteen repeats each number for 4x4 pixels.
func sixteen(b []float32) []float32 {
	var all []float32
	for _, v := range b {
		all = append(all, slices.Repeat([]float32{v}, 16)...)
	}
	return all
}

// quantizedBy is w as bytes, symmetric, with a scale for each channel: those of weight i is channel(i).
func quantizedBy(w []float32, channels int, channel func(i int) int) (q []byte, scale []float32) {
	q, scale = make([]byte, len(w)), make([]float32, channels)
	for i, v := range w {
		scale[channel(i)] = max(scale[channel(i)], float32(math.Abs(float64(v)))/127)
	}
	for i, v := range w {
		q[i] = byte(int8(math.RoundToEven(float64(v / scale[channel(i)]))))
	}
	return q, scale
}

// quantizedBias is b in units of the scales of weights and input.
func quantizedBias(b, scale []float32, in float64) (raw []byte) {
	for i, v := range b {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(int32(math.RoundToEven(float64(v)/(in*float64(scale[i]))))))
	}
	return raw
}

// onnxRange is the scale and the zero point of a tensor of bytes, as constants.
type onnxRange struct {
	scale, zero string
	step        float64
}

// ranged is the range of the latent (0) or of what a layer makes.
func (d *dcgan) ranged(m *onnxModel, name string, i int) onnxRange {
	step := float64(d.hi[i]-d.lo[i]) / 255
	zero := byte(math.RoundToEven(-float64(d.lo[i]) / step))
	return onnxRange{m.scalar(name+".s", step), m.constant(name+".z", onnxU8, []byte{zero}), step}
}

// signed adds weights as bytes, with their scales.
func (m *onnxModel) signed(name string, q []byte, scale []float32, dims ...int) []string {
	return []string{m.constant(name+".w", onnxS8, q, dims...), m.floats(name+".ws", scale, len(scale)),
		m.constant(name+".wz", onnxS8, make([]byte, len(scale)), len(scale))}
}

// dequantized writes the network as ONNX Runtime's own quantizer does: transposed convolutions between a DequantizeLinear of
// everything and a QuantizeLinear, since there is none of integers. ReLU lies in the zero point.
func (d *dcgan) dequantized() []byte {
	d.ranges()
	var m onnxModel
	m.value(11, "z", onnxF32, d.latent)
	in := d.ranged(&m, "z", 0)
	x := m.node("", "QuantizeLinear", "zq", "z", in.scale, in.zero)
	x = m.node("", "Reshape", "pixel", x, m.integers("shape", 0, d.latent, 1, 1))
	for i, out := range d.channels {
		s, w, b := d.layer(i)
		name := fmt.Sprint("h", i)
		q, scale := quantizedBy(transposedWeights(&s, w), out, func(i int) int { return i / 16 % out })
		biasScale := make([]float32, out)
		kernels.MulScalar(biasScale, scale, float32(in.step))
		data := m.node("", "DequantizeLinear", name+"d", x, in.scale, in.zero)
		weight := m.nodeWith([]attribute{number("axis", 1)}, "", "DequantizeLinear", name+"wd",
			m.signed(name, q, scale, s.Cout, out, 4, 4)...)
		bias := m.nodeWith([]attribute{number("axis", 0)}, "", "DequantizeLinear", name+"bd",
			m.constant(name+".b", onnxS32, quantizedBias(b, scale, in.step), out), m.floats(name+".bs", biasScale, out),
			m.constant(name+".bz", onnxS32, make([]byte, 4*out), out))
		in = d.ranged(&m, name, i+1)
		x = m.nodeWith(transposedGeometry(&s), "", "ConvTranspose", name, data, weight, bias)
		x = m.node("", "QuantizeLinear", name+"q", x, in.scale, in.zero)
	}
	m.node("", "Tanh", "signed", m.node("", "DequantizeLinear", "last", x, in.scale, in.zero))
	m.value(12, "signed", onnxF32, d.picture()...)
	return m.encode()
}

// convolved writes the network with integers throughout, which takes other operations: a product for the first layer, convolutions
// of windows for the others, and a sigmoid for tanh, since (1 + tanh(x))/2 = sigmoid(2x).
func (d *dcgan) convolved(ws []window) []byte {
	d.ranges()
	var m onnxModel
	m.value(11, "z", onnxF32, d.latent)
	in := d.ranged(&m, "z", 0)
	x := m.node("", "QuantizeLinear", "zq", "z", in.scale, in.zero)
	for i, out := range d.channels {
		s, w, b := d.layer(i)
		name := fmt.Sprint("h", i)
		to := d.ranged(&m, name, i+1)
		if i == 0 {
			q, scale := quantizedColumns(transposedWeights(&s, w), d.latent, 16*out)
			args := append([]string{x, in.scale, in.zero}, m.signed(name, q, scale, d.latent, 16*out)...)
			bias := m.constant(name+".b", onnxS32, quantizedBias(sixteen(b), scale, in.step), 16*out)
			x = m.node("com.microsoft", "QGemm", name, append(args, bias, to.scale, to.zero)...)
			x = m.node("", "Reshape", "pixels", x, m.integers("shape", 0, out, 4, 4))
			in = to
			continue
		}
		var parts []string
		for _, v := range ws {
			part := fmt.Sprint(name, "p", v.blocks[0])
			channels := out * len(v.blocks)
			q, scale := quantizedBy(v.weights(&s, w), channels, func(i int) int { return i / (v.taps * v.taps * s.Cout) })
			args := append([]string{x, in.scale, in.zero}, m.signed(part, q, scale, channels, s.Cout, v.taps, v.taps)...)
			bias := m.constant(part+".b", onnxS32, quantizedBias(slices.Repeat(b, len(v.blocks)), scale, in.step), channels)
			parts = append(parts, m.nodeWith(v.geometry(), "", "QLinearConv", part, append(args, to.scale, to.zero, bias)...))
		}
		if x = parts[0]; len(parts) > 1 {
			x = m.nodeWith([]attribute{number("axis", 1)}, "", "Concat", name+"c", parts...)
		}
		x = m.nodeWith([]attribute{number("blocksize", 2)}, "", "DepthToSpace", name+"x", x)
		in = to
	}
	m.node("com.microsoft", "QLinearSigmoid", "image", x, m.scalar("twice", 2*in.step), in.zero, m.scalar("image.s", 1./255),
		m.constant("image.z", onnxU8, []byte{0}))
	m.value(12, "image", onnxU8, d.picture()...)
	return m.encode()
}
