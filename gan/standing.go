package gan

import (
	"strings"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// standingBatches is the number of batches that standing statistics are the mean of.
const standingBatches = 32

const (
	runningMean = ".running_mean"
	runningVar  = ".running_var"
)

// standing returns the statistics that batch normalization has in the averaged generator: means over batches that it makes
// itself (the standing statistics of Brock et al. 2019). Those that training follows belong to the weights of the moment. It
// returns nil if there is no average, or nothing is normalized over the batch.
func (g *game) standing(pool *kernels.Pool) (map[string][]float32, error) {
	p, st := g.preset, graph.NewStore()
	if p.EMA == 0 {
		return nil, nil
	}
	stats := map[string][]float32{}
	for _, name := range g.st.Names() {
		if !strings.HasPrefix(name, "G.") || !g.learned[name] {
			continue
		}
		from := g.st.Get(name)
		if e := g.st.Get(name + emaSuffix); e != nil {
			from = e
		}
		to := st.Alloc(name, from.DType, from.Shape)
		copy(to.Bytes, from.Bytes)
		if strings.HasSuffix(name, runningMean) || strings.HasSuffix(name, runningVar) {
			stats[name] = to.F32()
		}
	}
	if len(stats) == 0 {
		return nil, nil
	}

	b := graph.New()
	z := b.FromI16(b.Latent(p.latent(), streamStanding, graph.Of(p.Batch, p.Z)), kernels.LatentScale)
	if p.Classes > 0 {
		z = b.Concat(1, b.Input("class", graph.F32, graph.Of(p.Batch, p.Classes)), z)
	}
	if g.table != nil && g.table.Condition() > 0 {
		z = b.Concat(1, b.Input("condition", graph.F32, graph.Of(p.Batch, g.table.Condition())), z)
	}
	ps := &params{b: b, st: st, seed: g.seed}
	ps.momentum = b.Input("momentum", graph.F32, graph.Of(1))
	made := p.generator(ps, z, g.shape)
	if p.QAT > 0 {
		fakeQuantize(ps, made, p.QAT)
	}
	ps.keepStates()
	prog, err := graph.Compile(b, st, graph.Options{Pool: pool})
	if err != nil {
		return nil, err
	}
	labels := make([]uint8, p.Batch)
	for k := range standingBatches {
		prog.In("momentum").F32()[0] = 1 / float32(k+1)
		if class := prog.In("class"); class != nil {
			for i := range labels {
				labels[i] = uint8((k*p.Batch + i) % p.Classes)
			}
			oneHot(class.F32(), labels, p.Classes)
		}
		if g.table != nil {
			g.table.fill(prog, uint64(k*p.Batch), g.seed)
		}
		prog.Run(graph.Clock{Seed: g.seed, Step: uint64(k)})
	}
	return stats, nil
}
