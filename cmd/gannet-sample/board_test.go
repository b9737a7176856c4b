package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// dcgan writes the generator of 3 x 64 x 64 pictures that deep-learning frameworks have as their example (100 latents,
// 512-256-128-64-3 channels), with random weights.
func dcgan(t *testing.T) string {
	t.Helper()
	b, st := graph.New(), graph.NewStore()
	weights := func(name string, scale float32, dims ...int) graph.Value {
		w := st.Alloc(name, graph.F32, graph.Of(dims...))
		kernels.Uniform(w.F32(), 1, uint32(len(name)), 0)
		for i, x := range w.F32() {
			w.F32()[i] = (x - 0.5) * scale
		}
		return b.Var(name, graph.F32, graph.Of(dims...))
	}
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 100)), kernels.LatentScale)
	x := b.Reshape(b.ReLU(b.Dot(z, weights("project", 0.5, 100, 4*4*512), false, false)), graph.Of(graph.Batch, 4, 4, 512))
	channels := []int{512, 256, 128, 64, 3}
	for i, c := range channels[1:] {
		x = b.ConvTransposed(x, weights(fmt.Sprintf("up%d", i), 0.1, 4, 4, c, channels[i]), graph.Strided(2, 1), 1, [2]int{})
		x = b.Add(x, weights(fmt.Sprintf("bias%d", i), 0.1, c))
		if c > 3 {
			x = b.ReLU(x)
		}
	}
	b.Output("image", b.ToU8(b.Tanh(x), 127.5, 127.5))
	m := &model.Model{Graph: b, Weights: st, Meta: model.Meta{Latent: "normal", LatentDim: 100, Image: [3]int{64, 64, 3}}}
	path := filepath.Join(t.TempDir(), "dcgan.safetensors")
	if err := model.Save(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNeed: what is said to be needed is what is allocated, give or take.
func TestNeed(t *testing.T) {
	models := []string{small, smallF32}
	if !testing.Short() {
		models = append(models, dcgan(t))
	}
	pool := kernels.NewPool(2)
	defer pool.Close()
	for _, path := range models {
		m, err := model.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for _, batch := range []int{1, 16} {
			said, err := sample.Memory(m, batch, pool.Threads())
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s, err := sample.New(m, batch, pool)
			if err != nil {
				t.Fatal(err)
			}
			s.Sample(make([]uint8, batch*s.Size()), sample.Seeds(0, uint64(batch-1)))
			runtime.ReadMemStats(&after)
			got, most := int64(after.TotalAlloc-before.TotalAlloc), said.Packed+said.Arena+said.Scratch
			if batch > 1 {
				most -= said.Packed // the sampler before has packed the weights
			}
			// Plans, and what is left behind while they are made, count as the program's.
			if got > most+1<<20 || most > 3*got+1<<20 {
				t.Errorf("%s, batch %d: %d bytes were said, %d allocated", path, batch, most, got)
			}
		}
	}
}

// TestSmallBoard draws with a DCGAN where a process may have 512 MB of memory of its own, in no more memory than was said, and not at all where too
// little is allowed.
func TestSmallBoard(t *testing.T) {
	bin, path := build(t, runtime.GOARCH), dcgan(t)
	limited := func(command string) (string, error) {
		out, err := exec.Command("sh", "-c", "ulimit -d 524288; exec "+bin+" "+command).CombinedOutput()
		return string(out), err
	}
	out, err := limited("sample " + path + " --seeds 0-15 --batch 16 --hash --max-memory 256M")
	if err != nil || len(out) != 65 {
		t.Errorf("%v: %s", err, out)
	}
	if whole, err := exec.Command(bin, "sample", path, "--seeds", "0-15", "--hash").Output(); err != nil || string(whole) != out {
		t.Errorf("without a limit: %v, %s, with it %s", err, whole, out)
	}
	out, err = limited("sample " + path + " --hash --max-memory 32M")
	if _, failed := err.(*exec.ExitError); !failed || !strings.Contains(out, "--max-memory allows 32.0 MiB") || strings.Count(out, "\n") != 1 {
		t.Errorf("too little memory: %v: %s", err, out)
	}
	plan, err := exec.Command(bin, "inspect", path, "--plan", "--batch", "1", "--threads", "1").Output()
	if err != nil {
		t.Fatal(err)
	}
	said := kibibytes(t, `peak +([\d.]+) (.)iB`, plan)
	measured, err := exec.Command(bin, "bench", path, "--quick", "--batch", "1").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := kibibytes(t, `peak memory ([\d.]+) (.)iB then`, measured)
	if got > said || got < said/2 {
		t.Errorf("%.0f KiB are resident after the first picture, %.0f were said", got, said)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 14e6 {
		t.Errorf("%v, %v", info, err)
	}
}

// kibibytes finds a size in what a command printed.
func kibibytes(t *testing.T, pattern string, out []byte) (n float64) {
	t.Helper()
	m := regexp.MustCompile(pattern).FindSubmatch(out)
	if m == nil {
		t.Fatalf("nothing like %s in %s", pattern, out)
	}
	fmt.Sscan(string(m[1]), &n)
	if m[2][0] == 'M' {
		n *= 1024
	}
	return n
}
