package table

import (
	"math"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

const (
	atomShare   = 0.05 // of the rows: a value that so many have is a mode of its own
	leastWeight = 0.005
	leastStd    = 1e-3 // of a mode, in standard deviations of the column
	fitSteps    = 60
)

// modes finds the bumps of a distribution, at most most of them, from values, which it sorts. Values that many rows have, as
// 0 often is, are modes without width; to the others a mixture of Gaussians is fitted.
//
// Every operation is the same on every machine: products are rounded, and logarithms and exponentials are those of kernels.
func modes(x []float64, most int) []Mode {
	slices.Sort(x)
	var found []Mode
	rest := make([]float64, 0, len(x))
	for i := 0; i < len(x); {
		j := i
		for j < len(x) && x[j] == x[i] {
			j++
		}
		if share := float64(j-i) / float64(len(x)); share >= atomShare {
			found = append(found, Mode{Mean: x[i], Weight: share})
		} else {
			rest = append(rest, x[i:j]...)
		}
		i = j
	}
	// The most frequent ones, and room for one of the others.
	slices.SortStableFunc(found, func(a, b Mode) int {
		switch {
		case a.Weight > b.Weight:
			return -1
		case a.Weight < b.Weight:
			return 1
		}
		return 0
	})
	if len(rest) > 0 && len(found) >= most || len(found) > most {
		for _, m := range found[most-1:] {
			for range int(math.Round(m.Weight * float64(len(x)))) {
				rest = append(rest, m.Mean)
			}
		}
		found = found[:most-1]
		slices.Sort(rest)
	}
	if len(rest) > 0 {
		for _, m := range mixture(rest, most-len(found)) {
			m.Weight *= float64(len(rest)) / float64(len(x))
			found = append(found, m)
		}
	}
	return found
}

// mixture fits a mixture of at most k Gaussians to sorted values: to k of them by expectation and maximization, then, again and
// again, to one less, the two merged that lose least by it (Runnalls 2007). Of all these the one that the Bayesian information
// criterion prefers is taken, less what weighs next to nothing. Their standard deviations are positive, unless all values are the
// same.
func mixture(x []float64, k int) []Mode {
	mean, variance := moments(x)
	std := math.Sqrt(variance)
	if x[0] == x[len(x)-1] || std == 0 {
		return []Mode{{Mean: x[0], Weight: 1}}
	}
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = (v - mean) / std
	}
	n := float64(len(x))
	var best []Mode
	least := math.Inf(1)
	for m := start(z, min(k, len(x))); ; m = merged(m) {
		surprise, before := math.Inf(1), 0.0
		for range fitSteps {
			before, surprise = surprise, step(m, z)
			if before-surprise < 3e-5*n {
				break
			}
		}
		if bic := surprise + float64(float64(3*len(m)-1)*0.5*log(n)); bic < least {
			least, best = bic, slices.Clone(m)
		}
		if len(m) == 1 {
			break
		}
	}
	var out []Mode
	for _, m := range best {
		if m.Weight >= leastWeight {
			out = append(out, Mode{Mean: mean + float64(std*m.Mean), Std: std * m.Std, Weight: m.Weight})
		}
	}
	return out
}

func moments(x []float64) (mean, variance float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		variance += float64((v-mean)*(v-mean)) / n
	}
	return mean, variance
}

// start cuts sorted values into k runs of about the same length, whose bounds it moves a few times to the middle between their
// means.
func start(z []float64, k int) []Mode {
	bounds := make([]int, k+1)
	for j := range bounds {
		bounds[j] = j * len(z) / k
	}
	m := make([]Mode, k)
	for round := range 10 {
		for j := range m {
			if run := z[bounds[j]:max(bounds[j], bounds[j+1])]; len(run) > 0 {
				mean, variance := moments(run)
				m[j] = Mode{mean, max(leastStd, math.Sqrt(variance)), float64(len(run)) / float64(len(z))}
			} else {
				m[j].Weight = 0
			}
		}
		for j := 1; j < k && round < 9; j++ {
			bounds[j], _ = slices.BinarySearch(z, (m[j-1].Mean+m[j].Mean)/2)
		}
	}
	return slices.DeleteFunc(m, func(m Mode) bool { return m.Weight == 0 })
}

// merged puts the two modes together whose merging changes the mixture least.
func merged(m []Mode) []Mode {
	both := func(a, b Mode) Mode {
		w := a.Weight + b.Weight
		p, d := a.Weight/w, a.Mean-b.Mean
		variance := float64(p*float64(a.Std*a.Std)) + float64((1-p)*float64(b.Std*b.Std)) + float64(p*(1-p)*float64(d*d))
		return Mode{float64(p*a.Mean) + float64((1-p)*b.Mean), math.Sqrt(variance), w}
	}
	size := func(a Mode) float64 { return float64(a.Weight * log(a.Std)) }
	x, y, least := 0, 1, math.Inf(1)
	for i := range m {
		for j := range i {
			if cost := size(both(m[i], m[j])) - size(m[i]) - size(m[j]); cost < least {
				x, y, least = j, i, cost
			}
		}
	}
	out := slices.Clone(m)
	out[x] = both(m[x], m[y])
	return slices.Delete(out, y, y+1)
}

const fitBlock = 256

// step changes the modes by one step of expectation and maximization. It returns minus the logarithm of the likelihood before
// it.
func step(m []Mode, z []float64) (surprise float64) {
	k := len(m)
	base, rate := make([]float64, k), make([]float64, k)
	count, sum, squares := make([]float64, k), make([]float64, k), make([]float64, k)
	for j, c := range m {
		base[j] = log(max(c.Weight, 1e-30)) - log(c.Std)
		rate[j] = 0.5 / float64(c.Std*c.Std)
	}
	logs, most := make([]float64, k), make([]float64, fitBlock)
	scores, total := make([]float32, k*fitBlock), make([]float32, fitBlock)
	for lo := 0; lo < len(z); lo += fitBlock {
		block := z[lo:min(lo+fitBlock, len(z))]
		scores, total := scores[:k*len(block)], total[:len(block)]
		for i, v := range block {
			most[i] = math.Inf(-1)
			for j := range m {
				d := v - m[j].Mean
				logs[j] = base[j] - float64(rate[j]*float64(d*d))
				most[i] = max(most[i], logs[j])
			}
			for j, l := range logs {
				scores[i*k+j] = float32(l - most[i])
			}
		}
		kernels.Exp(scores, scores)
		for i, v := range block {
			all := float64(0)
			for _, s := range scores[i*k:][:k] {
				all += float64(s)
			}
			total[i] = float32(all)
			for j, s := range scores[i*k:][:k] {
				r := float64(s) / all
				count[j] += r
				sum[j] += float64(r * v)
				squares[j] += float64(r * float64(v*v))
			}
		}
		kernels.Log(total, total)
		for i, l := range total {
			surprise -= most[i] + float64(l)
		}
	}
	for j := range m {
		if n := count[j]; n > 1e-9 {
			mean := sum[j] / n
			variance := squares[j]/n - float64(mean*mean)
			m[j] = Mode{mean, max(leastStd, math.Sqrt(max(0, variance))), n / float64(len(z))}
		} else {
			m[j].Weight = 0
		}
	}
	return surprise
}

// log is the natural logarithm, to single precision and the same on every machine.
func log(x float64) float64 {
	v := []float32{float32(x)}
	kernels.Log(v, v)
	return float64(v[0])
}
