package kernels

// How a Resample runs: threads divide the rows of the result, a row is cut into pieces whose operands stay in the L1
// cache, and a piece is made by passes over plain slices, in which a pixel is nothing but its channels in a row. So
// pictures of one channel and of five hundred take the same path.

// pieceLen is about how many floats of a row of the result are made at a time.
const pieceLen = 4096

// resampleRun is a Resample in progress.
type resampleRun struct {
	r        *Resample
	t        *tier
	backward bool
	dst, src []float32

	in, out picture // shapes of src and dst, without their pixels
	cells   int     // of a row: what a piece is made of, see cellRow
	step    int     // cells of a piece
	perPart int     // rows of a task
	scratch chan *resampleScratch
	made    int
}

// resampleScratch is what one thread needs for itself.
type resampleScratch struct {
	v, even, odd []float32
	zero         []float32 // stays zero
	span         windowSpan
}

// Forward sets y = r(x). It allocates only where an earlier call on no smaller shape has not.
func (r *Resample) Forward(p *Pool, y, x []float32) {
	h, w, c := r.check(y, x)
	r.run.start(p, r, false, y, x, picture{h: r.H, w: r.W, c: r.C}, picture{h: h, w: w, c: c})
}

// Backward sets dx to the transpose of r applied to dy. It allocates only where an earlier call on no smaller shape has
// not.
func (r *Resample) Backward(p *Pool, dx, dy []float32) {
	h, w, c := r.check(dy, dx)
	r.run.start(p, r, true, dx, dy, picture{h: h, w: w, c: c}, picture{h: r.H, w: r.W, c: r.C})
}

func (t *resampleRun) start(p *Pool, r *Resample, backward bool, dst, src []float32, in, out picture) {
	if len(dst) == 0 {
		return
	}
	if len(src) == 0 {
		clear(dst)
		return
	}
	t.r, t.t, t.backward, t.dst, t.src, t.in, t.out = r, active.Load(), backward, dst, src, in, out
	perCell := out.c
	switch r.Kind {
	case NearestUp, NearestDown:
		t.cells = min(in.w, out.w)
		perCell = out.c * max(1, out.w/in.w)
	case SmoothUp, SmoothDown:
		t.cells = min(in.w, out.w)
		perCell = 2 * out.c
	case PixelShuffle, PixelUnshuffle:
		t.cells = min(in.w, out.w)
		perCell = max(in.c, out.c)
	case AvgPool, MaxPool:
		t.cells = out.w
		if backward {
			t.cells = (out.w + r.Cols.Stride - 1) / r.Cols.Stride
			perCell *= r.Cols.Stride
		}
	}
	t.step = max(1, min(t.cells, pieceLen/perCell))
	if t.scratch == nil || cap(t.scratch) < p.Threads() {
		t.scratch, t.made = make(chan *resampleScratch, p.Threads()), 0
	}
	for ; t.made < p.Threads(); t.made++ {
		t.scratch <- &resampleScratch{}
	}
	rows := len(dst) / (out.w * out.c)
	ops := len(dst)
	if r.Kind == AvgPool || r.Kind == MaxPool {
		ops *= r.Rows.Size * r.Cols.Size
	}
	parts := p.Parts(rows, 4*(len(dst)+len(src)), ops)
	t.perPart = (rows + parts - 1) / parts
	p.Run((rows+t.perPart-1)/t.perPart, t)
}

// Do makes the rows of one part. It implements Task.
func (t *resampleRun) Do(part int) {
	s := <-t.scratch
	s.reserve(2*(t.step+1)*max(t.in.c, t.out.c), t.needsZeros())
	rowLen := t.out.w * t.out.c
	rows := len(t.dst) / rowLen
	for row := part * t.perPart; row < min((part+1)*t.perPart, rows); row++ {
		dst := t.dst[row*rowLen:][:rowLen]
		src := pictureAt(t.src, row/t.out.h, t.in.h, t.in.w, t.in.c)
		for c0 := 0; c0 < t.cells; c0 += t.step {
			t.piece(s, dst, src, row, c0, min(c0+t.step, t.cells))
		}
	}
	t.scratch <- s
}

