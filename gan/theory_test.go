package gan

import (
	"fmt"
	"math"
	"math/cmplx"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Architectures and data of the games whose outcome is known in closed form.
func init() {
	// The players of the Dirac-GAN (Mescheder et al. 2018): G is a number theta, D(x) = psi*x.
	networks["dirac"] = network{
		check: func(*Net, [3]int) error { return nil },
		size:  func(*Net, int, int) (int64, int64) { return 1, 1 },
		generator: func(_ *Net, p *params, z graph.Value, _ [3]int) graph.Value {
			return p.b.BroadcastTo(p.bias("G.theta", 1), graph.Of(p.b.Shape(z).Dim(0), 1))
		},
		discriminator: func(_ *Net, p *params, x graph.Value, _ [3]int, _ int, _ *dropout) (logits, features graph.Value) {
			return p.b.Dot(x, p.weight("D.psi", 1, 1, 0, 1), false, false), x
		},
	}
	// G adds mu to z, which is normal.
	networks["shift"] = network{
		check: func(*Net, [3]int) error { return nil },
		size:  func(*Net, int, int) (int64, int64) { return 1, 1 },
		generator: func(_ *Net, p *params, z graph.Value, _ [3]int) graph.Value {
			return p.b.Add(z, p.bias("G.mu", 1))
		},
	}
	mixtures["zero"] = &Mixture{Means: [][]float64{{0}}}
	mixtures["normal"] = &Mixture{Means: [][]float64{{0}}, Std: 1}
}

// diracGame is a Dirac-GAN with steps of size h; change makes it one of its variants.
func diracGame(t *testing.T, h float64, change func(p *Preset)) *game {
	t.Helper()
	sgd := Optim{Kind: "sgd", LR: h}
	p := &Preset{Name: "dirac", Data: "zero", Z: 1, Latent: "normal", Loss: "minimax", DSteps: 1, Batch: 1, Steps: 1, Tick: 1, Snap: 1,
		G: Net{Kind: "dirac", Out: "linear"}, D: Net{Kind: "dirac"}, OptG: sgd, OptD: sgd}
	change(p)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	g, err := newGame(p, [3]int{1, 1, 1}, mixtures["zero"], nil, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// at makes one step from a point and returns where it leads.
func (g *game) at(theta, psi float64) (float64, float64) {
	a, b := g.st.Get("G.theta").F32(), g.st.Get("D.psi").F32()
	a[0], b[0] = float32(theta), float32(psi)
	g.run(1<<20, nil)
	return float64(a[0]), float64(b[0])
}

// radius is the spectral radius of a step near the equilibrium, from two steps of the game itself. On the axes the game is
// linear, so that they are exact but for the rounding of float32; it is taken off, because it would weigh as its square
// root where the eigenvalues meet.
func (g *game) radius() float64 {
	const e = 1.0 / 1024
	digits := func(x, y float64) (float64, float64) { return math.Round(x/e*1e6) / 1e6, math.Round(y/e*1e6) / 1e6 }
	a, c := digits(g.at(e, 0))
	b, d := digits(g.at(0, e))
	trace, det := a+d, a*d-b*c
	root := cmplx.Sqrt(complex(trace*trace/4-det, 0))
	return math.Max(cmplx.Abs(complex(trace/2, 0)+root), cmplx.Abs(complex(trace/2, 0)-root))
}

// TestDiracTable: eigenvalues of training steps near the equilibrium, to six digits, where the game diverges, circles and
// converges.
func TestDiracTable(t *testing.T) {
	for _, c := range []struct{ gamma, simultaneous, alternating float64 }{
		{0, 1.001249, 1.000000},
		{0.3, 0.986154, 0.984886},
		{1, 0.950000, 0.960000},
		{2, 0.986603, 0.986793},
	} {
		for _, loss := range []string{"minimax", "non-saturating", "relativistic"} {
			for _, penalty := range []string{"r1", "r2"} {
				for i, want := range []float64{c.simultaneous, c.alternating} {
					g := diracGame(t, 0.1, func(p *Preset) {
						p.Loss, p.Simultaneous = loss, i == 0
						if penalty == "r1" {
							p.R1 = float32(c.gamma)
						} else {
							p.R2 = float32(c.gamma)
						}
					})
					if got := g.radius(); math.Abs(got-want) > 6e-7 {
						t.Errorf("%s, %s of %g, simultaneous %v: radius %.7f, want %.6f", loss, penalty, c.gamma, i == 0, got, want)
					}
				}
			}
		}
	}
	// Any step size: sqrt(1+h^2/4) without a penalty, sqrt(1-h*gamma) where alternating steps are underdamped.
	for _, h := range []float64{0.01, 0.3, 0.5} {
		g := diracGame(t, h, func(p *Preset) { p.Simultaneous = true })
		if got, want := g.radius(), math.Sqrt(1+h*h/4); math.Abs(got-want) > 6e-7 {
			t.Errorf("h %g: radius %.7f, want %.7f", h, got, want)
		}
		g = diracGame(t, h, func(p *Preset) { p.R1 = 0.5 })
		if got, want := g.radius(), math.Sqrt(1-h*0.5); math.Abs(got-want) > 6e-7 {
			t.Errorf("h %g, R1: radius %.7f, want %.7f", h, got, want)
		}
	}
}

// TestDiracConvergence follows the games from a point at distance 1 from the equilibrium: those of which theory says so
// settle there, the others keep away from it.
func TestDiracConvergence(t *testing.T) {
	for _, c := range []struct {
		name      string
		converges bool
		change    func(p *Preset)
	}{
		{"minimax", false, func(p *Preset) {}},
		{"minimax, simultaneous", false, func(p *Preset) { p.Simultaneous = true }},
		{"non-saturating, simultaneous", false, func(p *Preset) { p.Loss, p.Simultaneous = "non-saturating", true }},
		{"WGAN", false, func(p *Preset) { p.Loss, p.Clip = "wasserstein", 1 }},
		{"WGAN, five steps of D", false, func(p *Preset) { p.Loss, p.Clip, p.DSteps = "wasserstein", 1, 5 }},
		{"WGAN-GP", false, func(p *Preset) { p.Loss, p.GP = "wasserstein", 10 }},
		{"WGAN-GP, five steps of D", false, func(p *Preset) { p.Loss, p.GP, p.DSteps = "wasserstein", 1, 5 }},
		{"R1", true, func(p *Preset) { p.R1 = 1 }},
		{"R1 every fourth step", true, func(p *Preset) { p.R1, p.PenaltyEvery = 1, 4 }},
		{"R2", true, func(p *Preset) { p.R2, p.Loss = 1, "non-saturating" }},
		{"WGAN with R1", true, func(p *Preset) { p.Loss, p.R1 = "wasserstein", 1 }},
		{"relativistic with R1 and R2", true, func(p *Preset) { p.Loss, p.R1, p.R2 = "relativistic", 1, 1 }},
		{"instance noise", true, func(p *Preset) { p.InstanceNoise, p.Batch = 1, 1024 }},
		{"consensus", true, func(p *Preset) { p.Consensus, p.Simultaneous = 1, true }},
		{"consensus, alternating", true, func(p *Preset) { p.Consensus = 1 }},
		{"unrolling", true, func(p *Preset) { p.Unroll, p.UnrollLR = 5, 0.3 }},
	} {
		g := diracGame(t, 0.1, c.change)
		theta, psi := 0.8, 0.6
		nearest, last := math.Inf(1), 0.0
		for range 1500 {
			theta, psi = g.at(theta, psi)
			last = math.Hypot(theta, psi)
			nearest = min(nearest, last)
		}
		// The noise of a thousand samples keeps the game within a few hundredths of the equilibrium.
		if c.converges && last > 0.05 || !c.converges && nearest < 0.09 {
			t.Errorf("%s: ends at distance %.4f, came as near as %.4f", c.name, last, nearest)
		}
	}
}

// gaussians is the table of closed forms for p_data = N(0, 1) and p_g = N(mu, 1), in nats.
var gaussians = []struct{ mu, value, saturating, nonSaturating float64 }{
	{0, -1.3862944, 0, 0},
	{0.5, -1.3256718, 0.23526351, 0.26473649},
	{1, -1.1634514, 0.39797287, 0.60202713},
	{2, -0.71263272, 0.44959951, 1.5504005},
	{4, -0.12085397, 0.13719482, 3.8628052},
	{8, -0.00018707015, 3.9287474e-4, 7.9996071},
}

// TestGradientLaws: with D fixed at D*, whose log odds are mu^2/2 - mu*x, the gradients that G's mean receives from the two
// losses, integrated over z, are those of the closed forms, to 1e-6; and so is the value of the game.
func TestGradientLaws(t *testing.T) {
	const n = 4001 // points of the integral, from -10 to 10
	z := make([]float64, n)
	for i := range z {
		z[i] = -10 + 20*float64(i)/(n-1)
	}
	density := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * 20 / (n - 1) }
	for _, c := range gaussians {
		for loss, want := range map[string]float64{"minimax": c.saturating, "non-saturating": c.nonSaturating} {
			b := graph.New()
			x := b.Input("x", graph.F32, graph.Of(n, 1))
			logit := b.AddScalar(b.MulScalar(x, float32(-c.mu)), float32(c.mu*c.mu/2))
			_, lossG := objectives[loss].losses(b, &Preset{}, logit, logit)
			b.Output("slope", b.Grad(lossG, x)[0]) // at each sample: a share of 1/n of the whole
			b.Output("value", b.Sub(b.MulScalar(b.Softplus(logit), -1), b.Softplus(b.Neg(logit))))
			b.Output("real", b.MulScalar(b.Softplus(b.Neg(logit)), -1))
			b.Output("fake", b.MulScalar(b.Softplus(logit), -1))
			prog, err := graph.Compile(b, graph.NewStore(), graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			slope, value := 0.0, 0.0
			for i, zi := range z {
				prog.In("x").F32()[i] = float32(zi + c.mu)
			}
			prog.Run(graph.Clock{})
			for i, zi := range z {
				slope += density(zi) * n * float64(prog.Out("slope").F32()[i])
				value += density(zi) * float64(prog.Out("fake").F32()[i])
			}
			for i, zi := range z {
				prog.In("x").F32()[i] = float32(zi)
			}
			prog.Run(graph.Clock{})
			for i, zi := range z {
				value += density(zi) * float64(prog.Out("real").F32()[i])
			}
			// To descend, mu falls by the gradient: the loss grows with it.
			if math.Abs(slope-want) > 1e-6 {
				t.Errorf("mu %g, %s: gradient %.8f, want %.8f", c.mu, loss, slope, want)
			}
			if math.Abs(value-c.value) > 1e-6 {
				t.Errorf("mu %g: V(D*, G) is %.8f, want %.8f", c.mu, value, c.value)
			}
		}
	}
}

// TestOptimalD trains D alone against N(mu, 1), and compares it with D* and the value of the game with C(G), which is
// measured on 200,000 fresh samples: its standard error is stated, and four of them allowed.
func TestOptimalD(t *testing.T) {
	for _, c := range gaussians[:4] {
		t.Run(fmt.Sprint("mu ", c.mu), func(t *testing.T) {
			p := &Preset{Name: "normal", Data: "normal", Z: 1, Latent: "normal", Loss: "minimax", DSteps: 1, Batch: 500, Steps: 1,
				Tick: 1, Snap: 1, G: Net{Kind: "shift", Out: "linear"}, D: Net{Hidden: []int{24}, Act: "tanh"},
				OptG: Optim{Kind: "sgd", LR: 1e-30}, // G stays
				OptD: Optim{Kind: "adam", LR: 1e-2, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, FinalLR: 0.01, FinalShare: 0.7}}
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			g, err := newGame(p, [3]int{1, 1, 1}, mixtures["normal"], nil, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			g.st.Get("G.mu").F32()[0] = float32(c.mu)
			const steps = 1500
			for range steps {
				g.run(steps, nil)
			}

			const n = 100_000
			b := graph.New()
			logits, _ := p.discriminator(&params{b: b}, b.Input("x", graph.F32, graph.Of(2*n, 1)), 0, g.shape, nil)
			b.Output("logits", logits)
			prog, err := graph.Compile(b, g.st, graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			x := prog.In("x").F32()
			kernels.Normal(x, 1, 99, 1, 0)
			for i := range x[n:] {
				x[n+i] += float32(c.mu)
			}
			prog.Run(graph.Clock{})
			sum, square, off := 0.0, 0.0, 0.0
			for i, l := range prog.Out("logits").F32()[:n] {
				fake := float64(prog.Out("logits").F32()[n+i])
				v := -math.Log1p(math.Exp(-float64(l))) - math.Log1p(math.Exp(fake))
				sum, square = sum+v, square+v*v
				d, best := 1/(1+math.Exp(-float64(l))), 1/(1+math.Exp(c.mu*float64(x[i])-c.mu*c.mu/2))
				off += (d - best) * (d - best)
			}
			value := sum / n
			stderr := math.Sqrt((square/n - value*value) / n)
			t.Logf("V(D, G) = %.5f, C(G) = %.5f, standard error %.5f; D is off D* by %.4f (root mean square)", value, c.value, stderr,
				math.Sqrt(off/n))
			if math.Abs(value-c.value) > 4*stderr+5e-4 {
				t.Errorf("V(D, G) = %.5f, want %.5f", value, c.value)
			}
			if off := math.Sqrt(off / n); off > 0.02 {
				t.Errorf("D is off D* by %.4f", off)
			}
			if mu := float64(g.st.Get("G.mu").F32()[0]); math.Abs(mu-c.mu) > 1e-20 {
				t.Error("G moved")
			}
		})
	}
}
