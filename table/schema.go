// Package table is what lies between a CSV file and a generator of rows: it finds out what the columns of a table are, turns
// rows into numbers that a network can make (mode-specific normalization and one-hot vectors, as CTGAN does: Xu et al. 2019),
// turns such numbers back into rows, and says how far two tables are apart.
//
// Sampling needs the schema and the decoder alone, and those the standard library alone.
package table

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
)

// Schema is what a table is: its columns, in order. A row of a generator is Dim numbers: first, for each column of numbers
// that has wide modes, its place in the mode, from -1 to 1; then, for each column with more than one choice, a logit for
// each of them.
type Schema struct {
	Columns []Column `json:"columns"`
}

// Column is a column of numbers, which has modes, or of categories.
type Column struct {
	Name string `json:"name"`

	Modes    []Mode  `json:"modes,omitempty"`
	Min      float64 `json:"min,omitempty"` // of the numbers there were; none beyond is written
	Max      float64 `json:"max,omitempty"`
	Decimals int     `json:"decimals,omitempty"` // digits behind the point; 0: integers; -1: nine digits, as an exponent needs
	Missing  bool    `json:"missing,omitempty"`  // an empty cell is one choice more, after the modes

	Categories []Category `json:"categories,omitempty"`
}

// Mode is a bump of a column's distribution.
type Mode struct {
	Mean   float64 `json:"mean"`
	Std    float64 `json:"std,omitempty"` // 0: the value Mean itself, which many rows have
	Weight float64 `json:"weight"`        // share of the rows
}

// Category is a value of a column and the number of rows that have it.
type Category struct {
	Text  string `json:"text"`
	Count uint64 `json:"count"`
}

// Bounds of what a schema may hold.
const (
	MaxColumns    = 1024
	MaxCategories = 1000 // of a column
	MaxModes      = 10   // of a column
	maxDim        = 1 << 14
	maxName       = 1 << 8 // bytes of a name or category
	maxCount      = 1 << 48
	maxNumber     = 1 << 53 // up to which a float64 holds every integer
)

// Numeric reports a column of numbers.
func (c *Column) Numeric() bool { return len(c.Modes) > 0 }

// Choices is the number of things that a cell can be: modes and the empty cell, or categories.
func (c *Column) Choices() int {
	n := len(c.Modes) + len(c.Categories)
	if c.Missing {
		n++
	}
	return n
}

// wide reports a column with a mode that is more than one value.
func (c *Column) wide() bool {
	for _, m := range c.Modes {
		if m.Std > 0 {
			return true
		}
	}
	return false
}

// Span says where a column lies in a row of numbers, and in a condition.
type Span struct {
	Alpha     int // index of the place in the mode, or -1
	Choice, N int // index of the first logit, and their number: 0 where there is no choice
	Condition int // index of the first entry in the condition, N in all, or -1
}

// Spans returns the places of all columns, the length of a row, how much of it are places in modes, and the length of a
// condition. A condition has an entry for each category of each column that has several.
func (s *Schema) Spans() (spans []Span, dim, alphas, condition int) {
	spans = make([]Span, len(s.Columns))
	for i := range s.Columns {
		spans[i] = Span{Alpha: -1, Condition: -1}
		if s.Columns[i].wide() {
			spans[i].Alpha = alphas
			alphas++
		}
	}
	dim = alphas
	for i := range s.Columns {
		c, span := &s.Columns[i], &spans[i]
		if n := c.Choices(); n > 1 {
			span.Choice, span.N = dim, n
			dim += n
			if !c.Numeric() {
				span.Condition = condition
				condition += n
			}
		}
	}
	return spans, dim, alphas, condition
}

// Condition is the length of a condition.
func (s *Schema) Condition() int {
	n := 0
	for i := range s.Columns {
		if c := len(s.Columns[i].Categories); c > 1 {
			n += c
		}
	}
	return n
}

// Check reports a schema that no table has.
func (s *Schema) Check() error {
	if len(s.Columns) < 1 || len(s.Columns) > MaxColumns {
		return fmt.Errorf("table: %d columns; want 1 to %d", len(s.Columns), MaxColumns)
	}
	names := map[string]bool{}
	for i := range s.Columns {
		c := &s.Columns[i]
		if err := checkName(c.Name, i); err != nil {
			return err
		}
		if names[c.Name] {
			return fmt.Errorf("table: two columns are called %q", c.Name)
		}
		names[c.Name] = true
		if err := c.check(); err != nil {
			return fmt.Errorf("table: column %q: %w", c.Name, err)
		}
	}
	if _, dim, _, _ := s.Spans(); dim < 1 || dim > maxDim {
		return fmt.Errorf("table: rows of %d numbers; want 1 to %d (a column that is the same everywhere needs none)", dim, maxDim)
	}
	return nil
}

func checkName(name string, i int) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("table: column %d has no name", i+1)
	case len(name) > maxName:
		return fmt.Errorf("table: the name of column %d has %d bytes; want at most %d", i+1, len(name), maxName)
	}
	return nil
}

