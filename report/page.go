package report

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/model"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style string

var pageTemplate = parsePage(pageText)

// parsePage reads a page that may use the common style.
func parsePage(text string) *template.Template {
	t := template.Must(template.New("page").Parse(text))
	template.Must(t.New("style").Parse(style))
	return t
}

// page is what page.html shows.
type page struct {
	Name        string
	Step, Steps uint64
	Kimg        float64
	Time, Rate  string
	Alarms      []alarm
	Charts      []drawnChart
	Sheets      []sheet
	Last        *sheet
	Options     string
}

type drawnChart struct {
	Title string
	SVG   template.HTML
	Keys  []key
}

// key is an entry of a legend.
type key struct {
	Name  string
	Color template.CSS
	Last  string
}

type sheet struct {
	Step uint64
	URI  template.URL
	W, H int
}

// Write makes report.html in a run folder from what lies there.
func Write(dir string) error { return (&Run{dir: dir, thumbs: map[string]thumb{}}).Page() }

// Page writes report.html, atomically.
func (r *Run) Page() error {
	p, err := r.page()
	if err != nil {
		return err
	}
	return model.Atomically(filepath.Join(r.dir, PageFile), func(w io.Writer) error { return pageTemplate.Execute(w, p) })
}

// page reads the folder.
func (r *Run) page() (*page, error) {
	path := func(name string) string { return filepath.Join(r.dir, name) }
	options, err := os.ReadFile(path(OptionsFile))
	if err != nil {
		return nil, fmt.Errorf("%s: holds no run: %w", r.dir, err)
	}
	var named struct {
		Preset struct{ Name string }
		Steps  uint64
	}
	if err := json.Unmarshal(options, &named); err != nil {
		return nil, fmt.Errorf("%s: %w", path(OptionsFile), err)
	}
	p := &page{Name: named.Preset.Name, Steps: named.Steps, Options: strings.TrimSpace(string(options))}
	lines, err := readLines(path(LogFile))
	if err != nil {
		return nil, err
	}
	if len(lines) > 0 {
		l := lines[len(lines)-1]
		p.Step, p.Kimg, p.Time = uint64(l.step), l.kimg, (time.Duration(l.seconds) * time.Second).String()
		if l.seconds > 0 {
			p.Rate = fmt.Sprintf("%.3g steps/s, %.3g s/kimg", l.step/l.seconds, l.seconds/l.kimg)
		}
	}
	if p.Alarms, err = readAlarms(path(AlarmFile)); err != nil {
		return nil, err
	}
	all := charts(lines)
	measured, err := metricCharts(r.dir)
	if err != nil {
		return nil, err
	}
	for _, c := range append(all, measured...) {
		d := drawnChart{Title: c.Title, SVG: template.HTML(drawSVG(c.Curves))}
		for i, c := range c.Curves {
			d.Keys = append(d.Keys, key{c.Name, template.CSS(colors[i%len(colors)]), fmt.Sprintf("%.4g", c.y[len(c.y)-1])})
		}
		p.Charts = append(p.Charts, d)
	}
	names, err := sheets(r.dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		digits := strings.TrimSuffix(strings.TrimPrefix(name, "fakes-"), ".png")
		step, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			continue // a sheet of something else
		}
		t, err := r.thumb(name)
		if err != nil {
			return nil, err
		}
		uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(t.png)
		p.Sheets = append(p.Sheets, sheet{step, template.URL(uri), t.w, t.h})
	}
	if n := len(p.Sheets); n > 0 {
		p.Last, p.Sheets = &p.Sheets[n-1], p.Sheets[:n-1]
	}
	return p, nil
}
