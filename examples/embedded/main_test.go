package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/guard"
	"github.com/gannet-ml/gannet/sample"
)

// TestEmbedded: the model is the one of testdata, its hash the one that every platform has, and pictures cost no memory.
func TestEmbedded(t *testing.T) {
	file, err := os.ReadFile("../../testdata/small-int8.safetensors")
	if err != nil || !bytes.Equal(file, digits) {
		t.Errorf("digits.safetensors is not testdata/small-int8.safetensors (%v)", err)
	}
	d, err := newSource()
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Verify(d.m, nil); err != nil {
		t.Error(err)
	}
	pix, seeds := make([]uint8, 3*d.s.Size()), []uint64{1, 2, 3}
	d.fill(pix, seeds)
	if n := testing.AllocsPerRun(20, func() { d.fill(pix, seeds) }); n != 0 && !guard.Race {
		t.Errorf("three pictures allocate %v times", n)
	}
	var out strings.Builder
	show(&out, pix[:d.s.Size()], 28)
	if s := out.String(); strings.Count(s, "\n") != 28 || !strings.Contains(s, "@@") {
		t.Errorf("this is no digit:\n%s", s)
	}
}
