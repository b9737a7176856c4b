package graph

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// oracle evaluates every node of a graph in float64, as plainly as possible. It knows the F32 operations.
func oracle(b *Builder, given map[string][]float64) [][]float64 {
	val := make([][]float64, len(b.nodes))
	for v := 1; v < len(b.nodes); v++ {
		n := &b.nodes[v]
		out := make([]float64, n.Type.S.Numel())
		var in [maxInputs][]float64
		for i, x := range n.In[:ops[n.Op].inputs] {
			in[i] = val[x]
		}
		x, y := in[0], in[1]
		f0 := float64(n.Attr.F[0])
		each := func(f func(i int) float64) {
			for i := range out {
				out[i] = f(i)
			}
		}
		switch n.Op {
		case OpInput, OpVar:
			g, ok := given[n.Attr.Name]
			if !ok || len(g) != len(out) {
				panic("oracle: no value for " + n.Attr.Name)
			}
			copy(out, g)
		case OpFill:
			each(func(i int) float64 { return f0 })
		case OpAdd:
			each(func(i int) float64 { return x[i] + y[i] })
		case OpSub:
			each(func(i int) float64 { return x[i] - y[i] })
		case OpMul:
			each(func(i int) float64 { return x[i] * y[i] })
		case OpDiv:
			each(func(i int) float64 { return x[i] / y[i] })
		case OpMax:
			each(func(i int) float64 { return math.Max(x[i], y[i]) })
		case OpMin:
			each(func(i int) float64 { return math.Min(x[i], y[i]) })
		case OpNeg:
			each(func(i int) float64 { return -x[i] })
		case OpExp:
			each(func(i int) float64 { return math.Exp(x[i]) })
		case OpLog:
			each(func(i int) float64 { return math.Log(x[i]) })
		case OpSqrt:
			each(func(i int) float64 { return math.Sqrt(x[i]) })
		case OpTanh:
			each(func(i int) float64 { return math.Tanh(x[i]) })
		case OpSigmoid:
			each(func(i int) float64 { return 1 / (1 + math.Exp(-x[i])) })
		case OpSoftplus:
			each(func(i int) float64 { return math.Log1p(math.Exp(x[i])) })
		case OpAbs:
			each(func(i int) float64 { return math.Abs(x[i]) })
		case OpSign:
			each(func(i int) float64 {
				switch {
				case x[i] > 0:
					return 1
				case x[i] < 0:
					return -1
				}
				return 0
			})
		case OpReLU:
			each(func(i int) float64 { return math.Max(x[i], 0) })
		case OpLeakyReLU:
			each(func(i int) float64 { return math.Max(x[i], f0*x[i]) })
		case OpLeakyMask:
			each(func(i int) float64 {
				if y[i] > 0 {
					return x[i]
				}
				return f0 * x[i]
			})
		case OpSelect:
			each(func(i int) float64 {
				if x[i] > 0 {
					return y[i]
				}
				return in[2][i]
			})
		case OpMulScalar:
			each(func(i int) float64 { return f0 * x[i] })
		case OpAddScalar:
			each(func(i int) float64 { return x[i] + f0 })
		case OpReshape, OpStopGradient:
			copy(out, x)
		case OpDot:
			rows, cols, k := n.Type.S.Dim(0), n.Type.S.Dim(1), b.Shape(n.In[0]).Dim(1)
			if n.Attr.TA {
				k = b.Shape(n.In[0]).Dim(0)
			}
			for i := range rows {
				for j := range cols {
					for p := range k {
						xi, wi := i*k+p, p*cols+j
						if n.Attr.TA {
							xi = p*rows + i
						}
						if n.Attr.TB {
							wi = j*k + p
						}
						out[i*cols+j] += x[xi] * y[wi]
					}
				}
			}
		case OpConvOut, OpConvDX, OpConvDW:
			oracleConv(b, Value(v), out, x, y)
		case OpSum:
			_, mid, inner := b.Shape(n.In[0]).split(int(n.Attr.I[0]), int(n.Attr.I[1]))
			for i, v := range x {
				out[i/(mid*inner)*inner+i%inner] += v
			}
		case OpExpand:
			lo := int(n.Attr.I[0])
			_, mid, inner := n.Type.S.split(lo, lo+n.Attr.S.Rank())
			each(func(i int) float64 { return x[i/(mid*inner)*inner+i%inner] })
		case OpPermute:
			from := b.Shape(n.In[0])
			each(func(i int) float64 {
				at := 0
				for d := n.Type.S.Rank() - 1; d >= 0; d-- {
					_, _, stride := from.split(int(n.Attr.I[d]), int(n.Attr.I[d])+1)
					at += i % n.Type.S.Dim(d) * stride
					i /= n.Type.S.Dim(d)
				}
				return x[at]
			})
		case OpSlice, OpPad, OpConcat:
			axis := int(n.Attr.I[0])
			_, to, inner := n.Type.S.split(axis, axis+1)
			from := b.Shape(n.In[0]).Dim(axis)
			each(func(i int) float64 {
				o, p, r := i/(to*inner), i/inner%to, i%inner
				switch n.Op {
				case OpSlice:
					return x[(o*from+p+int(n.Attr.I[1]))*inner+r]
				case OpPad:
					if p -= int(n.Attr.I[1]); p < 0 || p >= from {
						return 0
					}
					return x[(o*from+p)*inner+r]
				}
				if p < from {
					return x[(o*from+p)*inner+r]
				}
				return y[(o*(to-from)+p-from)*inner+r]
			})
		case OpPickMax, OpPutMax:
			outer, mid, inner := b.Shape(n.In[1]).split(int(n.Attr.I[0]), int(n.Attr.I[0])+1)
			for o := range outer {
				for i := range inner {
					best := 0
					for p := range mid {
						if y[(o*mid+p)*inner+i] > y[(o*mid+best)*inner+i] {
							best = p
						}
					}
					if n.Op == OpPickMax {
						out[o*inner+i] = x[(o*mid+best)*inner+i]
					} else {
						out[(o*mid+best)*inner+i] = x[o*inner+i]
					}
				}
			}
		default:
			if ops[n.Op].sink {
				continue
			}
			panic(fmt.Sprintf("oracle: %s", n.Op))
		}
		val[v] = out
	}
	return val
}

