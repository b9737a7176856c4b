package kernels

import "math"

// A convolution, and its gradient to the data, slides over pixels: phase by phase, every pixel of the result is a row of
// a product whose left operand is what the pixel sees of the source. ConvOut has one phase. ConvDX has one for each
// residue of a pixel's place modulo the strides: within it, all pixels are seen through the same taps.

// convPlan is what the shape of a sliding convolution determines. Units of it, some lines of a picture or some pictures, are
// computed by themselves: their part of the source is read where it lies, or copied into a scratch.
type convPlan struct {
	shape     ConvShape
	role      ConvRole
	t         *tier
	depthwise bool

	in, out      convImage
	inY, inX     int // from pixel to pixel of a phase, in the source
	outY, outX   int // and in the result
	fromY, fromX int // what pixel (0, 0) of a phase sees begins here in the source
	spanY, spanX int // and extends so far

	copy                    bool
	pixel, line, picture    int // distances in the source, or in the copy of it
	depth                   int // channels of a pixel that a row sees: steps of k for a tap
	cols                    int // channels of the result in a group
	groups                  int // independent products: 1 if depthwise, whose panels are so already
	pictures, lines         int // of a unit
	unitsPerPicture, units  int
	wide                    int // pixels of a copied line
	phases                  []convPhase
	kinds                   []convUnit
	kindOf                  []int // of the units of a picture, or of the first and the last unit of several pictures
	rows                    int   // of a unit and a phase, at most
	panels                  []convPanel
	packedCols              int // of all panels
	packedLen, packedPhases int // floats of packed weights; of one group
}

// convImage is the size of a tensor of pictures.
type convImage struct{ h, w, c int }

// convPhase is what the pixels of one phase have in common.
type convPhase struct {
	y, x         int       // its first pixel in the result
	ny, nx       int       // pixels in a picture
	taps         []convTap // ascending
	across       int       // taps along x
	seesY, seesX []convSpan
	k            int
	aStep        int
	packed       int // where its weights begin in a packed group
}

// convTap is a tap of the window: its place in the weights, and what it sees relative to fromY, fromX.
type convTap struct{ ky, kx, dy, dx int }

// convSpan is a range of pixels along an axis that see inside the source through the same range of taps.
type convSpan struct{ from, to, tap0, tap1 int }

// axisTaps returns the taps along one axis of a phase and where they look. For ConvOut the phase is 0.
func axisTaps(role ConvRole, phase, k, stride, pad, dilation int) (taps, at []int) {
	for t := range k {
		switch {
		case role == ConvOut:
			taps, at = append(taps, t), append(at, t*dilation-pad)
		case (phase+pad-t*dilation)%stride == 0:
			taps, at = append(taps, t), append(at, (phase+pad-t*dilation)/stride)
		}
	}
	return taps, at
}

// axisSpans cuts n pixels that look at step*i + at[tap] into spans.
func axisSpans(n, step, size int, at []int) []convSpan {
	var spans []convSpan
	for i := range n {
		inside := func(tap int) bool { return 0 <= step*i+at[tap] && step*i+at[tap] < size }
		tap0 := 0
		for tap0 < len(at) && !inside(tap0) {
			tap0++
		}
		tap1 := tap0
		for tap1 < len(at) && inside(tap1) {
			tap1++
		}
		if m := len(spans); m > 0 && spans[m-1].tap0 == tap0 && spans[m-1].tap1 == tap1 {
			spans[m-1].to++
			continue
		}
		spans = append(spans, convSpan{i, i + 1, tap0, tap1})
	}
	return spans
}

// unitRows is how many rows a unit has at least, where there are so many: enough to pay for packing weights, few enough
// that a block of k of what they see stays in the L2 cache.
const unitRows = 256

