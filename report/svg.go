package report

import (
	"fmt"
	"math"
	"strings"
)

// colors are those of Okabe and Ito, which the colour-blind can tell apart.
var colors = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"}

// The size of a chart, and its margins, in pixels.
const (
	chartW, chartH          = 560, 220
	left, right, top, below = 46, 8, 8, 22
	maxPoints               = 280 // of a curve; of more lines the mean of each stretch is drawn, before a band of all values
)

// drawSVG draws curves over one pair of axes.
func drawSVG(curves []*curve) string {
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	points := make([][]point, len(curves))
	for i, c := range curves {
		points[i] = thin(c)
		for _, p := range points[i] {
			x0, x1 = min(x0, p.x), max(x1, p.x)
			y0, y1 = min(y0, p.y), max(y1, p.y)
		}
	}
	if flat(x0, x1) {
		x0, x1 = x0-1, x1+1
	}
	if flat(y0, y1) {
		pad := max(math.Abs(y0)*0.1, 1e-6)
		y0, y1 = y0-pad, y1+pad
	}
	pad := (y1 - y0) * 0.05
	y0, y1 = y0-pad, y1+pad
	px := func(x float64) float64 { return left + (x-x0)/(x1-x0)*(chartW-left-right) }
	// A band may leave the chart: its ends are cut there.
	py := func(y float64) float64 { return top + (y1-max(y0, min(y1, y)))/(y1-y0)*(chartH-top-below) }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img">`, chartW, chartH)
	for _, y := range ticks(y0, y1, 4) {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="currentColor" stroke-opacity=".15"/>`, left, py(y), chartW-right)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%.4g</text>`, left-5, py(y)+4, y)
	}
	for i, x := range ticks(x0, x1, 6) {
		unit := ""
		if i == 0 {
			unit = " kimg"
		}
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="currentColor" stroke-opacity=".15"/>`, px(x), top, chartH-below)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%.4g%s</text>`, px(x), chartH-6, x, unit)
	}
	for i, ps := range points {
		color := colors[i%len(colors)]
		if len(curves[i].x) > maxPoints {
			b.WriteString(`<path d="M`)
			for _, p := range ps {
				fmt.Fprintf(&b, "%.1f %.1f ", px(p.x), py(p.hi))
			}
			for j := len(ps) - 1; j >= 0; j-- {
				fmt.Fprintf(&b, "%.1f %.1f ", px(ps[j].x), py(ps[j].lo))
			}
			fmt.Fprintf(&b, `Z" fill="%s" fill-opacity=".18"/>`, color)
		}
		if len(ps) == 1 {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, px(ps[0].x), py(ps[0].y), color)
			continue
		}
		b.WriteString(`<path d="M`)
		for _, p := range ps {
			fmt.Fprintf(&b, "%.1f %.1f ", px(p.x), py(p.y))
		}
		fmt.Fprintf(&b, `" fill="none" stroke="%s" stroke-width="1.5" stroke-linejoin="round"/>`, color)
	}
	b.WriteString("</svg>")
	return b.String()
}

// flat reports a range that is empty but for rounding: there are no round numbers in it to be counted.
func flat(lo, hi float64) bool { return hi-lo <= 1e-9*max(math.Abs(lo), math.Abs(hi)) }

// point is a stretch of a curve: its mean, and the range of its values.
type point struct{ x, y, lo, hi float64 }

// thin cuts a curve into at most maxPoints stretches.
func thin(c *curve) []point {
	n := min(len(c.x), maxPoints)
	ps := make([]point, n)
	for i := range ps {
		from, to := i*len(c.x)/n, (i+1)*len(c.x)/n
		p := point{lo: math.Inf(1), hi: math.Inf(-1)}
		for j := from; j < to; j++ {
			p.x += c.x[j] / float64(to-from)
			p.y += c.y[j] / float64(to-from)
			p.lo, p.hi = min(p.lo, c.y[j]), max(p.hi, c.y[j])
		}
		ps[i] = p
	}
	return ps
}

// ticks are about n round numbers between lo and hi.
func ticks(lo, hi float64, n int) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(n))))
	for _, f := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(f*step) <= float64(n)+1 {
			step *= f
			break
		}
	}
	var ts []float64
	for i := math.Ceil(lo / step); i*step <= hi; i++ {
		ts = append(ts, i*step)
	}
	return ts
}
