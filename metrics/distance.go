package metrics

import (
	"math"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

// Distances of all pairs are products of matrices in float32, which are fast, but not exact. They only choose: what decides
// a figure is a distance in float64, computed again wherever the bound on the error of the fast one leaves a doubt. So the
// results are those of float64 throughout, and, being counts and minima, the same on every machine.

// blockRows is how many rows of products are in memory at a time.
const blockRows = 64

// distances are those of the rows of a to those of b.
type distances struct {
	a, b           *Matrix
	scale          float64 // of squared distances: a power of two that makes the longest row about 1
	lenA, lenB     []float64
	longest        float64 // of lenB
	slackOf, least float64 // the error of a fast distance is below slackOf times both lengths, plus least

	first int       // row of the block at hand
	dots  []float32 // [blockRows, b.N]
	rows  []float64 // likewise: squared distances
	visit func(i int, d []float64, slack float64)
}

// sweep calls visit for every row i of a with the squared distances, times scale, to all rows of b, each true within
// slack. Threads of the pool call it at the same time.
func sweep(a, b *Matrix, pool *kernels.Pool, visit func(s *distances, i int, d []float64, slack float64)) {
	// Distances do not change when all is moved and scaled alike; products are smaller about the mean.
	centre := mean(b)
	s := &distances{a: a, b: b, lenA: lengths(a, centre), lenB: lengths(b, centre)}
	s.visit = func(i int, d []float64, slack float64) { visit(s, i, d, slack) }
	_, e := math.Frexp(max(slices.Max(s.lenA), slices.Max(s.lenB)))
	unit := math.Ldexp(1, -e)
	s.scale = float64(unit * unit)
	fa, fb := narrowed(a, s.lenA, centre, unit), narrowed(b, s.lenB, centre, unit)
	s.longest = slices.Max(s.lenB)
	// Rounding to float32 and a chain of fused products are D+2 roundings of at most 2^-24 of the product of the lengths,
	// and the square has twice the product. Numbers too small for float32, and the move, may add what is left.
	s.slackOf = float64(a.D+8) * 0x1p-22
	s.least = float64(a.D) * (0x1p-100 + math.Sqrt(squared(centre, make([]float64, a.D)))*unit*0x1p-48)

	s.dots, s.rows = make([]float32, blockRows*b.N), make([]float64, blockRows*b.N)
	g := &kernels.Gemm{N: b.N, K: a.D, Lda: a.D, Packed: kernels.PackB(a.D, b.N, fb, a.D, true), C: s.dots, Ldc: b.N}
	for s.first = 0; s.first < a.N; s.first += blockRows {
		g.M = min(blockRows, a.N-s.first)
		g.A = fa[s.first*a.D:][:g.M*a.D]
		g.Run(pool)
		pool.Run(g.M, s)
	}
}

// Do implements kernels.Task: a row of the block.
func (s *distances) Do(row int) {
	i, n := s.first+row, s.b.N
	d, sq := s.rows[row*n:][:n], float64(s.lenA[i]*s.lenA[i])
	for j, dot := range s.dots[row*n:][:n] {
		d[j] = sq + float64(s.lenB[j]*s.lenB[j]) - 2*float64(dot)
	}
	s.visit(i, d, s.slackOf*s.lenA[i]*s.longest+s.least)
}

// exact is the squared distance of two rows, times scale.
func (s *distances) exact(i, j int) float64 {
	return float64(squared(s.a.Row(i), s.b.Row(j)) * s.scale)
}

// nearest returns the exact squared distance, times scale, of row i to its k-th nearest row of b, and which that is; of
// rows at the same distance the first is the nearer. Row skip of b is left out.
func (s *distances) nearest(i int, d []float64, slack float64, k, skip int) (float64, int) {
	least := newSmallest(k)
	for j, v := range d {
		if j != skip && v < least.most() {
			least.put(v, j)
		}
	}
	bound := least.most() + 2*slack
	least = newSmallest(k)
	for j, v := range d {
		if j != skip && v <= bound {
			if e := s.exact(i, j); e < least.most() {
				least.put(e, j)
			}
		}
	}
	return least.d[k-1], least.at[k-1]
}

// smallest keeps the k smallest of some numbers, in order, and where they were.
type smallest struct {
	d  []float64
	at []int
}

func newSmallest(k int) *smallest {
	s := &smallest{make([]float64, k), make([]int, k)}
	for i := range s.d {
		s.d[i] = math.Inf(1)
	}
	return s
}

func (s *smallest) most() float64 { return s.d[len(s.d)-1] }

// put adds a number that is smaller than the largest.
func (s *smallest) put(v float64, at int) {
	i := len(s.d) - 1
	for ; i > 0 && s.d[i-1] > v; i-- {
		s.d[i], s.at[i] = s.d[i-1], s.at[i-1]
	}
	s.d[i], s.at[i] = v, at
}

// radii returns the squared distance of each row of m to its k-th nearest other row.
func radii(m *Matrix, k int, pool *kernels.Pool) []float64 {
	r := make([]float64, m.N)
	sweep(m, m, pool, func(s *distances, i int, d []float64, slack float64) {
		e, _ := s.nearest(i, d, slack, k, i)
		r[i] = e / s.scale
	})
	return r
}

// balls returns for each row of a in how many balls about rows of b it lies, whose squared radii are given.
func balls(a, b *Matrix, radius []float64, pool *kernels.Pool) []int {
	in := make([]int, a.N)
	sweep(a, b, pool, func(s *distances, i int, d []float64, slack float64) {
		for j, v := range d {
			r := float64(radius[j] * s.scale)
			if v < r-slack || v <= r+slack && s.exact(i, j) <= r {
				in[i]++
			}
		}
	})
	return in
}

// squared is the squared distance of two rows, in one order.
func squared(x, y []float64) float64 {
	sum := 0.0
	for k, v := range x {
		v -= y[k]
		sum += float64(v * v)
	}
	return sum
}

// mean is the mean row.
func mean(m *Matrix) []float64 {
	c := make([]float64, m.D)
	for i := range m.N {
		for k, v := range m.Row(i) {
			c[k] += v
		}
	}
	for k := range c {
		c[k] /= float64(m.N)
	}
	return c
}

// lengths returns the distance of every row from the centre.
func lengths(m *Matrix, centre []float64) []float64 {
	l := make([]float64, m.N)
	for i := range l {
		l[i] = math.Sqrt(squared(m.Row(i), centre))
	}
	return l
}

// narrowed is unit*(m - centre) in float32; lengths are scaled along.
func narrowed(m *Matrix, lengths, centre []float64, unit float64) []float32 {
	f := make([]float32, len(m.X))
	for i := range m.N {
		lengths[i] *= unit
		for k, v := range m.Row(i) {
			f[i*m.D+k] = float32((v - centre[k]) * unit)
		}
	}
	return f
}