func (t *resampleRun) needsZeros() bool {
	return t.r.Edge == EdgeZero && (t.r.Kind == SmoothUp || t.r.Kind == SmoothDown)
}

func (s *resampleScratch) reserve(n int, zeros bool) {
	if len(s.v) < n {
		s.v, s.even, s.odd = alignedF32(n), alignedF32(n), alignedF32(n)
	}
	if zeros && len(s.zero) < n {
		s.zero = alignedF32(n)
	}
}

// piece makes cells c0 .. c1-1 of a row of the result. dst is the row, number row of the batch, src the picture that it
// comes from.
func (t *resampleRun) piece(s *resampleScratch, dst []float32, src picture, row, c0, c1 int) {
	r, h := t.r, row%t.out.h
	switch r.Kind {
	case NearestUp:
		if t.backward {
			f := Window{r.Factor, r.Factor, 0}
			t.sumWindows(s, dst, src, f, f, h, c0, c1, 1)
		} else {
			t.repeat(dst, src.row(h / r.Factor)[c0*r.C:], r.Factor, c0, c1)
		}
	case NearestDown:
		if t.backward {
			t.spread(dst, src, h, c0, c1)
		} else {
			from := src.row(h * r.Factor)
			t.t.rows.copyBlocks(dst[c0*r.C:], from[c0*r.Factor*r.C:], c1-c0, r.C, r.C, r.Factor*r.C)
		}
	case SmoothUp:
		if t.backward {
			t.smoothDown(s, dst, src, h, c0, c1, 1.0/16)
		} else {
			t.smoothUp(s, dst, src, h, c0, c1, 1.0/16)
		}
	case SmoothDown:
		if t.backward {
			t.smoothUp(s, dst, src, h, c0, c1, 1.0/64)
		} else {
			t.smoothDown(s, dst, src, h, c0, c1, 1.0/64)
		}
	case AvgPool:
		if t.backward {
			t.sumCovering(s, dst, src, row, c0, c1)
		} else {
			t.sumWindows(s, dst, src, r.Rows, r.Cols, h, c0, c1, r.share())
		}
	case MaxPool:
		if t.backward {
			t.sumCovering(s, dst, src, row, c0, c1)
		} else {
			t.maxWindows(s, dst, src, row, c0, c1)
		}
	case PixelShuffle:
		t.shuffle(dst, src, h, c0, c1, t.backward)
	case PixelUnshuffle:
		t.shuffle(dst, src, h, c0, c1, !t.backward)
	}
}

// row returns a row of the picture.
func (p picture) row(h int) []float32 { return p.x[h*p.w*p.c:][:p.w*p.c] }

// rowBeyond is row, for one that may lie one step outside.
func (t *resampleRun) rowBeyond(s *resampleScratch, p picture, h, from, to int) []float32 {
	if h < 0 || h >= p.h {
		if t.r.Edge == EdgeZero {
			return s.zero[:to-from]
		}
		h = max(0, min(h, p.h-1))
	}
	return p.row(h)[from:to]
}

// repeat writes every pixel of src f times, from cell c0 of the row on.
func (t *resampleRun) repeat(dst, src []float32, f, c0, c1 int) {
	c := t.r.C
	dst = dst[c0*f*c:]
	if f == 2 {
		t.t.rows.interleave(dst, src, src, c1-c0, c)
		return
	}
	for j := range f {
		t.t.rows.copyBlocks(dst[j*c:], src, c1-c0, c, f*c, c)
	}
}

// spread is the transpose of keeping the first of every Factor pixels.
func (t *resampleRun) spread(dst []float32, src picture, h, c0, c1 int) {
	f, c := t.r.Factor, t.r.C
	dst = dst[c0*f*c : c1*f*c]
	clear(dst)
	if h%f == 0 {
		t.t.rows.copyBlocks(dst, src.row(h / f)[c0*c:], c1-c0, c, f*c, c)
	}
}

// direct reports whether the tier has a kernel for rows of c channels, of which a piece is not too much for one call.
func (t *resampleRun) direct(c int) bool {
	return t.t.rows.direct && (c == 1 || c >= 8 && c <= 4*pieceLen)
}

