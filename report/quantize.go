package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
)

//go:embed quantize.html
var quantizeText string

var quantizeTemplate = parsePage(quantizeText)

// Quantization is what the page of a quantized model shows.
type Quantization struct {
	Name  string
	Image [3]int // height, width and channels
	*quant.Report
	Missed   []string // of the gate
	Unjudged string   // what the gate could not judge, in a sentence
}

// quantizePage adds what is drawn.
type quantizePage struct {
	*Quantization
	FloatKiB, IntKiB, LastSeed int
	Sheets                     []picture
	Shown                      string
	Costs                      []cost
}

type picture struct {
	URI     template.URL
	Caption string
}

type cost struct {
	quant.Sensitivity
	Percent float64
}

const (
	shownSeeds = 12 // pictures beside each other,
	shownWorst = 4  // and of the worst
	magnified  = 16 // times, differences
)

// WriteQuantization writes the page, which needs no network, atomically.
func WriteQuantization(path string, q *Quantization) error {
	p := &quantizePage{Quantization: q, FloatKiB: q.FloatBytes >> 10, IntKiB: q.IntBytes >> 10, LastSeed: q.Seeds - 1}
	if err := p.pictures(); err != nil {
		return err
	}
	noise := func(s quant.Sensitivity) float64 { return math.Pow(10, -s.Only/10) }
	total := 0.0
	for _, s := range q.Costs {
		total += noise(s)
	}
	for _, s := range q.Costs {
		p.Costs = append(p.Costs, cost{s, 100 * noise(s) / total})
	}
	return model.Atomically(path, func(w io.Writer) error { return quantizeTemplate.Execute(w, p) })
}

// pictures draws some of both models and what lies between them.
func (p *quantizePage) pictures() error {
	h, w, c := p.Image[0], p.Image[1], p.Image[2]
	size := h * w * c
	if size == 0 || len(p.FloatPictures) != len(p.IntPictures) || len(p.FloatPictures)%size != 0 {
		return fmt.Errorf("report: pictures of two models that do not fit each other")
	}
	noise := func(s int) (sum int) {
		for i, v := range p.FloatPictures[s*size:][:size] {
			d := int(v) - int(p.IntPictures[s*size+i])
			sum += d * d
		}
		return sum
	}
	n := len(p.FloatPictures) / size
	var seeds, rest []int
	for s := range n {
		if s < shownSeeds {
			seeds = append(seeds, s)
		} else {
			rest = append(rest, s)
		}
	}
	slices.SortStableFunc(rest, func(a, b int) int { return noise(b) - noise(a) })
	worst := rest[:min(shownWorst, len(rest))]
	p.Shown = fmt.Sprintf("The seeds 0 to %d", len(seeds)-1)
	if len(worst) > 0 {
		p.Shown += fmt.Sprint(" and, in the last row, the worst of the others: ", worst[0])
		for _, s := range worst[1:] {
			p.Shown += fmt.Sprint(", ", s)
		}
	}
	p.Shown += fmt.Sprintf(". Grey is no difference; differences are shown %d times as large as they are.", magnified)
	seeds = append(seeds, worst...)
	sheet := func(caption string, at func(i int) uint8) error {
		var pix []uint8
		for _, s := range seeds {
			for i := range size {
				pix = append(pix, at(s*size+i))
			}
		}
		var b bytes.Buffer
		if err := sample.Sheet(&b, pix, h, w, c, 4, max(1, 96/h)); err != nil {
			return err
		}
		uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
		p.Sheets = append(p.Sheets, picture{template.URL(uri), caption})
		return nil
	}
	if err := sheet("float", func(i int) uint8 { return p.FloatPictures[i] }); err != nil {
		return err
	}
	if err := sheet("integer", func(i int) uint8 { return p.IntPictures[i] }); err != nil {
		return err
	}
	return sheet(fmt.Sprintf("difference, %d times", magnified), func(i int) uint8 {
		if opaque := c == 2 || c == 4; opaque && i%c == c-1 {
			return 255
		}
		d := int(p.IntPictures[i]) - int(p.FloatPictures[i])
		return uint8(max(0, min(128+magnified*d, 255)))
	})
}
