// Package gan is the game of Goodfellow et al. (2014) and what has been learned about it since: networks, objectives,
// penalties, optimizers, the training loop, sampling, and how to tell how good the result is.
package gan

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// Preset is a recipe: everything about a training run but its data, length and seed. It is a small JSON file, those of
// gannet in the folder presets; training_options.json holds it, filled in.
type Preset struct {
	Name  string `json:"name"`
	About string `json:"about,omitempty"` // a sentence for the reader
	// Data are "mnist": 28x28 digits, train[0:50000]; "digits": the embedded subset; "stacked-mnist": 32x32 pictures of three
	// digits, one a colour; "pictures": those of a folder that the user names; "ring8", "grid25": points; or "table": a
	// CSV file.
	Data string `json:"data"`
	Size int    `json:"size,omitempty"` // pixels a side that pictures of a folder are resized to, unless the user says otherwise; 0: as the first one
	Z    int    `json:"z"`              // length of the latent
	// Latent is the distribution of z: "uniform" (-sqrt 3, sqrt 3) or "normal".
	Latent string `json:"latent"`
	// Classes, if not 0, makes the game conditional (Mirza and Osindero 2014): G gets a class beside z, drawn evenly or, in
	// pairs, that of the real picture, as one-hot entries before it; D has a logit for each class and is asked for that of
	// the picture's label.
	Classes int `json:"classes,omitempty"`
	// Truncation, if not 0, is what the exported generator multiplies z with, class entries excepted: below 1 it trades
	// variety for quality (Brock et al. 2019).
	Truncation float32 `json:"truncation,omitempty"`
	// TruncationW does the same with the style of a stylegan: it is moved towards the mean of all styles, so that this much of
	// its distance is left (Karras et al. 2019).
	TruncationW float32 `json:"truncation_w,omitempty"`
	Scale       float32 `json:"scale,omitempty"` // of rows of numbers: G's output is multiplied, D's input divided by it; 0: 1
	G           Net     `json:"g"`
	D           Net     `json:"d"`

	// Loss is the objective: "minimax" and "non-saturating" (Goodfellow et al. 2014), "least-squares" (Mao et al. 2017),
	// "wasserstein" (Arjovsky et al. 2017; needs clip, gp, or another bound of D's slope), "hinge" (Lim and Ye 2017) or
	// "relativistic" (Jolicoeur-Martineau 2018, in the pairing form of R3GAN; in a conditional game a pair is of one class).
	Loss string `json:"loss"`
	// HalfLossD takes half the sum of D's two cross entropies, as the paper's code does.
	HalfLossD       bool    `json:"half_loss_d,omitempty"`
	LabelSmoothing  float32 `json:"label_smoothing,omitempty"`  // real samples have the target 1 less this
	FeatureMatching float32 `json:"feature_matching,omitempty"` // weight, in G's loss, of the distance of D's mean features
	// Simultaneous updates move D and G from the same batch at the same weights; otherwise D makes DSteps steps, each on
	// its own batch, and then G one.
	Simultaneous bool `json:"simultaneous"`
	DSteps       int  `json:"d_steps"`

	// Penalties in D's loss, which may be combined.
	R1           float32 `json:"r1,omitempty"`            // gamma of the gradient penalty on real data (Mescheder et al. 2018)
	R2           float32 `json:"r2,omitempty"`            // and on generated data
	GP           float32 `json:"gp,omitempty"`            // lambda of WGAN-GP (Gulrajani et al. 2017)
	DRAGAN       float32 `json:"dragan,omitempty"`        // lambda of DRAGAN (Kodali et al. 2017)
	PenaltyBatch int     `json:"penalty_batch,omitempty"` // they look at so many samples of a batch; 0: all
	PenaltyEvery int     `json:"penalty_every,omitempty"` // and count, as many times over, in each so manieth step of D; 0: in all
	PenaltyFinal float32 `json:"penalty_final,omitempty"` // over the run they fall to this share, by equal factors; 0: they stay
	// Other ways to a game that settles.
	Clip          float32 `json:"clip,omitempty"`           // D's weights are clipped to [-Clip, Clip]
	InstanceNoise float32 `json:"instance_noise,omitempty"` // standard deviation of noise on all that D sees (Sonderby et al. 2017)
	NoiseSteps    uint64  `json:"noise_steps,omitempty"`    // which is gone, linearly, after so many steps of D; 0: it stays
	Consensus     float32 `json:"consensus,omitempty"`      // gamma of consensus optimization (Mescheder et al. 2017)
	Unroll        int     `json:"unroll,omitempty"`         // G foresees so many steps of D (Metz et al. 2017),
	UnrollLR      float32 `json:"unroll_lr,omitempty"`      // of plain gradient descent with this rate
	Pack          int     `json:"pack,omitempty"`           // D judges so many samples at once (PacGAN)

	// QAT, if not 0, is the number of bits of G's weights in quantization-aware training: G plays as its integer twin, with
	// activations of 8 bits.
	QAT int `json:"qat,omitempty"`

	Mirror  bool    `json:"mirror,omitempty"` // real pictures are mirrored half the time
	Augment Augment `json:"augment,omitzero"`

	OptG       Optim   `json:"opt_g"`
	OptD       Optim   `json:"opt_d"`
	Batch      int     `json:"batch"`
	Accumulate int     `json:"accumulate,omitempty"` // an update takes the mean gradient of so many batches; 0: of one
	Steps      uint64  `json:"steps"`                // default length
	EMA        float32 `json:"ema_kimg,omitempty"`   // half-life, in thousands of images, of the average of G that is sampled; 0: none
	EMARampup  float32 `json:"ema_rampup,omitempty"` // but at most this share of the images so far, so that how G began is soon forgotten; 0: ema_kimg from the beginning
	Tick       uint64  `json:"tick"`                 // steps between lines of the log
	Snap       uint64  `json:"snap"`                 // steps between checkpoints and sample sheets
}

