package graph

import "github.com/gannet-ml/gannet/kernels"

// bindSum binds a sum over the middle of [outer mid inner] to threads, which leave its order as it is: rows are summed
// whole, and columns in their blocks, whose sums are added one after the other.
func (c *compiler) bindSum(dst, x []float32, outer, mid, inner int) func() {
	if inner == 1 {
		return c.parallel(outer, max(1, grain/mid), func(lo, hi int) {
			kernels.RowSums(dst[lo:hi], x[lo*mid:hi*mid], hi-lo, mid)
		})
	}
	blocks := (mid + kernels.RowBlock - 1) / kernels.RowBlock
	if outer >= 4*c.opt.Pool.Threads() || blocks == 1 || c.opt.Pool.Threads() == 1 {
		return c.parallel(outer, max(1, grain/(mid*inner)), func(lo, hi int) {
			for o := lo; o < hi; o++ {
				kernels.SumRows(dst[o*inner:][:inner], x[o*mid*inner:][:mid*inner], mid, inner)
			}
		})
	}
	sums := make([]float32, outer*blocks*inner)
	run := c.parallel(outer*blocks, max(1, grain/(kernels.RowBlock*inner)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			o, r0 := i/blocks, i%blocks*kernels.RowBlock
			rows := min(kernels.RowBlock, mid-r0)
			kernels.SumRows(sums[i*inner:][:inner], x[(o*mid+r0)*inner:][:rows*inner], rows, inner)
		}
	})
	return func() {
		run()
		for o := range outer {
			to := dst[o*inner:][:inner]
			clear(to)
			for i := range blocks {
				kernels.Add(to, to, sums[(o*blocks+i)*inner:][:inner])
			}
		}
	}
}

// bindPermute binds a reordering of dimensions: runs of the last ones that stay where they are move whole, and of what is
// left threads take ranges of the result.
func bindPermute[T float32 | uint8 | int16](c *compiler, dst, x []T, out, in Shape, a *Attr) func() {
	rank := out.Rank()
	run := 1
	for rank > 0 && int(a.I[rank-1]) == rank-1 {
		rank--
		run *= out.Dim(rank)
	}
	var stride, dims [MaxRank]int
	for i := range rank {
		_, _, inner := in.split(int(a.I[i]), int(a.I[i])+1)
		stride[i], dims[i] = inner, out.Dim(i)
	}
	return c.parallel(len(dst)/run, max(1, grain/run), func(lo, hi int) {
		var index [MaxRank]int
		at := 0
		for d, i := rank-1, lo; d >= 0; d-- {
			index[d] = i % dims[d]
			i /= dims[d]
			at += index[d] * stride[d]
		}
		for i := lo; i < hi; i++ {
			if run == 1 {
				dst[i] = x[at]
			} else {
				copy(dst[i*run:][:run], x[at:])
			}
			for d := rank - 1; d >= 0; d-- {
				index[d]++
				at += stride[d]
				if index[d] < dims[d] {
					break
				}
				at -= index[d] * stride[d]
				index[d] = 0
			}
		}
	})
}
