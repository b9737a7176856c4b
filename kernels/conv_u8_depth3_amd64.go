//go:build !purego

package kernels

import (
	"encoding/binary"

	"github.com/gannet-ml/gannet/asm"
)

// A depthwise layer of 3x3 taps and stride 1, the one that networks have, needs no interleaved copy and no sums in memory: a
// kernel slides along a line of the result in a block of channels, brings the three pixels of a column side by side where it
// loads them, for the three pixels of the result that see them, and finishes a pixel whose columns are complete.

// depth3Block is how a tier lays out the constants of a block of channels, and computes some pixels of it.
type depth3Block struct {
	channels int // of a block
	least    int // of a layer
	size     int // bytes of its constants

	// pack fills in the constants of a block: channel i has the weights w[i] of (line, column) (0, 0), (0, 1) and so on.
	pack func(k []byte, w [][9]int8, bias, mult []int32, shift []uint8)

	// run computes n channels of the pixels of some lines.
	run func(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c, n int, k *byte, q *requant)
}

var (
	depth3VNNI = depth3Kernels(depth3Block{channels: 64, least: 1, size: 2560, pack: packDepth3VNNI, run: depth3LinesVNNI})
	depth3AVX2 = depth3Kernels(depth3Block{channels: 8, least: 8, size: 480, pack: packDepth3AVX2, run: depth3LinesAVX2})
)

func depth3Kernels(b depth3Block) *convU8Depth3 {
	return &convU8Depth3{
		bytes: func(p *convU8Plan) int {
			if !b.fits(p) {
				return 0
			}
			return (p.cols + b.channels - 1) / b.channels * b.size
		},
		pack:    b.packLayer,
		prepare: func(r *convU8State, p *Pool) { r.depth3(&b, r.enough(p)) },
		run: func(r *convU8State, p *Pool) {
			p = r.enough(p)
			d := r.depth3(&b, p)
			p.Run(d.parts*r.c.N, d)
		},
	}
}

// fits says that a layer is one of these.
func (b *depth3Block) fits(p *convU8Plan) bool {
	if p.thin != nil || !p.lanes || p.depth != 1 || p.cols != p.in.c || p.cols < b.least || p.stepY != 1 || p.stepX != 1 ||
		len(p.products) != 1 || len(p.products[0].taps) != 9 {
		return false
	}
	dys, dxs := p.products[0].axes()
	return len(dys) == 3 && dxs[1]-dxs[0] == 1
}

// begin returns the channel with which a block begins. The last one of a tier without masks begins with some of the one before.
func (b *depth3Block) begin(block, channels int) int {
	if first := block * b.channels; b.least == 1 {
		return first
	} else {
		return min(first, channels-b.channels)
	}
}

func (b *depth3Block) packLayer(p *PackedConvU8) []byte {
	l, plan := &p.layer, &p.plan
	if l.Wide || l.Mult == nil || !b.fits(plan) {
		return nil
	}
	c, m := plan.cols, &p.mats[0]
	blocks := (c + b.channels - 1) / b.channels
	all := alignedBytes(blocks * b.size)
	for i := range blocks {
		first := b.begin(i, c)
		n := min(b.channels, c-first)
		w := make([][9]int8, n)
		for t, tap := range m.product.taps {
			for j := range w {
				w[j][t] = l.Weights[tap.weight[0]*c+first+j]
			}
		}
		b.pack(all[i*b.size:][:b.size], w, m.bias[0][first:], m.mult[first:], m.shift[first:])
	}
	return all
}

// packDepth3VNNI: in quarter q of a vector of bytes lane i is channel 16*(i/4)+4*q+i%4.
func packDepth3VNNI(k []byte, w [][9]int8, bias, mult []int32, shift []uint8) {
	for q := range 4 {
		for i := range 16 {
			c := i/4*16 + 4*q + i%4
			if c >= len(w) {
				continue
			}
			for x := range 3 {
				for y := range 3 {
					k[256*x+64*q+4*i+y] = byte(w[c][3*y+x])
				}
			}
			binary.LittleEndian.PutUint32(k[768+64*q+4*i:], uint32(bias[c]))
			lane := k[1024+384*q+i%2*64+i/2*8:]
			binary.LittleEndian.PutUint64(lane, uint64(mult[c]))
			binary.LittleEndian.PutUint64(lane[128:], uint64(shift[c]))
			binary.LittleEndian.PutUint64(lane[256:], 1<<(shift[c]-1))
		}
	}
}

