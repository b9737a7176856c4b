package gan

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
)

// torchCase is a case of testdata/torch_step.py: two steps of a small game, computed by PyTorch in float64.
type torchCase struct {
	Name    string               `json:"name"`
	Seed    uint64               `json:"seed"`
	Pixels  int                  `json:"pixels"`
	Preset  Preset               `json:"preset"`
	Weights map[string][]float32 `json:"weights"`
	Batches [][]int              `json:"batches"`
	Losses  [][2]float64         `json:"losses"`
	After   map[string][]float64 `json:"after"`
}

// TestTorch checks losses, weights, averages and the optimizers' state, and so all gradients, the second-order ones of
// R1 and R2 with them.
func TestTorch(t *testing.T) {
	js, err := os.ReadFile("../testdata/torch_step.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []torchCase
	if err := json.Unmarshal(js, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.run(t) })
	}
}

func (c *torchCase) run(t *testing.T) {
	if err := c.Preset.Check(); err != nil {
		t.Fatal(err)
	}
	g, err := newGame(&c.Preset, [3]int{1, 1, c.Pixels}, nil, make([]float64, c.Pixels), c.Seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range g.st.Names() {
		w := c.Weights[strings.TrimSuffix(name, emaSuffix)]
		if g.st.Get(name).DType == graph.F32 && w != nil {
			copy(g.st.Get(name).F32(), w)
		}
	}
	for i, want := range c.Losses {
		g.run(uint64(len(c.Losses)), func(dst, _ []uint8, i uint64) {
			for j, v := range c.Batches[i] {
				dst[j] = uint8(v)
			}
		})
		for j, w := range want {
			if got := float64(g.metrics[j]); math.Abs(got-w) > 1e-5*math.Abs(w) {
				t.Errorf("step %d: %s %v, want %v", i, metricNames[j], got, w)
			}
		}
	}
	for name, want := range c.After {
		tensor := g.st.Get(name)
		if tensor == nil {
			t.Errorf("no tensor %s", name)
			continue
		}
		got := tensor.F32()
		if len(got) != len(want) {
			t.Errorf("%s: %d numbers, want %d", name, len(got), len(want))
			continue
		}
		// Relative to the tensor's largest number: single ones may be sums that cancel.
		var largest float64
		for _, w := range want {
			largest = max(largest, math.Abs(w))
		}
		for i, w := range want {
			if d := math.Abs(float64(got[i]) - w); !(d <= 1e-5*largest+1e-8) {
				t.Errorf("%s[%d] = %v, want %v", name, i, got[i], w)
				break
			}
		}
	}
}
