package main

import (
	"bytes"
	"image"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/gan"
)

// TestProgressOfFile: what is not a terminal gets lines of text, and no escape sequences.
func TestProgressOfFile(t *testing.T) {
	t.Setenv("TERM", "xterm-kitty")
	var b bytes.Buffer
	p := newProgress(&b, false)
	p.show(gan.Progress{Step: 1, Steps: 2, LossD: 1})
	p.snapped("no such file")
	p.show(gan.Progress{Step: 2, Steps: 2, LossD: 0.5})
	p.end()
	if s := b.String(); strings.Contains(s, "\x1b") || strings.Count(s, "\n") != 2 || !strings.Contains(s, "loss D 0.500 G") {
		t.Errorf("%q", s)
	}
}

func TestFirstSamples(t *testing.T) {
	for _, c := range [][6]int{ // a sheet's size, the room for it; what is left
		{8*86 + 2, 8*86 + 2, 80, 40, 4*86 + 2, 2*86 + 2},
		{8*86 + 2, 86 + 2, 80, 40, 4*86 + 2, 86 + 2},
		{8*18 + 2, 8*18 + 2, 200, 100, 8*18 + 2, 4*18 + 2},
		{8*18 + 2, 8*18 + 2, 10, 4, 18 + 2, 18 + 2},
	} {
		got := firstSamples(image.NewGray(image.Rect(0, 0, c[0], c[1])), c[2], c[3]).Bounds()
		if got != image.Rect(0, 0, c[4], c[5]) {
			t.Errorf("%v: %v", c, got)
		}
	}
}
