package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
)

// Change is what became of a row since an older report.
type Change struct {
	Kernel  string  `json:"kernel"`
	Shape   string  `json:"shape"`
	Tier    string  `json:"tier"`
	Threads int     `json:"threads"`
	Verdict Verdict `json:"verdict"`

	// Ratio is how many times faster the row is now. Where both reports compared it with the same roof in turns, the shares
	// are compared, since the speed of the machine, which others use too, then cancels; otherwise the times.
	Ratio float64 `json:"ratio,omitempty"`
	By    string  `json:"by,omitempty"`   // "share" or "time"
	Band  float64 `json:"band,omitempty"` // a ratio within 1/(1+Band) .. 1+Band is noise

	OtherResult bool `json:"other_result,omitempty"` // the hash changed
}

// Verdict says which way a row changed.
type Verdict string

// The verdicts.
const (
	Faster    Verdict = "faster"
	Slower    Verdict = "slower"
	Unchanged Verdict = "unchanged"
	New       Verdict = "new"     // the old report lacks the row
	Gone      Verdict = "gone"    // only the old report has it
	Unknown   Verdict = "unknown" // too few rounds, as of large shapes on the reference: their spread says nothing
)

// A change counts when it exceeds bandWidth standard deviations of the rounds of both runs together, and minBand: where the
// operands lie in memory differs from run to run, which no spread inside one shows.
const bandWidth, minBand = 2, 0.04

// minRounds is how many rounds have a spread that can be trusted.
const minRounds = 5

// ReadReport reads the JSON that was made of a report.
func ReadReport(path string) (*Report, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var head struct {
		Format *int `json:"gannet_bench"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("%s: not a report of gannet bench --json: %w", path, err)
	}
	if head.Format == nil {
		return nil, fmt.Errorf("%s: JSON, but not a report of gannet bench --json in format %d", path, Format)
	}
	if *head.Format != Format {
		return nil, fmt.Errorf("%s: a report in format %d; this gannet compares format %d", path, *head.Format, Format)
	}
	r := new(Report)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, w := range r.Rows {
		if !(w.Seconds > 0 && w.Spread >= 0 && w.ShareSpread >= 0 && w.Share >= 0) {
			return nil, fmt.Errorf("%s: the row of %s on %s has no time", path, w.key(), w.Tier)
		}
	}
	return r, nil
}

// Compare says what became of every row of old, and which are new.
func Compare(old, now *Report) []Change {
	type id struct {
		key, tier string
		threads   int
	}
	was := map[id]Row{}
	for _, w := range old.Rows {
		was[id{w.key(), w.Tier, w.Threads}] = w
	}
	var cs []Change
	for _, w := range now.Rows {
		k := id{w.key(), w.Tier, w.Threads}
		c := Change{Kernel: w.Kernel, Shape: w.Shape, Tier: w.Tier, Threads: w.Threads, Verdict: New}
		if o, ok := was[k]; ok {
			c.compare(o, w)
			delete(was, k)
		}
		cs = append(cs, c)
	}
	for _, o := range old.Rows {
		if _, left := was[id{o.key(), o.Tier, o.Threads}]; left {
			cs = append(cs, Change{Kernel: o.Kernel, Shape: o.Shape, Tier: o.Tier, Threads: o.Threads, Verdict: Gone})
		}
	}
	return cs
}

func (c *Change) compare(old, now Row) {
	c.By, c.Ratio = "time", old.Seconds/now.Seconds
	so, sn := old.Spread, now.Spread
	if old.Roof != "" && old.Roof == now.Roof && old.Share > 0 && now.Share > 0 {
		c.By, c.Ratio = "share", now.Share/old.Share
		so, sn = old.ShareSpread, now.ShareSpread
	}
	c.Band = max(minBand, bandWidth*math.Hypot(so, sn))
	c.OtherResult = old.Hash != now.Hash
	switch {
	case min(old.Rounds, now.Rounds) < minRounds:
		c.Verdict, c.Band = Unknown, 0
	case c.Ratio > 1+c.Band:
		c.Verdict = Faster
	case c.Ratio < 1/(1+c.Band):
		c.Verdict = Slower
	default:
		c.Verdict = Unchanged
	}
}

// Worst returns the row that became slower most, and how many percent longer it takes; 0 if none did.
func Worst(cs []Change) (worst Change, percent float64) {
	for _, c := range cs {
		if c.Verdict == Slower && 100*(1/c.Ratio-1) > percent {
			worst, percent = c, 100*(1/c.Ratio-1)
		}
	}
	return worst, percent
}

// WriteChanges renders a comparison as a table with a summary.
func WriteChanges(old, now *Report, cs []Change) string {
	var s strings.Builder
	if old.CPU != now.CPU || old.GOOS != now.GOOS || old.GOARCH != now.GOARCH {
		fmt.Fprintf(&s, "The old report is of another machine: %s, %s/%s.\n", old.CPU, old.GOOS, old.GOARCH)
	}
	wide := len("kernel/shape")
	for _, c := range cs {
		wide = max(wide, len(c.Kernel+"/"+c.Shape))
	}
	fmt.Fprintf(&s, "%-*s  %-8s %7s %9s %7s  %s\n", wide, "kernel/shape", "tier", "threads", "speed", "noise", "")
	count, logs := map[Verdict]int{}, 0.0
	for _, c := range cs {
		count[c.Verdict]++
		fmt.Fprintf(&s, "%-*s  %-8s %7d", wide, c.Kernel+"/"+c.Shape, c.Tier, c.Threads)
		switch {
		case c.Band > 0:
			logs += math.Log(c.Ratio)
			fmt.Fprintf(&s, " %8.3fx ±%4.1f %%", c.Ratio, 100*c.Band)
		case c.Ratio > 0:
			fmt.Fprintf(&s, " %8.3fx %7s", c.Ratio, "")
		default:
			fmt.Fprintf(&s, " %9s %7s", "", "")
		}
		fmt.Fprintf(&s, "  %s", c.Verdict)
		if c.By == "time" && c.Band > 0 {
			s.WriteString(" (by time, not by share)")
		}
		if c.OtherResult {
			s.WriteString(", other result")
		}
		s.WriteByte('\n')
	}
	both := count[Faster] + count[Slower] + count[Unchanged]
	fmt.Fprintf(&s, "%s: %d faster, %d slower, %d unchanged; %d unknown, %d new, %d gone", plural(both, "row"), count[Faster],
		count[Slower], count[Unchanged], count[Unknown], count[New], count[Gone])
	if both > 0 {
		fmt.Fprintf(&s, "; geometric mean %.3fx", math.Exp(logs/float64(both)))
	}
	s.WriteByte('\n')
	return s.String()
}
