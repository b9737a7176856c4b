package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Row is one measured row.
type Row struct {
	Kind    string           `json:"kind"`
	Shape   string           `json:"shape"`
	Tier    string           `json:"tier"`
	Threads int              `json:"threads"`
	Work    float64          `json:"work"`    // operations of one call
	Seconds float64          `json:"seconds"` // of one call of ours
	Rivals  map[string]Rival `json:"rivals"`
	Peak    float64          `json:"peak,omitempty"` // operations a second that the threads do at best
	Date    string           `json:"date"`
}

// Rival is what a rival needed.
type Rival struct {
	Seconds float64 `json:"seconds"`
	Ratio   float64 `json:"ratio"` // its time over ours of the turn before, median
}

// fastest returns the rival against which we stand worst.
func (r Row) fastest() (label string, ratio float64) {
	ratio = math.Inf(1)
	for _, l := range r.labels() {
		if x := r.Rivals[l].Ratio; x < ratio {
			label, ratio = l, x
		}
	}
	return label, ratio
}

func (r Row) labels() []string {
	return slices.Sorted(maps.Keys(r.Rivals))
}

func (r Row) rate(seconds float64) float64 { return r.Work / seconds / 1e9 }

func (r Row) share() string {
	if r.Peak == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*r.Work/r.Seconds/r.Peak)
}

// String is the row for a terminal.
func (r Row) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%-14s %-22s %s %d thr  ours %7s", r.Kind, r.Shape, r.Tier, r.Threads, digits(r.rate(r.Seconds)))
	for _, l := range r.labels() {
		fmt.Fprintf(&s, "  %s %s", l, digits(r.rate(r.Rivals[l].Seconds)))
	}
	label, ratio := r.fastest()
	fmt.Fprintf(&s, "  ratio %.2f (%s) %s", ratio, label, r.share())
	if ratio < 1 {
		s.WriteString(" SLOWER")
	}
	return s.String()
}

// Report is the whole table.
type Report struct {
	CPU      string            `json:"cpu"`
	Cores    int               `json:"cores"`
	Go       string            `json:"go"`
	Versions map[string]string `json:"versions"`
	Rows     []Row             `json:"rows"`
}

func newReport() *Report {
	return &Report{CPU: cpuModel(), Cores: runtime.NumCPU(), Go: runtime.Version(), Versions: map[string]string{}}
}

// cpuModel is what Linux says of the CPU.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	found := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		key = strings.TrimSpace(key)
		if found[key] == "" {
			found[key] = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s (family %s, model %s, stepping %s)", found["model name"], found["cpu family"], found["model"],
		found["stepping"])
}

// load reads the rows of an earlier run on the same machine.
func (rep *Report) load(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var old Report
	if err := json.Unmarshal(text, &old); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if old.CPU != rep.CPU {
		return fmt.Errorf("%s is of another machine, %s: remove it, or write elsewhere", path, old.CPU)
	}
	rep.Versions, rep.Rows = old.Versions, old.Rows
	return nil
}

// add puts a row in the place of an older one, or at the end.
func (rep *Report) add(r Row) {
	for i, old := range rep.Rows {
		if old.Kind == r.Kind && old.Shape == r.Shape && old.Tier == r.Tier && old.Threads == r.Threads {
			rep.Rows[i] = r
			return
		}
	}
	rep.Rows = append(rep.Rows, r)
}

// arrange puts the rows in the order of the jobs.
func (rep *Report) arrange(js []job) {
	place := map[string]int{}
	for i := range js {
		place[js[i].String()] = i
	}
	slices.SortStableFunc(rep.Rows, func(a, b Row) int {
		return cmp.Compare(place[a.Kind+"/"+a.Shape], place[b.Kind+"/"+b.Shape])
	})
}

// save writes base.json and base.md.
func (rep *Report) save(base string) error {
	text, err := json.Marshal(rep)
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte(`{"kind"`), []byte("\n{\"kind\"")) // a row, a line
	if err := os.WriteFile(base+".json", append(text, '\n'), 0o666); err != nil {
		return err
	}
	return os.WriteFile(base+".md", []byte(rep.Markdown()), 0o666)
}

