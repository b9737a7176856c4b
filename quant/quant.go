// Package quant turns a trained float generator into one of integers, from the latent to the pixel.
//
// Weights are symmetric per output channel in [-127, 127], activations affine u8 with one scale a tensor, sums 32 bits,
// and each layer ends in one fixed-point multiplication with one rounding (kernels.Requantize). ReLU is a clamp; other
// functions, with the conversion to pixels, are tables of 256 bytes. Ranges, and a correction of every bias for the
// mean error that rounding causes, come from running the float model on latents of its own: no data set is needed. What
// is computed with floats here decides only constants; the result draws the same pictures on every machine.
package quant

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// Options are the options of Quantize. The zero value is good.
type Options struct {
	CalibrationSamples int // latents drawn to measure ranges; 0 means 1024
	Pool               *kernels.Pool
}

// LayerReport says how far one integer layer is from its float original, over the calibration latents and with the
// errors of the layers before it.
type LayerReport struct {
	Name   string  `json:"name"`
	K      int     `json:"k"`
	N      int     `json:"n"`
	SNR    float64 `json:"snr_db"` // power of the float result against that of the error
	Cosine float64 `json:"cosine"` // between the float and the integer result
	Bits   float64 `json:"bits"`   // log2 of the largest sum that any input can make; 31 is the limit
}

// Report says how close the integer model is to the float one.
type Report struct {
	Layers      []LayerReport `json:"layers"`
	PSNR        float64       `json:"psnr_db"` // of the integer pictures against the float ones, seeds 0 to Seeds-1
	Worst       float64       `json:"psnr_worst_db"`
	Seeds       int           `json:"seeds"`
	FloatBytes  int           `json:"float_bytes"`
	IntBytes    int           `json:"int_bytes"`
	Calibration int           `json:"calibration_samples"`
}

// String renders the report as a table.
func (r *Report) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%-24s %6s %6s %8s %9s %9s\n", "layer", "K", "N", "SNR dB", "cosine", "sum bits")
	for _, l := range r.Layers {
		fmt.Fprintf(&s, "%-24s %6d %6d %8.1f %9.6f %9.1f\n", l.Name, l.K, l.N, l.SNR, l.Cosine, l.Bits)
	}
	fmt.Fprintf(&s, "PSNR against the float pictures of seeds 0 to %d: %.1f dB (worst picture %.1f dB)\n", r.Seeds-1,
		r.PSNR, r.Worst)
	fmt.Fprintf(&s, "weights %d KiB, were %d KiB\n", r.IntBytes>>10, r.FloatBytes>>10)
	return s.String()
}

const (
	hashSeeds = 64  // pictures whose hash goes into the file
	psnrSeeds = 256 // pictures compared with the float ones
)

// Quantize returns the integer form of a dense generator: a chain of products with constant weights, elementwise
// functions and a conversion to bytes. Anything else is an error that names the node; a layer whose sums could leave 32
// bits is one that names the layer.
func Quantize(m *model.Model, opt Options) (*model.Model, *Report, error) {
	if m.Meta.Quantized {
		return nil, nil, fmt.Errorf("quant: the model is quantized already")
	}
	if m.Meta.Row > 0 {
		return nil, nil, fmt.Errorf("quant: a generator of rows of numbers; pictures can be quantized")
	}
	if err := m.Check(); err != nil {
		return nil, nil, fmt.Errorf("quant: %w", err)
	}
	if opt.CalibrationSamples < 0 || opt.CalibrationSamples > 1<<16 {
		return nil, nil, fmt.Errorf("quant: %d calibration samples; want 1 to %d, or 0 for 1024", opt.CalibrationSamples,
			1<<16)
	}
	samples := opt.CalibrationSamples
	if samples == 0 {
		samples = 1024
	}
	samples = (samples + batch - 1) / batch * batch
	net, err := parse(m.Graph)
	if err != nil {
		return nil, nil, err
	}
	if err := net.checkSize(samples); err != nil {
		return nil, nil, err
	}
	z, err := net.calibrate(m, samples, opt.Pool)
	if err != nil {
		return nil, nil, err
	}
	w := &writer{net: net, b: graph.New(), st: graph.NewStore(), pool: opt.Pool, samples: samples}
	if err := w.latent(z, m.Meta.LatentDim); err != nil {
		return nil, nil, err
	}
	report := &Report{Calibration: samples, FloatBytes: m.Weights.Bytes()}
	for _, l := range net.layers {
		lr, err := w.layer(l)
		if err != nil {
			return nil, nil, err
		}
		report.Layers = append(report.Layers, lr)
	}
	image := m.Meta.Image
	w.b.Output("image", w.b.Reshape(w.v, graph.Of(graph.Batch, image[0], image[1], image[2])))

	q := &model.Model{Graph: w.b, Weights: w.st, Meta: m.Meta}
	q.Meta.Quantized, q.Meta.Hashes = true, nil
	if err := q.Check(); err != nil {
		return nil, nil, fmt.Errorf("quant: %w", err)
	}
	report.IntBytes = q.Weights.Bytes()
	if err := compare(m, q, report, opt.Pool); err != nil {
		return nil, nil, err
	}
	return q, report, nil
}

