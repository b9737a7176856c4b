// Package serve talks to a rival that runs in a process of its own: it gets one request a line on standard input and
// answers each with one line of JSON. Between its turns the process is stopped, so that threads that spin while they
// wait for work cost the other side nothing, and each rival may wait in the way that makes it fastest.
package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"
)

// Peer is a rival's process.
type Peer struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
}

// Start runs cmd, decodes the line that it greets with into hello, and stops it until the first request.
func Start(cmd *exec.Cmd, hello any) (*Peer, error) {
	p := &Peer{name: cmd.Path, cmd: cmd}
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.lines = bufio.NewReader(out)
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.read(hello); err != nil {
		p.Close()
		return nil, err
	}
	return p, pause(p.cmd.Process)
}

// Ask lets the process run, sends request as one line of JSON, and decodes the line that answers it.
func (p *Peer) Ask(request, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if err := resume(p.cmd.Process); err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	if err := p.read(answer); err != nil {
		return err
	}
	return pause(p.cmd.Process)
}

func (p *Peer) read(answer any) error {
	line, err := p.lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s ended: %w", p.name, err)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		return fmt.Errorf("%s answered %.200q: %w", p.name, line, err)
	}
	return nil
}

// Close ends the process.
func (p *Peer) Close() {
	p.in.Close()
	resume(p.cmd.Process)
	p.cmd.Wait()
}

// Answer is what a timed turn comes to. Rivals send it as JSON.
type Answer struct {
	Median float64 `json:"median"` // seconds of one call
	Best   float64 `json:"best"`
	Calls  int     `json:"calls"`
	Sum    float64 `json:"sum"` // of the results, weighted by their places
	Abs    float64 `json:"abs"` // the same of their absolute values: the scale on which two sums may differ
	Error  string  `json:"error"`
}

// Measure calls f for about d and returns the times. Calls shorter than 50 microseconds are timed several together.
// The rivals do the same.
func Measure(d time.Duration, f func()) Answer {
	const least = 50 * time.Microsecond
	f()
	t := time.Now()
	f()
	n := max(1, int(least/(time.Since(t)+1)))
	a := Answer{}
	var times []float64
	for begin := time.Now(); len(times) < 3 || time.Since(begin) < d; {
		t := time.Now()
		for range n {
			f()
		}
		times = append(times, time.Since(t).Seconds()/float64(n))
		a.Calls += n
	}
	a.Median, a.Best = Median(times), slices.Min(times)
	return a
}

// Median returns the median of x, which may be in any order.
func Median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
