// Command step times one training step of the paper-mnist game, gannet against PyTorch, in turns in the same run:
//
//	go run ./bench/peers/step
//
// It needs a Python with torch (Debian: python3-torch and libopenblas0). The step is described in bench/peers/step_torch.py.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

const (
	batch  = 100
	nz     = 100
	pixels = 28 * 28
	hidden = 1200
	units  = 240
	pieces = hidden / units
)

// Streams of random numbers.
const (
	streamLatent = 1 + iota
	streamInit
	streamMask
)

// game builds the step as one graph. The dropout masks of D are the same for both objectives, as in the authors' code.
type game struct {
	b     *graph.Builder
	st    *graph.Store
	masks uint32
}

func (g *game) param(name string, r float32, dims ...int) graph.Value {
	t := g.st.Alloc(name, graph.F32, graph.Of(dims...))
	w := t.F32()
	if r > 0 {
		kernels.Uniform(w, uint64(len(g.st.Names())), streamInit, 0)
		for i := range w {
			w[i] = (2*w[i] - 1) * r
		}
	}
	g.st.Alloc(name+".velocity", graph.F32, graph.Of(dims...))
	return g.b.Var(name, graph.F32, graph.Of(dims...))
}

func (g *game) dense(x, w, bias graph.Value) graph.Value {
	return g.b.Add(g.b.Dot(x, w, false, false), bias)
}

func (g *game) dropout(x graph.Value, keep float32) graph.Value {
	g.masks++
	return g.b.Mul(x, g.b.Bernoulli(streamMask+g.masks, keep, 1/keep, g.b.Shape(x)))
}

// discriminator returns the logits of x.
func (g *game) discriminator(x graph.Value, w []graph.Value) graph.Value {
	b := g.b
	keep := float32(0.8)
	for i := 0; i < 4; i += 2 {
		h := b.Reshape(g.dense(g.dropout(x, keep), w[i], w[i+1]), graph.Of(batch, pieces, units))
		x = b.PickMax(h, h, 1)
		keep = 0.5
	}
	return g.dense(g.dropout(x, keep), w[4], w[5])
}

func (g *game) build() {
	b := g.b
	gen := []graph.Value{
		g.param("g0", 0.05, nz, hidden), g.param("g0.bias", 0, hidden),
		g.param("g1", 0.05, hidden, hidden), g.param("g1.bias", 0, hidden),
		g.param("g2", 0.05, hidden, pixels), g.param("g2.bias", 0, pixels),
	}
	dis := []graph.Value{
		g.param("d0", 0.005, pixels, hidden), g.param("d0.bias", 0, hidden),
		g.param("d1", 0.005, units, hidden), g.param("d1.bias", 0, hidden),
		g.param("d2", 0.005, units, 1), g.param("d2.bias", 0, 1),
	}
	x := b.FromI16(b.Latent(kernels.LatentUniform, streamLatent, graph.Of(batch, nz)), 1.0/4096)
	x = b.ReLU(g.dense(x, gen[0], gen[1]))
	x = b.ReLU(g.dense(x, gen[2], gen[3]))
	fake := b.Sigmoid(g.dense(x, gen[4], gen[5]))
	onReal := g.discriminator(b.FromU8(b.Input("real", graph.U8, graph.Of(batch, pixels)), 1.0/255), dis)
	onFake := g.discriminator(fake, dis)
	gLoss := b.Mean(b.Softplus(b.Neg(onFake)))
	dLoss := b.MulScalar(b.Add(b.Mean(b.Softplus(b.Neg(onReal))), b.Mean(b.Softplus(onFake))), 0.5)

	b.Output("D", dLoss)
	b.Output("G", gLoss)
	copy(g.st.Alloc("hyper", graph.F32, graph.Of(2)).F32(), []float32{0.1, 0.5})
	hyper := b.Var("hyper", graph.F32, graph.Of(2))
	update := func(loss graph.Value, params []graph.Value) {
		for i, grad := range b.Grad(loss, params...) {
			n := b.Node(params[i])
			b.SGD(params[i], b.Var(n.Attr.Name+".velocity", graph.F32, n.Type.S), grad, hyper)
		}
	}
	update(dLoss, dis)
	update(gLoss, gen)
}

