package gan

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// game is a training run in memory: the variables and the programs that change them.
type game struct {
	preset   *Preset
	shape    [3]int     // of a sample: height, width and channels; 1, 1, n for rows of n numbers
	rows     Rows       // the real samples, if they are rows
	table    *tableRows // them, if they are rows of a table
	seed     uint64
	st       *graph.Store
	programs map[turn]*graph.Program
	learned  map[string]bool // the variables that are weights or statistics of the networks, not state of optimizers
	step     uint64          // steps made
	slowed   float64         // what the learning rates are multiplied with
	metrics  metrics         // of the last step
	labels   []uint8         // of a batch
	classes  []uint32
}

// turn is what one program does.
type turn struct {
	d, g    bool // who moves
	penalty bool // D's penalties count in this step
	gather  bool // the gradients are only added up, for an update to come
}

// String names the turn as the table of its steps does.
func (t turn) String() string {
	s := map[turn]string{{d: true, g: true}: "both", {d: true}: "D", {g: true}: "G"}[turn{d: t.d, g: t.g}]
	if t.gather {
		s += ", gradients only"
	}
	if t.penalty {
		s += ", penalty"
	}
	return s
}

// turns lists those of a preset.
func (p *Preset) turns() []turn {
	movers := []turn{{d: true}, {g: true}}
	if p.Simultaneous {
		movers = []turn{{d: true, g: true}}
	}
	var all []turn
	for _, t := range movers {
		t.penalty = t.d && p.penalized()
		variants := []turn{t}
		if t.penalty && p.PenaltyEvery > 1 {
			t.penalty = false
			variants = append(variants, t)
		}
		for _, t := range variants {
			all = append(all, t)
			if p.Accumulate > 1 {
				t.gather = true
				all = append(all, t)
			}
		}
	}
	return all
}

// metrics are the numbers that a step reports; their names are those of the outputs of its graph.
type metrics [numMetrics]float32

const (
	metricLossD = iota
	metricLossG
	metricReal    // mean of sigmoid(D(x))
	metricFake    // mean of sigmoid(D(G(z)))
	metricRank    // mean of sigmoid(D(x) - D(G(z))): how sure D is which of two is real
	metricSign    // mean sign of D(x), or of D(x) - D(G(z)) where pairs are judged, for adaptive augmentation
	metricGrad    // root mean square, over a batch, of the norm of the gradient that G's samples receive
	metricVariety // variance of generated samples over a batch, against that of real ones
	numMetrics
)

var metricNames = [numMetrics]string{"loss_D", "loss_G", "D_real", "D_fake", "D_rank", "D_sign", "grad_G", "variety"}

// newGame initializes the networks and compiles the programs of a step. mean is the mean picture, in bytes.
func newGame(p *Preset, shape [3]int, rows Rows, mean []float64, seed uint64, pool *kernels.Pool) (*game, error) {
	g := &game{preset: p, shape: shape, rows: rows, seed: seed, st: graph.NewStore(), programs: map[turn]*graph.Program{},
		learned: map[string]bool{}, slowed: 1, labels: make([]uint8, p.Batch), classes: make([]uint32, p.Batch)}
	g.table, _ = rows.(*tableRows)
	// The programs run one after the other, in the same memory.
	graphs, opt, size := map[turn]*graph.Builder{}, graph.Options{Pool: pool}, 0
	for _, t := range p.turns() {
		graphs[t] = g.stepGraph(t)
		need, err := graph.Measure(graphs[t], g.st, opt)
		if err != nil {
			return nil, err
		}
		size = max(size, need.Arena)
	}
	opt.Arena = graph.NewArena(size)
	for t, b := range graphs {
		prog, err := graph.Compile(b, g.st, opt)
		if err != nil {
			return nil, err
		}
		g.programs[t] = prog
	}
	g.initOutputBias(mean)
	g.restartAverage()
	return g, nil
}

// restartAverage sets the averaged weights to the current ones.
func (g *game) restartAverage() {
	for _, n := range g.st.Names() {
		if e := g.st.Get(n + emaSuffix); e != nil {
			copy(e.F32(), g.st.Get(n).F32())
		}
	}
}

const emaSuffix = ".ema"

