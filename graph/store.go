package graph

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"unsafe"

	"github.com/gannet-ml/gannet/kernels"
)

// Tensor is a named array. Its memory belongs to a Store, a Program or a mapped file.
type Tensor struct {
	Name  string
	DType DType
	Shape Shape
	Bytes []byte // little-endian on little-endian machines: the machine's own order
}

// NewTensor allocates a zero tensor, aligned to 64 bytes.
func NewTensor(name string, d DType, s Shape) *Tensor {
	if s.Symbolic() {
		panic("graph: NewTensor: the batch is not bound")
	}
	return &Tensor{name, d, s, aligned(s.Numel() * d.Size())}
}

// aligned returns n zero bytes that begin at a multiple of 64.
func aligned(n int) []byte {
	b := make([]byte, n+64)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & 63)
	return b[off : off+n : off+n]
}

func view[T any](t *Tensor, d DType) []T {
	if t.DType != d {
		panic(fmt.Sprintf("graph: tensor %q is %v, not %v", t.Name, t.DType, d))
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(t.Bytes))), t.Shape.Numel())
}

// F32 returns the elements of an F32 tensor; the other views are alike.
func (t *Tensor) F32() []float32 { return view[float32](t, F32) }

// U8 returns the elements of a U8 tensor.
func (t *Tensor) U8() []uint8 { return view[uint8](t, U8) }

// S8 returns the elements of an S8 tensor.
func (t *Tensor) S8() []int8 { return view[int8](t, S8) }

// I16 returns the elements of an I16 tensor.
func (t *Tensor) I16() []int16 { return view[int16](t, I16) }

// I32 returns the elements of an I32 tensor.
func (t *Tensor) I32() []int32 { return view[int32](t, I32) }

// Store holds the variables that programs share, by name, and the packed forms of those that never change.
type Store struct {
	names   []string
	tensors map[string]*Tensor

	mu     sync.Mutex
	packed map[packKey]*kernels.PackedB
	s8     map[s8Key]*kernels.PackedS8
	conv   map[convKey]*kernels.PackedConv
	stored map[any]storedForm // packed forms that came with the weights, by the keys of these three, and u8Key
	qconv  map[qconvKey]*kernels.PackedConvU8
}

// storedForm is a packed form and the tier that reads it.
type storedForm struct {
	bytes []byte
	tier  string
}

type packKey struct {
	name  string
	trans bool
}

type s8Key struct{ name string }

type convKey struct {
	name  string
	shape kernels.ConvShape // without batch
	role  kernels.ConvRole
}

// u8Key is the weights of a quantized convolution, as its kernels read them.
type u8Key struct {
	name  string
	shape kernels.ConvShape // without batch
	role  kernels.ConvRole
	wide  bool
}

// qconvKey is a quantized convolution: the names of its weights, biases, multipliers and shifts, and its constants.
type qconvKey struct {
	names [4]string
	shape kernels.ConvShape // without batch
	role  kernels.ConvRole
	bytes [4]uint8
	wide  bool
	most  int32
	words kernels.WordEnd
	table *[256]uint8
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{tensors: map[string]*Tensor{}, packed: map[packKey]*kernels.PackedB{}, s8: map[s8Key]*kernels.PackedS8{},
		conv: map[convKey]*kernels.PackedConv{}, stored: map[any]storedForm{}, qconv: map[qconvKey]*kernels.PackedConvU8{}}
}

// Put adds a tensor, or replaces one of the same name for programs compiled later.
func (s *Store) Put(t *Tensor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.packed, packKey{t.Name, false})
	delete(s.packed, packKey{t.Name, true})
	delete(s.s8, s8Key{t.Name})
	maps.DeleteFunc(s.conv, func(k convKey, _ *kernels.PackedConv) bool { return k.name == t.Name })
	maps.DeleteFunc(s.stored, func(k any, _ storedForm) bool { return weightOf(k) == t.Name })
	maps.DeleteFunc(s.qconv, func(k qconvKey, _ *kernels.PackedConvU8) bool { return slices.Contains(k.names[:], t.Name) })
	if _, ok := s.tensors[t.Name]; !ok {
		s.names = append(s.names, t.Name)
	}
	s.tensors[t.Name] = t
}

