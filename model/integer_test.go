package model

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// integers is a model of integer operations whose tensors are in range.
func integers() *Model {
	m := &Model{Graph: graph.New(), Weights: graph.NewStore(), Meta: Meta{Latent: "normal", LatentDim: 3, Image: [3]int{2, 2, 4}}}
	b := m.Graph
	v := func(name string, d graph.DType, dims ...int) graph.Value {
		t := m.Weights.Alloc(name, d, graph.Of(dims...))
		for i := range t.Bytes {
			t.Bytes[i] = 1
		}
		for i := range dims[len(dims)-1] {
			switch {
			case strings.HasSuffix(name, "mult") && d == graph.I32:
				t.I32()[i] = 1 << 30
			case strings.HasSuffix(name, "shift"):
				t.U8()[i] = kernels.MinShift
			}
		}
		return b.Var(name, d, t.Shape)
	}
	product := func(name string) (bias, mult, shift graph.Value) {
		return v(name+".bias", graph.I32, 4), v(name+".mult", graph.I32, 4), v(name+".shift", graph.U8, 4)
	}
	x := b.QuantizeLatent(b.Input("z", graph.I16, graph.Of(graph.Batch, 3)), 1<<30, 40, 1)
	bias, mult, shift := product("dot")
	x = b.QDot(x, v("dot.w", graph.S8, 3, 4), bias, mult, shift, 0, 0, 255)
	x = b.QScale(x, v("scale.m", graph.I16, 4), v("scale.bias", graph.I32, 4), kernels.PointU8{Shift: 4, Hi: 255})
	x = b.QResample(b.Reshape(x, graph.Of(graph.Batch, 1, 1, 4)), kernels.NearestUp, 2, 0)
	bias, mult, shift = product("conv")
	like := graph.Node{Op: graph.OpConvOut, Attr: graph.Attr{S: graph.Of(graph.Batch, 2, 2, 4)}}
	copy(like.Attr.I[:], []int32{1, 1, 1, 1, 1, 1})
	x = b.QConv(like, x, v("conv.w", graph.S8, 3, 3, 4, 4), bias, mult, shift, [2]uint8{7, 8}, 0, 255)
	x = b.WScale(b.Widen(x, 8), v("words.m", graph.I16, 4), v("words.bias", graph.I32, 4), kernels.PointI16{Shift: 4, Lo: -1000, Hi: 900})
	bias, mult, shift = product("wide")
	x = b.WConv(like, x, v("wide.w", graph.S8, 3, 3, 4, 4), bias, mult, shift, 0, kernels.WordEnd{Lo: -1 << 15, Hi: 1<<15 - 1, Slope: 3})
	b.Output("image", b.WPixels(x, v("pixels", graph.I16, 257)))
	return m
}

// TestCheckIntegers: requantizations out of range, and sums that some input drives out of 32 bits, are refused by name.
func TestCheckIntegers(t *testing.T) {
	if err := integers().Check(); err != nil {
		t.Fatal(err)
	}
	m := integers()
	m.Weights.Get("wide.bias").I32()[1] = 1<<31 - 36001
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(st *graph.Store){
		`"dot.mult" and "dot.shift": channel 1 requantizes`:    func(st *graph.Store) { st.Get("dot.mult").I32()[1] = 1<<30 - 1 },
		`"dot.mult" and "dot.shift": channel 2 requantizes`:    func(st *graph.Store) { st.Get("dot.shift").U8()[2] = 63 },
		`"dot.w": the sums of channel 3 can leave 32 bits`:     func(st *graph.Store) { st.Get("dot.bias").I32()[3] = 1<<31 - 700 },
		`"conv.mult" and "conv.shift": channel 0 requantizes`:  func(st *graph.Store) { st.Get("conv.mult").I32()[0] = -1 },
		`"conv.mult" and "conv.shift": channel 3 requantizes`:  func(st *graph.Store) { st.Get("conv.shift").U8()[3] = 30 },
		`"conv.w": the sums of channel 1 can leave 32 bits`:    func(st *graph.Store) { st.Get("conv.bias").I32()[1] = -1<<31 + 9000 },
		`"scale.bias": bias 1073741825 of channel 2 is beyond`: func(st *graph.Store) { st.Get("scale.bias").I32()[2] = 1<<30 + 1 },
		`"wide.mult" and "wide.shift": channel 0 requantizes`:  func(st *graph.Store) { st.Get("wide.mult").I32()[0] = 1 },
		// 36 products of 1 and 1000 at most, and of 1 and 32768 they would be 1179648.
		`"wide.w": the sums of channel 1 can leave 32 bits`:    func(st *graph.Store) { st.Get("wide.bias").I32()[1] = 1<<31 - 36000 },
		`"words.bias": bias 1073741824 of channel 2 is beyond`: func(st *graph.Store) { st.Get("words.bias").I32()[2] = 1 << 30 },
		`tensor "scale.m" is `:                                 func(st *graph.Store) { st.Alloc("scale.m", graph.I16, graph.Of(5)) },
	} {
		m := integers()
		change(m.Weights)
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %s", err, want)
		}
	}
}
