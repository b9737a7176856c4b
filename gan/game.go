package gan

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// game is a training run in memory: the variables and the programs that change them.
type game struct {
	preset  *Preset
	pixels  int
	seed    uint64
	st      *graph.Store
	both    *graph.Program // simultaneous updates: D and G in one step
	d       *graph.Program // alternating updates: D's step,
	g       *graph.Program // and G's
	step    uint64         // steps made
	metrics [4]float32     // of the last step: loss_D, loss_G, D_real, D_fake
	labels  []uint8        // of a batch
	classes []uint32       // random numbers for those of generated pictures
}

var metricNames = [4]string{"loss_D", "loss_G", "D_real", "D_fake"}

// newGame initializes the networks and compiles the programs of a step. mean is the mean picture, in bytes.
func newGame(p *Preset, pixels int, mean []float64, seed uint64, pool *kernels.Pool) (*game, error) {
	g := &game{preset: p, pixels: pixels, seed: seed, st: graph.NewStore(), labels: make([]uint8, p.Batch),
		classes: make([]uint32, p.Batch)}
	compile := func(stepD, stepG bool) (*graph.Program, error) {
		return graph.Compile(g.stepGraph(stepD, stepG), g.st, graph.Options{Pool: pool})
	}
	var err error
	if p.Simultaneous {
		g.both, err = compile(true, true)
	} else {
		if g.d, err = compile(true, false); err == nil {
			g.g, err = compile(false, true)
		}
	}
	if err != nil {
		return nil, err
	}
	g.initOutputBias(mean)
	if p.EMA > 0 {
		for _, n := range g.st.Names() {
			if e := g.st.Get(n + emaSuffix); e != nil {
				copy(e.F32(), g.st.Get(n).F32())
			}
		}
	}
	return g, nil
}

const emaSuffix = ".ema"

// stepGraph builds one step of the game (Algorithm 1 of the paper): sample z and data, ascend D's gradient, descend G's.
func (g *game) stepGraph(stepD, stepG bool) *graph.Builder {
	p, b := g.preset, graph.New()
	gp := &params{b: b, st: g.st, seed: g.seed}
	dp := &params{b: b, st: g.st, seed: g.seed}
	drop := &dropout{}
	stream := streamLatent
	if !stepD {
		stream, drop.next = streamLatent+1, 64 // G's own step draws its own z and masks
	}

	z := b.FromI16(b.Latent(p.latent(), stream, graph.Of(p.Batch, p.Z)), kernels.LatentScale)
	var realClass, fakeClass graph.Value
	if p.Classes > 0 {
		realClass = b.Input("real_class", graph.F32, graph.Of(p.Batch, p.Classes))
		fakeClass = b.Input("fake_class", graph.F32, graph.Of(p.Batch, p.Classes))
		z = b.Concat(1, fakeClass, z)
	}
	fake := p.generator(gp, z, g.pixels)
	if !stepG {
		fake = b.StopGradient(fake)
	}
	real := b.FromU8(b.Input("real", graph.U8, graph.Of(p.Batch, g.pixels)), 1.0/255)
	if p.G.Out == "tanh" {
		real = b.AddScalar(b.MulScalar(real, 2), -1)
	}
	dReal := p.discriminator(dp, real, realClass, drop)
	params := dp.list
	dFake := p.discriminator(dp, fake, fakeClass, drop)

	lossD, lossG := p.losses(b, dReal, dFake)
	if stepD {
		b.Output("loss_D", lossD)
		b.Output("D_real", b.Mean(b.Sigmoid(dReal)))
		b.Output("D_fake", b.Mean(b.Sigmoid(dFake)))
	}
	if stepG {
		b.Output("loss_G", lossG)
	}

	// Both gradients are taken at the weights from before the step.
	if stepD {
		if p.R1 > 0 {
			lossD = b.Add(lossD, p.gradientPenalty(dp, real, realClass, p.R1))
		}
		if p.R2 > 0 {
			lossD = b.Add(lossD, p.gradientPenalty(dp, fake, fakeClass, p.R2))
		}
		g.update(b, "D", &p.OptD, params, b.Grad(lossD, params...))
	}
	if stepG {
		g.update(b, "G", &p.OptG, gp.list, b.Grad(lossG, gp.list...))
		if p.EMA > 0 {
			decay := b.Input("ema", graph.F32, graph.Of(1))
			for _, v := range gp.list {
				name := b.Node(v).Attr.Name
				b.EMA(g.state(b, name+emaSuffix, b.Shape(v)), v, decay)
			}
		}
	}
	return b
}

// losses are the objectives of D and of G, both to be descended, from logits [batch, 1].
func (p *Preset) losses(b *graph.Builder, dReal, dFake graph.Value) (lossD, lossG graph.Value) {
	if p.Loss == "relativistic" {
		diff := b.Sub(dReal, dFake)
		return b.Mean(b.Softplus(b.Neg(diff))), b.Mean(b.Softplus(diff))
	}
	// -log D(x) = softplus(-logit), -log(1-D(x)) = softplus(logit).
	lossD = b.Add(b.Mean(b.Softplus(b.Neg(dReal))), b.Mean(b.Softplus(dFake)))
	if p.HalfLossD {
		lossD = b.MulScalar(lossD, 0.5)
	}
	if p.Loss == "minimax" {
		return lossD, b.Neg(b.Mean(b.Softplus(dFake)))
	}
	return lossD, b.Mean(b.Softplus(b.Neg(dFake)))
}