// packDepth3AVX2: weights are words, two of a lane side by side.
func packDepth3AVX2(k []byte, w [][9]int8, bias, mult []int32, shift []uint8) {
	put := func(at, c int, first, second int8) {
		binary.LittleEndian.PutUint16(k[at+4*c:], uint16(first))
		binary.LittleEndian.PutUint16(k[at+4*c+2:], uint16(second))
	}
	for c, v := range w {
		for x := range 3 {
			put(32*x, c, v[x], v[3+x])
		}
		third := [5]int8{1: v[6], 2: v[7], 3: v[8]}
		for i := range 4 {
			put(96+32*i, c, third[i], third[i+1])
		}
		binary.LittleEndian.PutUint32(k[224+4*c:], uint32(bias[c]))
		lane := k[256+c%2*32+c/2*8:]
		binary.LittleEndian.PutUint64(lane, uint64(mult[c]))
		binary.LittleEndian.PutUint64(lane[64:], uint64(shift[c]))
		binary.LittleEndian.PutUint64(lane[128:], 1<<63+1<<(shift[c]-1))
		// Of each 4 sums the even ones come first.
		binary.LittleEndian.PutUint32(k[448+c/4*16+c%2*8+c%4/2*4:], uint32(uint64(1)<<(63-shift[c])))
	}
}

func depth3LinesVNNI(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c, n int, k *byte, q *requant) {
	asm.ConvDepth3U8S8_64_VNNI(dst, a, apart, line, lines, outLine, pixels, c, ^uint64(0)>>(64-n), k, q.zero, int32(q.lo), int32(q.hi))
}

func depth3LinesAVX2(dst *uint8, a *byte, apart, line, lines, outLine, pixels, c, _ int, k *byte, q *requant) {
	asm.ConvDepth3U8S8_8_AVX2(dst, a, apart, line, lines, outLine, pixels, c, k, q.zero, int32(q.lo), int32(q.hi))
}

// depth3Run is such a layer at work: a part is some lines of a picture.
type depth3Run struct {
	r     *convU8State
	b     *depth3Block
	lines int // of a part
	parts int // of a picture
	of    *PackedConvU8
	apart int // lines between two taps

	fitted chan *convU8Scratch
	room   int // of every scratch there
}

const (
	depth3Bytes  = 24 << 10 // of the copy of what a part sees: it stays in L1
	depth3Pixels = 1 << 12  // of a call
)

func (r *convU8State) depth3(b *depth3Block, p *Pool) *depth3Run {
	d, ok := r.slide.(*depth3Run)
	if !ok {
		d = new(depth3Run)
		r.slide = d
	}
	plan := &r.packed.plan
	threads := p.Threads()
	d.r, d.b = r, b
	d.lines = max(1, min(plan.out.h, 2*unitRowsU8/plan.out.w, depth3Bytes/(plan.wide*plan.cols)))
	if threads > 1 {
		d.lines = max(1, min(d.lines, plan.out.h*r.c.N/(4*threads)))
	}
	d.parts = (plan.out.h + d.lines - 1) / d.lines
	if d.of != r.packed {
		dys, _ := plan.products[0].axes()
		d.of, d.room, d.apart = r.packed, 0, dys[1]-dys[0]
	}
	r.scratches(threads)
	if room := ((d.lines+2*d.apart)*plan.wide+1)*plan.cols + 16; d.fitted != r.scratch || d.room < room {
		for range r.made {
			s := <-r.scratch
			longer(&s.copy, room)
			longer(&s.zeros, plan.zeroBytes())
			r.scratch <- s
		}
		d.fitted, d.room = r.scratch, room
	}
	return d
}

// Do computes a part. It implements Task.
func (d *depth3Run) Do(part int) {
	r, b := d.r, d.b
	s := <-r.scratch
	p, l := &r.packed.plan, &r.packed.layer
	c, line := p.cols, p.wide*p.cols
	n, line0 := part/d.parts, part%d.parts*d.lines
	lines := min(d.lines, p.out.h-line0)
	tall := lines + 2*d.apart
	r.zeros(s)
	left := min(p.wide, max(0, -p.fromX))
	right := max(left, min(p.wide, p.in.w-p.fromX))
	for i := range tall {
		to := s.copy[i*line:][:line]
		y := line0 + p.fromY + i
		if y < 0 || y >= p.in.h || left == right {
			copy(to, s.zeros)
			continue
		}
		copy(to[:left*c], s.zeros)
		copy(to[left*c:], r.source(n, y, left, right))
		copy(to[right*c:], s.zeros)
	}
	s.q.zero, s.q.lo, s.q.hi = l.Zero, l.Lo, l.Hi
	outLine := p.out.w * c
	out := r.c.Out[(n*p.out.h+line0)*outLine:][:lines*outLine]
	most, pixels := max(1, depth3Pixels/p.out.w), min(p.out.w, depth3Pixels)
	for at := 0; at < c; at += b.channels {
		first, k := b.begin(at/b.channels, c), &r.packed.depth3[at/b.channels*b.size]
		for y := 0; y < lines; y += most {
			for x := 0; x < p.out.w; x += pixels {
				stopPoint()
				b.run(&out[y*outLine+x*c+first], &s.copy[y*line+x*c+first], d.apart*line, line, min(most, lines-y), outLine,
					min(pixels, p.out.w-x), c, min(b.channels, c-first), k, &s.q)
			}
		}
	}
	if l.Table != nil {
		r.t.u8.lookup(out, out, l.Table)
	}
	r.scratch <- s
}
