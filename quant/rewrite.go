package quant

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// writer builds the integer graph, unit by unit.
type writer struct {
	net   *network
	cal   *calibration
	means means // those of the calibration that biases are corrected by
	b     *graph.Builder
	st    *graph.Store
	pool  *kernels.Pool
	keep  map[string]bool
	rule  Range
	bits  int // of weights

	wants map[graph.Value]bool // of the float graph: a unit reads words of it
	reads map[*unit]bool       // the unit reads words

	learned map[string][2]float32 // ends of the ranges of layers, by their names

	forms  map[graph.Value]*form
	consts map[graph.Value]graph.Value // of the float graph, in this one
	sums   map[graph.Value][]int64     // of bytes, over the first few latents of the calibration
	given  map[graph.Value][]byte      // such bytes themselves
	prefix string                      // of names of tensors
	layers int                         // written, and other units
	others int
	wide   []string // operations left in floats
}

// form is what became of a value of the float graph: floats, bytes or words, or all that are asked for.
type form struct {
	f, q, w graph.Value
	g       grid    // what the bytes mean
	unit    float64 // what a word counts
	wide    bool    // it is computed in floats

	floats func() graph.Value // makes f; nil: from the words or the bytes
	bytes  func(*form) error  // makes q and g; nil: from the words or the floats
	words  func(*form) error  // makes w and unit; nil: from the bytes or the floats
}

// unit appends what a unit becomes and returns a report of it if it is one that rounds, or a layer that is kept from it.
func (w *writer) unit(u *unit) (*LayerReport, error) {
	first := w.net.b.Node(u.nodes[0].v)
	r := &LayerReport{Name: u.name, Op: first.Op.String()}
	wide := u.kind == floatUnit || u.small || w.keep[u.name]
	if u.kind == addUnit || u.kind == pointUnit || u.kind == moveUnit {
		wide = wide || !slices.ContainsFunc(u.in, func(v graph.Value) bool { return !w.forms[v].wide })
	}
	// What only moves latents is made in each form that is asked for, none of them of another.
	lazy := u.kind == moveUnit && !slices.ContainsFunc(u.in, func(v graph.Value) bool { return w.forms[v].floats == nil })
	fm := &form{wide: wide}
	w.forms[u.end] = fm
	if u.kind == productUnit {
		w.prefix = fmt.Sprintf("layer%d.", w.layers)
		w.layers++
	} else {
		w.prefix = fmt.Sprintf("op%d.", w.others)
		w.others++
	}
	var err error
	switch {
	case u.kind == rawUnit:
		fm.q, fm.g, fm.wide = w.copies(u), grid{scale: 1}, false
		return nil, nil
	case u.kind == latentUnit:
		fm.wide = false
		fm.floats = func() graph.Value { return w.copies(u) }
		fm.bytes = func(fm *form) error { return w.latent(u, fm) }
		fm.words = func(fm *form) error {
			fm.w, fm.unit = w.forms[u.in[0]].q, w.latentUnit(u)
			return nil
		}
		return nil, nil
	case u.kind == moveUnit && w.reads[u] && !wide && !lazy:
		return nil, w.moveWords(u, fm)
	case u.kind == moveUnit && !wide && !lazy:
		return nil, w.move(u, fm)
	case u.kind == moveUnit:
		fm.floats = func() graph.Value { return w.copies(u) }
		fm.bytes = func(fm *form) error { return w.move(u, fm) }
		if hasWords(first) {
			fm.words = func(fm *form) error { return w.moveWords(u, fm) }
		}
		return nil, nil
	case first.Op == graph.OpFromU8:
		x := w.forms[u.in[0]]
		fm.q, fm.g, fm.wide = x.q, grid{float64(first.Attr.F[0]), 0}, false
		return nil, nil
	case wide:
		if v := w.copies(u); w.net.b.Type(u.end).D == graph.F32 {
			fm.f = v
		} else {
			fm.q, fm.g = v, grid{scale: 1}
		}
		w.wide = append(w.wide, r.Op)
		r.Float = true
		if u.kind == productUnit || w.keep[u.name] {
			return r, nil
		}
		return nil, nil
	case u.kind == productUnit && (w.reads[u] || w.wants[u.end]):
		r.Wide = w.reads[u]
		err = w.productWords(u, fm, r)
	case u.kind == addUnit && w.reads[u]:
		r.Wide = true
		err = w.addWords(u, fm)
	case u.kind == pointUnit && w.reads[u]:
		r.Wide = true
		if table, err := w.pointWords(u, fm); !table {
			return nil, err
		}
	case u.kind == productUnit:
		err = w.product(u, fm, r)
	case u.kind == addUnit:
		err = w.add(u, fm)
	case u.kind == pointUnit:
		if table, err := w.point(u, fm); !table {
			return nil, err
		}
	}
	return r, err
}

