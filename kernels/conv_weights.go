package kernels

import "unsafe"

// convWeights is a gradient to the weights in progress. It is the plan of the convolution itself with rows and steps
// exchanged: a step of k of the convolution is a row, and a pixel of Y a step.
type convWeights struct {
	convPlan
	c     *Conv
	plans int // made so far

	rows           int   // of a group: (ky, kx, ci), or taps if depthwise
	rowOff, outOff []int // of all rows, in whole tiles
	runs           []weightRun
	seesY, seesX   [][2]int // of each tap along an axis: the pixels of Y that see inside X through it
	step           int      // from pixel to pixel of Y, in X
	rowTasks       int
	rowsOf         int // rows of a task
	panelTasks     int

	// Few weights are not divided over the threads, but the blocks of pixels that they are sums over.
	blockTasks   int // 0: the weights are divided
	firstBlocks  int // of the first task, which keeps a running sum
	blocksOf     int // of the others, which keep every block's
	blocks, size int // how many, and floats of one
	partial      []float32
}

// weightRun is successive tiles that see X through the same taps.
type weightRun struct {
	row, rows int
	taps      [][2]int // (ky, kx) of the rows of a tile, or one for all
}

// weightCut is the segments of a block of steps.
type weightCut struct {
	key        weightSteps
	segs, runs []int // of all runs, and where each one's begin
}

// weightSteps says which steps a cut is of.
type weightSteps struct{ plan, first, steps, row, rows int }

// fewWeights is how many weights at most are not divided over threads: a few tiles, for which every thread would have to
// read all of X and Y.
const fewWeights = 1 << 12

// maxCuts is how many cuts a scratch keeps. Most pictures have a number of pixels that comes to whole blocks soon.
const maxCuts = 16

// prepare makes r ready for c with so many threads and returns the number of units.
func (r *convWeights) prepare(c *Conv, t *tier, threads int) int {
	if n := c.normal(); r.units == 0 && n.N > 0 || r.t != t || r.shape != n {
		r.planWeights(n, t)
	}
	r.c = c
	// Every panel's rows in equal parts, one for each thread, which packs for itself what it needs of Y; where nothing is
	// packed, parts of all panels at once.
	r.panelTasks, r.rowTasks, r.rowsOf = 1, 1, r.rows
	if threads > 1 && r.groups < 2*threads {
		r.rowTasks = 2 * threads
		if len(r.panels) > 2 {
			r.panelTasks, r.rowTasks = len(r.panels), threads
		}
		tiles := (r.rows + t.conv.mr - 1) / t.conv.mr
		r.rowsOf = (tiles + r.rowTasks - 1) / r.rowTasks * t.conv.mr
		r.rowTasks = (r.rows + r.rowsOf - 1) / r.rowsOf
	}
	r.blockTasks, r.size = 0, r.rows*r.packedCols
	r.blocks = (c.N*c.OH*c.OW + KBlock - 1) / KBlock
	if threads > 1 && r.groups == 1 && r.size <= fewWeights && r.blocks >= 4*threads {
		r.panelTasks, r.rowTasks, r.rowsOf = 1, 1, r.rows
		r.firstBlocks = r.blocks / threads
		rest := r.blocks - r.firstBlocks
		r.blocksOf = (rest + 4*(threads-1) - 1) / (4 * (threads - 1))
		r.blockTasks = 1 + (rest+r.blocksOf-1)/r.blocksOf
		if n := (1 + rest) * r.size; len(r.partial) < n {
			r.partial = alignedF32(n)
		}
		return r.blockTasks
	}
	return r.groups * r.panelTasks * r.rowTasks
}

