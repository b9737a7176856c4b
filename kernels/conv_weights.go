package kernels

// convWeights is a gradient to the weights in progress. It is the plan of the convolution itself with rows and steps
// exchanged: a step of k of the convolution is a row, and a pixel of Y a step.
type convWeights struct {
	convPlan
	c *Conv

	rows           int   // of a group: (ky, kx, ci), or taps if depthwise
	rowOff, outOff []int // of all rows
	step           int   // from pixel to pixel of Y, in X
	rowTasks       int
	rowsOf         int // rows of a task
	panelTasks     int
}

// prepare makes r ready for c with so many threads and returns the number of tasks.
func (r *convWeights) prepare(c *Conv, t *tier, threads int) int {
	if n := c.normal(); r.units == 0 && n.N > 0 || r.t != t || r.shape != n {
		r.plan(n, ConvOut, t, 1, true)
		ph := &r.phases[0]
		switch r.step = r.inX * r.pixel; {
		case n.OW == 1 && n.OH == 1:
			r.step = r.picture
		case n.OW == 1:
			r.step = r.inY * r.line
		}
		r.rows, r.rowOff, r.outOff = ph.k, r.rowOff[:0], r.outOff[:0]
		for k := range ph.k {
			r.rowOff, r.outOff = append(r.rowOff, r.offset(ph, k)), append(r.outOff, k*n.Cout)
		}
		r.rowOff, r.outOff = wholeTiles(r.rowOff, t.conv.mr), wholeTiles(r.outOff, t.conv.mr)
	}
	r.c = c
	// Every task copies and packs for itself: they are few.
	r.panelTasks, r.rowTasks, r.rowsOf = 1, 1, r.rows
	if want := 2 * threads; threads > 1 && r.groups < want {
		r.panelTasks = min(len(r.panels), want)
		tiles := (r.rows + t.conv.mr - 1) / t.conv.mr
		r.rowTasks = min(tiles, (want+r.panelTasks-1)/r.panelTasks)
		r.rowsOf = (tiles + r.rowTasks - 1) / r.rowTasks * t.conv.mr
		r.rowTasks = (r.rows + r.rowsOf - 1) / r.rowsOf
	}
	return r.groups * r.panelTasks * r.rowTasks
}

