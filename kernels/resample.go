package kernels

// Resample changes the size of pictures: y = r(x), and backwards dx = the transpose of r applied to dy. x is
// [N, H, W, C], channels last; y is [N, H', W', C'], see Out. Slices do not overlap.
//
// Every element, of y forwards and of dx backwards, is an expression of its own, written out in Forward- and
// BackwardReference, so threads divide the rows of the result and change no bit.
type Resample struct {
	Kind       ResampleKind
	N, H, W, C int
	Factor     int     // of NearestUp, NearestDown, PixelShuffle and PixelUnshuffle
	Edge       Edge    // of SmoothUp and SmoothDown
	Rows, Cols Window  // of AvgPool and MaxPool
	Index      []int32 // of MaxPool, as long as y: Forward stores where in its window each maximum was, Backward reads it

	run    resampleRun // kept from call to call, so that a second call allocates nothing
	runU8  resampleU8
	runI16 resampleI16
}

// ResampleKind says what a Resample does.
type ResampleKind uint8

// The kinds. Those that make a picture smaller by Factor or 2 ask that this divides H and W.
const (
	// NearestUp repeats every pixel Factor x Factor times.
	NearestUp ResampleKind = iota

	// NearestDown keeps the first pixel of every Factor x Factor.
	NearestDown

	// SmoothUp doubles the picture: NearestUp and then the filter [1,2,1]/4 along either axis (StyleGAN, R3GAN), which
	// is bilinear interpolation between the centres of the pixels. An axis takes 3*near + far, fused.
	SmoothUp

	// SmoothDown halves the picture: the filter [1,2,1]/4 along either axis and then the mean of every 2 x 2 pixels.
	// An axis takes 3*(b+c) + (a+d), fused, of four pixels a, b, c, d.
	SmoothDown

	// AvgPool is the mean over a window; pixels outside the picture count as zeros.
	AvgPool

	// MaxPool is the maximum over a window, of what lies inside the picture.
	MaxPool

	// PixelShuffle turns C = Factor*Factor*C' channels into Factor x Factor pixels: channel (i*Factor+j)*C' + c of pixel
	// h, w becomes channel c of pixel h*Factor+i, w*Factor+j.
	PixelShuffle

	// PixelUnshuffle undoes PixelShuffle.
	PixelUnshuffle
)

// Edge says what SmoothUp and SmoothDown read beyond the border of a picture.
type Edge uint8

// The edges.
const (
	EdgeZero  Edge = iota // zeros, as StyleGAN and R3GAN
	EdgeClamp             // the nearest pixel, as bilinear interpolation in most libraries
)

// Window says where the windows of a pooling lie along an axis: window q covers the Size pixels from q*Stride - Pad on.
type Window struct {
	Size, Stride, Pad int // Size > Pad >= 0, Stride > 0
}

// Out returns how many windows an axis of n pixels has, 0 if it is too short or empty.
func (w Window) Out(n int) int {
	if n == 0 || n+2*w.Pad < w.Size {
		return 0
	}
	return (n+2*w.Pad-w.Size)/w.Stride + 1
}

// inside returns the positions within window q that lie in an axis of n pixels: from first, before end.
func (w Window) inside(q, n int) (first, end int) {
	return max(0, w.Pad-q*w.Stride), min(w.Size, n+w.Pad-q*w.Stride)
}

// covering returns the windows among n that cover a pixel: from first, before end.
func (w Window) covering(pixel, n int) (first, end int) {
	at := pixel + w.Pad
	first = 0
	if at >= w.Size {
		first = (at-w.Size)/w.Stride + 1
	}
	return first, min(n, at/w.Stride+1)
}