// stepGraph builds one step of the game (Algorithm 1 of the paper): sample z and data, ascend D's gradient, descend G's.
func (g *game) stepGraph(t turn) *graph.Builder {
	p, b := g.preset, graph.New()
	gp := &params{b: b, st: g.st, seed: g.seed}
	dp := &params{b: b, st: g.st, seed: g.seed}
	drop := &dropout{}
	latent, view := streamLatent, streamView
	if !t.d { // G's own step draws its own z and masks
		latent, view, drop.next = streamLatent+1, streamView+2*viewStreams, 64
		gp.noise = 128
	}

	z := b.FromI16(b.Latent(p.latent(), latent, graph.Of(p.Batch, p.Z)), kernels.LatentScale)
	var realClass, fakeClass graph.Value
	if p.Classes > 0 {
		realClass = b.Input("real_class", graph.F32, graph.Of(p.Batch, p.Classes))
		fakeClass = b.Input("fake_class", graph.F32, graph.Of(p.Batch, p.Classes))
		z = b.Concat(1, fakeClass, z)
	}
	var condition graph.Value
	if g.table != nil && g.table.Condition() > 0 {
		condition = b.Input("condition", graph.F32, graph.Of(p.Batch, g.table.Condition()))
		z = b.Concat(1, condition, z)
	}
	raw := p.generator(gp, z, g.shape)
	made := raw
	if p.QAT > 0 {
		made = fakeQuantize(gp, made, p.QAT)
	}
	if g.table != nil {
		made = g.table.heads(b, raw, gumbelStream(t))
	}
	if !t.g && p.Consensus == 0 {
		made = b.StopGradient(made)
	}
	found := g.realInput(b)
	real, fake := g.view(b, found, true, view), g.view(b, withCondition(b, made, condition), false, view+viewStreams)

	onReal, realFeatures := p.discriminator(dp, real, realClass, g.shape, drop)
	weights := dp.list
	onFake, fakeFeatures := p.discriminator(dp, fake, fakeClass, g.shape, drop)
	losses := objectives[p.Loss].losses
	costD, costG := losses(b, p, onReal, onFake)
	d := func(x, class graph.Value) graph.Value {
		logits, _ := p.discriminator(dp, x, class, g.shape, nil)
		return logits
	}
	if t.g && p.Unroll > 0 {
		ahead := func(w []graph.Value) (costD, costG graph.Value) {
			after := dp.with(weights, w)
			onReal, _ := p.discriminator(after, real, realClass, g.shape, nil)
			onFake, _ := p.discriminator(after, fake, fakeClass, g.shape, nil)
			return losses(b, p, onReal, onFake)
		}
		w := unrolled(b, weights, p.Unroll, p.UnrollLR, func(w []graph.Value) graph.Value { c, _ := ahead(w); return c })
		_, costG = ahead(w)
	}
	if t.g && p.FeatureMatching > 0 {
		costG = b.Add(costG, b.MulScalar(featureMatching(b, realFeatures, fakeFeatures), p.FeatureMatching))
	}
	if t.g && condition != 0 {
		costG = b.Add(costG, g.table.disobedience(b, raw, condition))
	}
	output := func(metric int, v graph.Value) { b.Output(metricNames[metric], v) }
	if t.d {
		output(metricLossD, costD)
		output(metricReal, b.Mean(b.Sigmoid(onReal)))
		output(metricFake, b.Mean(b.Sigmoid(onFake)))
		output(metricRank, b.Mean(b.Sigmoid(b.Sub(onReal, onFake))))
		output(metricVariety, b.Div(spread(b, made), spread(b, b.Slice(found, 1, 0, b.Shape(made).Dim(1)))))
		if p.Augment.Target > 0 {
			sure := onReal
			if p.Loss == "relativistic" { // a score by itself says nothing
				sure = b.Sub(onReal, onFake)
			}
			output(metricSign, b.Mean(b.Sign(sure)))
		}
	}
	if t.g {
		output(metricLossG, costG)
	}

	for _, v := range append(slices.Clone(gp.list), weights...) {
		g.learned[b.Node(v).Attr.Name] = true
	}
	for _, name := range append(slices.Clone(gp.states), dp.states...) {
		g.learned[name] = true
	}

	// Both gradients are taken at the weights from before the step.
	if p.Consensus > 0 {
		both := append(b.Grad(costD, weights...), b.Grad(costG, gp.list...)...)
		c := consensus(b, both, p.Consensus)
		costD, costG = b.Add(costD, c), b.Add(costG, c)
	}
	if t.penalty {
		costD = p.addPenalties(b, d, costD, real, fake, realClass, fakeClass)
	}
	if t.d {
		g.update(b, "D", &p.OptD, weights, b.Grad(costD, weights...), t)
		dp.keepStates()
		if p.Clip > 0 && !t.gather {
			for _, w := range weights {
				b.Clip(w, p.Clip)
			}
		}
	}
	if t.g {
		grads := b.Grad(costG, append(slices.Clone(gp.list), made)...)
		last := len(gp.list)
		output(metricGrad, b.Sqrt(b.MulScalar(b.Sum(b.Square(grads[last])), float32(p.Batch))))
		g.update(b, "G", &p.OptG, gp.list, grads[:last], t)
		gp.keepStates()
		if p.EMA > 0 && !t.gather {
			decay := b.Input("ema", graph.F32, graph.Of(1))
			for _, v := range gp.list {
				name := b.Node(v).Attr.Name
				b.EMA(g.state(b, name+emaSuffix, b.Shape(v)), v, decay)
			}
		}
	}
	return b
}

