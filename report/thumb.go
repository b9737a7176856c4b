package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
)

// thumb is a sheet for a page: at most maxThumb pixels wide, or as it is where that takes fewer bytes.
type thumb struct {
	png  []byte
	w, h int
}

const maxThumb = 512

// thumb makes a sheet small enough for a page, once.
func (r *Run) thumb(name string) (thumb, error) {
	if t, ok := r.thumbs[name]; ok {
		return t, nil
	}
	path := filepath.Join(r.dir, name)
	whole, err := os.ReadFile(path)
	if err != nil {
		return thumb{}, err
	}
	img, err := png.Decode(bytes.NewReader(whole))
	if err != nil {
		return thumb{}, fmt.Errorf("%s: %w", path, err)
	}
	t := thumb{whole, img.Bounds().Dx(), img.Bounds().Dy()}
	img = Shrink(img, maxThumb, 1<<20)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return thumb{}, fmt.Errorf("%s: %w", path, err)
	}
	if b.Len() < len(whole) {
		t = thumb{b.Bytes(), img.Bounds().Dx(), img.Bounds().Dy()}
	}
	r.thumbs[name] = t
	return t, nil
}

// Shrink returns img if it is at most w pixels wide and h high, else a smaller one of the same proportions whose pixels are
// the means of what they cover.
func Shrink(img image.Image, w, h int) image.Image {
	r := img.Bounds()
	sw, sh := r.Dx(), r.Dy()
	if sw <= w && sh <= h {
		return img
	}
	if sw*h > sh*w { // the width decides
		h = max(1, sh*w/sw)
	} else {
		w = max(1, sw*h/sh)
	}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(r.Min.X+x, r.Min.Y+y)).(color.RGBA) }
	switch img := img.(type) { // without an allocation a pixel
	case *image.Gray:
		at = func(x, y int) color.RGBA {
			v := img.GrayAt(r.Min.X+x, r.Min.Y+y).Y
			return color.RGBA{v, v, v, 255}
		}
	case *image.RGBA:
		at = func(x, y int) color.RGBA { return img.RGBAAt(r.Min.X+x, r.Min.Y+y) }
	case *image.NRGBA:
		at = func(x, y int) color.RGBA {
			return color.RGBAModel.Convert(img.NRGBAAt(r.Min.X+x, r.Min.Y+y)).(color.RGBA)
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		y0, y1 := y*sh/h, max(y*sh/h+1, (y+1)*sh/h)
		for x := range w {
			x0, x1 := x*sw/w, max(x*sw/w+1, (x+1)*sw/w)
			var sum [4]int
			for v := y0; v < y1; v++ {
				for u := x0; u < x1; u++ {
					c := at(u, v)
					sum[0] += int(c.R)
					sum[1] += int(c.G)
					sum[2] += int(c.B)
					sum[3] += int(c.A)
				}
			}
			n := (y1 - y0) * (x1 - x0)
			out.SetRGBA(x, y, color.RGBA{uint8((sum[0] + n/2) / n), uint8((sum[1] + n/2) / n), uint8((sum[2] + n/2) / n),
				uint8((sum[3] + n/2) / n)})
		}
	}
	return out
}
