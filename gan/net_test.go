package gan

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/kernels"
)

type convCase struct {
	name    string
	shape   [3]int
	classes int
	g, d    Net
	change  func(p *Preset)
}

// convCases has every convolutional network, conditional or not, with each of the options that it listens to.
var convCases = []convCase{
	{"dcgan", [3]int{32, 32, 1}, 0, Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{16, 12, 8}, Norm: "batch"}},
		Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{16, 12, 8}, Norm: "batch"}}, nil},
	{"dcgan28", [3]int{28, 28, 1}, 3, Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{12, 8}, Norm: "conditional"}},
		Net{Kind: "dcgan", StdGroup: 4, ConvNet: ConvNet{Channels: []int{12, 8}, Norm: "layer"}}, nil},
	{"dcgan packed", [3]int{16, 16, 2}, 0, Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{12, 8}, Norm: "instance"}},
		Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{12, 8}, Norm: "pixel"}}, func(p *Preset) { p.Pack = 2 }},
	{"dcgan flat", [3]int{16, 16, 3}, 0, Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{12, 8, 4}, Flat: true}},
		Net{Kind: "dcgan", ConvNet: ConvNet{Channels: []int{8, 4}}}, nil},
	{"resnet", [3]int{16, 16, 3}, 3, Net{Kind: "resnet", ConvNet: ConvNet{Channels: []int{12, 8, 8}, Norm: "batch"}},
		Net{Kind: "resnet", ConvNet: ConvNet{Channels: []int{12, 8, 8}, Spectral: true}}, func(p *Preset) { p.Loss = "hinge" }},
	{"resnet of classes", [3]int{16, 16, 1}, 3, Net{Kind: "resnet", ConvNet: ConvNet{Channels: []int{8, 8}, Norm: "conditional"}},
		Net{Kind: "resnet", ConvNet: ConvNet{Channels: []int{8, 8}, Norm: "layer"}}, nil},
	{"r3gan", [3]int{16, 8, 4}, 3, Net{Kind: "r3gan", ConvNet: ConvNet{Channels: []int{16, 16, 8}}},
		Net{Kind: "r3gan", ConvNet: ConvNet{Channels: []int{16, 8}, Group: 8, Blocks: 2}},
		func(p *Preset) { p.R1, p.R2, p.PenaltyBatch = 1, 1, 4 }},
	{"r3gan patch", [3]int{16, 16, 1}, 0, Net{Kind: "r3gan", ConvNet: ConvNet{Channels: []int{16, 8}, Patch: true, Expand: 1}},
		Net{Kind: "r3gan", ConvNet: ConvNet{Channels: []int{16, 8}, Patch: true, Expand: 1, Group: 64}},
		func(p *Preset) { p.R1, p.PenaltyBatch = 1, 4 }},
	{"stylegan", [3]int{16, 16, 3}, 3, Net{Kind: "stylegan", ConvNet: ConvNet{Channels: []int{12, 8}, Mapping: 3, Style: 20}},
		Net{Kind: "stylegan", StdGroup: 4, ConvNet: ConvNet{Channels: []int{12, 8, 8}}}, func(p *Preset) { p.R1, p.PenaltyEvery = 1, 2 }},
}

