package kernels

import "math"

// Normalization of x [rows, cols], statistics and application, forward and backward. The mean comes first, the variance
// from the differences to it in a second pass:
//
//	mean = sum(x) / n
//	var  = sum(d*d) / n          d = x - mean rounded, the products fused into the sum
//	rstd = 1 / sqrt(var + eps)   rounded three times
//	h    = (x - mean) * rstd     rounded twice
//	y    = h*gamma + beta        fused; h itself without gamma and beta
//
// Sums along a row are those of Sum: 16 lanes and a fixed tree. Sums down a column are those of SumRows: blocks of RowBlock
// rows, each in ascending order from +0, the blocks' sums added in ascending order to +0. Where it says fused, a fused
// multiply-add takes the place of the addition.

// normKernels are a tier's kernels of normalization and softmax. Those whose name ends in Cols go down columns: they take
// some rows, ld floats apart, and as many columns as the first argument is long. Those that end in Rows go along rows of
// cols elements, densely stored, as many as there are means or sums. Nobody's gamma is 1 and nobody's beta -0, which change
// no number.
type normKernels struct {
	sumCols     func(acc, x []float32, rows, ld int)                     // acc += x, row after row
	squareCols  func(acc, x, mean []float32, rows, ld int)               // acc = d*d + acc
	gradCols    func(sum, dot, g, x, mean, rstd []float32, rows, ld int) // sum += g, dot = g*h + dot
	applyCols   func(y, x []float32, mean, rstd, gamma, beta []float32, rows, ld int)
	dxCols      func(dx, g, x []float32, f columnFactors, rows, ld int)
	totalRows   func(sum, x []float32, cols int)       // the sums
	squareRows  func(sum, x, mean []float32, cols int) // the sums of d*d, fused
	applyRows   func(y, x, mean, rstd, gamma, beta []float32, cols int)
	dxRows      func(dx, g, x, mean, rstd, gamma []float32, cols int, noMean bool)
	paramRows   func(sum, dot, g, x, mean, rstd []float32, cols int) // gradCols with a mean and an rstd for each row
	lessMaxRows func(y, max, x []float32, cols int)                  // y = x - the largest of the row
	scaleRows   func(y, sum []float32, cols int)                     // sum of the row, y = y * (1/sum)
	softRows    func(dx, g, y []float32, cols int)                   // dx = y * (g - sum(g*y)), the sum fused
}

// columnFactors are what the gradient of a column is made of; all are as long as the row.
type columnFactors struct{ mean, rstd, scale, sum, dot []float32 }

var normGeneric = normKernels{
	sumCols: sumColsGeneric, squareCols: squareColsGeneric, gradCols: gradColsGeneric,
	applyCols: applyColsGeneric, dxCols: dxColsGeneric,
	totalRows: totalRowsGeneric, squareRows: squareRowsGeneric, applyRows: applyRowsGeneric,
	dxRows: dxRowsGeneric, paramRows: paramRowsGeneric,
	lessMaxRows: lessMaxRowsGeneric, scaleRows: scaleRowsGeneric, softRows: softRowsGeneric,
}

func sumColsGeneric(acc, x []float32, rows, ld int) {
	for r := range rows {
		for c, v := range x[r*ld:][:len(acc)] {
			acc[c] += v
		}
	}
}

func squareColsGeneric(acc, x, mean []float32, rows, ld int) {
	for r := range rows {
		for c, v := range x[r*ld:][:len(acc)] {
			d := v - mean[c]
			acc[c] = fma32(d, d, acc[c])
		}
	}
}

func gradColsGeneric(sum, dot, g, x, mean, rstd []float32, rows, ld int) {
	for r := range rows {
		for c, v := range x[r*ld:][:len(sum)] {
			gi := g[r*ld+c]
			sum[c] += gi
			dot[c] = fma32(gi, float32((v-mean[c])*rstd[c]), dot[c])
		}
	}
}

func applyColsGeneric(y, x, mean, rstd, gamma, beta []float32, rows, ld int) {
	for r := range rows {
		for c := range mean {
			y[r*ld+c] = fma32(float32((x[r*ld+c]-mean[c])*rstd[c]), gamma[c], beta[c])
		}
	}
}

