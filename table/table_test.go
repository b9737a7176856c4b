package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
)

// of reads a table that is a text.
func of(text string, o Options) (*Data, error) {
	return Read(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, o)
}

func example(t testing.TB, rows int) (string, *Data) {
	t.Helper()
	var b bytes.Buffer
	if err := Example(&b, rows, 1); err != nil {
		t.Fatal(err)
	}
	d, err := of(b.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), d
}

// TestExample: what the columns of the example are is found out, and its modes are where they were put.
func TestExample(t *testing.T) {
	_, d := example(t, 2000)
	cols := d.Schema.Columns
	if d.N != 2000 || d.Skipped != 0 || len(cols) != 8 {
		t.Fatalf("%d rows, %d bad, %d columns", d.N, d.Skipped, len(cols))
	}
	for i, numeric := range []bool{true, false, false, false, true, true, false, true} {
		if cols[i].Numeric() != numeric {
			t.Errorf("column %q: %v", cols[i].Name, &cols[i])
		}
	}
	if cols[5].Name != "income, k" || cols[5].Decimals != 2 || cols[0].Decimals != 0 || cols[7].Decimals != 1 || !cols[7].Missing {
		t.Errorf("%v; %v; %v", &cols[0], &cols[5], &cols[7])
	}
	for _, c := range []struct {
		column int
		want   []Mode
	}{{0, []Mode{{32, 6, 0.6}, {58, 5, 0.4}}}, {7, []Mode{{3, 0.7, 0.48}, {7.5, 0.6, 0.52}}}} {
		got := cols[c.column].Modes
		if len(got) != len(c.want) {
			t.Errorf("column %q: %v", cols[c.column].Name, got)
			continue
		}
		for i, w := range c.want {
			if math.Abs(got[i].Mean-w.Mean) > 0.12*w.Mean || math.Abs(got[i].Std-w.Std) > 0.25*w.Std || math.Abs(got[i].Weight-w.Weight) > 0.1 {
				t.Errorf("column %q: mode %v, want about %v", cols[c.column].Name, got[i], w)
			}
		}
	}
	if m := cols[4].Modes[0]; m.Mean != 40 || m.Std != 0 || math.Abs(m.Weight-0.47) > 0.05 {
		t.Errorf("the spike at 40 hours: %v", m)
	}
	for _, k := range cols[2].Categories {
		for _, town := range towns {
			if k.Text == town.name && math.Abs(float64(k.Count)/2000-float64(town.share)/100) > 0.04 {
				t.Errorf("%v; want %d %%", k, town.share)
			}
		}
	}
}

// TestRoundTrip: rows that go through their numbers come back as they were: categories, missing numbers, spikes and small
// integers exactly, other numbers to a part in a million of their mode's width, unless they lie beyond its reach.
func TestRoundTrip(t *testing.T) {
	text, d := example(t, 1000)
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	dec := NewDecoder(d.Schema)
	row := make([]float32, d.Dim())
	out := d.Schema.AppendHeader(nil)
	for i := range d.N {
		clear(row)
		d.row(row, i)
		for j := range row[dec.alphas:] {
			row[dec.alphas+j] *= 1e6 // no noise changes such a choice
		}
		out = dec.AppendRow(out, row, uint64(i), 2)
	}
	back, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(back) != len(lines) {
		t.Fatalf("%d lines, want %d", len(back), len(lines))
	}
	clipped := 0
	for i, want := range lines {
		for j, cell := range want {
			if back[i][j] == cell {
				continue
			}
			a := d.columns[j].alpha
			if i > 0 && a != nil && (a[i-1] == 1 || a[i-1] == -1) {
				clipped++
				continue
			}
			t.Fatalf("line %d, column %d: %q, was %q", i+1, j+1, back[i][j], cell)
		}
	}
	if clipped > d.N/100 {
		t.Errorf("%d numbers lie beyond the reach of their modes", clipped)
	}
}

