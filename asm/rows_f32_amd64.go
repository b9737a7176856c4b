//go:build !purego

package asm

// CopyBlocksF32_AVX2 copies count > 0 blocks of block > 0 floats: dst[i*dstStride+k] = src[i*srcStride+k] for k < block.
//
//go:noescape
func CopyBlocksF32_AVX2(dst, src *float32, count, block, dstStride, srcStride int)

// EvenF32_AVX2 sets dst[i] = src[2*i] for i < n, a positive multiple of 8. It reads src[2*n-1].
//
//go:noescape
func EvenF32_AVX2(dst, src *float32, n int)

// InterleaveF32_AVX2 sets dst[2*i] = a[i] and dst[2*i+1] = b[i] for i < n, a positive multiple of 8.
//
//go:noescape
func InterleaveF32_AVX2(dst, a, b *float32, n int)

// Smooth2F32_AVX2 sets dst = (3*near + far, fused) * scale; n >= 8. dst overlaps neither operand.
//
//go:noescape
func Smooth2F32_AVX2(dst, near, far *float32, n int, scale float32)

// Smooth4F32_AVX2 sets dst = (3*(b+c) + (a+d), the last addition fused) * scale; n >= 8. dst overlaps no operand.
//
//go:noescape
func Smooth4F32_AVX2(dst, a, b, c, d *float32, n int, scale float32)

// TakeMaxF32_AVX2 sets best = x and place = code where x > best; n is a positive multiple of 8.
//
//go:noescape
func TakeMaxF32_AVX2(best *float32, place *int32, x *float32, n int, code int32)

// AddPlaceF32_AVX2 adds grad to sum where place is code, and +0 elsewhere; n is a positive multiple of 8.
//
//go:noescape
func AddPlaceF32_AVX2(sum, grad *float32, place *int32, n int, code int32)
