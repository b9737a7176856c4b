//go:build !purego

package asm

// The functions of this file work on n elements, a positive multiple of 8 (the transcendental ones of 16); dst may be an operand. Package kernels says
// what each computes, operation by operation.

// ExpF32_AVX2 and its kind set dst = f(x).
//
//go:noescape
func ExpF32_AVX2(dst, x *float32, n int)

//go:noescape
func LogF32_AVX2(dst, x *float32, n int)

//go:noescape
func TanhF32_AVX2(dst, x *float32, n int)

//go:noescape
func SigmoidF32_AVX2(dst, x *float32, n int)

//go:noescape
func SoftplusF32_AVX2(dst, x *float32, n int)

//go:noescape
func SqrtF32_AVX2(dst, x *float32, n int)

//go:noescape
func ReLUF32_AVX2(dst, x *float32, n int)

// NegF32_AVX2, AbsF32_AVX2 and SignF32_AVX2 set dst to -x, |x| and the sign of x.
//
//go:noescape
func NegF32_AVX2(dst, x *float32, n int)

//go:noescape
func AbsF32_AVX2(dst, x *float32, n int)

//go:noescape
func SignF32_AVX2(dst, x *float32, n int)

// SelectF32_AVX2 sets dst = c > 0 ? a : b.
//
//go:noescape
func SelectF32_AVX2(dst, c, a, b *float32, n int)

// AddF32_AVX2 and its kind set dst = a (op) b.
//
//go:noescape
func AddF32_AVX2(dst, a, b *float32, n int)

//go:noescape
func SubF32_AVX2(dst, a, b *float32, n int)

//go:noescape
func MulF32_AVX2(dst, a, b *float32, n int)

//go:noescape
func DivF32_AVX2(dst, a, b *float32, n int)

//go:noescape
func MaxF32_AVX2(dst, a, b *float32, n int)

//go:noescape
func MinF32_AVX2(dst, a, b *float32, n int)

// AddScalarF32_AVX2 and MulScalarF32_AVX2 set dst = x (op) s.
//
//go:noescape
func AddScalarF32_AVX2(dst, x *float32, n int, s float32)

//go:noescape
func MulScalarF32_AVX2(dst, x *float32, n int, s float32)

// QuotientF32_AVX2 sets dst = x / s.
//
//go:noescape
func QuotientF32_AVX2(dst, x *float32, n int, s float32)

// RstdF32_AVX2 sets dst = 1/sqrt(x/count + eps).
//
//go:noescape
func RstdF32_AVX2(dst, x *float32, n int, count, eps float32)

// LeakyReLUF32_AVX2 sets dst = x > 0 ? x : slope*x.
//
//go:noescape
func LeakyReLUF32_AVX2(dst, x *float32, n int, slope float32)

// LeakyMaskF32_AVX2 sets dst = y > 0 ? g : slope*g.
//
//go:noescape
func LeakyMaskF32_AVX2(dst, grad, y *float32, n int, slope float32)

// AxpyF32_AVX2 sets y = a*x + y, fused.
//
//go:noescape
func AxpyF32_AVX2(y, x *float32, n int, a float32)

// SumF32_AVX2 adds x, a multiple of 16 long, to 16 interleaved lanes.
//
//go:noescape
func SumF32_AVX2(lanes, x *float32, n int)

// AddRows8F32_AVX2 adds eight rows of n elements, ld floats apart, to acc, one after the other.
//
//go:noescape
func AddRows8F32_AVX2(acc, x *float32, n, ld int)

// PickMaxF32_AVX2 sets dst[i] = v[p,i] for the first p at which x[p,i] is largest; pieces are inner floats apart.
//
//go:noescape
func PickMaxF32_AVX2(dst, v, x *float32, n, pieces, inner int)

// PutMaxF32_AVX2 sets dst[p,i] = g[i] for the p of PickMaxF32_AVX2 and 0 elsewhere.
//
//go:noescape
func PutMaxF32_AVX2(dst, grad, x *float32, n, pieces, inner int)

// SGDMomentumF32_AVX2 makes a step of gradient descent with momentum.
//
//go:noescape
func SGDMomentumF32_AVX2(p, vel, grad *float32, n int, lr, momentum float32)

// AdamF32_AVX2 makes a step of Adam; c1 = 1-b1, c2 = 1-b2.
//
//go:noescape
func AdamF32_AVX2(p, m, v, grad *float32, n int, step, b1, c1, b2, c2, eps, rs float32)

// EMAF32_AVX2 moves avg towards p.
//
//go:noescape
func EMAF32_AVX2(avg, p *float32, n int, decay float32)

// FromU8F32_AVX2 sets dst = src * scale.
//
//go:noescape
func FromU8F32_AVX2(dst *float32, src *uint8, n int, scale float32)

// FromI16F32_AVX2 sets dst = src * scale.
//
//go:noescape
func FromI16F32_AVX2(dst *float32, src *int16, n int, scale float32)

// ToU8F32_AVX2 sets dst to x*scale + offset, clamped and rounded; n is a multiple of 32.
//
//go:noescape
func ToU8F32_AVX2(dst *uint8, x *float32, n int, scale, offset float32)

// ExponentF32_AVX2 returns the bits of the largest exponent field of x, not shifted; n is a multiple of 16.
//
//go:noescape
func ExponentF32_AVX2(x *float32, n int) uint32
