package table

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
)

// Options say how a table is read. The names are those of columns.
type Options struct {
	Categorical []string `json:"categorical,omitempty"` // columns of categories, though they may hold numbers
	Numeric     []string `json:"numeric,omitempty"`     // columns of numbers, however few
	Drop        []string `json:"drop,omitempty"`        // columns that are left out
	Strict      bool     `json:"strict,omitempty"`      // a bad row is an error; else it is left out
}

// Opener opens a file anew: it is read twice.
type Opener func() (io.ReadCloser, error)

const (
	// fewValues is the number of different values up to which numbers are categories.
	fewValues = 10
	// numericShare is the share of numbers from which on a column is one of numbers, and other cells in it are bad.
	numericShare = 0.9
	// fitValues is the number of values, drawn evenly, that the modes of a column are fitted to.
	fitValues = 1 << 13
)

// Streams of random numbers of seed 0, which decide about rows while a table is read.
const (
	streamKeep   uint32 = 0x710 // which values the modes are fitted to, and which rows are kept of a table that is too large
	streamChoose uint32 = 0x711 // which mode a number belongs to
)

// look is what the first pass finds out about a column.
type look struct {
	name     string
	cells    int
	missing  int
	numbers  int
	lo, hi   float64
	decimals int
	texts    map[string]struct{} // nil: too many
	sample   []float64           // numbers, drawn evenly
	long     int                 // line of a text that is too long for a category
}

func (l *look) see(cell string, line int, index uint64, column uint32) {
	l.cells++
	if l.texts != nil {
		if _, ok := l.texts[cell]; !ok {
			if len(l.texts) == MaxCategories {
				l.texts = nil
			} else if len(cell) > maxName {
				l.long, l.texts = line, nil
			} else {
				l.texts[strings.Clone(cell)] = struct{}{}
			}
		}
	}
	if missing(cell) {
		l.missing++
		return
	}
	x, ok := parseNumber(cell)
	if !ok {
		return
	}
	if l.numbers == 0 {
		l.lo, l.hi = x, x
	}
	l.lo, l.hi = min(l.lo, x), max(l.hi, x)
	if d := decimals(cell); d < 0 || l.decimals < 0 {
		l.decimals = -1
	} else {
		l.decimals = max(l.decimals, d)
	}
	l.numbers++
	if at, keep := reservoir(uint64(l.numbers-1), fitValues, index, column); keep {
		if at == len(l.sample) {
			l.sample = append(l.sample, x)
		} else {
			l.sample[at] = x
		}
	}
}

// reservoir says which of most places item n takes, if any, so that in the end every item is as likely to have one.
func reservoir(n uint64, most int, index uint64, column uint32) (at int, keep bool) {
	if n < uint64(most) {
		return int(n), true
	}
	at = int(uint64(kernels.Uint32(uint64(column), streamKeep, index)) * (n + 1) >> 32)
	return at, at < most
}

// column decides what a column is.
func (l *look) column(o *Options) (Column, error) {
	c := Column{Name: l.name}
	numeric := l.numbers > 0 && float64(l.numbers) >= numericShare*float64(l.cells-l.missing)
	if l.texts != nil && len(l.texts) <= fewValues {
		numeric = false
	}
	switch {
	case slices.Contains(o.Categorical, l.name):
		numeric = false
	case slices.Contains(o.Numeric, l.name):
		if l.numbers == 0 {
			return c, fmt.Errorf("column %q holds no numbers", l.name)
		}
		numeric = true
	}
	if !numeric {
		if l.long > 0 {
			return c, fmt.Errorf("column %q: line %d: a text of more than %d bytes is no category (leave the column out with --drop)",
				l.name, l.long, maxName)
		}
		if l.texts == nil {
			return c, fmt.Errorf("column %q has more than %d different texts; names and numbers of things cannot be learned (leave "+
				"it out with --drop)", l.name, MaxCategories)
		}
		for t := range l.texts {
			c.Categories = append(c.Categories, Category{Text: t})
		}
		slices.SortFunc(c.Categories, func(a, b Category) int { return compareTexts(a.Text, b.Text) })
		return c, nil
	}
	c.Min, c.Max, c.Missing, c.Decimals = l.lo, l.hi, l.missing > 0, l.decimals
	most := MaxModes
	c.Modes = modes(l.sample, most)
	return c, nil
}

// compareTexts orders numbers by their value and before all else.
func compareTexts(a, b string) int {
	x, okX := parseNumber(a)
	y, okY := parseNumber(b)
	switch {
	case okX && okY && x < y, okX && !okY:
		return -1
	case okX && okY && x > y, okY && !okX:
		return 1
	}
	return strings.Compare(a, b)
}

