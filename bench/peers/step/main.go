// Command step times one training step of the paper-mnist game, gannet against PyTorch, in turns in the same run:
//
//	go run ./bench/peers/step
//
// It needs a Python with torch (Debian: python3-torch and libopenblas0). bench/peers/step_torch.py describes the step.
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
	res.Gannet, res.GannetBest, res.Torch = median(ours), slices.Min(ours), median(theirs)
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
