package kernels

import "unsafe"

// Where every group has one channel of the source (for a transposed convolution, of the result), columns of a product would
// be one channel each. Lanes are channels instead: a row of a tile is a pixel's next 16 channels, and each lane holds the
// values that as many neighbouring taps along a line see, side by side, as an instruction multiplies and adds. The copy of
// the source is interleaved for that: a value lies there once for each place that it can have in a lane. Taps beyond the last
// one have zeros for weights, so what their lanes hold does not matter.

// convU8Depth is what a tier brings to depthwise convolutions.
type convU8Depth struct {
	group int // values in a lane
	elem  int // bytes of each, in the copy and of a weight
	rows  int // of a tile

	// interleave sets value j of lane i of dst to element i+j*ld of src, for 0 <= j < group, 0 <= i < n and as many more lanes
	// as make n a multiple of 16. Elements of src are bytes, or words where products are of words.
	interleave func(dst, src []byte, ld, n int)

	// tile sets c, 16 sums a row, to bias plus the sums over the steps of nseg segments, for tiles one below another. Row i
	// begins aOff[i] bytes after a, a segment segs[3s] bytes further; it has segs[3s+1] > 0 steps, aStep bytes apart, and
	// they are those of b, of 16 lanes each, from segs[3s+2] on.
	tile func(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32)
}

// depthLanes is how many channels a panel has.
const depthLanes = 16

var convU8DepthGeneric = convU8Depth{group: 1, elem: 1, rows: 1, interleave: interleaveU8Generic, tile: convU8DepthTileGeneric}

func interleaveU8Generic(dst, src []byte, _, n int) { copy(dst[:roundUp(n, depthLanes)], src) }

func convU8DepthTileGeneric(tiles int, a *byte, aOff *int, aStep int, segs *int, nseg int, b *byte, bias, c *int32) {
	for i := range tiles {
		sums := (*[depthLanes]int32)(unsafe.Pointer(at(c, depthLanes*i)))
		*sums = *(*[depthLanes]int32)(unsafe.Pointer(bias))
		for s := range nseg {
			seg := (*[3]int)(unsafe.Pointer(at(segs, 3*s)))
			for n := range seg[1] {
				x := (*[depthLanes]uint8)(unsafe.Pointer(at(a, index(aOff, i)+seg[0]+n*aStep)))
				w := (*[depthLanes]int8)(unsafe.Pointer(at(b, depthLanes*(seg[2]+n))))
				for l := range sums {
					sums[l] += int32(x[l]) * int32(w[l])
				}
			}
		}
	}
}

// isDepthwise says that lanes of a layer are channels.
func (s ConvShape) isDepthwise() bool { return s.Groups > 1 && s.Groups == s.Cin }

// planDepth sets p up for a depthwise layer.
func (p *convU8Plan) planDepth(t *tier, phases [2]int) {
	d := &t.convU8.depth
	p.lanes, p.groups, p.depth, p.cols = true, 1, 1, p.out.c
	if p.role == ConvDX {
		p.depth = p.in.c / p.out.c
	}
	p.elem = d.group * d.elem
	p.pixel = p.depth * p.cols * p.elem
	for py := range phases[0] {
		for px := range phases[1] {
			p.products = append(p.products, p.product([]convU8Sub{p.sub(py, px)}, phases, [2]int{1, 1}, t))
		}
	}
	p.layout()
	for i := range p.products {
		pr := &p.products[i]
		dys, dxs := pr.axes()
		if len(dxs) > 1 {
			p.apart = dxs[1] - dxs[0] // in all phases the same
		}
		if len(dys) > 1 {
			p.aStep = (dys[1] - dys[0]) * p.line
		}
		pr.k = 0
		set := convU8Set{}
		for x := 0; x < len(dxs); x += d.group {
			for m := range p.depth {
				begin := (dys[0]-p.fromY)*p.line + (dxs[x]-p.fromX)*p.pixel + m*p.cols*p.elem
				set.segs = append(set.segs, begin, len(dys), pr.k)
				pr.k += len(dys)
			}
		}
		pr.sets = []convU8Set{set}
	}
}

// depthMat lays out the weights of a depthwise product in panels of 16 lanes.
func (p *convU8Plan) depthMat(pr *convU8Product, weights []int8, d *convU8Depth) []byte {
	dys, dxs := pr.axes()
	step := depthLanes * p.elem
	b := alignedBytes(roundUp(p.cols, depthLanes) / depthLanes * pr.k * step)
	for c := range p.cols {
		at := b[c/depthLanes*pr.k*step:]
		for x := 0; x < len(dxs); x += d.group {
			for m := range p.depth {
				for y := range dys {
					for j := x; j < min(x+d.group, len(dxs)); j++ {
						w := weights[pr.taps[y*len(dxs)+j].weight[0]*p.shape.Cout+c*p.depth+m]
						lane := at[c%depthLanes*p.elem+(j-x)*d.elem:]
						if lane[0] = byte(w); d.elem == 2 && w < 0 {
							lane[1] = 0xff
						}
					}
					at = at[step:]
				}
			}
		}
	}
	return b
}

// depthLine interleaves a line of the source, of which pixels from left to right are from; the others are zero points.
func (r *convU8State) depthLine(s *convU8Scratch, dst []byte, from []uint8, left, right int) {
	p, d, size := &r.packed.plan, &r.t.convU8.depth, r.size
	channels := p.depth * p.cols
	pixel := channels * size
	line := s.line[:p.wide*pixel]
	copy(line[:left*pixel], s.zeros)
	copy(line[right*pixel:], s.zeros)
	inside := line[left*pixel : right*pixel]
	switch mult := p.shape.Cout / p.shape.Cin; {
	case mult == 1:
		copy(inside, from)
	case p.role == ConvOut:
		for i := range inside {
			inside[i] = from[i/size/mult*size+i%size]
		}
	default:
		for ; len(inside) > 0; inside, from = inside[pixel:], from[pixel:] {
			for i := range pixel {
				c := i / size
				inside[(c%mult*p.cols+c/mult)*size+i%size] = from[i]
			}
		}
	}
	d.interleave(dst, s.line, p.apart*channels, p.wide*channels)
}

// lineBytes is how much of a line, of elements of so many bytes, that is interleaved may be read.
func (p *convU8Plan) lineBytes(d *convU8Depth, size int) int {
	if p.thin != nil {
		return p.in.w * p.in.c * d.elem
	}
	pixel := p.depth * p.cols
	return (roundUp(p.wide*pixel, depthLanes) + (d.group-1)*p.apart*pixel + depthLanes) * size
}
