package model

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// wide is tiny with a convolution, and with a weight that is read in two ways.
func wide() *Model {
	b := graph.New()
	st := graph.NewStore()
	weight := func(name string, dims ...int) graph.Value {
		for i := range st.Alloc(name, graph.F32, graph.Of(dims...)).F32() {
			st.Get(name).F32()[i] = float32(i%7) / 8
		}
		return b.Var(name, graph.F32, graph.Of(dims...))
	}
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 3)), 1.0/4096)
	x := b.Dot(z, weight("dense", 3, 2*2*5), false, false)
	both := weight("both", 20, 20)
	x = b.Dot(x, both, false, true)
	x = b.Add(x, b.Sum(both, 0))
	x = b.ConvTransposed(b.Reshape(x, graph.Of(graph.Batch, 2, 2, 5)), weight("up", 4, 4, 1, 5), graph.Strided(2, 1), 1, [2]int{})
	b.Output("image", b.ToU8(b.Sigmoid(x), 255, 0))
	return &Model{Graph: b, Weights: st, Meta: Meta{Latent: "normal", LatentDim: 3, Image: [3]int{4, 4, 1}}}
}

// packFile writes a model with its packed forms for the tier in use.
func packFile(t testing.TB, m *Model) string {
	t.Helper()
	if bigEndian {
		t.Skip("packed forms are little endian")
	}
	var b bytes.Buffer
	if err := Pack(&b, m); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "packed")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPack(t *testing.T) {
	path := packFile(t, wide())
	m, err := LoadToSample(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.PackedFor() != kernels.Tier() || !m.idle["dense"] || !m.idle["up"] || m.idle["both"] || m.Idle() != 4*(60+80) {
		t.Errorf("packed for %q, idle are %v, %d bytes", m.PackedFor(), m.idle, m.Idle())
	}
	if err := Save(filepath.Join(t.TempDir(), "x"), m); err == nil {
		t.Error("a model that was not read is saved")
	}
	whole, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	if err := whole.CheckPacked(); err != nil || whole.Idle() != 0 {
		t.Errorf("%v, %d bytes idle", err, whole.Idle())
	}
	if again := save(t, whole); !same(t, again, save(t, wide())) {
		t.Error("saved anew it is another model")
	}
	if again := packFile(t, whole); !same(t, again, path) {
		t.Error("packed anew it is another file")
	}
	// Elsewhere the forms are left alone.
	for _, tier := range kernels.Tiers() {
		if !tier.Available || tier.Active {
			continue
		}
		restore, err := kernels.Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := LoadToSample(path)
		restore()
		if err != nil || m.PackedFor() != "" || m.Idle() != 0 {
			t.Errorf("on %s: %v", tier.Name, err)
			continue
		}
		if m.Weights.Bytes() != whole.Weights.Bytes()-formBytes(whole) {
			t.Errorf("on %s %d bytes of weights", tier.Name, m.Weights.Bytes())
		}
		m.Close()
	}
}

func formBytes(m *Model) (n int) {
	for _, f := range graph.Forms(m.Graph) {
		n += f.Bytes
	}
	return n
}

// TestLyingForms changes packed files, whose checksums are right.
func TestLyingForms(t *testing.T) {
	good, err := Open(packFile(t, wide()))
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	find := func(ts []*graph.Tensor, name string) *graph.Tensor {
		return ts[slices.IndexFunc(ts, func(x *graph.Tensor) bool { return x.Name == name })]
	}
	for _, c := range []struct {
		what   string
		change func(md map[string]string, ts []*graph.Tensor) []*graph.Tensor
		want   string
	}{
		{"nothing", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor { return ts }, ""},
		{"NaN", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			x := *find(ts, "packed/1")
			x.DType, x.Shape = graph.F32, graph.Of(len(x.Bytes)/4)
			x.F32()[0] = float32(math.NaN())
			return ts
		}, "NaN"},
		{"missing", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor { return remove(ts, "packed/2") }, "missing"},
		{"one more", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			return append(ts, graph.NewTensor("packed/9", graph.U8, graph.Of(64)))
		}, "4 packed forms"},
		{"short", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			return append(remove(ts, "packed/1"), graph.NewTensor("packed/1", graph.U8, graph.Of(64)))
		}, "takes"},
		{"floats", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			x := find(ts, "packed/1")
			x.DType, x.Shape = graph.F32, graph.Of(len(x.Bytes)/4)
			return ts
		}, "takes"},
		{"no JSON", func(md map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			md[keyPacked] = "x"
			return ts
		}, keyPacked},
		{"a weight is missing", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor { return remove(ts, "dense") }, "missing"},
		{"a weight of another type", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			find(ts, "dense").DType = graph.I32
			return ts
		}, "expects"},
		{"another form", func(_ map[string]string, ts []*graph.Tensor) []*graph.Tensor {
			find(ts, "packed/0").Bytes[0] ^= 1
			return ts
		}, "not \"dense\" packed"},
	} {
		md, ts := map[string]string{}, []*graph.Tensor{}
		for k, v := range good.Metadata {
			md[k] = v
		}
		for _, x := range good.Tensors {
			y := graph.NewTensor(x.Name, x.DType, x.Shape)
			copy(y.Bytes, x.Bytes)
			ts = append(ts, y)
		}
		path := filepath.Join(t.TempDir(), "x")
		if err := Write(path, md, c.change(md, ts)); err != nil {
			t.Fatal(err)
		}
		m, err := Load(path)
		if err == nil {
			err = m.CheckPacked()
			m.Close()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v; want %q", c.what, err, c.want)
		}
		if m, err := LoadToSample(path); err == nil {
			m.Close()
		} else if c.want == "" {
			t.Error(err)
		}
	}
	// The layout of another version is left alone.
	md := map[string]string{}
	for k, v := range good.Metadata {
		md[k] = v
	}
	js, _ := json.Marshal(packedFor{kernels.Tier(), kernels.Layout + 1})
	md[keyPacked] = string(js)
	path := filepath.Join(t.TempDir(), "x")
	if err := Write(path, md, good.Tensors); err != nil {
		t.Fatal(err)
	}
	m, err := LoadToSample(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.PackedFor() != "" {
		t.Error("a layout of another version is used")
	}
}

