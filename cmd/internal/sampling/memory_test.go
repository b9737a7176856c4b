package sampling

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/model"
)

// TestWithin: the collector keeps garbage within --max-memory as long as the command runs.
func TestWithin(t *testing.T) {
	m, err := model.Load("../../../testdata/small-int8.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	before := debug.SetMemoryLimit(-1)
	release, err := within(m, 16, 1, 64<<20, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if got := debug.SetMemoryLimit(-1); got > 64<<20 || got < 32<<20 {
		t.Errorf("a limit of %d bytes for the collector", got)
	}
	release()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("the limit stays at %d, it was %d", got, before)
	}
	if _, err := within(m, 16, 1, 64<<20, 60<<20); err == nil {
		t.Error("60 MiB beside were not counted")
	}
}

func TestParseSeeds(t *testing.T) {
	got, err := parseSeeds("7, 2-4,18446744073709551615")
	if want := []uint64{7, 2, 3, 4, 1<<64 - 1}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = parseSeeds("5,0-1048574"); err != nil || len(got) != 1<<20 || cap(got) > len(got) {
		t.Errorf("%d seeds, room for %d: %v", len(got), cap(got), err)
	}
	for _, s := range []string{"", "3-", "4-3", "0-18446744073709551615", "5,0-1048575"} {
		if _, err := parseSeeds(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

// TestManyRows: rows are drawn and written batch by batch.
func TestManyRows(t *testing.T) {
	const n, count = 512, 8192 // 16 MiB
	b, st := graph.New(), graph.NewStore()
	w := st.Alloc("w", graph.F32, graph.Of(2, n)).F32()
	for i := range w {
		w[i] = float32(i%16) / 4
	}
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 2)), 1.0/4096)
	b.Output("row", b.Dot(z, b.Var("w", graph.F32, graph.Of(2, n)), false, false))
	m := &model.Model{Graph: b, Weights: st, Meta: model.Meta{Latent: "uniform", LatentDim: 2, Row: n}}
	dir := t.TempDir()
	path, raw, table := filepath.Join(dir, "rows.safetensors"), filepath.Join(dir, "raw"), filepath.Join(dir, "table")
	if err := model.Save(path, m); err != nil {
		t.Fatal(err)
	}
	f := flag.NewFlagSet("sample", flag.ContinueOnError)
	run := Sample.Declare(f)
	if err := f.Parse([]string{"--raw", raw, "--out", table, "--hash", "--batch", "16", "--max-memory", "12M",
		"--seeds", fmt.Sprintf("0-%d", count-1)}); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	var out bytes.Buffer
	runtime.ReadMemStats(&before)
	if err := run(path, &out); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 && !guard.Race {
		t.Errorf("%d bytes allocated for %d of rows", got, 4*n*count)
	}
	got, err := os.ReadFile(raw)
	if err != nil || len(got) != 4*n*count || out.String() != fmt.Sprintf("%x\n", sha256.Sum256(got)) {
		t.Errorf("%d raw bytes, hash %s: %v", len(got), &out, err)
	}
	text, err := os.ReadFile(table)
	if err != nil || bytes.Count(text, []byte("\n")) != count || bytes.Count(text, []byte(",")) != count*(n-1) {
		t.Errorf("a table of %d lines: %v", bytes.Count(text, []byte("\n")), err)
	}
}
