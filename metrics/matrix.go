// Package metrics measures how good samples are: functions of feature matrices in float64, each of which is checked against
// an independent implementation (testdata/metrics.py), and the small classifier of pictures that the features come from.
//
// What a figure is worth shows beside that of real data: a function that compares samples with real ones is called a
// second time with real ones in the place of the samples.
package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Matrix is N rows of D numbers: the features of a sample, or the sample itself, a row.
type Matrix struct {
	N, D int
	X    []float64 // [N, D]
}

// NewMatrix returns a matrix of zeros.
func NewMatrix(n, d int) *Matrix { return &Matrix{n, d, make([]float64, n*d)} }

// FromF32 returns rows of d numbers.
func FromF32(x []float32, d int) *Matrix {
	m := NewMatrix(len(x)/d, d)
	for i := range m.X {
		m.X[i] = float64(x[i])
	}
	return m
}

// Row returns row i.
func (m *Matrix) Row(i int) []float64 { return m.X[i*m.D:][:m.D:m.D] }

// Range returns rows lo to hi-1. It shares memory with m.
func (m *Matrix) Range(lo, hi int) *Matrix { return &Matrix{hi - lo, m.D, m.X[lo*m.D : hi*m.D]} }

// dense is m as gonum sees it.
func (m *Matrix) dense() *mat.Dense { return mat.NewDense(m.N, m.D, m.X) }

// comparable reports matrices that a metric cannot compare, for which each must have at least so many rows.
func comparable(what string, least int, ms ...*Matrix) error {
	for _, m := range ms {
		if m.D < 1 || m.D != ms[0].D || len(m.X) != m.N*m.D {
			return fmt.Errorf("metrics: %s: rows of %d and of %d numbers", what, ms[0].D, m.D)
		}
		if m.N < least {
			return fmt.Errorf("metrics: %s: %d rows; at least %d are needed", what, m.N, least)
		}
		for i, v := range m.X {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("metrics: %s: row %d holds %v", what, i/m.D, v)
			}
		}
	}
	return nil
}

// share is that of the n for which is holds.
func share(n int, is func(i int) bool) float64 {
	count := 0
	for i := range n {
		if is(i) {
			count++
		}
	}
	return float64(count) / float64(n)
}
