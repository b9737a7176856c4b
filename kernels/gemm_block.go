package kernels

import (
	"unsafe"

	"github.com/gannet-ml/gannet/asm"
)

// gemmF32Kernels is what a tier brings to the f32 GEMM.
type gemmF32Kernels struct {
	mr, nr int // rows and columns of a tile
	lanes  int // block reads B in whole vectors of so many columns, a power of two

	// near is how many floats of B the L2 caches of CPUs with this tier hold: tiles read so small a B where it lies, though its
	// steps lie on many pages.
	near int

	// shift is how many columns the last panel takes from the one before where it would have no more itself: two tiles of
	// about the same width are faster than a whole one and a thin one.
	shift int

	packsA bool // block wants A packed, mr rows at a time and zero where there are none, and is faster with all of B packed
	simple bool // block leaves bias and activation to its caller

	// block computes rows x columns of C over at most KBlock steps.
	block func(t *gemmBlock)

	// gemv, where a tier has it, continues chains for a row of C: y[j] = a[aStep*k]*b[ldb*k+j] + y[j] over ascending k, for
	// j < n.
	gemv func(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)

	// gemvFar, where a tier has it, is gemv for a b that a core's L2 cache does not hold.
	gemvFar func(kc, n int, a *float32, aStep int, b *float32, ldb int, y *float32)

	// transpose packs w rows of kc floats, ld apart, as kc groups of w <= width floats, width apart: dst[k*width+i] =
	// src[i*ld+k]. It touches no other element.
	transpose func(dst, src []float32, ld, kc, w, width int)

	// copyRows packs kc rows of w <= width floats, ld apart: dst[k*width+i] = src[k*ld+i]. It touches no other element.
	copyRows func(dst, src []float32, ld, kc, w, width int)
}

// start is the first column of panel j of n columns, or n past the last panel. All panels but the last begin at a multiple
// of nr, are nr wide and filled, but for what the last one takes from the one before.
func (f *gemmF32Kernels) start(j, n int) int {
	at := j * f.nr
	if rest := n - at; j > 0 && 0 < rest && rest <= f.shift {
		at -= f.shift
	}
	return min(at, n)
}

// width is how far apart the steps of a packed panel of so many columns are.
func (f *gemmF32Kernels) width(cols int) int { return (cols + f.lanes - 1) &^ (f.lanes - 1) }

// gemmBlock is the argument of a block kernel.
type gemmBlock struct {
	asm.BlockF32
	pad []float32 // a tile, for a simple kernel
}

var gemmF32Generic = gemmF32Kernels{mr: 4, nr: 4, lanes: 4, packsA: true, simple: true, block: blockGeneric,
	transpose: transposeGeneric, copyRows: copyRowsGeneric}

// gemmTile computes one whole tile A·B over kc steps, where a is packed (mr floats a step) and the steps of b are ldb
// floats apart. It sets c, whose rows are ldc floats apart, or adds to it.
type gemmTile func(kc int, a, b *float32, ldb int, c *float32, ldc int, add bool)

func blockGeneric(t *gemmBlock) { blockOfTiles(t, gemmTileGeneric, 4, 4) }

// blockOfTiles is a simple block kernel made of a kernel for one tile.
func blockOfTiles(t *gemmBlock, tile gemmTile, mr, nr int) {
	if len(t.pad) < mr*nr {
		t.pad = alignedF32(mr * nr)
	}
	for i := 0; i < t.Rows; i += mr {
		rows := min(mr, t.Rows-i)
		a, c := floats(t.A, i/mr*t.APanel), floats(t.C, i*t.CRow)
		// The order of two summands does not matter.
		add := t.Sum != nil
		if rows == mr && t.Cols == nr && (t.Sum == nil || t.Sum == t.C && t.Old == 0) {
			tile(t.KC, a, t.B, t.BStep, c, t.CRow, add || t.Old != 0)
			continue
		}
		tile(t.KC, a, t.B, t.BStep, &t.pad[0], nr, false)
		for x := range rows {
			from, to := t.pad[x*nr:][:t.Cols], unsafe.Slice(floats(c, x*t.CRow), t.Cols)
			if add {
				for y, v := range unsafe.Slice(floats(t.Sum, (i+x)*t.SumRow), t.Cols) {
					from[y] += v
				}
			}
			if t.Old != 0 {
				for y, v := range to {
					from[y] += v
				}
			}
			copy(to, from)
		}
	}
}

// floats is the address of the float that is n after p.
func floats(p *float32, n int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*n)) }

func gemmTileGeneric(kc int, a, b *float32, ldb int, c *float32, ldc int, add bool) {
	as := unsafe.Slice(a, 4*kc)
	bs := unsafe.Slice(b, (kc-1)*ldb+4)
	cs := unsafe.Slice(c, 3*ldc+4)
	var t [16]float32
	for k := range kc {
		ak, bk := as[4*k:][:4], bs[ldb*k:][:4]
		for i := range 4 {
			x, row := ak[i], t[4*i:][:4]
			row[0] = fma32(x, bk[0], row[0])
			row[1] = fma32(x, bk[1], row[1])
			row[2] = fma32(x, bk[2], row[2])
			row[3] = fma32(x, bk[3], row[3])
		}
	}
	for i := range 4 {
		for j := range 4 {
			if add {
				cs[i*ldc+j] += t[4*i+j]
			} else {
				cs[i*ldc+j] = t[4*i+j]
			}
		}
	}
}

func transposeGeneric(dst, src []float32, ld, kc, w, width int) {
	for i := range w {
		for k, v := range src[i*ld:][:kc] {
			dst[k*width+i] = v
		}
	}
}

func copyRowsGeneric(dst, src []float32, ld, kc, w, width int) {
	for k := range kc {
		copy(dst[k*width:k*width+w], src[k*ld:])
	}
}
