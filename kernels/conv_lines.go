package kernels

// convLines is a convolution of few channels in a group, or its gradient to the data, in progress. Where a group is one vector of
// columns, a tile of pixels needs an element of the source for every vector of products. Three neighbouring taps that slide
// along a line share an element, and lines side by side share the weights. What one line of taps adds to all lines of a unit
// is one call; the sums are kept in the result from one line of taps to the next.
type convLines struct {
	c        *Conv
	shape    ConvShape
	role     ConvRole
	t        *tier
	src, dst []float32
	weights  []float32 // packed
	packed   []float32 // those of this Conv

	in, out          convImage
	inStep, outStep  int // along a line, which ConvDX goes from right to left
	depth, cols      int // channels of a group, in the source and in the result
	width            int // columns of a panel
	panelLen         int // of packed weights
	pictures, lines  int // of a unit
	unitsPerPicture  int
	nextSrc, nextDst int // from unit to unit
	units, splits    int // splits: parts that the groups of a unit are divided into
	kinds            []lineUnit
}

// lineUnit is the lines of a unit, as offsets from its first picture.
type lineUnit struct {
	all, late, early []int // late: those for which the first taps see nothing; early: and the last ones
	taps             []lineTaps
}

// lineTaps is what a line of taps sees: lines of the source, and the lines of the result that they are for.
type lineTaps struct {
	ky       int
	from, to []int
}

// lineMode says how sums begin and end.
type lineMode int

const (
	lineAdd  lineMode = 1 << iota // they go on from what is stored
	lineBias                      // and these come to it in the end
	lineReLU
	lineLeaky
)

const (
	// lineRows is how many pixels a unit has at least, where there are so many: few enough that what they see, and they,
	// stay in the L2 cache while the groups have their turns.
	lineRows = 256
	// lineWide is how many pixels a line has at most, so that no call takes long.
	lineWide = 256
)

// lineTile is what a call computes side by side.
type lineTile struct {
	width int // columns
	depth int // channels of X, of a gradient to the weights
}

// lineTile returns how a result with so many columns in a group is computed by lines, if the shape allows it: lines that three taps slide over.
func (s *ConvShape) lineTile(cols int, t *tier) (lineTile, bool) {
	if s.Groups == 1 || s.Groups == s.Cin || s.KW != 3 || s.StrideW != 1 || s.DilationW != 1 || s.PadW != 1 || s.W != s.OW ||
		s.W < 2 || s.W > lineWide {
		return lineTile{}, false
	}
	for i, l := range t.conv.lineTiles {
		if cols == l.width || i == 0 && cols%l.width == 0 {
			return l, true
		}
	}
	return lineTile{}, false
}

// lineWidth returns the columns of a panel of convLines, or 0 if s is not for it.
func (s ConvShape) lineWidth(role ConvRole, t *tier) int {
	n := s.normal()
	depth, cols := n.Cin/n.Groups, n.Cout/n.Groups
	if role == ConvDX {
		depth, cols = cols, depth
	}
	if l, ok := n.lineTile(cols, t); ok && n.KH*n.KW*depth <= KBlock {
		return l.width
	}
	return 0
}

// prepare makes r ready for c with so many threads and returns the number of units.
func (r *convLines) prepare(c *Conv, t *tier, threads int, weights, packed []float32) int {
	if n := c.normal(); r.units == 0 || r.t != t || r.role != c.Role || r.shape != n {
		r.plan(n, c.Role, t)
		r.planUnits()
	}
	r.c = c
	r.src, r.dst = c.X, c.Y
	if c.Role == ConvDX {
		r.src, r.dst = c.Y, c.X
	}
	if r.weights = packed; packed == nil {
		if len(r.packed) < r.packedLen() {
			r.packed = alignedF32(r.packedLen())
		}
		r.pack(r.packed, weights)
		r.weights = r.packed
	}
	r.splits = 1
	if want := 4 * threads; threads > 1 && r.units < want {
		r.splits = min(r.shape.Groups, (want+r.units-1)/r.units)
	}
	return r.units * r.splits
}

