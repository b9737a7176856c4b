package model

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/table"
)

// Format is the version of the file format that this package writes. It reads this one and older ones. Format 2 brought
// the checksum, format 3 a digest of each tensor, and with them signatures and packed forms; each demands what it brought.
const Format = 3

// Meta is what a model's file says beside its graph and weights.
type Meta struct {
	Recipe    string `json:"recipe,omitempty"`  // the preset it was trained with
	Version   string `json:"version,omitempty"` // of the program that wrote it
	Seed      uint64 `json:"seed"`              // of the training run
	Step      uint64 `json:"step"`              // training steps made
	Latent    string `json:"latent"`            // "uniform" or "normal"
	LatentDim int    `json:"latent_dim"`        // length of z
	// Classes, if not 0, is the number of leading entries of z that are not drawn from Latent but are a class: one of them
	// is 1, the others are 0.
	Classes int    `json:"classes,omitempty"`
	Image   [3]int `json:"image"`         // height, width, channels; zeros where samples are rows
	Row     int    `json:"row,omitempty"` // numbers in a sample of a generator of rows; 0: it makes pictures
	// Table, if not nil, is what the rows are rows of. The first Table.Condition() entries of z are then a condition.
	Table *table.Schema `json:"table,omitempty"`
	// Truncation, if not 0, is a factor of z that the weights hold: the first layer's are scaled with it.
	Truncation float32 `json:"truncation,omitempty"`
	// Ranges are those of the sums of layers, by the name of their weights, that quantization-aware training found.
	Ranges     map[string][2]float32 `json:"ranges,omitempty"`
	WeightBits int                   `json:"weight_bits,omitempty"` // that it trained with
	Quantized  bool                  `json:"quantized,omitempty"`   // integers, but for islands of f32 (Quality.Kept)
	Quality    *Quality              `json:"quality,omitempty"`     // what that costs
	Hashes     []SampleHash          `json:"hashes,omitempty"`      // what `gannet verify` recomputes
}

// Quality says how close the pictures of a quantized model are to those of the float model that it was made of.
type Quality struct {
	PSNR      float64  `json:"psnr_db"`       // of the pictures of the seeds 0 to Seeds-1
	WorstPSNR float64  `json:"worst_psnr_db"` // of the worst of them
	Seeds     int      `json:"seeds"`
	Range     string   `json:"range"`          // the rule that chose the ranges of activations
	Wide      []string `json:"wide,omitempty"` // layers that were left in 16 bits
	Kept      []string `json:"kept,omitempty"` // layers that were left in f32

	// Layers says how many bits the activations have that each layer of the report reads.
	Layers []LayerBits `json:"layers,omitempty"`

	// Metrics are figures of both models by name, first that of the float one.
	Metrics map[string][2]float64 `json:"metrics,omitempty"`
}

// LayerBits is a layer and the bits of the activations that it reads: 8, 16, or 32 of floats.
type LayerBits struct {
	Name string `json:"name"`
	Bits int    `json:"bits"`
}

// SampleHash is the SHA-256, in hexadecimal, of the pictures of the seeds From to To, in this order.
type SampleHash struct {
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	SHA256 string `json:"sha256"`
}

// Model is a generator: a graph from the input "z", I16 [Batch, LatentDim] in units of 2^-12, to the output "image", U8
// [Batch, H, W, C], or, where samples are rows of numbers, the output "row", F32 [Batch, Row].
type Model struct {
	Graph   *graph.Builder
	Weights *graph.Store
	Meta    Meta
	close   func() error
	mapped  bool
	signer  ed25519.PublicKey
	packed  packedFor                // whose packed forms came with the file
	held    map[string]*graph.Tensor // these, by name
	tier    string                   // that of packed if the store has them, else ""
	idle    map[string]bool          // weights that are not read and have not been checked, only their packed forms
}

// Mapped reports whether the weights are used where the file is mapped, so that the system can drop their pages.
func (m *Model) Mapped() bool { return m.mapped }

const (
	keyFormat = "gannet.format"
	keyGraph  = "gannet.graph"
	keyMeta   = "gannet.meta"
)

// Load maps a model and checks everything that it says about itself. Close it after use.
func Load(path string) (*Model, error) { return load(path, false) }

// LoadToSample is Load for those who will but draw pictures: of weights that the file also holds as the tier in use reads
// them, packed, only that form is checked, and their own memory not touched; nor are the forms of other tiers. The model
// cannot be saved.
func LoadToSample(path string) (*Model, error) { return load(path, true) }

func load(path string, lazy bool) (*Model, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	m, err := fromFile(f, lazy)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.close, m.mapped = f.Close, mapsFiles && !bigEndian
	return m, nil
}

