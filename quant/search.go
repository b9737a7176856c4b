package quant

import (
	"cmp"
	"slices"
)

// Sensitivity says what a layer costs: the PSNR of the pictures where it alone is integer, and where it alone is not.
type Sensitivity struct {
	Layer  string  `json:"layer"`
	Only   float64 `json:"only_db"`
	Except float64 `json:"except_db"`
}

// Sensitivities measures the layers that become integer beside those of keep, the costliest first.
func (c *Calibration) Sensitivities(keep []string) ([]Sensitivity, error) {
	_, r, err := c.Quantize(keep)
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
		_, r, err := c.Quantize(slices.Concat(keep, more))
		if err != nil {
			return 0, err
		}
		return r.PSNR, nil
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

// Search returns layers that, left in f32, let the model pass: those of keep, and of the others the costliest until it does.
// Noise adds up, so that a cheaper layer cannot do what a costlier one did not. It reports false where not even a single
// integer layer passes.
func Search(costliest []Sensitivity, keep []string, passes func(keep []string) (bool, error)) (found []string, ok bool, err error) {
	found = slices.Clone(keep)
	for _, s := range costliest {
		if ok, err := passes(found); ok || err != nil {
			return found, ok, err
		}
		found = append(found, s.Layer)
	}
	return nil, false, nil
}