// TestQuotes: names and categories with commas, quotes, line ends and spaces are read back by any reader of CSV.
func TestQuotes(t *testing.T) {
	names := []string{`a,b`, `say "x"`, "two\nlines", "é", "plain"}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(names)
	for i := range 40 {
		w.Write([]string{fmt.Sprint(i % 2), `"q",` + fmt.Sprint(i%3), "x\ny" + fmt.Sprint(i%2), "", fmt.Sprint(i)})
	}
	w.Flush()
	d, err := of("\xef\xbb\xbf"+b.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := d.Schema.AppendHeader(nil)
	cells := make([]Cell, len(names))
	for i := range d.N {
		d.Cells(cells, i)
		out = d.Schema.appendCells(out, cells)
	}
	got, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := csv.NewReader(&b).ReadAll()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got[:3], want[:3])
	}
	entry, err := d.Schema.ParseCondition("say \"x\"=\"q\",1")
	if err != nil {
		t.Fatal(err)
	}
	if i, err := d.Schema.ParseCondition("a,b=1"); err != nil || i == entry {
		t.Errorf("%d, %v", i, err)
	}
	one, err := of("x\n\"\"\na\nb\n", Options{}) // a blank line is no row, an empty cell in quotes is one
	if err != nil || one.N != 3 {
		t.Fatalf("%+v, %v", one, err)
	}
	one.Cells(cells, 0)
	if got := one.Schema.appendCells(nil, cells[:1]); string(got) != "\"\"\n" {
		t.Errorf("an empty row is written as %q", got)
	}
}

// TestBadInput: one clear line for what cannot be learned, and the line of each row that is left out.
func TestBadInput(t *testing.T) {
	ids := func(n int) string {
		var b strings.Builder
		b.WriteString("id,x\n")
		for i := range n {
			fmt.Fprintf(&b, "name%d,%d\n", i, i)
		}
		return b.String()
	}
	var wide strings.Builder
	for i := range MaxColumns + 1 {
		fmt.Fprintf(&wide, "c%d,", i)
	}
	wide.WriteString("end\n")
	for _, c := range []struct {
		name, text, want string
		o                Options
	}{
		{"empty", "", "empty file", Options{}},
		{"blank", "\n\n", "empty file", Options{}},
		{"header alone", "a,b\n", "no row", Options{}},
		{"no header", "1,2\n3,4\n", "line 1 holds numbers alone", Options{}},
		{"no name", "a,,c\n1,2,3\n", "column 2 has no name", Options{}},
		{"twice", "a,b,a\n1,2,3\n", `columns 1 and 3 are both called "a"`, Options{}},
		{"semicolons", "a;b\n1;2\n", "want commas", Options{}},
		{"all ragged", "a,b\n1\n1,2,3\n", "no row", Options{}},
		{"constant", "a,b\n1,x\n1,x\n", "all rows are the same", Options{}},
		{"ten thousand categories", ids(10000), `column "id" has more than 1000 different texts`, Options{}},
		{"unknown drop", "a,b\n1,2\n", `--drop: no column is called "c"`, Options{Drop: []string{"c"}}},
		{"drop all", "a\nx\n", "no column is left", Options{Drop: []string{"a"}}},
		{"both", "a\nx\ny\n", "categorical and numeric", Options{Numeric: []string{"a"}, Categorical: []string{"a"}}},
		{"no numbers", "a\nx\ny\n", "holds no numbers", Options{Numeric: []string{"a"}}},
		{"long text", "a\n" + strings.Repeat("x", 300) + "\ny\n", "no category", Options{}},
		{"long row", "a,b\n1,2\n\"" + strings.Repeat("x\n", 1<<20) + "\n", "after line 2: a row of more than a megabyte", Options{}},
		{"wide", wide.String(), "want at most 1024", Options{}},
		{"strict", "a,b\n1,2\n1\n2,3\n", "line 3: 1 cells, the header has 2", Options{Strict: true}},
		{"huge", "a\n12345678901234567890\n1\n2\n", "", Options{}},
	} {
		d, err := of(c.text, c.o)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %v; want %q", c.name, d, err, c.want)
		}
	}

	// Rows of a column of numbers, with all that is wrong with some.
	var b strings.Builder
	b.WriteString("x,k\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%d.5,%c\n", i, 'a'+i%3)
	}
	for _, bad := range []string{"Inf,a", "1e999,a", "0x10,a", "12345678901234567890,a", "seven,a", "1", "1,a,b", `1,a"b`} {
		b.WriteString(bad + "\n")
	}
	for _, gone := range []string{"NaN", "NA", "", "null", "None", "?", "n/a"} {
		b.WriteString(gone + ",b\n")
	}
	d, err := of(b.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.N != 107 || d.Skipped != 8 {
		t.Errorf("%d rows and %d bad ones, want 107 and 8", d.N, d.Skipped)
	}
	for i, want := range []string{`line 102: column "x": "Inf" is no finite number`, `line 103: column "x": "1e999"`, `"0x10"`,
		"beyond 2^53", `"seven"`, "line 107: 1 cells", "line 108: 3 cells", "line 109: bare"} {
		if !strings.Contains(d.Bad[i].Error(), want) {
			t.Errorf("bad row %d: %v, want %q", i, d.Bad[i], want)
		}
	}
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "7 numbers of 107 missing") {
		t.Errorf("%q", d.Notes)
	}
	if _, err := of(b.String(), Options{Strict: true}); err == nil || !strings.Contains(err.Error(), "line 102") {
		t.Errorf("strict: %v", err)
	}
}

