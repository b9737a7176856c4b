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
		case OpResample, OpResampleT, OpPickPool, OpPutPool:
			oracleResample(b, n, out, x, y)
		case OpGather, OpScatter:
			cols := n.Type.S.Dim(-1)
			for i, r := range y {
				for j := range cols {
					if n.Op == OpGather {
						out[i*cols+j] = x[int(r)*cols+j]
					} else {
						out[int(r)*cols+j] += x[i*cols+j]
					}
				}
			}
		case OpColumnStats, OpColumnNorm, OpColumnSums, OpColumnDX, OpRowNorm, OpRowNormDX:
			oracleNorm(b, n, out, in)
		case OpSoftmax, OpSoftmaxDX, OpLogSumExp:
			cols := b.Shape(n.In[0]).Dim(-1)
			for r := range len(x) / cols {
				row := x[r*cols:][:cols]
				sum := 0.0
				for j, v := range row {
					if n.Op == OpSoftmaxDX {
						sum += v * y[r*cols+j]
					} else {
						sum += math.Exp(v)
					}
				}
				for j, v := range row {
					switch n.Op {
					case OpSoftmax:
						out[r*cols+j] = math.Exp(v) / sum
					case OpSoftmaxDX:
						out[r*cols+j] = y[r*cols+j] * (v - sum)
					case OpLogSumExp:
						out[r] = math.Log(sum)
					}
				}
			}
		case OpMove:
			h, w, c := n.Type.S.Dim(1), n.Type.S.Dim(2), n.Type.S.Dim(3)
			each(func(i int) float64 {
				r, at := i/(h*w*c), i/c%(h*w)
				from, to := at, 0
				for q := range h * w { // of all places, that which moves to at, or from it
					to = -1
					if i, j := q/w+int(math.Floor(y[3*r]+.5)), q%w; y[3*r+2] > 0.5 {
						to = place(i, w-1-j+int(math.Floor(y[3*r+1]+.5)), h, w)
					} else {
						to = place(i, j+int(math.Floor(y[3*r+1]+.5)), h, w)
					}
					if !n.Attr.TA && to == at {
						return x[(r*h*w+q)*c+i%c]
					}
					if n.Attr.TA && q == from {
						if to < 0 {
							return 0
						}
						return x[(r*h*w+to)*c+i%c]
					}
				}
				return 0
			})
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

// oracleResample writes an operation on pictures as a matrix: what each element of the smaller or larger picture takes from
// the other.
func oracleResample(b *Builder, n *Node, out, in0, in1 []float64) {
	x := n.Type.S
	if n.Op == OpResample || n.Op == OpPickPool {
		x = b.Shape(n.In[0])
	}
	r, ys, _ := resampling(x, &n.Attr)
	h, w, c := ys.Dim(1), ys.Dim(2), ys.Dim(3)
	at := func(p, y, x, ch int) int { return ((p*r.H+y)*r.W+x)*r.C + ch }
	// move carries a share of element xi of the picture before to element yi of the one after, or back.
	move := func(yi, xi int, share float64) {
		if n.Op == OpResample || n.Op == OpPickPool {
			out[yi] += share * in0[xi]
		} else {
			out[xi] += share * in0[yi]
		}
	}
	filter := [4]float64{1, 3, 3, 1} // [1,2,1] over the mean of two
	for yi := range ys.Numel() {
		p, oy, ox, ch := yi/c/w/h, yi/c/w%h, yi/c%w, yi%c
		switch f := r.Factor; r.Kind {
		case kernels.NearestUp:
			move(yi, at(p, oy/f, ox/f, ch), 1)
		case kernels.NearestDown:
			move(yi, at(p, oy*f, ox*f, ch), 1)
		case kernels.PixelShuffle:
			move(yi, at(p, oy/f, ox/f, (oy%f*f+ox%f)*c+ch), 1)
		case kernels.PixelUnshuffle:
			move(yi, at(p, oy*f+ch/r.C/f, ox*f+ch/r.C%f, ch%r.C), 1)
		case kernels.SmoothUp, kernels.SmoothDown:
			for i := range 4 {
				for j := range 4 {
					// Of four pixels a result takes, in a filter of step two; upwards only every second one is there.
					sy, sx, share := 2*oy-1+i, 2*ox-1+j, filter[i]*filter[j]/64
					if r.Kind == kernels.SmoothUp {
						if (oy+1+i)%2 != 0 || (ox+1+j)%2 != 0 {
							continue
						}
						sy, sx, share = (oy+1-i+8)/2-4, (ox+1-j+8)/2-4, filter[i]*filter[j]/16
					}
					if r.Edge == kernels.EdgeClamp {
						sy, sx = max(0, min(sy, r.H-1)), max(0, min(sx, r.W-1))
					}
					if sy >= 0 && sy < r.H && sx >= 0 && sx < r.W {
						move(yi, at(p, sy, sx, ch), share)
					}
				}
			}
		case kernels.AvgPool, kernels.MaxPool:
			best := -1
			for i := range r.Rows.Size {
				for j := range r.Cols.Size {
					sy, sx := oy*r.Rows.Stride-r.Rows.Pad+i, ox*r.Cols.Stride-r.Cols.Pad+j
					if sy < 0 || sy >= r.H || sx < 0 || sx >= r.W {
						continue
					}
					xi := at(p, sy, sx, ch)
					if r.Kind == kernels.AvgPool {
						move(yi, xi, 1/float64(r.Rows.Size*r.Cols.Size))
					} else if best < 0 || in1[xi] > in1[best] {
						best = xi
					}
				}
			}
			if r.Kind == kernels.MaxPool {
				move(yi, best, 1)
			}
		}
	}
}