// Decode checks a model that is in memory as Load does one on disk, for example one that go:embed put into the program. Its
// weights are used where they are: b must stay as it is as long as the model is used.
func Decode(b []byte) (*Model, error) {
	f, err := read(b)
	if err != nil {
		return nil, err
	}
	return fromFile(f, false)
}

// Close unmaps the weights.
func (m *Model) Close() error {
	if m.close == nil {
		return nil
	}
	return m.close()
}

// CheckFormat reports a file that is not gannet's, or is of a newer format than this program knows.
func (f *File) CheckFormat() error {
	s, ok := f.Metadata[keyFormat]
	if !ok {
		return fmt.Errorf("a safetensors file, but not one that gannet wrote: metadata has no %q", keyFormat)
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 {
		return fmt.Errorf("metadata: %s is %.16q, want a version number", keyFormat, s)
	}
	if v > Format {
		return fmt.Errorf("written in format %d by a newer gannet; this one reads up to format %d", v, Format)
	}
	for i, key := range []string{keySum, keyDigests} {
		if _, ok := f.Metadata[key]; !ok && v >= 2+i {
			return fmt.Errorf("metadata has no %q, which format %d demands", key, v)
		}
	}
	return nil
}

// Meta returns what a model's file says beside its graph and weights.
func (f *File) Meta() (Meta, error) {
	var m Meta
	if err := json.Unmarshal([]byte(f.Metadata[keyMeta]), &m); err != nil {
		return m, fmt.Errorf("metadata: %s: %w", keyMeta, err)
	}
	return m, nil
}

// fromFile makes a model of a file and checks it and the file's data. Where it is lazy it leaves out weights that are not
// read.
func fromFile(f *File, lazy bool) (*Model, error) {
	if err := f.CheckFormat(); err != nil {
		return nil, err
	}
	js, ok := f.Metadata[keyGraph]
	if !ok {
		return nil, fmt.Errorf("holds no graph: a checkpoint? (the model of a run is generator.safetensors)")
	}
	m := &Model{Weights: graph.NewStore(), signer: f.signer}
	var err error
	if m.Graph, err = graph.Decode([]byte(js)); err != nil {
		return nil, err
	}
	if m.Meta, err = f.Meta(); err != nil {
		return nil, err
	}
	forms, unused, err := f.takeForms(m)
	if err != nil {
		return nil, err
	}
	if lazy {
		m.findIdle(forms)
	}
	if err := f.checkData(func(name string) bool { return m.idle[name] || lazy && unused[name] }); err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, m.store(forms)
}

// Check reports a model whose graph is not that of a generator, whose weights do not fit it, or whose numbers would be
// meaningless: weights that are not finite, requantizations out of range.
func (m *Model) Check() error {
	b := m.Graph
	if _, ok := m.LatentKind(); !ok {
		return fmt.Errorf("metadata: latent is %.16q, want uniform or normal", m.Meta.Latent)
	}
	out, shape := "image", m.Meta.Image[:]
	want := graph.Type{D: graph.U8}
	if m.Meta.Row != 0 {
		if m.Meta.Image != [3]int{} {
			return fmt.Errorf("metadata: both an image %v and rows of %d numbers", m.Meta.Image, m.Meta.Row)
		}
		out, shape, want.D = "row", []int{m.Meta.Row}, graph.F32
	}
	for _, d := range append([]int{m.Meta.LatentDim}, shape...) {
		if d < 1 || d > 1<<16 {
			return fmt.Errorf("metadata: latent of %d numbers, %s %v: sizes must lie in 1 .. 65536", m.Meta.LatentDim, out, shape)
		}
	}
	if img := m.Meta.Image; int64(img[0])*int64(img[1])*int64(img[2]) > 1<<31-1 {
		return fmt.Errorf("metadata: image %v: its bytes must be fewer than 2^31", img)
	}
	if m.Meta.Classes < 0 || m.Meta.Classes > m.Meta.LatentDim {
		return fmt.Errorf("metadata: %d classes in a latent of %d numbers", m.Meta.Classes, m.Meta.LatentDim)
	}
	if err := m.checkTable(); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	latent := graph.Type{D: graph.I16, S: graph.Of(graph.Batch, m.Meta.LatentDim)}
	if z := b.Named("z"); z == 0 || b.Node(z).Op != graph.OpInput || b.Type(z) != latent {
		return fmt.Errorf("graph: no input \"z\" of type %v", latent)
	}
	want.S = graph.Of(append([]int{graph.Batch}, shape...)...)
	if v := b.OutputValue(out); v == 0 || b.Type(v) != want {
		return fmt.Errorf("graph: no output %q of type %v", out, want)
	}
	for v := 1; v <= b.Len(); v++ {
		switch n := b.Node(graph.Value(v)); n.Op {
		case graph.OpInput:
			if n.Attr.Name != "z" {
				return fmt.Errorf("graph: input %q beside \"z\"", n.Attr.Name)
			}
		case graph.OpVar:
			t := m.Weights.Get(n.Attr.Name)
			if t == nil {
				return fmt.Errorf("tensor %q is missing", n.Attr.Name)
			}
			if got := (graph.Type{D: t.DType, S: t.Shape}); got != n.Type {
				return fmt.Errorf("tensor %q is %v, the graph expects %v", n.Attr.Name, got, n.Type)
			}
			if t.DType == graph.F32 && !m.idle[t.Name] && !kernels.AllFinite(t.F32()) {
				return fmt.Errorf("tensor %q holds NaN or infinity", n.Attr.Name)
			}
		case graph.OpUniform, graph.OpBernoulli, graph.OpLatent:
			return fmt.Errorf("graph: node %d is %v: a picture must depend on z alone", v, n.Op)
		case graph.OpQDot, graph.OpQConvOut, graph.OpQConvDX, graph.OpWConvOut, graph.OpWConvDX:
			if err := m.checkProduct(n); err != nil {
				return err
			}
		case graph.OpQScale:
			if err := m.checkScale(n, kernels.MaxPointBias); err != nil {
				return err
			}
		case graph.OpWScale:
			if err := m.checkScale(n, kernels.MaxWordBias); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTable checks that the rows and the latent are those of the table, if there is one.
func (m *Model) checkTable() error {
	t := m.Meta.Table
	if t == nil {
		return nil
	}
	if err := t.Check(); err != nil {
		return err
	}
	if _, dim, _, condition := t.Spans(); dim != m.Meta.Row || condition >= m.Meta.LatentDim || m.Meta.Classes != 0 {
		return fmt.Errorf("a table of %d numbers a row and %d in a condition, for rows of %d, a latent of %d and %d classes", dim, condition,
			m.Meta.Row, m.Meta.LatentDim, m.Meta.Classes)
	}
	return nil
}

// operands returns the operands of an integer operation from the second on, which must be tensors of the file.
func (m *Model) operands(n graph.Node) ([]*graph.Tensor, error) {
	var ts []*graph.Tensor
	for i, in := range n.In[1:] {
		if in == 0 {
			break
		}
		v := m.Graph.Node(in)
		if v.Op != graph.OpVar {
			return nil, fmt.Errorf("graph: input %d of %v is no tensor of the file", i+1, n.Op)
		}
		t := m.Weights.Get(v.Attr.Name)
		if t == nil || t.DType != v.Type.D || t.Shape != v.Type.S {
			return nil, fmt.Errorf("graph: input %d of %v is no tensor of the file", i+1, n.Op)
		}
		ts = append(ts, t)
	}
	return ts, nil
}

// checkProduct checks an integer layer's requantization and that its sums fit 32 bits.
func (m *Model) checkProduct(n graph.Node) error {
	t, err := m.operands(n)
	if err != nil {
		return err
	}
	for j, q := range t[2].I32() {
		if s := t[3].U8()[j]; q < 1<<30 || s < kernels.MinShift || s > kernels.MaxShift {
			return fmt.Errorf("tensors %q and %q: channel %d requantizes with %d and %d; want at least 2^30, and %d to %d",
				t[2].Name, t[3].Name, j, q, s, kernels.MinShift, kernels.MaxShift)
		}
	}
	if n.Op != graph.OpQDot {
		l := m.Graph.QConvLayer(n)
		l.Weights, l.Bias = t[0].S8(), t[1].I32()
		for c, most := range l.Bounds() {
			if most > 1<<31-1 {
				return fmt.Errorf("tensor %q: the sums of channel %d can leave 32 bits (%d)", t[0].Name, c, most)
			}
		}
		return nil
	}
	w, cols := t[0].S8(), t[0].Shape.Dim(1)
	for j, bias := range t[1].I32() {
		hi, lo := int64(bias), int64(bias)
		for k := j; k < len(w); k += cols {
			if w[k] > 0 {
				hi += 255 * int64(w[k])
			} else {
				lo += 255 * int64(w[k])
			}
		}
		if hi > 1<<31-1 || lo < -1<<31 {
			return fmt.Errorf("tensor %q: the sums of channel %d can leave 32 bits (%d to %d)", t[0].Name, j, lo, hi)
		}
	}
	return nil
}

// checkScale checks the biases of a QScale or WScale, of which none may be beyond most.
func (m *Model) checkScale(n graph.Node, most int32) error {
	t, err := m.operands(n)
	if err != nil {
		return err
	}
	for j, b := range t[1].I32() {
		if b < -most || b > most {
			return fmt.Errorf("tensor %q: bias %d of channel %d is beyond %d", t[1].Name, b, j, most)
		}
	}
	return nil
}

// SampleBytes returns the number of bytes of a sample: a picture's pixels, or a row's numbers in little-endian order.
func (m *Model) SampleBytes() int {
	return m.Meta.Image[0]*m.Meta.Image[1]*m.Meta.Image[2] + 4*m.Meta.Row
}

// LatentKind returns the distribution that z is drawn from.
func (m *Model) LatentKind() (kernels.Latent, bool) {
	for _, d := range []kernels.Latent{kernels.LatentUniform, kernels.LatentNormal} {
		if d.String() == m.Meta.Latent {
			return d, true
		}
	}
	return 0, false
}

// DrawLatent sets z, of length LatentDim, to the latent of a seed; that of its picture is in stream 0. Entries beyond the
// class, or the condition of a table, are random numbers 0 onwards of the stream; these are drawn from the stream after it.
func (m *Model) DrawLatent(z []int16, seed uint64, stream uint32) {
	d, _ := m.LatentKind()
	if n := m.Meta.Classes; n > 0 {
		clear(z[:n])
		z[kernels.Uint32(seed, stream+1, 0)%uint32(n)] = 1 << kernels.LatentBits
		z = z[n:]
	}
	if t := m.Meta.Table; t != nil {
		n := t.Condition()
		t.DrawCondition(z[:n], seed, stream+1)
		z = z[n:]
	}
	kernels.Latents(z, d, seed, stream, 0)
}

// Save writes the model, atomically, without the packed forms and the signature that it may have come with.
func Save(path string, m *Model) error {
	return Atomically(path, func(w io.Writer) error { return Encode(w, m) })
}

// Encode writes what Save does.
func Encode(w io.Writer, m *Model) error {
	metadata, err := m.metadata()
	if err != nil {
		return err
	}
	return encode(w, metadata, Tensors(m.Weights), nil)
}

// metadata is what a model's file says of it.
func (m *Model) metadata() (map[string]string, error) {
	if m.idle != nil {
		return nil, errors.New("the model was loaded to be sampled, not to be saved")
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	js, err := graph.Encode(m.Graph)
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(m.Meta)
	if err != nil {
		return nil, err
	}
	return map[string]string{keyFormat: strconv.Itoa(Format), keyGraph: string(js), keyMeta: string(meta)}, nil
}

// Tensors lists what a store holds.
func Tensors(st *graph.Store) []*graph.Tensor {
	var ts []*graph.Tensor
	for _, n := range st.Names() {
		ts = append(ts, st.Get(n))
	}
	return ts
}

// SaveCheckpoint writes every tensor of a store and a description of the run, atomically.
func SaveCheckpoint(path string, description []byte, st *graph.Store) error {
	return Write(path, map[string]string{keyFormat: strconv.Itoa(Format), keyRun: string(description)}, Tensors(st))
}

const keyRun = "gannet.run"

// LoadCheckpoint copies a checkpoint into a store that has the same tensors, and returns its description. It changes
// nothing unless all of them fit.
func LoadCheckpoint(path string, st *graph.Store) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.CheckFormat(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	run, ok := f.Metadata[keyRun]
	if !ok {
		return nil, fmt.Errorf("%s: not a checkpoint: metadata has no %q", path, keyRun)
	}
	if n := len(st.Names()); n != len(f.Tensors) {
		return nil, fmt.Errorf("%s: %d tensors, this run has %d", path, len(f.Tensors), n)
	}
	for _, t := range f.Tensors {
		mine := st.Get(t.Name)
		if mine == nil || mine.DType != t.DType || mine.Shape != t.Shape {
			return nil, fmt.Errorf("%s: tensor %q of type %v%v does not belong to this run", path, t.Name, t.DType, t.Shape)
		}
	}
	for _, t := range f.Tensors {
		copy(st.Get(t.Name).Bytes, t.Bytes)
	}
	return []byte(run), nil
}

// ReadDescription returns the description of a checkpoint without its tensors.
func ReadDescription(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.CheckFormat(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	run, ok := f.Metadata[keyRun]
	if !ok {
		return nil, fmt.Errorf("%s: not a checkpoint: metadata has no %q", path, keyRun)
	}
	return []byte(run), nil
}
