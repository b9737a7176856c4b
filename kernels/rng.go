package kernels

import (
	_ "embed"
	"encoding/binary"
	"sync"
)

// Random numbers are pure functions of (seed, stream, index): the generator is Philox 4x32-10 (Salmon et al. 2011), keyed
// with the seed and counting in blocks of four.

// rngKernels are a tier's random number kernels.
type rngKernels struct {
	// uint32s fills dst with the blocks from number block on; len(dst) is a multiple of 4.
	uint32s func(dst []uint32, seed uint64, stream uint32, block uint64)

	// What random numbers are turned into. dst and u are equally long.
	uniform   func(dst []float32, u []uint32)
	bernoulli func(dst []float32, u []uint32, last uint32, scale float32) // u <= last ? scale : 0
	latent    func(dst []int16, u []uint32)                               // LatentUniform
}

var rngGeneric = rngKernels{uint32s: philoxGeneric, uniform: uniformGeneric, bernoulli: bernoulliGeneric,
	latent: latentGeneric}

// philox is one block: ten rounds on the counter (block, stream, 0) with the seed as key.
func philox(seed uint64, stream uint32, block uint64) (r [4]uint32) {
	c0, c1, c2, c3 := uint32(block), uint32(block>>32), stream, uint32(0)
	k0, k1 := uint32(seed), uint32(seed>>32)
	for range 10 {
		a, b := uint64(c0)*0xD2511F53, uint64(c2)*0xCD9E8D57
		c0, c1, c2, c3 = uint32(b>>32)^c1^k0, uint32(b), uint32(a>>32)^c3^k1, uint32(a)
		k0, k1 = k0+0x9E3779B9, k1+0xBB67AE85
	}
	return [4]uint32{c0, c1, c2, c3}
}

func philoxGeneric(dst []uint32, seed uint64, stream uint32, block uint64) {
	for ; len(dst) >= 4; dst = dst[4:] {
		*(*[4]uint32)(dst) = philox(seed, stream, block)
		block++
	}
}

// Uint32s sets dst[i] to random number index+i of the stream.
func Uint32s(dst []uint32, seed uint64, stream uint32, index uint64) {
	if off := int(index & 3); off != 0 && len(dst) > 0 {
		r := philox(seed, stream, index>>2)
		n := copy(dst, r[off:])
		dst, index = dst[n:], index+uint64(n)
	}
	whole := len(dst) &^ 3
	f := active.Load().rng.uint32s
	for done := 0; done < whole; {
		n := min(whole-done, chunkRNG)
		f(dst[done:done+n], seed, stream, index>>2)
		done, index = done+n, index+uint64(n)
	}
	if whole < len(dst) {
		r := philox(seed, stream, index>>2)
		copy(dst[whole:], r[:])
	}
}

// Uint32 returns random number index of a stream: what Uint32s would set a slice of one to.
func Uint32(seed uint64, stream uint32, index uint64) uint32 {
	r := philox(seed, stream, index>>2)
	return r[index&3]
}

// chunkRNG is how many numbers are drawn at a time: they stay in L1.
const chunkRNG = 1024

var drawBuffers = sync.Pool{New: func() any { return new([chunkRNG]uint32) }}

// draw calls f with consecutive pieces of n random numbers and the offset of each.
func draw(n int, seed uint64, stream uint32, index uint64, f func(at int, u []uint32)) {
	buf := drawBuffers.Get().(*[chunkRNG]uint32)
	defer drawBuffers.Put(buf)
	for at := 0; at < n; {
		u := buf[:min(n-at, chunkRNG)]
		Uint32s(u, seed, stream, index+uint64(at))
		f(at, u)
		at += len(u)
	}
}

// Uniform sets dst[i] to random number index+i as a float in [0, 1): its upper 24 bits times 2^-24.
func Uniform(dst []float32, seed uint64, stream uint32, index uint64) {
	f := active.Load().rng.uniform
	draw(len(dst), seed, stream, index, func(at int, u []uint32) { f(dst[at:][:len(u)], u) })
}

func uniformGeneric(dst []float32, us []uint32) {
	for i, u := range us {
		dst[i] = float32(u>>8) * 0x1p-24
	}
}