func (r *convLines) plan(n ConvShape, role ConvRole, t *tier) {
	r.shape, r.role, r.t, r.kinds = n, role, t, r.kinds[:0]
	x, y := convImage{n.H, n.W, n.Cin}, convImage{n.OH, n.OW, n.Cout}
	r.in, r.out, r.inStep, r.outStep = x, y, n.Cin, n.Cout
	if role == ConvDX {
		r.in, r.out, r.inStep, r.outStep = y, x, -n.Cout, -n.Cin
	}
	r.depth, r.cols, r.width = r.in.c/n.Groups, r.out.c/n.Groups, n.lineWidth(role, t)
	r.panelLen = n.KH * n.KW * r.depth * r.width
	r.pictures, r.lines, r.unitsPerPicture = 1, r.out.h, 1
	if rows := r.out.h * r.out.w; rows < lineRows {
		r.pictures = max(1, min(n.N, lineRows/rows))
		r.units = (n.N + r.pictures - 1) / r.pictures
	} else {
		r.lines = (r.out.h + rows/lineRows - 1) / (rows / lineRows)
		r.unitsPerPicture = (r.out.h + r.lines - 1) / r.lines
		r.units = n.N * r.unitsPerPicture
	}
	r.nextSrc, r.nextDst = r.pictures*r.in.h*r.in.w*r.in.c, r.pictures*r.out.h*r.out.w*r.out.c
	if r.unitsPerPicture > 1 {
		r.nextSrc, r.nextDst = r.nextSrc*r.lines/r.out.h, r.lines*r.out.w*r.out.c
	}
}

// planUnits fills in the kinds of units.
func (r *convLines) planUnits() {
	for u := range r.unitsPerPicture {
		r.kinds = append(r.kinds, r.unit(r.pictures, u*r.lines))
	}
	if rest := r.shape.N % r.pictures; rest > 0 {
		r.kinds = append(r.kinds, r.unit(rest, 0))
	}
}

// tableBytes is the size of the tables of all kinds.
func (r *convLines) tableBytes() int {
	ints := 0
	for i := range r.kinds {
		u := &r.kinds[i]
		ints += len(u.all) + len(u.late) + len(u.early)
		for _, t := range u.taps {
			ints += len(t.from) + len(t.to) + 8
		}
	}
	return 8 * ints
}

// unit lists the lines of some pictures from a line on.
func (r *convLines) unit(pictures, line0 int) lineUnit {
	var u lineUnit
	s := &r.shape
	// first returns where the first pixel of a line lies that is seen through the first tap.
	first := func(m convImage, n, y, step int) int {
		at := (n*m.h + y) * m.w * m.c
		if step < 0 {
			at += (m.w - 1) * m.c
		}
		return at
	}
	each := func(f func(n, y int)) {
		for n := range pictures {
			for y := line0; y < min(line0+r.lines, r.out.h); y++ {
				f(n, y)
			}
		}
	}
	// sees returns what a line sees through a line of taps.
	sees := func(y, ky int) (int, bool) {
		at := y*s.StrideH - s.PadH + ky*s.DilationH
		if r.role == ConvDX {
			if at = y + s.PadH - ky*s.DilationH; at%s.StrideH != 0 {
				return 0, false
			}
			at /= s.StrideH
		}
		return at, 0 <= at && at < r.in.h
	}
	for ky := range s.KH {
		t := lineTaps{ky: ky}
		each(func(n, y int) {
			if at, ok := sees(y, ky); ok {
				t.from = append(t.from, first(r.in, n, at, r.inStep))
				t.to = append(t.to, first(r.out, n, y, r.outStep))
			}
		})
		if len(t.to) > 0 {
			u.taps = append(u.taps, t)
		}
	}
	each(func(n, y int) {
		at := first(r.out, n, y, r.outStep)
		u.all = append(u.all, at)
		blind := func(i int) bool { _, ok := sees(y, u.taps[i].ky); return !ok }
		if len(u.taps) == 0 || blind(0) {
			u.late = append(u.late, at)
		}
		if len(u.taps) == 0 || blind(len(u.taps)-1) {
			u.early = append(u.early, at)
		}
	})
	return u
}

// packedLen is the length of packed weights.
func (r *convLines) packedLen() int { return r.out.c / r.width * r.panelLen }

// pack packs the weights of one panel after the other, width floats a step.
func (r *convLines) pack(dst, weights []float32) {
	taps, total := r.shape.KH*r.shape.KW, r.shape.Cout
	for ch := 0; ch < r.out.c; ch, dst = ch+r.width, dst[r.panelLen:] {
		if r.role == ConvOut {
			packColumns(&r.t.conv, dst, weights[ch:], total, taps*r.depth, convPanel{width: r.width, cols: r.width})
			continue
		}
		// Column j of a tap at step co is weights[tap][j][co].
		for tap := range taps {
			w := weights[(tap*r.cols+ch%r.cols)*total+ch/r.cols*r.depth:]
			r.t.conv.transpose(dst[tap*r.depth*r.width:], w, total, r.depth, r.width, r.width)
		}
	}
}

