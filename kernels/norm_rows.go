package kernels

// Rows that are normalized each by itself: softmax, and how rows are shared out among threads.

// Softmax computes, for every row of X [Rows, Cols], with m the largest element and s the Sum of the exponentials,
//
//	e = Exp(x - m)    y = e * (1/s), rounded twice    lse = m + Log(s)
//
// The largest is that of 16 lanes and the tree of Sum, by comparisons, so that NaN is passed over and then makes the whole
// row NaN; so does an infinite m. Threads change no bit. A method allocates only on its first call with a shape. A Softmax
// does one thing at a time.
type Softmax struct {
	Rows, Cols int

	X, Y []float32 // [Rows, Cols]; Y may be X
	LSE  []float32 // [Rows], the logarithms of the sums of exponentials of the rows, or nil

	G    []float32 // [Rows, Cols], the gradient to Y
	GLSE []float32 // [Rows], the gradient to LSE
	DX   []float32 // [Rows, Cols], the gradient to X; may be G or Y

	task            rowTask
	affine          affine
	max, sum, zeros []float32 // [Rows]
}

// Apply computes Y and LSE from X.
func (n *Softmax) Apply(p *Pool) {
	n.check()
	same(len(n.Y), len(n.X))
	n.task.run(p, n, rowApply, n.Rows, n.Cols)
}

// Gradient computes DX = y * (g - sum(g*y)) from G and Y, the sum fused.
func (n *Softmax) Gradient(p *Pool) {
	n.check()
	same(len(n.Y), len(n.G), len(n.DX))
	n.task.run(p, n, rowDX, n.Rows, n.Cols)
}

// GradientLSE computes DX = y * glse from GLSE and Y.
func (n *Softmax) GradientLSE(p *Pool) {
	n.check()
	same(n.Rows, len(n.GLSE))
	same(len(n.Y), len(n.DX))
	n.task.run(p, n, rowScale, n.Rows, n.Cols)
}

func (n *Softmax) check() {
	if n.Rows < 0 || n.Cols < 1 {
		panic("kernels: Softmax: bad geometry")
	}
	same(n.Rows*n.Cols, len(n.Y))
	if n.LSE != nil {
		same(n.Rows, len(n.LSE))
	}
	n.affine.set(nil, nil, n.Cols)
	n.max, n.sum, n.zeros = grow(n.max, n.Rows), grow(n.sum, n.Rows), grow(n.zeros, n.Rows)
}

// do implements rowWork.
func (n *Softmax) do(phase rowPhase, k *normKernels, r0, r1 int) {
	y := n.Y[r0*n.Cols : r1*n.Cols]
	switch phase {
	case rowApply:
		v := &active.Load().vec
		max, sum := n.max[r0:r1], n.sum[r0:r1]
		k.lessMaxRows(y, max, n.X[r0*n.Cols:r1*n.Cols], n.Cols)
		v.exp(y, y)
		k.scaleRows(y, sum, n.Cols)
		if n.LSE != nil {
			lse := n.LSE[r0:r1]
			v.log(lse, sum)
			v.add(lse, max, lse)
		}
	case rowDX:
		k.softRows(n.DX[r0*n.Cols:r1*n.Cols], n.G[r0*n.Cols:r1*n.Cols], y, n.Cols)
	case rowScale:
		k.applyRows(n.DX[r0*n.Cols:r1*n.Cols], y, n.zeros[r0:r1], n.GLSE[r0:r1], n.affine.gamma, n.affine.beta, n.Cols)
	}
}

// rowPhase says what is to be done with rows.
type rowPhase uint8

const (
	rowApply  rowPhase = iota
	rowDX              // each row by itself
	rowParams          // whole blocks of RowBlock rows
	rowScale
)

// rowWork is what can be done with rows r0 .. r1-1.
type rowWork interface {
	do(phase rowPhase, k *normKernels, r0, r1 int)
}

// rowTask is a phase of rowWork over all rows, so many a part and, since kernels pass over them more than once, so many a
// call that they stay in L1 if they can.
type rowTask struct {
	w                      rowWork
	phase                  rowPhase
	k                      *normKernels
	rows, perPart, perCall int
}

func (t *rowTask) run(p *Pool, w rowWork, phase rowPhase, rows, cols int) {
	perCall := max(1, 4096/cols)
	if phase == rowParams {
		perCall = RowBlock
	}
	perPart := perCall * max(1, normGrain/(perCall*cols))
	k := &active.Load().norm
	if cols > longRow && phase != rowParams {
		k = &normLong
	}
	*t = rowTask{w, phase, k, rows, perPart, perCall}
	p.Run((rows+perPart-1)/perPart, t)
}

// Do implements Task.
func (t *rowTask) Do(part int) {
	end := min((part+1)*t.perPart, t.rows)
	for r := part * t.perPart; r < end; r += t.perCall {
		stopPoint()
		t.w.do(t.phase, t.k, r, min(r+t.perCall, end))
	}
}

func lessMaxRowsGeneric(y, max, x []float32, cols int) {
	for r := range max {
		row := x[r*cols:][:cols]
		var m [16]float32
		for l := range m {
			m[l] = -inf32
		}
		for i, v := range row {
			if v > m[i%16] {
				m[i%16] = v
			}
		}
		for h := 8; h > 0; h /= 2 {
			for l := range h {
				if m[l+h] > m[l] {
					m[l] = m[l+h]
				}
			}
		}
		max[r] = m[0]
		for c, v := range row {
			y[r*cols+c] = v - m[0]
		}
	}
}

func scaleRowsGeneric(y, sum []float32, cols int) {
	for r := range sum {
		row := y[r*cols:][:cols]
		sum[r] = sumGeneric(row)
		f := 1 / sum[r]
		for c, v := range row {
			row[c] = v * f
		}
	}
}

func softRowsGeneric(dx, g, y []float32, cols int) {
	for ; len(dx) > 0; dx, g, y = dx[cols:], g[cols:], y[cols:] {
		t := sumFused(cols, func(i int) (a, b float32) { return g[i], y[i] })
		for c, v := range y[:cols] {
			dx[c] = float32(v * (g[c] - t))
		}
	}
}
