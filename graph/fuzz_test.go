package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
)

// randomGraph builds a graph of ops that follow each other with no plan: values are used many times or once, broadcast,
// viewed, summed, multiplied, named as outputs in the middle, differentiated, and written to variables.
func randomGraph(r *rand.Rand, b *Builder, st *Store) {
	m, n := 1+r.IntN(40), 1+r.IntN(150)
	shapes := []Shape{Of(m, n), Of(n), Of(m, 1), {}, Of(m, n), Of(n, n), Of(1, n), Of(m)}
	var vals []Value
	variable := func(s Shape) Value {
		name := fmt.Sprint("v", len(st.names))
		kernels.UniformTo(st.Alloc(name, F32, s).F32(), -1, 1, 3, uint32(len(name)+len(vals)), r.Uint64N(1<<30))
		return b.Var(name, F32, s)
	}
	for _, s := range shapes {
		vals = append(vals, variable(s))
	}
	// pick prefers late values, and values of shape s where one is asked for.
	pick := func(s *Shape) Value {
		for range 20 {
			i := len(vals) - 1 - min(r.IntN(len(vals)), r.IntN(len(vals)))
			if s == nil || b.Shape(vals[i]) == *s {
				return vals[i]
			}
		}
		if s == nil {
			return vals[0]
		}
		return variable(*s)
	}
	mat, row := Of(m, n), Of(n)
	for range 8 + r.IntN(50) {
		var v Value
		switch r.IntN(22) {
		case 0, 1, 2: // the pattern of an epilogue, whole or with one thing wrong
			v = b.Dot(pick(&mat), pick(&shapes[5]), false, r.IntN(2) == 0)
			if r.IntN(4) > 0 {
				bias := pick(&row)
				if r.IntN(4) == 0 {
					bias = pick(&shapes[[]int{2, 3, 6}[r.IntN(3)]])
				}
				sum := b.Add(v, bias)
				if r.IntN(6) == 0 {
					vals = append(vals, v)
				}
				if v = sum; r.IntN(6) == 0 {
					vals = append(vals, v)
				}
			}
			switch r.IntN(5) {
			case 0:
				v = b.ReLU(v)
			case 1:
				v = b.LeakyReLU(v, 0.25)
			case 2:
				v = b.Tanh(v)
			case 3:
				v = b.Sigmoid(v)
			}
		case 3, 4, 5, 6:
			op := []Op{OpAdd, OpSub, OpMul, OpMax, OpMin}[r.IntN(5)]
			x, y := pick(&mat), pick(&shapes[r.IntN(5)])
			if r.IntN(2) == 0 {
				x, y = y, x
			}
			v = b.binary(op, x, y)
		case 7, 8, 9:
			x := pick(nil)
			v = b.add([]Op{OpNeg, OpTanh, OpSigmoid, OpSoftplus, OpAbs, OpSign, OpReLU}[r.IntN(7)], Attr{}, x)
		case 10:
			v = b.MulScalar(pick(nil), float32(r.IntN(5)-2)/2)
		case 11:
			v = b.LeakyMask(pick(&mat), pick(&mat), 0.25)
		case 12:
			v = b.Select(pick(&mat), pick(&mat), b.BroadcastTo(pick(&row), mat))
		case 13: // a view, used as it is and turned back
			v = b.Reshape(b.Tanh(b.Reshape(pick(&mat), Of(n, m))), mat)
		case 14:
			v = b.Sum(pick(&mat), r.IntN(2))
		case 15:
			v = b.MulScalar(b.Sum(pick(&mat)), 1/float32(m*n))
		case 16:
			x := b.BroadcastTo(pick(&shapes[r.IntN(4)]), mat)
			if r.IntN(3) == 0 {
				b.Output(fmt.Sprint("expand", len(vals)), x)
			}
			v = b.Tanh(x)
		case 17:
			x := pick(&mat)
			v = b.Permute(b.Permute(x, 1, 0), 1, 0)
		case 18:
			x := b.Concat(1, pick(&mat), pick(&mat))
			lo := r.IntN(n + 1)
			v = b.Slice(x, 1, lo, lo+n)
		case 19:
			x := b.Reshape(b.Concat(1, pick(&mat), pick(&mat)), Of(m, 2, n))
			v = b.PickMax(x, x, 1)
		case 20:
			v = b.Mul(pick(&mat), b.Bernoulli(uint32(r.IntN(3)), 0.5, 2, mat))
		case 21:
			v = b.Add(b.StopGradient(pick(&mat)), b.Fill(float32(r.IntN(3)), mat))
		}
		vals = append(vals, v)
		if r.IntN(8) == 0 {
			b.Output(fmt.Sprint("o", len(vals)), v)
		}
	}
	b.Output("last", vals[len(vals)-1])
	loss := b.Sum(b.Tanh(vals[len(vals)-1]))
	for _, v := range vals[:len(shapes)] {
		if r.IntN(2) == 0 {
			g := b.Tanh(b.Grad(loss, v)[0])
			if r.IntN(2) == 0 {
				b.Output(fmt.Sprint("grad", v), g)
			} else {
				b.Assign(v, g)
			}
		}
	}
}

// compareModes runs one random graph in every way there is and reports the first output or variable that differs.
func compareModes(seed uint64, pool *kernels.Pool) error {
	var want [][]uint32
	for _, opt := range []Options{{NoFuse: true}, {}, {Pool: pool}, {Pool: pool, NoFuse: true}} {
		b, st := New(), NewStore()
		randomGraph(rand.New(rand.NewPCG(seed, 1)), b, st)
		p, err := Compile(b, st, opt)
		if err != nil {
			return err
		}
		var got [][]uint32
		var at []string
		bits := func(name string, x []float32) {
			u := make([]uint32, len(x))
			for i, f := range x {
				if u[i] = math.Float32bits(f); f != f {
					u[i] = 1<<32 - 1
				}
			}
			got, at = append(got, u), append(at, name)
		}
		for step := range uint64(3) { // more than once, so that nothing may depend on what the arena held before
			p.Run(Clock{Seed: 5, Step: step})
			for _, name := range b.OutputNames() {
				bits(name, p.Out(name).F32())
			}
			for _, name := range st.Names() {
				bits(name, st.Get(name).F32())
			}
			for i := range p.arena {
				p.arena[i] = 0xff
			}
		}
		if want == nil {
			want = got
		}
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				return fmt.Errorf("graph %d, %+v: %s differs from a run without fusion\n%v", seed, opt, at[i], p.Plan())
			}
		}
	}
	return nil
}

// TestRandomGraphs: fusion, placement in memory and threads change no bit.
func TestRandomGraphs(t *testing.T) {
	pool := kernels.NewPool(2)
	defer pool.Close()
	for seed := range uint64(150) {
		if err := compareModes(seed, pool); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzGraph(f *testing.F) {
	pool := kernels.NewPool(2)
	f.Cleanup(pool.Close)
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		if err := compareModes(seed, pool); err != nil {
			t.Fatal(err)
		}
	})
}
