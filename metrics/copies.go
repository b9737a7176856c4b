package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/kernels"
)

// CopiesResult says how much nearer pictures lie to those of a training set than to ones that it does not hold.
type CopiesResult struct {
	// TrainNearer is the share of pictures whose nearest is a training picture and not an unseen one.
	TrainNearer float64 `json:"train_nearer"`
	// Copies is the share of pictures that are nearer to the training set, against their distance to the unseen pictures,
	// than all but one in a thousand of the pictures that were held out: 0.001 where nothing is copied.
	Copies float64 `json:"copies"`
}

// heldShare is the share of held pictures below which a ratio of distances makes a copy.
const heldShare = 0.001

// Copies is the nearest-neighbour memorisation test, on pixels: each picture's distance to the nearest training picture,
// over that to the nearest picture of unseen, which the generator cannot have copied. Where a picture is as close to a
// training picture as chance allows, the ratio is that of real pictures that were held out, whose figures are the floor;
// that a generator draws typical pictures, which lie close to all, leaves the ratio alone. Pictures are size bytes each;
// distances are exact integers.
func Copies(samples, held, train, unseen []uint8, size int, pool *kernels.Pool) (ours, floor CopiesResult, err error) {
	for _, set := range [][]uint8{samples, held, train, unseen} {
		if size < 1 || size > kernels.MaxKU8 || len(set) == 0 || len(set)%size != 0 {
			return ours, floor, fmt.Errorf("metrics: copies: %d bytes are no pictures of %d", len(set), size)
		}
	}
	ratios := func(pictures []uint8) []float64 {
		toTrain, toUnseen := nearestPicture(pictures, train, size, pool), nearestPicture(pictures, unseen, size, pool)
		r := make([]float64, len(toTrain))
		for i := range r {
			if r[i] = 1; toTrain[i] != toUnseen[i] { // where both are 0 there is no ratio
				r[i] = float64(toTrain[i]) / float64(toUnseen[i])
			}
		}
		return r
	}
	mine, real := ratios(samples), ratios(held)
	sorted := slices.Sorted(slices.Values(real))
	bound := sorted[int(heldShare*float64(len(sorted)))]
	below := func(ratios []float64, bound float64) float64 {
		return share(len(ratios), func(i int) bool { return ratios[i] < bound })
	}
	return CopiesResult{below(mine, 1), below(mine, bound)}, CopiesResult{below(real, 1), below(real, bound)}, nil
}

// nearestPicture returns the squared distance of every picture to its nearest in a set.
func nearestPicture(pictures, set []uint8, size int, pool *kernels.Pool) []int64 {
	const rows, columns = 64, 8192
	n, m := len(pictures)/size, len(set)/size
	least := make([]int64, n)
	for i := range least {
		least[i] = math.MaxInt64
	}
	dots := make([]int32, rows*min(columns, m))
	for lo := 0; lo < m; lo += columns {
		packed, sq := packPictures(set[lo*size:min(lo+columns, m)*size], size)
		g := &kernels.GemmU8{N: len(sq), K: size, Lda: size, B: packed, C32: dots, Ldc: len(sq)}
		for first := 0; first < n; first += rows {
			g.M = min(rows, n-first)
			g.A = pictures[first*size : (first+g.M)*size]
			g.Run(pool)
			pool.Run(g.M, task(func(row int) {
				var sum, self int64
				for _, v := range g.A[row*size:][:size] {
					sum += int64(v)
					self += int64(v) * int64(v)
				}
				for j, dot := range dots[row*g.Ldc:][:g.Ldc] {
					least[first+row] = min(least[first+row], self+sq[j]-2*(int64(dot)+128*sum))
				}
			}))
		}
	}
	return least
}

// packPictures lays pictures out for integer products, less 128 so that bytes become signed, and returns their squared
// lengths.
func packPictures(set []uint8, size int) (*kernels.PackedS8, []int64) {
	n := len(set) / size
	b, sq := make([]int8, len(set)), make([]int64, n) // b is [size, n]
	for i := range n {
		for k, v := range set[i*size:][:size] {
			b[k*n+i] = int8(int(v) - 128)
			sq[i] += int64(v) * int64(v)
		}
	}
	return kernels.PackS8(size, n, b, n), sq
}
