package quant

import (
	"fmt"
	"math"
)

// Gate is what an integer model must reach to be written. A bound of 0 is none.
type Gate struct {
	PSNR   float64 // dB, at least, of its pictures against the float model's
	Change float64 // of a metric, at most: the share by which it is worse than the float model's
	Points float64 // the same of a metric that is a share itself, such as an accuracy: how much lower
}

// DefaultGate is the gate of `gannet quantize`.
var DefaultGate = Gate{PSNR: 35, Change: 0.02, Points: 0.002}

// Metric is a figure of both models' pictures.
type Metric struct {
	Name  string  `json:"name"`
	Float float64 `json:"float"`
	Int   float64 `json:"int"`
	Share bool    `json:"share,omitempty"` // of 1, the more the better; otherwise the less the better
}

// Change is by how much the integer model is worse: of a share in points, of another metric relatively. Negative is better.
func (m Metric) Change() float64 {
	if m.Share {
		return m.Float - m.Int
	}
	if m.Int == m.Float {
		return 0
	}
	return (m.Int - m.Float) / math.Abs(m.Float)
}

// String says the metric in a line.
func (m Metric) String() string {
	if m.Share {
		return fmt.Sprintf("%s %.2f %% of the float model, %.2f %% of the integer one (%+.2f points)", m.Name, 100*m.Float, 100*m.Int,
			-100*m.Change())
	}
	return fmt.Sprintf("%s %.4g of the float model, %.4g of the integer one (%+.2f %%)", m.Name, m.Float, m.Int, 100*m.Change())
}

// Missed says in words what a report misses; nothing: it passes.
func (g Gate) Missed(r *Report) []string {
	var missed []string
	if g.PSNR > 0 && !(r.PSNR >= g.PSNR) {
		missed = append(missed, fmt.Sprintf("PSNR is %.1f dB, the gate %g dB", r.PSNR, g.PSNR))
	}
	for _, m := range r.Metrics {
		if m.Share && g.Points > 0 && !(m.Change() <= g.Points) {
			missed = append(missed, fmt.Sprintf("%s falls by %.2f points, the gate is %g", m.Name, 100*m.Change(), 100*g.Points))
		}
		if !m.Share && g.Change > 0 && !(m.Change() <= g.Change) {
			missed = append(missed, fmt.Sprintf("%s rises by %.2f %%, the gate is %g %%", m.Name, 100*m.Change(), 100*g.Change))
		}
	}
	return missed
}