func (c *Column) check() error {
	if len(c.Modes) > 0 && len(c.Categories) > 0 || c.Choices() == 0 {
		return fmt.Errorf("%d modes and %d categories; want the ones or the others", len(c.Modes), len(c.Categories))
	}
	if len(c.Modes) > MaxModes || len(c.Categories) > MaxCategories {
		return fmt.Errorf("%d modes, %d categories; want at most %d and %d", len(c.Modes), len(c.Categories), MaxModes, MaxCategories)
	}
	if !c.Numeric() && (c.Missing || c.Decimals != 0 || c.Min != 0 || c.Max != 0) {
		return fmt.Errorf("a column of categories with bounds, decimals or missing numbers")
	}
	number := func(x float64) bool { return x >= -maxNumber && x <= maxNumber }
	if !number(c.Min) || !number(c.Max) || c.Min > c.Max || c.Decimals < -1 || c.Decimals > maxDecimals {
		return fmt.Errorf("numbers from %g to %g with %d decimals", c.Min, c.Max, c.Decimals)
	}
	for _, m := range c.Modes {
		if !number(m.Mean) || !(m.Std >= 0 && m.Std <= maxNumber) || !(m.Weight >= 0 && m.Weight <= 1) {
			return fmt.Errorf("a mode at %g, %g wide, with weight %g", m.Mean, m.Std, m.Weight)
		}
	}
	texts, total := map[string]bool{}, uint64(0)
	for _, k := range c.Categories {
		if texts[k.Text] || len(k.Text) > maxName || k.Count > maxCount {
			return fmt.Errorf("category %.40q twice, of more than %d bytes, or counted %d times", k.Text, maxName, k.Count)
		}
		texts[k.Text] = true
		total += k.Count
	}
	if len(c.Categories) > 0 && total == 0 {
		return fmt.Errorf("no row has any of its categories")
	}
	return nil
}

// DrawCondition sets z, of length Condition, to the condition of a seed: a column drawn evenly, and a category as often as
// rows have it. One entry is 1, in units of 2^-12. The numbers are integers all the way.
func (s *Schema) DrawCondition(z []int16, seed uint64, stream uint32) {
	clear(z)
	several := 0
	for i := range s.Columns {
		if len(s.Columns[i].Categories) > 1 {
			several++
		}
	}
	if several == 0 {
		return
	}
	var u [3]uint32
	kernels.Uint32s(u[:], seed, stream, 0)
	which, at := int(uint64(u[0])*uint64(several)>>32), 0
	for i := range s.Columns {
		cats := s.Columns[i].Categories
		if len(cats) < 2 {
			continue
		}
		if which--; which >= 0 {
			at += len(cats)
			continue
		}
		total := uint64(0)
		for _, k := range cats {
			total += k.Count
		}
		below, _ := bits.Mul64(uint64(u[1])<<32|uint64(u[2]), total)
		for j, k := range cats {
			if below < k.Count {
				z[at+j] = 1 << kernels.LatentBits
				return
			}
			below -= k.Count
		}
	}
}

// Find returns the entry of a condition that stands for a category of a column.
func (s *Schema) Find(column, text string) (entry int, err error) {
	spans, _, _, _ := s.Spans()
	var have []string
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Name != column {
			if spans[i].Condition >= 0 {
				have = append(have, c.Name)
			}
			continue
		}
		if spans[i].Condition < 0 {
			return 0, fmt.Errorf("column %q holds numbers, or one value alone; a condition is for a column of categories", column)
		}
		for j, k := range c.Categories {
			if k.Text == text {
				return spans[i].Condition + j, nil
			}
		}
		return 0, fmt.Errorf("column %q has no category %q%s", column, text, list("it has ", c.texts()))
	}
	return 0, fmt.Errorf("no column is called %q%s", column, list("those of categories are ", have))
}

func (c *Column) texts() []string {
	t := make([]string, len(c.Categories))
	for i, k := range c.Categories {
		t[i] = k.Text
	}
	return t
}

// list writes what there is, in parentheses, a dozen at most.
func list(what string, names []string) string {
	const most = 12
	if len(names) == 0 {
		return ""
	}
	var quoted []string
	for _, n := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%.40q", n))
	}
	if len(names) > most {
		quoted = append(quoted, "...")
	}
	return " (" + what + strings.Join(quoted, ", ") + ")"
}

// String says what a column is, on one line.
func (c *Column) String() string {
	var b strings.Builder
	if !c.Numeric() {
		fmt.Fprintf(&b, "%d categories%s", len(c.Categories), list("", c.texts()))
		return b.String()
	}
	kind := "integers"
	switch {
	case c.Decimals > 0:
		kind = fmt.Sprintf("numbers with %d decimals", c.Decimals)
	case c.Decimals < 0:
		kind = "numbers"
	}
	fmt.Fprintf(&b, "%s from %g to %g; modes:", kind, c.Min, c.Max)
	for _, m := range c.Modes {
		if m.Std == 0 {
			fmt.Fprintf(&b, " %.6g (%.1f %%)", m.Mean, 100*m.Weight)
		} else {
			fmt.Fprintf(&b, " %.6g+-%.3g (%.1f %%)", m.Mean, m.Std, 100*m.Weight)
		}
	}
	if c.Missing {
		b.WriteString("; may be missing")
	}
	return b.String()
}

// finite reports a number that is neither NaN nor infinite.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
