package kernels

// ForwardI16Reference sets y = r(x) for words; what lies beyond the border is 0 where the edge is EdgeZero. Sums of 16 times
// a word are rounded once, half up. It is the specification of ForwardI16. There are no pools of words and no SmoothDown.
func (r *Resample) ForwardI16Reference(y, x []int16) {
	h, w, c := r.checkI16(y, x)
	for i := range y {
		n, oh, ow, oc := i/c/w/h, i/c/w%h, i/c%w, i%c
		at := func(h, w, ch int) int16 { return x[((n*r.H+h)*r.W+w)*r.C+ch] }
		beyond := func(h, w int) int {
			if r.Edge == EdgeClamp {
				h, w = max(0, min(h, r.H-1)), max(0, min(w, r.W-1))
			} else if h < 0 || h >= r.H || w < 0 || w >= r.W {
				return 0
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
			y[i] = int16((sum + 8) >> 4)
		case PixelShuffle:
			y[i] = at(oh/f, ow/f, (oh%f*f+ow%f)*c+oc)
		case PixelUnshuffle:
			ij := oc / r.C
			y[i] = at(oh*f+ij/f, ow*f+ij%f, oc%r.C)
		}
	}
}

// PrepareI16 allocates what ForwardI16 does on the same shape and pool.
//
//go:noinline
func (r *Resample) PrepareI16(p *Pool) {
	u, n := &r.runI16, r.smoothLine()
	if threads := p.Threads(); u.width < n || cap(u.scratch) < threads {
		u.scratch, u.width = make(chan *[2][]int16, threads), n
		for range threads {
			u.scratch <- &[2][]int16{make([]int16, n), make([]int16, n)}
		}
	}
}

// ForwardI16 computes the same, line by line.
func (r *Resample) ForwardI16(p *Pool, y, x []int16) {
	h, w, c := r.checkI16(y, x)
	lines := r.N * h
	if lines*w*c == 0 {
		return
	}
	r.PrepareI16(p)
	per := max(1, 1<<14/(w*c)) // a part is worth the trouble of handing it out
	u := &r.runI16
	*u = resampleI16{r: r, y: y, x: x, h: h, w: w, c: c, per: per, t: active.Load(), scratch: u.scratch, width: u.width}
	p.Run((lines+per-1)/per, u)
	u.y, u.x = nil, nil
}

func (r *Resample) checkI16(y, x []int16) (h, w, c int) {
	h, w, c = r.Out()
	if r.Kind == AvgPool || r.Kind == MaxPool || r.Kind == SmoothDown {
		panic("kernels: Resample: no pools of words and no SmoothDown")
	}
	if len(x) != r.N*r.H*r.W*r.C || len(y) != r.N*h*w*c {
		panic("kernels: Resample: a slice does not fit its shape")
	}
	return h, w, c
}

// resampleI16 is a ForwardI16 in progress.
type resampleI16 struct {
	r       *Resample
	y, x    []int16
	h, w, c int // of y
	per     int // lines of a part
	t       *tier
	scratch chan *[2][]int16 // two lines, with a pixel at either end
	width   int              // of a line
}

// Do computes some lines of the result. It implements Task.
func (u *resampleI16) Do(part int) {
	s := <-u.scratch
	for line := part * u.per; line < min((part+1)*u.per, u.r.N*u.h); line++ {
		u.line(u.y[line*u.w*u.c:][:u.w*u.c], line/u.h, line%u.h, s)
	}
	u.scratch <- s
}

// line computes line oh of picture n.
func (u *resampleI16) line(to []int16, n, oh int, s *[2][]int16) {
	r := u.r
	if r.Kind != SmoothUp {
		r.moveLine(asBytes(to), asBytes(u.x), 2, n, oh)
		return
	}
	from := func(h int) []int16 { return u.x[(n*r.H+h)*r.W*r.C:][:r.W*r.C] }
	far := oh/2 - 1 + oh%2*2
	u.bordered(s[0], from(oh/2))
	switch {
	case far >= 0 && far < r.H:
		u.bordered(s[1], from(far))
	case r.Edge == EdgeClamp:
		copy(s[1], s[0])
	default:
		clear(s[1])
	}
	u.t.words.smoothUp(to, s[0], s[1], r.W, u.c)
}

// bordered copies a line of x, with a pixel beyond the border at either end.
func (u *resampleI16) bordered(dst, line []int16) {
	c := u.c
	dst = dst[:len(line)+2*c]
	copy(dst[c:], line)
	if u.r.Edge == EdgeClamp {
		copy(dst, line[:c])
		copy(dst[c+len(line):], line[len(line)-c:])
		return
	}
	clear(dst[:c])
	clear(dst[c+len(line):])
}
