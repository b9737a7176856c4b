package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// patterns fills x with bit patterns of four kinds: any, ordinary numbers, specials, and numbers near each other.
func patterns[T float32 | uint32 | int16 | uint8](r *rand.Rand, x []T) []T {
	for i := range x {
		switch p := any(&x[i]).(type) {
		case *float32:
			switch r.IntN(4) {
			case 0:
				*p = math.Float32frombits(r.Uint32())
			case 1:
				*p = float32(r.NormFloat64() * math.Exp(4*r.NormFloat64()))
			case 2:
				*p = specials[r.IntN(len(specials))]
			case 3:
				*p = 1 + float32(r.IntN(5))*0x1p-23
			}
		case *uint32:
			*p = r.Uint32()
		case *int16:
			*p = int16(r.Uint32())
		case *uint8:
			*p = uint8(r.Uint32())
		}
	}
	return x
}

// FuzzVec compares the tiers with the reference on all vector, random and normalization kernels, for any length and offset
// in memory. The elements around the slices must stay as they are.
func FuzzVec(f *testing.F) {
	f.Add(uint64(1), uint16(0), uint8(0))
	f.Add(uint64(2), uint16(1), uint8(1))
	f.Add(uint64(3), uint16(63), uint8(5))
	f.Add(uint64(4), uint16(64), uint8(15))
	f.Add(uint64(5), uint16(1000), uint8(16))
	f.Fuzz(func(t *testing.T, seed uint64, length uint16, offset uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		n, off := int(length%3000), int(offset%17)
		const margin = 16
		make32 := func() []float32 { return patterns(r, make([]float32, off+n+margin)) }
		a, b, c, d := make32(), make32(), make32(), make32()
		u := patterns(r, make([]uint32, off+n))[off:]
		wide, bytes := patterns(r, make([]int16, off+n))[off:], patterns(r, make([]uint8, off+n))[off:]
		s := patterns(r, make([]float32, 8))
		adam := &AdamParams{s[0], s[1], s[2], s[3], s[4]}
		cols := 1 + r.IntN(70)
		rows := n / cols
		pieces := 1 + r.IntN(6)
		inner := n / pieces

		// run returns everything that a tier computes, the buffers around the results included.
		run := func(k *tier) (out [][]float32, ints []int) {
			v, nk := &k.vec, &k.norm
			on := func(x []float32) []float32 { return x[off : off+n] }
			result := func(f func(dst []float32)) {
				dst := slices.Clone(d)
				f(on(dst))
				out = append(out, dst)
			}
			for _, u := range unaryKernels {
				result(func(dst []float32) { u.get(v)(dst, on(a)) })
			}
			for _, f := range []func(dst, x, y []float32){v.add, v.sub, v.mul, v.div, v.max, v.min} {
				result(func(dst []float32) { f(dst, on(a), on(b)) })
			}
			result(func(dst []float32) { v.leakyMask(dst, on(a), on(b), s[0]) })
			result(func(dst []float32) { v.choose(dst, on(a), on(b), on(c)) })
			result(func(dst []float32) { v.axpy(dst, on(a), s[1]) })
			result(func(dst []float32) { v.ema(dst, on(a), s[2]) })
			result(func(dst []float32) { v.fromU8(dst, bytes, s[3]) })
			result(func(dst []float32) { v.fromI16(dst, wide, s[4]) })
			result(func(dst []float32) { v.pickMax(dst[:inner], on(a), on(b), pieces, inner) })
			result(func(dst []float32) { v.putMax(dst[:inner*pieces], on(a)[:inner], on(b), pieces, inner) })
			p, m, w := slices.Clone(a), slices.Clone(b), slices.Clone(c)
			v.sgdMomentum(on(p), on(m), on(d), s[5], s[6])
			v.adam(on(p), on(m), on(w), on(d), adam)
			out = append(out, p, m, w, []float32{v.sum(on(a))})
			ints = append(ints, int(v.exponent(on(a))))
			toU8 := make([]uint8, n)
			v.toU8(toU8, on(a), s[0], s[1])
			for _, q := range toU8 {
				ints = append(ints, int(q))
			}

			result(func(dst []float32) { k.rng.uniform(dst, u) })
			result(func(dst []float32) { k.rng.bernoulli(dst, u, uint32(seed), s[2]) })
			z := make([]int16, n)
			k.rng.latent(z, u)
			draws := make([]uint32, n&^3)
			k.rng.uint32s(draws, seed, uint32(seed>>7), seed*uint64(off))
			for i := range draws {
				ints = append(ints, int(z[i]), int(draws[i]))
			}

			if rows == 0 {
				return out, ints
			}
			x, g := on(a)[:rows*cols], on(b)[:rows*cols]
			result(func(dst []float32) { v.sumRows(dst[:cols], x, rows, cols) })
			result(func(dst []float32) { nk.sumCols(dst[:cols], x, rows, cols) })
			result(func(dst []float32) { nk.squareCols(dst[:cols], x, g[:cols], rows, cols) })
			result(func(dst []float32) { nk.applyCols(dst, x, g[:cols], x[:cols], c[:cols], d[:cols], rows, cols) })
			result(func(dst []float32) {
				nk.dxCols(dst, g, x, columnFactors{c[:cols], d[:cols], x[:cols], g[:cols], c[:cols]}, rows, cols)
			})
			dot := slices.Clone(c[:cols])
			result(func(dst []float32) { nk.gradCols(dst[:cols], dot, g, x, a[:cols], b[:cols], rows, cols) })
			result(func(dst []float32) { nk.paramRows(dst[:cols], dot, g, x, a[:rows], b[:rows], cols) })
			result(func(dst []float32) { nk.totalRows(dst[:rows], x, cols) })
			result(func(dst []float32) { nk.squareRows(dst[:rows], x, g[:rows], cols) })
			result(func(dst []float32) { nk.applyRows(dst[:rows*cols], x, c[:rows], d[:rows], a[:cols], b[:cols], cols) })
			result(func(dst []float32) { nk.dxRows(dst[:rows*cols], g, x, c[:rows], d[:rows], a[:cols], cols, seed%2 == 0) })
			most := slices.Clone(c[:rows])
			result(func(dst []float32) { nk.lessMaxRows(dst[:rows*cols], most, x, cols) })
			result(func(dst []float32) { nk.scaleRows(dst[:rows*cols], most, cols) })
			result(func(dst []float32) { nk.softRows(dst[:rows*cols], g, x, cols) })
			return append(out, dot, most), ints
		}
		want, wantInts := run(&genericTier)
		for _, k := range tiers {
			if !k.has || k == &genericTier {
				continue
			}
			got, gotInts := run(k)
			for i := range want {
				sameF32(t, k.name, got[i], want[i])
			}
			if !slices.Equal(gotInts, wantInts) {
				t.Fatalf("%s: integers differ from the reference", k.name)
			}
		}
	})
}
