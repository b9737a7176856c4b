package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// resampleCases are kinds with their parameters; sizes are chosen to suit them.
var resampleCases = func() []Resample {
	rs := []Resample{
		{Kind: NearestUp, Factor: 1}, {Kind: NearestUp, Factor: 2}, {Kind: NearestUp, Factor: 3},
		{Kind: NearestDown, Factor: 1}, {Kind: NearestDown, Factor: 2}, {Kind: NearestDown, Factor: 3},
		{Kind: SmoothUp}, {Kind: SmoothUp, Edge: EdgeClamp}, {Kind: SmoothDown}, {Kind: SmoothDown, Edge: EdgeClamp},
		{Kind: PixelShuffle, Factor: 1}, {Kind: PixelShuffle, Factor: 2}, {Kind: PixelShuffle, Factor: 3},
		{Kind: PixelUnshuffle, Factor: 2}, {Kind: PixelUnshuffle, Factor: 3},
	}
	for _, w := range [][2]Window{
		{{2, 2, 0}, {2, 2, 0}}, {{3, 2, 1}, {3, 2, 1}}, {{3, 1, 1}, {3, 1, 1}}, {{3, 3, 0}, {2, 1, 1}}, {{1, 2, 0}, {1, 3, 0}},
		{{5, 2, 4}, {4, 3, 3}}, {{2, 4, 1}, {3, 5, 2}}, {{1, 1, 0}, {7, 2, 6}},
	} {
		for _, k := range []ResampleKind{AvgPool, MaxPool} {
			rs = append(rs, Resample{Kind: k, Rows: w[0], Cols: w[1]})
		}
	}
	return rs
}()

// sized gives a case a size near n, h, w, c that its factor divides.
func (r Resample) sized(n, h, w, c int) *Resample {
	f := r.Factor
	switch r.Kind {
	case NearestDown, PixelUnshuffle:
		h, w = h*f, w*f
	case SmoothDown:
		h, w = 2*h, 2*w
	case PixelShuffle:
		c *= f * f
	}
	r.N, r.H, r.W, r.C = n, h, w, c
	return &r
}

func (r *Resample) describe() string {
	return fmt.Sprintf("kind %d factor %d edge %d windows %v %v, %dx%dx%dx%d", r.Kind, r.Factor, r.Edge, r.Rows, r.Cols, r.N,
		r.H, r.W, r.C)
}

// compareResample runs r forwards and backwards with and without threads and compares with the reference.
func compareResample(t *testing.T, rnd *rand.Rand, r *Resample, pool *Pool) {
	t.Helper()
	h, w, c := r.Out()
	nx, ny := r.N*r.H*r.W*r.C, r.N*h*w*c
	x, y := guard.End[float32](t, nx), guard.End[float32](t, ny)
	fillF32(rnd, x, true)
	if r.Kind == MaxPool {
		for i := range x {
			if rnd.IntN(2) == 0 {
				x[i] = float32(rnd.IntN(3)) // ties
			}
		}
		r.Index = guard.End[int32](t, ny)
	}
	ref := *r
	ref.run = resampleRun{}
	ref.Index = make([]int32, len(r.Index))
	want := make([]float32, ny)
	ref.ForwardReference(want, x)
	dy, dx, wantDx := guard.End[float32](t, ny), guard.End[float32](t, nx), make([]float32, nx)
	fillF32(rnd, dy, true)
	ref.BackwardReference(wantDx, dy)
	for _, p := range []*Pool{nil, pool} {
		for i := range y {
			y[i] = 77
		}
		clear(r.Index)
		r.Forward(p, y, x)
		sameF32(t, r.describe()+" forward", y, want)
		if !slices.Equal(r.Index, ref.Index) {
			t.Fatalf("%s: other places of the maxima", r.describe())
		}
		for i := range dx {
			dx[i] = 77
		}
		r.Backward(p, dx, dy)
		sameF32(t, r.describe()+" backward", dx, wantDx)
	}
}

func TestResample(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	sizes := [][4]int{{1, 1, 1, 1}, {2, 3, 2, 3}, {1, 4, 5, 8}, {3, 5, 17, 1}, {1, 7, 6, 5}, {2, 2, 9, 16}, {1, 6, 40, 2},
		{2, 3, 30, 4}, {1, 5, 4, 33}, {1, 1, 13, 7}, {0, 2, 3, 4}, {1, 0, 3, 4}, {1, 2, 0, 4}, {1, 2, 3, 0}}
	long := [][4]int{{1, 3, 2*pieceLen + 5, 1}, {1, 2, pieceLen/3 + 9, 3}, {1, 3, 9, 700}, {2, 40, 50, 20}, {1, 2, 3, pieceLen + 3}}
	if !testing.Short() {
		sizes = append(sizes, long...)
	} else {
		sizes = append(sizes, long[:2]...)
	}
	eachTier(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(11, 5))
		for _, k := range resampleCases {
			for _, s := range sizes {
				compareResample(t, rnd, k.sized(s[0], s[1], s[2], s[3]), pool)
			}
		}
	})
}

