package data

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// webp is a lossless picture of one transparent pixel.
var webp, _ = base64.StdEncoding.DecodeString("UklGRiQAAABXRUJQVlA4TBcAAAAvAAAAEAcQERGIiP4HAA==")

// flat is a picture of one colour.
func flat(w, h int, c color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	return img
}

func encode(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 100})
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is the header of a PNG of the given size, and no picture.
func bomb(w, h uint32) []byte {
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), "IHDR"...)
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

// tree is a set of three classes in four formats with bad pictures among them.
func tree(t testing.TB) map[string][]byte {
	red, blue := color.NRGBA{200, 10, 20, 255}, color.NRGBA{10, 20, 200, 255}
	return map[string][]byte{
		"set/cats/a.png":      encode(t, "png", flat(20, 30, red)),
		"set/cats/b.JPG":      encode(t, "jpeg", flat(64, 64, blue)),
		"set/dogs/c.gif":      encode(t, "gif", flat(17, 17, color.White)),
		"set/dogs/torn.png":   encode(t, "png", flat(20, 20, red))[:60],
		"set/dogs/giant.png":  bomb(1<<20, 1<<20),
		"set/owls/deep/d.png": encode(t, "png", flat(16, 16, color.NRGBA{0, 0, 0, 0})),
		"set/owls/text.png":   []byte("this is no picture"),
		"set/owls/notes.txt":  []byte("x"),
		"set/.hidden/x.png":   []byte("x"),
		"__MACOSX/set/a.png":  []byte("x"),
	}
}

