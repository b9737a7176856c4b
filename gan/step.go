package gan

import (
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// StepBench makes n training steps of a preset on data that it makes up (the numbers do not change the time) and returns
// the time of each, after a few that are not counted. It is what a comparison with another framework measures.
func StepBench(preset Preset, n, threads int) ([]time.Duration, error) {
	set := &data.Set{N: 1000, H: 28, W: 28, C: 1, Images: make([]uint8, 1000*784), Labels: make([]uint8, 1000)}
	for i := range set.Images {
		set.Images[i] = uint8(i * i >> 7)
	}
	pool := kernels.NewPool(threads)
	defer pool.Close()
	mean, err := data.Mean(set)
	if err != nil {
		return nil, err
	}
	g, err := newGame(&preset, [3]int{28, 28, 1}, nil, mean, 1, pool)
	if err != nil {
		return nil, err
	}
	pictures := data.NewLoader(set, preset.Batch, 1, 0)
	var times []time.Duration
	for i := range n + 3 {
		t := time.Now()
		g.run(1<<20, pictures.Batch)
		if i >= 3 {
			times = append(times, time.Since(t))
		}
	}
	return times, g.finite()
}

// StepPlan profiles the programs of a training step, n runs each, and returns their plans by name.
func StepPlan(preset Preset, n, threads int) (map[string]*graph.Plan, error) {
	pool := kernels.NewPool(threads)
	defer pool.Close()
	mean := make([]float64, 784)
	for i := range mean {
		mean[i] = 30
	}
	g, err := newGame(&preset, [3]int{28, 28, 1}, nil, mean, 1, pool)
	if err != nil {
		return nil, err
	}
	plans := map[string]*graph.Plan{}
	for t, prog := range g.programs {
		for player, o := range map[string]*Optim{"hyper_D": &preset.OptD, "hyper_G": &preset.OptG} {
			if t := prog.In(player); t != nil {
				o.hyper(t.F32(), 1000, 1000, 1<<20)
			}
		}
		if t := prog.In("ema"); t != nil {
			t.F32()[0] = 0.99
		}
		prog.Run(graph.Clock{Seed: 1})
		plans[t.String()] = prog.Profile(graph.Clock{Seed: 1, Step: 1}, n)
	}
	return plans, nil
}
