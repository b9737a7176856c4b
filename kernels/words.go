package kernels

import "math"

// What a quantized program does to activations of 16 bits, where 8 would spoil the picture. A word x stands for scale*x: words
// are signed and have no zero point. Products of words and s8 weights are ConvU8 layers with Wide set; the rest is here.

// WordEnd says how a sum becomes a word: clamp(Requantize(sum), Lo, Hi), and what is below 0 is multiplied by Slope/2^15,
// rounded half up, if there is a Slope.
type WordEnd struct {
	Lo, Hi int16
	Slope  int16 // of a leaky ReLU, 0 .. 32767; 0: none
}

// Word finishes one sum.
func (e WordEnd) Word(sum, mult int32, shift uint8) int16 {
	y := max(int32(e.Lo), min(Requantize(sum, mult, shift), int32(e.Hi)))
	if e.Slope > 0 && y < 0 {
		y = (y*int32(e.Slope) + 1<<14) >> 15
	}
	return int16(y)
}

// PointI16 says how words become others: (sum + bias) >> Shift, clamped to Lo .. Hi. The bias holds half of what is shifted
// out, which rounds half up.
type PointI16 struct {
	Shift  uint8 // 1 .. MaxWordShift
	Lo, Hi int16
}

// MaxWordShift is the largest shift of a PointI16. MaxWordFactor bounds the multipliers of AddI16 and MaxWordBias biases: no
// sum leaves 32 bits.
const (
	MaxWordShift  = 30
	MaxWordFactor = 1 << 14
	MaxWordBias   = 1<<30 - 1
)

// WordTable is a function of words by 256 straight pieces: entry h is its value at 256*(h-128).
type WordTable [257]int16

// wordKernels is what a tier brings to words. The slices of a call that has no lengths are as long as dst.
type wordKernels struct {
	// requant finishes rows of n sums. acc is readable up to the next multiple of 16 columns, mult and shift are too.
	requant func(dst []int16, ldd int, acc []int32, lda, rows, n int, mult []int32, shift []uint8, end WordEnd)

	add    func(dst, x, y []int16, mx, my int16, bias int32, p PointI16)
	scale  func(dst, x, mult []int16, bias []int32, p PointI16)
	lookup func(dst, x []int16, table *WordTable)
	pixels func(dst []uint8, x []int16, table *WordTable)
	widen  func(dst []int16, x []uint8, zero uint8)
	toI16  func(dst []int16, x []float32, scale float32)

	// smoothUp makes two pixels of c channels of each of a line's: (9*a + 3*b + 3*c + d + 8) >> 4 of the nearest pixel a,
	// the next b in the other line, c in this line and d in the other. near and far begin with the pixel before the first.
	smoothUp func(dst, near, far []int16, pixels, c int)
}

var wordsGeneric = wordKernels{requantI16Generic, addI16Generic, scaleI16Generic, lookupI16Generic, pixelsI16Generic, widenU8Generic,
	toI16Generic, smoothUpI16Generic}

func requantI16Generic(dst []int16, ldd int, acc []int32, lda, rows, n int, mult []int32, shift []uint8, end WordEnd) {
	for i := range rows {
		to := dst[i*ldd:][:n]
		for j, x := range acc[i*lda:][:n] {
			to[j] = end.Word(x, mult[j], shift[j])
		}
	}
}

// AddI16 sets dst = clamp((x*mx + y*my + bias) >> shift): the sum of two tensors, each with its own scale, in steps of a third.
// dst may be x or y. No multiplier is beyond MaxWordFactor, and no bias beyond MaxWordBias.
func AddI16(dst, x, y []int16, mx, my int16, bias int32, p PointI16) {
	same(len(dst), len(x), len(y))
	active.Load().words.add(dst, x, y, mx, my, bias, p)
}

func addI16Generic(dst, x, y []int16, mx, my int16, bias int32, p PointI16) {
	a, b, lo, hi, shift := int32(mx), int32(my), int32(p.Lo), int32(p.Hi), p.Shift&31
	for i, v := range x {
		dst[i] = int16(max(lo, min((int32(v)*a+int32(y[i])*b+bias)>>shift, hi)))
	}
}

