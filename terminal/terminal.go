// Package terminal shows pictures and curves where a run is watched: in the terminal. Pictures go by the graphics protocol of
// kitty, by sixel, or as half blocks of two colours; curves are sparklines.
package terminal

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
)

// Graphics is a way to show pictures.
type Graphics int

// The ways, from none to the best.
const (
	None      Graphics = iota
	Blocks256          // half blocks in the 256 colours of xterm
	Blocks             // half blocks in 24-bit colours
	Sixel              // DEC's six rows a character
	Kitty              // a PNG in escape sequences
)

var names = []string{"none", "blocks256", "blocks", "sixel", "kitty"}

func (g Graphics) String() string { return names[g] }

// Detect chooses how a terminal can show pictures, from the environment: nothing is asked of the terminal, whose answer might
// land in the user's next command. NO_COLOR (no-color.org) means none; GANNET_GRAPHICS names one outright.
func Detect(getenv func(string) string) Graphics {
	if getenv("NO_COLOR") != "" {
		return None
	}
	for i, n := range names {
		if getenv("GANNET_GRAPHICS") == n {
			return Graphics(i)
		}
	}
	term, program := getenv("TERM"), getenv("TERM_PROGRAM")
	has := func(s string, any ...string) bool {
		for _, a := range any {
			if strings.Contains(s, a) {
				return true
			}
		}
		return false
	}
	switch {
	case term == "" || term == "dumb" || term == "linux":
		return None
	case getenv("TMUX") != "" || has(term, "screen", "tmux"): // which passes no graphics on
	case has(term, "kitty", "ghostty") || getenv("KITTY_WINDOW_ID") != "" || has(program, "ghostty", "WezTerm"):
		return Kitty
	case has(term, "sixel", "foot", "mlterm", "contour", "yaft"):
		return Sixel
	}
	switch {
	case has(getenv("COLORTERM"), "truecolor", "24bit"):
		return Blocks
	case has(term, "256color"):
		return Blocks256
	}
	return None
}

// Show writes a picture at most cols characters wide and rows high, and ends with a new line. A character is taken to be
// twice as high as it is wide, and 10 pixels wide where pixels count.
func (g Graphics) Show(w io.Writer, img image.Image, cols, rows int) error {
	var b bytes.Buffer
	switch g {
	case None:
		return nil
	case Blocks, Blocks256:
		halfBlocks(&b, shrink(img, cols, 2*rows), g == Blocks)
	case Sixel:
		sixel(&b, shrink(img, 10*cols, 20*rows))
		b.WriteByte('\n')
	case Kitty:
		var file bytes.Buffer
		img = shrink(img, 10*cols, 20*rows)
		if err := png.Encode(&file, img); err != nil {
			return fmt.Errorf("terminal: %w", err)
		}
		kitty(&b, file.Bytes(), min(cols, (img.Bounds().Dx()+9)/10))
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes()) // in one piece, between other output
	return err
}

// Sparkline draws values as a line of blocks, as many as there are; the lowest of them is the lowest block.
func Sparkline(values []float64) string {
	const blocks = "▁▂▃▄▅▆▇█"
	if len(values) == 0 {
		return ""
	}
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	runes := []rune(blocks)
	var b strings.Builder
	for _, v := range values {
		i := 0
		if hi > lo {
			i = int((v - lo) / (hi - lo) * 7.999)
		}
		b.WriteRune(runes[max(0, min(7, i))]) // also for what is no number
	}
	return b.String()
}
