package table

import (
	"fmt"
	"math"
)

// features turn rows into vectors: numbers in standard deviations of the table that they were made for, with a 1 where one is
// missing, and indicators of categories over the root of two, so that two different ones are at a distance of 1.
type features struct {
	s         *Schema
	leave     int // a column that is left out, or -1
	mean, std []float64
	dim       int
}

func newFeatures(f *Frame, leave int) *features {
	t := &features{s: f.Schema, leave: leave, mean: make([]float64, len(f.Numbers)), std: make([]float64, len(f.Numbers))}
	for i := range f.Schema.Columns {
		switch {
		case i == leave:
		case f.Numbers[i] == nil:
			t.dim += len(f.Schema.Columns[i].Categories)
		default:
			mean, variance := 0.0, 0.0
			if x := present(f.Numbers[i]); len(x) > 0 {
				mean, variance = moments(x)
			}
			t.mean[i], t.std[i] = mean, math.Sqrt(variance)
			if variance == 0 {
				t.std[i] = 1
			}
			t.dim += 2
		}
	}
	return t
}

// rows returns the vectors of the first rows.
func (t *features) rows(f *Frame, most int) [][]float64 {
	out := make([][]float64, min(f.N, most))
	for r := range out {
		v := make([]float64, 0, t.dim)
		for i := range f.Schema.Columns {
			switch {
			case i == t.leave:
			case f.Numbers[i] == nil:
				at := len(v) + int(f.Categories[i][r])
				v = v[:len(v)+len(f.Schema.Columns[i].Categories)]
				v[at] = math.Sqrt2 / 2
			default:
				x, gone := (f.Numbers[i][r]-t.mean[i])/t.std[i], 0.0
				if x != x {
					x, gone = 0, 1
				}
				v = append(v, x, gone)
			}
		}
		out[r] = v
	}
	return out
}

// Vectors turns the first rows of a frame into vectors of dim numbers, one after the other: numbers in standard deviations of a
// real table's, and indicators of categories.
func Vectors(f, real *Frame, most int) (x []float64, dim int) {
	t := newFeatures(real, -1)
	for _, v := range t.rows(f, most) {
		x = append(x, v...)
	}
	return x, t.dim
}

// Target returns the index of the column of that name, which must have several categories; with no name that of the last such
// column, or -1.
func (s *Schema) Target(name string) (int, error) {
	found := -1
	for i := range s.Columns {
		several := len(s.Columns[i].Categories) > 1
		if several && (name == "" || s.Columns[i].Name == name) {
			found = i
		} else if name != "" && s.Columns[i].Name == name {
			return 0, fmt.Errorf("column %q has no categories to be predicted", name)
		}
	}
	if name != "" && found < 0 {
		return 0, fmt.Errorf("no column is called %q", name)
	}
	return found, nil
}

// Predict trains multinomial logistic regression to tell a column of train from the others, and returns the share of rows of
// test that it is right about.
func Predict(train, test *Frame, target int) float64 {
	fit := newFeatures(train, target)
	k := len(train.Schema.Columns[target].Categories)
	x, y := fit.rows(train, train.N), train.Categories[target]
	w := logistic(x, y, k)
	right := 0
	logits := make([]float64, k)
	for i, v := range fit.rows(test, test.N) {
		scores(logits, w, v)
		best := 0
		for j, l := range logits {
			if l > logits[best] {
				best = j
			}
		}
		if int32(best) == test.Categories[target][i] {
			right++
		}
	}
	return float64(right) / float64(test.N)
}

// Majority is the share of the most frequent category of a column.
func (f *Frame) Majority(column int) float64 {
	n, most := make([]int, len(f.Schema.Columns[column].Categories)), 0
	for _, k := range f.Categories[column] {
		n[k]++
		most = max(most, n[k])
	}
	return float64(most) / float64(f.N)
}

// scores sets logits to w times v, whose last weight is that of a 1.
func scores(logits []float64, w [][]float64, v []float64) {
	for j := range logits {
		s := w[j][len(v)]
		for i, x := range v {
			s += w[j][i] * x
		}
		logits[j] = s
	}
}

// logistic fits the weights [k][dim+1] by accelerated gradient descent (Nesterov 1983) on the cross entropy with a slight
// penalty on their squares.
func logistic(x [][]float64, y []int32, k int) [][]float64 {
	const steps, penalty = 200, 1e-4
	n, dim := float64(len(x)), len(x[0])+1
	// The Hessian is at most half the mean squared length of a row.
	slope := penalty
	for _, v := range x {
		slope += (1 + squared(v, make([]float64, len(v)))) / (2 * n)
	}
	matrix := func() [][]float64 {
		m := make([][]float64, k)
		for j := range m {
			m[j] = make([]float64, dim)
		}
		return m
	}
	w, ahead, grad := matrix(), matrix(), matrix()
	p := make([]float64, k)
	for step := range steps {
		for j := range grad {
			for i := range grad[j] {
				grad[j][i] = penalty * ahead[j][i]
			}
		}
		for r, v := range x {
			scores(p, ahead, v)
			softmax(p)
			p[y[r]]--
			for j, e := range p {
				e /= n
				for i, xi := range v {
					grad[j][i] += e * xi
				}
				grad[j][dim-1] += e
			}
		}
		momentum := float64(step) / float64(step+3)
		for j := range w {
			for i := range w[j] {
				next := ahead[j][i] - grad[j][i]/slope
				ahead[j][i] = next + momentum*(next-w[j][i])
				w[j][i] = next
			}
		}
	}
	return w
}

func softmax(p []float64) {
	most := p[0]
	for _, v := range p {
		most = max(most, v)
	}
	sum := 0.0
	for j, v := range p {
		p[j] = math.Exp(v - most)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
}
