package report

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// folder makes a run folder with so many ticks and sheets.
func folder(t *testing.T, ticks, sheets int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(OptionsFile, `{"preset": {"name": "a <b> preset"}, "steps": 1000}`)
	var log strings.Builder
	for i := range ticks {
		fmt.Fprintf(&log, `{"step":%d,"kimg":%g,"loss_D":%g,"loss_G":%g,"D_real":0.5,"note":"x","seconds":%d}`+"\n", 10*(i+1),
			float64(i+1)/10, 1+math.Sin(float64(i)), 2.0, i+1)
	}
	write(LogFile, log.String()+`{"step":9999,"kimg`) // a killed session's last line
	write(AlarmFile, `{"step":40,"alarm":"mode collapse","reason":"diversity <1 % of the data's"}`+"\n")
	for i := range sheets {
		img := image.NewGray(image.Rect(0, 0, 1024, 8))
		r := rand.New(rand.NewPCG(uint64(i), 1)) // noise, which is as large as it looks
		for j := range img.Pix {
			img.Pix[j] = uint8(r.Uint32())
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		write(fmt.Sprintf("fakes-%09d.png", 10*i), b.String())
	}
	return dir
}

func TestPage(t *testing.T) {
	dir := folder(t, 700, 40)
	for step, fid := range map[uint64]float64{100: 30, 50: 60, 150: 25} {
		if err := AppendMetric(dir, Metric{Metric: "fid", Step: step, Results: map[string]float64{"fid": fid}}); err != nil {
			t.Fatal(err)
		}
	}
	if ms, err := Metrics(dir, "fid"); err != nil || len(ms) != 3 || ms[1].Kimg != 1 {
		t.Errorf("%+v, %v", ms, err)
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, PageFile))
	if err != nil {
		t.Fatal(err)
	}
	html := string(b)
	for _, want := range []string{"<h1>a &lt;b&gt; preset</h1>", "step 7000 of 1000", "70.0 kimg", "11m40s", "mode collapse",
		"diversity &lt;1 %", "losses", "loss_D", "metric fid", "&#34;steps&#34;: 1000", "samples of the generator at step 390"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	pictures := strings.Count(html, "data:image/png;base64,")
	html = regexp.MustCompile(`base64,[^"]*`).ReplaceAllString(html, "")
	for _, no := range []string{"9999", "http:", "https:", "src=\"/", "<script", "ZgotmplZ", "NaN", "Inf"} {
		if strings.Contains(html, no) {
			t.Errorf("the page holds %q", no)
		}
	}
	if pictures < 9 || pictures > 16 {
		t.Errorf("%d of 40 sheets on the page", pictures)
	}
	if n := strings.Count(html, "<svg"); n != 3 {
		t.Errorf("%d charts, want 3", n)
	}
	if longest := slices.Max(lengths(regexp.MustCompile(`d="M[^"]*"`).FindAllString(html, -1))); longest > 20*2*maxPoints {
		t.Errorf("a path of %d bytes: 700 lines were not thinned", longest)
	}
}

func lengths(s []string) []int {
	var n []int
	for _, x := range s {
		n = append(n, len(x))
	}
	return n
}

// TestEmptyRun: a page is made of a run that has not come to its first tick, and of nothing else.
func TestEmptyRun(t *testing.T) {
	dir := folder(t, 0, 0)
	if err := Write(dir); err != nil {
		t.Error(err)
	}
	if err := Write(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no run") {
		t.Errorf("%v", err)
	}
}

func TestMetrics(t *testing.T) {
	dir := t.TempDir()
	for i, v := range []float64{3, 1, 2, 9} {
		step := []uint64{30, 10, 20, 10}[i]
		if err := AppendMetric(dir, Metric{Metric: "kid", Step: step, Results: map[string]float64{"kid": v}}); err != nil {
			t.Fatal(err)
		}
	}
	ms, err := Metrics(dir, "kid")
	if err != nil || len(ms) != 3 {
		t.Fatalf("%v, %v", ms, err)
	}
	for i, want := range []float64{9, 2, 3} {
		if ms[i].Step != uint64(10*(i+1)) || ms[i].Results["kid"] != want {
			t.Errorf("line %d: %v", i, ms[i])
		}
	}
	if AppendMetric(dir, Metric{Metric: "../x"}) == nil || AppendMetric(dir, Metric{Metric: "nan",
		Results: map[string]float64{"nan": math.NaN()}}) == nil {
		t.Error("a metric that is a path, or not a number, was written")
	}
}

// record is an event as a reader sees it.
type record struct {
	step    uint64
	version string
	start   bool
	scalars map[string]float32
	image   []byte
	w, h    uint64
}

// fields calls f for every field of a protocol buffer: v is an integer or the bits of a float, b the bytes.
func fields(t *testing.T, msg []byte, f func(field, v uint64, b []byte)) {
	t.Helper()
	varint := func() uint64 {
		v, n := binary.Uvarint(msg)
		if n <= 0 {
			t.Fatal("a torn integer")
		}
		msg = msg[n:]
		return v
	}
	for len(msg) > 0 {
		key := varint()
		switch key & 7 {
		case 0:
			f(key>>3, varint(), nil)
		case 1:
			f(key>>3, binary.LittleEndian.Uint64(msg), nil)
			msg = msg[8:]
		case 2:
			n := varint()
			f(key>>3, 0, msg[:n])
			msg = msg[n:]
		case 5:
			f(key>>3, uint64(binary.LittleEndian.Uint32(msg)), nil)
			msg = msg[4:]
		default:
			t.Fatalf("wire type %d", key&7)
		}
	}
}

// readEvents reads an event file and checks its checksums, which it computes bit by bit.
func readEvents(t *testing.T, b []byte) []record {
	t.Helper()
	masked := func(b []byte) uint32 {
		c := ^uint32(0)
		for _, v := range b {
			c ^= uint32(v)
			for range 8 {
				c = c>>1 ^ 0x82f63b78*(c&1)
			}
		}
		c = ^c
		return (c>>15 | c<<17) + 0xa282ead8
	}
	var rs []record
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		data := b[12 : 12+n]
		if binary.LittleEndian.Uint32(b[8:]) != masked(b[:8]) || binary.LittleEndian.Uint32(b[12+n:]) != masked(data) {
			t.Fatal("a wrong checksum")
		}
		b = b[16+n:]
		r := record{scalars: map[string]float32{}}
		fields(t, data, func(field, v uint64, b []byte) {
			switch field {
			case 1:
				if s := math.Float64frombits(v); s < 1e9 || s > 1e11 {
					t.Errorf("wall time %v", s)
				}
			case 2:
				r.step = v
			case 3:
				r.version = string(b)
			case 7:
				fields(t, b, func(field, v uint64, _ []byte) { r.start = field == 1 && v == 1 })
			case 5:
				fields(t, b, func(_, _ uint64, b []byte) { r.value(t, b) })
			}
		})
		rs = append(rs, r)
	}
	return rs
}

