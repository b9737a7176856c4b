package quant

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
)

// Range is a rule that chooses the range of an activation's 256 levels from what a calibration saw of it: a wide one
// rounds coarsely, a narrow one cuts off what is rare.
type Range string

// The rules.
const (
	// RangeCube makes the mean cube of the error behind the layer's function smallest. (The mean square clips so much that
	// single pictures suffer: the worst of 256 digits was 6 dB worse, their mean no better.)
	RangeCube Range = "cube"
	// RangeMSE makes its mean square smallest (Banner et al. 2019 solve it for the distributions of Gauss and Laplace).
	RangeMSE Range = "mse"
	// RangeMinMax cuts off nothing.
	RangeMinMax Range = "minmax"
	// RangePercentile cuts off the outermost 1/10000 on either side.
	RangePercentile Range = "percentile"
	// RangeKL makes the Kullback-Leibler divergence of the rounded distribution from the clipped one smallest (Migacz 2017).
	RangeKL Range = "kl"
)

// RangeLearned is no rule: the layers of the model have the ranges that quantization-aware training found.
const RangeLearned Range = "learned"

var ranges = []Range{RangeCube, RangeMSE, RangeMinMax, RangePercentile, RangeKL}

// ParseRange returns the rule of that name; "" is the default, RangeCube.
func ParseRange(name string) (Range, error) {
	if name == "" {
		return ranges[0], nil
	}
	if r := Range(name); slices.Contains(ranges, r) {
		return r, nil
	}
	var names []string
	for _, r := range ranges {
		names = append(names, string(r))
	}
	return "", fmt.Errorf("a range is %q, want one of %s", name, strings.Join(names, ", "))
}

// cutShare is what RangePercentile cuts off at either end.
const cutShare = 1e-4

// choose returns the grid for numbers x distributed as h, on their way through f to levels(rounded x); both functions map
// numbers in place. With positive set what is below 0 becomes 0 and the lower end is 0. Every machine chooses alike: no
// product is fused, and no function is the machine's own.
func (r Range) choose(h *histogram, positive bool, f, levels func(x []float64)) grid {
	switch r {
	case RangeMinMax:
		return h.grid(1, 1, positive)
	case RangePercentile:
		lo, hi := h.quantile(cutShare), h.quantile(1-cutShare)
		if positive {
			lo = 0
		}
		return makeGrid(lo, hi)
	case RangeKL:
		h = h.withoutZero(positive)
		return h.search(positive, h.divergence)
	}
	want := make([]float64, len(h.count))
	for i := range want {
		want[i] = h.center(i)
	}
	f(want)
	got := make([]float64, 256)
	return h.search(positive, func(g grid) float64 {
		for q := range got {
			got[q] = g.value(uint8(q))
		}
		levels(got)
		loss := 0.0
		for i, c := range h.count {
			if c > 0 {
				d := got[g.quantize(h.center(i))] - want[i]
				square := float64(d * d)
				if r == RangeCube {
					square = float64(square * math.Abs(d))
				}
				loss += float64(c * square)
			}
		}
		return loss
	})
}

// grid is an affine set of 256 numbers: scale*(q - zero).
type grid struct {
	scale float64
	zero  int32
}

// makeGrid returns the grid over [lo, hi] and 0.
func makeGrid(lo, hi float64) grid {
	lo, hi = min(lo, 0), max(hi, 0)
	if hi-lo < 1e-30 {
		hi = 1
	}
	s := (hi - lo) / 255
	return grid{s, int32(max(0, min(math.RoundToEven(-lo/s), 255)))}
}

func (g grid) value(q uint8) float64 { return g.scale * float64(int32(q)-g.zero) }

func (g grid) quantize(x float64) uint8 {
	return uint8(max(0, min(math.RoundToEven(x/g.scale)+float64(g.zero), 255)))
}

// histogram counts numbers in bins of equal width.
type histogram struct {
	lo, hi float64
	count  [2048]float64
}

func newHistogram(xs []float32) *histogram {
	h := &histogram{lo: float64(slices.Min(xs)), hi: float64(slices.Max(xs))}
	h.add(xs)
	return h
}

// add counts numbers between lo and hi.
func (h *histogram) add(xs []float32) {
	for _, x := range xs {
		h.count[h.bin(float64(x))]++
	}
}

func (h *histogram) bin(x float64) int {
	if h.hi == h.lo {
		return 0
	}
	return max(0, min(int((x-h.lo)/(h.hi-h.lo)*float64(len(h.count))), len(h.count)-1))
}

