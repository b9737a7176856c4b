//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var (
	convAVX512 = convKernels{mr: 8, widths: []int{48, 32, 16}, lanes: 16, thinLanes: 16, thinRows: 6,
		tile: convTileAVX512, ahead: [2]int{2, 4}, depth: convDepthAVX512, thin: convThinAVX512,
		lineTiles: []lineTile{{16, 8}, {8, 4}}, lines: convLinesAVX512, lineSums: convLineSumsAVX512, finish: convFinishAVX512,
		transpose: convTransposeAVX512, copyRows: convCopyRowsAVX512}
	convAVX2 = convKernels{mr: 6, widths: []int{16}, lanes: 16, thinLanes: 8, thinRows: 4,
		tile: convTileAVX2, ahead: [2]int{1, 0}, depth: convDepthAVX2, thin: convThinAVX2,
		lineTiles: []lineTile{{8, 4}}, lines: convLinesAVX2, lineSums: convLineSumsAVX2, finish: convFinishAVX2,
		transpose: convTransposeAVX2, copyRows: copyRowsAVX2}
)

// Rows of one call into assembly, which cannot be preempted: whole tiles that take some 30 microseconds.
const (
	convRowsAVX512 = 32 * 8
	convRowsAVX2   = 42 * 6
	convRowsThin   = 4 * 6 * 4 // vectors
	convLinePixels = 1024      // of lines

	convFinishFloats = 1 << 16 // of rows that are finished
)

// convFinishAVX512 leaves functions to the vector kernels, row by row.
func convFinishAVX512(v *vecKernels, c []float32, off []int, n int, bias []float32, act Act, slope float32) {
	if bias == nil {
		convFinishRows(v, c, off, n, nil, act, slope)
		return
	}
	most := max(1, convFinishFloats/n)
	for rows := off; len(rows) > 0; {
		stopPoint()
		m := min(most, len(rows))
		asm.ConvFinishF32_AVX512(m, n, &c[0], &rows[0], &bias[0], convAct(act), slope)
		rows = rows[m:]
	}
	if convAct(act) == 0 && act != ActNone {
		convFinishRows(v, c, off, n, nil, act, slope)
	}
}

// convFinishAVX2 does the same for whole vectors, and what is left of the columns row by row.
func convFinishAVX2(v *vecKernels, c []float32, off []int, n int, bias []float32, act Act, slope float32) {
	whole := n &^ 7
	if bias == nil || whole == 0 {
		convFinishRows(v, c, off, n, bias, act, slope)
		return
	}
	most := max(1, convFinishFloats/n)
	for rows := off; len(rows) > 0; {
		stopPoint()
		m := min(most, len(rows))
		asm.ConvFinishF32_AVX2(m, whole, &c[0], &rows[0], &bias[0], convAct(act), slope)
		rows = rows[m:]
	}
	if convAct(act) == 0 && act != ActNone {
		convFinishRows(v, c, off, whole, nil, act, slope)
	}
	if whole < n {
		convFinishRows(v, c[whole:], off, n-whole, bias[whole:], act, slope)
	}
}

// convAct is how the assembly that finishes rows calls an activation; 0 for what it does not know.
func convAct(act Act) int {
	switch act {
	case ActReLU:
		return 1
	case ActLeakyReLU:
		return 2
	}
	return 0
}

func convTileAVX512(width, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int,
	c *float32, cOff *int, add bool, ahead convAhead) {
	f := asm.ConvF32_8x48_AVX512
	switch width {
	case 32:
		f = asm.ConvF32_8x32_AVX512
	case 16:
		f = asm.ConvF32_8x16_AVX512
	}
	for i := 0; i < rows; i += convRowsAVX512 {
		stopPoint()
		f(min(convRowsAVX512, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i), convAdd(add), ahead.from, ahead.step)
	}
}