// value reads a value of a summary.
func (r *record) value(t *testing.T, b []byte) {
	var tag string
	fields(t, b, func(field, v uint64, b []byte) {
		switch field {
		case 1:
			tag = string(b)
		case 2:
			r.scalars[tag] = math.Float32frombits(uint32(v))
		case 4:
			fields(t, b, func(field, v uint64, b []byte) {
				switch field {
				case 1:
					r.h = v
				case 2:
					r.w = v
				case 4:
					r.image = b
				}
			})
		}
	})
}

func TestEvents(t *testing.T) {
	if crc32.Checksum([]byte("123456789"), castagnoli) != 0xe3069283 {
		t.Error("CRC-32C of the check string is another")
	}
	dir := folder(t, 3, 2)
	for _, step := range []uint64{0, 20} {
		r, err := Open(dir, step)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Tick([]byte(`{"step":30,"kimg":1,"loss_D":0.25,"seconds":3,"who":"me","D_real":0.5}`)); err != nil {
			t.Fatal(err)
		}
		if err := r.Snap(30, filepath.Join(dir, "fakes-000000010.png")); err != nil {
			t.Fatal(err)
		}
		if r.Tick([]byte("nonsense")) == nil {
			t.Error("a line that is no object was taken")
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		names, _ := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
		b, err := os.ReadFile(names[len(names)-1])
		if err != nil {
			t.Fatal(err)
		}
		rs := readEvents(t, b)
		if step > 0 {
			if !rs[1].start || rs[1].step != step+1 {
				t.Errorf("the session does not begin: %+v", rs[1])
			}
			rs = slices.Delete(rs, 1, 2)
		}
		if len(rs) != 3 || rs[0].version != "brain.Event:2" || rs[1].step != 30 || len(rs[1].scalars) != 2 ||
			rs[1].scalars["loss_D"] != 0.25 || rs[1].scalars["D_real"] != 0.5 || rs[2].w != 512 || rs[2].h != 4 {
			t.Errorf("%d records; step %d: %v; a picture of %dx%d", len(rs), rs[1].step, rs[1].scalars, rs[2].w, rs[2].h)
		}
		img, err := png.Decode(bytes.NewReader(rs[2].image))
		if err != nil || img.Bounds().Dx() != 512 {
			t.Errorf("%v", err)
		}
	}
}

func TestShrink(t *testing.T) {
	img := image.NewGray(image.Rect(3, 5, 9, 9)) // 6x4
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	if Shrink(img, 6, 4) != image.Image(img) {
		t.Error("a picture that fits was changed")
	}
	out := Shrink(img, 3, 99)
	if out.Bounds() != image.Rect(0, 0, 3, 2) {
		t.Fatalf("%v", out.Bounds())
	}
	if got := out.(*image.RGBA).RGBAAt(1, 1); got != (color.RGBA{18, 18, 18, 255}) { // (14+15+20+21)/4 = 17.5
		t.Errorf("%v", got)
	}
	if b := Shrink(img, 99, 1).Bounds(); b != image.Rect(0, 0, 1, 1) {
		t.Errorf("%v", b)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		n      int
	}{{0, 1, 4}, {-3, 17, 4}, {0.1, 0.1001, 4}, {0, 1e9, 6}, {1e-9, 3e-9, 4}} {
		ts := ticks(c.lo, c.hi, c.n)
		if len(ts) < 2 || len(ts) > c.n+2 || ts[0] < c.lo || ts[len(ts)-1] > c.hi {
			t.Errorf("ticks from %g to %g: %v", c.lo, c.hi, ts)
		}
	}
}

// TestRoundingTicks: a curve that moves by nothing but rounding is flat; between such numbers there are no ticks to count.
func TestRoundingTicks(t *testing.T) {
	for _, y := range []float64{1, -1e9, 0.3} {
		c := &curve{x: []float64{y, math.Nextafter(y, 2e9)}, y: []float64{y, math.Nextafter(y, 2e9)}}
		if svg := drawSVG([]*curve{c}); len(svg) > 10000 || strings.Contains(svg, "NaN") {
			t.Errorf("%g: %.100s", y, svg)
		}
	}
}

// TestForeignFiles: a folder whose name is a pattern has its sheets and metrics, and a file that is called like a sheet stops
// no page.
func TestForeignFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[a]")
	if err := os.Rename(folder(t, 3, 2), dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fakes-best.png"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := AppendMetric(dir, Metric{Metric: "fid", Step: 1, Results: map[string]float64{"fid": 2}}); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, PageFile))
	if err != nil || strings.Count(string(page), "<img") != 2 || !strings.Contains(string(page), "metric fid") {
		t.Errorf("%d sheets, %v", strings.Count(string(page), "<img"), err)
	}
}
