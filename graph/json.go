package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The JSON form of an inference graph is a list of nodes, whose inputs are numbers of earlier nodes counted from 1, and a
// list of named outputs.

type jsonGraph struct {
	Nodes   []jsonNode   `json:"nodes"`
	Outputs []jsonOutput `json:"outputs"`
}

type jsonNode struct {
	Op     string    `json:"op"`
	In     []int     `json:"in,omitempty"`
	Name   string    `json:"name,omitempty"`
	DType  string    `json:"dtype,omitempty"`
	Shape  []int     `json:"shape,omitempty"`
	Floats []float32 `json:"floats,omitempty"`
	Ints   []int32   `json:"ints,omitempty"`
	TA     bool      `json:"ta,omitempty"`
	TB     bool      `json:"tb,omitempty"`
	Stream uint32    `json:"stream,omitempty"`
}

type jsonOutput struct {
	Name string `json:"name"`
	Node int    `json:"node"`
}

// Limits of what Decode accepts.
const (
	maxNodes   = 1 << 16
	maxOutputs = 256
	maxBytes   = 1 << 30 // of all results together, for one row of the batch
)

// Encode returns the JSON form of the part of the graph that its outputs depend on. A graph that changes variables has
// none.
func Encode(b *Builder) ([]byte, error) {
	live := make([]bool, len(b.nodes))
	for _, o := range b.outputs {
		live[o.v] = true
	}
	for v := len(b.nodes) - 1; v > 0; v-- {
		n := &b.nodes[v]
		if ops[n.Op].sink {
			return nil, fmt.Errorf("graph: encode: node %d (%s) changes variables", v, n.Op)
		}
		if live[v] {
			for _, in := range n.In[:ops[n.Op].inputs] {
				live[in] = true
			}
		}
	}
	var g jsonGraph
	number := make([]int, len(b.nodes))
	for v := 1; v < len(b.nodes); v++ {
		n := &b.nodes[v]
		if !live[v] {
			continue
		}
		j := jsonNode{Op: n.Op.String(), Name: n.Attr.Name, TA: n.Attr.TA, TB: n.Attr.TB, Stream: n.Attr.Stream}
		if n.Attr.S.Rank() > 0 {
			j.Shape = n.Attr.S.Dims()
		}
		ints := n.Attr.I
		if n.Op == OpInput || n.Op == OpVar {
			j.DType, ints = n.Type.D.String(), [maxInts]int32{}
		}
		for i, x := range ints {
			if x != 0 {
				j.Ints = ints[:i+1]
			}
		}
		for i, x := range n.Attr.F {
			if x != 0 {
				j.Floats = n.Attr.F[:i+1]
			}
		}
		for _, in := range n.In[:ops[n.Op].inputs] {
			j.In = append(j.In, number[in])
		}
		g.Nodes = append(g.Nodes, j)
		number[v] = len(g.Nodes)
	}
	for _, o := range b.outputs {
		g.Outputs = append(g.Outputs, jsonOutput{o.name, number[o.v]})
	}
	js, err := json.Marshal(g)
	if err != nil {
		return nil, fmt.Errorf("graph: encode: %w", err)
	}
	return js, nil
}

// Decode reads what Encode wrote. It trusts nothing: every node passes the same rules as one that a program builds, and
// what it would all need in memory is bounded. An error names the node.
func Decode(js []byte) (*Builder, error) {
	var g jsonGraph
	d := json.NewDecoder(bytes.NewReader(js))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		return nil, fmt.Errorf("graph: decode: %w", err)
	}
	if d.More() {
		return nil, fmt.Errorf("graph: decode: text after the graph")
	}
	if len(g.Nodes) > maxNodes || len(g.Outputs) > maxOutputs {
		return nil, fmt.Errorf("graph: decode: %d nodes and %d outputs; at most %d and %d are allowed", len(g.Nodes),
			len(g.Outputs), maxNodes, maxOutputs)
	}
	b := New()
	values := make([]Value, len(g.Nodes)+1)
	total := int64(0) // an int has 32 bits on some machines
	for i, j := range g.Nodes {
		v, err := b.decodeNode(&j, values[:i+1])
		if err != nil {
			return nil, fmt.Errorf("graph: decode: node %d: %w", i+1, err)
		}
		values[i+1] = v
		t := b.Type(v)
		if total += int64(t.S.Numel()) * int64(t.D.Size()); total > maxBytes {
			return nil, fmt.Errorf("graph: decode: node %d: the results need more than %d MiB", i+1, maxBytes>>20)
		}
	}
	for _, o := range g.Outputs {
		if o.Node <= 0 || o.Node > len(g.Nodes) || o.Name == "" || len(o.Name) > 256 {
			return nil, fmt.Errorf("graph: decode: output %.64q of node %d: want a name and a node of 1 to %d", o.Name, o.Node,
				len(g.Nodes))
		}
		if b.OutputValue(o.Name) != 0 {
			return nil, fmt.Errorf("graph: decode: two outputs are called %q", o.Name)
		}
		b.Output(o.Name, values[o.Node])
	}
	return b, nil
}

func (b *Builder) decodeNode(j *jsonNode, earlier []Value) (Value, error) {
	op, ok := opsByName[j.Op]
	if !ok || ops[op].sink {
		return 0, fmt.Errorf("unknown operation %.64q", j.Op)
	}
	a := Attr{Name: j.Name, TA: j.TA, TB: j.TB, Stream: j.Stream}
	if len(j.Ints) > len(a.I) || len(j.Floats) > len(a.F) {
		return 0, fmt.Errorf("%s: %d ints and %d floats", op, len(j.Ints), len(j.Floats))
	}
	copy(a.I[:], j.Ints)
	copy(a.F[:], j.Floats)
	for _, f := range a.F {
		if f != f || f-f != 0 {
			return 0, fmt.Errorf("%s: a constant is not finite", op)
		}
	}
	var err error
	if a.S, err = makeShape(j.Shape); err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	if op == OpInput || op == OpVar {
		d, ok := ParseDType(j.DType)
		if !ok {
			return 0, fmt.Errorf("%s: unknown dtype %.16q", op, j.DType)
		}
		a.I = [maxInts]int32{int32(d)}
	} else if j.DType != "" || j.Name != "" {
		return 0, fmt.Errorf("%s: only inputs and variables have a name and a dtype", op)
	}
	var in []Value
	for _, n := range j.In {
		if n <= 0 || n >= len(earlier) {
			return 0, fmt.Errorf("%s: input %d is no earlier node", op, n)
		}
		in = append(in, earlier[n])
	}
	return b.tryAdd(op, a, in...)
}
