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

var normAVX2 = normKernels{
	sumCols: sumColsAVX2, squareCols: squareColsAVX2, gradCols: gradColsAVX2,
	applyCols: applyColsAVX2, dxCols: dxColsAVX2,
	totalRows: totalRowsAVX2, squareRows: squareRowsAVX2, applyRows: applyRowsAVX2,
	dxRows: dxRowsAVX2, paramRows: paramRowsAVX2,
	lessMaxRows: lessMaxRowsAVX2, scaleRows: scaleRowsAVX2, softRows: softRowsAVX2,
}

func sumColsAVX2(acc, x []float32, rows, ld int) {
	for c := 0; c < len(acc) && rows > 0; c += colChunk {
		stopPoint()
		asm.SumColsF32_AVX2(&acc[c], &x[c], min(colChunk, len(acc)-c), rows, ld)
	}
}

func squareColsAVX2(acc, x, mean []float32, rows, ld int) {
	for c := 0; c < len(acc) && rows > 0; c += colChunk {
		stopPoint()
		asm.SquareColsF32_AVX2(&acc[c], &x[c], &mean[c], min(colChunk, len(acc)-c), rows, ld)
	}
}

func gradColsAVX2(sum, dot, g, x, mean, rstd []float32, rows, ld int) {
	for c := 0; c < len(sum) && rows > 0; c += colChunk {
		stopPoint()
		asm.GradColsF32_AVX2(&sum[c], &dot[c], &g[c], &x[c], &mean[c], &rstd[c], min(colChunk, len(sum)-c), rows, ld)
	}
}

func applyColsAVX2(y, x, mean, rstd, gamma, beta []float32, rows, ld int) {
	for c := 0; c < len(mean) && rows > 0; c += colChunk {
		stopPoint()
		asm.ApplyColsF32_AVX2(&y[c], &x[c], &mean[c], &rstd[c], &gamma[c], &beta[c], min(colChunk, len(mean)-c), rows, ld)
	}
}

func dxColsAVX2(dx, g, x []float32, f columnFactors, rows, ld int) {
	for c := 0; c < len(f.mean) && rows > 0; c += colChunk {
		stopPoint()
		asm.DXColsF32_AVX2(&dx[c], &g[c], &x[c], &f.mean[c], &f.rstd[c], &f.scale[c], &f.sum[c], &f.dot[c],
			min(colChunk, len(f.mean)-c), rows, ld)
	}
}

func paramRowsAVX2(sum, dot, g, x, mean, rstd []float32, cols int) {
	for c := 0; c < cols && len(mean) > 0; c += colChunk {
		stopPoint()
		asm.ParamRowsF32_AVX2(&sum[c], &dot[c], &g[c], &x[c], &mean[0], &rstd[0], min(colChunk, cols-c), len(mean), cols)
	}
}

func totalRowsAVX2(sum, x []float32, cols int) {
	if len(sum) > 0 {
		asm.TotalRowsF32_AVX2(&sum[0], &x[0], len(sum), cols)
	}
}

func squareRowsAVX2(sum, x, mean []float32, cols int) {
	if len(sum) > 0 {
		asm.SquareRowsF32_AVX2(&sum[0], &x[0], &mean[0], len(sum), cols)
	}
}

func applyRowsAVX2(y, x, mean, rstd, gamma, beta []float32, cols int) {
	if len(mean) > 0 {
		asm.ApplyRowsF32_AVX2(&y[0], &x[0], &mean[0], &rstd[0], &gamma[0], &beta[0], len(mean), cols)
	}
}

func dxRowsAVX2(dx, g, x, mean, rstd, gamma []float32, cols int, noMean bool) {
	if len(mean) > 0 {
		asm.DXRowsF32_AVX2(&dx[0], &g[0], &x[0], &mean[0], &rstd[0], &gamma[0], len(mean), cols, float32(cols), flag(noMean))
	}
}

func lessMaxRowsAVX2(y, max, x []float32, cols int) {
	if len(max) > 0 {
		asm.LessMaxRowsF32_AVX2(&y[0], &max[0], &x[0], len(max), cols)
	}
}

func scaleRowsAVX2(y, sum []float32, cols int) {
	if len(sum) > 0 {
		asm.ScaleRowsF32_AVX2(&y[0], &sum[0], len(sum), cols)
	}
}

func softRowsAVX2(dx, g, y []float32, cols int) {
	if len(dx) > 0 {
		asm.SoftRowsF32_AVX2(&dx[0], &g[0], &y[0], len(dx)/cols, cols)
	}
}
