package kernels

import (
	"math"
	"slices"
	"sort"
)

// An integer convolution is some products. The left operand of each is never made: a row of it is what a pixel sees of a
// copy of the source, some segments of bytes, where the copy has a border of zero points around every picture. So the zero
// point takes the same away from every pixel of a phase and a channel, InZero times the sum of the weights, and the bias takes
// care of it. (The f32 convolution leaves the border out. There that is what it means; here it would make what the zero point
// takes away depend on the place, and the copy is made anyway: it is read by four phases and all columns, and costs a
// hundredth of them.)
//
// A phase of a transposed convolution is a product whose columns are the channels. Where these are few, the columns of a
// tile would be idle; then a row is a block of neighbouring pixels, of all phases, and the columns are their channels, with
// zeros for the weights of taps through which another pixel of the block sees. One channel of 4x4 stride 2 in blocks of 4x4
// pixels has 16 columns over 16 taps of the source, of which 4 count: a quarter of the work is idle instead of 15 of 16.

// convU8Plan is what a layer determines on a tier.
type convU8Plan struct {
	shape    ConvShape // normal, without N, and with fewer groups where some were merged
	merge    int       // as many to one
	pair     bool      // two to one whose columns see the channels of their own group, of which depth tells
	role     ConvRole
	in, out  convImage
	groups   int
	depth    int // channels of the source in a group
	cols     int // and of the result
	products []convU8Product

	stepY, stepX int // from row to row, in lines and pixels of the source
	fromY, fromX int // where row (0, 0) begins to see
	spanY        int // lines that a row sees
	ny           int // lines of rows, at most
	wide         int // pixels of a copied line
	elem         int // bytes of an element of the copy
	pixel, line  int // bytes of a pixel and of a line of it

	lanes bool // columns of a row are lanes, with values of the left operand each: a depthwise or a thin plan
	thin  *thinPlan
	apart int // pixels between what the values of a lane see, if depthwise
	aStep int // bytes from step to step of a segment
}

// convU8Product is one product of every group.
type convU8Product struct {
	subs   []convU8Sub // the pixels of a row
	spread []convU8Spread
	ny, nx int // rows in a picture
	k      int // values that a row sees
	taps   []convU8Tap
	sets   []convU8Set // the first one is all taps
	seesY  []convSpan  // rows that see inside through the same taps, if that is among sets
	seesX  []convSpan
	n      int // columns
	outY   int // from row to row in the result, in lines
	outX   int // and in pixels
	aX, oX int // from row to row along a line, in bytes of the copy and values of the result
}

// convU8Sub is a pixel of a row: where the first row has it in the result, and its taps.
type convU8Sub struct {
	y, x int
	taps []convTap
}

// convU8Spread is columns of a row that lie side by side in the result: channels of pixels along a line.
type convU8Spread struct {
	col, pixels int
	y, x        int
}

// convU8Tap is where rows see a pixel of the source, from which value on it counts, and through which tap the pixels of a row
// do, -1 for none.
type convU8Tap struct {
	dy, dx int
	k      int
	weight []int // of each sub: ky*KW + kx
}

// convU8Set is some of the taps, those with ranges of dy and dx, as segments of three: where a row sees, in bytes from its
// beginning, how many steps of 4 values (values where rows are gathered), and the first one's place among the steps of k.
type convU8Set struct {
	y, x convSpan // from and to are 0
	taps []int
	segs []int
}

