package terminal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"

	"github.com/gannet-ml/gannet/report"
)

// kitty writes a PNG, scaled to so many columns, in the escape sequences of kitty: base64 in chunks of at most 4096
// characters, of which the first says what they are (a=T: show, f=100: PNG, q=2: answer nothing) and all but the last that
// more will come (m=1).
func kitty(b *bytes.Buffer, png []byte, cols int) {
	const chunk = 4096
	text := base64.StdEncoding.EncodeToString(png)
	for first := true; first || text != ""; first = false {
		n, more := len(text), 0
		if n > chunk {
			n, more = chunk, 1
		}
		if first {
			fmt.Fprintf(b, "\x1b_Ga=T,f=100,q=2,c=%d,m=%d;", cols, more)
		} else {
			fmt.Fprintf(b, "\x1b_Gm=%d;", more)
		}
		b.WriteString(text[:n])
		b.WriteString("\x1b\\")
		text = text[n:]
	}
}

// shrink makes a picture at most w by h pixels large.
func shrink(img image.Image, w, h int) image.Image { return report.Shrink(img, max(1, w), max(1, h)) }
