package bench

import (
	"bytes"
	"image/png"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestRunModel(t *testing.T) {
	for _, c := range []struct {
		file, kind, step, unit string
	}{
		{"../testdata/small-f32.safetensors", "f32", "Dot", "GFLOP/s"},
		{"../testdata/small-int8.safetensors", "int8", "QDot", "GOP/s"},
	} {
		rep, err := RunModel(c.file, 8, Options{Quick: true})
		if err != nil {
			t.Fatal(err)
		}
		m := rep.Model
		if !(m.Load > 0 && m.First > m.Load && m.Bytes > 0 && m.Batch == 8) || m.PeakMemory < m.FirstMemory {
			t.Errorf("%+v", m)
		}
		if runtime.GOOS == "linux" && m.FirstMemory < 1<<20 {
			t.Errorf("peak memory of %d bytes", m.FirstMemory)
		}
		batches, steps, part := 0, 0, 0.0
		for _, w := range rep.Rows {
			if !(w.Seconds > 0 && w.Rate >= 0) {
				t.Errorf("%+v: no time", w)
			}
			if w.Kernel == pictures {
				batches++
				continue
			}
			part += w.Part
			if strings.HasPrefix(w.Kernel, c.step) {
				steps++
				if w.Unit != c.unit || w.Ops == 0 || w.Bytes == 0 {
					t.Errorf("%+v", w)
				}
			}
		}
		if batches != 3 || steps != 3 || math.Abs(part-1) > 1e-9 {
			t.Errorf("%d batches, %d products, parts of the time that add up to %v", batches, steps, part)
		}
		text := rep.String()
		for _, want := range []string{c.file + ": " + c.kind, "batch 64", c.step, "first picture after"} {
			if !strings.Contains(text, want) {
				t.Errorf("the table lacks %q:\n%s", want, text)
			}
		}
		readBack(t, rep)
	}
	if _, err := RunModel("none.safetensors", 8, Options{Quick: true}); err == nil {
		t.Error("a model that is not there is no error")
	}
}

// Roofs, points and labels of made-up rows give a picture; nothing to place is an error.
func TestRoofline(t *testing.T) {
	r := &Report{CPU: "made up", Threads: 1, Peaks: []Peak{{"FMA", "a", 1, 100, "GFLOP/s"}, {"int8", "a", 1, 400, "GOP/s"},
		{"read L1", "a", 1, 200, "GB/s"}, {"read memory", "a", 1, 10, "GB/s"}},
		Rows: []Row{{Kernel: "k", Shape: "1", Tier: "a", Seconds: 1e-3, Ops: 5e7, Bytes: 1e6, Unit: "GFLOP/s"},
			{Kernel: "k", Shape: "2", Tier: "a", Seconds: 1e-3, Ops: 5e5, Bytes: 1e7, Unit: "GFLOP/s"}}}
	for _, rows := range [][]Row{r.Rows, r.Rows[:1], append(r.Rows, Row{Kernel: "q", Shape: "3", Tier: "a", Seconds: 1, Ops: 1e11,
		Bytes: 1e9, Unit: "GOP/s"})} {
		var out bytes.Buffer
		report := *r
		report.Rows = rows
		if err := report.Roofline(&out); err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(&out); err != nil || img.Bounds().Dx() < 1000 {
			t.Errorf("the picture: %v", err)
		}
	}
	for _, rows := range [][]Row{nil, {{Kernel: "k", Tier: "a", Seconds: 1, Bytes: 3}}} {
		if err := (&Report{Rows: rows}).Roofline(new(bytes.Buffer)); err == nil {
			t.Error("nothing to draw is no error")
		}
	}
}
