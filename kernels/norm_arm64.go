//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

// colChunk bounds the columns of one call: a few rows of each stream stay in L1.
const colChunk = 2048

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

var normNEON = normKernels{
	sumCols: sumColsNEON, squareCols: squareColsNEON, gradCols: gradColsNEON,
	applyCols: applyColsNEON, dxCols: dxColsNEON,
	totalRows: totalRowsNEON, squareRows: squareRowsNEON, applyRows: applyRowsNEON,
	dxRows: dxRowsNEON, paramRows: paramRowsNEON,
	lessMaxRows: lessMaxRowsNEON, scaleRows: scaleRowsNEON, softRows: softRowsNEON,
}

func sumColsNEON(acc, x []float32, rows, ld int) {
	for c := 0; c < len(acc) && rows > 0; c += colChunk {
		stopPoint()
		asm.SumColsF32_NEON(&acc[c], &x[c], min(colChunk, len(acc)-c), rows, ld)
	}
}

func squareColsNEON(acc, x, mean []float32, rows, ld int) {
	for c := 0; c < len(acc) && rows > 0; c += colChunk {
		stopPoint()
		asm.SquareColsF32_NEON(&acc[c], &x[c], &mean[c], min(colChunk, len(acc)-c), rows, ld)
	}
}

func gradColsNEON(sum, dot, g, x, mean, rstd []float32, rows, ld int) {
	for c := 0; c < len(sum) && rows > 0; c += colChunk {
		stopPoint()
		asm.GradColsF32_NEON(&sum[c], &dot[c], &g[c], &x[c], &mean[c], &rstd[c], min(colChunk, len(sum)-c), rows, ld)
	}
}

func applyColsNEON(y, x, mean, rstd, gamma, beta []float32, rows, ld int) {
	for c := 0; c < len(mean) && rows > 0; c += colChunk {
		stopPoint()
		asm.ApplyColsF32_NEON(&y[c], &x[c], &mean[c], &rstd[c], &gamma[c], &beta[c], min(colChunk, len(mean)-c), rows, ld)
	}
}

func dxColsNEON(dx, g, x []float32, f columnFactors, rows, ld int) {
	for c := 0; c < len(f.mean) && rows > 0; c += colChunk {
		stopPoint()
		asm.DXColsF32_NEON(&dx[c], &g[c], &x[c], &f.mean[c], &f.rstd[c], &f.scale[c], &f.sum[c], &f.dot[c],
			min(colChunk, len(f.mean)-c), rows, ld)
	}
}

func paramRowsNEON(sum, dot, g, x, mean, rstd []float32, cols int) {
	for c := 0; c < cols && len(mean) > 0; c += colChunk {
		stopPoint()
		asm.ParamRowsF32_NEON(&sum[c], &dot[c], &g[c], &x[c], &mean[0], &rstd[0], min(colChunk, cols-c), len(mean), cols)
	}
}

func totalRowsNEON(sum, x []float32, cols int) {
	if len(sum) > 0 {
		asm.TotalRowsF32_NEON(&sum[0], &x[0], len(sum), cols)
	}
}

func squareRowsNEON(sum, x, mean []float32, cols int) {
	if len(sum) > 0 {
		asm.SquareRowsF32_NEON(&sum[0], &x[0], &mean[0], len(sum), cols)
	}
}

func applyRowsNEON(y, x, mean, rstd, gamma, beta []float32, cols int) {
	if len(mean) > 0 {
		asm.ApplyRowsF32_NEON(&y[0], &x[0], &mean[0], &rstd[0], &gamma[0], &beta[0], len(mean), cols)
	}
}

func dxRowsNEON(dx, g, x, mean, rstd, gamma []float32, cols int, noMean bool) {
	if len(mean) > 0 {
		asm.DXRowsF32_NEON(&dx[0], &g[0], &x[0], &mean[0], &rstd[0], &gamma[0], len(mean), cols, float32(cols), flag(noMean))
	}
}

func lessMaxRowsNEON(y, max, x []float32, cols int) {
	if len(max) > 0 {
		asm.LessMaxRowsF32_NEON(&y[0], &max[0], &x[0], len(max), cols)
	}
}

func scaleRowsNEON(y, sum []float32, cols int) {
	if len(sum) > 0 {
		asm.ScaleRowsF32_NEON(&y[0], &sum[0], len(sum), cols)
	}
}

func softRowsNEON(dx, g, y []float32, cols int) {
	if len(dx) > 0 {
		asm.SoftRowsF32_NEON(&dx[0], &g[0], &y[0], len(dx)/cols, cols)
	}
}