// realInput is the batch of real samples, [batch, size], in the range of what G makes.
func (g *game) realInput(b *graph.Builder) graph.Value {
	p, s := g.preset, graph.Of(g.preset.Batch, g.shape[0]*g.shape[1]*g.shape[2])
	if g.rows != nil {
		real := b.Input("real", graph.F32, s)
		if g.table != nil && g.table.Condition() > 0 {
			real = withCondition(b, real, b.Input("real_condition", graph.F32, graph.Of(p.Batch, g.table.Condition())))
		}
		return real
	}
	real := b.FromU8(b.Input("real", graph.U8, s), 1.0/255)
	if p.G.Out == "tanh" {
		real = b.AddScalar(b.MulScalar(real, 2), -1)
	}
	return real
}

// spread is the mean variance over the rows of x.
func spread(b *graph.Builder, x graph.Value) graph.Value {
	return b.Mean(b.Square(b.Sub(x, b.Mean(x, 0))))
}

// penalized reports whether D pays a penalty.
func (p *Preset) penalized() bool { return p.R1 > 0 || p.R2 > 0 || p.GP > 0 || p.DRAGAN > 0 }

// addPenalties adds D's penalties to its loss, at the first PenaltyBatch samples. One that is counted every n-th step only
// weighs n times as much.
func (p *Preset) addPenalties(b *graph.Builder, d judge, loss, real, fake, realClass, fakeClass graph.Value) graph.Value {
	if p.PenaltyBatch > 0 {
		for _, v := range []*graph.Value{&real, &fake, &realClass, &fakeClass} {
			if *v != 0 {
				*v = b.Slice(*v, 0, 0, p.PenaltyBatch/max(1, p.Pack))
			}
		}
	}
	times := float32(max(1, p.PenaltyEvery))
	pay := func(penalty graph.Value) {
		if p.PenaltyFinal > 0 {
			penalty = b.Mul(penalty, b.Reshape(b.Input("penalty", graph.F32, graph.Of(1)), graph.Shape{}))
		}
		loss = b.Add(loss, penalty)
	}
	if p.R1 > 0 {
		pay(d.zeroCentered(b, real, realClass, p.R1*times))
	}
	if p.R2 > 0 {
		pay(d.zeroCentered(b, fake, fakeClass, p.R2*times))
	}
	if p.GP > 0 {
		pay(d.oneCentered(b, between(b, fake, real, streamPenalty), realClass, p.GP*times))
	}
	if p.DRAGAN > 0 {
		pay(d.oneCentered(b, around(b, real, streamPenalty+1), realClass, p.DRAGAN*times))
	}
	return loss
}

// update adds the optimizer's sinks for one player, or only those that add its gradients up.
func (g *game) update(b *graph.Builder, player string, o *Optim, params, grads []graph.Value, t turn) {
	if n := g.preset.Accumulate; n > 1 {
		for i, v := range params {
			sum := g.state(b, b.Node(v).Attr.Name+".sum", b.Shape(v))
			total := b.Add(sum, grads[i])
			if t.gather {
				b.Assign(sum, total)
				continue
			}
			b.Assign(sum, b.Fill(0, b.Shape(v)))
			grads[i] = b.MulScalar(total, 1/float32(n))
		}
		if t.gather {
			return
		}
	}
	if o.ClipNorm > 0 {
		clipByNorm(b, grads, float32(o.ClipNorm))
	}
	hyper := b.Input("hyper_"+player, graph.F32, graph.Of(o.hyperLen()))
	for i, v := range params {
		state := func(suffix string) graph.Value { return g.state(b, b.Node(v).Attr.Name+suffix, b.Shape(v)) }
		switch o.Kind {
		case "adam":
			b.Adam(v, state(".m"), state(".v"), grads[i], hyper)
		case "adamw":
			b.AdamW(v, state(".m"), state(".v"), grads[i], hyper)
		case "rmsprop":
			b.RMSProp(v, state(".v"), grads[i], hyper)
		default:
			b.SGD(v, state(".vel"), grads[i], hyper)
		}
	}
}

