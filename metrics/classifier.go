package metrics

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Features is the number of numbers that the last layer of a Classifier sees: the features of a picture.
const Features = 128

// Classifier is a small convolutional network that says what class a picture is of. The network, and so the features, are
// the same bits on every machine. A Classifier must not be used by two goroutines at once.
type Classifier struct {
	Shape   [3]int // height, width and channels of the pictures
	Classes int
	Width   int // channels of the first stage
	st      *graph.Store
	prog    *graph.Program
}

// batch is the number of pictures that a Classifier looks at, or is trained on, at a time.
const batch = 100

// layers builds the network for pictures x, U8 [batch, H, W, C]: three stages of 3x3 convolutions (the first of one 5x5)
// with rectifiers, each of twice as many channels as the one before and followed by the maximum over 2x2 pixels; a dense
// layer of Features rectifiers; one number a class. add returns a variable of so many inputs to each number.
func (c *Classifier) layers(b *graph.Builder, x graph.Value, add func(name string, s graph.Shape, fan int) graph.Value) (features, logits graph.Value) {
	x = b.FromU8(x, 1./255)
	biased := func(name string, y graph.Value) graph.Value {
		return b.Add(y, add(name+".bias", graph.Of(b.Shape(y).Dim(-1)), 0))
	}
	conv := func(name string, k, out int) {
		in := b.Shape(x).Dim(3)
		w := add(name+".weight", graph.Of(k, k, in, out), k*k*in)
		x = b.ReLU(biased(name, b.Conv(x, w, graph.Strided(1, k/2))))
	}
	pool := func() {
		w := kernels.Window{Size: 2, Stride: 2}
		x = b.MaxPool(x, w, w)
	}
	conv("0", 5, c.Width)
	pool()
	conv("1", 3, 2*c.Width)
	conv("2", 3, 2*c.Width)
	pool()
	conv("3", 3, 4*c.Width)
	conv("4", 3, 4*c.Width)
	pool()
	dense := func(name string, x graph.Value, out int) graph.Value {
		in := b.Shape(x).Dim(1)
		return biased(name, b.Dot(x, add(name+".weight", graph.Of(in, out), in), false, false))
	}
	s := b.Shape(x)
	features = b.ReLU(dense("5", b.Reshape(x, graph.Of(batch, s.Numel()/batch)), Features))
	return features, dense("6", features, c.Classes)
}

// check reports pictures that three halvings leave nothing of.
func (c *Classifier) check() error {
	if c.Shape[0] < 8 || c.Shape[1] < 8 || c.Shape[2] < 1 || c.Classes < 2 || c.Classes > 256 || c.Width < 1 || c.Width > 256 {
		return fmt.Errorf("metrics: classifier: pictures of %v and %d classes; want at least 8x8 pixels and 2 classes", c.Shape, c.Classes)
	}
	return nil
}

// compile makes the program that looks at pictures.
func (c *Classifier) compile(pool *kernels.Pool) error {
	b := graph.New()
	x := b.Input("x", graph.U8, graph.Of(batch, c.Shape[0], c.Shape[1], c.Shape[2]))
	features, logits := c.layers(b, x, func(name string, s graph.Shape, _ int) graph.Value { return b.Var(name, graph.F32, s) })
	b.Output("features", features)
	b.Output("logits", logits)
	prog, err := graph.Compile(b, c.st, graph.Options{Pool: pool, Frozen: true})
	c.prog = prog
	return err
}

// Size returns the number of bytes of a picture.
func (c *Classifier) Size() int { return c.Shape[0] * c.Shape[1] * c.Shape[2] }

// each looks at pictures, batch by batch: f is called with the rows of an output of n pictures from number first on.
func (c *Classifier) each(pictures []uint8, output string, f func(first, n int, rows []float32)) {
	size := c.Size()
	if len(pictures)%size != 0 {
		panic("metrics: Classifier: pictures of another size")
	}
	in, out := c.prog.In("x").U8(), c.prog.Out(output).F32()
	for first := 0; first*size < len(pictures); first += batch {
		n := copy(in, pictures[first*size:]) / size
		c.prog.Run(graph.Clock{})
		f(first, n, out[:n*len(out)/batch])
	}
}

// Features returns the features of pictures, one after the other.
func (c *Classifier) Features(pictures []uint8) *Matrix {
	m := NewMatrix(len(pictures)/c.Size(), Features)
	c.each(pictures, "features", func(first, _ int, rows []float32) {
		for i, v := range rows {
			m.X[first*Features+i] = float64(v)
		}
	})
	return m
}

// Probabilities returns what the classifier takes for the probabilities of the classes.
func (c *Classifier) Probabilities(pictures []uint8) *Matrix {
	m := NewMatrix(len(pictures)/c.Size(), c.Classes)
	c.each(pictures, "logits", func(first, n int, rows []float32) {
		for i := range n {
			logits, p, sum := rows[i*c.Classes:][:c.Classes], m.Row(first+i), 0.0
			most := logits[largest(logits)]
			for k, l := range logits {
				p[k] = math.Exp(float64(l - most))
				sum += p[k]
			}
			for k := range p {
				p[k] /= sum
			}
		}
	})
	return m
}

// Classify returns the class of every picture.
func (c *Classifier) Classify(pictures []uint8) []uint8 {
	labels := make([]uint8, len(pictures)/c.Size())
	c.each(pictures, "logits", func(first, n int, rows []float32) {
		for i := range n {
			labels[first+i] = uint8(largest(rows[i*c.Classes:][:c.Classes]))
		}
	})
	return labels
}

// Accuracy is the share of a set's pictures whose class is their label.
func (c *Classifier) Accuracy(set *data.Set) float64 {
	return Agreement(c.Classify(set.Images), set.Labels)
}

// Agreement is the share of labels that are the same.
func Agreement(a, b []uint8) float64 {
	if len(a) != len(b) || len(a) == 0 {
		panic("metrics: Agreement: lists of two lengths, or empty ones")
	}
	return share(len(a), func(i int) bool { return a[i] == b[i] })
}

// largest is the index of the first of the largest.
func largest(x []float32) int {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}
