package quant

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Layers that bytes would spoil read words of 16 bits: numbers scale*x with x in -32767 .. 32767, without a zero point. What
// lies before them on the way (sums, moves, functions of single numbers) becomes words too, back to the products whose sums
// they are made of, and so do sums and functions behind them, up to the next product. A product reads bytes and makes words where
// its next reads words.

const (
	// mostWord is the largest magnitude of a word that is made here.
	mostWord = 32767

	// wordRoom is how much wider the range of words is than what the calibration saw: a bit less is hardly missed, and a
	// picture in ten thousand may need it.
	wordRoom = 1.25

	// saturated is the share of a function's range below which its changes do not count.
	saturated = 1e-4

	// fewestLevels is the least magnitude that the words of a layer may have for its sums to fit 32 bits.
	fewestLevels = 1 << 10
)

// WordsError says that a layer cannot read words of 16 bits.
type WordsError struct {
	Layer string
	Err   error // why
}

func (e *WordsError) Error() string { return e.Err.Error() }

func (e *WordsError) Unwrap() error { return e.Err }

// plan finds which units read words, and which values words are wanted of.
func (w *writer) plan(wide []string) {
	w.wants, w.reads = map[graph.Value]bool{}, map[*unit]bool{}
	behind := map[graph.Value]bool{} // no product lies between the value and one that reads words
	for _, u := range w.net.units {
		if behind[u.end] = slices.Contains(wide, u.name); u.kind != productUnit {
			for _, v := range u.in {
				behind[u.end] = behind[u.end] || behind[v]
			}
		}
	}
	for _, u := range slices.Backward(w.net.units) {
		switch n := w.net.b.Node(u.nodes[0].v); {
		case u.kind == floatUnit || u.small || w.keep[u.name]:
		case u.kind == productUnit:
			w.reads[u] = slices.Contains(wide, u.name)
		case u.kind == addUnit || u.kind == pointUnit && n.Op != graph.OpFromU8:
			w.reads[u] = w.wants[u.end] || behind[u.end]
		case u.kind == moveUnit:
			w.reads[u] = w.wants[u.end] && hasWords(n)
		}
		for _, v := range u.in {
			w.wants[v] = w.wants[v] || w.reads[u]
		}
	}
}

// hasWords says that a move has a form for words.
func hasWords(n graph.Node) bool {
	return n.Op != graph.OpPickMax && !(n.Op == graph.OpResample && kernels.ResampleKind(n.Attr.I[0]) == kernels.SmoothDown)
}

// words returns a value in words, and what a word counts.
func (w *writer) words(v graph.Value) (graph.Value, float64, error) {
	fm := w.forms[v]
	switch {
	case fm.w != 0:
	case fm.words != nil:
		if err := fm.words(fm); err != nil {
			return 0, 0, err
		}
	case fm.q != 0 || fm.bytes != nil:
		q, g, err := w.bytes(v)
		if err != nil {
			return 0, 0, err
		}
		fm.w, fm.unit = w.b.Widen(q, uint8(g.zero)), g.scale/128
	default:
		h := w.histogram(v)
		fm.unit = wordUnit(wordRoom*h.lo, wordRoom*h.hi)
		fm.w = w.b.ToI16(w.floats(v), float32(1/fm.unit))
	}
	return fm.w, fm.unit, nil
}

// wordUnit is what a word counts where words reach from lo to hi.
func wordUnit(lo, hi float64) float64 {
	most := max(math.Abs(lo), math.Abs(hi))
	if most < 1e-30 {
		most = 1
	}
	return most / mostWord
}

// narrow makes bytes of words.
func (w *writer) narrow(v graph.Value, fm *form) error {
	fm.g = w.grid(v)
	mult, shift, ok := kernels.QuantScale(fm.unit / fm.g.scale)
	if !ok {
		return fmt.Errorf("quant: words in steps of %g do not fit 8 bits in steps of %g", fm.unit, fm.g.scale)
	}
	fm.q = w.b.QuantizeLatent(fm.w, mult, shift, uint8(fm.g.zero))
	return nil
}

