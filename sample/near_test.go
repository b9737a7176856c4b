package sample

import (
	"bytes"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// TestNear: a batch whose results would not stay in a core's cache is drawn in parts, of equal size where that can be, and nobody sees it.
func TestNear(t *testing.T) {
	b, st := graph.New(), graph.NewStore()
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 4)), 1.0/4096)
	fill(st.Alloc("w", graph.F32, graph.Of(4, 1<<15)), []byte("weights of one layer"))
	x := b.Dot(z, b.Var("w", graph.F32, graph.Of(4, 1<<15)), false, false)
	b.Output("image", b.Reshape(b.ToU8(x, 40, 128), graph.Of(graph.Batch, 128, 256, 1)))
	m := &model.Model{Graph: b, Weights: st, Meta: model.Meta{Latent: "uniform", LatentDim: 4, Image: [3]int{128, 256, 1}}}
	for _, c := range []struct{ batch, threads, near int }{{1, 1, 1}, {5, 1, 5}, {6, 1, 6}, {16, 1, 8}, {64, 1, 8}, {7, 1, 7}, {16, 2, 16}, {64, 2, 16}} {
		if near := nearBatch(b, c.batch, c.threads); near != c.near {
			t.Errorf("a batch of %d on %d threads: %d at a time, want %d", c.batch, c.threads, near, c.near)
		}
	}
	s, err := New(m, 16, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Batch() != 16 || s.Near() != 8 {
		t.Errorf("a batch of %d, %d at a time; want 16 and 8", s.Batch(), s.Near())
	}
	one, err := New(m, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	seeds := Seeds(3, 13)
	got, want := make([]uint8, len(seeds)*s.Size()), make([]uint8, len(seeds)*s.Size())
	s.Sample(got, seeds)
	for i := range seeds {
		one.Sample(want[i*one.Size():][:one.Size()], seeds[i:i+1])
	}
	if !bytes.Equal(got, want) {
		t.Error("other pictures than one at a time")
	}
	z16 := make([]int16, 11*4)
	for i, seed := range seeds {
		m.DrawLatent(z16[4*i:][:4], seed, 0)
	}
	clear(got)
	if s.SampleLatents(got, z16); !bytes.Equal(got, want) {
		t.Error("other pictures of the same latents")
	}
}

// TestNearWords: products of words count as the others do.
func TestNearWords(t *testing.T) {
	const n = 1 << 15
	b := graph.New()
	z := b.Reshape(b.Input("z", graph.I16, graph.Of(graph.Batch, 4)), graph.Of(graph.Batch, 1, 1, 4))
	like := graph.Node{Op: graph.OpConvOut, Attr: graph.Attr{S: graph.Of(graph.Batch, 1, 1, n)}}
	copy(like.Attr.I[:], []int32{1, 1, 0, 0, 1, 1})
	b.Output("words", b.WConv(like, z, b.Var("w", graph.S8, graph.Of(1, 1, 4, n)), b.Var("bias", graph.I32, graph.Of(n)),
		b.Var("mult", graph.I32, graph.Of(n)), b.Var("shift", graph.U8, graph.Of(n)), 0, kernels.WordEnd{Lo: -9, Hi: 9}))
	if near := nearBatch(b, 64, 1); near != 16 { // of 64 KB each
		t.Errorf("%d at a time, want 16", near)
	}
}
