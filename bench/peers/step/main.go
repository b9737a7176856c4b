// Command step times one training step of the paper-mnist game, gannet against PyTorch, in turns in the same run:
//
//	go run ./bench/peers/step
//
// It needs a Python with torch (Debian: python3-torch and libopenblas0). bench/peers/step_torch.py describes the step.
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

// times makes gannet's steps for about d and returns their durations in milliseconds.
func times(threads int, d time.Duration) ([]float64, error) {
	preset, err := gan.Lookup("paper-mnist")
	if err != nil {
		return nil, err
	}
	n := 5
	var ms []float64
	for total := time.Duration(0); total < d; {
		steps, err := gan.StepBench(preset, n, threads)
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
	script := flag.String("script", "bench/peers/step_torch.py", "the other side")
	asJSON := flag.Bool("json", false, "print JSON")
	profile := flag.Bool("profile", false, "print where gannet's step spends its time, and stop")
	flag.Parse()

	if *profile {
		preset, err := gan.Lookup("paper-mnist")
		if err != nil {
			return err
		}
		plans, err := gan.StepPlan(preset, 50, *threads)
		if err != nil {
			return err
		}
		for _, p := range plans {
			fmt.Print(p)
		}
		return nil
	}
	turn := time.Duration(*seconds * float64(time.Second))
	res := result{Bench: "step/paper-mnist", Threads: *threads, Tier: tier(), TorchBest: math.Inf(1)}
	peer := func() (float64, float64, error) { return math.NaN(), math.NaN(), nil }
	if *python != "" {
		cmd := exec.Command(*python, *script, "--serve", "--reps", "5", "--threads", strconv.Itoa(*threads),
			"--seconds", fmt.Sprint(*seconds))
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
		t, err := times(*threads, turn)
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
	fmt.Printf("paper-mnist step, %d thread(s), %s: gannet %.2f ms (best %.2f), torch %.2f ms (best %.2f): "+
		"%.2f times as fast (best against best %.2f)\n",
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
