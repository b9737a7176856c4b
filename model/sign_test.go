package model

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/graph"
)

// keys are those of two people.
func keys() (ours, theirs ed25519.PrivateKey) {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// signed writes tiny with a signature.
func signed(t testing.TB, key ed25519.PrivateKey) string {
	t.Helper()
	path := save(t, tiny())
	if err := Sign(path, path, key); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSignature(t *testing.T) {
	ours, theirs := keys()
	plain := save(t, tiny())
	path := filepath.Join(t.TempDir(), "signed")
	if err := Sign(plain, path, theirs); err != nil {
		t.Fatal(err)
	}
	if err := Sign(path, path, ours); err != nil { // replaces theirs
		t.Fatal(err)
	}
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.CheckSigner(public(ours)); err != nil || !m.Signer().Equal(public(ours)) {
		t.Errorf("%v", err)
	}
	if err := m.CheckSigner(public(theirs)); err == nil || !strings.HasPrefix(err.Error(), "signed by the key "+KeyName(public(ours))) {
		t.Errorf("another key: %v", err)
	}
	u, err := Load(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	if err := u.CheckSigner(public(ours)); err == nil || !strings.HasPrefix(err.Error(), "not signed") {
		t.Errorf("no signature: %v", err)
	}
	// The tensors of a signed file are those of the other, and a model that is saved anew is not signed.
	a, err := Open(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !bytes.Equal(a.data, b.data) || a.Metadata[keySum] != b.Metadata[keySum] {
		t.Error("a signature changes what is signed")
	}
	if again := save(t, m); !same(t, again, plain) {
		t.Error("saved anew, a signed model is another file")
	}
}

func same(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

// TestForged changes a signed file without the key, and puts the checksums right where it can.
func TestForged(t *testing.T) {
	ours, theirs := keys()
	good, err := Open(signed(t, ours))
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	other, err := Open(signed(t, theirs))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, c := range []struct {
		what   string
		change func(md map[string]string, ts []*graph.Tensor)
		want   string
	}{
		{"nothing", func(map[string]string, []*graph.Tensor) {}, ""},
		{"a weight", func(_ map[string]string, ts []*graph.Tensor) { ts[0].Bytes[7] ^= 1 }, "not one of this content"},
		{"metadata", func(md map[string]string, _ []*graph.Tensor) { md["x"] = "y" }, "not one of this content"},
		{"a name", func(_ map[string]string, ts []*graph.Tensor) { ts[0].Name = "other" }, "not one of this content"},
		{"another's signature", func(md map[string]string, _ []*graph.Tensor) { md[keySignature] = other.Metadata[keySignature] },
			"not one of this content"},
		{"another's key", func(md map[string]string, _ []*graph.Tensor) { md[keySigner] = other.Metadata[keySigner] },
			"not one of this content"},
		{"no key", func(md map[string]string, _ []*graph.Tensor) { delete(md, keySigner) }, "missing"},
		{"no signature", func(md map[string]string, _ []*graph.Tensor) { delete(md, keySignature) }, "missing"},
		{"no base64", func(md map[string]string, _ []*graph.Tensor) { md[keySignature] = "!" }, "no Ed25519"},
		{"a short key", func(md map[string]string, _ []*graph.Tensor) { md[keySigner] = "AAAA" }, "no Ed25519"},
	} {
		md, ts := map[string]string{}, []*graph.Tensor{}
		for k, v := range good.Metadata {
			md[k] = v
		}
		for _, x := range good.Tensors {
			x = &graph.Tensor{Name: x.Name, DType: x.DType, Shape: x.Shape, Bytes: bytes.Clone(x.Bytes)}
			ts = append(ts, x)
		}
		c.change(md, ts)
		_, err := read(assemble(t, md, ts))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v; want %q", c.what, err, c.want)
		}
	}
}

// assemble encodes a file with right checksums and the signature that stands in the metadata.
func assemble(t *testing.T, md map[string]string, ts []*graph.Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, md, ts, nil); err != nil {
		t.Fatal(err)
	}
	f, err := read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	header := b.Bytes()[8 : len(b.Bytes())-len(f.data)]
	var extra strings.Builder
	for _, k := range []string{keySignature, keySigner} {
		if v, ok := md[k]; ok {
			extra.WriteString(`"` + k + `":"` + v + `",`)
		}
	}
	head := strings.Replace(string(header), `{"__metadata__":{`, `{"__metadata__":{`+extra.String(), 1)
	return append(file(head, 0), f.data...)
}

// TestExchangedTensors: a checksum also says which data belong to which name.
func TestExchangedTensors(t *testing.T) {
	ours, _ := keys()
	a, b := graph.NewTensor("a", graph.F32, graph.Of(16)), graph.NewTensor("b", graph.F32, graph.Of(16))
	b.F32()[0] = 1
	var w bytes.Buffer
	if err := encode(&w, nil, []*graph.Tensor{a, b}, ours); err != nil {
		t.Fatal(err)
	}
	if _, err := read(w.Bytes()); err != nil {
		t.Fatal(err)
	}
	r := strings.NewReplacer("[0,64]", "[64,128]", "[64,128]", "[0,64]")
	if _, err := read([]byte(r.Replace(w.String()))); err == nil || !strings.Contains(err.Error(), "order") {
		t.Errorf("exchanged: %v", err)
	}
}

// TestOneKeyFile: where one of the two files is there already, it stays as it is and the other one is not made.
func TestOneKeyFile(t *testing.T) {
	for _, suffix := range []string{"", ".pub"} {
		dir := t.TempDir()
		there := filepath.Join(dir, "key"+suffix)
		if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewKey(filepath.Join(dir, "key")); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), there) {
			t.Errorf("key%s exists: %v", suffix, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 1 {
			t.Errorf("key%s exists: %v are there now", suffix, files)
		}
		if b, err := os.ReadFile(there); err != nil || string(b) != "mine" {
			t.Errorf("key%s is now %q, %v", suffix, b, err)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	key, err := NewKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS == "linux" && info.Mode().Perm() != 0o600 {
		t.Errorf("the private key: %v, %v", info.Mode(), err)
	}
	if _, err := NewKey(path); err == nil {
		t.Error("a key was replaced")
	}
	private, err := ReadPrivateKey(path)
	if err != nil || !public(private).Equal(key) {
		t.Errorf("private: %v", err)
	}
	if got, err := ReadPublicKey(path + ".pub"); err != nil || !got.Equal(key) {
		t.Errorf("public: %v", err)
	}
	b, _ := os.ReadFile(path)
	p, _ := pem.Decode(b)
	if k, err := x509.ParsePKCS8PrivateKey(p.Bytes); err != nil || !private.Equal(k) {
		t.Errorf("PKCS #8: %v", err)
	}
	if want, err := x509.MarshalPKCS8PrivateKey(private); err != nil || !bytes.Equal(p.Bytes, want) {
		t.Errorf("PKCS #8: %v", err)
	}
	rsa := "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMEP5+zqXqxPk3iEdEVWFkU1XDQAaGzO\n-----END PUBLIC KEY-----\n"
	for text, want := range map[string]string{"": "PEM", "x": "PEM", string(b): "PRIVATE KEY", rsa: "not an Ed25519 key",
		strings.Repeat("x", maxKeyFile+1): "PEM"} {
		bad := filepath.Join(dir, "bad")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPublicKey(bad); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), bad) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%.30q: %v; want one line with %q", text, err, want)
		}
	}
	if _, err := ReadPrivateKey(path + ".pub"); err == nil {
		t.Error("a public key is taken for a private one")
	}
	if _, err := exec.LookPath("openssl"); err != nil || runtime.GOOS != "linux" {
		t.Skip("no openssl here")
	}
	if out, err := exec.Command("openssl", "pkey", "-in", path, "-pubout").Output(); err != nil {
		t.Errorf("openssl: %v", err)
	} else if want, _ := os.ReadFile(path + ".pub"); !bytes.Equal(out, want) {
		t.Errorf("openssl's public key is\n%s, not\n%s", out, want)
	}
	theirs := filepath.Join(dir, "theirs")
	if out, err := exec.Command("openssl", "genpkey", "-algorithm", "ed25519", "-out", theirs).CombinedOutput(); err != nil {
		t.Skipf("openssl: %v: %s", err, out)
	}
	if private, err = ReadPrivateKey(theirs); err != nil {
		t.Fatalf("a key of openssl's: %v", err)
	}
	// What is signed, and by which bytes, as the documents say: openssl agrees.
	f, err := Open(signed(t, private))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, sig := filepath.Join(dir, "text"), filepath.Join(dir, "sig")
	if err := os.WriteFile(text, []byte("gannet signs sha256 "+f.Metadata[keySum]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "pkeyutl", "-sign", "-inkey", theirs, "-rawin", "-in", text, "-out", sig).CombinedOutput()
	if err != nil {
		t.Skipf("openssl: %v: %s", err, out)
	}
	want, _ := os.ReadFile(sig)
	if got := ed25519.Sign(private, signedText(f.Metadata[keySum])); !bytes.Equal(got, want) {
		t.Error("openssl's signature is another")
	}
}
