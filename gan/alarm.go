package gan

import (
	"fmt"
	"math"
)

// Alarm says why a run was stopped: it goes on, but G no longer learns, or not from what it should. The run is saved as it
// is, and can be resumed.
type Alarm struct {
	Kind   string // CollapseAlarm and so on
	Step   uint64
	Reason string // with the numbers
}

// The kinds of alarms.
const (
	CollapseAlarm    = "mode collapse"
	SaturationAlarm  = "saturated discriminator"
	VanishingAlarm   = "vanishing gradient"
	OscillationAlarm = "oscillation"
)

func (a *Alarm) Error() string { return fmt.Sprintf("%s at step %d: %s", a.Kind, a.Step, a.Reason) }

// watch follows the metrics of a run. What it says needs as many bad steps in a row as its patience, so that a run that is
// only on its way is not disturbed.
type watch struct {
	objective objective
	half      bool // D's loss is half of the objective's
	steps     int  // seen
	mean      [numMetrics]float64
	richest   float64 // largest mean variety
	steepest  float64 // largest mean gradient
	bad       [4]int  // steps in a row in which a symptom showed
	side      int     // which player was far ahead last: 1 D, -1 G
	swings    []int   // the steps at which that changed
}

const (
	watchMean   = 20   // steps over which metrics are averaged, exponentially
	patience    = 100  // bad steps in a row
	swingSteps  = 200  // in which
	swingsMost  = 6    // so many changes of who is far ahead are too many
	leastSpread = 1e-5 // of the data: no more than rounding; a G that begins small has a thousand times as much
	richSpread  = 0.05 // from where on a fall counts
)

func newWatch(p *Preset) *watch { return &watch{objective: objectives[p.Loss], half: p.HalfLossD} }

// step looks at the metrics of one more step and returns an alarm, or nil.
func (w *watch) step(m *metrics, step uint64) *Alarm {
	w.steps++
	rate := max(1.0/watchMean, 1/float64(w.steps))
	for i, v := range m {
		if v := float64(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
			w.mean[i] += rate * (v - w.mean[i])
		}
	}
	lost, rank, grad, varied := w.mean[metricLossD], w.mean[metricRank], w.mean[metricGrad], w.mean[metricVariety]
	w.richest, w.steepest = max(w.richest, varied), max(w.steepest, grad)
	guess := w.objective.guess
	if w.half {
		guess /= 2
	}

	alarm := func(kind, format string, a ...any) *Alarm {
		*w = watch{objective: w.objective, half: w.half}
		return &Alarm{kind, step, fmt.Sprintf(format, a...)}
	}
	lasting := func(symptom int, shows bool) bool {
		if w.bad[symptom]++; !shows {
			w.bad[symptom] = 0
		}
		return w.bad[symptom] >= patience
	}
	known := !math.IsNaN(float64(m[metricVariety])) && !math.IsInf(float64(m[metricVariety]), 0) // a batch of one has none
	collapsed := lasting(0, known && (varied < leastSpread || w.richest > richSpread && varied < 0.1*w.richest))
	saturated := lasting(1, !w.objective.scores && rank > 0.995 && lost < 0.03*guess)
	vanished := lasting(2, rank > 0.9 && grad < 1e-3*w.steepest)
	misled := lasting(3, guess > 0 && lost > 3*guess)
	switch {
	case collapsed:
		return alarm(CollapseAlarm, "generated samples vary %.2g times as much as real ones, at most %.2g times before: try r1, "+
			"pack, or more steps of D", varied, w.richest)
	case misled || w.swinging(rank):
		return alarm(OscillationAlarm, "D's loss is %.3g, where guessing gives %.3g, and D and G overtake each other: try lower "+
			"learning rates, r1 and r2", lost, guess)
	case vanished:
		return alarm(VanishingAlarm, "the gradient that G receives is %.2g, and was up to %.2g, while D is right %.1f %% of the time: "+
			"try another loss, r1, or a lower learning rate of D", grad, w.steepest, 100*rank)
	case saturated:
		return alarm(SaturationAlarm, "D is right %.2f %% of the time, at a loss of %.2g: try r1, instance_noise, or a lower "+
			"learning rate of D", 100*rank, lost)
	}
	return nil
}

// swinging counts how often the lead changes: D is far ahead where it ranks four fifths of the pairs right, G where it is
// wrong of as many.
func (w *watch) swinging(rank float64) bool {
	side := w.side
	if rank > 0.8 {
		side = 1
	} else if rank < 0.2 {
		side = -1
	}
	if w.side != 0 && side != w.side {
		w.swings = append(w.swings, w.steps)
	}
	w.side = side
	for len(w.swings) > 0 && w.swings[0] <= w.steps-swingSteps {
		w.swings = w.swings[1:]
	}
	return len(w.swings) >= swingsMost
}
