package kernels

import "unsafe"

// convLineSums is a gradient to the weights in progress where convLines is the convolution itself. An element of X belongs to three
// neighbouring taps, and a vector of Y stays in a register for three pixels. A block of pixels comes before the next one for all
// groups of a task, so that their parts of it are read from near.
type convLineSums struct {
	c             *Conv
	shape         ConvShape
	t             *tier
	tile          lineTile
	depth, cols   int // channels of a group, of X and of Y
	items, splits int // lines of taps of a panel; parts that they are divided into
}

// hasLineSums says that convLineSums is for s.
func (s ConvShape) hasLineSums(t *tier) bool {
	n := s.normal()
	l, ok := n.lineTile(n.Cout/n.Groups, t)
	return ok && n.Cin/n.Groups%l.depth == 0
}

// prepare makes r ready for c with so many threads and returns the number of units.
func (r *convLineSums) prepare(c *Conv, t *tier, threads int) int {
	n := c.normal()
	r.c, r.shape, r.t = c, n, t
	r.tile, _ = n.lineTile(n.Cout/n.Groups, t)
	r.depth, r.cols = n.Cin/n.Groups, n.Cout/n.Groups
	r.items = n.Cout / r.tile.width * n.KH
	r.splits = 1
	if threads > 1 {
		r.splits = min(r.items, 2*threads)
	}
	return r.splits
}

// sizes returns what a task needs.
func (r *convLineSums) sizes() convSizes {
	return convSizes{cuts: r.shape.KH, segs: ((KBlock-1)/r.shape.OW + 2) * convSegment}
}

// task computes some lines of taps of some panels.
func (r *convLineSums) task(s *convScratch, part int) {
	from, to := part*r.items/r.splits, (part+1)*r.items/r.splits
	n := &r.shape
	pixels := n.N * n.OH * n.OW
	// With no pixel at all, one block of none clears the sums.
	for k0 := 0; k0 == 0 || k0 < pixels; k0 += KBlock {
		r.pieces(s, k0, min(k0+KBlock, pixels))
		xAhead, yAhead := KBlock*n.StrideH*n.Cin, KBlock*n.Cout
		for i := from; i < to; i++ {
			ky, ch := i%n.KH, i/n.KH*r.tile.width
			if ky == 0 || i == from {
				xAhead, yAhead = KBlock*n.StrideH*n.Cin, KBlock*n.Cout
			}
			segs := s.cuts[ky].segs
			for ci := 0; ci < r.depth; ci += r.tile.depth {
				x, y := piece(r.c.X, ch/r.cols*r.depth+ci, len(r.c.X)), piece(r.c.Y, ch, len(r.c.Y))
				r.t.conv.lineSums(r.tile.width, unsafe.SliceData(x), n.Cin, unsafe.SliceData(y), n.Cout, unsafe.SliceData(segs),
					len(segs)/convSegment, &r.c.Weights[(ky*n.KW*r.depth+ci)*n.Cout+ch], n.Cout, r.depth*n.Cout, k0 > 0, xAhead,
					yAhead)
				xAhead, yAhead = 0, 0
			}
		}
	}
}

// pieces lists what each line of taps sees for pixels k0 <= k < k1 of Y: pieces of lines of X, and those of Y. A piece is where it
// begins in X and in Y, its length, and whether X goes on before it (1) and after it (2).
func (r *convLineSums) pieces(s *convScratch, k0, k1 int) {
	n := &r.shape
	for ky := range n.KH {
		s.cuts[ky].key = weightSteps{} // of no convWeights
		s.cuts[ky].segs = s.cuts[ky].segs[:0]
	}
	for k := k0; k < k1; {
		line, x := k/n.OW, k%n.OW
		pixels := min(k1-k, n.OW-x)
		ends := 0
		if x > 0 {
			ends = 1
		}
		if x+pixels < n.OW {
			ends |= 2
		}
		for ky := range n.KH {
			if y := line%n.OH*n.StrideH - n.PadH + ky*n.DilationH; 0 <= y && y < n.H {
				c := &s.cuts[ky]
				c.segs = append(c.segs, ((line/n.OH*n.H+y)*n.W+x)*n.Cin, k*n.Cout, pixels, ends)
			}
		}
		k += pixels
	}
}

func convLineSumsGeneric(_ int, x *float32, xStep int, y *float32, yStep int, segs *int, nseg int, c *float32, _, cTap int,
	add bool, _, _ int) {
	for k := range 3 {
		var t [4]float32
		for s := range nseg {
			seg := (*[convSegment]int)(unsafe.Pointer(at(segs, convSegment*s)))
			for p := range seg[2] {
				if k == 0 && p == 0 && seg[3]&1 == 0 || k == 2 && p == seg[2]-1 && seg[3]&2 == 0 {
					continue
				}
				v, g := index(x, seg[0]+(p+k-1)*xStep), at4(y, seg[1]+p*yStep)
				for j := range t {
					t[j] = fma32(v, g[j], t[j])
				}
			}
		}
		putTile(c, k*cTap, &t, add)
	}
}
