package kernels

import (
	"math"
	"slices"
	"unsafe"
)

// Where the result has few channels, even blocks of pixels leave most of a product's columns idle. Lanes are then the bytes of
// a line of the result, 16 of them a row of a tile, whatever pixels and phases they belong to. A lane holds as many
// channels of one pixel of the source as an instruction multiplies and adds. The copy of a line of the source has all lanes
// of the first channels, then those of the next, and so on: it is made by turning the line, and giving each lane the pixel
// that its phase sees through its first tap. The next tap's are those of pixels further on in the same lanes.

// convU8Thin is what a tier brings to it beside a convU8Depth with four bytes in a lane.
type convU8Thin struct {
	most int // channels of the result

	// expand sets, for groups of lanes from dst on, dstStep bytes apart, and of src, srcStep bytes apart, lane 8*v+i to
	// lane idx[8*v+i] < 8 from byte start[v] of the group on.
	expand func(dst []byte, dstStep int, src []byte, srcStep, groups int, start []int, idx []int32)
}

// thinPlan is what is different in a thin plan.
type thinPlan struct {
	bytes  int // of a line of the result
	period int // bytes of the pixels of all phases
	bases  []int
	groups int // of channels
	turned int // pixels of a line of the source
	lanes  int // of a line of the copy
	start  []int
	idx    []int32
}

// planThin sets p up with lanes that are bytes of lines, if that is possible, and reports whether.
func (p *convU8Plan) planThin(t *tier, phases [2]int) bool {
	d := &t.convU8.depth
	if t.convU8.thin == nil || p.groups > 1 || p.cols > t.convU8.thin.most || p.stepX != 1 || p.depth%4 != 0 || p.out.w*p.cols < depthLanes {
		return false
	}
	h := thinPlan{bytes: p.out.w * p.cols, period: phases[1] * p.cols, groups: p.depth / d.group}
	step, across := 0, 0 // pixels from tap to tap, and taps
	minX, maxX := math.MaxInt, math.MinInt
	for px := range phases[1] {
		_, dxs := axisTaps(p.role, px, p.shape.KW, p.shape.StrideW, p.shape.PadW, p.shape.DilationW)
		slices.Sort(dxs)
		base := 0
		if len(dxs) > 0 {
			base = dxs[0]
		}
		if len(dxs) > 1 {
			step = dxs[1] - dxs[0]
		}
		across = max(across, len(dxs))
		h.bases = append(h.bases, base)
		minX, maxX = min(minX, base), max(maxX, base)
	}
	pixels := (p.out.w+phases[1]-1)/phases[1] + max(0, across-1)*step // whose lanes are made
	h.lanes = roundUp(pixels*h.period, depthLanes) + depthLanes
	h.turned = pixels + maxX - minX
	for j := 0; j < h.lanes; j += 8 {
		first := math.MaxInt
		for i := j; i < j+8; i++ {
			first = min(first, h.pixel(min(i, pixels*h.period-1))-minX)
		}
		h.start = append(h.start, 4*first)
		for i := j; i < j+8; i++ {
			at := h.pixel(min(i, pixels*h.period-1)) - minX - first
			if at >= 8 {
				return false
			}
			h.idx = append(h.idx, int32(at))
		}
	}
	p.lanes, p.thin = true, &h
	p.elem, p.pixel, p.wide, p.fromX = 4, 0, h.turned, minX
	p.aStep = h.lanes * 4
	p.line = p.aStep*h.groups + 192 // so that lines spread over the sets of a cache

	patterns := 1
	for patterns*depthLanes%h.period != 0 {
		patterns++
	}
	var dys []int
	for py := range phases[0] {
		_, at := axisTaps(p.role, py, p.shape.KH, p.shape.StrideH, p.shape.PadH, p.shape.DilationH)
		dys = append(dys, at...)
	}
	p.fromY, p.spanY = 0, 1
	if len(dys) > 0 {
		p.fromY = slices.Min(dys)
		p.spanY = slices.Max(dys) - p.fromY + 1
	}
	whole := h.bytes / depthLanes
	for py := range phases[0] {
		_, at := axisTaps(p.role, py, p.shape.KH, p.shape.StrideH, p.shape.PadH, p.shape.DilationH)
		slices.Sort(at)
		add := func(vector, count, n int) {
			pr := convU8Product{subs: []convU8Sub{{y: py}}, n: n, outY: phases[0], out0: vector * depthLanes,
				ny: (p.out.h - py + phases[0] - 1) / phases[0], nx: count, aX: patterns * depthLanes * 4, oX: patterns * depthLanes}
			set := convU8Set{}
			for _, dy := range at {
				for k := range across {
					set.segs = append(set.segs, (dy-p.fromY)*p.line+(vector*depthLanes+k*step*h.period)*4, h.groups, pr.k)
					pr.k += h.groups
				}
			}
			pr.sets = []convU8Set{set}
			p.products = append(p.products, pr)
			p.ny = max(p.ny, pr.ny)
		}
		for v := range min(patterns, whole) {
			add(v, (whole-v+patterns-1)/patterns, depthLanes)
		}
		if rest := h.bytes % depthLanes; rest > 0 {
			add(whole, 1, rest)
		}
	}
	return true
}

