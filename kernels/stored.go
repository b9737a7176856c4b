package kernels

import "unsafe"

// Layout is the version of the layouts of packed operands, for files that hold them: it rises when that of any tier changes,
// which TestLayout finds out.
const Layout = 4

// A packed operand may be read from a file instead of being made. What Panels returned, for the same operand on a tier of the
// same name in a program of the same Layout, may be given to StoredB, StoredS8, StoredConv or StoredConvU8 there: as many bytes as
// PackedBytes, PackedS8Bytes, PackedConvBytes or PanelsConvU8Bytes say, from a multiple of 64 on, of which nothing but the length is checked.
// The operand itself is only read where another tier is forced later.

// Panels is the packed form as bytes.
func (p *PackedB) Panels() []byte { return floatBytes(p.panels) }

// Panels is the packed form as bytes.
func (p *PackedS8) Panels() []byte { return p.panels }

// Panels is the packed form as bytes.
func (p *PackedConv) Panels() []byte {
	if p.gemm != nil {
		return p.gemm.Panels()
	}
	return floatBytes(p.panels)
}

// Panels is the packed form of the weights as bytes. What else a layer has is made of its plain weights and constants.
func (p *PackedConvU8) Panels() []byte {
	if p.planes[0] != nil {
		return p.planes[0].Panels()
	}
	var all []byte
	for i := range p.mats {
		part := p.mats[i].lanes
		if b := p.mats[i].b; b != nil {
			part = b.panels
		}
		all = append(all, part...)
		all = append(all, make([]byte, -len(part)&63)...)
	}
	return all
}

// StoredB is PackB with the packed form at hand.
func StoredB(k, n int, b []float32, ldb int, transB bool, panels []byte) *PackedB {
	checkMatrix(k, n, ldb, len(b), transB, "StoredB: B")
	p := &PackedB{k: k, n: n, b: b, ldb: ldb, trans: transB, tier: active.Load()}
	p.panels = bytesFloat(panels, PackedBytes(k, n))
	return p
}

// StoredS8 is PackS8 with the packed form at hand.
func StoredS8(k, n int, b []int8, ldb int, panels []byte) *PackedS8 {
	checkMatrix(k, n, ldb, len(b), false, "StoredS8: B")
	p := &PackedS8{k: k, n: n, b: b, ldb: ldb}
	p.divide(active.Load())
	if len(panels) != PackedS8Bytes(k, n) {
		panic("kernels: StoredS8: the packed form has another length")
	}
	p.panels = panels
	return p
}

// StoredConv is PackConv with the packed form at hand.
func StoredConv(s ConvShape, role ConvRole, weights []float32, panels []byte) *PackedConv {
	p := newPackedConv(s, role, weights)
	if k, n, ok := s.product(role); ok {
		p.gemm = StoredB(k, n, weights, s.Cout, role == ConvDX, panels)
		return p
	}
	p.panels = bytesFloat(panels, PackedConvBytes(s, role))
	return p
}

// StoredConvU8 is PackConvU8 with the packed form of the weights at hand.
func StoredConvU8(l ConvU8Layer, panels []byte) *PackedConvU8 {
	l.check()
	l.N = 0
	if len(panels) != PanelsConvU8Bytes(l) {
		panic("kernels: the stored packed form has another length")
	}
	return packConvU8(l, active.Load().of(&l), panels)
}

func floatBytes(f []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), 4*len(f))
}

func bytesFloat(b []byte, want int) []float32 {
	if len(b) != want {
		panic("kernels: the stored packed form has another length")
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