// rescale returns words that count from as words that count to, none beyond most.
func (w *writer) rescale(x graph.Value, u *unit, from, to float64, most int16) (graph.Value, error) {
	if from == to && w.b.WordBound(x) <= int32(most) {
		return x, nil
	}
	return w.scaleWords(u, x, []float64{from / to}, []float64{0}, kernels.PointI16{Lo: -most, Hi: most})
}

// scaleWords appends an affine map of words, of every channel or one for all.
func (w *writer) scaleWords(u *unit, x graph.Value, scale, shift []float64, p kernels.PointI16) (graph.Value, error) {
	var m []int16
	var b []int32
	var err error
	if p.Shift, m, b, err = fixedWords(u, scale, shift, math.MaxInt16); err != nil {
		return 0, err
	}
	mult, bias := w.st.Alloc(w.name("mult"), graph.I16, graph.Of(len(m))), w.st.Alloc(w.name("bias"), graph.I32, graph.Of(len(b)))
	copy(mult.I16(), m)
	copy(bias.I32(), b)
	return w.b.WScale(x, w.tensor(mult), w.tensor(bias), p), nil
}

// fixedWords writes factors up to most and biases of words with one shift; each bias has the half that rounds.
func fixedWords(u *unit, factors, biases []float64, limit float64) (shift uint8, mult []int16, bias []int32, err error) {
	most := 0.0
	for _, f := range factors {
		most = max(most, math.Abs(f))
	}
	shift = kernels.MaxWordShift
	for shift > 1 && most*float64(int64(1)<<shift) > limit {
		shift--
	}
	// A bias that does not fit costs factors digits: down to 14 they are less than half a word, and then what does not fit is beyond all
	// words.
	for _, b := range biases {
		for shift > 14 && (math.Abs(b)+0.5)*float64(int64(1)<<shift) > kernels.MaxWordBias {
			shift--
		}
	}
	unit := float64(int64(1) << shift)
	if !(most*unit <= limit) {
		return 0, nil, nil, fmt.Errorf("quant: layer %q: a factor of %g has no fixed-point form", u.name, most)
	}
	for i, f := range factors {
		mult = append(mult, int16(math.RoundToEven(f*unit)))
		b := math.RoundToEven(biases[i]*unit) + unit/2
		bias = append(bias, int32(max(-kernels.MaxWordBias, min(b, kernels.MaxWordBias))))
	}
	return shift, mult, bias, nil
}

// wordEnding is how a unit ends in words: sums that count unit, clamped, and then a slope or a function, if there is one.
type wordEnding struct {
	unit  float64
	end   kernels.WordEnd
	f     func(x []float64)
	table bool
}

// endWords chooses what the words of a unit count, of whose values before f h is the distribution.
func (w *writer) endWords(u *unit, h *histogram, links []link) (*wordEnding, error) {
	f, err := w.net.function(u, links)
	if err != nil {
		return nil, err
	}
	e := &wordEnding{f: bounded(f, h.lo, h.hi), end: kernels.WordEnd{Lo: -mostWord, Hi: mostWord}}
	lo, hi := wordRoom*h.lo, wordRoom*h.hi
	r, learned := w.learned[u.name]
	if learned {
		lo, hi = float64(r[0]), float64(r[1])
	}
	switch single := len(links) == 1 && len(u.f) == 1 && !u.last(); {
	case len(links) == 0 && !u.last():
	case single && w.net.relu(u):
		lo = 0
		e.end.Lo = 0
	case single && w.net.slope(u) > 0 && u.kind == productUnit:
		e.end.Slope = w.net.slope(u)
	default:
		e.table = true
		lo, hi = saturates(e.f, lo, hi)
	}
	e.unit = wordUnit(lo, hi)
	if learned {
		e.end.Lo, e.end.Hi = int16(math.RoundToEven(min(lo, 0)/e.unit)), int16(math.RoundToEven(max(hi, 0)/e.unit))
	}
	return e, nil
}

// slope is that of a unit whose function is a leaky ReLU, in units of 2^-15, or 0.
func (net *network) slope(u *unit) int16 {
	n := net.b.Node(u.f[0].v)
	if s := math.RoundToEven(float64(n.Attr.F[0]) * (1 << 15)); n.Op == graph.OpLeakyReLU && s >= 1 && s <= math.MaxInt16 {
		return int16(s)
	}
	return 0
}