// kinds are the tables of a report, in their order.
var kinds = []struct{ kind, title, unit, note string }{
	{"f32", "f32 products", "GFLOP/s", "No operand is packed in advance. At and Bt: A or B is stored transposed."},
	{"f32-prepacked", "f32 products, prepacked", "GFLOP/s",
		"B is packed in advance by us and by oneDNN prepacked, which chooses its layout; the others have no such form."},
	{"u8s8s32", "u8 x s8 products", "GOP/s",
		"Sums in s32, exact and equal on all sides, with weights of 7 bits: oneDNN's AVX2 kernels saturate with more. " +
			"B is packed in advance by us and by oneDNN prepacked."},
	{"conv", "f32 convolutions of two DCGANs", "GFLOP/s", "n, X [h,w,channels] to Y, and what is computed: y is the " +
		"convolution, x its gradient to the data and the generator's transposed convolution, w its gradient to the " +
		"weights. 4x4 taps, stride 2, padding 1. Weights are packed in advance by us; oneDNN has every tensor in the " +
		"layout that it chooses. Only products with pixels inside the picture count."},
	{"conv-window", "f32 convolutions of one window: the discriminators' last layers, the generators' first", "GFLOP/s",
		"As before. These are matrix products, thin ones where a side has one channel."},
	{"generator-f32", "Generator 100-1200-1200-784, f32", "thousand pictures/s",
		"Ours goes from seeds to bytes, ONNX Runtime from z to floats."},
	{"generator-int8", "Generator 100-1200-1200-784, int8", "thousand pictures/s",
		"Ours goes from seeds to bytes, ONNX Runtime from z to bytes (static: QGemm) or floats (dynamic: " +
			"DynamicQuantizeMatMul). Its models are written by us in the forms that its own quantizer and optimizer end in."},
	{"dcgan-f32", "DCGAN generators, f32", "thousand pictures/s",
		"Transposed convolutions of 4x4 taps: 64 latents to 128, 64, 32 and 1 channels, 100 to 512, 256, 128, 64 and 3; batch " +
			"normalization is folded on both sides. Ours goes from seeds to bytes, ONNX Runtime from z to floats. Gemm first: its " +
			"first layer is a product instead of a transposed convolution of one pixel."},
	{"dcgan-int8", "DCGAN generators, int8", "thousand pictures/s",
		"ONNX Runtime has no transposed convolution of integers. QDQ is what its own static quantization makes: one of floats " +
			"between a DequantizeLinear and a QuantizeLinear (dynamic quantization leaves it as it is, in f32). Conv 2x2 and Conv 3x3 are " +
			"rewritten by us: integers throughout, four convolutions of 2x2 taps or one of 3x3 with four times the channels, then " +
			"DepthToSpace, QGemm for the first layer and QLinearSigmoid for the last. f32 is the one with Gemm first."},
	{"generator-own", "Generators, our int8 against our f32", "thousand pictures/s", "From seeds to bytes, both in one process."},
}

// Markdown writes the report for people.
func (rep *Report) Markdown() string {
	var s strings.Builder
	s.WriteString("# Against the libraries that others use\n\n")
	fmt.Fprintf(&s, "On %s, %d cores, %s, against\n\n", rep.CPU, rep.Cores, rep.Go)
	for _, n := range slices.Sorted(maps.Keys(rep.Versions)) {
		fmt.Fprintf(&s, "- %s %s\n", n, rep.Versions[n])
	}
	s.WriteString(`
    make bench-peers

The sides take turns in one run, each rival stopped while it is not its turn; figures are medians. The ratio is the time
of the rival against which we stand worst over ours, the median of neighbouring turns: above 1 we are faster, and
**slower** marks the rows where we are not. The share is that of the peak of the multipliers (registers only, best of
the same run, on the same threads). Checksums of all results agree.
`)
	for _, k := range kinds {
		for _, tier := range tiersOf(rep.Rows, k.kind) {
			for threads := 1; threads <= rep.Cores; threads++ {
				var rows []Row
				for _, r := range rep.Rows {
					if r.Kind == k.kind && r.Tier == tier && r.Threads == threads {
						rows = append(rows, r)
					}
				}
				if len(rows) > 0 {
					fmt.Fprintf(&s, "\n## %s: %s, %s, %s\n\n%s\n\n", k.title, tier, threadsText(threads), k.unit, k.note)
					writeTable(&s, rows)
				}
			}
		}
	}
	return s.String()
}

func threadsText(n int) string {
	if n == 1 {
		return "1 thread"
	}
	return fmt.Sprint(n, " threads")
}

func tiersOf(rows []Row, kind string) []string {
	var ts []string
	for _, r := range rows {
		if r.Kind == kind && !slices.Contains(ts, r.Tier) {
			ts = append(ts, r.Tier)
		}
	}
	return ts
}

// digits is a rate with a decimal, or two where there would be too few digits for a ratio.
func digits(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

// writeTable writes rows of one kind, tier and number of threads, and the geometric means of their ratios.
func writeTable(s *strings.Builder, rows []Row) {
	labels := rows[0].labels()
	fmt.Fprintf(s, "| shape | ours | %s | fastest rival | ratio | of peak | measured |\n|---|%s---|---|---|---|\n",
		strings.Join(labels, " | "), strings.Repeat("---|", 1+len(labels)))
	worst, slower := 0.0, 0
	logs := make([]float64, len(labels))
	for _, r := range rows {
		label, ratio := r.fastest()
		worst += math.Log(ratio)
		mark := ""
		if ratio < 1 {
			mark, slower = " **slower**", slower+1
		}
		fmt.Fprintf(s, "| %s | %s |", r.Shape, digits(r.rate(r.Seconds)))
		for i, l := range labels {
			fmt.Fprintf(s, " %s |", digits(r.rate(r.Rivals[l].Seconds)))
			logs[i] += math.Log(r.Rivals[l].Ratio)
		}
		fmt.Fprintf(s, " %s | %.2f%s | %s | %s |\n", label, ratio, mark, r.share(), r.Date)
	}
	n := float64(len(rows))
	s.WriteString("| **ratio, geometric mean** | |")
	for i := range labels {
		fmt.Fprintf(s, " %.2f |", math.Exp(logs[i]/n))
	}
	fmt.Fprintf(s, " | **%.2f**, %d of %d slower | | |\n", math.Exp(worst/n), slower, len(rows))
}
