package graph

// roundBias moves numbers of up to 2^22 to where floats are one apart.
const roundBias = 3 << 22

// Round is x, of magnitude up to 2^22, rounded half to even. Its gradient is that of x: it passes straight through (Bengio et
// al. 2013).
func (b *Builder) Round(x Value) Value {
	return b.AddScalar(b.AddScalar(x, roundBias), -roundBias)
}

// FakeQuantize is scale*q, where q is x/scale rounded and clamped to the integers lo .. hi: what a program of small integers
// makes of x, in floats. Its gradient is that of x inside the range and 0 beyond; scale, lo and hi, which broadcast, have none.
func (b *Builder) FakeQuantize(x, scale, lo, hi Value) Value {
	s := b.Shape(x)
	constant := func(v Value) Value { return b.BroadcastTo(b.StopGradient(v), s) }
	q := b.Round(b.Min(b.Max(b.Div(x, constant(scale)), constant(lo)), constant(hi)))
	return b.Mul(q, constant(scale))
}

// Largest is the largest number of x, a scalar.
func (b *Builder) Largest(x Value) Value {
	for n := b.Shape(x).Numel(); n > 1; {
		inner := 1 // columns of a matrix, which are compared side by side
		for n%(2*inner) == 0 && inner <= min(512, n/32) {
			inner *= 2
		}
		x = b.Reshape(x, Of(n/inner, inner))
		x, n = b.PickMax(x, x, 0), inner
	}
	return b.Reshape(x, Shape{})
}
