package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
)

// maxDecimals is the most digits behind the point that are kept.
const maxDecimals = 15

// reach is how many standard deviations of a mode a place in it goes, as in CTGAN.
const reach = 4

// Cell is one value: a number, which is NaN where it is missing, or a category's index.
type Cell struct {
	Number   float64
	Category int
}

// Decoder turns the numbers of a generator into rows. It belongs to one goroutine.
type Decoder struct {
	s      *Schema
	spans  []Span
	dim    int
	alphas int
	noise  []float32
	cells  []Cell
}

// NewDecoder makes a decoder for a schema that has been checked.
func NewDecoder(s *Schema) *Decoder {
	d := &Decoder{s: s, cells: make([]Cell, len(s.Columns))}
	d.spans, d.dim, d.alphas, _ = s.Spans()
	d.noise = make([]float32, d.dim-d.alphas)
	return d
}

// Cells decodes a row: of each choice it takes the one whose logit is largest after Gumbel noise was added, which is as
// likely as the logits say. The noise is a function of the seed. The cells are valid until the next call.
func (d *Decoder) Cells(row []float32, seed uint64, stream uint32) []Cell {
	if len(row) != d.dim {
		panic("table: Cells: a row of another length")
	}
	gumbel(d.noise, seed, stream)
	for i := range d.s.Columns {
		c, span := &d.s.Columns[i], &d.spans[i]
		best := 0
		if span.N > 0 {
			logits, noise := row[span.Choice:][:span.N], d.noise[span.Choice-d.alphas:]
			most := float32(math.Inf(-1))
			for j, l := range logits {
				if v := l + noise[j]; v > most {
					best, most = j, v
				}
			}
		}
		if !c.Numeric() {
			d.cells[i] = Cell{Category: best}
			continue
		}
		alpha := float64(0)
		if span.Alpha >= 0 {
			alpha = float64(row[span.Alpha])
		}
		d.cells[i] = Cell{Number: c.number(best, alpha)}
	}
	return d.cells
}

// number is the number at a place of a mode; NaN beyond the modes.
func (c *Column) number(mode int, alpha float64) float64 {
	if mode >= len(c.Modes) {
		return math.NaN()
	}
	m := &c.Modes[mode]
	x := m.Mean
	if m.Std > 0 && alpha >= -1 && alpha <= 1 {
		x = m.Mean + float64(float64(reach*m.Std)*alpha)
	}
	if c.Decimals == 0 {
		x = math.Round(x)
	}
	return math.Max(c.Min, math.Min(x, c.Max))
}

// gumbel sets g to noise -log(-log(u)), u within (0, 1).
func gumbel(g []float32, seed uint64, stream uint32) {
	const lo, hi = 0x1p-21, 1 - 0x1p-21
	kernels.UniformTo(g, lo, hi, seed, stream, 0)
	kernels.Log(g, g)
	for i, v := range g {
		g[i] = -v
	}
	kernels.Log(g, g)
	for i, v := range g {
		g[i] = -v
	}
}

// Meets reports whether a row has the category that an entry of a condition stands for.
func (d *Decoder) Meets(entry int, row []float32, seed uint64, stream uint32) bool {
	cells := d.Cells(row, seed, stream)
	for i, s := range d.spans {
		if s.Condition >= 0 && entry >= s.Condition && entry < s.Condition+s.N {
			return cells[i].Category == entry-s.Condition
		}
	}
	return false
}

// AppendRow appends a line of CSV.
func (d *Decoder) AppendRow(dst []byte, row []float32, seed uint64, stream uint32) []byte {
	return d.s.appendCells(dst, d.Cells(row, seed, stream))
}

func (s *Schema) appendCells(dst []byte, cells []Cell) []byte {
	start := len(dst)
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		c := &s.Columns[i]
		switch {
		case !c.Numeric():
			dst = appendText(dst, c.Categories[cell.Category].Text)
		case cell.Number == cell.Number:
			dst = appendNumber(dst, cell.Number, c.Decimals)
		}
	}
	if len(dst) == start { // an empty line is no row
		dst = append(dst, `""`...)
	}
	return append(dst, '\n')
}

// appendNumber writes a number with the given decimals. Zero has no sign.
func appendNumber(dst []byte, x float64, decimals int) []byte {
	if decimals < 0 {
		return strconv.AppendFloat(dst, x, 'g', 9, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, x, 'f', decimals, 64)
	if dst[start] == '-' && strings.Trim(string(dst[start+1:]), "0.") == "" {
		dst = append(dst[:start], dst[start+1:]...)
	}
	return dst
}

// AppendHeader appends the line with the names of the columns.
func (s *Schema) AppendHeader(dst []byte) []byte {
	for i := range s.Columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, s.Columns[i].Name)
	}
	return append(dst, '\n')
}

// appendText writes a cell, in quotes where it would be read as something else.
func appendText(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, "\",\r\n") && strings.TrimSpace(s) == s {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}

// ParseCondition reads column=value. Where the name of a column has a = in it, the longest name that there is counts.
func (s *Schema) ParseCondition(text string) (entry int, err error) {
	at := -1
	for i := range s.Columns {
		if n := len(s.Columns[i].Name); n > at && n < len(text) && text[n] == '=' && text[:n] == s.Columns[i].Name {
			at = n
		}
	}
	if at < 0 {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return 0, fmt.Errorf("%q; want column=value", text)
		}
		return s.Find(name, value)
	}
	return s.Find(text[:at], text[at+1:])
}