// oracleNorm is a normalization by the definition of its gradient: the derivative of h = (x - mean)/sqrt(var + eps).
func oracleNorm(b *Builder, n *Node, out []float64, in [maxInputs][]float64) {
	x, g, arg := in[0], in[0], 0
	switch n.Op {
	case OpColumnSums, OpColumnDX, OpRowNormDX:
		x, arg = in[1], 1
	}
	s, lo := b.Shape(n.In[arg]), int(n.Attr.I[0])
	outer, rows, cols := 0, 0, 1
	eps, noMean := float64(n.Attr.F[0]), false
	if n.Op == OpRowNorm || n.Op == OpRowNormDX {
		outer, rows, _ = s.split(lo, s.Rank())
		noMean = n.Attr.I[1] != 0
	} else {
		outer, rows, cols = columns(s, lo)
		if n.Op != OpColumnStats {
			eps = float64(b.statsEps(n.In[arg+1]))
		}
	}
	for o := range outer {
		for c := range cols {
			each := func(f func(i int)) {
				for r := range rows {
					f((o*rows+r)*cols + c)
				}
			}
			mean, variance := 0.0, 0.0
			each(func(i int) { mean += x[i] / float64(rows) })
			if noMean {
				mean = 0
			}
			each(func(i int) { variance += (x[i] - mean) * (x[i] - mean) / float64(rows) })
			rstd := 1 / math.Sqrt(variance+eps)
			h := func(i int) float64 { return (x[i] - mean) * rstd }
			sum, dot, gamma := 0.0, 0.0, 1.0
			if arg == 1 {
				each(func(i int) { sum += g[i]; dot += g[i] * h(i) })
			}
			if n.Op == OpColumnDX {
				gamma = in[3][c]
			}
			each(func(i int) {
				switch n.Op {
				case OpColumnNorm:
					out[i] = h(i)*in[2][c] + in[3][c]
				case OpRowNorm:
					out[i] = h(i)
				case OpColumnDX, OpRowNormDX:
					mean := sum / float64(rows)
					if noMean {
						mean = 0
					}
					out[i] = gamma * rstd * (g[i] - mean - h(i)*dot/float64(rows))
				}
			})
			switch n.Op {
			case OpColumnStats:
				for k, v := range []float64{mean, variance, rstd} {
					out[(o*3+k)*cols+c] = v
				}
			case OpColumnSums:
				out[(o*2)*cols+c], out[(o*2+1)*cols+c] = sum, dot
			}
		}
	}
}

// place numbers the places of a picture; -1 is outside.
func place(i, j, h, w int) int {
	if i < 0 || i >= h || j < 0 || j >= w {
		return -1
	}
	return i*w + j
}
