package kernels

import "unsafe"

// Where the result has few channels, even blocks of pixels leave most of a product's columns idle. Pixels are the lanes then:
// a row of a tile is 16 neighbouring pixels of a phase, in each channel. A line of the source is turned for that, so that a
// lane holds as many channels of a pixel as an instruction multiplies and adds, and the pixels of these channels lie side by
// side; what a row sees through a tap begins some pixels further on. The sums of all phases of a line are put side by side
// before they are finished, so that these are lines of the result.

// convU8Thin is what a tier brings to it beside a convU8Depth, whose group and elem it shares.
type convU8Thin struct {
	rows [2]int // of a tile in one channel, and in three

	// tile sets c, for one channel or three, cStep sums apart, to bias plus the sums over the steps of nseg segments, for
	// tiles one below another of rows of 16 pixels. Row i begins aOff[i] bytes after a, a segment segs[3s] bytes further; it
	// has segs[3s+1] > 0 steps, aStep bytes apart, and they are those of b from segs[3s+2] on.
	tile func(tiles, width int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32, cStep int)

	// interleave sets dst[i*planes+j] to src[j*ld+i], for i < n, a multiple of 16. Other values may be written to the 8 behind
	// dst's last one, and src be read up to a multiple of 8 planes.
	interleave func(dst, src []int32, ld, n, planes int)
}

// thinPlan is what is different in a thin plan.
type thinPlan struct {
	width   int // channels of a tile
	rows    int // of a tile
	vectors int // rows of a line of a phase
	across  int // phases along a line
	period  int // values of a pixel of each of these
	groups  int // of channels of the source
	near    int // lines of rows that are computed before the next
}

const (
	thinLanes  = 16
	thinNearU8 = 24 << 10 // bytes of a copy that stay in L1 while all phases use them
	thinSumsU8 = 4 << 10  // sums that are finished at a time, if that is not less than a line
)

// planThin sets p up with lanes that are pixels, if that is possible and leaves few idle, and reports whether.
func (p *convU8Plan) planThin(t *tier, phases [2]int) bool {
	d, thin := &t.convU8.depth, t.convU8.thin
	pixels := (p.out.w + phases[1] - 1) / phases[1]
	if thin == nil || p.groups > 1 || p.cols > 3 || p.stepX != 1 || p.depth%4 != 0 || 2*pixels < thinLanes {
		return false
	}
	h := &thinPlan{width: 1, rows: thin.rows[0], vectors: (pixels + thinLanes - 1) / thinLanes, across: phases[1],
		period: phases[1] * p.cols, groups: p.depth / d.group}
	if p.cols > 1 {
		h.width, h.rows = 3, thin.rows[1]
	}
	p.lanes, p.thin, p.elem = true, h, d.elem
	for py := range phases[0] {
		for px := range phases[1] {
			p.products = append(p.products, p.product([]convU8Sub{p.sub(py, px)}, phases, [2]int{1, 1}, t))
		}
	}
	p.layout()
	// Rows reach beyond a line.
	p.aStep = roundUp(p.wide+h.vectors*thinLanes-pixels, thinLanes) * 4
	p.line = p.aStep*h.groups + 64 // so that lines spread over the sets of a cache
	for i := range p.products {
		pr := &p.products[i]
		pr.nx, pr.k, pr.n, pr.aX, pr.oX = h.vectors, len(pr.taps)*h.groups, h.width, thinLanes*4, 0
		set := convU8Set{}
		for j, tap := range pr.taps {
			set.segs = append(set.segs, (tap.dy-p.fromY)*p.line+(tap.dx-p.fromX)*4, h.groups, j*h.groups)
		}
		pr.sets = []convU8Set{set}
	}
	// As many whole tiles as stay near, and are worth the call.
	h.near = max(4, min(thinNearU8/p.line, thinSumsU8/(h.vectors*thinLanes*h.period)))
	for n := h.near; 2*n > h.near; n-- {
		if n*h.vectors%h.rows == 0 {
			h.near = n
			break
		}
	}
	return true
}

// thinMats lays out the weights of a thin layer, a product's for each phase. The first one has the Mult and Shift of a line.
func (p *PackedConvU8) thinMats(weights []int8) {
	l, plan, d := &p.layer, &p.plan, &p.tier.convU8.depth
	h, s := plan.thin, &plan.shape
	for i := range plan.products {
		pr := &plan.products[i]
		m := convU8Mat{product: pr, lanes: alignedBytes(pr.k * h.width * 4), bias: [][]int32{make([]int32, h.width)}}
		bias := m.bias[0]
		copy(bias[:plan.cols], l.Bias)
		for j, tap := range pr.taps {
			w := weights[tap.weight[0]*s.Cin*s.Cout:][:s.Cin*s.Cout]
			for c := range plan.cols {
				for from := range plan.depth {
					at := from*s.Cout + c
					if plan.role == ConvDX {
						at = c*s.Cout + from
					}
					v := w[at]
					bias[c] -= int32(l.InZero) * int32(v)
					to := m.lanes[((j*h.groups+from/d.group)*h.width+c)*4+from%d.group*d.elem:]
					if to[0] = byte(v); d.elem == 2 && v < 0 {
						to[1] = 0xff
					}
				}
			}
		}
		if p.stored != nil {
			m.lanes = p.take(len(m.lanes))
		}
		if i == 0 {
			p.scales(&m, plan.out.w*plan.cols, plan.cols)
		}
		p.mats = append(p.mats, m)
	}
	p.items = []convU8Item{{}} // all of them
}

