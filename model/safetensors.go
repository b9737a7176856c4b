// Package model is the file on disk: safetensors (a JSON header and raw arrays) with the graph of a generator in its
// metadata. Files are mapped, and trusted in nothing until they are validated.
package model

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"github.com/gannet-ml/gannet/graph"
)

// File is an open safetensors file. Its tensors are read-only and valid until Close.
type File struct {
	Path     string
	Metadata map[string]string
	Tensors  []*graph.Tensor // in the order of the header
	data     []byte          // as it is in the file
	raw      [][]byte        // the tensors' parts of it
	sorted   bool            // they lie there in the order of the header
	unmap    func() error

	digests []string          // of the tensors, or nil where there are none
	signer  ed25519.PublicKey // whose signature of this content the file carries, or nil
}

const (
	align         = 64
	maxHeader     = 16 << 20
	maxTensors    = 1 << 14
	metadataEntry = "__metadata__"
	keySum        = "gannet.sha256"
	keyDigests    = "gannet.digests"
)

// Open maps a file and validates it: lengths, names, types, shapes, that the tensors fill the data exactly, without holes or
// overlaps, and its checksum and signature if it has them. Every error names the file and what was expected.
func Open(path string) (*File, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := f.checkData(nil); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// open is Open without a look at the data.
func open(path string) (*File, error) {
	b, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	f, err := read(b)
	if err != nil {
		unmap()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.Path, f.unmap = path, unmap
	return f, nil
}

// Read is Open for a file that is in memory. Its tensors lie in b where they can.
func Read(b []byte) (*File, error) {
	f, err := read(b)
	if err != nil {
		return nil, err
	}
	if err := f.checkData(nil); err != nil {
		return nil, err
	}
	f.unmap = func() error { return nil }
	return f, nil
}

// read parses a file and checks what its header says of it.
func read(b []byte) (*File, error) {
	f, err := parse(b)
	if err == nil {
		err = f.checkSum()
	}
	if err == nil {
		err = f.checkSignature()
	}
	return f, err
}

// Close unmaps the file. Its tensors must not be used afterwards.
func (f *File) Close() error { return f.unmap() }

type headerEntry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// byOffset sorts entries by where their tensors begin. (An instance of slices.SortFunc is 10 KB of every program that samples;
// that of sort.Sort is there anyway.)
type byOffset []headerEntry

func (b byOffset) Len() int           { return len(b) }
func (b byOffset) Less(i, j int) bool { return b[i].Offsets[0] < b[j].Offsets[0] }
func (b byOffset) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

// zstdMagic begins a file compressed with zstd.
const zstdMagic = "\x28\xb5\x2f\xfd"

// IsCompressed reports whether a file that begins with b is compressed with zstd.
func IsCompressed(b []byte) bool { return bytes.HasPrefix(b, []byte(zstdMagic)) }

func parse(b []byte) (*File, error) {
	if IsCompressed(b) {
		return nil, errors.New("compressed with zstd, for shipping: unpack it once, with gannet pack FILE -o MODEL or zstd -d FILE")
	}
	if len(b) < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes, a header needs 8", len(b))
	}
	n := binary.LittleEndian.Uint64(b)
	if n > maxHeader || n > uint64(len(b)-8) {
		return nil, fmt.Errorf("not a safetensors file: header of %d bytes in a file of %d (at most %d are allowed)", n, len(b),
			maxHeader)
	}
	head, data := b[8:8+n], b[8+n:]
	f := &File{data: data}
	var entries []headerEntry
	d := json.NewDecoder(bytes.NewReader(head))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("header is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("header: %w", err)
		}
		name, _ := t.(string)
		if seen[name] || name == "" || len(name) > 256 {
			return nil, fmt.Errorf("header: tensor name %.64q is empty, too long or used twice", name)
		}
		seen[name] = true
		if name == metadataEntry {
			if err := d.Decode(&f.Metadata); err != nil {
				return nil, fmt.Errorf("header: metadata: %w", err)
			}
			continue
		}
		var e headerEntry
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("header: tensor %q: %w", name, err)
		}
		dt, ok := graph.ParseDType(e.DType)
		if !ok {
			return nil, fmt.Errorf("tensor %q: dtype %.16q is not supported", name, e.DType)
		}
		shape, err := fixedShape(e.Shape)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		if len(e.Offsets) != 2 {
			return nil, fmt.Errorf("tensor %q: %d data_offsets, want 2", name, len(e.Offsets))
		}
		size := int64(shape.Numel()) * int64(dt.Size())
		if e.Offsets[0] < 0 || e.Offsets[1] < 0 || e.Offsets[1] > int64(len(data)) || e.Offsets[1]-e.Offsets[0] != size {
			return nil, fmt.Errorf("tensor %q: bytes %d to %d of %d, but %v%v needs %d", name, e.Offsets[0], e.Offsets[1],
				len(data), dt, shape, size)
		}
		if len(entries) >= maxTensors {
			return nil, fmt.Errorf("header: more than %d tensors", maxTensors)
		}
		entries = append(entries, e)
		f.Tensors = append(f.Tensors, &graph.Tensor{Name: name, DType: dt, Shape: shape, Bytes: data[e.Offsets[0]:e.Offsets[1]]})
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if rest := bytes.TrimLeft(head[d.InputOffset():], " "); len(rest) > 0 {
		return nil, fmt.Errorf("header: %d bytes after the JSON object", len(rest))
	}
	order := slices.Clone(entries)
	sort.Sort(byOffset(order))
	at := int64(0)
	for _, e := range order {
		if e.Offsets[0] != at {
			return nil, fmt.Errorf("tensors overlap or leave a hole at byte %d of the data", min(at, e.Offsets[0]))
		}
		at = e.Offsets[1]
	}
	if at != int64(len(data)) {
		return nil, fmt.Errorf("%d bytes of data after the last tensor", int64(len(data))-at)
	}
	f.sorted = sort.IsSorted(byOffset(entries))
	for i, t := range f.Tensors {
		f.raw = append(f.raw, t.Bytes)
		f.Tensors[i] = native(t)
	}
	return f, nil
}