// Net is a network.
type Net struct {
	Kind   string  `json:"kind,omitempty"`   // the architecture; "": mlp, a multilayer perceptron, which the rest describes
	Hidden []int   `json:"hidden"`           // units of the hidden layers
	Act    string  `json:"act"`              // "relu", "leaky" (slope 0.2), "tanh" or "maxout"
	Pieces int     `json:"pieces,omitempty"` // of a maxout unit
	Out    string  `json:"out,omitempty"`    // G: "sigmoid", "tanh", or "linear" for points, "table" for the rows of a table
	Init   float32 `json:"init,omitempty"`   // weights from U(-Init, Init); 0: He's normal initialization
	// KeepIn and KeepHidden are the probabilities with which dropout keeps an input of the first and of a later layer; what
	// is kept is divided by them. 0: no dropout.
	KeepIn     float32 `json:"keep_in,omitempty"`
	KeepHidden float32 `json:"keep_hidden,omitempty"`
	// Center lets D see pixels from [-1, 1] instead of [0, 1].
	Center bool `json:"center,omitempty"`
	// BiasFromData sets the output bias so that G starts at the mean picture.
	BiasFromData bool `json:"bias_from_data,omitempty"`
	StdGroup     int  `json:"std_group,omitempty"` // D sees the standard deviation of its features over groups of so many
	// Bits is for G: of the last so many entries of z it sees the signs alone. Data that lie in separate clusters need no
	// tear in a map of a connected space then, whose rim are samples between the clusters.
	Bits int `json:"bits,omitempty"`
	// Bias is the range of a perceptron's first biases, U(-Bias, Bias); 0: they start at 0. All edges of a first layer of
	// rectifiers go through the origin then, which matters where there are few inputs.
	Bias float32 `json:"bias,omitempty"`
	// Octaves lets a perceptron see triangle waves of its inputs beside them, along random directions, each of so many
	// octaves: structure that is much finer than the data are wide.
	Octaves int `json:"octaves,omitempty"`
	ConvNet
}

