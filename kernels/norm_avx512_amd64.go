//go:build !purego

package kernels

import "github.com/gannet-ml/gannet/asm"

var normAVX512 = normKernels{
	sumCols: sumColsAVX512, squareCols: squareColsAVX512, gradCols: gradColsAVX512,
	applyCols: applyColsAVX512, dxCols: dxColsAVX512,
	totalRows: totalRowsAVX512, squareRows: squareRowsAVX512, applyRows: applyRowsAVX512,
	dxRows: dxRowsAVX512, paramRows: paramRowsAVX512,
	lessMaxRows: lessMaxRowsAVX512, scaleRows: scaleRowsAVX512, softRows: softRowsAVX512,
}

func sumColsAVX512(acc, x []float32, rows, ld int) {
	for c := 0; c < len(acc) && rows > 0; c += colChunk {
		stopPoint()
		asm.SumColsF32_AVX512(&acc[c], &x[c], min(colChunk, len(acc)-c), rows, ld)
	}
}

func squareColsAVX512(acc, x, mean []float32, rows, ld int) {
	for c := 0; c < len(acc) && rows > 0; c += colChunk {
		stopPoint()
		asm.SquareColsF32_AVX512(&acc[c], &x[c], &mean[c], min(colChunk, len(acc)-c), rows, ld)
	}
}

func gradColsAVX512(sum, dot, g, x, mean, rstd []float32, rows, ld int) {
	for c := 0; c < len(sum) && rows > 0; c += colChunk {
		stopPoint()
		asm.GradColsF32_AVX512(&sum[c], &dot[c], &g[c], &x[c], &mean[c], &rstd[c], min(colChunk, len(sum)-c), rows, ld)
	}
}

func applyColsAVX512(y, x, mean, rstd, gamma, beta []float32, rows, ld int) {
	for c := 0; c < len(mean) && rows > 0; c += colChunk {
		stopPoint()
		asm.ApplyColsF32_AVX512(&y[c], &x[c], &mean[c], &rstd[c], &gamma[c], &beta[c], min(colChunk, len(mean)-c), rows, ld)
	}
}

func dxColsAVX512(dx, g, x []float32, f columnFactors, rows, ld int) {
	for c := 0; c < len(f.mean) && rows > 0; c += colChunk {
		stopPoint()
		asm.DXColsF32_AVX512(&dx[c], &g[c], &x[c], &f.mean[c], &f.rstd[c], &f.scale[c], &f.sum[c], &f.dot[c],
			min(colChunk, len(f.mean)-c), rows, ld)
	}
}

func paramRowsAVX512(sum, dot, g, x, mean, rstd []float32, cols int) {
	for c := 0; c < cols && len(mean) > 0; c += colChunk {
		stopPoint()
		asm.ParamRowsF32_AVX512(&sum[c], &dot[c], &g[c], &x[c], &mean[0], &rstd[0], min(colChunk, cols-c), len(mean), cols)
	}
}

func totalRowsAVX512(sum, x []float32, cols int) {
	if len(sum) > 0 {
		asm.TotalRowsF32_AVX512(&sum[0], &x[0], len(sum), cols)
	}
}

func squareRowsAVX512(sum, x, mean []float32, cols int) {
	if len(sum) > 0 {
		asm.SquareRowsF32_AVX512(&sum[0], &x[0], &mean[0], len(sum), cols)
	}
}

func applyRowsAVX512(y, x, mean, rstd, gamma, beta []float32, cols int) {
	if len(mean) > 0 {
		asm.ApplyRowsF32_AVX512(&y[0], &x[0], &mean[0], &rstd[0], &gamma[0], &beta[0], len(mean), cols)
	}
}

func dxRowsAVX512(dx, g, x, mean, rstd, gamma []float32, cols int, noMean bool) {
	if len(mean) > 0 {
		asm.DXRowsF32_AVX512(&dx[0], &g[0], &x[0], &mean[0], &rstd[0], &gamma[0], len(mean), cols, float32(cols), flag(noMean))
	}
}

func lessMaxRowsAVX512(y, max, x []float32, cols int) {
	if len(max) > 0 {
		asm.LessMaxRowsF32_AVX512(&y[0], &max[0], &x[0], len(max), cols)
	}
}

func scaleRowsAVX512(y, sum []float32, cols int) {
	if len(sum) > 0 {
		asm.ScaleRowsF32_AVX512(&y[0], &sum[0], len(sum), cols)
	}
}

func softRowsAVX512(dx, g, y []float32, cols int) {
	if len(dx) > 0 {
		asm.SoftRowsF32_AVX512(&dx[0], &g[0], &y[0], len(dx)/cols, cols)
	}
}