// plan sets p up for a shape that was checked; rows is unitRows or fewer.
func (p *convPlan) plan(s ConvShape, role ConvRole, t *tier, rows int) {
	n := s.normal()
	*p = convPlan{shape: n, role: role, t: t}
	mult := n.Cout / n.Cin
	p.depthwise = n.Groups > 1 && n.Groups == n.Cin
	x, y := convImage{n.H, n.W, n.Cin}, convImage{n.OH, n.OW, n.Cout}
	phasesY, phasesX := 1, 1
	if role == ConvOut {
		p.in, p.out, p.inY, p.inX, p.outY, p.outX = x, y, n.StrideH, n.StrideW, 1, 1
	} else {
		p.in, p.out, p.inY, p.inX, p.outY, p.outX = y, x, 1, 1, n.StrideH, n.StrideW
		phasesY, phasesX = min(n.StrideH, n.H), min(n.StrideW, n.W)
	}
	p.groups, p.depth, p.cols = n.Groups, p.in.c/n.Groups, p.out.c/n.Groups
	if p.depthwise {
		p.groups, p.cols = 1, p.out.c
		p.depth = 1
		if role == ConvDX {
			p.depth = mult
		}
	}

	// Phases: taps first, since where they look decides on the layout of the source.
	minY, maxY, minX, maxX := math.MaxInt, math.MinInt, math.MaxInt, math.MinInt
	for py := range phasesY {
		ky, dy := axisTaps(role, py, n.KH, n.StrideH, n.PadH, n.DilationH)
		for px := range phasesX {
			kx, dx := axisTaps(role, px, n.KW, n.StrideW, n.PadW, n.DilationW)
			ph := convPhase{y: py, x: px, ny: (p.out.h - py + p.outY - 1) / p.outY, nx: (p.out.w - px + p.outX - 1) / p.outX,
				across: len(kx)}
			ph.seesY, ph.seesX = axisSpans(ph.ny, p.inY, p.in.h, dy), axisSpans(ph.nx, p.inX, p.in.w, dx)
			for i := range ky {
				for j := range kx {
					ph.taps = append(ph.taps, convTap{ky[i], kx[j], dy[i], dx[j]})
					minY, maxY = min(minY, dy[i]), max(maxY, dy[i])
					minX, maxX = min(minX, dx[j]), max(maxX, dx[j])
				}
			}
			ph.k = len(ph.taps) * p.depth
			p.phases = append(p.phases, ph)
		}
	}
	p.spanY, p.spanX = 1, 1
	if minY <= maxY { // else no tap sees any pixel
		p.fromY, p.fromX, p.spanY, p.spanX = minY, minX, maxY-minY+1, maxX-minX+1
	}

	// Units.
	ny, nx := p.phases[0].ny, p.phases[0].nx // the largest
	p.pictures, p.lines, p.unitsPerPicture = 1, ny, 1
	if ny*nx < rows {
		p.pictures = max(1, min(s.N, rows/(ny*nx)))
		p.units = (s.N + p.pictures - 1) / p.pictures
	} else {
		p.lines = (rows + nx - 1) / nx
		p.unitsPerPicture = (ny + p.lines - 1) / p.lines
		p.units = s.N * p.unitsPerPicture
	}

	widths := t.conv.widths
	if p.depthwise {
		widths = []int{t.conv.lanes}
	}
	p.panels = convPanels(p.cols, widths)
	last := p.panels[len(p.panels)-1]
	p.packedCols = last.from + last.width

	// The source is read where it lies. Only a depthwise tile needs every channel of the result in a lane.
	p.copy = p.depthwise && (mult > 1 || last.cols < last.width)
	p.wide = (nx-1)*p.inX + p.spanX
	p.pixel, p.line, p.picture = p.in.c, p.in.w*p.in.c, p.in.h*p.in.w*p.in.c
	if p.copy {
		p.pixel = n.Cout
		p.line = p.wide * p.pixel
		p.picture = p.tall(p.lines) * p.line
	}
	for i := range p.phases {
		ph := &p.phases[i]
		ph.packed = p.packedPhases
		p.packedPhases += ph.k * p.packedCols
		ph.aStep = 1
		if p.depthwise {
			ph.aStep = p.out.c
			if p.depth == 1 && len(ph.taps) > 1 && ph.taps[0].ky == ph.taps[1].ky {
				ph.aStep = p.offset(ph, 1) - p.offset(ph, 0)
			}
		}
	}
	p.packedLen = p.groups * p.packedPhases
}

