package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
)

// tiny is a generator of 2x2 pictures from three latents.
func tiny() *Model {
	b := graph.New()
	z := b.FromI16(b.Input("z", graph.I16, graph.Of(graph.Batch, 3)), 1.0/4096)
	x := b.Add(b.Dot(z, b.Var("w", graph.F32, graph.Of(3, 4)), false, false), b.Var("b", graph.F32, graph.Of(4)))
	b.Output("image", b.Reshape(b.ToU8(b.Sigmoid(x), 255, 0), graph.Of(graph.Batch, 2, 2, 1)))
	m := &Model{Graph: b, Weights: graph.NewStore(), Meta: Meta{Latent: "normal", LatentDim: 3, Image: [3]int{2, 2, 1}}}
	for i := range m.Weights.Alloc("w", graph.F32, graph.Of(3, 4)).F32() {
		m.Weights.Get("w").F32()[i] = float32(i) / 8
	}
	m.Weights.Alloc("b", graph.F32, graph.Of(4))
	return m
}

func save(t testing.TB, m *Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := Save(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	path := save(t, tiny())
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got, want := m.Weights.Get("w").F32(), tiny().Weights.Get("w").F32(); !slices.Equal(got, want) {
		t.Errorf("w is %v, want %v", got, want)
	}
	again := filepath.Join(t.TempDir(), "again.safetensors")
	if err := Save(again, m); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(path)
	b, _ := os.ReadFile(again)
	if !bytes.Equal(a, b) {
		t.Error("saving a loaded model gives another file")
	}
	n := binary.LittleEndian.Uint64(a)
	if (8+n)%64 != 0 {
		t.Errorf("data begins at %d, no multiple of 64", 8+n)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("the folder holds %d files: a temporary one was left", len(entries))
	}
}

// TestAlignment: what can be aligned to 64 bytes is, the rest to its element.
func TestAlignment(t *testing.T) {
	st := graph.NewStore()
	st.Alloc("odd", graph.U8, graph.Of(3))
	st.Alloc("bias", graph.F32, graph.Of(5))
	st.Alloc("bytes", graph.S8, graph.Of(64))
	st.Alloc("weight", graph.F32, graph.Of(16, 4))
	path := filepath.Join(t.TempDir(), "m")
	if err := SaveCheckpoint(path, []byte("{}"), st); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(b)
	if err != nil {
		t.Fatal(err)
	}
	at := 8 + int(binary.LittleEndian.Uint64(b))
	for _, x := range f.Tensors {
		want := x.DType.Size()
		if len(x.Bytes)%64 == 0 {
			want = 64
		}
		if at%want != 0 {
			t.Errorf("%s begins at %d, no multiple of %d", x.Name, at, want)
		}
		at += len(x.Bytes)
	}
}

// TestAtomically: a link stays a link, a failure leaves the old file, and no temporary name is left.
func TestAtomically(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	put := func(path, text string, fail error) error {
		return Atomically(path, func(w io.Writer) error {
			io.WriteString(w, text)
			return fail
		})
	}
	if err := put(path, "old", nil); err != nil {
		t.Fatal(err)
	}
	if err := put(path, "torn", errors.New("disk full")); err == nil || err.Error() != path+": disk full" {
		t.Errorf("%v", err)
	}
	want := "old"
	if os.Symlink("file", link) == nil {
		want = "new"
		if err := put(link, want, nil); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Error("the link became a file")
		}
	}
	if b, _ := os.ReadFile(path); string(b) != want {
		t.Errorf("the file holds %q, want %q", b, want)
	}
	if torn, _ := filepath.Glob(filepath.Join(dir, TempPattern)); len(torn) != 0 {
		t.Errorf("left behind: %v", torn)
	}
	if err := put(dir, "x", nil); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("%v", err)
	}
}

