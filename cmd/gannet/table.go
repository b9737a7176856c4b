package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/metrics"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
	"github.com/gannet-ml/gannet/table"
)

// exampleRows is the number of rows of the table that is learned where no other is named.
const exampleRows = 20000

// openTable reads a table, or makes the example. What was done to it, and which rows are bad, is said on out.
func openTable(out io.Writer, path string, o table.Options) (*table.Data, error) {
	var t *table.Data
	var err error
	if path == "" {
		var text bytes.Buffer
		if err := table.Example(&text, exampleRows, 0); err != nil {
			return nil, err
		}
		t, err = table.Read(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }, o)
	} else {
		t, err = table.Load(path, o)
	}
	if err != nil {
		return nil, err
	}
	for _, n := range t.Notes {
		fmt.Fprintf(out, "table: %s\n", n)
	}
	for _, b := range t.Bad {
		fmt.Fprintf(out, "table: left out: %v\n", b)
	}
	if n := t.Skipped; n > 0 {
		if n > len(t.Bad) {
			fmt.Fprintf(out, "table: ...\n")
		}
		fmt.Fprintf(out, "table: %d rows are bad and were left out (--strict ends the run instead)\n", n)
	}
	return t, nil
}

// columnNames is a flag whose value is a line of CSV, so that names may have commas. It can be given several times.
type columnNames struct{ list *[]string }

func (n *columnNames) String() string { return strings.Join(*n.list, ",") }

// Type names the value in the help.
func (n *columnNames) Type() string { return "NAMES" }

func (n *columnNames) Set(s string) error {
	r := csv.NewReader(strings.NewReader(s))
	r.TrimLeadingSpace = true
	names, err := r.ReadAll()
	if err != nil || len(names) != 1 || slices.Contains(names[0], "") {
		return fmt.Errorf("want the names of columns, with commas in between and quotes around those that have some")
	}
	*n.list = append(*n.list, names[0]...)
	return nil
}

// tableResult is what evalTable measures.
type tableResult struct {
	Metric   string             `json:"metric"`
	Rows     int                `json:"rows"` // of each half of the real table, and of the model's
	Model    table.Distance     `json:"model"`
	Real     table.Distance     `json:"real"` // one half of the real table against the other
	MMD      map[string]float64 `json:"mmd2"`
	Target   string             `json:"target,omitempty"`
	Accuracy map[string]float64 `json:"accuracy,omitempty"`
}

// evalTable compares a model's rows with those of a file. Its figures are distances to one half of the file's rows; the floor is
// what the other half has.
func evalTable(w io.Writer, path string, m *model.Model, file, target string, samples int, asJSON bool) error {
	schema := m.Meta.Table
	var real *table.Frame
	var skipped int
	var err error
	if file == "" {
		return usagef("eval: %s makes a table; --data names the CSV file to compare it with", path)
	}
	if real, skipped, err = table.LoadFrame(file, schema); err != nil {
		return err
	}
	at, err := schema.Target(target)
	if err != nil {
		return usagef("eval: --target: %w", err)
	}
	a, b := real.Halves(0)
	if samples == 0 {
		samples = b.N
	}
	pool := allThreads(0)
	defer pool.Close()
	s, err := sample.New(m, min(500, samples), pool)
	if err != nil {
		return err
	}
	made := gan.SampleTable(s, schema, 0, samples)
	r := tableResult{Metric: "table", Rows: b.N, Model: table.Compare(made, b), Real: table.Compare(a, b)}
	if r.MMD, err = kernelDistances(a, b, made, pool); err != nil {
		return err
	}
	results := map[string]float64{"variation": r.Model.Mean(), "variation_real": r.Real.Mean(), "dependence": r.Model.Dependence,
		"dependence_real": r.Real.Dependence, "mmd2": r.MMD["model"], "mmd2_real": r.MMD["real"]}
	if at >= 0 {
		r.Target = schema.Columns[at].Name
		r.Accuracy = map[string]float64{"model": table.Predict(made, b, at), "real": table.Predict(a, b, at), "majority": b.Majority(at)}
		results["accuracy"], results["accuracy_real"] = r.Accuracy["model"], r.Accuracy["real"]
	}
	if err := keepMetric(path, m, "table", results); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	fmt.Fprintf(w, "%d rows of the model against %d of %s; in parentheses %d other rows of the file instead of the model's\n", made.N, b.N,
		file, a.N)
	if skipped > 0 {
		fmt.Fprintf(w, "%d rows of the file have cells that the model does not know and were left out\n", skipped)
	}
	for i, c := range r.Model.Columns {
		floor := r.Real.Columns[i]
		if schema.Columns[i].Numeric() {
			fmt.Fprintf(w, "  %-20s KS %.4f (%.4f)  Wasserstein %.4f (%.4f) std", quoted(c.Name), c.Variation, floor.Variation, c.Wasserstein,
				floor.Wasserstein)
			if schema.Columns[i].Missing {
				fmt.Fprintf(w, "  missing %.4f (%.4f)", c.Missing, floor.Missing)
			}
			fmt.Fprintln(w)
		} else {
			fmt.Fprintf(w, "  %-20s TV %.4f (%.4f)\n", quoted(c.Name), c.Variation, floor.Variation)
		}
	}
	fmt.Fprintf(w, "mean of the columns    %.4f (%.4f)\n", r.Model.Mean(), r.Real.Mean())
	fmt.Fprintf(w, "pairs of columns       %.4f (%.4f) mean difference of their correlation, Cramer's V or correlation ratio\n",
		r.Model.Dependence, r.Real.Dependence)
	fmt.Fprintf(w, "unseen pairs           %.2f %% (%.2f %%) of rows have two categories that no row of the file beside them has together\n",
		100*r.Model.Unseen, 100*r.Real.Unseen)
	fmt.Fprintf(w, "MMD^2                  %.5f (%.5f)\n", r.MMD["model"], r.MMD["real"])
	if at >= 0 {
		fmt.Fprintf(w, "logistic regression    %s: trained on the model's rows it is right about %.2f %% of real ones (on real rows %.2f %%; "+
			"the most frequent answer %.2f %%)\n", quoted(r.Target), 100*r.Accuracy["model"], 100*r.Accuracy["real"], 100*r.Accuracy["majority"])
	}
	return nil
}

// mmdRows is the number of rows of each table that the kernel distance compares.
const mmdRows = 2000

// kernelDistances are those of half a real table from a model's rows, and from the other half.
func kernelDistances(a, b, made *table.Frame, pool *kernels.Pool) (map[string]float64, error) {
	matrix := func(f *table.Frame) *metrics.Matrix {
		x, dim := table.Vectors(f, b, mmdRows)
		return &metrics.Matrix{N: len(x) / dim, D: dim, X: x}
	}
	d := map[string]float64{}
	for name, f := range map[string]*table.Frame{"model": made, "real": a} {
		r, err := metrics.MMD(matrix(f), matrix(b), pool)
		if err != nil {
			return nil, err
		}
		d[name] = r.MMD2
	}
	return d, nil
}

// quoted is a name out of a file, quoted where a terminal would obey it.
func quoted(name string) string {
	if q := fmt.Sprintf("%q", name); q != `"`+name+`"` {
		return q
	}
	return name
}