func convGame(t *testing.T, i int, pool *kernels.Pool) *game {
	c := convCases[i]
	adam := Optim{Kind: "adam", LR: 1e-3, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8}
	p := &Preset{Name: c.name, Data: "mnist", Z: 10, Latent: "normal", Classes: c.classes, G: c.g, D: c.d, Loss: "non-saturating", DSteps: 1,
		OptG: adam, OptD: adam, Batch: 8, EMA: 1, Steps: 100, Tick: 1, Snap: 1}
	p.G.Out = "tanh"
	if c.change != nil {
		c.change(p)
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	if err := p.checkSize(c.shape, 0); err != nil {
		t.Fatal(err)
	}
	g, err := newGame(p, c.shape, nil, nil, 1, pool)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func someBatch(dst, labels []uint8, i uint64) {
	for j := range dst {
		dst[j] = uint8(uint64(j)*uint64(j)>>3 + 77*i)
	}
	for j := range labels {
		labels[j] = uint8(uint64(j)+i) % 3
	}
}

// TestConvNetworks: every network trains: all its weights move and stay finite, a step allocates nothing, and threads and
// tiers change no bit.
func TestConvNetworks(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	for i, c := range convCases {
		t.Run(c.name, func(t *testing.T) {
			var want map[string][]float32
			run := func(pool *kernels.Pool, tier string) {
				if tier != "" {
					restore, err := kernels.Force(tier)
					if err != nil {
						t.Fatal(err)
					}
					defer restore()
				}
				g := convGame(t, i, pool)
				before := map[string][]float32{}
				for _, name := range g.st.Names() {
					before[name] = slices.Clone(g.st.Get(name).F32())
				}
				for range 3 {
					g.run(100, someBatch)
					if err := g.finite(); err != nil {
						t.Fatal(err)
					}
				}
				if err := g.finiteState(); err != nil {
					t.Fatal(err)
				}
				after := map[string][]float32{}
				for _, name := range g.st.Names() {
					after[name] = slices.Clone(g.st.Get(name).F32())
					if want == nil && slices.Equal(before[name], after[name]) && !strings.HasSuffix(name, ".noise") {
						t.Errorf("%s did not move", name)
					}
					if want != nil && !slices.Equal(after[name], want[name]) {
						t.Fatalf("tier %q, %d threads: %s differs", tier, pool.Threads(), name)
					}
				}
				if want == nil {
					want = after
				}
				for turn, p := range g.programs {
					if n := testing.AllocsPerRun(2, func() { p.Run(graph.Clock{Seed: 1, Step: 9}) }); n != 0 && !guard.Race {
						t.Errorf("%v: a step allocates %v times", turn, n)
					}
				}
			}
			run(nil, "")
			run(pool, "")
			if !testing.Short() {
				run(nil, "generic")
			}
		})
	}
}

// TestInference: with the statistics of one batch, the graph for inference, whose weights hold the batch normalization, makes
// of it what training makes.
func TestInference(t *testing.T) {
	for i, c := range convCases {
		g := convGame(t, i, nil)
		const batch = 16
		latent := graph.Of(batch, g.preset.Z+c.classes)
		train := graph.New()
		tp := &params{b: train, st: g.st}
		train.Output("x", g.preset.generator(tp, train.FromI16(train.Input("z", graph.I16, latent), kernels.LatentScale), c.shape))
		tp.keepStates()
		infer := graph.New()
		ip := &params{b: infer, netState: netState{infer: true}}
		infer.Output("x", g.preset.generator(ip, infer.FromI16(infer.Input("z", graph.I16, latent), kernels.LatentScale), c.shape))

		if c.name == "stylegan" { // its noise is not the same
			for _, name := range g.st.Names() {
				if strings.HasSuffix(name, "noise_strength") && g.st.Get(name).F32()[0] != 0 {
					t.Fatal("noise from the beginning")
				}
			}
		}
		p, err := graph.Compile(train, g.st, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		kernels.Latents(p.In("z").I16(), kernels.LatentNormal, 1, 0, 0)
		p.Run(graph.Clock{})
		for _, name := range g.st.Names() { // a tenth of the way from 0 and 1 on, all of it would be the batch's
			start := float32(0)
			switch {
			case strings.HasSuffix(name, ".running_var"):
				start = 1
			case !strings.HasSuffix(name, ".running_mean"):
				continue
			}
			for i, x := range g.st.Get(name).F32() {
				g.st.Get(name).F32()[i] = start + (x-start)*10
			}
		}
		weights := graph.NewStore()
		get := func(name string) []float32 { return g.st.Get(name).F32() }
		for _, v := range ip.list {
			name := infer.Node(v).Attr.Name
			to := weights.Alloc(name, graph.F32, infer.Shape(v)).F32()
			if derive := ip.derived[name]; derive != nil {
				derive(get, to)
			} else {
				copy(to, get(name))
			}
		}
		q, err := graph.Compile(infer, weights, graph.Options{Frozen: true})
		if err != nil {
			t.Fatal(err)
		}
		copy(q.In("z").I16(), p.In("z").I16())
		q.Run(graph.Clock{})
		worst := 0.0
		for j, v := range p.Out("x").F32() {
			worst = max(worst, math.Abs(float64(v-q.Out("x").F32()[j])))
		}
		// PyTorch's running variance is unbiased, the batch's is not: a part in twice the number of pixels.
		if worst > 2e-2 {
			t.Errorf("%s: inference differs by %g", c.name, worst)
		}
	}
}
