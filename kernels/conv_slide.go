package kernels

import (
	"slices"
	"unsafe"
)

// convSlide is a sliding convolution in progress: one round of tasks, each a part of the columns of a unit.
type convSlide struct {
	convPlan
	c        *Conv
	weights  []float32
	packed   []float32 // nil: the weights are read or packed as they are needed
	src, dst []float32

	items, splits int // (group, phase, panel) combinations, and parts that they are divided into
}

// convScratch is what one task needs for itself.
type convScratch struct {
	band, b, sum []float32
	off          []int
	cuts         []weightCut
	lines        []weightLine
	turned       int          // the plan whose zeros band holds, of a convThin
	soon         [2][]float32 // what the next task, or the next part of this one, reads
}

// convBusy is the number of multiply-adds with a float that is read from which on prefetching it only costs.
const convBusy = 300

// convNear is how many floats of packed weights are expected to stay in the L2 cache from unit to unit.
const convNear = 1 << 16

// ahead returns what a kernel that asks for so many lines may prefetch.
func (s *convScratch) ahead(lines int) convAhead {
	for i, x := range &s.soon {
		if len(x) > 0 {
			s.soon[i] = x[min(len(x), 16*lines):]
			return convAhead{&x[0], 16}
		}
	}
	return convAhead{}
}

// piece returns x[from:to] as far as there is such a part.
func piece(x []float32, from, to int) []float32 {
	from, to = max(from, 0), min(to, len(x))
	return x[min(from, to):to]
}

// convSizes are the lengths of a convScratch's slices that a convolution needs at most.
type convSizes struct{ band, b, sum, cuts, segs, runs, lines, off int }

// reserve makes room, so that no task has to.
func (s *convScratch) reserve(n convSizes) {
	s.grow(&s.band, n.band)
	s.grow(&s.b, n.b)
	s.grow(&s.sum, n.sum)
	s.off, s.lines = slices.Grow(s.off[:0], n.off), slices.Grow(s.lines[:0], n.lines)
	for len(s.cuts) < n.cuts {
		s.cuts = append(s.cuts, weightCut{})
	}
	s.cuts = s.cuts[:n.cuts]
	for i := range s.cuts {
		c := &s.cuts[i]
		*c = weightCut{segs: slices.Grow(c.segs[:0], n.segs), runs: slices.Grow(c.runs[:0], n.runs)}
	}
}

// grow returns b, made to hold n floats.
func (s *convScratch) grow(b *[]float32, n int) []float32 {
	if len(*b) < n {
		*b = alignedF32(n)
	}
	return *b
}

// prepare makes r ready for c with so many threads and returns the number of units.
func (r *convSlide) prepare(c *Conv, t *tier, threads int, weights, packed []float32) int {
	if n := c.normal(); r.units == 0 || r.t != t || r.role != c.Role || r.shape != n {
		r.plan(n, c.Role, t, unitRows)
		r.planUnits()
	}
	r.c, r.weights, r.packed = c, weights, packed
	r.src, r.dst = c.X, c.Y
	if c.Role == ConvDX {
		r.src, r.dst = c.Y, c.X
	}
	r.items = r.groups * len(r.phases) * len(r.panels)
	r.splits = 1
	if want := 4 * threads; threads > 1 && r.units < want {
		r.splits = min(r.items, (want+r.units-1)/r.units)
	}
	return r.units * r.splits
}

// sizes returns what a task needs.
func (r *convSlide) sizes() convSizes {
	n := convSizes{b: KBlock * r.panels[0].width, off: r.rows + 8}
	if last := r.panels[len(r.panels)-1]; r.c.Accumulate || last.cols < last.width {
		n.sum = r.rows * r.packedCols
	}
	if r.copy {
		n.band = r.pictures*r.picture + r.t.conv.lanes
	}
	return n
}

// task computes part of the columns of a unit.
func (r *convSlide) task(s *convScratch, part int) {
	unit, split := part/r.splits, part%r.splits
	from, to := split*r.items/r.splits, (split+1)*r.items/r.splits
	n0, line0 := unit*r.pictures, 0
	if r.unitsPerPicture > 1 {
		n0, line0 = unit/r.unitsPerPicture, unit%r.unitsPerPicture*r.lines
	}
	kind := r.unitKind(unit)
	s.soon = [2][]float32{}
	if r.groups*r.cols*len(r.phases[0].taps) < convBusy*r.inY*r.inX {
		size := r.in.w * r.in.c // of what a unit sees, about
		if r.unitsPerPicture > 1 {
			size *= r.lines * r.inY
		} else {
			size *= r.pictures * r.in.h
		}
		next := (n0*r.in.h+line0*r.inY)*r.in.w*r.in.c + size
		s.soon[0] = piece(r.src, next, next+size)
	}
	if r.copy {
		r.copyBand(s, n0, kind.pictures, line0)
	}
	for from < to {
		// All panels of a phase that belong to this task.
		group, phase, panel := from/len(r.panels)/len(r.phases), from/len(r.panels)%len(r.phases), from%len(r.panels)
		end := min(to, from-panel+len(r.panels))
		ph := &r.phases[phase]
		if tiles := &kind.phases[phase]; tiles.rows > 0 {
			a := s.band
			if !r.copy {
				a = r.src[(n0*r.in.h+line0*r.inY-kind.below)*r.in.w*r.in.c+group*r.depth:]
			}
			at := ((n0*r.out.h+ph.y+line0*r.outY)*r.out.w+ph.x)*r.out.c + group*r.cols
			r.columns(s, group, ph, tiles, r.panels[panel:panel+end-from], a, r.dst[at:])
		}
		from = end
	}
}

