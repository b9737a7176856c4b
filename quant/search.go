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

// Sensitivities measures the layers that become integer beside those of keep, the costliest first. Those of wide have 16 bits.
func (c *Calibration) Sensitivities(wide, keep []string) ([]Sensitivity, error) {
	_, r, err := c.Quantize(wide, keep)
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
		_, r, err := c.Quantize(wide, slices.Concat(keep, more))
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

// Search returns layers that, left in 16 bits or in f32, let the model pass: those of wide and keep, and of the others the
// costliest in 16 bits until it does; if all do not do, the costliest in f32 besides. Noise adds up, so that a cheaper layer
// cannot do what a costlier one did not. It reports false where not even a single integer layer passes.
func Search(costliest []Sensitivity, wide, keep []string, passes func(wide, keep []string) (bool, error)) (
	foundWide, foundKeep []string, ok bool, err error) {
	foundWide, foundKeep = slices.Clone(wide), slices.Clone(keep)
	for _, s := range costliest {
		if slices.Contains(wide, s.Layer) {
			continue
		}
		if ok, err := passes(foundWide, foundKeep); ok || err != nil {
			return foundWide, foundKeep, ok, err
		}
		foundWide = append(foundWide, s.Layer)
	}
	for _, s := range costliest {
		if ok, err := passes(foundWide, foundKeep); ok || err != nil {
			return foundWide, foundKeep, ok, err
		}
		foundWide = slices.DeleteFunc(foundWide, func(name string) bool { return name == s.Layer })
		foundKeep = append(foundKeep, s.Layer)
	}
	return nil, nil, false, nil
}