// copies appends the nodes of a unit as they are.
func (w *writer) copies(u *unit) graph.Value {
	var v graph.Value
	for i, k := range u.nodes {
		n := w.net.b.Node(k.v)
		var in []graph.Value
		for _, x := range inputs(n) {
			switch {
			case !w.net.dynamic[x]:
				x = w.constant(x)
			case i > 0:
				x = v
			case w.net.b.Type(x).D != graph.F32:
				x = w.forms[x].q
			default:
				x = w.floats(x)
			}
			in = append(in, x)
		}
		v = w.b.Copy(n, in...)
	}
	return v
}

// constant returns a constant operand. What is computed from others is a variable of its own, but for shapes.
func (w *writer) constant(v graph.Value) graph.Value {
	if c, ok := w.consts[v]; ok {
		return c
	}
	n := w.net.b.Node(v)
	var c graph.Value
	switch n.Op {
	case graph.OpVar:
		if w.st.Get(n.Attr.Name) == nil {
			w.st.Put(w.net.weights.Get(n.Attr.Name))
		}
		c = w.b.Copy(n)
	case graph.OpFill:
		c = w.b.Copy(n)
	case graph.OpReshape, graph.OpExpand, graph.OpStopGradient:
		c = w.b.Copy(n, w.constant(n.In[0]))
	default:
		if n.Type.S.Symbolic() {
			var in []graph.Value
			for _, x := range inputs(n) {
				in = append(in, w.constant(x))
			}
			c = w.b.Copy(n, in...)
			break
		}
		t := w.st.Alloc(w.name("constant"), graph.F32, n.Type.S)
		copy(t.F32(), w.net.consts[v])
		c = w.b.Var(t.Name, graph.F32, t.Shape)
	}
	w.consts[v] = c
	return c
}

// name returns a name for a tensor of the unit at hand, which no other has, of either model.
func (w *writer) name(what string) string {
	name := w.prefix + what
	for i := 2; w.net.weights.Get(name) != nil || w.st.Get(name) != nil; i++ {
		name = fmt.Sprintf("%s%s%d", w.prefix, what, i)
	}
	return name
}

// tensor adds a variable to the graph.
func (w *writer) tensor(t *graph.Tensor) graph.Value { return w.b.Var(t.Name, t.DType, t.Shape) }

// floats returns a value in floats.
func (w *writer) floats(v graph.Value) graph.Value {
	fm := w.forms[v]
	if fm.f == 0 {
		if fm.floats != nil {
			fm.f = fm.floats()
		} else if fm.w != 0 {
			fm.f = w.b.FromI16(fm.w, float32(fm.unit))
		} else {
			scale := float32(fm.g.scale)
			fm.f = w.b.FromU8(fm.q, scale)
			if fm.g.zero != 0 { // which becomes 0 exactly
				fm.f = w.b.AddScalar(fm.f, -float32(float32(fm.g.zero)*scale))
			}
		}
	}
	return fm.f
}

// bytes returns a value in bytes.
func (w *writer) bytes(v graph.Value) (graph.Value, grid, error) {
	fm := w.forms[v]
	if fm.q != 0 {
		return fm.q, fm.g, nil
	}
	if fm.w != 0 {
		err := w.narrow(v, fm)
		return fm.q, fm.g, err
	}
	if fm.bytes != nil {
		err := fm.bytes(fm)
		return fm.q, fm.g, err
	}
	fm.g = w.grid(v)
	fm.q = w.b.ToU8(w.floats(v), float32(1/fm.g.scale), float32(fm.g.zero))
	return fm.q, fm.g, nil
}