// TestColumns: what makes a column one of numbers, and what is asked for.
func TestColumns(t *testing.T) {
	var b strings.Builder
	b.WriteString("few,many,one,zip,sci,mixed\n")
	for i := range 200 {
		fmt.Fprintf(&b, "%d,%d,same,%05d,%de-3,%d\n", i%4, i*3, i%150, i+1, i)
	}
	d, err := of(b.String(), Options{Categorical: []string{"zip"}, Numeric: []string{"few"}, Drop: []string{"mixed"}})
	if err != nil {
		t.Fatal(err)
	}
	cols := d.Schema.Columns
	if len(cols) != 5 || !cols[0].Numeric() || !cols[1].Numeric() || cols[2].Numeric() || cols[3].Numeric() || cols[4].Decimals != -1 {
		t.Errorf("%v", cols)
	}
	if len(cols[0].Modes) != 4 || cols[0].wide() {
		t.Errorf("four values are %v", cols[0].Modes)
	}
	if cols[3].Categories[7].Text != "00007" || cols[3].Choices() != 150 {
		t.Errorf("%v", &cols[3])
	}
	spans, dim, alphas, condition := d.Schema.Spans()
	if spans[2] != (Span{-1, 0, 0, -1}) || alphas != 2 || condition != 150 || d.Schema.Condition() != 150 ||
		dim != 2+spans[0].N+spans[1].N+spans[3].N+spans[4].N {
		t.Errorf("%v, %d, %d, %d", spans, dim, alphas, condition)
	}
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], `"one" has one value`) {
		t.Errorf("%q", d.Notes)
	}
	if out := appendNumber(nil, -0.001, 2); string(out) != "0.00" {
		t.Errorf("%q", out)
	}
}

// TestSampled: of a table that is too large rows are drawn evenly, in the memory that there is.
func TestSampled(t *testing.T) {
	var b strings.Builder
	b.WriteString("x\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "%d\n", i)
	}
	d, err := read(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(b.String())), nil }, Options{}, 6000)
	if err != nil {
		t.Fatal(err)
	}
	if d.N != 1000 || len(d.Notes) != 1 {
		t.Fatalf("%d rows, %q", d.N, d.Notes)
	}
	sum, cells := 0.0, make([]Cell, 1)
	for i := range d.N {
		d.Cells(cells, i)
		sum += cells[0].Number
	}
	if mean := sum / 1000; math.Abs(mean-2499.5) > 4*1443/math.Sqrt(1000) {
		t.Errorf("the rows that were kept have the mean %v", mean)
	}
}