func newProgram(threads int) (*graph.Program, error) {
	g := &game{b: graph.New(), st: graph.NewStore()}
	g.build()
	p, err := graph.Compile(g.b, g.st, graph.Options{Pool: kernels.NewPool(threads)})
	if err != nil {
		return nil, err
	}
	real := p.In("real").U8()
	for i := range real {
		real[i] = uint8(i * 7)
	}
	return p, nil
}

// times runs steps for about d and returns their durations in milliseconds.
func times(p *graph.Program, clock *graph.Clock, d time.Duration) []float64 {
	var ms []float64
	for end := time.Now().Add(d); time.Now().Before(end) || len(ms) < 5; {
		t := time.Now()
		p.Run(*clock)
		ms = append(ms, float64(time.Since(t))/1e6)
		clock.Step++
	}
	return ms
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}

type result struct {
	Bench      string  `json:"bench"`
	Threads    int     `json:"threads"`
	Tier       string  `json:"tier"`
	Gannet     float64 `json:"gannet_ms"`
	GannetBest float64 `json:"gannet_best_ms"`
	Torch      float64 `json:"torch_ms"`
	TorchBest  float64 `json:"torch_best_ms"`
	Ratio      float64 `json:"ratio"`
	RatioBest  float64 `json:"ratio_best"`
}

func run() error {
	threads := flag.Int("threads", 1, "threads of both sides")
	rounds := flag.Int("rounds", 10, "turns of each side")
	seconds := flag.Float64("seconds", 1, "of a turn")
	python := flag.String("python", "/usr/bin/python3", "Python that has torch; empty: gannet alone")
	script := flag.String("script", "bench/peers/step_torch.py", "the other side")
	asJSON := flag.Bool("json", false, "print JSON")
	profile := flag.Bool("profile", false, "print where gannet's step spends its time, and stop")
	flag.Parse()

	p, err := newProgram(*threads)
	if err != nil {
		return err
	}
	clock := graph.Clock{Seed: 1}
	if *profile {
		p.Profile(clock, 5)
		fmt.Print(p.Profile(clock, 50))
		return nil
	}
	turn := time.Duration(*seconds * float64(time.Second))
	res := result{Bench: "step/paper-mnist", Threads: *threads, Tier: tier(), TorchBest: math.Inf(1)}
	peer := func() (float64, float64, error) { return math.NaN(), math.NaN(), nil }
	if *python != "" {
		cmd := exec.Command(*python, *script, "--serve", "--reps", "5", "--threads", strconv.Itoa(*threads),
			"--seconds", fmt.Sprint(*seconds))
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		defer cmd.Wait()
		defer in.Close()
		lines := bufio.NewScanner(out)
		answer := func() (ms, best float64, err error) {
			if !lines.Scan() {
				return 0, 0, fmt.Errorf("step: %s ended: %v", *script, lines.Err())
			}
			var r struct {
				MS   float64 `json:"ms"`
				Best float64 `json:"best_ms"`
			}
			err = json.Unmarshal(lines.Bytes(), &r)
			return r.MS, r.Best, err
		}
		if _, _, err := answer(); err != nil { // it has chosen its fastest form
			return err
		}
		peer = func() (float64, float64, error) {
			if _, err := io.WriteString(in, "\n"); err != nil {
				return 0, 0, err
			}
			return answer()
		}
	}

	times(p, &clock, turn/4)
	var ours, theirs []float64
	for range *rounds {
		ours = append(ours, times(p, &clock, turn)...)
		ms, best, err := peer()
		if err != nil {
			return err
		}
		theirs = append(theirs, ms)
		res.TorchBest = min(res.TorchBest, best)
	}
	res.Gannet, res.GannetBest, res.Torch = median(ours), slices.Min(ours), median(theirs)
	res.Ratio, res.RatioBest = res.Torch/res.Gannet, res.TorchBest/res.GannetBest
	if *python == "" {
		fmt.Printf("gannet %.2f ms (best %.2f)\n", res.Gannet, res.GannetBest)
		return nil
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(res)
	}
	fmt.Printf("paper-mnist step, %d thread(s), %s: gannet %.2f ms (best %.2f), torch %.2f ms (best %.2f): %.2f times as fast (best against best %.2f)\n",
		res.Threads, res.Tier, res.Gannet, res.GannetBest, res.Torch, res.TorchBest, res.Ratio, res.RatioBest)
	return nil
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// tier is the name of the tier in use.
func tier() string {
	for _, t := range kernels.Tiers() {
		if t.Active {
			return t.Name
		}
	}
	return ""
}
