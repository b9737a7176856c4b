package kernels

import "sync"

// A row of more than longRow elements would keep one call of a row kernel busy for over 100 microseconds. It goes piece by
// piece, through kernels that can be cut: those on plain slices, and those that go down columns, since the 16 lanes of a
// sum along a row are the columns of that row read as a matrix [Cols/16, 16]. The operations and their order stay the same.

const (
	longRow   = 1 << 16 // elements
	longPiece = 4096    // a multiple of 16
)

// normLong stands in for a tier's kernels along rows. There is no paramRows, which goes down columns anyway.
var normLong = normKernels{
	totalRows: totalLong, squareRows: squareLong, applyRows: applyLong, dxRows: dxLong,
	lessMaxRows: lessMaxLong, scaleRows: scaleLong, softRows: softLong,
}

// lanes is a number for each of the 16 lanes of a sum.
type lanes [16]float32

func (l *lanes) set(v float32) {
	for i := range l {
		l[i] = v
	}
}

// longScratch is what goes through function values, from where it would escape to the heap.
type longScratch struct {
	piece                              [longPiece]float32
	sums, dots, mean, rstd, s, t, most lanes
}

var longScratches = sync.Pool{New: func() any { return new(longScratch) }}

// longPieces calls f for the pieces of every row, at element at of the whole and c0 .. c1-1 of the row.
func longPieces(row, cols int, f func(at, c0, c1 int)) {
	for c := 0; c < cols; c += longPiece {
		f(row*cols+c, c, min(c+longPiece, cols))
	}
}

// laneDots adds g and g*h to s.sums and s.dots.
func (s *longScratch) laneDots(k *normKernels, g, x []float32) {
	whole := len(g) &^ 15
	if whole > 0 {
		k.gradCols(s.sums[:], s.dots[:], g, x, s.mean[:], s.rstd[:], whole/16, 16)
	}
	if rest := len(g) - whole; rest > 0 {
		k.gradCols(s.sums[:rest], s.dots[:rest], g[whole:], x[whole:], s.mean[:rest], s.rstd[:rest], 1, 16)
	}
}

func totalLong(sum, x []float32, cols int) {
	v := &active.Load().vec
	for r := range sum {
		sum[r] = v.sum(x[r*cols:][:cols])
	}
}

func squareLong(sum, x, mean []float32, cols int) {
	k := &active.Load().norm
	s := longScratches.Get().(*longScratch)
	defer longScratches.Put(s)
	for r, m := range mean {
		s.sums.set(0)
		s.mean.set(m)
		longPieces(r, cols, func(at, c0, c1 int) {
			n := c1 - c0
			if n >= 16 {
				k.squareCols(s.sums[:], x[at:], s.mean[:], n/16, 16)
			}
			if rest := n % 16; rest > 0 {
				k.squareCols(s.sums[:rest], x[at+n-rest:], s.mean[:rest], 1, 16)
			}
		})
		sum[r] = sumLanes((*[16]float32)(&s.sums), nil)
	}
}

func applyLong(y, x, mean, rstd, gamma, beta []float32, cols int) {
	k := &active.Load().norm
	for r := range mean {
		longPieces(r, cols, func(at, c0, c1 int) {
			n := c1 - c0
			k.applyRows(y[at:][:n], x[at:][:n], mean[r:r+1], rstd[r:r+1], gamma[c0:c1], beta[c0:c1], n)
		})
	}
}

func dxLong(dx, g, x, mean, rstd, gamma []float32, cols int, noMean bool) {
	t := active.Load()
	s := longScratches.Get().(*longScratch)
	defer longScratches.Put(s)
	n := float32(cols)
	for r, m := range mean {
		s.mean.set(m)
		s.rstd.set(rstd[r])
		s.sums.set(0)
		s.dots.set(0)
		longPieces(r, cols, func(at, c0, c1 int) {
			e := s.piece[:c1-c0]
			t.vec.mul(e, g[at:][:len(e)], gamma[c0:c1])
			s.laneDots(&t.norm, e, x[at:])
		})
		s.s.set(sumLanes((*[16]float32)(&s.sums), nil) / n)
		s.t.set(sumLanes((*[16]float32)(&s.dots), nil) / n)
		if noMean {
			s.s.set(0)
		}
		longPieces(r, cols, func(at, c0, c1 int) {
			e := s.piece[:c1-c0]
			t.vec.mul(e, g[at:][:len(e)], gamma[c0:c1])
			whole := len(e) &^ 15
			if whole > 0 {
				f := columnFactors{s.mean[:], s.rstd[:], s.rstd[:], s.s[:], s.t[:]}
				t.norm.dxCols(dx[at:], e, x[at:], f, whole/16, 16)
			}
			if rest := len(e) - whole; rest > 0 {
				f := columnFactors{s.mean[:rest], s.rstd[:rest], s.rstd[:rest], s.s[:rest], s.t[:rest]}
				t.norm.dxCols(dx[at+whole:], e[whole:], x[at+whole:], f, 1, 16)
			}
		})
	}
}

// lessMaxLong may take +0 for -0 where both are largest, which neither an exponential nor a sum with a logarithm shows.
func lessMaxLong(y, max, x []float32, cols int) {
	t := active.Load()
	s := longScratches.Get().(*longScratch)
	defer longScratches.Put(s)
	for r := range max {
		max[r] = -inf32
		longPieces(r, cols, func(at, c0, c1 int) {
			n := c1 - c0
			t.norm.lessMaxRows(s.piece[:n], s.most[:1], x[at:][:n], n)
			if s.most[0] > max[r] {
				max[r] = s.most[0]
			}
		})
		t.vec.addScalar(y[r*cols:][:cols], x[r*cols:][:cols], -max[r])
	}
}

func scaleLong(y, sum []float32, cols int) {
	v := &active.Load().vec
	for r := range sum {
		row := y[r*cols:][:cols]
		sum[r] = v.sum(row)
		v.mulScalar(row, row, 1/sum[r])
	}
}

func softLong(dx, g, y []float32, cols int) {
	t := active.Load()
	s := longScratches.Get().(*longScratch)
	defer longScratches.Put(s)
	// h is y.
	s.mean.set(0)
	s.rstd.set(1)
	for r := range len(dx) / cols {
		s.dots.set(0)
		longPieces(r, cols, func(at, c0, c1 int) { s.laneDots(&t.norm, g[at:][:c1-c0], y[at:]) })
		dot := sumLanes((*[16]float32)(&s.dots), nil)
		longPieces(r, cols, func(at, c0, c1 int) {
			e := s.piece[:c1-c0]
			t.vec.addScalar(e, g[at:][:len(e)], -dot)
			t.vec.mul(dx[at:][:len(e)], y[at:][:len(e)], e)
		})
	}
}
