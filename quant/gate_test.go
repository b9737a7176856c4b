package quant

import (
	"math"
	"strings"
	"testing"
)

func TestGate(t *testing.T) {
	fid := func(float, int float64) Metric { return Metric{Name: "fid", Float: float, Int: int} }
	cas := func(float, int float64) Metric { return Metric{Name: "cas", Float: float, Int: int, Share: true} }
	for _, test := range []struct {
		psnr    float64
		metrics []Metric
		gate    Gate
		missed  []string
	}{
		{35, nil, DefaultGate, nil},
		{34.9, nil, DefaultGate, []string{"PSNR is 34.9 dB, the gate 35 dB"}},
		{math.NaN(), nil, DefaultGate, []string{"PSNR"}},
		{34.9, nil, Gate{}, nil},
		{40, []Metric{fid(10, 10.2), cas(0.98, 0.9781)}, DefaultGate, nil},
		{40, []Metric{fid(10, 9)}, DefaultGate, nil},
		{40, []Metric{fid(10, 10.21)}, DefaultGate, []string{"fid rises by 2.10 %, the gate is 2 %"}},
		{40, []Metric{fid(10, math.NaN())}, DefaultGate, []string{"fid"}},
		{40, []Metric{cas(0.98, 0.9779)}, DefaultGate, []string{"cas falls by 0.21 points, the gate is 0.2"}},
		{20, []Metric{fid(1, 2), cas(1, 0.5)}, DefaultGate, []string{"PSNR", "fid", "cas"}},
		{20, []Metric{fid(0, 0), fid(0, 1)}, Gate{Change: 1}, []string{"fid"}},
	} {
		got := test.gate.Missed(&Report{PSNR: test.psnr, Metrics: test.metrics})
		if len(got) != len(test.missed) {
			t.Errorf("%v dB, %v: missed %q, want %q", test.psnr, test.metrics, got, test.missed)
			continue
		}
		for i, want := range test.missed {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("missed %q, want %q", got[i], want)
			}
		}
	}
	if s := fid(10, 10.2).String(); s != "fid 10 of the float model, 10.2 of the integer one (+2.00 %)" {
		t.Error(s)
	}
	if s := cas(0.98, 0.97).String(); s != "cas 98.00 % of the float model, 97.00 % of the integer one (-1.00 points)" {
		t.Error(s)
	}
}
