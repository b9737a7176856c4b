package quant

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// layer is the product of a unit with the affine map behind it, as numbers.
type layer struct {
	w       []float64   // in the order of the integer weights
	shape   graph.Shape // of the integer weights
	bias    []float64   // of each channel of the result
	k       int         // products in a sum, at most
	channel func(i int) int

	conv kernels.ConvShape // of one picture, if the product is a convolution
	role kernels.ConvRole
}

// fold turns a product and the affine map behind it into weights and a bias.
func (net *network) fold(u *unit) *layer {
	n := net.b.Node(u.nodes[0].v)
	w := net.consts[n.In[1]]
	scale, shift := net.channels(u, u.n)
	l := &layer{w: make([]float64, len(w)), bias: shift}
	if n.Op == graph.OpDot {
		l.k, l.channel = len(w)/u.n, func(i int) int { return i % u.n }
		l.shape = graph.Of(l.k, u.n)
	} else {
		l.shape = net.b.Shape(n.In[1])
		l.geometry(net.b.Shape(n.In[0]), n)
	}
	for i := range w {
		at, c := i, l.channel(i)
		if n.Attr.TB {
			at = i%u.n*l.k + i/u.n
		}
		l.w[i] = float64(w[at]) * scale[c]
	}
	return l
}

// geometry sets what a layer is as a convolution, of a source of the given shape.
func (l *layer) geometry(source graph.Shape, n graph.Node) {
	x, y, w, a := source, n.Type.S, l.shape, n.Attr.I
	if n.Op == graph.OpConvDX {
		x, y, l.role = y, x, kernels.ConvDX
	}
	cg := w.Dim(2)
	s := kernels.ConvShape{N: 1, H: x.Dim(1), W: x.Dim(2), Cin: x.Dim(3), OH: y.Dim(1), OW: y.Dim(2), Cout: y.Dim(3),
		KH: w.Dim(0), KW: w.Dim(1), StrideH: int(a[0]), StrideW: int(a[1]), PadH: int(a[2]), PadW: int(a[3]),
		DilationH: int(a[4]), DilationW: int(a[5]), Groups: x.Dim(3) / cg}
	og := s.Cout / s.Groups
	l.conv, l.k, l.channel = s, s.KH*s.KW*cg, func(i int) int { return i % s.Cout }
	if l.role == kernels.ConvDX {
		l.k, l.channel = s.KH*s.KW*og, func(i int) int { return i%s.Cout/og*cg + i/s.Cout%cg }
	}
}

