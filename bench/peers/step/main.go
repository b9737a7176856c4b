// Command step times one training step of a game, gannet against PyTorch, in turns in the same run:
//
//	go run ./bench/peers/step
//	go run ./bench/peers/step -game dcgan64
//
// It needs a Python with torch (Debian: python3-torch and libopenblas0). bench/peers/step_torch.py describes the step of
// paper-mnist, step_dcgan_torch.py those of dcgan32 and dcgan64.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/gannet-ml/gannet/bench/peers/internal/serve"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
)

// game is what both sides play.
type game struct {
	preset gan.Preset
	shape  [3]int
	script []string // the other side
}

func lookup(name string) (g game, err error) {
	switch name {
	case "paper-mnist":
		g = game{shape: [3]int{28, 28, 1}, script: []string{"bench/peers/step_torch.py"}}
		g.preset, err = gan.Lookup(name)
	case "dcgan32":
		g = dcgan([3]int{32, 32, 1}, 64, 128, 64, 32)
	case "dcgan64":
		g = dcgan([3]int{64, 64, 3}, 100, 512, 256, 128, 64)
	default:
		err = fmt.Errorf("no game is called %q; there are paper-mnist, dcgan32, dcgan64", name)
	}
	return g, err
}

func dcgan(shape [3]int, z int, channels ...int) game {
	net := gan.Net{Kind: "dcgan", ConvNet: gan.ConvNet{Channels: channels, Norm: "batch"}}
	adam := gan.Optim{Kind: "adam", LR: 2e-4, Beta1: 0.5, Beta2: 0.999, Eps: 1e-8}
	g, d := net, net
	g.Out = "tanh"
	return game{
		preset: gan.Preset{Name: fmt.Sprint("dcgan", shape[0]), Z: z, Latent: "normal", G: g, D: d, Loss: "non-saturating", DSteps: 1,
			OptG: adam, OptD: adam, Batch: 64},
		shape:  shape,
		script: []string{"bench/peers/step_dcgan_torch.py", "--size", strconv.Itoa(shape[0])},
	}
}

// times makes gannet's steps for about d and returns their durations in milliseconds.
func (g *game) times(threads int, d time.Duration) ([]float64, error) {
	n := 2
	var ms []float64
	for total := time.Duration(0); total < d; {
		steps, err := gan.StepBench(g.preset, g.shape, n, threads)
		if err != nil {
			return nil, err
		}
		for _, t := range steps {
			total += t
			ms = append(ms, float64(t)/1e6)
		}
		mean := total / time.Duration(len(ms))
		n = max(1, int((d-total)/mean))
	}
	return ms, nil
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
	name := flag.String("game", "paper-mnist", "paper-mnist, dcgan32 or dcgan64")
	asJSON := flag.Bool("json", false, "print JSON")
	profile := flag.Bool("profile", false, "print where gannet's step spends its time, and stop")
	flag.Parse()

	g, err := lookup(*name)
	if err != nil {
		return err
	}
	if *profile {
		plans, err := gan.StepPlan(g.preset, g.shape, 15, *threads)
		if err != nil {
			return err
		}
		for _, p := range plans {
			fmt.Print(p)
		}
		return nil
	}
	turn := time.Duration(*seconds * float64(time.Second))
	res := result{Bench: "step/" + *name, Threads: *threads, Tier: tier(), TorchBest: math.Inf(1)}
	peer := func() (float64, float64, error) { return math.NaN(), math.NaN(), nil }
	if *python != "" {
		cmd := exec.Command(*python, append(g.script, "--serve", "--reps", "2", "--threads", strconv.Itoa(*threads),
			"--seconds", fmt.Sprint(*seconds))...)
		p, err := serve.Start(cmd, &struct{}{}) // it greets when it has chosen its fastest form
		if err != nil {
			return err
		}
		defer p.Close()
		peer = func() (ms, best float64, err error) {
			var r struct {
				MS   float64 `json:"ms"`
				Best float64 `json:"best_ms"`
			}
			err = p.Ask(struct{}{}, &r)
			return r.MS, r.Best, err
		}
	}

	var ours, theirs []float64
	for range *rounds {
		t, err := g.times(*threads, turn)
		if err != nil {
			return err
		}
		ours = append(ours, t...)
		ms, best, err := peer()
		if err != nil {
			return err
		}
		theirs = append(theirs, ms)
		res.TorchBest = min(res.TorchBest, best)
	}
	res.Gannet, res.GannetBest, res.Torch = serve.Median(ours), slices.Min(ours), serve.Median(theirs)
	res.Ratio, res.RatioBest = res.Torch/res.Gannet, res.TorchBest/res.GannetBest
	if *python == "" {
		fmt.Printf("gannet %.2f ms (best %.2f)\n", res.Gannet, res.GannetBest)
		return nil
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(res)
	}
	fmt.Printf("%s step, %d thread(s), %s: gannet %.2f ms (best %.2f), torch %.2f ms (best %.2f): "+
		"%.2f times as fast (best against best %.2f)\n",
		*name, res.Threads, res.Tier, res.Gannet, res.GannetBest, res.Torch, res.TorchBest, res.Ratio, res.RatioBest)
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
