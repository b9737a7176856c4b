package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// FID is the Fréchet distance of two Gaussians with the moments of samples and of real data (Heusel et al. 2017):
// |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½), covariances without bias. It shrinks with the number of rows: compare figures of
// the same number only.
func FID(samples, real *Matrix) (float64, error) {
	if err := comparable("fid", 2, samples, real); err != nil {
		return 0, err
	}
	m1, c1 := moments(samples)
	m2, c2 := moments(real)
	// tr (C1 C2)^½ = tr (S C2 S)^½ with S = C1^½, which is symmetric.
	s, err := root(c1)
	if err != nil {
		return 0, err
	}
	var left, both mat.Dense
	left.Mul(s, c2)
	both.Mul(&left, s)
	sym := mat.NewSymDense(samples.D, nil)
	for i := range samples.D {
		for j := i; j < samples.D; j++ {
			sym.SetSym(i, j, (both.At(i, j)+both.At(j, i))/2)
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(sym, false) {
		return 0, errEigen
	}
	cross := 0.0
	for _, v := range eig.Values(nil) {
		cross += math.Sqrt(max(0, v)) // rounding leaves some below 0
	}
	return max(0, squared(m1, m2)+mat.Trace(c1)+mat.Trace(c2)-2*cross), nil
}

var errEigen = fmt.Errorf("metrics: fid: the eigenvalues did not converge")

// moments returns the mean and the covariance of the rows.
func moments(m *Matrix) ([]float64, *mat.SymDense) {
	c := mean(m)
	centred := NewMatrix(m.N, m.D)
	for i := range m.N {
		for k, v := range m.Row(i) {
			centred.Row(i)[k] = v - c[k]
		}
	}
	cov := mat.NewSymDense(m.D, nil)
	cov.SymOuterK(1/float64(m.N-1), centred.dense().T())
	return c, cov
}

// root is the symmetric square root of a covariance.
func root(c *mat.SymDense) (*mat.Dense, error) {
	var eig mat.EigenSym
	if !eig.Factorize(c, true) {
		return nil, errEigen
	}
	var v, scaled, r mat.Dense
	eig.VectorsTo(&v)
	values := eig.Values(nil)
	for i, l := range values {
		values[i] = math.Sqrt(max(0, l))
	}
	scaled.Mul(&v, mat.NewDiagDense(len(values), values))
	r.Mul(&scaled, v.T())
	return &r, nil
}
