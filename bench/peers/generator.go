package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
)

// mlpWidths are those of the MNIST generator of Goodfellow et al. 2014. Its weights are random here.
var mlpWidths = []int{100, 1200, 1200, 784}

// generator is a network that both sides have.
type generator struct {
	kind   string // of its rows, with -f32 and -int8 behind it
	name   string
	folder string // of its files
	model  func() *model.Model
	forms  map[string]func() []byte // its ONNX files
	f32    []rival
	int8   []rival
	// By so much of their scale may checksums differ: bytes are rounded, few where a picture is small, and u8 activations have
	// other ranges on the other side.
	tolerance, tolerance8 float64

	quantize  sync.Once
	quantized *model.Model // ours
	err       error
}

func generators() []*generator {
	gs := []*generator{{kind: "generator", name: "MLP", folder: "mlp", model: mlpModel, tolerance: 3e-4,
		tolerance8: 2e-3,
		forms:      map[string]func() []byte{"f32": floatMLP, "static": staticMLP, "dynamic": dynamicMLP},
		f32:        []rival{{"ort", "mlp/f32", "ONNX Runtime"}},
		int8: []rival{{"ort", "mlp/static", "ONNX Runtime static"},
			{"ort", "mlp/dynamic", "ONNX Runtime dynamic"}}}}
	for _, d := range dcgans {
		form := func(name, label string) rival { return rival{"ort", d.name + "/" + name, label} }
		gs = append(gs, &generator{kind: "dcgan", name: d.name, folder: d.name, model: d.model, forms: d.forms(), tolerance: 1e-3,
			tolerance8: 5e-3,
			f32:        []rival{form("f32", "ONNX Runtime"), form("f32gemm", "ONNX Runtime, Gemm first")},
			int8: []rival{form("f32gemm", "ONNX Runtime f32"), form("qdq", "ONNX Runtime QDQ"),
				form("static2", "ONNX Runtime Conv 2x2"), form("static3", "ONNX Runtime Conv 3x3")}})
	}
	return gs
}

func generatorJobs() []job {
	var js []job
	for _, g := range generators() {
		for _, q := range []bool{false, true} {
			for _, batch := range []int{1, 16, 64} {
				js = append(js, g.job(batch, q))
			}
		}
	}
	for _, g := range generators() {
		for _, batch := range []int{1, 16, 64} {
			js = append(js, g.ownJob(batch))
		}
	}
	return js
}

// job is a sample.Sampler, from seeds to bytes, against ONNX Runtime, from z to floats or, with integers, to bytes.
func (g *generator) job(batch int, quantized bool) job {
	j := job{kind: g.kind + "-f32", shape: fmt.Sprintf("%s batch %d", g.name, batch), work: float64(batch) * 1e6,
		tolerance: g.tolerance, rivals: g.f32, ask: request{Op: "onnx", M: batch, K: g.model().Meta.LatentDim}, files: g.write}
	if quantized {
		j.kind, j.tolerance, j.rivals = g.kind+"-int8", g.tolerance8, g.int8
	}
	j.ours = func(p *kernels.Pool) (func(), func() (float64, float64), error) {
		return g.sampler(batch, quantized, p)
	}
	return j
}

// ownJob is the int8 generator against the f32 one, both ours, on the tier in use.
func (g *generator) ownJob(batch int) job {
	return job{kind: "generator-own", shape: fmt.Sprintf("%s batch %d", g.name, batch), work: float64(batch) * 1e6,
		tolerance: g.tolerance8, rivals: []rival{{"", "", "our f32"}},
		ours:   func(p *kernels.Pool) (func(), func() (float64, float64), error) { return g.sampler(batch, true, p) },
		theirs: func(p *kernels.Pool) (func(), func() (float64, float64), error) { return g.sampler(batch, false, p) }}
}