// survey is the first pass over a table.
func survey(r io.Reader, o *Options) (s *Schema, sum string, err error) {
	digest := sha256.New()
	t, err := newReader(io.TeeReader(r, digest))
	if err != nil {
		return nil, "", err
	}
	keep, err := o.columns(t.names)
	if err != nil {
		return nil, "", err
	}
	looks := make([]look, len(keep))
	for i, at := range keep {
		looks[i] = look{name: t.names[at], texts: map[string]struct{}{}}
	}
	rows := uint64(0)
	for {
		cells, line, err := t.next()
		if err == io.EOF {
			break
		}
		if errors.As(err, new(*badRow)) {
			continue // the second pass names it
		}
		if err != nil {
			return nil, "", err
		}
		for i, at := range keep {
			looks[i].see(cells[at], line, rows, uint32(i))
		}
		rows++
	}
	if rows == 0 {
		return nil, "", errors.New("a header, and no row that fits it")
	}
	s = &Schema{}
	for i := range looks {
		c, err := looks[i].column(o)
		if err != nil {
			return nil, "", err
		}
		s.Columns = append(s.Columns, c)
	}
	return s, sumOf(digest), nil
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// columns returns the indexes of the columns that stay. It refuses names that no column has.
func (o *Options) columns(names []string) ([]int, error) {
	for _, l := range []struct {
		flag  string
		names []string
	}{{"categorical", o.Categorical}, {"numeric", o.Numeric}, {"drop", o.Drop}} {
		for _, n := range l.names {
			if !slices.Contains(names, n) {
				return nil, fmt.Errorf("--%s: no column is called %q%s", l.flag, n, list("there are ", names))
			}
		}
	}
	var keep []int
	for i, n := range names {
		if slices.Contains(o.Categorical, n) && slices.Contains(o.Numeric, n) {
			return nil, fmt.Errorf("column %q is to be categorical and numeric", n)
		}
		if !slices.Contains(o.Drop, n) {
			keep = append(keep, i)
		}
	}
	if len(keep) == 0 {
		return nil, errors.New("no column is left")
	}
	return keep, nil
}

// coder turns the cells of a column into the numbers of its span. It is made once for all rows.
type coder struct {
	c      *Column
	index  map[string]int
	logs   []float64 // of the weights of wide modes over their widths
	scores []float32
}

func newCoder(c *Column) *coder {
	k := &coder{c: c, index: map[string]int{}, scores: make([]float32, len(c.Modes))}
	for i, cat := range c.Categories {
		k.index[cat.Text] = i
	}
	for _, m := range c.Modes {
		l := float64(0)
		if m.Std > 0 {
			l = log(max(m.Weight, 1e-30)) - log(m.Std)
		}
		k.logs = append(k.logs, l)
	}
	return k
}

// parse returns the value of a cell.
func (k *coder) parse(text string) (Cell, error) {
	if !k.c.Numeric() {
		i, ok := k.index[text]
		if !ok {
			return Cell{Category: -1}, fmt.Errorf("column %q: %.40q is none of its categories", k.c.Name, text)
		}
		return Cell{Category: i}, nil
	}
	if missing(text) {
		if !k.c.Missing {
			return Cell{}, fmt.Errorf("column %q: %.40q is no number, and none was missing in training", k.c.Name, text)
		}
		return Cell{Number: nan}, nil
	}
	x, ok := parseNumber(text)
	if !ok {
		return Cell{}, fmt.Errorf("column %q: %s", k.c.Name, whyNoNumber(text))
	}
	return Cell{Number: x}, nil
}

// place returns the mode of a number and its place there, from -1 to 1. Of the modes that it may come from one is drawn, as
// likely as it is to be that; u is a random number.
func (k *coder) place(x float64, u uint32) (choice int, alpha float32) {
	if x != x {
		return len(k.c.Modes), 0
	}
	wide := false
	nearest := 0
	for i, m := range k.c.Modes {
		if m.Std == 0 && m.Mean == x {
			return i, 0
		}
		wide = wide || m.Std > 0
		if math.Abs(m.Mean-x) < math.Abs(k.c.Modes[nearest].Mean-x) {
			nearest = i
		}
	}
	if !wide {
		return nearest, 0
	}
	most, best := float64(0), -1
	score := func(i int) float64 {
		d := (x - k.c.Modes[i].Mean) / k.c.Modes[i].Std
		return k.logs[i] - float64(0.5*float64(d*d))
	}
	for i, m := range k.c.Modes {
		if m.Std > 0 {
			if s := score(i); best < 0 || s > most {
				most, best = s, i
			}
		}
	}
	for i, m := range k.c.Modes {
		k.scores[i] = -1e4 // e^ that is 0
		if m.Std > 0 {
			k.scores[i] = float32(max(-1e4, score(i)-most))
		}
	}
	kernels.Exp(k.scores, k.scores)
	all := float64(0)
	for _, s := range k.scores {
		all += float64(s)
	}
	choice, at := best, float64(float64(u)*0x1p-32)*all
	for i, s := range k.scores {
		if at -= float64(s); at < 0 {
			choice = i
			break
		}
	}
	m := &k.c.Modes[choice]
	a := (x - m.Mean) / float64(reach*m.Std)
	return choice, float32(max(-1, min(a, 1)))
}

// count writes a number of things.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