// Optim is an optimizer with its schedule.
type Optim struct {
	Kind        string  `json:"kind"` // "sgd", "rmsprop", "adam" or "adamw"
	LR          float64 `json:"lr"`
	Decay       float64 `json:"decay,omitempty"`        // the learning rate is divided by Decay^step
	MinLR       float64 `json:"min_lr,omitempty"`       // and stays above MinLR
	Momentum    float64 `json:"momentum,omitempty"`     // sgd: at the start,
	EndMom      float64 `json:"end_momentum,omitempty"` // and after MomSteps, linearly in between
	MomSteps    uint64  `json:"momentum_steps,omitempty"`
	Alpha       float64 `json:"alpha,omitempty"` // rmsprop: decay of the mean square
	Beta1       float64 `json:"beta1,omitempty"` // adam, adamw
	Beta2       float64 `json:"beta2,omitempty"`
	Eps         float64 `json:"eps,omitempty"`          // adam, adamw, rmsprop
	WeightDecay float64 `json:"weight_decay,omitempty"` // adamw
	ClipNorm    float64 `json:"clip_norm,omitempty"`    // gradients are scaled down to this norm, all of a player's together; 0: never
	Warmup      uint64  `json:"warmup,omitempty"`       // updates over which the learning rate rises, linearly
	// Over the last FinalShare of the run the learning rate falls to FinalLR of what it was, linearly or, if Final is
	// "cosine", as half a cosine does.
	Final      string  `json:"final,omitempty"`
	FinalLR    float64 `json:"final_lr,omitempty"`
	FinalShare float64 `json:"final_share,omitempty"`
}

//go:embed presets
var presetFiles embed.FS

// Presets returns the names of the recipes of gannet.
func Presets() []string {
	files, _ := fs.Glob(presetFiles, "presets/*.json")
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(path.Base(f), ".json")
	}
	return names
}

// Lookup returns a recipe of gannet by name, or one of your own by the path of its file, which ends in .json.
func Lookup(name string) (Preset, error) {
	if strings.HasSuffix(name, ".json") {
		js, err := os.ReadFile(name)
		if err != nil {
			return Preset{}, fmt.Errorf("gan: preset: %w", err)
		}
		return ParsePreset(name, js)
	}
	js, err := presetFiles.ReadFile("presets/" + name + ".json")
	if err != nil {
		return Preset{}, fmt.Errorf("gan: no preset is called %q (there are %s; a file of your own ends in .json)", name,
			strings.Join(Presets(), ", "))
	}
	return ParsePreset(name, js)
}

// ParsePreset reads a recipe. It refuses keys that it does not know, and recipes that cannot be trained. The name stands in
// errors.
func ParsePreset(name string, js []byte) (Preset, error) {
	var p Preset
	if err := strictJSON(js, &p); err != nil {
		return p, fmt.Errorf("preset %s: %w", name, err)
	}
	if err := p.Check(); err != nil {
		return p, fmt.Errorf("preset %s: %w", name, err)
	}
	return p, nil
}

// File is the recipe as a file, which ParsePreset reads: two levels, one line for each network and optimizer.
func (p *Preset) File() ([]byte, error) {
	js, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var fields []string
	d := json.NewDecoder(bytes.NewReader(js))
	d.Token() // the brace
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		fields = append(fields, fmt.Sprintf("  %q: %s", key, spaced(value)))
	}
	return []byte("{\n" + strings.Join(fields, ",\n") + "\n}\n"), nil
}

// spaced puts a space after each colon and comma outside of strings.
func spaced(js []byte) string {
	var s strings.Builder
	quoted, escaped := false, false
	for _, c := range js {
		s.WriteByte(c)
		if c == '"' && !escaped {
			quoted = !quoted
		}
		escaped = c == '\\' && !escaped
		if !quoted && (c == ':' || c == ',') {
			s.WriteByte(' ')
		}
	}
	return s.String()
}

