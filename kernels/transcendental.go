package kernels

import "math"

// Transcendental functions, as written sequences of IEEE operations that every tier repeats. The polynomials for exp,
// log and tanh are those of the Cephes library (S. Moshier), evaluated with fused operations. Errors against the exact
// functions: exp 1.1 ulp, log 1, tanh 1.5, sigmoid 2.5, softplus 3; the tests sweep every 1021st float32. NaN gives NaN;
// infinities give the limits; subnormal results are kept.

// Exp sets dst = e^x.
func Exp(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.exp(dst, x) }

// Log sets dst to the natural logarithm of x: -Inf for 0, NaN below.
func Log(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.log(dst, x) }

// Tanh sets dst to the hyperbolic tangent of x.
func Tanh(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.tanh(dst, x) }

// Sigmoid sets dst = 1/(1+e^-x), relatively accurate in both tails.
func Sigmoid(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.sigmoid(dst, x) }

// Softplus sets dst = log(1+e^x), relatively accurate in both tails.
func Softplus(dst, x []float32) { same(len(dst), len(x)); active.Load().vec.softplus(dst, x) }

const (
	log2e   = 1.44269504088896341
	ln2Hi   = 0.693359375
	ln2Lo   = -2.12194440e-4
	expMax  = 88.7228394  // above: +Inf
	expMin  = -103.972084 // below: 0
	magic   = 1.5 * (1 << 23)
	maxBits = 0x7f800000
)

var inf32, nan32 = float32(math.Inf(1)), float32(math.NaN())

// exp32 reduces x = n ln 2 + r, |r| <= ln(2)/2 and multiplies a polynomial by 2^n in two steps, so that a subnormal
// result is rounded once.
func exp32(x float32) float32 {
	y := x
	if !(y < expMax) {
		y = expMax
	}
	if !(y > expMin) {
		y = expMin
	}
	t := fma32(y, log2e, magic)
	n := t - magic
	r := fma32(n, -ln2Hi, y)
	r = fma32(n, -ln2Lo, r)
	p := fma32(1.9875691500e-4, r, 1.3981999507e-3)
	p = fma32(p, r, 8.3334519073e-3)
	p = fma32(p, r, 4.1665795894e-2)
	p = fma32(p, r, 1.6666665459e-1)
	p = fma32(p, r, 5.0000001201e-1)
	q := fma32(p, float32(r*r), r) + 1
	i := int32(math.Float32bits(t)) - int32(math.Float32bits(magic))
	h := i >> 1
	q = float32(q * pow2(h))
	q = float32(q * pow2(i-h))
	if x > expMax {
		q = inf32
	}
	if x < expMin {
		q = 0
	}
	if x != x {
		q = x
	}
	return q
}

// pow2 is 2^n for -126 <= n <= 127.
func pow2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// log32 writes x = 2^e m with m in [sqrt(1/2), sqrt(2)) and evaluates a polynomial in f = m-1.
func log32(x float32) float32 {
	y, bias := x, int32(0)
	if y < 0x1p-126 {
		y, bias = float32(y*(1<<23)), 23
	}
	// Subtracting the bits of sqrt(1/2) puts the exponent where m falls into the interval.
	b := int32(math.Float32bits(y)) - 0x3f3504f3
	e := float32(b>>23 - bias)
	m := math.Float32frombits(uint32(b&0x007fffff + 0x3f3504f3))
	f := m - 1
	z := float32(f * f)
	p := fma32(7.0376836292e-2, f, -1.1514610310e-1)
	p = fma32(p, f, 1.1676998740e-1)
	p = fma32(p, f, -1.2420140846e-1)
	p = fma32(p, f, 1.4249322787e-1)
	p = fma32(p, f, -1.6668057665e-1)
	p = fma32(p, f, 2.0000714765e-1)
	p = fma32(p, f, -2.4999993993e-1)
	p = fma32(p, f, 3.3333331174e-1)
	w := float32(float32(f*z) * p)
	w = fma32(e, ln2Lo, w)
	w = fma32(-0.5, z, w)
	r := fma32(e, ln2Hi, f+w)
	if x == inf32 {
		r = x
	}
	if x == 0 {
		r = -inf32
	}
	if !(x >= 0) {
		r = nan32
	}
	return r
}

// tanh32 is an odd polynomial below 0.625 and 1 - 2/(e^2|x| + 1) beyond.
func tanh32(x float32) float32 {
	a := math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
	z := float32(x * x)
	p := fma32(-5.70498872745e-3, z, 2.06390887954e-2)
	p = fma32(p, z, -5.37397155531e-2)
	p = fma32(p, z, 1.33314422036e-1)
	p = fma32(p, z, -3.33332819422e-1)
	s := fma32(float32(p*z), x, x)
	l := 1 - 2/(exp32(a+a)+1)
	l = math.Float32frombits(math.Float32bits(l) | math.Float32bits(x)&(1<<31))
	if a < 0.625 {
		l = s
	}
	return l
}

func sigmoid32(x float32) float32 {
	t := exp32(math.Float32frombits(math.Float32bits(x) | 1<<31))
	n := t
	if !(x < 0) {
		n = 1
	}
	return n / (1 + t)
}

// softplus32 is max(x, 0) + log(1+t) with t = e^-|x|, and log(1+t) = 2 artanh(t/(2+t)) by its series.
func softplus32(x float32) float32 {
	t := exp32(math.Float32frombits(math.Float32bits(x) | 1<<31))
	s := t / (2 + t)
	z := float32(s * s)
	p := fma32(1.0/15, z, 1.0/13)
	p = fma32(p, z, 1.0/11)
	p = fma32(p, z, 1.0/9)
	p = fma32(p, z, 1.0/7)
	p = fma32(p, z, 1.0/5)
	p = fma32(p, z, 1.0/3)
	l := fma32(float32(p*z), s, s)
	m := x
	if !(m > 0) {
		m = 0
	}
	r := m + (l + l)
	if x != x {
		r = x
	}
	return r
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }
