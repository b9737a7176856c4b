package bench

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

// bencher is one kernel on one shape. The fields after unit and before prepare may be left out.
type bencher struct {
	kernel, shape string
	work          float64 // operations or bytes of one call
	unit          string  // of work a second: "GFLOP/s", "GOP/s" or "GB/s"

	bytes    float64 // that a call must read and write at least; 0: work, if that counts bytes, and unknown otherwise
	resident float64 // bytes of all its operands, which decide the cache where they lie; 0: bytes
	readOnly bool    // writes next to nothing: bandwidth is that of reading, not of copying
	flops    float64 // operations of a call, if work counts bytes; 0: unknown

	prepare func(p *kernels.Pool) trial // makes the operands, for the tier in use
}

// trial is a bencher with its operands in place.
type trial struct {
	run    func()        // the call that is measured, many times over
	result func() []byte // what the first call of run computed
	rivals []rival       // other ways to the same, on the same operands; they write to memory of their own
}

// rival is how somebody else does it. Its result may differ by rounding and is not compared.
type rival struct {
	name string // a column of the table: "vek", "gonum", "Go"
	call string // what is called, and how it differs
	run  func()
	ours bool // another kernel of ours, which each row measures on its own tier
}

func (b bencher) key() string { return b.kernel + "/" + b.shape }

// traffic is the bytes that a call must move at least, if known.
func (b bencher) traffic() float64 {
	if b.unit == "GB/s" {
		return cmp.Or(b.bytes, b.work)
	}
	return b.bytes
}

// operations is the number of arithmetic operations of a call, if known.
func (b bencher) operations() float64 {
	if b.unit == "GB/s" {
		return b.flops
	}
	return b.work
}

// benchers are what Run measures, one function a family of kernels.
func benchers() []bencher {
	return slices.Concat(
		gemmBenchers(),
		gemmU8Benchers(),
		convBenchers(),
		convU8Benchers(),
		vecBenchers(),
		resampleBenchers(),
		normBenchers(),
	)
}

// values fills a slice of n with numbers in [-1, 1) that are the same everywhere.
func values(n int, stream uint32) []float32 {
	x := make([]float32, n)
	s := uint32(2654435769) * (stream + 1)
	for i := range x {
		s = s*1664525 + 1013904223
		x[i] = float32(int32(s)>>8) * 0x1p-23
	}
	return x
}

// bytesOf is x as little-endian bytes, every NaN as the same one: their signs and payloads are free.
func bytesOf(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, f := range x {
		if f != f {
			f = math.Float32frombits(0x7fc00000)
		}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}