// gradientPenalty is gamma/2 times the mean squared norm of the gradient of D, without dropout, at the first
// PenaltyBatch pictures of x.
func (p *Preset) gradientPenalty(dp *params, x, class graph.Value, gamma float32) graph.Value {
	b := dp.b
	if p.PenaltyBatch > 0 {
		x = b.Slice(x, 0, 0, p.PenaltyBatch)
		if class != 0 {
			class = b.Slice(class, 0, 0, p.PenaltyBatch)
		}
	}
	grad := b.Grad(b.Sum(p.discriminator(dp, x, class, nil)), x)[0]
	return b.MulScalar(b.Mean(b.Sum(b.Square(grad), 1)), gamma/2)
}

// update adds the optimizer's sinks for one player.
func (g *game) update(b *graph.Builder, player string, o *Optim, params, grads []graph.Value) {
	hyper := b.Input("hyper_"+player, graph.F32, graph.Of(o.hyperLen()))
	for i, v := range params {
		name, s := b.Node(v).Attr.Name, b.Shape(v)
		if o.Kind == "adam" {
			b.Adam(v, g.state(b, name+".m", s), g.state(b, name+".v", s), grads[i], hyper)
		} else {
			b.SGD(v, g.state(b, name+".vel", s), grads[i], hyper)
		}
	}
}

// state is a variable that starts at zero.
func (g *game) state(b *graph.Builder, name string, s graph.Shape) graph.Value {
	if g.st.Get(name) == nil {
		g.st.Alloc(name, graph.F32, s)
	}
	return b.Var(name, graph.F32, s)
}

// initOutputBias sets G's last bias to the inverse of its output function at the mean picture, so that training does not
// begin by finding out that digits are mostly black.
func (g *game) initOutputBias(mean []float64) {
	p := g.preset
	if !p.G.BiasFromData {
		return
	}
	bias := g.st.Get(fmt.Sprintf("G.%d.bias", len(p.G.Hidden))).F32()
	for i := range bias {
		// The clip of pylearn2: pixels that are always black would need a bias of minus infinity.
		m := math.Max(1e-7, math.Min(mean[i]/255, 1-1e-7))
		bias[i] = float32(m / (1 - m))
	}
	kernels.Log(bias, bias)
	if p.G.Out == "tanh" {
		kernels.MulScalar(bias, bias, 0.5)
	}
}

// batchFunc fills a tensor with the pictures of data step i and, if it is not nil, another with their labels.
type batchFunc func(dst, labels []uint8, i uint64)

// run makes one step.
func (g *game) run(total uint64, batch batchFunc) {
	k := uint64(g.preset.DSteps)
	if g.preset.Simultaneous {
		g.runProgram(g.both, g.step, g.step, total, batch)
	} else {
		for i := range k {
			g.runProgram(g.d, g.step*k+i, g.step*(k+1)+i, total, batch)
		}
		g.runProgram(g.g, g.step, g.step*(k+1)+k, total, batch)
	}
	g.step++
}

// runProgram makes update n of a player, or of both.
func (g *game) runProgram(prog *graph.Program, n, dataStep, total uint64, batch batchFunc) {
	p := g.preset
	if t := prog.In("hyper_D"); t != nil {
		p.OptD.hyper(t.F32(), n, g.step, total)
	}
	if t := prog.In("hyper_G"); t != nil {
		p.OptG.hyper(t.F32(), n, g.step, total)
	}
	if t := prog.In("ema"); t != nil {
		t.F32()[0] = p.emaDecay()
	}
	if t := prog.In("real"); t != nil {
		if c := prog.In("real_class"); c != nil {
			batch(t.U8(), g.labels, dataStep)
			oneHot(c.F32(), g.labels, p.Classes)
		} else {
			batch(t.U8(), nil, dataStep)
		}
	}
	if t := prog.In("fake_class"); t != nil {
		stream := streamClass
		if prog == g.g {
			stream++
		}
		kernels.Uint32s(g.classes, g.seed, stream, n*uint64(p.Batch))
		for i, u := range g.classes {
			g.labels[i] = uint8(u % uint32(p.Classes))
		}
		oneHot(t.F32(), g.labels, p.Classes)
	}
	prog.Run(graph.Clock{Seed: g.seed, Step: n})
	for i, name := range metricNames {
		if t := prog.Out(name); t != nil {
			g.metrics[i] = t.F32()[0]
		}
	}
}

// oneHot sets dst [len(labels), classes] to rows with a single 1.
func oneHot(dst []float32, labels []uint8, classes int) {
	clear(dst)
	for i, l := range labels {
		dst[i*classes+int(l)] = 1
	}
}

// finite reports the first metric that is not a number.
func (g *game) finite() error {
	for i, m := range g.metrics {
		if !kernels.AllFinite([]float32{m}) {
			return fmt.Errorf("gan: %s is %v at step %d", metricNames[i], m, g.step)
		}
	}
	return nil
}

// finiteState reports the first variable that holds a number that is not finite: a step can spoil the weights and only the
// next one show it in a loss.
func (g *game) finiteState() error {
	for _, name := range g.st.Names() {
		if t := g.st.Get(name); t.DType == graph.F32 && !kernels.AllFinite(t.F32()) {
			return fmt.Errorf("gan: %s holds NaN or infinity after step %d", name, g.step)
		}
	}
	return nil
}
