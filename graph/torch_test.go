package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
)

// torchOperand sets x to operand k of testdata/torch_ops.py.
func torchOperand(x []float32, k int) {
	for i := range x {
		h := uint32(i+1000*k) * 2654435761
		h = (h ^ h>>15) * 2246822519
		x[i] = float32(h>>16)/32768 - 1
	}
}

// torchOps is what testdata/torch_ops.py calls so.
var torchOps = map[string]struct {
	build  func(b *Builder, v []Value) Value
	shapes []Shape
}{
	"conv": {func(b *Builder, v []Value) Value { return b.Add(b.Conv(v[0], v[1], Strided(2, 1)), v[2]) },
		[]Shape{Of(2, 6, 6, 3), Of(4, 4, 3, 4), Of(4)}},
	"conv-dilated": {func(b *Builder, v []Value) Value {
		return b.Conv(v[0], v[1], Geometry{Stride: [2]int{1, 2}, Pad: [2]int{2, 1}, Dilation: [2]int{2, 1}})
	}, []Shape{Of(1, 5, 6, 2), Of(3, 3, 2, 2)}},
	"conv-groups": {func(b *Builder, v []Value) Value { return b.Conv(v[0], v[1], Geometry{}) },
		[]Shape{Of(1, 4, 4, 4), Of(3, 3, 2, 6)}},
	"transposed": {func(b *Builder, v []Value) Value {
		return b.Add(b.ConvTransposed(v[0], v[1], Strided(2, 1), 1, [2]int{}), v[2])
	}, []Shape{Of(2, 3, 3, 4), Of(4, 4, 3, 4), Of(3)}},
	"transposed-groups": {func(b *Builder, v []Value) Value {
		return b.ConvTransposed(v[0], v[1], Strided(2, 1), 2, [2]int{1, 1})
	}, []Shape{Of(1, 3, 2, 4), Of(3, 3, 2, 4)}},
	"batch-norm": {func(b *Builder, v []Value) Value { y, _, _ := b.BatchNorm(v[0], v[1], v[2], 1e-5); return y },
		[]Shape{Of(3, 3, 2, 4), Of(4), Of(4)}},
	"instance-norm": {func(b *Builder, v []Value) Value { return b.InstanceNorm(v[0], 0, 0, 1e-5) }, []Shape{Of(3, 3, 2, 4)}},
	"layer-norm":    {func(b *Builder, v []Value) Value { return b.LayerNorm(v[0], 1, 1e-5) }, []Shape{Of(3, 3, 2, 4)}},
	"pixel-norm":    {func(b *Builder, v []Value) Value { return b.PixelNorm(v[0], 1e-8) }, []Shape{Of(2, 3, 2, 4)}},
	"avg-pool": {func(b *Builder, v []Value) Value {
		return b.AvgPool(v[0], kernels.Window{Size: 3, Stride: 2, Pad: 1}, kernels.Window{Size: 2, Stride: 1})
	}, []Shape{Of(2, 5, 4, 3)}},
	"max-pool": {func(b *Builder, v []Value) Value {
		return b.MaxPool(v[0], kernels.Window{Size: 3, Stride: 2, Pad: 1}, kernels.Window{Size: 2, Stride: 2})
	}, []Shape{Of(2, 5, 4, 3)}},
	"bilinear":      {func(b *Builder, v []Value) Value { return b.SmoothUp(v[0], kernels.EdgeClamp) }, []Shape{Of(2, 3, 4, 2)}},
	"nearest":       {func(b *Builder, v []Value) Value { return b.NearestUp(v[0], 2) }, []Shape{Of(1, 3, 2, 2)}},
	"pixel-shuffle": {func(b *Builder, v []Value) Value { return b.PixelShuffle(v[0], 2) }, []Shape{Of(2, 2, 3, 8)}},
	"softmax":       {func(b *Builder, v []Value) Value { return b.Softmax(v[0]) }, []Shape{Of(3, 5)}},
	"log-sum-exp":   {func(b *Builder, v []Value) Value { return b.LogSumExp(v[0]) }, []Shape{Of(3, 5)}},
	"embedding":     {func(b *Builder, v []Value) Value { return b.Gather(v[0], b.Input("index", U8, Of(6))) }, []Shape{Of(5, 3)}},
}

type torchFile struct {
	Operations map[string]struct {
		Y             []float64
		First, Second [][]float64
	}
	Running   []float64
	Penalties map[string]struct {
		Value float64
		Grads [][]float64
	}
}

func readTorch(t *testing.T) *torchFile {
	js, err := os.ReadFile("../testdata/torch_ops.json")
	if err != nil {
		t.Fatal(err)
	}
	var f torchFile
	if err := json.Unmarshal(js, &f); err != nil {
		t.Fatal(err)
	}
	return &f
}

// near compares a tensor with PyTorch's, relative to its largest number: single ones may be sums that cancel.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tolerance*largest+1e-12) {
			t.Errorf("%s[%d] is %v, want %v", what, i, got[i], w)
			return
		}
	}
}

