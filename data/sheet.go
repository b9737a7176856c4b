package data

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
)

// Sheet writes a contact sheet: n pictures [n, h, w, c] of 1 or 3 channels in rows of cols, each pixel scale pixels wide,
// with a margin of two pixels around every picture.
func Sheet(out io.Writer, pix []uint8, h, w, c, cols, scale int) error {
	if c != 1 && c != 3 {
		return fmt.Errorf("data: sheet: pictures of %d channels; 1 and 3 can be drawn", c)
	}
	n := len(pix) / (h * w * c)
	if n == 0 || cols <= 0 || scale <= 0 {
		return fmt.Errorf("data: sheet: nothing to draw")
	}
	cols = min(cols, n)
	const margin = 2
	rows, cw, ch := (n+cols-1)/cols, w*scale+margin, h*scale+margin
	img := image.NewRGBA(image.Rect(0, 0, cols*cw+margin, rows*ch+margin))
	for i := range img.Pix {
		img.Pix[i] = 0x40
		if i%4 == 3 {
			img.Pix[i] = 0xff
		}
	}
	for i := range n {
		x0, y0 := i%cols*cw+margin, i/cols*ch+margin
		for y := range h * scale {
			for x := range w * scale {
				p := pix[((i*h+y/scale)*w+x/scale)*c:]
				rgb := color.RGBA{p[0], p[0], p[0], 255}
				if c == 3 {
					rgb = color.RGBA{p[0], p[1], p[2], 255}
				}
				img.SetRGBA(x0+x, y0+y, rgb)
			}
		}
	}
	return png.Encode(out, img)
}