// TestResampleAdjoint: <r(x), dy> = <x, Backward(dy)> for integers, on which every step is exact.
func TestResampleAdjoint(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 5))
	for _, k := range resampleCases {
		if k.Kind == AvgPool { // 1/9 is not exact
			k.Rows.Size, k.Cols.Size = 4, 2
			k.Rows.Pad, k.Cols.Pad = min(k.Rows.Pad, 3), min(k.Cols.Pad, 1)
		}
		r := k.sized(2, 6, 7, 3)
		h, w, c := r.Out()
		x, y := make([]float32, r.N*r.H*r.W*r.C), make([]float32, r.N*h*w*c)
		dx, dy := make([]float32, len(x)), make([]float32, len(y))
		r.Index = make([]int32, len(y))
		if r.Kind != MaxPool {
			r.Index = nil
		}
		for i := range x {
			x[i] = float32(rnd.IntN(201) - 100)
		}
		for i := range dy {
			dy[i] = float32(rnd.IntN(201) - 100)
		}
		r.Forward(nil, y, x)
		r.Backward(nil, dx, dy)
		var a, b float64
		for i := range y {
			a += float64(y[i]) * float64(dy[i])
		}
		for i := range x {
			b += float64(x[i]) * float64(dx[i])
		}
		if a != b {
			t.Errorf("%s: <r(x), dy> = %v, <x, r'(dy)> = %v", r.describe(), a, b)
		}
	}
}

// TestResampleMeaning checks the references against the operations as they are usually written, in float64.
func TestResampleMeaning(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 5))
	const h, w, c = 6, 8, 3
	x := make([]float32, h*w*c)
	fillF32(rnd, x, false)
	at := func(i, j, k int, clamp bool) float64 {
		if clamp {
			i, j = max(0, min(i, h-1)), max(0, min(j, w-1))
		}
		if i < 0 || i >= h || j < 0 || j >= w {
			return 0
		}
		return float64(x[(i*w+j)*c+k])
	}
	near := func(what string, got float32, want float64) {
		if math.Abs(float64(got)-want) > 1e-6*max(1, math.Abs(want)) {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
	for _, edge := range []Edge{EdgeZero, EdgeClamp} {
		up := &Resample{Kind: SmoothUp, N: 1, H: h, W: w, C: c, Edge: edge}
		y := make([]float32, 4*len(x))
		up.ForwardReference(y, x)
		down := &Resample{Kind: SmoothDown, N: 1, H: h, W: w, C: c, Edge: edge}
		z := make([]float32, len(x)/4)
		down.ForwardReference(z, x)
		for k := range c {
			for i := range 2 * h {
				for j := range 2 * w {
					// Every pixel twice, then [1,2,1]/4 along both axes.
					var sum float64
					for a, wa := range []float64{1, 2, 1} {
						for b, wb := range []float64{1, 2, 1} {
							sum += wa * wb / 16 * at((i+a-1+2)/2-1, (j+b-1+2)/2-1, k, edge == EdgeClamp)
						}
					}
					near("SmoothUp", y[(i*2*w+j)*c+k], sum)
				}
			}
			for i := range h / 2 {
				for j := range w / 2 {
					// [1,2,1]/4 along both axes, then the mean of 2 x 2.
					var sum float64
					for a, wa := range []float64{1, 3, 3, 1} {
						for b, wb := range []float64{1, 3, 3, 1} {
							sum += wa * wb / 64 * at(2*i-1+a, 2*j-1+b, k, edge == EdgeClamp)
						}
					}
					near("SmoothDown", z[(i*w/2+j)*c+k], sum)
				}
			}
		}
	}
	pool := &Resample{Kind: AvgPool, N: 1, H: h, W: w, C: c, Rows: Window{3, 2, 1}, Cols: Window{3, 1, 1}}
	oh, ow, _ := pool.Out()
	avg, most := make([]float32, oh*ow*c), make([]float32, oh*ow*c)
	pool.ForwardReference(avg, x)
	pool.Kind, pool.Index = MaxPool, make([]int32, len(most))
	pool.ForwardReference(most, x)
	for i := range avg {
		p, q, k := i/c/ow, i/c%ow, i%c
		sum, top := 0.0, math.Inf(-1)
		for a := range 3 {
			for b := range 3 {
				v := at(2*p-1+a, q-1+b, k, false)
				sum += v / 9
				if ih, iw := 2*p-1+a, q-1+b; ih >= 0 && ih < h && iw >= 0 && iw < w {
					top = max(top, v)
				}
			}
		}
		near("AvgPool", avg[i], sum)
		near("MaxPool", most[i], top)
	}
}

// TestMaxPoolOrder: the first of equals wins, and NaN only where it is the first of all.
func TestMaxPoolOrder(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := &Resample{Kind: MaxPool, N: 1, H: 2, W: 8, C: 1, Rows: Window{2, 2, 0}, Cols: Window{2, 2, 0}, Index: make([]int32, 4)}
		y := make([]float32, 4)
		r.Forward(nil, y, []float32{
			1, 1, nan32, 5, 5, nan32, -inf32, nan32,
			1, 1, 6, 7, nan32, 5, nan32, -inf32})
		sameF32(t, "y", y, []float32{1, nan32, 5, -inf32})
		if want := []int32{0, 0, 0, 0}; !slices.Equal(r.Index, want) {
			t.Errorf("places %v, want %v", r.Index, want)
		}
	})
}

