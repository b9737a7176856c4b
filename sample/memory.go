package sample

import (
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// Need is the memory that sampling takes, in bytes, known before the sampler is made. Each part is what will be taken at
// most.
type Need struct {
	Weights int64 // of the file, as far as they are read
	Mapped  bool  // weights are used where the file is mapped: pages that the system can drop and read again
	Packed  int64 // copies of the weights laid out for the tier in use
	Arena   int64 // latents, intermediate results, pictures of a batch
	Scratch int64 // of the kernels, of all threads
	Program int64 // the program itself, as far as it is resident
}

// programBytes is what a Go program that samples has resident before and beside all else: its code, its runtime, the
// garbage of reading a model's header. Measured are 5 MiB on linux/amd64; the rest is for larger pages and pictures in PNG.
const programBytes = 8 << 20

// Peak is the most that will be resident.
func (n Need) Peak() int64 { return n.Weights + n.Packed + n.Arena + n.Scratch + n.Program }

// WeightsAre says where the weights lie.
func (n Need) WeightsAre() string {
	if n.Mapped {
		return "mapped"
	}
	return "read"
}

// Memory says what New and Sample will take on the tier in use.
func Memory(m *model.Model, batch, threads int) (Need, error) {
	pool := kernels.NewPool(threads)
	defer pool.Close()
	b, batch, _, err := bound(m, batch, pool.Threads())
	if err != nil {
		return Need{}, err
	}
	need, err := graph.Measure(b, m.Weights, graph.Options{Pool: pool, Frozen: true})
	if err != nil {
		return Need{}, err
	}
	return Need{Weights: int64(m.Weights.Bytes()) - m.Idle(), Mapped: m.Mapped(), Packed: int64(need.Packed), Scratch: int64(need.Scratch),
		Arena: int64(need.Arena + batch*m.SampleBytes()), Program: programBytes}, nil
}
