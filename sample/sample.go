// Package sample draws pictures from a model: a sampler without allocations, contact sheets, and the hashes that prove that
// two machines draw the same. It needs nothing of training.
package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// Sampler draws pictures from a model. It must not be used by two goroutines at once; two samplers of one model share its
// weights.
type Sampler struct {
	m     *model.Model
	batch int
	near  int // of the program
	size  int
	prog  *graph.Program
	z     []int16
	image []uint8
	row   []float32 // instead of an image
	asked int       // the entry of the condition that all samples are drawn with; -1: each seed draws its own
}

// maxSampler bounds the bytes of all results of a batch, before they share memory.
const maxSampler = 1 << 30

// New compiles a model for batches of the given size, or of a smaller one where those would need too much memory.
// The size changes the speed, never a picture.
func New(m *model.Model, batch int, pool *kernels.Pool) (*Sampler, error) {
	b, batch, near, err := bound(m, batch, pool.Threads())
	if err != nil {
		return nil, err
	}
	prog, err := graph.Compile(b, m.Weights, graph.Options{Pool: pool, Frozen: true})
	if err != nil {
		return nil, err
	}
	s := &Sampler{m: m, batch: batch, near: near, size: m.SampleBytes(), prog: prog, asked: -1}
	if m.Meta.Row > 0 {
		s.row = prog.Out("row").F32()
	} else {
		s.image = prog.Out("image").U8()
	}
	if t := prog.In("z"); t != nil {
		s.z = t.I16()
	} else {
		s.z = make([]int16, near*m.Meta.LatentDim) // a generator that ignores z
	}
	return s, nil
}

// bound returns the size of a batch, or of the largest that does not need too much memory, and the graph for as many pictures as
// are best drawn at a time.
func bound(m *model.Model, batch, threads int) (b *graph.Builder, bounded, near int, err error) {
	if batch < 1 || batch > 1<<16 {
		return nil, 0, 0, fmt.Errorf("sample: a batch of %d; want 1 to 65536", batch)
	}
	if _, ok := m.LatentKind(); !ok {
		return nil, 0, 0, fmt.Errorf("sample: unknown latent %q", m.Meta.Latent)
	}
	row := int64(0)
	for v := 1; v <= m.Graph.Len(); v++ {
		row += resultBytes(m.Graph, graph.Value(v))
	}
	batch = int(max(1, min(int64(batch), maxSampler/max(1, row))))
	if need := int64(batch) * row; need > math.MaxInt/4*3 { // sums of sizes are ints, of 32 bits on some boards
		return nil, 0, 0, fmt.Errorf("sample: %d bytes of results, more than this machine can address", need)
	}
	near = nearBatch(m.Graph, batch, threads)
	b, err = m.Graph.WithBatch(near)
	return b, batch, near, err
}

// resultBytes is the size of a result, for one picture.
func resultBytes(b *graph.Builder, v graph.Value) int64 {
	t := b.Type(v)
	return int64(t.S.Numel()) * int64(t.D.Size())
}

// nearBytes is three quarters of an L2 cache, as most CPUs have it for each core.
const nearBytes = 768 << 10

// nearBatch returns how many pictures of a batch are drawn at a time: few enough that what a product reads and what it makes stay in a
// core's L2 cache, but so many that reading the weights takes no longer than reading and writing all else.
func nearBatch(b *graph.Builder, batch, threads int) int {
	widest, all, weights := int64(1), int64(1), int64(0)
	for v := graph.Value(1); int(v) <= b.Len(); v++ {
		switch n := b.Node(v); n.Op {
		case graph.OpVar:
			weights += resultBytes(b, v)
		case graph.OpDot, graph.OpConvOut, graph.OpConvDX, graph.OpQDot, graph.OpQConvOut, graph.OpQConvDX,
			graph.OpWConvOut, graph.OpWConvDX:
			moved := resultBytes(b, n.In[0]) + resultBytes(b, v)
			widest, all = max(widest, moved), all+moved
		}
	}
	want := max(1, nearBytes/widest, weights/all) * int64(threads)
	if want >= int64(batch) {
		return batch
	}
	// Up to twice as many would do as well: the number that divides the batch best.
	best, least := batch, math.MaxInt
	for n := int(want); n <= min(batch, 2*int(want)); n++ {
		if drawn := (batch + n - 1) / n * n; drawn < least {
			best, least = n, drawn
		}
	}
	return best
}

// Size returns the number of bytes of a picture, or of a row of numbers.
func (s *Sampler) Size() int { return s.size }

// Batch returns the number of pictures that Sample is best asked for at a time.
func (s *Sampler) Batch() int { return s.batch }

// Near returns the number of pictures that the compiled program draws at a time: a batch, or a part of it that stays in the caches.
func (s *Sampler) Near() int { return s.near }

// Plan describes the compiled program.
func (s *Sampler) Plan() *graph.Plan { return s.prog.Plan() }

// Profile runs the program n times more on the latents that it had last and describes the program with the time of each step.
func (s *Sampler) Profile(n int) *graph.Plan { return s.prog.Profile(graph.Clock{}, n) }

