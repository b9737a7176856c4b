package kernels

import (
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
)

// Known answers of the Random123 distribution, for keys and counters that our layout can express, and the zero block.
func TestPhilox(t *testing.T) {
	if got, want := philox(0, 0, 0), [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}; got != want {
		t.Errorf("philox(0, 0, 0) = %x, want %x", got, want)
	}
}

func TestUint32s(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, seed := range []uint64{0, 1, 0xdeadbeefcafef00d} {
			for _, index := range []uint64{0, 1, 3, 4, 17, 4*(1<<32) - 70, 1<<40 + 2} {
				for _, n := range []int{0, 1, 3, 4, 31, 32, 33, 64, 100, 128, 160, 255, 1024, 1500} {
					dst := guard.End[uint32](t, n)
					Uint32s(dst, seed, 9, index)
					for i, u := range dst {
						at := index + uint64(i)
						if want := philox(seed, 9, at>>2)[at&3]; u != want {
							t.Fatalf("seed %x, index %d, n %d: number %d is %x, want %x", seed, index, n, i, u, want)
						}
					}
				}
			}
		}
	})
}

// TestDraws compares what every tier makes of random numbers with the reference, the extremes among them.
func TestDraws(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		k := &active.Load().rng
		for _, n := range sizes() {
			u := guard.End[uint32](t, n)
			Uint32s(u, 3, uint32(n), 0)
			for i := 0; i < n; i += 5 {
				u[i] = []uint32{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 0xffff, 0x10000}[i/5%7]
			}
			got, want := guard.End[float32](t, n), make([]float32, n)
			k.uniform(got, u)
			uniformGeneric(want, u)
			sameF32(t, "uniform", got, want)
			for _, last := range []uint32{0, 1 << 30, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
				k.bernoulli(got, u, last, -2.5)
				bernoulliGeneric(want, u, last, -2.5)
				sameF32(t, "bernoulli", got, want)
			}
			z, zRef := guard.End[int16](t, n), make([]int16, n)
			k.latent(z, u)
			latentGeneric(zRef, u)
			if !slices.Equal(z, zRef) {
				t.Fatalf("latents of %d numbers differ from the reference", n)
			}
		}
	})
}

func TestDistributions(t *testing.T) {
	const n = 1 << 16
	u := make([]float32, n)
	moments := func(f func(i int) float64) (mean, variance, fourth float64) {
		for i := range n {
			mean += f(i) / n
		}
		for i := range n {
			d := f(i) - mean
			variance += d * d / n
			fourth += d * d * d * d / n
		}
		return mean, variance, fourth / (variance * variance)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s is %.4f, want %.4f", what, got, want)
		}
	}
	Uniform(u, 1, 2, 3)
	mean, variance, _ := moments(func(i int) float64 { return float64(u[i]) })
	near("mean of Uniform", mean, 0.5, 0.01)
	near("variance of Uniform", variance, 1.0/12, 0.002)
	if slices.Min(u) < 0 || slices.Max(u) >= 1 {
		t.Error("Uniform leaves [0, 1)")
	}
	Bernoulli(u, 1, 2, 3, 0.8, 1.25)
	mean, _, _ = moments(func(i int) float64 { return float64(u[i]) })
	near("mean of Bernoulli", mean, 1, 0.01)
	for _, p := range []float32{0, 1} {
		Bernoulli(u[:100], 1, 2, 3, p, 2)
		if slices.Min(u[:100]) != 2*p || slices.Max(u[:100]) != 2*p {
			t.Errorf("Bernoulli with p = %v is not constant", p)
		}
	}
	z := make([]int16, n)
	for d, kurtosis := range map[Latent]float64{LatentUniform: 1.8, LatentNormal: 3} {
		Latents(z, d, 5, 0, 0)
		mean, variance, fourth := moments(func(i int) float64 { return float64(z[i]) * float64(LatentScale) })
		near(d.String()+" mean", mean, 0, 0.02)
		near(d.String()+" variance", variance, 1, 0.02)
		near(d.String()+" kurtosis", fourth, kurtosis, 0.1)
	}
	// The table itself, every quantile once.
	table := normalTable()
	var s2 float64
	for _, q := range table {
		s2 += float64(q) * float64(q)
	}
	near("variance of the normal table", s2/(1<<16)/(1<<24), 1, 1e-3)
	if !slices.IsSorted(table) || table[0] != -table[1<<16-1] {
		t.Error("the normal table is not sorted or not symmetric")
	}
	// Any part of a sequence is the same as when the whole is drawn.
	part := make([]int16, 10)
	Latents(part, LatentNormal, 5, 0, 77)
	Latents(z, LatentNormal, 5, 0, 0)
	if !slices.Equal(part, z[77:87]) {
		t.Error("latents depend on where drawing begins")
	}
}

func TestPermute(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 10, 100, 1000} {
		seen := make([]bool, n)
		moved := 0
		for i := range n {
			j := Permute(i, n, 42, 7)
			if seen[j] {
				t.Fatalf("n = %d: %d comes twice", n, j)
			}
			seen[j] = true
			if i != j {
				moved++
			}
		}
		if n >= 100 && moved < int(n)*9/10 {
			t.Errorf("n = %d: only %d elements moved", n, moved)
		}
	}
}

func TestUint32(t *testing.T) {
	var want [9]uint32
	Uint32s(want[:], 7, 3, 5)
	for i, w := range want {
		if got := Uint32(7, 3, 5+uint64(i)); got != w {
			t.Errorf("number %d is %#x, want %#x", 5+i, got, w)
		}
	}
}
