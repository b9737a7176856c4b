package metrics

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Streams of random numbers of a training run; those from 0x80000000 on order the pictures (package data).
const (
	streamInit  uint32 = 0x1000 // one for each variable
	streamShift uint32 = 0x2000
)

// TrainOptions say how a Classifier is trained. The zero values of Width, LR and Classes are those of the pinned
// network's and the set's.
type TrainOptions struct {
	Width   int     // channels of the first stage; 0: 16
	Classes int     // 0: those that the labels tell
	Steps   int     // of a hundred pictures each
	LR      float64 // of Adam at the start, from where it falls to 0 in a straight line; 0: 0.002
	Seed    uint64

	// Augment, if not nil, changes a batch in place; first is the number of its first picture, counted over the run. It must
	// be a function of these alone.
	Augment func(pictures []uint8, first uint64)
	// Progress, if not nil, is called after every hundred steps with the mean loss of those, in nats.
	Progress func(step int, loss float64)
}

// Train makes a classifier of the pictures of a labelled set, by cross entropy. The same set and options give the same bits
// on every machine, whatever the threads.
func Train(set *data.Set, o TrainOptions, pool *kernels.Pool) (*Classifier, error) {
	c := &Classifier{Shape: [3]int{set.H, set.W, set.C}, Classes: o.Classes, Width: o.Width, st: graph.NewStore()}
	if c.Width == 0 {
		c.Width = 16
	}
	if c.Classes == 0 {
		c.Classes = set.Info().Classes
	}
	if o.LR == 0 {
		o.LR = 0.002
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if set.N < 1 || len(set.Labels) != set.N || set.Info().Classes > c.Classes || o.Steps < 1 {
		return nil, fmt.Errorf("metrics: training a classifier of %d classes: %d pictures with %d labels, %d steps", c.Classes, set.N,
			len(set.Labels), o.Steps)
	}
	prog, err := c.trainer(o.Seed, pool)
	if err != nil {
		return nil, err
	}
	loader := data.NewLoader(set, batch, o.Seed, 0)
	x, y, hyper, loss := prog.In("x").U8(), prog.In("y").F32(), prog.In("hyper").F32(), prog.Out("loss").F32()
	labels := make([]uint8, batch)
	power1, power2, sum := 1.0, 1.0, 0.0 // products that are the same everywhere
	for step := range o.Steps {
		loader.Batch(x, labels, uint64(step))
		if o.Augment != nil {
			o.Augment(x, uint64(step)*batch)
		}
		clear(y)
		for i, l := range labels {
			y[i*c.Classes+int(l)] = 1
		}
		power1, power2 = float64(power1*beta1), float64(power2*beta2)
		lr := o.LR * float64(o.Steps-step) / float64(o.Steps)
		hyper[0], hyper[1], hyper[2], hyper[3] = float32(lr/(1-power1)), beta1, beta2, 1e-8
		hyper[4] = float32(1 / math.Sqrt(1-power2))
		prog.Run(graph.Clock{Seed: o.Seed, Step: uint64(step)})
		if sum += float64(loss[0]); o.Progress != nil && (step+1)%100 == 0 {
			o.Progress(step+1, sum/100)
			sum = 0
		}
	}
	if !kernels.AllFinite(loss) {
		return nil, fmt.Errorf("metrics: training a classifier: the loss became %v", loss[0])
	}
	return c, c.compile(pool)
}

// beta1 and beta2 are Adam's.
const beta1, beta2 = 0.9, 0.999

// trainer initialises the network, after He, and makes the program of a step.
func (c *Classifier) trainer(seed uint64, pool *kernels.Pool) (*graph.Program, error) {
	b := graph.New()
	var vars []graph.Value
	x := b.Input("x", graph.U8, graph.Of(batch, c.Shape[0], c.Shape[1], c.Shape[2]))
	_, logits := c.layers(b, x, func(name string, s graph.Shape, fan int) graph.Value {
		w := c.st.Alloc(name, graph.F32, s).F32()
		if fan > 0 {
			kernels.Normal(w, float32(math.Sqrt(2/float64(fan))), seed, streamInit+uint32(len(vars)), 0)
		}
		v := b.Var(name, graph.F32, s)
		vars = append(vars, v)
		return v
	})
	y := b.Input("y", graph.F32, graph.Of(batch, c.Classes)) // 1 at the class
	loss := b.Mean(b.Sub(b.LogSumExp(logits), b.Sum(b.Mul(y, logits), 1)))
	b.Output("loss", loss)
	hyper := b.Input("hyper", graph.F32, graph.Of(5))
	moments := graph.NewStore()
	for _, name := range c.st.Names() {
		moments.Put(c.st.Get(name))
	}
	for i, g := range b.Grad(loss, vars...) {
		s, name := b.Shape(vars[i]), b.Node(vars[i]).Attr.Name
		moments.Alloc(name+".m", graph.F32, s)
		moments.Alloc(name+".v", graph.F32, s)
		b.Adam(vars[i], b.Var(name+".m", graph.F32, s), b.Var(name+".v", graph.F32, s), g, hyper)
	}
	return graph.Compile(b, moments, graph.Options{Pool: pool})
}

// Shifted is an augmentation of pictures of the given height, width and channels: each is moved by up to most pixels, up or
// down and left or right, and what comes in is black.
func Shifted(shape [3]int, most int, seed uint64) func(pictures []uint8, first uint64) {
	h, w, c := shape[0], shape[1], shape[2]
	line := w * c
	moved := make([]uint8, h*line)
	return func(pictures []uint8, first uint64) {
		for at := 0; at < len(pictures); at += len(moved) {
			by := [2]int{}
			for k := range by {
				u := kernels.Uint32(seed, streamShift, 2*first+uint64(k))
				by[k] = int(u%uint32(2*most+1)) - most
			}
			first++
			clear(moved)
			from, to := max(0, -by[1])*c, max(0, by[1])*c
			for row := max(0, by[0]); row < min(h, h+by[0]); row++ {
				copy(moved[row*line+to:(row+1)*line], pictures[at+(row-by[0])*line+from:][:line-from])
			}
			copy(pictures[at:], moved)
		}
	}
}
