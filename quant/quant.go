// Package quant turns a trained float generator into one of integers, from the latent to the pixel.
//
// Weights are symmetric per output channel in [-127, 127], activations affine u8 with one scale a tensor, sums 32 bits,
// and each layer ends in one fixed-point multiplication with one rounding (kernels.Requantize). ReLU is a clamp; other
// functions, with the conversion to pixels, are tables of 256 bytes. Two tensors are added, channels scaled and pictures
// resampled with one rounding each; what only moves numbers moves bytes. Ranges, and a correction of every bias for the
// mean error that rounding causes, come from running the float model on latents of its own: no data set is needed. What
// is computed with floats here decides only constants.
//
// What has no integer form (normalization of single pictures, products of two activations), small dense layers that serve it
// (those of styles), and layers that the options name stay in floats, with a conversion before and behind each such island.
// Other layers that the options name read words of 16 bits instead of bytes: see words.go. The float kernels give the same bits
// everywhere, so that either way the result draws the same pictures on every machine.
package quant

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// Options are the options of Quantize. The zero value is good.
type Options struct {
	CalibrationSamples int      // latents drawn to measure ranges; 0 means 1024
	Range              Range    // how ranges are chosen; "" means RangeCube
	Equalize           bool     // channels, across layers, before anything else
	WeightBits         int      // of weights, 2 to 8; 0 means 8, or what the model trained with
	Wide               []string // layers, by the names in a report, that read words of 16 bits
	Keep               []string // layers that stay in f32
	Pool               *kernels.Pool
}

// LayerReport says how far one integer operation is from its float original, over calibration latents and with the errors of
// what comes before it. A layer that was left in f32 is reported too.
type LayerReport struct {
	Name   string  `json:"name"` // of a product that of its weights
	Op     string  `json:"op"`   // the first operation of the float graph that it stands for
	Float  bool    `json:"float,omitempty"`
	Wide   bool    `json:"wide,omitempty"` // it reads words of 16 bits
	K      int     `json:"k,omitempty"`    // products in a sum
	N      int     `json:"n,omitempty"`    // channels
	SNR    float64 `json:"snr_db"`         // power of the float result against that of the error
	Cosine float64 `json:"cosine"`         // between the float and the integer result
	Bits   float64 `json:"bits,omitempty"` // log2 of the largest sum that any input can make; 31 is the limit
}

// Width is how many bits the activations have that the layer reads: 8, 16 or 32, which are floats.
func (l LayerReport) Width() int {
	switch {
	case l.Float:
		return 32
	case l.Wide:
		return 16
	}
	return 8
}

// Margin is the number of bits that the largest sum leaves.
func (l LayerReport) Margin() float64 { return 31 - l.Bits }

// Report says how close the integer model is to the float one.
type Report struct {
	Layers      []LayerReport `json:"layers"`
	Floats      []string      `json:"floats,omitempty"` // the operations left in f32, layers that were kept included
	PSNR        float64       `json:"psnr_db"`          // of the integer pictures against the float ones, seeds 0 to Seeds-1
	Worst       float64       `json:"psnr_worst_db"`
	Seeds       int           `json:"seeds"`
	FloatBytes  int           `json:"float_bytes"`
	IntBytes    int           `json:"int_bytes"`
	Calibration int           `json:"calibration_samples"`
	Range       Range         `json:"range"` // the rule, or RangeLearned
	Pairs       int           `json:"equalized_pairs,omitempty"`
	WeightBits  int           `json:"weight_bits"`
	Wide        []string      `json:"wide,omitempty"`    // layers that read words of 16 bits by name
	Kept        []string      `json:"kept,omitempty"`    // layers that stay in f32 by name
	Refused     []Refusal     `json:"refused,omitempty"` // of those a search kept, what cannot have 16 bits
	Metrics     []Metric      `json:"metrics,omitempty"`
	Costs       []Sensitivity `json:"costs,omitempty"` // the costliest layer first

	// The pictures of the seeds, one after the other, of both models.
	FloatPictures []byte `json:"-"`
	IntPictures   []byte `json:"-"`
}

