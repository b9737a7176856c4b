package data

import (
	"image"
	"image/color"
	"image/draw"
)

// square cuts the largest square out of the middle of img, resizes it to size pixels a side and writes it to dst
// [size, size, c]: c is 1 (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (and alpha). Without alpha transparent
// pixels are drawn on white.
//
// The filter is the cubic one of Catmull and Rom, stretched over all pixels that a smaller one covers, in integers: the
// bytes, and so the run that is trained on them, are the same on every machine.
func square(dst []uint8, img image.Image, size, c int) {
	r := img.Bounds()
	side := min(r.Dx(), r.Dy())
	from := image.Pt(r.Min.X+(r.Dx()-side)/2, r.Min.Y+(r.Dy()-side)/2)
	src := image.NewRGBA(image.Rect(0, 0, side, side)) // premultiplied, so that transparent pixels have no colour
	draw.Draw(src, src.Rect, img, from, draw.Src)
	if side != size {
		src = resize(src, size)
	}
	for i := range size * size {
		p := src.Pix[4*i:][:4]
		white := 255 - int(p[3])
		switch c {
		case 1:
			dst[i] = luma(int(p[0])+white, int(p[1])+white, int(p[2])+white)
		case 3:
			for k := range 3 {
				dst[3*i+k] = uint8(int(p[k]) + white)
			}
		default:
			n := color.NRGBAModel.Convert(color.RGBA{p[0], p[1], p[2], p[3]}).(color.NRGBA)
			if c == 2 {
				dst[2*i], dst[2*i+1] = luma(int(n.R), int(n.G), int(n.B)), n.A
			} else {
				dst[4*i], dst[4*i+1], dst[4*i+2], dst[4*i+3] = n.R, n.G, n.B, n.A
			}
		}
	}
}

// luma is the grey of a colour, as in JPEG.
func luma(r, g, b int) uint8 { return uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 16) }

// resize returns src, a square, with size pixels a side: first the columns, then the rows.
func resize(src *image.RGBA, size int) *image.RGBA {
	const keep = 6 // fraction bits between the passes
	side := src.Rect.Dx()
	taps := make([]tap, size)
	for i := range taps {
		taps[i] = cubic(i, side, size)
	}
	mid := make([]int64, side*size*4)
	for y := range side {
		for x, t := range taps {
			row := src.Pix[y*src.Stride+4*t.first:]
			var sum [4]int64
			for j, w := range t.weights {
				for k := range 4 {
					sum[k] += w * int64(row[4*j+k])
				}
			}
			for k := range 4 {
				mid[(y*size+x)*4+k] = (sum[k] + 1<<(tapBits-keep-1)) >> (tapBits - keep)
			}
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, size, size))
	for y, t := range taps {
		for x := range 4 * size {
			var sum int64
			for j, w := range t.weights {
				sum += w * mid[(t.first+j)*size*4+x]
			}
			out.Pix[y*out.Stride+x] = uint8(max(0, min(255, (sum+1<<(tapBits+keep-1))>>(tapBits+keep))))
		}
	}
	for i := 0; i < len(out.Pix); i += 4 { // the filter overshoots
		for k := range 3 {
			out.Pix[i+k] = min(out.Pix[i+k], out.Pix[i+3])
		}
	}
	return out
}

const tapBits = 20

// tap says which pixels of a line make one of the new line, and with which weights: their sum is 1<<tapBits.
type tap struct {
	first   int
	weights []int64
}

// cubic is the tap of pixel i of dst, of a line of src pixels.
func cubic(i, src, dst int) tap {
	// Distances are counted in units of which the filter's are m: exactly, in integers.
	m := 2 * int64(max(src, dst))
	center := int64(2*i+1) * int64(src)
	distance := func(j int) int64 {
		d := int64(2*j+1)*int64(dst) - center
		return max(d, -d)
	}
	at := min(src-1, i*src/dst)
	first, last := at, at
	for first > 0 && distance(first-1) < 2*m {
		first--
	}
	for last < src-1 && distance(last+1) < 2*m {
		last++
	}
	t := tap{first, make([]int64, last-first+1)}
	var sum, size int64
	for j := range t.weights {
		w, d := int64(0), distance(first+j)
		switch {
		case d < m:
			w = 3*d*d*d - 5*d*d*m + 2*m*m*m
		case d < 2*m:
			w = -d*d*d + 5*d*d*m - 8*d*m*m + 4*m*m*m
		}
		t.weights[j] = w
		sum, size = sum+w, max(size, w)
	}
	for ; size >= 1<<(62-tapBits); size >>= 1 {
		sum = 0
		for j := range t.weights {
			t.weights[j] >>= 1
			sum += t.weights[j]
		}
	}
	rest := int64(1 << tapBits)
	for j, w := range t.weights {
		t.weights[j] = w << tapBits / sum
		if w < 0 {
			t.weights[j]-- // down, as the others, so that some is left over
		}
		rest -= t.weights[j]
	}
	// What the divisions left over goes to the middle ones, one each.
	for j := max(0, at-first-int(rest)/2); rest > 0; j, rest = (j+1)%len(t.weights), rest-1 {
		t.weights[j]++
	}
	return t
}
