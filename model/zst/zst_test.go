package zst

import (
	"bytes"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// content is something that has both order and disorder in it.
func content(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(16)) + byte(i>>8)
	}
	return b
}

func compress(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := Compress(b)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 300, 70000} {
		b := content(n)
		z := compress(t, b)
		if again := compress(t, b); !bytes.Equal(z, again) {
			t.Errorf("%d bytes: compressed twice they differ", n)
		}
		got, err := Decompress(z, int64(n))
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if n > 0 && len(z) >= n && n > 1000 {
			t.Errorf("%d bytes become %d", n, len(z))
		}
	}
}

func TestHostileFrames(t *testing.T) {
	good := compress(t, content(5000))
	var stream bytes.Buffer // a stream does not know how long it will be
	w, err := zstd.NewWriter(&stream)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.Write(content(200000))
	}
	w.Close()
	skippable := append([]byte{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}, good...)
	giant := append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}, bytes.Repeat([]byte{255}, 8)...)
	for what, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":          {nil, "zstd"},
		"no frame":       {[]byte("{}"), "zstd"},
		"too long":       {compress(t, content(5001)), "5001 bytes of content, 5000 are allowed"},
		"giant":          {giant, "are allowed"},
		"giant, cut":     {giant[:9], "zstd"},
		"no length":      {stream.Bytes(), "how long"},
		"skippable":      {skippable, "how long"},
		"two frames":     {append(bytes.Clone(good), good...), "zstd"},
		"bytes after it": {append(bytes.Clone(good), 1, 2, 3), "zstd"},
		"cut":            {good[:len(good)-5], "zstd"},
	} {
		if _, err := Decompress(c.b, 5000); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want one line with %q", what, err, c.want)
		}
	}
	for i := range len(good) {
		b := bytes.Clone(good)
		b[i] ^= 1 << (i % 8)
		if got, err := Decompress(b, 5000); err == nil && !bytes.Equal(got, content(5000)) {
			t.Errorf("a changed byte %d goes unnoticed", i)
		}
	}
}

// TestSizeOf32Bits: what is allowed may be more than a machine of 32 bits can count.
func TestSizeOf32Bits(t *testing.T) {
	for _, c := range []struct {
		size          uint64
		most, largest int64
		want          string
	}{
		{1<<31 - 1, 4 << 30, math.MaxInt32, ""},
		{1 << 31, 4 << 30, math.MaxInt32, "2147483648 bytes of content, 2147483647 are allowed"},
		{4<<30 - 1, 4 << 30, math.MaxInt32, "are allowed"},
		{4 << 30, 4 << 30, math.MaxInt64, ""},
		{4<<30 + 1, 4 << 30, math.MaxInt64, "are allowed"},
		{math.MaxUint64, math.MaxInt64, math.MaxInt64, "are allowed"},
		{1, -1, math.MaxInt32, "0 are allowed"},
	} {
		err := checkSize(c.size, c.most, c.largest)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestBomb: what a small frame unpacks to is bounded by what it says, and that by what is allowed.
func TestBomb(t *testing.T) {
	bomb := compress(t, make([]byte, 32<<20))
	lie := bytes.Clone(bomb)
	var h zstd.Header
	if err := h.Decode(lie); err != nil || h.FrameContentSize != 32<<20 {
		t.Fatalf("%v: %+v", err, h)
	}
	at := bytes.Index(lie[:16], []byte{0, 0, 0, 2}) // the length, little endian
	if at < 0 {
		t.Fatalf("no length in % x", lie[:16])
	}
	copy(lie[at:], []byte{0, 0, 1, 0})
	for _, b := range [][]byte{bomb, lie} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Decompress(b, 1<<20); err == nil {
			t.Error("a bomb of 32 MiB is unpacked into 1 MiB")
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
			t.Errorf("%d bytes allocated", got)
		}
	}
}

// FuzzDecompress: whatever arrives, no more than what is allowed comes out.
func FuzzDecompress(f *testing.F) {
	f.Add(compress(f, content(300)))
	f.Add(compress(f, make([]byte, 1<<16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 16
		if out, err := Decompress(b, most); err == nil && len(out) > most {
			t.Fatalf("%d bytes", len(out))
		}
	})
}
