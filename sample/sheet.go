package sample

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
)

const (
	sheetMargin = 2
	maxSheet    = 1 << 27 // pixels
)

// CheckSheet reports pictures that Sheet cannot draw, before they are made.
func CheckSheet(n, h, w, c, cols, scale int) error {
	if c < 1 || c > 4 {
		return fmt.Errorf("sample: sheet: pictures of %d channels; 1 to 4 can be drawn", c)
	}
	if n <= 0 || h <= 0 || w <= 0 || cols <= 0 || scale <= 0 {
		return fmt.Errorf("sample: sheet: nothing to draw")
	}
	cols = min(cols, n)
	rows := (n-1)/cols + 1
	wide, high := sheetSide(cols, w, scale), sheetSide(rows, h, scale)
	if wide > maxSheet || high > maxSheet || wide*high > maxSheet {
		return fmt.Errorf("sample: sheet: %d pictures of %dx%d, %d times larger, are more than %d pixels", n, h, w, scale, maxSheet)
	}
	return nil
}

// sheetSide is the length of n pictures of the given side, in float64, which no product overflows.
func sheetSide(n, side, scale int) float64 {
	return float64(n)*(float64(side)*float64(scale)+sheetMargin) + sheetMargin
}

// Sheet writes a contact sheet: n pictures [n, h, w, c] in rows of cols, each pixel scale pixels wide, with a margin of two
// pixels around every picture. Channels are grey; grey and alpha; red, green, blue; or these and alpha. What is transparent is
// drawn on white.
func Sheet(out io.Writer, pix []uint8, h, w, c, cols, scale int) error {
	n := len(pix) / max(1, h*w*c)
	if err := CheckSheet(n, h, w, c, cols, scale); err != nil {
		return err
	}
	cols = min(cols, n)
	rows, cw, ch := (n-1)/cols+1, w*scale+sheetMargin, h*scale+sheetMargin
	var img image.Image
	if size := image.Rect(0, 0, cols*cw+sheetMargin, rows*ch+sheetMargin); c <= 2 {
		grey := image.NewGray(size)
		paint(grey.Pix, 0x40)
		img = grey
	} else {
		img = newRGBA(size, 0x40)
	}
	for i := range n {
		x0, y0 := i%cols*cw+sheetMargin, i/cols*ch+sheetMargin
		for y := range h * scale {
			for x := range w * scale {
				p := pix[((i*h+y/scale)*w+x/scale)*c:]
				switch img := img.(type) {
				case *image.Gray:
					img.SetGray(x0+x, y0+y, color.Gray{onWhite(p[0], p[1:], c == 2)})
				case *image.RGBA:
					a := p[3:]
					img.SetRGBA(x0+x, y0+y, color.RGBA{onWhite(p[0], a, c == 4), onWhite(p[1], a, c == 4), onWhite(p[2], a, c == 4), 255})
				}
			}
		}
	}
	return png.Encode(out, img)
}

// onWhite is a colour drawn on white with the opacity a[0], if it has one.
func onWhite(v uint8, a []uint8, hasAlpha bool) uint8 {
	if !hasAlpha {
		return v
	}
	return uint8(255 - ((255-int(v))*int(a[0])+127)/255)
}

// SheetBytes is the memory that Sheet takes for the picture it draws.
func SheetBytes(n, h, w, c, cols, scale int) int {
	cols = max(1, min(cols, n))
	pixels := int(sheetSide(cols, w, scale) * sheetSide((n-1)/cols+1, h, scale))
	if c <= 2 {
		return pixels
	}
	return 4 * pixels
}

// Picture writes one picture [h, w, c] as PNG, with alpha where it has 2 or 4 channels.
func Picture(out io.Writer, pix []uint8, h, w, c int) error {
	if c < 1 || c > 4 || len(pix) != h*w*c {
		return fmt.Errorf("sample: picture: %d bytes, %dx%d, %d channels; 1 to 4 can be drawn", len(pix), h, w, c)
	}
	size := image.Rect(0, 0, w, h)
	if c == 1 {
		return png.Encode(out, &image.Gray{Pix: pix, Stride: w, Rect: size})
	}
	img := image.NewNRGBA(size)
	for i := range h * w {
		p, to := pix[c*i:][:c], img.Pix[4*i:][:4]
		switch to[3] = 255; c {
		case 2:
			to[0], to[1], to[2], to[3] = p[0], p[0], p[0], p[1]
		default:
			copy(to, p)
		}
	}
	return png.Encode(out, img)
}

// newRGBA makes an opaque picture of one grey.
func newRGBA(size image.Rectangle, grey uint8) *image.RGBA {
	img := image.NewRGBA(size)
	paint(img.Pix, grey)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	return img
}

func paint(pix []uint8, v uint8) {
	for i := range pix {
		pix[i] = v
	}
}