// oracleConv adds to out every product of an element of X, of the weights and of Y that meet in a convolution.
func oracleConv(b *Builder, v Value, out, in0, in1 []float64) {
	s, role := b.convNode(v)
	x, y, w := in0, in1, out
	switch role {
	case kernels.ConvOut:
		x, y, w = in0, out, in1
	case kernels.ConvDX:
		x, y, w = out, in0, in1
	}
	cg, og := s.Cin/s.Groups, s.Cout/s.Groups
	for i := range y {
		n, oy, ox, co := i/s.Cout/s.OW/s.OH, i/s.Cout/s.OW%s.OH, i/s.Cout%s.OW, i%s.Cout
		for k := range s.KH * s.KW * cg {
			ky, kx, ci := k/cg/s.KW, k/cg%s.KW, k%cg
			h, ww := oy*s.StrideH-s.PadH+ky*s.DilationH, ox*s.StrideW-s.PadW+kx*s.DilationW
			if h < 0 || h >= s.H || ww < 0 || ww >= s.W {
				continue
			}
			xi, wi := ((n*s.H+h)*s.W+ww)*s.Cin+co/og*cg+ci, k*s.Cout+co
			switch role {
			case kernels.ConvOut:
				out[i] += x[xi] * w[wi]
			case kernels.ConvDX:
				out[xi] += y[i] * w[wi]
			case kernels.ConvDW:
				out[wi] += x[xi] * y[i]
			}
		}
	}
}