// TestFill: conditions are drawn with the logarithm of the rows, each row meets its own, and a batch is a function of its number.
func TestFill(t *testing.T) {
	_, d := example(t, 2000)
	const n = 6000
	c, dim := d.Condition(), d.Dim()
	rows, conditions := make([]float32, n*dim), make([]float32, n*c)
	d.Fill(rows, conditions, n, 0, 5, 7)
	spans, _, _, _ := d.Schema.Spans()
	counts := make([]float64, c)
	for i := range n {
		met := 0
		for j, s := range spans {
			if s.Condition < 0 {
				continue
			}
			for k := range s.N {
				if conditions[i*c+s.Condition+k] == 1 {
					counts[s.Condition+k]++
					if rows[i*dim+s.Choice+k] != 1 {
						t.Fatalf("row %d does not have the category %d of column %d", i, k, j)
					}
					met++
				}
			}
		}
		if met != 1 {
			t.Fatalf("row %d has %d conditions", i, met)
		}
	}
	several := 4.0
	for j, s := range spans {
		if s.Condition < 0 {
			continue
		}
		total := 0.0
		for _, k := range d.Schema.Columns[j].Categories {
			total += math.Log(float64(k.Count) + 1)
		}
		for k, cat := range d.Schema.Columns[j].Categories {
			p := math.Log(float64(cat.Count)+1) / total / several
			if got := counts[s.Condition+k] / n; math.Abs(got-p) > 4*math.Sqrt(p/n) {
				t.Errorf("%q is asked for in %.4f of the rows, want %.4f", cat.Text, got, p)
			}
		}
	}
	again := make([]float32, 100*dim)
	d.Fill(again, make([]float32, 100*c), 100, 250, 5, 7)
	for i, v := range again {
		if v != rows[250*dim+i] {
			t.Fatal("another batch has other rows")
		}
	}
}

// TestDrawCondition: at sampling categories are asked for as often as rows have them.
func TestDrawCondition(t *testing.T) {
	s := &Schema{Columns: []Column{{Name: "a", Categories: []Category{{"x", 900}, {"y", 100}}}, {Name: "b", Categories: []Category{{"only", 1000}}},
		{Name: "c", Categories: []Category{{"p", 0}, {"q", 500}, {"r", 500}}}}}
	z, counts := make([]int16, s.Condition()), make([]float64, 5)
	const n = 8000
	for seed := range uint64(n) {
		s.DrawCondition(z, seed, 1)
		for i, v := range z {
			counts[i] += float64(v) / (1 << kernels.LatentBits) / n
		}
	}
	for i, want := range []float64{0.45, 0.05, 0, 0.25, 0.25} {
		if math.Abs(counts[i]-want) > 4*math.Sqrt(want/n) {
			t.Errorf("entry %d: %.4f, want %.4f", i, counts[i], want)
		}
	}
}

// TestCells: a choice is drawn as often as its logit says.
func TestCells(t *testing.T) {
	s := &Schema{Columns: []Column{{Name: "a", Categories: []Category{{"x", 1}, {"y", 1}, {"z", 1}}}}}
	d, row := NewDecoder(s), []float32{0, float32(math.Log(3)), float32(math.Inf(-1))}
	const n = 8000
	var counts [3]float64
	for seed := range uint64(n) {
		counts[d.Cells(row, seed, 2)[0].Category] += 1.0 / n
	}
	for i, want := range []float64{0.25, 0.75, 0} {
		if math.Abs(counts[i]-want) > 4*math.Sqrt(want/n) {
			t.Errorf("%v, want 0.25, 0.75, 0", counts)
		}
	}
	// Whatever a broken generator puts out is some row.
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for i := range row {
			row[i] = v
		}
		if k := d.Cells(row, 1, 2)[0].Category; k < 0 || k > 2 {
			t.Error(k)
		}
	}
}

