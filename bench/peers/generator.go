package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
)

// mlpWidths are those of the MNIST generator of Goodfellow et al. 2014. Its weights are random here.
var mlpWidths = []int{100, 1200, 1200, 784}

func generatorJobs() []job {
	var js []job
	for _, q := range []bool{false, true} {
		for _, batch := range []int{1, 16, 64} {
			js = append(js, generatorJob(batch, q))
		}
	}
	return js
}

// generatorJob is a sample.Sampler, from seeds to bytes, against ONNX Runtime, from z to floats or, statically quantized,
// to bytes.
func generatorJob(batch int, quantized bool) job {
	j := job{kind: "generator-f32", shape: fmt.Sprintf("MLP batch %d", batch), work: float64(batch) * 1e6, tolerance: 3e-4,
		rivals: []rival{{"ort", "f32", "ONNX Runtime"}}, ask: request{Op: "onnx", M: batch, K: mlpWidths[0]}, files: writeMLP}
	if quantized {
		j.kind, j.tolerance = "generator-int8", 2e-3
		j.rivals = []rival{{"ort", "static", "ONNX Runtime static"}, {"ort", "dynamic", "ONNX Runtime dynamic"}}
	}
	j.ours = func(p *kernels.Pool) (func(), func() (float64, float64), error) {
		m := mlpModel()
		if quantized {
			var err error
			if m, _, err = quant.Quantize(m, quant.Options{Pool: p}); err != nil {
				return nil, nil, err
			}
		}
		s, err := sample.New(m, batch, p)
		if err != nil {
			return nil, nil, err
		}
		seeds, pix := sample.Seeds(0, uint64(batch-1)), make([]uint8, batch*s.Size())
		return func() { s.Sample(pix, seeds) }, func() (float64, float64) {
			centered := make([]float32, len(pix))
			for i, v := range pix {
				centered[i] = float32(v)/127.5 - 1
			}
			return checksum(centered)
		}, nil
	}
	return j
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
func latents(samples int) []float32 {
	m, dim := mlpModel(), mlpWidths[0]
	z, row := make([]float32, 0, samples*dim), make([]int16, dim)
	for seed := range samples {
		m.DrawLatent(row, uint64(seed), 0)
		for _, v := range row {
			z = append(z, float32(v)*kernels.LatentScale)
		}
	}
	return z
}

// writeMLP writes the generator in three forms, and the latents, for ONNX Runtime.
func writeMLP(dir string) error {
	var z []byte
	for _, v := range latents(64) {
		z = binary.LittleEndian.AppendUint32(z, math.Float32bits(v))
	}
	for name, data := range map[string][]byte{"z": z, "f32.onnx": floatMLP(), "static.onnx": staticMLP(),
		"dynamic.onnx": dynamicMLP()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return err
		}
	}
	return nil
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
	act := latents(samples)
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
