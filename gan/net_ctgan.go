package gan

import (
	"fmt"

	"github.com/gannet-ml/gannet/graph"
)

// CTGAN's networks (Xu et al. 2019): in G every hidden layer, normalized and rectified, stands beside what it was made of, and
// the next one sees both; D is a perceptron with leaky rectifiers.
var ctgan = network{
	check: func(n *Net, shape [3]int) error {
		m := *n
		m.Norm = ""
		switch {
		case n.Norm != "" && n.Norm != "batch":
			return fmt.Errorf("norm is %q; want batch or none", n.Norm)
		case n.Act != "" || n.Pieces != 0 || n.Init != 0:
			return fmt.Errorf("ctgan has activations and weights of its own; act, pieces and init are of an mlp")
		case shape[0] != 1 || shape[1] != 1:
			return fmt.Errorf("ctgan is for rows of numbers, not for pictures")
		}
		return m.checkMLP(shape)
	},
	generator: func(n *Net, p *params, z graph.Value, shape [3]int) graph.Value {
		s, b := n.stack(p, "G"), p.b
		x := z
		for _, units := range n.Hidden {
			in := b.Shape(x).Dim(1)
			h := s.folded(s.next(), graph.Of(in, units), func(i int) int { return i % units },
				func(w graph.Value) graph.Value { return b.Dot(x, w, false, false) }, in, gain)
			x = b.Concat(1, b.ReLU(h), x)
		}
		name := s.next()
		return s.bias(name, s.dense(name, x, shape[2], 1))
	},
	discriminator: func(n *Net, p *params, x graph.Value, _ [3]int, outputs int, drop *dropout) (logits, features graph.Value) {
		d := *n
		d.Act = "leaky"
		return d.mlp(p, "D", x, outputs, drop)
	},
}