func convDepthAVX512(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool, ahead convAhead) {
	for i := 0; i < rows; i += convRowsAVX512 {
		stopPoint()
		asm.ConvDepthF32_8x16_AVX512(min(convRowsAVX512, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c,
			at(cOff, i), convAdd(add), ahead.from, ahead.step)
	}
}

func convTileAVX2(_, rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool, ahead convAhead) {
	for i := 0; i < rows; i += convRowsAVX2 {
		stopPoint()
		asm.ConvF32_6x16_AVX2(min(convRowsAVX2, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i),
			convAdd(add), ahead.from, ahead.step)
	}
}

func convDepthAVX2(rows int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, bStep int, c *float32,
	cOff *int, add bool, ahead convAhead) {
	for i := 0; i < rows; i += convRowsAVX2 {
		stopPoint()
		asm.ConvDepthF32_6x16_AVX2(min(convRowsAVX2, rows-i), a, at(aOff, i), aStep, segs, nseg, b, bStep, c, at(cOff, i),
			convAdd(add), ahead.from, ahead.step)
	}
}

func convThinAVX512(rows, cols int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add bool, seen *uint16, seenOff *int) {
	f := [thinChannels]func(int, *float32, *int, int, *int, int, *float32, *float32, *int, int, int, *uint16, *int){
		asm.ConvThinF32_6x1_AVX512, asm.ConvThinF32_6x2_AVX512, asm.ConvThinF32_6x3_AVX512, asm.ConvThinF32_6x4_AVX512}[cols-1]
	for i := 0; i < rows; i += convRowsThin {
		stopPoint()
		f(min(convRowsThin, rows-i), a, at(aOff, i), aStep, segs, nseg, b, c, at(cOff, i), cStep, convAdd(add), seen, at(seenOff, i))
	}
}

// convThinAVX2 has no registers for four channels at once: the caller's b would be read in steps of four.
func convThinAVX2(rows, cols int, a *float32, aOff *int, aStep int, segs *int, nseg int, b *float32, c *float32,
	cOff *int, cStep int, add bool, seen *uint16, seenOff *int) {
	f := [thinChannels]func(int, *float32, *int, int, *int, int, *float32, *float32, *int, int, int, *uint16, *int){
		asm.ConvThinF32_4x1_AVX2, asm.ConvThinF32_4x2_AVX2, asm.ConvThinF32_4x3_AVX2, asm.ConvThinF32_2x4_AVX2}[cols-1]
	for i := 0; i < rows; i += convRowsThin {
		stopPoint()
		f(min(convRowsThin, rows-i), a, at(aOff, i), aStep, segs, nseg, b, c, at(cOff, i), cStep, convAdd(add), seen, at(seenOff, i))
	}
}

type convLinesFunc func(lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32, cOff *int,
	cStep, mode int, bias *float32, xAhead, cAhead int, slope float32)

// Lines of one to four abreast.
var (
	linesAVX512 = [4]convLinesFunc{asm.ConvLinesF32_1x16_AVX512, asm.ConvLinesF32_2x16_AVX512, asm.ConvLinesF32_3x16_AVX512,
		asm.ConvLinesF32_4x16_AVX512}
	linesAVX2 = [4]convLinesFunc{asm.ConvLinesF32_1x8_AVX2, asm.ConvLinesF32_2x8_AVX2, asm.ConvLinesF32_3x8_AVX2,
		asm.ConvLinesF32_4x8_AVX2}
)

func convLinesAVX512(width, lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep int, mode lineMode, bias *float32, xAhead, cAhead int, slope float32) {
	f := &linesAVX512
	if width == 8 {
		f = &linesAVX2
	}
	convLinesOf(f, lines, x, xOff, xStep, w, depth, pixels, c, cOff, cStep, mode, bias, xAhead, cAhead, slope)
}

func convLinesAVX2(_, lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32, cOff *int,
	cStep int, mode lineMode, bias *float32, xAhead, cAhead int, slope float32) {
	convLinesOf(&linesAVX2, lines, x, xOff, xStep, w, depth, pixels, c, cOff, cStep, mode, bias, xAhead, cAhead, slope)
}

func convLinesOf(f *[4]convLinesFunc, lines int, x *float32, xOff *int, xStep int, w *float32, depth, pixels int, c *float32,
	cOff *int, cStep int, mode lineMode, bias *float32, xAhead, cAhead int, slope float32) {
	for i := 0; i < lines; {
		n, abreast := lineChunk(lines - i)
		n = min(n, max(abreast, convLinePixels/pixels/abreast*abreast))
		stopPoint()
		f[abreast-1](n, x, at(xOff, i), xStep, w, depth, pixels, c, at(cOff, i), cStep, int(mode), bias, xAhead, cAhead, slope)
		i += n
	}
}

func convLineSumsAVX512(width int, x *float32, xStep int, y *float32, yStep int, segs *int, nseg int, c *float32,
	cRow, cTap int, add bool, xAhead, yAhead int) {
	f := asm.ConvLineSumsF32_8x16_AVX512
	if width == 8 {
		f = asm.ConvLineSumsF32_4x8_AVX2
	}
	stopPoint()
	f(x, xStep, y, yStep, segs, nseg, c, cRow, cTap, convAdd(add), xAhead, yAhead)
}

func convLineSumsAVX2(_ int, x *float32, xStep int, y *float32, yStep int, segs *int, nseg int, c *float32, cRow, cTap int,
	add bool, xAhead, yAhead int) {
	stopPoint()
	asm.ConvLineSumsF32_4x8_AVX2(x, xStep, y, yStep, segs, nseg, c, cRow, cTap, convAdd(add), xAhead, yAhead)
}

// convTransposeAVX512 does whole groups of 16 rows and 16 steps in registers, and leaves the rest to narrower ones.
func convTransposeAVX512(dst, src []float32, ld, kc, w, width int) {
	whole := kc &^ 15
	i := 0
	for ; i+16 <= w && whole > 0; i += 16 {
		asm.TransposeF32_16_AVX512(&dst[i], &src[i*ld], ld, whole, width)
		if whole < kc {
			transposeAVX2(dst[whole*width+i:], src[i*ld+whole:], ld, kc-whole, 16, width)
		}
	}
	if i < w {
		convTransposeAVX2(dst[i:], src[i*ld:], ld, kc, w-i, width)
	}
}

// convTransposeAVX2 is transposeAVX2, and does two and six rows side by side in registers too.
func convTransposeAVX2(dst, src []float32, ld, kc, w, width int) {
	if whole := kc &^ 7; w == width && whole > 0 && (w == 2 || w == 6) {
		if w == 2 {
			asm.TransposeF32_2_AVX2(&dst[0], &src[0], ld, whole)
		} else {
			asm.TransposeF32_6_AVX2(&dst[0], &src[0], ld, whole)
		}
		dst, src, kc = dst[w*whole:], src[whole:], kc-whole
	}
	if kc > 0 {
		transposeAVX2(dst, src, ld, kc, w, width)
	}
}

func convCopyRowsAVX512(dst, src []float32, ld, kc, w, width int) {
	if w == 32 && width == 32 {
		asm.CopyF32_32_AVX512(&dst[0], &src[0], ld, kc)
		return
	}
	copyRowsAVX2(dst, src, ld, kc, w, width)
}

func convAdd(add bool) int {
	if add {
		return 1
	}
	return 0
}
