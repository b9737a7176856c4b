package kernels

import (
	"cmp"
	"math"
)

// ConvU8Layer is a quantized convolution (Role ConvOut) or transposed convolution (ConvDX) but for its pictures: activations
// u8 with one zero point, weights s8, sums in int32, exact. In the words of ConvShape, ConvOut computes Y from X and ConvDX
// X from Y; what is computed is the result here, the other one the source. Tensors are channels last and dense.
//
//	acc[pixel, c] = Bias[c] + sum over what the pixel sees of (source - InZero) * weight
//
// A pixel outside the source adds nothing: it is the real number 0, which is InZero. Then as in a GemmU8: the result is acc, or
// clamp(Zero + Requantize(acc, Mult[c], Shift[c]), Lo, Hi), and Table's entry of that where there is a table. Where words are
// asked for it is what Words makes of acc; then Zero, Lo, Hi and Table do not count. The source of a Wide layer is words, and
// there is no InZero; its results are sums or words.
type ConvU8Layer struct {
	ConvShape // N does not count
	Role      ConvRole
	Weights   []int8 // KH x KW x Cin/Groups x Cout
	InZero    uint8
	Bias      []int32 // nil, or one for each channel of the result, as Mult and Shift
	Mult      []int32 // in [2^30, 2^31); may be nil, as Shift, where only int32 results are asked for
	Shift     []uint8 // in [MinShift, MaxShift]
	Zero      int32   // the result's zero point, 0 .. 255
	Lo, Hi    uint8
	Table     *[256]uint8

	Wide  bool
	Most  int32 // the largest magnitude of a word of the source, which the caller has proved; 0 means 32768
	Words WordEnd
}

// ConvU8 is a ConvU8Layer at work on N pictures.
type ConvU8 struct {
	N      int
	Packed *PackedConvU8
	In     []uint8 // the source
	Out    []uint8 // the result
	In16   []int16 // instead of In, of a Wide layer
	Out16  []int16 // instead of Out: words
	Out32  []int32 // or the sums

	run convU8State // kept from call to call, so that a second Run allocates nothing
}

// Channels returns how many channels the result of a layer has.
func (l *ConvU8Layer) Channels() int {
	if l.Role == ConvDX {
		return l.Cin
	}
	return l.Cout
}

// Sizes returns how many elements source and result have for n pictures.
func (l *ConvU8Layer) Sizes(n int) (in, out int) {
	s := l.ConvShape
	s.N = n
	x, _, y := s.Sizes()
	if l.Role == ConvDX {
		return y, x
	}
	return x, y
}

// Bounds returns for each channel of the result what no sum of it exceeds, whatever the source holds and in whatever order
// its products are added, with InZero taken off before or after: |Bias| + 255 times the sum of |weight| over the taps of the
// phase in which that is largest; of a Wide layer, Most times that. PackConvU8 refuses a layer with a bound above math.MaxInt32.
func (l *ConvU8Layer) Bounds() []int64 {
	s := l.normal()
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	bounds := make([]int64, l.Channels())
	most := int64(255)
	if l.Wide {
		most = int64(cmp.Or(l.Most, 1<<15))
	}
	phases := [2]int{1, 1}
	if l.Role == ConvDX {
		phases = [2]int{min(s.StrideH, s.H), min(s.StrideW, s.W)}
	}
	for py := range phases[0] {
		for px := range phases[1] {
			sums := make([]int64, len(bounds))
			ky, _ := axisTaps(l.Role, py, s.KH, s.StrideH, s.PadH, s.DilationH)
			kx, _ := axisTaps(l.Role, px, s.KW, s.StrideW, s.PadW, s.DilationW)
			for _, y := range ky {
				for _, x := range kx {
					for i, w := range l.Weights[(y*s.KW+x)*cg*s.Cout:][:cg*s.Cout] {
						c := i % s.Cout
						if l.Role == ConvDX {
							c = c/og*cg + i/s.Cout
						}
						sums[c] += max(int64(w), -int64(w))
					}
				}
			}
			for c, v := range sums {
				bounds[c] = max(bounds[c], most*v)
			}
		}
	}
	for c := range l.Bias[:min(len(l.Bias), len(bounds))] {
		bounds[c] += max(int64(l.Bias[c]), -int64(l.Bias[c]))
	}
	return bounds
}

