package report

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Metric is a line of metric-NAME.jsonl: what was measured of the generator that a run had at a step.
type Metric struct {
	Metric  string             `json:"metric"`
	Results map[string]float64 `json:"results"`
	Step    uint64             `json:"step"`
	Kimg    float64            `json:"kimg"`
	Model   string             `json:"model,omitempty"` // the file that was measured
}

const metricPrefix, metricSuffix = "metric-", ".jsonl"

// AppendMetric adds a line to metric-NAME.jsonl in a run folder, in one piece. Where m.Kimg is 0 the log says how many
// pictures a step is.
func AppendMetric(dir string, m Metric) error {
	if m.Metric == "" || strings.ContainsAny(m.Metric, `/\`) {
		return fmt.Errorf("report: a metric called %q", m.Metric)
	}
	if m.Kimg == 0 {
		lines, err := readLines(filepath.Join(dir, LogFile))
		if err != nil {
			return err
		}
		if n := len(lines); n > 0 && lines[n-1].step > 0 {
			m.Kimg = float64(m.Step) * lines[n-1].kimg / lines[n-1].step
		}
	}
	js, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("report: metric %s: %w", m.Metric, err)
	}
	return appendLine(filepath.Join(dir, metricPrefix+m.Metric+metricSuffix), js)
}

// Metrics reads the lines of a metric, by step, without those that are torn. Of two for one step the later counts.
func Metrics(dir, name string) ([]Metric, error) {
	b, err := os.ReadFile(filepath.Join(dir, metricPrefix+name+metricSuffix))
	if err != nil {
		return nil, err
	}
	var ms []Metric
	for l := range strings.Lines(string(b)) {
		var m Metric
		if json.Unmarshal([]byte(l), &m) != nil {
			continue
		}
		at, found := slices.BinarySearchFunc(ms, m.Step, func(a Metric, step uint64) int {
			if a.Step < step {
				return -1
			}
			return int(min(a.Step-step, 1))
		})
		if found {
			ms[at] = m
		} else {
			ms = slices.Insert(ms, at, m)
		}
	}
	return ms, nil
}

// metricCharts makes a chart of every metric of a run that was measured.
func metricCharts(dir string) ([]chart, error) {
	paths, err := fs.Glob(os.DirFS(dir), metricPrefix+"*"+metricSuffix)
	if err != nil {
		return nil, err
	}
	var cs []chart
	for _, p := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(p, metricPrefix), metricSuffix)
		ms, err := Metrics(dir, name)
		if err != nil {
			return nil, err
		}
		var lines []line
		for _, m := range ms {
			l := line{step: float64(m.Step), kimg: m.Kimg}
			for k, v := range m.Results {
				l.values = append(l.values, value{k, v})
			}
			slices.SortFunc(l.values, func(a, b value) int { return strings.Compare(a.name, b.name) })
			lines = append(lines, l)
		}
		if len(lines) == 0 {
			continue
		}
		c := chart{Title: "metric " + name}
		for _, g := range charts(lines) {
			c.Curves = append(c.Curves, g.Curves...)
		}
		cs = append(cs, c)
	}
	return cs, nil
}
