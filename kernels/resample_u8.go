package kernels

// ForwardU8Reference sets y = r(x) for bytes on a grid with the given zero point, which is what lies beyond the border
// where the edge is EdgeZero. The filters have whole weights, and their sums of 16 or 64 times a byte are rounded once, half
// up. It is the specification of ForwardU8. There are no pools of bytes.
func (r *Resample) ForwardU8Reference(y, x []uint8, zero uint8) {
	h, w, c := r.checkU8(y, x)
	for i := range y {
		n, oh, ow, oc := i/c/w/h, i/c/w%h, i/c%w, i%c
		at := func(h, w, ch int) uint8 { return x[((n*r.H+h)*r.W+w)*r.C+ch] }
		beyond := func(h, w int) int {
			if r.Edge == EdgeClamp {
				h, w = max(0, min(h, r.H-1)), max(0, min(w, r.W-1))
			} else if h < 0 || h >= r.H || w < 0 || w >= r.W {
				return int(zero)
			}
			return int(at(h, w, oc))
		}
		switch f := r.Factor; r.Kind {
		case NearestUp:
			y[i] = at(oh/f, ow/f, oc)
		case NearestDown:
			y[i] = at(oh*f, ow*f, oc)
		case SmoothUp:
			nearH, farH := oh/2, oh/2-1+oh%2*2
			nearW, farW := ow/2, ow/2-1+ow%2*2
			sum := 9*beyond(nearH, nearW) + 3*beyond(farH, nearW) + 3*beyond(nearH, farW) + beyond(farH, farW)
			y[i] = uint8((sum + 8) >> 4)
		case SmoothDown:
			sum := 0
			for a, u := range [4]int{1, 3, 3, 1} {
				for b, v := range [4]int{1, 3, 3, 1} {
					sum += u * v * beyond(2*oh-1+a, 2*ow-1+b)
				}
			}
			y[i] = uint8((sum + 32) >> 6)
		case PixelShuffle:
			y[i] = at(oh/f, ow/f, (oh%f*f+ow%f)*c+oc)
		case PixelUnshuffle:
			ij := oc / r.C
			y[i] = at(oh*f+ij/f, ow*f+ij%f, oc%r.C)
		}
	}
}

// PrepareU8 allocates what ForwardU8 does on the same shape and pool.
//
//go:noinline
func (r *Resample) PrepareU8(p *Pool) {
	u, n := &r.runU8, r.smoothLine()
	if threads := p.Threads(); u.width < n || cap(u.scratch) < threads {
		u.scratch, u.width = make(chan *resampleU8Scratch, threads), n
		for range threads {
			u.scratch <- &resampleU8Scratch{make([]uint16, n), make([]uint8, n)}
		}
	}
}

// smoothLine is how long a line with a pixel at either end is, if such lines are needed.
func (r *Resample) smoothLine() int {
	if r.Kind != SmoothUp && r.Kind != SmoothDown {
		return 0
	}
	return (r.W + 2) * r.C
}

// ForwardU8 computes the same, line by line.
func (r *Resample) ForwardU8(p *Pool, y, x []uint8, zero uint8) {
	h, w, c := r.checkU8(y, x)
	lines := r.N * h
	if lines*w*c == 0 {
		return
	}
	r.PrepareU8(p)
	// A part is worth the trouble of handing it out, and no more lines than there are.
	per := max(1, 1<<15/(w*c))
	u := &r.runU8
	*u = resampleU8{r: r, y: y, x: x, zero: zero, h: h, w: w, c: c, per: per, t: active.Load(), scratch: u.scratch, width: u.width}
	p.Run((lines+per-1)/per, u)
	u.y, u.x = nil, nil
}

func (r *Resample) checkU8(y, x []uint8) (h, w, c int) {
	h, w, c = r.Out()
	if r.Kind == AvgPool || r.Kind == MaxPool {
		panic("kernels: Resample: no pools of bytes")
	}
	if len(x) != r.N*r.H*r.W*r.C || len(y) != r.N*h*w*c {
		panic("kernels: Resample: a slice does not fit its shape")
	}
	return h, w, c
}

// resampleU8 is a ForwardU8 in progress.
type resampleU8 struct {
	r       *Resample
	y, x    []uint8
	zero    uint8
	h, w, c int // of y
	per     int // lines of a part
	t       *tier
	scratch chan *resampleU8Scratch
	width   int // of what they hold
}

// resampleU8Scratch is what a thread at work needs.
type resampleU8Scratch struct {
	sums  []uint16 // of lines, with a pixel at either end
	zeros []uint8  // a line beyond the border
}

