package kernels

import (
	"math"
	"testing"
)

// TestEmbedding: row numbers outside the table read zeros and add nothing; rows that are read twice add up in order.
func TestEmbedding(t *testing.T) {
	const rows, cols = 4, 9
	index := []int32{2, -1, 0, 2, math.MaxInt32, 3, math.MinInt32, 2}
	eachTier(t, func(t *testing.T) {
		table, src := make([]float32, rows*cols), make([]float32, len(index)*cols)
		Normal(table, 1, 1, 0, 0)
		Normal(src, 1e4, 1, 1, 0)
		got, sums := make([]float32, len(src)), make([]float32, rows*cols)
		GatherRows(got, table, index, rows, cols)
		want, wantSums := make([]float32, len(src)), make([]float32, rows*cols)
		for i, r := range index {
			for c := range cols {
				if r >= 0 && r < rows {
					want[i*cols+c] = table[int(r)*cols+c]
					wantSums[int(r)*cols+c] += src[i*cols+c]
				}
			}
		}
		sameF32(t, "gathered", got, want)
		ScatterRows(sums, src, index, 0, 3, cols)
		ScatterRows(sums, src, index, 3, rows, cols)
		sameF32(t, "scattered", sums, wantSums)
	})
}
