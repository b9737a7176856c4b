package main

import (
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"time"

	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/terminal"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how a run goes: on a terminal a bar that is redrawn, with sparklines of the losses, and the sheets of samples
// above it; now and then a line elsewhere.
type progress struct {
	out      io.Writer
	bar      *progressbar.ProgressBar
	tty      *os.File // nil: not a terminal, or to be plain
	graphics terminal.Graphics
	points   bool // a sheet is one drawing, not a grid of samples
	next     time.Time
	pictured time.Time

	last   gan.Progress
	losses [2][]float64 // of D and of G: the last ticks
	first  gan.Progress // of this session: the speed of earlier ones does not count
	since  time.Time
}

// newProgress looks at where it writes. With plain it takes a terminal for a file.
func newProgress(out io.Writer, plain bool) *progress {
	p := &progress{out: out}
	if f, ok := out.(*os.File); ok && !plain && term.IsTerminal(int(f.Fd())) {
		p.tty, p.graphics = f, terminal.Detect(os.Getenv)
	}
	return p
}

// size is that of the terminal, in characters.
func (p *progress) size() (cols, rows int) {
	cols, rows, err := term.GetSize(int(p.tty.Fd()))
	if err != nil || cols < 1 || rows < 1 {
		return 80, 24
	}
	return cols, rows
}

// maxSpark is the length of a sparkline where there is room.
const maxSpark = 16

func (p *progress) show(t gan.Progress) {
	p.last = t
	var spark [2]string
	if p.tty != nil {
		cols, _ := p.size()
		for i, loss := range []float64{t.LossD, t.LossG} {
			l := append(p.losses[i], loss)
			p.losses[i] = l[max(0, len(l)-maxSpark):]
			if room := min(maxSpark, (cols-100)/2); room > 3 {
				spark[i] = terminal.Sparkline(p.losses[i][max(0, len(p.losses[i])-room):]) + " "
			}
		}
	}
	text := fmt.Sprintf("kimg %.1f  loss D %.3f %sG %.3f %s D(x) %.2f D(G(z)) %.2f", t.Kimg, t.LossD, spark[0], t.LossG, spark[1],
		t.DReal, t.DFake)
	now := time.Now()
	if p.since.IsZero() {
		p.first, p.since = t, now
	} else if d := now.Sub(p.since); d > 0 && t.Step > p.first.Step {
		rate := float64(t.Step-p.first.Step) / d.Seconds()
		left := time.Duration(float64(t.Steps-t.Step) / rate * float64(time.Second))
		text += fmt.Sprintf("  %.0f steps/s, %v left", rate, left.Round(time.Second))
	}
	if p.tty != nil {
		if p.bar == nil {
			p.bar = progressbar.NewOptions64(int64(t.Steps), progressbar.OptionSetWriter(p.out), progressbar.OptionFullWidth(),
				progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false))
		}
		p.bar.Describe(text)
		p.bar.Set64(int64(t.Step))
		return
	}
	if now.After(p.next) || t.Step == t.Steps {
		fmt.Fprintf(p.out, "step %d/%d  %s  %.0fs\n", t.Step, t.Steps, text, t.Seconds)
		p.next = now.Add(5 * time.Second)
	}
}

// snapped shows a sheet, not more often than every ten seconds but for the last one. That it cannot be shown stops no run.
func (p *progress) snapped(sheet string) {
	now := time.Now()
	if p.graphics == terminal.None || now.Sub(p.pictured) < 10*time.Second && p.last.Step != p.last.Steps {
		return
	}
	p.pictured = now
	f, err := os.Open(sheet)
	if err != nil {
		return
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return
	}
	cols, rows := p.size()
	cols, rows = min(cols, 100), min(max(4, rows-4), 24)
	if !p.points && (p.graphics == terminal.Blocks || p.graphics == terminal.Blocks256) {
		img = firstSamples(img, cols, 2*rows)
	}
	if p.bar != nil {
		p.bar.Clear()
	}
	fmt.Fprintf(p.out, "samples at step %d:\n", p.last.Step)
	p.graphics.Show(p.out, img, cols, rows)
}

// firstSamples cuts a sheet of eight samples a row down to as many as can be recognized in w by h pixels: each is to have 20.
func firstSamples(sheet image.Image, w, h int) image.Image {
	const across, margin, least = 8, 2, 20
	r := sheet.Bounds()
	cell := (r.Dx() - margin) / across
	if cell < 1 {
		return sheet
	}
	nx := max(1, min(across, w/least))
	ny := max(1, min((r.Dy()-margin)/cell, h*nx/w))
	cut := image.NewRGBA(image.Rect(0, 0, nx*cell+margin, min(r.Dy(), ny*cell+margin)))
	draw.Draw(cut, cut.Rect, sheet, r.Min, draw.Src)
	return cut
}

func (p *progress) end() {
	if p.bar != nil {
		fmt.Fprintln(p.out)
	}
}
