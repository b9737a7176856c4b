package main

import (
	"encoding/binary"
	"math"
)

// message is a protobuf message being written: https://protobuf.dev/programming-guides/encoding.
type message []byte

func (m *message) number(field int, v int64) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3)
	*m = binary.AppendUvarint(*m, uint64(v))
}

func (m *message) bytes(field int, b []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

// The element types of ONNX that are used here.
const (
	onnxF32 = 1
	onnxU8  = 2
	onnxS8  = 3
	onnxS32 = 6
	onnxS64 = 7
)

// onnxModel is an ONNX model being written. The numbers of fields are those of onnx.proto.
type onnxModel struct{ graph message }

// attribute is an attribute of an operation: one whole number, or some.
type attribute struct {
	name    string
	numbers []int
	list    bool
}

// node adds an operation. Those of ONNX Runtime itself have the domain "com.microsoft".
func (m *onnxModel) node(domain, op, out string, in ...string) string {
	return m.nodeWith(nil, domain, op, out, in...)
}

// nodeWith adds an operation with attributes.
func (m *onnxModel) nodeWith(attributes []attribute, domain, op, out string, in ...string) string {
	var n message
	for _, name := range in {
		n.text(1, name)
	}
	n.text(2, out)
	n.text(4, op)
	for _, a := range attributes {
		var t message
		t.text(1, a.name)
		for _, v := range a.numbers {
			if a.list {
				t.number(8, int64(v))
			} else {
				t.number(3, int64(v))
			}
		}
		kind := int64(2) // a number
		if a.list {
			kind = 7
		}
		t.number(20, kind)
		n.bytes(5, t)
	}
	n.text(7, domain)
	m.graph.bytes(1, n)
	return out
}

// constant adds a tensor; without dims it is a scalar.
func (m *onnxModel) constant(name string, elem int64, raw []byte, dims ...int) string {
	var t message
	for _, d := range dims {
		t.number(1, int64(d))
	}
	t.number(2, elem)
	t.text(8, name)
	t.bytes(9, raw)
	m.graph.bytes(5, t)
	return name
}

func (m *onnxModel) floats(name string, x []float32, dims ...int) string {
	var raw []byte
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return m.constant(name, onnxF32, raw, dims...)
}

// integers adds a list of 64-bit numbers, a shape.
func (m *onnxModel) integers(name string, x ...int) string {
	var raw []byte
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return m.constant(name, onnxS64, raw, len(x))
}

func (m *onnxModel) scalar(name string, v float64) string {
	return m.floats(name, []float32{float32(v)})
}

// value declares an input (field 11) or output (12) of the graph, [batch, dims].
func (m *onnxModel) value(field int, name string, elem int64, dims ...int) {
	var batch, shape, tensor, kind, v message
	batch.text(2, "batch")
	shape.bytes(1, batch)
	for _, d := range dims {
		var dim message
		dim.number(1, int64(d))
		shape.bytes(1, dim)
	}
	tensor.number(1, elem)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	v.text(1, name)
	v.bytes(2, kind)
	m.graph.bytes(field, v)
}

// encode returns the file.
func (m *onnxModel) encode() []byte {
	m.graph.text(2, "generator")
	var file message
	file.number(1, 8) // the version of the format
	file.bytes(7, m.graph)
	for domain, version := range map[string]int64{"": 17, "com.microsoft": 1} {
		var set message
		set.text(1, domain)
		set.number(2, version)
		file.bytes(8, set)
	}
	return file
}
