// Package graph is the program: one append-only graph of primitive operations with static shapes, in which networks,
// losses, gradients and optimizer steps are all nodes, and a compiler that turns it into a plan that runs without
// allocating.
package graph

import (
	"fmt"
	"strconv"
	"strings"
)

// DType is the type of a tensor's elements.
type DType uint8

// The element types.
const (
	F32 DType = iota
	U8
	S8
	I16
	I32
)

var dtypeNames = [...]string{F32: "F32", U8: "U8", S8: "I8", I16: "I16", I32: "I32"}

// String returns the name that safetensors gives the type.
func (d DType) String() string {
	if int(d) < len(dtypeNames) {
		return dtypeNames[d]
	}
	return "DType(" + strconv.Itoa(int(d)) + ")"
}

// Size returns the bytes of one element.
func (d DType) Size() int { return [...]int{F32: 4, U8: 1, S8: 1, I16: 2, I32: 4}[d] }

// ParseDType is the inverse of String.
func ParseDType(s string) (DType, bool) {
	for d, n := range dtypeNames {
		if n == s {
			return DType(d), true
		}
	}
	return 0, false
}

// MaxRank is the largest number of dimensions.
const MaxRank = 6

// Batch is the leading dimension of an inference graph until WithBatch binds it.
const Batch = -1

// Shape is the shape of a tensor. It is comparable; the zero value is the shape of a scalar.
type Shape struct {
	rank int8
	dims [MaxRank]int32
}

// Of returns the shape with the given dimensions, the first of which may be Batch. It panics on anything that is not a
// shape.
func Of(dims ...int) Shape {
	s, err := makeShape(dims)
	if err != nil {
		panic("graph: " + err.Error())
	}
	return s
}

// maxElements bounds a tensor: what an int32 can index.
const maxElements = 1<<31 - 1

func makeShape(dims []int) (Shape, error) {
	var s Shape
	if len(dims) > MaxRank {
		return s, fmt.Errorf("shape %v has more than %d dimensions", dims, MaxRank)
	}
	n := int64(1)
	for i, d := range dims {
		if d <= 0 && !(d == Batch && i == 0) {
			return s, fmt.Errorf("shape %v: dimension %d must be positive", dims, i)
		}
		if d != Batch {
			if int64(d) > maxElements/n {
				return s, fmt.Errorf("shape %v has too many elements", dims)
			}
			n *= int64(d)
		}
		s.dims[i] = int32(d)
	}
	s.rank = int8(len(dims))
	return s, nil
}

// Rank returns the number of dimensions.
func (s Shape) Rank() int { return int(s.rank) }

// Dim returns dimension i, counted from the end where i is negative.
func (s Shape) Dim(i int) int {
	if i < 0 {
		i += int(s.rank)
	}
	return int(s.dims[i])
}

// Dims returns all dimensions.
func (s Shape) Dims() []int {
	d := make([]int, s.rank)
	for i := range d {
		d[i] = int(s.dims[i])
	}
	return d
}

// Symbolic reports whether the leading dimension is Batch.
func (s Shape) Symbolic() bool { return s.rank > 0 && s.dims[0] == Batch }

// Numel returns the number of elements, of one row of the batch where the shape is symbolic.
func (s Shape) Numel() int {
	n := 1
	for _, d := range s.dims[:s.rank] {
		if d != Batch {
			n *= int(d)
		}
	}
	return n
}

// bind replaces Batch by n.
func (s Shape) bind(n int) (Shape, error) {
	d := s.Dims()
	if s.Symbolic() {
		d[0] = n
	}
	return makeShape(d)
}

// split returns the product of the dimensions before lo, of those in [lo, hi), and of those from hi on.
func (s Shape) split(lo, hi int) (outer, mid, inner int) {
	outer, mid, inner = 1, 1, 1
	for i, d := range s.dims[:s.rank] {
		switch {
		case i < lo:
			outer *= int(d)
		case i < hi:
			mid *= int(d)
		default:
			inner *= int(d)
		}
	}
	return outer, mid, inner
}

// String renders the shape as [2 3].
func (s Shape) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, d := range s.dims[:s.rank] {
		if i > 0 {
			b.WriteByte(' ')
		}
		if d == Batch {
			b.WriteByte('B')
		} else {
			b.WriteString(strconv.Itoa(int(d)))
		}
	}
	return b.String() + "]"
}

// Type is what is known of a value before it is computed.
type Type struct {
	D DType
	S Shape
}

func (t Type) String() string { return t.D.String() + t.S.String() }

// Value names a node of a graph: 0 is none, and a node's inputs always have smaller values than the node.
type Value int32

// maxInputs is the largest number of inputs of an op.
const maxInputs = 6

// maxInts is the largest number of integer attributes of an op.
const maxInts = 10

// Attr holds the constants of an op; which ones it uses is said beside its Op constant. It is comparable, so that equal
// nodes are found and shared.
type Attr struct {
	Name   string
	F      [2]float32
	I      [maxInts]int32
	TA, TB bool
	Stream uint32
	S      Shape
}

// Node is one operation.
type Node struct {
	Op   Op
	Type Type
	In   [maxInputs]Value
	Attr Attr
}
