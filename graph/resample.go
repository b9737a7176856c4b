package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// Changes of the size of pictures, channels last, [N H W C]; see kernels.Resample. All but the maximum over windows are
// linear, so an operation and its transpose are each other's gradients. Maxima are a pair in the manner of PickMax and
// PutMax: values are taken from where another tensor is largest, and put there.
//
// The ints are kind, factor or edge, and size, stride and padding of the windows, of lines and of columns. S is the shape
// of the result of a transpose, which is larger or not determined.

// NearestUp repeats every pixel factor x factor times.
func (b *Builder) NearestUp(x Value, factor int) Value {
	return b.resample(x, kernels.NearestUp, factor)
}

// NearestDown keeps the first of every factor x factor pixels.
func (b *Builder) NearestDown(x Value, factor int) Value {
	return b.resample(x, kernels.NearestDown, factor)
}

// SmoothUp doubles pictures bilinearly: the filter [1,2,1]/4 along either axis over repeated pixels.
func (b *Builder) SmoothUp(x Value, e kernels.Edge) Value {
	return b.resample(x, kernels.SmoothUp, int(e))
}

// SmoothDown halves pictures: the filter [1,2,1]/4 along either axis, then the mean of every 2 x 2 pixels.
func (b *Builder) SmoothDown(x Value, e kernels.Edge) Value {
	return b.resample(x, kernels.SmoothDown, int(e))
}

// PixelShuffle turns factor*factor*C channels into factor x factor pixels of C.
func (b *Builder) PixelShuffle(x Value, factor int) Value {
	return b.resample(x, kernels.PixelShuffle, factor)
}

// PixelUnshuffle undoes PixelShuffle.
func (b *Builder) PixelUnshuffle(x Value, factor int) Value {
	return b.resample(x, kernels.PixelUnshuffle, factor)
}

// AvgPool is the mean over windows; pixels outside the picture count as zeros.
func (b *Builder) AvgPool(x Value, lines, columns kernels.Window) Value {
	return b.add(OpResample, Attr{I: windows(kernels.AvgPool, lines, columns)}, x)
}

// MaxPool is the maximum over windows, of what lies inside the picture.
func (b *Builder) MaxPool(x Value, lines, columns kernels.Window) Value {
	return b.add(OpPickPool, Attr{I: windows(kernels.MaxPool, lines, columns)}, x, x)
}

func (b *Builder) resample(x Value, kind kernels.ResampleKind, n int) Value {
	return b.add(OpResample, Attr{I: [maxInts]int32{int32(kind), int32(n)}}, x)
}

func windows(kind kernels.ResampleKind, lines, columns kernels.Window) [maxInts]int32 {
	return [maxInts]int32{int32(kind), 0, int32(lines.Size), int32(lines.Stride), int32(lines.Pad), int32(columns.Size),
		int32(columns.Stride), int32(columns.Pad)}
}

// resampling returns what an operation on pictures of shape x does, for one of them where the batch is symbolic, and the
// shape of its result.
func resampling(x Shape, a *Attr) (r kernels.Resample, y Shape, err error) {
	const most = 1 << 20 // of all that is counted
	if x.Rank() != 4 || max(x.Dim(1), x.Dim(2), x.Dim(3)) > most {
		return r, y, fmt.Errorf("%v are no pictures", x)
	}
	n := int(a.I[1])
	r = kernels.Resample{Kind: kernels.ResampleKind(a.I[0]), N: max(1, x.Dim(0)), H: x.Dim(1), W: x.Dim(2), C: x.Dim(3), Factor: n,
		Edge: kernels.Edge(n), Rows: kernels.Window{Size: int(a.I[2]), Stride: int(a.I[3]), Pad: int(a.I[4])},
		Cols: kernels.Window{Size: int(a.I[5]), Stride: int(a.I[6]), Pad: int(a.I[7])}}
	ok := a.I[0] >= 0 && a.I[0] <= int32(kernels.PixelUnshuffle)
	switch r.Kind {
	case kernels.NearestUp:
		ok = ok && n >= 1 && n <= 16
	case kernels.NearestDown, kernels.PixelUnshuffle:
		ok = ok && n >= 1 && n <= 16 && r.H%n == 0 && r.W%n == 0
	case kernels.PixelShuffle:
		ok = ok && n >= 1 && n <= 16 && r.C%(n*n) == 0
	case kernels.SmoothUp, kernels.SmoothDown:
		ok = ok && n >= 0 && n <= int(kernels.EdgeClamp) && (r.Kind == kernels.SmoothUp || r.H%2 == 0 && r.W%2 == 0)
	default:
		for _, w := range []kernels.Window{r.Rows, r.Cols} {
			ok = ok && w.Stride >= 1 && w.Pad >= 0 && w.Size > w.Pad && max(w.Stride, w.Size) <= 1<<12
		}
	}
	if !ok {
		return r, y, fmt.Errorf("kind %d with %v of pictures %v", a.I[0], a.I[1:], x)
	}
	h, w, c := r.Out()
	y, err = makeShape([]int{x.Dim(0), h, w, c})
	return r, y, err
}