func writeTree(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeZip(t testing.TB, files map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "set.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// all reads every picture of a source.
func all(t *testing.T, src Source) *Set {
	t.Helper()
	s, err := inMemory(src)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPictures: a folder and an archive of the same give the same, in memory or not, whatever the workers; bad pictures are
// left out and named.
func TestPictures(t *testing.T) {
	files := tree(t)
	dir, archive := writeTree(t, files), writeZip(t, files)
	var want *Set
	for _, path := range []string{dir, archive} {
		for _, o := range []Options{{Size: 16}, {Size: 16, Memory: 1, Workers: 1}, {Size: 16, Memory: 2*768 + 1, Workers: 3}} {
			d, err := Open(path, o)
			if err != nil {
				t.Fatal(err)
			}
			s := all(t, d)
			if want == nil {
				want = s
			}
			if s.N != 4 || s.C != 3 || !bytes.Equal(s.Images, want.Images) || !slices.Equal(s.Labels, []uint8{0, 0, 1, 2}) {
				t.Errorf("%s: %d pictures with labels %v", path, s.N, s.Labels)
			}
			if sum := Sum(d); sum == "" || sum != Sum(want) || sum != Sum(d.Source) {
				t.Errorf("%s: the sum is %q, that of the pictures in memory %q", path, sum, Sum(want))
			}
			if !slices.Equal(d.Classes, []string{"cats", "dogs", "owls"}) {
				t.Errorf("classes %q", d.Classes)
			}
			var bad []string
			for _, b := range d.Skipped {
				bad = append(bad, filepath.Base(b.Name))
				if !strings.HasPrefix(b.Err.Error(), b.Name+": ") || strings.Contains(b.Err.Error(), "\n") {
					t.Errorf("%q", b.Err)
				}
			}
			if !slices.Equal(bad, []string{"giant.png", "torn.png", "text.png"}) {
				t.Errorf("skipped %q", bad)
			}
			if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, "16x16") || !strings.Contains(notes, "1 files") ||
				strings.Contains(notes, "kept decoded") != (o.Memory > 0) {
				t.Errorf("%s", notes)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := Open(path, Options{Size: 16, Strict: true}); err == nil || !strings.Contains(err.Error(), "giant.png") ||
			!strings.Contains(err.Error(), "2 more") || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%v", err)
		}
	}
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 3 } // JPEG
	for i, c := range [][3]uint8{{200, 10, 20}, {10, 20, 200}, {255, 255, 255}, {255, 255, 255}} {
		p := want.Image(i)
		if !near(p[0], c[0]) || !near(p[1], c[1]) || !near(p[2], c[2]) || p[3*100] != p[0] {
			t.Errorf("picture %d is %v, want %v", i, p[:3], c)
		}
	}
}

// TestChannels: what becomes of alpha.
func TestChannels(t *testing.T) {
	files := map[string][]byte{"a.png": encode(t, "png", flat(16, 16, color.NRGBA{200, 100, 50, 128}))}
	dir := writeTree(t, files)
	for c, want := range [][]uint8{1: {190}, 2: {124, 128}, 3: {227, 177, 152}, 4: {200, 100, 50, 128}} {
		if c == 0 {
			continue
		}
		d, err := Open(dir, Options{Channels: c})
		if err != nil {
			t.Fatal(err)
		}
		got := all(t, d).Image(0)[:c]
		for k := range want {
			if max(got[k], want[k])-min(got[k], want[k]) > 1 {
				t.Errorf("%d channels: %v, want %v", c, got, want)
			}
		}
		if in := d.Info(); in.Classes != 0 || d.Classes != nil || in.H != 16 {
			t.Errorf("%+v", in)
		}
	}
}

func TestResize(t *testing.T) {
	for _, c := range [][2]int{{16, 16}, {16, 17}, {17, 16}, {64, 16}, {16, 64}, {1000, 128}, {1, 16}, {8191, 16}} {
		for i := range c[1] {
			sum, tp := int64(0), cubic(i, c[0], c[1])
			for _, w := range tp.weights {
				sum += w
			}
			if sum != 1<<tapBits || tp.first < 0 || tp.first+len(tp.weights) > c[0] {
				t.Fatalf("pixel %d of %d to %d: weights from %d: %v", i, c[0], c[1], tp.first, tp.weights)
			}
		}
	}
	// A ramp stays a ramp.
	img := image.NewGray(image.Rect(0, 0, 128, 128))
	for i := range img.Pix {
		img.Pix[i] = uint8(2 * (i % 128))
	}
	dst := make([]uint8, 32*32)
	square(dst, img, 32, 1)
	for i, v := range dst[5*32+2 : 5*32+30] {
		if want := 8*(i+2) + 3; int(v) < want-1 || int(v) > want+1 {
			t.Errorf("pixel %d is %d, want %d", i+2, v, want)
		}
	}
	// A wide picture loses its sides, and half a pixel's step is a cubic's: these numbers hold on every machine.
	wide := image.NewGray(image.Rect(0, 0, 40, 16))
	for y := range 16 {
		for x := range 40 {
			wide.SetGray(x, y, color.Gray{uint8(255 * (x / 20))})
		}
	}
	dst = make([]uint8, 20*20)
	square(dst, wide, 20, 1)
	if want := []uint8{0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 239, 255}; !bytes.Equal(dst[:12], want) {
		t.Errorf("%v, want %v", dst[:20], want)
	}
}

func TestClasses(t *testing.T) {
	for names, want := range map[string]string{
		"a/x b/y a/z": "a,b 0 0 1", "x a/y": " 0 0", "x y": " 0 0", "only/x only/y": " 0 0", "r/a/x r/b/y": "a,b 0 1",
		"a.b/x a/y": "a,a.b 1 0", // in the order of the names of files "a.b/x" < "a/y"
	} {
		p := &pictures{}
		for n := range strings.FieldsSeq(names) {
			p.files = append(p.files, pictureFile{name: n})
		}
		slices.SortFunc(p.files, func(a, b pictureFile) int { return strings.Compare(a.name, b.name) })
		got := strings.Join(p.classes(), ",")
		for _, f := range p.files {
			got += fmt.Sprint(" ", f.label)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", names, got, want)
		}
	}
	p := &pictures{}
	for i := range 257 {
		p.files = append(p.files, pictureFile{name: fmt.Sprintf("%03d/x", i)})
	}
	if p.classes() != nil {
		t.Error("257 classes, which no byte can hold")
	}
}

// TestHostile: one line, and no more memory than a picture's.
func TestHostile(t *testing.T) {
	good := encode(t, "png", flat(16, 16, color.White))
	zeros := []byte{} // in a short test, which may be an emulator's, the archive's bomb is a dud
	wantZeros := "all 1 pictures are bad"
	if !testing.Short() {
		zeros, wantZeros = make([]byte, maxPictureFile+1), "more than 67108864 bytes"
	}
	for what, c := range map[string]struct {
		path, want string
	}{
		"nothing":        {filepath.Join(t.TempDir(), "none"), "no such file"},
		"empty folder":   {t.TempDir(), "no pictures"},
		"all bad":        {writeTree(t, map[string][]byte{"a/x.png": good[:40], "b.gif": nil}), "all 2 pictures are bad"},
		"zip bomb":       {writeZip(t, map[string][]byte{"x.png": zeros}), wantZeros},
		"pixel bomb":     {writeZip(t, map[string][]byte{"x.png": bomb(1<<31-1, 1<<31-1)}), "x.png: "},
		"torn zip":       {torn(t, writeZip(t, map[string][]byte{"x.png": good})), "zip: "},
		"text":           {writeFile(t, "x.txt", "hello, world"), "none of a folder"},
		"csv of words":   {writeFile(t, "x.csv", "a,b\n1,two\n"), "no square pictures"},
		"csv, a word":    {writeFile(t, "x.csv", "a,b,c,d\n1,2,x,3\n"), `row 1, column "c"`},
		"csv, a half":    {writeFile(t, "x.csv", "1,2,.5,3\n"), "is no byte"},
		"csv, ragged":    {writeFile(t, "x.csv", "1,2,3,4\n1,2\n"), "line 2 has 2 cells"},
		"csv, no rows":   {writeFile(t, "x.csv", "a,b\n"), "no rows"},
		"csv, long line": {writeFile(t, "x.csv", "1,2\n"+strings.Repeat("3", 1<<21)), "megabyte"},
		"csv, a quote":   {writeFile(t, "x.csv", "1,2\n\"3,4"), "csv: line"},
		"npy, a lie":     {writeFile(t, "x.npy", npyFile("|u1", "(3, 16, 16)", make([]byte, 2*256))), "512 bytes of data"},
		"npy, fortran":   {writeFile(t, "x.npy", strings.Replace(npyFile("|u1", "(2, 2, 2)", make([]byte, 8)), "False", "True ", 1)), "Fortran"},
		"npy, giant":     {writeFile(t, "x.npy", npyFile("|u1", "(4000000000, 4000000000, 4000000000)", nil)), "dimensions"},
		"npy, none":      {writeFile(t, "x.npy", npyFile("|u1", "(0, 16, 16)", nil)), "dimensions"},
		"npy, objects":   {writeFile(t, "x.npy", npyFile("|O", "(1, 2, 2)", make([]byte, 4))), "type"},
		"npy, big end":   {writeFile(t, "x.npy", npyFile(">f4", "(1, 2, 2)", make([]byte, 16))), "want u1, <f4 or <f8"},
		"npy, rows":      {writeFile(t, "x.npy", npyFile("|u1", "(4, 4)", make([]byte, 16))), "[N, H, W]"},
		"npy, 5":         {writeFile(t, "x.npy", npyFile("|u1", "(1, 5, 5, 5)", make([]byte, 125))), "1 to 4 channels"},
		"npy, huge":      {writeFile(t, "x.npy", npyFile("|u1", "(1, 2000, 2)", make([]byte, 4000))), "1024 pixels"},
		"npy, NaN":       {writeFile(t, "x.npy", npyFile("<f4", "(1, 1, 1)", []byte{0, 0, 192, 127})), "NaN"},
		"npy, range":     {writeFile(t, "x.npy", npyFile("<f4", "(1, 1, 1)", []byte{0, 0, 0, 68})), "512"},
		"npy, header":    {writeFile(t, "x.npy", "\x93NUMPY\x02\x00\xff\xff\xff\x7f"), "header of 2147483647 bytes"},
		"npy, version":   {writeFile(t, "x.npy", "\x93NUMPY\x09\x00\x01\x00 "), "format 9"},
		"npy, no dict":   {writeFile(t, "x.npy", "\x93NUMPY\x01\x00\x01\x00 "), "lacks"},
	} {
		_, err := Open(c.path, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), c.path) ||
			len(err.Error()) > len(c.path)+250 {
			t.Errorf("%s: %v; want one line with %q", what, err, c.want)
		}
	}
	for _, o := range []Options{{Size: 15}, {Size: 129}, {Channels: 5}, {Channels: -1}} {
		if _, err := Open(t.TempDir(), o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	if runtime.GOOS == "linux" {
		if _, err := Open("/dev/zero", Options{}); err == nil {
			t.Error("a device was opened")
		}
	}
}

// TestTraversal: names that lead out of an archive are only names.
func TestTraversal(t *testing.T) {
	good := encode(t, "png", flat(16, 16, color.White))
	d, err := Open(writeZip(t, map[string][]byte{"../../x.png": good, "/etc/y.png": good, `a\..\z.png`: good, "ok.png": good}), Options{})
	if err != nil || d.Info().N < 1 || d.Info().N+len(d.Skipped) > 4 {
		t.Fatalf("%v", err)
	}
	for _, b := range d.Skipped {
		if strings.Contains(b.Err.Error(), "\n") {
			t.Errorf("%q", b.Err)
		}
	}
}

func torn(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "torn.zip", string(b[:len(b)-10]))
}

func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// npyFile is a file of NumPy, as it writes one.
func npyFile(typ, shape string, data []byte) string {
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", typ, shape)
	for (10+len(head)+1)%64 != 0 {
		head += " "
	}
	head += "\n"
	return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(head)))) + head + string(data)
}

