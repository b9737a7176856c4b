package gan

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gannet-ml/gannet/graph"
)

// TestResumeTidies: what a killed session was writing goes.
func TestResumeTidies(t *testing.T) {
	dir := t.TempDir()
	torn, mine := filepath.Join(dir, ".checkpoint-7.safetensors.123.tmp"), filepath.Join(dir, "notes.tmp")
	for _, path := range []string{torn, mine} {
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := &run{opt: &Options{OutDir: dir}, game: &game{st: graph.NewStore()}}
	if err := r.restore(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(torn); err == nil {
		t.Error("the torn file is still there")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error("another file was removed")
	}
}
