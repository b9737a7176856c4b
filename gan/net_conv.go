package gan

import (
	"fmt"
	"math"
	"strings"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// ConvNet describes a convolutional network of pictures. Its stages are one for each size of picture, every one twice as
// large as the one before; G goes up through them and D down.
type ConvNet struct {
	Channels []int   `json:"channels,omitempty"` // of the stages, from the smallest pictures on
	Norm     string  `json:"norm,omitempty"`     // "batch", "conditional" (batch, with scales for each class; G), "instance", "layer", "pixel", or none
	Spectral bool    `json:"spectral,omitempty"` // weights over their largest singular value (Miyato et al. 2018)
	Flat     bool    `json:"flat,omitempty"`     // dcgan: G ends at full size, by a convolution that keeps it
	Patch    bool    `json:"patch,omitempty"`    // r3gan: the layers next to the picture halve it, or double it, by 4 x 4 taps
	InitStd  float32 `json:"init_std,omitempty"` // dcgan: weights from N(0, init_std^2); 0: He's normal initialization
	Blocks   int     `json:"blocks,omitempty"`   // r3gan: residual blocks of a stage; 0: 1
	Expand   int     `json:"expand,omitempty"`   // r3gan: channels within a block, in those outside; 0: 2
	Group    int     `json:"group,omitempty"`    // r3gan: channels of a group; 0: 16
	Mapping  int     `json:"mapping,omitempty"`  // stylegan: layers of the mapping network; 0: 2
	Style    int     `json:"style,omitempty"`    // stylegan: numbers in a style; 0: 128
}

// maxSide and maxChannels bound what a convolutional network is asked for.
const (
	maxSide     = 1024
	maxChannels = 4096
)

// checkConv checks what all convolutional networks have in common: after stages-1 halvings there is a whole picture.
func (n *Net) checkConv(shape [3]int, halvings int) error {
	switch {
	case len(n.Channels) == 0 || len(n.Channels) > 8:
		return fmt.Errorf("channels %v; want those of 1 to 8 stages", n.Channels)
	case shape[0] > maxSide || shape[1] > maxSide || shape[0]>>halvings<<halvings != shape[0] ||
		shape[1]>>halvings<<halvings != shape[1] || shape[0]>>halvings > 16 || shape[1]>>halvings > 16:
		return fmt.Errorf("pictures of %dx%d; after %d halvings there must be a whole one of at most 16x16", shape[0], shape[1], halvings)
	case n.KeepIn != 0 || n.KeepHidden != 0 || n.Act != "" || len(n.Hidden) > 0 || n.Init != 0 || n.Bias != 0 || n.Octaves != 0 || n.BiasFromData:
		return fmt.Errorf("a convolutional network has channels; hidden, act, init, bias, octaves, bias_from_data and dropout are of an mlp")
	case n.Blocks < 0 || n.Blocks > 8 || n.Expand < 0 || n.Expand > 8 || n.Group < 0 || n.Mapping < 0 || n.Mapping > 16 ||
		n.Style < 0 || n.Style > maxChannels:
		return fmt.Errorf("blocks %d, expand %d, group %d, mapping %d, style %d", n.Blocks, n.Expand, n.Group, n.Mapping, n.Style)
	}
	if n.InitStd != 0 && (n.Kind != "dcgan" || !(n.InitStd > 0 && n.InitStd <= 1)) {
		return fmt.Errorf("init_std is %v; want a deviation up to 1, in a dcgan", n.InitStd)
	}
	for _, c := range n.Channels {
		if c < 1 || c > maxChannels {
			return fmt.Errorf("a stage of %d channels", c)
		}
	}
	switch n.Norm {
	case "", "batch", "conditional", "instance", "layer", "pixel":
		return nil
	}
	return fmt.Errorf("norm is %q; want batch, conditional, instance, layer, pixel or none", n.Norm)
}

// halvings is how often the picture is halved, or doubled.
func (n *Net) halvings() int {
	if n.Patch || n.Kind == "dcgan" && !n.Flat {
		return len(n.Channels)
	}
	return len(n.Channels) - 1
}

// measure returns the number of weights of a network, and its widest value, for one sample of so many numbers. An error says
// that a value is too large for any graph.
func measure(in int, build func(p *params, x graph.Value)) (weights, widest int64, err error) {
	defer func() {
		if r := recover(); r != nil {
			text, ok := r.(string)
			if !ok || !strings.HasPrefix(text, "graph: ") {
				panic(r)
			}
			err = fmt.Errorf("a network that is too large: %s", strings.TrimPrefix(text, "graph: "))
		}
	}()
	p := &params{b: graph.New()}
	build(p, p.b.Input("x", graph.F32, graph.Of(1, in)))
	for _, v := range p.list {
		weights += int64(p.b.Shape(v).Numel())
	}
	for v := graph.Value(1); int(v) <= p.b.Len(); v++ {
		if p.b.Node(v).Op != graph.OpVar {
			widest = max(widest, int64(p.b.Shape(v).Numel()))
		}
	}
	return weights, widest, nil
}

// stack builds a network layer by layer.
type stack struct {
	n      *Net
	p      *params
	b      *graph.Builder
	player string
	layers int
}

func (n *Net) stack(p *params, player string) *stack {
	return &stack{n: n, p: p, b: p.b, player: player}
}

// next names the next layer.
func (s *stack) next() string {
	s.layers++
	return fmt.Sprintf("%s.%d", s.player, s.layers-1)
}

// gain is the factor that keeps the variance through a leaky rectifier (He et al. 2015), and half of it through any layer.
const gain = 2

// weights of a layer are from N(0, variance/fan), if the preset names no deviation.
func (s *stack) weights(name string, shape graph.Shape, fan int, variance float32) graph.Value {
	w := s.p.add(name+".weight", shape, func(w []float32, stream uint32) {
		std := s.n.InitStd
		if std == 0 {
			std = float32(math.Sqrt(float64(variance / float32(fan))))
		}
		kernels.Normal(w, std, s.p.seed, stream, 0)
	})
	if s.n.Spectral {
		return s.p.onlyOnce(name, func() graph.Value { return s.spectral(name, w) })
	}
	return w
}

// spectral divides w, as a matrix [all else, last dimension], by its largest singular value, which one step of the power
// iteration from the vector of the last step on finds.
func (s *stack) spectral(name string, w graph.Value) graph.Value {
	b := s.b
	out := b.Shape(w).Dim(-1)
	m := b.Reshape(w, graph.Of(b.Shape(w).Numel()/out, out))
	unit := func(x graph.Value) graph.Value {
		return b.Div(x, b.BroadcastTo(b.AddScalar(b.Sqrt(b.Sum(b.Square(x))), 1e-12), b.Shape(x)))
	}
	u := s.p.state(name+".u", graph.Of(out, 1), func(x []float32, stream uint32) { kernels.Normal(x, 1, s.p.seed, stream, 0) })
	fixed := b.StopGradient(m)
	v := unit(b.Dot(fixed, u, false, false))
	u = unit(b.Dot(fixed, v, true, false))
	s.p.setState(name+".u", u)
	sigma := b.Sum(b.Mul(v, b.Dot(m, u, false, false)))
	return b.Div(w, b.BroadcastTo(sigma, b.Shape(w)))
}

// bias adds a number to each channel.
func (s *stack) bias(name string, x graph.Value) graph.Value {
	return s.b.Add(x, s.p.bias(name+".bias", s.b.Shape(x).Dim(-1)))
}

// dense is a layer [n, in] to [n, out].
func (s *stack) dense(name string, x graph.Value, out int, variance float32) graph.Value {
	in := s.b.Shape(x).Dim(-1)
	return s.b.Dot(x, s.weights(name, graph.Of(in, out), in, variance), false, false)
}

// conv is a convolution by k x k taps that keeps the size of a picture, or divides it by stride.
func (s *stack) conv(name string, x graph.Value, out, k, stride, groups int, variance float32) graph.Value {
	in := s.b.Shape(x).Dim(-1) / groups
	w := s.weights(name, graph.Of(k, k, in, out), k*k*in, variance)
	return s.b.Conv(x, w, graph.Strided(stride, (k-1)/2))
}

// up is a transposed convolution by 4 x 4 taps that doubles a picture.
func (s *stack) up(name string, x graph.Value, out int, variance float32) graph.Value {
	in := s.b.Shape(x).Dim(-1)
	return s.b.ConvTransposed(x, s.weights(name, graph.Of(4, 4, out, in), 4*in, variance), graph.Strided(2, 1), 1, [2]int{})
}

const normEps = 1e-5

// norm normalizes x and gives every channel a scale and an offset of its own.
func (s *stack) norm(name string, x graph.Value) graph.Value {
	if s.n.Norm == "" {
		return x
	}
	if s.n.Norm == "batch" && s.p.infer {
		scale, shift := s.inferScales(name+".norm", s.b.Shape(x).Dim(-1))
		return s.b.Add(s.b.Mul(x, scale), shift)
	}
	if s.n.Norm == "conditional" {
		return s.classNorm(name+".norm", x)
	}
	b, p, c := s.b, s.p, s.b.Shape(x).Dim(-1)
	name += ".norm"
	gamma := p.add(name+".weight", graph.Of(c), ones)
	beta := p.bias(name+".bias", c)
	switch s.n.Norm {
	case "batch":
		return s.batchNorm(name, x, gamma, beta)
	case "instance":
		if b.Shape(x).Dim(1)*b.Shape(x).Dim(2) == 1 {
			return b.Add(b.Mul(x, gamma), beta) // one pixel is its own mean
		}
		return b.InstanceNorm(x, gamma, beta, normEps)
	case "layer":
		x = b.LayerNorm(x, 1, normEps)
	case "pixel":
		x = b.PixelNorm(x, 1e-8)
	}
	return b.Add(b.Mul(x, gamma), beta)
}

// batchNorm normalizes the channels over the batch and follows their means and variances for inference.
func (s *stack) batchNorm(name string, x, gamma, beta graph.Value) graph.Value {
	b, p, c := s.b, s.p, s.b.Shape(x).Dim(-1)
	y, mean, variance := b.BatchNorm(x, gamma, beta, normEps)
	n := float32(b.Shape(x).Numel() / c)
	follow := func(suffix string, now graph.Value, init func([]float32, uint32)) {
		old := p.state(name+suffix, graph.Of(c), init)
		p.setState(name+suffix, p.follow(old, b.StopGradient(now)))
	}
	follow(runningMean, mean, func([]float32, uint32) {})
	follow(runningVar, b.MulScalar(variance, n/max(1, n-1)), ones) // without bias, as PyTorch
	return y
}

// classNorm is conditional batch normalization (de Vries et al. 2017).
func (s *stack) classNorm(name string, x graph.Value) graph.Value {
	b, c := s.b, s.b.Shape(x).Dim(-1)
	if s.p.infer {
		scale, shift := s.inferScales(name, c)
		return s.classScales(name, b.Add(b.Mul(x, scale), shift))
	}
	return s.classScales(name, s.batchNorm(name, x, b.Fill(1, graph.Of(c)), b.Fill(0, graph.Of(c))))
}

// classScales gives every channel a scale and an offset for each class, which the first entries of z choose. At inference, too, they
// hold nothing of the statistics: channels that are alike lose little when they become bytes on one grid.
func (s *stack) classScales(name string, x graph.Value) graph.Value {
	b, p, c := s.b, s.p, s.b.Shape(x).Dim(-1)
	table := graph.Of(p.classes, c)
	scale := p.add(name+".weight", table, ones)
	shift := p.add(name+".bias", table, func([]float32, uint32) {})
	class := b.Slice(p.z, 1, 0, p.classes)
	of := func(table graph.Value) graph.Value {
		return b.Reshape(b.Dot(class, table, false, false), graph.Of(b.Shape(x).Dim(0), 1, 1, c))
	}
	return b.Add(b.Mul(x, of(scale)), of(shift))
}

func ones(x []float32, _ uint32) {
	for i := range x {
		x[i] = 1
	}
}

// batchFactors are what batch normalization is at inference: scale = gamma/sqrt(variance + eps) and shift = beta -
// mean*scale. Where classes have scales of their own (classScales), gamma and beta are 1 and 0 here.
func (s *stack) batchFactors(get func(string) []float32, name string) (scale, shift []float32) {
	mean, variance := get(name+runningMean), get(name+runningVar)
	scale, shift = make([]float32, len(mean)), make([]float32, len(mean))
	for c := range mean {
		gamma, beta := float32(1), float32(0)
		if s.n.Norm == "batch" {
			gamma, beta = get(name + ".weight")[c], get(name + ".bias")[c]
		}
		scale[c] = gamma / float32(math.Sqrt(float64(variance[c]+normEps)))
		shift[c] = beta - float32(mean[c]*scale[c])
	}
	return scale, shift
}

// inferScales are the factors of a normalization of c channels.
func (s *stack) inferScales(name string, c int) (scale, shift graph.Value) {
	scale = s.p.derive(name+".scale", graph.Of(c), func(get func(string) []float32, dst []float32) {
		scale, _ := s.batchFactors(get, name)
		copy(dst, scale)
	})
	shift = s.p.derive(name+".shift", graph.Of(c), func(get func(string) []float32, dst []float32) {
		_, shift := s.batchFactors(get, name)
		copy(dst, shift)
	})
	return scale, shift
}

// folded is a layer followed by its normalization, or with a bias of its own where there is none. Batch normalization is
// part of the weights at inference. channel returns the channel of a weight.
func (s *stack) folded(name string, shape graph.Shape, channel func(i int) int, layer func(w graph.Value) graph.Value,
	fan int, variance float32) graph.Value {
	if s.n.Norm != "batch" && s.n.Norm != "conditional" || !s.p.infer {
		x := layer(s.weights(name, shape, fan, variance))
		if s.n.Norm == "" {
			return s.bias(name, x)
		}
		return s.norm(name, x)
	}
	w := s.p.derive(name+".weight", shape, func(get func(string) []float32, dst []float32) {
		scale, _ := s.batchFactors(get, name+".norm")
		for i, v := range get(name + ".weight") {
			dst[i] = v * scale[channel(i)]
		}
	})
	x := layer(w)
	shift := s.p.derive(name+".bias", graph.Of(s.b.Shape(x).Dim(-1)), func(get func(string) []float32, dst []float32) {
		_, shift := s.batchFactors(get, name+".norm")
		copy(dst, shift)
	})
	if x = s.b.Add(x, shift); s.n.Norm == "conditional" {
		x = s.classScales(name+".norm", x)
	}
	return x
}

// first takes z [n, k] to pictures [n, h, w, c], with their normalization. Its rows are those of z and of the classes.
func (s *stack) first(z graph.Value, h, w, c int) graph.Value {
	k, n := s.b.Shape(z).Dim(1), s.b.Shape(z).Dim(0)
	return s.folded(s.next(), graph.Of(k, h*w*c), func(i int) int { return i % c }, func(w0 graph.Value) graph.Value {
		return s.b.Reshape(s.b.Dot(z, w0, false, false), graph.Of(n, h, w, c))
	}, k, gain/2)
}

// last takes D's features, of any shape, to logits [n, outputs]: one of the picture, and where there are classes the product
// of the features with each class's vector beside it (projection, Miyato and Koyama 2018). D sees too how much pictures
// differ.
func (s *stack) last(x graph.Value, outputs int) (logits, features graph.Value) {
	b := s.b
	n := b.Shape(x).Dim(0)
	features = b.Reshape(x, graph.Of(n, b.Shape(x).Numel()/n))
	x = features
	if s.n.StdGroup > 0 {
		x = b.Concat(1, x, minibatchStd(b, x, min(s.n.StdGroup, n)))
	}
	name := s.next()
	logits = s.bias(name, s.dense(name, x, 1, gain/8.))
	if outputs > 1 {
		logits = b.Add(s.dense(name+".class", features, outputs, gain/8.), logits)
	}
	return logits, features
}

// pixels reads samples as pictures.
func (s *stack) pixels(x graph.Value, shape [3]int) graph.Value {
	return s.b.Reshape(x, graph.Of(s.b.Shape(x).Dim(0), shape[0], shape[1], shape[2]))
}

// samples reads pictures as samples.
func (s *stack) samples(x graph.Value) graph.Value {
	d := s.b.Shape(x).Dims()
	return s.b.Reshape(x, graph.Of(d[0], d[1]*d[2]*d[3]))
}

func (s *stack) leaky(x graph.Value) graph.Value { return s.b.LeakyReLU(x, 0.2) }
