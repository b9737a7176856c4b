package data

import (
	"slices"
	"testing"
)

// TestSum: whatever a run could see of the pictures is in their sum.
func TestSum(t *testing.T) {
	set := &Set{N: 3, H: 2, W: 2, C: 1, Images: []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, Labels: []uint8{0, 1, 1}}
	sums := map[string]string{"nothing": Sum(nil)}
	add := func(name string, src Source) {
		sum := Sum(src)
		for other, have := range sums {
			if sum == have {
				t.Errorf("%s and %s have one sum, %q", name, other, sum)
			}
		}
		sums[name] = sum
	}
	change := func(name string, f func(s *Set)) {
		s := *set
		s.Images, s.Labels = slices.Clone(s.Images), slices.Clone(s.Labels)
		f(&s)
		add(name, &s)
	}
	change("the set", func(*Set) {})
	if want := "05f5d3f527b8c8237dbcce101261f0b0b972aa5c78b2536705762243c53b8ded"; sums["the set"] != want {
		t.Errorf("the sum is %s, and in runs that were begun before %s", sums["the set"], want)
	}
	change("a pixel", func(s *Set) { s.Images[5]++ })
	change("a label", func(s *Set) { s.Labels[2] = 0 })
	change("no labels", func(s *Set) { s.Labels = nil })
	change("another shape", func(s *Set) { s.H, s.W = 1, 4 })
	change("another order", func(s *Set) {
		copy(s.Images, set.Images[4:8])
		copy(s.Images[4:], set.Images[:4])
		s.Labels = []uint8{1, 0, 1}
	})
	add("two of three", set.Range(0, 2))
	add("stacked", NewStacked(set))
}
