package gan

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
)

// shape is a source of data of which nothing else is known.
type shape [3]int

func (s shape) Info() data.Info                     { return data.Info{N: 1, H: s[0], W: s[1], C: s[2]} }
func (s shape) Picture([]uint8, int) (uint8, error) { return 0, nil }

// generatorOf is the model of a generator after a few steps.
func generatorOf(t *testing.T, g *game) *model.Model {
	for range 3 {
		g.run(100, someBatch)
	}
	// Biases begin at 0, and so do the strength of noise and the last convolution of a residual block.
	for i, name := range g.st.Names() {
		x := g.st.Get(name).F32()
		for j := range x {
			if x[j] < 1e-2 && x[j] > -1e-2 {
				x[j] += float32((i+7*j)%13-6) / 60
			}
		}
	}
	r := &run{opt: &Options{Preset: *g.preset, Data: shape(g.shape)}, game: g}
	m, err := r.generator()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestQuantizeGenerators: every architecture becomes integers that are close to it, and draws the same pictures on all tiers
// and threads and in all batches.
func TestQuantizeGenerators(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	for i, c := range convCases {
		if testing.Short() && (kernels.Tier() == "generic" || !slices.Contains([]string{"dcgan28", "resnet", "stylegan"}, c.name)) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			checkQuantized(t, generatorOf(t, convGame(t, i, nil)), pool)
		})
	}
	mlp := Net{Hidden: []int{40, 30}, Act: "maxout", Pieces: 3}
	p := &Preset{Name: "maxout", Data: "mnist", Z: 10, Latent: "uniform", Classes: 3, G: mlp, D: mlp, Loss: "non-saturating", DSteps: 1,
		OptG: Optim{Kind: "sgd", LR: 0.1}, OptD: Optim{Kind: "sgd", LR: 0.1}, Batch: 8, Steps: 100, Tick: 1, Snap: 1}
	p.G.Out = "sigmoid"
	t.Run("maxout", func(t *testing.T) {
		g, err := newGame(p, [3]int{8, 8, 1}, nil, nil, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkQuantized(t, generatorOf(t, g), pool)
	})
}

func checkQuantized(t *testing.T, m *model.Model, pool *kernels.Pool) {
	q, r, err := quant.Quantize(m, quant.Options{CalibrationSamples: 128})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%v", r)
	if r.PSNR < 35 || r.Worst < 20 { // so few latents of a generator that learned nothing leave outliers
		t.Errorf("PSNR is %.1f dB, of the worst picture %.1f dB", r.PSNR, r.Worst)
	}
	path := filepath.Join(t.TempDir(), "q.safetensors")
	if err := model.Save(path, q); err != nil {
		t.Fatal(err)
	}
	if q, err = model.Load(path); err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	const seeds = 9
	draw := func(batch int, p *kernels.Pool) []uint8 {
		s, err := sample.New(q, batch, p)
		if err != nil {
			t.Fatal(err)
		}
		list := make([]uint64, seeds)
		for i := range list {
			list[i] = uint64(i)
		}
		dst := make([]uint8, seeds*q.SampleBytes())
		s.Sample(dst, list)
		return dst
	}
	want := draw(4, nil)
	for _, ti := range kernels.Tiers() {
		if !ti.Available || testing.Short() && ti.Name == "generic" {
			continue
		}
		restore, err := kernels.Force(ti.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range []int{1, 9} {
			for _, p := range []*kernels.Pool{nil, pool} {
				if !bytes.Equal(draw(batch, p), want) {
					t.Errorf("%s, batch %d, %d threads: other pictures", ti.Name, batch, p.Threads())
				}
			}
		}
		restore()
	}
}
