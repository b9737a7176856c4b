package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/sample"
)

// ModelInfo is what a report says of a model as a whole. Rows of the kernel "pictures" are its steady state; the others are
// the steps of its program.
type ModelInfo struct {
	File      string `json:"file"`
	Bytes     int64  `json:"bytes"` // of the file
	Quantized bool   `json:"quantized"`
	Image     [3]int `json:"image"` // height, width, channels
	Tier      string `json:"tier"`
	Batch     int    `json:"batch"` // of the steps

	sample.Speed
}

// pictures names the rows of the steady state.
const pictures = "pictures"

// RunModel measures a model on the tier in use: how long it takes to load and to draw the first picture, pictures a second
// at batches of 1, 16 and 64, and each step of its program at the given batch, or at the part of it that is drawn at a time.
func RunModel(path string, batch int, opt Options) (*Report, error) {
	opt.Threads = max(1, min(opt.Threads, runtime.GOMAXPROCS(0)))
	pool := kernels.NewPool(opt.Threads)
	defer pool.Close()
	info := &ModelInfo{File: path, Tier: kernels.Tier()}

	effort := fullEffort
	if opt.Quick {
		effort = quickEffort
	}
	effort = effort.with(opt.Threads)
	m, s, speed, rates, err := sample.Measure(path, batch, pool, effort.rounds, effort.slice)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	info.Speed, info.Batch, info.Quantized, info.Image = speed, s.Near(), m.Meta.Quantized, m.Meta.Image
	if st, err := os.Stat(path); err == nil {
		info.Bytes = st.Size()
	}
	var steady []Row
	for _, p := range rates {
		sec := median(p.Seconds)
		steady = append(steady, Row{Kernel: pictures, Shape: fmt.Sprintf("batch %d", p.Batch), Tier: info.Tier,
			Threads: pool.Threads(), Seconds: sec, Spread: spread(p.Seconds), Rounds: len(p.Seconds), Unit: "pictures/s",
			Rate: float64(p.Batch) / sec, Hash: p.Hash})
	}

	r := newRunner(opt, info.Tier) // after the memory was read: it takes a lot
	defer r.pool.Close()
	r.rep.Model = info
	r.rep.Rows = append(steady, r.steps(s)...)
	return r.rep, nil
}

// steps measures the steps of a sampler's program, in turns with the roofs that bound them.
func (r *runner) steps(s *sample.Sampler) []Row {
	tier := r.rep.Model.Tier
	plan := s.Plan()
	rows := make([]Row, len(plan.Steps))
	bounds := make([]bound, len(rows))
	times := make([][]float64, len(rows))
	roofs := map[*roof]*loop{}
	var loops []*loop
	for i, st := range plan.Steps {
		b := bencher{kernel: st.Kind, shape: fmt.Sprintf("%d %v%v", i, st.DType, st.Shape), bytes: float64(st.In + st.Bytes),
			readOnly: st.In > 2*st.Bytes}
		switch {
		case strings.HasPrefix(st.Kind, "QDot"), strings.HasPrefix(st.Kind, "QConv"):
			b.unit, b.work = "GOP/s", float64(st.FLOPs)
		case strings.HasPrefix(st.Kind, "Dot"), strings.HasPrefix(st.Kind, "Conv"):
			b.unit, b.work = "GFLOP/s", float64(st.FLOPs)
		default:
			b.unit, b.work, b.flops = "GB/s", b.bytes, float64(st.FLOPs)
		}
		rows[i] = Row{Kernel: b.kernel, Shape: b.shape, Tier: tier, Threads: r.opt.Threads, Unit: b.unit, Bytes: b.traffic(),
			Ops: b.operations()}
		rows[i].Rate = b.work // of one call, until its time is known
		if bounds[i] = r.boundOf(b, tier); bounds[i].roof != nil && roofs[bounds[i].roof] == nil {
			l := bounds[i].roof.loop(r.opt.Threads, time.Second)
			roofs[bounds[i].roof] = l
			loops = append(loops, l)
		}
	}
	total := &loop{budget: time.Second}
	total.time = func(calls int) float64 {
		t := time.Now()
		plan = s.Profile(calls)
		return time.Since(t).Seconds()
	}
	total.counted = func() {
		for i, st := range plan.Steps {
			times[i] = append(times[i], st.Time.Seconds())
		}
	}
	inTurns(r.effort.with(r.opt.Threads), append(loops, total)...)
	sum := 0.0
	for i := range rows {
		row, t := &rows[i], &loop{sec: times[i]}
		row.Seconds, row.Spread, row.Rounds = max(median(t.sec), 1e-9), spread(t.sec), len(t.sec)
		row.Rate /= row.Seconds * 1e9
		sum += row.Seconds
		if f := bounds[i].roof; f != nil {
			shares := ratios(roofs[f], t)
			for j := range shares {
				shares[j] *= bounds[i].work / (f.work * float64(r.opt.Threads))
			}
			row.Roof, row.Share, row.ShareSpread = f.name, median(shares), spread(shares)
		}
	}
	for i := range rows {
		rows[i].Part = rows[i].Seconds / sum
	}
	return rows
}
