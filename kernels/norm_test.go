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

// normCase is the operands of a normalization of x [outer, rows, cols] and everything that is computed from them.
type normCase struct {
	outer, rows, cols int
	x, g, gamma, beta []float32
}

func newNormCase(t testing.TB, r *rand.Rand, outer, rows, cols int, special bool) *normCase {
	c := &normCase{outer: outer, rows: rows, cols: cols}
	for _, p := range []*[]float32{&c.x, &c.g} {
		*p = guard.End[float32](t, outer*rows*cols)
		fillF32(r, *p, special)
	}
	for _, p := range []*[]float32{&c.gamma, &c.beta} {
		*p = guard.End[float32](t, cols)
		fillF32(r, *p, special)
	}
	return c
}

// columns runs a ColumnNorm and returns all results one after the other.
func (c *normCase) columns(t testing.TB, p *Pool, affine bool) []float32 {
	stats := c.outer * c.cols
	n := &ColumnNorm{Outer: c.outer, Rows: c.rows, Cols: c.cols, Eps: 1e-5, X: c.x, G: c.g}
	for _, s := range []*[]float32{&n.Mean, &n.Var, &n.Rstd, &n.DGamma, &n.DBeta} {
		*s = guard.End[float32](t, stats)
	}
	n.Y, n.DX = guard.End[float32](t, len(c.x)), guard.End[float32](t, len(c.x))
	if affine {
		n.Gamma, n.Beta, n.Act, n.Slope = c.gamma, c.beta, ActLeakyReLU, 0.2
	}
	n.Stats(p)
	n.Apply(p)
	n.Gradient(p)
	return slices.Concat(n.Mean, n.Var, n.Rstd, n.Y, n.DBeta, n.DGamma, n.DX)
}

// along runs a RowNorm over the rows of all outer indices.
func (c *normCase) along(t testing.TB, p *Pool, affine, noMean bool) []float32 {
	rows := c.outer * c.rows
	n := &RowNorm{Rows: rows, Cols: c.cols, Eps: 1e-5, NoMean: noMean, X: c.x, G: c.g}
	n.Mean, n.Rstd = guard.End[float32](t, rows), guard.End[float32](t, rows)
	n.DGamma, n.DBeta = guard.End[float32](t, c.cols), guard.End[float32](t, c.cols)
	n.Y, n.DX = guard.End[float32](t, len(c.x)), guard.End[float32](t, len(c.x))
	if affine {
		n.Gamma, n.Beta = c.gamma, c.beta
	}
	n.Apply(p)
	n.Gradient(p)
	return slices.Concat(n.Mean, n.Rstd, n.Y, n.DBeta, n.DGamma, n.DX)
}

// soft runs a Softmax over the rows of all outer indices.
func (c *normCase) soft(t testing.TB, p *Pool) []float32 {
	rows := c.outer * c.rows
	n := &Softmax{Rows: rows, Cols: c.cols, X: c.x, G: c.g, GLSE: guard.End[float32](t, rows), LSE: guard.End[float32](t, rows)}
	copy(n.GLSE, c.g)
	n.Y, n.DX = guard.End[float32](t, len(c.x)), guard.End[float32](t, len(c.x))
	n.Apply(p)
	n.Gradient(p)
	dx := slices.Clone(n.DX)
	n.GradientLSE(p)
	return slices.Concat(n.LSE, n.Y, dx, n.DX)
}

func (c *normCase) all(t testing.TB, p *Pool) map[string][]float32 {
	return map[string][]float32{
		"columns": c.columns(t, p, true), "columns without gamma": c.columns(t, p, false),
		"rows": c.along(t, p, true, false), "rows without gamma": c.along(t, p, false, false),
		"rows without mean": c.along(t, p, true, true), "softmax": c.soft(t, p),
	}
}

