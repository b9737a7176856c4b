package kernels

import "unsafe"

// PackedB is a right-hand operand laid out for the tiles of one tier, for products that use it many times.
type PackedB struct {
	k, n   int
	b      []float32 // the operand itself, for a tier that is forced later
	ldb    int
	trans  bool
	tier   *tier
	panels []float32 // one after the other, each step by step, zero beyond column n: see gemmF32Kernels.start and width
}

// PackB packs op(B), K x N, for the tier in use. B itself must stay as it is while the result is used.
func PackB(k, n int, b []float32, ldb int, transB bool) *PackedB {
	checkMatrix(k, n, ldb, len(b), transB, "PackB: B")
	p := &PackedB{k: k, n: n, b: b, ldb: ldb, trans: transB}
	p.pack(active.Load())
	return p
}

func (p *PackedB) pack(t *tier) {
	f := &t.f32
	p.tier, p.panels = t, alignedF32(p.k*f.width(p.n))
	for j := range (p.n + f.nr - 1) / f.nr {
		packPanelB(f, p.panels, p.b, p.ldb, p.trans, j, p.k, p.n)
	}
}

// packPanelB packs panel j of op(B), k x n, into its place in panels.
func packPanelB(f *gemmF32Kernels, panels, b []float32, ldb int, trans bool, j, k, n int) {
	from := f.start(j, n)
	cols := f.start(j+1, n) - from
	packPanel(f, panels[from*k:], b, ldb, trans, from, cols, f.width(cols), 0, k)
}

// packPanel packs w <= width lanes of an operand, from lane j0 on, for the steps k0 <= k < k1. Lane j at step k is
// src[k*ld+j], or src[j*ld+k] where trans is set.
func packPanel(t *gemmF32Kernels, dst, src []float32, ld int, trans bool, j0, w, width, k0, k1 int) {
	if k0 == k1 || w == 0 {
		return
	}
	if w < width {
		clear(dst[:(k1-k0)*width])
	}
	for ; k0 < k1; k0 += packSteps {
		kc := min(packSteps, k1-k0)
		if trans {
			t.transpose(dst, src[j0*ld+k0:], ld, kc, w, width)
		} else {
			t.copyRows(dst, src[k0*ld+j0:], ld, kc, w, width)
		}
		dst = dst[kc*width:]
	}
}

// packSteps bounds one call of a packing kernel to some ten microseconds, since assembly cannot be preempted.
const packSteps = 1024

// alignedF32 returns n floats that begin at a multiple of 64 bytes. (Inlined, it and its like are 5 KB more on a board.)
//
//go:noinline
func alignedF32(n int) []float32 {
	s := make([]float32, n+16)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(s)))&63) / 4
	return s[off : off+n : off+n]
}

func checkMatrix(rows, cols, ld, length int, trans bool, what string) {
	if trans {
		rows, cols = cols, rows
	}
	// A division, since a product may overflow.
	if rows < 0 || cols < 0 || ld < cols || rows > 0 && cols > 0 && (length < cols || (length-cols)/ld < rows-1) {
		panic("kernels: " + what + ": too short for its shape")
	}
}