// String renders the report as a table.
func (r *Report) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%-26s %-10s %6s %6s %8s %9s %9s %7s\n", "layer", "operation", "K", "N", "SNR dB", "cosine", "sum bits", "margin")
	number := func(format string, v float64) string {
		if v == 0 {
			return ""
		}
		return fmt.Sprintf(format, v)
	}
	for _, l := range r.Layers {
		op := l.Op
		switch {
		case l.Float:
			op += " f32"
		case l.Wide:
			op += " 16"
		}
		margin := ""
		if l.Bits > 0 {
			margin = fmt.Sprintf("%.1f", l.Margin())
		}
		line := fmt.Sprintf("%-26s %-10s %6s %6s %8.1f %9.6f %9s %7s", l.Name, op, number("%.0f", float64(l.K)),
			number("%.0f", float64(l.N)), l.SNR, l.Cosine, number("%.1f", l.Bits), margin)
		s.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if len(r.Floats) > 0 {
		count := map[string]int{}
		for _, op := range r.Floats {
			count[op]++
		}
		var list []string
		for _, op := range slices.Sorted(maps.Keys(count)) {
			list = append(list, fmt.Sprintf("%d %s", count[op], op))
		}
		fmt.Fprintf(&s, "in f32: %s\n", strings.Join(list, ", "))
	}
	fmt.Fprintf(&s, "PSNR against the float pictures of seeds 0 to %d: %.1f dB (worst picture %.1f dB)\n", r.Seeds-1,
		r.PSNR, r.Worst)
	for _, m := range r.Metrics {
		fmt.Fprintln(&s, m)
	}
	fmt.Fprintf(&s, "weights %d KiB, were %d KiB; ranges: %s\n", r.IntBytes>>10, r.FloatBytes>>10, r.Range)
	return s.String()
}

// Quality returns what the file says of the report.
func (r *Report) Quality() *model.Quality {
	q := &model.Quality{PSNR: r.PSNR, WorstPSNR: r.Worst, Seeds: r.Seeds, Range: string(r.Range), Wide: r.Wide, Kept: r.Kept}
	for _, l := range r.Layers {
		q.Layers = append(q.Layers, model.LayerBits{Name: l.Name, Bits: l.Width()})
	}
	for _, m := range r.Metrics {
		if q.Metrics == nil {
			q.Metrics = map[string][2]float64{}
		}
		q.Metrics[m.Name] = [2]float64{m.Float, m.Int}
	}
	return q
}

const (
	hashSeeds = 64  // pictures whose hash goes into the file
	psnrSeeds = 256 // pictures compared with the float ones

	trialSeeds = maxBatch // of a trial, the same

	noiseSamples = 256 // latents on which layers are compared, at most
)

// Quantize returns the integer form of a generator of pictures, and how close it is. A layer whose sums could leave 32 bits
// is an error that names the layer.
func Quantize(m *model.Model, opt Options) (*model.Model, *Report, error) {
	c, err := Calibrate(m, opt)
	if err != nil {
		return nil, nil, err
	}
	return c.Quantize(opt.Wide, opt.Keep)
}

// A Calibration is a float generator that was run on latents of its own, and can be quantized more than once.
type Calibration struct {
	m     *model.Model
	net   *network
	cal   *calibration
	rule  Range
	bits  int
	pairs int // of layers that were equalized
	pool  *kernels.Pool

	pictures []byte // of the float model, once they were asked for
}

// Calibrate runs a generator on latents. Layers are kept by Quantize alone.
func Calibrate(m *model.Model, opt Options) (*Calibration, error) {
	samples, pool := opt.CalibrationSamples, opt.Pool
	if m.Meta.Quantized {
		return nil, fmt.Errorf("quant: the model is quantized already")
	}
	if m.Meta.Row > 0 {
		return nil, fmt.Errorf("quant: a generator of rows of numbers; pictures can be quantized")
	}
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	if samples < 0 || samples > 1<<16 {
		return nil, fmt.Errorf("quant: %d calibration samples; want 1 to %d, or 0 for 1024", samples, 1<<16)
	}
	if samples == 0 {
		samples = 1024
	}
	c := &Calibration{pool: pool, bits: opt.WeightBits}
	var err error
	if c.rule, err = ParseRange(string(opt.Range)); err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	if c.bits == 0 {
		c.bits = cmp.Or(m.Meta.WeightBits, 8)
	}
	if c.bits < 2 || c.bits > 8 {
		return nil, fmt.Errorf("quant: weights of %d bits; want 2 to 8", c.bits)
	}
	if len(m.Meta.Ranges) > 0 {
		if opt.Equalize {
			return nil, fmt.Errorf("quant: the model has learned its ranges; equalization would change them")
		}
		c.rule = RangeLearned
	}
	if _, err := batchOf(m.Graph); err != nil {
		return nil, err
	}
	if opt.Equalize {
		if m, c.pairs, err = equalize(m, samples, pool); err != nil {
			return nil, fmt.Errorf("quant: %w", err)
		}
	}
	net, err := parse(m, pool)
	if err != nil {
		return nil, err
	}
	cal, err := net.calibrate(m, samples, pool)
	if err != nil {
		return nil, err
	}
	c.m, c.net, c.cal = m, net, cal
	return c, nil
}