// sizes returns what a task needs.
func (r *convWeights) sizes() convSizes {
	n := convSizes{b: KBlock * r.panels[0].width, segs: 2 * KBlock, off: r.rowsOf + 8}
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

// task computes some rows of some panels of a group.
func (r *convWeights) task(s *convScratch, part int) {
	c, conv := r.c, &r.t.conv
	group, part := part/(r.panelTasks*r.rowTasks), part%(r.panelTasks*r.rowTasks)
	panels := r.panels[part/r.rowTasks*len(r.panels)/r.panelTasks : (part/r.rowTasks+1)*len(r.panels)/r.panelTasks]
	row0 := part % r.rowTasks * r.rowsOf
	rows := min(r.rowsOf, r.rows-row0)
	out := c.Weights[row0*r.shape.Cout+group*r.cols:]
	steps := r.shape.N * r.shape.OH * r.shape.OW

	aside := func(pn convPanel) bool {
		return pn.cols < pn.width || c.Accumulate && (steps > KBlock || steps == 0)
	}
	first := panels[0].from
	// target returns where the running sums of a panel are: in the result, unless the old one is still needed or a tile
	// would reach beyond the row.
	target := func(pn convPanel) ([]float32, []int) {
		if aside(pn) {
			at := rows * (pn.from - first)
			return s.grow(&s.sum, rows*(r.packedCols-first))[at : at+rows*pn.width], s.steps(rows, pn.width)
		}
		return out[pn.from:], r.outOff
	}
	if steps == 0 {
		for _, pn := range panels {
			to, off := target(pn)
			for _, o := range off[:rows] {
				clear(to[o:][:pn.width])
			}
		}
	}
	for k0 := 0; k0 < steps; k0 += KBlock {
		kc := min(KBlock, steps-k0)
		a := r.see(s, group, k0, k0+kc)
		if s.soon = [2][]float32{}; r.rows < convBusy {
			s.soon = [2][]float32{piece(c.Y, (k0+KBlock)*r.shape.Cout, (k0+2*KBlock)*r.shape.Cout),
				piece(c.X, r.begin(k0+KBlock), r.begin(k0+2*KBlock))}
		}
		for _, pn := range panels {
			to, off := target(pn)
			b, bStep := c.Y[k0*r.shape.Cout+group*r.cols+pn.from:], r.shape.Cout
			if pn.cols < pn.width || r.shape.Cout > 64 && rows > 4*conv.mr {
				packColumns(conv, s.grow(&s.b, KBlock*pn.width), b, bStep, kc, pn)
				b, bStep = s.b, pn.width
			}
			add := k0 > 0 || c.Accumulate && !aside(pn)
			ahead := s.ahead((rows + conv.mr - 1) / conv.mr * kc / 2)
			if r.depthwise {
				conv.depth(rows, &a[pn.from], &r.rowOff[row0], r.step, &s.segs[0], len(s.segs)/2, &b[0], bStep, &to[0],
					&off[0], add, ahead)
			} else {
				conv.tile(pn.width, rows, &a[0], &r.rowOff[row0], r.step, &s.segs[0], len(s.segs)/2, &b[0], bStep,
					&to[0], &off[0], add, ahead)
			}
		}
	}
	for _, pn := range panels {
		if !aside(pn) {
			continue
		}
		to, _ := target(pn)
		for i := range rows {
			sums, row := to[i*pn.width:][:pn.cols], out[r.outOff[i]+pn.from:][:pn.cols]
			if c.Accumulate {
				r.t.vec.add(row, sums, row)
			} else {
				copy(row, sums)
			}
		}
	}
}

// begin returns where, about, X begins to be seen by pixel k of Y and the following ones.
func (r *convWeights) begin(k int) int {
	n, y := k/(r.shape.OW*r.shape.OH), k/r.shape.OW%r.shape.OH
	return (n*r.in.h + min(r.in.h, y*r.inY)) * r.in.w * r.in.c
}

// see makes ready what pixels k0 <= k < k1 of Y see of a group of X, and the segments that they are.
func (r *convWeights) see(s *convScratch, group, k0, k1 int) []float32 {
	ow, oh := r.shape.OW, r.shape.OH
	s.segs = s.segs[:0]
	a := r.c.X
	if r.copy {
		// At most so many lines, counting those that two lines of Y share twice.
		lanes := 0
		if r.depthwise {
			lanes = r.t.conv.lanes
		}
		pictures := (k1-1)/(ow*oh) - k0/(ow*oh) + 1
		lines := min(oh, (k1-1)/ow-k0/ow+1)
		a = s.grow(&s.band, pictures*r.tall(lines)*r.line+lanes)
		s.turned = 0
	}
	base := 0
	for k := k0; k < k1; {
		// The pixels of one picture.
		n, y := k/(ow*oh), k/ow%oh
		end := min(k1, (n+1)*ow*oh)
		lines := (end-1)/ow - k/ow + 1
		if r.copy {
			r.copyLines(a[base:], r.c.X, n, r.fromY+y*r.inY, r.tall(lines), group)
		} else {
			base = ((n*r.in.h+r.fromY+y*r.inY)*r.in.w+r.fromX)*r.in.c + group*r.depth
		}
		for i := range lines {
			x, to := k%ow, min(end, (k/ow+1)*ow)
			at := base + i*r.inY*r.line + x*r.inX*r.pixel
			if m := len(s.segs); m > 0 && at == s.segs[m-2]+s.segs[m-1]*r.step {
				s.segs[m-1] += to - k
			} else {
				s.segs = append(s.segs, at, to-k)
			}
			k = to
		}
		base += r.tall(lines) * r.line
	}
	return a
}