// plan sets p up for a layer that was checked.
func (p *convU8Plan) plan(s ConvShape, role ConvRole, t *tier) {
	n := s.normal()
	n.N = 0
	merge := n.mergeGroups(role, t.u8.cut)
	n.Groups /= merge
	*p = convU8Plan{shape: n, role: role, merge: merge, groups: n.Groups}
	x, y := convImage{n.H, n.W, n.Cin}, convImage{n.OH, n.OW, n.Cout}
	phases := [2]int{1, 1}
	if role == ConvOut {
		p.in, p.out, p.stepY, p.stepX = x, y, n.StrideH, n.StrideW
	} else {
		p.in, p.out, p.stepY, p.stepX = y, x, 1, 1
		phases = [2]int{min(n.StrideH, n.H), min(n.StrideW, n.W)}
	}
	p.depth, p.cols = p.in.c/p.groups, p.out.c/p.groups
	if d := t.convU8.direct; merge == 2 && p.cols == 2*pairCols && d != nil && d.pair != nil {
		p.pair = true
		p.depth /= 2
	}
	if s.isDepthwise() {
		p.planDepth(t, phases)
		return
	}
	if p.planThin(t, phases) {
		return
	}
	u := &t.u8
	p.elem = t.convU8.elem()
	p.pixel = p.in.c * p.elem

	var subs []convU8Sub
	for py := range phases[0] {
		for px := range phases[1] {
			subs = append(subs, p.sub(py, px))
		}
	}
	for _, sub := range subs {
		p.products = append(p.products, p.product([]convU8Sub{sub}, phases, [2]int{1, 1}, t))
	}
	// Blocks of pixels, if that is less work.
	work := func(products []convU8Product) float64 {
		sum := 0.0
		for _, pr := range products {
			sum += float64(pr.ny*pr.nx) * float64(roundUp(pr.n, u.cut)) * float64(pr.k+finishK)
		}
		return sum
	}
	least, stepY, stepX := work(p.products), p.stepY, p.stepX
	for by := 1; by <= 4 && p.groups == 1; by *= 2 {
		for bx := 1; bx <= 4; bx *= 2 {
			if columns := phases[0] * by * phases[1] * bx * p.cols; columns > u.nr || by*bx*len(subs) == 1 {
				continue
			}
			var block []convU8Sub
			for y := range phases[0] * by {
				for x := range phases[1] * bx {
					block = append(block, p.sub(y, x))
				}
			}
			one := []convU8Product{p.product(block, phases, [2]int{by, bx}, t)}
			if w := work(one); w < least {
				least, p.products = w, one
				stepY, stepX = p.stepY*by, p.stepX*bx
			}
		}
	}
	p.stepY, p.stepX = stepY, stepX

	p.layout()
	for i := range p.products {
		p.products[i].see(p, t.convU8.direct != nil)
	}
}

// mergeGroups returns how many groups make one whose columns fill a panel better: the channels that one of them does not see have
// zeros for weights, and are multiplied instead of zero columns.
func (s *ConvShape) mergeGroups(role ConvRole, cut int) int {
	if s.isDepthwise() {
		return 1
	}
	cols := s.Cout / s.Groups
	if role == ConvDX {
		cols = s.Cin / s.Groups
	}
	m := max(1, min(cut/cols, s.Groups))
	for s.Groups%m != 0 {
		m--
	}
	return m
}

// mergeWeights returns the weights of a layer with its groups merged.
func (p *convU8Plan) mergeWeights(weights []int8) []int8 {
	if p.merge == 1 || p.pair {
		return weights
	}
	s, m := &p.shape, p.merge
	cg, og := s.Cin/s.Groups/m, s.Cout/s.Groups/m // of a group of the layer
	merged := make([]int8, s.KH*s.KW*m*cg*s.Cout)
	for tap := range s.KH * s.KW {
		for ci := range cg {
			for co, w := range weights[(tap*cg+ci)*s.Cout:][:s.Cout] {
				merged[((tap*m+co/og%m)*cg+ci)*s.Cout+co] = w
			}
		}
	}
	return merged
}