func TestNPY(t *testing.T) {
	floats := func(size int, x ...float64) (b []byte) {
		for _, v := range x {
			if size == 4 {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
			} else {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		}
		return b
	}
	count := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	for _, c := range []struct {
		typ, shape string
		data       []byte
		h, w, c    int
		want       []uint8
		note       string
	}{
		{"|u1", "(3, 2, 2)", count, 2, 2, 1, count, "[N, H, W]"},
		{"|u1", "(1, 2, 2, 3)", count, 2, 2, 3, count, "[N, H, W, C]"},
		{"|u1", "(1, 2, 1, 6)", count, 1, 6, 2, []byte{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}, "[N, C, H, W]"},
		{"<f4", "(2, 1, 2)", floats(4, 0, 0.5, 1, 0.2), 1, 2, 1, []byte{0, 128, 255, 51}, "multiplied by 255"},
		{"<f8", "(2, 1, 2)", floats(8, -1, 0.5, 1, 0), 1, 2, 1, []byte{0, 191, 255, 128}, "-1 becomes 0"},
		{"<f4", "(1, 1, 2)", floats(4, 254.6, 3.4), 1, 2, 1, []byte{255, 3}, "rounded"},
	} {
		path := writeFile(t, "x.npy", npyFile(c.typ, c.shape, c.data))
		for _, memory := range []int64{0, 1} {
			d, err := Open(path, Options{Memory: memory})
			if err != nil {
				t.Fatal(err)
			}
			s := all(t, d)
			if s.H != c.h || s.W != c.w || s.C != c.c || !bytes.Equal(s.Images, c.want) {
				t.Errorf("%s%s: %v, want %v", c.typ, c.shape, s.Images, c.want)
			}
			if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("%q lacks %q", notes, c.note)
			}
			d.Close()
		}
	}
	path := writeFile(t, "x.npy", npyFile("|u1", "(3, 2, 2)", count))
	labels := filepath.Join(filepath.Dir(path), "x-labels.npy")
	os.WriteFile(labels, []byte(npyFile("<i4", "(3,)", []byte{2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0})), 0o644)
	d, err := Open(path, Options{})
	if err != nil || !slices.Equal(all(t, d).Labels, []uint8{2, 0, 1}) || d.Info().Classes != 3 {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{npyFile("<i4", "(3,)", []byte{2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}), npyFile("|u1", "(2,)", []byte{0, 1}),
		npyFile("<f4", "(3,)", make([]byte, 12)), "x"} {
		os.WriteFile(labels, []byte(bad), 0o644)
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), labels) {
			t.Errorf("%v", err)
		}
	}
}