// Quantize returns the integer form of the generator, but for the layers that keep names, and how close it is. The layers that
// wide names read words of 16 bits.
func (c *Calibration) Quantize(wide, keep []string) (*model.Model, *Report, error) {
	w, report, units, err := c.write(wide, keep, c.cal.full)
	if err != nil {
		return nil, nil, err
	}
	if err := w.compareLayers(report, units); err != nil {
		return nil, nil, err
	}
	q, err := c.integers(w)
	if err != nil {
		return nil, nil, err
	}
	report.IntBytes = q.Weights.Bytes()
	if err := c.compare(q, report, psnrSeeds); err != nil {
		return nil, nil, err
	}
	size := len(report.IntPictures) / psnrSeeds
	sum := sha256.Sum256(report.IntPictures[:hashSeeds*size])
	q.Meta.Hashes = []model.SampleHash{{From: 0, To: hashSeeds - 1, SHA256: hex.EncodeToString(sum[:])}}
	q.Meta.Quality = report.Quality()
	return q, report, nil
}

// Try estimates the PSNR of Quantize in a fraction of its time, from the pictures of the first 64 seeds and biases that as many
// latents correct.
func (c *Calibration) Try(wide, keep []string) (psnr float64, err error) {
	r, err := c.try(wide, keep)
	if err != nil {
		return 0, err
	}
	return r.PSNR, nil
}

func (c *Calibration) try(wide, keep []string) (*Report, error) {
	w, report, _, err := c.write(wide, keep, c.cal.brief)
	if err != nil {
		return nil, err
	}
	q, err := c.integers(w)
	if err != nil {
		return nil, err
	}
	return report, c.compare(q, report, trialSeeds)
}

// write makes the integer graph, and lists the units in the report.
func (c *Calibration) write(wide, keep []string, by means) (*writer, *Report, []*unit, error) {
	w := &writer{net: c.net, cal: c.cal, means: by, rule: c.rule, bits: c.bits, learned: c.m.Meta.Ranges, b: graph.New(), st: graph.NewStore(),
		pool: c.pool, keep: map[string]bool{}, forms: map[graph.Value]*form{}, consts: map[graph.Value]graph.Value{},
		sums: map[graph.Value][]int64{}, given: map[graph.Value][]byte{}}
	for _, name := range keep {
		if !slices.ContainsFunc(c.net.units, func(u *unit) bool { return u.name == name }) {
			return nil, nil, nil, fmt.Errorf("quant: there is no layer %q to keep in f32", name)
		}
		w.keep[name] = true
	}
	for _, name := range wide {
		if !slices.ContainsFunc(c.net.units, func(u *unit) bool {
			return u.name == name && (u.kind == productUnit || u.kind == addUnit || u.kind == pointUnit)
		}) {
			return nil, nil, nil, fmt.Errorf("quant: there is no layer %q to leave in 16 bits", name)
		}
	}
	w.plan(wide)
	report := &Report{Calibration: c.cal.samples, FloatBytes: c.m.Weights.Bytes(), Range: c.rule, Pairs: c.pairs, WeightBits: c.bits,
		Wide: wide, Kept: keep}
	var units []*unit // those in the report
	for _, u := range c.net.units {
		lr, err := w.unit(u)
		if err != nil {
			if w.reads[u] && u.kind == productUnit {
				err = &WordsError{Layer: u.name, Err: err}
			}
			return nil, nil, nil, err
		}
		if u.kind == rawUnit && c.net.b.Node(u.end).Op == graph.OpInput {
			w.given[w.forms[u.end].q] = i16Bytes(c.cal.z)
		}
		if lr != nil {
			report.Layers, units = append(report.Layers, *lr), append(units, u)
		}
	}
	report.Floats = w.wide
	return w, report, units, nil
}

// integers is the model whose graph was written.
func (c *Calibration) integers(w *writer) (*model.Model, error) {
	w.b.Output("image", w.forms[c.net.b.OutputValue("image")].q)
	q := &model.Model{Graph: w.b, Weights: w.st, Meta: c.m.Meta}
	q.Meta.Quantized, q.Meta.Hashes, q.Meta.Ranges, q.Meta.WeightBits = true, nil, nil, 0
	if err := q.Check(); err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	return q, nil
}