// directWindows is direct, for windows of so many rows and columns. A few of the largest are left to passes over rows.
func (t *resampleRun) directWindows(c, rows int, cols Window) bool {
	return t.t.rows.direct && c >= 8 && c*rows*cols.Size <= 4*pieceLen && min(t.step, t.cells)*c*rows*cols.Size <= 64*pieceLen
}

// smoothUp makes twice as many pixels of cells c0 .. c1-1 of two rows.
func (t *resampleRun) smoothUp(s *resampleScratch, dst []float32, src picture, h, c0, c1 int, scale float32) {
	k, c := &t.t.rows, src.c
	near, far := h/2, h/2-1+h%2*2
	// v is the cells and one pixel on either side.
	first, end := max(0, c0-1), min(src.w, c1+1)
	v, n := s.v[:(c1-c0+2)*c], (c1-c0)*c
	inside := v[(first-c0+1)*c:][:(end-first)*c]
	k.smooth2(inside, src.row(near)[first*c:end*c], t.rowBeyond(s, src, far, first*c, end*c), 1)
	t.border(v, c, first == c0, end == c1)
	if t.direct(c) {
		k.smoothUp(dst[2*c0*c:], v, c1-c0, c, scale)
		return
	}
	k.smooth2(s.even[:n], v[c:], v, scale)
	k.smooth2(s.odd[:n], v[c:], v[2*c:], scale)
	k.interleave(dst[2*c0*c:], s.even, s.odd, c1-c0, c)
}

// smoothDown makes pixels c0 .. c1-1 of four rows of twice as many.
func (t *resampleRun) smoothDown(s *resampleScratch, dst []float32, src picture, h, c0, c1 int, scale float32) {
	k, c := &t.t.rows, src.c
	// v is the pixels 2*c0 - 1 .. 2*c1.
	first, end := max(0, 2*c0-1), min(src.w, 2*c1+1)
	count := c1 - c0
	v := s.v[:(2*count+2)*c]
	inside := v[(first-2*c0+1)*c:][:(end-first)*c]
	k.smooth4(inside, t.rowBeyond(s, src, 2*h-1, first*c, end*c), src.row(2 * h)[first*c:end*c],
		src.row(2*h + 1)[first*c:end*c], t.rowBeyond(s, src, 2*h+2, first*c, end*c), 1)
	t.border(v, c, first == 2*c0, end == 2*c1)
	if t.direct(c) {
		k.smoothDown(dst[c0*c:], v, count, c, scale)
		return
	}
	k.copyBlocks(s.even, v, count+1, c, c, 2*c)
	k.copyBlocks(s.odd, v[c:], count+1, c, c, 2*c)
	k.smooth4(dst[c0*c:c1*c], s.even, s.odd, s.even[c:], s.odd[c:], scale)
}

// border fills the first and the last pixel of v, where they lie outside the picture.
func (t *resampleRun) border(v []float32, c int, left, right bool) {
	if left {
		t.outside(v[:c], v[c:])
	}
	if right {
		t.outside(v[len(v)-c:], v[len(v)-2*c:])
	}
}

func (t *resampleRun) outside(pixel, next []float32) {
	if t.r.Edge == EdgeZero {
		clear(pixel)
	} else {
		copy(pixel, next)
	}
}

// pixels returns pixel at, at+stride, ... of a row one after another: the row itself, or a copy in buf.
func (t *resampleRun) pixels(buf, row []float32, at, count, stride, c int) []float32 {
	if stride == 1 || count == 1 {
		return row[at*c:][:count*c]
	}
	buf = buf[:count*c]
	t.t.rows.copyBlocks(buf, row[at*c:], count, c, c, stride*c)
	return buf
}

// inner returns those of the windows c0 .. c1-1 that lie inside an axis of n pixels, and the others on either side.
func (w Window) inner(n, c0, c1 int) (a, b int, outer [2][2]int) {
	a, _ = w.having(0, n, c0, c1)
	if _, b = w.having(w.Size-1, n, c0, c1); a >= b {
		a, b = c1, c1
	}
	return a, b, [2][2]int{{c0, a}, {b, c1}}
}