func identity([]float64) {}

// grid chooses that of a value, as it is.
func (w *writer) grid(v graph.Value) grid {
	g, ok := w.cal.grids[v]
	if !ok {
		g = w.rule.choose(w.histogram(v), false, identity, identity)
		w.cal.grids[v] = g
	}
	return g
}

// histogram returns the distribution of the last value of a unit, which may have been watched before its function.
func (w *writer) histogram(v graph.Value) *histogram {
	if h := w.cal.hist[v]; h != nil {
		return h
	}
	i := slices.IndexFunc(w.net.units, func(u *unit) bool { return u.end == v })
	u := w.net.units[i]
	if u.kind == moveUnit {
		return w.together(u)
	}
	f, err := w.net.function(u, u.f)
	if err != nil {
		panic(err.Error())
	}
	from := w.cal.hist[u.pre()]
	xs := make([]float64, len(from.count))
	for i := range xs {
		xs[i] = from.center(i)
	}
	f(xs)
	h := &histogram{lo: math.Inf(1), hi: math.Inf(-1)}
	for i, c := range from.count {
		if c > 0 {
			h.lo, h.hi = min(h.lo, xs[i]), max(h.hi, xs[i])
		}
	}
	for i, c := range from.count {
		if c > 0 {
			h.count[h.bin(xs[i])] += c
		}
	}
	return h
}

// together is the distribution of what a unit moves.
func (w *writer) together(u *unit) *histogram {
	h := &histogram{lo: math.Inf(1), hi: math.Inf(-1)}
	var all []*histogram
	for _, v := range u.in {
		from := w.histogram(v)
		all = append(all, from)
		h.lo, h.hi = min(h.lo, from.lo), max(h.hi, from.hi)
	}
	for _, from := range all {
		for i, c := range from.count {
			h.count[h.bin(from.center(i))] += c
		}
	}
	return h
}

// latent is the input of a generator in bytes.
func (w *writer) latent(u *unit, fm *form) error {
	unit := w.latentUnit(u)
	fm.g = w.grid(u.end)
	mult, shift, ok := kernels.QuantScale(unit / fm.g.scale)
	if !ok {
		return fmt.Errorf("quant: a latent in steps of %g does not fit 8 bits in steps of %g", unit, fm.g.scale)
	}
	fm.q = w.b.QuantizeLatent(w.forms[u.in[0]].q, mult, shift, uint8(fm.g.zero))
	return nil
}

// latentUnit is what an integer of a latent counts.
func (w *writer) latentUnit(u *unit) float64 {
	unit := 1.0
	for _, k := range u.nodes {
		unit *= float64(w.net.b.Node(k.v).Attr.F[0])
	}
	return unit
}

// move moves bytes as the unit moves numbers.
func (w *writer) move(u *unit, fm *form) error {
	n := w.net.b.Node(u.nodes[0].v)
	q := make([]graph.Value, len(u.in))
	var err error
	for i, v := range u.in {
		var g grid
		if q[i], g, err = w.bytes(v); err != nil {
			return err
		}
		if i == 0 {
			fm.g = g
		} else if g != fm.g {
			// One grid for both.
			other := g
			fm.g = makeGrid(min(fm.g.value(0), g.value(0)), max(fm.g.value(255), g.value(255)))
			_, first, _ := w.bytes(u.in[0])
			q[0], q[1] = w.regrid(q[0], first, fm.g), w.regrid(q[1], other, fm.g)
		}
	}
	switch n.Op {
	case graph.OpResample:
		fm.q = w.b.QResample(q[0], kernels.ResampleKind(n.Attr.I[0]), int(n.Attr.I[1]), uint8(fm.g.zero))
	case graph.OpStopGradient:
		fm.q = q[0]
	case graph.OpPad:
		fm.q = w.b.PadU8(q[0], int(n.Attr.I[0]), int(n.Attr.I[1]), int(n.Attr.I[2]), uint8(fm.g.zero))
	default:
		in := make([]graph.Value, len(inputs(n)))
		for i := range in {
			in[i] = q[slices.Index(u.in, n.In[i])]
		}
		fm.q = w.b.Copy(n, in...)
	}
	return nil
}