// Alloc adds a zero tensor and returns it.
func (s *Store) Alloc(name string, d DType, shape Shape) *Tensor {
	t := NewTensor(name, d, shape)
	s.Put(t)
	return t
}

// Get returns the tensor of that name, or nil.
func (s *Store) Get(name string) *Tensor { return s.tensors[name] }

// Names returns the names in the order in which they were added.
func (s *Store) Names() []string { return slices.Clone(s.names) }

// Bytes returns the size of all tensors, stored packed forms among them.
func (s *Store) Bytes() int {
	n := 0
	for _, t := range s.tensors {
		n += len(t.Bytes)
	}
	for _, f := range s.stored {
		n += len(f.bytes)
	}
	return n
}

// form returns a packed form that came with the weights, or nil if there is none for the tier in use.
func (s *Store) form(key any) []byte {
	if f := s.stored[key]; f.tier == kernels.Tier() {
		return f.bytes
	}
	return nil
}

// packB returns the packed form of a matrix that never changes, [rows, cols] in memory.
func (s *Store) packB(name string, k, n int, trans bool) *kernels.PackedB {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := packKey{name, trans}
	p := s.packed[key]
	if p == nil {
		t := s.tensors[name]
		if form := s.form(key); form != nil {
			p = kernels.StoredB(k, n, t.F32(), t.Shape.Dim(1), trans, form)
		} else {
			p = kernels.PackB(k, n, t.F32(), t.Shape.Dim(1), trans)
		}
		s.packed[key] = p
	}
	return p
}

func (s *Store) packS8(name string) *kernels.PackedS8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s8Key{name}
	p := s.s8[key]
	if p == nil {
		t := s.tensors[name]
		if form := s.form(key); form != nil {
			p = kernels.StoredS8(t.Shape.Dim(0), t.Shape.Dim(1), t.S8(), t.Shape.Dim(1), form)
		} else {
			p = kernels.PackS8(t.Shape.Dim(0), t.Shape.Dim(1), t.S8(), t.Shape.Dim(1))
		}
		s.s8[key] = p
	}
	return p
}

// packConv returns the packed form of the weights of a convolution that never change.
func (s *Store) packConv(name string, shape kernels.ConvShape, role kernels.ConvRole) *kernels.PackedConv {
	s.mu.Lock()
	defer s.mu.Unlock()
	shape.N = 0
	key := convKey{name, shape, role}
	p := s.conv[key]
	if p == nil {
		if form := s.form(key); form != nil {
			p = kernels.StoredConv(shape, role, s.tensors[name].F32(), form)
		} else {
			p = kernels.PackConv(shape, role, s.tensors[name].F32())
		}
		s.conv[key] = p
	}
	return p
}

// packQConv returns the packed form of a quantized convolution that never changes.
func (s *Store) packQConv(key qconvKey, l kernels.ConvU8Layer) *kernels.PackedConvU8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.qconv[key]
	if p == nil {
		if form := s.form(u8Key{key.names[0], key.shape, key.role, key.wide}); form != nil {
			p = kernels.StoredConvU8(l, form)
		} else {
			p = kernels.PackConvU8(l)
		}
		s.qconv[key] = p
	}
	return p
}

// check reports a variable of the graph that the store lacks or holds with another type.
func (s *Store) check(b *Builder) error {
	for _, n := range b.nodes {
		if n.Op != OpVar {
			continue
		}
		t := s.tensors[n.Attr.Name]
		if t == nil {
			return fmt.Errorf("graph: variable %q is missing", n.Attr.Name)
		}
		if got := (Type{t.DType, t.Shape}); got != n.Type {
			return fmt.Errorf("graph: variable %q is %v, the graph expects %v", n.Attr.Name, got, n.Type)
		}
	}
	return nil
}
