// Package report makes a run folder talk: report.html (one page, no network), TensorBoard event files, and
// metric-NAME.jsonl. All it knows of a run is what lies in its folder, so that a page can be made anew at any time, also of
// a run that was made elsewhere.
package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names of the files in a run folder that a report reads or writes.
const (
	OptionsFile = "training_options.json"
	LogFile     = "log.jsonl"    // a line a tick: step, kimg, seconds, and any other numbers
	AlarmFile   = "alarms.jsonl" // a line an alarm: step, alarm, reason
	PageFile    = "report.html"
	sheetGlob   = "fakes-*.png"
)

// Run writes the reports of a run at work. It belongs to one goroutine.
type Run struct {
	dir    string
	events *Events
	thumbs map[string]thumb // by the name of the sheet
}

// Open begins the reports of a session that starts after the given step.
func Open(dir string, step uint64) (*Run, error) {
	name := fmt.Sprintf("events.out.tfevents.%010d.%012d.gannet", time.Now().Unix(), step)
	e, err := CreateEvents(filepath.Join(dir, name), step)
	if err != nil {
		return nil, err
	}
	return &Run{dir: dir, events: e, thumbs: map[string]thumb{}}, nil
}

// Tick takes a line of the log: every number in it but the step, kimg and the seconds becomes a scalar.
func (r *Run) Tick(line []byte) error {
	t, err := parseLine(line)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return r.events.Scalars(uint64(t.step), t.values)
}

// Snap takes the path of a sheet of samples and writes the page.
func (r *Run) Snap(step uint64, sheet string) error {
	th, err := r.thumb(filepath.Base(sheet))
	if err != nil {
		return err
	}
	if err := r.events.Image(step, "fakes", th.png, th.w, th.h); err != nil {
		return err
	}
	return r.Page()
}

// Close ends the event file.
func (r *Run) Close() error { return r.events.Close() }

// value is a named number.
type value struct {
	name string
	v    float64
}

// line is a line of a log.
type line struct {
	step, kimg, seconds float64
	values              []value // in the order of the line
}

// parseLine reads a JSON object. Entries that are not numbers are passed over.
func parseLine(b []byte) (line, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return l, fmt.Errorf("a line of the log that is no JSON object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return l, err
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return l, err
		}
		x, ok := v.(float64)
		if !ok {
			continue
		}
		switch key {
		case "step":
			l.step = x
		case "kimg":
			l.kimg = x
		case "seconds":
			l.seconds = x
		default:
			l.values = append(l.values, value{key.(string), x})
		}
	}
	_, err := d.Token()
	return l, err
}

// readLines reads a log. It ends before a line that is torn. A file that is not there has no lines.
func readLines(path string) ([]line, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []line
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		l, err := parseLine(s.Bytes())
		if err != nil {
			break
		}
		lines = append(lines, l)
	}
	return lines, s.Err()
}

// alarm is a line of the alarms.
type alarm struct {
	Step   uint64 `json:"step"`
	Alarm  string `json:"alarm"`
	Reason string `json:"reason"`
}

// AppendAlarm adds a line to the alarms of a run folder, in one piece. The next page shows it.
func AppendAlarm(dir string, step uint64, kind, reason string) error {
	js, err := json.Marshal(alarm{step, kind, reason})
	if err != nil {
		return err
	}
	return appendLine(filepath.Join(dir, AlarmFile), js)
}

// appendLine adds a line to a file.
func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func readAlarms(path string) ([]alarm, error) {
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var alarms []alarm
	for l := range bytes.Lines(b) {
		var a alarm
		if json.Unmarshal(l, &a) != nil {
			continue // torn
		}
		alarms = append(alarms, a)
	}
	return alarms, nil
}

// curve is a line of a chart.
type curve struct {
	Name string
	x, y []float64
}

// chart is one or more curves over thousands of pictures.
type chart struct {
	Title  string
	Curves []*curve
}

// charts puts the losses into one chart, the probabilities into another, and every other number into its own.
func charts(lines []line) []chart {
	groups, byName := []chart{}, map[string]*curve{}
	for _, l := range lines {
		for _, v := range l.values {
			c := byName[v.name]
			if c == nil {
				c = &curve{Name: v.name}
				byName[v.name] = c
				title := v.name
				switch {
				case strings.HasPrefix(v.name, "loss_"):
					title = "losses"
				case v.name == "D_real" || v.name == "D_fake":
					title = "probability of being real"
				}
				at := slices.IndexFunc(groups, func(g chart) bool { return g.Title == title })
				if at < 0 {
					at, groups = len(groups), append(groups, chart{Title: title})
				}
				groups[at].Curves = append(groups[at].Curves, c)
			}
			c.x, c.y = append(c.x, l.kimg), append(c.y, v.v)
		}
	}
	return groups
}

// sheets lists the sheets of a folder, oldest first, and leaves out all but every 2nd, 4th, 8th... of many: the ones that
// are left stay the same as a run goes on.
func sheets(dir string) ([]string, error) {
	const most = 16
	names, err := fs.Glob(os.DirFS(dir), sheetGlob)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	stride := 1
	for (len(names)+stride-1)/stride > most {
		stride *= 2
	}
	var some []string
	for i, n := range names {
		if i%stride == 0 || i == len(names)-1 {
			some = append(some, n)
		}
	}
	return some, nil
}
