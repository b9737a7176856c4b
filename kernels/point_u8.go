package kernels

// What a quantized program does to bytes one by one. A byte q stands for scale*(q - zero); scales and zero points are in
// the multipliers and biases below, so that each result is one sum in 32 bits, one shift and one clamp.

// PointU8 says how numbers of 8 bits become others: (sum + Bias) >> Shift, clamped to Lo .. Hi. Bias holds the zero points
// and half of what is shifted out, which rounds half up.
type PointU8 struct {
	Shift  uint8 // 1 .. MaxPointShift
	Lo, Hi uint8
}

// MaxPointShift is the largest shift of a PointU8. MaxPointBias bounds biases: with two products of a byte and 16 bits no
// sum leaves 32 bits, and a sum of MaxPointBias is clamped whatever the shift.
const (
	MaxPointShift = 20
	MaxPointBias  = 1 << 30
)

// pointU8Kernels is what a tier brings to bytes that become others one by one. The slices of a call are as long as dst.
type pointU8Kernels struct {
	add   func(dst, x, y []uint8, mx, my int16, bias int32, p PointU8)
	scale func(dst, x []uint8, mult []int16, bias []int32, p PointU8)

	// threeOne sets dst to 3*near + far; smoothUp makes two pixels of c channels of each of a line of such sums: (3*here +
	// before + 8) >> 4, and with what comes after. sums begin with the pixel before the first.
	threeOne func(dst []uint16, near, far []uint8)
	smoothUp func(dst []uint8, sums []uint16, pixels, c int)
}

var pointU8Generic = pointU8Kernels{addU8Generic, scaleU8Generic, threeOneU8Generic, smoothUpU8Generic}

// AddU8 sets dst = clamp((x*mx + y*my + bias) >> shift): the sum of two tensors, each with its own scale, on the grid of a
// third. dst may be x or y. |bias| is at most MaxPointBias.
func AddU8(dst, x, y []uint8, mx, my int16, bias int32, p PointU8) {
	same(len(dst), len(x), len(y))
	active.Load().point.add(dst, x, y, mx, my, bias, p)
}

func addU8Generic(dst, x, y []uint8, mx, my int16, bias int32, p PointU8) {
	a, b, lo, hi, shift := int32(mx), int32(my), int32(p.Lo), int32(p.Hi), p.Shift&31
	for i, v := range x {
		dst[i] = uint8(max(lo, min((int32(v)*a+int32(y[i])*b+bias)>>shift, hi)))
	}
}

// ScaleU8 sets dst = clamp((x*mult + bias) >> shift), where element i has the multiplier and the bias number (at+i) modulo
// their length: an affine map of every channel, or of every element of a picture. dst may be x. No |bias| is above
// MaxPointBias.
func ScaleU8(dst, x []uint8, at int, mult []int16, bias []int32, p PointU8) {
	same(len(dst), len(x))
	same(len(mult), len(bias))
	f := active.Load().point.scale
	for at %= len(mult); len(x) > 0; at = 0 {
		n := min(len(x), len(mult)-at)
		f(dst[:n], x[:n], mult[at:][:n], bias[at:][:n], p)
		dst, x = dst[n:], x[n:]
	}
}

func scaleU8Generic(dst, x []uint8, mult []int16, bias []int32, p PointU8) {
	lo, hi, shift := int32(p.Lo), int32(p.Hi), p.Shift&31
	mult, bias = mult[:len(x)], bias[:len(x)]
	for i, v := range x {
		dst[i] = uint8(max(lo, min((int32(v)*int32(mult[i])+bias[i])>>shift, hi)))
	}
}

func threeOneU8Generic(dst []uint16, near, far []uint8) {
	near, far = near[:len(dst)], far[:len(dst)]
	for i, v := range near {
		dst[i] = 3*uint16(v) + uint16(far[i])
	}
}

func smoothUpU8Generic(dst []uint8, sums []uint16, pixels, c int) {
	for ; pixels > 0; pixels-- {
		before, here, after := sums[:c], sums[c:][:c], sums[2*c:][:c]
		left, right := dst[:c], dst[c:][:c]
		for i, v := range here {
			left[i], right[i] = uint8((3*v+before[i]+8)>>4), uint8((3*v+after[i]+8)>>4)
		}
		dst, sums = dst[2*c:], sums[c:]
	}
}

// PickMaxU8 is PickMax of bytes.
func PickMaxU8(dst, v, x []uint8, outer, pieces, inner int) {
	same(outer*inner, len(dst))
	same(outer*pieces*inner, len(v), len(x))
	for o := range outer {
		in, to := o*pieces*inner, dst[o*inner:][:inner]
		copy(to, v[in:])
		for i := range to {
			best := x[in+i]
			for p := in + inner + i; p < in+pieces*inner; p += inner {
				if x[p] > best {
					best, to[i] = x[p], v[p]
				}
			}
		}
	}
}