// sameWindows prepares s.span for window q of row h and the n windows from it on, before end, that have the same places
// inside the picture. It returns what the kernels want: where they begin, n and the first place of all.
func (t *resampleRun) sameWindows(s *resampleScratch, src picture, rows, cols Window, h, q, end int) (from []float32, n,
	first int) {
	i0, i1 := rows.inside(h, src.h)
	j0, j1 := cols.inside(q, src.w)
	n = 1
	if a, b, _ := cols.inner(src.w, q, end); a == q {
		n = max(1, b-a)
	}
	s.span = windowSpan{src.c, cols.Stride * src.c, j1 - j0, i1 - i0, src.w * src.c}
	from = src.x[((h*rows.Stride-rows.Pad+i0)*src.w+q*cols.Stride-cols.Pad+j0)*src.c:]
	return from, n, i0*cols.Size + j0
}

// sumWindows sets pixels c0 .. c1-1 of row h to scale times the sums over their windows.
func (t *resampleRun) sumWindows(s *resampleScratch, dst []float32, src picture, rows, cols Window, h, c0, c1 int,
	scale float32) {
	c := src.c
	i0, i1 := rows.inside(h, src.h)
	if two := (Window{2, 2, 0}); t.directWindows(c, i1-i0, cols) || t.direct(c) && c == 1 && i1-i0 == 2 && cols == two {
		for q := c0; q < c1; {
			from, n, _ := t.sameWindows(s, src, rows, cols, h, q, c1)
			t.t.rows.windowSum(dst[q*c:], from, n, &s.span, scale)
			q += n
		}
		return
	}
	clear(dst[c0*c : c1*c])
	for i := i0; i < i1; i++ {
		row := src.row(h*rows.Stride - rows.Pad + i)
		for j := range cols.Size {
			a, b := cols.having(j, src.w, c0, c1)
			if a >= b {
				continue
			}
			sum := dst[a*c : b*c]
			t.t.vec.add(sum, sum, t.pixels(s.v, row, a*cols.Stride-cols.Pad+j, b-a, cols.Stride, c))
		}
	}
	if scale != 1 {
		t.t.vec.mulScalar(dst[c0*c:c1*c], dst[c0*c:c1*c], scale)
	}
}

// having returns those of the windows q0 .. q1-1 whose place j lies in an axis of n pixels.
func (w Window) having(j, n, q0, q1 int) (first, end int) {
	if j < w.Pad {
		q0 = max(q0, (w.Pad-j+w.Stride-1)/w.Stride)
	}
	if at := n - 1 + w.Pad - j; at < 0 {
		q1 = q0
	} else {
		q1 = min(q1, at/w.Stride+1)
	}
	return q0, q1
}

// maxWindows sets pixels c0 .. c1-1 of a row to the maxima over their windows.
func (t *resampleRun) maxWindows(s *resampleScratch, dst []float32, src picture, row, c0, c1 int) {
	r, c, h := t.r, src.c, row%t.out.h
	index := r.Index[row*t.out.w*c:][:len(dst)]
	i0, i1 := r.Rows.inside(h, src.h)
	if t.directWindows(c, i1-i0, r.Cols) {
		for q := c0; q < c1; {
			from, n, code := t.sameWindows(s, src, r.Rows, r.Cols, h, q, c1)
			t.t.rows.windowMax(dst[q*c:], index[q*c:], from, n, &s.span, int32(code), int32(r.Cols.Size-s.span.taps))
			q += n
		}
		return
	}
	// Windows that reach beyond the picture on the left or on the right go element by element.
	a, b, outer := r.Cols.inner(src.w, c0, c1)
	for _, o := range outer {
		for i := o[0] * c; i < o[1]*c; i++ {
			dst[i], index[i] = r.windowMax(src, h, i/c, i%c)
		}
	}
	if a == b {
		return
	}
	best, place := dst[a*c:b*c], index[a*c:b*c]
	for i := i0; i < i1; i++ {
		from := src.row(h*r.Rows.Stride - r.Rows.Pad + i)
		for j := range r.Cols.Size {
			at := a*r.Cols.Stride - r.Cols.Pad + j
			if i > i0 || j > 0 {
				t.t.rows.takeMax(best, place, t.pixels(s.v, from, at, b-a, r.Cols.Stride, c), r.place(i, j))
				continue
			}
			t.t.rows.copyBlocks(best, from[at*c:], b-a, c, c, r.Cols.Stride*c)
			place[0] = r.place(i, j)
			for n := 1; n < len(place); n *= 2 {
				copy(place[n:], place[:n])
			}
		}
	}
}

