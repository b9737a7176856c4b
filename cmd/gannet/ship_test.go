package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/kernels"
)

// TestShipping packs, signs and compresses a model, and takes it home again.
func TestShipping(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	small, key, other := "../../testdata/small-int8.safetensors", at("key"), at("other")
	do := func(args ...string) string {
		t.Helper()
		code, out, msg := command(args...)
		if code != 0 {
			t.Fatalf("gannet %v: exit %d: %s", args, code, msg)
		}
		return out
	}
	refused := func(want string, args ...string) {
		t.Helper()
		code, out, msg := command(args...)
		if code != 1 || out != "" || !strings.Contains(msg, want) || strings.Count(msg, "\n") != 1 {
			t.Errorf("gannet %v: exit %d, %s%q; want 1 and one line with %q", args, code, out, msg, want)
		}
	}
	want := do("sample", small, "--hash")
	do("keygen", key)
	do("keygen", other)
	refused("not signed", "verify", small, "--require-signature", key+".pub")

	do("sign", small, "--key", key, "-o", at("signed"))
	if out := do("verify", at("signed"), "--require-signature", key+".pub"); !strings.Contains(out, "ok  signature") {
		t.Errorf("verify says nothing of the signature: %s", out)
	}
	refused("signed by the key", "sample", at("signed"), "--hash", "--require-signature", other+".pub")
	refused("PUBLIC KEY", "sample", at("signed"), "--hash", "--require-signature", key)

	do("pack", at("signed"), "-o", at("zst"), "--zstd")
	refused("zstd", "sample", at("zst"), "--hash")
	refused("are allowed", "pack", at("zst"), "-o", at("x"), "--max-memory", "40k")
	do("pack", at("zst"), "-o", at("back"))
	signed, _ := os.ReadFile(at("signed"))
	if back, err := os.ReadFile(at("back")); err != nil || !bytes.Equal(signed, back) {
		t.Errorf("another file comes back: %v", err)
	}
	forged := bytes.Replace(signed, []byte(`\"seed\":`), []byte(`\"seed\":1`), 1)
	if bytes.Equal(forged, signed) {
		t.Fatal("no seed in the metadata")
	}
	if err := os.WriteFile(at("forged"), forged, 0o644); err != nil {
		t.Fatal(err)
	}
	refused(at("forged"), "verify", at("forged"), "--require-signature", key+".pub")

	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		refused("little endian", "pack", at("zst"), "-o", at("packed"), "--tier", kernels.Tier())
		return
	}
	do("pack", at("zst"), "-o", at("packed"), "--tier", kernels.Tier())
	for _, tier := range kernels.Tiers() {
		if !tier.Available {
			continue
		}
		restore, err := kernels.Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		if out := do("verify", at("packed")); strings.Contains(out, "ok  weights packed for "+tier.Name) != tier.Active {
			t.Errorf("verify on %s: %s", tier.Name, out)
		}
		if got := do("sample", at("packed"), "--hash"); got != want {
			t.Errorf("packed and on %s, the pictures have the hash %s", tier.Name, got)
		}
		restore()
	}
	do("pack", at("packed"), "-o", at("plain"), "--tier", "none")
	do("pack", small, "-o", at("plain2"), "--tier", "none")
	a, _ := os.ReadFile(at("plain"))
	if b, err := os.ReadFile(at("plain2")); err != nil || !bytes.Equal(a, b) {
		t.Errorf("unpacked it is another file: %v", err)
	}
}