// Sample sets dst to the pictures of the given seeds, one after the other; len(dst) is len(seeds) * Size(). The picture
// of a seed depends on nothing but the model and the seed. Rows of numbers are little-endian float32. Sample does not
// allocate.
func (s *Sampler) Sample(dst []uint8, seeds []uint64) {
	if len(dst) != len(seeds)*s.size {
		panic("sample: Sample: dst does not fit the seeds")
	}
	for len(seeds) > 0 {
		n := min(s.near, len(seeds))
		dim := s.m.Meta.LatentDim
		for i, seed := range seeds[:n] {
			z := s.z[i*dim:][:dim]
			s.m.DrawLatent(z, seed, 0)
			if s.asked >= 0 {
				clear(z[:s.m.Meta.Table.Condition()])
				z[s.asked] = 1 << kernels.LatentBits
			}
		}
		s.draw(dst, n)
		dst, seeds = dst[n*s.size:], seeds[n:]
	}
}

// Ask draws all rows to come with one condition, an entry that table.Schema.Find returned.
func (s *Sampler) Ask(entry int) {
	if t := s.m.Meta.Table; t == nil || entry < 0 || entry >= t.Condition() {
		panic("sample: Ask: no such condition")
	}
	s.asked = entry
}

// draw sets dst to the pictures of the first n latents of s.z.
func (s *Sampler) draw(dst []uint8, n int) {
	s.prog.Run(graph.Clock{})
	copy(dst, s.image[:min(n*s.size, len(s.image))])
	for i, v := range s.row[:min(n*s.size/4, len(s.row))] {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

// Rows draws the rows of numbers of the given seeds, one after the other.
func (s *Sampler) Rows(seeds []uint64) []float32 {
	bytes := make([]uint8, len(seeds)*s.size)
	s.Sample(bytes, seeds)
	rows := make([]float32, len(bytes)/4)
	for i := range rows {
		rows[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
	}
	return rows
}

// SampleLatents sets dst to the pictures of latents, one after the other: z holds LatentDim entries for each, in units of
// 2^-12, as model.DrawLatent makes them. It does not allocate.
func (s *Sampler) SampleLatents(dst []uint8, z []int16) {
	dim := s.m.Meta.LatentDim
	if len(z)%dim != 0 || len(dst) != len(z)/dim*s.size {
		panic("sample: SampleLatents: dst does not fit the latents")
	}
	for len(z) > 0 {
		n := copy(s.z, z) / dim
		s.draw(dst, n)
		dst, z = dst[n*s.size:], z[n*dim:]
	}
}

// Between sets z to the latent that lies t/256 of the way from a to b, rounded half up. All have the same length, and t is
// 0 to 256. Integers alone: it is the same latent everywhere.
func Between(z, a, b []int16, t int) {
	if len(a) != len(z) || len(b) != len(z) || t < 0 || t > 256 {
		panic("sample: Between: lengths differ, or t is not in 0 .. 256")
	}
	for i := range z {
		z[i] = int16((int32(a[i])*int32(256-t) + int32(b[i])*int32(t) + 128) >> 8)
	}
}

// Seeds lists the seeds from lo to hi.
func Seeds(lo, hi uint64) []uint64 {
	if hi < lo {
		return nil
	}
	s := make([]uint64, hi-lo+1)
	for i := range s {
		s[i] = lo + uint64(i)
	}
	return s
}

// StreamCells is the stream of random numbers with which the cells of a table are drawn from the numbers that its seed gives.
const StreamCells = 2

// HashPixels is the SHA-256 of pictures, in hexadecimal.
func HashPixels(pix []uint8) string {
	sum := sha256.Sum256(pix)
	return hex.EncodeToString(sum[:])
}

// HashBatch is the number of pictures that Hash draws at a time.
const HashBatch = 64

// Hash samples seeds and returns the hash of their pictures.
func Hash(m *model.Model, seeds []uint64, pool *kernels.Pool) (string, error) {
	s, err := New(m, min(HashBatch, max(1, len(seeds))), pool)
	if err != nil {
		return "", err
	}
	return s.hash(slices.Values(seeds)), nil
}

// hash is the hash of the pictures of seeds, drawn one batch at a time.
func (s *Sampler) hash(seeds iter.Seq[uint64]) string {
	h := sha256.New()
	pix, batch := make([]uint8, s.batch*s.size), make([]uint64, 0, s.batch)
	draw := func() {
		pix := pix[:len(batch)*s.size]
		s.Sample(pix, batch)
		h.Write(pix)
		batch = batch[:0]
	}
	for seed := range seeds {
		if batch = append(batch, seed); len(batch) == s.batch {
			draw()
		}
	}
	draw()
	return hex.EncodeToString(h.Sum(nil))
}

// Verify recomputes the hashes that a model carries and reports the first that differs here. However many they are, it
// needs the memory of one sampler.
func Verify(m *model.Model, pool *kernels.Pool) error {
	if len(m.Meta.Hashes) == 0 {
		return fmt.Errorf("the model carries no sample hashes")
	}
	s, err := New(m, HashBatch, pool)
	if err != nil {
		return err
	}
	for _, h := range m.Meta.Hashes {
		if h.To < h.From || h.To-h.From >= 1<<20 {
			return fmt.Errorf("a hash of the seeds %d to %d; want at most 2^20 seeds", h.From, h.To)
		}
		got := s.hash(func(yield func(uint64) bool) {
			for i := range h.To - h.From + 1 {
				if !yield(h.From + i) {
					return
				}
			}
		})
		if got != h.SHA256 {
			return fmt.Errorf("seeds %d to %d: hash %s, the model says %.64q", h.From, h.To, got, h.SHA256)
		}
	}
	return nil
}