func (r *convWeights) planWeights(n ConvShape, t *tier) {
	r.plan(n, ConvOut, t, 1)
	r.plans++
	ph := &r.phases[0]
	switch r.step = r.inX * r.pixel; {
	case n.OW == 1 && n.OH == 1:
		r.step = r.picture
	case n.OW == 1:
		r.step = r.inY * r.line
	}
	r.seesY, r.seesX = pixelsOf(ph.seesY, n.KH), pixelsOf(ph.seesX, n.KW)
	r.rows, r.rowOff, r.outOff, r.runs = ph.k, r.rowOff[:0], r.outOff[:0], r.runs[:0]
	for k := range ph.k {
		r.rowOff, r.outOff = append(r.rowOff, r.origin()+r.offset(ph, k)), append(r.outOff, k*n.Cout)
	}
	mr := t.conv.mr
	for row := 0; row < r.rows; row += mr {
		run := weightRun{row: row, rows: min(mr, r.rows-row)}
		first, last := row/r.depth, (row+run.rows-1)/r.depth
		for k := row; k < row+run.rows; k++ {
			tap := ph.taps[k/r.depth]
			run.taps = append(run.taps, [2]int{tap.ky, tap.kx})
		}
		if first == last {
			run.taps = run.taps[:1]
			if m := len(r.runs); m > 0 && len(r.runs[m-1].taps) == 1 && r.runs[m-1].taps[0] == run.taps[0] {
				r.runs[m-1].rows += run.rows
				continue
			}
		}
		r.runs = append(r.runs, run)
	}
	r.rowOff, r.outOff = wholeTiles(r.rowOff, mr), wholeTiles(r.outOff, mr)
}

// pixelsOf turns what pixels see through into what is seen through each tap.
func pixelsOf(spans []convSpan, taps int) [][2]int {
	sees := make([][2]int, taps)
	for _, s := range spans {
		for tap := s.tap0; tap < s.tap1; tap++ {
			if sees[tap][1] == 0 {
				sees[tap][0] = s.from
			}
			sees[tap][1] = s.to
		}
	}
	return sees
}

// sizes returns what a task needs.
func (r *convWeights) sizes() convSizes {
	n := convSizes{b: KBlock * r.panels[0].width, segs: r.segmentInts(), cuts: r.cuts(), lines: r.linesOf(),
		runs: len(r.runs) + 1, off: r.rowsOf + 8}
	if last := r.panels[len(r.panels)-1]; r.c.Accumulate || last.cols < last.width {
		n.sum = r.rowsOf * r.packedCols
	}
	if r.copy {
		pictures := (KBlock-1)/(r.shape.OW*r.shape.OH) + 2
		lines := min(r.shape.OH, (KBlock-1)/r.shape.OW+2)
		n.band = min(pictures, r.shape.N)*r.tall(lines)*r.line + r.t.conv.lanes
	}
	return n
}

// weightPart is what a task computes: some rows of some panels of a group.
type weightPart struct {
	group     int
	panels    []convPanel
	row, rows int
}

// task computes some rows of some panels of a group, or some blocks of all.
func (r *convWeights) task(s *convScratch, part int) {
	if r.blockTasks > 0 {
		r.someBlocks(s, part)
		return
	}
	c := r.c
	group, part := part/(r.panelTasks*r.rowTasks), part%(r.panelTasks*r.rowTasks)
	p := weightPart{group: group, row: part % r.rowTasks * r.rowsOf,
		panels: r.panels[part/r.rowTasks*len(r.panels)/r.panelTasks : (part/r.rowTasks+1)*len(r.panels)/r.panelTasks]}
	p.rows = min(r.rowsOf, r.rows-p.row)
	rows, out := p.rows, c.Weights[p.row*r.shape.Cout+group*r.cols:]

	aside := func(pn convPanel) bool {
		return pn.cols < pn.width || c.Accumulate && r.blocks != 1
	}
	first := p.panels[0].from
	// target returns where the running sums of a panel are: in the result, unless the old one is still needed or a tile
	// would reach beyond the row.
	target := func(pn convPanel) ([]float32, []int) {
		if aside(pn) {
			at := rows * (pn.from - first)
			return s.grow(&s.sum, rows*(r.packedCols-first))[at : at+rows*pn.width], s.steps(rows, pn.width)
		}
		return out[pn.from:], r.outOff
	}
	if r.blocks == 0 {
		for _, pn := range p.panels {
			to, off := target(pn)
			for _, o := range off[:rows] {
				clear(to[o:][:pn.width])
			}
		}
	}
	for b := range r.blocks {
		r.block(s, &p, b, func(pn convPanel) ([]float32, []int, bool) {
			to, off := target(pn)
			return to, off, b > 0 || c.Accumulate && !aside(pn)
		})
	}
	for _, pn := range p.panels {
		if !aside(pn) {
			continue
		}
		to, _ := target(pn)
		for i := range rows {
			r.put(out[r.outOff[i]+pn.from:][:pn.cols], to[i*pn.width:])
		}
	}
}

