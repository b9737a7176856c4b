package digits

import "testing"

func TestLoad(t *testing.T) {
	train, test := Load()
	for _, c := range []struct {
		n, perClass int
		labels      []uint8
	}{{train.N, 900, train.Labels}, {test.N, 50, test.Labels}} {
		var count [10]int
		for _, l := range c.labels {
			count[l]++
		}
		for l, n := range count {
			if n != c.perClass || c.n != 10*c.perClass {
				t.Errorf("%d digits of class %d among %d, want %d", n, l, c.n, c.perClass)
			}
		}
	}
	if train.H != 28 || train.W != 28 || train.C != 1 || len(train.Images) != train.N*784 {
		t.Errorf("%d x %d x %d, %d bytes", train.H, train.W, train.C, len(train.Images))
	}
}