// strictJSON decodes one value and refuses unknown keys. Errors of form name the line.
func strictJSON(js []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(js))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil && d.More() {
		return errors.New("text after the closing brace")
	}
	at := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	if at >= 0 {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(js[:min(at, int64(len(js)))], []byte("\n")), err)
	}
	return err
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
		oneOf("data", p.Data, append([]string{"mnist", "digits", "stacked-mnist", "pictures", tableData}, slices.Sorted(maps.Keys(mixtures))...)...),
		oneOf("latent", p.Latent, "uniform", "normal"),
		oneOf("loss", p.Loss, objectiveNames()...),
		oneOf("g.out", p.G.Out, "sigmoid", "tanh", "linear", tableData),
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
	if !(p.Truncation >= 0 && p.Truncation <= 1 && p.TruncationW >= 0 && p.TruncationW <= 1) {
		return bad("truncation %g and truncation_w %g; want 0 (none) to 1", p.Truncation, p.TruncationW)
	}
	if o := (data.Options{Size: p.Size}); !o.Valid() {
		return bad("pictures of %d pixels a side; want 16 to 128, or 0 (as the first one)", p.Size)
	}
	if p.PenaltyBatch < 0 || p.PenaltyBatch > p.Batch {
		return bad("penalty_batch %d; want 0 to the batch, %d", p.PenaltyBatch, p.Batch)
	}
	if p.QAT != 0 && (p.QAT < 2 || p.QAT > 8) {
		return bad("qat of %d bits; want 2 to 8, or 0 for none", p.QAT)
	}
	if p.Simultaneous && p.DSteps != 1 {
		return bad("simultaneous updates with %d steps of D; want 1", p.DSteps)
	}
	if err := p.checkRecipe(); err != nil {
		return bad("%w", err)
	}
	for i, n := range []*Net{&p.G, &p.D} {
		name := []string{"g", "d"}[i]
		if _, ok := networks[n.Kind]; !ok && n.Kind != "" {
			return oneOf(name+".kind", n.Kind, slices.Sorted(maps.Keys(networks))...)
		}
		if n.mlpKind() {
			if err := oneOf(name+".act", n.Act, "relu", "leaky", "tanh", "maxout"); err != nil {
				return err
			}
		}
		if n.KeepIn < 0 || n.KeepIn > 1 || n.KeepHidden < 0 || n.KeepHidden > 1 {
			return bad("dropout keeps with a probability outside [0, 1]")
		}
	}
	for i, o := range []*Optim{&p.OptG, &p.OptD} {
		name := []string{"opt_g", "opt_d"}[i]
		if err := oneOf(name+".kind", o.Kind, "sgd", "rmsprop", "adam", "adamw"); err != nil {
			return err
		}
		if err := oneOf(name+".final", o.Final, "", "linear", "cosine"); err != nil {
			return err
		}
		if o.FinalShare < 0 || o.FinalShare > 1 || o.FinalLR < 0 {
			return bad("an optimizer whose rate falls to %g over %g of the run", o.FinalLR, o.FinalShare)
		}
		if !(o.LR > 0) || o.Decay < 0 || o.Beta1 < 0 || o.Beta1 >= 1 || o.Beta2 < 0 || o.Beta2 >= 1 {
			return bad("an optimizer with learning rate %g, decay %g, betas %g and %g", o.LR, o.Decay, o.Beta1, o.Beta2)
		}
		if !(o.Alpha >= 0 && o.Alpha < 1 && o.WeightDecay >= 0 && o.ClipNorm >= 0 && o.Eps >= 0) {
			return bad("%s: alpha %g, weight_decay %g, clip_norm %g, eps %g", name, o.Alpha, o.WeightDecay, o.ClipNorm, o.Eps)
		}
	}
	return nil
}