// saturates cuts off of [lo, hi] where f hardly changes any more.
func saturates(f func(x []float64), lo, hi float64) (float64, float64) {
	const n = 1 << 12
	y := make([]float64, n+1)
	at := func(i int) float64 { return lo + float64((hi-lo)*float64(i))/n }
	for i := range y {
		y[i] = at(i)
	}
	f(y)
	near := float64(saturated * (slices.Max(y) - slices.Min(y)))
	if near == 0 {
		return lo, hi
	}
	first, last := 0, n
	for first < n && math.Abs(y[first+1]-y[0]) <= near {
		first++
	}
	for last > 0 && math.Abs(y[last-1]-y[n]) <= near {
		last--
	}
	return at(first), at(last)
}

// finishWords appends the function, if there is one, to sums in words, and what moves the result.
func (w *writer) finishWords(u *unit, fm *form, e *wordEnding, x graph.Value) error {
	fm.w, fm.unit = x, e.unit
	if e.table {
		y := make([]float64, 257)
		for h := range y {
			y[h] = float64(256*(h-128)) * e.unit
		}
		e.f(y)
		for _, v := range y {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("quant: layer %q: its function computes NaN or infinity between %g and %g", u.name, -mostWord*e.unit,
					mostWord*e.unit)
			}
		}
		scale := 128.0 // of pixels
		if !u.last() {
			fm.unit = wordUnit(slices.Min(y), slices.Max(y))
			scale = 1 / fm.unit
		}
		t := w.st.Alloc(w.name("table"), graph.I16, graph.Of(257))
		for h, v := range y {
			t.I16()[h] = int16(max(-mostWord, min(math.RoundToEven(v*scale), mostWord)))
		}
		if u.last() {
			fm.w, fm.g = 0, grid{scale: 1}
			fm.q = w.reshape(u, w.b.WPixels(x, w.tensor(t)))
			return nil
		}
		fm.w = w.b.WLookup(x, w.tensor(t))
	}
	fm.w = w.reshape(u, fm.w)
	return nil
}

// moveWords moves words as the unit moves numbers.
func (w *writer) moveWords(u *unit, fm *form) error {
	n := w.net.b.Node(u.nodes[0].v)
	x, units := make([]graph.Value, len(u.in)), make([]float64, len(u.in))
	var err error
	for i, v := range u.in {
		if x[i], units[i], err = w.words(v); err != nil {
			return err
		}
	}
	fm.unit = slices.Max(units)
	for i := range x {
		if units[i] != fm.unit {
			if x[i], err = w.rescale(x[i], u, units[i], fm.unit, mostWord); err != nil {
				return err
			}
		}
	}
	switch n.Op {
	case graph.OpResample:
		fm.w = w.b.WResample(x[0], kernels.ResampleKind(n.Attr.I[0]), int(n.Attr.I[1]))
	case graph.OpStopGradient:
		fm.w = x[0]
	default:
		in := make([]graph.Value, len(inputs(n)))
		for i := range in {
			in[i] = x[slices.Index(u.in, n.In[i])]
		}
		fm.w = w.b.Copy(n, in...)
	}
	return nil
}

// addWords appends the sum of two values in words.
func (w *writer) addWords(u *unit, fm *form) error {
	e, err := w.endWords(u, w.cal.hist[u.pre()], u.f)
	if err != nil {
		return err
	}
	a, s := w.net.channels(u, 1)
	x, ux, err := w.words(u.in[0])
	if err != nil {
		return err
	}
	y, uy, err := w.words(u.in[1])
	if err != nil {
		return err
	}
	fx, fy := a[0]*ux/e.unit, a[0]*uy/e.unit
	if w.net.b.Node(u.nodes[0].v).Op == graph.OpSub {
		fy = -fy
	}
	p := kernels.PointI16{Lo: e.end.Lo, Hi: e.end.Hi}
	var m []int16
	var b []int32
	if p.Shift, m, b, err = fixedWords(u, []float64{fx, fy}, []float64{s[0] / e.unit, 0}, kernels.MaxWordFactor); err != nil {
		return err
	}
	return w.finishWords(u, fm, e, w.b.WAdd(x, y, m[0], m[1], b[0], p))
}

