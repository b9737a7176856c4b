package sample

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/model"
)

func TestLatents(t *testing.T) {
	m, err := model.Load("../testdata/small-int8.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := New(m, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The pictures of the latents of seeds are those of the seeds.
	seeds, dim := Seeds(0, 4), m.Meta.LatentDim
	z := make([]int16, len(seeds)*dim)
	for i, seed := range seeds {
		m.DrawLatent(z[i*dim:][:dim], seed, 0)
	}
	want, got := make([]uint8, len(seeds)*s.Size()), make([]uint8, len(seeds)*s.Size())
	s.Sample(want, seeds)
	s.SampleLatents(got, z)
	if !bytes.Equal(got, want) {
		t.Error("the latents of seeds have other pictures than the seeds")
	}
	if n := testing.AllocsPerRun(10, func() { s.Sample(want, seeds); s.SampleLatents(got, z) }); n != 0 && !guard.Race {
		t.Errorf("a conditional model allocates %v times", n)
	}
	a, b, mid := []int16{-32768, 0, 5, 32767}, []int16{32767, 1, 4, 32767}, make([]int16, 4)
	for at, want := range map[int][]int16{0: a, 256: b, 128: {0, 1, 5, 32767}, 64: {-16384, 0, 5, 32767}} {
		if Between(mid, a, b, at); !slices.Equal(mid, want) {
			t.Errorf("%d/256 of the way: %v, want %v", at, mid, want)
		}
	}
}
