//go:build !purego

package asm

// Normalization and softmax. Lengths are positive and otherwise any. Package kernels says what each function computes,
// operation by operation.

// SumColsF32_NEON adds rows of n elements, ld floats apart, to acc, one after the other.
//
//go:noescape
func SumColsF32_NEON(acc, x *float32, n, rows, ld int)

// SquareColsF32_NEON adds the squares of x - mean to acc.
//
//go:noescape
func SquareColsF32_NEON(acc, x, mean *float32, n, rows, ld int)

// GradColsF32_NEON adds g to sum and g*h to dot, h = (x-mean)*rstd.
//
//go:noescape
func GradColsF32_NEON(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)

// ApplyColsF32_NEON sets y = h*gamma + beta.
//
//go:noescape
func ApplyColsF32_NEON(y, x, mean, rstd, gamma, beta *float32, n, rows, ld int)

// DXColsF32_NEON sets dx = scale*((g-sum) - h*dot).
//
//go:noescape
func DXColsF32_NEON(dx, grad, x, mean, rstd, scale, sum, dot *float32, n, rows, ld int)

// ParamRowsF32_NEON is GradCols with a mean and an rstd for each row.
//
//go:noescape
func ParamRowsF32_NEON(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)

// TotalRowsF32_NEON sets sum to the sum of each row of cols elements.
//
//go:noescape
func TotalRowsF32_NEON(sum, x *float32, rows, cols int)

// SquareRowsF32_NEON sets sum to that of the squares of x - mean for each row.
//
//go:noescape
func SquareRowsF32_NEON(sum, x, mean *float32, rows, cols int)

// ApplyRowsF32_NEON sets y = h*gamma + beta.
//
//go:noescape
func ApplyRowsF32_NEON(y, x, mean, rstd, gamma, beta *float32, rows, cols int)

// DXRowsF32_NEON sets dx = rstd*((e-sum(e)/n) - h*(sum(e*h)/n)), e = g*gamma.
//
//go:noescape
func DXRowsF32_NEON(dx, grad, x, mean, rstd, gamma *float32, rows, cols int, n float32, noMean int)

// LessMaxRowsF32_NEON sets y to x less the largest element of its row.
//
//go:noescape
func LessMaxRowsF32_NEON(y, max, x *float32, rows, cols int)

// ScaleRowsF32_NEON divides rows by their sums.
//
//go:noescape
func ScaleRowsF32_NEON(y, sum *float32, rows, cols int)

// SoftRowsF32_NEON sets dx = y*(g - sum(g*y)) for each row.
//
//go:noescape
func SoftRowsF32_NEON(dx, grad, y *float32, rows, cols int)
