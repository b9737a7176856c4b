package sample

import (
	"bytes"
	"encoding/binary"
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