// asF32 is b as numbers of 32 bits, which are only moved.
func asF32[T byte | int32](b []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)*int(unsafe.Sizeof(b[0]))/4)
}

// thinLine makes a line of the copy; pixels from left to right are from, and the others are zero points.
func (r *convU8State) thinLine(s *convU8Scratch, dst []byte, from []uint8, left, right int) {
	p, t := &r.packed.plan, r.t
	if len(from) == 0 {
		copy(dst, s.zeros)
		return
	}
	h, pitch := p.thin, p.aStep/4
	line := from
	if p.elem > r.size || uintptr(unsafe.Pointer(&from[0]))%4 != 0 {
		line = s.line[:len(from)/r.size*p.elem]
		t.convU8.direct.widen(line, from)
	}
	lanes := asF32(dst)
	t.conv.transpose(lanes[left:], asF32(line), h.groups, h.groups, right-left, pitch)
	zero := asF32(s.zeros[:4])[0]
	for g := range h.groups {
		row := lanes[g*pitch:][:p.wide]
		for i := range row[:left] {
			row[i] = zero
		}
		for i := right; i < len(row); i++ {
			row[i] = zero
		}
	}
}

// thinSums is how many sums a channel of a phase has at most before they are finished, and how many channels there are.
func (p *convU8Plan) thinSums() (plane, planes int) {
	h := p.thin
	return roundUp(h.near*h.vectors, h.rows) * thinLanes, roundUp(h.period+h.width-p.cols, 8)
}

// thinUnit computes the lines of a unit, all phases of a few lines while what they see is near.
func (r *convU8State) thinUnit(s *convU8Scratch, n0, pictures, line0 int) {
	p, thin := &r.packed.plan, r.t.convU8.thin
	h := p.thin
	plane, planes := p.thinSums()
	sums, rows := s.sums[:plane*planes], s.sums[plane*planes:]
	tables := r.rows
	if pictures < r.pictures {
		tables = tables[len(p.products):]
	}
	for from := 0; from < pictures*r.lines; from += h.near {
		for i := 0; i < len(p.products); i += h.across {
			pr := &p.products[i]
			lines := min(h.near, pictures*min(r.lines, pr.ny-line0)-from)
			if lines <= 0 {
				continue
			}
			tiles := (lines*h.vectors + h.rows - 1) / h.rows
			for j := range h.across {
				m, segs := &r.packed.mats[i+j], p.products[i+j].sets[0].segs
				most := max(1, laneChunk/max(1, pr.k))
				for tile := 0; tile < tiles; tile += most {
					row := tile * h.rows
					thin.tile(min(most, tiles-tile), h.width, &s.copy[0], &tables[i].aOff[from*h.vectors+row], p.aStep,
						unsafe.SliceData(segs), len(segs)/3, unsafe.SliceData(m.lanes), &m.bias[0][0],
						&sums[j*p.cols*plane+row*thinLanes], plane)
				}
			}
			done := sums
			if h.period > 1 {
				thin.interleave(rows, sums, plane, lines*h.vectors*thinLanes, h.period)
				done = rows
			}
			r.thinFinish(s, done, tables[i].outOff[from:from+lines], ((n0*p.out.h+line0*pr.outY)+pr.subs[0].y)*p.out.w*p.out.c)
		}
	}
}

// thinFinish finishes lines of sums, which belong to the places off, from base on.
func (r *convU8State) thinFinish(s *convU8Scratch, sums []int32, off []int, base int) {
	p, l, m := &r.packed.plan, &r.packed.layer, &r.packed.mats[0]
	values, width := p.out.w*p.cols, p.thin.vectors*thinLanes*p.thin.period
	if out := r.c.Out32; out != nil {
		for i, o := range off {
			copy(out[base+o:][:values], sums[i*width:])
		}
		return
	}
	if out := r.c.Out16; out != nil {
		for col := 0; col < values; col += maxWidthU8 {
			finishWords(r.t, out[base+col:], off, sums[col:], width, min(maxWidthU8, values-col), m.mult[col:], m.shift[col:], l.Words)
		}
		return
	}
	out := r.c.Out[base:]
	s.q.zero, s.q.lo, s.q.hi = l.Zero, l.Lo, l.Hi
	for col := 0; col < values; col += maxWidthU8 {
		s.q.mult, s.q.shift = m.mult[col:], m.shift[col:]
		r.t.convU8.finish(&r.t.u8, out[col:], off, sums[col:], width, len(off), min(maxWidthU8, values-col), &s.q)
	}
	if l.Table != nil {
		for _, o := range off {
			r.t.u8.lookup(out[o:][:values], out[o:][:values], l.Table)
		}
	}
}
