// Package gan is the game of Goodfellow et al. (2014) and what has been learned about it since: networks, objectives,
// penalties, optimizers, the training loop, sampling, and how to tell how good the result is.
package gan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
)

// Preset is a recipe: everything about a training run but its data, length and seed. It is also what
// training_options.json holds, filled in.
type Preset struct {
	Name string `json:"name"`
	Data string `json:"data"` // "mnist": 28x28 digits, train[0:50000]; "digits": the embedded subset
	Z    int    `json:"z"`    // length of the latent
	// Latent is the distribution of z: "uniform" (-sqrt 3, sqrt 3) or "normal".
	Latent string `json:"latent"`
	// Classes, if not 0, makes the game conditional (Mirza and Osindero 2014): G gets a class beside z, drawn evenly, as
	// one-hot entries before it; D has a logit for each class and is asked for that of the picture's label.
	Classes int `json:"classes,omitempty"`
	// Truncation, if not 0, is what the exported generator multiplies z with, class entries excepted: below 1 it trades
	// variety for quality (Brock et al. 2019).
	Truncation float32 `json:"truncation,omitempty"`
	G          Net     `json:"g"`
	D          Net     `json:"d"`
	// Loss is the objective: "minimax", "non-saturating" (both of the paper) or "relativistic" (Jolicoeur-Martineau 2018,
	// in the pairing form of R3GAN).
	Loss string `json:"loss"`
	// HalfLossD takes half the sum of D's two cross entropies, as the paper's code does.
	HalfLossD bool `json:"half_loss_d,omitempty"`
	// Simultaneous updates move D and G from the same batch at the same weights; otherwise D makes DSteps steps, each on
	// its own batch, and then G one.
	Simultaneous bool    `json:"simultaneous"`
	DSteps       int     `json:"d_steps"`
	R1           float32 `json:"r1,omitempty"`            // gamma of the gradient penalty on real data (Mescheder et al. 2018)
	R2           float32 `json:"r2,omitempty"`            // and on generated data
	PenaltyBatch int     `json:"penalty_batch,omitempty"` // the penalties look at so many pictures of a batch; 0: all
	OptG         Optim   `json:"opt_g"`
	OptD         Optim   `json:"opt_d"`
	Batch        int     `json:"batch"`
	Steps        uint64  `json:"steps"`              // default length
	EMA          float32 `json:"ema_kimg,omitempty"` // half-life, in thousands of images, of the average of G that is sampled; 0: none
	Tick         uint64  `json:"tick"`               // steps between lines of the log
	Snap         uint64  `json:"snap"`               // steps between checkpoints and sample sheets
}

// Net is a multilayer perceptron.
type Net struct {
	Hidden []int   `json:"hidden"`           // units of the hidden layers
	Act    string  `json:"act"`              // "relu", "leaky" (slope 0.2) or "maxout"
	Pieces int     `json:"pieces,omitempty"` // of a maxout unit
	Out    string  `json:"out,omitempty"`    // G: "sigmoid" or "tanh"
	Init   float32 `json:"init,omitempty"`   // weights from U(-Init, Init); 0: He's normal initialization
	// KeepIn and KeepHidden are the probabilities with which dropout keeps an input of the first and of a later layer; what
	// is kept is divided by them. 0: no dropout.
	KeepIn     float32 `json:"keep_in,omitempty"`
	KeepHidden float32 `json:"keep_hidden,omitempty"`
	// Center lets D see pixels from [-1, 1] instead of [0, 1].
	Center bool `json:"center,omitempty"`
	// BiasFromData sets the output bias so that G starts at the mean picture.
	BiasFromData bool `json:"bias_from_data,omitempty"`
}

