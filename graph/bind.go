package graph

import (
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// rangeTask cuts [0, n) into parts of grain. It implements kernels.Task.
type rangeTask struct {
	n, grain int
	f        func(lo, hi int)
}

func (t *rangeTask) Do(part int) { t.f(part*t.grain, min((part+1)*t.grain, t.n)) }

// parallel returns a function that calls f over [0, n) in parts on the pool.
func (c *compiler) parallel(n, grain int, f func(lo, hi int)) func() {
	pool := c.opt.Pool
	if n <= grain {
		return func() { f(0, n) }
	}
	t := &rangeTask{n, grain, f}
	parts := (n + grain - 1) / grain
	return func() { pool.Run(parts, t) }
}

// grain is the number of elements of a part of an elementwise loop.
const grain = 16384

func (c *compiler) bindGemm(v Value, g product) func() {
	n := &c.b.nodes[g.op]
	x, w := c.b.Shape(n.In[0]), c.b.Shape(n.In[1])
	m := &kernels.Gemm{M: n.Type.S.Dim(0), N: n.Type.S.Dim(1), K: x.Dim(1), TransA: n.Attr.TA, TransB: n.Attr.TB,
		A: c.f32(n.In[0]), Lda: x.Dim(1), Ldb: w.Dim(1), C: c.f32(v), Ldc: n.Type.S.Dim(1), Act: g.act, Slope: g.slope,
		Accumulate: g.old != 0}
	if n.Attr.TA {
		m.K = x.Dim(0)
	}
	if g.bias != 0 {
		m.Bias = c.f32(g.bias)
	}
	if name, ok := c.frozen(n.In[1]); ok {
		m.Packed = c.st.packB(name, m.K, m.N, n.Attr.TB)
	} else {
		m.B = c.f32(n.In[1])
	}
	pool := c.opt.Pool
	return func() { m.Run(pool) }
}

// bindPlain binds a node that is a step of its own to its kernel.
func (c *compiler) bindPlain(v Value) func() {
	n := &c.b.nodes[v]
	a := &n.Attr
	p := c.p
	switch n.Op {
	case OpSum:
		x, dst := c.f32(n.In[0]), c.f32(v)
		outer, mid, inner := c.b.Shape(n.In[0]).split(int(a.I[0]), int(a.I[1]))
		return c.bindSum(dst, x, outer, mid, inner)
	case OpResample, OpResampleT, OpPickPool, OpPutPool:
		return c.bindResample(v)
	case OpGather, OpScatter:
		return c.bindRows(v)
	case OpColumnStats, OpColumnSums, OpColumnDX, OpRowNorm, OpRowNormDX, OpSoftmax, OpSoftmaxDX, OpLogSumExp:
		return c.bindNorm(v, product{})
	case OpExpand: // of bytes or words; numbers are expanded in chains
		if n.Type.D == I16 {
			x, dst := c.tensor(n.In[0]).I16(), c.tensor(v).I16()
			_, mid, inner := n.Type.S.split(int(a.I[0]), int(a.I[0])+a.S.Rank())
			return c.parallel(len(dst), grain, func(lo, hi int) { expandTile(dst[lo:hi], x, lo, mid, inner) })
		}
		x, dst := c.tensor(n.In[0]).U8(), c.tensor(v).U8()
		_, mid, inner := n.Type.S.split(int(a.I[0]), int(a.I[0])+a.S.Rank())
		return c.parallel(len(dst), grain, func(lo, hi int) { expandTile(dst[lo:hi], x, lo, mid, inner) })
	case OpPermute:
		if n.Type.D == U8 {
			return bindPermute(c, c.tensor(v).U8(), c.tensor(n.In[0]).U8(), n.Type.S, c.b.Shape(n.In[0]), a)
		}
		if n.Type.D == I16 {
			return bindPermute(c, c.tensor(v).I16(), c.tensor(n.In[0]).I16(), n.Type.S, c.b.Shape(n.In[0]), a)
		}
		return bindPermute(c, c.f32(v), c.f32(n.In[0]), n.Type.S, c.b.Shape(n.In[0]), a)
	case OpSlice, OpPad, OpConcat:
		y := n.In[0]
		if n.Op == OpConcat {
			y = n.In[1]
		}
		return c.bindCopy(v, y)
	case OpPickMax:
		if n.Type.D == U8 {
			return c.bindQuantized(v)
		}
		val, x, dst := c.f32(n.In[0]), c.f32(n.In[1]), c.f32(v)
		outer, mid, inner := c.b.Shape(n.In[1]).split(int(a.I[0]), int(a.I[0])+1)
		return c.parallel(outer, max(1, grain/(mid*inner)), func(lo, hi int) {
			kernels.PickMax(dst[lo*inner:hi*inner], val[lo*mid*inner:hi*mid*inner], x[lo*mid*inner:hi*mid*inner], hi-lo, mid, inner)
		})
	case OpPutMax:
		val, x, dst := c.f32(n.In[0]), c.f32(n.In[1]), c.f32(v)
		outer, mid, inner := c.b.Shape(n.In[1]).split(int(a.I[0]), int(a.I[0])+1)
		return c.parallel(outer, max(1, grain/(mid*inner)), func(lo, hi int) {
			kernels.PutMax(dst[lo*mid*inner:hi*mid*inner], val[lo*inner:hi*inner], x[lo*mid*inner:hi*mid*inner], hi-lo, mid, inner)
		})
	case OpUniform:
		dst := c.f32(v)
		return c.parallel(len(dst), grain, func(lo, hi int) {
			kernels.Uniform(dst[lo:hi], p.clock.Seed, a.Stream, p.clock.Step*uint64(len(dst))+uint64(lo))
		})
	case OpBernoulli:
		dst := c.f32(v)
		return c.parallel(len(dst), grain, func(lo, hi int) {
			kernels.Bernoulli(dst[lo:hi], p.clock.Seed, a.Stream, p.clock.Step*uint64(len(dst))+uint64(lo), a.F[0], a.F[1])
		})
	case OpLatent:
		dst := c.tensor(v).I16()
		return func() {
			kernels.Latents(dst, kernels.Latent(a.I[0]), p.clock.Seed, a.Stream, p.clock.Step*uint64(len(dst)))
		}
	case OpFromI16:
		x, dst := c.tensor(n.In[0]).I16(), c.f32(v)
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.FromI16(dst[lo:hi], x[lo:hi], a.F[0]) })
	case OpFromU8:
		x, dst := c.tensor(n.In[0]).U8(), c.f32(v)
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.FromU8(dst[lo:hi], x[lo:hi], a.F[0]) })
	case OpToU8:
		x, dst := c.f32(n.In[0]), c.tensor(v).U8()
		return c.parallel(len(dst), grain, func(lo, hi int) { kernels.ToU8(dst[lo:hi], x[lo:hi], a.F[0], a.F[1]) })
	case OpQuantizeLatent, OpQAdd, OpQScale, OpQResample, OpLookup:
		return c.bindQuantized(v)
	case OpWAdd, OpWScale, OpWResample, OpWLookup, OpWPixels, OpWiden, OpToI16:
		return c.bindWords(v)
	case OpSGD:
		w, vel, grad, h := c.f32(n.In[0]), c.f32(n.In[1]), c.f32(n.In[2]), c.f32(n.In[3])
		return c.parallel(len(w), grain, func(lo, hi int) {
			kernels.SGDMomentum(w[lo:hi], vel[lo:hi], grad[lo:hi], h[0], h[1])
		})
	case OpMove:
		return c.bindMove(v)
	case OpClip:
		w := c.f32(n.In[0])
		return c.parallel(len(w), grain, func(lo, hi int) { kernels.Clip(w[lo:hi], a.F[0]) })
	case OpRMSProp:
		w, s, grad, h := c.f32(n.In[0]), c.f32(n.In[1]), c.f32(n.In[2]), c.f32(n.In[3])
		return c.parallel(len(w), grain, func(lo, hi int) {
			kernels.RMSProp(w[lo:hi], s[lo:hi], grad[lo:hi], h[0], h[1], h[2])
		})
	case OpAdam, OpAdamW:
		w, m, s, grad, h := c.f32(n.In[0]), c.f32(n.In[1]), c.f32(n.In[2]), c.f32(n.In[3]), c.f32(n.In[4])
		var ap kernels.AdamParams
		run := c.parallel(len(w), grain, func(lo, hi int) {
			if n.Op == OpAdamW {
				kernels.AdamW(w[lo:hi], m[lo:hi], s[lo:hi], grad[lo:hi], &ap, h[5])
			} else {
				kernels.Adam(w[lo:hi], m[lo:hi], s[lo:hi], grad[lo:hi], &ap)
			}
		})
		return func() {
			ap = kernels.AdamParams{Step: h[0], Beta1: h[1], Beta2: h[2], Eps: h[3], RSqrtBias2: h[4]}
			run()
		}
	case OpEMA:
		avg, w, h := c.f32(n.In[0]), c.f32(n.In[1]), c.f32(n.In[2])
		return c.parallel(len(avg), grain, func(lo, hi int) { kernels.EMA(avg[lo:hi], w[lo:hi], h[0]) })
	case OpAssign:
		dst, src := c.bytes(n.In[0]), c.bytes(n.In[1])
		size := n.Type.S.Numel() * n.Type.D.Size()
		return func() { copy(dst[:size], src[:size]) }
	}
	panic(fmt.Sprintf("graph: %s has no kernel", n.Op))
}