// writer builds the integer graph, layer by layer, and runs it on the calibration latents as it goes.
type writer struct {
	net     *network
	b       *graph.Builder
	st      *graph.Store
	pool    *kernels.Pool
	samples int

	v graph.Value // the activations so far, in the graph
	x []uint8     // and of the calibration
	g grid        // what they mean

	layers int // written
}

func (w *writer) latent(z []int16, dim int) error {
	xs := make([]float32, len(z))
	for i, q := range z {
		xs[i] = float32(float64(q) * w.net.zScale)
	}
	same := func([]float64) {}
	w.g = bestGrid(newHistogram(xs), false, same, same)
	mult, shift, ok := kernels.QuantScale(w.net.zScale / w.g.scale)
	if !ok {
		return fmt.Errorf("quant: a latent in steps of %g does not fit 8 bits in steps of %g", w.net.zScale, w.g.scale)
	}
	w.v = w.b.QuantizeLatent(w.b.Input("z", graph.I16, graph.Of(graph.Batch, dim)), mult, shift, uint8(w.g.zero))
	w.x = make([]uint8, len(z))
	kernels.QuantizeI16(w.x, z, mult, shift, w.g.zero)
	return nil
}

// layer appends the integer form of l.
func (w *writer) layer(l *layer) (LayerReport, error) {
	r := LayerReport{Name: l.name, K: l.k, N: l.n}
	if l.k > kernels.MaxKU8 {
		return r, fmt.Errorf("quant: layer %q sums %d products; 32 bits hold those of %d", l.name, l.k, kernels.MaxKU8)
	}
	f, err := w.net.function(l)
	if err != nil {
		return r, err
	}
	// The grid of the sums, what its values become, and the grid of that.
	relu := w.net.relu(l)
	table := !relu && (l.last() || len(l.f) > 0)
	out := func(levels []float64) grid {
		if l.last() {
			return grid{scale: 1}
		}
		return makeGrid(slices.Min(levels), slices.Max(levels))
	}
	levels := f
	if table {
		levels = func(x []float64) {
			f(x)
			g := out(x)
			for i, v := range x {
				x[i] = g.value(g.quantize(v))
			}
		}
	}
	sums := bestGrid(newHistogram(l.pre), relu, f, levels)
	if sums.scale == 0 {
		return r, fmt.Errorf("quant: layer %q: its function computes NaN or infinity near %g", l.name, slices.Max(l.pre))
	}
	scales := l.weightScales(w.g.scale, &sums.scale)

	// Weights, and the sums that they give on the calibration latents.
	name := fmt.Sprintf("layer%d.", w.layers)
	w.layers++
	weight := w.st.Alloc(name+"weight", graph.S8, graph.Of(l.k, l.n))
	bias := w.st.Alloc(name+"bias", graph.I32, graph.Of(l.n))
	mult := w.st.Alloc(name+"mult", graph.I32, graph.Of(l.n))
	shift := w.st.Alloc(name+"shift", graph.U8, graph.Of(l.n))
	for i, v := range l.w {
		weight.S8()[i] = int8(max(-127, min(math.RoundToEven(v/scales[i%l.n]), 127)))
	}
	acc := make([]int32, w.samples*l.n)
	gemm := &kernels.GemmU8{M: w.samples, N: l.n, K: l.k, A: w.x, Lda: l.k, B: kernels.PackS8(l.k, l.n, weight.S8(), l.n),
		C32: acc, Ldc: l.n}
	gemm.Run(w.pool)

	for j := range l.n {
		var ok bool
		if mult.I32()[j], shift.U8()[j], ok = kernels.QuantScale(w.g.scale * scales[j] / sums.scale); !ok {
			return r, fmt.Errorf("quant: layer %q: channel %d: scale %g has no fixed-point form", l.name, j,
				w.g.scale*scales[j]/sums.scale)
		}
		// With the true bias the mean over the samples is off by what rounding did; move the bias by that.
		var mean, got float64
		for i := j; i < len(acc); i += l.n {
			mean += float64(l.pre[i])
			got += float64(acc[i])
		}
		unit := w.g.scale * scales[j]
		v := math.RoundToEven((mean/unit - got) / float64(w.samples))
		hi, lo := v, v
		for i := j; i < len(l.w); i += l.n {
			if q := 255 * float64(weight.S8()[i]); q > 0 {
				hi += q
			} else {
				lo += q
			}
		}
		if hi > math.MaxInt32 || lo < math.MinInt32 {
			return r, fmt.Errorf("quant: layer %q: the sums of channel %d can reach %.0f to %.0f, beyond 32 bits", l.name, j,
				lo, hi)
		}
		bias.I32()[j] = int32(v)
		r.Bits = max(r.Bits, math.Log2(max(hi, -lo, 1)))
	}

	lo := uint8(0)
	if relu {
		lo = uint8(sums.zero)
	}
	v := func(t *graph.Tensor) graph.Value { return w.b.Var(t.Name, t.DType, t.Shape) }
	w.v = w.b.QDot(w.v, v(weight), v(bias), v(mult), v(shift), uint8(sums.zero), lo, 255)
	gemm.Bias, gemm.Mult, gemm.Shift, gemm.Zero, gemm.Lo, gemm.Hi = bias.I32(), mult.I32(), shift.U8(), sums.zero, lo, 255
	gemm.C32, gemm.C = nil, make([]uint8, len(acc))
	gemm.Run(w.pool)
	w.x, w.g = gemm.C, sums
	if table {
		x := make([]float64, 256)
		for q := range x {
			x[q] = sums.value(uint8(q))
		}
		f(x)
		w.g = out(x)
		t := w.st.Alloc(name+"table", graph.U8, graph.Of(256))
		for q, v := range x {
			t.U8()[q] = w.g.quantize(v)
		}
		w.v = w.b.Lookup(w.v, v(t))
		kernels.Lookup(w.x, w.x, (*[256]uint8)(t.U8()))
	}

	want := make([]float64, len(l.pre))
	for i, v := range l.pre {
		want[i] = float64(v)
	}
	f(want)
	var signal, noise, power, dot float64
	for i, x := range want {
		y := w.g.value(w.x[i])
		signal, noise, power, dot = signal+x*x, noise+(x-y)*(x-y), power+y*y, dot+x*y
	}
	r.SNR, r.Cosine = decibel(signal, noise), 1
	if signal > 0 && power > 0 {
		r.Cosine = dot / math.Sqrt(signal*power)
	}
	return r, nil
}

