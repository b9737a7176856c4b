package sample

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
)

func TestSeeds(t *testing.T) {
	if got := Seeds(3, 5); !slices.Equal(got, []uint64{3, 4, 5}) {
		t.Error(got)
	}
	if got := Seeds(math.MaxUint64, math.MaxUint64); !slices.Equal(got, []uint64{math.MaxUint64}) {
		t.Error(got)
	}
	if got := Seeds(5, 3); len(got) != 0 {
		t.Error(got)
	}
}

// FuzzSample runs whatever graph the checks let pass: nothing in it may panic, and batches change no picture. It is
// quantized, too, or refused. Each six bytes of edits change one thing in one node of a good graph; data fills the weights.
func FuzzSample(f *testing.F) {
	bases := []string{everyOp(f)}
	for _, name := range []string{"small-f32", "small-int8"} {
		m, err := model.Load("../testdata/" + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		js, err := graph.Encode(m.Graph)
		if err != nil {
			f.Fatal(err)
		}
		bases = append(bases, string(js))
		m.Close()
	}
	for i := range bases {
		f.Add(uint8(i), []byte{}, []byte("\x01\x80\x7fweights"))
		f.Add(uint8(i), []byte{7, 0, 9, 3, 0, 1, 2, 1, 0, 4, 0, 0}, []byte{1, 2, 250, 9, 77, 128})
	}
	f.Fuzz(func(t *testing.T, base uint8, edits, data []byte) {
		if len(data) == 0 || len(edits) > 60 {
			return
		}
		b, err := graph.Decode(edit(bases[int(base)%len(bases)], edits))
		if err != nil {
			return
		}
		m := &model.Model{Graph: b, Weights: graph.NewStore(), Meta: model.Meta{Latent: "uniform"}}
		if z := b.Named("z"); z != 0 && b.Type(z).S.Rank() == 2 {
			m.Meta.LatentDim = b.Type(z).S.Dim(1)
		}
		if v := b.OutputValue("image"); v != 0 && b.Type(v).S.Rank() == 4 {
			m.Meta.Image = [3]int(b.Type(v).S.Dims()[1:])
		}
		work := 0
		for v := 1; v <= b.Len(); v++ {
			n := b.Node(graph.Value(v))
			if work += n.Type.S.Numel(); work > 1<<18 {
				return
			}
			if n.Op == graph.OpVar && !n.Type.S.Symbolic() {
				fill(m.Weights.Alloc(n.Attr.Name, n.Type.D, n.Type.S), data)
			}
		}
		if m.Check() != nil {
			return
		}
		if need, err := Memory(m, 3, 2); err == nil && need.Peak() <= 0 {
			t.Fatalf("a peak of %d bytes", need.Peak())
		}
		seeds := Seeds(0, 4)
		var want []uint8
		for _, batch := range []int{1, 3} {
			s, err := New(m, batch, nil)
			if err != nil {
				return
			}
			got := make([]uint8, len(seeds)*s.Size())
			s.Sample(got, seeds)
			if want != nil && !slices.Equal(got, want) {
				t.Fatal("a batch of 3 gives other pictures than one of 1")
			}
			want = got
		}
		q, _, err := quant.Quantize(m, quant.Options{CalibrationSamples: 16})
		if err != nil {
			return
		}
		s, err := New(q, 2, nil)
		if err != nil {
			t.Fatalf("the quantized model does not compile: %v", err)
		}
		s.Sample(want, seeds)
	})
}

// edit changes a graph in its JSON form.
func edit(js string, edits []byte) []byte {
	var g struct {
		Nodes   []map[string]any `json:"nodes"`
		Outputs []map[string]any `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(js), &g); err != nil {
		panic(err)
	}
	for ; len(edits) >= 6; edits = edits[6:] {
		n := g.Nodes[int(edits[0])%len(g.Nodes)]
		at, value, small := int(edits[2]), float64(int16(binary.LittleEndian.Uint16(edits[3:]))), float64(int8(edits[5]))
		change := func(key string, v float64) {
			list, _ := n[key].([]any)
			list = slices.Clone(list)
			if len(list) > 0 && at%8 != 7 {
				list[at%len(list)] = v
			} else {
				list = append(list, v)
			}
			n[key] = list
		}
		switch edits[1] % 10 {
		case 0:
			n["op"] = graph.Op(edits[2] % (uint8(graph.OpAssign) + 1)).String()
		case 1:
			change("in", 1+math.Abs(small))
		case 2:
			change("shape", small)
		case 3:
			change("shape", value)
		case 4:
			change("ints", small)
		case 5:
			change("ints", value*65536)
		case 6:
			change("floats", value/16)
		case 7:
			n["ta"] = edits[2]&1 != 0
			n["tb"] = edits[2]&2 != 0
		case 8:
			delete(n, []string{"shape", "ints", "floats", "in"}[at%4])
		case 9:
			if _, ok := n["dtype"]; ok {
				n["dtype"] = graph.DType(edits[2] % 5).String()
			} else {
				g.Outputs[0]["node"] = edits[0]
			}
		}
	}
	out, err := json.Marshal(g)
	if err != nil {
		panic(err)
	}
	return out
}

// everyOp is a graph of all float operations: six latents, pictures of 2 x 4.
func everyOp(t testing.TB) string {
	b := graph.New()
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 6)), 1.0/4096)
	x := b.Dot(z, b.Var("w", graph.F32, graph.Of(6, 8)), false, false)
	x = b.LeakyReLU(b.Add(x, b.Var("b", graph.F32, graph.Of(8))), 0.2)
	x = b.Sub(b.Max(x, b.Neg(x)), b.Min(b.Exp(x), b.Softplus(x)))
	x = b.Add(b.Div(b.Log(b.AddScalar(b.Abs(x), 1)), b.Sqrt(b.AddScalar(b.Square(x), 1))), b.Mul(b.Sign(x), b.ReLU(x)))
	p := b.Reshape(x, graph.Of(graph.Batch, 2, 4))
	p = b.Add(p, b.Reshape(b.MulScalar(b.Sum(p, -1), 0.25), graph.Of(graph.Batch, 2, 1)))
	p = b.Pad(b.Slice(b.Permute(p, 0, 2, 1), 1, 1, 4), 1, 1, 0)
	q := b.Concat(1, p, b.MulScalar(p, -0.5))
	best := b.PickMax(q, q, 1)
	p = b.Add(b.Slice(b.PutMax(best, q, 1), 1, 0, 4), b.Select(p, p, b.LeakyMask(p, p, 0.1)))
	p = b.Add(b.Tanh(b.StopGradient(p)), b.Sigmoid(b.FromU8(b.ToU8(p, 100, 50), 0.01)))
	b.Output("image", b.Reshape(b.ToU8(p, 100, 20), graph.Of(graph.Batch, 2, 4, 1)))
	js, err := graph.Encode(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(js)
}

// fill sets a tensor to plausible values made of data.
func fill(x *graph.Tensor, data []byte) {
	for i := range x.Shape.Numel() {
		c := data[i%len(data)]
		switch x.DType {
		case graph.F32:
			x.F32()[i] = float32(int8(c)) / 32
		case graph.U8:
			x.U8()[i] = c
			if strings.Contains(x.Name, "shift") {
				x.U8()[i] = kernels.MinShift + c%(kernels.MaxShift-kernels.MinShift+1)
			}
		case graph.S8:
			x.S8()[i] = int8(c)
		case graph.I16:
			x.I16()[i] = int16(c) << 7
		case graph.I32:
			x.I32()[i] = int32(int8(c)) << 8
			if strings.Contains(x.Name, "mult") {
				x.I32()[i] = 1<<30 + int32(c)<<20
			}
		}
	}
}