// TestSameBits: the transform and the rows that are written are the same everywhere.
func TestSameBits(t *testing.T) {
	text, d := example(t, 600)
	js, err := json.Marshal(d.Schema)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	h.Write([]byte(text))
	h.Write(js)
	rows, conditions := make([]float32, 50*d.Dim()), make([]float32, 50*d.Condition())
	d.Fill(rows, conditions, 50, 0, 1, 1)
	dec := NewDecoder(d.Schema)
	for i := range 50 {
		h.Write(dec.AppendRow(nil, rows[i*d.Dim():][:d.Dim()], uint64(i), 2))
	}
	const want = "b05a65576aaf46dc1d1846dd0d5b4bed4ee7c0af1003fb7e050c10f86d532d91"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzTable reads whatever bytes there are; what is accepted has a schema that is valid, and writes rows that are read back.
func FuzzTable(f *testing.F) {
	var b bytes.Buffer
	Example(&b, 30, 1)
	f.Add(b.Bytes(), []byte{1, 2, 3})
	f.Add([]byte("a,b\n1,\n2,x\n"), []byte{0xff})
	f.Add([]byte("\"a\n\",b\n1e3,\"\"\"\"\n-0,NA\n"), []byte{})
	f.Fuzz(func(t *testing.T, text, numbers []byte) {
		d, err := of(string(text), Options{})
		if err != nil {
			return
		}
		row := make([]float32, d.Dim())
		for i := range row {
			if len(numbers) > 0 {
				row[i] = float32(int8(numbers[i%len(numbers)])) / 32
			}
		}
		d.Fill(make([]float32, 3*d.Dim()), make([]float32, 3*d.Condition()), 3, 1, 2, 3)
		dec := NewDecoder(d.Schema)
		out := d.Schema.AppendHeader(nil)
		for seed := range uint64(3) {
			out = dec.AppendRow(out, row, seed, 2)
		}
		fr, skipped, err := d.Schema.readFrame(bytes.NewReader(out))
		if err != nil || fr.N+skipped != 3 || skipped > 0 {
			t.Fatalf("%q is read back as %+v, %d, %v", out, fr, skipped, err)
		}
	})
}

// FuzzSchema decodes whatever JSON there is; what passes the check can be sampled.
func FuzzSchema(f *testing.F) {
	_, d := example(f, 30)
	js, _ := json.Marshal(d.Schema)
	f.Add(js)
	f.Add([]byte(`{"columns":[{"name":"a","modes":[{"mean":1,"std":2,"weight":1}],"min":0,"max":3,"decimals":-1,"missing":true}]}`))
	f.Add([]byte(`{"columns":[{"name":"a","categories":[{"text":"x","count":281474976710656},{"text":"","count":1}]}]}`))
	f.Fuzz(func(t *testing.T, js []byte) {
		var s Schema
		if json.Unmarshal(js, &s) != nil || s.Check() != nil {
			return
		}
		_, dim, _, condition := s.Spans()
		if condition != s.Condition() {
			t.Fatal(condition, s.Condition())
		}
		z := make([]int16, condition)
		s.DrawCondition(z, 3, 1)
		out := NewDecoder(&s).AppendRow(s.AppendHeader(nil), make([]float32, dim), 1, 2)
		lines, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil || len(lines) != 2 {
			t.Fatalf("%q: %v", out, err)
		}
		_ = fmt.Sprint(&s.Columns[0])
	})
}

// TestBadSchemas: a file cannot bring a schema that no table has.
func TestBadSchemas(t *testing.T) {
	good := Column{Name: "a", Modes: []Mode{{1, 1, 1}}, Min: 0, Max: 2}
	for name, change := range map[string]func(c *Column){
		"no name":      func(c *Column) { c.Name = " " },
		"a long name":  func(c *Column) { c.Name = strings.Repeat("x", maxName+1) },
		"both kinds":   func(c *Column) { c.Categories = []Category{{"x", 1}} },
		"neither":      func(c *Column) { c.Modes = nil },
		"modes":        func(c *Column) { c.Modes = make([]Mode, MaxModes+1) },
		"bounds":       func(c *Column) { c.Min = 3 },
		"NaN":          func(c *Column) { c.Max = math.NaN() },
		"infinity":     func(c *Column) { c.Modes = []Mode{{math.Inf(1), 1, 1}} },
		"negative std": func(c *Column) { c.Modes = []Mode{{1, -1, 1}} },
		"decimals":     func(c *Column) { c.Decimals = 16 },
		"a constant":   func(c *Column) { c.Modes[0].Std = 0 },
		"categories": func(c *Column) {
			*c = Column{Name: "a", Categories: make([]Category, MaxCategories+1)}
		},
		"twice":  func(c *Column) { *c = Column{Name: "a", Categories: []Category{{"x", 1}, {"x", 1}}} },
		"no row": func(c *Column) { *c = Column{Name: "a", Categories: []Category{{"x", 0}, {"y", 0}}} },
	} {
		c := good
		c.Modes = append([]Mode(nil), good.Modes...)
		change(&c)
		if err := (&Schema{Columns: []Column{c}}).Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := (&Schema{Columns: []Column{good, good}}).Check(); err == nil {
		t.Error("two columns of one name: accepted")
	}
	if err := (&Schema{Columns: []Column{good}}).Check(); err != nil {
		t.Error(err)
	}
}