// ConvU8Reference computes c the plain way. It is the specification of Run.
func ConvU8Reference(c *ConvU8) {
	l := &c.Packed.layer
	s := l.normal()
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	channels := l.Channels()
	_, results := l.Sizes(c.N)
	product := func(n, h, w, sh, sw, sc, from int, weight int8) int32 {
		if h < 0 || h >= sh || w < 0 || w >= sw {
			return 0
		}
		at := ((n*sh+h)*sw+w)*sc + from
		if l.Wide {
			return int32(c.In16[at]) * int32(weight)
		}
		return (int32(c.In[at]) - int32(l.InZero)) * int32(weight)
	}
	for i := range results {
		ch := i % channels
		var acc int32
		if l.Bias != nil {
			acc = l.Bias[ch]
		}
		for ky := range s.KH {
			for kx := range s.KW {
				if l.Role == ConvOut {
					n, oy, ox := i/channels/s.OW/s.OH, i/channels/s.OW%s.OH, i/channels%s.OW
					h, w := oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW
					for ci := range cg {
						acc += product(n, h, w, s.H, s.W, s.Cin, ch/og*cg+ci, l.Weights[((ky*s.KW+kx)*cg+ci)*s.Cout+ch])
					}
					continue
				}
				n, h, w := i/channels/s.W/s.H, i/channels/s.W%s.H, i/channels%s.W
				oy, ox := h+s.PadH-ky*s.DilationH, w+s.PadW-kx*s.DilationW
				if oy%s.StrideH != 0 || ox%s.StrideW != 0 {
					continue
				}
				for co := range og {
					from := ch/cg*og + co
					acc += product(n, oy/s.StrideH, ox/s.StrideW, s.OH, s.OW, s.Cout, from,
						l.Weights[((ky*s.KW+kx)*cg+ch%cg)*s.Cout+from])
				}
			}
		}
		if c.Out32 != nil {
			c.Out32[i] = acc
			continue
		}
		if c.Out16 != nil {
			c.Out16[i] = l.Words.Word(acc, l.Mult[ch], l.Shift[ch])
			continue
		}
		y := int64(l.Zero) + int64(Requantize(acc, l.Mult[ch], l.Shift[ch]))
		v := uint8(max(int64(l.Lo), min(y, int64(l.Hi))))
		if l.Table != nil {
			v = l.Table[v]
		}
		c.Out[i] = v
	}
}

// check panics unless l can be packed.
func (l *ConvU8Layer) check() {
	s := l.ConvShape
	s.N = 1
	s.check()
	_, weights, _ := s.Sizes()
	channels := l.Channels()
	switch {
	case l.Role >= ConvDW:
		panic("kernels: ConvU8: Role must be ConvOut or ConvDX")
	case len(l.Weights) < weights:
		panic("kernels: ConvU8: Weights is too short for its shape")
	case l.Bias != nil && len(l.Bias) < channels:
		panic("kernels: ConvU8: Bias is shorter than the channels")
	case l.Most < 0 || l.Most > 1<<15:
		panic("kernels: ConvU8: Most must be 0 to 32768")
	case (l.Mult != nil || l.Shift != nil) && (len(l.Mult) < channels || len(l.Shift) < channels):
		panic("kernels: ConvU8: Mult or Shift is shorter than the channels")
	}
	for _, b := range l.Bounds() {
		if b > math.MaxInt32 {
			panic("kernels: ConvU8: a sum may overflow; see Bounds")
		}
	}
}
