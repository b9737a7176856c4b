package kernels

// convThin is a sliding convolution in progress whose result has few channels, so that they would not fill a tile's columns.
// Pixels are the lanes instead. The source is turned for it, a line at a time, into rows of one channel each; what
// a vector of neighbouring pixels sees through a tap is then a vector of every such row. It must slide by one pixel.
type convThin struct {
	convPlan
	c        *Conv
	weights  []float32 // packed: cols floats for each step of each phase
	packed   []float32 // those of this Conv
	bias     []float32 // a line of it
	src, dst []float32
	threads  int
	plans    int // made so far

	rowsOf  []thinRows
	lead    int // floats before the first row
	vectors int // of a line of a phase
	across  int // phases along a line
	atOnce  int // vectors that are computed before another phase has its turn
	even    bool
}

// thinRows is the vectors of a phase and the steps that they take.
type thinRows struct {
	blocks         [][]int // the segments of each block of k
	rowOff, outOff []int   // of the vectors of a unit, in the turned source and in the sums
	seen           []uint16
	seenOff        []int // of the vectors of a picture
}

// thinChannels is the largest number of channels that a thin tile has.
const thinChannels = 4

// thinFloats is how much of the turned source a unit has at most, if that is not less than a line: a
// quarter of an L2 cache of 1 MiB.
const thinFloats = 1 << 16

// thinNear is how much of it is used by all phases in turn: most of an L1 cache.
const thinNear = 1 << 13

// isThin says that pixels make better lanes than the channels of the result.
func (s ConvShape) isThin(role ConvRole, t *tier) bool {
	n := s.normal()
	switch {
	case n.Groups > 1:
		return false
	case role == ConvOut:
		return n.Cout <= thinChannels && n.StrideH == 1 && n.StrideW == 1 && n.OW >= t.conv.thinLanes/2
	case role == ConvDX:
		return n.Cin <= thinChannels && n.W/n.StrideW >= t.conv.thinLanes/2
	}
	return false
}

// prepare makes r ready for c with so many threads and returns the number of units.
func (r *convThin) prepare(c *Conv, t *tier, threads int, weights, packed []float32) int {
	if n := c.normal(); r.plans == 0 || r.t != t || r.role != c.Role || r.shape != n || r.threads != threads {
		r.planThin(n, c.Role, t, threads)
	}
	r.c = c
	r.src, r.dst = c.X, c.Y
	if c.Role == ConvDX {
		r.src, r.dst = c.Y, c.X
	}
	if r.weights = packed; packed == nil {
		if len(r.packed) < r.thinLen() {
			r.packed = alignedF32(r.thinLen())
		}
		r.packThin(r.packed, weights)
		r.weights = r.packed
	}
	if c.Bias != nil {
		r.bias = r.bias[:0]
		for range r.out.w {
			r.bias = append(r.bias, c.Bias[:r.cols]...)
		}
	}
	return r.units
}

func (r *convThin) planThin(n ConvShape, role ConvRole, t *tier, threads int) {
	r.plan(n, role, t, 1)
	r.rowsOf = r.rowsOf[:0]
	r.plans++
	r.threads = threads
	lanes := t.conv.thinLanes
	round := func(n int) int { return (n + lanes - 1) / lanes * lanes }
	ny, nx := r.phases[0].ny, r.phases[0].nx
	r.vectors = round(nx) / lanes
	left, right := max(0, -r.fromX), max(0, r.fromX+(nx-1)+r.spanX-r.in.w)
	r.lead = round(left)
	r.pixel = round(r.in.w + max(left, right)) // from channel to channel
	r.line = r.pixel*r.depth + 3*lanes         // so that lines spread over the sets of a cache
	r.lines = max(1, min(ny, thinFloats/r.line-r.spanY))
	group := t.conv.thinRows
	r.atOnce = (max(1, thinNear/r.line)*r.vectors + group - 1) / group * group
	if want := 2 * threads; threads > 1 && n.N < want {
		r.lines = min(r.lines, (ny*n.N+want-1)/want)
	}
	r.unitsPerPicture = (ny + r.lines - 1) / r.lines
	r.units = n.N * r.unitsPerPicture
	r.across, r.even = 1, true
	packed := 0
	for i := range r.phases {
		ph := &r.phases[i]
		if ph.y == 0 {
			r.across = i + 1
		}
		r.even = r.even && ph.nx == nx
		ph.aStep, ph.packed = r.pixel, packed
		packed += ph.k * r.cols
		r.rowsOf = append(r.rowsOf, r.vectorsOf(ph))
	}
	r.even = r.even && r.across == r.outX
}

// vectorsOf fills in the tables of a phase.
func (r *convThin) vectorsOf(ph *convPhase) thinRows {
	var t thinRows
	var taps []int // of each segment
	for k0 := 0; k0 < ph.k; k0 += KBlock {
		var segs []int
		for k, end := k0, min(k0+KBlock, ph.k); k < end; {
			i := k / r.depth
			n := min(end, (i+1)*r.depth) - k
			begin := (ph.taps[i].dy-r.fromY)*r.line + ph.taps[i].dx + k%r.depth*r.pixel
			segs = append(segs, begin, n, k-k0, len(taps))
			taps = append(taps, i)
			k += n
		}
		t.blocks = append(t.blocks, segs)
	}
	lanes := r.t.conv.thinLanes
	vectors := (ph.nx + lanes - 1) / lanes
	for i, sy := range ph.seesY {
		for v := range vectors {
			for _, tap := range taps {
				y, x := tap/ph.across, tap%ph.across
				t.seen = append(t.seen, 0)
				for l := range lanes {
					// Lanes beyond the line may see what they like.
					at := v*lanes + l
					sx := spanOf(ph.seesX, min(at, ph.nx-1))
					if at >= ph.nx || sy.tap0 <= y && y < sy.tap1 && sx.tap0 <= x && x < sx.tap1 {
						t.seen[len(t.seen)-1] |= 1 << l
					}
				}
			}
		}
		for range sy.to - sy.from {
			for v := range vectors {
				t.seenOff = append(t.seenOff, (i*vectors+v)*len(taps))
			}
		}
	}
	for y := range min(r.lines, ph.ny) {
		for v := range vectors {
			t.rowOff = append(t.rowOff, r.lead+y*r.line+v*lanes)
			t.outOff = append(t.outOff, (y*r.vectors+v)*lanes)
		}
	}
	group := r.t.conv.thinRows
	t.rowOff = wholeTiles(t.rowOff, group)
	t.seenOff = wholeTiles(append(t.seenOff, make([]int, group)...), group)
	return t
}

