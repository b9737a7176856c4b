package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/table"
)

// TestTable: a table is learned, sampled, inspected and measured from the command line.
func TestTable(t *testing.T) {
	if testing.Short() && kernels.Tier() == "generic" {
		t.Skip("takes minutes on an emulator; the bits of tables are checked in package table")
	}
	dir := t.TempDir()
	var text bytes.Buffer
	if err := table.Example(&text, 400, 1); err != nil {
		t.Fatal(err)
	}
	text.WriteString("too,few\n40,none,Oslo,NO,much,20,no,1\n")
	people := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(people, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	code, js, msg := command("train", "--preset", "tabular", "--print-preset")
	if code != 0 {
		t.Fatal(msg)
	}
	preset := filepath.Join(dir, "small.json")
	js = strings.ReplaceAll(strings.Replace(js, `"batch": 500`, `"batch": 20`, 1), "[256, 256]", "[16]")
	if err := os.WriteFile(preset, []byte(js), 0o644); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	code, _, msg = command("train", "--preset", preset, "--data", people, "--drop", `"income, k",age`, "--outdir", run, "--steps", "6")
	if code != 0 || !strings.Contains(msg, "left out: line 402: 2 cells") || !strings.Contains(msg, `line 403: column "hours": "much"`) ||
		!strings.Contains(msg, "2 rows are bad") {
		t.Fatalf("%d, %s", code, msg)
	}
	if code, _, msg := command("train", "--resume", run, "--steps", "8"); code != 0 {
		t.Fatal(msg)
	}
	m := filepath.Join(run, "generator.safetensors")
	out := filepath.Join(dir, "out.csv")
	read := func() [][]string {
		t.Helper()
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	if code, _, msg := command("sample", m, "-n", "30", "-o", out, "--batch", "7"); code != 0 {
		t.Fatal(msg)
	}
	lines := read()
	if len(lines) != 31 || strings.Join(lines[0], "|") != "schooling|town|country|hours|owns home|score" {
		t.Fatalf("%q", lines)
	}
	if code, _, msg := command("sample", m, "--seeds", "10-12", "-o", out); code != 0 {
		t.Fatal(msg)
	}
	for i, l := range read()[1:] {
		if strings.Join(l, "|") != strings.Join(lines[11+i], "|") {
			t.Errorf("seed %d is another row: %q", 10+i, l)
		}
	}
	if code, _, msg := command("sample", m, "-n", "12", "-o", out, "--condition", "town=Bergen, West"); code != 0 {
		t.Fatal(msg)
	}
	lines = read()
	for _, l := range lines[1:] {
		if l[1] != "Bergen, West" {
			t.Errorf("asked to be from Bergen: %q", l)
		}
	}
	if len(lines) != 13 {
		t.Errorf("%d lines", len(lines))
	}
	if code, _, msg := command("verify", m); code != 0 {
		t.Error(msg)
	}
	if code, text, msg := command("inspect", m); code != 0 || !strings.Contains(text, "table: 6 columns") || !strings.Contains(text, "hours            integers from") {
		t.Errorf("%d, %s, %s", code, text, msg)
	}
	code, text1, msg := command("eval", m, "--data", people)
	if code != 0 || !strings.Contains(text1, "logistic regression    owns home") || !strings.Contains(text1, "missing") {
		t.Errorf("%d, %s, %s", code, text1, msg)
	}
	code, text1, msg = command("eval", m, "--data", people, "--json", "--target", "town", "--samples", "100")
	var r tableResult
	if err := json.Unmarshal([]byte(text1), &r); code != 0 || err != nil || len(r.Model.Columns) != 6 || r.Target != "town" {
		t.Errorf("%d, %v, %s, %s", code, err, text1, msg)
	}
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{"no column is called", 1, []string{"sample", m, "-n", "1", "-o", out, "--condition", "x=y"}},
		{"no category", 1, []string{"sample", m, "-n", "1", "-o", out, "--condition", "town=Rome"}},
		{"holds numbers", 1, []string{"sample", m, "-n", "1", "-o", out, "--condition", "hours=40"}},
		{"column=value", 1, []string{"sample", m, "-n", "1", "-o", out, "--condition", "town"}},
		{"exclude", 2, []string{"sample", m, "-n", "1", "-o", out, "--seeds", "3"}},
		{"--number -1", 2, []string{"sample", m, "-n", "-1", "-o", out}},
		{"--condition", 1, []string{"sample", "../../testdata/small-int8.safetensors", "--hash", "--condition", "a=b"}},
		{"--data", 2, []string{"eval", m}},
		{"--target", 2, []string{"eval", m, "--data", people, "--target", "hours"}},
		{"makes no table", 2, []string{"eval", "../../testdata/small-int8.safetensors", "--metric", "table"}},
		{"for tables", 2, []string{"train", "--preset", "digits", "--outdir", dir + "/x", "--drop", "a"}},
		{"for pictures", 2, []string{"train", "--preset", "tabular", "--outdir", dir + "/x", "--size", "32"}},
		{"want the names of columns", 2, []string{"train", "--preset", "tabular", "--outdir", dir + "/x", "--drop", `"a`}},
		{"line 402", 1, []string{"train", "--preset", "tabular", "--outdir", dir + "/x", "--data", people, "--strict"}},
		{"no such file", 1, []string{"train", "--preset", "tabular", "--outdir", dir + "/x", "--data", dir + "/none.csv"}},
		{"--drop has no place", 2, []string{"train", "--resume", run, "--drop", "age"}},
	} {
		code, _, msg := command(c.args...)
		if code != c.code || !strings.Contains(msg, c.want) || strings.Count(msg, "\n") != 1 {
			t.Errorf("%q: %d, %q; want %d, %q", c.args, code, msg, c.code, c.want)
		}
	}
	if err := os.WriteFile(people, text.Bytes()[:3000], 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, msg := command("train", "--resume", run, "--steps", "9"); code != 1 || !strings.Contains(msg, "SHA-256") {
		t.Errorf("a table that changed: %d, %s", code, msg)
	}
}
