package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Table is a CSV file: rows of cells under names.
type Table struct {
	Names []string // of the columns; "1", "2"... where the file has none
	Rows  int
	cells []string // [Rows, len(Names)]
}

// maxCells bounds a table, which is held in memory.
const maxCells = MaxIDX / 16

// ReadTable reads comma-separated values (RFC 4180). The first line holds the names of the columns unless all its cells are
// numbers. All lines have as many cells as the first.
func ReadTable(r io.Reader) (*Table, error) {
	br := bufio.NewReaderSize(&oneLine{r: r}, 1<<16)
	if bom, _ := br.Peek(3); string(bom) == "\xef\xbb\xbf" {
		br.Discard(3)
	}
	c := csv.NewReader(br)
	c.ReuseRecord = true
	t := &Table{}
	for {
		row, err := c.Read()
		if err == io.EOF {
			break
		}
		if pe := (*csv.ParseError)(nil); errors.As(err, &pe) {
			if errors.Is(pe.Err, csv.ErrFieldCount) {
				return nil, fmt.Errorf("csv: line %d has %d cells, the first has %d", pe.Line, len(row), len(t.Names))
			}
			return nil, fmt.Errorf("csv: line %d: %w", pe.Line, pe.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("csv: %w", err)
		}
		if t.Names == nil {
			if t.header(row) {
				continue
			}
		}
		if len(t.cells)+len(row) > maxCells {
			return nil, fmt.Errorf("csv: more than %d cells", maxCells)
		}
		for _, cell := range row {
			t.cells = append(t.cells, strings.TrimSpace(cell))
		}
		t.Rows++
	}
	if t.Rows == 0 {
		return nil, fmt.Errorf("csv: no rows")
	}
	return t, nil
}

// header takes the first line and reports whether it is one of names.
func (t *Table) header(row []string) bool {
	names := false
	for i, cell := range row {
		if _, err := strconv.ParseFloat(strings.TrimSpace(cell), 64); err != nil {
			names = true
		}
		t.Names = append(t.Names, strconv.Itoa(i+1))
	}
	if !names {
		return false
	}
	for i, cell := range row {
		t.Names[i] = strings.TrimSpace(cell)
	}
	return true
}

// oneLine refuses a line, and so a cell, of more than a megabyte, before it is held in memory.
type oneLine struct {
	r   io.Reader
	run int
}

func (o *oneLine) Read(b []byte) (int, error) {
	n, err := o.r.Read(b)
	for _, c := range b[:n] {
		if o.run++; c == '\n' {
			o.run = 0
		}
		if o.run > 1<<20 {
			return 0, errors.New("a line of more than a megabyte")
		}
	}
	return n, err
}

// Cell returns the text of a cell.
func (t *Table) Cell(row, col int) string { return t.cells[row*len(t.Names)+col] }

// Number returns the number of a cell. The error names the row, counted from 1 without the names, and the column.
func (t *Table) Number(row, col int) (float64, error) {
	x, err := strconv.ParseFloat(t.Cell(row, col), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("csv: row %d, column %q: %.40q is no finite number", row+1, t.Names[col], t.Cell(row, col))
	}
	return x, nil
}

// Matrix returns the numbers of all cells, [Rows, len(Names)].
func (t *Table) Matrix() ([]float32, error) {
	m := make([]float32, 0, len(t.cells))
	for i := range t.Rows {
		for j := range t.Names {
			x, err := t.Number(i, j)
			if err != nil {
				return nil, err
			}
			m = append(m, float32(x))
		}
	}
	return m, nil
}

// pictures reads each row as a square picture of bytes; a column called label holds its class.
func (t *Table) pictures() (*Set, error) {
	label := slices.IndexFunc(t.Names, func(n string) bool { return strings.EqualFold(n, "label") })
	pixels := len(t.Names)
	if label >= 0 {
		pixels--
	}
	side := int(math.Sqrt(float64(pixels)))
	if side*side != pixels || side < 2 {
		return nil, fmt.Errorf("csv: rows of %d pixels are no square pictures (a class is a column called label)", pixels)
	}
	s := &Set{N: t.Rows, H: side, W: side, C: 1, Images: make([]uint8, 0, t.Rows*pixels)}
	for i := range t.Rows {
		for j := range t.Names {
			x, err := t.Number(i, j)
			if err != nil {
				return nil, err
			}
			if x != math.Trunc(x) || x < 0 || x > 255 {
				return nil, fmt.Errorf("csv: row %d, column %q: %g is no byte", i+1, t.Names[j], x)
			}
			if j == label {
				s.Labels = append(s.Labels, uint8(x))
			} else {
				s.Images = append(s.Images, uint8(x))
			}
		}
	}
	return s, nil
}