// put stores sums, or adds the old result to them.
func (r *convWeights) put(row, sums []float32) {
	if r.c.Accumulate {
		r.t.vec.add(row, sums[:len(row)], row)
	} else {
		copy(row, sums)
	}
}

// someBlocks computes the sums over some blocks, for sumBlocks to add.
func (r *convWeights) someBlocks(s *convScratch, part int) {
	p := weightPart{panels: r.panels, rows: r.rows}
	from, to := 0, r.firstBlocks
	if part > 0 {
		from = r.firstBlocks + (part-1)*r.blocksOf
		to = min(from+r.blocksOf, r.blocks)
	}
	for b := from; b < to; b++ {
		sums := r.partial[max(0, b-r.firstBlocks+1)*r.size:][:r.size]
		r.block(s, &p, b, func(pn convPanel) ([]float32, []int, bool) {
			return sums[pn.from:], s.steps(r.rows, r.packedCols), part == 0 && b > 0
		})
	}
}

// sumBlocks adds up, in order, what someBlocks left of a row.
func (r *convWeights) sumBlocks(row int) {
	sums := r.partial[row*r.packedCols:][:r.packedCols]
	for i := range r.blocks - r.firstBlocks {
		r.t.vec.add(sums, sums, r.partial[(i+1)*r.size+row*r.packedCols:][:r.packedCols])
	}
	r.put(r.c.Weights[r.outOff[row]:][:r.cols], sums)
}

// block adds a block of pixels of Y to the sums of a part, which target returns with whether they are there already.
func (r *convWeights) block(s *convScratch, p *weightPart, block int,
	target func(pn convPanel) (to []float32, off []int, add bool)) {
	c, conv := r.c, &r.t.conv
	k0 := block * KBlock
	kc := min(KBlock, c.N*c.OH*c.OW-k0)
	cut := &s.cuts[block%len(s.cuts)]
	key := weightSteps{r.plans, k0 % (r.shape.OW * r.shape.OH), kc, p.row, p.rows}
	a := r.see(s, p.group, k0, k0+kc, cut.key != key)
	if cut.key != key {
		cut.key = key
		r.segments(cut, s.lines, p.row, p.rows)
	}
	if s.soon = [2][]float32{}; r.rows < convBusy {
		s.soon = [2][]float32{piece(c.Y, (k0+KBlock)*r.shape.Cout, (k0+2*KBlock)*r.shape.Cout),
			piece(c.X, r.begin(k0+KBlock), r.begin(k0+2*KBlock))}
	}
	for _, pn := range p.panels {
		to, off, add := target(pn)
		b, bStep := c.Y[k0*r.shape.Cout+p.group*r.cols+pn.from:], r.shape.Cout
		if pn.cols < pn.width || r.shape.Cout > 64 && p.rows > 4*conv.mr {
			packColumns(conv, s.grow(&s.b, KBlock*pn.width), b, bStep, kc, pn)
			b, bStep = s.b, pn.width
		}
		for i := range r.runs {
			from := max(r.runs[i].row, p.row)
			rows := min(r.runs[i].row+r.runs[i].rows, p.row+p.rows) - from
			if rows <= 0 {
				continue
			}
			segs := cut.segs[cut.runs[i]:cut.runs[i+1]]
			ahead := s.ahead(conv.aheadLines(rows, kc, false))
			first, n := unsafe.SliceData(segs), len(segs)/convSegment
			if r.depthwise {
				conv.depth(rows, &a[pn.from], &r.rowOff[from], r.step, first, n, &b[0], bStep, &to[0],
					&off[from-p.row], add, ahead)
			} else {
				conv.tile(pn.width, rows, &a[0], &r.rowOff[from], r.step, first, n, &b[0], bStep, &to[0],
					&off[from-p.row], add, ahead)
			}
		}
	}
}

// begin returns where, about, X begins to be seen by pixel k of Y and the following ones.
func (r *convWeights) begin(k int) int {
	n, y := k/(r.shape.OW*r.shape.OH), k/r.shape.OW%r.shape.OH
	return (n*r.in.h + min(r.in.h, y*r.inY)) * r.in.w * r.in.c
}

