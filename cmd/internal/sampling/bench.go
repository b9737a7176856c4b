package sampling

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"time"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// Bench measures a model. The command gannet bench does the same beside the peaks of the machine.
var Bench = Command{
	Name:  "bench",
	Short: "Measure a model on this machine",
	Long: `Bench says how long a model takes to load and to draw its first picture, how much memory that takes, how many pictures a
second it draws at batches of 1, 16 and 64, and how long each step of its program takes at --batch. The tier is the one in
use; GANNET_ISA chooses another.`,
	Example: "  gannet bench model.safetensors --threads 2",
	Declare: func(f Flags) func(string, io.Writer) error {
		b := &measuring{}
		f.IntVar(&b.threads, "threads", 1, "threads")
		f.IntVar(&b.batch, "batch", 64, "pictures at a time, for the table of steps")
		f.BoolVar(&b.quick, "quick", false, "fewer and shorter rounds: rougher numbers")
		f.BoolVar(&b.asJSON, "json", false, "print JSON")
		b.limit.Declare(f)
		return b.run
	},
}

// measuring is a run of the command.
type measuring struct {
	threads, batch int
	quick, asJSON  bool
	limit          Limit
}

func (b *measuring) run(path string, w io.Writer) error {
	if b.threads < 1 {
		return Usagef("bench: --threads %d; want at least 1", b.threads)
	}
	if b.batch < 1 || b.batch > 1<<12 {
		return Usagef("bench: --batch %d; want 1 to 4096", b.batch)
	}
	most, err := b.limit.Bytes()
	if err != nil {
		return err
	}
	pool := kernels.NewPool(b.threads)
	defer pool.Close()
	if most > 0 {
		release, err := b.within(path, pool.Threads(), most)
		if err != nil {
			return err
		}
		defer release()
	}
	rounds, slice := 41, 500*time.Microsecond
	if b.quick {
		rounds, slice = 7, 200*time.Microsecond
	}
	m, s, speed, rates, err := sample.Measure(path, b.batch, pool, rounds, slice)
	if err != nil {
		return err
	}
	defer m.Close()
	type rate struct {
		Batch    int     `json:"batch"`
		Pictures float64 `json:"pictures_per_second"`
		SHA256   string  `json:"sha256"`
	}
	rep := struct {
		File    string `json:"file"`
		Bytes   int64  `json:"bytes"`
		Tier    string `json:"tier"`
		Threads int    `json:"threads"`
		sample.Speed
		Rates []rate `json:"rates"`
	}{File: path, Tier: kernels.Tier(), Threads: pool.Threads(), Speed: speed}
	if st, err := os.Stat(path); err == nil {
		rep.Bytes = st.Size()
	}
	for _, r := range rates {
		sec := slices.Clone(r.Seconds)
		//lint:ignore S1032 sort.Float64s is an instance of slices.Sort, 6 KB more on a board
		sort.Sort(sort.Float64Slice(sec))
		rep.Rates = append(rep.Rates, rate{r.Batch, float64(r.Batch) / sec[len(sec)/2], r.Hash})
	}
	if b.asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(rep)
	}
	kind := "f32"
	if m.Meta.Quantized {
		kind = "int8"
	}
	memory := func(n int64) string {
		if n == 0 {
			return "unknown on this system"
		}
		return Size(n)
	}
	what := fmt.Sprintf("pictures of %dx%dx%d", m.Meta.Image[0], m.Meta.Image[1], m.Meta.Image[2])
	if m.Meta.Row > 0 {
		what = fmt.Sprintf("rows of %d numbers", m.Meta.Row)
	}
	fmt.Fprintf(w, "%s: %s, %s, %s, on %s, threads: %d\n", path, kind, Size(rep.Bytes), what, rep.Tier, rep.Threads)
	fmt.Fprintf(w, "load %.2f ms, first picture after %.2f ms; peak memory %s then, %s after the batches\n", 1e3*speed.Load,
		1e3*speed.First, memory(speed.FirstMemory), memory(speed.PeakMemory))
	for _, r := range rep.Rates {
		fmt.Fprintf(w, "batch %-3d %12.1f pictures/s  %.8s\n", r.Batch, r.Pictures, r.SHA256)
	}
	fmt.Fprintf(w, "\n%s", s.Profile(rounds))
	return nil
}

// within is within for the measuring, whose samplers all live at the same time.
func (b *measuring) within(path string, threads int, most int64) (release func(), err error) {
	m, err := model.LoadToSample(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	beside := int64(0)
	for _, batch := range []int{1, 16, 64} {
		need, err := sample.Memory(m, batch, threads)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		beside += need.Arena + need.Scratch
	}
	if release, err = within(m, b.batch, threads, most, beside); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return release, nil
}