// file assembles a safetensors file from a header and data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestHostileHeaders(t *testing.T) {
	for _, c := range []struct {
		what string
		file []byte
		want string
	}{
		{"empty", nil, "header needs 8"},
		{"short", []byte{1, 2, 3}, "header needs 8"},
		{"length beyond the file", []byte{255, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "header of 255 bytes"},
		{"giant length", []byte{255, 255, 255, 255, 255, 255, 255, 255, '{', '}'}, "header of"},
		{"no object", file(`[]`, 0), "no JSON object"},
		{"no JSON", file(`{"a`, 0), "header"},
		{"deep", file(`{"a":`+strings.Repeat("[", 50000), 0), "header"},
		{"text after", file(`{} x`, 0), "after the JSON"},
		{"twice", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1),
			"used twice"},
		{"dtype", file(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, 8), "not supported"},
		{"zero", file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), "positive"},
		{"negative", file(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1), "positive"},
		{"product", file(`{"a":{"dtype":"U8","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}`, 0), "2^31"},
		{"rank", file(`{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, 1), "dimensions"},
		{"too short", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "needs 8"},
		{"outside", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 3), "needs 4"},
		{"backwards", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}`, 4), "needs 4"},
		{"one offset", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[4]}}`, 4), "want 2"},
		{"below zero", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}`, 4), "needs 4"},
		{"overflow", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775806,-9223372036854775806]}}`, 4), "needs 4"},
		{"overlap", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}`, 6),
			"overlap"},
		{"hole", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}`, 5), "hole"},
		{"trailing", file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 5), "after the last"},
		{"metadata", file(`{"__metadata__":{"a":1}}`, 0), "metadata"},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, c.file, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err == nil {
			f.Close()
			t.Errorf("%s: accepted", c.what)
		} else if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want one line with the path and %q", c.what, err, c.want)
		}
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a folder was accepted")
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file was accepted")
	}
}

// TestLyingModels changes one thing of a good model at a time.
func TestLyingModels(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(m *Model)
		want   string
	}{
		{"latent", func(m *Model) { m.Meta.Latent = "gamma" }, "latent"},
		{"latent size", func(m *Model) { m.Meta.LatentDim = 4 }, `input "z"`},
		{"image size", func(m *Model) { m.Meta.Image = [3]int{4, 2, 1} }, `output "image"`},
		{"giant image", func(m *Model) { m.Meta.Image = [3]int{1 << 30, 1 << 30, 1} }, "65536"},
		{"sides that fit, but not their product", func(m *Model) { m.Meta.Image = [3]int{1 << 16, 1 << 16, 1} }, "2^31"},
		{"NaN", func(m *Model) { m.Weights.Get("w").F32()[5] = float32(math.NaN()) }, "NaN"},
		{"infinity", func(m *Model) { m.Weights.Get("b").F32()[0] = float32(math.Inf(-1)) }, "infinity"},
		{"shape", func(m *Model) { m.Weights.Alloc("w", graph.F32, graph.Of(4, 3)) }, "expects"},
		{"dtype", func(m *Model) { m.Weights.Alloc("w", graph.I32, graph.Of(3, 4)) }, "expects"},
		{"missing", func(m *Model) {
			b := m.Weights.Get("b")
			m.Weights = graph.NewStore()
			m.Weights.Put(b)
		}, "missing"},
	} {
		m := tiny()
		c.change(m)
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.what, err, c.want)
		}
		path := filepath.Join(t.TempDir(), "m")
		if Save(path, m) == nil {
			t.Errorf("%s: saved", c.what)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was left", c.what)
		}
	}
}

func TestNewerFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	for format, want := range map[string]string{"99": "newer", "x": "version number", "-1": "version number", "1": "latent", "2": "latent", "3": "latent"} {
		if err := Write(path, map[string]string{keyFormat: format, keyGraph: "{}", keyMeta: "{}"}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("format %s: %v, want an error with %q", format, err, want)
		}
	}
}

// TestEveryBit flips each bit of a model, of a signed one and of a packed one: it is refused, or says the very same as before
// (the case of a JSON key).
func TestEveryBit(t *testing.T) {
	ours, _ := keys()
	everyBit(t, save(t, tiny()), 5)
	everyBit(t, signed(t, ours), 29)
	everyBit(t, packFile(t, tiny()), 31)
}

func everyBit(t *testing.T, path string, short int) {
	t.Helper()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := parse(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(good) * 8 {
		if testing.Short() && i%short != 0 {
			continue
		}
		b := slices.Clone(good)
		b[i/8] ^= 1 << (i % 8)
		f, err := read(b)
		if err == nil {
			_, err = fromFile(f, false)
		}
		if err != nil {
			continue
		}
		if !maps.Equal(f.Metadata, want.Metadata) || !bytes.Equal(f.data, want.data) || len(f.Tensors) != len(want.Tensors) {
			t.Fatalf("bit %d of byte %d, in %.40q, goes unnoticed", i%8, i/8, good[max(0, i/8-20):])
		}
	}
}

// TestDamage truncates a model everywhere and flips bits all over it: never a panic, and where it still loads, it passes
// its own checks.
func TestDamage(t *testing.T) {
	good, err := os.ReadFile(save(t, tiny()))
	if err != nil {
		t.Fatal(err)
	}
	try := func(b []byte) {
		path := filepath.Join(t.TempDir(), "d")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(path); err == nil {
			if err := m.Check(); err != nil {
				t.Errorf("loaded, but: %v", err)
			}
			m.Close()
		}
	}
	step := 7
	if testing.Short() {
		step = 61
	}
	for n := 0; n < len(good); n += step {
		try(good[:n])
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 4000 / step {
		b := slices.Clone(good)
		for range 1 + r.IntN(3) {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
		try(b)
	}
}

func TestCheckpoint(t *testing.T) {
	st := graph.NewStore()
	st.Alloc("a", graph.F32, graph.Of(5))
	st.Alloc("b", graph.U8, graph.Of(3))
	st.Get("a").F32()[4] = 7
	path := filepath.Join(t.TempDir(), "c")
	js, _ := json.Marshal(map[string]int{"step": 3})
	if err := SaveCheckpoint(path, js, st); err != nil {
		t.Fatal(err)
	}
	clear(st.Get("a").F32())
	got, err := LoadCheckpoint(path, st)
	if err != nil || string(got) != string(js) || st.Get("a").F32()[4] != 7 {
		t.Errorf("got %s, %v, %v", got, st.Get("a").F32(), err)
	}
	st.Alloc("c", graph.U8, graph.Of(1))
	if _, err := LoadCheckpoint(path, st); err == nil {
		t.Error("a checkpoint of another run was accepted")
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "checkpoint") {
		t.Errorf("a checkpoint loaded as a model: %v", err)
	}
}

func TestSwap(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	swap(b, 4)
	if fmt.Sprint(b) != "[4 3 2 1 8 7 6 5]" {
		t.Error(b)
	}
}

// FuzzHeader feeds whole files: what is accepted must cover exactly its data.
func FuzzHeader(f *testing.F) {
	good, err := os.ReadFile(save(f, tiny()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(file(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}  `, 12))
	f.Add(file(`{"__metadata__":{"gannet.format":"1"}}`, 0))
	ours, _ := keys()
	for _, path := range []string{signed(f, ours), packFile(f, wide())} {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := parse(b)
		if err != nil {
			return
		}
		file.checkSignature() // of whatever content
		n := 8 + int(binary.LittleEndian.Uint64(b))
		for _, t := range file.Tensors {
			n += len(t.Bytes)
		}
		if n != len(b) {
			t.Fatalf("%d of %d bytes are accounted for", n, len(b))
		}
		if m, err := fromFile(file, false); err == nil {
			if _, err := m.Graph.WithBatch(2); err != nil {
				t.Fatalf("an accepted model cannot be bound: %v", err)
			}
		}
	})
}