// checkSum finds damage: bits that changed since the file was written. Files of other programs carry no checksum. Where
// the metadata hold a digest of each tensor the checksum covers the data through them, and checkData is the other half.
func (f *File) checkSum() error {
	want, ok := f.Metadata[keySum]
	if !ok {
		return nil
	}
	if !f.sorted {
		return errors.New("damaged: its data do not lie in the order of the header")
	}
	h := describe(f.Metadata, f.Tensors)
	if list, ok := f.Metadata[keyDigests]; !ok {
		h.Write(f.data)
	} else if f.digests = strings.Fields(list); len(f.digests) != len(f.Tensors) {
		return fmt.Errorf("metadata: %s has %d entries for %d tensors", keyDigests, len(f.digests), len(f.Tensors))
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("damaged: its checksum is %s, the metadata say %.64q", got, want)
	}
	return nil
}

// checkData finds damage in the data of a file with digests, but for that of the tensors to be passed over.
func (f *File) checkData(pass func(name string) bool) error {
	for i, want := range f.digests {
		if name := f.Tensors[i].Name; pass != nil && pass(name) {
			continue
		} else if got := digest(f.raw[i]); got != want {
			return fmt.Errorf("damaged: the digest of tensor %q is %s, the metadata say %.64q", name, got, want)
		}
	}
	return nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// describe begins a checksum: the metadata but for the checksum itself and the signature, and the tensors in the order of
// the header. The data follow, in files that lack a digest of each tensor. The text determines what it describes: names
// are quoted, and the types say how much data there is.
func describe(metadata map[string]string, tensors []*graph.Tensor) hash.Hash {
	h := sha256.New()
	keys := make([]string, 0, len(metadata))
	for k := range metadata {
		keys = append(keys, k)
	}
	//lint:ignore S1032 sort.Strings is an instance of slices.Sort, 6 KB more on a board
	sort.Sort(sort.StringSlice(keys))
	for _, k := range keys {
		if k != keySum && k != keySignature && k != keySigner {
			fmt.Fprintf(h, "%q: %q\n", k, metadata[k])
		}
	}
	for _, t := range tensors {
		fmt.Fprintf(h, "%q: %v%v\n", t.Name, t.DType, t.Shape)
	}
	return h
}

// fixedShape is graph.Of for sizes that a file declares.
func fixedShape(dims []int) (s graph.Shape, err error) {
	n := int64(1)
	for _, d := range dims {
		if d <= 0 || int64(d) > (1<<31-1)/n {
			return s, fmt.Errorf("shape %v: every dimension must be positive and the product below 2^31", dims)
		}
		n *= int64(d)
	}
	if len(dims) > graph.MaxRank {
		return s, fmt.Errorf("shape %v: more than %d dimensions", dims, graph.MaxRank)
	}
	return graph.Of(dims...), nil
}

// bigEndian reports the order of the machine.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// native returns t usable in place: a copy where the bytes must be swapped or do not lie at a multiple of an element.
func native(t *graph.Tensor) *graph.Tensor {
	size := t.DType.Size()
	if size == 1 || !bigEndian && uintptr(unsafe.Pointer(unsafe.SliceData(t.Bytes)))%uintptr(size) == 0 {
		return t
	}
	c := graph.NewTensor(t.Name, t.DType, t.Shape)
	copy(c.Bytes, t.Bytes)
	if bigEndian {
		swap(c.Bytes, size)
	}
	return c
}

// swap reverses the bytes of every element.
func swap(b []byte, size int) {
	for ; len(b) > 0; b = b[size:] {
		slices.Reverse(b[:size])
	}
}

// Write writes a safetensors file: to a temporary name in the same folder, synced and renamed, so that path is either the
// old file or the whole new one. Data begins at a multiple of 64 bytes. The format allows no gaps, so tensors that are
// multiples of 64 bytes long come first (which aligns them to 64), then the others, the largest elements first (which
// aligns them to an element). The metadata gain a digest of each tensor and a checksum of everything else; a signature that
// they have is of another file, and left out.
func Write(path string, metadata map[string]string, tensors []*graph.Tensor) error {
	return Atomically(path, func(w io.Writer) error { return encode(w, metadata, tensors, nil) })
}

// encode writes what Write does, signed if there is a key.
func encode(w io.Writer, metadata map[string]string, tensors []*graph.Tensor, key ed25519.PrivateKey) error {
	tensors = slices.Clone(tensors)
	rank := func(t *graph.Tensor) int {
		if len(t.Bytes)%align == 0 {
			return align
		}
		return t.DType.Size()
	}
	slices.SortStableFunc(tensors, func(a, b *graph.Tensor) int { return cmp.Compare(rank(b), rank(a)) })
	metadata = maps.Clone(metadata)
	if metadata == nil {
		metadata = map[string]string{}
	}
	var digests []string
	for _, t := range tensors {
		digests = append(digests, digest(littleEndian(t)))
	}
	metadata[keyDigests] = strings.Join(digests, " ")
	metadata[keySum] = hex.EncodeToString(describe(metadata, tensors).Sum(nil))
	delete(metadata, keySignature)
	delete(metadata, keySigner)
	if key != nil {
		sign(metadata, key)
	}
	var head bytes.Buffer
	head.WriteByte('{')
	meta, err := json.Marshal(metadata)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	fmt.Fprintf(&head, "%q:%s", metadataEntry, meta)
	at := int64(0)
	for _, t := range tensors {
		name, err := json.Marshal(t.Name)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		e, err := json.Marshal(headerEntry{t.DType.String(), t.Shape.Dims(), []int64{at, at + int64(len(t.Bytes))}})
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		fmt.Fprintf(&head, ",%s:%s", name, e)
		at += int64(len(t.Bytes))
	}
	head.WriteByte('}')
	for (8+head.Len())%align != 0 {
		head.WriteByte(' ')
	}
	if head.Len() > maxHeader {
		return fmt.Errorf("header of %d bytes, at most %d are allowed", head.Len(), maxHeader)
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(head.Len())); err != nil {
		return err
	}
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := w.Write(littleEndian(t)); err != nil {
			return err
		}
	}
	return nil
}

