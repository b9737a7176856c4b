package kernels

import "unsafe"

// convKernels is what a tier brings to the f32 convolution: products whose left operand is read where it lies, a row of
// it being the pixels that a window sees.
type convKernels struct {
	mr     int   // rows of a tile
	widths []int // columns that a tile can have, widest first, multiples of the last
	lanes  int   // columns of a depthwise tile

	// tile computes rows x width sums over the steps of nseg segments. A segment is convSegment ints: where its steps
	// begin in every row of a, how many there are (> 0), the first one's place among the steps of b, and the rows of a
	// tile that have it: bit i of -1, or of a mask, is row i modulo mr. Row i at step t of a segment is
	// a[aOff[i] + begin + t*aStep]; the steps of b are bStep floats apart. It sets c[cOff[i]:][:width], or adds to it,
	// +0 where a row has no segment. aOff and cOff hold whole tiles of valid offsets.
	tile func(width, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
		cOff *int, add bool, ahead convAhead)

	// ahead is how many lines a tile asks for in two steps: where all of its rows have them, and where some do.
	ahead [2]int

	// depth is tile with lanes columns of a where tile has one element for all columns.
	depth func(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
		cOff *int, add bool, ahead convAhead)

	// thin exchanges the sides: a row of a is a vector of thinLanes pixels at every step, and a step of b is cols <=
	// thinChannels floats. It sets c[cOff[i]+j*cStep:][:thinLanes] for row i and channel j, or adds to it. The last int of
	// a segment is its place in seen: lane l of row i has the segment if bit l of seen[seenOff[i] + place] is set. aOff
	// and seenOff hold whole groups of thinRows valid offsets.
	thinLanes, thinRows int
	thin                func(rows, cols int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
		cOff *int, cStep int, add bool, seen *uint16, seenOff *int)

	// lines goes on with sums in width columns for lines of pixels, by what three neighbouring taps see: pixel p of line i is
	// c[cOff[i]+p*cStep:][:width]. To it, or to +0, come the products of x[xOff[i]+(p+k-1)*xStep+d] and w[(k*depth+d)*width:]
	// for 0 <= k < 3, as far as that is a pixel, and 0 <= d < depth. There are two pixels at least. It may
	// prefetch what lies xAhead and cAhead further.
	lineTiles []lineTile // widest first; none: lines and lineSums are not used
	lines     func(width, lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32, cOff *int,
		cStep int, mode lineMode, bias *float32, xAhead, cAhead int, slope float32)

	// lineSums computes, for width columns, the channels of their lineTile and three neighbouring taps, the sums over nseg pieces of
	// lines. A piece is convSegment ints: where it begins in x, and in y, how many pixels it has (> 0), and whether x goes on
	// before it (bit 0) and after it (bit 1), where else the first tap sees nothing for the first pixel and the third for the last one. It sets
	// c[k*cTap+i*cRow:][:width] for tap k and channel i, or adds to it. It may prefetch what lies xAhead and yAhead further.
	lineSums func(width int, x *float32, xStep int, y *float32, yStep int, segs *int, nseg int, c *float32, cRow, cTap int,
		add bool, xAhead, yAhead int)

	// finish adds bias, if there is one, to n columns of rows of c, which begin where off says, and activates them.
	finish func(v *vecKernels, c []float32, off []int, n int, bias []float32, act Act, slope float32)

	// transpose and copyRows are those of gemmF32Kernels.
	transpose, copyRows func(dst, src []float32, ld, kc, w, width int)
}

// aheadLines is how many lines tiles ask for in kc steps, of all or of some of their rows.
func (k *convKernels) aheadLines(rows, kc int, some bool) int {
	if tiles := rows / k.mr; tiles > 0 && !some {
		return tiles * kc * k.ahead[0] / 2
	}
	return kc * k.ahead[1] / 2
}

// convAhead is where a tile finds what it may prefetch, a line after the other.
type convAhead struct {
	from *float32
	step int // in floats; 0: nothing
}

var convGeneric = convKernels{mr: 4, widths: []int{4}, lanes: 4, thinLanes: 4, thinRows: 1,
	tile: convTileGeneric, depth: convDepthGeneric, thin: convThinGeneric,
	lineTiles: []lineTile{{4, 1}}, lines: convLinesGeneric, lineSums: convLineSumsGeneric, finish: convFinishRows,
	transpose: transposeGeneric, copyRows: copyRowsGeneric}