// Optim is an optimizer with its schedule.
type Optim struct {
	Kind     string  `json:"kind"` // "sgd" or "adam"
	LR       float64 `json:"lr"`
	Decay    float64 `json:"decay,omitempty"`        // the learning rate is divided by Decay^step
	MinLR    float64 `json:"min_lr,omitempty"`       // and stays above MinLR
	Momentum float64 `json:"momentum,omitempty"`     // sgd: at the start,
	EndMom   float64 `json:"end_momentum,omitempty"` // and after MomSteps, linearly in between
	MomSteps uint64  `json:"momentum_steps,omitempty"`
	Beta1    float64 `json:"beta1,omitempty"` // adam
	Beta2    float64 `json:"beta2,omitempty"`
	Eps      float64 `json:"eps,omitempty"`
	// Over the last FinalShare of the run the learning rate falls linearly to FinalLR of what it was.
	FinalLR    float64 `json:"final_lr,omitempty"`
	FinalShare float64 `json:"final_share,omitempty"`
}

// presets is the table of recipes.
var presets = []Preset{
	{
		// The run of the paper's MNIST column: mnist.yaml of the authors' code. 500 steps are an epoch.
		Name: "paper-mnist", Data: "mnist", Z: 100, Latent: "uniform",
		G:         Net{Hidden: []int{1200, 1200}, Act: "relu", Out: "sigmoid", Init: 0.05, BiasFromData: true},
		D:         Net{Hidden: []int{240, 240}, Act: "maxout", Pieces: 5, Init: 0.005, KeepIn: 0.8, KeepHidden: 0.5},
		Loss:      "non-saturating",
		HalfLossD: true, Simultaneous: true, DSteps: 1,
		OptG:  paperSGD,
		OptD:  paperSGD,
		Batch: 100, Steps: 250 * 500, Tick: 100, Snap: 2500,
	},
	{
		// An MLP that shows good digits after about a minute on two cores: the conditional non-saturating game with an R1
		// penalty on half of each batch, no normalization, an averaged generator.
		Name: "digits", Data: "digits", Z: 16, Latent: "normal", Classes: 10, Truncation: 0.6,
		G:    Net{Hidden: []int{256, 512}, Act: "relu", Out: "sigmoid", BiasFromData: true},
		D:    Net{Hidden: []int{512, 128}, Act: "leaky", Center: true},
		Loss: "non-saturating", DSteps: 1, R1: 0.5, PenaltyBatch: 32,
		OptG:  digitsAdam,
		OptD:  digitsAdam,
		Batch: 64, Steps: 8000, EMA: 12, Tick: 100, Snap: 1000,
	},
}

var digitsAdam = Optim{Kind: "adam", LR: 1e-3, Beta1: 0, Beta2: 0.99, Eps: 1e-8, FinalLR: 0.05, FinalShare: 0.6}

var paperSGD = Optim{Kind: "sgd", LR: 0.1, Decay: 1.000004, MinLR: 1e-6, Momentum: 0.5, EndMom: 0.7, MomSteps: 250 * 500}

// Presets returns the names of the recipes.
func Presets() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return names
}