func TestTable(t *testing.T) {
	for text, want := range map[string]string{
		"1,2\n3,4\n":                      "[1 2] 2 [1 2 3 4]",
		"\xef\xbb\xbfa, b\r\n3,4.5e1\r\n": "[a b] 1 [3 45]",
		"\"a \"\"x\"\"\",b\n-1,+2\n\n3,4": `[a "x" b] 2 [-1 2 3 4]`,
	} {
		tb, err := ReadTable(strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		m, err := tb.Matrix()
		if got := fmt.Sprint(tb.Names, tb.Rows, m); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	tb, err := ReadTable(strings.NewReader("age,job\n30,cook\n40,NaN\n"))
	if err != nil || tb.Cell(0, 1) != "cook" {
		t.Fatal(err)
	}
	if _, err := tb.Matrix(); err == nil || !strings.Contains(err.Error(), `row 1, column "job"`) {
		t.Errorf("%v", err)
	}
	if _, err := tb.Number(1, 1); err == nil {
		t.Error("NaN is a number")
	}
	d, err := Open(writeFile(t, "x.csv", "label,a,b,c,d\n7,0,1,2,255\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := all(t, d); !bytes.Equal(s.Images, []uint8{0, 1, 2, 255}) || s.Labels[0] != 7 || s.H != 2 {
		t.Errorf("%+v", s)
	}
}

func TestOpenIDX(t *testing.T) {
	dir := t.TempDir()
	images := filepath.Join(dir, "my-images-idx3-ubyte.gz")
	os.WriteFile(images, zipped(idx([]byte{2, 1, 3}, []byte{1, 2, 3, 4, 5, 6})), 0o644)
	d, err := Open(images, Options{})
	if err != nil || d.Info().Classes != 0 || d.Info().N != 2 {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "my-labels-idx1-ubyte.gz"), idx([]byte{2}, []byte{7, 8}), 0o644)
	if d, err = Open(images, Options{}); err != nil || d.Info().Classes != 9 {
		t.Fatal(err)
	}
	if _, err := Open(images, Options{Size: 28}); err == nil || !strings.Contains(err.Error(), "1x3x1") {
		t.Errorf("%v", err)
	}
}

// TestVanishes: a picture that is gone when it is asked for ends the run with its name.
func TestVanishes(t *testing.T) {
	dir := writeTree(t, map[string][]byte{"a.png": encode(t, "png", flat(16, 16, color.White))})
	d, err := Open(dir, Options{Memory: 1})
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "a.png"))
	l := NewLoader(d, 2, 1, 2)
	defer l.Close()
	l.Batch(make([]uint8, 2*d.Info().Size()), nil, 0)
	if l.Err() == nil || !strings.Contains(l.Err().Error(), "a.png: ") {
		t.Errorf("%v", l.Err())
	}
}

