package gan

import (
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// StepBench makes n training steps of a preset on pictures of the given shape that it makes up (the numbers do not change the time) and returns
// the time of each, after a few that are not counted. It is what a comparison with another framework measures.
func StepBench(preset Preset, shape [3]int, n, threads int) ([]time.Duration, error) {
	const pictures = 1000
	set := &data.Set{N: pictures, H: shape[0], W: shape[1], C: shape[2], Labels: make([]uint8, pictures),
		Images: make([]uint8, pictures*shape[0]*shape[1]*shape[2])}
	for i := range set.Images {
		set.Images[i] = uint8(i * i >> 7)
	}
	pool := kernels.NewPool(threads)
	defer pool.Close()
	mean, err := data.Mean(set)
	if err != nil {
		return nil, err
	}
	g, err := newGame(&preset, shape, nil, mean, 1, pool)
	if err != nil {
		return nil, err
	}
	loader := data.NewLoader(set, preset.Batch, 1, 0)
	var times []time.Duration
	for i := range n + 3 {
		t := time.Now()
		g.run(1<<20, loader.Batch)
		if i >= 3 {
			times = append(times, time.Since(t))
		}
	}
	return times, g.finite()
}

// StepPlan profiles the programs of a training step, n runs each, and returns their plans by name.
func StepPlan(preset Preset, shape [3]int, n, threads int) (map[string]*graph.Plan, error) {
	pool := kernels.NewPool(threads)
	defer pool.Close()
	mean := make([]float64, shape[0]*shape[1]*shape[2])
	for i := range mean {
		mean[i] = 30
	}
	g, err := newGame(&preset, shape, nil, mean, 1, pool)
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
