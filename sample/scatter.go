package sample

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
)

// Scatter writes a picture of points [n, 2], real ones grey under generated ones, both within a square around the real
// ones. side is its width and height in pixels.
func Scatter(out io.Writer, real, made []float32, side int) error {
	most := 1e-6
	for _, v := range real {
		most = math.Max(most, math.Abs(float64(v)))
	}
	most *= 1.15
	img := newRGBA(image.Rect(0, 0, side, side), 255)
	place := func(v float32) int { return int(math.Floor((float64(v)/most + 1) / 2 * float64(side))) }
	dots := func(points []float32, radius int, c color.RGBA) {
		for i := 0; i+1 < len(points); i += 2 {
			x, y := place(points[i]), side-1-place(points[i+1])
			for dy := -radius; dy <= radius; dy++ {
				for dx := -radius; dx <= radius; dx++ {
					if p := (image.Point{X: x + dx, Y: y + dy}); p.In(img.Bounds()) {
						img.SetRGBA(p.X, p.Y, c)
					}
				}
			}
		}
	}
	dots(real, 2, color.RGBA{0xc8, 0xc8, 0xc8, 0xff})
	dots(made, 0, color.RGBA{0x10, 0x50, 0xd0, 0xff})
	return png.Encode(out, img)
}