// pointWords appends a function of single numbers in words. It reports false if nothing was rounded.
func (w *writer) pointWords(u *unit, fm *form) (bool, error) {
	x, ux, err := w.words(u.in[0])
	if err != nil {
		return false, err
	}
	n, links, h := u.n, u.f, w.cal.hist[u.pre()]
	if n == 0 {
		scale, shift := w.net.channels(u, 1)
		if len(u.f) == 0 && !u.last() && scale[0] > 0 && shift[0] == 0 {
			fm.w, fm.unit = w.reshape(u, x), ux*scale[0]
			return false, nil
		}
		// The function of the number itself.
		n, links, h = 1, append(slices.Clone(u.affine), u.f...), w.histogram(u.in[0])
	}
	e, err := w.endWords(u, h, links)
	if err != nil {
		return false, err
	}
	scale, shift := []float64{1}, []float64{0}
	if u.n > 0 {
		scale, shift = w.net.channels(u, n)
	}
	for j := range scale {
		scale[j], shift[j] = scale[j]*ux/e.unit, shift[j]/e.unit
	}
	x = w.b.Reshape(x, graph.Of(graph.Batch, w.b.Shape(x).Numel()/n, n))
	x, err = w.scaleWords(u, x, scale, shift, kernels.PointI16{Lo: e.end.Lo, Hi: e.end.Hi})
	if err != nil {
		return false, err
	}
	return true, w.finishWords(u, fm, e, x)
}

// single makes a dense layer the convolution of single pixels that it is.
func (l *layer) single() {
	if l.conv.N > 0 {
		return
	}
	n := len(l.bias)
	l.conv = kernels.ConvShape{N: 1, H: 1, W: 1, Cin: l.k, OH: 1, OW: 1, Cout: n, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1,
		DilationW: 1, Groups: 1}
	l.shape = graph.Of(1, 1, l.k, n)
}

// productWords appends a dense layer or convolution that reads or makes words.
func (w *writer) productWords(u *unit, fm *form, r *LayerReport) error {
	l := w.net.fold(u)
	l.single()
	r.K, r.N = l.k, u.n
	if l.k > kernels.MaxKU8 {
		return fmt.Errorf("quant: layer %q sums %d products; 32 bits hold those of %d", u.name, l.k, kernels.MaxKU8)
	}
	e, err := w.endWords(u, w.cal.hist[u.pre()], u.f)
	if err != nil {
		return err
	}
	var x graph.Value
	var in float64
	var zero int32
	if w.reads[u] {
		if x, in, err = w.words(u.in[0]); err != nil {
			return err
		}
	} else {
		var g grid
		if x, g, err = w.bytes(u.in[0]); err != nil {
			return err
		}
		in, zero = g.scale, g.zero
	}
	t, fit, err := w.weigh(u, l, e, x, in, zero, r)
	if err != nil {
		return err
	}
	if !fit {
		// Fewer levels, as many as let every sum fit 32 bits.
		h := w.histogram(u.in[0])
		most := float64(t.most)
		if most < fewestLevels {
			return fmt.Errorf("quant: layer %q: the sums of %d products can leave 32 bits even of words up to %d", u.name, l.k, fewestLevels)
		}
		to := max(in, wordRoom*max(math.Abs(h.lo), math.Abs(h.hi))/most)
		if x, err = w.rescale(x, u, in, to, int16(min(most, mostWord))); err != nil {
			return err
		}
		if e, err = w.endWords(u, w.cal.hist[u.pre()], u.f); err != nil {
			return err
		}
		if t, fit, err = w.weigh(u, l, e, x, to, zero, r); err != nil {
			return err
		}
		if !fit {
			return fmt.Errorf("quant: layer %q: the sums of %d products can leave 32 bits", u.name, l.k)
		}
	}
	n := w.net.b.Node(u.nodes[0].v)
	put := func(what string, d graph.DType, s graph.Shape) *graph.Tensor { return w.st.Alloc(w.name(what), d, s) }
	weight, bias := put("weight", graph.S8, l.shape), put("bias", graph.I32, graph.Of(u.n))
	mult, shift := put("mult", graph.I32, graph.Of(u.n)), put("shift", graph.U8, graph.Of(u.n))
	copy(weight.S8(), t.weight)
	copy(bias.I32(), t.bias)
	copy(mult.I32(), t.mult)
	copy(shift.U8(), t.shift)
	like := n
	if n.Op == graph.OpDot {
		rows := w.b.Shape(x).Dim(0)
		x = w.b.Reshape(x, graph.Of(rows, 1, 1, l.k))
		like = graph.Node{Op: graph.OpConvOut, Attr: graph.Attr{S: graph.Of(rows, 1, 1, u.n)}}
		copy(like.Attr.I[:], []int32{1, 1, 0, 0, 1, 1})
	}
	q := w.b.WConv(like, x, w.tensor(weight), w.tensor(bias), w.tensor(mult), w.tensor(shift), uint8(zero), e.end)
	if n.Op == graph.OpDot {
		q = w.b.Reshape(q, graph.Of(w.b.Shape(x).Dim(0), u.n))
	}
	return w.finishWords(u, fm, e, q)
}

