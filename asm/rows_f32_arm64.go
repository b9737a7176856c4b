//go:build !purego

package asm

// CopyBlocksF32_NEON copies count > 0 blocks of block > 0 floats: dst[i*dstStride+k] = src[i*srcStride+k] for k < block.
//
//go:noescape
func CopyBlocksF32_NEON(dst, src *float32, count, block, dstStride, srcStride int)

// EvenF32_NEON sets dst[i] = src[2*i] for i < n, a positive multiple of 8. It reads src[2*n-1].
//
//go:noescape
func EvenF32_NEON(dst, src *float32, n int)

// InterleaveF32_NEON sets dst[2*i] = a[i] and dst[2*i+1] = b[i] for i < n, a positive multiple of 8.
//
//go:noescape
func InterleaveF32_NEON(dst, a, b *float32, n int)

// Interleave3F32_NEON sets dst[6*i+k] = a[3*i+k] and dst[6*i+3+k] = b[3*i+k] for i < count, count > 0, and k < 3.
//
//go:noescape
func Interleave3F32_NEON(dst, a, b *float32, count int)

// Smooth2F32_NEON sets dst = (3*near + far, fused) * scale; n >= 8. dst overlaps neither operand.
//
//go:noescape
func Smooth2F32_NEON(dst, near, far *float32, n int, scale float32)

// Smooth4F32_NEON sets dst = (3*(b+c) + (a+d), the last addition fused) * scale; n >= 8. dst overlaps no operand.
//
//go:noescape
func Smooth4F32_NEON(dst, a, b, c, d *float32, n int, scale float32)

// TakeMaxF32_NEON sets best = x and place = code where x > best; n is a positive multiple of 8.
//
//go:noescape
func TakeMaxF32_NEON(best *float32, place *int32, x *float32, n int, code int32)

// AddPlaceF32_NEON adds grad to sum where place is code, and +0 elsewhere; n is a positive multiple of 8.
//
//go:noescape
func AddPlaceF32_NEON(sum, grad *float32, place *int32, n int, code int32)

// SmoothUpF32_NEON doubles a row of count > 0 pixels of c >= 8 channels, which begins at v+c and has a pixel on either
// side: dst[2*j] = (3*v[j+1] + v[j], fused) * scale, dst[2*j+1] = (3*v[j+1] + v[j+2], fused) * scale, in pixels.
//
//go:noescape
func SmoothUpF32_NEON(dst, v *float32, count, c int, scale float32)

// SmoothUpF32_1_NEON is SmoothUpF32_NEON for one channel; count is a positive multiple of 8.
//
//go:noescape
func SmoothUpF32_1_NEON(dst, v *float32, count int, scale float32)

// SmoothDownF32_NEON halves a row of pixels of c >= 8 channels: dst[j] = (3*(v[2*j+1]+v[2*j+2]) + (v[2*j]+v[2*j+3]), the
// last addition fused) * scale, in pixels, for j < count, count > 0.
//
//go:noescape
func SmoothDownF32_NEON(dst, v *float32, count, c int, scale float32)

// SmoothDownF32_1_NEON is SmoothDownF32_NEON for one channel; count is a positive multiple of 8.
//
//go:noescape
func SmoothDownF32_1_NEON(dst, v *float32, count int, scale float32)

// WindowSumF32_NEON sets pixel j < count of dst, of c >= 8 channels, to scale times the sum, from +0, over rows > 0 rows,
// rowStride floats apart, of taps > 0 pixels each; the windows lie stride floats apart.
//
//go:noescape
func WindowSumF32_NEON(dst, src *float32, count, c, stride, taps, rows, rowStride int, scale float32)

// WindowSumF32_2x2_NEON is WindowSumF32_NEON for one channel and disjoint windows of 2 x 2; count is a positive multiple
// of 8.
//
//go:noescape
func WindowSumF32_2x2_NEON(dst, src *float32, count, rowStride int, scale float32)

// WindowMaxF32_NEON is WindowSumF32_NEON for the first maximum and its place: code, code+1 and so on, and skip more from
// row to row.
//
//go:noescape
func WindowMaxF32_NEON(dst *float32, place *int32, src *float32, count, c, stride, taps, rows, rowStride int, code, skip int32)