// weightScales returns the scale of each channel's weights, which become integers up to levels, where the input comes in steps of in and the sums shall
// leave in steps of *out, which is raised where the sums' own steps are wider than that.
func (l *layer) weightScales(levels, in float64, out *float64) []float64 {
	scales := make([]float64, len(l.bias))
	for i, v := range l.w {
		c := l.channel(i)
		scales[c] = max(scales[c], math.Abs(v)/levels)
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

// product appends a dense layer.
func (w *writer) product(u *unit, fm *form, r *LayerReport) error {
	l := w.net.fold(u)
	r.K, r.N = l.k, u.n
	if l.k > kernels.MaxKU8 {
		return fmt.Errorf("quant: layer %q sums %d products; 32 bits hold those of %d", u.name, l.k, kernels.MaxKU8)
	}
	x, gx, err := w.bytes(u.in[0])
	if err != nil {
		return err
	}
	e, err := w.end(u)
	if err != nil {
		return err
	}
	levels := float64(int(1)<<(w.bits-1) - 1)
	scales := l.weightScales(levels, gx.scale, &e.sums.scale)
	weight := w.st.Alloc(w.name("weight"), graph.S8, l.shape)
	bias := w.st.Alloc(w.name("bias"), graph.I32, graph.Of(u.n))
	mult := w.st.Alloc(w.name("mult"), graph.I32, graph.Of(u.n))
	shift := w.st.Alloc(w.name("shift"), graph.U8, graph.Of(u.n))
	for i, v := range l.w {
		weight.S8()[i] = int8(max(-levels, min(math.RoundToEven(v/scales[l.channel(i)]), levels)))
	}
	sums, err := w.inputs(x)
	if err != nil {
		return err
	}
	got, count := l.totals(weight.S8(), sums, gx.zero, w.means.few)

	hi, lo := l.bounds(weight.S8())
	total := make([]float64, u.n) // of the weights, where bytes are not moved to their zero point
	if l.conv.N == 0 {
		for i, v := range weight.S8() {
			total[l.channel(i)] += float64(v)
		}
	}
	for j := range u.n {
		unit := gx.scale * scales[j]
		var ok bool
		if mult.I32()[j], shift.U8()[j], ok = kernels.QuantScale(unit / e.sums.scale); !ok {
			return fmt.Errorf("quant: layer %q: channel %d: scale %g has no fixed-point form", u.name, j, unit/e.sums.scale)
		}
		// With the true bias the mean over the samples is off by what rounding did; move the bias by that. A model that was
		// trained with the rounding has learned what its biases should be.
		v := (w.means.sums[u.pre()][j]/unit - got[j]) / count
		if _, ok := w.learned[u.name]; ok || u.last() {
			v = l.bias[j]/unit - float64(gx.zero)*total[j]
		}
		v = math.RoundToEven(v)
		if hi[j] += v; hi[j] > math.MaxInt32 || lo[j]+v < math.MinInt32 {
			return fmt.Errorf("quant: layer %q: the sums of channel %d can reach %.0f to %.0f, beyond 32 bits", u.name, j,
				lo[j]+v, hi[j])
		}
		bias.I32()[j] = int32(v)
		r.Bits = max(r.Bits, math.Log2(max(hi[j], -lo[j]-v, 1)))
	}
	n := w.net.b.Node(u.nodes[0].v)
	in := [4]graph.Value{w.tensor(weight), w.tensor(bias), w.tensor(mult), w.tensor(shift)}
	var q graph.Value
	if n.Op == graph.OpDot {
		q = w.b.QDot(x, in[0], in[1], in[2], in[3], uint8(e.sums.zero), e.lo(), 255)
	} else {
		q = w.b.QConv(n, x, in[0], in[1], in[2], in[3], [2]uint8{uint8(gx.zero), uint8(e.sums.zero)}, e.lo(), 255)
	}
	return w.finish(u, fm, e, q)
}

// bounds returns what the products of a channel can add to a sum, at most and at least.
func (l *layer) bounds(weight []int8) (hi, lo []float64) {
	hi, lo = make([]float64, len(l.bias)), make([]float64, len(l.bias))
	if l.conv.N > 0 {
		for c, most := range (&kernels.ConvU8Layer{ConvShape: l.conv, Role: l.role, Weights: weight}).Bounds() {
			hi[c], lo[c] = float64(most), -float64(most)
		}
		return hi, lo
	}
	for i, v := range weight {
		if q := 255 * float64(v); q > 0 {
			hi[l.channel(i)] += q
		} else {
			lo[l.channel(i)] += q
		}
	}
	return hi, lo
}

// totals returns the sum of each channel's sums over the samples, without bias, and how many sums that are. inputs are
// the sums of the inputs, which stand for 0 at the zero point where pixels may lie outside.
func (l *layer) totals(weight []int8, inputs []int64, zero int32, samples int) (got []float64, count float64) {
	total := make([]int64, len(l.bias))
	add := func(i int, seen int64) { total[l.channel(i)] += seen * int64(weight[i]) }
	count = float64(samples)
	if l.conv.N == 0 {
		for i := range weight {
			add(i, inputs[i/len(l.bias)])
		}
	} else {
		count *= float64(l.convolved(inputs, int64(zero)*int64(samples), add))
	}
	got = make([]float64, len(total))
	for j, t := range total {
		got[j] = float64(t)
	}
	return got, count
}

// convolved calls add for each weight with the sum of what it sees of a picture, less zero a pixel, and returns the number of
// pixels of the result.
func (l *layer) convolved(picture []int64, zero int64, add func(i int, seen int64)) int {
	s := l.conv
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	wide := s.Cin // channels of the source
	if l.role == kernels.ConvDX {
		wide = s.Cout
	}
	seen := make([]int64, wide)
	for tap := range s.KH * s.KW {
		clear(seen)
		for oy := range s.OH {
			for ox := range s.OW {
				h, w := oy*s.StrideH-s.PadH+tap/s.KW*s.DilationH, ox*s.StrideW-s.PadW+tap%s.KW*s.DilationW
				if h < 0 || h >= s.H || w < 0 || w >= s.W {
					continue
				}
				pixel := h*s.W + w
				if l.role == kernels.ConvDX {
					pixel = oy*s.OW + ox
				}
				for c, v := range picture[pixel*wide:][:wide] {
					seen[c] += v - zero
				}
			}
		}
		for i := range cg * s.Cout {
			c := i % s.Cout
			if l.role == kernels.ConvOut {
				c = c/og*cg + i/s.Cout
			}
			add(tap*cg*s.Cout+i, seen[c])
		}
	}
	if l.role == kernels.ConvDX {
		return s.H * s.W
	}
	return s.OH * s.OW
}

// inputs returns, of each element of bytes or words in the graph, the sum over the first few latents of the calibration.
func (w *writer) inputs(q graph.Value) ([]int64, error) {
	if s := w.sums[q]; s != nil {
		return s, nil
	}
	part := graph.New()
	copies := map[graph.Value]graph.Value{}
	var from []graph.Value
	var need func(v graph.Value) graph.Value
	need = func(v graph.Value) graph.Value {
		c, ok := copies[v]
		if ok {
			return c
		}
		n := w.b.Node(v)
		if w.given[v] != nil {
			c = part.Input(fmt.Sprint(v), n.Type.D, n.Type.S)
			from = append(from, v)
		} else {
			var in []graph.Value
			for _, x := range inputs(n) {
				in = append(in, need(x))
			}
			c = part.Copy(n, in...)
		}
		copies[v] = c
		return c
	}
	part.Output("q", need(q))
	b, err := part.WithBatch(w.cal.batch)
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	p, err := graph.Compile(b, w.st, graph.Options{Pool: w.pool, Frozen: true})
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	size := w.b.Shape(q).Numel()
	wide := w.b.Type(q).D == graph.I16
	bytes := size * w.b.Type(q).D.Size()
	sums, all := make([]int64, size), make([]byte, 0, w.means.few*bytes)
	for s := 0; s < w.means.few; s += w.cal.batch {
		for _, v := range from {
			in := p.In(fmt.Sprint(v)).Bytes
			copy(in, w.given[v][s/w.cal.batch*len(in):])
		}
		p.Run(graph.Clock{})
		out := p.Out("q")
		if wide {
			addRows(sums, out.I16())
		} else {
			addRows(sums, out.U8())
		}
		all = append(all, out.Bytes[:w.cal.batch*bytes]...)
	}
	w.given[q], w.sums[q] = all, sums
	return sums, nil
}