// tall is how many lines of the source some lines of a phase see.
func (p *convPlan) tall(lines int) int { return (lines-1)*p.inY + p.spanY }

// origin returns where pixel (0, 0) of a phase begins to see, in the source or in the copy of it, which has room for
// what lies outside.
func (p *convPlan) origin() int {
	if p.copy {
		return 0
	}
	return p.fromY*p.line + p.fromX*p.pixel
}

// offset returns where step k of a row lies, from the beginning of the row.
func (p *convPlan) offset(ph *convPhase, k int) int {
	t, within := ph.taps[k/p.depth], k%p.depth
	if p.depthwise {
		within *= p.out.c
	}
	return (t.dy-p.fromY)*p.line + (t.dx-p.fromX)*p.pixel + within
}

// pack packs the weights of columns that a panel covers, for steps k0 <= k < k1 of a phase of a group, width floats a step.
func (p *convPlan) pack(dst, weights []float32, group int, ph *convPhase, pn convPanel, k0, k1 int) {
	s := &p.shape
	total := s.Cout
	switch {
	case p.depthwise:
		mult := p.shape.Cout / p.shape.Cin
		for k := k0; k < k1; k++ {
			row := dst[(k-k0)*pn.width:][:pn.width]
			clear(row[pn.cols:])
			t := ph.taps[k/p.depth]
			w := weights[(t.ky*s.KW+t.kx)*total:][:total]
			if p.role == ConvOut || mult == 1 {
				copy(row, w[pn.from:pn.from+pn.cols])
				continue
			}
			for j := range pn.cols {
				row[j] = w[(pn.from+j)*mult+k%p.depth]
			}
		}
	case p.role == ConvOut:
		packColumns(&p.t.conv, dst, weights[k0*total+group*p.cols+pn.from:], total, k1-k0, pn)
	default:
		// A tap at a time: column j at step co is weights[tap][j][co].
		for k := k0; k < k1; {
			t := ph.taps[k/p.depth]
			co := k % p.depth
			n := min(p.depth-co, k1-k)
			if pn.cols < pn.width {
				clear(dst[:n*pn.width])
			}
			w := weights[((t.ky*s.KW+t.kx)*p.cols+pn.from)*total+group*p.depth+co:]
			for i := 0; i < n; i += packSteps {
				p.t.conv.transpose(dst[i*pn.width:], w[i:], total, min(packSteps, n-i), pn.cols, pn.width)
			}
			dst = dst[n*pn.width:]
			k += n
		}
	}
}

// packColumns packs the columns that a panel covers of steps that lie ld floats apart.
func packColumns(t *convKernels, dst, src []float32, ld, steps int, pn convPanel) {
	if pn.cols < pn.width {
		clear(dst[:steps*pn.width])
	}
	for i := 0; i < steps; i += packSteps {
		t.copyRows(dst[i*pn.width:], src[i*ld:], ld, min(packSteps, steps-i), pn.cols, pn.width)
	}
}

// copyLines copies lines of one picture of the source from line y on. What lies outside is left as it is.
func (p *convPlan) copyLines(dst, src []float32, n, y, lines int) {
	left := min(p.wide, max(0, -p.fromX))
	right := max(left, min(p.wide, p.in.w-p.fromX))
	for i := max(0, -y); i < min(lines, p.in.h-y) && left < right; i++ {
		from := src[((n*p.in.h+y+i)*p.in.w+p.fromX+left)*p.in.c:]
		p.copyPixels(dst[i*p.line+left*p.pixel:i*p.line+right*p.pixel], from)
	}
}

// copyPixels copies pixels that lie side by side. Channels of X are repeated, as lanes for those of the result, and those
// of Y that belong to one channel of X become steps.
func (p *convPlan) copyPixels(dst, src []float32) {
	mult := p.shape.Cout / p.shape.Cin
	switch {
	case mult == 1:
		copy(dst, src)
	case p.role == ConvOut:
		for i := range dst {
			dst[i] = src[i/mult]
		}
	default:
		for ; len(dst) > 0; dst, src = dst[p.pixel:], src[p.pixel:] {
			for i := range p.pixel {
				dst[i%mult*p.shape.Cin+i/mult] = src[i]
			}
		}
	}
}
