//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var convNEON = convKernels{mr: 8, widths: []int{8, 4}, lanes: 8, thinLanes: 4, thinRows: 8,
	tile: convTileNEON, depth: convDepthNEON, thin: convThinNEON, lines: convLinesGeneric,
	lineSums: convLineSumsGeneric, finish: convFinishRows,
	transpose: transposeNEON, copyRows: copyRowsNEON}

// Rows of one call into assembly, which cannot be preempted: whole tiles that take at most some 80 microseconds on a slow core.
const (
	convRowsNEON = 24 * 8
	thinRowsNEON = 16 * 8 // vectors
)

func convTileNEON(width, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool, _ convAhead) {
	f := asm.ConvF32_8x8_NEON
	if width == 4 {
		f = asm.ConvF32_8x4_NEON
	}
	for i := 0; i < rows; i += convRowsNEON {
		stopPoint()
		f(min(convRowsNEON, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i), convAdd(add))
	}
}

func convDepthNEON(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool, _ convAhead) {
	for i := 0; i < rows; i += convRowsNEON {
		stopPoint()
		asm.ConvDepthF32_8x8_NEON(min(convRowsNEON, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i),
			convAdd(add))
	}
}

func convThinNEON(rows, cols int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add bool, seen *uint16, seenOff *int) {
	f := [thinChannels]func(int, *float32, *int, int, *int, int, *float32, *float32, *int, int, int, *uint16, *int){
		asm.ConvThinF32_8x1_NEON, asm.ConvThinF32_8x2_NEON, asm.ConvThinF32_8x3_NEON, asm.ConvThinF32_4x4_NEON}[cols-1]
	for i := 0; i < rows; i += thinRowsNEON {
		stopPoint()
		f(min(thinRowsNEON, rows-i), a, at(aOff, i), aStep, segs, nseg, b, c, at(cOff, i), cStep, convAdd(add), seen, at(seenOff, i))
	}
}

func convAdd(add bool) int {
	if add {
		return 1
	}
	return 0
}
