package data

import (
	"fmt"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// Curve is a line of a plot.
type Curve struct {
	Name string
	X, Y []float64
}

// Curves writes a PNG with the given lines.
func Curves(out io.Writer, title, xLabel string, curves ...Curve) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = title, xLabel
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for i, c := range curves {
		pts := make(plotter.XYs, len(c.X))
		for j := range pts {
			pts[j].X, pts[j].Y = c.X[j], c.Y[j]
		}
		line, err := plotter.NewLine(pts)
		if err != nil {
			return fmt.Errorf("data: curve %s: %w", c.Name, err)
		}
		line.Color = plotutil.Color(i)
		line.Width = vg.Points(1.2)
		p.Add(line)
		p.Legend.Add(c.Name, line)
	}
	p.Y.Max += (p.Y.Max - p.Y.Min) * 0.07 * float64(len(curves)) // room for the legend above the lines
	w, err := p.WriterTo(8*vg.Inch, 4.5*vg.Inch, "png")
	if err != nil {
		return fmt.Errorf("data: curves: %w", err)
	}
	_, err = w.WriteTo(out)
	return err
}