// regrid rounds bytes on one grid to another, by a table.
func (w *writer) regrid(q graph.Value, from, to grid) graph.Value {
	if from == to {
		return q
	}
	x := make([]float64, 256)
	for i := range x {
		x[i] = from.value(uint8(i))
	}
	return w.lookup(q, x, to)
}

// lookup appends a table of numbers, rounded to a grid.
func (w *writer) lookup(q graph.Value, x []float64, g grid) graph.Value {
	t := w.st.Alloc(w.name("table"), graph.U8, graph.Of(256))
	for i, v := range x {
		t.U8()[i] = g.quantize(v)
	}
	return w.b.Lookup(q, w.tensor(t))
}

// ending is how a unit ends: sums on a grid, least of them, and a table of what they become, where a clamp does not do.
type ending struct {
	f     func(x []float64)
	sums  grid
	relu  bool
	table bool
}

// end chooses the grid of the sums of a unit.
func (w *writer) end(u *unit) (*ending, error) {
	if e, ok := w.cal.endings[u]; ok {
		return &e, nil
	}
	e := &ending{relu: w.net.relu(u)}
	e.table = !e.relu && (u.last() || len(u.f) > 0)
	f, err := w.net.function(u, u.f)
	if err != nil {
		return nil, err
	}
	h := w.cal.hist[u.pre()]
	e.f = bounded(f, h.lo, h.hi)
	levels := e.f
	if e.table {
		levels = func(x []float64) {
			e.f(x)
			g := outGrid(u, x)
			for i, v := range x {
				x[i] = g.value(g.quantize(v))
			}
		}
	}
	if r, ok := w.learned[u.name]; ok {
		if e.relu {
			r[0] = 0
		}
		e.sums = makeGrid(float64(r[0]), float64(r[1]))
	} else {
		e.sums = w.rule.choose(h, e.relu, e.f, levels)
	}
	if e.sums.scale == 0 {
		return nil, fmt.Errorf("quant: layer %q: its function computes NaN or infinity near %g", u.name, h.hi)
	}
	w.cal.endings[u] = *e
	return e, nil
}

// bounded is f, but where that computes NaN or infinity outside of [lo, hi], which a grid may reach beyond, it is f of the
// nearer end.
func bounded(f func(x []float64), lo, hi float64) func(x []float64) {
	return func(x []float64) {
		near := slices.Clone(x)
		for i, v := range near {
			near[i] = max(lo, min(v, hi))
		}
		f(x)
		f(near)
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				x[i] = near[i]
			}
		}
	}
}

// outGrid is the grid of the result of a unit, whose numbers are x: that of pixels, if it ends in them.
func outGrid(u *unit, x []float64) grid {
	if u.last() {
		return grid{scale: 1}
	}
	return makeGrid(slices.Min(x), slices.Max(x))
}

// lo is the least byte of the sums.
func (e *ending) lo() uint8 {
	if e.relu {
		return uint8(e.sums.zero)
	}
	return 0
}

// finish appends the table, if there is one, to sums q, and what moves the result.
func (w *writer) finish(u *unit, fm *form, e *ending, q graph.Value) error {
	fm.q, fm.g = q, e.sums
	if e.table {
		return w.table(u, fm, e.f, q, e.sums)
	}
	fm.q = w.reshape(u, q)
	return nil
}

// table appends a function of bytes on a grid.
func (w *writer) table(u *unit, fm *form, f func(x []float64), q graph.Value, from grid) error {
	x := make([]float64, 256)
	for i := range x {
		x[i] = from.value(uint8(i))
	}
	f(x)
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("quant: layer %q: its function computes NaN or infinity between %g and %g", u.name, from.value(0),
				from.value(255))
		}
	}
	fm.g = outGrid(u, x)
	fm.q = w.reshape(u, w.lookup(q, x, fm.g))
	return nil
}

