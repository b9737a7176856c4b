package kernels

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"
)

// golden are the hashes of what every tier of every platform must compute: the promise that the same work gives the
// same bits everywhere. A change here is a change of meaning and belongs into the release notes.
var golden = map[string]uint64{
	"adam":     0x513752c67295cce8,
	"colnorm":  0x7c31eb8af700bbe0,
	"exp":      0x19a9dea330e16c23,
	"convU8":   0xda0abc66cbd6dbd3,
	"gemm":     0x9e4d485150bcc22e,
	"gemmU8":   0x96aa12faf9c1f73d,
	"latents":  0x304a14d4292428e4,
	"log":      0xfee5a8e56bb39e0a,
	"pickmax":  0x2f0603be27b6ddd5,
	"random":   0xf28d2ffa14b92fd3,
	"rowsums":  0x9e72e2635bd1e9be,
	"rownorm":  0xe1222a73f63e3336,
	"sgd":      0x52ec01f481835958,
	"sigmoid":  0x14db965143ca5f6b,
	"softmax":  0x8c44794cf35561a2,
	"softplus": 0xfeec422dd3d6e747,
	"sqrt":     0x871d47337e518989,
	"sum":      0x9d1e61d193a06639,
	"sumrows":  0x2d002707175e1f17,
	"tanh":     0x8aed08c255f940a7,
	"u8":       0x72145b311e2b9ca3,
}

// goldenFloats gives n numbers of stream s in (-scale, scale), exact in any arithmetic.
func goldenFloats(n int, s uint32, scale float32) []float32 {
	u := make([]uint32, n)
	Uint32s(u, 1, s, 0)
	x := make([]float32, n)
	for i, v := range u {
		x[i] = float32(int32(v)>>8) * (scale * 0x1p-23)
	}
	return x
}

func hash32(xs ...[]float32) uint64 {
	h := fnv.New64a()
	for _, x := range xs {
		for _, v := range x {
			b := math.Float32bits(v)
			if v != v {
				b = 0x7fc00000
			}
			h.Write(binary.LittleEndian.AppendUint32(nil, b))
		}
	}
	return h.Sum64()
}

func hashInts[T uint8 | int16 | int32 | uint32](xs ...[]T) uint64 {
	h := fnv.New64a()
	for _, x := range xs {
		for _, v := range x {
			h.Write(binary.LittleEndian.AppendUint32(nil, uint32(v)))
		}
	}
	return h.Sum64()
}