// Bernoulli sets dst[i] to scale with probability p (random number index+i is below p*2^32), else to 0.
func Bernoulli(dst []float32, seed uint64, stream uint32, index uint64, p, scale float32) {
	if !(p >= 0 && p <= 1) {
		panic("kernels: Bernoulli: p is outside [0, 1]")
	}
	limit := uint64(float64(p) * (1 << 32))
	if limit == 0 {
		clear(dst)
		return
	}
	f := active.Load().rng.bernoulli
	draw(len(dst), seed, stream, index, func(at int, u []uint32) { f(dst[at:][:len(u)], u, uint32(limit-1), scale) })
}

func bernoulliGeneric(dst []float32, us []uint32, last uint32, scale float32) {
	table := [2]float32{scale, 0}
	for i, u := range us {
		dst[i] = table[(uint64(last)-uint64(u))>>63]
	}
}

// Latent is a distribution of latents.
type Latent uint8

// Latents have mean 0 and variance 1 either way.
const (
	LatentUniform Latent = iota // U(-sqrt 3, sqrt 3)
	LatentNormal                // N(0, 1), by its 65536 quantiles
)

// LatentBits is the number of fraction bits of a latent.
const LatentBits = 12

// LatentScale turns the integers of Latents into numbers.
const LatentScale float32 = 1.0 / (1 << LatentBits)

// String returns the name of the distribution.
func (d Latent) String() string {
	if d == LatentNormal {
		return "normal"
	}
	return "uniform"
}

// Latents sets dst[i] to latent index+i of the stream, an integer in units of 2^-12, made without floating point from
// the upper 16 bits u of a random number: for LatentUniform (2u-65535)*7094 / 2^16, rounded; for LatentNormal the
// quantile of the normal distribution at (u+1/2)/65536.
func Latents(dst []int16, d Latent, seed uint64, stream uint32, index uint64) {
	f := active.Load().rng.latent
	if d == LatentNormal {
		f = quantiles
	}
	draw(len(dst), seed, stream, index, func(at int, u []uint32) { f(dst[at:][:len(u)], u) })
}

func latentGeneric(dst []int16, us []uint32) {
	for i, u := range us {
		dst[i] = int16(((int32(u>>16)*2-65535)*7094 + 1<<15) >> 16)
	}
}

// quantiles looks the normal latents up. The table fills an L2 cache, and a gather reads it no faster.
func quantiles(dst []int16, us []uint32) {
	table := (*[1 << 16]int16)(normalTable())
	for i, u := range us {
		dst[i] = table[u>>16]
	}
}

// normalHalf holds the quantiles above the median, little-endian, in units of 2^-12.
//
//go:generate go run normal_gen.go
//go:embed normal_q12.bin
var normalHalf string

var normalTable = sync.OnceValue(func() []int16 {
	t := make([]int16, 1<<16)
	for i := range 1 << 15 {
		q := int16(binary.LittleEndian.Uint16([]byte(normalHalf[2*i : 2*i+2])))
		t[1<<15+i], t[1<<15-1-i] = q, -q
	}
	return t
})

// Permute is a permutation of [0, n) as a pure function: the image of i under a Feistel network keyed with (seed,
// stream), walked until it falls below n. It panics unless i < n.
func Permute(i, n, seed uint64, stream uint32) uint64 {
	if i >= n {
		panic("kernels: Permute: i is not below n")
	}
	half := uint(1)
	for 1<<(2*half) < n && half < 32 {
		half++
	}
	mask := uint64(1)<<half - 1
	for {
		l, r := i>>half, i&mask
		for round := range uint64(4) {
			l, r = r, l^uint64(philox(seed, stream, r|round<<62)[0])&mask
		}
		if i = l<<half | r; i < n {
			return i
		}
	}
}

// UniformTo is Uniform stretched to [lo, hi): lo + (hi-lo)*u, fused.
func UniformTo(dst []float32, lo, hi float32, seed uint64, stream uint32, index uint64) {
	Uniform(dst, seed, stream, index)
	for i, u := range dst {
		dst[i] = fma32(hi-lo, u, lo)
	}
}

// Normal sets dst[i] to normal latent index+i of the stream times scale.
func Normal(dst []float32, scale float32, seed uint64, stream uint32, index uint64) {
	table := normalTable()
	draw(len(dst), seed, stream, index, func(at int, us []uint32) {
		d := dst[at:]
		for i, u := range us {
			d[i] = float32(float32(table[u>>16])*LatentScale) * scale
		}
	})
}