// weightScales returns the scale of each channel's weights, where the input comes in steps of in and the sums shall
// leave in steps of *out, which is raised where the sums' own steps are wider than that.
func (l *layer) weightScales(in float64, out *float64) []float64 {
	scales := make([]float64, l.n)
	for i, v := range l.w {
		scales[i%l.n] = max(scales[i%l.n], math.Abs(v)/127)
	}
	for j, s := range scales {
		// A bias far above the weights must still fit.
		scales[j] = max(s, math.Abs(l.bias[j])/(in*(1<<28)))
		*out = max(*out, in*scales[j]*(1+1e-9))
	}
	for j, s := range scales {
		scales[j] = max(s, *out/in*0x1p-31)
	}
	return scales
}

// decibel is the ratio of two powers, at most 99.
func decibel(signal, noise float64) float64 {
	if noise <= signal*math.Pow(10, -9.9) {
		return 99
	}
	if signal == 0 {
		return 0
	}
	return 10 * math.Log10(signal/noise)
}

// compare draws the pictures of the first seeds with both models and completes the report and the integer model's
// hashes.
func compare(m, q *model.Model, r *Report, pool *kernels.Pool) error {
	want, err := draw(m, psnrSeeds, pool)
	if err != nil {
		return err
	}
	got, err := draw(q, psnrSeeds, pool)
	if err != nil {
		return err
	}
	size := len(want) / psnrSeeds
	var total, most float64
	for s := range psnrSeeds {
		var sum float64
		for i := s * size; i < (s+1)*size; i++ {
			d := float64(want[i]) - float64(got[i])
			sum += d * d
		}
		total, most = total+sum, max(most, sum)
	}
	r.Seeds = psnrSeeds
	r.PSNR, r.Worst = decibel(255*255*float64(len(want)), total), decibel(255*255*float64(size), most)
	sum := sha256.Sum256(got[:hashSeeds*size])
	q.Meta.Hashes = []model.SampleHash{{From: 0, To: hashSeeds - 1, SHA256: hex.EncodeToString(sum[:])}}
	return nil
}

// draw returns the pictures of the seeds 0 to n-1, n a multiple of batch.
func draw(m *model.Model, n int, pool *kernels.Pool) ([]byte, error) {
	b, err := m.Graph.WithBatch(batch)
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	p, err := graph.Compile(b, m.Weights, graph.Options{Pool: pool, Frozen: m.Meta.Quantized})
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	var pictures []byte
	z, dim := p.In("z").I16(), m.Meta.LatentDim
	for s := range n {
		m.DrawLatent(z[s%batch*dim:][:dim], uint64(s), 0)
		if s%batch == batch-1 {
			p.Run(graph.Clock{})
			pictures = append(pictures, p.Out("image").U8()...)
		}
	}
	return pictures, nil
}