func TestWebP(t *testing.T) {
	d, err := Open(writeTree(t, map[string][]byte{"a.webp": webp}), Options{Size: 16, Channels: 4})
	if err != nil {
		t.Fatal(err)
	}
	if p := all(t, d).Image(0); slices.Max(p) != 0 {
		t.Errorf("%v", p)
	}
}

func FuzzNPY(f *testing.F) {
	f.Add([]byte(npyFile("|u1", "(3, 2, 2)", make([]byte, 12))))
	f.Add([]byte(npyFile("<f4", "(1, 2, 3, 1)", make([]byte, 24))))
	f.Add([]byte(npyFile("<i8", "()", make([]byte, 8))))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ReadNPY(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		n := a.Bytes
		for _, d := range a.Shape {
			if n%int64(d) != 0 {
				t.Fatalf("%v: %d bytes", a.Shape, a.Bytes)
			}
			n /= int64(d)
		}
		if a.Offset+a.Bytes != int64(len(b)) || n < 1 || n > 16 {
			t.Fatalf("%+v in a file of %d bytes", a, len(b))
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("1,\"2\n\"\n3,4"))
	f.Add([]byte("label,a,b,c,d\n7,0,1,2,255\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tb, err := ReadTable(bytes.NewReader(b))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		for i := range tb.Rows {
			for j := range tb.Names {
				tb.Cell(i, j)
			}
		}
		if s, err := tb.pictures(); err == nil && len(s.Images) != s.N*s.Size() {
			t.Fatalf("%+v", s)
		}
	})
}
