//go:build !purego

package asm

// The vector kernels take n, a positive multiple of 8, and compute what the function of the same name in package
// kernels says; dst may be an operand.

//go:noescape
func AddF32_NEON(dst, a, b *float32, n int)

//go:noescape
func SubF32_NEON(dst, a, b *float32, n int)

//go:noescape
func MulF32_NEON(dst, a, b *float32, n int)

//go:noescape
func DivF32_NEON(dst, a, b *float32, n int)

//go:noescape
func MaxF32_NEON(dst, a, b *float32, n int)

//go:noescape
func MinF32_NEON(dst, a, b *float32, n int)

// LeakyMaskF32_NEON masks the gradient a by the output b.
//
//go:noescape
func LeakyMaskF32_NEON(dst, a, b *float32, n int, slope float32)

//go:noescape
func AddScalarF32_NEON(dst, x *float32, n int, s float32)

//go:noescape
func MulScalarF32_NEON(dst, x *float32, n int, s float32)

//go:noescape
func LeakyReLUF32_NEON(dst, x *float32, n int, s float32)

//go:noescape
func SqrtF32_NEON(dst, x *float32, n int)

//go:noescape
func ReLUF32_NEON(dst, x *float32, n int)

//go:noescape
func ExpF32_NEON(dst, x *float32, n int)

//go:noescape
func LogF32_NEON(dst, x *float32, n int)

//go:noescape
func TanhF32_NEON(dst, x *float32, n int)

//go:noescape
func SigmoidF32_NEON(dst, x *float32, n int)

//go:noescape
func SoftplusF32_NEON(dst, x *float32, n int)

//go:noescape
func AxpyF32_NEON(y, x *float32, n int, s float32)

//go:noescape
func EMAF32_NEON(avg, p *float32, n int, decay float32)

//go:noescape
func SGDMomentumF32_NEON(p, vel, grad *float32, n int, lr, momentum float32)

//go:noescape
func AdamF32_NEON(p, m, v, grad *float32, n int, step, b1, c1, b2, c2, eps, rsqrtBias2 float32)

// SumF32_NEON adds x to 16 lanes in turn; n is a positive multiple of 16.
//
//go:noescape
func SumF32_NEON(lanes, x *float32, n int)

// SumRowsF32_32_NEON adds to dst[0:32] the sums of rows > 0 rows, cols floats apart, each a chain from +0.
//
//go:noescape
func SumRowsF32_32_NEON(dst, x *float32, rows, cols int)

// PickMaxF32_NEON and PutMaxF32_NEON do the first n columns of pieces > 0 rows, inner floats apart.
//
//go:noescape
func PickMaxF32_NEON(dst, v, x *float32, n, pieces, inner int)

//go:noescape
func PutMaxF32_NEON(dst, grad, x *float32, n, pieces, inner int)

//go:noescape
func FromU8F32_NEON(dst *float32, src *uint8, n int, scale float32)

//go:noescape
func ToU8F32_NEON(dst *uint8, src *float32, n int, scale, offset float32)

//go:noescape
func NegF32_NEON(dst, x *float32, n int)

//go:noescape
func AbsF32_NEON(dst, x *float32, n int)

//go:noescape
func SignF32_NEON(dst, x *float32, n int)

//go:noescape
func QuotientF32_NEON(dst, x *float32, n int, s float32)

//go:noescape
func RstdF32_NEON(dst, x *float32, n int, count, eps float32)

//go:noescape
func SelectF32_NEON(dst, c, a, b *float32, n int)

//go:noescape
func FromI16F32_NEON(dst *float32, src *int16, n int, scale float32)

// ExponentF32_NEON returns the largest exponent field of x, in place; n is a positive multiple of 16.
//
//go:noescape
func ExponentF32_NEON(x *float32, n int) uint32
