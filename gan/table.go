package gan

import (
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/table"
)

// tableData names, in a preset, data that are the rows of a table, and the output that makes such rows.
const tableData = "table"

const (
	streamCondition uint32 = 0x703 // which categories are asked for, and which rows meet them
	streamAsked     uint32 = 0x704 // which categories are asked for in G's own steps
	streamGumbel    uint32 = 0x706 // the noise on G's choices, of D's and of G's steps
)

// gumbelTau is the temperature at which G's choices are soft, as in CTGAN.
const gumbelTau = 0.2

// tableRows are the rows of a table as samples of a game. D sees each with the condition that it was drawn for; G is given one
// beside z.
type tableRows struct {
	*table.Data
	spans  []table.Span
	alphas int
}

func newTableRows(d *table.Data) *tableRows {
	t := &tableRows{Data: d}
	t.spans, _, t.alphas, _ = d.Schema.Spans()
	return t
}

// Draw sets dst to rows without their conditions. It makes tableRows a Rows.
func (t *tableRows) Draw(dst []float32, first, seed uint64) {
	n := len(dst) / t.Dim()
	t.Fill(dst, make([]float32, n*t.Condition()), n, first, seed, streamCondition)
}

// fill sets what a program wants of a batch: real rows with their conditions, and conditions for G, which are the same, so that
// D compares rows that were asked for alike.
func (t *tableRows) fill(prog *graph.Program, first, seed uint64) {
	real, has, asked := prog.In("real"), prog.In("real_condition"), prog.In("condition")
	c := t.Condition()
	switch {
	case real == nil && asked != nil:
		t.Fill(nil, asked.F32(), asked.Shape.Dim(0), first, seed, streamAsked)
	case real != nil && c == 0:
		t.Fill(real.F32(), nil, real.Shape.Dim(0), first, seed, streamCondition)
	case real != nil:
		t.Fill(real.F32(), has.F32(), real.Shape.Dim(0), first, seed, streamCondition)
		copy(asked.F32(), has.F32())
	}
}

// withCondition joins rows and their conditions, if there are any.
func withCondition(b *graph.Builder, x, condition graph.Value) graph.Value {
	if condition == 0 {
		return x
	}
	return b.Concat(1, x, condition)
}

func gumbelStream(t turn) uint32 {
	if t.d {
		return streamGumbel
	}
	return streamGumbel + 1
}

// places takes the places in modes, of what G puts out, into (-1, 1).
func (t *tableRows) places(b *graph.Builder, raw graph.Value) graph.Value {
	if t.alphas == 0 {
		return raw
	}
	x := b.Tanh(b.Slice(raw, 1, 0, t.alphas))
	if t.alphas == t.Dim() {
		return x
	}
	return b.Concat(1, x, b.Slice(raw, 1, t.alphas, t.Dim()))
}

// heads makes rows of what G puts out, as D is to see them: places in modes within (-1, 1), and choices that are drawn, but
// softly, so that their gradient reaches the logits (Gumbel-softmax: Jang et al. 2017, Maddison et al. 2017).
func (t *tableRows) heads(b *graph.Builder, raw graph.Value, stream uint32) graph.Value {
	var parts []graph.Value
	if t.alphas > 0 {
		parts = append(parts, b.Tanh(b.Slice(raw, 1, 0, t.alphas)))
	}
	if t.alphas < t.Dim() {
		logits := b.Slice(raw, 1, t.alphas, t.Dim())
		// u lies within (0, 1): at its ends the noise would be infinite.
		u := b.AddScalar(b.MulScalar(b.Uniform(stream, b.Shape(logits)), 1-0x1p-20), 0x1p-21)
		noise := b.Neg(b.Log(b.Neg(b.Log(u))))
		soft := b.MulScalar(b.Add(logits, noise), 1/gumbelTau)
		for _, s := range t.spans {
			if s.N > 0 {
				at := s.Choice - t.alphas
				parts = append(parts, b.Softmax(b.Slice(soft, 1, at, at+s.N)))
			}
		}
	}
	return joined(b, parts)
}

// joined is Concat, halves first: each number is copied as often as the halves can be halved.
func joined(b *graph.Builder, parts []graph.Value) graph.Value {
	if n := len(parts); n > 1 {
		return b.Concat(1, joined(b, parts[:n/2]), joined(b, parts[n/2:]))
	}
	return parts[0]
}

// disobedience is the mean cross entropy of G's choice in the column that a condition is about.
func (t *tableRows) disobedience(b *graph.Builder, raw, condition graph.Value) graph.Value {
	total := b.Scalar(0)
	for _, s := range t.spans {
		if s.Condition < 0 {
			continue
		}
		logits := b.Slice(raw, 1, s.Choice, s.Choice+s.N)
		want := b.Slice(condition, 1, s.Condition, s.Condition+s.N)
		said := b.Mul(b.Sum(want, 1), b.LogSumExp(logits)) // 0 where the condition is about another column
		total = b.Add(total, b.Mean(b.Sub(said, b.Sum(b.Mul(want, logits), 1))))
	}
	return total
}