func remove(ts []*graph.Tensor, name string) []*graph.Tensor {
	return slices.DeleteFunc(ts, func(x *graph.Tensor) bool { return x.Name == name })
}

// TestFormsOfOtherTiers: what samples leaves the packed forms of another tier alone, but who verifies or signs finds damage in
// them, and forms that are not those of the weights.
func TestFormsOfOtherTiers(t *testing.T) {
	ours, _ := keys()
	for _, tier := range kernels.Tiers() {
		if !tier.Available || tier.Active {
			continue
		}
		restore, err := kernels.Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		path := packFile(t, wide())
		restore()
		check := func(what, want string) {
			t.Helper()
			m, err := LoadToSample(path)
			if err != nil {
				t.Fatalf("%s for %s: %v", what, tier.Name, err)
			}
			m.Close()
			if m, err = Load(path); err == nil {
				err = m.CheckPacked()
				m.Close()
			}
			for _, err := range []error{err, Sign(path, filepath.Join(t.TempDir(), "signed"), ours)} {
				if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("%s for %s: %v, want %q", what, tier.Name, err, want)
				}
			}
			if kernels.Tier() == tier.Name {
				t.Error("the tier stays forced")
			}
		}
		check("nothing", "")
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := read(slices.Clone(good))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(f.Tensors, func(x *graph.Tensor) bool { return x.Name == "packed/1" })
		f.Tensors[i].Bytes[0] ^= 1
		if err := os.WriteFile(path, assemble(t, f.Metadata, f.Tensors), 0o644); err != nil {
			t.Fatal(err)
		}
		check("another form", `"packed/1" is not "both" packed for `+tier.Name)
		if err := os.WriteFile(path, assemble(t, f.Metadata, remove(f.Tensors, "packed/2")), 0o644); err != nil {
			t.Fatal(err)
		}
		check("a form too few", "packed forms, the graph has")
		damaged := slices.Clone(good)
		at := len(good) - len(f.data)
		for _, raw := range f.raw[:i] {
			at += len(raw)
		}
		damaged[at] ^= 1
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		check("damage", `"packed/1"`)
	}
	// Nor need this machine have the tier: digests are checked all the same.
	packed, err := Open(packFile(t, wide()))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	packed.Metadata[keyPacked] = `{"tier":"elsewhere","layout":1}`
	whole := assemble(t, packed.Metadata, packed.Tensors)
	m, err := Decode(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.CheckPacked(); err != nil {
		t.Error(err)
	}
	f, err := read(whole)
	if err != nil {
		t.Fatal(err)
	}
	f.raw[slices.IndexFunc(f.Tensors, func(x *graph.Tensor) bool { return x.Name == "packed/2" })][0] ^= 1
	if _, err := Decode(whole); err == nil || !strings.Contains(err.Error(), `"packed/2"`) {
		t.Errorf("damage in a form for another machine: %v", err)
	}
}