// checkRecipe reports parts of a recipe that do not go together.
func (p *Preset) checkRecipe() error {
	for _, v := range []struct {
		name string
		v    float32
	}{{"r1", p.R1}, {"r2", p.R2}, {"gp", p.GP}, {"dragan", p.DRAGAN}, {"clip", p.Clip}, {"instance_noise", p.InstanceNoise},
		{"g.bias", p.G.Bias}, {"d.bias", p.D.Bias}, {"consensus", p.Consensus}, {"penalty_final", p.PenaltyFinal}, {"scale", p.Scale}, {"feature_matching", p.FeatureMatching}, {"unroll_lr", p.UnrollLR}, {"ema_kimg", p.EMA}, {"ema_rampup", p.EMARampup}} {
		if !(v.v >= 0 && v.v <= 1e9) {
			return fmt.Errorf("%s is %g; want 0 (none) or more", v.name, v.v)
		}
	}
	cross := p.Loss == "minimax" || p.Loss == "non-saturating"
	pack := max(1, p.Pack)
	switch {
	case !(p.LabelSmoothing >= 0 && p.LabelSmoothing < 1):
		return fmt.Errorf("label_smoothing %g; want 0 (none) to below 1", p.LabelSmoothing)
	case p.LabelSmoothing > 0 && !cross && p.Loss != "least-squares":
		return fmt.Errorf("label_smoothing goes with the losses that have labels: minimax, non-saturating, least-squares")
	case p.HalfLossD && !cross:
		return fmt.Errorf("half_loss_d goes with the losses minimax and non-saturating")
	case p.PenaltyFinal > 0 && !p.penalized():
		return fmt.Errorf("penalty_final %g without a penalty", p.PenaltyFinal)
	case p.Unroll < 0 || p.Unroll > 32 || p.Unroll > 0 && p.UnrollLR == 0:
		return fmt.Errorf("unroll %d with unroll_lr %g; want 0 to 32 steps and a positive rate", p.Unroll, p.UnrollLR)
	case p.PenaltyEvery < 0 || p.Accumulate < 0 || p.Accumulate > 1<<16:
		return fmt.Errorf("penalty_every %d, accumulate %d; want no negative numbers (accumulate up to 65536)", p.PenaltyEvery, p.Accumulate)
	case p.Pack < 0 || p.Batch%pack != 0 || p.PenaltyBatch%pack != 0:
		return fmt.Errorf("pack %d; want a divisor of batch and penalty_batch, %d and %d", p.Pack, p.Batch, p.PenaltyBatch)
	case pack > 1 && p.Classes > 0:
		return fmt.Errorf("pack joins samples of several classes; it does not go with classes")
	case p.G.StdGroup != 0 || p.D.StdGroup < 0:
		return fmt.Errorf("std_group is for d, and 0 (none) or a size")
	case p.G.Spectral:
		return fmt.Errorf("spectral is for d")
	case p.D.Flat || p.G.Flat && p.G.Kind != "dcgan":
		return fmt.Errorf("flat is for the dcgan of g")
	case p.G.Patch && p.G.Kind != "r3gan" || p.D.Patch && p.D.Kind != "r3gan":
		return fmt.Errorf("patch is for r3gan")
	case p.D.Norm == "conditional" || p.G.Norm == "conditional" && p.Classes == 0:
		return fmt.Errorf("norm is conditional; that is for g of a preset with classes")
	case p.TruncationW > 0 && p.G.Kind != "stylegan":
		return fmt.Errorf("truncation_w is for the stylegan of g, which has styles")
	case p.D.Bits != 0 || p.G.Bits < 0 || p.G.Bits > p.Z:
		return fmt.Errorf("bits %d; they are for g, 0 (none) to z, %d", max(p.G.Bits, p.D.Bits), p.Z)
	case p.G.Octaves != 0 || p.D.Octaves > 0 && (p.Clip > 0 || p.OptD.WeightDecay > 0):
		return fmt.Errorf("octaves are for d, and clip and weight_decay would change their directions, which are not trained")
	case p.G.Bits > 0 && p.Truncation > 0:
		return fmt.Errorf("truncation leaves signs as they are; it does not go with bits")
	case p.D.StdGroup > 0 && (p.Batch/pack%min(p.D.StdGroup, p.Batch/pack) != 0 || p.PenaltyBatch/pack%p.D.StdGroup != 0):
		return fmt.Errorf("std_group %d; want a divisor of batch and penalty_batch, %d and %d", p.D.StdGroup, p.Batch/pack, p.PenaltyBatch/pack)
	case (p.G.Out == tableData) != p.Tabular():
		return fmt.Errorf("g.out is %q for data %q; %q goes with itself", p.G.Out, p.Data, tableData)
	case p.Tabular() && (p.Mirror || len(p.Augment.Policy) > 0 || p.G.BiasFromData || p.Classes > 0 || p.Scale > 0 || p.Truncation > 0 || p.D.Center || p.QAT > 0):
		return fmt.Errorf("a table's rows are normalized; mirror, augment, classes, bias_from_data, scale, truncation, center and qat are for pictures or points")
	case p.G.Out == "linear" && !p.Points():
		return fmt.Errorf("g.out is linear, which makes rows of numbers, for data of pictures")
	case p.Scale > 0 && !p.Points():
		return fmt.Errorf("scale is for rows of numbers, not for pictures")
	case p.Points() && (p.G.Out != "linear" || p.Mirror || len(p.Augment.Policy) > 0 || p.G.BiasFromData || p.Classes > 0):
		return fmt.Errorf("data %q are rows of numbers: g.out must be linear; mirror, augment, classes and bias_from_data are for pictures",
			p.Data)
	}
	a := &p.Augment
	for i, change := range a.Policy {
		if slices.Contains(a.Policy[:i], change) {
			return fmt.Errorf("augment.policy holds %q twice", change)
		}
		if !slices.Contains([]string{"colour", "flip", "translate", "cutout"}, change) {
			return fmt.Errorf("augment.policy holds %q; it may have colour, flip, translate, cutout", change)
		}
	}
	if !(a.P >= 0 && a.P <= 1) || !(a.Target >= 0 && a.Target < 1) || a.Target > 0 && !(a.Kimg > 0) ||
		len(a.Policy) > 0 && a.P == 0 && a.Target == 0 || len(a.Policy) == 0 && (a.P != 0 || a.Target != 0) {
		return fmt.Errorf("augment: policy %v, p %g, target %g, kimg %g; want a policy with p in (0, 1], or with a target below 1 "+
			"and kimg", a.Policy, a.P, a.Target, a.Kimg)
	}
	return nil
}