// sampler returns what draws a batch of pictures, and their checksum, channels first.
func (g *generator) sampler(batch int, quantized bool, p *kernels.Pool) (func(), func() (float64, float64), error) {
	m := g.model()
	if quantized {
		g.quantize.Do(func() { g.quantized, _, g.err = quant.Quantize(m, quant.Options{Pool: p}) })
		if m = g.quantized; g.err != nil {
			return nil, nil, g.err
		}
	}
	s, err := sample.New(m, batch, p)
	if err != nil {
		return nil, nil, err
	}
	seeds, pix := sample.Seeds(0, uint64(batch-1)), make([]uint8, batch*s.Size())
	return func() { s.Sample(pix, seeds) }, func() (float64, float64) {
		centered := make([]float32, len(pix))
		channels := m.Meta.Image[2]
		pixels := s.Size() / channels
		for i, v := range pix {
			picture, at := i/s.Size(), i%s.Size()
			centered[picture*s.Size()+at%channels*pixels+at/channels] = float32(v)/127.5 - 1
		}
		return checksum(centered)
	}, nil
}

// write writes the generator in all its forms, and the latents, for ONNX Runtime, unless they are there.
func (g *generator) write(dir string) error {
	dir = filepath.Join(dir, g.folder)
	if err := os.Mkdir(dir, 0o777); errors.Is(err, os.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	var z []byte
	for _, v := range latents(g.model(), 64) {
		z = binary.LittleEndian.AppendUint32(z, math.Float32bits(v))
	}
	for name, form := range g.forms {
		if err := os.WriteFile(filepath.Join(dir, name+".onnx"), form(), 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "z"), z, 0o666)
}

// layer returns weights [k, n] and biases of an MLP layer: He's initialization in effect, so that pixels differ.
func layer(i int) (w, b []float32, k, n int) {
	k, n = mlpWidths[i], mlpWidths[i+1]
	w, b = floats(k*n, uint32(2*i)), floats(n, uint32(2*i+1))
	kernels.MulScalar(w, w, float32(math.Sqrt(6/float64(k))))
	kernels.MulScalar(b, b, 0.3)
	return w, b, k, n
}

func mlpModel() *model.Model {
	b, st := graph.New(), graph.NewStore()
	variable := func(name string, x []float32, dims ...int) graph.Value {
		copy(st.Alloc(name, graph.F32, graph.Of(dims...)).F32(), x)
		return b.Var(name, graph.F32, graph.Of(dims...))
	}
	x := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, mlpWidths[0])), kernels.LatentScale)
	for i := range len(mlpWidths) - 1 {
		w, bias, k, n := layer(i)
		x = b.Add(b.Dot(x, variable(fmt.Sprint("w", i), w, k, n), false, false), variable(fmt.Sprint("b", i), bias, n))
		if i < len(mlpWidths)-2 {
			x = b.ReLU(x)
		}
	}
	b.Output("image", b.Reshape(b.ToU8(b.Sigmoid(x), 255, 0), graph.Of(graph.Batch, 28, 28, 1)))
	return &model.Model{Graph: b, Weights: st,
		Meta: model.Meta{Latent: "uniform", LatentDim: mlpWidths[0], Image: [3]int{28, 28, 1}}}
}

// latents returns z of the seeds from 0 on, as rows.
func latents(m *model.Model, samples int) []float32 {
	dim := m.Meta.LatentDim
	z, row := make([]float32, 0, samples*dim), make([]int16, dim)
	for seed := range samples {
		m.DrawLatent(row, uint64(seed), 0)
		for _, v := range row {
			z = append(z, float32(v)*kernels.LatentScale)
		}
	}
	return z
}

func floatMLP() []byte {
	var m onnxModel
	m.value(11, "z", onnxF32, mlpWidths[0])
	x := "z"
	for i := range len(mlpWidths) - 1 {
		w, b, k, n := layer(i)
		name := fmt.Sprint("h", i)
		x = m.node("", "Gemm", name, x, m.floats(name+".w", w, k, n), m.floats(name+".b", b, n))
		if i < len(mlpWidths)-2 {
			x = m.node("", "Relu", x+"r", x)
		}
	}
	m.node("", "Sigmoid", "image", x)
	m.value(12, "image", onnxF32, mlpWidths[3])
	return m.encode()
}