// columns computes rows of a phase in the columns of some panels. The result goes to out, at the offsets of the phase. A
// block of k of all panels comes before the next one, since what the rows see in a block stays in the L2 cache.
func (r *convSlide) columns(s *convScratch, group int, ph *convPhase, tiles *convTiles, panels []convPanel,
	a, out []float32) {
	c, k, rows := r.c, &r.t.conv, tiles.rows
	first := panels[0].from
	// The running sums live in the result, unless the old one is still needed or a tile would reach beyond the row.
	aside := func(pn convPanel) bool {
		return pn.cols < pn.width || c.Accumulate && (ph.k > KBlock || ph.k == 0)
	}
	target := func(pn convPanel) ([]float32, []int) {
		if aside(pn) {
			at := rows * (pn.from - first)
			return s.grow(&s.sum, rows*(r.packedCols-first))[at : at+rows*pn.width], s.steps(rows, pn.width)
		}
		return out[pn.from:], tiles.outOff
	}
	if ph.k == 0 {
		for _, pn := range panels {
			to, off := target(pn)
			for _, o := range off[:rows] {
				clear(to[o:][:pn.width])
			}
		}
	}
	for b, k0 := 0, 0; k0 < ph.k; b, k0 = b+1, k0+KBlock {
		kc := min(KBlock, ph.k-k0)
		for j, pn := range panels {
			to, off := target(pn)
			w, step := r.block(s, group, ph, pn, rows, k0, kc)
			if r.packed != nil && r.packedLen > convNear {
				next, k1 := panels[(j+1)%len(panels)], k0
				if j+1 == len(panels) {
					k1 += KBlock
				}
				at := group*r.packedPhases + ph.packed + ph.k*next.from + k1*next.width
				s.soon[0] = piece(r.packed, at, at+min(KBlock, ph.k-k1)*next.width)
			}
			add := k0 > 0 || c.Accumulate && !aside(pn)
			for i := range tiles.runs {
				run := &tiles.runs[i]
				segs := run.blocks[b]
				ahead := s.ahead(k.aheadLines(run.rows, kc, len(segs) > 0 && segs[3] != convRows))
				first, n := unsafe.SliceData(segs), len(segs)/convSegment
				if r.depthwise {
					k.depth(run.rows, &a[pn.from], &tiles.rowOff[run.row], ph.aStep, first, n, &w[0], step, &to[0],
						&off[run.row], add, ahead)
				} else {
					k.tile(pn.width, run.rows, &a[0], &tiles.rowOff[run.row], ph.aStep, first, n, &w[0], step, &to[0],
						&off[run.row], add, ahead)
				}
			}
		}
	}
	for _, pn := range panels {
		if !aside(pn) {
			continue
		}
		to, _ := target(pn)
		for i, o := range tiles.outOff[:rows] {
			sums, row := to[i*pn.width:][:pn.cols], out[o+pn.from:][:pn.cols]
			if c.Accumulate {
				r.t.vec.add(row, sums, row)
			} else {
				copy(row, sums)
			}
		}
	}
	if c.Bias == nil && c.Act == ActNone {
		return
	}
	last := panels[len(panels)-1]
	n := last.from + last.cols - first
	var bias []float32
	if c.Bias != nil {
		bias = c.Bias[group*r.cols+first:][:n]
	}
	k.finish(&r.t.vec, out[first:], tiles.outOff[:rows], n, bias, c.Act, c.Slope)
}

// steps returns the multiples of step, rows of them and those of the rest of a tile.
func (s *convScratch) steps(rows, step int) []int {
	const tile = 8
	if len(s.off) < rows+tile || s.off[1] != step {
		s.off = s.off[:0]
		for i := range rows + tile {
			s.off = append(s.off, i*step)
		}
	}
	return s.off
}

// block returns the weights of a block of k for a panel, and how far its steps lie apart.
func (r *convSlide) block(s *convScratch, group int, ph *convPhase, pn convPanel, rows, k0, kc int) ([]float32, int) {
	if r.packed != nil {
		return r.packed[group*r.packedPhases+ph.packed+ph.k*pn.from+k0*pn.width:], pn.width
	}
	// Read where they lie, if that costs no cache lines or they are read hardly more than once.
	if pn.cols == pn.width && r.role == ConvOut && (r.shape.Cout <= 64 || rows <= 4*r.t.conv.mr) {
		return r.weights[k0*r.shape.Cout+group*r.cols+pn.from:], r.shape.Cout
	}
	b := s.grow(&s.b, kc*pn.width)
	r.pack(b, r.weights, group, ph, pn, k0, k0+kc)
	return b, pn.width
}

// copyBand copies to the scratch what the pixels of a unit see, and has room there for what they see outside.
func (r *convSlide) copyBand(s *convScratch, n0, pictures, line0 int) {
	band := s.grow(&s.band, pictures*r.picture+r.t.conv.lanes)
	s.turned = 0
	for n := range pictures {
		r.copyLines(band[n*r.picture:], r.src, n0+n, r.fromY+line0*r.inY, r.tall(r.lines))
	}
}