// Points reports whether the samples are rows of numbers instead of pictures.
func (p *Preset) Points() bool { return mixtures[p.Data] != nil }

// Tabular reports whether they are rows of a table.
func (p *Preset) Tabular() bool { return p.Data == tableData }

// maxHidden bounds the hidden layers of a network, so that the dropout masks of D's and of G's steps have streams of their
// own.
const maxHidden = 30

// checkSize reports networks for samples of the given shape, with conditions of so many numbers, that make no sense or are too
// large to be made.
func (p *Preset) checkSize(shape [3]int, condition int) error {
	const most = 1 << 28 // numbers: 1 GiB
	weights, widest := int64(0), int64(0)
	size := shape[0] * shape[1] * shape[2]
	for i, n := range []struct {
		*Net
		in, out int
	}{{&p.G, condition + p.Classes + p.Z, size}, {&p.D, (size + condition) * max(1, p.Pack), max(1, p.Classes)}} {
		net := n.network()
		if err := net.check(n.Net, shape); err != nil {
			return fmt.Errorf("gan: preset %q: %w", p.Name, err)
		}
		var w, wide int64
		var err error
		switch {
		case net.size != nil:
			w, wide = net.size(n.Net, n.in, n.out)
		case i == 0:
			w, wide, err = measure(n.in, func(ps *params, z graph.Value) { p.plainGenerator(ps, z, shape) })
		default:
			seen := shape
			seen[2] = (seen[2] + condition) * max(1, p.Pack)
			w, wide, err = measure(n.in, func(ps *params, x graph.Value) { net.discriminator(n.Net, ps, x, seen, n.out, nil) })
		}
		if err != nil {
			return fmt.Errorf("gan: preset %q: %w", p.Name, err)
		}
		weights, widest = weights+w, max(widest, wide)
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