// TestNorm compares every tier and number of threads with the reference on one thread.
func TestNorm(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	defer runtime.GOMAXPROCS(old)
	pool := NewPool(2)
	defer pool.Close()
	r := rand.New(rand.NewPCG(11, 12))
	shapes := [][3]int{{1, 1, 1}, {1, 2, 1}, {2, 3, 5}, {1, 9, 7}, {3, 8, 8}, {1, 17, 15}, {2, 4, 16}, {1, 33, 17}, {1, 5, 31},
		{2, 7, 33}, {1, 255, 3}, {1, 257, 24}, {3, 300, 40}, {1, 2, 2049}, {1, 3, 5000}, {1, 600, 65}}
	if testing.Short() {
		shapes = shapes[:14]
	}
	for _, s := range shapes {
		for _, special := range []bool{false, true} {
			c := newNormCase(t, r, s[0], s[1], s[2], special)
			restore, err := Force("generic")
			if err != nil {
				t.Fatal(err)
			}
			want := c.all(t, nil)
			restore()
			eachTier(t, func(t *testing.T) {
				for _, p := range []*Pool{nil, pool} {
					for name, got := range c.all(t, p) {
						sameF32(t, fmt.Sprintf("%s %v, %d threads", name, s, p.Threads()), got, want[name])
					}
				}
			})
		}
	}
}

// TestNormInPlace: results may take the place of operands.
func TestNormInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 12))
	eachTier(t, func(t *testing.T) {
		const rows, cols = 37, 53
		c := newNormCase(t, r, 1, rows, cols, false)
		mean, rstd := make([]float32, cols), make([]float32, cols)
		n := &ColumnNorm{Outer: 1, Rows: rows, Cols: cols, X: c.x, G: c.g, Mean: mean, Rstd: rstd, Y: make([]float32, rows*cols),
			DX: make([]float32, rows*cols), DGamma: make([]float32, cols), DBeta: make([]float32, cols)}
		n.Stats(nil)
		n.Apply(nil)
		n.Gradient(nil)
		y, dx := n.Y, n.DX
		n.DX = slices.Clone(c.g)
		n.G = n.DX
		n.Gradient(nil)
		sameF32(t, "DX in the place of G", n.DX, dx)
		n.X = slices.Clone(c.x)
		n.Y = n.X
		n.Apply(nil)
		sameF32(t, "Y in the place of X", n.Y, y)

		a := &Softmax{Rows: rows, Cols: cols, X: c.x, Y: make([]float32, rows*cols), G: c.g, DX: make([]float32, rows*cols)}
		a.Apply(nil)
		a.Gradient(nil)
		b := &Softmax{Rows: rows, Cols: cols, X: slices.Clone(c.x), G: slices.Clone(c.g)}
		b.Y, b.DX = b.X, b.G
		b.Apply(nil)
		b.Gradient(nil)
		sameF32(t, "Y in the place of X", b.Y, a.Y)
		sameF32(t, "DX in the place of G", b.DX, a.DX)
	})
}