// integers is what a layer becomes.
type integers struct {
	weight []int8
	bias   []int32
	mult   []int32
	shift  []uint8
	most   int64 // the largest magnitude of a word with which all sums fit 32 bits
}

// weigh makes the integers of a layer whose input x comes in steps of in. It reports false if a sum of words may not fit 32
// bits.
func (w *writer) weigh(u *unit, l *layer, e *wordEnding, x graph.Value, in float64, zero int32, r *LayerReport) (*integers, bool, error) {
	levels := float64(int(1)<<(w.bits-1) - 1)
	unit := e.unit
	scales := l.weightScales(levels, in, &unit)
	t := &integers{weight: make([]int8, len(l.w)), bias: make([]int32, u.n), mult: make([]int32, u.n), shift: make([]uint8, u.n)}
	for i, v := range l.w {
		t.weight[i] = int8(max(-levels, min(math.RoundToEven(v/scales[l.channel(i)]), levels)))
	}
	// Coarser sums leave the ends where they are.
	e.end.Lo, e.end.Hi = int16(float64(e.end.Lo)*(e.unit/unit)), int16(float64(e.end.Hi)*(e.unit/unit))
	e.unit = unit

	sums, err := w.inputs(x)
	if err != nil {
		return nil, false, err
	}
	got, count := l.totals(t.weight, sums, zero, w.means.few)
	conv := kernels.ConvU8Layer{ConvShape: l.conv, Role: l.role, Weights: t.weight}
	ones := conv
	ones.Wide, ones.Most = true, 1
	if w.b.Type(x).D == graph.I16 {
		conv.Wide, conv.Most = true, w.b.WordBound(x)
	}
	bounds, weights := conv.Bounds(), ones.Bounds()
	fit := true
	t.most = 1 << 15
	r.Bits = 0
	for j := range u.n {
		step := in * scales[j]
		var ok bool
		if t.mult[j], t.shift[j], ok = kernels.QuantScale(step / e.unit); !ok {
			return nil, false, fmt.Errorf("quant: layer %q: channel %d: scale %g has no fixed-point form", u.name, j, step/e.unit)
		}
		// As in product.
		v := (w.means.sums[u.pre()][j]/step - got[j]) / count
		if _, ok := w.learned[u.name]; ok || u.last() {
			v = l.bias[j] / step
		}
		v = math.RoundToEven(v)
		most := float64(bounds[j]) + math.Abs(v)
		if fit = fit && most <= math.MaxInt32; weights[j] > 0 {
			t.most = min(t.most, int64(max(0, math.MaxInt32-math.Abs(v)))/weights[j]) // coarser words make a smaller bias
		}
		t.bias[j] = int32(max(math.MinInt32, min(v, math.MaxInt32)))
		r.Bits = max(r.Bits, math.Log2(max(most, 1)))
	}
	return t, fit, nil
}
