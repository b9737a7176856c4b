package graph

import (
	"fmt"
	"slices"
)

// Grad appends the gradients of y, a single number, with respect to the given values, and returns them in order. It may
// be applied to its own results, to any order: the op set is closed under it. The gradient with respect to a value that
// y does not depend on is a Fill of zeros. Only what is asked for is differentiated.
func (b *Builder) Grad(y Value, wrt ...Value) []Value {
	if t := b.Type(y); t.D != F32 || t.S.Numel() != 1 {
		panic(fmt.Sprintf("graph: Grad of %v: a single F32 number is needed", t))
	}
	return b.pull(y, b.Fill(1, b.Shape(y)), wrt, false)
}

// through returns the gradients of y with cotangent ct with respect to the leaves, of which it is a function: what they
// depend on themselves, or each other, does not count. A leaf that is named twice has its gradient at the first place.
func (b *Builder) through(y, ct Value, leaves ...Value) []Value {
	d := b.pull(y, ct, leaves, true)
	for i, l := range leaves {
		if slices.Contains(leaves[:i], l) {
			d[i] = 0
		}
	}
	return d
}

// pull returns the gradients of y with cotangent seed. Those at leaves stay there.
func (b *Builder) pull(y, seed Value, wrt []Value, leaves bool) []Value {
	// need marks the values on a path from wrt to y.
	need := make([]bool, y+1)
	for _, w := range wrt {
		if w <= y {
			need[w] = true
		}
	}
	for v := Value(1); v <= y; v++ {
		n := &b.nodes[v]
		if n.Op == OpStopGradient || leaves && need[v] {
			continue
		}
		for _, in := range n.In[:ops[n.Op].inputs] {
			need[v] = need[v] || need[in]
		}
	}
	rules, ct := gradients(), make([]Value, y+1)
	ct[y] = seed
	for v := y; v > 0; v-- {
		if ct[v] == 0 || !need[v] || leaves && slices.Contains(wrt, v) {
			continue
		}
		n := b.nodes[v]
		spec := &ops[n.Op]
		asked := false
		for _, in := range n.In[:spec.inputs] {
			asked = asked || need[in]
		}
		if !asked {
			continue
		}
		rule := rules[n.Op]
		if rule == nil {
			panic("graph: Grad through " + spec.name + ", which has no gradient")
		}
		for i, d := range rule(b, v, n, ct[v]) {
			if d == 0 || i >= spec.inputs || !need[n.In[i]] {
				continue
			}
			if in := n.In[i]; ct[in] == 0 {
				ct[in] = d
			} else {
				ct[in] = b.Add(ct[in], d)
			}
		}
	}
	grads := make([]Value, len(wrt))
	for i, w := range wrt {
		if w <= y && ct[w] != 0 {
			grads[i] = ct[w]
		} else {
			grads[i] = b.Fill(0, b.Shape(w))
		}
	}
	return grads
}