func TestResampleAllocatesOnce(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	for _, k := range resampleCases {
		r := k.sized(2, 5, 6, 8)
		h, w, c := r.Out()
		x, y := make([]float32, r.N*r.H*r.W*r.C), make([]float32, r.N*h*w*c)
		if r.Kind == MaxPool {
			r.Index = make([]int32, len(y))
		}
		if n := testing.AllocsPerRun(5, func() { r.Forward(pool, y, x); r.Backward(pool, x, y) }); n != 0 && !guard.Race {
			t.Errorf("%s: repeated calls allocate %v times", r.describe(), n)
		}
	}
}

func TestResampleMisuse(t *testing.T) {
	x := make([]float32, 36)
	for i, r := range []*Resample{
		{Kind: NearestUp, N: 1, H: 3, W: 3, C: 4},                                                      // no factor
		{Kind: NearestDown, N: 1, H: 3, W: 3, C: 4, Factor: 2},                                         // does not divide
		{Kind: SmoothDown, N: 1, H: 3, W: 3, C: 4},                                                     // odd
		{Kind: PixelShuffle, N: 1, H: 3, W: 3, C: 4, Factor: 3},                                        // channels
		{Kind: PixelUnshuffle, N: 1, H: 3, W: 3, C: 4, Factor: 2},                                      // odd
		{Kind: AvgPool, N: 1, H: 3, W: 3, C: 4},                                                        // no window
		{Kind: AvgPool, N: 1, H: 3, W: 3, C: 4, Rows: Window{1, 1, 0}, Cols: Window{2, 1, 2}},          // all padding
		{Kind: MaxPool, N: 1, H: 3, W: 3, C: 4, Rows: Window{1, 1, 0}, Cols: Window{1, 1, 0}},          // no Index
		{Kind: PixelUnshuffle + 1, N: 1, H: 3, W: 3, C: 4},                                             // no such kind
		{Kind: NearestUp, N: -1, H: 3, W: 3, C: 4, Factor: 1},                                          // negative
		{Kind: NearestUp, N: 1, H: 3, W: 3, C: 5, Factor: 1},                                           // too short
		{Kind: NearestUp, N: 1, H: 3, W: 3, C: 4, Factor: 2}, {Kind: SmoothUp, N: 1, H: 3, W: 3, C: 4}, // y too short
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("case %d: no panic with a text", i)
				}
			}()
			r.Forward(nil, make([]float32, 36), x)
		}()
	}
}

// FuzzResample compares the tiers with the reference on random shapes and values.
func FuzzResample(f *testing.F) {
	for i := range resampleCases {
		f.Add(uint8(i), uint8(2), uint8(3), uint8(4), uint8(5), uint16(0x1321), uint16(0x1321), uint64(i))
	}
	f.Fuzz(func(t *testing.T, kind, n, h, w, c uint8, rows, cols uint16, seed uint64) {
		window := func(b uint16) Window {
			size := 1 + int(b>>8)%7
			return Window{size, 1 + int(b>>4)%5, int(b) % 16 % size}
		}
		k := Resample{Kind: ResampleKind(kind % 8), Edge: Edge(kind / 8 % 2), Factor: 1 + int(rows)%4, Rows: window(rows),
			Cols: window(cols)}
		r := k.sized(int(n%3), int(h%9), int(w%40), int(c%40))
		rnd := rand.New(rand.NewPCG(seed, 0))
		eachTier(t, func(t *testing.T) { compareResample(t, rnd, r, nil) })
	})
}
