//go:build !purego

package asm

// The functions of this file are those of the AVX2 tier for any positive n.

//go:noescape
func AbsF32_AVX512(dst, x *float32, n int)

//go:noescape
func AdamF32_AVX512(p, m, v, grad *float32, n int, step, b1, c1, b2, c2, eps, rs float32)

//go:noescape
func AddF32_AVX512(dst, a, b *float32, n int)

//go:noescape
func AddScalarF32_AVX512(dst, x *float32, n int, s float32)

//go:noescape
func AxpyF32_AVX512(y, x *float32, n int, a float32)

//go:noescape
func DivF32_AVX512(dst, a, b *float32, n int)

//go:noescape
func EMAF32_AVX512(avg, p *float32, n int, decay float32)

//go:noescape
func ExpF32_AVX512(dst, x *float32, n int)

//go:noescape
func ExponentF32_AVX512(x *float32, n int) uint32

//go:noescape
func FromI16F32_AVX512(dst *float32, src *int16, n int, scale float32)

//go:noescape
func FromU8F32_AVX512(dst *float32, src *uint8, n int, scale float32)

//go:noescape
func LeakyMaskF32_AVX512(dst, grad, y *float32, n int, slope float32)

//go:noescape
func LeakyReLUF32_AVX512(dst, x *float32, n int, slope float32)

//go:noescape
func LogF32_AVX512(dst, x *float32, n int)

//go:noescape
func MaxF32_AVX512(dst, a, b *float32, n int)

//go:noescape
func MinF32_AVX512(dst, a, b *float32, n int)

//go:noescape
func MulF32_AVX512(dst, a, b *float32, n int)

//go:noescape
func MulScalarF32_AVX512(dst, x *float32, n int, s float32)

//go:noescape
func NegF32_AVX512(dst, x *float32, n int)

//go:noescape
func PickMaxF32_AVX512(dst, v, x *float32, n, pieces, inner int)

//go:noescape
func PutMaxF32_AVX512(dst, grad, x *float32, n, pieces, inner int)

//go:noescape
func ReLUF32_AVX512(dst, x *float32, n int)

//go:noescape
func SGDMomentumF32_AVX512(p, vel, grad *float32, n int, lr, momentum float32)

//go:noescape
func SelectF32_AVX512(dst, c, a, b *float32, n int)

//go:noescape
func SigmoidF32_AVX512(dst, x *float32, n int)

//go:noescape
func SignF32_AVX512(dst, x *float32, n int)

//go:noescape
func SoftplusF32_AVX512(dst, x *float32, n int)

//go:noescape
func SqrtF32_AVX512(dst, x *float32, n int)

//go:noescape
func SubF32_AVX512(dst, a, b *float32, n int)

//go:noescape
func TanhF32_AVX512(dst, x *float32, n int)

//go:noescape
func ToU8F32_AVX512(dst *uint8, x *float32, n int, scale, offset float32)

//go:noescape
func AddRows8F32_AVX512(acc, x *float32, n, ld int)

//go:noescape
func QuotientF32_AVX512(dst, x *float32, n int, s float32)

//go:noescape
func RstdF32_AVX512(dst, x *float32, n int, count, eps float32)