// layout lays out the copy, as where all rows see decides.
func (p *convU8Plan) layout() {
	minY, maxY, minX, maxX := math.MaxInt, math.MinInt, math.MaxInt, math.MinInt
	for i := range p.products {
		pr := &p.products[i]
		p.ny = max(p.ny, pr.ny)
		pr.aX, pr.oX = p.stepX*p.pixel, pr.outX*p.out.c
		for _, tap := range pr.taps {
			minY, maxY = min(minY, tap.dy), max(maxY, tap.dy)
			minX, maxX = min(minX, tap.dx), max(maxX, tap.dx+(pr.nx-1)*p.stepX)
		}
	}
	if minY > maxY { // no tap sees any pixel
		minY, maxY, minX, maxX = 0, 0, 0, 0
	}
	p.fromY, p.fromX, p.spanY, p.wide = minY, minX, maxY-minY+1, maxX-minX+1
	p.line = p.wide * p.pixel
}

// finishK is how many values of k take as long as finishing a sum, about.
const finishK = 28

// sub returns the taps of pixel (y, x) of the first block, which may lie in a later phase and step.
func (p *convU8Plan) sub(y, x int) convU8Sub {
	n := &p.shape
	dy, dx := 0, 0
	phaseY, phaseX := y, x
	if p.role == ConvOut {
		dy, dx, phaseY, phaseX = y*n.StrideH, x*n.StrideW, 0, 0
	}
	ky, atY := axisTaps(p.role, phaseY, n.KH, n.StrideH, n.PadH, n.DilationH)
	kx, atX := axisTaps(p.role, phaseX, n.KW, n.StrideW, n.PadW, n.DilationW)
	s := convU8Sub{y: y, x: x}
	for i := range ky {
		for j := range kx {
			s.taps = append(s.taps, convTap{ky[i], kx[j], atY[i] + dy, atX[j] + dx})
		}
	}
	return s
}

// product makes a product of rows of some pixels in blocks of so many phases and steps.
func (p *convU8Plan) product(subs []convU8Sub, phases, block [2]int, t *tier) convU8Product {
	pr := convU8Product{subs: subs, n: len(subs) * p.cols, outY: phases[0] * block[0], outX: phases[1] * block[1]}
	pr.ny = (p.out.h - subs[0].y + pr.outY - 1) / pr.outY
	pr.nx = (p.out.w - subs[0].x + pr.outX - 1) / pr.outX
	for i, sub := range subs {
		for _, tap := range sub.taps {
			at := slices.IndexFunc(pr.taps, func(t convU8Tap) bool { return t.dy == tap.dy && t.dx == tap.dx })
			if at < 0 {
				at = len(pr.taps)
				pr.taps = append(pr.taps, convU8Tap{dy: tap.dy, dx: tap.dx, weight: slices.Repeat([]int{-1}, len(subs))})
			}
			pr.taps[at].weight[i] = tap.ky*p.shape.KW + tap.kx
		}
		if m := len(pr.spread); m > 0 && pr.spread[m-1].y == sub.y && pr.spread[m-1].x+pr.spread[m-1].pixels == sub.x {
			pr.spread[m-1].pixels++
		} else {
			pr.spread = append(pr.spread, convU8Spread{i * p.cols, 1, sub.y, sub.x})
		}
	}
	sort.Sort(tapsByPlace(pr.taps))
	for i := range pr.taps {
		pr.taps[i].k = pr.k
		pr.k += p.depth
		if t.convU8.direct != nil && (i+1 == len(pr.taps) || !p.joined(&pr.taps[i], &pr.taps[i+1])) {
			pr.k = roundUp(pr.k, 4)
		}
	}
	return pr
}

// tapsByPlace sorts taps by their lines. (An instance of slices.SortFunc is 10 KB of every program that samples.)
type tapsByPlace []convU8Tap

func (t tapsByPlace) Len() int { return len(t) }
func (t tapsByPlace) Less(i, j int) bool {
	return t[i].dy < t[j].dy || t[i].dy == t[j].dy && t[i].dx < t[j].dx
}
func (t tapsByPlace) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

