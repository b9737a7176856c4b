package kernels

// Row numbers of embeddings are bytes or 32-bit integers. A number that no row has stands for a row of zeros.
type rowNumber interface{ ~uint8 | ~int32 }

// GatherRows sets row i of dst [len(index), cols] to row index[i] of table [rows, cols], to zeros where there is none.
func GatherRows[I rowNumber](dst, table []float32, index []I, rows, cols int) {
	same(len(index)*cols, len(dst))
	same(rows*cols, len(table))
	for i, r := range index {
		to := dst[i*cols:][:cols]
		if r := int(r); r >= 0 && r < rows {
			copy(to, table[r*cols:])
		} else {
			clear(to)
		}
	}
}

// ScatterRows is the transpose of GatherRows, for rows lo .. hi-1 of the table: row r of dst [rows, cols] is the sum of
// the rows i of src [len(index), cols] with index[i] = r, in ascending order from +0.
func ScatterRows[I rowNumber](dst, src []float32, index []I, lo, hi, cols int) {
	same(len(index)*cols, len(src))
	clear(dst[lo*cols : hi*cols])
	for i, r := range index {
		if r := int(r); r >= lo && r < hi {
			to := dst[r*cols:][:cols]
			Add(to, to, src[i*cols:][:cols])
		}
	}
}
