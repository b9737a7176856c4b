package kernels

import "math"

// fma32 returns a*b+c rounded once to float32: the one fused multiply-add of every reference. (A plain a*b+c may or may
// not be fused by the compiler, depending on the architecture.)
//
// The product of two float32 is exact in float64, and the sum is rounded once there. Converting that to float32 rounds
// a second time, which is wrong only where the float64 lies on the midpoint of two float32, or where the result is
// subnormal; there the sum is first rounded to odd, which no second rounding can spoil.
func fma32(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := float64(p) + float64(c)
	bits := math.Float64bits(s)
	if bits&0x1fffffff != 0x10000000 && bits<<1 >= 0x7020000000000000 {
		return float32(s)
	}
	return fma32Slow(p, float64(c), s)
}

// fma32Slow converts the float64 sum s = p+c to float32 as if p+c had never been rounded.
func fma32Slow(p, c, s float64) float32 {
	if math.IsInf(s, 0) || math.IsNaN(s) || s == 0 {
		return float32(s)
	}
	// Knuth's two-sum: e is the exact error of s.
	pp := s - c
	cc := s - pp
	e := (p - pp) + (c - cc)
	bits := math.Float64bits(s)
	if e != 0 && bits&1 == 0 {
		// s was rounded to even: step towards the true value, onto the odd neighbour.
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
	}
	return float32(math.Float64frombits(bits))
}