// littleEndian returns the bytes of a tensor as they are in a file.
func littleEndian(t *graph.Tensor) []byte {
	b := t.Bytes
	if bigEndian {
		b = slices.Clone(b)
		swap(b, t.DType.Size())
	}
	return b
}

// TempPattern matches the temporary names that Atomically uses.
const TempPattern = ".*.tmp"

// Atomically writes a file under a temporary name in the same folder, syncs it and gives it its name. When anything
// fails the file of that name, if there is one, stays as it was. A link is followed, a device or a pipe written to as it
// is: a rename would put a file in its place.
func Atomically(path string, write func(w io.Writer) error) (err error) {
	if info, e := os.Stat(path); e == nil && info.IsDir() {
		return fmt.Errorf("%s: is a folder, want the name of a file", path)
	} else if e == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	if to, e := filepath.EvalSymlinks(path); e == nil {
		path = to
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+TempPattern)
	if err != nil {
		if pe := (*fs.PathError)(nil); errors.As(err, &pe) { // its path is the temporary one
			err = pe.Err
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	if err = f.Chmod(0o644); err != nil && !isUnsupported(err) {
		return err
	}
	if err = write(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The rename itself is durable once the folder is synced; systems that cannot open a folder do that by themselves.
	if d, e := os.Open(dir); e == nil {
		d.Sync()
		d.Close()
	}
	return nil
}
