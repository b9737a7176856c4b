package graph

import (
	"fmt"
	"unsafe"

	"github.com/gannet-ml/gannet/kernels"
)

// Form is a packed form of a weight that frozen programs of a graph read, of any batch, on the tier that was in use when it was
// listed.
type Form struct {
	Weight string // the variable
	Bytes  int    // of the form
	key    any    // of Store
	tier   string
	k, n   int // of a product
}

// Forms lists the packed forms that frozen programs of b read, each once, in the order of the nodes.
func Forms(b *Builder) []Form {
	var forms []Form
	seen := map[any]bool{}
	for v := range b.nodes {
		if f, ok := b.form(Value(v)); ok && !seen[f.key] {
			seen[f.key] = true
			forms = append(forms, f)
		}
	}
	return forms
}

// form is the packed form that a node reads of its second input, if it does.
func (b *Builder) form(v Value) (f Form, ok bool) {
	n := &b.nodes[v]
	switch n.Op {
	case OpDot, OpQDot, OpConvOut, OpConvDX, OpQConvOut, OpQConvDX, OpWConvOut, OpWConvDX:
	default:
		return f, false
	}
	w := &b.nodes[n.In[1]]
	if w.Op != OpVar || w.Type.S.Symbolic() {
		return f, false
	}
	f.Weight, f.tier = w.Attr.Name, kernels.Tier()
	switch n.Op {
	case OpDot:
		f.k, f.n = w.Type.S.Dim(0), w.Type.S.Dim(1)
		if n.Attr.TB {
			f.k, f.n = f.n, f.k
		}
		f.key, f.Bytes = packKey{f.Weight, n.Attr.TB}, kernels.PackedBytes(f.k, f.n)
	case OpQDot:
		f.key, f.Bytes = s8Key{f.Weight}, kernels.PackedS8Bytes(w.Type.S.Dim(0), w.Type.S.Dim(1))
	case OpQConvOut, OpQConvDX, OpWConvOut, OpWConvDX:
		l := b.QConvLayer(*n)
		f.Bytes = kernels.PanelsConvU8Bytes(l)
		l.N = 0
		f.key = u8Key{f.Weight, l.ConvShape, l.Role, l.Wide}
	default:
		shape, role := b.convNode(v)
		f.Bytes = kernels.PackedConvBytes(shape, role)
		shape.N = 0
		f.key = convKey{f.Weight, shape, role}
	}
	return f, true
}

// ReadAsStored lists the variables that a frozen program of b reads as they are, beside or instead of their packed forms.
func ReadAsStored(b *Builder) map[string]bool {
	read := map[string]bool{}
	for v := 1; v < len(b.nodes); v++ {
		n := &b.nodes[v]
		_, packed := b.form(Value(v))
		for i, in := range n.In[:ops[n.Op].inputs] {
			if w := &b.nodes[in]; w.Op == OpVar && !(packed && i == 1) {
				read[w.Attr.Name] = true
			}
		}
	}
	for _, o := range b.outputs {
		if w := &b.nodes[o.v]; w.Op == OpVar {
			read[w.Attr.Name] = true
		}
	}
	return read
}

// Packed returns a packed form of a weight in the store. It is made if there is none yet.
func (s *Store) Packed(f Form) []byte {
	switch key := f.key.(type) {
	case packKey:
		return s.packB(key.name, f.k, f.n, key.trans).Panels()
	case s8Key:
		return s.packS8(key.name).Panels()
	case convKey:
		return s.packConv(key.name, key.shape, key.role).Panels()
	case u8Key:
		// How large its words are does not change the form; with which its sums fit, the layer says where it is packed to run.
		return kernels.PackConvU8(kernels.ConvU8Layer{ConvShape: key.shape, Role: key.role, Wide: key.wide, Most: 1,
			Weights: s.tensors[key.name].S8()}).Panels()
	}
	panic("graph: Packed: a form of no graph")
}

// Stored gives the store a packed form of one of its weights, to be used instead of one that it makes, on the
// tier of f. t is U8, and may be longer than the form. An error is one of length, of place in memory, or of content: numbers that are not finite.
func (s *Store) Stored(f Form, t *Tensor) error {
	form := *t
	switch {
	case t.DType != U8 || len(t.Bytes) < f.Bytes:
		return fmt.Errorf("tensor %q is %v%v, the packed form of %q takes %d bytes", t.Name, t.DType, t.Shape, f.Weight, f.Bytes)
	case uintptr(unsafe.Pointer(unsafe.SliceData(t.Bytes)))%64 != 0:
		return fmt.Errorf("tensor %q does not begin at a multiple of 64 bytes", t.Name)
	}
	form.Bytes = t.Bytes[:f.Bytes:f.Bytes]
	switch f.key.(type) {
	case packKey, convKey:
		form.DType, form.Shape = F32, Of(f.Bytes/4)
		if !kernels.AllFinite(form.F32()) {
			return fmt.Errorf("tensor %q holds NaN or infinity", t.Name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored[f.key] = storedForm{form.Bytes, f.tier}
	return nil
}

// weightOf is the weight that a key of a packed form belongs to.
func weightOf(key any) string {
	switch key := key.(type) {
	case packKey:
		return key.name
	case s8Key:
		return key.name
	case convKey:
		return key.name
	case u8Key:
		return key.name
	}
	return ""
}