// convSegment is how many ints a segment of steps is, and convRows says that all rows have it.
const (
	convSegment = 4
	convRows    = -1
)

func convTileGeneric(_, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add bool, _ convAhead) {
	for i := range rows {
		var t [4]float32
		for s := range nseg {
			seg := (*[convSegment]int)(unsafe.Pointer(at(segs, convSegment*s)))
			if seg[3]>>(i%4)&1 == 0 {
				continue
			}
			for n := range seg[1] {
				x := index(a, index(aOff, i)+seg[0]+n*aStep)
				y := (*[4]float32)(unsafe.Pointer(at(b, (seg[2]+n)*bStep)))
				for j := range t {
					t[j] = fma32(x, y[j], t[j])
				}
			}
		}
		putTile(c, index(cOff, i), &t, add)
	}
}

func convDepthGeneric(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool, _ convAhead) {
	for i := range rows {
		var t [4]float32
		for s := range nseg {
			seg := (*[convSegment]int)(unsafe.Pointer(at(segs, convSegment*s)))
			if seg[3]>>(i%4)&1 == 0 {
				continue
			}
			for n := range seg[1] {
				x := (*[4]float32)(unsafe.Pointer(at(a, index(aOff, i)+seg[0]+n*aStep)))
				y := (*[4]float32)(unsafe.Pointer(at(b, (seg[2]+n)*bStep)))
				for j := range t {
					t[j] = fma32(x[j], y[j], t[j])
				}
			}
		}
		putTile(c, index(cOff, i), &t, add)
	}
}

func convThinGeneric(rows, cols int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add bool, seen *uint16, seenOff *int) {
	for i := range rows {
		for j := range cols {
			var t [4]float32
			for s := range nseg {
				seg := (*[convSegment]int)(unsafe.Pointer(at(segs, convSegment*s)))
				lanes := index(seen, index(seenOff, i)+seg[3])
				for n := range seg[1] {
					x := (*[4]float32)(unsafe.Pointer(at(a, index(aOff, i)+seg[0]+n*aStep)))
					y := index(b, (seg[2]+n)*cols+j)
					for l := range t {
						if lanes>>l&1 != 0 {
							t[l] = fma32(x[l], y, t[l])
						}
					}
				}
			}
			putTile(c, index(cOff, i)+j*cStep, &t, add)
		}
	}
}

func putTile(c *float32, off int, t *[4]float32, add bool) {
	row := (*[4]float32)(unsafe.Pointer(at(c, off)))
	if !add {
		*row = *t
		return
	}
	for j, v := range t {
		row[j] += v
	}
}

// convFinishRows finishes a row after the other.
func convFinishRows(v *vecKernels, c []float32, off []int, n int, bias []float32, act Act, slope float32) {
	for _, o := range off {
		row := c[o:][:n]
		if bias != nil {
			v.add(row, row, bias)
		}
		activate(act, slope, v, row)
	}
}

// at returns the address of the i-th element after p, and index its value.
func at[T any](p *T, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(p), i*int(unsafe.Sizeof(*p))))
}

func at4(p *float32, i int) *[4]float32 { return (*[4]float32)(unsafe.Pointer(at(p, i))) }

func index[T any](p *T, i int) T { return *at(p, i) }

// convPanel is a range of columns that one tile covers.
type convPanel struct {
	from, width int
	cols        int // <= width: those that exist
}

// convPanels cuts n columns into panels.
func convPanels(n int, widths []int) []convPanel {
	var ps []convPanel
	unit := widths[len(widths)-1]
	for from := 0; from < n; {
		rest := (n - from + unit - 1) / unit * unit
		w := unit
		for i, x := range widths {
			// The narrowest tile is the slowest: leave none behind where the next width goes twice.
			if x <= rest && !(rest-x == unit && i+1 < len(widths) && 2*widths[i+1] == rest) {
				w = x
				break
			}
		}
		ps = append(ps, convPanel{from, w, min(w, n-from)})
		from += w
	}
	return ps
}
