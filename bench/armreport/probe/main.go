// Probe runs a kernel a number of times, for armreport to count its instructions:
//
//	probe ROUNDS gemm M N K        an f32 product
//	probe ROUNDS packed M N K      the same with B packed beforehand
//	probe ROUNDS gemm_u8 M N K     an integer product, B packed beforehand
//	probe ROUNDS out|dx|dw N SIZE CIN COUT KERNEL STRIDE PAD    a convolution, in one of its roles
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/gannet-ml/gannet/kernels"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(2)
	}
}

var roles = map[string]kernels.ConvRole{"out": kernels.ConvOut, "dx": kernels.ConvDX, "dw": kernels.ConvDW}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want ROUNDS KERNEL SIZES, got %q", args)
	}
	var n []int
	for _, a := range append(args[:1:1], args[2:]...) {
		v, err := strconv.Atoi(a)
		if err != nil {
			return err
		}
		n = append(n, v)
	}
	rounds, n := n[0], n[1:]
	var call func()
	switch kernel := args[1]; {
	case kernel == "gemm" && len(n) == 3:
		call = gemm(n[0], n[1], n[2], false)
	case kernel == "packed" && len(n) == 3:
		call = gemm(n[0], n[1], n[2], true)
	case kernel == "gemm_u8" && len(n) == 3:
		call = gemmU8(n[0], n[1], n[2])
	case len(n) == 7:
		role, ok := roles[kernel]
		if !ok {
			return fmt.Errorf("no role %q", kernel)
		}
		call = conv(role, n)
	default:
		return fmt.Errorf("no kernel %q of %d sizes", kernel, len(n))
	}
	for range rounds {
		call()
	}
	return nil
}

func gemm(m, n, k int, packed bool) func() {
	g := &kernels.Gemm{M: m, N: n, K: k, A: ones[float32](m * k), Lda: k, B: ones[float32](k * n), Ldb: n,
		C: make([]float32, m*n), Ldc: n}
	if packed {
		g.Packed = kernels.PackB(k, n, g.B, n, false)
	}
	return func() { g.Run(nil) }
}

func gemmU8(m, n, k int) func() {
	g := &kernels.GemmU8{M: m, N: n, K: k, A: ones[uint8](m * k), Lda: k, B: kernels.PackS8(k, n, ones[int8](k*n), n),
		C: make([]uint8, m*n), Ldc: n, Bias: make([]int32, n), Mult: make([]int32, n), Shift: make([]uint8, n), Hi: 255}
	for j := range n {
		g.Mult[j], g.Shift[j] = 1<<30, 44
	}
	return func() { g.Run(nil) }
}

func conv(role kernels.ConvRole, n []int) func() {
	out := (n[1]+2*n[6]-n[4])/n[5] + 1
	c := &kernels.Conv{Role: role, ConvShape: kernels.ConvShape{N: n[0], H: n[1], W: n[1], Cin: n[2], OH: out, OW: out, Cout: n[3],
		KH: n[4], KW: n[4], StrideH: n[5], StrideW: n[5], PadH: n[6], PadW: n[6]}}
	x, w, y := c.Sizes()
	c.X, c.Weights, c.Y = ones[float32](x), ones[float32](w), ones[float32](y)
	return func() { c.Run(nil) }
}

func ones[T float32 | uint8 | int8](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