// bindCopy binds the ops that move rows along an axis, of elements of any type; y is what Concat adds.
func (c *compiler) bindCopy(v, y Value) func() {
	n := &c.b.nodes[v]
	dst, x, more := c.tensor(v).Bytes, c.tensor(n.In[0]).Bytes, c.tensor(y).Bytes
	fill := byte(n.Attr.I[3]) // 0, but in bytes
	pad := func(row []byte) {
		for i := range row {
			row[i] = fill
		}
	}
	axis := int(n.Attr.I[0])
	outer, to, inner := n.Type.S.split(axis, axis+1)
	_, from, _ := c.b.Shape(n.In[0]).split(axis, axis+1)
	share := max(1, grain/(to*inner))
	inner *= n.Type.D.Size()
	to, from = to*inner, from*inner
	return c.parallel(outer, share, func(lo, hi int) {
		for o := lo; o < hi; o++ {
			row := dst[o*to:][:to]
			switch at := int(n.Attr.I[1]) * inner; n.Op {
			case OpSlice:
				copy(row, x[o*from+at:])
			case OpPad:
				pad(row[:at])
				copy(row[at:], x[o*from:][:from])
				pad(row[at+from:])
			case OpConcat:
				copy(row, x[o*from:][:from])
				copy(row[from:], more[o*(to-from):])
			}
		}
	})
}