// Out returns height, width and channels of y. It panics where r has no meaning.
func (r *Resample) Out() (h, w, c int) {
	if r.N < 0 || r.H < 0 || r.W < 0 || r.C < 0 {
		panic("kernels: Resample: negative size")
	}
	switch r.Kind {
	case NearestUp, NearestDown, PixelShuffle, PixelUnshuffle:
		if r.Factor < 1 {
			panic("kernels: Resample: Factor is below 1")
		}
	}
	f, h, w, c := r.Factor, r.H, r.W, r.C
	switch r.Kind {
	case NearestUp:
		return h * f, w * f, c
	case NearestDown:
		divides(f, h, w)
		return h / f, w / f, c
	case SmoothUp:
		return 2 * h, 2 * w, c
	case SmoothDown:
		divides(2, h, w)
		return h / 2, w / 2, c
	case AvgPool, MaxPool:
		for _, x := range []Window{r.Rows, r.Cols} {
			if x.Stride < 1 || x.Pad < 0 || x.Size <= x.Pad {
				panic("kernels: Resample: a window with no stride, or with more padding than size")
			}
		}
		return r.Rows.Out(h), r.Cols.Out(w), c
	case PixelShuffle:
		divides(f*f, c, 0)
		return h * f, w * f, c / (f * f)
	case PixelUnshuffle:
		divides(f, h, w)
		return h / f, w / f, c * f * f
	}
	panic("kernels: Resample: no such kind")
}

func divides(f, a, b int) {
	if a%f != 0 || b%f != 0 {
		panic("kernels: Resample: the factor does not divide the picture")
	}
}

// picture is one picture of a batch.
type picture struct {
	x       []float32
	h, w, c int
}

func pictureAt(x []float32, n, h, w, c int) picture { return picture{x[n*h*w*c:][:h*w*c], h, w, c} }

func (p picture) at(h, w, c int) float32 { return p.x[(h*p.w+w)*p.c+c] }

// beyond is at, for pixels that may lie one step outside.
func (p picture) beyond(e Edge, h, w, c int) float32 {
	if e == EdgeClamp {
		h, w = max(0, min(h, p.h-1)), max(0, min(w, p.w-1))
	} else if h < 0 || h >= p.h || w < 0 || w >= p.w {
		return 0
	}
	return p.at(h, w, c)
}

// smoothUp is 16 times an element of p made twice as large: rows first, then columns.
func (p picture) smoothUp(e Edge, h, w, c int) float32 {
	// The even pixel of two leans to the one before, the odd one to the one after.
	nearH, farH := h/2, h/2-1+h%2*2
	nearW, farW := w/2, w/2-1+w%2*2
	near := fma32(3, p.beyond(e, nearH, nearW, c), p.beyond(e, farH, nearW, c))
	far := fma32(3, p.beyond(e, nearH, farW, c), p.beyond(e, farH, farW, c))
	return fma32(3, near, far)
}

// smoothDown is 64 times an element of p made half as large: rows first, then columns.
func (p picture) smoothDown(e Edge, h, w, c int) float32 {
	var v [4]float32
	for j := range v {
		x := func(i int) float32 { return p.beyond(e, 2*h-1+i, 2*w-1+j, c) }
		v[j] = fma32(3, x(1)+x(2), x(0)+x(3))
	}
	return fma32(3, v[1]+v[2], v[0]+v[3])
}

// ForwardReference sets y = r(x) the plain way. It is the specification of Forward.
func (r *Resample) ForwardReference(y, x []float32) {
	h, w, c := r.check(y, x)
	for i := range y {
		n, oh, ow, oc := i/c/w/h, i/c/w%h, i/c%w, i%c
		p := pictureAt(x, n, r.H, r.W, r.C)
		switch f := r.Factor; r.Kind {
		case NearestUp:
			y[i] = p.at(oh/f, ow/f, oc)
		case NearestDown:
			y[i] = p.at(oh*f, ow*f, oc)
		case SmoothUp:
			y[i] = p.smoothUp(r.Edge, oh, ow, oc) * (1.0 / 16)
		case SmoothDown:
			y[i] = p.smoothDown(r.Edge, oh, ow, oc) * (1.0 / 64)
		case AvgPool:
			y[i] = r.windowSum(p, r.Rows, r.Cols, oh, ow, oc) * r.share()
		case MaxPool:
			y[i], r.Index[i] = r.windowMax(p, oh, ow, oc)
		case PixelShuffle:
			y[i] = p.at(oh/f, ow/f, (oh%f*f+ow%f)*c+oc)
		case PixelUnshuffle:
			ij := oc / r.C
			y[i] = p.at(oh*f+ij/f, ow*f+ij%f, oc%r.C)
		}
	}
}

