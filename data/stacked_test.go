package data

import (
	"bytes"
	"testing"
)

// TestStacked: the colours of a picture are the digits that its number says, all thousand numbers are about equally likely,
// and batches do not depend on the workers that draw them.
func TestStacked(t *testing.T) {
	digits := &Set{N: 10, H: 3, W: 4, C: 1, Images: make([]uint8, 120), Labels: make([]uint8, 10)}
	for i := range digits.Images {
		digits.Images[i] = uint8(i%12*20 + i/12)
	}
	for i := range digits.Labels {
		digits.Labels[i] = uint8(9 - i)
	}
	s := NewStacked(digits)
	in := s.Info()
	if in.H != 7 || in.W != 8 || in.C != 3 || in.Classes != 0 {
		t.Fatalf("%+v", in)
	}
	pix := make([]uint8, in.Size())
	seen := make([]int, 1000)
	const n = 20000
	for i := range n {
		number := s.Number(i)
		seen[number]++
		if i > 100 {
			continue
		}
		if label, err := s.Picture(pix, i); label != 0 || err != nil {
			t.Fatal(label, err)
		}
		for c, digit := range []int{number / 100, number / 10 % 10, number % 10} {
			for y := range in.H {
				for x := range in.W {
					want := uint8(0)
					if y >= 2 && y < 5 && x >= 2 && x < 6 {
						want = uint8(((y-2)*4+x-2)*20 + 9 - digit)
					}
					if got := pix[(y*in.W+x)*3+c]; got != want {
						t.Fatalf("picture %d, %03d: %d at %d, %d of colour %d, want %d", i, number, got, x, y, c, want)
					}
				}
			}
		}
	}
	chi := 0.0
	for _, k := range seen {
		d := float64(k) - n/1000
		chi += d * d / (n / 1000)
	}
	if chi < 850 || chi > 1150 { // 999 +- 45
		t.Errorf("the numbers are not even: chi squared %.0f", chi)
	}
	const batch = 5
	want, got := make([]uint8, batch*in.Size()), make([]uint8, batch*in.Size())
	one, many := NewLoader(s, batch, 3, 1), NewLoader(s, batch, 3, 4)
	defer one.Close()
	defer many.Close()
	for i := range uint64(4) {
		one.Batch(want, nil, i)
		many.Batch(got, nil, i)
		if !bytes.Equal(got, want) {
			t.Fatalf("batch %d depends on the workers", i)
		}
	}
}
