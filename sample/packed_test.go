package sample

import (
	"bytes"
	"encoding/binary"
	"io"
	"path/filepath"
	"testing"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// TestPacked: packed forms that come with a file change no picture, save memory, and are left alone on other tiers.
func TestPacked(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		t.Skip("packed forms are little endian")
	}
	for _, name := range []string{"small-f32", "small-int8"} {
		m, err := model.Load("../testdata/" + name + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		want, err := Hash(m, Seeds(0, 7), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tier := range kernels.Tiers() {
			if !tier.Available {
				continue
			}
			restore, err := kernels.Force(tier.Name)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := model.Pack(&b, m); err != nil {
				t.Fatal(err)
			}
			restore()
			for _, on := range kernels.Tiers() {
				if !on.Available {
					continue
				}
				restore, err := kernels.Force(on.Name)
				if err != nil {
					t.Fatal(err)
				}
				file := graph.NewArena(b.Len()) // aligned, as a mapping is
				copy(file, b.Bytes())
				p, err := model.Decode(file)
				if err != nil {
					t.Fatal(err)
				}
				if (p.PackedFor() != "") != (on.Name == tier.Name) {
					t.Errorf("%s packed for %s: on %s it has forms for %q", name, tier.Name, on.Name, p.PackedFor())
				}
				if need, err := Memory(p, 1, 1); err != nil || (need.Packed == 0) != (on.Name == tier.Name) {
					t.Errorf("%s packed for %s needs %d bytes of copies on %s, %v", name, tier.Name, need.Packed, on.Name, err)
				}
				if got, err := Hash(p, Seeds(0, 7), nil); err != nil || got != want {
					t.Errorf("%s packed for %s draws other pictures on %s, %v", name, tier.Name, on.Name, err)
				}
				restore()
			}
		}
	}
}

// TestForcedAfterLoading: packed forms that came with a file for one tier are not read as those of another, which was forced
// between loading and compiling.
func TestForcedAfterLoading(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		t.Skip("packed forms are little endian")
	}
	force := func(tier string) func() {
		restore, err := kernels.Force(tier)
		if err != nil {
			t.Fatal(err)
		}
		return restore
	}
	for _, name := range []string{"small-f32", "small-int8"} {
		plain, err := model.Load("../testdata/" + name + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		defer plain.Close()
		want, err := Hash(plain, Seeds(0, 7), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tier := range kernels.Tiers() {
			for _, on := range kernels.Tiers() {
				if !tier.Available || !on.Available || tier.Name == on.Name {
					continue
				}
				restore := force(tier.Name)
				path := filepath.Join(t.TempDir(), "packed")
				if err := model.Atomically(path, func(w io.Writer) error { return model.Pack(w, plain) }); err != nil {
					t.Fatal(err)
				}
				m, err := model.LoadToSample(path)
				restore()
				if err != nil {
					t.Fatal(err)
				}
				restore = force(on.Name)
				if need, err := Memory(m, 1, 1); err != nil || need.Packed == 0 || m.PackedFor() != "" || m.Idle() != 0 {
					t.Errorf("%s packed for %s needs %d bytes of copies on %s, %d are idle, %v", name, tier.Name, need.Packed, on.Name, m.Idle(), err)
				}
				if got, err := Hash(m, Seeds(0, 7), nil); err != nil || got != want {
					t.Errorf("%s packed for %s draws other pictures when %s is forced, %v", name, tier.Name, on.Name, err)
				}
				restore()
				m.Close()
			}
		}
	}
}