func dxColsGeneric(dx, g, x []float32, f columnFactors, rows, ld int) {
	for r := range rows {
		for c := range f.mean {
			h := float32((x[r*ld+c] - f.mean[c]) * f.rstd[c])
			t := fma32(-h, f.dot[c], g[r*ld+c]-f.sum[c])
			dx[r*ld+c] = float32(f.scale[c] * t)
		}
	}
}

// sumFused is Sum of a[i]*b[i], the products fused into the sum.
func sumFused(n int, at func(i int) (a, b float32)) float32 {
	var s [16]float32
	for i := range n {
		a, b := at(i)
		s[i%16] = fma32(a, b, s[i%16])
	}
	return sumLanes(&s, nil)
}

func quotientGeneric(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] = v / s
	}
}

func rstdGeneric(dst, x []float32, n, eps float32) {
	for i, v := range x {
		dst[i] = 1 / sqrt32(v/n+eps)
	}
}

func totalRowsGeneric(sum, x []float32, cols int) {
	for r := range sum {
		sum[r] = sumGeneric(x[r*cols:][:cols])
	}
}

func squareRowsGeneric(sum, x, mean []float32, cols int) {
	for r, m := range mean {
		row := x[r*cols:][:cols]
		sum[r] = sumFused(cols, func(i int) (a, b float32) { d := row[i] - m; return d, d })
	}
}

func applyRowsGeneric(y, x, mean, rstd, gamma, beta []float32, cols int) {
	for r, m := range mean {
		for c, v := range x[r*cols:][:cols] {
			y[r*cols+c] = fma32(float32((v-m)*rstd[r]), gamma[c], beta[c])
		}
	}
}

func dxRowsGeneric(dx, g, x, mean, rstd, gamma []float32, cols int, noMean bool) {
	n := float32(cols)
	for r, m := range mean {
		at := func(c int) (e, h float32) {
			return float32(g[r*cols+c] * gamma[c]), float32((x[r*cols+c] - m) * rstd[r])
		}
		var sums, dots [16]float32
		for c := range cols {
			e, h := at(c)
			sums[c%16] += e
			dots[c%16] = fma32(e, h, dots[c%16])
		}
		s, t := sumLanes(&sums, nil)/n, sumLanes(&dots, nil)/n
		if noMean {
			s = 0
		}
		for c := range cols {
			e, h := at(c)
			dx[r*cols+c] = float32(rstd[r] * fma32(-h, t, e-s))
		}
	}
}

func paramRowsGeneric(sum, dot, g, x, mean, rstd []float32, cols int) {
	for r, m := range mean {
		for c, v := range x[r*cols:][:len(sum)] {
			gi := g[r*cols+c]
			sum[c] += gi
			dot[c] = fma32(gi, float32((v-m)*rstd[r]), dot[c])
		}
	}
}

// ColumnNorm normalizes x [Outer, Rows, Cols] with statistics over Rows: batch normalization of NHWC pictures is Outer = 1
// and Rows = N*H*W, instance normalization Outer = N and Rows = H*W. Threads change no bit. A method allocates only on its
// first call with a shape. A ColumnNorm does one thing at a time.
type ColumnNorm struct {
	Outer, Rows, Cols int
	Eps               float32

	X             []float32 // [Outer, Rows, Cols]
	Mean, Rstd    []float32 // [Outer, Cols]
	Var           []float32 // [Outer, Cols], the biased variance, or nil
	Gamma, Beta   []float32 // [Cols], or both nil
	Act           Act       // of Y
	Slope         float32   // of ActLeakyReLU
	Y             []float32 // [Outer, Rows, Cols]; may be X
	G, DX         []float32 // [Outer, Rows, Cols], the gradients to what the activation takes and to X; DX may be G or X
	DGamma, DBeta []float32 // [Outer, Cols], those to Gamma and Beta, of each outer index

	task            columnTask
	affine          affine
	blocks          int       // of rows
	sums, dots      []float32 // [Outer, blocks, Cols]
	scale, sum, dot []float32 // [Outer, Cols]
}

// columnTask is f over all blocks of rows; its parts are perPart of them.
type columnTask struct {
	n       *ColumnNorm
	k       *normKernels
	f       func(n *ColumnNorm, k *normKernels, o, r0, r1, block int)
	perPart int
}

// normGrain is the number of elements of a part of the work.
const normGrain = 1 << 15

