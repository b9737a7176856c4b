package quant

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Sensitivity says what a layer costs: the PSNR of the pictures where it alone is integer, and where it alone is not, of the
// first 64 seeds.
type Sensitivity struct {
	Layer  string  `json:"layer"`
	Only   float64 `json:"only_db"`
	Except float64 `json:"except_db"`
}

// Sensitivities measures the layers that become integer beside those of keep, the costliest first. Those of wide have 16 bits.
func (c *Calibration) Sensitivities(wide, keep []string) ([]Sensitivity, error) {
	r, err := c.try(wide, keep)
	if err != nil {
		return nil, err
	}
	var layers []string
	for _, l := range r.Layers {
		if !l.Float && l.K > 0 {
			layers = append(layers, l.Name)
		}
	}
	return sensitivities(layers, func(more []string) (float64, error) {
		return c.Try(slices.DeleteFunc(slices.Clone(wide), func(name string) bool { return slices.Contains(more, name) }),
			slices.Concat(keep, more))
	})
}

// sensitivities measures layers by the PSNR of the model with some left in f32.
func sensitivities(layers []string, psnr func(keep []string) (float64, error)) ([]Sensitivity, error) {
	all := make([]Sensitivity, len(layers))
	for i, name := range layers {
		s := &all[i]
		s.Layer = name
		var err error
		if s.Only, err = psnr(slices.Concat(layers[:i], layers[i+1:])); err != nil {
			return nil, err
		}
		if s.Except, err = psnr(layers[i : i+1]); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b Sensitivity) int {
		return cmp.Or(cmp.Compare(a.Only, b.Only), cmp.Compare(b.Except, a.Except))
	})
	return all, nil
}

// Found is what a search leaves wider.
type Found struct {
	Wide, Keep []string  // in 16 bits and in f32, by names
	Refused    []Refusal // of Keep, what cannot have 16 bits
}

// Refusal says why a layer cannot have 16 bits.
type Refusal struct {
	Layer string `json:"layer"`
	Why   string `json:"why"`
}

// A search tries layers in an order: the first few in 16 bits, then all of them, then the first few of those in f32.
type search struct {
	order      []Sensitivity
	wide, keep []string // what the caller asked for
	refused    []Refusal
}

// Search finds layers that, left in 16 bits or in f32 beside those of wide and keep, which alone do not do, let the model pass:
// the costliest in 16 bits, as many as it takes; if all do not do, the costliest in f32 besides. Noise adds up, so that a cheaper layer
// cannot do what a costlier one did not, and where some pass so do more of them. likely is a quick guess whether passes will report true; what
// is found last passed. A layer that cannot have 16 bits (WordsError) is left in f32. Search returns nil where not even a single integer layer
// passes.
func Search(costliest []Sensitivity, wide, keep []string, likely, passes func(wide, keep []string) (bool, error)) (*Found, error) {
	s := &search{order: costliest, wide: wide, keep: keep}
	most := s.most()
	if most == 0 {
		return nil, nil
	}
	// The guess halves what is left.
	first, err := s.least(0, most, likely)
	if err != nil {
		return nil, err
	}
	// From there in steps that double, up or down, until it lies between.
	no, yes := 0, most+1
	for n, step := first, 1; no < n && n < yes; step *= 2 {
		ok, err := s.ask(n, passes)
		if err != nil {
			return nil, err
		}
		if ok {
			yes = n
			n -= step
		} else {
			no = n
			n += step
		}
	}
	n, err := s.least(no, yes, passes)
	if n > most || err != nil {
		return nil, err
	}
	found := &Found{}
	found.Wide, found.Keep = s.at(n)
	for _, r := range s.refused {
		if slices.Contains(found.Keep, r.Layer) {
			found.Refused = append(found.Refused, r)
		}
	}
	return found, nil
}

// least halves the steps from no, which do not do, to yes, which are taken to do.
func (s *search) least(no, yes int, does func(wide, keep []string) (bool, error)) (int, error) {
	for yes-no > 1 {
		n := (no + yes) / 2
		ok, err := s.ask(n, does)
		if err != nil {
			return 0, err
		}
		if ok {
			yes = n
		} else {
			no = n
		}
	}
	return yes, nil
}

// added are the layers that can get 16 bits, in the order of steps.
func (s *search) added() (names []string) {
	for _, c := range s.order {
		if !slices.Contains(s.wide, c.Layer) {
			names = append(names, c.Layer)
		}
	}
	return names
}

// most is the last step, which leaves one layer integer.
func (s *search) most() int { return max(0, len(s.added())+len(s.order)-1) }

// at returns the layers of step n.
func (s *search) at(n int) (wide, keep []string) {
	added := s.added()
	wide, keep = slices.Concat(s.wide, added[:min(n, len(added))]), slices.Clone(s.keep)
	for _, c := range s.order[:max(0, n-len(added))] {
		keep = append(keep, c.Layer)
	}
	for _, r := range s.refused {
		if slices.Contains(wide, r.Layer) && !slices.Contains(keep, r.Layer) {
			keep = append(keep, r.Layer)
		}
	}
	return slices.DeleteFunc(wide, func(name string) bool { return slices.Contains(keep, name) }), keep
}

// ask asks for step n, and again without each layer that cannot have 16 bits.
func (s *search) ask(n int, does func(wide, keep []string) (bool, error)) (bool, error) {
	for {
		wide, keep := s.at(n)
		ok, err := does(wide, keep)
		var no *WordsError
		if !errors.As(err, &no) || slices.Contains(s.wide, no.Layer) || !slices.Contains(wide, no.Layer) {
			return ok, err
		}
		s.refused = append(s.refused, Refusal{no.Layer, strings.TrimPrefix(no.Error(), "quant: ")})
	}
}
