package graph

import (
	"sync"

	"github.com/gannet-ml/gannet/kernels"
)

// A vjp appends the products of the cotangent ct of y with the Jacobians, one for each input; 0 is none.
type vjp = func(b *Builder, y Value, n Node, ct Value) cts

type cts = [maxInputs]Value

var vjps struct {
	once sync.Once
	rows [numOps]vjp
}

// gradients returns the column of the op table that only Grad needs; nil: the operation has no gradient. It stands apart
// so that a program which never differentiates does not carry it.
func gradients() *[numOps]vjp {
	vjps.once.Do(fillGradients)
	return &vjps.rows
}

func fillGradients() {
	vjps.rows = [numOps]vjp{
		OpAdd: func(b *Builder, y Value, n Node, ct Value) cts { return cts{ct, ct} },
		OpSub: func(b *Builder, y Value, n Node, ct Value) cts { return cts{ct, b.Neg(ct)} },
		OpMul: func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Mul(ct, n.In[1]), b.Mul(ct, n.In[0])} },
		OpDiv: func(b *Builder, y Value, n Node, ct Value) cts {
			dx := b.Div(ct, n.In[1])
			return cts{dx, b.Neg(b.Mul(dx, y))}
		},
		OpMax: func(b *Builder, y Value, n Node, ct Value) cts {
			c, zero := b.Sub(n.In[0], n.In[1]), b.Fill(0, n.Type.S)
			return cts{b.Select(c, ct, zero), b.Select(c, zero, ct)}
		},
		OpMin: func(b *Builder, y Value, n Node, ct Value) cts {
			c, zero := b.Sub(n.In[1], n.In[0]), b.Fill(0, n.Type.S)
			return cts{b.Select(c, ct, zero), b.Select(c, zero, ct)}
		},
		OpNeg:  func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Neg(ct)} },
		OpExp:  func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Mul(ct, y)} },
		OpLog:  func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Div(ct, n.In[0])} },
		OpSqrt: func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.MulScalar(b.Div(ct, y), 0.5)} },
		OpTanh: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.Mul(ct, b.AddScalar(b.Neg(b.Square(y)), 1))}
		},
		OpSigmoid: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.Mul(ct, b.Mul(y, b.AddScalar(b.Neg(y), 1)))}
		},
		OpSoftplus:  func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Mul(ct, b.Sigmoid(n.In[0]))} },
		OpAbs:       func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Mul(ct, b.Sign(n.In[0]))} },
		OpSign:      func(b *Builder, y Value, n Node, ct Value) cts { return cts{} },
		OpReLU:      func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.LeakyMask(ct, y, 0)} },
		OpLeakyReLU: func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.LeakyMask(ct, y, n.Attr.F[0])} },
		OpLeakyMask: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.LeakyMask(ct, n.In[1], n.Attr.F[0])}
		},
		OpSelect: func(b *Builder, y Value, n Node, ct Value) cts {
			zero := b.Fill(0, n.Type.S)
			return cts{0, b.Select(n.In[0], ct, zero), b.Select(n.In[0], zero, ct)}
		},
		OpMulScalar: func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.MulScalar(ct, n.Attr.F[0])} },
		OpAddScalar: func(b *Builder, y Value, n Node, ct Value) cts { return cts{ct} },
		OpDot: func(b *Builder, y Value, n Node, ct Value) cts {
			x, w, ta, tb := n.In[0], n.In[1], n.Attr.TA, n.Attr.TB
			var d cts
			if ta {
				d[0] = b.Dot(w, ct, tb, true)
			} else {
				d[0] = b.Dot(ct, w, false, !tb)
			}
			if tb {
				d[1] = b.Dot(ct, x, true, ta)
			} else {
				d[1] = b.Dot(x, ct, !ta, false)
			}
			return d
		},
		OpConvOut: convVJP(kernels.ConvOut),
		OpConvDX:  convVJP(kernels.ConvDX),
		OpConvDW:  convVJP(kernels.ConvDW),
		OpSum: func(b *Builder, y Value, n Node, ct Value) cts {
			lo, hi := int(n.Attr.I[0]), int(n.Attr.I[1])
			return cts{b.insert(ct, lo, b.Shape(n.In[0]).Dims()[lo:hi])}
		},
		OpExpand: func(b *Builder, y Value, n Node, ct Value) cts {
			lo := n.Attr.I[0]
			return cts{b.add(OpSum, Attr{I: [maxInts]int32{lo, lo + int32(n.Attr.S.rank)}}, ct)}
		},
		OpReshape: func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Reshape(ct, b.Shape(n.In[0]))} },
		OpPermute: func(b *Builder, y Value, n Node, ct Value) cts {
			inverse := make([]int, n.Type.S.Rank())
			for i := range inverse {
				inverse[n.Attr.I[i]] = i
			}
			return cts{b.Permute(ct, inverse...)}
		},
		OpSlice: func(b *Builder, y Value, n Node, ct Value) cts {
			axis, lo, hi := int(n.Attr.I[0]), int(n.Attr.I[1]), int(n.Attr.I[2])
			return cts{b.Pad(ct, axis, lo, b.Shape(n.In[0]).Dim(axis)-hi)}
		},
		OpPad: func(b *Builder, y Value, n Node, ct Value) cts {
			axis, before := int(n.Attr.I[0]), int(n.Attr.I[1])
			return cts{b.Slice(ct, axis, before, before+b.Shape(n.In[0]).Dim(axis))}
		},
		OpConcat: func(b *Builder, y Value, n Node, ct Value) cts {
			axis := int(n.Attr.I[0])
			cut := b.Shape(n.In[0]).Dim(axis)
			return cts{b.Slice(ct, axis, 0, cut), b.Slice(ct, axis, cut, n.Type.S.Dim(axis))}
		},
		OpPickMax: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.PutMax(ct, n.In[1], int(n.Attr.I[0]))}
		},
		OpPutMax: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.PickMax(ct, n.In[1], int(n.Attr.I[0]))}
		},
		OpResample: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.add(OpResampleT, Attr{I: n.Attr.I, S: b.Shape(n.In[0])}, ct)}
		},
		OpResampleT: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.add(OpResample, Attr{I: n.Attr.I}, ct)}
		},
		OpPickPool: func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.add(OpPutPool, n.Attr, ct, n.In[1])} },
		OpPutPool:  func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.add(OpPickPool, n.Attr, ct, n.In[1])} },
		OpGather: func(b *Builder, y Value, n Node, ct Value) cts {
			rows := int32(b.Shape(n.In[0]).Dim(0))
			return cts{b.add(OpScatter, Attr{I: [maxInts]int32{rows}}, ct, n.In[1])}
		},
		OpScatter:     func(b *Builder, y Value, n Node, ct Value) cts { return cts{b.Gather(ct, n.In[1])} },
		OpColumnStats: columnStatsVJP,
		OpColumnNorm:  columnNormVJP,
		OpColumnSums:  columnSumsVJP,
		OpColumnDX:    columnDXVJP,
		OpRowNorm:     rowNormVJP,
		OpRowNormDX:   rowNormDXVJP,
		OpSoftmax:     softmaxVJP,
		OpSoftmaxDX:   softmaxDXVJP,
		OpLogSumExp:   logSumExpVJP,
		OpMove: func(b *Builder, y Value, n Node, ct Value) cts {
			return cts{b.add(OpMove, Attr{TA: !n.Attr.TA}, ct, n.In[1])}
		},
		OpStopGradient: func(b *Builder, y Value, n Node, ct Value) cts { return cts{} },
	}
}