// sumCovering sets the pixels of cells c0 .. c1-1, Stride each, of a row to the sums over the windows that cover them.
func (t *resampleRun) sumCovering(s *resampleScratch, dst []float32, src picture, row, c0, c1 int) {
	r, c := t.r, src.c
	k, stride, whole := &t.t.rows, r.Cols.Stride, t.out.w/r.Cols.Stride >= c1
	if stride == 1 {
		t.sumPhase(dst[c0*c:c1*c], src, row, 0, c0, c1)
		return
	}
	if whole && r.Kind == AvgPool && r.Cols == (Window{stride, stride, 0}) {
		// Every pixel of a cell has the same sum.
		sum := s.v[:(c1-c0)*c]
		t.sumPhase(sum, src, row, 0, c0, c1)
		t.repeat(dst, sum, stride, c0, c1)
		return
	}
	if whole && stride == 2 {
		t.sumPhase(s.even[:(c1-c0)*c], src, row, 0, c0, c1)
		t.sumPhase(s.odd[:(c1-c0)*c], src, row, 1, c0, c1)
		k.interleave(dst[2*c0*c:], s.even, s.odd, c1-c0, c)
		return
	}
	for phase := range min(stride, t.out.w) {
		if end := min(c1, (t.out.w-phase+stride-1)/stride); end > c0 {
			t.sumPhase(s.v[:(end-c0)*c], src, row, phase, c0, end)
			k.copyBlocks(dst[(phase+stride*c0)*c:], s.v, end-c0, c, stride*c, c)
		}
	}
}

// sumPhase sets sum to what sumCovering wants for pixel number phase of cells c0 .. c1-1: they have the same places in
// their windows, first + Stride*d in window i + ahead - d for cell i.
func (t *resampleRun) sumPhase(sum []float32, src picture, row, phase, c0, c1 int) {
	r, c, h := t.r, src.c, row%t.out.h
	stride := r.Cols.Stride
	first, ahead := (phase+r.Cols.Pad)%stride, (phase+r.Cols.Pad)/stride
	clear(sum)
	p0, p1 := r.Rows.covering(h, src.h)
	for p := p0; p < p1; p++ {
		i := h + r.Rows.Pad - p*r.Rows.Stride
		g := src.row(p)
		for d := (r.Cols.Size-1-first+stride)/stride - 1; d >= 0; d-- {
			a, b := max(c0, d-ahead), min(c1, src.w+d-ahead)
			if a >= b {
				continue
			}
			to, from := sum[(a-c0)*c:(b-c0)*c], g[(a+ahead-d)*c:][:(b-a)*c]
			if r.Kind == AvgPool {
				t.t.vec.add(to, to, from)
				continue
			}
			index := r.Index[((row/t.out.h*src.h+p)*src.w+a+ahead-d)*c:][:(b-a)*c]
			t.t.rows.addPlace(to, from, index, r.place(i, first+stride*d))
		}
	}
	if r.Kind == AvgPool {
		t.t.vec.mulScalar(sum, sum, r.share())
	}
}

// shuffle makes the pixels of cells c0 .. c1-1 of a row: a cell is one deep pixel, or its Factor pixels of this row.
func (t *resampleRun) shuffle(dst []float32, src picture, h, c0, c1 int, deepen bool) {
	f := t.r.Factor
	if deepen {
		block := f * src.c
		for i := range f {
			from := src.row(h*f + i)[c0*block:]
			t.t.rows.copyBlocks(dst[c0*f*block+i*block:], from, c1-c0, block, f*block, block)
		}
		return
	}
	block := f * t.out.c
	from := src.row(h / f)[c0*f*block+h%f*block:]
	t.t.rows.copyBlocks(dst[c0*block:], from, c1-c0, block, block, f*block)
}
