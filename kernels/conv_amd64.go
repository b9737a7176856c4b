//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	convAVX512 = convKernels{mr: 8, widths: []int{48, 32, 16}, lanes: 16, tile: convTileAVX512, depth: convDepthAVX512}
	convAVX2   = convKernels{mr: 6, widths: []int{16}, lanes: 16, tile: convTileAVX2, depth: convDepthAVX2}
)

// Rows of one call into assembly, which cannot be preempted: whole tiles that take some 30 microseconds.
const (
	convRowsAVX512 = 32 * 8
	convRowsAVX2   = 42 * 6
)

func convTileAVX512(width, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add bool) {
	f := asm.ConvF32_8x48_AVX512
	switch width {
	case 32:
		f = asm.ConvF32_8x32_AVX512
	case 16:
		f = asm.ConvF32_8x16_AVX512
	}
	for i := 0; i < rows; i += convRowsAVX512 {
		f(min(convRowsAVX512, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i), b2i(add))
	}
}

func convDepthAVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool) {
	for i := 0; i < rows; i += convRowsAVX512 {
		asm.ConvDepthF32_8x16_AVX512(min(convRowsAVX512, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c,
			at(cOff, i), b2i(add))
	}
}

func convTileAVX2(_, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool) {
	for i := 0; i < rows; i += convRowsAVX2 {
		asm.ConvF32_6x16_AVX2(min(convRowsAVX2, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i),
			b2i(add))
	}
}

func convDepthAVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool) {
	for i := 0; i < rows; i += convRowsAVX2 {
		asm.ConvDepthF32_6x16_AVX2(min(convRowsAVX2, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i),
			b2i(add))
	}
}