// TestNothingToPack: a model without a product that has a packed form in files is refused in one line.
func TestNothingToPack(t *testing.T) {
	if bigEndian {
		t.Skip("packed forms are little endian")
	}
	m := &Model{Graph: graph.New(), Weights: graph.NewStore(), Meta: Meta{Latent: "normal", LatentDim: 4, Image: [3]int{2, 2, 1}}}
	z := m.Graph.FromI16(m.Graph.Input("z", graph.I16, graph.Of(graph.Batch, 4)), 1.0/4096)
	m.Graph.Output("image", m.Graph.Reshape(m.Graph.ToU8(z, 127, 127), graph.Of(graph.Batch, 2, 2, 1)))
	var b bytes.Buffer
	err := Pack(&b, m)
	if want := "nothing can be packed for " + kernels.Tier(); err == nil || !strings.HasPrefix(err.Error(), want) ||
		strings.Contains(err.Error(), "\n") || b.Len() != 0 {
		t.Errorf("%v, %d bytes; want %q", err, b.Len(), want)
	}
}

// TestIdleWeights: damage in a weight that is not read is found by Load, damage in a form by both.
func TestIdleWeights(t *testing.T) {
	path := packFile(t, wide())
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := read(good)
	if err != nil {
		t.Fatal(err)
	}
	at := len(good) - len(f.data)
	for i, x := range f.Tensors {
		bad := slices.Clone(good)
		bad[at] ^= 1
		at += len(f.raw[i])
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(path); err == nil {
			m.Close()
			t.Errorf("Load does not see damage in %q", x.Name)
		}
		idle := x.Name == "dense" || x.Name == "up"
		if m, err := LoadToSample(path); err == nil != idle {
			t.Errorf("damage in %q: %v", x.Name, err)
		} else if err == nil {
			m.Close()
		}
	}
}