func goldenHashes() map[string]uint64 {
	got := map[string]uint64{}

	// Every exponent and both signs, with infinities, NaN and zeros among them.
	var bits []float32
	for b := uint64(0); b < 1<<32; b += 0x155555 {
		bits = append(bits, math.Float32frombits(uint32(b)))
	}
	bits = append(append(bits, specials...), goldenFloats(1001, 2, 20)...)
	for name, f := range map[string]func(dst, x []float32){"exp": Exp, "log": Log, "tanh": Tanh, "sigmoid": Sigmoid,
		"softplus": Softplus, "sqrt": Sqrt} {
		y := make([]float32, len(bits))
		f(y, bits)
		got[name] = hash32(y)
	}

	const m, n, k = 21, 53, 519
	g := &Gemm{M: m, N: n, K: k, A: goldenFloats(m*k, 3, 1), Lda: k, B: goldenFloats(k*n, 4, 1), Ldb: n,
		C: make([]float32, m*n), Ldc: n, Bias: goldenFloats(n, 5, 1), Act: ActTanh}
	g.Run(nil)
	thin := &Gemm{M: 1, N: n, K: k, A: g.A, Lda: k, B: g.B, Ldb: k, TransB: true, C: make([]float32, n), Ldc: n,
		Act: ActLeakyReLU, Slope: 0.2}
	thin.Run(nil)
	got["gemm"] = hash32(g.C, thin.C)

	x := goldenFloats(301*67, 6, 3)
	rows, cols := make([]float32, 301), make([]float32, 67)
	RowSums(rows, x, 301, 67)
	SumRows(cols, x, 301, 67)
	got["sum"] = hash32([]float32{Sum(x), Sum(x[:1000]), Sum(x[:17])})
	got["rowsums"], got["sumrows"] = hash32(rows), hash32(cols)
	picked, put := make([]float32, 67*60), make([]float32, 67*300)
	PickMax(picked, x[:67*300], x[:67*300], 60, 5, 67)
	PutMax(put, picked, x[:67*300], 60, 5, 67)
	got["pickmax"] = hash32(picked, put)

	nx, ng := goldenFloats(2*300*37, 30, 3), goldenFloats(2*300*37, 31, 1)
	cn := &ColumnNorm{Outer: 2, Rows: 300, Cols: 37, Eps: 1e-5, X: nx, G: ng, Gamma: goldenFloats(37, 32, 1),
		Beta: goldenFloats(37, 33, 1), Mean: make([]float32, 74), Rstd: make([]float32, 74), DGamma: make([]float32, 74),
		DBeta: make([]float32, 74), Y: make([]float32, len(nx)), DX: make([]float32, len(nx))}
	cn.Stats(nil)
	cn.Apply(nil)
	cn.Gradient(nil)
	got["colnorm"] = hash32(cn.Mean, cn.Rstd, cn.Y, cn.DGamma, cn.DBeta, cn.DX)
	rn := &RowNorm{Rows: 600, Cols: 37, Eps: 1e-5, X: nx, G: ng, Gamma: cn.Gamma, Beta: cn.Beta, Mean: make([]float32, 600),
		Rstd: make([]float32, 600), DGamma: make([]float32, 37), DBeta: make([]float32, 37), Y: cn.Y, DX: cn.DX}
	rn.Apply(nil)
	rn.Gradient(nil)
	got["rownorm"] = hash32(rn.Mean, rn.Rstd, rn.Y, rn.DGamma, rn.DBeta, rn.DX)
	sm := &Softmax{Rows: 600, Cols: 37, X: nx, Y: cn.Y, LSE: make([]float32, 600), G: ng, DX: cn.DX}
	sm.Apply(nil)
	sm.Gradient(nil)
	got["softmax"] = hash32(sm.Y, sm.LSE, sm.DX)

	p, mean, sq, avg := goldenFloats(1003, 7, 1), make([]float32, 1003), make([]float32, 1003), make([]float32, 1003)
	for step := range uint32(5) {
		a := &AdamParams{Step: 0.01, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8, RSqrtBias2: 2 - float32(step)*0.25}
		Adam(p, mean, sq, goldenFloats(1003, 8+step, 1), a)
		EMA(avg, p, 0.9)
	}
	got["adam"] = hash32(p, mean, sq, avg)
	q, vel := goldenFloats(1003, 14, 1), make([]float32, 1003)
	for step := range uint32(3) {
		SGDMomentum(q, vel, goldenFloats(1003, 15+step, 1), 0.1, 0.7)
	}
	got["sgd"] = hash32(q, vel)

	u, f, drop := make([]uint32, 1001), make([]float32, 1001), make([]float32, 1001)
	Uint32s(u, 0x123456789abcdef, 3, 1<<34-500)
	Uniform(f, 7, 4, 3)
	Bernoulli(drop, 7, 5, 1, 0.4, 2.5)
	got["random"] = hashInts(u) ^ hash32(f, drop)
	uniform, normal := make([]int16, 1001), make([]int16, 1001)
	Latents(uniform, LatentUniform, 9, 0, 5)
	Latents(normal, LatentNormal, 9, 0, 5)
	got["latents"] = hashInts(uniform, normal)

	a8, b8 := make([]uint8, 13*200), make([]int8, 200*37)
	Uint32s(u, 5, 5, 0)
	for i := range a8 {
		a8[i] = uint8(u[i%1001] >> (i % 23))
	}
	for i := range b8 {
		b8[i] = int8(u[i%997] >> (i % 19))
	}
	g8 := &GemmU8{M: 13, N: 37, K: 200, A: a8, Lda: 200, B: PackS8(200, 37, b8, 37), C: make([]uint8, 13*37), Ldc: 37,
		Zero: 100, Hi: 255, Bias: make([]int32, 37), Mult: make([]int32, 37), Shift: make([]uint8, 37)}
	for j := range 37 {
		g8.Bias[j], g8.Mult[j], g8.Shift[j] = int32(u[j])>>16, 1<<30|int32(u[j]>>2), uint8(39+j%5)
	}
	g8.Run(nil)
	acc := *g8
	acc.C, acc.C32 = nil, make([]int32, 13*37)
	acc.Run(nil)
	got["gemmU8"] = hashInts(g8.C) ^ hashInts(acc.C32)
	for _, s := range []ConvShape{
		{H: 9, W: 8, Cin: 6, OH: 5, OW: 4, Cout: 24, KH: 3, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1},
		{H: 7, W: 7, Cin: 5, OH: 7, OW: 7, Cout: 5, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 5},
		{H: 8, W: 20, Cin: 1, OH: 4, OW: 10, Cout: 8, KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1},
	} {
		for role := range ConvDW {
			l := ConvU8Layer{ConvShape: s, Role: role, Weights: b8, InZero: 77, Bias: g8.Bias, Mult: g8.Mult, Shift: g8.Shift,
				Zero: 100, Hi: 255}
			_, out := l.Sizes(2)
			c := &ConvU8{N: 2, Packed: PackConvU8(l), In: a8, Out: make([]uint8, out)}
			c.Run(nil)
			got["convU8"] = got["convU8"]*31 ^ hashInts(c.Out)
		}
	}

	pixels, back := make([]uint8, 1001), make([]float32, 1001)
	ToU8(pixels, goldenFloats(1001, 20, 1.1), 127.5, 127.5)
	FromU8(back, pixels, 1.0/255)
	got["u8"] = hashInts(pixels) ^ hash32(back)
	return got
}

func TestGolden(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for name, h := range goldenHashes() {
			if want, ok := golden[name]; !ok || h != want {
				t.Errorf("%q: %#016x, want %#016x", name, h, want)
			}
		}
	})
}