// BackwardReference sets dx to the transpose of r applied to dy the plain way: it is the gradient to x of the sum of
// dy*r(x). It is the specification of Backward.
func (r *Resample) BackwardReference(dx, dy []float32) {
	h, w, c := r.check(dy, dx)
	for i := range dx {
		n, ih, iw, ic := i/r.C/r.W/r.H, i/r.C/r.W%r.H, i/r.C%r.W, i%r.C
		p := pictureAt(dy, n, h, w, c)
		switch f := r.Factor; r.Kind {
		case NearestUp:
			dx[i] = r.windowSum(p, Window{f, f, 0}, Window{f, f, 0}, ih, iw, ic)
		case NearestDown:
			dx[i] = 0
			if ih%f == 0 && iw%f == 0 {
				dx[i] = p.at(ih/f, iw/f, ic)
			}
		case SmoothUp:
			dx[i] = p.smoothDown(r.Edge, ih, iw, ic) * (1.0 / 16)
		case SmoothDown:
			dx[i] = p.smoothUp(r.Edge, ih, iw, ic) * (1.0 / 64)
		case AvgPool, MaxPool:
			// The windows that cover the pixel, row by row, from +0.
			var s float32
			p0, p1 := r.Rows.covering(ih, h)
			q0, q1 := r.Cols.covering(iw, w)
			for oh := p0; oh < p1; oh++ {
				for ow := q0; ow < q1; ow++ {
					place := r.place(ih+r.Rows.Pad-oh*r.Rows.Stride, iw+r.Cols.Pad-ow*r.Cols.Stride)
					if r.Kind == AvgPool {
						s += p.at(oh, ow, ic)
					} else if r.Index[((n*h+oh)*w+ow)*c+ic] == place {
						s += p.at(oh, ow, ic)
					}
				}
			}
			if r.Kind == AvgPool {
				s *= r.share()
			}
			dx[i] = s
		case PixelShuffle:
			ij := ic / c
			dx[i] = p.at(ih*f+ij/f, iw*f+ij%f, ic%c)
		case PixelUnshuffle:
			dx[i] = p.at(ih/f, iw/f, (ih%f*f+iw%f)*r.C+ic)
		}
	}
}

// windowSum adds what a window holds of the picture to +0, row by row.
func (r *Resample) windowSum(p picture, rows, cols Window, oh, ow, c int) float32 {
	var s float32
	i0, i1 := rows.inside(oh, p.h)
	j0, j1 := cols.inside(ow, p.w)
	for i := i0; i < i1; i++ {
		for j := j0; j < j1; j++ {
			s += p.at(oh*rows.Stride-rows.Pad+i, ow*cols.Stride-cols.Pad+j, c)
		}
	}
	return s
}

// windowMax returns the maximum of what a window holds of the picture, and its place. The first element, row by row,
// is the best at first; another takes its place if it is greater. So the first of equals wins, and NaN only if it is
// the first of all.
func (r *Resample) windowMax(p picture, oh, ow, c int) (best float32, place int32) {
	i0, i1 := r.Rows.inside(oh, p.h)
	j0, j1 := r.Cols.inside(ow, p.w)
	for i := i0; i < i1; i++ {
		for j := j0; j < j1; j++ {
			v := p.at(oh*r.Rows.Stride-r.Rows.Pad+i, ow*r.Cols.Stride-r.Cols.Pad+j, c)
			if v > best || i == i0 && j == j0 {
				best, place = v, r.place(i, j)
			}
		}
	}
	return best, place
}

// place numbers the places of a window, row by row.
func (r *Resample) place(i, j int) int32 { return int32(i*r.Cols.Size + j) }

// share is the weight of a pixel in a mean.
func (r *Resample) share() float32 { return 1 / float32(r.Rows.Size*r.Cols.Size) }

// check panics unless the slices fit; it returns the shape of y.
func (r *Resample) check(y, x []float32) (h, w, c int) {
	h, w, c = r.Out()
	if len(x) != r.N*r.H*r.W*r.C || len(y) != r.N*h*w*c {
		panic("kernels: Resample: a slice does not fit its shape")
	}
	if r.Kind == MaxPool && len(r.Index) != len(y) {
		panic("kernels: Resample: Index does not fit the result")
	}
	return h, w, c
}