// TestPackIntegers: integer convolutions of bytes and of words have packed forms in files, too, which count in memory; one that is not
// that of the weights is found.
func TestPackIntegers(t *testing.T) {
	path := packFile(t, integers())
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	forms := graph.Forms(m.Graph)
	if err := m.CheckPacked(); err != nil || len(forms) != 3 || m.PackedFor() != kernels.Tier() {
		t.Errorf("%v, %d forms, packed for %q", err, len(forms), m.PackedFor())
	}
	measured := func(m *Model) graph.Memory {
		b, err := m.Graph.WithBatch(2)
		if err != nil {
			t.Fatal(err)
		}
		need, err := graph.Measure(b, m.Weights, graph.Options{Frozen: true})
		if err != nil {
			t.Fatal(err)
		}
		return need
	}
	if with, without := measured(m), measured(integers()); with.Packed >= without.Packed {
		t.Errorf("%d bytes of packed copies, %d without forms in the file", with.Packed, without.Packed)
	}
	image := func(m *Model) []byte {
		b, err := m.Graph.WithBatch(2)
		if err != nil {
			t.Fatal(err)
		}
		p, err := graph.Compile(b, m.Weights, graph.Options{Frozen: true})
		if err != nil {
			t.Fatal(err)
		}
		copy(p.In("z").I16(), []int16{1000, -3000, 2000, 5, 6, 7})
		p.Run(graph.Clock{})
		return slices.Clone(p.Out("image").Bytes)
	}
	if !bytes.Equal(image(m), image(integers())) {
		t.Error("the packed model draws another picture")
	}
	good, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	for i, f := range forms {
		name := "packed/" + strconv.Itoa(i)
		var ts []*graph.Tensor
		for _, x := range good.Tensors {
			y := graph.NewTensor(x.Name, x.DType, x.Shape)
			if copy(y.Bytes, x.Bytes); x.Name == name {
				y.Bytes[0] ^= 1
			}
			ts = append(ts, y)
		}
		bad := filepath.Join(t.TempDir(), "bad")
		if err := Write(bad, good.Metadata, ts); err != nil {
			t.Fatal(err)
		}
		m, err := Load(bad)
		if err == nil {
			err = m.CheckPacked()
			m.Close()
		}
		if want := `"` + name + `" is not "` + f.Weight + `" packed`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want one that says %s", err, want)
		}
	}
}

// TestPackCoarseWords: sums of a layer may fit 32 bits only because its words are small, which its packed form does not tell.
func TestPackCoarseWords(t *testing.T) {
	const k = 600
	m := &Model{Graph: graph.New(), Weights: graph.NewStore(), Meta: Meta{Latent: "normal", LatentDim: k, Image: [3]int{1, 1, 4}}}
	b := m.Graph
	v := func(name string, d graph.DType, dims ...int) graph.Value {
		return b.Var(name, d, m.Weights.Alloc(name, d, graph.Of(dims...)).Shape)
	}
	x := b.Reshape(b.QuantizeLatent(b.Input("z", graph.I16, graph.Of(graph.Batch, k)), 1<<30, 40, 1), graph.Of(graph.Batch, 1, 1, k))
	x = b.WScale(b.Widen(x, 8), v("m", graph.I16, k), v("bias", graph.I32, k), kernels.PointI16{Shift: 4, Lo: -1000, Hi: 900})
	like := graph.Node{Op: graph.OpConvOut, Attr: graph.Attr{S: graph.Of(graph.Batch, 1, 1, 4)}}
	copy(like.Attr.I[:], []int32{1, 1, 0, 0, 1, 1})
	x = b.WConv(like, x, v("w", graph.S8, 1, 1, k, 4), v("w.bias", graph.I32, 4), v("w.mult", graph.I32, 4), v("w.shift", graph.U8, 4), 0,
		kernels.WordEnd{Lo: -1 << 15, Hi: 1<<15 - 1})
	b.Output("image", b.WPixels(x, v("pixels", graph.I16, 257)))
	for i := range m.Weights.Get("w").S8() {
		m.Weights.Get("w").S8()[i] = 127
	}
	for i := range 4 {
		m.Weights.Get("w.mult").I32()[i], m.Weights.Get("w.shift").U8()[i] = 1<<30, kernels.MinShift
	}
	packed, err := Load(packFile(t, m))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	if err := packed.CheckPacked(); err != nil || packed.PackedFor() != kernels.Tier() {
		t.Errorf("%v, packed for %q", err, packed.PackedFor())
	}
}
