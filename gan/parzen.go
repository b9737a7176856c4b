package gan

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/kernels"
)

// ParzenResult is a Parzen window estimate: the mean log likelihood of test pictures, in nats, under isotropic Gaussians
// around samples, pixels in [0, 1].
type ParzenResult struct {
	LogLikelihood float64 `json:"log_likelihood"`
	StdErr        float64 `json:"std_err"` // standard deviation over the test pictures / sqrt(their number)
	Sigma         float64 `json:"sigma"`   // chosen on the validation pictures
	Samples       int     `json:"samples"`
	Test          int     `json:"test"`
}

// Parzen makes the estimate of the paper (its parzen_ll.py): sigma is that of ten, from 0.1 to 1 in even steps of their
// logarithm, with the highest mean log likelihood on valid; the figure is that of test. Distances are exact integers.
// The number flatters averaged pictures and says nothing of sharp ones: set that of real pictures beside it.
func Parzen(samples []uint8, valid, test *data.Set, pool *kernels.Pool) (ParzenResult, error) {
	dim := test.Size()
	if len(samples) == 0 || len(samples)%dim != 0 || valid.Size() != dim {
		return ParzenResult{}, fmt.Errorf("gan: parzen: samples and test pictures differ in size, or there are none")
	}
	p := newParzen(samples, dim, pool)
	best, sigma := math.Inf(-1), 0.0
	ll := make([][]float64, 10)
	sigmas := make([]float64, 10)
	for i := range sigmas {
		sigmas[i] = math.Pow(10, -1+float64(i)/9)
	}
	p.logLikelihoods(valid, sigmas, ll)
	for i, l := range ll {
		if m, _ := meanStd(l); m > best {
			best, sigma = m, sigmas[i]
		}
	}
	p.logLikelihoods(test, []float64{sigma}, ll[:1])
	m, std := meanStd(ll[0])
	return ParzenResult{m, std / math.Sqrt(float64(test.N)), sigma, len(samples) / dim, test.N}, nil
}

// parzen holds the samples, packed for integer products with batches of pictures.
type parzen struct {
	n, dim int
	packed *kernels.PackedS8
	sq     []int64 // squared norms
	pool   *kernels.Pool
}

func newParzen(samples []uint8, dim int, pool *kernels.Pool) *parzen {
	n := len(samples) / dim
	p := &parzen{n: n, dim: dim, sq: make([]int64, n), pool: pool}
	b := make([]int8, dim*n) // [dim, n], less 128 so that bytes become signed
	for i := range n {
		for k, v := range samples[i*dim:][:dim] {
			b[k*n+i] = int8(int(v) - 128)
			p.sq[i] += int64(v) * int64(v)
		}
	}
	p.packed = kernels.PackS8(dim, n, b, n)
	return p
}

// logLikelihoods sets ll[i] to the log likelihoods of the pictures of set with sigmas[i].
func (p *parzen) logLikelihoods(set *data.Set, sigmas []float64, ll [][]float64) {
	const rows = 100
	for i := range sigmas {
		ll[i] = make([]float64, set.N)
	}
	g := &kernels.GemmU8{N: p.n, K: p.dim, Lda: p.dim, B: p.packed, C32: make([]int32, rows*p.n), Ldc: p.n}
	t := &likelihoodTask{p: p, set: set, sigmas: sigmas, ll: ll}
	for i := 0; i < set.N; i += rows {
		g.M = min(rows, set.N-i)
		g.A = set.Images[i*p.dim : (i+g.M)*p.dim]
		g.Run(p.pool)
		t.first, t.dots = i, g.C32
		p.pool.Run(g.M, t)
	}
}

// likelihoodTask turns rows of inner products into log likelihoods. It implements kernels.Task.
type likelihoodTask struct {
	p      *parzen
	set    *data.Set
	sigmas []float64
	ll     [][]float64
	first  int
	dots   []int32
}

func (t *likelihoodTask) Do(row int) {
	x := t.set.Image(t.first + row)
	var sum, sq int64
	for _, v := range x {
		sum += int64(v)
		sq += int64(v) * int64(v)
	}
	d := make([]float64, t.p.n)
	least := math.Inf(1)
	for i, dot := range t.dots[row*t.p.n:][:t.p.n] {
		d[i] = float64(sq+t.p.sq[i]-2*(int64(dot)+128*sum)) / (255 * 255)
		least = math.Min(least, d[i])
	}
	for k, sigma := range t.sigmas {
		f := -1 / (2 * sigma * sigma)
		total := 0.0
		for _, v := range d {
			if e := (v - least) * f; e > -40 {
				total += math.Exp(e)
			}
		}
		t.ll[k][t.first+row] = least*f + math.Log(total/float64(t.p.n)) -
			float64(t.p.dim)*math.Log(sigma*math.Sqrt(2*math.Pi))
	}
}

func meanStd(x []float64) (mean, std float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		std += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(std)
}
