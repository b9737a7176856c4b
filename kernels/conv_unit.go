package kernels

import "slices"

// Rows of a product that see the same taps, the others being outside the source, have the same steps. A unit's rows are
// put in an order in which these lie together, so that almost every tile visits the taps that all its rows see, and
// no other. The tiles between mask rows.

// convUnit is the rows of a unit, and a kind of units that are alike.
type convUnit struct {
	pictures int
	below    int        // how many lines below the source's last one its first line begins to see, or 0
	sees     []convSpan // for each phase and line, what it sees; from and to are 0
	phases   []convTiles
}

// convTiles is the rows of a phase in a unit.
type convTiles struct {
	rowOff, outOff []int // of the rows, in the source and in the result, in whole tiles
	rows           int
	runs           []convTileRun
}

// convTileRun is successive tiles with the same steps.
type convTileRun struct {
	row, rows int
	blocks    [][]int // the segments of each block of k
}

// planUnits fills in the kinds of units.
func (p *convPlan) planUnits() {
	if p.unitsPerPicture > 1 {
		for u := range p.unitsPerPicture {
			p.kindOf = append(p.kindOf, p.kind(1, u*p.lines))
		}
		return
	}
	p.kindOf = append(p.kindOf, p.kind(p.pictures, 0))
	if rest := p.shape.N % p.pictures; rest > 0 {
		p.kindOf = append(p.kindOf, p.kind(rest, 0))
	}
}

// tableBytes is the size of the tables of all kinds.
func (p *convPlan) tableBytes() int {
	ints := 0
	for _, u := range p.kinds {
		for _, t := range u.phases {
			ints += len(t.rowOff) + len(t.outOff)
			for _, run := range t.runs {
				for _, segs := range run.blocks {
					ints += len(segs)
				}
				ints += 8 * len(run.blocks)
			}
		}
	}
	return 8 * ints
}

// unitKind returns the kind of a unit.
func (p *convPlan) unitKind(unit int) *convUnit {
	if p.unitsPerPicture > 1 {
		return &p.kinds[p.kindOf[unit%p.unitsPerPicture]]
	}
	if unit == p.units-1 {
		return &p.kinds[p.kindOf[len(p.kindOf)-1]]
	}
	return &p.kinds[p.kindOf[0]]
}

// kind returns the index of the kind of a unit that begins with a line.
func (p *convPlan) kind(pictures, line0 int) int {
	u := convUnit{pictures: pictures, below: max(0, line0*p.inY-(p.in.h-1))}
	for i := range p.phases {
		ph := &p.phases[i]
		for y := line0; y < min(line0+p.lines, ph.ny); y++ {
			s := spanOf(ph.seesY, y)
			s.from, s.to = 0, 0
			u.sees = append(u.sees, s)
		}
		u.sees = append(u.sees, convSpan{})
	}
	for i := range p.kinds {
		if p.kinds[i].pictures == pictures && p.kinds[i].below == u.below && slices.Equal(p.kinds[i].sees, u.sees) {
			return i
		}
	}
	for i := range p.phases {
		u.phases = append(u.phases, p.tiles(&p.phases[i], pictures, line0, u.below))
		p.rows = max(p.rows, u.phases[i].rows)
	}
	p.kinds = append(p.kinds, u)
	return len(p.kinds) - 1
}

func spanOf(spans []convSpan, at int) convSpan {
	for _, s := range spans {
		if at < s.to {
			return s
		}
	}
	panic("kernels: Conv: no such pixel")
}

// tiles puts the rows of a phase in order and cuts them into runs.
func (p *convPlan) tiles(ph *convPhase, pictures, line0, below int) convTiles {
	if p.copy {
		below = 0
	}
	mr, lines, across := p.t.conv.mr, 0, 0
	for _, s := range ph.seesY {
		lines += max(0, min(s.to, line0+p.lines)-max(s.from, line0))
	}
	for _, s := range ph.seesX {
		across += s.to - s.from
	}
	rows := pictures * lines * across
	t := convTiles{rowOff: make([]int, 0, roundUp(rows, mr)), outOff: make([]int, 0, roundUp(rows, mr))}
	sees := make([][2]int32, 0, rows) // of each row, the elements of seesY and seesX
	for iy, sy := range ph.seesY {
		for ix, sx := range ph.seesX {
			for n := range pictures {
				for y := max(sy.from, line0); y < min(sy.to, line0+p.lines); y++ {
					for x := sx.from; x < sx.to; x++ {
						i := y - line0
						t.rowOff = append(t.rowOff, p.origin()+n*p.picture+(below+i*p.inY)*p.line+x*p.inX*p.pixel)
						t.outOff = append(t.outOff, ((n*p.out.h+i*p.outY)*p.out.w+x*p.outX)*p.out.c)
						sees = append(sees, [2]int32{int32(iy), int32(ix)})
					}
				}
			}
		}
	}
	t.rows = len(t.rowOff)
	for row := 0; row < t.rows; row += mr {
		tile := sees[row:min(row+mr, t.rows)]
		if row > 0 && tile[0] == tile[len(tile)-1] && sees[row-mr] == tile[0] && sees[row-1] == tile[0] {
			t.runs[len(t.runs)-1].rows += len(tile)
			continue
		}
		t.runs = append(t.runs, convTileRun{row, len(tile), p.blocks(ph, func(tap int) int {
			mask := 0
			for i, s := range tile {
				sy, sx := &ph.seesY[s[0]], &ph.seesX[s[1]]
				if y, x := tap/ph.across, tap%ph.across; sy.tap0 <= y && y < sy.tap1 && sx.tap0 <= x && x < sx.tap1 {
					mask |= 1 << i
				}
			}
			if mask == 1<<len(tile)-1 {
				return convRows
			}
			return mask
		})})
	}
	t.rowOff, t.outOff = wholeTiles(t.rowOff, mr), wholeTiles(t.outOff, mr)
	return t
}

// blocks cuts the steps of a tile into blocks of k and segments; rows tells which rows see a tap.
func (p *convPlan) blocks(ph *convPhase, rows func(tap int) int) [][]int {
	var blocks [][]int
	for k0 := 0; k0 < ph.k; k0 += KBlock {
		var segs []int
		for k := k0; k < min(k0+KBlock, ph.k); {
			// The steps of a tap.
			tap := k / p.depth
			n := min(min(k0+KBlock, ph.k), (tap+1)*p.depth) - k
			if mask := rows(tap); mask != 0 {
				segs = addSegment(segs, 0, ph.aStep, p.offset(ph, k), n, k-k0, mask)
			}
			k += n
		}
		blocks = append(blocks, segs)
	}
	return blocks
}

// addSegment appends a segment to those from an index on, or makes the last one longer.
func addSegment(segs []int, from, aStep, begin, steps, first, rows int) []int {
	if m := len(segs); m > from {
		last := segs[m-convSegment:]
		if last[3] == rows && last[2]+last[1] == first && last[0]+last[1]*aStep == begin {
			last[1] += steps
			return segs
		}
	}
	return append(segs, begin, steps, first, rows)
}

// wholeTiles repeats the last row's offset until a tile of mr rows is complete.
func wholeTiles(off []int, mr int) []int {
	for len(off)%mr != 0 {
		off = append(off, off[len(off)-1])
	}
	return off
}
