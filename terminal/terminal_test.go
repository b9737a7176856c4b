package terminal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	for env, want := range map[string]Graphics{
		"": None, "TERM=dumb": None, "TERM=xterm": None, "TERM=linux COLORTERM=truecolor": None,
		"TERM=xterm-256color": Blocks256, "TERM=xterm-256color COLORTERM=truecolor": Blocks,
		"TERM=xterm-kitty": Kitty, "TERM=xterm-256color KITTY_WINDOW_ID=1": Kitty, "TERM=xterm-ghostty": Kitty,
		"TERM=xterm-256color TERM_PROGRAM=WezTerm": Kitty, "TERM=foot": Sixel, "TERM=xterm-sixel": Sixel,
		"TERM=tmux-256color TMUX=x KITTY_WINDOW_ID=1": Blocks256, "TERM=screen-256color COLORTERM=24bit": Blocks,
		"TERM=xterm-kitty NO_COLOR=1": None, "TERM=dumb GANNET_GRAPHICS=sixel": Sixel, "TERM=xterm-kitty GANNET_GRAPHICS=none": None,
		"TERM=xterm-kitty GANNET_GRAPHICS=nonsense": Kitty,
	} {
		vars := map[string]string{}
		for v := range strings.FieldsSeq(env) {
			k, x, _ := strings.Cut(v, "=")
			vars[k] = x
		}
		if got := Detect(func(k string) string { return vars[k] }); got != want {
			t.Errorf("%s: %v, want %v", env, got, want)
		}
	}
}

// dots is a picture of random pixels of n colours.
func dots(w, h, n int) *image.RGBA {
	r := rand.New(rand.NewPCG(uint64(w), uint64(n)))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		v := r.IntN(n)
		copy(img.Pix[4*i:], []uint8{uint8(v * 51 % 256), uint8(v / 5 % 16 * 17), uint8(v * 85 % 256), 255})
	}
	return img
}

// decodeSixel reads what a terminal would show.
func decodeSixel(t *testing.T, s string) *image.RGBA {
	t.Helper()
	head := regexp.MustCompile("^\x1bP0;1q\"1;1;([0-9]+);([0-9]+)").FindStringSubmatch(s)
	if head == nil || !strings.HasSuffix(s, "\x1b\\") {
		t.Fatalf("no sixel picture: %.20q", s)
	}
	w, _ := strconv.Atoi(head[1])
	h, _ := strconv.Atoi(head[2])
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	s = strings.TrimSuffix(s[len(head[0]):], "\x1b\\")
	palette, current := map[int]color.RGBA{}, color.RGBA{}
	number := func() int {
		n := 0
		for s != "" && s[0] >= '0' && s[0] <= '9' {
			n = 10*n + int(s[0]-'0')
			s = s[1:]
		}
		return n
	}
	x, y := 0, 0
	draw := func(c byte, n int) {
		if c < 63 || c > 126 {
			t.Fatalf("a column %q", c)
		}
		for range n {
			for k := range 6 {
				if (c-63)>>k&1 == 1 {
					if x >= w || y+k >= h {
						t.Fatalf("a pixel at %d, %d of %dx%d", x, y+k, w, h)
					}
					img.SetRGBA(x, y+k, current)
				}
			}
			x++
		}
	}
	for s != "" {
		c := s[0]
		s = s[1:]
		switch c {
		case '#':
			i := number()
			if strings.HasPrefix(s, ";2;") {
				var v [3]int
				s = s[2:]
				for k := range v {
					s = s[1:]
					v[k] = number()
				}
				palette[i] = color.RGBA{uint8(v[0] * 255 / 100), uint8(v[1] * 255 / 100), uint8(v[2] * 255 / 100), 255}
			}
			current = palette[i]
		case '!':
			n := number()
			draw(s[0], n)
			s = s[1:]
		case '$':
			x = 0
		case '-':
			x, y = 0, y+6
		default:
			draw(c, 1)
		}
	}
	return img
}

// TestSixel: a decoder sees the picture, to a percent where it has few colours.
func TestSixel(t *testing.T) {
	for _, c := range []struct{ w, h, n int }{{1, 1, 1}, {7, 6, 2}, {50, 13, 3}, {40, 40, 75}, {64, 5, 1}} {
		img := dots(c.w, c.h, c.n)
		var b bytes.Buffer
		sixel(&b, img)
		got := decodeSixel(t, b.String())
		if got.Rect != img.Rect {
			t.Fatalf("%v, want %v", got.Rect, img.Rect)
		}
		for i, v := range img.Pix {
			if abs(int(v)-int(got.Pix[i])) > 3 {
				t.Fatalf("%+v: byte %d is %d, want %d", c, i, got.Pix[i], v)
			}
		}
	}
	// Of many colours the mean stays.
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(i / 64)
		if i%4 == 1 {
			img.Pix[i] = uint8(i)
		}
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	sixel(&b, img)
	got := decodeSixel(t, b.String())
	var sum, want [4]int
	for i := range img.Pix {
		sum[i%4] += int(got.Pix[i])
		want[i%4] += int(img.Pix[i])
	}
	for k := range sum {
		if abs(sum[k]-want[k]) > 64*64*3 {
			t.Errorf("channel %d: mean %d, want %d", k, sum[k]/4096, want[k]/4096)
		}
	}
}