// rowGroup is how many rows a kernel goes down at a time: so many that they stay in L1 from one strip of columns to the next.
func rowGroup(cols int) int { return min(max(8, 4096/max(1, cols)), RowBlock) }

// Stats computes Mean, Var and Rstd from X.
func (n *ColumnNorm) Stats(p *Pool) {
	n.check()
	v := &active.Load().vec
	n.each(p, (*ColumnNorm).blockSums)
	for o := range n.Outer {
		m := n.row(n.Mean, o)
		n.fold(m, n.sums, o)
		v.quotient(m, m, float32(n.Rows))
	}
	n.each(p, (*ColumnNorm).blockSquares)
	for o := range n.Outer {
		q := n.row(n.Rstd, o)
		n.fold(q, n.sums, o)
		if n.Var != nil {
			v.quotient(n.row(n.Var, o), q, float32(n.Rows))
		}
		v.rstd(q, q, float32(n.Rows), n.Eps)
	}
}

// Apply computes Y from X, Mean, Rstd, Gamma and Beta, the activation last.
func (n *ColumnNorm) Apply(p *Pool) {
	n.check()
	same(len(n.X), len(n.Y))
	n.each(p, (*ColumnNorm).blockApply)
}

// Gradient is GradientSums and GradientX.
func (n *ColumnNorm) Gradient(p *Pool) {
	n.GradientSums(p)
	n.GradientX(p)
}

// GradientSums computes DBeta = sum(g) and DGamma = sum(g*h), fused, from G, X, Mean and Rstd.
func (n *ColumnNorm) GradientSums(p *Pool) {
	n.check()
	same(len(n.X), len(n.G))
	same(n.Outer*n.Cols, len(n.DGamma), len(n.DBeta))
	n.each(p, (*ColumnNorm).blockGrads)
	for o := range n.Outer {
		n.fold(n.row(n.DBeta, o), n.sums, o)
		n.fold(n.row(n.DGamma, o), n.dots, o)
	}
}

// GradientX computes DX from G, X, Mean, Rstd, Gamma and what GradientSums has computed:
//
//	dx = (gamma*rstd) * ((g - DBeta/Rows) - h*(DGamma/Rows))
//
// the last product in the bracket fused. Without Gamma the first factor is rstd.
func (n *ColumnNorm) GradientX(p *Pool) {
	n.check()
	same(len(n.X), len(n.G), len(n.DX))
	same(n.Outer*n.Cols, len(n.DGamma), len(n.DBeta))
	v := &active.Load().vec
	for o := range n.Outer {
		v.quotient(n.row(n.sum, o), n.row(n.DBeta, o), float32(n.Rows))
		v.quotient(n.row(n.dot, o), n.row(n.DGamma, o), float32(n.Rows))
		copy(n.row(n.scale, o), n.row(n.Rstd, o))
		v.mul(n.row(n.scale, o), n.affine.gamma, n.row(n.scale, o))
	}
	n.each(p, (*ColumnNorm).blockDX)
}

func (n *ColumnNorm) check() {
	if n.Outer < 0 || n.Rows < 1 || n.Cols < 0 {
		panic("kernels: ColumnNorm: bad geometry")
	}
	stats := n.Outer * n.Cols
	same(stats*n.Rows, len(n.X))
	same(stats, len(n.Mean), len(n.Rstd))
	if n.Var != nil {
		same(stats, len(n.Var))
	}
	n.affine.set(n.Gamma, n.Beta, n.Cols)
	n.blocks = (n.Rows + RowBlock - 1) / RowBlock
	n.sums, n.dots = grow(n.sums, stats*n.blocks), grow(n.dots, stats*n.blocks)
	n.scale, n.sum, n.dot = grow(n.scale, stats), grow(n.sum, stats), grow(n.dot, stats)
}

// row is that of outer index o of a tensor [Outer, Cols].
func (n *ColumnNorm) row(x []float32, o int) []float32 { return x[o*n.Cols:][:n.Cols] }

// each calls f for every block of rows of every outer index.
func (n *ColumnNorm) each(p *Pool, f func(n *ColumnNorm, k *normKernels, o, r0, r1, block int)) {
	rows := min(n.Rows, RowBlock)
	n.task = columnTask{n: n, k: &active.Load().norm, f: f, perPart: max(1, normGrain/max(1, rows*n.Cols))}
	total := n.Outer * n.blocks
	p.Run((total+n.task.perPart-1)/n.task.perPart, &n.task)
}

