package bench

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// maxLabels is how many points a picture may have before none of them carries its shape. A label that would hide another is
// left out.
const maxLabels = 30

// Roofline writes a PNG: the roofs of the best tier that was measured, log-log, and a point for every row of it whose
// operations and bytes are known. It is an error if there is none.
func (r *Report) Roofline(out io.Writer) error {
	var rows []Row
	for _, w := range r.Rows {
		if w.Ops > 0 && w.Bytes > 0 && w.Tier == r.Rows[0].Tier {
			rows = append(rows, w)
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("bench: no row has both operations and bytes to place it in a roofline")
	}
	tier := rows[0].Tier
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s: tier %s, %s", r.CPU, tier, plural(r.Threads, "thread"))
	p.X.Label.Text = "operations a byte of operands and results"
	p.Y.Label.Text = "GFLOP/s, of int8 kernels GOP/s"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(powersOfTwo), plot.TickerFunc(powersOfTwo)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)

	box := boundsOf(rows)
	if err := r.addRoofs(p, &box, tier); err != nil {
		return err
	}
	legend, err := addPoints(p, box, rows)
	if err != nil {
		return err
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = box.x0, box.x1, box.y0, box.y1

	const width, height, side = 11 * vg.Inch, 6.5 * vg.Inch, 1.5 * vg.Inch
	img := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(110))}
	all := draw.New(img)
	p.Draw(draw.Crop(all, 0, -side, 0, -4))
	legend.Draw(draw.Crop(all, width-side+8, 0, 0, -30))
	_, err = img.WriteTo(out)
	return err
}

// box is the part of the plane that is drawn.
type box struct {
	x0, x1, y0, y1 float64
	int8           bool // it holds points of int8 kernels
}

func boundsOf(rows []Row) box {
	b := box{x0: math.Inf(1), y0: math.Inf(1)}
	for _, w := range rows {
		x, y := w.Ops/w.Bytes, w.Ops/w.Seconds/1e9
		b.x0, b.x1, b.y0, b.y1 = min(b.x0, x/2), max(b.x1, 2*x), min(b.y0, y/2), max(b.y1, 2*y)
		b.int8 = b.int8 || w.Unit == "GOP/s"
	}
	return b
}

// far reports whether a label at p leaves one at q readable.
func (b box) far(p, q plotter.XY) bool {
	dx, dy := math.Log(p.X/q.X)/math.Log(b.x1/b.x0), math.Log(p.Y/q.Y)/math.Log(b.y1/b.y0)
	return math.Abs(dx) > 0.11 || math.Abs(dy) > 0.018
}

// addRoofs draws what the peaks allow: level lines for arithmetic, slopes for reading from each level of memory.
func (r *Report) addRoofs(p *plot.Plot, b *box, tier string) error {
	var flat, slopes []Peak
	top := 0.0
	for _, k := range r.Peaks {
		if k.Tier != tier || k.Threads != r.Threads || k.Unit == "GOP/s" && !b.int8 {
			continue
		}
		if k.Unit != "GB/s" {
			flat = append(flat, k)
			top = max(top, k.Rate)
		} else if strings.HasPrefix(k.Name, "read ") {
			slopes = append(slopes, k)
		}
	}
	b.y1 = max(b.y1, 1.6*top)
	if top == 0 {
		top = b.y1
	}
	var labels plotter.XYLabels
	var styles []draw.TextStyle
	label := func(x, y float64, text string, angle float64) {
		labels.XYs = append(labels.XYs, plotter.XY{X: x, Y: y})
		labels.Labels = append(labels.Labels, text)
		styles = append(styles, draw.TextStyle{Color: color.Gray{70}, Font: font.From(plot.DefaultFont, 9), Rotation: angle,
			Handler: plot.DefaultTextHandler})
	}
	line := func(x0, y0, x1, y1 float64) error {
		l, err := plotter.NewLine(plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y1}})
		if err != nil {
			return err
		}
		l.Color, l.Width = color.Gray{110}, vg.Points(1.1)
		p.Add(l)
		return nil
	}
	fastest := 0.0
	for _, k := range slopes {
		fastest = max(fastest, k.Rate)
	}
	for _, k := range flat {
		from := b.x0
		if fastest > 0 {
			from = max(from, k.Rate/fastest)
		}
		if err := line(from, k.Rate, b.x1, k.Rate); err != nil {
			return err
		}
		label(math.Sqrt(max(from, b.x0)*b.x1), k.Rate*1.06, fmt.Sprintf("%s %.0f %s", k.Name, k.Rate, k.Unit), 0)
	}
	for _, k := range slopes {
		x0, x1 := max(b.x0, b.y0/k.Rate), min(b.x1, top/k.Rate)
		if x0 >= x1 {
			continue
		}
		if err := line(x0, x0*k.Rate, x1, x1*k.Rate); err != nil {
			return err
		}
		label(x0*1.1, x0*1.1*k.Rate*1.12, fmt.Sprintf("%s %.0f GB/s", k.Name, k.Rate), b.slope())
	}
	if len(labels.Labels) == 0 {
		return nil
	}
	l, err := plotter.NewLabels(labels)
	if err != nil {
		return err
	}
	l.TextStyle = styles
	p.Add(l)
	return nil
}