// thinLen is the length of packed weights.
func (r *convThin) thinLen() int {
	n := 0
	for i := range r.phases {
		n += r.phases[i].k * r.cols
	}
	return n
}

func (r *convThin) packThin(dst, weights []float32) {
	for i := range r.phases {
		for _, t := range r.phases[i].taps {
			w := weights[(t.ky*r.shape.KW+t.kx)*r.shape.Cin*r.shape.Cout:]
			if r.role == ConvOut {
				copy(dst[:r.depth*r.cols], w)
			} else {
				r.t.conv.transpose(dst, w, r.depth, r.depth, r.cols, r.cols)
			}
			dst = dst[r.depth*r.cols:]
		}
	}
}

// sizes returns what a task needs.
func (r *convThin) sizes() convSizes {
	lanes := r.t.conv.thinLanes
	return convSizes{band: r.tall(r.lines)*r.line + r.lead + 2*lanes, b: r.out.w * r.cols,
		sum: len(r.phases) * r.cols * r.lines * r.vectors * lanes}
}

// task computes a unit.
func (r *convThin) task(s *convScratch, part int) {
	n, line0 := part/r.unitsPerPicture, part%r.unitsPerPicture*r.lines
	lanes := r.t.conv.thinLanes
	r.turn(s, n, line0)
	row := r.vectors * lanes
	plane := r.lines * row
	sums := s.grow(&s.sum, len(r.phases)*r.cols*plane)
	// All phases of some lines, while the source of these stays in the L1 cache.
	for v0 := 0; v0 < r.lines*r.vectors; v0 += r.atOnce {
		for i := range r.phases {
			ph, tab := &r.phases[i], &r.rowsOf[i]
			to := sums[i*r.cols*plane:][:r.cols*plane]
			rows := min(v0+r.atOnce, min(r.lines, ph.ny-line0)*((ph.nx+lanes-1)/lanes)) - v0
			if rows <= 0 {
				continue
			}
			if ph.k == 0 {
				clear(to)
			}
			for b, segs := range tab.blocks {
				r.t.conv.thin(rows, r.cols, &s.band[0], &tab.rowOff[v0], ph.aStep, &segs[0], len(segs)/convSegment,
					&r.weights[ph.packed+b*KBlock*r.cols], &to[0], &tab.outOff[v0], plane, b > 0,
					&tab.seen[0], &tab.seenOff[line0*((ph.nx+lanes-1)/lanes)+v0])
			}
		}
	}
	for i := 0; i < len(r.phases); i += r.across {
		for y := range min(r.lines, r.phases[i].ny-line0) {
			at := ((n*r.out.h + r.phases[i].y + (line0+y)*r.outY) * r.out.w) * r.cols
			r.finish(s, i, sums[i*r.cols*plane+y*row:], plane, r.dst[at:][:r.out.w*r.cols])
		}
	}
}

// finish puts the sums of a line, whose channels and phases are plane floats apart, where they belong.
func (r *convThin) finish(s *convScratch, phase int, sums []float32, plane int, line []float32) {
	to := line
	if r.c.Accumulate {
		to = s.grow(&s.b, len(line))[:len(line)]
	}
	if r.even {
		r.t.conv.transpose(to, sums, plane, r.phases[phase].nx, r.across*r.cols, r.across*r.cols)
	} else {
		for j := range r.across {
			ph := &r.phases[phase+j]
			for ch := range r.cols {
				for i, v := range sums[(j*r.cols+ch)*plane:][:ph.nx] {
					to[(ph.x+i*r.outX)*r.cols+ch] = v
				}
			}
		}
	}
	if r.c.Accumulate {
		r.t.vec.add(line, to, line)
	}
	if r.c.Bias != nil {
		r.t.vec.add(line, line, r.bias[:len(line)])
	}
	activate(r.c.Act, r.c.Slope, &r.t.vec, line)
}

// turn makes rows of one channel of the lines that a unit sees.
func (r *convThin) turn(s *convScratch, n, line0 int) {
	n0 := r.sizes().band
	if s.turned != r.plans || len(s.band) < n0 {
		// The zeros between rows stay.
		clear(s.grow(&s.band, n0))
		s.turned = r.plans
	}
	for i := range r.tall(r.lines) {
		rows := s.band[r.lead+i*r.line:][:r.pixel*r.depth]
		y := line0 + i + r.fromY
		if y < 0 || y >= r.in.h {
			clear(rows)
			continue
		}
		src := r.src[(n*r.in.h+y)*r.in.w*r.depth:]
		r.t.conv.transpose(rows, src, r.depth, r.depth, r.in.w, r.pixel)
	}
}
