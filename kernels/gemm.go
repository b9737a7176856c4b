package kernels

// KBlock is the length of the blocks into which k is cut in every GEMM. It is part of the meaning: inside a block an
// output is one chain of fused multiply-adds over ascending k, from +0; the sums of the blocks are added in ascending
// order. 256 keeps a block of a B panel in the L1 or L2 cache of every machine that matters.
const KBlock = 256

// Act is an activation function in the epilogue of a GEMM.
type Act uint8

// The activations.
const (
	ActNone Act = iota
	ActReLU
	ActLeakyReLU // with Gemm.Slope
	ActTanh
	ActSigmoid
)

// Gemm is a matrix product with an epilogue: C = act(op(A)·op(B) + old C + Bias).
//
// Matrices are row major. op(A) is M x K and op(B) K x N; TransA says that A is stored K x M, TransB that B is stored
// N x K. The order of an output's operations: the sum (see KBlock), then + old C where Accumulate is set, then
// + Bias[j] where there is a bias, then the activation. Nothing else about the call (tier, threads, packing, M) changes
// a bit.
type Gemm struct {
	M, N, K        int
	TransA, TransB bool
	A              []float32
	Lda            int
	B              []float32 // unless Packed is set
	Ldb            int
	Packed         *PackedB
	C              []float32
	Ldc            int
	Accumulate     bool
	Bias           []float32 // nil, or of length N
	Act            Act
	Slope          float32

	run gemmRun // kept from call to call, so that a second Run allocates nothing
}

// GemmReference computes g the plain way. It is the specification of Run.
func GemmReference(g *Gemm) {
	for i := range g.M {
		for j := range g.N {
			var sum float32
			for k0 := 0; k0 < g.K; k0 += KBlock {
				var s float32
				for k := k0; k < min(k0+KBlock, g.K); k++ {
					s = fma32(g.a(i, k), g.b(k, j), s)
				}
				if k0 == 0 {
					sum = s
				} else {
					sum += s
				}
			}
			c := &g.C[i*g.Ldc+j]
			if g.Accumulate {
				sum += *c
			}
			if g.Bias != nil {
				sum += g.Bias[j]
			}
			*c = sum
		}
		activate(g.Act, g.Slope, &genericTier.vec, g.C[i*g.Ldc:][:g.N])
	}
}

func (g *Gemm) a(i, k int) float32 {
	if g.TransA {
		return g.A[k*g.Lda+i]
	}
	return g.A[i*g.Lda+k]
}

func (g *Gemm) b(k, j int) float32 {
	if g.TransB {
		return g.B[j*g.Ldb+k]
	}
	return g.B[k*g.Ldb+j]
}

// activate applies an activation in place.
func activate(a Act, slope float32, v *vecKernels, x []float32) {
	switch a {
	case ActReLU:
		v.relu(x, x)
	case ActLeakyReLU:
		v.leakyReLU(x, x, slope)
	case ActTanh:
		v.tanh(x, x)
	case ActSigmoid:
		v.sigmoid(x, x)
	}
}
