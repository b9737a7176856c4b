package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// reader reads a CSV file (RFC 4180) with a header, row by row, and never holds more than a row.
type reader struct {
	csv   *csv.Reader
	limit *limiter
	names []string
	last  int // the line of the last row
}

// maxRecord bounds the bytes of a row.
const maxRecord = 1 << 20

// limiter refuses a row of more than a megabyte before it is in memory: between two rows no more than that may be read.
type limiter struct {
	r    io.Reader
	left int
}

var errLong = errors.New("a row of more than a megabyte (a quote that is not closed?)")

func (l *limiter) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	n, err := l.r.Read(b[:min(len(b), l.left)])
	l.left -= n
	return n, err
}

// badRow is a row that is left out.
type badRow struct {
	line int
	why  string
}

func (b *badRow) Error() string { return fmt.Sprintf("line %d: %s", b.line, b.why) }

// newReader reads the header.
func newReader(r io.Reader) (*reader, error) {
	l := &limiter{r: r, left: maxRecord}
	br := bufio.NewReaderSize(l, 1<<16)
	if bom, _ := br.Peek(3); string(bom) == "\xef\xbb\xbf" {
		br.Discard(3)
	}
	t := &reader{csv: csv.NewReader(br), limit: l}
	t.csv.ReuseRecord = true
	head, _, err := t.next()
	if err == io.EOF {
		return nil, errors.New("an empty file; want a line with the names of the columns, and rows")
	}
	if err != nil {
		return nil, err
	}
	numbers := 0
	seen := map[string]int{}
	for i, name := range head {
		if err := checkName(name, i); err != nil {
			return nil, fmt.Errorf("line 1: %s", strings.TrimPrefix(err.Error(), "table: "))
		}
		if j, twice := seen[name]; twice {
			return nil, fmt.Errorf("line 1: columns %d and %d are both called %q", j+1, i+1, name)
		}
		seen[name] = i
		if _, ok := parseNumber(name); ok {
			numbers++
		}
		t.names = append(t.names, name)
	}
	switch {
	case numbers == len(head):
		return nil, errors.New("line 1 holds numbers alone; want a header, a line with the names of the columns")
	case len(head) == 1 && strings.ContainsAny(head[0], ";\t"):
		return nil, fmt.Errorf("line 1 is a single name, %.40q; want commas between the columns", head[0])
	case len(head) > MaxColumns:
		return nil, fmt.Errorf("line 1 has %d columns; want at most %d", len(head), MaxColumns)
	}
	return t, nil
}

// next returns the cells of the next row, without the space around them, and its line. They are valid until the next call. A
// *badRow is an error after which reading can go on.
func (t *reader) next() (cells []string, line int, err error) {
	t.limit.left = maxRecord
	cells, err = t.csv.Read()
	if pe := (*csv.ParseError)(nil); errors.As(err, &pe) {
		if errors.Is(pe.Err, csv.ErrFieldCount) {
			return nil, pe.StartLine, &badRow{pe.StartLine, fmt.Sprintf("%d cells, the header has %d", len(cells), len(t.names))}
		}
		why := pe.Err.Error()
		if pe.Line > pe.StartLine {
			why = fmt.Sprintf("%s, up to line %d", why, pe.Line)
		}
		return nil, pe.StartLine, &badRow{pe.StartLine, why}
	}
	if errors.Is(err, errLong) {
		return nil, 0, fmt.Errorf("after line %d: %w", t.last, err)
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ = t.csv.FieldPos(0)
	t.last = line
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells, line, nil
}

// parseNumber reads a decimal number. What is no number, not finite, or larger than 2^53 is none.
func parseNumber(s string) (float64, bool) {
	for i := range len(s) { // no hexadecimal, no infinity
		if strings.IndexByte("0123456789+-.eE", s[i]) < 0 {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !finite(x) || x > maxNumber || x < -maxNumber {
		return 0, false
	}
	return x, true
}

// whyNoNumber says what is wrong with a cell that parseNumber refuses.
func whyNoNumber(s string) string {
	if x, err := strconv.ParseFloat(s, 64); err == nil && finite(x) && (x > maxNumber || x < -maxNumber) {
		return fmt.Sprintf("%.40q is beyond 2^53, up to which numbers are exact (a column of names can be forced with --categorical, or left out with --drop)", s)
	}
	return fmt.Sprintf("%.40q is no finite number", s)
}

// decimals is the number of digits behind the point, or -1 where there is an exponent.
func decimals(s string) int {
	if strings.ContainsAny(s, "eE") {
		return -1
	}
	_, behind, _ := strings.Cut(s, ".")
	if len(behind) > maxDecimals {
		return maxDecimals
	}
	return len(behind)
}

// missing reports how people write that there is no number.
func missing(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 1:
		return s == "?"
	case 2:
		return strings.EqualFold(s, "na")
	case 3:
		return strings.EqualFold(s, "nan") || strings.EqualFold(s, "n/a")
	case 4:
		return strings.EqualFold(s, "null") || strings.EqualFold(s, "none")
	}
	return false
}