// reshape gives bytes the shape of a unit's result.
func (w *writer) reshape(u *unit, q graph.Value) graph.Value {
	return w.b.Reshape(q, w.net.b.Shape(u.end))
}

// add appends the sum of two values, each with its own scale, rounded once.
func (w *writer) add(u *unit, fm *form) error {
	e, err := w.end(u)
	if err != nil {
		return err
	}
	a, s := w.net.channels(u, 1)
	x, gx, err := w.bytes(u.in[0])
	if err != nil {
		return err
	}
	y, gy, err := w.bytes(u.in[1])
	if err != nil {
		return err
	}
	fx, fy := a[0]*gx.scale/e.sums.scale, a[0]*gy.scale/e.sums.scale
	if w.net.b.Node(u.nodes[0].v).Op == graph.OpSub {
		fy = -fy
	}
	bias := float64(e.sums.zero) + s[0]/e.sums.scale - float64(fx*float64(gx.zero)) - float64(fy*float64(gy.zero))
	p, mult, biases, err := fixedPoint(u, []float64{fx, fy}, []float64{bias, 0})
	if err != nil {
		return err
	}
	p.Lo, p.Hi = e.lo(), 255
	return w.finish(u, fm, e, w.b.QAdd(x, y, mult[0], mult[1], biases[0], p))
}

// fixedPoint writes factors and biases of a byte with one shift; each bias has the half that rounds.
func fixedPoint(u *unit, factors, biases []float64) (p kernels.PointU8, mult []int16, bias []int32, err error) {
	most := 0.0
	for _, f := range factors {
		most = max(most, math.Abs(f))
	}
	p.Shift = kernels.MaxPointShift
	for p.Shift > 1 && most*float64(int64(1)<<p.Shift) > math.MaxInt16 {
		p.Shift--
	}
	unit := float64(int64(1) << p.Shift)
	if !(most*unit <= math.MaxInt16) {
		return p, nil, nil, fmt.Errorf("quant: layer %q: a factor of %g has no fixed-point form", u.name, most)
	}
	for i, f := range factors {
		mult = append(mult, int16(math.RoundToEven(f*unit)))
		b := math.RoundToEven(biases[i]*unit) + unit/2
		bias = append(bias, int32(max(-kernels.MaxPointBias, min(b, kernels.MaxPointBias))))
	}
	return p, mult, bias, nil
}

// point appends a function of single numbers. It reports false if nothing was rounded: bytes that are multiplied by a
// positive number only mean something else.
func (w *writer) point(u *unit, fm *form) (bool, error) {
	q, g, err := w.bytes(u.in[0])
	if err != nil {
		return false, err
	}
	if u.n > 0 {
		e, err := w.end(u)
		if err != nil {
			return false, err
		}
		scale, shift := w.net.channels(u, u.n)
		for j := range scale {
			f := scale[j] * g.scale / e.sums.scale
			scale[j], shift[j] = f, float64(e.sums.zero)+shift[j]/e.sums.scale-float64(f*float64(g.zero))
		}
		p, m, b, err := fixedPoint(u, scale, shift)
		if err != nil {
			return false, err
		}
		p.Lo, p.Hi = e.lo(), 255
		mult := w.st.Alloc(w.name("mult"), graph.I16, graph.Of(u.n))
		bias := w.st.Alloc(w.name("bias"), graph.I32, graph.Of(u.n))
		copy(mult.I16(), m)
		copy(bias.I32(), b)
		q = w.b.Reshape(q, graph.Of(graph.Batch, w.b.Shape(q).Numel()/u.n, u.n))
		return true, w.finish(u, fm, e, w.b.QScale(q, w.tensor(mult), w.tensor(bias), p))
	}
	if scale, shift := w.net.channels(u, 1); len(u.f) == 0 && !u.last() && scale[0] > 0 && shift[0] == 0 {
		fm.q, fm.g = w.reshape(u, q), grid{g.scale * scale[0], g.zero}
		return false, nil
	}
	f, err := w.net.function(u, append(slices.Clone(u.affine), u.f...))
	if err != nil {
		return false, err
	}
	return true, w.table(u, fm, f, q, g)
}
