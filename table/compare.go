package table

import (
	"math"
	"slices"
)

// Distance says how far the columns of a table are from those of another, and their dependences.
type Distance struct {
	Columns []ColumnDistance `json:"columns"`
	// Dependence is the mean difference of how two columns depend on each other, over all pairs: the correlation of numbers,
	// Cramer's V of categories, the correlation ratio of the one and the other. All lie in [-1, 1].
	Dependence float64 `json:"dependence"`
	// Unseen is the share of rows with two categories that no row of the other table has together.
	Unseen float64 `json:"unseen_pairs"`
}

// ColumnDistance says how far a column is.
type ColumnDistance struct {
	Name string `json:"name"`
	// Variation is the total variation distance of the categories, or the largest difference of the distribution functions
	// (Kolmogorov and Smirnov) of the numbers that are there.
	Variation   float64 `json:"variation"`
	Wasserstein float64 `json:"wasserstein,omitempty"` // of numbers, in standard deviations of the other table's
	Missing     float64 `json:"missing,omitempty"`     // difference of the shares that are missing
}

// Compare says how far a table is from a real one.
func Compare(made, real *Frame) Distance {
	var d Distance
	for i := range real.Schema.Columns {
		c := ColumnDistance{Name: real.Schema.Columns[i].Name}
		if real.Numbers[i] == nil {
			c.Variation = totalVariation(made.Categories[i], real.Categories[i], len(real.Schema.Columns[i].Categories))
		} else {
			a, b := present(made.Numbers[i]), present(real.Numbers[i])
			c.Missing = math.Abs(float64(len(a))/float64(made.N) - float64(len(b))/float64(real.N))
			c.Variation, c.Wasserstein = lineDistances(a, b)
		}
		d.Columns = append(d.Columns, c)
	}
	pairs := 0
	for i := range real.Schema.Columns {
		for j := range i {
			x, okX := real.Dependence(i, j)
			y, okY := made.Dependence(i, j)
			if okX && okY { // a constant depends on nothing
				d.Dependence += math.Abs(x - y)
				pairs++
			}
		}
	}
	d.Dependence /= float64(max(1, pairs))
	d.Unseen = made.unseen(real)
	return d
}

// Mean is the mean variation of the columns.
func (d *Distance) Mean() float64 {
	sum := 0.0
	for _, c := range d.Columns {
		sum += c.Variation
	}
	return sum / float64(len(d.Columns))
}

func totalVariation(a, b []int32, categories int) float64 {
	diff := make([]float64, categories)
	for _, k := range a {
		diff[k] += 1 / float64(len(a))
	}
	for _, k := range b {
		diff[k] -= 1 / float64(len(b))
	}
	sum := 0.0
	for _, d := range diff {
		sum += math.Abs(d)
	}
	return sum / 2
}

// present returns the numbers that are not missing, sorted.
func present(x []float64) []float64 {
	out := slices.DeleteFunc(slices.Clone(x), math.IsNaN)
	slices.Sort(out)
	return out
}

// lineDistances are those of Kolmogorov and Smirnov, and of Wasserstein in standard deviations of b, of sorted numbers.
func lineDistances(a, b []float64) (ks, w1 float64) {
	if len(a) == 0 || len(b) == 0 {
		if len(a) == len(b) {
			return 0, 0
		}
		return 1, 0
	}
	_, variance := moments(b)
	for i, j := 0, 0; i < len(a) || j < len(b); {
		at := math.Inf(1)
		if i < len(a) {
			at = a[i]
		}
		if j < len(b) {
			at = min(at, b[j])
		}
		for i < len(a) && a[i] == at {
			i++
		}
		for j < len(b) && b[j] == at {
			j++
		}
		gap := math.Abs(float64(i)/float64(len(a)) - float64(j)/float64(len(b)))
		ks = max(ks, gap)
		next := math.Inf(1)
		if i < len(a) {
			next = a[i]
		}
		if j < len(b) {
			next = min(next, b[j])
		}
		if gap > 0 { // else there may be no next
			w1 += gap * (next - at)
		}
	}
	if variance > 0 {
		w1 /= math.Sqrt(variance)
	}
	return ks, w1
}

