//go:build !purego

package asm

// Normalization and softmax. Lengths are positive and otherwise any. Package kernels says what each function computes,
// operation by operation.

// SumColsF32_AVX512 adds rows of n elements, ld floats apart, to acc, one after the other.
//
//go:noescape
func SumColsF32_AVX512(acc, x *float32, n, rows, ld int)

//go:noescape
func SumColsF32_AVX2(acc, x *float32, n, rows, ld int)

// SquareColsF32_AVX512 adds the squares of x - mean to acc.
//
//go:noescape
func SquareColsF32_AVX512(acc, x, mean *float32, n, rows, ld int)

//go:noescape
func SquareColsF32_AVX2(acc, x, mean *float32, n, rows, ld int)

// GradColsF32_AVX512 adds g to sum and g*h to dot, h = (x-mean)*rstd.
//
//go:noescape
func GradColsF32_AVX512(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)

//go:noescape
func GradColsF32_AVX2(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)

// ApplyColsF32_AVX512 sets y = h*gamma + beta.
//
//go:noescape
func ApplyColsF32_AVX512(y, x, mean, rstd, gamma, beta *float32, n, rows, ld int)

//go:noescape
func ApplyColsF32_AVX2(y, x, mean, rstd, gamma, beta *float32, n, rows, ld int)

// DXColsF32_AVX512 sets dx = scale*((g-sum) - h*dot).
//
//go:noescape
func DXColsF32_AVX512(dx, grad, x, mean, rstd, scale, sum, dot *float32, n, rows, ld int)

//go:noescape
func DXColsF32_AVX2(dx, grad, x, mean, rstd, scale, sum, dot *float32, n, rows, ld int)

// ParamRowsF32_AVX512 is GradCols with a mean and an rstd for each row.
//
//go:noescape
func ParamRowsF32_AVX512(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)

//go:noescape
func ParamRowsF32_AVX2(sum, dot, grad, x, mean, rstd *float32, n, rows, ld int)

// TotalRowsF32_AVX512 sets sum to the sum of each row of cols elements.
//
//go:noescape
func TotalRowsF32_AVX512(sum, x *float32, rows, cols int)

//go:noescape
func TotalRowsF32_AVX2(sum, x *float32, rows, cols int)

// SquareRowsF32_AVX512 sets sum to that of the squares of x - mean for each row.
//
//go:noescape
func SquareRowsF32_AVX512(sum, x, mean *float32, rows, cols int)

//go:noescape
func SquareRowsF32_AVX2(sum, x, mean *float32, rows, cols int)

// ApplyRowsF32_AVX512 sets y = h*gamma + beta.
//
//go:noescape
func ApplyRowsF32_AVX512(y, x, mean, rstd, gamma, beta *float32, rows, cols int)

//go:noescape
func ApplyRowsF32_AVX2(y, x, mean, rstd, gamma, beta *float32, rows, cols int)

// DXRowsF32_AVX512 sets dx = rstd*((e-sum(e)/n) - h*(sum(e*h)/n)), e = g*gamma.
//
//go:noescape
func DXRowsF32_AVX512(dx, grad, x, mean, rstd, gamma *float32, rows, cols int, n float32, noMean int)

//go:noescape
func DXRowsF32_AVX2(dx, grad, x, mean, rstd, gamma *float32, rows, cols int, n float32, noMean int)

// LessMaxRowsF32_AVX512 sets y to x less the largest element of its row.
//
//go:noescape
func LessMaxRowsF32_AVX512(y, max, x *float32, rows, cols int)

//go:noescape
func LessMaxRowsF32_AVX2(y, max, x *float32, rows, cols int)

// ScaleRowsF32_AVX512 divides rows by their sums.
//
//go:noescape
func ScaleRowsF32_AVX512(y, sum *float32, rows, cols int)

//go:noescape
func ScaleRowsF32_AVX2(y, sum *float32, rows, cols int)

// SoftRowsF32_AVX512 sets dx = y*(g - sum(g*y)) for each row.
//
//go:noescape
func SoftRowsF32_AVX512(dx, grad, y *float32, rows, cols int)

//go:noescape
func SoftRowsF32_AVX2(dx, grad, y *float32, rows, cols int)