// Lookup returns a recipe by name.
func Lookup(name string) (Preset, error) {
	for _, p := range presets {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("gan: no preset is called %q (there are %s)", name, strings.Join(Presets(), ", "))
}

// Check reports a recipe that cannot be trained.
func (p *Preset) Check() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("gan: preset %q: "+format, append([]any{p.Name}, a...)...)
	}
	oneOf := func(what, got string, want ...string) error {
		if !slices.Contains(want, got) {
			return bad("%s is %q, want one of %s", what, got, strings.Join(want, ", "))
		}
		return nil
	}
	for _, err := range []error{
		oneOf("data", p.Data, "mnist", "digits"),
		oneOf("latent", p.Latent, "uniform", "normal"),
		oneOf("loss", p.Loss, "minimax", "non-saturating", "relativistic"),
		oneOf("g.act", p.G.Act, "relu", "leaky", "maxout"), oneOf("d.act", p.D.Act, "relu", "leaky", "maxout"),
		oneOf("g.out", p.G.Out, "sigmoid", "tanh"),
		oneOf("opt_g.kind", p.OptG.Kind, "sgd", "adam"), oneOf("opt_d.kind", p.OptD.Kind, "sgd", "adam"),
	} {
		if err != nil {
			return err
		}
	}
	if p.Z < 1 || p.Z > 4096 || p.Batch < 1 || p.Batch > 1<<16 || p.DSteps < 1 || p.Tick < 1 || p.Snap < 1 {
		return bad("z %d, batch %d, d_steps %d, tick %d and snap %d must be positive (z up to 4096, batch up to 65536)", p.Z,
			p.Batch, p.DSteps, p.Tick, p.Snap)
	}
	if p.Classes < 0 || p.Classes > 256 {
		return bad("%d classes; want 0 (none) to 256", p.Classes)
	}
	if !(p.Truncation >= 0 && p.Truncation <= 1) {
		return bad("truncation %g; want 0 (none) to 1", p.Truncation)
	}
	if p.PenaltyBatch < 0 || p.PenaltyBatch > p.Batch {
		return bad("penalty_batch %d; want 0 to the batch, %d", p.PenaltyBatch, p.Batch)
	}
	if p.Simultaneous && p.DSteps != 1 {
		return bad("simultaneous updates with %d steps of D; want 1", p.DSteps)
	}
	for _, n := range []Net{p.G, p.D} {
		if len(n.Hidden) > maxHidden {
			return bad("%d hidden layers; want at most %d", len(n.Hidden), maxHidden)
		}
		for _, u := range n.Hidden {
			if u < 1 || u > 1<<16 {
				return bad("a layer of %d units", u)
			}
		}
		if n.Act == "maxout" && (n.Pieces < 1 || n.Pieces > 64) {
			return bad("maxout of %d pieces", n.Pieces)
		}
		if n.KeepIn < 0 || n.KeepIn > 1 || n.KeepHidden < 0 || n.KeepHidden > 1 {
			return bad("dropout keeps with a probability outside [0, 1]")
		}
	}
	for _, o := range []Optim{p.OptG, p.OptD} {
		if o.FinalShare < 0 || o.FinalShare > 1 || o.FinalLR < 0 {
			return bad("an optimizer whose rate falls to %g over %g of the run", o.FinalLR, o.FinalShare)
		}
		if !(o.LR > 0) || o.Decay < 0 || o.Beta1 < 0 || o.Beta1 >= 1 || o.Beta2 < 0 || o.Beta2 >= 1 {
			return bad("an optimizer with learning rate %g, decay %g, betas %g and %g", o.LR, o.Decay, o.Beta1, o.Beta2)
		}
	}
	return nil
}

// maxHidden bounds the hidden layers of a network, so that the dropout masks of D's and of G's steps have streams of their
// own.
const maxHidden = 30

// checkSize reports networks for pictures of so many pixels that are too large to be made.
func (p *Preset) checkSize(pixels int) error {
	const most = 1 << 28 // numbers: 1 GiB
	weights, widest := int64(0), int64(0)
	for _, n := range []struct {
		Net
		in, out int
	}{{p.G, p.Classes + p.Z, pixels}, {p.D, pixels, max(1, p.Classes)}} {
		in := int64(n.in)
		for _, units := range n.Hidden {
			width := int64(units)
			if n.Act == "maxout" {
				width *= int64(n.Pieces)
			}
			weights, widest, in = weights+in*width, max(widest, width), int64(units)
		}
		weights, widest = weights+in*int64(n.out), max(widest, int64(n.out))
	}
	if weights > most || widest > most/int64(p.Batch) {
		return fmt.Errorf("gan: preset %q: %d weights, and %d numbers a picture in a batch of %d; at most %d weights and numbers "+
			"a batch are possible", p.Name, weights, widest, p.Batch, most)
	}
	return nil
}

// latent returns the distribution of z.
func (p *Preset) latent() kernels.Latent {
	if p.Latent == "normal" {
		return kernels.LatentNormal
	}
	return kernels.LatentUniform
}