// Do implements Task.
func (t *columnTask) Do(part int) {
	n := t.n
	for i := part * t.perPart; i < min((part+1)*t.perPart, n.Outer*n.blocks); i++ {
		o, block := i/n.blocks, i%n.blocks
		r0 := block * RowBlock
		t.f(n, t.k, o, o*n.Rows+r0, o*n.Rows+min(r0+RowBlock, n.Rows), i)
	}
}

// fold adds the blocks' sums of outer index o.
func (n *ColumnNorm) fold(dst, sums []float32, o int) {
	foldBlocks(dst, sums[o*n.blocks*n.Cols:], n.blocks)
}

// foldBlocks adds rows of sums to +0 in ascending order.
func foldBlocks(dst, sums []float32, blocks int) {
	clear(dst)
	f := active.Load().norm.sumCols
	group := rowGroup(len(dst))
	for b := 0; b < blocks; b += group {
		f(dst, sums[b*len(dst):], min(group, blocks-b), len(dst))
	}
}

func (n *ColumnNorm) blockSums(k *normKernels, _, r0, r1, block int) {
	acc := n.row(n.sums, block)
	clear(acc)
	group := rowGroup(n.Cols)
	for r := r0; r < r1; r += group {
		k.sumCols(acc, n.X[r*n.Cols:], min(group, r1-r), n.Cols)
	}
}

func (n *ColumnNorm) blockSquares(k *normKernels, o, r0, r1, block int) {
	acc := n.row(n.sums, block)
	clear(acc)
	group := rowGroup(n.Cols)
	for r := r0; r < r1; r += group {
		k.squareCols(acc, n.X[r*n.Cols:], n.row(n.Mean, o), min(group, r1-r), n.Cols)
	}
}

func (n *ColumnNorm) blockApply(k *normKernels, o, r0, r1, _ int) {
	group, v := rowGroup(n.Cols), &active.Load().vec
	for r := r0; r < r1; r += group {
		rows := min(group, r1-r)
		k.applyCols(n.Y[r*n.Cols:], n.X[r*n.Cols:], n.row(n.Mean, o), n.row(n.Rstd, o), n.affine.gamma, n.affine.beta, rows,
			n.Cols)
		activate(n.Act, n.Slope, v, n.Y[r*n.Cols:][:rows*n.Cols])
	}
}

func (n *ColumnNorm) blockGrads(k *normKernels, o, r0, r1, block int) {
	sum, dot := n.row(n.sums, block), n.row(n.dots, block)
	clear(sum)
	clear(dot)
	group := rowGroup(n.Cols)
	for r := r0; r < r1; r += group {
		k.gradCols(sum, dot, n.G[r*n.Cols:], n.X[r*n.Cols:], n.row(n.Mean, o), n.row(n.Rstd, o), min(group, r1-r), n.Cols)
	}
}

func (n *ColumnNorm) blockDX(k *normKernels, o, r0, r1, _ int) {
	f := columnFactors{n.row(n.Mean, o), n.row(n.Rstd, o), n.row(n.scale, o), n.row(n.sum, o), n.row(n.dot, o)}
	group := rowGroup(n.Cols)
	for r := r0; r < r1; r += group {
		k.dxCols(n.DX[r*n.Cols:], n.G[r*n.Cols:], n.X[r*n.Cols:], f, min(group, r1-r), n.Cols)
	}
}

// affine is a gamma and a beta, whether they were given or not.
type affine struct{ gamma, beta, ones, zeros []float32 }

func (a *affine) set(gamma, beta []float32, cols int) {
	a.gamma, a.beta = gamma, beta
	if gamma == nil && beta == nil {
		if len(a.ones) != cols {
			a.ones, a.zeros = make([]float32, cols), make([]float32, cols)
			for c := range cols {
				a.ones[c], a.zeros[c] = 1, float32(math.Copysign(0, -1))
			}
		}
		a.gamma, a.beta = a.ones, a.zeros
	}
	same(cols, len(a.gamma), len(a.beta))
}

// grow returns a slice of n elements, x if it is large enough.
func grow(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	return x[:n]
}