// Dependence says how much two columns depend on each other; not ok where one is constant.
func (f *Frame) Dependence(i, j int) (v float64, ok bool) {
	switch {
	case f.Numbers[i] != nil && f.Numbers[j] != nil:
		return correlation(f.Numbers[i], f.Numbers[j])
	case f.Numbers[i] == nil && f.Numbers[j] == nil:
		return cramer(f.Categories[i], f.Categories[j], len(f.Schema.Columns[i].Categories), len(f.Schema.Columns[j].Categories))
	case f.Numbers[i] == nil:
		return ratio(f.Categories[i], f.Numbers[j], len(f.Schema.Columns[i].Categories))
	}
	return ratio(f.Categories[j], f.Numbers[i], len(f.Schema.Columns[j].Categories))
}

// correlation is Pearson's, of the rows that have both numbers.
func correlation(x, y []float64) (float64, bool) {
	var n, mx, my float64
	for i := range x {
		if x[i] == x[i] && y[i] == y[i] {
			n, mx, my = n+1, mx+x[i], my+y[i]
		}
	}
	mx, my = mx/n, my/n
	var xx, yy, xy float64
	for i := range x {
		if x[i] == x[i] && y[i] == y[i] {
			xx, yy, xy = xx+(x[i]-mx)*(x[i]-mx), yy+(y[i]-my)*(y[i]-my), xy+(x[i]-mx)*(y[i]-my)
		}
	}
	if !(xx > 0 && yy > 0) {
		return 0, false
	}
	return xy / math.Sqrt(xx*yy), true
}

// cramer is Cramer's V of two columns of categories.
func cramer(a, b []int32, na, nb int) (float64, bool) {
	joint, pa, pb := make([]float64, na*nb), make([]float64, na), make([]float64, nb)
	share := 1 / float64(len(a))
	for i := range a {
		joint[int(a[i])*nb+int(b[i])] += share
		pa[a[i]] += share
		pb[b[i]] += share
	}
	some := func(p []float64) (n int) {
		for _, v := range p {
			if v > 0 {
				n++
			}
		}
		return n
	}
	least := min(some(pa), some(pb)) - 1
	if least < 1 {
		return 0, false
	}
	chi := 0.0
	for i := range pa {
		for j := range pb {
			if e := pa[i] * pb[j]; e > 0 {
				d := joint[i*nb+j] - e
				chi += d * d / e
			}
		}
	}
	return math.Sqrt(chi / float64(least)), true
}

// ratio is the correlation ratio: the root of the share of the variance of x that lies between the categories.
func ratio(k []int32, x []float64, categories int) (float64, bool) {
	n, sum := make([]float64, categories), make([]float64, categories)
	var all, total float64
	for i, v := range x {
		if v == v {
			n[k[i]]++
			sum[k[i]] += v
			all++
			total += v
		}
	}
	mean := total / all
	var between, whole float64
	for i, v := range x {
		if v == v {
			whole += (v - mean) * (v - mean)
			d := sum[k[i]]/n[k[i]] - mean
			between += d * d
		}
	}
	if !(whole > 0) {
		return 0, false
	}
	return math.Sqrt(between / whole), true
}

// unseen is the share of rows that have two categories which never stand together in other.
func (f *Frame) unseen(other *Frame) float64 {
	bad := make([]bool, f.N)
	for i := range f.Categories {
		for j := range i {
			a, b := f.Categories[i], f.Categories[j]
			if a == nil || b == nil {
				continue
			}
			nb := len(f.Schema.Columns[j].Categories)
			seen := make([]bool, len(f.Schema.Columns[i].Categories)*nb)
			for r := range other.N {
				seen[int(other.Categories[i][r])*nb+int(other.Categories[j][r])] = true
			}
			for r := range a {
				bad[r] = bad[r] || !seen[int(a[r])*nb+int(b[r])]
			}
		}
	}
	n := 0
	for _, b := range bad {
		if b {
			n++
		}
	}
	return float64(n) / float64(max(1, f.N))
}

func squared(x, y []float64) (d float64) {
	for i, v := range x {
		d += (v - y[i]) * (v - y[i])
	}
	return d
}