// ScaleI16 sets dst = clamp((x*mult + bias) >> shift), where element i has the multiplier and the bias number (at+i) modulo
// their length. dst may be x. No bias is beyond MaxWordBias.
func ScaleI16(dst, x []int16, at int, mult []int16, bias []int32, p PointI16) {
	same(len(dst), len(x))
	same(len(mult), len(bias))
	f := active.Load().words.scale
	for at %= len(mult); len(x) > 0; at = 0 {
		n := min(len(x), len(mult)-at)
		f(dst[:n], x[:n], mult[at:][:n], bias[at:][:n], p)
		dst, x = dst[n:], x[n:]
	}
}

func scaleI16Generic(dst, x, mult []int16, bias []int32, p PointI16) {
	lo, hi, shift := int32(p.Lo), int32(p.Hi), p.Shift&31
	mult, bias = mult[:len(x)], bias[:len(x)]
	for i, v := range x {
		dst[i] = int16(max(lo, min((int32(v)*int32(mult[i])+bias[i])>>shift, hi)))
	}
}

// at is the function at x, times 256.
func (t *WordTable) at(x int16) int32 {
	u := uint16(x) ^ 0x8000
	h, f := u>>8, int32(u&255)
	return int32(t[h])*(256-f) + int32(t[h+1])*f
}

// LookupI16 sets dst to a function of each word, rounded half up. dst may be x.
func LookupI16(dst, x []int16, table *WordTable) {
	same(len(dst), len(x))
	active.Load().words.lookup(dst, x, table)
}

func lookupI16Generic(dst, x []int16, table *WordTable) {
	for i, v := range x {
		dst[i] = int16((table.at(v) + 128) >> 8)
	}
}

// PixelsI16 sets dst to a function of each word, which the table has in steps of 1/128, rounded half up and clamped.
func PixelsI16(dst []uint8, x []int16, table *WordTable) {
	same(len(dst), len(x))
	active.Load().words.pixels(dst, x, table)
}

func pixelsI16Generic(dst []uint8, x []int16, table *WordTable) {
	for i, v := range x {
		dst[i] = uint8(max(0, min((table.at(v)+1<<14)>>15, 255)))
	}
}

// WidenU8 sets dst = (x - zero) * 128: bytes as words, exactly.
func WidenU8(dst []int16, x []uint8, zero uint8) {
	same(len(dst), len(x))
	active.Load().words.widen(dst, x, zero)
}

func widenU8Generic(dst []int16, x []uint8, zero uint8) {
	for i, v := range x {
		dst[i] = (int16(v) - int16(zero)) << 7
	}
}

// ToI16 sets dst to x*scale, rounded, clamped to -32767 .. 32767 and rounded to the nearest integer, ties to even. NaN gives
// -32767.
func ToI16(dst []int16, x []float32, scale float32) {
	same(len(dst), len(x))
	active.Load().words.toI16(dst, x, scale)
}

func toI16Generic(dst []int16, x []float32, scale float32) {
	for i, v := range x {
		y := float32(v * scale)
		if !(y > -32767) {
			y = -32767
		}
		dst[i] = int16(math.RoundToEven(float64(min(y, 32767))))
	}
}

func smoothUpI16Generic(dst, near, far []int16, pixels, c int) {
	for ; pixels > 0; pixels-- {
		left, right := dst[:c], dst[c:][:c]
		for i := range c {
			here := 9*int32(near[c+i]) + 3*int32(far[c+i]) + 8
			left[i] = int16((here + 3*int32(near[i]) + int32(far[i])) >> 4)
			right[i] = int16((here + 3*int32(near[2*c+i]) + int32(far[2*c+i])) >> 4)
		}
		dst, near, far = dst[2*c:], near[c:], far[c:]
	}
}

// finishWords makes words of rows of n sums, width sums apart, at the places in out that off says.
func finishWords(t *tier, out []int16, off []int, acc []int32, width, n int, mult []int32, shift []uint8, end WordEnd) {
	for i := 0; i < len(off); {
		// Rows that follow each other at equal distances.
		j, step := i+1, n
		if j < len(off) && off[j] > off[i] {
			for step = off[j] - off[i]; j < len(off) && off[j]-off[j-1] == step; {
				j++
			}
		}
		t.words.requant(out[off[i]:], step, acc[i*width:], width, j-i, n, mult, shift, end)
		i = j
	}
}
