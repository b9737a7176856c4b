package gan

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/data"
)

// pictures repeats the generator of testdata/parzen.py.
type pictures uint32

func (p *pictures) next() int {
	*p = *p*1664525 + 1013904223
	return int(*p >> 16)
}

func (p *pictures) draw(n, spread int) *data.Set {
	const size = 30
	s := &data.Set{N: n, H: 6, W: 5, C: 1, Images: make([]uint8, n*size)}
	for i := range n {
		kind := p.next() % 5
		for k := range size {
			base := (kind*37+k*11)%128 + 64
			s.Images[i*size+k] = uint8(base + p.next()%(2*spread+1) - spread)
		}
	}
	return s
}

// TestParzen compares the estimate with the one that numpy made from the definition.
func TestParzen(t *testing.T) {
	js, err := os.ReadFile("../testdata/parzen.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Seed          uint32  `json:"seed"`
		SpreadSamples int     `json:"spread_samples"`
		SpreadData    int     `json:"spread_data"`
		Sigma         float64 `json:"sigma"`
		LogLikelihood float64 `json:"log_likelihood"`
		StdErr        float64 `json:"std_err"`
	}
	if err := json.Unmarshal(js, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		p := pictures(c.Seed)
		samples := p.draw(200, c.SpreadSamples)
		valid, test := p.draw(120, c.SpreadData), p.draw(150, c.SpreadData)
		got, err := Parzen(samples.Images, valid, test, nil)
		if err != nil {
			t.Fatal(err)
		}
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-9*math.Abs(want) {
				t.Errorf("seed %d: %s %.12g, numpy says %.12g", c.Seed, what, got, want)
			}
		}
		near("sigma", got.Sigma, c.Sigma)
		near("log likelihood", got.LogLikelihood, c.LogLikelihood)
		near("standard error", got.StdErr, c.StdErr)
	}
	if _, err := Parzen(make([]uint8, 31), &data.Set{N: 1, H: 6, W: 5, C: 1}, &data.Set{N: 1, H: 6, W: 5, C: 1}, nil); err == nil {
		t.Error("samples of another size were taken")
	}
}
