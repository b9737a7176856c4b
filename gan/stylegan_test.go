package gan

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// styleRun is a small stylegan after two steps, as a run.
func styleRun(t *testing.T) *run {
	i := slices.IndexFunc(convCases, func(c convCase) bool { return c.name == "stylegan" })
	g := convGame(t, i, nil)
	for range 2 {
		g.run(100, someBatch)
	}
	return &run{opt: &Options{Preset: *g.preset, Data: madeUp(1, 16, 16, 3), OutDir: t.TempDir()}, game: g}
}

// TestStyleTruncation: nearer to the mean style pictures differ less, at it not at all, and with all of the distance left
// they are what they are without truncation.
func TestStyleTruncation(t *testing.T) {
	r := styleRun(t)
	draw := func(truncation float32) []uint8 {
		r.opt.Preset.TruncationW = truncation
		m, err := r.generator()
		if err != nil {
			t.Fatal(err)
		}
		s, err := sample.New(m, 8, nil)
		if err != nil {
			t.Fatal(err)
		}
		pix := make([]uint8, 16*s.Size())
		s.Sample(pix, sample.Seeds(0, 15))
		return pix
	}
	// differ is the mean distance of a pixel from that of the first picture.
	differ := func(pix, from []uint8) float64 {
		sum := 0
		for i, v := range pix {
			sum += max(int(v), int(from[i%len(from)])) - min(int(v), int(from[i%len(from)]))
		}
		return float64(sum) / float64(len(pix))
	}
	size := 16 * 16 * 3
	whole, half, none := draw(0), draw(0.5), draw(1e-6)
	a, b, c := differ(whole, whole[:size]), differ(half, half[:size]), differ(none, none[:size])
	if a < 1 || b > 0.75*a || b < 0.25*a || c > 0.01*a {
		t.Errorf("pixels differ by %g, truncated to a half by %g, to nothing by %g", a, b, c)
	}
	if d := differ(draw(1), whole); d > 0.01 {
		t.Errorf("with all of the distance left pixels differ by %g", d)
	}
}

// TestInitStyle: a run that begins with the weights of a model has its noise inputs too, whether the model has the mean
// style or not; from a checkpoint it has both.
func TestInitStyle(t *testing.T) {
	r := styleRun(t)
	dir := t.TempDir()
	if err := r.checkpoint(); err != nil {
		t.Fatal(err)
	}
	paths := []string{r.opt.OutDir}
	for _, truncation := range []float32{0, 0.5} {
		r.opt.Preset.TruncationW = truncation
		m, err := r.generator()
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, filepath.Join(dir, string('a'+rune(len(paths)))))
		if err := model.Save(paths[len(paths)-1], m); err != nil {
			t.Fatal(err)
		}
	}
	for i, path := range paths {
		g, err := newGame(r.game.preset, r.game.shape, nil, nil, 9, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.initFrom(path); err != nil {
			t.Fatal(err)
		}
		for _, name := range g.st.Names() {
			noise, mean := strings.HasSuffix(name, ".noise"), name == styleMean
			same := slices.Equal(g.st.Get(name).F32(), r.game.st.Get(name).F32())
			if want := noise || mean && i != 1; (noise || mean) && same != want {
				t.Errorf("from %s: %s is the same: %v, want %v", path, name, same, want)
			}
		}
	}
}
