package table

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gannet-ml/gannet/kernels"
)

// Frame holds values of a table's columns, to be measured.
type Frame struct {
	Schema *Schema
	N      int
	// Numbers and Categories hold the values of a column, NaN where a number is missing; the other one is nil.
	Numbers    [][]float64
	Categories [][]int32
}

// NewFrame returns an empty frame.
func NewFrame(s *Schema) *Frame {
	return &Frame{Schema: s, Numbers: make([][]float64, len(s.Columns)), Categories: make([][]int32, len(s.Columns))}
}

// Add appends a row.
func (f *Frame) Add(cells []Cell) {
	for i, c := range cells {
		if f.Schema.Columns[i].Numeric() {
			f.Numbers[i] = append(f.Numbers[i], c.Number)
		} else {
			f.Categories[i] = append(f.Categories[i], int32(c.Category))
		}
	}
	f.N++
}

// Rows returns the rows with the given numbers.
func (f *Frame) Rows(which []int) *Frame {
	out := NewFrame(f.Schema)
	out.N = len(which)
	for i := range f.Schema.Columns {
		for _, r := range which {
			if f.Schema.Columns[i].Numeric() {
				out.Numbers[i] = append(out.Numbers[i], f.Numbers[i][r])
			} else {
				out.Categories[i] = append(out.Categories[i], f.Categories[i][r])
			}
		}
	}
	return out
}

// maxFrame is the number of rows of a file that are measured.
const maxFrame = 1 << 16

// LoadFrame reads the columns of a schema from a CSV file, in whatever order they are there; other columns are left out, and so
// are rows with a cell that the schema does not know, whose number is returned. Of more than 65,536 rows, as many are drawn
// evenly.
func LoadFrame(path string, s *Schema) (f *Frame, skipped int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	f, skipped, err = s.readFrame(file)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return f, skipped, nil
}

func (s *Schema) readFrame(r io.Reader) (f *Frame, skipped int, err error) {
	t, err := newReader(r)
	if err != nil {
		return nil, 0, err
	}
	at := map[string]int{}
	for i, n := range t.names {
		at[n] = i
	}
	coders := make([]*coder, len(s.Columns))
	for i := range s.Columns {
		if _, ok := at[s.Columns[i].Name]; !ok {
			return nil, 0, fmt.Errorf("has no column %q, which the model makes", s.Columns[i].Name)
		}
		coders[i] = newCoder(&s.Columns[i])
	}
	f = NewFrame(s)
	cells := make([]Cell, len(s.Columns))
	var first error
	for seen := uint64(0); ; {
		row, line, err := t.next()
		if err == io.EOF {
			break
		}
		for i := 0; i < len(coders) && err == nil; i++ {
			if cells[i], err = coders[i].parse(row[at[s.Columns[i].Name]]); err != nil {
				err = &badRow{line, err.Error()}
			}
		}
		if errors.As(err, new(*badRow)) {
			if skipped++; first == nil {
				first = err
			}
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if n, keep := reservoir(seen, maxFrame, seen, 1<<31); keep {
			if n == f.N {
				f.Add(cells)
			} else {
				f.set(n, cells)
			}
		}
		seen++
	}
	if f.N < 2 {
		return nil, 0, fmt.Errorf("%d rows that fit the model's columns; want more (%w)", f.N, first)
	}
	return f, skipped, nil
}

func (f *Frame) set(row int, cells []Cell) {
	for i, c := range cells {
		if f.Schema.Columns[i].Numeric() {
			f.Numbers[i][row] = c.Number
		} else {
			f.Categories[i][row] = int32(c.Category)
		}
	}
}

// Halves splits the rows into two parts at random.
func (f *Frame) Halves(seed uint64) (a, b *Frame) {
	which := make([]int, f.N)
	for i := range which {
		which[i] = int(kernels.Permute(uint64(i), uint64(f.N), seed, streamKeep))
	}
	return f.Rows(which[:f.N/2]), f.Rows(which[f.N/2:])
}
