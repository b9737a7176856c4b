package gan

import (
	"slices"

	"github.com/gannet-ml/gannet/graph"
)

// netState is what a network has beside its weights: numbers that training changes though no gradient does, such as the
// running statistics of batch normalization, and weights that inference makes of others.
type netState struct {
	infer    bool                   // the graph is for inference: nothing changes
	truncate float32                // inference: how much of a style's distance from the mean of all is left; 0: all of it
	noise    uint32                 // of the streams of noise inputs, the first of this program
	current  map[string]graph.Value // values of states, after what the graph has done to them so far
	states   []string               // the names of all, in order,
	changed  []string               // and of those that the graph changes
	once     map[string]graph.Value // what is computed once for all uses of a network
	derived  map[string]derivation
	momentum graph.Value // of running statistics, [1]; 0: PyTorch's
}

// derivation sets dst to numbers made of the variables that get returns.
type derivation func(get func(name string) []float32, dst []float32)

// state returns the current value of a state, which begins as init makes it.
func (p *params) state(name string, s graph.Shape, init func(x []float32, stream uint32)) graph.Value {
	if v, ok := p.current[name]; ok {
		return v
	}
	if !slices.Contains(p.states, name) {
		p.states = append(p.states, name)
	}
	if p.st != nil && p.st.Get(name) == nil {
		stream := streamInit + uint32(len(p.st.Names()))
		init(p.st.Alloc(name, graph.F32, s).F32(), stream)
	}
	return p.b.Var(name, graph.F32, s)
}

// setState changes a state.
func (p *params) setState(name string, v graph.Value) {
	if p.current == nil {
		p.current = map[string]graph.Value{}
	}
	if _, ok := p.current[name]; !ok {
		p.changed = append(p.changed, name)
	}
	p.current[name] = v
}

// follow is a running mean of what batches say: a tenth of the new one, as in PyTorch, or as much as momentum says.
func (p *params) follow(old, now graph.Value) graph.Value {
	b := p.b
	if p.momentum != 0 {
		return b.Add(old, b.Mul(b.Sub(now, old), p.momentum))
	}
	const momentum = 0.1
	return b.Add(b.MulScalar(old, 1-momentum), b.MulScalar(now, momentum))
}

// keepStates adds the sinks that store the states.
func (p *params) keepStates() {
	for _, name := range p.changed {
		p.b.Assign(p.b.Named(name), p.current[name])
	}
}

// onlyOnce returns f's value of the first call with that name.
func (p *params) onlyOnce(name string, f func() graph.Value) graph.Value {
	v, ok := p.once[name]
	if !ok {
		v = f()
		if p.once == nil {
			p.once = map[string]graph.Value{}
		}
		p.once[name] = v
	}
	return v
}

// derive declares a weight of inference that is made of variables of training.
func (p *params) derive(name string, s graph.Shape, f derivation) graph.Value {
	if p.derived == nil {
		p.derived = map[string]derivation{}
	}
	p.derived[name] = f
	return p.add(name, s, func([]float32, uint32) {})
}
