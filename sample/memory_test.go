package sample

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/model"
)

// TestVerifyMemory: all hashes are drawn by one sampler.
func TestVerifyMemory(t *testing.T) {
	m, err := model.Load("../testdata/small-int8.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	one := m.Meta.Hashes[:1]
	allocated := func(hashes []model.SampleHash) uint64 {
		m.Meta.Hashes = hashes
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := Verify(m, nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	allocated(one) // packs the weights
	few, many := allocated(one), allocated(slices.Repeat(one, 8))
	if many > 4*few && !guard.Race {
		t.Errorf("%d bytes for a hash, %d for eight", few, many)
	}
}

// TestAddressable: what a machine of 32 bits cannot address is refused, not wrapped around.
func TestAddressable(t *testing.T) {
	if math.MaxInt > math.MaxInt32 {
		t.Skip("for machines of 32 bits")
	}
	b := graph.New()
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 30000)), 1.0/4096)
	column := b.Reshape(z, graph.Of(graph.Batch, 30000, 1))
	x := b.Add(b.Reshape(z, graph.Of(graph.Batch, 1, 30000)), column) // 3.6 GB
	b.Output("row", b.Reshape(b.Sum(x, -1), graph.Of(graph.Batch, 30000)))
	m := &model.Model{Graph: b, Weights: graph.NewStore(), Meta: model.Meta{Latent: "uniform", LatentDim: 30000, Row: 30000}}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := Memory(m, 1, 1); err == nil {
		t.Error("gigabytes were said to fit")
	}
	if _, err := New(m, 1, nil); err == nil {
		t.Error("gigabytes were made")
	}
}
