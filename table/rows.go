package table

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

var nan = math.NaN()

// Data is a table that is trained on: its schema, and its rows as numbers. A cell takes six bytes; of a table of more than
// 256 MiB of them, rows are drawn evenly.
type Data struct {
	Schema  *Schema
	N       int      // rows
	Sum     string   // SHA-256 of the file, in hexadecimal
	Notes   []string // what was done to the table
	Bad     []error  // the first rows that were left out, with their lines and why
	Skipped int      // how many there were

	spans     []Span
	dim       int
	condition int
	columns   []column
	several   []int // the columns that a condition can be about
}

// column is what the rows have in one column.
type column struct {
	alpha  []float32
	choice []uint16
	// Of a column that a condition can be about: the rows in the order of their categories, where each category's begin, and
	// the sums of the categories' chances up to each.
	order  []uint32
	start  []uint32
	chance []uint64
}

const (
	maxStored = 256 << 20 // bytes of rows
	maxBad    = 20        // bad rows that are kept
	maxRows   = 1<<31 - 1
)

// Load reads a CSV file.
func Load(path string, o Options) (*Data, error) {
	d, err := Read(func() (io.ReadCloser, error) { return os.Open(path) }, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, reason(err))
	}
	return d, nil
}

// reason is what went wrong with a file, without the path, which stands before it already.
func reason(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Read reads a table in two passes: what the columns are, and then the rows. The header is required. A row with another number
// of cells, or with a cell that is no number in a column of numbers, is named and left out, or an error if o.Strict. An empty
// cell, NA, N/A, NaN, null, None or ? in a column of numbers is a missing one, which is learned as such, and written as an
// empty cell; among categories it is a category like others.
func Read(open Opener, o Options) (*Data, error) {
	return read(open, o, maxStored)
}

func read(open Opener, o Options, most int) (*Data, error) {
	d := &Data{}
	err := pass(open, func(r io.Reader) (err error) {
		d.Schema, d.Sum, err = survey(r, &o)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := pass(open, func(r io.Reader) error { return d.encode(r, &o, most) }); err != nil {
		return nil, err
	}
	return d, d.index()
}

func pass(open Opener, f func(io.Reader) error) error {
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	return f(r)
}

// encode is the second pass.
func (d *Data) encode(r io.Reader, o *Options, most int) error {
	t, err := newReader(r)
	if err != nil {
		return err
	}
	keep, err := o.columns(t.names)
	if err != nil {
		return err
	}
	if len(keep) != len(d.Schema.Columns) {
		return errors.New("the file changed while it was read")
	}
	coders, size := make([]*coder, len(keep)), 0
	d.columns = make([]column, len(keep))
	for i := range keep {
		coders[i] = newCoder(&d.Schema.Columns[i])
		size += 6
	}
	most = max(1, min(most/size, maxRows))
	values := make([]Cell, len(keep))
	for rows := uint64(0); ; {
		cells, line, err := t.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			for i, at := range keep {
				if values[i], err = coders[i].parse(cells[at]); err != nil {
					err = &badRow{line, err.Error()}
					break
				}
			}
		}
		if errors.As(err, new(*badRow)) {
			if o.Strict {
				return err
			}
			if d.Skipped++; len(d.Bad) < maxBad {
				d.Bad = append(d.Bad, err)
			}
			continue
		}
		if err != nil {
			return err
		}
		at, kept := reservoir(rows, most, rows, 1<<31)
		for i, v := range values {
			c := &d.Schema.Columns[i]
			if !c.Numeric() {
				c.Categories[v.Category].Count++
			}
			if kept {
				alpha := float32(0)
				if c.Numeric() {
					v.Category, alpha = coders[i].place(v.Number, kernels.Uint32(uint64(i), streamChoose, rows))
				}
				d.columns[i].put(at, uint16(v.Category), alpha, c.wide())
			}
		}
		rows++
		d.N = int(min(rows, uint64(most)))
		if rows == maxCount {
			return errors.New("too many rows")
		}
		if rows == uint64(most)+1 {
			d.Notes = append(d.Notes, fmt.Sprintf("more rows than fit into %d MiB: %d are drawn evenly to train on", most*size>>20, most))
		}
	}
	if d.N == 0 {
		return fmt.Errorf("no row is left: %w", d.firstBad())
	}
	return nil
}

func (d *Data) firstBad() error {
	if len(d.Bad) == 0 {
		return errors.New("there are none")
	}
	return d.Bad[0]
}

func (c *column) put(at int, choice uint16, alpha float32, wide bool) {
	if at < len(c.choice) {
		c.choice[at] = choice
		if wide {
			c.alpha[at] = alpha
		}
		return
	}
	c.choice = append(c.choice, choice)
	if wide {
		c.alpha = append(c.alpha, alpha)
	}
}

// index sorts the rows by category and works out how often each category is asked for: training-by-sampling of CTGAN, in
// proportion to the logarithm of its rows.
func (d *Data) index() error {
	d.spans, d.dim, _, d.condition = d.Schema.Spans()
	if d.dim == 0 {
		return errors.New("all rows are the same: there is nothing to learn")
	}
	for i := range d.Schema.Columns {
		c := &d.Schema.Columns[i]
		switch {
		case d.spans[i].Alpha < 0 && d.spans[i].N == 0:
			d.Notes = append(d.Notes, fmt.Sprintf("column %q has one value alone, which is written as it is", c.Name))
		case c.Missing:
			missing := 0
			for _, k := range d.columns[i].choice {
				if int(k) == len(c.Modes) {
					missing++
				}
			}
			d.Notes = append(d.Notes, fmt.Sprintf("column %q: %s of %d missing", c.Name, count(missing, "number"), d.N))
		}
		if d.spans[i].Condition >= 0 {
			d.several = append(d.several, i)
			d.columns[i].index(len(c.Categories))
		}
	}
	return d.Schema.Check()
}

func (c *column) index(categories int) {
	counts := make([]uint32, categories)
	for _, k := range c.choice {
		counts[k]++
	}
	c.start = make([]uint32, categories+1)
	c.chance = make([]uint64, categories)
	sum := uint64(0)
	for k, n := range counts {
		c.start[k+1] = c.start[k] + n
		if n > 0 {
			sum += uint64(log(float64(n)+1) * (1 << 16))
		}
		c.chance[k] = sum
	}
	next := slices.Clone(c.start)
	c.order = make([]uint32, len(c.choice))
	for row, k := range c.choice {
		c.order[next[k]] = uint32(row)
		next[k]++
	}
}

// Dim is the number of numbers in a row.
func (d *Data) Dim() int { return d.dim }

// Condition is the length of a condition.
func (d *Data) Condition() int { return d.condition }

// Fill sets conditions, [n, Condition()], to those numbered first, first+1, ... of a stream, and rows, unless it is nil, [n,
// Dim()], to rows that meet them. A column is drawn evenly and a category in proportion to the logarithm of its rows. Without
// columns of categories the rows are drawn evenly.
func (d *Data) Fill(rows, conditions []float32, n int, first, seed uint64, stream uint32) {
	clear(rows)
	clear(conditions)
	var u [3]uint32
	for i := range n {
		kernels.Uint32s(u[:], seed, stream, 3*(first+uint64(i)))
		row := uint64(u[2]) * uint64(d.N) >> 32
		if len(d.several) > 0 {
			at := d.several[uint64(u[0])*uint64(len(d.several))>>32]
			c := &d.columns[at]
			below := uint64(u[1]) * c.chance[len(c.chance)-1] >> 32
			k, _ := slices.BinarySearch(c.chance, below+1)
			conditions[i*d.condition+d.spans[at].Condition+k] = 1
			row = uint64(c.order[uint64(c.start[k])+uint64(u[2])*uint64(c.start[k+1]-c.start[k])>>32])
		}
		if rows != nil {
			d.row(rows[i*d.dim:][:d.dim], int(row))
		}
	}
}

// row sets dst, which is zero, to the numbers of a row.
func (d *Data) row(dst []float32, row int) {
	for i, span := range d.spans {
		c := &d.columns[i]
		if span.Alpha >= 0 {
			dst[span.Alpha] = c.alpha[row]
		}
		if span.N > 0 {
			dst[span.Choice+int(c.choice[row])] = 1
		}
	}
}

// Cells sets dst to the values of a row, as they come back from its numbers.
func (d *Data) Cells(dst []Cell, row int) {
	for i := range d.Schema.Columns {
		col, c := &d.Schema.Columns[i], &d.columns[i]
		k := int(c.choice[row])
		if !col.Numeric() {
			dst[i] = Cell{Category: k}
			continue
		}
		alpha := float64(0)
		if c.alpha != nil {
			alpha = float64(c.alpha[row])
		}
		dst[i] = Cell{Number: col.number(k, alpha)}
	}
}