// TestNormCloseness compares the reference with naive float64 evaluations, and gradients with differences of them.
func TestNormCloseness(t *testing.T) {
	restore, err := Force("generic")
	if err != nil {
		t.Fatal(err)
	}
	defer restore()
	r := rand.New(rand.NewPCG(15, 16))
	const rows, cols = 300, 37
	c := newNormCase(t, r, 1, rows, cols, false)
	for i := range c.x {
		c.x[i] += 20 // a mean that one-pass variances lose digits to
	}
	near := func(what string, got []float32, want []float64, tol float64) {
		t.Helper()
		for i, w := range want {
			if d := math.Abs(float64(got[i]) - w); !(d <= tol*(1+math.Abs(w))) {
				t.Fatalf("%s: element %d is %g, want %g", what, i, got[i], w)
			}
		}
	}
	// norm64 is the normalization of one sequence, and its gradient to the input.
	norm64 := func(x, g, gamma, beta []float64, noMean bool) (mean, rstd float64, y, dx []float64) {
		n := float64(len(x))
		if !noMean {
			for _, v := range x {
				mean += v / n
			}
		}
		var q, s, d float64
		for _, v := range x {
			q += (v - mean) * (v - mean) / n
		}
		rstd = 1 / math.Sqrt(q+1e-5)
		for i, v := range x {
			h := (v - mean) * rstd
			y = append(y, h*gamma[i]+beta[i])
			s += g[i] * gamma[i] / n
			d += g[i] * gamma[i] * h / n
		}
		if noMean {
			s = 0
		}
		for i, v := range x {
			dx = append(dx, rstd*(g[i]*gamma[i]-s-(v-mean)*rstd*d))
		}
		return mean, rstd, y, dx
	}
	f64 := func(n int, at func(i int) float32) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(at(i))
		}
		return x
	}
	for _, noMean := range []bool{false, true} {
		n := &RowNorm{Rows: rows, Cols: cols, Eps: 1e-5, NoMean: noMean, X: c.x, G: c.g, Gamma: c.gamma, Beta: c.beta,
			Mean: make([]float32, rows), Rstd: make([]float32, rows), Y: make([]float32, len(c.x)), DX: make([]float32, len(c.x)),
			DGamma: make([]float32, cols), DBeta: make([]float32, cols)}
		n.Apply(nil)
		n.Gradient(nil)
		dgamma, dbeta := make([]float64, cols), make([]float64, cols)
		for i := range rows {
			at := i * cols
			m, s, y, dx := norm64(f64(cols, func(j int) float32 { return c.x[at+j] }), f64(cols, func(j int) float32 { return c.g[at+j] }),
				f64(cols, func(j int) float32 { return c.gamma[j] }), f64(cols, func(j int) float32 { return c.beta[j] }), noMean)
			near("row mean and rstd", []float32{n.Mean[i], n.Rstd[i]}, []float64{m, s}, 1e-5)
			near("row y", n.Y[at:], y, 1e-4)
			near("row dx", n.DX[at:], dx, 1e-4)
			for j := range cols {
				dbeta[j] += float64(c.g[at+j])
				dgamma[j] += float64(c.g[at+j]) * (float64(c.x[at+j]) - m) * s
			}
		}
		near("row dbeta", n.DBeta, dbeta, 1e-4)
		near("row dgamma", n.DGamma, dgamma, 1e-3)
	}
	n := &ColumnNorm{Outer: 1, Rows: rows, Cols: cols, Eps: 1e-5, X: c.x, G: c.g, Gamma: c.gamma, Beta: c.beta,
		Mean: make([]float32, cols), Rstd: make([]float32, cols), Y: make([]float32, len(c.x)), DX: make([]float32, len(c.x)),
		DGamma: make([]float32, cols), DBeta: make([]float32, cols)}
	n.Stats(nil)
	n.Apply(nil)
	n.Gradient(nil)
	for j := range cols {
		column := func(x []float32) func(i int) float32 { return func(i int) float32 { return x[i*cols+j] } }
		m, s, y, dx := norm64(f64(rows, column(c.x)), f64(rows, column(c.g)), f64(rows, func(int) float32 { return c.gamma[j] }),
			f64(rows, func(int) float32 { return c.beta[j] }), false)
		near("column mean and rstd", []float32{n.Mean[j], n.Rstd[j]}, []float64{m, s}, 1e-5)
		for i := range rows {
			near("column y", n.Y[i*cols+j:], y[i:i+1], 1e-4)
			near("column dx", n.DX[i*cols+j:], dx[i:i+1], 1e-4)
		}
	}
	sm := &Softmax{Rows: rows, Cols: cols, X: c.x, G: c.g, GLSE: c.g[:rows], LSE: make([]float32, rows),
		Y: make([]float32, len(c.x)), DX: make([]float32, len(c.x))}
	sm.Apply(nil)
	sm.Gradient(nil)
	dx := slices.Clone(sm.DX)
	sm.GradientLSE(nil)
	for i := range rows {
		var sum, dot float64
		for _, v := range c.x[i*cols:][:cols] {
			sum += math.Exp(float64(v))
		}
		for j := range cols {
			dot += math.Exp(float64(c.x[i*cols+j])) / sum * float64(c.g[i*cols+j])
		}
		near("lse", sm.LSE[i:], []float64{math.Log(sum)}, 1e-6)
		for j := range cols {
			at := i*cols + j
			y := math.Exp(float64(c.x[at])) / sum
			near("softmax", sm.Y[at:], []float64{y}, 1e-6)
			near("softmax dx", dx[at:], []float64{y * (float64(c.g[at]) - dot)}, 1e-6)
			near("lse dx", sm.DX[at:], []float64{y * float64(c.g[i])}, 1e-6)
		}
	}
}

