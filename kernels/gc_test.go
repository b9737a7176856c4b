package kernels

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/internal/guard"
)

// heldUp runs f again and again on a goroutine of its own and returns for how long it can hold up whoever wants to stop
// the world: twice the median of several times, since that comes at any moment of the hold-up. A busy machine only ever
// adds to it, so it is taken from the quietest of so many attempts. It stops at an attempt below enough.
func heldUp(f func(), attempts int, enough time.Duration) time.Duration {
	best := time.Hour
	for range attempts {
		var calls atomic.Int64
		var quit atomic.Bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !quit.Load() {
				calls.Add(1)
				f()
			}
		}()
		var took []time.Duration
		for i := range 15 {
			// On a busy machine it may take a while until f runs again.
			for from, n := time.Now(), calls.Load(); calls.Load() == n && time.Since(from) < 50*time.Millisecond; {
				time.Sleep(50 * time.Microsecond)
			}
			time.Sleep(time.Duration(200+i*370%2000) * time.Microsecond)
			took = append(took, stopTheWorld())
		}
		quit.Store(true)
		<-done
		slices.Sort(took)
		if best = min(best, 2*took[len(took)/2]); best < enough {
			break
		}
	}
	return best
}

// stopTheWorld returns how long it takes to stop all goroutines, as the runtime counts it, or for how long the threads of
// this process ran meanwhile, whichever is less: the former lasts while another process has the processor of a thread
// that is to stop, the latter while it has that of the thread which stops.
func stopTheWorld() time.Duration {
	count := func() ([]float64, []uint64) {
		s := []metrics.Sample{{Name: "/sched/pauses/stopping/other:seconds"}}
		metrics.Read(s)
		h := s[0].Value.Float64Histogram()
		return h.Buckets, slices.Clone(h.Counts)
	}
	var m runtime.MemStats
	_, before := count()
	cpu := cpuTime()
	runtime.ReadMemStats(&m) // stops the world
	cpu = cpuTime() - cpu
	buckets, after := count()
	for i := len(after) - 1; i >= 0; i-- {
		if after[i] > before[i] {
			return min(cpu, time.Duration(buckets[i]*1e9))
		}
	}
	return cpu
}

const holdLimit = 2 * time.Millisecond

func stoppable(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("needs two processors")
	}
	if testing.Short() && runtime.GOARCH != "amd64" || guard.Race {
		t.Skip("emulators are too slow, and so are instrumented loops")
	}
	old := runtime.GOMAXPROCS(3) // the workers of a pool of 2, and the goroutine that stops the world
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