// pixel returns which pixel a lane of a line sees through its first tap.
func (h *thinPlan) pixel(lane int) int {
	return lane/h.period + h.bases[lane%h.period*len(h.bases)/h.period]
}

// thinMat lays out the weights of a thin product and its bias, Mult and Shift.
func (p *PackedConvU8) thinMat(pr *convU8Product) convU8Mat {
	l, plan, d := &p.layer, &p.plan, &p.tier.convU8.depth
	h, s := plan.thin, &plan.shape
	m := convU8Mat{product: pr, lanes: alignedBytes(pr.k * depthLanes * 4)}
	bias := make([]int32, maxWidthU8)
	if l.Mult != nil {
		m.mult, m.shift = make([]int32, maxWidthU8), slices.Repeat([]uint8{MinShift}, maxWidthU8)
	}
	_, dys := axisTaps(plan.role, pr.subs[0].y, s.KH, s.StrideH, s.PadH, s.DilationH)
	slices.Sort(dys)
	for lane := range pr.n {
		at := pr.out0 + lane
		px, c := at%h.period/plan.cols, at%plan.cols
		if l.Bias != nil {
			bias[lane] = l.Bias[c]
		}
		if l.Mult != nil {
			m.mult[lane], m.shift[lane] = l.Mult[c], l.Shift[c]
		}
		for _, tap := range plan.sub(pr.subs[0].y, px).taps {
			k := 0
			if tap.dx > h.bases[px] {
				k = slices.Index(plan.tapsX(px), tap.dx)
			}
			place := (slices.Index(dys, tap.dy)*(pr.k/len(dys)/h.groups) + k) * h.groups
			w := l.Weights[(tap.ky*s.KW+tap.kx)*s.Cin*s.Cout:][:s.Cin*s.Cout]
			for i := range plan.depth {
				from := i*s.Cout + c
				if plan.role == ConvDX {
					from = c*s.Cout + i
				}
				v := w[from]
				bias[lane] -= int32(l.InZero) * int32(v)
				to := m.lanes[(place+i/d.group)*depthLanes*4+lane*4+i%d.group*d.elem:]
				if to[0] = byte(v); d.elem == 2 && v < 0 {
					to[1] = 0xff
				}
			}
		}
	}
	m.bias = [][]int32{bias}
	return m
}

// tapsX returns where a phase looks along a line, ascending.
func (p *convU8Plan) tapsX(px int) []int {
	_, at := axisTaps(p.role, px, p.shape.KW, p.shape.StrideW, p.shape.PadW, p.shape.DilationW)
	slices.Sort(at)
	return at
}

// thinLine makes a line of the copy; pixels from left to right are from, and the others are zero points.
func (r *convU8State) thinLine(s *convU8Scratch, dst []byte, from []uint8, left, right int) {
	p, t := &r.packed.plan, r.t
	h := p.thin
	pixel := p.in.c * t.convU8.depth.elem
	line := s.line[:h.turned*pixel]
	copy(line[:left*pixel], s.zeros)
	copy(line[right*pixel:], s.zeros)
	if len(from) > 0 {
		t.convU8.direct.widen(line[left*pixel:], from)
	}
	floats := func(b []byte) []float32 { return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/4) }
	t.conv.transpose(floats(s.turned), floats(line), h.groups, h.groups, h.turned, h.turnedStep())
	t.convU8.thin.expand(dst, p.aStep, s.turned, 4*h.turnedStep(), h.groups, h.start, h.idx)
}

// turnedStep is the lanes from group to group of a turned line.
func (h *thinPlan) turnedStep() int { return h.turned + 8 }

// turnedBytes is the size of a turned line; a vector of it may be read from any pixel.
func (p *convU8Plan) turnedBytes() int {
	if p.thin == nil {
		return 0
	}
	return 4 * (p.thin.groups*p.thin.turnedStep() + 8)
}