// i16Bytes returns the bytes of numbers in the machine's order.
func i16Bytes(x []int16) []byte {
	t := graph.NewTensor("", graph.I16, graph.Of(len(x)))
	copy(t.I16(), x)
	return t.Bytes
}

// compareLayers completes the reports of units with the noise in what they compute, over the first few latents.
func (w *writer) compareLayers(r *Report, units []*unit) error {
	name := func(i int) string { return fmt.Sprint("layer ", i) }
	float, err := w.net.b.WithBatch(w.cal.batch)
	if err != nil {
		return fmt.Errorf("quant: %w", err)
	}
	whole, err := w.b.WithBatch(w.cal.batch)
	if err != nil {
		return fmt.Errorf("quant: %w", err)
	}
	for i, u := range units {
		v := u.end
		if u.last() {
			v = u.pixel.from
		}
		float.Output(name(i), v)
		switch fm := w.forms[u.end]; {
		case fm.w != 0:
			whole.Output(name(i), fm.w)
		case fm.q != 0:
			whole.Output(name(i), fm.q)
		default:
			whole.Output(name(i), fm.f)
		}
	}
	pf, err := graph.Compile(float, w.net.weights, graph.Options{Pool: w.pool})
	if err != nil {
		return fmt.Errorf("quant: %w", err)
	}
	pq, err := graph.Compile(whole, w.st, graph.Options{Pool: w.pool, Frozen: true})
	if err != nil {
		return fmt.Errorf("quant: %w", err)
	}
	type noise struct{ signal, noise, power, dot float64 }
	all := make([]noise, len(units))
	for s := 0; s < min(noiseSamples, w.means.few); s += w.cal.batch {
		copy(pf.In("z").I16(), w.cal.z[s*pf.In("z").Shape.Dim(1):])
		copy(pq.In("z").I16(), pf.In("z").I16())
		pf.Run(graph.Clock{})
		pq.Run(graph.Clock{})
		for i, u := range units {
			n, fm := &all[i], w.forms[u.end]
			var pixel [2]float32
			if u.last() {
				pixel = w.net.b.Node(u.pixel.v).Attr.F
			}
			got := pq.Out(name(i))
			for k, v := range pf.Out(name(i)).F32() {
				x := float64(v)
				if u.last() {
					x = max(0, min(float64(x*float64(pixel[0]))+float64(pixel[1]), 255))
				}
				var y float64
				switch got.DType {
				case graph.I16:
					y = fm.unit * float64(got.I16()[k])
				case graph.U8:
					y = fm.g.value(got.U8()[k])
				default:
					y = float64(got.F32()[k])
				}
				n.signal += float64(x * x)
				n.noise += float64((x - y) * (x - y))
				n.power += float64(y * y)
				n.dot += float64(x * y)
			}
		}
	}
	for i, n := range all {
		l := &r.Layers[i]
		l.SNR, l.Cosine = decibel(n.signal, n.noise), 1
		if n.signal > 0 && n.power > 0 {
			l.Cosine = n.dot / math.Sqrt(n.signal*n.power)
		}
	}
	return nil
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

// compare draws the pictures of the first n seeds with both models and completes the report.
func (c *Calibration) compare(q *model.Model, r *Report, n int) error {
	if c.pictures == nil {
		var err error
		if c.pictures, err = draw(c.m, psnrSeeds, c.cal.batch, c.pool); err != nil {
			return err
		}
	}
	size := len(c.pictures) / psnrSeeds
	want := c.pictures[:n*size]
	got, err := draw(q, n, c.cal.batch, c.pool)
	if err != nil {
		return err
	}
	var total, most float64
	for s := range n {
		var sum float64
		for i := s * size; i < (s+1)*size; i++ {
			d := float64(want[i]) - float64(got[i])
			sum += d * d
		}
		total, most = total+sum, max(most, sum)
	}
	r.Seeds, r.FloatPictures, r.IntPictures = n, want, got
	r.PSNR, r.Worst = decibel(255*255*float64(len(want)), total), decibel(255*255*float64(size), most)
	return nil
}

// draw returns the pictures of the seeds 0 to n-1, n a multiple of batch.
func draw(m *model.Model, n, batch int, pool *kernels.Pool) ([]byte, error) {
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