// TestSoftmaxExtremes: numbers far apart and infinite ones.
func TestSoftmaxExtremes(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		n := &Softmax{Rows: 4, Cols: 2, X: []float32{1000, 0, -1000, -1000, 0, -inf32, 0, nan32}, Y: make([]float32, 8), LSE: make([]float32, 4)}
		n.Apply(nil)
		sameF32(t, "softmax", n.Y, []float32{1, 0, 0.5, 0.5, 1, 0, nan32, nan32})
		sameF32(t, "lse", n.LSE, []float32{1000, -1000 + log32(2), 0, nan32})
	})
}

func TestNormAllocatesOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	c := newNormCase(t, r, 2, 20, 24, false)
	n := &ColumnNorm{Outer: 2, Rows: 20, Cols: 24, X: c.x, G: c.g, Mean: make([]float32, 48), Rstd: make([]float32, 48),
		DGamma: make([]float32, 48), DBeta: make([]float32, 48), Y: make([]float32, len(c.x)), DX: make([]float32, len(c.x))}
	rn := &RowNorm{Rows: 40, Cols: 24, X: c.x, G: c.g, Mean: make([]float32, 40), Rstd: make([]float32, 40), Y: n.Y, DX: n.DX,
		DGamma: make([]float32, 24), DBeta: make([]float32, 24)}
	sm := &Softmax{Rows: 40, Cols: 24, X: c.x, Y: n.Y, G: c.g, DX: n.DX, LSE: make([]float32, 40)}
	eachTier(t, func(t *testing.T) {
		if a := testing.AllocsPerRun(10, func() {
			n.Stats(nil)
			n.Apply(nil)
			n.Gradient(nil)
			rn.Apply(nil)
			rn.Gradient(nil)
			sm.Apply(nil)
			sm.Gradient(nil)
		}); a >= 1 && !guard.Race {
			t.Errorf("%v allocations", a)
		}
	})
}

// TestLongRows: a row that goes piece by piece is what the reference makes of it in one.
func TestLongRows(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 12))
	for _, cols := range []int{16, 4095, 4096, 4097, 4111, 8192 + 35} {
		for _, special := range []bool{false, true} {
			const rows = 2
			c := newNormCase(t, r, 1, rows, cols, special)
			if special {
				// Else not one element of a row is finite.
				c.x[0], c.x[cols/2] = float32(math.Inf(-1)), float32(math.Copysign(0, -1))
				fillF32(r, c.x[cols:], false)
				fillF32(r, c.g[cols:], false)
			}
			run := func(k *normKernels) []float32 {
				col := func() []float32 { return guard.End[float32](t, rows) }
				mat := func() []float32 { return guard.End[float32](t, rows*cols) }
				total, square, max, sum := col(), col(), col(), col()
				y, dx, dx0, less, soft := mat(), mat(), mat(), mat(), mat()
				k.totalRows(total, c.x, cols)
				k.squareRows(square, c.x, total, cols)
				k.applyRows(y, c.x, total, square, c.gamma, c.beta, cols)
				k.dxRows(dx, c.g, c.x, total, square, c.gamma, cols, false)
				k.dxRows(dx0, c.g, c.x, total, square, c.gamma, cols, true)
				k.lessMaxRows(less, max, c.x, cols)
				exp := slices.Clone(less)
				Exp(exp, exp)
				k.scaleRows(exp, sum, cols)
				k.softRows(soft, c.g, exp, cols)
				for _, zero := range [][]float32{less, max} { // their sign is free
					for i, v := range zero {
						if v == 0 {
							zero[i] = 0
						}
					}
				}
				return slices.Concat(total, square, y, dx, dx0, less, max, exp, sum, soft)
			}
			want := run(&normGeneric)
			eachTier(t, func(t *testing.T) {
				sameF32(t, fmt.Sprintf("%d columns", cols), run(&normLong), want)
			})
		}
	}
}

// TestLongRowsRun: RowNorm and Softmax on rows that are long enough to go piece by piece.
func TestLongRowsRun(t *testing.T) {
	c := newNormCase(t, rand.New(rand.NewPCG(16, 12)), 1, 2, longRow+17, false)
	restore, err := Force("generic")
	if err != nil {
		t.Fatal(err)
	}
	want := c.all(t, nil)
	restore()
	eachTier(t, func(t *testing.T) {
		for name, got := range c.all(t, nil) {
			sameF32(t, name, got, want[name])
		}
	})
}