// RowNorm normalizes each row of x [Rows, Cols] by statistics of its own: layer normalization over the last axis (or over
// H*W*C with one row a picture), and pixel normalization with NoMean. Threads change no bit. A method allocates only on its
// first call with a shape. A RowNorm does one thing at a time.
type RowNorm struct {
	Rows, Cols int
	Eps        float32
	NoMean     bool // the mean is taken to be 0

	X             []float32 // [Rows, Cols]
	Mean, Rstd    []float32 // [Rows]
	Gamma, Beta   []float32 // [Cols], or both nil
	Y             []float32 // [Rows, Cols]; may be X
	G, DX         []float32 // [Rows, Cols], the gradients to Y and X; DX may be G or X if DGamma and DBeta are nil
	DGamma, DBeta []float32 // [Cols], those to Gamma and Beta, or both nil

	task       rowTask
	affine     affine
	sums, dots []float32 // [blocks of rows, Cols]
}

// Apply computes Mean, Rstd and Y from X, Gamma and Beta.
func (n *RowNorm) Apply(p *Pool) {
	n.check()
	same(len(n.X), len(n.Y))
	n.task.run(p, n, rowApply, n.Rows, n.Cols)
}

// Gradient computes DX, and DGamma and DBeta unless they are nil, from G, X, Mean, Rstd and Gamma:
//
//	e  = g*gamma rounded, or g without Gamma
//	dx = rstd * ((e - sum(e)/Cols) - h*(sum(e*h)/Cols))   the last product in the bracket fused; sum(e*h) fused
//
// with 0 in the place of sum(e)/Cols if NoMean is set. DBeta = sum(g) and DGamma = sum(g*h), fused, down the columns.
func (n *RowNorm) Gradient(p *Pool) {
	n.check()
	same(len(n.X), len(n.G), len(n.DX))
	if n.DGamma != nil || n.DBeta != nil {
		same(n.Cols, len(n.DGamma), len(n.DBeta))
		blocks := (n.Rows + RowBlock - 1) / RowBlock
		n.sums, n.dots = grow(n.sums, blocks*n.Cols), grow(n.dots, blocks*n.Cols)
		n.task.run(p, n, rowParams, n.Rows, n.Cols)
		foldBlocks(n.DBeta, n.sums, blocks)
		foldBlocks(n.DGamma, n.dots, blocks)
	}
	n.task.run(p, n, rowDX, n.Rows, n.Cols)
}

func (n *RowNorm) check() {
	if n.Rows < 0 || n.Cols < 1 {
		panic("kernels: RowNorm: bad geometry")
	}
	same(n.Rows*n.Cols, len(n.X))
	same(n.Rows, len(n.Mean), len(n.Rstd))
	n.affine.set(n.Gamma, n.Beta, n.Cols)
}

// do implements rowWork.
func (n *RowNorm) do(phase rowPhase, k *normKernels, r0, r1 int) {
	x, mean, rstd := n.X[r0*n.Cols:r1*n.Cols], n.Mean[r0:r1], n.Rstd[r0:r1]
	switch phase {
	case rowApply:
		v := &active.Load().vec
		if n.NoMean {
			clear(mean)
		} else {
			k.totalRows(mean, x, n.Cols)
			v.quotient(mean, mean, float32(n.Cols))
		}
		k.squareRows(rstd, x, mean, n.Cols)
		v.rstd(rstd, rstd, float32(n.Cols), n.Eps)
		k.applyRows(n.Y[r0*n.Cols:r1*n.Cols], x, mean, rstd, n.affine.gamma, n.affine.beta, n.Cols)
	case rowParams:
		n.params(k, r0, r1)
	case rowDX:
		k.dxRows(n.DX[r0*n.Cols:r1*n.Cols], n.G[r0*n.Cols:r1*n.Cols], x, mean, rstd, n.affine.gamma, n.Cols, n.NoMean)
	}
}

func (n *RowNorm) params(k *normKernels, r0, r1 int) {
	at := r0 / RowBlock * n.Cols
	sum, dot := n.sums[at:][:n.Cols], n.dots[at:][:n.Cols]
	clear(sum)
	clear(dot)
	group := rowGroup(n.Cols)
	for r := r0; r < r1; r += group {
		e := min(r+group, r1)
		k.paramRows(sum, dot, n.G[r*n.Cols:e*n.Cols], n.X[r*n.Cols:e*n.Cols], n.Mean[r:e], n.Rstd[r:e], n.Cols)
	}
}
