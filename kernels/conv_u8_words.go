package kernels

import (
	"slices"
	"unsafe"
)

// A tier without a product of words makes it of two products of bytes: a word x is 256*h + l + 2^15 less that, where h and l are
// the bytes of x + 2^15, so that a sum over x is 256 times one over h, whose zero point is 128, and one over l, whose zero
// point is 0. Either may wrap around in 32 bits (where Most is below 255); what their sum leaves of these is right all the same, as
// Bounds has proved that of the whole.

// wordPlanes is the state of that.
type wordPlanes struct {
	of    *PackedConvU8 // what the following belongs to
	convs [2][2]ConvU8  // of the upper and of the lower bytes: of whole rounds, and of what is left of the pictures
	bytes [2][]uint8
	sums  [2][]int32

	c         *ConvU8
	t         *tier
	in, out   int  // where this round begins
	n, m      int  // elements of it
	splitting bool // the round takes words apart, or puts sums together
	scratch   chan *wordScratch
	made      int
}

type wordScratch struct {
	acc [maxTileU8 + 16]int32
}

const (
	planeBytes = 1 << 19 // of sums that are made at a time, if that is not less than a picture's
	planeSplit = 1 << 14 // words of a part that is taken apart
)

// packPlanes packs the layer of either plane; both have the same weights.
func packPlanes(l ConvU8Layer, t *tier, stored []byte) [2]*PackedConvU8 {
	l.Wide, l.InZero, l.Bias, l.Mult, l.Shift = false, 128, nil, nil, nil
	upper := packConvU8(l, t, stored)
	lower := *upper
	lower.layer.InZero = 0
	lower.mats = slices.Clone(upper.mats)
	for i := range lower.mats {
		m := &lower.mats[i]
		m.bias = slices.Clone(m.bias)
		for j := range m.bias {
			m.bias[j] = make([]int32, len(m.bias[j]))
		}
	}
	return [2]*PackedConvU8{upper, &lower}
}

// prepare makes room for rounds of some pictures, and returns how many.
func (r *wordPlanes) prepare(c *ConvU8, packed *PackedConvU8, t *tier, p *Pool) (pictures int) {
	size, results := packed.layer.Sizes(1)
	pictures = max(1, min(c.N, planeBytes/8/max(1, results)))
	r.c, r.t = c, t
	if r.of != packed {
		r.of, r.convs = packed, [2][2]ConvU8{}
	}
	for i := range r.bytes {
		if len(r.bytes[i]) < pictures*size || len(r.sums[i]) < pictures*results {
			r.bytes[i], r.sums[i] = make([]uint8, pictures*size), make([]int32, pictures*results)
		}
		for j, n := range [2]int{pictures, c.N % pictures} {
			q := &r.convs[i][j]
			q.Packed, q.N, q.In, q.Out32 = packed.planes[i], n, r.bytes[i], r.sums[i]
			if j > 0 { // they take turns
				q.run.scratch, q.run.made = r.convs[i][0].run.scratch, r.convs[i][0].run.made
			}
			q.Prepare(p)
		}
	}
	threads := p.Threads()
	if cap(r.scratch) < threads {
		r.scratch, r.made = make(chan *wordScratch, threads), 0
	}
	for ; r.made < threads; r.made++ {
		r.scratch <- new(wordScratch)
	}
	return pictures
}

// run computes c, some pictures at a time.
func (r *wordPlanes) run(c *ConvU8, packed *PackedConvU8, t *tier, p *Pool) {
	pictures := r.prepare(c, packed, t, p)
	l := &packed.layer
	size, results := l.Sizes(1)
	for n := 0; n < c.N; n += pictures {
		some := min(pictures, c.N-n)
		r.in, r.n, r.out, r.m = n*size, some*size, n*results, some*results
		r.splitting = true
		p.Run((r.n+planeSplit-1)/planeSplit, r)
		r.splitting = false
		for i := range r.convs {
			q := &r.convs[i][0]
			if some < pictures {
				q = &r.convs[i][1]
			}
			q.Run(p)
		}
		p.Run((r.m/l.Channels()+r.rows()-1)/r.rows(), r)
	}
	r.c = nil
}

// packWords copies rows, each to a multiple of 4 words.
func packWords(dst []byte, src []int16, lda, k, rows int) {
	width := (k + 3) &^ 3
	to := unsafe.Slice((*int16)(unsafe.Pointer(&dst[0])), len(dst)/2)
	for i := range rows {
		clear(to[i*width+copy(to[i*width:], src[i*lda:][:k]):][:width-k])
	}
}

// asBytes is words as they lie in memory.
func asBytes(x []int16) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(x))), 2*len(x))
}

// rows is how many pixels of sums a part puts together.
func (r *wordPlanes) rows() int { return max(1, planeSplit/r.of.layer.Channels()) }

// Do does a part of the round. It implements Task.
func (r *wordPlanes) Do(part int) {
	if r.splitting {
		lo, hi := part*planeSplit, min((part+1)*planeSplit, r.n)
		upper, lower := r.bytes[0][lo:hi], r.bytes[1][lo:hi]
		for i, v := range r.c.In16[r.in+lo:][:hi-lo] {
			u := uint16(v) ^ 0x8000
			upper[i], lower[i] = uint8(u>>8), uint8(u)
		}
		return
	}
	s := <-r.scratch
	channels := r.of.layer.Channels()
	lo, hi := part*r.rows()*channels, min((part+1)*r.rows()*channels, r.m)
	for col := 0; col < channels; col += maxTileU8 {
		cols := min(maxTileU8, channels-col)
		step := max(1, maxTileU8/cols) * channels
		for at := lo; at < hi; at += step {
			r.together(s, at, min(step, hi-at)/channels, col, cols)
		}
	}
	r.scratch <- s
}

// together finishes some columns of rows of sums from element at on.
func (r *wordPlanes) together(s *wordScratch, at, rows, col, cols int) {
	l, channels := &r.of.layer, r.of.layer.Channels()
	for i := range rows {
		acc := s.acc[i*cols:][:cols]
		upper, lower := r.sums[0][at+i*channels+col:][:cols], r.sums[1][at+i*channels+col:][:cols]
		for j, v := range upper {
			acc[j] = v<<8 + lower[j]
		}
		if l.Bias != nil {
			for j, v := range l.Bias[col:][:cols] {
				acc[j] += v
			}
		}
	}
	to := r.out + at + col
	if r.c.Out32 != nil {
		for i := range rows {
			copy(r.c.Out32[to+i*channels:], s.acc[i*cols:][:cols])
		}
		return
	}
	r.t.words.requant(r.c.Out16[to:], channels, s.acc[:], cols, rows, cols, l.Mult[col:], l.Shift[col:], l.Words)
}