func resampleShape(in []Type, a *Attr) (Type, error) {
	if err := floats(in); err != nil {
		return Type{}, err
	}
	r, y, err := resampling(in[0].S, a)
	if err == nil && r.Kind == kernels.MaxPool {
		err = fmt.Errorf("a maximum is not linear")
	}
	return Type{F32, y}, err
}

func resampleTShape(in []Type, a *Attr) (Type, error) {
	t, err := resampleShape([]Type{{F32, a.S}}, a)
	if err == nil && in[0] != t {
		err = fmt.Errorf("%v is not what becomes of %v", in[0], a.S)
	}
	return Type{F32, a.S}, err
}

func pickPoolShape(in []Type, a *Attr) (Type, error) {
	t, err := sameShape(in, a)
	if err != nil {
		return Type{}, err
	}
	r, y, err := resampling(t.S, a)
	if err == nil && r.Kind != kernels.MaxPool {
		err = fmt.Errorf("kind %d is no maximum", a.I[0])
	}
	return Type{F32, y}, err
}

func putPoolShape(in []Type, a *Attr) (Type, error) {
	y, err := pickPoolShape([]Type{in[1], in[1]}, a)
	if err == nil && in[0] != y {
		err = fmt.Errorf("%v is not what becomes of %v", in[0], in[1])
	}
	return in[1], err
}

// bindResample binds the four operations of this file.
func (c *compiler) bindResample(v Value) func() {
	n := &c.b.nodes[v]
	pictures := n.Type.S // of the larger side, but for NearestUp and its like
	switch n.Op {
	case OpResample, OpPickPool:
		pictures = c.b.Shape(n.In[0])
	}
	res, y, err := resampling(pictures, &n.Attr)
	if err != nil {
		panic("graph: " + err.Error())
	}
	r, pool, dst, src := &res, c.opt.Pool, c.f32(v), c.f32(n.In[0])
	switch n.Op {
	case OpResample:
		return func() { r.Forward(pool, dst, src) }
	case OpResampleT:
		return func() { r.Backward(pool, dst, src) }
	}
	of := c.f32(n.In[1])
	r.Index = make([]int32, y.Numel())
	most := make([]float32, y.Numel())
	if n.Op == OpPutPool {
		return func() {
			r.Forward(pool, most, of)
			r.Backward(pool, dst, src)
		}
	}
	if c.alias[n.In[0]] == c.alias[n.In[1]] {
		return func() { r.Forward(pool, dst, of) }
	}
	oh, ow := y.Dim(1), y.Dim(2)
	pick := c.parallel(r.N*oh*ow, max(1, grain/r.C), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			top := i/ow%oh*r.Rows.Stride - r.Rows.Pad
			left := i%ow*r.Cols.Stride - r.Cols.Pad
			picture := src[i/(ow*oh)*r.H*r.W*r.C:]
			for ch, at := range r.Index[i*r.C:][:r.C] {
				h, w := top+int(at)/r.Cols.Size, left+int(at)%r.Cols.Size
				dst[i*r.C+ch] = picture[(h*r.W+w)*r.C+ch]
			}
		}
	})
	return func() {
		r.Forward(pool, most, of)
		pick()
	}
}
