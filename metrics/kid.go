package metrics

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// KIDBlock is the number of rows of a block of KID.
const KIDBlock = 1000

// KIDResult is a kernel distance.
type KIDResult struct {
	KID    float64 `json:"kid"`     // about 0, and then also below it, where samples are real
	StdErr float64 `json:"std_err"` // of the mean over blocks; 0 where there is one
	Blocks int     `json:"blocks"`
}

// KID is the squared maximum mean discrepancy with the kernel (x·y/D + 1)³, estimated without bias (Bińkowski et al.
// 2018): the mean over disjoint blocks of block rows of as many samples as real rows. A block takes every n-th row, for rows
// that follow each other may be alike: MNIST's are of one writer. Rows that fill no block are left out.
func KID(samples, real *Matrix, block int) (KIDResult, error) {
	if err := comparable("kid", 2, samples, real); err != nil {
		return KIDResult{}, err
	}
	n := min(samples.N, real.N)
	block = max(2, min(block, n))
	r := KIDResult{Blocks: n / block}
	mmd := make([]float64, r.Blocks)
	for i := range mmd {
		x, y := every(samples, i, r.Blocks, block), every(real, i, r.Blocks, block)
		b := float64(block)
		mmd[i] = (cubes(x, x, true)+cubes(y, y, true))/(b*(b-1)) - 2*cubes(x, y, false)/(b*b)
		r.KID += mmd[i] / float64(r.Blocks)
	}
	if r.Blocks > 1 {
		for _, v := range mmd {
			r.StdErr += (v - r.KID) * (v - r.KID)
		}
		r.StdErr = math.Sqrt(r.StdErr / float64(r.Blocks) / float64(r.Blocks-1))
	}
	return r, nil
}

// every is n rows, the first one and every step-th after it.
func every(m *Matrix, first, step, n int) *Matrix {
	e := NewMatrix(n, m.D)
	for i := range n {
		copy(e.Row(i), m.Row(first+i*step))
	}
	return e
}

// cubes is the sum of the kernel over all pairs of rows; of one matrix with itself without the pairs of a row and itself.
func cubes(x, y *Matrix, self bool) float64 {
	var dots mat.Dense
	dots.Mul(x.dense(), y.dense().T())
	sum := 0.0
	for i := range x.N {
		row := 0.0
		for j, v := range dots.RawRowView(i) {
			if !self || i != j {
				v = v/float64(x.D) + 1
				row += v * v * v
			}
		}
		sum += row
	}
	return sum
}
