package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/quant"
)

// TestWriteQuantization: the page says what the report says, holds three sheets and needs no network.
func TestWriteQuantization(t *testing.T) {
	const size = 4 * 4 * 2
	r := &quant.Report{PSNR: 31.24, Worst: 20.5, Seeds: 20, Range: quant.RangeCube, Pairs: 3, Kept: []string{"G.0.weight"},
		FloatBytes: 4096, IntBytes: 1024, FloatPictures: make([]byte, 20*size), IntPictures: make([]byte, 20*size),
		Layers: []quant.LayerReport{{Name: "G.1.weight", Op: "Dot", K: 16, N: 8, SNR: 30.1, Cosine: 0.9991, Bits: 20.5},
			{Name: "Add 7", Op: "Add", SNR: 28}},
		Metrics: []quant.Metric{{Name: "fid", Float: 10, Int: 11}},
		Costs:   []quant.Sensitivity{{Layer: "G.1.weight", Only: 30, Except: 50}, {Layer: "Add 7", Only: 40, Except: 31}}}
	r.IntPictures[17*size] = 200 // the worst
	path := filepath.Join(t.TempDir(), "r.html")
	q := &Quantization{Name: "<model>", Image: [3]int{4, 4, 2}, Report: r, Missed: []string{"PSNR is low"}}
	if err := WriteQuantization(path, q); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, want := range []string{"&lt;model&gt; in 8 bits", "The gate is missed.</b> PSNR is low.", "31.2 dB", "20.5 dB", "G.0.weight is left in f32",
		"<td>10.5", "the worst of the others: 17, ", "91 %", "weights 1 KiB, were 4 KiB", "3 pairs of layers", "fid 10 of the float model"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, "data:image/png;base64,"); n != 3 {
		t.Errorf("%d sheets, want 3", n)
	}
	if strings.Contains(page, "http") || strings.Contains(page, "<script") {
		t.Error("the page wants more than itself")
	}
	q.Missed = nil
	if err := WriteQuantization(path, q); err != nil {
		t.Fatal(err)
	}
	if b, _ = os.ReadFile(path); !strings.Contains(string(b), "The gate is passed") {
		t.Error("the page does not say that the gate is passed")
	}
	r.IntPictures = r.IntPictures[1:]
	if err := WriteQuantization(path, q); err == nil {
		t.Error("pictures that do not fit")
	}
}
