package graph

import (
	"fmt"
	"math"
)

// Move shifts each picture of x [N, H, W, C] by whole pixels, after mirroring it left to right where asked; zeros come in
// from outside. by is F32 [N, 3]: rows down, columns to the right, both rounded to the nearest whole number (halves up), and
// whether to mirror, above 1/2 being yes. There is no gradient to by.
func (b *Builder) Move(x, by Value) Value { return b.add(OpMove, Attr{}, x, by) }

func moveShape(in []Type, _ *Attr) (Type, error) {
	if err := floats(in); err != nil {
		return Type{}, err
	}
	x, by := in[0].S, in[1].S
	if x.Rank() != 4 || by.Rank() != 2 || by.Dim(0) != x.Dim(0) || by.Dim(1) != 3 {
		return Type{}, fmt.Errorf("pictures %v moved by %v; want [N H W C] and [N 3]", x, by)
	}
	return in[0], nil
}

// bindMove binds a Move, or its transpose, which takes every pixel back to where it came from.
func (c *compiler) bindMove(v Value) func() {
	n := &c.b.nodes[v]
	dst, x, by := c.f32(v), c.f32(n.In[0]), c.f32(n.In[1])
	h, w, ch := n.Type.S.Dim(1), n.Type.S.Dim(2), n.Type.S.Dim(3)
	size, back := h*w*ch, n.Attr.TA
	return c.parallel(n.Type.S.Dim(0), max(1, grain/size), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			movePicture(dst[i*size:][:size], x[i*size:][:size], by[3*i:][:3], h, w, ch, back)
		}
	})
}

// movePicture gathers: each pixel of dst takes the one pixel of x that belongs there, or zero.
func movePicture(dst, x, by []float32, h, w, ch int, back bool) {
	dy, dx, mirror := whole(by[0], h), whole(by[1], w), by[2] > 0.5
	if back {
		dy = -dy
		if !mirror { // a mirrored shift to the right is undone by another to the right
			dx = -dx
		}
	}
	for i := range h {
		row := dst[i*w*ch:][:w*ch]
		from := i - dy
		if from < 0 || from >= h {
			clear(row)
			continue
		}
		src := x[from*w*ch:][:w*ch]
		for j := range w {
			at := j - dx
			if mirror {
				at = w - 1 - at
			}
			if at < 0 || at >= w {
				clear(row[j*ch:][:ch])
			} else {
				copy(row[j*ch:][:ch], src[at*ch:][:ch])
			}
		}
	}
}

// whole rounds a shift; all that leave a picture of n rows or columns are alike.
func whole(s float32, n int) int {
	f := math.Floor(float64(s) + 0.5)
	switch {
	case f >= float64(n):
		return n
	case f <= float64(-n):
		return -n
	case f != f:
		return 0
	}
	return int(f)
}