// TestGCLatency: no kernel holds up the garbage collector. Each works on tens of megabytes, so that a kernel which does
// all its work in one call into assembly, or in a loop of calls with no place to stop, is found out.
func TestGCLatency(t *testing.T) {
	stoppable(t)
	const n = 1 << 22
	var (
		a, b, c, d = make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		bytes      = make([]uint8, n)
		shorts     = make([]int16, n)
		ints       = make([]uint32, n)
	)
	for i := range a {
		a[i], b[i], bytes[i] = float32(i%977)/977+0.1, float32(i%13)-6, uint8(i)
	}
	adam := &AdamParams{Step: 1e-3, Beta1: 0.5, Beta2: 0.99, Eps: 1e-8, RSqrtBias2: 3}
	cases := []struct {
		name string
		f    func(p *Pool)
	}{
		{"add", func(*Pool) { Add(c, a, b) }},
		{"div", func(*Pool) { Div(c, a, b) }},
		{"addScalar", func(*Pool) { AddScalar(c, a, 2) }},
		{"axpy", func(*Pool) { Axpy(c, a, 0.1) }},
		{"exp", func(*Pool) { Exp(c, b) }},
		{"log", func(*Pool) { Log(c, a) }},
		{"tanh", func(*Pool) { Tanh(c, b) }},
		{"softplus", func(*Pool) { Softplus(c, b) }},
		{"sqrt", func(*Pool) { Sqrt(c, a) }},
		{"leakyMask", func(*Pool) { LeakyMask(c, a, b, 0.2) }},
		{"sum", func(*Pool) { c[0] = Sum(a) }},
		{"rowSums", func(*Pool) { RowSums(c[:n/64], a, n/64, 64) }},
		{"sumRows wide", func(*Pool) { SumRows(c[:n/64], a, 64, n/64) }},
		{"sumRows of a few", func(*Pool) { SumRows(c[:n/4], a, 4, n/4) }},
		{"sumRows tall", func(*Pool) { SumRows(c[:32], a, n/32, 32) }},
		{"pickMax", func(*Pool) { PickMax(c[:n/4], a, b, 1, 4, n/4) }},
		{"putMax", func(*Pool) { PutMax(c, a[:n/4], b, 1, 4, n/4) }},
		{"sgdMomentum", func(*Pool) { SGDMomentum(c, d, b, 1e-3, 0.9) }},
		{"adam", func(*Pool) { Adam(c, d, a, b, adam) }},
		{"ema", func(*Pool) { EMA(c, a, 0.99) }},
		{"fromU8", func(*Pool) { FromU8(c, bytes, 1.0/255) }},
		{"toU8", func(*Pool) { ToU8(bytes, b, 10, 128) }},
		{"lookup", func(*Pool) { Lookup(bytes, bytes, new([256]uint8)) }},
		{"quantizeI16", func(*Pool) { QuantizeI16(bytes, shorts, 1<<30, 31, 128) }},
		{"uint32s", func(*Pool) { Uint32s(ints, 1, 2, 0) }},
		{"uniform", func(*Pool) { Uniform(d, 1, 2, 0) }},
	}
	for _, trans := range []bool{false, true} {
		g := &Gemm{M: 512, N: 1024, K: 1024, TransA: trans, TransB: trans, A: a, Lda: 1024, B: b, Ldb: 1024, C: c, Ldc: 1024,
			Act: ActTanh}
		thin := &Gemm{M: 3, N: 1024, K: 4096, TransB: trans, A: a, Lda: 4096, B: b, Ldb: 1024, C: c, Ldc: 1024}
		if trans {
			thin.Ldb = 4096
		}
		name := map[bool]string{true: " transposed"}[trans]
		cases = append(cases, []struct {
			name string
			f    func(p *Pool)
		}{
			{"gemm" + name, g.Run},
			{"thin gemm" + name, thin.Run},
			{"PackB" + name, func(*Pool) { PackB(1024, 1024, a, 1024, trans) }},
		}...)
	}
	s8 := make([]int8, n)
	for i := range s8 {
		s8[i] = int8(i * 37)
	}
	u8 := &GemmU8{M: 512, N: 1024, K: 4096, A: bytes, Lda: 4096, B: PackS8(4096, 1024, s8, 1024), Bias: make([]int32, 1024),
		C: make([]uint8, 512*1024), Ldc: 1024, Mult: make([]int32, 1024), Shift: make([]uint8, 1024), Hi: 255}
	for j := range u8.Mult {
		u8.Mult[j], u8.Shift[j] = 1<<30, 40
	}
	cases = append(cases, []struct {
		name string
		f    func(p *Pool)
	}{
		{"gemm u8", u8.Run},
		{"PackS8", func(*Pool) { PackS8(4096, 1024, s8, 1024) }},
		{"add u8", func(*Pool) { AddU8(bytes, bytes, bytes, 1, 2, 3, PointU8{Shift: 4, Hi: 255}) }},
		{"scale u8", func(*Pool) { ScaleU8(bytes, bytes, 0, make([]int16, n), make([]int32, n), PointU8{Shift: 4, Hi: 255}) }},
		{"resample u8", func(p *Pool) {
			(&Resample{Kind: SmoothUp, N: 1, H: 1, W: 1, C: n / 4}).ForwardU8(p, bytes[:n], bytes[:n/4], 0)
		}},
	}...)
	for role, name := range []string{"conv", "conv to the data", "conv to the weights"} {
		v := &Conv{ConvShape: ConvShape{N: 4, H: 64, W: 64, Cin: 64, OH: 64, OW: 64, Cout: 64, KH: 3, KW: 3, PadH: 1, PadW: 1},
			Role: ConvRole(role), X: c[:1<<20], Weights: a[:9*64*64], Y: d[:1<<20]}
		wide := &Conv{ConvShape: ConvShape{N: 1, H: 64, W: lineWide, Cin: 64, OH: 64, OW: lineWide, Cout: 64, KH: 3, KW: 3, PadH: 1, PadW: 1,
			Groups: 4}, Role: ConvRole(role), X: c[:1<<20], Weights: a[:9*16*64], Y: d[:1<<20]}
		cases = append(cases, []struct {
			name string
			f    func(p *Pool)
		}{{name, v.Run}, {name + ", 4 groups", wide.Run}}...)
	}
	for role, name := range []string{"conv u8", "conv u8 transposed"} {
		for _, s := range []ConvShape{
			{N: 4, H: 64, W: 64, Cin: 64, OH: 64, OW: 64, Cout: 64, KH: 3, KW: 3, PadH: 1, PadW: 1},
			{N: 64, H: 64, W: 64, Cin: 64, OH: 64, OW: 64, Cout: 64, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 64},
			{N: 16, H: 64, W: 64, Cin: 4, OH: 32, OW: 32, Cout: 64, KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1},
			{N: 1, H: 4, W: 1 << 15, Cin: 64, OH: 4, OW: 1 << 15, Cout: 64, KH: 3, KW: 3, PadH: 1, PadW: 1, Groups: 64},
		} {
			l := ConvU8Layer{ConvShape: s, Role: ConvRole(role), Weights: s8, Hi: 255, Mult: u8.Mult, Shift: u8.Shift}
			in, out := l.Sizes(s.N)
			v := &ConvU8{N: s.N, Packed: PackConvU8(l), In: make([]uint8, in), Out: make([]uint8, out)}
			cases = append(cases, struct {
				name string
				f    func(p *Pool)
			}{fmt.Sprintf("%s, lines of %d, %d channels, %d groups", name, s.W, s.Cin, s.Groups), v.Run})
		}
	}
	// A product of 50176 rows.
	many := &Conv{ConvShape: ConvShape{N: 64, H: 8, W: 8, Cin: 1024, OH: 2, OW: 2, Cout: 32, KH: 7, KW: 7}, Role: ConvDW,
		X: b, Weights: c, Y: a}
	cases = append(cases, struct {
		name string
		f    func(p *Pool)
	}{"conv to many weights", many.Run})
	small := func() []float32 { return make([]float32, 1024) }
	batch := &ColumnNorm{Outer: 1, Rows: n / 64, Cols: 64, X: a, Mean: small()[:64], Rstd: small()[:64], Y: c, G: b, DX: d,
		DGamma: small()[:64], DBeta: small()[:64]}
	layer := &RowNorm{Rows: 4, Cols: n / 4, X: a, Mean: small()[:4], Rstd: small()[:4], Y: c, G: b, DX: d}
	long := &RowNorm{Rows: 1, Cols: n, X: a, Mean: small()[:1], Rstd: small()[:1], Y: c, G: b, DX: d}
	soft := &Softmax{Rows: 1, Cols: n, X: a, Y: c, LSE: small()[:1], G: b, GLSE: small()[:1], DX: d}
	cases = append(cases, []struct {
		name string
		f    func(p *Pool)
	}{
		{"batch norm", func(p *Pool) { batch.Stats(p); batch.Apply(p); batch.Gradient(p) }},
		{"layer norm", func(p *Pool) { layer.Apply(p); layer.Gradient(p) }},
		{"layer norm of a long row", func(p *Pool) { long.Apply(p); long.Gradient(p) }},
		{"softmax of a long row", func(p *Pool) { soft.Apply(p); soft.Gradient(p); soft.GradientLSE(p) }},
	}...)
	index := make([]int32, n)
	for _, r := range []Resample{{Kind: NearestUp, Factor: 2}, {Kind: SmoothUp}, {Kind: AvgPool, Rows: Window{2, 2, 0},
		Cols: Window{2, 2, 0}}, {Kind: MaxPool, Rows: Window{3, 1, 1}, Cols: Window{3, 1, 1}}} {
		// One row, of one pixel for a cell.
		r.N, r.H, r.W, r.C = 1, 2, 2, n/16
		h, w, ch := r.Out()
		if r.Kind == MaxPool {
			r.Index = index[:h*w*ch]
		}
		cases = append(cases, []struct {
			name string
			f    func(p *Pool)
		}{
			{fmt.Sprintf("resample %d", r.Kind), func(p *Pool) { r.Forward(p, c[:h*w*ch], a[:n/4]) }},
			{fmt.Sprintf("resample %d back", r.Kind), func(p *Pool) { r.Backward(p, c[:n/4], a[:h*w*ch]) }},
		}...)
	}
	pool := NewPool(2)
	defer pool.Close()
	best := Tier()
	eachTier(t, func(t *testing.T) {
		if testing.Short() && Tier() != best || Tier() == "generic" {
			return // Go itself can be preempted anywhere
		}
		for _, k := range cases {
			for _, p := range []*Pool{nil, pool} {
				if p != nil && testing.Short() {
					continue
				}
				if took := heldUp(func() { k.f(p) }, 20, holdLimit); took > holdLimit {
					t.Errorf("%s, %s, %d threads: the collector was held up for %v", k.name, Tier(), p.Threads(), took)
				} else {
					t.Logf("%s, %s, %d threads: %v", k.name, Tier(), p.Threads(), took)
				}
			}
		}
	})
}

// TestGCLatencySpinning: workers that wait for work do not hold up the garbage collector.
func TestGCLatencySpinning(t *testing.T) {
	stoppable(t)
	pool := NewPool(2)
	defer pool.Close()
	c := make(countTask, 2)
	if took := heldUp(func() { pool.Run(2, c); time.Sleep(50 * time.Microsecond) }, 20, holdLimit); took > holdLimit {
		t.Errorf("the collector was held up for %v", took)
	}
}