// slope is about the angle that a line of constant bandwidth has on the picture, whose drawn part is 8.3 by 5.6 inches.
func (b box) slope() float64 {
	return math.Atan(5.6 / math.Log(b.y1/b.y0) * math.Log(b.x1/b.x0) / 8.3)
}

// addPoints draws a glyph for each row and returns what says which kernel it is.
func addPoints(p *plot.Plot, b box, rows []Row) (plot.Legend, error) {
	legend := plot.NewLegend()
	legend.Top, legend.Left = true, true
	legend.TextStyle.Font.Size = 9
	var kernels []string
	points := map[string]plotter.XYs{}
	var labels plotter.XYLabels
	for _, w := range rows {
		at := plotter.XY{X: w.Ops / w.Bytes, Y: w.Ops / w.Seconds / 1e9}
		if points[w.Kernel] == nil {
			kernels = append(kernels, w.Kernel)
		}
		points[w.Kernel] = append(points[w.Kernel], at)
		if !slices.ContainsFunc(labels.XYs, func(q plotter.XY) bool { return !b.far(at, q) }) {
			labels.XYs = append(labels.XYs, at)
			labels.Labels = append(labels.Labels, w.Shape)
		}
	}
	slices.Sort(kernels)
	for i, k := range kernels {
		s, err := plotter.NewScatter(points[k])
		if err != nil {
			return legend, err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: plotutil.Color(i), Shape: plotutil.Shape(i), Radius: vg.Points(3)}
		p.Add(s)
		legend.Add(k, s)
	}
	if len(rows) <= maxLabels {
		l, err := plotter.NewLabels(labels)
		if err != nil {
			return legend, err
		}
		for i := range l.TextStyle {
			l.TextStyle[i].Font.Size = 7
		}
		l.Offset = vg.Point{X: 4, Y: -7}
		p.Add(l)
	}
	return legend, nil
}

// powersOfTwo are the ticks of a logarithmic axis: every power of two, at most about ten of them labelled.
func powersOfTwo(lo, hi float64) []plot.Tick {
	from, to := int(math.Ceil(math.Log2(lo))), int(math.Floor(math.Log2(hi)))
	every := max(1, (to-from+9)/10)
	var ticks []plot.Tick
	for e := from; e <= to; e++ {
		t := plot.Tick{Value: math.Ldexp(1, e)}
		if e%every == 0 {
			if t.Label = fmt.Sprint(t.Value); e < 0 {
				t.Label = fmt.Sprintf("1/%d", 1<<-e)
			}
		}
		ticks = append(ticks, t)
	}
	return ticks
}