// clipByNorm scales gradients down together where their norm exceeds a limit.
func clipByNorm(b *graph.Builder, grads []graph.Value, limit float32) {
	const least = 1e-6 // PyTorch's, in the place of a division by zero
	norm := b.Sqrt(squaredNorm(b, grads))
	factor := b.Min(b.Div(b.Scalar(limit), b.AddScalar(norm, least)), b.Scalar(1))
	for i, v := range grads {
		grads[i] = b.Mul(v, factor)
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

// run makes one step. Data steps are counted without gaps: where G's turn needs no real data, it takes none.
func (g *game) run(total uint64, batch batchFunc) {
	k := uint64(g.preset.DSteps)
	if g.preset.Simultaneous {
		g.move(turn{d: true, g: true}, g.step, g.step, total, batch)
	} else {
		all := k
		if g.programs[turn{g: true}].In("real") != nil {
			all++
		}
		for i := range k {
			g.move(turn{d: true}, g.step*k+i, g.step*all+i, total, batch)
		}
		g.move(turn{g: true}, g.step, g.step*all+k, total, batch)
	}
	g.step++
}

// move makes update n of a player, or of both, from the batches of a data step.
func (g *game) move(t turn, n, dataStep, total uint64, batch batchFunc) {
	p := g.preset
	t.penalty = t.d && p.penalized() && n%uint64(max(1, p.PenaltyEvery)) == 0
	parts := uint64(max(1, p.Accumulate))
	for i := range parts {
		t.gather = i < parts-1
		g.runProgram(t, n, n*parts+i, dataStep*parts+i, total, batch)
	}
	if t.d && p.Augment.Target > 0 {
		g.adapt()
	}
}

// runProgram runs the program of a turn. clock counts its runs.
func (g *game) runProgram(t turn, n, clock, dataStep, total uint64, batch batchFunc) {
	p, prog := g.preset, g.programs[t]
	for player, o := range [...]*Optim{&p.OptD, &p.OptG} {
		if h := prog.In([...]string{"hyper_D", "hyper_G"}[player]); h != nil {
			slowed := *o
			slowed.LR *= g.slowed
			slowed.hyper(h.F32(), n, g.step, total)
		}
	}
	if e := prog.In("ema"); e != nil {
		e.F32()[0] = p.emaDecay(g.step)
	}
	if s := prog.In("noise"); s != nil {
		made := n // updates of D before this one, or, if G moves, before its last one
		if !t.d {
			made = (n+1)*uint64(p.DSteps) - 1
		}
		s.F32()[0] = p.noise(made)
	}
	if w := prog.In("penalty"); w != nil {
		w.F32()[0] = geometric(p.PenaltyFinal, float64(g.step)/float64(total))
	}
	if g.table != nil {
		g.table.fill(prog, dataStep*uint64(p.Batch), g.seed)
	} else if r := prog.In("real"); r != nil {
		if g.rows != nil {
			g.rows.Draw(r.F32(), dataStep*uint64(p.Batch), g.seed)
		} else if c := prog.In("real_class"); c != nil {
			batch(r.U8(), g.labels, dataStep)
			oneHot(c.F32(), g.labels, p.Classes)
		} else {
			batch(r.U8(), nil, dataStep)
		}
	}
	if c := prog.In("fake_class"); c != nil {
		// A pair is of one class; otherwise the classes of G's samples are drawn.
		if p.Loss != "relativistic" {
			stream := streamClass
			if !t.d {
				stream++
			}
			kernels.Uint32s(g.classes, g.seed, stream, clock*uint64(p.Batch))
			for i, u := range g.classes {
				g.labels[i] = uint8(u % uint32(p.Classes))
			}
		}
		oneHot(c.F32(), g.labels, p.Classes)
	}
	prog.Run(graph.Clock{Seed: g.seed, Step: clock})
	for i, name := range metricNames {
		if m := prog.Out(name); m != nil {
			g.metrics[i] = m.F32()[0]
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

// errNotFinite says that a number of a game is NaN or infinite.
var errNotFinite = errors.New("gan: NaN or infinity")

// finite reports the first metric that is not a number.
func (g *game) finite() error {
	for i, m := range g.metrics[:metricVariety] {
		if !kernels.AllFinite([]float32{m}) {
			return fmt.Errorf("%w: %s is %v at step %d", errNotFinite, metricNames[i], m, g.step)
		}
	}
	return nil
}

// finiteState reports the first variable that holds a number that is not finite: a step can spoil the weights and only the
// next one show it in a loss.
func (g *game) finiteState() error {
	for _, name := range g.st.Names() {
		if t := g.st.Get(name); t.DType == graph.F32 && !kernels.AllFinite(t.F32()) {
			return fmt.Errorf("%w: %s, after step %d", errNotFinite, name, g.step)
		}
	}
	return nil
}