// task computes some groups of a unit.
func (r *convLines) task(part int) {
	unit, split := part/r.splits, part%r.splits
	n0, kind := unit*r.pictures, &r.kinds[0]
	switch {
	case r.unitsPerPicture > 1:
		n0, kind = unit/r.unitsPerPicture, &r.kinds[unit%r.unitsPerPicture]
	case n0+r.pictures > r.shape.N:
		kind = &r.kinds[1]
	}
	src, dst := r.src[n0*r.in.h*r.in.w*r.in.c:], r.dst[n0*r.out.h*r.out.w*r.out.c:]
	groups := r.shape.Groups
	from, to := split*groups/r.splits*r.cols, (split+1)*groups/r.splits*r.cols
	for ch := from; ch < to; ch += r.width {
		r.columns(kind, src[ch/r.cols*r.depth:], dst[ch:], ch)
	}
	switch r.c.Act {
	case ActNone, ActReLU, ActLeakyReLU:
		return
	}
	for _, at := range kind.all {
		for p := range r.out.w {
			activate(r.c.Act, r.c.Slope, &r.t.vec, dst[at+p*r.outStep:][from:to])
		}
	}
}

// columns computes a panel of a unit.
func (r *convLines) columns(u *lineUnit, src, dst []float32, ch int) {
	end, bias := lineMode(0), (*float32)(nil)
	if r.c.Bias != nil {
		end, bias = lineBias, &r.c.Bias[ch]
	}
	switch r.c.Act {
	case ActReLU:
		end |= lineReLU
	case ActLeakyReLU:
		end |= lineLeaky
	}
	xAhead, cAhead := 0, 0
	w := r.weights[ch/r.width*r.panelLen:][:r.panelLen]
	sweep := func(depth int, from, to []int, w []float32, mode lineMode) {
		if len(to) > 0 {
			r.t.conv.lines(r.width, len(to), &src[0], &from[0], r.inStep, &w[0], depth, r.out.w, &dst[0], &to[0], r.outStep,
				mode, bias, xAhead, cAhead, r.c.Slope)
		}
	}
	sweep(0, u.late, u.late, w, 0)
	for i := range u.taps {
		t, mode := &u.taps[i], lineMode(0)
		if i > 0 {
			mode = lineAdd
		}
		if i == len(u.taps)-1 {
			// The sweep that asks for what the next unit reads and writes.
			mode |= end
			xAhead, cAhead = r.nextSrc, r.nextDst
		}
		sweep(r.depth, t.from, t.to, w[t.ky*3*r.depth*r.width:], mode)
	}
	if xAhead, cAhead = 0, 0; end != 0 {
		sweep(0, u.early, u.early, w, lineAdd|end)
	}
}

// lineChunk says how many of some lines to compute first, and how many side by side: 4, or 3 where that leaves
// fewer than 3 behind.
func lineChunk(lines int) (n, abreast int) {
	if fours := lines - (4-lines%4)%4*3; fours > 0 {
		return fours, 4
	}
	if lines >= 3 {
		return lines / 3 * 3, 3
	}
	return lines, lines
}

func convLinesGeneric(_, lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32, cOff *int,
	cStep int, mode lineMode, bias *float32, _, _ int, slope float32) {
	for i := range lines {
		for p := range pixels {
			sums := at4(c, index(cOff, i)+p*cStep)
			t := *sums
			if mode&lineAdd == 0 {
				t = [4]float32{}
			}
			for k := max(0, 1-p); k < min(3, pixels+1-p); k++ {
				for d := range depth {
					v, y := index(x, index(xOff, i)+(p+k-1)*xStep+d), at4(w, (k*depth+d)*4)
					for j := range t {
						t[j] = fma32(v, y[j], t[j])
					}
				}
			}
			for j := range t {
				if mode&lineBias != 0 {
					t[j] += index(bias, j)
				}
				switch {
				case t[j] > 0:
				case mode&lineReLU != 0:
					t[j] = 0
				case mode&lineLeaky != 0:
					t[j] = float32(slope * t[j])
				}
			}
			*sums = t
		}
	}
}
