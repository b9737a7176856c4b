package terminal

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
)

// halfBlocks writes two rows of pixels a line: the upper one in the colour of the character ▀, the lower one in that of its
// background. Below an odd number of rows the background is left alone.
func halfBlocks(b *bytes.Buffer, img image.Image, trueColor bool) {
	r := img.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	set := func(layer int, c color.RGBA) {
		if trueColor {
			fmt.Fprintf(b, "\x1b[%d;2;%d;%d;%dm", layer, c.R, c.G, c.B)
		} else {
			fmt.Fprintf(b, "\x1b[%d;5;%dm", layer, xterm(c))
		}
	}
	for y := r.Min.Y; y < r.Max.Y; y += 2 {
		var fg, bg color.RGBA
		for x := r.Min.X; x < r.Max.X; x++ {
			if c := at(x, y); x == r.Min.X || c != fg {
				set(38, c)
				fg = c
			}
			if y+1 < r.Max.Y {
				if c := at(x, y+1); x == r.Min.X || c != bg {
					set(48, c)
					bg = c
				}
			}
			b.WriteString("▀")
		}
		b.WriteString("\x1b[0m\n")
	}
}

// cube are the levels of xterm's 6x6x6 colours, which are numbers 16 to 231; 24 greys follow.
var cube = [6]int{0, 95, 135, 175, 215, 255}

// xterm is the number of the nearest of xterm's colours.
func xterm(c color.RGBA) int {
	nearest := func(v uint8) int {
		best := 0
		for i, l := range cube {
			if abs(int(v)-l) < abs(int(v)-cube[best]) {
				best = i
			}
		}
		return best
	}
	distance := func(r, g, b int) int {
		return (int(c.R)-r)*(int(c.R)-r) + (int(c.G)-g)*(int(c.G)-g) + (int(c.B)-b)*(int(c.B)-b)
	}
	r, g, b := nearest(c.R), nearest(c.G), nearest(c.B)
	grey := max(0, min(23, ((int(c.R)+int(c.G)+int(c.B))/3-3)/10))
	if v := 8 + 10*grey; distance(v, v, v) < distance(cube[r], cube[g], cube[b]) {
		return 232 + grey
	}
	return 16 + 36*r + 6*g + b
}

func abs(x int) int { return max(x, -x) }