// Do computes some lines of the result. It implements Task.
func (u *resampleU8) Do(part int) {
	s := <-u.scratch
	if len(s.zeros) > 0 && s.zeros[0] != u.zero {
		for i := range s.zeros {
			s.zeros[i] = u.zero
		}
	}
	for line := part * u.per; line < min((part+1)*u.per, u.r.N*u.h); line++ {
		u.line(u.y[line*u.w*u.c:][:u.w*u.c], line/u.h, line%u.h, s)
	}
	u.scratch <- s
}

// line computes line oh of picture n.
func (u *resampleU8) line(to []uint8, n, oh int, s *resampleU8Scratch) {
	r, c := u.r, u.c
	from := func(h int) []uint8 { return u.x[(n*r.H+h)*r.W*r.C:][:r.W*r.C] }
	switch f := r.Factor; r.Kind {
	case NearestUp:
		if oh%f > 0 {
			// The line before is the same, and in the same part unless this begins one; either way x has it.
			if at := (n*u.h + oh) % u.per; at > 0 {
				copy(to, u.y[(n*u.h+oh-1)*u.w*c:])
				return
			}
		}
		r.moveLine(to, u.x, 1, n, oh)
	case NearestDown, PixelShuffle, PixelUnshuffle:
		r.moveLine(to, u.x, 1, n, oh)
	case SmoothUp:
		width := r.W * c
		far := oh/2 - 1 + oh%2*2
		beyond := far < 0 || far >= r.H
		if beyond && r.Edge == EdgeClamp {
			far, beyond = oh/2, false
		}
		k := &u.t.point
		line := from(min(max(far, 0), r.H-1))
		if beyond {
			line = s.zeros[:width]
		}
		middle := s.sums[c:][:width]
		k.threeOne(middle, from(oh/2), line)
		u.ends(s.sums, 4)
		k.smoothUp(to, s.sums, r.W, c)
	case SmoothDown:
		u.columns(s.sums, n, 2*oh, 3, 2*oh+1, 3, 2*oh-1, 1, 2*oh+2, 1)
		for x := s.sums; len(to) > 0; to, x = to[c:], x[2*c:] {
			a, b, d, e := x[:c], x[c:][:c], x[2*c:][:c], x[3*c:][:c]
			for i, v := range a {
				to[i] = uint8((v + 3*(b[i]+d[i]) + e[i] + 32) >> 6)
			}
		}
	}
}

// moveLine computes line oh of picture n of x, of elements of so many bytes, where they are only moved.
func (r *Resample) moveLine(to, x []uint8, size, n, oh int) {
	c, f := r.C*size, r.Factor
	from := func(h int) []uint8 { return x[(n*r.H+h)*r.W*c:][:r.W*c] }
	switch r.Kind {
	case NearestUp:
		for x := from(oh / f); len(x) > 0; x = x[c:] {
			for range f {
				to = to[copy(to, x[:c]):]
			}
		}
	case NearestDown:
		for x := from(oh * f); len(to) > 0; x = x[min(f*c, len(x)):] {
			to = to[copy(to, x[:c]):]
		}
	case PixelShuffle:
		for x := from(oh / f); len(x) > 0; x = x[c:] {
			to = to[copy(to, x[oh%f*(c/f):][:c/f]):]
		}
	case PixelUnshuffle:
		for at := 0; len(to) > 0; at += f * c {
			for i := range f {
				to = to[copy(to, from(oh*f + i)[at:][:f*c]):]
			}
		}
	}
}

// columns sets sums to weighted sums of lines of x, with a pixel beyond the border at either end. terms are numbers of
// lines and their weights.
func (u *resampleU8) columns(sums []uint16, n int, terms ...int) {
	r, c := u.r, u.c
	width := r.W * c
	middle := sums[c:][:width]
	clear(middle)
	total := 0
	for i := 0; i < len(terms); i += 2 {
		h, weight := terms[i], uint16(terms[i+1])
		total += terms[i+1]
		if r.Edge == EdgeClamp {
			h = max(0, min(h, r.H-1))
		} else if h < 0 || h >= r.H {
			for i := range middle {
				middle[i] += weight * uint16(u.zero)
			}
			continue
		}
		for i, v := range u.x[(n*r.H+h)*width:][:width] {
			middle[i] += weight * uint16(v)
		}
	}
	u.ends(sums, total)
}

// ends sets the pixels beyond the border of a line of sums with the given total of weights.
func (u *resampleU8) ends(sums []uint16, total int) {
	c, width := u.c, u.r.W*u.c
	middle, first, last := sums[c:][:width], sums[:c], sums[c+width:][:c]
	if u.r.Edge == EdgeClamp {
		copy(first, middle)
		copy(last, middle[width-c:])
		return
	}
	for i := range first {
		first[i], last[i] = uint16(total)*uint16(u.zero), uint16(total)*uint16(u.zero)
	}
}