// quantizedColumns is w [k, n] as bytes, symmetric, with a scale for each column.
func quantizedColumns(w []float32, k, n int) (q []byte, scale []float32) {
	q, scale = make([]byte, k*n), make([]float32, n)
	for i, v := range w {
		scale[i%n] = max(scale[i%n], float32(math.Abs(float64(v)))/127)
	}
	for i, v := range w {
		q[i] = byte(int8(math.RoundToEven(float64(v / scale[i%n]))))
	}
	return q, scale
}

// staticMLP is what ONNX Runtime makes of a statically quantized MLP: products of u8 activations, whose ranges are
// those of 256 latents, and s8 weights with a scale a column; ReLU lies in the zero point. It ends in bytes.
func staticMLP() []byte {
	const samples = 256
	var m onnxModel
	m.value(11, "z", onnxF32, mlpWidths[0])
	act := latents(mlpModel(), samples)
	// u8 chooses scale and zero point for values from lo to hi and adds them as constants.
	u8 := func(name string, lo, hi float32) (s, z string, scale float64) {
		lo, hi = min(lo, 0), max(hi, 0)
		scale = float64(hi-lo) / 255
		zero := byte(math.RoundToEven(-float64(lo) / scale))
		return m.scalar(name+".s", scale), m.constant(name+".z", onnxU8, []byte{zero}), scale
	}
	s, zero, scale := u8("z", slices.Min(act), slices.Max(act))
	x := m.node("", "QuantizeLinear", "zq", "z", s, zero)
	for i := range len(mlpWidths) - 1 {
		w, b, k, n := layer(i)
		g := &kernels.Gemm{M: samples, N: n, K: k, A: act, Lda: k, B: w, Ldb: n, C: make([]float32, samples*n), Ldc: n,
			Bias: b}
		if i < len(mlpWidths)-2 {
			g.Act = kernels.ActReLU
		}
		g.Run(nil)
		act = g.C
		q, ws := quantizedColumns(w, k, n)
		var bias []byte
		for j, v := range b {
			bias = binary.LittleEndian.AppendUint32(bias, uint32(int32(math.RoundToEven(float64(v)/(scale*float64(ws[j]))))))
		}
		name := fmt.Sprint("h", i)
		in := []string{x, s, zero, m.constant(name+".w", onnxS8, q, k, n), m.floats(name+".ws", ws, n),
			m.constant(name+".wz", onnxS8, make([]byte, n), n), m.constant(name+".b", onnxS32, bias, n)}
		s, zero, scale = u8(name, slices.Min(act), slices.Max(act))
		x = m.node("com.microsoft", "QGemm", name, append(in, s, zero)...)
	}
	m.node("com.microsoft", "QLinearSigmoid", "image", x, s, zero, m.scalar("image.s", 1./255),
		m.constant("image.z", onnxU8, []byte{0}))
	m.value(12, "image", onnxU8, mlpWidths[3])
	return m.encode()
}

// dynamicMLP is what ONNX Runtime makes of a dynamically quantized MLP: activations are quantized by their range in the
// batch.
func dynamicMLP() []byte {
	var m onnxModel
	m.value(11, "z", onnxF32, mlpWidths[0])
	x := "z"
	for i := range len(mlpWidths) - 1 {
		w, b, k, n := layer(i)
		q, ws := quantizedColumns(w, k, n)
		name := fmt.Sprint("h", i)
		x = m.node("com.microsoft", "DynamicQuantizeMatMul", name, x, m.constant(name+".w", onnxS8, q, k, n),
			m.floats(name+".ws", ws, n), m.constant(name+".wz", onnxS8, make([]byte, n), n), m.floats(name+".b", b, n))
		if i < len(mlpWidths)-2 {
			x = m.node("", "Relu", x+"r", x)
		}
	}
	m.node("", "Sigmoid", "image", x)
	m.value(12, "image", onnxF32, mlpWidths[3])
	return m.encode()
}
