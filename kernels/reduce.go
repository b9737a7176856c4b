package kernels

// RowBlock is the number of rows in a block of a column sum; see SumRows.
const RowBlock = 256

// Sum returns the sum of x in this order: lane l of 16 adds x[l], x[l+16], ... to +0; then lane l takes lane l+8, l+4,
// l+2 and l+1 in turn.
func Sum(x []float32) float32 { return active.Load().vec.sum(x) }

// RowSums sets dst[r] to the Sum of row r of x [rows, cols].
func RowSums(dst, x []float32, rows, cols int) {
	same(rows, len(dst))
	same(rows*cols, len(x))
	t := active.Load()
	if cols > 1<<14 {
		for r := range dst {
			dst[r] = t.vec.sum(x[r*cols:][:cols])
		}
		return
	}
	for step := max(1, 1<<14/max(1, cols)); len(dst) > 0; {
		n := min(step, len(dst))
		stopPoint()
		t.norm.totalRows(dst[:n], x[:n*cols], cols)
		dst, x = dst[n:], x[n*cols:]
	}
}

// SumRows sets dst[c] to the sum of column c of x [rows, cols]: rows are cut into blocks of RowBlock, each summed in
// ascending order from +0, and the blocks' sums added in ascending order.
func SumRows(dst, x []float32, rows, cols int) {
	same(cols, len(dst))
	same(rows*cols, len(x))
	active.Load().vec.sumRows(dst, x, rows, cols)
}

// PickMax sets dst[o,i] = v[o,p,i] for the first p at which x[o,.,i] is largest (compared with >, so NaN never wins
// but at p = 0). v and x are [outer, pieces, inner], dst is [outer, inner].
func PickMax(dst, v, x []float32, outer, pieces, inner int) {
	same(outer*inner, len(dst))
	same(outer*pieces*inner, len(v), len(x))
	f := active.Load().vec.pickMax
	for o := range outer {
		in := o * pieces * inner
		f(dst[o*inner:][:inner], v[in:in+pieces*inner], x[in:in+pieces*inner], pieces, inner)
	}
}

// PutMax is the transpose of PickMax: dst[o,p,i] = g[o,i] where PickMax would read it, +0 elsewhere.
func PutMax(dst, g, x []float32, outer, pieces, inner int) {
	same(outer*inner, len(g))
	same(outer*pieces*inner, len(dst), len(x))
	f := active.Load().vec.putMax
	for o := range outer {
		in := o * pieces * inner
		f(dst[in:in+pieces*inner], g[o*inner:][:inner], x[in:in+pieces*inner], pieces, inner)
	}
}

func sumGeneric(x []float32) float32 {
	var s [16]float32
	for ; len(x) >= 16; x = x[16:] {
		for l, v := range x[:16] {
			s[l] += v
		}
	}
	return sumLanes(&s, x)
}

// sumLanes adds the last len(x) < 16 elements to their lanes and folds the lanes.
func sumLanes(s *[16]float32, x []float32) float32 {
	for l, v := range x {
		s[l] += v
	}
	for h := 8; h > 0; h /= 2 {
		for l := range h {
			s[l] += s[l+h]
		}
	}
	return s[0]
}

func sumRowsGeneric(dst, x []float32, rows, cols int) {
	clear(dst)
	for r0 := 0; r0 < rows; r0 += RowBlock {
		sumRowsBlock(dst, x, r0, min(r0+RowBlock, rows), cols, 0)
	}
}

// sumRowsBlock adds the sums of rows r0 .. r1-1 to dst, for the columns from c0 on.
func sumRowsBlock(dst, x []float32, r0, r1, cols, c0 int) {
	var block [64]float32
	for ; c0 < cols; c0 += len(block) {
		s := block[:min(len(block), cols-c0)]
		clear(s)
		for r := r0; r < r1; r++ {
			for c, v := range x[r*cols+c0:][:len(s)] {
				s[c] += v
			}
		}
		for c, v := range s {
			dst[c0+c] += v
		}
	}
}

func pickMaxGeneric(dst, v, x []float32, pieces, inner int) { pickMaxFrom(dst, v, x, pieces, inner, 0) }

func pickMaxFrom(dst, v, x []float32, pieces, inner, from int) {
	for i := from; i < len(dst); i++ {
		best := 0
		for p := 1; p < pieces; p++ {
			if x[p*inner+i] > x[best*inner+i] {
				best = p
			}
		}
		dst[i] = v[best*inner+i]
	}
}

func putMaxGeneric(dst, g, x []float32, pieces, inner int) { putMaxFrom(dst, g, x, pieces, inner, 0) }

func putMaxFrom(dst, g, x []float32, pieces, inner, from int) {
	for i := from; i < len(g); i++ {
		best := 0
		for p := range pieces {
			if x[p*inner+i] > x[best*inner+i] {
				best = p
			}
			dst[p*inner+i] = 0
		}
		dst[best*inner+i] = g[i]
	}
}
