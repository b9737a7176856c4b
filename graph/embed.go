package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// Gather looks rows of a table [rows cols] up by number: index, U8 or I32, of any shape, becomes [index... cols]. A number
// that no row has gives zeros.
func (b *Builder) Gather(table, index Value) Value { return b.add(OpGather, Attr{}, table, index) }

func indexed(t Type) error {
	if t.D != U8 && t.D != I32 {
		return fmt.Errorf("row numbers %v are neither U8 nor I32", t)
	}
	return nil
}

func gatherShape(in []Type, _ *Attr) (Type, error) {
	table, index := in[0], in[1]
	if err := indexed(index); err != nil {
		return Type{}, err
	}
	if table.D != F32 || table.S.Rank() != 2 || table.S.Symbolic() {
		return Type{}, fmt.Errorf("%v is no table", table)
	}
	s, err := makeShape(append(index.S.Dims(), table.S.Dim(1)))
	return Type{F32, s}, err
}

// scatterShape is that of the transpose: rows [index... cols] are added up by number in a table of I[0] rows.
func scatterShape(in []Type, a *Attr) (Type, error) {
	rows, index := in[0], in[1]
	if err := indexed(index); err != nil {
		return Type{}, err
	}
	if a.I[0] < 1 { // -1 would be the batch
		return Type{}, fmt.Errorf("a table of %d rows", a.I[0])
	}
	rank := index.S.Rank()
	if rows.D != F32 || rows.S.Rank() != rank+1 || rows.S.Symbolic() {
		return Type{}, fmt.Errorf("%v are no rows for %v", rows, index)
	}
	for i := range rank {
		if rows.S.Dim(i) != index.S.Dim(i) {
			return Type{}, fmt.Errorf("%v are no rows for %v", rows, index)
		}
	}
	s, err := makeShape([]int{int(a.I[0]), rows.S.Dim(rank)})
	return Type{F32, s}, err
}

func (c *compiler) bindRows(v Value) func() {
	n := &c.b.nodes[v]
	if index := c.tensor(n.In[1]); index.DType == U8 {
		return rowsOf(c, v, index.U8())
	} else {
		return rowsOf(c, v, index.I32())
	}
}

// rowsOf binds Gather and Scatter.
func rowsOf[I uint8 | int32](c *compiler, v Value, index []I) func() {
	n := &c.b.nodes[v]
	dst, src, cols := c.f32(v), c.f32(n.In[0]), n.Type.S.Dim(-1)
	if n.Op == OpGather {
		rows := c.b.Shape(n.In[0]).Dim(0)
		return c.parallel(len(index), max(1, grain/cols), func(lo, hi int) {
			kernels.GatherRows(dst[lo*cols:hi*cols], src, index[lo:hi], rows, cols)
		})
	}
	rows := n.Type.S.Dim(0)
	return c.parallel(rows, max(rows/8, grain/cols, 1), func(lo, hi int) {
		kernels.ScatterRows(dst, src, index, lo, hi, cols)
	})
}