func TestHalfBlocks(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 2, 3))
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	for y := range 3 {
		img.SetRGBA(0, y, red)
		img.SetRGBA(1, y, []color.RGBA{red, blue, blue}[y])
	}
	for g, want := range map[Graphics]string{
		Blocks: "\x1b[38;2;255;0;0m\x1b[48;2;255;0;0m▀\x1b[48;2;0;0;255m▀\x1b[0m\n" +
			"\x1b[38;2;255;0;0m▀\x1b[38;2;0;0;255m▀\x1b[0m\n",
		Blocks256: "\x1b[38;5;196m\x1b[48;5;196m▀\x1b[48;5;21m▀\x1b[0m\n\x1b[38;5;196m▀\x1b[38;5;21m▀\x1b[0m\n",
	} {
		var b bytes.Buffer
		if err := g.Show(&b, img, 80, 24); err != nil || b.String() != want {
			t.Errorf("%v: %q, want %q", g, &b, want)
		}
	}
	for c, want := range map[color.RGBA]int{{0, 0, 0, 255}: 16, {255, 255, 255, 255}: 231, {128, 128, 128, 255}: 244,
		{95, 135, 175, 255}: 67, {8, 8, 8, 255}: 232} {
		if got := xterm(c); got != want {
			t.Errorf("%v is colour %d, want %d", c, got, want)
		}
	}
}

// TestKitty: the chunks hold the PNG.
func TestKitty(t *testing.T) {
	img := dots(100, 120, 75)
	var b bytes.Buffer
	if err := Kitty.Show(&b, img, 80, 24); err != nil {
		t.Fatal(err)
	}
	chunks := regexp.MustCompile("\x1b_G([^;]*);([^\x1b]*)\x1b\\\\").FindAllStringSubmatch(b.String(), -1)
	text := ""
	for i, c := range chunks {
		want := "m=1"
		if i == len(chunks)-1 {
			want = "m=0"
		}
		if i == 0 {
			want = "a=T,f=100,q=2,c=10," + want
		}
		if c[1] != want || len(c[2]) > 4096 {
			t.Errorf("chunk %d: %q, %d characters", i, c[1], len(c[2]))
		}
		text += c[2]
	}
	file, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(chunks) < 2 {
		t.Fatalf("%d chunks: %v", len(chunks), err)
	}
	got, err := png.Decode(bytes.NewReader(file))
	if err != nil || got.Bounds() != img.Rect || got.At(7, 9) != img.At(7, 9) {
		t.Errorf("%v", err)
	}
}

// TestFits: no way is wider or higher than it may be.
func TestFits(t *testing.T) {
	for _, size := range [][2]int{{1000, 300}, {300, 1000}, {5, 5}} {
		img := image.NewRGBA(image.Rect(0, 0, size[0], size[1]))
		var b bytes.Buffer
		if err := Blocks.Show(&b, img, 40, 10); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if n := strings.Count(lines[0], "▀"); n > 40 || len(lines) > 10 {
			t.Errorf("%v: %d lines of %d", size, len(lines), n)
		}
		b.Reset()
		if err := Sixel.Show(&b, img, 40, 10); err != nil {
			t.Fatal(err)
		}
		if r := decodeSixel(t, strings.TrimSuffix(b.String(), "\n")).Rect; r.Dx() > 400 || r.Dy() > 200 {
			t.Errorf("%v: %v", size, r)
		}
	}
	var b bytes.Buffer
	if None.Show(&b, dots(3, 3, 3), 10, 10) != nil || b.Len() > 0 {
		t.Error("none is something")
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want string
	}{
		{nil, ""}, {[]float64{1}, "▁"}, {[]float64{3, 3, 3}, "▁▁▁"}, {[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"}, {[]float64{-1, 1}, "▁█"},
	} {
		if got := Sparkline(c.v); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
	if got := []rune(Sparkline([]float64{math.NaN(), 1, math.Inf(1)})); len(got) != 3 {
		t.Errorf("%s", string(got))
	}
}

func ExampleSparkline() {
	fmt.Println(Sparkline([]float64{5, 3, 2, 1.5, 1.2, 1}))
	// Output: █▄▂▁▁▁
}
