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
)

// onnxModel is an ONNX model being written. The numbers of fields are those of onnx.proto.
type onnxModel struct{ graph message }

// node adds an operation. Those of ONNX Runtime itself have the domain "com.microsoft".
func (m *onnxModel) node(domain, op, out string, in ...string) string {
	var n message
	for _, name := range in {
		n.text(1, name)
	}
	n.text(2, out)
	n.text(4, op)
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

func (m *onnxModel) scalar(name string, v float64) string {
	return m.floats(name, []float32{float32(v)})
}

// value declares an input (field 11) or output (12) of the graph, [batch, cols].
func (m *onnxModel) value(field int, name string, elem int64, cols int) {
	var batch, width, shape, tensor, kind, v message
	batch.text(2, "batch")
	width.number(1, int64(cols))
	shape.bytes(1, batch)
	shape.bytes(1, width)
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