// weightLine is pixels of a line of Y: their steps, and where the first one's window begins, from the first row on.
type weightLine struct{ y, x, pixels, step, begin int }

// see makes ready what pixels k0 <= k < k1 of Y see of a group of X, and lists the lines that they are if asked to.
func (r *convWeights) see(s *convScratch, group, k0, k1 int, list bool) []float32 {
	ow, oh := r.shape.OW, r.shape.OH
	s.lines = s.lines[:0]
	n0 := k0 / (ow * oh)
	var a []float32
	if r.copy {
		// At most so many lines, counting those that two lines of Y share twice.
		lines := min(oh, (k1-1)/ow-k0/ow+1)
		a = s.grow(&s.band, ((k1-1)/(ow*oh)-n0+1)*r.tall(lines)*r.line+r.t.conv.lanes)
		s.turned = 0
	} else {
		a = r.c.X[n0*r.picture+group*r.depth:]
		if !list {
			return a
		}
	}
	base := 0
	for k := k0; k < k1; {
		// The pixels of one picture.
		n, y := k/(ow*oh), k/ow%oh
		end := min(k1, (n+1)*ow*oh)
		lines := (end-1)/ow - k/ow + 1
		if r.copy {
			r.copyLines(a[base:], r.c.X, n, r.fromY+y*r.inY, r.tall(lines))
		} else {
			base = (n-n0)*r.picture + y*r.inY*r.line
		}
		for i := range lines {
			x, to := k%ow, min(end, (k/ow+1)*ow)
			s.lines = append(s.lines, weightLine{y + i, x, to - k, k - k0, base + i*r.inY*r.line + x*r.inX*r.pixel})
			k = to
		}
		base += r.tall(lines) * r.line
	}
	return a
}

// segments cuts the lines of a block into the segments of each run of some rows.
func (r *convWeights) segments(c *weightCut, lines []weightLine, row0, rows int) {
	c.segs, c.runs = c.segs[:0], append(c.runs[:0], 0)
	for i := range r.runs {
		run, from := &r.runs[i], len(c.segs)
		if run.row < row0+rows && row0 < run.row+run.rows {
			for j := range lines {
				c.segs = r.cut(c.segs, from, &lines[j], run)
			}
		}
		c.runs = append(c.runs, len(c.segs))
	}
}

// cuts is how many blocks there are whose segments differ, or 1 if they are too many to keep.
func (r *convWeights) cuts() int {
	pixels := r.shape.OW * r.shape.OH
	blocks := pixels
	for b := pixels; b%2 == 0 && blocks > pixels/KBlock; b /= 2 {
		blocks /= 2
	}
	if blocks = max(1, blocks); blocks <= maxCuts {
		return blocks
	}
	return 1
}

// cut appends the segments of a line for a run whose own begin at segs[from].
func (r *convWeights) cut(segs []int, from int, l *weightLine, run *weightRun) []int {
	for x, end := l.x, l.x+l.pixels; x < end; {
		mask, to := 0, end
		for i, tap := range run.taps {
			sy, sx := r.seesY[tap[0]], r.seesX[tap[1]]
			switch {
			case l.y < sy[0] || l.y >= sy[1] || x >= sx[1]:
			case x < sx[0]:
				to = min(to, sx[0])
			default:
				mask |= 1 << i
				to = min(to, sx[1])
			}
		}
		if mask == 1<<len(run.taps)-1 {
			mask = convRows
		}
		if mask != 0 {
			segs = addSegment(segs, from, r.step, l.begin+(x-l.x)*r.inX*r.pixel, to-x, l.step+x-l.x, mask)
		}
		x = to
	}
	return segs
}

// segmentInts is how many ints the segments of a block are, at most.
func (r *convWeights) segmentInts() int {
	n := 0
	for _, run := range r.runs {
		n += min(2*len(run.taps)-1, r.shape.OW)
	}
	return n * r.linesOf() * convSegment
}

// linesOf is how many lines of Y a block has, at most.
func (r *convWeights) linesOf() int { return (KBlock-1)/r.shape.OW + 2 }