// edge returns the lower end of bin i.
func (h *histogram) edge(i float64) float64 {
	return h.lo + float64((h.hi-h.lo)*i)/float64(len(h.count))
}

// center returns the middle of bin i.
func (h *histogram) center(i int) float64 { return h.edge(float64(i) + 0.5) }

// grid is the one over shares of what lies below and above 0.
func (h *histogram) grid(below, above float64, positive bool) grid {
	lo, hi := h.lo*below, h.hi*above
	if positive {
		lo = 0
	}
	return makeGrid(lo, hi)
}

// quantile returns the number that a share p of all lies below.
func (h *histogram) quantile(p float64) float64 {
	total := 0.0
	for _, c := range h.count {
		total += c
	}
	below := 0.0
	for i, c := range h.count {
		if c > 0 && below+c >= float64(p*total) {
			return h.edge(float64(i) + (float64(p*total)-below)/c)
		}
		below += c
	}
	return h.hi
}

// withoutZero is the histogram, or its part above 0, without the numbers that are 0, as far as it can tell: 0 is a level of
// every grid. If that leaves nothing it is the whole.
func (h *histogram) withoutZero(positive bool) *histogram {
	p := *h
	if positive && h.lo < 0 && h.hi > 0 {
		p = histogram{hi: h.hi}
		for i, c := range h.count {
			if x := h.center(i); x > 0 {
				p.count[p.bin(x)] += c
			}
		}
	} else if h.lo <= 0 && h.hi >= 0 {
		p.count[h.bin(0)] = 0
	}
	for _, c := range p.count {
		if c > 0 {
			return &p
		}
	}
	return h
}

// search returns the grid of the least loss among those whose ends are shares of what was seen: first in steps of 1/24,
// then around the best in steps of 1/120. Of equals it takes the widest.
func (h *histogram) search(positive bool, loss func(g grid) float64) grid {
	const coarse, fine = 24, 5
	best, least := grid{}, math.Inf(1)
	var bestLo, bestHi int
	try := func(lo, hi int) {
		if lo < 1 || hi < 1 || lo > coarse*fine || hi > coarse*fine {
			return
		}
		g := h.grid(float64(lo)/(coarse*fine), float64(hi)/(coarse*fine), positive)
		if l := loss(g); l < least {
			best, least, bestLo, bestHi = g, l, lo, hi
		}
	}
	// An end on the other side of 0 is no end: one try stands for all.
	oneLo, oneHi := positive || h.lo >= 0, h.hi <= 0
	for lo := coarse; lo > 0 && !(oneLo && lo < coarse); lo-- {
		for hi := coarse; hi > 0 && !(oneHi && hi < coarse); hi-- {
			try(lo*fine, hi*fine)
		}
	}
	midLo, midHi := bestLo, bestHi
	for lo := fine - 1; lo > -fine; lo-- {
		for hi := fine - 1; hi > -fine; hi-- {
			if !(oneLo && lo != 0) && !(oneHi && hi != 0) {
				try(midLo+lo, midHi+hi)
			}
		}
	}
	return best
}

// divergence is that of the distribution rounded to g, of which every level is spread evenly over its bins that hold
// something, from the distribution whose ends g cuts off and puts into its outermost bins.
func (h *histogram) divergence(g grid) float64 {
	const empty = 1e-4 // what an outermost bin counts that holds nothing but what was cut off
	first, last := h.bin(g.value(0)), h.bin(g.value(255))
	level := func(i int) uint8 { return g.quantize(h.center(i)) }
	var levels, held [256]float64
	clipped := h.count
	total, inside := 0.0, 0.0
	for i, c := range h.count {
		total += c
		if to := max(first, min(i, last)); to != i {
			clipped[i] = 0
			clipped[to] += c
		} else if c > 0 {
			inside += c
			levels[level(i)] += c
			held[level(i)]++
		}
	}
	if inside == 0 {
		return math.Inf(1)
	}
	var p, ratio []float32
	for i, c := range clipped {
		if c == 0 {
			continue
		}
		q := empty
		if h.count[i] > 0 {
			q = levels[level(i)] / held[level(i)]
		}
		p = append(p, float32(c/total))
		ratio = append(ratio, float32(c/total/(q/inside)))
	}
	kernels.Log(ratio, ratio)
	sum := 0.0
	for i, v := range p {
		sum += float64(float64(v) * float64(ratio[i]))
	}
	return sum
}