// joined says that what rows see through two taps lies together, as their weights do.
func (p *convU8Plan) joined(a, b *convU8Tap) bool {
	return p.groups == 1 && !p.pair && a.dy == b.dy && a.dx+1 == b.dx
}

// maxSets is how many sets of taps a product has at most.
const maxSets = 1 + 16

// see fills in the sets of taps of a product. Rows of single pixels, in steps that no two taps share, may leave out what lies
// outside of the source.
func (pr *convU8Product) see(p *convU8Plan, direct bool) {
	dys, dxs := pr.axes()
	pr.sets = []convU8Set{p.set(pr, convSpan{tap1: len(dys)}, convSpan{tap1: len(dxs)}, len(dxs), direct)}
	if !direct || len(pr.subs) > 1 || p.depth%4 != 0 || len(pr.taps) == 0 {
		return
	}
	y, x := axisSpans(pr.ny, p.stepY, p.in.h, dys), axisSpans(pr.nx, p.stepX, p.in.w, dxs)
	if len(y)*len(x) >= maxSets {
		return
	}
	pr.seesY, pr.seesX = y, x
	for _, sy := range y {
		for _, sx := range x {
			pr.sets = append(pr.sets, p.set(pr, convSpan{tap0: sy.tap0, tap1: sy.tap1}, convSpan{tap0: sx.tap0, tap1: sx.tap1},
				len(dxs), direct))
		}
	}
}

// axes returns the lines and the columns of the taps.
func (pr *convU8Product) axes() (dys, dxs []int) {
	for i := range pr.taps {
		if t := &pr.taps[i]; t.dy == pr.taps[0].dy {
			dxs = append(dxs, t.dx)
		}
	}
	for i := 0; i < len(pr.taps); i += len(dxs) {
		dys = append(dys, pr.taps[i].dy)
	}
	return dys, dxs
}

// set makes the set of some taps, of which there are so many along x.
func (p *convU8Plan) set(pr *convU8Product, y, x convSpan, across int, direct bool) convU8Set {
	s := convU8Set{y: y, x: x}
	for i := y.tap0; i < y.tap1; i++ {
		for j := x.tap0; j < x.tap1; j++ {
			s.taps = append(s.taps, i*across+j)
		}
	}
	for i, at := range s.taps {
		tap := &pr.taps[at]
		if i == 0 || s.taps[i-1]+1 != at || !p.joined(&pr.taps[at-1], tap) {
			s.segs = append(s.segs, (tap.dy-p.fromY)*p.line+(tap.dx-p.fromX)*p.pixel, 0, tap.k)
		}
		s.segs[len(s.segs)-2] += p.depth
	}
	if direct {
		for i := 0; i < len(s.segs); i += 3 {
			s.segs[i+1], s.segs[i+2] = (s.segs[i+1]+3)/4, s.segs[i+2]/4
		}
	}
	return s
}

// tall is how many lines of the source some lines of rows see.
func (p *convU8Plan) tall(lines int) int { return (lines-1)*p.stepY + p.spanY }

// weights returns the right operand of a product of a group, k x n.
func (p *convU8Plan) weights(pr *convU8Product, weights []int8, group int) []int8 {
	b := make([]int8, pr.k*pr.n)
	s := &p.shape
	cg := s.Cin / s.Groups
	if p.pair {
		cg /= 2
	}
	for _, tap := range pr.taps {
		for i, w := range tap.weight {
			if w < 0 {
				continue
			}
			from := weights[w*cg*s.Cout:][:cg*s.Cout]
			for d := range p.depth {
				row := b[(tap.k+d)*pr.n+i*p.cols:][:p.cols]
				if p.role == ConvOut {
					copy(row, from[d*s.Cout+group*p.cols:])
					continue
				}
				for c := range row {
					at := c*s.Cout + group*p.depth
					if p.pair {
						at = c%pairCols*s.Cout + (2*group+c/pairCols)*p.depth
					}
					row[c] = from[at+d]
				}
			}
		}
	}
	return b
}
