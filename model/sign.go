package model

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// A signature says who made a file. It is one by Ed25519 (RFC 8032) of the line
//
//	gannet signs sha256 CHECKSUM
//
// with a line feed at its end, where CHECKSUM are the 64 digits of the metadata's gannet.sha256: the SHA-256 of all other
// metadata, graph, hashes and digests among them, and of the name, type, shape and order of every tensor. The digests are
// those of the tensors' data. Only the checksum itself and the signature with its key are not part of what is signed. Both
// are in the metadata, in base64, so that a signed file is a safetensors file as before.
const (
	keySignature = "gannet.signature"
	keySigner    = "gannet.signer"
)

func signedText(sum string) []byte { return []byte("gannet signs sha256 " + sum + "\n") }

// sign adds the signature of a file's metadata, which have their checksum.
func sign(metadata map[string]string, key ed25519.PrivateKey) {
	metadata[keySignature] = base64.StdEncoding.EncodeToString(ed25519.Sign(key, signedText(metadata[keySum])))
	metadata[keySigner] = KeyName(key.Public().(ed25519.PublicKey))
}

// KeyName is how a public key is written in a file's metadata and in messages: its 32 bytes in base64.
func KeyName(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// checkSignature finds a signature that is not one of this content by the key beside it. Which key that is has to be
// compared by who trusts one.
func (f *File) checkSignature() error {
	text, signed := f.Metadata[keySignature]
	name, named := f.Metadata[keySigner]
	if !signed && !named {
		return nil
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(text)
	signer, err2 := base64.StdEncoding.Strict().DecodeString(name)
	if err != nil || err2 != nil || len(signature) != ed25519.SignatureSize || len(signer) != ed25519.PublicKeySize {
		return fmt.Errorf("metadata: %s or %s is missing, or is no Ed25519 signature or key", keySignature, keySigner)
	}
	// A text that belongs to no digests would leave the data out.
	if f.digests == nil || !ed25519.Verify(signer, signedText(f.Metadata[keySum]), signature) {
		return fmt.Errorf("the signature is not one of this content by the key %s: damaged or forged", KeyName(signer))
	}
	f.signer = signer
	return nil
}

// Signer returns the key that signed the file that the model was loaded from, or nil. A signature is checked when a model is
// loaded; whether to trust its key is for the caller to say.
func (m *Model) Signer() ed25519.PublicKey { return m.signer }

// CheckSigner reports a model that another key than this one has signed, or none.
func (m *Model) CheckSigner(key ed25519.PublicKey) error {
	switch {
	case m.signer == nil:
		return fmt.Errorf("not signed; want the signature of the key %s", KeyName(key))
	case !m.signer.Equal(key):
		return fmt.Errorf("signed by the key %s; want %s", KeyName(m.signer), KeyName(key))
	}
	return nil
}

// Sign writes the model in a file into another, or into the same, with a signature. What is signed is a model, and its packed
// forms, where this machine can tell, are those of its weights.
func Sign(path, out string, key ed25519.PrivateKey) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := fromFile(f, false)
	if err == nil {
		err = m.CheckPacked()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.Metadata[keyFormat] = strconv.Itoa(Format)
	return Atomically(out, func(w io.Writer) error { return encode(w, f.Metadata, f.Tensors, key) })
}

// Keys are files as OpenSSL writes and reads them: PEM, PKCS #8 for the private key and PKIX for the public one. In DER an
// Ed25519 key is always the same few bytes before its own 32 (RFC 8410), so there is nothing to parse.
const (
	privatePrefix = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
	publicPrefix  = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
	privateBlock  = "PRIVATE KEY"
	publicBlock   = "PUBLIC KEY"
	maxKeyFile    = 1 << 16
)

// NewKey makes a key pair and writes it: the private key into a file that only its owner can read, the public one beside it
// under the same name with .pub at its end. It replaces neither, and writes both or none.
func NewKey(path string) (ed25519.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	files := []struct {
		path, block, der string
		mode             os.FileMode
	}{
		{path, privateBlock, privatePrefix + string(private.Seed()), 0o600},
		{path + ".pub", publicBlock, publicPrefix + string(public), 0o644},
	}
	for _, f := range files {
		if _, err := os.Lstat(f.path); err == nil {
			return nil, &fs.PathError{Op: "create", Path: f.path, Err: fs.ErrExist}
		}
	}
	for i, f := range files {
		if err := create(f.path, pem.EncodeToMemory(&pem.Block{Type: f.block, Bytes: []byte(f.der)}), f.mode); err != nil {
			if i > 0 {
				os.Remove(path) // no half of a pair
			}
			return nil, err
		}
	}
	return public, nil
}

// create writes a file that must not exist.
func create(path string, b []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// ReadPrivateKey reads a key to sign with.
func ReadPrivateKey(path string) (ed25519.PrivateKey, error) {
	seed, err := readKey(path, privateBlock, privatePrefix)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// ReadPublicKey reads a key to check signatures with.
func ReadPublicKey(path string) (ed25519.PublicKey, error) {
	return readKey(path, publicBlock, publicPrefix)
}

func readKey(path, block, prefix string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	if err != nil {
		return nil, err
	}
	p, _ := pem.Decode(b)
	if p == nil {
		return nil, fmt.Errorf("%s: not a key: want PEM, as gannet keygen and OpenSSL write it", path)
	}
	if p.Type != block {
		return nil, fmt.Errorf("%s: holds a %.40q, want a %s", path, p.Type, block)
	}
	key, ok := bytes.CutPrefix(p.Bytes, []byte(prefix))
	if !ok || len(key) != 32 {
		return nil, fmt.Errorf("%s: not an Ed25519 key", path)
	}
	return key, nil
}
