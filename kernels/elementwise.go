package kernels

import "math"

// Elementwise kernels. dst may be one of the operands exactly; all slices are equally long.

// Add sets dst = a + b.
func Add(dst, a, b []float32) { same(len(dst), len(a), len(b)); active.Load().vec.add(dst, a, b) }

// Sub sets dst = a - b.
func Sub(dst, a, b []float32) { same(len(dst), len(a), len(b)); active.Load().vec.sub(dst, a, b) }

// Mul sets dst = a * b.
func Mul(dst, a, b []float32) { same(len(dst), len(a), len(b)); active.Load().vec.mul(dst, a, b) }

// Div sets dst = a / b.
func Div(dst, a, b []float32) { same(len(dst), len(a), len(b)); active.Load().vec.div(dst, a, b) }

// Max sets dst = a > b ? a : b.
func Max(dst, a, b []float32) { same(len(dst), len(a), len(b)); active.Load().vec.max(dst, a, b) }

// Min sets dst = a < b ? a : b.
func Min(dst, a, b []float32) { same(len(dst), len(a), len(b)); active.Load().vec.min(dst, a, b) }

// AddScalar sets dst = x + s.
func AddScalar(dst, x []float32, s float32) {
	same(len(dst), len(x))
	active.Load().vec.addScalar(dst, x, s)
}

// MulScalar sets dst = x * s.
func MulScalar(dst, x []float32, s float32) {
	same(len(dst), len(x))
	active.Load().vec.mulScalar(dst, x, s)
}

// Axpy sets y = a*x + y, fused.
func Axpy(y, x []float32, a float32) { same(len(y), len(x)); active.Load().vec.axpy(y, x, a) }

// Sqrt sets dst to the square root of x, correctly rounded.
func Sqrt(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.sqrt(dst, x) }

// ReLU sets dst = x > 0 ? x : +0.
func ReLU(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.relu(dst, x) }

// LeakyReLU sets dst = x > 0 ? x : slope*x.
func LeakyReLU(dst, x []float32, slope float32) {
	same(len(dst), len(x))
	active.Load().vec.leakyReLU(dst, x, slope)
}

// LeakyMask sets dst = y > 0 ? g : slope*g: the gradient of LeakyReLU and, with slope 0, of ReLU, from its output y.
func LeakyMask(dst, g, y []float32, slope float32) {
	same(len(dst), len(g), len(y))
	active.Load().vec.leakyMask(dst, g, y, slope)
}

// Neg sets dst = -x.
func Neg(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.neg(dst, x) }

// Abs sets dst = |x|.
func Abs(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.abs(dst, x) }

// Sign sets dst to -1, 0 or 1 (0 for NaN).
func Sign(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.sign(dst, x) }

// Select sets dst = c > 0 ? a : b.
func Select(dst, c, a, b []float32) {
	same(len(dst), len(c), len(a), len(b))
	active.Load().vec.choose(dst, c, a, b)
}

// FromU8 sets dst = src * scale.
func FromU8(dst []float32, src []uint8, scale float32) {
	same(len(dst), len(src))
	active.Load().vec.fromU8(dst, src, scale)
}

// FromI16 sets dst = src * scale.
func FromI16(dst []float32, src []int16, scale float32) {
	same(len(dst), len(src))
	active.Load().vec.fromI16(dst, src, scale)
}

// ToU8 sets dst to x*scale + offset (two roundings), clamped to 0 .. 255 and rounded to the nearest integer, ties to
// even. NaN gives 0.
func ToU8(dst []uint8, x []float32, scale, offset float32) {
	same(len(dst), len(x))
	active.Load().vec.toU8(dst, x, scale, offset)
}

// AllFinite reports whether x holds neither NaN nor an infinity.
func AllFinite(x []float32) bool { return active.Load().vec.exponent(x) != maxBits }

func addGeneric(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

func subGeneric(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v - b[i]
	}
}

func mulGeneric(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

func divGeneric(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v / b[i]
	}
}

func maxGeneric(dst, a, b []float32) {
	for i, v := range a {
		if w := b[i]; !(v > w) {
			v = w
		}
		dst[i] = v
	}
}

func minGeneric(dst, a, b []float32) {
	for i, v := range a {
		if w := b[i]; !(v < w) {
			v = w
		}
		dst[i] = v
	}
}

func addScalarGeneric(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] = v + s
	}
}

func mulScalarGeneric(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] = v * s
	}
}

func axpyGeneric(y, x []float32, a float32) {
	for i, v := range x {
		y[i] = fma32(a, v, y[i])
	}
}

func reluGeneric(dst, x []float32) {
	for i, v := range x {
		if !(v > 0) {
			v = 0
		}
		dst[i] = v
	}
}

func leakyReLUGeneric(dst, x []float32, slope float32) {
	for i, v := range x {
		if !(v > 0) {
			v = slope * v
		}
		dst[i] = v
	}
}

func leakyMaskGeneric(dst, g, y []float32, slope float32) {
	for i, v := range g {
		if !(y[i] > 0) {
			v = slope * v
		}
		dst[i] = v
	}
}

func negGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = -v
	}
}

func absGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
	}
}

func signGeneric(dst, x []float32) {
	for i, v := range x {
		var s float32
		if v > 0 {
			s = 1
		} else if v < 0 {
			s = -1
		}
		dst[i] = s
	}
}

func chooseGeneric(dst, c, a, b []float32) {
	for i, v := range c {
		if v > 0 {
			dst[i] = a[i]
		} else {
			dst[i] = b[i]
		}
	}
}

func fromI16Generic(dst []float32, src []int16, scale float32) {
	for i, q := range src {
		dst[i] = float32(q) * scale
	}
}

// exponentGeneric is the largest exponent field of x, not shifted.
func exponentGeneric(x []float32) (e uint32) {
	for _, v := range x {
		e = max(e, math.Float32bits(v)&maxBits)
	}
	return e
}

func fromU8Generic(dst []float32, src []uint8, scale float32) {
	for i, q := range src {
		dst[i] = float32(q) * scale
	}
}

func toU8Generic(dst []uint8, src []float32, scale, offset float32) {
	for i, v := range src {
		v = float32(v*scale) + offset
		if !(v > 0) {
			v = 0
		}
		if !(v < 255) {
			v = 255
		}
		// Adding 2^23 rounds to an integer, ties to even, and leaves it in the low bits.
		dst[i] = uint8(math.Float32bits(v + 1<<23))
	}
}
