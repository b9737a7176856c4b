// Command embedded is a program with a generator inside: no file to find, no network, and no memory allocated for a picture.
// It prints a digit that no one wrote.
//
//	go run ./examples/embedded [SEED]
package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

//go:embed digits.safetensors
var digits []byte

// source draws digits into its caller's buffers.
type source struct {
	m *model.Model
	s *sample.Sampler
}

func newSource() (*source, error) {
	m, err := model.Decode(digits)
	if err != nil {
		return nil, fmt.Errorf("the embedded model: %w", err)
	}
	s, err := sample.New(m, 1, nil) // one at a time, on the calling goroutine
	if err != nil {
		return nil, fmt.Errorf("the embedded model: %w", err)
	}
	return &source{m, s}, nil
}

// fill sets pix, of s.Size() bytes for each seed, to the pictures of some seeds. It does not allocate.
func (d *source) fill(pix []uint8, seeds []uint64) { d.s.Sample(pix, seeds) }

func main() {
	seed := uint64(7)
	if len(os.Args) > 1 {
		var err error
		if seed, err = strconv.ParseUint(os.Args[1], 10, 64); err != nil || len(os.Args) > 2 {
			fmt.Fprintf(os.Stderr, "embedded: %q: want a seed, as 7\n", os.Args[1:])
			os.Exit(2)
		}
	}
	d, err := newSource()
	if err != nil {
		fmt.Fprintf(os.Stderr, "embedded: %v\n", err)
		os.Exit(1)
	}
	pix := make([]uint8, d.s.Size())
	d.fill(pix, []uint64{seed})
	show(os.Stdout, pix, d.m.Meta.Image[1])
}

// show prints a picture in shades of text, two letters a pixel.
func show(w io.Writer, pix []uint8, width int) {
	const shades = " .:-=+*#%@"
	for i, v := range pix {
		c := shades[int(v)*len(shades)/256]
		fmt.Fprintf(w, "%c%c", c, c)
		if (i+1)%width == 0 {
			fmt.Fprintln(w)
		}
	}
}
