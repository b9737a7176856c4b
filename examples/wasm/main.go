//go:build js && wasm

// Command wasm is a generator in a web page. It offers two functions to the page's script:
//
//	gannetLoad(bytes)           checks a model and returns {height, width, channels, hash}, or {error}
//	gannetDraw(from, to, t)     returns the picture t/256 of the way between the latents of two seeds: {rgba, hash}
//
// The hashes are those of `gannet sample`: the same bits in a browser as on the server.
package main

import (
	"fmt"
	"strconv"
	"syscall/js"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// page is the model in use, with the buffers of a picture.
type page struct {
	m       *model.Model
	s       *sample.Sampler
	a, b, z []int16
	pix     []uint8
	rgba    []uint8
}

var current *page

func main() {
	js.Global().Set("gannetLoad", js.FuncOf(func(_ js.Value, args []js.Value) any {
		file := make([]byte, args[0].Length())
		js.CopyBytesToGo(file, args[0])
		p, err := open(file)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		hash, err := sample.Hash(p.m, sample.Seeds(0, 63), nil)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		current = p
		img := p.m.Meta.Image
		return map[string]any{"height": img[0], "width": img[1], "channels": img[2], "hash": hash}
	}))
	js.Global().Set("gannetDraw", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if current == nil {
			return map[string]any{"error": "no model"}
		}
		from, err := strconv.ParseUint(args[0].String(), 10, 64)
		if err != nil {
			return map[string]any{"error": "the first seed is no number"}
		}
		to, err := strconv.ParseUint(args[1].String(), 10, 64)
		if err != nil {
			return map[string]any{"error": "the second seed is no number"}
		}
		return current.draw(from, to, min(256, max(0, args[2].Int())))
	}))
	js.Global().Call("gannetReady")
	select {} // the functions live as long as the page
}

func open(file []byte) (*page, error) {
	m, err := model.Decode(file)
	if err != nil {
		return nil, err
	}
	if m.Meta.Row > 0 {
		return nil, fmt.Errorf("it makes rows of %d numbers, not pictures", m.Meta.Row)
	}
	s, err := sample.New(m, 1, nil)
	if err != nil {
		return nil, err
	}
	dim, img := m.Meta.LatentDim, m.Meta.Image
	return &page{m: m, s: s, a: make([]int16, dim), b: make([]int16, dim), z: make([]int16, dim),
		pix: make([]uint8, s.Size()), rgba: make([]uint8, 4*img[0]*img[1])}, nil
}

// draw returns the picture between two seeds as a canvas takes it, and its hash.
func (p *page) draw(from, to uint64, t int) any {
	p.m.DrawLatent(p.a, from, 0)
	p.m.DrawLatent(p.b, to, 0)
	sample.Between(p.z, p.a, p.b, t)
	p.s.SampleLatents(p.pix, p.z)
	channels := p.m.Meta.Image[2]
	for i := range len(p.rgba) / 4 {
		dot := p.pix[i*channels:][:channels]
		c := p.rgba[4*i:][:4]
		c[0], c[1], c[2], c[3] = dot[0], dot[0], dot[0], 255
		if channels >= 3 {
			c[1], c[2] = dot[1], dot[2]
		}
	}
	rgba := js.Global().Get("Uint8ClampedArray").New(len(p.rgba))
	js.CopyBytesToJS(rgba, p.rgba)
	return map[string]any{"rgba": rgba, "hash": sample.HashPixels(p.pix)}
}
