package gan

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"github.com/gannet-ml/gannet/report"
	"github.com/gannet-ml/gannet/sample"
	"github.com/gannet-ml/gannet/table"
)

// histograms draws the columns of generated rows over those of real ones, and writes down how far they are apart.
func (r *run) histograms(w io.Writer, s *sample.Sampler) error {
	d := r.game.table.Data
	n := min(1000, d.N)
	made, real := SampleTable(s, d.Schema, 0, n), table.NewFrame(d.Schema)
	cells := make([]table.Cell, len(d.Schema.Columns))
	for i := range n {
		d.Cells(cells, int(uint64(i)*uint64(d.N)/uint64(n)))
		real.Add(cells)
	}
	dist := table.Compare(made, real)
	if err := report.AppendMetric(r.opt.OutDir, report.Metric{Metric: "table", Step: r.game.step, Kimg: r.kimg(), Results: map[string]float64{
		"variation": dist.Mean(), "dependence": dist.Dependence}}); err != nil {
		return err
	}
	return png.Encode(w, panels(made, real))
}

// SampleTable draws the rows of seeds from on.
func SampleTable(s *sample.Sampler, schema *table.Schema, from uint64, n int) *table.Frame {
	f, d := table.NewFrame(schema), table.NewDecoder(schema)
	for lo := 0; lo < n; lo += s.Batch() {
		seeds := sample.Seeds(from+uint64(lo), from+uint64(min(n, lo+s.Batch()))-1)
		rows := s.Rows(seeds)
		dim := len(rows) / len(seeds)
		for i, seed := range seeds {
			f.Add(d.Cells(rows[i*dim:][:dim], seed, sample.StreamCells))
		}
	}
	return f
}

// panels is a histogram for each column: grey bars of the real rows behind narrow blue ones of the generated.
func panels(made, real *table.Frame) image.Image {
	const bars, bar, high, gap, across = 24, 8, 96, 12, 4
	n := min(len(real.Schema.Columns), 64)
	cols := min(n, across)
	rows := (n + cols - 1) / cols
	img := image.NewRGBA(image.Rect(0, 0, cols*(bars*bar+gap)+gap, rows*(high+gap)+gap))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	for i := range n {
		left, top := gap+i%cols*(bars*bar+gap), gap+i/cols*(high+gap)
		var h [2][]float64
		for j, f := range []*table.Frame{real, made} {
			h[j] = histogram(f, real, i, bars)
		}
		tallest := 1e-9
		for k := range bars {
			tallest = max(tallest, h[0][k], h[1][k])
		}
		for j, c := range []color.RGBA{{0xc8, 0xc8, 0xc8, 0xff}, {0x10, 0x50, 0xd0, 0xff}} {
			for k, v := range h[j] {
				up := int(math.Round(v / tallest * high))
				x := left + k*bar + 3*j
				box := image.Rect(x, top+high-up, x+bar-1-5*j, top+high)
				draw.Draw(img, box, image.NewUniform(c), image.Point{}, draw.Src)
			}
		}
		draw.Draw(img, image.Rect(left, top+high, left+bars*bar, top+high+1), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return img
}

// histogram is the share of rows in each bin of a column: bins over the range of the real numbers, or the first categories.
// Missing numbers are in none.
func histogram(f, real *table.Frame, column, bins int) []float64 {
	h := make([]float64, bins)
	share := 1 / float64(max(1, f.N))
	for _, k := range f.Categories[column] {
		if int(k) < bins {
			h[k] += share
		}
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range real.Numbers[column] {
		if x == x {
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	for _, x := range f.Numbers[column] {
		if x >= lo && x <= hi {
			h[min(bins-1, int((x-lo)/(hi-lo+1e-300)*float64(bins)))] += share
		}
	}
	return h
}
