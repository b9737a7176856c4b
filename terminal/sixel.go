package terminal

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
)

// sixel writes a picture in DEC's format: a palette, then bands of six rows. In a band every colour is a line of characters of
// which each is a column: its six low bits, counted from 63, say which of the six pixels have the colour; "!n" repeats a
// character, "$" returns to the start of the band and "-" begins the next.
func sixel(b *bytes.Buffer, img image.Image) {
	p := paletted(img)
	w, h := p.Rect.Dx(), p.Rect.Dy()
	fmt.Fprintf(b, "\x1bP0;1q\"1;1;%d;%d", w, h)
	for i, c := range p.Palette {
		r, g, bl, _ := c.RGBA()
		percent := func(v uint32) uint32 { return (v*100 + 0x7fff) / 0xffff }
		fmt.Fprintf(b, "#%d;2;%d;%d;%d", i, percent(r), percent(g), percent(bl))
	}
	bits := make([][]byte, len(p.Palette)) // of the band, by colour
	for y0 := 0; y0 < h; y0 += 6 {
		for y := y0; y < min(y0+6, h); y++ {
			for x := range w {
				i := p.Pix[y*p.Stride+x]
				if bits[i] == nil {
					bits[i] = make([]byte, w)
				}
				bits[i][x] |= 1 << (y - y0)
			}
		}
		first := true
		for i, row := range bits {
			if row == nil {
				continue
			}
			if !first {
				b.WriteByte('$')
			}
			first = false
			fmt.Fprintf(b, "#%d", i)
			runs(b, row)
			bits[i] = nil
		}
		b.WriteByte('-')
	}
	b.WriteString("\x1b\\")
}

// runs writes columns; those at the end that are empty are left out.
func runs(b *bytes.Buffer, row []byte) {
	row = bytes.TrimRight(row, "\x00")
	for len(row) > 0 {
		n := 1
		for n < len(row) && row[n] == row[0] {
			n++
		}
		if c := '?' + row[0]; n > 3 {
			fmt.Fprintf(b, "!%d%c", n, c)
		} else {
			b.Write(bytes.Repeat([]byte{c}, n))
		}
		row = row[n:]
	}
}

// paletted returns a picture of at most 256 colours: its own, or 252 that are spread evenly and mixed by error diffusion.
func paletted(img image.Image) *image.Paletted {
	r := img.Bounds()
	p := image.NewPaletted(image.Rect(0, 0, r.Dx(), r.Dy()), nil)
	index := map[color.RGBA]uint8{}
	for y := range r.Dy() {
		for x := range r.Dx() {
			c := color.RGBAModel.Convert(img.At(r.Min.X+x, r.Min.Y+y)).(color.RGBA)
			c.A = 255
			i, ok := index[c]
			if !ok {
				if len(index) == 256 {
					p.Palette = even()
					draw.FloydSteinberg.Draw(p, p.Rect, img, r.Min)
					return p
				}
				i = uint8(len(index))
				index[c] = i
				p.Palette = append(p.Palette, c)
			}
			p.Pix[y*p.Stride+x] = i
		}
	}
	return p
}

// even are 6 levels of red, 7 of green and 6 of blue.
func even() color.Palette {
	var p color.Palette
	for r := range 6 {
		for g := range 7 {
			for b := range 6 {
				p = append(p, color.RGBA{uint8(r * 255 / 5), uint8(g * 255 / 6), uint8(b * 255 / 5), 255})
			}
		}
	}
	return p
}