// TestTorchOps compares operations, their gradients and gradients of those with PyTorch's, computed in float64.
func TestTorchOps(t *testing.T) {
	file := readTorch(t)
	for name, c := range torchOps {
		want, ok := file.Operations[name]
		if !ok {
			t.Errorf("no case %s", name)
			continue
		}
		b, st := New(), NewStore()
		var vars []Value
		for k, s := range c.shapes {
			torchOperand(st.Alloc(fmt.Sprint("v", k), F32, s).F32(), k)
			vars = append(vars, b.Var(fmt.Sprint("v", k), F32, s))
		}
		y := c.build(b, vars)
		b.Output("y", y)
		w := b.Var("w", F32, b.Shape(y))
		torchOperand(st.Alloc("w", F32, b.Shape(y)).F32(), 9)
		first := b.Grad(b.Sum(b.Mul(y, w)), vars...)
		total := b.Scalar(0)
		for i, g := range first {
			b.Output(fmt.Sprint("first ", i), g)
			total = b.Add(total, b.Sum(b.Square(g)))
		}
		for i, g := range b.Grad(total, vars...) {
			b.Output(fmt.Sprint("second ", i), g)
		}
		if name == "batch-norm" { // as PyTorch keeps them, with momentum 0.1
			_, mean, variance := b.BatchNorm(vars[0], vars[1], vars[2], 1e-5)
			b.Output("running", b.Concat(0, b.MulScalar(mean, 0.1), b.AddScalar(b.MulScalar(variance, 0.1*18.0/17), 0.9)))
		}
		p, err := Compile(b, st, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if in := p.In("index"); in != nil {
			copy(in.U8(), []uint8{1, 3, 0, 3, 3, 2})
		}
		p.Run(Clock{})
		near(t, name, p.Out("y").F32(), want.Y, 1e-6)
		for i := range vars {
			near(t, fmt.Sprint(name, " first ", i), p.Out(fmt.Sprint("first ", i)).F32(), want.First[i], 1e-5)
			near(t, fmt.Sprint(name, " second ", i), p.Out(fmt.Sprint("second ", i)).F32(), want.Second[i], 1e-5)
		}
		if out := p.Out("running"); out != nil {
			near(t, "running statistics", out.F32(), file.Running, 1e-6)
		}
	}
}

// TestTorchPenalties compares R1, R2 and WGAN-GP on small convolutional networks, and their gradients to the weights, with
// PyTorch's double backward.
func TestTorchPenalties(t *testing.T) {
	file := readTorch(t)
	shapes := []Shape{Of(4, 4, 2, 4), Of(4), Of(4), Of(4), Of(4, 4, 4, 6), Of(6), Of(2, 2, 6, 1)}
	for _, act := range []string{"leaky", "tanh", "batch-norm"} {
		b, st := New(), NewStore()
		variable := func(k int, s Shape) Value {
			name := fmt.Sprint("v", k)
			torchOperand(st.Alloc(name, F32, s).F32(), k)
			return b.Var(name, F32, s)
		}
		var w []Value
		for k, s := range shapes {
			w = append(w, variable(k, s))
		}
		activation := func(h Value) Value {
			if act == "leaky" {
				return b.LeakyReLU(h, 0.2)
			}
			return b.Tanh(h)
		}
		squaredNorms := func(x Value) Value {
			h := b.Add(b.Conv(x, w[0], Strided(2, 1)), w[1])
			if act == "batch-norm" {
				h, _, _ = b.BatchNorm(h, w[2], w[3], 1e-5)
				h = b.LeakyReLU(h, 0.2)
			} else {
				h = activation(h)
			}
			h = activation(b.Add(b.Conv(h, w[4], Strided(2, 1)), w[5]))
			g := b.Grad(b.Sum(b.Conv(h, w[6], Geometry{})), x)[0]
			return b.Sum(b.Square(g), 1, 2, 3)
		}
		real, fake := variable(20, Of(3, 8, 8, 2)), variable(21, Of(3, 8, 8, 2))
		share := b.Abs(variable(22, Of(3, 1, 1, 1)))
		between := b.Add(b.Mul(share, real), b.Mul(b.AddScalar(b.Neg(share), 1), fake))
		penalties := map[string]Value{"R1": b.MulScalar(b.Mean(squaredNorms(real)), 0.5),
			"R2":      b.MulScalar(b.Mean(squaredNorms(fake)), 0.5),
			"WGAN-GP": b.MulScalar(b.Mean(b.Square(b.AddScalar(b.Sqrt(squaredNorms(between)), -1))), 10)}
		for name, p := range penalties {
			b.Output(name, p)
			for i, g := range b.Grad(p, w...) {
				b.Output(fmt.Sprint(name, i), g)
			}
		}
		p, err := Compile(b, st, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.Run(Clock{})
		for name := range penalties {
			want, ok := file.Penalties[act+" "+name]
			if !ok {
				t.Fatalf("no case %s %s", act, name)
			}
			near(t, act+" "+name, p.Out(name).F32(), []float64{want.Value}, 1e-5)
			for i, g := range want.Grads {
				switch {
				case act == "batch-norm" && i == 1: // a bias that the normalization takes away: nothing but rounding errors
				case act == "batch-norm" || i != 2 && i != 3:
					near(t, fmt.Sprint(act, " ", name, " weight ", i), p.Out(fmt.Sprint(name, i)).F32(), g, 1e-5)
				}
			}
		}
	}
}
